//! The plan of a migration: which files become what, as one transaction.

use std::collections::{BTreeSet, HashSet};

use crate::base::{Id, RepoPath, Result, Rule};
use crate::context::Context;
use crate::document::Document;
use crate::store::{Change, Place, Scan, Store, Stored, Transaction};
use crate::words::Kind;

use super::super::file::place;
use super::super::file::place::{Moves, relink};
use super::super::model::Ticket;
use super::native::{Become, add_aliases, follow, is_damaged, is_native, to_native};
use super::renumber::{NewIds, renumber};
use super::{Migrated, Renumbered, Unclear};

/// The tickets of a tree on their way into cmpm's own form.
pub struct Migration<'a> {
    pub(in crate::nouns::ticket) store: &'a Store,
    records: Vec<Stored<Ticket>>,
    pub report: Migrated,
    pub(in crate::nouns::ticket) unclear: BTreeSet<Unclear>,
}

pub struct Options {
    /// Whether every ticket that another tool numbered gets a new id.
    pub new_ids: bool,
    /// Whether ids need not be reserved.
    pub dry_run: bool,
}

/// A file that becomes another one.
pub struct Step {
    pub from: RepoPath,
    pub to: RepoPath,
    pub before: Vec<u8>,
    pub document: Document,
}

impl<'a> Migration<'a> {
    pub fn read(store: &'a Store) -> Self {
        let Scan { records, findings } = store.scan::<Ticket>(&store.work_tree());
        // That one id is there twice is what the report is about.
        let findings = findings.into_iter().filter(|finding| finding.rule != Rule::DuplicateId.name()).collect();
        Self { store, records, report: Migrated { findings, ..Migrated::default() }, unclear: BTreeSet::new() }
    }

    /// Puts everything that is to be written in a transaction, and says it in the report.
    pub fn plan(&mut self, context: &Context, options: &Options, transaction: &mut Transaction<'a>) -> Result<()> {
        let store = self.store;
        let records = std::mem::take(&mut self.records);
        let mut reserve = |kind: Kind| {
            let prefix = store.config().prefixes.of(kind);
            if options.dry_run { Ok(Id::random(prefix, &context.random)) } else { store.reserve_id(prefix, &context.random) }
        };
        let ids = renumber(&records, options.new_ids, &mut reserve)?;
        self.report.dry_run = options.dry_run;
        let places = places(store, &records, &ids.new);
        let mut steps = Vec::new();
        for (index, to) in places.iter().enumerate() {
            steps.extend(self.ticket(&ids, index, to));
        }
        steps.extend(self.comments(&ids)?);
        let moves: Moves = steps.iter().filter(|step| step.from != step.to).map(|step| (step.from.clone(), step.to.clone())).collect();
        for mut step in steps {
            relink(&mut step.document, (&step.from, &step.to), &moves);
            self.report.files += step.write(transaction);
        }
        self.memories(&ids, transaction)?;
        super::json::import(self.store, &records, &mut self.report, transaction);
        self.report.unclear = std::mem::take(&mut self.unclear).into_iter().collect();
        Ok(())
    }

    fn ticket(&mut self, ids: &NewIds<'_>, index: usize, to: &RepoPath) -> Option<Step> {
        let (stored, id) = ids.records.get(index).zip(ids.new.get(index))?;
        let before = stored.document.bytes().to_vec();
        if is_damaged(&stored.document) {
            self.report.unchanged += 1;
            return Some(Step { from: stored.path.clone(), to: stored.path.clone(), before, document: stored.document.clone() });
        }
        let is_new = *id != stored.record.id;
        if is_new {
            let (old, title) = (stored.record.id.clone(), stored.record.title.clone());
            self.report.renumbered.push(Renumbered { old, new: id.clone(), title, path: to.clone() });
        }
        let mut aliases = stored.record.aliases.clone().into_inner();
        aliases.extend((is_new && ids.keeps_old(index)).then(|| stored.record.id.to_string()));
        let (mut references, mut unclear) = (0, Vec::new());
        let mut refer = |reference: &str, kind: Option<Kind>| {
            let meant = ids.meant(reference, Some(index), kind)?;
            references += usize::from(meant.id != reference);
            unclear.extend(meant.unclear.then(|| reference.to_owned()));
            Some(meant.id)
        };
        let mut document = if is_native(&stored.document) {
            refreshed(stored, &mut Become { id, aliases, refer: &mut refer, config: self.store.config() })
        } else {
            let native = to_native(stored, Become { id, aliases, refer: &mut refer, config: self.store.config() });
            self.report.dropped.extend(native.dropped);
            native.document
        };
        references += rewrite_body(&mut document, ids, Some(index));
        if is_new {
            rename_title(&mut document, stored.record.id.as_str(), id.as_str());
        }
        self.report.references += references;
        self.unclear.extend(unclear.into_iter().map(|reference| Unclear { path: to.clone(), reference }));
        let is_same = document.bytes() == stored.document.bytes() && stored.path == *to;
        *(if is_same { &mut self.report.unchanged } else { &mut self.report.tickets }) += 1;
        Some(Step { from: stored.path.clone(), to: to.clone(), before, document })
    }

