//! A run that goes on in the background, in a process of its own that resumes it.

use std::ffi::OsString;
use std::thread;
use std::time::Duration;

use super::super::{JobError, Run, Runs};
use crate::base::Result;
use crate::fs::read;
use crate::process::{Launcher, Supervised};
use crate::run::cut::tail;

/// How often is looked whether the other process has begun.
const LOOKS: u32 = 2_000;
const PAUSE: Duration = Duration::from_millis(10);
/// How much is said of why it did not.
const SAID_BYTES: usize = 400;

impl Runs<'_> {
    /// Has another process of this program take over a run that waits. It outlives this one, and no Ctrl-C here reaches it.
    pub fn detach(&self, run: &mut Run, arguments: Vec<OsString>) -> Result<()> {
        run.status.owner = None;
        run.dir.save_status(&run.status)?;
        let (folder, log) = (run.dir.file(""), run.dir.file("detached.log"));
        let launcher = Launcher::this_program(arguments)?;
        let mut other = Supervised::start(&launcher, &folder, self.env, &log)?;
        for _ in 0..LOOKS {
            // Asked first: whoever is quick has written all of it by then.
            let is_over = other.has_ended()?;
            run.status = run.dir.load_status()?;
            if run.status.owner.is_some() || run.status.ended.is_some() || run.status.state.is_closed() {
                return Ok(());
            }
            if is_over {
                break;
            }
            thread::sleep(PAUSE);
        }
        let said = read::find_text(&log)?.unwrap_or_default();
        Err(JobError::NotTakenOver { run: run.job.run.clone(), said: tail(&said, SAID_BYTES) }.into())
    }
}
