//! What is new, what is here already, and what changed since: what was edited here is never overwritten.

use std::collections::{HashMap, HashSet};

use serde_json::Value as Json;

use crate::base::{Finding, Id, RepoPath, Result, Rule, Severity, text};
use crate::context::Context;
use crate::exchange::{Losses, Source};
use crate::store::{Scan, Store, Stored};
use crate::words::{Kind, Property};

use super::super::file::comment::{AllComments, Owners, comment_files};
use super::super::file::draft::{Draft, IMPORTED};
use super::super::file::place::path_of;
use super::super::model::Ticket;
use super::super::model::cycle::makes_wait;
use super::base::{Base, place_in};
use super::cycles::{self, Refused};
use super::distinct::distinct;
use super::format::Format;
use super::item::{Item, Parcel};
use super::known::{Known, base_of};
use super::links::relink_body;
use super::renew::{Renewal, renew};

/// How a source stands to this project.
#[derive(Debug, Default)]
pub struct Settled {
    /// What will be new files.
    pub new: Vec<New>,
    /// What will change.
    pub renewed: Vec<Renewed>,
    pub unchanged: usize,
    /// What differs and was edited here too, with the keys.
    pub clashes: Vec<(Id, String, Vec<String>)>,
    /// How many of the source's records are or will be here.
    pub taken: usize,
    /// How many links between tickets they have.
    pub links: usize,
    /// Why some are left out, and what else is wrong.
    pub findings: Vec<Finding>,
    /// What cannot be carried.
    pub losses: Losses,
    /// What cmpm has no key for, by the key it is kept under, with how often.
    pub kept: Losses,
}

/// A ticket that is not here yet.
#[derive(Debug)]
pub struct New {
    pub id: Id,
    pub kind: Kind,
    pub title: String,
    pub name: String,
    pub path: RepoPath,
    pub text: String,
    /// Whether it says that somebody waits.
    pub waits: bool,
    pub comments: Vec<(RepoPath, String)>,
}

/// A ticket that changes.
#[derive(Debug)]
pub struct Renewed {
    pub id: Id,
    pub name: String,
    pub keys: Vec<String>,
    pub path: RepoPath,
    pub before: Vec<u8>,
    pub after: Vec<u8>,
    pub comments: Vec<(RepoPath, String)>,
}

impl Renewed {
    /// Whether it may say now that somebody waits.
    pub fn waits(&self) -> bool {
        self.keys.iter().any(|key| makes_wait(key))
    }
}

/// What everything is compared with and measured by.
pub struct Settling<'a> {
    pub context: &'a Context,
    pub store: &'a Store,
    pub source: &'a Source,
    pub format: Format,
    /// Whether ids are only made up for show.
    pub dry_run: bool,
}

/// What is here, and the ids that everything of the source has here.
struct Here<'a> {
    known: Known<'a>,
    ids: HashMap<String, Id>,
    comments: AllComments,
}

