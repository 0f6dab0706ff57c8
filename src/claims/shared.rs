//! Claims that clones share: a reference per ticket on a remote, whose value is a commit that says who has it. It changes only
//! by compare-and-swap, so that there is one winner.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::claim::{Claim, Shared};
use super::error::ClaimError;
use super::local::Claims;
use super::place::{address, name_now};
use super::seen::{Held, Seen};
use crate::base::random::Random;
use crate::base::{Failure, Id, Result, Timestamp, json};
use crate::git::{Expected, GitError, Oid, ProgramError, Repository};
use crate::process::Owner;

const FOLDER: &str = "refs/cmpm/claims/";

/// A dot, where git wants none in a name. No id has a `%`.
const DOT: &str = "%2e";

/// By how many seconds the clocks of two machines may differ: only so long after its time a claim of somebody else is over.
const TOLERANCE: i64 = 120;

/// So many seconds a run's part of a claim counts after it was renewed.
const OF_RUN: i64 = 7 * 24 * 3600;
documented! {
    "docs/claims.md": "a claim of another clone counts for {} minutes longer", TOLERANCE / 60;
    "docs/claims.md": "A run's claim counts on the remote for {} days", OF_RUN / 86_400;
}

/// What is so where a remote cannot be asked.
const NOTHING_CLAIMED: &str =
    "nothing was claimed; try again when it can be reached; without `--remote` and `claims.remote` only this clone is asked";

/// What is so where a claim cannot be given back.
const STAYS: &str = "the ticket stays claimed there; try again, or let the claim expire";

/// The same where nothing tells which remote of this clone has it.
const STAYS_AWAY: &str = "the ticket stays claimed there; if that remote has another name by now, `cmpm config set claims.remote NAME` says it (`git remote` lists them), then try again";

/// What the commit says. Names no machine and no process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// `cmpm.claim/1`.
    schema: String,
    pub ticket: Id,
    /// Who has it, for people.
    pub by: String,
    /// The run, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Id>,
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
    remote: String,
    address: Option<String>,
    now: Timestamp,
}

/// A claim that its remote no longer has.
#[derive(Debug)]
pub struct Lost {
    pub remote: String,
    /// Who has the ticket now.
    pub held: Option<Held>,
}

/// How a ticket is taken: by which clone, and which remote should know of it, by the settings or because it was named.
pub struct Taking<'a> {
    pub repository: &'a Repository,
    pub remote: Option<&'a str>,
    pub random: &'a Random,
    /// Whether from whoever has it.
    pub steal: bool,
}

impl Taking<'_> {
    /// Takes a ticket here and on the remote, or in neither. What a person has on a remote stays known there; a run is known where the
    /// settings say.
    pub fn take(&self, claims: &Claims, claim: &mut Claim) -> Result<()> {
        let known = claims.find(&claim.ticket)?;
        let own = known.as_ref().filter(|own| own.gives_way_to(claim) || !claims.counts(own)).and_then(|own| own.shared.clone());
        let take = |claim: &Claim| if self.steal { claims.steal(claim) } else { claims.take(claim) };
        // A remote may have been removed since.
        let known_on = own.as_ref().and_then(|own| name_now(self.repository, own, self.remote).ok());
        let wanted = self.remote.map(str::to_owned);
        let remote = if claim.run.is_some() { wanted.or_else(|| known_on.clone()) } else { known_on.clone().or(wanted) };
        let Some(remote) = remote else { return take(claim).map(drop) };
        let shared = SharedClaims::new(self.repository, &remote, claims.now)?;
        let expected = shared.prepare(claim, (self, own.as_ref()));
        let expected = expected.map_err(|failure| match (failure.downcast_ref(), known) {
            // By somebody of this clone, of whom more is known here.
            (Some(ClaimError::Shared { held } | ClaimError::OfRunElsewhere { held }), Some(known)) if held.notice.is_of_claim(&known) => {
                match known.run.clone().filter(|_| self.steal) {
                    Some(run) => ClaimError::OfRun { ticket: known.ticket, run }.into(),
                    None => ClaimError::taken(known, claim).into(),
                }
            }
            (Some(ClaimError::Shared { held }), None) if claim.run.is_none() && held.notice.by == claim.by() => {
                ClaimError::Namesake { held: held.clone() }.into()
            }
            _ => failure,
        })?;
        let before = take(claim)?;
        if let Err(failure) = shared.publish(claim, expected) {
            claims.change(claim, before.as_ref())?;
            return Err(failure);
        }
        if let Some(own) = own.filter(|_| known_on.is_some_and(|known_on| known_on != remote)) {
            // Where it was known before; what cannot be told there ends with its time.
            let before = Claim { shared: Some(own), ..claim.clone() };
            drop(SharedClaims::give_back(self.repository, &before, (self.remote, claims.now)));
        }
        Ok(())
    }

    /// Unlike any other, whatever the source of random numbers: without it two clones could write the same commit.
    fn token(&self) -> String {
        let process = Owner::this_process();
        let place = self.repository.common_dir();
        let all = (self.random.next_u64(), process.host, process.boot_id, process.pid_space, process.pid, process.start_time, place);
        let hash = blake3::hash(format!("{all:?}").as_bytes()).to_hex();
        hash.get(..32).unwrap_or_default().to_owned()
    }
}

