//! The run that a commit is the work of, and what is known of it: from its page, else from its job in this clone.

use std::collections::BTreeMap;

use crate::document::markdown::section;
use crate::git::{Commit, Oid};
use crate::report::prelude::*;
use crate::run::{AGENT_HOST, AGENT_TRAILER, RUN_TRAILER, RUNS, Run, State, named, page_path};
use crate::store::{FileEntry, Stored};

use super::super::page::RunPage;

/// How much of what was asked is repeated.
const EXCERPT_COLUMNS: usize = 200;

/// A run that wrote something.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Origin {
    pub run: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Id>,
    /// The ticket's title.
    pub title: String,
    /// Who worked.
    pub agent: String,
    /// With which program.
    pub runner: String,
    /// The model, as the program names it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(default)]
    pub model: String,
    /// The beginning of what was asked.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(default)]
    pub asked: String,
    /// Who took it into its target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<Approver>,
    /// Its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<RepoPath>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Approver {
    pub by: String,
    pub at: crate::base::Timestamp,
    /// The commit by which it came there.
    pub commit: Oid,
}

/// Who wrote what a commit brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Writer {
    Human,
    Ai,
    /// An agent's work that a person went on with.
    Mixed,
    /// A program that is no language model.
    Unknown,
}

/// Finds the runs of commits.
pub struct Origins<'a> {
    context: &'a Context,
    head: Oid,
    local: Vec<Run>,
    known: BTreeMap<Id, Option<Origin>>,
}

impl<'a> Origins<'a> {
    /// As a commit knows them, whose history is looked at for who approved.
    pub fn at(context: &'a Context, head: Oid) -> Result<Self> {
        let trust = super::super::trust(context)?;
        Ok(Self { context, head, local: super::super::runs(context, &trust)?.list()?, known: BTreeMap::new() })
    }

    /// The run that wrote what a commit brought to a file.
    pub fn of(&mut self, commit: &Commit, path: &RepoPath) -> Result<Option<Origin>> {
        let mut candidates = self.named_in(commit)?;
        if candidates.len() > 1 {
            // Several were joined: the one whose page says that it changed this file.
            candidates.retain(|run| self.find_page(run).is_some_and(|page| page.document.body().contains(&format!("\n- `{path}`"))));
        }
        let [run] = candidates.as_slice() else { return Ok(None) };
        if let Some(known) = self.known.get(run) {
            return Ok(known.clone());
        }
        let found = self.find(run)?;
        self.known.insert(run.clone(), found.clone());
        Ok(found)
    }

    /// The runs that a commit names, or else whose pages it brought.
    fn named_in(&self, commit: &Commit) -> Result<Vec<Id>> {
        let line = |line: &str| line.strip_prefix(RUN_TRAILER)?.strip_prefix(':').and_then(|run| Id::parse(run.trim()));
        let mut runs: Vec<Id> = commit.message.lines().filter_map(line).collect();
        if runs.is_empty()
            && let Some(parent) = commit.parents.first()
        {
            let changes = self.context.repository()?.files_changed_below((Some(*parent), commit.oid), &RUNS)?;
            let added = changes.iter().filter(|change| change.before.is_none());
            runs.extend(added.filter_map(|change| Id::parse(change.path.name().strip_suffix(".md")?)));
        }
        runs.sort();
        runs.dedup();
        Ok(runs)
    }

    fn find_page(&self, run: &Id) -> Option<Stored<RunPage>> {
        let store = self.context.store().ok()?;
        let there = |snapshot| store.read_record::<RunPage>(&snapshot, &FileEntry { path: page_path(run), blob: None }).0;
        there(store.work_tree()).or_else(|| there(crate::store::Snapshot::Tree(self.context.repository().ok()?, self.head)))
    }

    fn find(&self, run: &Id) -> Result<Option<Origin>> {
        let local = self.local.iter().find(|local| local.job.run == *run);
        if let Some(page) = self.find_page(run)
            && let Some(row) = page.record.row(&page.path)
        {
            let asked = section(page.document.body(), "Brief").unwrap_or_default();
            let asked: Vec<&str> = asked.lines().map(|line| line.trim_start_matches('>').trim()).collect();
            let approved = if page.record.state() == Some(State::Merged) { self.approver(&page.path)? } else { None };
            return Ok(Some(Origin {
                run: row.run,
                ticket: Some(row.ticket),
                title: row.title,
                agent: row.agent,
                runner: row.runner,
                model: page.record.model().to_owned(),
                asked: excerpt(&asked.join("\n")),
                approved,
                page: Some(page.path),
            }));
        }
        let Some(Run { job, status, .. }) = local else {
            // A run of another clone whose page nobody brought here: its name is all there is.
            let (title, agent, runner, model, asked) = <(String, String, String, String, String)>::default();
            return Ok(Some(Origin { run: run.clone(), ticket: None, title, agent, runner, model, asked, approved: None, page: None }));
        };
        let repository = self.context.repository()?;
        let approved = status.merge.map(|merge| repository.read_commit(merge)).transpose()?.map(|commit| who_took(&commit));
        Ok(Some(Origin {
            run: run.clone(),
            ticket: Some(job.ticket.id.clone()),
            title: job.ticket.title.clone(),
            agent: job.agent.name.clone(),
            runner: job.runner.name().to_owned(),
            model: status.usage.model.clone().unwrap_or_default(),
            asked: excerpt(&job.ticket.body),
            approved,
            page: None,
        }))
    }

    /// Who brought a page: the first commit that has it.
    fn approver(&self, page: &RepoPath) -> Result<Option<Approver>> {
        let repository = self.context.repository()?;
        let mut from = self.head;
        while let Some(commit) = repository.last_commit_touching(page, from)? {
            let mut parents =
                commit.parents.iter().filter(|parent| repository.find_entry(**parent, page).is_ok_and(|entry| entry.is_some()));
            match parents.next() {
                Some(parent) => from = *parent,
                None => return Ok(Some(who_took(&commit))),
            }
        }
        Ok(None)
    }
}

/// A merge is made by whoever wants it; of another commit the author may be the agent.
fn who_took(commit: &Commit) -> Approver {
    let person = if commit.parents.len() > 1 { &commit.author } else { &commit.committer };
    Approver { by: person.name.clone(), at: commit.time, commit: commit.oid }
}

/// What a text says, without its headings.
fn excerpt(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    text::fit(&text::one_line(&lines.join(" ")), EXCERPT_COLUMNS)
}

impl Writer {
    /// Who wrote what a commit brought, as far as the commit says.
    pub fn of(commit: &Commit, origin: Option<&Origin>) -> Self {
        let is_agents = commit.author.email.ends_with(AGENT_HOST);
        let Some(origin) = origin else { return if is_agents { Self::Ai } else { Self::Human } };
        // What a merge itself brings is its page and the end of the ticket.
        let is_work = is_agents || (commit.parents.len() < 2 && named(commit, AGENT_TRAILER).is_some());
        match (is_work, commit.parents.len()) {
            (true, _) if origin.runner == "builtin" => Self::Unknown,
            (true, _) => Self::Ai,
            (false, 2..) => Self::Human,
            (false, _) => Self::Mixed,
        }
    }
}
