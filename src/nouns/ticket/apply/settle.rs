//! A plan against what is here: what its names mean, and what each of its tickets becomes.

use std::collections::{HashMap, HashSet};

use crate::base::{AnyCase, Finding, Id, RepoPath, Result, Rule, Severity, text};
use crate::context::Context;
use crate::document::{Document, EditError, Value};
use crate::engine::scan::{Scanner, Text};
use crate::store::{Record, Scan, Store, StoreError, Stored};
use crate::words::{Kind, Property};

use super::super::change::write_status;
use super::super::file::draft::{Draft, value_of};
use super::super::file::place::path_of;
use super::super::file::values::check_values;
use super::super::import::{Base, New, Renewed, base_of, place_in, renew};
use super::super::model::Ticket;
use super::super::model::dialect::{key_in, parent_key, texts_of};
use super::cycle::find_cycle;
use super::plan::{Plan, Planned};

/// The name under which a ticket knows its plan.
const SYSTEM: &str = "plan";

/// What happens to one ticket of a plan.
#[derive(Debug)]
pub enum Change {
    /// A new file.
    Create(New),
    /// A file that changes.
    Renew(Renewed),
    /// Nothing.
    Same(Id),
}

/// A plan against what is here.
pub struct Settling<'a> {
    pub context: &'a Context,
    pub store: &'a Store,
    pub scan: &'a Scan<Ticket>,
    /// Whether ids are only made up for show.
    pub dry_run: bool,
}

impl<'a> Settling<'a> {
    /// What happens to each ticket, in the order of the plan. Mistakes are noted in the plan; then the rest means nothing.
    pub fn settle(&self, plan: &mut Plan) -> Result<Vec<Change>> {
        let found = self.find_all(plan);
        let names = self.resolve(plan, &found);
        self.check(plan, &names, &found);
        if !plan.mistakes.is_empty() {
            return Ok(Vec::new());
        }
        let mut ids: Vec<Id> = Vec::with_capacity(plan.tickets.len());
        for (planned, stored) in plan.tickets.iter().zip(&found) {
            let prefix = self.store.config().prefixes.of(planned.draft.kind.unwrap_or(Kind::Issue));
            ids.push(match stored {
                Some(stored) => stored.record.id.clone(),
                None if self.dry_run => Id::random(prefix, &self.context.random),
                None => self.store.reserve_id(prefix, &self.context.random)?,
            });
        }
        let mut changes = Vec::with_capacity(ids.len());
        for (index, planned) in plan.tickets.clone().into_iter().enumerate() {
            let Some(id) = ids.get(index).cloned() else { continue };
            let linked = self.linked(&planned, &ids, names.get(index).map(Vec::as_slice).unwrap_or_default());
            let change = match found.get(index).copied().flatten() {
                None => self.create(plan, (&planned, linked), id),
                Some(stored) if planned.id.is_some() => self.edit(plan, (&planned, linked), stored),
                Some(stored) => self.renew(plan, (&planned, linked), stored),
            };
            changes.extend(change);
        }
        Ok(changes)
    }

