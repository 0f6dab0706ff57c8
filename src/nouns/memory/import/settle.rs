//! What is new, what is here already, and what was changed there since: nothing here is ever overwritten.

use std::collections::{HashMap, HashSet};

use crate::base::date::parse_moment;
use crate::base::{Finding, Id, Result, Rule, Severity, text};
use crate::context::Context;
use crate::store::{Scan, Stored};

use super::super::file::draft::{Draft, Page};
use super::super::file::gate::{Gate, missing_key};
use super::super::file::remember::check;
use super::super::model::{ContentError, Memory, Provenance};
use super::format::Format;
use super::item::Item;

/// How a source stands to this project.
#[derive(Debug, Default)]
pub struct Settled {
    /// What will be written, each with its external name.
    pub pages: Vec<(String, Page)>,
    pub unchanged: usize,
    /// What is here, but differs.
    pub changed: Vec<(Id, String)>,
    /// How many cannot be taken.
    pub left_out: usize,
    /// Why, and what else is wrong.
    pub findings: Vec<Finding>,
}

/// What everything is compared with and measured by.
pub struct Settling<'a> {
    pub context: &'a Context,
    pub gate: Gate<'a>,
    pub format: Format,
    /// Whether ids are only made up for show.
    pub dry_run: bool,
}

/// What is here already, by every name it can be known by.
struct Known<'a> {
    ids: HashMap<String, &'a Stored<Memory>>,
    externals: HashMap<(&'a str, &'a str), &'a Stored<Memory>>,
    /// What was read there, whatever format it was taken for.
    digests: HashMap<&'a str, &'a Stored<Memory>>,
}

impl<'a> Known<'a> {
    fn new(scan: &'a Scan<Memory>) -> Self {
        let mut known = Self { ids: HashMap::new(), externals: HashMap::new(), digests: HashMap::new() };
        for stored in &scan.records {
            let memory = &stored.record;
            known.ids.insert(memory.id.as_str().to_ascii_lowercase(), stored);
            if let (Some(from), Some(external)) = (&memory.source.from, &memory.source.external) {
                known.externals.insert((from, external), stored);
            }
            if let Some(digest) = &memory.source.digest {
                known.digests.insert(digest, stored);
            }
        }
        known
    }
}

impl Settling<'_> {
    /// Compares a source with what is here.
    pub fn settle(&self, items: Vec<Item>, scan: &Scan<Memory>) -> Result<Settled> {
        let known = Known::new(scan);
        let (mut settled, mut new) = (Settled::default(), Vec::new());
        for item in newest(items, &mut settled) {
            match self.find(&item, &known) {
                Some((_, true)) => settled.unchanged += 1,
                Some((stored, false)) => note_changed(&item, stored, &mut settled),
                None => new.push(item),
            }
        }
        let ids = self.ids(&new, &mut settled)?;
        let replaced: Vec<(String, String)> =
            new.iter().filter_map(|item| Some((item.replaced_by.clone()?, ids.get(&item.external)?.to_string()))).collect();
        for mut item in new {
            let Some(id) = ids.get(&item.external) else { continue };
            note_successor(&item, &ids, &mut settled);
            item.draft.supersedes.extend(replaced.iter().filter(|(by, _)| *by == item.external).map(|(_, old)| old.clone()));
            self.write(item, id.clone(), &mut settled);
        }
        Ok(settled)
    }

    /// An id for each, by its external name; of two that claim the same id the second has none.
    fn ids(&self, new: &[Item], settled: &mut Settled) -> Result<HashMap<String, Id>> {
        let (mut ids, mut taken) = (HashMap::new(), HashSet::new());
        for item in new {
            let id = self.id_of(item)?;
            if taken.insert(id.as_str().to_ascii_lowercase()) {
                ids.insert(item.external.clone(), id);
            } else {
                settled.left_out += 1;
                let message = format!("{id} is the id of another memory of this source");
                settled.findings.push(at(item, Finding::new(Rule::Repeated, Severity::Warning, item.place.clone(), message)));
            }
        }
        Ok(ids)
    }

    /// What an item is here, and whether it is the same.
    fn find<'k>(&self, item: &Item, known: &Known<'k>) -> Option<(&'k Stored<Memory>, bool)> {
        if let Some(stored) = item.draft.id.as_ref().and_then(|id| known.ids.get(&id.to_ascii_lowercase())) {
            return Some((stored, is_as_there(stored, item)));
        }
        let from = self.format.as_str();
        if let Some(stored) = known.externals.get(&(from, item.external.as_str())) {
            return Some((stored, stored.record.source.digest.as_deref() == Some(item.digest.as_str())));
        }
        known.digests.get(item.digest.as_str()).map(|stored| (*stored, true))
    }

    fn id_of(&self, item: &Item) -> Result<Id> {
        match item.draft.id.as_deref().and_then(Id::parse) {
            Some(id) => Ok(id),
            None if self.dry_run => Ok(Id::random("MEM", &self.context.random)),
            None => self.context.store()?.reserve_id("MEM", &self.context.random),
        }
    }

    fn write(&self, mut item: Item, id: Id, settled: &mut Settled) {
        for list in [&mut item.draft.tags, &mut item.draft.tech] {
            list.retain(|text| !text.trim().is_empty());
        }
        let page = check(&item.draft).and_then(|()| {
            self.complete(&mut item);
            self.judge(&item, id, &mut settled.findings)
        });
        match page {
            Ok(page) => settled.pages.push((item.external, page)),
            Err(failure) => {
                settled.left_out += 1;
                let is_secret = matches!(failure.downcast_ref(), Some(ContentError::Secret { .. }));
                let rule = if is_secret { Rule::Secret } else { Rule::NotImported };
                settled.findings.push(at(&item, Finding::new(rule, Severity::Error, item.place.clone(), failure.to_string())));
            }
        }
    }

    /// Where it comes from, and when, unless it says so itself.
    fn complete(&self, item: &mut Item) {
        let draft = &mut item.draft;
        draft.tainted = Some("import".to_owned());
        draft.source = item.origin.take().unwrap_or_else(|| std::mem::take(&mut draft.source));
        if text::printable(&draft.text) != draft.text.replace('\r', "") {
            draft.text = text::printable(&draft.text);
        }
        if draft.id.is_none() {
            draft.source.from = Some(self.format.as_str().to_owned());
            draft.source.external = Some(item.external.clone());
            draft.source.digest = Some(item.digest.clone());
            draft.created.get_or_insert_with(|| self.context.clock.now().to_string());
        }
    }

    fn judge(&self, item: &Item, id: Id, findings: &mut Vec<Finding>) -> Result<Page> {
        let (draft, config) = (&item.draft, self.context.config()?);
        if draft.text.trim().is_empty() {
            return Err(ContentError::NoText.into());
        }
        let page = draft.page(id, config)?;
        self.gate.require_clean(&page)?;
        let note = |message: String| at(item, Finding::new(Rule::ImportedAllTheSame, Severity::Note, item.place.clone(), message));
        if let Some(day) = draft.valid_until.as_ref().filter(|day| parse_moment(day).is_none()) {
            findings.push(note(format!("`{}` is not a date, so it never expires", text::fit(&text::one_line(day), 60))));
        }
        let length = draft.text.chars().count();
        if length > config.memory.max_length {
            findings.push(note(format!("{length} characters are more than `memory.max_length`; one memory says one thing")));
        }
        let document = crate::document::Document::parse(page.text.clone().into_bytes());
        if let Some(key) = missing_key(&document, config.memory.categories.required(&page.category)) {
            findings.push(note(format!("a memory of category `{}` must have `{key}`", page.category)));
        }
        Ok(page)
    }
}