impl Settling<'_> {
    /// Compares a source with what is here.
    pub fn settle(&self, parcel: Parcel, scan: &Scan<Ticket>) -> Result<Settled> {
        let mut settled = Settled { findings: parcel.findings, losses: parcel.losses, ..Settled::default() };
        let items = distinct(parcel.items, self.format, &mut settled.findings);
        let items = self.fitting(items, &mut settled.findings);
        settled.taken = items.len();
        let known = Known::new(scan);
        let found: Vec<Option<&Stored<Ticket>>> = items.iter().map(|item| known.find(item, self.format)).collect();
        let ids = self.ids(&items, &found)?;
        let is_here = found.iter().any(Option::is_some);
        let owners = Owners::among(&scan.records);
        let comments = if is_here { AllComments::load(self.store, &self.store.work_tree(), &owners) } else { AllComments::default() };
        let here = Here { known, ids, comments };
        let mut items = items;
        items.iter_mut().for_each(|item| self.resolve(item, &here, &mut settled));
        for (item, stored) in items.iter_mut().zip(&found).filter(|_| self.format != Format::Cmpm) {
            let Some(id) = here.ids.get(&item.name.to_lowercase()) else { continue };
            let new = || path_of(self.store, item.draft.kind.unwrap_or(Kind::Issue), id, &item.draft.heading());
            let to = stored.map_or_else(new, |stored| stored.path.clone());
            relink_body(self.store.root(), item, &to);
        }
        self.open_cycles(&mut items, (&here, scan), &mut settled);
        for (item, stored) in items.into_iter().zip(found) {
            note_kept(&item, &mut settled.kept);
            match stored {
                None => self.add(item, &here, &mut settled),
                Some(stored) if item.draft.id.as_deref().is_some_and(|id| stored.record.id.is(id)) => {
                    same_or_told((&item, stored), &here.comments, &mut settled);
                }
                Some(stored) => self.renew((&item, stored), &here.comments, &mut settled),
            }
        }
        Ok(settled)
    }

    /// The id here of each item, by its name there in lower case.
    fn ids(&self, items: &[Item], found: &[Option<&Stored<Ticket>>]) -> Result<HashMap<String, Id>> {
        let mut ids = HashMap::with_capacity(items.len());
        for (item, stored) in items.iter().zip(found) {
            let prefix = self.store.config().prefixes.of(item.draft.kind.unwrap_or(Kind::Issue));
            let id = match (stored, item.draft.id.as_deref().and_then(Id::parse)) {
                (Some(stored), _) => stored.record.id.clone(),
                // Of two tickets with one id the second one has a name of its own, and gets an id.
                (None, Some(own)) if own.is(&item.name) => own,
                (None, _) if self.dry_run => Id::random(prefix, &self.context.random),
                (None, _) => self.store.reserve_id(prefix, &self.context.random)?,
            };
            ids.insert(item.name.to_lowercase(), id);
        }
        Ok(ids)
    }

    /// Puts the names that tickets have here in the place of those they have there.
    fn resolve(&self, item: &mut Item, here: &Here<'_>, settled: &mut Settled) {
        let Here { known, ids, .. } = here;
        let find =
            |name: &str| ids.get(&name.to_lowercase()).map(Id::as_str).or_else(|| known.resolve(name, self.format)).map(str::to_owned);
        let own = find(&item.name);
        let (mut lost, mut loops, mut links) = (Vec::new(), 0usize, 0usize);
        let mut place = |key: &str, name: String| match find(&name) {
            Some(id) if Some(&id) == own.as_ref() => {
                loops += 1;
                None
            }
            Some(id) => {
                links += 1;
                Some(id)
            }
            None if self.format == Format::Cmpm => Some(name),
            None => {
                lost.push(Json::from(format!("{key} {name}")));
                None
            }
        };
        *item.draft.parent = item.draft.parent.take().and_then(|name| place("parent", name));
        for property in Property::links() {
            let names = item.draft.texts(property).to_vec();
            let mut seen = HashSet::new();
            let placed = names.into_iter().filter_map(|name| place(property.name(), name)).filter(|id| seen.insert(id.clone()));
            let placed = placed.collect();
            item.draft.set(property, placed);
        }
        if self.format != Format::Cmpm {
            // Where it has no parent, another key must not become one.
            let has_parent = item.draft.parent.is_some();
            lost.extend(take_broken(&mut item.draft, &|name| has_parent && find(name).is_some()));
        }
        settled.links += links;
        settled.losses.add_many("a link from a ticket to itself", &item.place, loops);
        settled.losses.add_many("a link to a ticket that does not exist; its name is kept under `imported`", &item.place, lost.len());
        keep_links(&mut item.draft, lost);
    }

    /// Takes those links out that would let work wait in a cycle, and says where they stand.
    fn open_cycles(&self, items: &mut [Item], (here, scan): (&Here<'_>, &Scan<Ticket>), settled: &mut Settled) {
        let ids: Vec<&str> = items.iter().map(|item| here.ids.get(&item.name.to_lowercase()).map(Id::as_str).unwrap_or_default()).collect();
        for Refused { item: index, key, name, way } in cycles::open(items, &ids, scan) {
            let Some(item) = items.get_mut(index) else { continue };
            let page = self.source.files.iter().find(|file| file.is_page() && file.place == item.place);
            let line = item.line.or_else(|| line_of(&page?.text, &name));
            let message = format!("`{key}: {}` would close a dependency cycle ({way}); it is kept under `imported`", text::one_line(&name));
            let finding = Finding::new(Rule::Cycle, Severity::Warning, item.place.clone(), message);
            settled.findings.push(line.into_iter().fold(finding, Finding::at).hint("remove one of these links there, then import again"));
            settled.links = settled.links.saturating_sub(1);
            settled.losses.add("a link that would close a dependency cycle; its name is kept under `imported`", &item.place);
            let mut links = vec![Json::from(format!("{key} {name}"))];
            if item.draft.parent.is_none() && self.format != Format::Cmpm {
                links.extend(take_broken(&mut item.draft, &|_| false));
            }
            keep_links(&mut item.draft, links);
        }
    }

    fn add(&self, item: Item, here: &Here<'_>, settled: &mut Settled) {
        let Some(id) = here.ids.get(&item.name.to_lowercase()).cloned() else { return };
        let Item { mut draft, name, names, url, .. } = item;
        if draft.id.as_deref() != Some(id.as_str()) {
            let base = Base::of(&draft);
            let alias = names.first().unwrap_or(&name);
            if !alias.contains(char::is_whitespace) && !draft.aliases.contains(alias) {
                draft.aliases.insert(0, alias.clone());
            }
            draft.external.push(place_in(self.format.as_str(), &name, url.as_deref(), &base));
        }
        let (kind, title) = (draft.kind.unwrap_or(Kind::Issue), draft.heading());
        let comments = comment_files(self.store, &id, &draft.comments);
        let path = path_of(self.store, kind, &id, &title);
        settled.new.push(New { path, text: draft.render(id.as_str()), waits: draft.waits(), id, kind, title, name, comments });
    }

    fn renew(&self, (item, stored): (&Item, &Stored<Ticket>), all: &AllComments, settled: &mut Settled) {
        let id = stored.record.id.clone();
        let base = base_of(stored, self.format.as_str());
        if base == Base::default() {
            settled.unchanged += 1;
            let message = format!("`{}` is already {id} here and was not imported; it stays unchanged", text::one_line(&item.name));
            settled.findings.push(item.finding(Rule::HereAlready, Severity::Note, message));
            return;
        }
        match renew(stored, &item.draft, &base, self.format.as_str()) {
            Ok(Renewal { keys, clashes, document, comments }) => {
                let here = all.of(&id);
                let new: Vec<_> = item
                    .draft
                    .comments
                    .iter()
                    .filter(|said| comments && !here.iter().any(|known| known.digest() == said.digest()))
                    .cloned()
                    .collect();
                let after = document.bytes().to_vec();
                if !clashes.is_empty() {
                    note_clash(item, &id, &clashes, settled);
                }
                if after != stored.document.bytes() || !new.is_empty() {
                    let (before, comments) = (stored.document.bytes().to_vec(), comment_files(self.store, &id, &new));
                    settled.renewed.push(Renewed { id, name: item.name.clone(), keys, path: stored.path.clone(), before, after, comments });
                } else if clashes.is_empty() {
                    settled.unchanged += 1;
                }
            }
            Err(error) => {
                settled.taken -= 1;
                settled.findings.push(item.finding(
                    Rule::NotImported,
                    Severity::Error,
                    format!("{id} changed there, but cannot be changed here: {error}"),
                ));
            }
        }
    }
}

