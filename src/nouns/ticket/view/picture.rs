//! Tickets as one picture: those here and what other places say of them, and who has claimed them. What every view looks at.

use std::cell::OnceCell;
use std::collections::HashMap;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::file::place::root_of;
use super::super::model::Ticket;
use super::super::model::dialect::locate;
use super::super::model::readiness::{Circumstances, Judgement, Reason, judge};
use super::family::family;
use super::holders::Holders;
use super::row::TicketRow;
use crate::base::{Finding, Id, RepoPath, Result, Rule, ShortIds, Timestamp, text};
use crate::claims::{Claim, Held};
use crate::config::Category;
use crate::context::{CONFIG_FILE, Context};
use crate::fs::read;
use crate::git::{Oid, Repository};
use crate::run::{JobDir, State};
use crate::store::overlay::{Others, PlaceKind, Standing, Version};
use crate::store::{Candidate, Listed, Listing, Overlay, Scan, Scope, Snapshot, Store, StoreError};

/// How far one looks.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Look {
    /// Also look at every other branch of this clone
    #[arg(long, conflicts_with = "here")]
    branches: bool,
    /// Only look at this work tree
    #[arg(long)]
    here: bool,
}

impl Look {
    /// What the flags mean.
    pub fn scope(self) -> Scope {
        match self {
            Self { here: true, .. } => Scope::Here,
            Self { branches: true, .. } => Scope::Branches,
            _ => Scope::Usual,
        }
    }
}

/// Another version of a ticket, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TicketPlace {
    /// What kind of place it is.
    pub place: PlaceKind,
    #[serde(skip)]
    whereabouts: String,
    /// The name of the worktree's folder, or of the branch.
    pub name: String,
    /// The root of the worktree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The ticket's file there.
    pub path: RepoPath,
    /// The commit that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oid: Option<Oid>,
    /// The status word as written there; `removed` where the file was removed.
    pub status: String,
    /// What the word means.
    pub category: Category,
    /// How it stands to the version here.
    pub standing: Standing,
}

/// Who works on a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TicketClaim {
    /// Who, for people: the run, or the name that was given.
    pub by: String,
    /// The run, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Id>,
    /// Since when.
    pub since: Timestamp,
    /// When its time is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The remote on which another clone has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// When that was seen there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<Timestamp>,
}

#[derive(Debug)]
pub struct Picture {
    /// The tickets here, then those that are only elsewhere; what is wrong with files and places.
    pub listing: Listing<Ticket>,
    /// What is known of each besides its file here.
    pub around: Around,
}

/// What is known of tickets besides their files here.
#[derive(Debug)]
pub struct Around {
    others: Others<Ticket>,
    pub claims: Vec<Claim>,
    claimed: HashMap<String, usize>,
    /// Tickets whose claim cannot be read, each with what is reported of it.
    pub damaged: Vec<(Id, Finding)>,
    short: ShortIds,
    /// The run of each ticket that has one in review.
    in_review: HashMap<String, Id>,
    /// What other clones have, as it was last seen.
    held: HashMap<String, Held>,
}

/// Drops what is found of folders without tickets. Only a project says that a folder is for tickets: elsewhere, one without any is
/// about something else.
pub fn drop_strangers<D>(store: &Store, scan: &mut Scan<Ticket, D>) {
    if read::exists(&CONFIG_FILE.below(store.root())) {
        return;
    }
    let Scan { records, findings } = scan;
    let is_ours = |path: &RepoPath| records.iter().any(|stored| stored.path.is_below(&root_of(store, path)));
    findings.retain(|finding| finding.rule != Rule::NotATicket.name() || is_ours(&finding.path));
}

impl Picture {
    /// Looks at every place that `look` wants.
    pub fn load(context: &Context, look: Look) -> Result<Self> {
        let store = context.store()?;
        Self::of(context, store.overlay::<Ticket>(context.repository()?, look.scope()))
    }