    fn find_all(&self, plan: &mut Plan) -> Vec<Option<&'a Stored<Ticket>>> {
        let here = Here::new(self.scan);
        let mut externals: HashMap<String, &Stored<Ticket>> = HashMap::new();
        for stored in self.scan.records.iter().filter(|stored| stored.document.field("external").is_some()) {
            for entry in Draft::of(stored).external {
                let text = |key: &str| entry.get(key).and_then(|value| value.as_str()).unwrap_or_default();
                if text("system") == SYSTEM {
                    externals.entry(text("id").to_lowercase()).or_insert(stored);
                }
            }
        }
        let mut found = Vec::with_capacity(plan.tickets.len());
        let mut wrong = Vec::new();
        for planned in &plan.tickets {
            found.push(match &planned.id {
                Some(query) => here.find(query).map_err(|error| wrong.push((planned.line, error.to_string()))).ok(),
                None => externals.get(&external(plan, planned).to_lowercase()).copied(),
            });
        }
        let mut lines: HashMap<&Id, u32> = HashMap::new();
        for (planned, stored) in plan.tickets.iter().zip(&found) {
            let Some(Stored { record, .. }) = stored else { continue };
            if let Some(first) = lines.insert(&record.id, planned.line) {
                let message =
                    format!("{} is already a ticket of this plan ({}:{first}); write what it says into one", record.id, plan.place);
                wrong.push((planned.line, message));
            }
        }
        wrong.into_iter().for_each(|(line, message)| plan.wrong(line, message));
        found
    }

    /// What each link means: a ticket of the plan by its place, or one that is here by its id.
    fn resolve(&self, plan: &mut Plan, found: &[Option<&Stored<Ticket>>]) -> Vec<Vec<Target>> {
        let references: HashMap<String, usize> =
            plan.tickets.iter().enumerate().rev().map(|(place, planned)| (planned.reference.to_ascii_lowercase(), place)).collect();
        let here = Here::new(self.scan);
        let mut all = Vec::with_capacity(plan.tickets.len());
        let mut mistakes = Vec::new();
        for (index, planned) in plan.tickets.iter().enumerate() {
            let mut targets = Vec::new();
            for (property, name, line) in &planned.links {
                let target = match references.get(&name.to_ascii_lowercase()) {
                    Some(place) => Ok(Target::Planned(*place)),
                    None => here.find(name).map(|stored| Target::Here(stored.record.id.clone())),
                };
                match target {
                    Ok(target)
                        if target == Target::Planned(index)
                            || found.get(index).copied().flatten().is_some_and(|own| target == Target::Here(own.record.id.clone())) =>
                    {
                        mistakes.push((*line, format!("`{}` cannot be its own `{}`", text::one_line(name), property.name())));
                    }
                    Ok(target) => targets.push(target),
                    Err(_) => {
                        mistakes.push((*line, format!("`{}` is neither a `ref` of this plan nor a ticket here", text::one_line(name))));
                    }
                }
            }
            if planned.around.is_some() && planned.links.iter().any(|(property, ..)| *property == Property::Parent) {
                mistakes.push((planned.line, "a part of another ticket of the plan cannot name another `parent`".to_owned()));
            }
            all.push(targets);
        }
        mistakes.into_iter().for_each(|(line, message)| plan.wrong(line, message));
        all
    }

    /// Refuses cycles, secrets, and values that no ticket should hold.
    fn check(&self, plan: &mut Plan, names: &[Vec<Target>], found: &[Option<&Stored<Ticket>>]) {
        let snapshot = self.store.work_tree();
        let (scanner, _) = Scanner::load(&|path| snapshot.read(path).ok().flatten());
        let mut mistakes: Vec<(u32, String)> = Vec::new();
        for planned in &plan.tickets {
            let draft = &planned.draft;
            mistakes.extend(check_values(self.context, draft.given()).err().map(|failure| (planned.line, failure.to_string())));
            let rendered = draft.render(&planned.reference);
            let secret = scanner.scan(&Text { path: &plan.place, bytes: rendered.as_bytes(), commit: None }).into_iter().next();
            mistakes.extend(secret.map(|secret| {
                (planned.line, format!("the ticket holds what looks like a secret ({}: {})", secret.rule, secret.description))
            }));
            let fixed = ["description", "acceptance", "kind"].into_iter().find(|key| planned.given.iter().any(|given| given == key));
            if let (Some(id), Some(key)) = (&planned.id, fixed) {
                mistakes.push((
                    planned.line,
                    format!("`{key}` of {id}, which already exists, is not changed by a plan; `cmpm ticket update {id}` adds to it"),
                ));
            }
        }
        if mistakes.is_empty()
            && plan.mistakes.is_empty()
            && let Some((line, cycle)) = find_cycle(plan, names, found, self.scan)
        {
            mistakes.push((line, cycle));
        }
        mistakes.into_iter().for_each(|(line, message)| plan.wrong(line, message));
    }

    fn linked(&self, planned: &Planned, ids: &[Id], targets: &[Target]) -> Draft {
        let mut draft = planned.draft.clone();
        let id_of = |target: &Target| match target {
            Target::Planned(place) => ids.get(*place).map(ToString::to_string),
            Target::Here(id) => Some(id.to_string()),
        };
        let mut links: HashMap<Property, Vec<String>> = HashMap::new();
        for ((property, ..), id) in planned.links.iter().zip(targets.iter().map(id_of)) {
            links.entry(*property).or_default().extend(id);
        }
        links.into_iter().for_each(|(property, ids)| draft.set(property, ids));
        if let Some(around) = planned.around.and_then(|around| ids.get(around)) {
            *draft.parent = Some(around.to_string());
        }
        draft
    }

    fn create(&self, plan: &Plan, (planned, mut draft): (&Planned, Draft), id: Id) -> Option<Change> {
        let base = Base::of(&draft);
        draft.external.push(place_in(SYSTEM, &external(plan, planned), None, &base));
        *draft.created = Some(self.context.clock.now().to_string());
        *draft.author = self.context.repository().ok().and_then(|repository| repository.identity().ok()).map(|person| person.name);
        let (kind, title) = (draft.kind.unwrap_or(Kind::Issue), draft.heading());
        let path = path_of(self.store, kind, &id, &title);
        Some(Change::Create(New {
            path,
            text: draft.render(id.as_str()),
            waits: draft.waits(),
            id,
            kind,
            title,
            name: planned.reference.clone(),
            comments: Vec::new(),
        }))
    }

    fn renew(&self, plan: &mut Plan, (planned, draft): (&Planned, Draft), stored: &Stored<Ticket>) -> Option<Change> {
        let id = stored.record.id.clone();
        match renew(stored, &draft, &base_of(stored, SYSTEM), SYSTEM) {
            Ok(renewal) => {
                if !renewal.clashes.is_empty() {
                    let list = renewal.clashes.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
                    let message = format!("{list} changed in the plan and in {id}, which keeps its own");
                    let finding = Finding::new(Rule::ChangedOnBothSides, Severity::Warning, plan.place.clone(), message).at(planned.line);
                    plan.remarks.push(finding.hint(format!("`cmpm ticket update {id}` sets the other value, or write it into the plan")));
                }
                Some(changed(stored, renewal.document.bytes(), renewal.keys, planned))
            }
            Err(error) => {
                plan.wrong(planned.line, format!("{id} cannot be changed: {error}"));
                None
            }
        }
    }

    /// Changes the keys of a ticket that the plan names by its id: lists get what is missing, the rest is replaced.
    fn edit(&self, plan: &mut Plan, (planned, draft): (&Planned, Draft), stored: &Stored<Ticket>) -> Option<Change> {
        let mut edited = Edited { stored, document: stored.document.clone(), keys: Vec::new() };
        match edited.set_all(planned, &draft, self.scan) {
            Ok(()) => Some(changed(stored, edited.document.bytes(), edited.keys, planned)),
            Err(error) => {
                plan.wrong(planned.line, format!("{} cannot be changed: {error}", stored.record.id));
                None
            }
        }
    }
}