impl Notice {
    /// Whether it tells of this claim.
    pub fn is_of_claim(&self, claim: &Claim) -> bool {
        claim.shared.as_ref().is_some_and(|shared| self.is_of(shared))
    }

    /// Whether it tells of the same claim as this part of one.
    pub(super) fn is_of(&self, shared: &Shared) -> bool {
        self.token == shared.token
    }
}

/// Whether the time of somebody's claim is not over, by a clock that may differ from theirs.
pub(super) fn in_time(notice: &Notice, now: Timestamp) -> bool {
    now.seconds() < notice.expires.seconds().saturating_add(TOLERANCE)
}

/// What a reference is there, and what its commit says if that can be read.
type Found = (Oid, Option<Notice>);

impl<'a> SharedClaims<'a> {
    /// The claims on a remote of this clone.
    pub fn new(repository: &'a Repository, remote: &str, now: Timestamp) -> Result<Self> {
        repository.require_remote(remote)?;
        Ok(Self { repository, address: address(repository, remote), remote: remote.to_owned(), now })
    }

    /// The claims on the remote that knows of this one, whatever its name is by now: see `settings` where nothing else tells.
    pub fn of(repository: &'a Repository, shared: &Shared, (settings, now): (Option<&str>, Timestamp)) -> Result<Self> {
        Self::new(repository, &name_now(repository, shared, settings)?, now)
    }

    /// Gives a claim its part that is shared; nothing happens at the remote yet. Nobody else may have the ticket there, unless it
    /// is taken from them; from a run it is not.
    fn prepare(&self, claim: &mut Claim, (taking, own): (&Taking<'_>, Option<&Shared>)) -> Result<Expected> {
        let found = self.find(&claim.ticket, NOTHING_CLAIMED)?;
        let own = own.filter(|own| matches!(&found, Some((_, Some(notice))) if notice.is_of(own)));
        if let Some((_, Some(notice))) = &found
            && own.is_none()
            && self.stands(notice)
        {
            match (taking.steal, &notice.run) {
                (false, _) => return Err(self.taken(notice.clone())),
                (true, Some(_)) => return Err(ClaimError::OfRunElsewhere { held: Box::new(self.held(notice.clone())) }.into()),
                (true, None) => {}
            }
        }
        self.write(claim, own.map_or_else(|| taking.token(), |own| own.token.clone()))?;
        Ok(found.map_or(Expected::Absent, |(oid, _)| Expected::At(oid)))
    }

    /// Makes a prepared claim known at the remote.
    fn publish(&self, claim: &Claim, expected: Expected) -> Result<()> {
        let Some(shared) = &claim.shared else { return Ok(()) };
        let outcome = self.repository.swap_shared_ref(&self.remote, &reference(&claim.ticket), (expected, Some(shared.oid)));
        match outcome {
            Ok(true) => {
                self.keep_one(&claim.ticket, read(self.repository, shared.oid, &claim.ticket));
                Ok(())
            }
            // It may have arrived although the answer did not.
            Ok(false) | Err(_) => match (self.find(&claim.ticket, NOTHING_CLAIMED)?, outcome) {
                (Some((oid, _)), _) if oid == shared.oid => Ok(()),
                (Some((_, Some(notice))), Ok(_)) => Err(self.taken(notice)),
                (_, Err(error)) => Err(self.unreachable(&claim.ticket, &error, NOTHING_CLAIMED)),
                // Somebody was faster, and is gone again.
                (_, Ok(_)) => Err(ClaimError::Contended { ticket: claim.ticket.clone() }.into()),
            },
        }
    }

    /// Makes a renewed claim known: `claim` as it was and with its new time.
    pub fn renew(&self, claim: &mut Claim) -> Result<()> {
        let still = "the claim is unchanged; try again before it expires";
        let Some(before) = claim.shared.clone() else { return Ok(()) };
        let (ticket, remote, mut known, mut held) = (claim.ticket.clone(), self.remote.clone(), before.oid, None);
        self.write(claim, before.token.clone())?;
        let new = claim.shared.as_ref().map(|shared| shared.oid);
        for _ in 0..2 {
            match self.repository.swap_shared_ref(&self.remote, &reference(&claim.ticket), (Expected::At(known), new)) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => return Err(self.unreachable(&claim.ticket, &error, still)),
            }
            // An earlier renewal may have got there and no further.
            match self.find(&claim.ticket, still)? {
                Some((oid, Some(notice))) if notice.is_of(&before) => known = oid,
                found => {
                    held = found.and_then(|(_, notice)| notice).filter(|notice| self.stands(notice));
                    break;
                }
            }
        }
        Err(ClaimError::Lost { ticket, remote, held: held.map(|notice| Box::new(self.held(notice))) }.into())
    }

