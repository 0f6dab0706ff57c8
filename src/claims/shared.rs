//! Claims that clones share: a reference per ticket on a remote, whose value is a commit that says who has it. It changes only
//! by compare-and-swap, so that there is one winner.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::claim::{Claim, Shared};
use super::error::ClaimError;
use crate::base::{Failure, Id, Result, Timestamp, json};
use crate::fs::{read, write};
use crate::git::{Expected, GitError, Oid, ProgramError, Repository};

const FOLDER: &str = "refs/cmpm/claims/";

/// A dot, where git wants none in a name. No id has a `%`.
const DOT: &str = "%2e";

/// By how many seconds the clocks of two machines may differ: only so long after its time a claim of somebody else is over.
const TOLERANCE: i64 = 120;
documented! {
    "docs/claims.md": "a claim of another clone counts for {} minutes longer", TOLERANCE / 60;
}

/// So many seconds a run's part of a claim counts after it was renewed.
const OF_RUN: i64 = 7 * 24 * 3600;

/// What the commit says. Names no machine and no process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// `cmpm.claim/1`.
    schema: String,
    pub ticket: Id,
    /// Who has it, for people.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
    /// When its time is over.
    pub expires: Timestamp,
    /// The same for as long as it is renewed, and for no other claim.
    token: String,
}

/// The claims on one remote, at one moment.
pub struct SharedClaims<'a> {
    repository: &'a Repository,
    remote: &'a str,
    now: Timestamp,
    seen: SeenFile,
}

/// What a remote was last seen to hold, for those who do not ask it. May be gone or old at any time.
#[derive(Debug, Serialize, Deserialize)]
pub struct Seen {
    pub remote: String,
    /// When all of it was asked for, or part of it since.
    pub at: Timestamp,
    notices: Vec<Notice>,
}

impl Seen {
    /// What was last seen on a remote.
    pub fn find(live: &Path, remote: &str) -> Option<Self> {
        let seen: Self = serde_json::from_slice(&read::find(&SeenFile::of(live).0).ok()??).ok()?;
        (seen.remote == remote).then_some(seen)
    }

    /// The claims that still count by their own time.
    pub fn counting(self, now: Timestamp) -> impl Iterator<Item = Notice> {
        self.notices.into_iter().filter(move |notice| counts(notice, now))
    }
}

/// Where it is kept.
struct SeenFile(PathBuf);

impl SeenFile {
    fn of(live: &Path) -> Self {
        Self(live.join("claims-seen.json"))
    }
}

fn counts(notice: &Notice, now: Timestamp) -> bool {
    now.seconds() < notice.expires.seconds().saturating_add(TOLERANCE)
}

/// What a reference is there, and what its commit says if that can be read.
type Found = (Oid, Option<Notice>);

impl<'a> SharedClaims<'a> {
    /// The claims on a remote of this clone.
    pub fn new(repository: &'a Repository, remote: &'a str, now: Timestamp) -> Result<Self> {
        repository.require_remote(remote)?;
        Ok(Self { repository, remote, now, seen: SeenFile::of(&repository.common_dir().join("cmpm")) })
    }

    /// Gives a claim its part that is shared; nothing happens at the remote yet. With `force` whoever has it there.
    pub fn prepare(&self, claim: &mut Claim, (token, force): (String, bool)) -> Result<Expected> {
        let found = self.find(&claim.ticket, "nothing was claimed; without `--remote` only this clone is asked")?;
        if let Some((_, Some(notice))) = &found
            && !force
            && self.counts(notice)
        {
            return Err(self.taken(notice));
        }
        self.write(claim, token)?;
        Ok(found.map_or(Expected::Absent, |(oid, _)| Expected::At(oid)))
    }

    /// Makes a prepared claim known at the remote.
    pub fn publish(&self, claim: &Claim, expected: Expected) -> Result<()> {
        let Some(shared) = &claim.shared else { return Ok(()) };
        let still = "nothing was claimed; without `--remote` only this clone is asked";
        let outcome = self.repository.swap_shared_ref(self.remote, &name(&claim.ticket), (expected, Some(shared.oid)));
        match outcome {
            Ok(true) => Ok(()),
            // It may have arrived although the answer did not.
            Ok(false) | Err(_) => match (self.find(&claim.ticket, still)?, outcome) {
                (Some((oid, _)), _) if oid == shared.oid => Ok(()),
                (Some((_, Some(notice))), Ok(_)) => Err(self.taken(&notice)),
                (_, Err(error)) => Err(self.unreachable(&claim.ticket, &error, still)),
                // Somebody was faster, and is gone again.
                (_, Ok(_)) => Err(ClaimError::Contended { ticket: claim.ticket.clone() }.into()),
            },
        }
    }

