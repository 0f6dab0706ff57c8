//! What people say to each other about a run: comments on its work, reviews that were written at a forge, and its work as a pull
//! request.

pub mod comment;
pub mod fetch;
pub mod origin;
pub mod request;
pub mod share;
mod threads;

use std::path::Path;

use crate::base::Result;
use crate::context::Context;
use crate::fs::read;
use crate::run::{Imported, JobError, Run, Runs, State};

use super::authors::Authors;

/// Takes the comments of a review file (`-` is standard input) that nobody has resolved.
pub fn import_review(context: &Context, (runs, run): (&Runs<'_>, &Run), file: &Path) -> Result<Imported> {
    let text = if file.as_os_str() == "-" { context.read_input()? } else { String::from_utf8_lossy(&read::read(file)?).into_owned() };
    let threads = threads::parse_threads(&text)?;
    if run.status.state != State::Review {
        return Err(JobError::WrongState { run: run.job.run.clone(), state: run.status.state, wanted: "revised" }.into());
    }
    let authors = Authors::at(context, run.base());
    let all = threads.into_iter().map(|thread| thread.into_comment(&|name| authors.know(name))).collect();
    runs.import_comments(run, all)
}
