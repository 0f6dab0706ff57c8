//! A change compared with roles: what it breaks, or the proof that it breaks nothing, without which nothing lands.

use super::super::Runs;
use super::super::job::status::Breach;
use super::super::job::{AgentBrief, Job};
use std::collections::BTreeSet;

use crate::base::{Result, Rule, Severity};
use crate::engine::leaks::{Leaks, Unread};
use crate::engine::policy::{self, Checked, Gain, NewKind, Proposed, Role, Rules};
use crate::engine::scan::{MOST_BYTES, Scanner};
use crate::engine::ticket_document;
use crate::git::{Change, LogRange, Mode, Oid, Repository};
use crate::words::Property;

/// The change from one commit or tree to another.
#[derive(Debug, Clone, Copy)]
pub(in crate::run) struct Difference {
    /// What was there.
    pub from: Oid,
    /// What comes.
    pub to: Oid,
}

/// A change that every role it was compared with allows. Made by `judge` alone.
#[derive(Debug)]
pub(in crate::run) struct Allowed {
    change: Difference,
    /// The proof, for each role.
    _by: Vec<Checked>,
}

impl Allowed {
    pub(in crate::run) fn change(&self) -> Difference {
        self.change
    }
}

impl Runs<'_> {
    /// Holds a change against all of these roles, or says everything in it that one of them does not allow.
    pub(in crate::run) fn judge(&self, job: &Job, roles: &[&AgentBrief], change: Difference) -> Result<Result<Allowed, Vec<Breach>>> {
        let changes = self.repository.diff_trees(change.from, change.to)?;
        let proposed: Vec<Proposed> = changes.iter().map(|change| proposed(self.repository, change)).collect::<Result<_>>()?;
        let (mut by, mut found) = (Vec::new(), Vec::new());
        for agent in roles {
            match policy::check(&role(agent)?, &proposed) {
                Ok(checked) => by.push(checked),
                Err(violations) => found.extend(violations.into_iter().map(of_violation)),
            }
        }
        for change in changes.iter().filter(|change| job.ticket.folders.iter().any(|folder| change.path.is_below(folder))) {
            found.extend(self.status_change(change)?);
        }
        // A person may have made the same edit on the target since: then it is theirs.
        let target: Vec<Oid> = self.require_target(&job.target).into_iter().collect();
        found.extend(policy::gains(self.repository, &changes, &target)?.iter().map(of_gain));
        if let Some(lock) = policy::Lock::at(self.repository, change.from)? {
            found.extend(lock.unlocked(self.repository, &changes, &target)?.iter().map(of_unlocked));
        }
        Ok(if found.is_empty() { Ok(Allowed { change, _by: by }) } else { Err(found) })
    }

    /// The rules about secrets that a commit has.
    pub(in crate::run) fn scanner_at(&self, commit: Oid) -> Scanner {
        Scanner::load(&|path| self.repository.find_blob(commit, path).ok().flatten()).0
    }

    /// The first secret, or file that is too large to be looked at, in what a merge brings: the commits of the agent, the page with what it claims, what they say. A mark that
    /// allows one is a person's to set, not an agent's.
    pub(in crate::run) fn first_leak(&self, target: Oid, merge: Oid) -> Result<Option<String>> {
        let leaks = Leaks { repository: self.repository, scanner: &self.scanner_at(target) };
        let (mut seen, mut unread) = (BTreeSet::new(), Unread::default());
        for commit in self.repository.commits(&LogRange { from: vec![merge], hide: vec![target], ..LogRange::default() })? {
            let found = leaks.of_commit(&commit, &mut seen, &mut unread)?;
            // What nobody can look at is not let through.
            unread.missing.iter().try_for_each(|(_, oid)| self.repository.size_of(*oid).map(drop))?;
            if let Some(path) = unread.large.first() {
                return Ok(Some(format!("{path}: larger than {} MiB, so nothing was looked for in it", MOST_BYTES >> 20)));
            }
            if let Some(leak) = found.iter().find(|leak| leak.secret.severity == Severity::Error || leak.secret.is_private_key()) {
                let place = leak.secret.line.filter(|_| leak.has_lines()).map(|line| format!("{}:{line}: ", leak.path)).unwrap_or_default();
                return Ok(Some(format!("{place}{}: {}{}", leak.secret.description, leak.secret.shown(), leak.shown_place())));
            }
        }
        Ok(None)
    }

    /// A ticket's status is changed by the person who approves, never by an agent, whatever its globs.
    fn status_change(&self, change: &Change) -> Result<Option<Breach>> {
        let status = |side: Option<(Mode, Oid)>| -> Result<Vec<Option<String>>> {
            let Some((Mode::File | Mode::Executable, oid)) = side else { return Ok(Vec::new()) };
            let document = ticket_document(self.repository.read_blob(oid)?);
            Ok(Property::Status.row().keys.iter().map(|key| document.text(key)).collect())
        };
        let (before, after) = (status(change.old)?, status(change.new)?);
        let changed = change.old.is_some() && before != after;
        Ok(changed.then(|| {
            breach(&change.path.lossy(), "ticket-status", &format!("an agent may not change the status of a ticket ({})", change.path))
        }))
    }
}

/// A change as a role is compared with it.
pub fn proposed(repository: &Repository, change: &Change) -> Result<Proposed> {
    let new_kind = match change.new {
        None => None,
        Some((Mode::File, _)) => Some(NewKind::File),
        Some((Mode::Executable, _)) => Some(NewKind::Executable),
        Some((Mode::Symlink, oid)) => Some(NewKind::Symlink { target: repository.read_blob(oid)? }),
        Some((Mode::Submodule, _)) => Some(NewKind::Submodule),
        Some((Mode::Tree, _)) => Some(NewKind::Other),
    };
    Ok(Proposed { path: change.path.clone(), old_path: change.old_path.clone(), new_kind })
}

/// The role of an agent.
fn role(agent: &AgentBrief) -> Result<Role> {
    Ok(Role {
        name: agent.name.clone(),
        source: agent.source.clone(),
        write: Rules::from_origin(&agent.source, &agent.write)?,
        deny: Rules::from_origin(&agent.source, &agent.deny)?,
    })
}

fn of_violation(violation: policy::Violation) -> Breach {
    Breach {
        path: violation.path.lossy().into_owned(),
        rule: format!("{}, {}", violation.rule, violation.origin),
        message: violation.message,
    }
}

/// What an agent may not give; a person does, by the same edit on the target.
fn of_gain(gain: &Gain) -> Breach {
    let line = gain.line.map(|line| format!(":{line}")).unwrap_or_default();
    let message = format!("an agent may not give {}{line} {}; a person does, on the target", gain.path, gain.message);
    breach(&gain.path.lossy(), Rule::MorePower.name(), &message)
}

/// A file that steers agents is changed and locked by a person.
fn of_unlocked(file: &policy::Unlocked) -> Breach {
    let message = format!("an agent may not change {}, which steers agents and {}; a person does, on the target", file.path, file.what);
    breach(&file.path.lossy(), Rule::AgentFile.name(), &message)
}

/// Something that is forbidden whatever the role.
pub(in crate::run) fn breach(path: &str, rule: &str, message: &str) -> Breach {
    Breach { path: path.to_owned(), rule: rule.to_owned(), message: message.to_owned() }
}