    /// Makes a renewed claim known: `claim` as it was and with its new time.
    pub fn renew(&self, claim: &mut Claim) -> Result<()> {
        let still = "the claim is unchanged; try again before it expires";
        let Some(Shared { oid: mut known, token, .. }) = claim.shared.clone() else { return Ok(()) };
        self.write(claim, token.clone())?;
        let new = claim.shared.as_ref().map(|shared| shared.oid);
        for _ in 0..2 {
            match self.repository.swap_shared_ref(self.remote, &name(&claim.ticket), (Expected::At(known), new)) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => return Err(self.unreachable(&claim.ticket, &error, still)),
            }
            // An earlier renewal may have got there and no further.
            match self.find(&claim.ticket, still)? {
                Some((oid, Some(notice))) if notice.token == token => known = oid,
                _ => break,
            }
        }
        Err(ClaimError::Lost { ticket: claim.ticket.clone(), remote: self.remote.to_owned() }.into())
    }

    /// Takes a claim away from the remote, unless somebody else has the ticket already.
    pub fn release(&self, claim: &Claim) -> Result<()> {
        let still = "the ticket stays claimed; try again, or let the claim expire";
        let Some(shared) = &claim.shared else { return Ok(()) };
        let Some((oid, notice)) = self.find(&claim.ticket, still)? else { return Ok(()) };
        if oid != shared.oid && notice.is_none_or(|notice| notice.token != shared.token) {
            return Ok(());
        }
        match self.repository.swap_shared_ref(self.remote, &name(&claim.ticket), (Expected::At(oid), None)) {
            Ok(_) => {
                self.keep_one(&claim.ticket, None);
                Ok(())
            }
            Err(error) => Err(self.unreachable(&claim.ticket, &error, still)),
        }
    }

    /// Every claim on the remote that can be read, in order of the tickets.
    pub fn list(&self) -> Result<Vec<Notice>> {
        let refs: HashMap<String, Oid> = self.repository.shared_refs(self.remote, &format!("{FOLDER}*"))?.into_iter().collect();
        self.fetch(&refs)?;
        let read = |(name, oid): (&String, &Oid)| {
            let ticket = ticket_of(name)?;
            self.read(*oid, &ticket)
        };
        let mut all: Vec<Notice> = refs.iter().filter_map(read).collect();
        all.sort_by(|a, b| a.ticket.cmp(&b.ticket));
        self.keep(all.clone());
        Ok(all)
    }

    /// Whether a claim of somebody still counts, by a clock that may differ from theirs.
    pub fn counts(&self, notice: &Notice) -> bool {
        counts(notice, self.now)
    }

    /// Keeps what was seen; without that, lists only know less.
    fn keep(&self, notices: Vec<Notice>) {
        let seen = Seen { remote: self.remote.to_owned(), at: self.now, notices };
        drop(json::line(&seen).map(|text| write::replace(&self.seen.0, text.as_bytes())));
    }

    /// Keeps what was seen of one ticket.
    fn keep_one(&self, ticket: &Id, notice: Option<Notice>) {
        let live = self.seen.0.parent().unwrap_or(Path::new(""));
        let mut notices = Seen::find(live, self.remote).map(|seen| seen.notices).unwrap_or_default();
        notices.retain(|known| known.ticket != *ticket);
        notices.extend(notice);
        self.keep(notices);
    }

    fn find(&self, ticket: &Id, still: &'static str) -> Result<Option<Found>> {
        let wanted = name(ticket);
        let ask = || {
            let refs = self.repository.shared_refs(self.remote, &wanted)?;
            let found: HashMap<String, Oid> = refs.into_iter().filter(|(name, _)| *name == wanted).collect();
            self.fetch(&found)?;
            Ok::<_, GitError>(found.into_values().next())
        };
        let found = ask().map_err(|error| self.unreachable(ticket, &error, still))?;
        let found = found.map(|oid| (oid, self.read(oid, ticket)));
        self.keep_one(ticket, found.as_ref().and_then(|(_, notice)| notice.clone()));
        Ok(found)
    }

    /// Gets those commits that are not here yet.
    fn fetch(&self, refs: &HashMap<String, Oid>) -> Result<(), GitError> {
        let missing = refs.iter().filter(|(_, oid)| self.repository.read_commit(**oid).is_err());
        let names: Vec<String> = missing.map(|(name, _)| name.clone()).collect();
        match self.repository.fetch_shared(self.remote, &names) {
            // Released between the question and the answer.
            Err(GitError::Program(ProgramError::Failed { reason, .. })) if reason.contains("couldn't find remote ref") => Ok(()),
            outcome => outcome,
        }
    }

    fn read(&self, oid: Oid, ticket: &Id) -> Option<Notice> {
        let commit = self.repository.read_commit(oid).ok()?;
        serde_json::from_str::<Notice>(&commit.message).ok().filter(|notice| notice.ticket == *ticket)
    }

    fn write(&self, claim: &mut Claim, token: String) -> Result<()> {
        // A run holds its ticket until it is closed; the others cannot see whether it is still there.
        let expires = claim.expires.unwrap_or_else(|| Timestamp::from_seconds(self.now.seconds().saturating_add(OF_RUN)));
        let (by, schema) = (claim.by(), "cmpm.claim/1".to_owned());
        let notice = Notice { schema, ticket: claim.ticket.clone(), by, since: claim.since, expires, token: token.clone() };
        let text = json::line(&notice)?;
        let oid = self.repository.write_note(&text, self.now)?;
        claim.shared = Some(Shared { remote: self.remote.to_owned(), oid, token });
        Ok(())
    }

    fn taken(&self, notice: &Notice) -> Failure {
        let (ticket, by) = (notice.ticket.clone(), notice.by.clone());
        ClaimError::Shared { ticket, by, until: notice.expires, remote: self.remote.to_owned() }.into()
    }

    fn unreachable(&self, ticket: &Id, reason: &dyn std::fmt::Display, still: &'static str) -> Failure {
        let (ticket, remote) = (ticket.clone(), self.remote.to_owned());
        ClaimError::Unreachable { ticket, remote, reason: reason.to_string(), still }.into()
    }
}

/// The reference of a ticket. Where git takes the id for no name, its dots are written otherwise.
fn name(ticket: &Id) -> String {
    let id = ticket.as_str();
    let is_refused = id.contains("..") || id.ends_with('.') || id.ends_with(".lock");
    if is_refused { format!("{FOLDER}{}", id.replace('.', DOT)) } else { format!("{FOLDER}{id}") }
}

/// The ticket of a reference; `None` if it is of none.
fn ticket_of(reference: &str) -> Option<Id> {
    let ticket = Id::parse(&reference.strip_prefix(FOLDER)?.replace(DOT, "."))?;
    (name(&ticket) == reference).then_some(ticket)
}