    /// Takes a claim away from the remote that knows of it, if one does. Whatever keeps that from being told is one case: it stays
    /// claimed there, until its time is over.
    pub fn give_back(repository: &'a Repository, claim: &Claim, (settings, now): (Option<&str>, Timestamp)) -> Result<()> {
        let Some(shared) = &claim.shared else { return Ok(()) };
        match Self::of(repository, shared, (settings, now)) {
            Ok(there) => there.release(claim),
            Err(_) if read(repository, shared.oid, &claim.ticket).is_some_and(|notice| !in_time(&notice, now)) => Ok(()),
            Err(failure) => {
                let (ticket, remote, reason) = (claim.ticket.clone(), shared.remote.clone(), failure.to_string());
                Err(ClaimError::Unreachable { ticket, remote, reason, still: STAYS_AWAY }.into())
            }
        }
    }

    /// Takes a claim away from the remote, unless somebody else has the ticket already.
    fn release(&self, claim: &Claim) -> Result<()> {
        let Some(shared) = &claim.shared else { return Ok(()) };
        let Some((oid, notice)) = self.find(&claim.ticket, STAYS)? else { return Ok(()) };
        if oid != shared.oid && notice.is_none_or(|notice| !notice.is_of(shared)) {
            return Ok(());
        }
        match self.repository.swap_shared_ref(&self.remote, &reference(&claim.ticket), (Expected::At(oid), None)) {
            Ok(_) => {
                self.keep_one(&claim.ticket, None);
                Ok(())
            }
            Err(error) => Err(self.unreachable(&claim.ticket, &error, STAYS)),
        }
    }

    /// Whether a claim is there no more. Where nobody can be asked, what was seen counts.
    pub fn find_lost(repository: &'a Repository, claim: &Claim, (settings, now): (Option<&str>, Timestamp)) -> Option<Lost> {
        let known = claim.shared.as_ref()?;
        let asked = Self::of(repository, known, (settings, now)).and_then(|there| Ok((there.find(&claim.ticket, STAYS)?, there.remote)));
        let is_there = |found: &Found| found.0 == known.oid || found.1.as_ref().is_some_and(|notice| notice.is_of(known));
        let held = Claims::of(repository, now).lost_to(claim);
        match asked {
            Ok((Some(found), _)) if is_there(&found) => None,
            Ok((_, remote)) => Some(Lost { remote, held }),
            Err(_) => held.map(|held| Lost { remote: held.remote.clone(), held: Some(held) }),
        }
    }

    /// Looks once more at a ticket that was lost to somebody: they may have given it back, where they wanted several and did not get
    /// all.
    pub fn look_again(repository: &'a Repository, failure: &Failure, now: Timestamp) {
        if let Some(ClaimError::Shared { held }) = failure.downcast_ref()
            && let Ok(shared) = SharedClaims::new(repository, &held.remote, now)
        {
            drop(shared.find(&held.notice.ticket, NOTHING_CLAIMED));
        }
    }