impl Change {
    /// The file as it will be, if it says that somebody waits.
    pub fn waiting(&self) -> Option<(RepoPath, Document)> {
        match self {
            Self::Create(new) if new.waits => Some((new.path.clone(), Ticket::document(new.text.clone().into_bytes()))),
            Self::Renew(renewed) if renewed.waits() => Some((renewed.path.clone(), Ticket::document(renewed.after.clone()))),
            _ => None,
        }
    }
}

/// The tickets that are here by their ids; what is no whole id is looked for among all.
struct Here<'a> {
    scan: &'a Scan<Ticket>,
    by_id: HashMap<AnyCase<'a>, Option<&'a Stored<Ticket>>>,
}

impl<'a> Here<'a> {
    fn new(scan: &'a Scan<Ticket>) -> Self {
        let mut by_id = HashMap::with_capacity(scan.records.len());
        for stored in &scan.records {
            // Of an id that several have it must be said which is meant.
            by_id.entry(AnyCase(stored.record.id.as_str())).and_modify(|known| *known = None).or_insert(Some(stored));
        }
        Self { scan, by_id }
    }

    fn find(&self, query: &str) -> Result<&'a Stored<Ticket>, StoreError> {
        self.by_id.get(&AnyCase(query.trim())).copied().flatten().map_or_else(|| self.scan.find(query), Ok)
    }
}

