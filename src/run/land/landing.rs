//! What may become a target's tip, and how the target moves there.

use std::path::PathBuf;

use super::super::job::lessons::Learned;
use super::super::job::page::Page;
use super::super::job::status::State;
use super::super::{Job, MergeError, Run, Runs};
use super::judgement::Allowed;
use crate::base::{Failure, Id, RepoPath, Result, text};
use crate::engine::scan::Text;
use crate::git::{
    Change, Commit, CommitSpec, Expected, GitError, Mode, Oid, Operation, RefError, RefUpdate, TreeEdit, WorkError, with_trailers,
};

/// Names the run in the commits that it made, or that approve or reject it.
pub const RUN_TRAILER: &str = "Cmpm-Run";
/// Names its ticket there.
pub const TICKET_TRAILER: &str = "Cmpm-Ticket";
/// Names the run that a commit takes back.
pub const REVERT_TRAILER: &str = "Cmpm-Reverts";
/// Names its agent, where the work is.
pub const AGENT_TRAILER: &str = "Cmpm-Agent";

/// What a commit says under one of these. A forge that joins commits writes below them who else worked on it, so they need not be the
/// last lines.
pub fn named(commit: &Commit, trailer: &str) -> Option<String> {
    let line = |line: &str| line.strip_prefix(trailer)?.strip_prefix(':').map(|value| value.trim().to_owned());
    commit.message.lines().rev().find_map(line)
}

/// What a commit with the work of a run says of it.
pub(in crate::run) fn trailers(job: &Job) -> [(&'static str, &str); 3] {
    [(RUN_TRAILER, job.run.as_str()), (TICKET_TRAILER, job.ticket.id.as_str()), (AGENT_TRAILER, job.agent.name.as_str())]
}

/// A commit on top of a target: an allowed change, one taken back, or cmpm's own page. Made in this file alone, and nothing else can land.
#[derive(Debug)]
pub(in crate::run) struct Landing {
    target: String,
    tip: Oid,
    commit: Oid,
    errors: Vec<Id>,
}

impl Landing {
    /// The memories of what went wrong in the run.
    pub(in crate::run) fn errors(&self) -> Vec<Id> {
        self.errors.clone()
    }

    pub(in crate::run) fn commit(&self) -> Oid {
        self.commit
    }
}

/// What a merge is made of.
pub(in crate::run) struct Merge<'a> {
    pub target: &'a str,
    pub work: Oid,
    /// Whether the work becomes one commit, and no parent of it.
    pub squash: bool,
    /// What the work changes on the target.
    pub allowed: Allowed,
    pub learned: Learned,
    /// The file of the finished ticket.
    pub ticket: Option<(RepoPath, Vec<u8>)>,
}

/// What taking back is made of.
#[derive(Clone, Copy)]
pub(in crate::run) struct Undo<'a> {
    pub target: &'a str,
    pub tip: Oid,
    /// The commit that is undone.
    pub landed: Oid,
    /// The target's files without it.
    pub tree: Oid,
    /// What else changes.
    pub files: &'a [(RepoPath, Vec<u8>)],
    pub message: &'a str,
}