    /// Takes away what was found there, whoever made it, unless it changed meanwhile.
    pub fn remove(&self, held: &Held) -> Result<()> {
        let ticket = &held.notice.ticket;
        match self.find(ticket, NOTHING_CLAIMED)? {
            Some((oid, Some(notice))) if notice == held.notice => {
                let outcome = self.repository.swap_shared_ref(&self.remote, &reference(ticket), (Expected::At(oid), None));
                if outcome? {
                    self.keep_one(ticket, None);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Every claim on the remote that still counts, in order of the tickets.
    pub fn list(&self) -> Result<Vec<Held>> {
        let refs: HashMap<String, Oid> = self.repository.shared_refs(&self.remote, &format!("{FOLDER}*"))?.into_iter().collect();
        self.fetch(&refs)?;
        let read = |(name, oid): (&String, &Oid)| {
            let ticket = ticket_of(name)?;
            read(self.repository, *oid, &ticket)
        };
        let mut all: Vec<Notice> = refs.iter().filter_map(read).collect();
        all.sort_by(|a, b| a.ticket.cmp(&b.ticket));
        self.see(|seen| (seen.at, seen.notices) = (self.now, all.clone()));
        Ok(all.into_iter().filter(|notice| in_time(notice, self.now)).map(|notice| self.held(notice)).collect())
    }

    /// Whether a claim of somebody keeps anybody away.
    fn stands(&self, notice: &Notice) -> bool {
        Claims::of(self.repository, self.now).stands(notice)
    }

    fn see(&self, change: impl FnOnce(&mut Seen)) {
        Claims::of(self.repository, self.now).see((&self.remote, self.address.as_deref()), change);
    }

    fn keep_one(&self, ticket: &Id, notice: Option<Notice>) {
        self.see(|seen| {
            seen.notices.retain(|known| known.ticket != *ticket);
            seen.notices.extend(notice);
        });
    }

    fn find(&self, ticket: &Id, still: &'static str) -> Result<Option<Found>> {
        let wanted = reference(ticket);
        let ask = || {
            let refs = self.repository.shared_refs(&self.remote, &wanted)?;
            let found: HashMap<String, Oid> = refs.into_iter().filter(|(name, _)| *name == wanted).collect();
            self.fetch(&found)?;
            Ok::<_, GitError>(found.into_values().next())
        };
        let found = ask().map_err(|error| self.unreachable(ticket, &error, still))?;
        let found = found.map(|oid| (oid, read(self.repository, oid, ticket)));
        self.keep_one(ticket, found.as_ref().and_then(|(_, notice)| notice.clone()));
        Ok(found)
    }

    /// Gets those commits that are not here yet.
    fn fetch(&self, refs: &HashMap<String, Oid>) -> Result<(), GitError> {
        let missing = refs.iter().filter(|(_, oid)| self.repository.read_commit(**oid).is_err());
        let names: Vec<String> = missing.map(|(name, _)| name.clone()).collect();
        match self.repository.fetch_shared(&self.remote, &names) {
            // Released between the question and the answer.
            Err(GitError::Program(ProgramError::Failed { reason, .. })) if reason.contains("couldn't find remote ref") => Ok(()),
            outcome => outcome,
        }
    }

    fn write(&self, claim: &mut Claim, token: String) -> Result<()> {
        // A run holds its ticket until it is closed; the others cannot see whether it is still there.
        let expires = claim.expires.unwrap_or_else(|| Timestamp::from_seconds(self.now.seconds().saturating_add(OF_RUN)));
        let (by, run, schema) = (claim.by_elsewhere(), claim.run.clone(), "cmpm.claim/1".to_owned());
        let notice = Notice { schema, ticket: claim.ticket.clone(), by, run, since: claim.since, expires, token: token.clone() };
        let text = json::line(&notice)?;
        let oid = self.repository.write_note(&text, self.now)?;
        claim.shared = Some(Shared { remote: self.remote.clone(), address: self.address.clone(), oid, token });
        Ok(())
    }

    fn held(&self, notice: Notice) -> Held {
        Held { notice, remote: self.remote.clone(), seen: self.now }
    }

    fn taken(&self, notice: Notice) -> Failure {
        ClaimError::Shared { held: Box::new(self.held(notice)) }.into()
    }

    fn unreachable(&self, ticket: &Id, reason: &dyn std::fmt::Display, still: &'static str) -> Failure {
        let (ticket, remote) = (ticket.clone(), self.remote.clone());
        ClaimError::Unreachable { ticket, remote, reason: reason.to_string(), still }.into()
    }
}

/// What the commit of a claim says, if it is here and one of this ticket.
fn read(repository: &Repository, oid: Oid, ticket: &Id) -> Option<Notice> {
    let commit = repository.read_commit(oid).ok()?;
    serde_json::from_str::<Notice>(&commit.message).ok().filter(|notice| notice.ticket == *ticket)
}

/// The reference of a ticket. Where git takes the id for no name, its dots are written otherwise.
pub fn reference(ticket: &Id) -> String {
    let id = ticket.as_str();
    let is_refused = id.contains("..") || id.ends_with('.') || id.ends_with(".lock");
    if is_refused { format!("{FOLDER}{}", id.replace('.', DOT)) } else { format!("{FOLDER}{id}") }
}

/// The ticket of a reference; `None` if it is of none.
fn ticket_of(reference: &str) -> Option<Id> {
    let ticket = Id::parse(&reference.strip_prefix(FOLDER)?.replace(DOT, "."))?;
    (self::reference(&ticket) == reference).then_some(ticket)
}