    /// The same of these tickets alone and of those that have to do with them; `None` unless each is named by its whole id.
    pub fn around(context: &Context, look: Look, names: &[String]) -> Result<Option<Self>> {
        let Some(ids) = names.iter().map(|name| Id::parse(name.trim())).collect::<Option<Vec<Id>>>() else { return Ok(None) };
        let ids: Vec<&str> = ids.iter().map(Id::as_str).filter(|id| !id.ends_with("md")).collect();
        let short = OnceCell::new();
        let overlay = context.store()?.overlay_chosen::<Ticket>(context.repository()?, look.scope(), &|all| {
            let chosen = family(&ids, all);
            // Nobody asks for the length of one alone.
            if chosen.iter().filter(|chosen| **chosen).count() > 1 {
                drop(short.set(ShortIds::of(all.iter().filter_map(Candidate::id))));
            }
            chosen
        });
        let is_here = |id: &&str| {
            overlay.listing.records.iter().any(|listed| listed.record.id.is(id) && overlay.others.home(&listed.record.id).is_none())
        };
        if ids.len() < names.len() || !ids.iter().all(is_here) {
            return Ok(None);
        }
        let mut picture = Self::of(context, overlay)?;
        picture.around.short = short.into_inner().unwrap_or(picture.around.short);
        Ok(Some(picture))
    }

    fn of(context: &Context, overlay: Overlay<Ticket>) -> Result<Self> {
        let store = context.store()?;
        let Overlay { mut listing, others } = overlay;
        let Holders { claims, held, damaged, .. } = Holders::find(context)?;
        drop_strangers(store, &mut listing);
        listing.findings.extend(damaged.iter().map(|(_, finding)| finding.clone()));
        let claimed = claims.iter().enumerate().map(|(index, claim)| (fold(&claim.ticket), index)).collect();
        let short = shorten(&listing);
        let in_review = claims.iter().filter_map(|claim| Some((fold(&claim.ticket), claim.run.clone()?)));
        let in_review = in_review.filter(|(_, run)| is_in_review(store, run)).collect();
        let held = held.into_iter().map(|held| (fold(&held.notice.ticket), held)).collect();
        Ok(Self { listing, around: Around { others, claims, claimed, damaged, short, in_review, held } })
    }

    /// These tickets and nothing else: no other place, and no claims.
    pub fn alone(listing: Listing<Ticket>) -> Self {
        let others = Others::none(listing.records.len());
        let short = shorten(&listing);
        Self {
            listing,
            around: Around {
                others,
                claims: Vec::new(),
                claimed: HashMap::new(),
                damaged: Vec::new(),
                short,
                in_review: HashMap::new(),
                held: HashMap::new(),
            },
        }
    }

    /// The ticket that `query` names: one here, else one elsewhere.
    pub fn find(&self, query: &str) -> Result<&Listed<Ticket>, StoreError> {
        self.around.others.find(&self.listing, query)
    }

    /// The ticket here that `query` names.
    pub fn find_here(&self, query: &str) -> Result<&Listed<Ticket>, StoreError> {
        self.around.others.find_here(&self.listing, query)
    }
}

impl Picture {
    /// The same as it would be with the integration branch merged in: what is newer there counts.
    pub fn merged(mut self) -> Self {
        for listed in &mut self.listing.records {
            if let Some(newer) = self.around.others.landed(&listed.record.id) {
                listed.record = newer.listed.record.clone();
            }
        }
        self
    }

    /// How a ticket is over, here or on the integration branch; `None` if there is work left.
    pub fn is_over(&self, id: &Id) -> Option<String> {
        let places = self.around.others.versions(id).iter().filter(|version| version.place.is_integration);
        let there = places.map(TicketPlace::from).find(|place| match place.standing {
            Standing::Newer => place.category.is_closed(),
            standing => standing == Standing::Removed,
        });
        let here = self.listing.records.iter().find(|listed| listed.record.id == *id && listed.record.category.is_closed());
        let here = here.filter(|_| self.around.others.landed(id).is_none()).map(|listed| listed.record.status.clone());
        here.or_else(|| there.map(|place| format!("{} {}", place.status, place.whereabouts)))
    }