impl Runs<'_> {
    /// A commit right after the one that landed, with these changes undone: from it git tells what came later apart.
    pub(in crate::run) fn undo_commit(&self, landed: Oid, changes: Vec<Change>) -> Result<Oid> {
        let mut edits = Vec::new();
        for Change { path, old_path, old, .. } in changes {
            let content = if old_path.is_some() { None } else { old };
            edits.extend(old_path.map(|path| TreeEdit { path, content: old }));
            edits.push(TreeEdit { path, content });
        }
        let tree = self.repository.edit_tree(self.repository.tree_of(landed)?, &edits)?;
        let spec = CommitSpec { tree, parents: &[landed], message: "undone", author: None };
        Ok(self.repository.commit(&spec, self.clock.now())?)
    }

    /// The commit that takes a run back. It names the run otherwise than the run's own commits do: it is a person's.
    pub(in crate::run) fn undo_landing(&self, run: &Run, undo: Undo<'_>) -> Result<Landing> {
        let Undo { target, tip, landed, tree, files, message } = undo;
        let tree = self.with_files(tree, files)?;
        let mut said = format!("Revert \"{}\"\n\n", self.repository.read_commit(landed)?.subject());
        if !message.is_empty() {
            said.push_str(&format!("{message}\n\n"));
        }
        said.push_str(&format!("This reverts commit {landed}.\n"));
        let message = with_trailers(&said, &[(REVERT_TRAILER, run.job.run.as_str())]);
        let commit = self.repository.commit(&CommitSpec { tree, parents: &[tip], message: &message, author: None }, self.clock.now())?;
        Ok(Landing { target: target.to_owned(), tip, commit, errors: Vec::new() })
    }

    /// The commit that brings the work, with the run page and the finished ticket in it.
    pub(in crate::run) fn merge_landing(&self, run: &Run, merge: Merge<'_>) -> Result<Landing> {
        let Merge { target, work, squash, allowed, learned, ticket } = merge;
        let (tip, merged) = (allowed.change().from, allowed.change().to);
        let mut closing = run.clone();
        closing.status.state = State::Merged;
        closing.status.work = Some(work);
        closing.status.errors.clone_from(&learned.errors);
        let page = self.page(&closing)?;
        let mut files = vec![(page.path, page.text.into_bytes())];
        files.extend(learned.files);
        files.extend(ticket);
        let tree = self.with_files(merged, &files)?;
        let job = &run.job;
        let title = text::one_line(&job.ticket.title);
        let mut message = if squash { format!("{title}\n") } else { format!("Merge {}: {title}\n", job.run) };
        let decision = run.status.decision.trim();
        if !decision.is_empty() {
            message.push_str(&format!("\n{decision}\n"));
        }
        let message = with_trailers(&message, &trailers(job));
        let parents: &[Oid] = if squash { &[tip] } else { &[tip, work] };
        let commit = self.repository.commit(&CommitSpec { tree, parents, message: &message, author: None }, self.clock.now())?;
        Ok(Landing { target: target.to_owned(), tip, commit, errors: learned.errors })
    }

    /// A commit of nothing but a run's page and what went wrong in the run.
    pub(in crate::run) fn page_landing(&self, run: &Run, tip: Oid) -> Result<Landing> {
        let learned = (self.learn_errors)(run, tip);
        let mut told = run.clone();
        told.status.errors.clone_from(&learned.errors);
        let Page { path, text: page } = self.page(&told)?;
        let mut files = vec![(path, page.into_bytes())];
        files.extend(learned.files);
        // Work that is turned down must not leave behind what its agent should not have said.
        let scanner = self.scanner_at(tip);
        for (path, bytes) in &mut files {
            *bytes = scanner.without_secrets(&Text { path, bytes, commit: None });
        }
        let tree = self.with_files(tip, &files)?;
        let subject = format!("Reject {}: {}\n", run.job.run, text::one_line(&run.job.ticket.title));
        let message = with_trailers(&subject, &[(RUN_TRAILER, run.job.run.as_str()), (TICKET_TRAILER, run.job.ticket.id.as_str())]);
        let commit = self.repository.commit(&CommitSpec { tree, parents: &[tip], message: &message, author: None }, self.clock.now())?;
        Ok(Landing { target: run.job.target.clone(), tip, commit, errors: learned.errors })
    }

    /// The page of a run for others to read: what looks like a secret is not in it.
    pub fn public_page(&self, run: &Run) -> Result<String> {
        let Page { path, text } = self.page(run)?;
        let bytes = self.scanner_at(run.base()).without_secrets(&Text { path: &path, bytes: text.as_bytes(), commit: None });
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn with_files(&self, tree: Oid, files: &[(RepoPath, Vec<u8>)]) -> Result<Oid> {
        let mut edits = Vec::with_capacity(files.len());
        for (path, bytes) in files {
            if let Some(obstacle) = self.repository.find_obstacle(tree, path)? {
                return Err(MergeError::Obstacle { path: path.clone(), obstacle }.into());
            }
            edits.push(TreeEdit { path: path.clone(), content: Some((Mode::File, self.repository.write_blob(bytes)?)) });
        }
        Ok(self.repository.edit_tree(tree, &edits)?)
    }

    /// Moves the target, with the files where it is checked out; `false` if it moved meanwhile.
    pub(in crate::run) fn land(&self, landing: &Landing) -> Result<bool> {
        let Landing { target, tip, commit, .. } = landing;
        if let Some(path) = self.repository.rebasing(target)? {
            return Err(GitError::Work(WorkError::UnderWay { operation: Operation::Rebase, path }).into());
        }
        let Some(folder) = self.repository.worktree_of_branch(target)? else {
            let name = format!("refs/heads/{target}");
            let update = RefUpdate { name: &name, new: *commit, expected: Expected::At(*tip), message: "cmpm: land a run" };
            return match self.repository.update_ref(&update) {
                Ok(()) => Ok(true),
                Err(GitError::Ref(RefError::Moved { .. })) => Ok(false),
                Err(error) => Err(error.into()),
            };
        };
        let checked_out = self.open_at(&folder)?;
        match checked_out.fast_forward(*commit) {
            Ok(()) => Ok(true),
            Err(GitError::Work(WorkError::NotAFastForward { .. })) => Ok(false),
            Err(GitError::Work(WorkError::Overlap { paths })) => Err(overlap(target, folder, &paths)),
            Err(error) => Err(error.into()),
        }
    }
}

fn overlap(target: &str, folder: PathBuf, paths: &[RepoPath]) -> Failure {
    let paths = paths.iter().map(ToString::to_string).collect();
    MergeError::Overlap { target: target.to_owned(), folder, paths }.into()
}
