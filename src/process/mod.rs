//! Running programs that may be hostile, so that nothing hangs and nothing survives. The only room that starts programs.
//!
//! ```text
//! cmpm ── supervisor ── launcher ═exec═ program ── whatever it starts
//! ```
//! * [`Supervised`]: cmpm starts itself again as a *supervisor*, one per run.
//! * [`Supervisor`]: that process adopts every orphan below it and is told to stop when cmpm dies. It runs programs one
//!   after the other; when one has ended, everything it left behind is ended too.
//! * [`launch`]: between supervisor and program stands cmpm once more. It limits and sandboxes *itself*, then `exec`s:
//!   this way no code runs between `fork` and `exec`, and none of ours is unsafe. Where the system has namespaces, it makes a
//!   room for the program instead and waits outside, with one more of its kind as the first process of the room.
//! * [`kill_run`]: after a `kill -9` of all of these, what still carries the run's folder is found and ended.

mod activity;
mod capture;
mod command;
mod crash;
mod disk;
mod editor;
mod environment;
mod error;
mod kill;
mod launch;
mod output;
mod owner;
mod pager;
mod program;
mod run;
mod sandbox;
mod supervisor;
mod system;
mod table;
#[cfg(test)]
mod testing;

pub use capture::capture;
pub use command::{Approved, Argv, Command, TrustStore};
pub use crash::crash_point;
pub use disk::DiskLimit;
pub use editor::edit;
pub use environment::scrubbed;
pub use error::ProcessError;
pub use kill::kill_run;
pub use launch::{launch, probe};
pub use owner::{Liveness, Owner};
pub use pager::page;
pub use program::{Asked, Ended, Ending, Limits, Program, Setting};
pub use sandbox::{Access, Achieved, Cover, Held, Layer, Network, Sandbox, SandboxLevel};
pub use supervisor::{Launcher, Supervised, Supervisor};
pub use table::inherited;