    /// Judges which tickets can be started. One that was started or finished in another place cannot.
    pub fn judge(&self, context: &Context, store: &Store) -> Judgement<'_> {
        let locate = |ticket: &Listed<Ticket>, property, text: &str| locate(store, ticket, (property, text));
        let about = Circumstances { now: context.clock.now(), config: store.config(), locate: &locate };
        // Of what another clone has by now only that is said.
        let claims: Vec<Claim> = self.around.claims.iter().filter(|claim| !self.around.is_held(&claim.ticket)).cloned().collect();
        let mut judgement = judge(&self.listing.records, &claims, &about);
        let judged = judgement.ready.into_iter().map(|listed| (listed, self.around.under_way(&listed.record.id)));
        let (ready, mut elsewhere): (Vec<_>, Vec<_>) = judged.partition(|(_, reasons)| reasons.is_empty());
        judgement.ready = ready.into_iter().map(|(listed, _)| listed).collect();
        judgement.waiting.append(&mut elsewhere);
        for (listed, reasons) in &mut judgement.waiting {
            let waits = self.around.in_review(&listed.record.id);
            for reason in reasons {
                if let Reason::Claimed { run: Some(run), in_review, .. } = reason {
                    *in_review = waits == Some(run);
                }
            }
        }
        judgement
    }
}

impl Around {
    /// Why a ticket may be somebody's work already: it was started or finished in another place, or its claim cannot be read.
    fn under_way(&self, id: &Id) -> Vec<Reason> {
        let places = self
            .others
            .versions(id)
            .iter()
            .map(TicketPlace::from)
            .filter(|place| place.category != Category::Todo || place.standing == Standing::Removed);
        let places = places.map(|place| Reason::Elsewhere { status: place.status.clone(), place: place.whereabouts });
        // It may be somebody's: nobody else is offered it.
        let unclear = self.damaged.iter().filter(|(ticket, _)| fold(ticket) == fold(id));
        let unclear = unclear.map(|_| "somebody whose claim cannot be read".to_owned());
        let held = self
            .held
            .get(&fold(id))
            .map(|Held { notice, remote, seen }| format!("{} (on {remote}, seen {seen})", text::one_line(&notice.by)));
        places.chain(unclear.chain(held).map(|by| Reason::Claimed { run: None, by, in_review: false })).collect()
    }

    /// A ticket as a row, with where else it is and who has it.
    pub fn row(&self, listed: &Listed<Ticket>) -> TicketRow {
        let mut row = TicketRow::from(listed);
        row.places = self.places(&row.id);
        row.claim = self.claim(&row.id);
        row.short = self.short.length(&row.id);
        row
    }

    /// The run on a ticket that waits for a person's judgement.
    pub fn in_review(&self, id: &Id) -> Option<&Id> {
        self.in_review.get(&fold(id))
    }

    /// Other versions of a ticket.
    pub fn places(&self, id: &Id) -> Vec<TicketPlace> {
        self.others.versions(id).iter().map(TicketPlace::from).collect()
    }

    /// Who works on a ticket. What another clone has is not this one's any more.
    pub fn claim(&self, id: &Id) -> Option<TicketClaim> {
        // Nearly always nobody works on anything.
        if self.claimed.is_empty() && self.held.is_empty() {
            return None;
        }
        let id = fold(id);
        let own = || self.claimed.get(&id).and_then(|index| self.claims.get(*index)).map(TicketClaim::from);
        self.held.get(&id).map(TicketClaim::from).or_else(own)
    }

    /// How many tickets somebody works on.
    pub fn count_claimed(&self) -> usize {
        self.claims.len() + self.held.keys().filter(|id| !self.claimed.contains_key(*id)).count()
    }

