//! Drafts become files: completed, judged, and written together or not at all.

use std::cell::OnceCell;

use crate::base::date::is_plain;
use crate::base::glob::Globs;
use crate::base::{Failure, Finding, Id, Result, text};
use crate::context::Context;
use crate::store::{Listing, Transaction};

use super::super::find::similar::similar;
use super::super::model::place::find_nul;
use super::super::model::{ContentError, Memory};
use super::draft::{Draft, Page};
use super::error::{InputError, json_reason};
use super::gate::Gate;

/// New memories that belong together.
pub struct Remembering<'a> {
    context: &'a Context,
    gate: Gate<'a>,
    /// What there is already, once somebody asks.
    known: OnceCell<Listing<Memory>>,
    transaction: Transaction<'a>,
    /// What is written at the end.
    pub pages: Vec<Page>,
}

impl<'a> Remembering<'a> {
    /// Begins an operation, named as the user called it.
    pub fn begin(context: &'a Context, operation: &str) -> Result<Self> {
        let store = context.store()?;
        let gate = Gate::open(context)?;
        Ok(Self { context, gate, known: OnceCell::new(), transaction: store.transaction(operation), pages: Vec::new() })
    }

    /// Adds a draft as the user or an agent writes it: with a new id, the time, the author, and the run as its source.
    /// On any error nothing is written.
    pub fn add(&mut self, mut draft: Draft) -> Result<()> {
        draft.text = draft.text.trim_matches(['\n', '\r']).trim_end().to_owned();
        if draft.text.trim().is_empty() {
            return Err(ContentError::NoText.into());
        }
        if draft.id.is_some() {
            return Err(ContentError::UnknownKey { key: "id".to_owned() }.into());
        }
        check(&draft)?;
        check_date(draft.valid_until.as_deref())?;
        draft.require_category(self.context.config()?)?;
        draft.supersedes = draft.supersedes.iter().map(|query| self.whole_id(query)).collect::<Result<_>>()?;
        draft.source.run = draft.source.run.or_else(|| self.context.inside_run());
        draft.tainted = draft.tainted.or_else(|| self.context.inside_run());
        draft.created.get_or_insert_with(|| self.context.clock.now().to_string());
        let identity = || Some(self.context.repository().ok()?.identity().ok()?.name);
        draft.author = draft.author.or_else(identity);
        let id = self.context.store()?.reserve_id("MEM", &self.context.random)?;
        let page = draft.page(id, self.context.config()?)?;
        self.gate.judge(&draft, &page)?;
        self.transaction.create(&page.path, page.text.clone().into_bytes());
        self.pages.push(page);
        Ok(())
    }

    /// Adds every line of JSON in `text`.
    pub fn add_lines(&mut self, text: &str) -> Result<()> {
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let draft = serde_json::from_str::<Draft>(line).map_err(|error| InputError::NotJson { reason: json_reason(&error) }.into());
            let added = draft.and_then(|draft| self.add(draft));
            added.map_err(|cause| Failure::from(InputError::Line { line: index + 1, cause }))?;
        }
        if self.pages.is_empty() { Err(ContentError::NoText.into()) } else { Ok(()) }
    }

    /// Writes everything, and says what there was before that says nearly the same, unless that is not wanted; with `commit`,
    /// commits exactly what was written.
    pub fn finish(self, quiet: bool, commit: bool) -> Result<Vec<Finding>> {
        let Self { context, transaction, pages, .. } = self;
        let (ready, store) = (context.ready_to_commit(commit)?, context.store()?);
        // The disk is waited for while the memories are compared.
        let compare = || if quiet { Vec::new() } else { similar(store, &pages) };
        let (written, findings) = rayon::join(|| transaction.commit(), compare);
        let written = written?;
        let message = match pages.as_slice() {
            [page] => format!("memory {}: {}", page.id, page.title),
            pages => format!("{} memories", pages.len()),
        };
        ready.commit_paths(&written, &message)?;
        Ok(findings)
    }

    fn whole_id(&self, query: &str) -> Result<String> {
        let store = self.context.store()?;
        Ok(self.known.get_or_init(|| store.list(&store.work_tree())).find(query)?.record.id.to_string())
    }
}

/// What is wrong with a draft by itself.
pub fn check(draft: &Draft) -> Result<()> {
    if let Some(place) = find_nul(draft) {
        return Err(ContentError::Nul { place }.into());
    }
    check_lists(&draft.tags, &draft.tech)?;
    if let Some(confidence) = draft.confidence.filter(|number| !(0.0..=1.0).contains(number)) {
        return Err(ContentError::Confidence { confidence }.into());
    }
    if let Some(text) = draft.source.ticket.as_ref().filter(|ticket| Id::parse(ticket).is_none()) {
        return Err(ContentError::BadId { text: text.clone() }.into());
    }
    Ok(Globs::check(&draft.scope)?)
}

/// Refuses an empty tag or name.
pub fn check_lists(tags: &[String], tech: &[String]) -> Result<(), ContentError> {
    let has_empty = |list: &[String]| list.iter().any(|text| text.trim().is_empty());
    let found = [("tag", tags), ("tech", tech)].into_iter().find(|(_, list)| has_empty(list));
    found.map_or(Ok(()), |(what, _)| Err(ContentError::Empty { what }))
}

/// Refuses a day of a form that cmpm does not write itself.
pub fn check_date(day: Option<&str>) -> Result<(), ContentError> {
    day.filter(|day| !is_plain(day)).map_or(Ok(()), |day| Err(ContentError::Date { text: text::fit(&text::one_line(day), 60) }))
}
