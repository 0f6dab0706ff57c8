//! An approval is of what its person was shown: work that was done again since has to be looked at again.

use crate::base::{Explain, Explained, Id};
use crate::git::Oid;
use crate::run::Run;

/// Work that is other than what was shown.
#[derive(Debug, thiserror::Error)]
#[error("{run} was shown with the work {}, and has {} now", shown.short(), work.short())]
pub struct OtherWork {
    run: Id,
    shown: Oid,
    work: Oid,
}

impl Explain for OtherWork {
    fn explain(&self) -> Explained {
        Explained::refused("work_changed")
            .hint(format!("nothing was merged; `cmpm delegate review {}` shows the work as it is now, then approve it", self.run))
    }
}

impl OtherWork {
    /// Nothing of a run that nobody was shown.
    pub fn find(run: &Run) -> Option<Self> {
        let (shown, work) = run.status.shown.zip(run.status.work)?;
        (shown != work).then(|| Self { run: run.job.run.clone(), shown, work })
    }
}