/// Of two items with the same name the last one counts.
fn newest(items: Vec<Item>, settled: &mut Settled) -> Vec<Item> {
    let mut seen: HashSet<String> = HashSet::new();
    let mut kept = Vec::with_capacity(items.len());
    for item in items.into_iter().rev() {
        if seen.insert(item.external.clone()) {
            kept.push(item);
        } else {
            settled.left_out += 1;
            let message = format!("`{}` appears again; the last one counts", text::one_line(&item.external));
            settled.findings.push(at(&item, Finding::new(Rule::Repeated, Severity::Warning, item.place.clone(), message)));
        }
    }
    kept.reverse();
    kept
}

/// A successor that is not part of the import cannot be named here.
fn note_successor(item: &Item, ids: &HashMap<String, Id>, settled: &mut Settled) {
    if item.replaced_by.as_ref().is_some_and(|by| !ids.contains_key(by)) {
        let message = "its source says that it is replaced by something that is not new here; it is imported as if it still applied";
        let finding = at(item, Finding::new(Rule::NotCarried, Severity::Note, item.place.clone(), message));
        settled.findings.push(finding.hint("`cmpm memory supersede OLD --by NEW` says so"));
    }
}

fn note_changed(item: &Item, stored: &Stored<Memory>, settled: &mut Settled) {
    let id = &stored.record.id;
    settled.changed.push((id.clone(), item.external.clone()));
    let message = format!("{} differs from {id}, which stays unchanged", text::one_line(&item.external));
    let finding = at(item, Finding::new(Rule::ChangedSince, Severity::Warning, item.place.clone(), message));
    settled
        .findings
        .push(finding.hint(format!("to take the new one: `cmpm memory forget {id}` and import again; or `cmpm memory edit {id}`")));
}

fn at(item: &Item, finding: Finding) -> Finding {
    item.line.into_iter().fold(finding, Finding::at)
}

/// Whether a memory is as it is there, or came from there and has not changed there since; what was added to its source does not
/// count.
fn is_as_there(stored: &Stored<Memory>, item: &Item) -> bool {
    let (mut own, there) = (Draft::of(stored), &item.draft.source);
    if let Some(origin) = item.origin.as_ref().filter(|origin| origin.project == own.source.project) {
        if there.digest.is_none() && own.source.digest == origin.digest {
            return true;
        }
        own.source = Provenance { commit: there.commit.clone(), project: there.project.clone(), ..own.source };
        own.source.digest = own.source.digest.filter(|_| there.digest.is_some());
    }
    same(&own, &item.draft)
}

/// Whether two drafts say the same; ends of lines and space around the text do not count.
fn same(one: &Draft, other: &Draft) -> bool {
    let plain = |draft: &Draft| {
        let text = draft.text.replace("\r\n", "\n").trim_matches('\n').trim_end().to_owned();
        serde_json::json!(Draft { text, ..draft.clone() })
    };
    plain(one) == plain(other)
}
