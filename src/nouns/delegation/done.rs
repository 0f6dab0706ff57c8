//! Whether the ticket of a run is finished already.

use std::fmt;

use crate::base::{Explain, Explained, Id, RepoPath, Result, text};
use crate::context::Context;
use crate::git::Oid;
use crate::nouns::ticket::{Look, Picture, TicketPlace};
use crate::run::{RUN_TRAILER, Run, State};
use crate::store::overlay::{PlaceKind, Standing};

/// A ticket that somebody has finished before the run on it was decided about.
#[derive(Debug, thiserror::Error)]
pub struct AlreadyDone {
    run: Id,
    ticket: Id,
    /// Its status, with the place if that is elsewhere: `done on origin/main`.
    status: String,
    /// Whose work that was: a run, a commit, or what is not committed yet.
    by: String,
}

impl fmt::Display for AlreadyDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is already {}, by {}", self.ticket, text::one_line(&self.status), text::one_line(&self.by))
    }
}

impl Explain for AlreadyDone {
    fn explain(&self) -> Explained {
        Explained::refused("already_closed")
            .hint(format!("nothing was merged; `cmpm delegate reject {}` turns this run down, `--seen` merges it all the same", self.run))
    }
}

impl AlreadyDone {
    /// Of a run that waits for its decision.
    pub fn find(context: &Context, run: &Run) -> Result<Option<Self>> {
        if run.status.state != State::Review {
            return Ok(None);
        }
        let (repository, ticket) = (context.repository()?, &run.job.ticket.id);
        let picture = match Picture::around(context, Look::default(), &[ticket.to_string()])? {
            Some(picture) => picture,
            None => Picture::load(context, Look::default())?,
        };
        let Some((status, path, there)) = finished(&picture, ticket) else { return Ok(None) };
        let committed = match (there, repository.head()?.oid()) {
            (None, Some(head)) if repository.is_path_committed(&path, head)? => Some(head),
            (there, _) => there,
        };
        let made = committed.map_or(Ok(None), |tip| repository.last_commit_touching(&path, tip))?;
        let Some(commit) = made else {
            let by = "a change that is not committed".to_owned();
            return Ok(Some(Self { run: run.job.run.clone(), ticket: ticket.clone(), status, by }));
        };
        let by = commit.trailers().into_iter().find(|(key, _)| key == RUN_TRAILER).map_or(commit.author.name, |(_, run)| run);
        // Its own merge may be there, of which only the bookkeeping was cut short.
        let is_own = by == run.job.run.as_str();
        let by = format!("{by} in commit {}", commit.oid.short());
        Ok((!is_own).then(|| Self { run: run.job.run.clone(), ticket: ticket.clone(), status, by }))
    }
}

/// The status of a finished ticket with the place, and its file with the commit there: here, else on the integration branch, also if it
/// was changed on both sides.
fn finished(picture: &Picture, id: &Id) -> Option<(String, RepoPath, Option<Oid>)> {
    let here = picture.listing.records.iter().find(|listed| listed.record.id == *id && listed.record.category.is_closed());
    let here = here.filter(|_| picture.around.is_here(id)).map(|listed| (listed.record.status.clone(), listed.path.clone(), None));
    let is_closed =
        |place: &TicketPlace| place.place == PlaceKind::Branch && place.category.is_closed() && place.standing != Standing::Removed;
    let there = picture.around.places(id).into_iter().find(is_closed);
    here.or_else(|| there.map(|place| (format!("{} on {}", place.status, place.name), place.path, place.oid)))
}
