//! The plan of a migration: which files become what, as one transaction.

use std::collections::{BTreeSet, HashSet};

use crate::base::{Id, RepoPath, Result, Rule};
use crate::context::Context;
use crate::document::{Document, Value};
use crate::store::{Change, Place, Scan, Store, Stored, Transaction};
use crate::words::{Kind, Property};

use super::comment_file::{comment_folder, comment_places, split_path};
use super::migrate::{Migrated, Renumbered, Unclear};
use super::model::Ticket;
use super::native::{Become, is_damaged, is_native, to_native};
use super::place::{self, Moves, relink};
use super::renumber::{NewIds, renumber};

/// The tickets of a tree on their way into cmpm's own form.
pub struct Migration<'a> {
    store: &'a Store,
    records: Vec<Stored<Ticket>>,
    /// What came of it.
    pub report: Migrated,
    unclear: BTreeSet<Unclear>,
}

/// How it is done.
pub struct Options {
    /// Whether every ticket that another tool numbered gets a new id.
    pub new_ids: bool,
    /// Whether ids need not be reserved.
    pub dry_run: bool,
}

/// A file that becomes another one.
struct Step {
    from: RepoPath,
    to: RepoPath,
    before: Vec<u8>,
    document: Document,
}

impl<'a> Migration<'a> {
    /// Reads the tickets.
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
        for (index, (stored, to)) in records.iter().zip(&places).enumerate() {
            steps.push(self.ticket(stored, to, (index, &ids, options.new_ids)));
        }
        self.comments(&ids, &mut steps)?;
        let moves: Moves = steps.iter().filter(|step| step.from != step.to).map(|step| (step.from.clone(), step.to.clone())).collect();
        for mut step in steps {
            relink(&mut step.document, (&step.from, &step.to), &moves);
            self.report.files += step.write(transaction);
        }
        self.memories(&ids, transaction)?;
        super::migration_json::import(self.store, &records, &mut self.report, transaction);
        self.report.unclear = std::mem::take(&mut self.unclear).into_iter().collect();
        Ok(())
    }

    fn ticket(&mut self, stored: &Stored<Ticket>, to: &RepoPath, (index, ids, all): (usize, &NewIds<'_>, bool)) -> Step {
        let before = stored.document.bytes().to_vec();
        if is_damaged(&stored.document) {
            self.report.unchanged += 1;
            return Step { from: stored.path.clone(), to: stored.path.clone(), before, document: stored.document.clone() };
        }
        let id = ids.new.get(index).unwrap_or(&stored.record.id);
        let is_new = *id != stored.record.id;
        if is_new {
            let (old, title) = (stored.record.id.clone(), stored.record.title.clone());
            self.report.renumbered.push(Renumbered { old, new: id.clone(), title, path: to.clone() });
        }
        // Where every ticket gets a new id, the old one belongs to the one that had the best right to it.
        let is_alias = is_new && (!all || ids.is_first(index));
        let mut aliases = stored.record.aliases.clone();
        aliases.extend(is_alias.then(|| stored.record.id.to_string()));
        let (mut references, mut unclear) = (0, Vec::new());
        let mut refer = |reference: &str, kind: Option<Kind>| match ids.meant(reference, Some(index), kind) {
            Some(meant) => {
                references += usize::from(meant.id != reference);
                unclear.extend(meant.unclear.then(|| reference.to_owned()));
                meant.id
            }
            None => reference.to_owned(),
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
        Step { from: stored.path.clone(), to: to.clone(), before, document }
    }

    /// Comments go beside the tickets, in cmpm's own form, under the id their ticket has.
    fn comments(&mut self, ids: &NewIds<'_>, steps: &mut Vec<Step>) -> Result<()> {
        let snapshot = self.store.work_tree();
        for all in comment_places(self.store.config()) {
            for entry in snapshot.markdown_files(&all, &mut self.report.findings) {
                let Some((ticket, below)) = split_path(&entry.path, [all.clone()]) else { continue };
                let Some(meant) = ids.meant(&ticket, None, None) else { continue };
                let Some(before) = snapshot.read(&entry.path)? else { continue };
                let mut document = native_comment(Document::parse(before.clone()), &meant.id);
                self.report.references += rewrite_body(&mut document, ids, None);
                let folder = comment_folder(&place::root_of(self.store, &entry.path), &meant.id);
                let deeper = below.rsplit_once('/').map_or("", |(folders, _)| folders);
                let to = folder.join(deeper).join(&comment_name(&entry.path, &document));
                if meant.unclear {
                    self.unclear.insert(Unclear { path: to.clone(), reference: ticket });
                }
                self.report.comments += usize::from(to != entry.path || document.bytes() != before);
                steps.push(Step { from: entry.path, to, before, document });
            }
        }
        Ok(())
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
    let mut set = |key: &str, value: Value| drop(document.set(key, value));
    if *to.id != ticket.id {
        set("id", Value::from(to.id.as_str()));
        set("aliases", Value::texts(&to.aliases));
    }
    if let Some(parent) = stored.document.text("parent") {
        set("parent", Value::from((to.refer)(&parent, None)));
    }
    for property in Property::links() {
        for key in property.row().keys.iter().filter(|key| stored.document.field(key).is_some()) {
            let ids: Vec<String> = stored.document.texts(key).iter().map(|id| (to.refer)(id, None)).collect();
            if ids != stored.document.texts(key) {
                set(key, Value::texts(ids));
            }
        }
    }
    document
}

fn rewrite_body(document: &mut Document, ids: &NewIds<'_>, from: Option<usize>) -> usize {
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

/// A comment in cmpm's own form; what else it says is kept.
fn native_comment(old: Document, ticket: &str) -> Document {
    let known = [("issueId", "ticket"), ("author", "author"), ("createdAt", "created")];
    if old.text("ticket").is_some() || known.iter().all(|(theirs, _)| old.field(theirs).is_none()) {
        let mut document = old;
        if document.text("ticket").is_some_and(|written| written != ticket) {
            drop(document.set("ticket", ticket));
        }
        return document;
    }
    let moment = |text: String| crate::base::date::parse_moment(&text).map_or(text, |moment| moment.to_string());
    let mut fields = vec![("ticket", Value::from(ticket))];
    fields.extend(old.text("author").map(|author| ("author", Value::from(author))));
    fields.extend(old.text("createdAt").map(|created| ("created", Value::from(moment(created)))));
    let mut document = Document::parse(crate::document::render_new(&fields, old.body()).into_bytes());
    for key in old.fields().iter().map(|field| field.key.as_str()).filter(|key| known.iter().all(|(theirs, _)| theirs != key)) {
        drop(document.copy_field(key, &old));
    }
    document
}

/// `<time>-<name>.md`, so that the files are in order of time.
fn comment_name(path: &RepoPath, document: &Document) -> String {
    let name = path.name().to_lowercase();
    let created = document.text("created").and_then(|created| crate::base::date::parse_moment(&created));
    match created {
        Some(created) if !name.starts_with(|c: char| c.is_ascii_digit()) => format!("{}-{name}", created.compact()),
        _ => path.name().into_owned(),
    }
}