    /// Memories name tickets by their new ids; nothing else in them changes.
    fn memories(&mut self, ids: &NewIds<'_>, transaction: &mut Transaction<'_>) -> Result<()> {
        if ids.is_same() {
            return Ok(());
        }
        let snapshot = self.store.work_tree();
        for entry in snapshot.markdown_files(&self.store.config().paths.memory, &mut self.report.findings) {
            let Some(before) = snapshot.read(&entry.path)? else { continue };
            let Ok(text) = std::str::from_utf8(&before) else { continue };
            let (after, count) = ids.rewrite_mentions(text, None);
            if count > 0 {
                self.report.memories += 1;
                self.report.references += count;
                self.report.files += 1;
                transaction.replace(&entry.path, before.clone(), after.into_bytes());
            }
        }
        Ok(())
    }
}

impl Step {
    /// Adds it to a transaction; how many files that is.
    fn write(self, transaction: &mut Transaction<'_>) -> usize {
        let after = self.document.bytes().to_vec();
        if self.from == self.to {
            let changed = usize::from(self.before != after);
            transaction.replace(&self.from, self.before, after);
            return changed;
        }
        transaction.add(Change::remove(Place::from(&self.from), self.before, 2));
        transaction.create(&self.to, after);
        2
    }
}

/// Where each ticket goes: a folder for its kind, a name that begins with its id. What is right already stays.
fn places(store: &Store, records: &[Stored<Ticket>], ids: &[Id]) -> Vec<RepoPath> {
    let taken: HashSet<&RepoPath> = records.iter().map(|stored| &stored.path).collect();
    let mut given: HashSet<RepoPath> = HashSet::new();
    let mut place = |(stored, id): (&Stored<Ticket>, &Id)| {
        let to = place_of(store, stored, id);
        let is_free = !taken.contains(&to) && !crate::fs::read::exists(&to.below(store.root())) && !given.contains(&to);
        let to = if is_free { to } else { stored.path.clone() };
        given.insert(to.clone());
        to
    };
    records.iter().zip(ids).map(&mut place).collect()
}

fn place_of(store: &Store, stored: &Stored<Ticket>, id: &Id) -> RepoPath {
    let (path, ticket) = (&stored.path, &stored.record);
    let root = place::root_of(store, path);
    let old_name = path.name();
    let is_named =
        |name: &str| name.strip_prefix(id.as_str()).is_some_and(|rest| rest == ".md" || (rest.starts_with('-') && rest.ends_with(".md")));
    let name = if is_named(&old_name) { old_name.into_owned() } else { place::file_name(id.as_str(), &ticket.title) };
    let is_archived = place::restored(&root, path, ticket.kind).is_some();
    let folder = path.parent();
    let folders = folder.lossy();
    let in_place = folders.split('/').skip(root.lossy().split('/').count()).any(|part| part == ticket.kind.folder());
    match () {
        // What was put away stays where it is, and pull requests stay in the folder of their state.
        () if is_archived || (in_place && ticket.kind == Kind::Pr) => folder.join(&name),
        () => root.join(ticket.kind.folder()).join(&name),
    }
}

/// A ticket in cmpm's own form, with its id and its references as they are now.
fn refreshed(stored: &Stored<Ticket>, to: &mut Become<'_>) -> Document {
    let (ticket, mut document) = (&stored.record, stored.document.clone());
    if *to.id != ticket.id {
        // A key that cannot be written safely stays as it is.
        let _ = document.set("id", to.id.as_str());
        add_aliases(&mut document, &to.aliases);
    }
    for field in stored.document.fields().iter().filter(|field| field.key != "id") {
        follow(&mut document, &field.key, ticket, to);
    }
    document
}

pub fn rewrite_body(document: &mut Document, ids: &NewIds<'_>, from: Option<usize>) -> usize {
    let (body, count) = ids.rewrite_mentions(document.body(), from);
    // A body that cannot be changed safely stays as it is: the old ids go on working.
    if count > 0 && document.edit_body(0..document.body().len(), &body).is_ok() { count } else { 0 }
}

/// The heading of a ticket often begins with its id.
fn rename_title(document: &mut Document, old: &str, new: &str) {
    let heading = format!("# {old}");
    let body = document.body();
    let Some(at) = body.find(&heading).filter(|at| body.get(..*at).is_some_and(|before| before.trim().is_empty())) else { return };
    let end = at + heading.len();
    if body.get(end..).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)) {
        drop(document.edit_body(at + 2..end, new));
    }
}