/// What a link means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A ticket of the plan.
    Planned(usize),
    /// A ticket that is here.
    Here(Id),
}

/// The name of a ticket of a plan in the ticket itself.
fn external(plan: &Plan, planned: &Planned) -> String {
    format!("{}#{}", plan.name, planned.reference)
}

fn changed(stored: &Stored<Ticket>, after: &[u8], keys: Vec<String>, planned: &Planned) -> Change {
    let (id, before) = (stored.record.id.clone(), stored.document.bytes().to_vec());
    if before == after {
        return Change::Same(id);
    }
    let name = planned.reference.clone();
    Change::Renew(Renewed { id, name, keys, path: stored.path.clone(), before, after: after.to_vec(), comments: Vec::new() })
}

/// A file that changes key by key.
struct Edited<'a> {
    stored: &'a Stored<Ticket>,
    document: Document,
    keys: Vec<String>,
}

impl Edited<'_> {
    fn set(&mut self, key: &str, value: &Value) -> Result<(), EditError> {
        let before = self.document.field(key).map(|field| &field.node);
        if before != Some(&value.to_node()) {
            self.document.edit(key, value)?;
            self.keys.push(key.to_owned());
        }
        Ok(())
    }

    fn set_status(&mut self, word: &str) -> Result<(), EditError> {
        let before = self.document.clone();
        write_status(&mut self.document, word)?;
        let changed = Property::Status.row().keys.iter().find(|key| self.document.text(key) != before.text(key));
        self.keys.extend(changed.map(|key| (*key).to_owned()));
        Ok(())
    }

    /// Sets what the plan gives; lists get what is missing.
    fn set_all(&mut self, planned: &Planned, draft: &Draft, scan: &Scan<Ticket>) -> Result<(), EditError> {
        let stored = self.stored;
        let given = |key: &str| planned.given.iter().any(|given| given == key);
        if given("status") {
            self.set_status(&draft.status)?;
        }
        for (key, value) in &draft.more {
            self.set(key, &Value::from(value.clone()))?;
        }
        if let Some(parent) = draft.parent.as_ref().filter(|_| given("parent") || planned.around.is_some()) {
            let kind = scan.find(parent).map_or(Kind::Epic, |found| found.record.kind);
            self.set(parent_key(&stored.document, stored.record.kind, kind), &Value::from(parent.as_str()))?;
        }
        let named =
            draft.given().filter(|(property, _)| given(property.name()) && !matches!(property, Property::Status | Property::Parent));
        for (property, texts) in named {
            let key = key_in(&stored.document, property);
            if !property.is_list() {
                self.set(key, &value_of(property, texts).unwrap_or_default())?;
                continue;
            }
            let known: HashSet<String> = texts_of(&stored.document, property).into_iter().collect();
            let mut all = stored.document.texts(key);
            all.extend(texts.iter().filter(|text| !known.contains(*text)).cloned());
            if all.len() > stored.document.texts(key).len() {
                self.set(key, &Value::texts(all))?;
            }
        }
        Ok(())
    }
}
