//! Delegations: tickets worked on by agents in worktrees of their own, checked, reviewed, and merged by a person.

mod approve;
mod attach;
mod authors;
mod cancel;
mod choose;
mod clean;
mod colleagues;
mod compare;
mod deciding;
mod diff;
mod dispatch;
mod done;
mod list;
mod logs;
mod page;
mod propose;
mod reject;
mod restore;
mod resume;
mod review;
mod revise;
mod row;
mod run;
mod several;
mod show;
mod watch;

use std::sync::Arc;

use crate::base::date::parse_moment;
use crate::base::{Result, text};
use crate::context::Context;
use crate::nouns::memory;
use crate::nouns::ticket::{CommentRow, Ticket, comment_rows};
use crate::run::{Job, JobError, Only, Remark, Run, Runs, TicketBrief};
use crate::store::{FileEntry, Snapshot, Stored, Trust};

use authors::Authors;
pub use choose::Select;
pub use colleagues::origin::{Origin, Origins, Writer};
pub use deciding::inbox::{Waiting, inbox};
pub use dispatch::runner::names as runner_names;
use page::{Elsewhere, find_elsewhere};
pub use page::{RunPage, pages_elsewhere};

verbs! {
    /// What can be done with delegations.
    Command {
        Run(run::Run),
        List(list::List),
        Show(show::Show),
        Review(review::Review),
        Compare(compare::Compare),
        Diff(diff::Diff),
        Comment(colleagues::comment::Comment),
        Logs(logs::Logs),
        Attach(attach::Attach),
        Approve(approve::Approve),
        Reject(reject::Reject),
        Cancel(cancel::Cancel),
        Revise(revise::Revise),
        Resume(resume::Resume),
        Revert(deciding::revert::Revert),
        Take(propose::Take),
        Clean(clean::Clean),
        Restore(restore::Restore),
        Pr(colleagues::request::Request),
        Share(colleagues::share::Share),
        Fetch(colleagues::fetch::Fetch),
    }
}

/// The delegations of this clone.
pub fn runs<'a>(context: &'a Context, trust: &'a Trust) -> Result<Runs<'a>> {
    Ok(Runs {
        repository: context.repository()?,
        env: &context.env,
        clock: context.clock,
        random: &context.random,
        remote: context.config().ok().and_then(|config| config.claims.remote.clone()),
        events: Arc::clone(&context.events),
        cancel: context.cancel.clone(),
        trust,
        program: context.program.clone(),
        learn_errors: Box::new(|run, tree| memory::learn_errors(context, run, tree)),
        comments: Box::new(|job| comments(context, job)),
        trash: context.config().map(|config| config.delegate.trash).unwrap_or_default(),
    })
}

/// The run that `query` names; the only one that waits for review if none is named. Of one of another clone it says so.
fn require(context: &Context, runs: &Runs<'_>, query: Option<&str>) -> Result<Run> {
    require_one(context, runs, (query, Only::Waiting))
}

/// The same where another sort of runs is meant if none is named.
fn require_one(context: &Context, runs: &Runs<'_>, (query, only): (Option<&str>, Only)) -> Result<Run> {
    runs.require_or_only(query, only).or_else(|failure| {
        let is_missing = matches!(failure.downcast_ref(), Some(JobError::NotFound { .. }));
        let Some(query) = query.filter(|_| is_missing) else { return Err(failure) };
        let page = find_elsewhere(context, &runs.list()?, query)?;
        let elsewhere = page.map_or(Ok(None), |page| Elsewhere::of(context, &page))?;
        Err(elsewhere.map_or(failure, Into::into))
    })
}

/// What people said about a ticket, as the work tree has it. What cannot be read is no reason not to begin.
fn comments(context: &Context, job: &Job) -> Vec<Remark> {
    let Ok(store) = context.store() else { return Vec::new() };
    let authors = Authors::at(context, job.base);
    let remark = |comment: CommentRow| {
        let author = comment.author.as_deref().unwrap_or("somebody");
        Remark {
            at: comment.created.as_deref().and_then(parse_moment),
            head: format!("{} commented", text::one_line(author)),
            verified: authors.know(author),
            untrusted: !authors.know(author),
            text: comment.text,
        }
    };
    comment_rows(store, &store.work_tree(), &job.ticket.id).into_iter().map(remark).collect()
}

/// Notes that a person was shown a run's work, which is what their approval is of. What an agent looks at binds nobody.
fn note_shown(context: &Context, runs: &Runs<'_>, run: &Run) {
    if context.inside_run().is_none() {
        // Looking never fails for want of a note.
        drop(runs.note_shown(run));
    }
}

/// The run's ticket: where it was when the run began, else wherever it is now.
fn find_ticket(context: &Context, run: &Run, snapshot: &Snapshot<'_>) -> Result<Option<Stored<Ticket>>> {
    let (store, TicketBrief { id, path, .. }) = (context.store()?, &run.job.ticket);
    let (there, _) = store.read_record::<Ticket>(snapshot, &FileEntry { path: path.clone(), blob: None });
    if let Some(stored) = there.filter(|stored| stored.record.id == *id) {
        return Ok(Some(stored));
    }
    let listing = store.list::<Ticket>(snapshot);
    listing.find(id.as_str()).ok().map(|listed| store.open(snapshot, listed)).transpose()
}

/// What the user of this machine approved for this clone.
pub fn trust(context: &Context) -> Result<Trust> {
    Ok(Trust::load(&context.env, context.repository()?.common_dir()))
}