/// Keeps links that cannot be made, as they were there.
fn keep_links(draft: &mut Draft, links: Vec<Json>) {
    if !links.is_empty() {
        draft.keep("links", Json::Array(links));
    }
}

/// The first line that names somebody.
fn line_of(text: &str, name: &str) -> Option<u32> {
    let at = text.lines().position(|line| line.split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c))).any(|word| word == name))?;
    u32::try_from(at + 1).ok()
}

/// Takes out what stands under another key of a parent and is not there: as a link it would be broken.
fn take_broken(draft: &mut Draft, is_known: &dyn Fn(&str) -> bool) -> Vec<Json> {
    let mut broken = Vec::new();
    for &key in Property::Parent.row().keys {
        let Some(name) = draft.more.get(key).and_then(Json::as_str).map(str::trim) else { continue };
        if !name.is_empty() && !is_known(name) {
            broken.push(Json::from(format!("{key} {name}")));
            draft.more.shift_remove(key);
        }
    }
    broken
}

fn note_clash(item: &Item, id: &Id, keys: &[String], settled: &mut Settled) {
    let list = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let message = format!("{list} of `{}` changed there and in {id}, which keeps its own", text::one_line(&item.name));
    let finding = item.finding(Rule::ChangedOnBothSides, Severity::Warning, message);
    settled.findings.push(finding.hint(format!("`cmpm ticket update {id}` sets the other value")));
    settled.clashes.push((id.clone(), item.name.clone(), keys.to_vec()));
}

/// cmpm's own records have the same id on both sides, and neither is older: what differs is reported.
fn same_or_told((item, stored): (&Item, &Stored<Ticket>), all: &AllComments, settled: &mut Settled) {
    let mut here = Draft::of(stored);
    here.comments = all.of(&stored.record.id).to_vec();
    // A title of several lines becomes one when it is written.
    let plain = |draft: &Draft| {
        let mut draft = draft.clone();
        draft.title = draft.heading();
        serde_json::json!(draft)
    };
    let (here, there) = (plain(&here), plain(&item.draft));
    if here == there {
        settled.unchanged += 1;
        return;
    }
    let keys = |value: &Json| value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut differing = keys(&here);
    differing.extend(keys(&there));
    differing.sort();
    differing.dedup();
    differing.retain(|key| here.get(key) != there.get(key));
    note_clash(item, &stored.record.id, &differing, settled);
}

fn note_kept(item: &Item, kept: &mut Losses) {
    let Some(Json::Object(entries)) = item.draft.more.get(IMPORTED) else { return };
    entries.keys().for_each(|key| kept.add(key, &item.place));
}
