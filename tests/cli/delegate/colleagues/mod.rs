//! What people say to each other about a run, and from a line back to whoever wrote it.

mod comments;
mod forge;
mod sharing;
mod trace;

use super::Project;
