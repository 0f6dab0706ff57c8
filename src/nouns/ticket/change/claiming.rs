//! What the verbs about claims share: who one is, which ticket is meant, and how long a claim should last.

use std::collections::HashSet;

use super::super::file::values::ValueError;
use super::super::model::{Ticket, TicketError};
use super::super::view::picture::{Look, Picture};
use super::which::{Several, Which};
use crate::base::{Rule, Severity, Timestamp};
use crate::claims::{Claim, ClaimError, Claims, Held, Notice, SharedClaims, Taking, Term, page_path};
use crate::config::{Category, Config, Span};
use crate::process::{Liveness, Owner};
use crate::report::prelude::*;
use crate::store::overlay::{Standing, Version, integration_on};
use crate::store::{Listed, Snapshot};

/// No claim lasts longer without being renewed.
const LONGEST: u64 = 366 * 24 * 60 * 60;

/// For whom.
#[derive(Debug, Clone, Default, Args)]
pub struct Claimant {
    /// Who claims it; defaults to your git name
    #[arg(long = "for", value_name = "NAME", add = Takes::Person)]
    name: Option<String>,
}

/// How long, and where it is known.
#[derive(Debug, Clone, Default, Args)]
pub struct Terms {
    /// How long the claim lasts unless it is renewed [default: `claims.ttl` of the settings]
    #[arg(long, value_name = "TIME")]
    ttl: Option<Span>,
    /// End the claim when this process ends, such as an agent's or a shell's
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
    /// Also claim it on a remote that several clones share [default: `claims.remote` of the settings; without a name: that or origin]
    #[arg(long, value_name = "REMOTE", num_args = 0..=1)]
    remote: Option<Option<String>>,
}

/// The remote that `--remote` means: the one that is named, else that of the settings, else `origin`.
pub fn remote_meant<'a>(context: &'a Context, given: &'a Option<String>) -> Result<&'a str> {
    Ok(given.as_deref().or(context.config()?.claims.remote.as_deref()).unwrap_or("origin"))
}

/// A claim as it is reported.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClaimRow {
    /// The ticket.
    pub ticket: Id,
    /// Who has it.
    pub by: String,
    /// The run, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Id>,
    /// How long it lasts; absent for one of another clone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<Term>,
    /// Since when.
    pub since: Timestamp,
    /// When its time is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The remote that knows of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
}

impl From<&Claim> for ClaimRow {
    fn from(claim: &Claim) -> Self {
        Self {
            ticket: claim.ticket.clone(),
            by: claim.by(),
            run: claim.run.clone(),
            term: Some(claim.term),
            since: claim.since,
            until: claim.expires,
            remote: claim.shared.as_ref().map(|shared| shared.remote.clone()),
        }
    }
}

impl Claimant {
    /// The identity of the caller: inside a run, always that run.
    pub fn name(&self, context: &Context) -> Result<String> {
        match (&self.name, context.inside_run()) {
            (None, Some(run)) => Ok(run),
            (None, None) => Ok(context.repository()?.user_name()),
            (Some(_), Some(_)) => context.require_person().map(|()| String::new()),
            (Some(name), None) if name.trim().is_empty() || name.chars().any(char::is_control) => {
                Err(ValueError::Line { flag: "for" }.into())
            }
            (Some(name), None) => Ok(name.trim().to_owned()),
        }
    }
}

impl Terms {
    /// So long, or as long as the settings say.
    pub fn of(ttl: Option<Span>) -> Self {
        Self { ttl, ..Self::default() }
    }

    /// The remote that should know of it: the one that is named, else that of the settings.
    pub fn remote<'a>(&'a self, context: &'a Context) -> Result<Option<&'a str>> {
        match &self.remote {
            Some(given) => remote_meant(context, given).map(Some),
            None => Ok(context.config()?.claims.remote.as_deref()),
        }
    }

    /// Until when a claim lasts that is made or renewed at `now`.
    pub fn until(&self, config: &Config, now: Timestamp) -> Timestamp {
        let seconds = self.ttl.unwrap_or(config.claims.ttl).seconds().min(LONGEST);
        Timestamp::from_seconds(now.seconds().saturating_add(i64::try_from(seconds).unwrap_or_default()))
    }

    /// A claim on a ticket that was not made yet.
    pub fn draft(&self, context: &Context, (ticket, name): (&Id, String)) -> Result<Claim> {
        let now = context.clock.now();
        let owner = self.pid.map_or_else(Owner::this_process, Owner::of);
        if let Some(pid) = self.pid.filter(|_| owner.liveness() == Liveness::Dead) {
            return Err(ClaimError::NoProcess { pid }.into());
        }
        // A claim that lives with a process needs no time, unless others cannot see the process.
        let timeless = self.pid.is_some() && self.ttl.is_none() && self.remote(context)?.is_none();
        Ok(Claim {
            ticket: ticket.clone(),
            run: None,
            name: Some(name),
            term: if self.pid.is_some() { Term::Lease } else { Term::Timed },
            owner,
            since: now,
            expires: if timeless { None } else { Some(self.until(context.config()?, now)) },
            shared: None,
        })
    }

    /// Takes a ticket, here and where the terms say; with `steal` from whoever has it.
    pub fn take(&self, context: &Context, (ticket, name): (&Id, String), steal: bool) -> Result<Claim> {
        let mut claim = self.draft(context, (ticket, name))?;
        let (repository, remote, random) = (context.repository()?, self.remote(context)?, &context.random);
        Taking { repository, remote, random, steal }.take(&claims(context)?, &mut claim)?;
        Ok(claim)
    }
}