    /// Whether another clone was last seen to have a ticket.
    pub fn is_held(&self, id: &Id) -> bool {
        self.held.contains_key(&fold(id))
    }

    /// Whether a ticket is in this work tree.
    pub fn is_here(&self, id: &Id) -> bool {
        self.others.home(id).is_none()
    }

    /// The files in which a ticket is: those here, or those of the place that it is only in.
    pub fn snapshot<'a>(&'a self, (store, repository): (&'a Store, &'a Repository), id: &Id) -> Snapshot<'a> {
        self.others.home(id).map_or_else(|| store.work_tree(), |place| place.snapshot(repository))
    }
}

fn is_in_review(store: &Store, run: &Id) -> bool {
    JobDir::new(store.live(), run.as_str()).load_status().is_ok_and(|status| status.state == State::Review)
}

fn shorten(listing: &Listing<Ticket>) -> ShortIds {
    ShortIds::of(listing.records.iter().map(|listed| listed.record.id.as_str()))
}

fn fold(id: &Id) -> String {
    id.as_str().to_ascii_lowercase()
}

impl From<&Version<Ticket>> for TicketPlace {
    fn from(version: &Version<Ticket>) -> Self {
        let (place, ticket) = (&version.place, &version.listed.record);
        Self {
            place: place.kind,
            whereabouts: place.whereabouts(),
            name: place.name.clone(),
            folder: place.folder.as_ref().map(|folder| folder.to_string_lossy().into_owned()),
            path: version.listed.path.clone(),
            oid: place.commit,
            status: if version.standing == Standing::Removed { "removed".to_owned() } else { ticket.status.clone() },
            category: ticket.category,
            standing: version.standing,
        }
    }
}

impl From<&Claim> for TicketClaim {
    fn from(claim: &Claim) -> Self {
        Self { by: claim.by(), run: claim.run.clone(), since: claim.since, until: claim.expires, remote: None, seen: None }
    }
}

impl From<&Held> for TicketClaim {
    fn from(Held { notice, remote, seen }: &Held) -> Self {
        let (since, until) = (notice.since, Some(notice.expires));
        Self { by: notice.by.clone(), run: None, since, until, remote: Some(remote.clone()), seen: Some(*seen) }
    }
}

impl TicketClaim {
    /// `ana`; `ana (on origin)` in another clone.
    pub fn who(&self) -> String {
        let place = self.remote.as_ref().map(|remote| format!(" (on {remote})")).unwrap_or_default();
        text::one_line(&format!("{}{place}", self.by))
    }

    /// `by ana until 2026-01-31T09:30:00Z`.
    pub fn describe(&self) -> String {
        if let (Some(remote), Some(seen)) = (&self.remote, self.seen) {
            return format!("by {} on {} since {}, as of {seen}", text::one_line(&self.by), text::one_line(remote), self.since);
        }
        let time = self.until.map_or_else(|| format!("since {}", self.since), |until| format!("until {until}"));
        format!("by {} {time}", text::one_line(&self.by))
    }
}

impl TicketPlace {
    /// `newer on main: done`; the status only where it is another one than here.
    pub fn describe(&self, status_here: &str) -> String {
        let word = match self.standing {
            Standing::Newer => "newer",
            Standing::Diverged => "also",
            Standing::Only => "only",
            Standing::Removed => "removed",
        };
        let other = self.standing != Standing::Removed && !self.status.eq_ignore_ascii_case(status_here);
        let status = if other { format!(": {}", text::one_line(&self.status)) } else { String::new() };
        format!("{word} {}{status}", self.whereabouts)
    }
}

/// Other versions in one line, at most two of them; nothing if there are none.
pub fn describe_places(places: &[TicketPlace], status_here: &str) -> String {
    let mut shown: Vec<String> = places.iter().take(2).map(|place| place.describe(status_here)).collect();
    shown.extend((places.len() > 2).then(|| format!("{} more", places.len() - 2)));
    shown.join("; ")
}