/// The claims of this clone, as of now.
pub fn claims(context: &Context) -> Result<Claims> {
    Ok(Claims::of(context.repository()?, context.clock.now()))
}

/// The ticket that was named, here or elsewhere.
pub fn find_listed(context: &Context, which: &Which) -> Result<Listed<Ticket>> {
    let listed = match context.store()?.find_by_name::<Ticket>(&which.id) {
        Some(stored) => stored.to_listed(),
        None => Picture::load(context, Look::default())?.find(&which.name(context))?.clone(),
    };
    which.check(&listed.record)?;
    Ok(listed)
}

/// The same for several, each once.
pub fn find_each(context: &Context, which: &Several) -> Result<Vec<Listed<Ticket>>> {
    let mut found: Vec<Listed<Ticket>> = Vec::new();
    for id in &which.ids {
        let listed = find_listed(context, &Which { kind: which.kind, id: id.clone() })?;
        if found.iter().all(|known| known.record.id != listed.record.id) {
            found.push(listed);
        }
    }
    Ok(found)
}

/// Frees a ticket, here and where a remote knows of the claim.
pub fn give_back(context: &Context, claim: &Claim) -> Result<()> {
    SharedClaims::give_back(context.repository()?, claim, (context.config()?.claims.remote.as_deref(), context.clock.now()))?;
    claims(context)?.change(claim, None)
}

/// What a remote holds now. A claim on a ticket that is finished there has served its time, and so has one of a run whose page is
/// there: these go.
pub fn ask(context: &Context, remote: &str) -> Result<Vec<Held>> {
    let shared = SharedClaims::new(context.repository()?, remote, context.clock.now())?;
    let all = shared.list()?;
    // What cannot be read finishes nothing.
    let finished = finished_on(context, remote, &all).unwrap_or_default();
    let (over, open): (Vec<_>, Vec<_>) = all.into_iter().partition(|held| finished.contains(&held.notice.ticket));
    // Whoever asks next tries again.
    over.iter().for_each(|held| drop(shared.remove(held)));
    let known = claims(context)?;
    Ok(open.into_iter().filter(|held| known.stands(&held.notice)).collect())
}

/// The tickets whose claim has served its time, as the integration branch of a remote was last seen: a run's if its page is there, which
/// lands with the decision; a person's if the ticket is finished there, and was changed last after it was claimed: one that is claimed
/// anew was opened again since, where that cannot be seen yet.
fn finished_on(context: &Context, remote: &str, all: &[Held]) -> Result<HashSet<Id>> {
    let (store, repository) = (context.store()?, context.repository()?);
    let Some(tip) = integration_on(store, repository, remote)? else { return Ok(HashSet::new()) };
    let newest = repository.read_commit(tip)?.time;
    let older: Vec<&Notice> = all.iter().map(|held| &held.notice).filter(|notice| notice.since <= newest).collect();
    if older.is_empty() {
        return Ok(HashSet::new());
    }
    let there = store.list::<Ticket>(&Snapshot::Tree(repository, tip));
    let is_finished = |notice: &&Notice| {
        if let Some(run) = &notice.run {
            return repository.find_blob(tip, &page_path(run)).is_ok_and(|page| page.is_some());
        }
        let Ok(listed) = there.find(notice.ticket.as_str()) else { return false };
        let changed = || repository.last_commit_touching(&listed.path, tip).ok().flatten();
        listed.record.category.is_closed() && changed().is_some_and(|commit| commit.time >= notice.since)
    };
    Ok(older.into_iter().filter(is_finished).map(|notice| notice.ticket.clone()).collect())
}

/// Refuses to work on what is finished here and was opened again since on the integration branch, before that is here.
pub fn require_not_reopened(context: &Context, (ticket, path): (&Ticket, &RepoPath)) -> Result<()> {
    if !ticket.category.is_closed() {
        return Ok(());
    }
    let versions = context.store()?.versions_of::<Ticket>(context.repository()?, path);
    let is_newer = |version: &Version<Ticket>| version.place.is_integration && version.standing == Standing::Newer;
    match versions.into_iter().find(|version| is_newer(version) && !version.listed.record.category.is_closed()) {
        Some(Version { place, listed, .. }) => {
            let (id, status, place) = (ticket.id.clone(), listed.record.status.clone(), place.whereabouts());
            Err(TicketError::Reopened { id, kind: ticket.kind, status, place }.into())
        }
        None => Ok(()),
    }
}

/// Refuses to work on what is finished, here or where it is newer; warns of what was started elsewhere.
pub fn require_open(context: &Context, listed: &Listed<Ticket>) -> Result<Vec<Finding>> {
    let ticket = &listed.record;
    require_not_reopened(context, (ticket, &listed.path))?;
    ticket.completed_word()?;
    let mut findings = Vec::new();
    for version in context.store()?.versions_of::<Ticket>(context.repository()?, &listed.path) {
        let (there, place) = (&version.listed.record, version.place.whereabouts());
        if there.category.is_closed() && version.standing == Standing::Newer {
            return Err(
                TicketError::ClosedElsewhere { id: ticket.id.clone(), kind: ticket.kind, status: there.status.clone(), place }.into()
            );
        }
        if there.category != Category::Todo && there.category != ticket.category {
            let message = format!("{} is {} {place}", ticket.id, text::one_line(&there.status));
            let finding = Finding::new(Rule::BegunElsewhere, Severity::Warning, listed.path.clone(), message);
            findings.push(finding.hint("make sure that nobody is working on it there"));
        }
    }
    Ok(findings)
}
