//! The pages of runs: something to be searched, with their front matter as texts, and all that this clone has of the runs of
//! others.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::base::date::parse_moment;
use crate::base::{Explain, Explained, Finding, Id, RepoPath, Result, Timestamp};
use crate::config::Config;
use crate::context::Context;
use crate::engine::search::Field;
use crate::git::Oid;
use crate::run::{RUNS, Run, State, Status};
use crate::store::{Entry, Record, Searchable, Stored};

use super::row::RunRow;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunPage {
    /// Made from its place: what a page says of its own id need not be one.
    id: Id,
    name: String,
    title: String,
    /// The title of its ticket.
    about: String,
    keys: BTreeMap<String, Vec<String>>,
}

/// The pages of runs that this clone has nothing else of, in no order.
pub fn pages_elsewhere(context: &Context, here: &[Run]) -> Result<Vec<Stored<RunPage, ()>>> {
    let store = context.store()?;
    let here: HashSet<&Id> = here.iter().map(|run| &run.job.run).collect();
    let mut pages = store.list::<RunPage>(&store.work_tree()).records;
    pages.retain(|page| page.record.run().is_some_and(|run| !here.contains(&run)) && page.record.state().is_some());
    Ok(pages)
}

/// The page of the one run of another clone that `query` names.
pub fn find_elsewhere(context: &Context, here: &[Run], query: &str) -> Result<Option<Stored<RunPage, ()>>> {
    let mut pages = pages_elsewhere(context, here)?;
    pages.retain(|page| page.record.run().is_some_and(|run| run.starts_with(query)));
    Ok(pages.pop().filter(|_| pages.is_empty()))
}

/// A run that cannot be worked with, because it is of another clone.
#[derive(Debug, thiserror::Error)]
#[error("{run} is a run of another clone; all that is here of it is {page}")]
pub struct Elsewhere {
    run: Id,
    page: RepoPath,
    /// The commits between which its change is, if it was merged and they are here.
    change: Option<(Oid, Oid)>,
}

impl Elsewhere {
    pub fn of(context: &Context, page: &Stored<RunPage, ()>) -> Result<Option<Self>> {
        let (repository, (base, _, status)) = (context.repository()?, page.record.details());
        let change = base
            .zip(status.work.filter(|_| status.state == State::Merged))
            .filter(|(base, work)| [base, work].iter().all(|oid| repository.read_commit(**oid).is_ok()));
        Ok(page.record.run().map(|run| Self { run, page: page.path.clone(), change }))
    }
}

impl Explain for Elsewhere {
    fn explain(&self) -> Explained {
        let change = match self.change {
            Some((base, work)) => format!("what it changed was merged: `git diff {} {}` shows it", base.short(), work.short()),
            None => "its work and what its program printed are in the clone that ran it; use the same command there".to_owned(),
        };
        Explained::wrong("not_here").hint(format!("`cmpm delegate show {}` shows the page", self.run)).hint(change)
    }
}

impl RunPage {
    fn key(&self, name: &str) -> &str {
        self.keys.get(name).and_then(|texts| texts.first()).map(String::as_str).unwrap_or_default()
    }

    /// What one of cmpm's words stands for.
    fn word<T: serde::de::DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_value(self.key(name).into()).ok()
    }

    pub fn run(&self) -> Option<Id> {
        Id::parse(&self.name)
    }

    /// The model, as the program named it.
    pub fn model(&self) -> &str {
        self.key("model")
    }

    pub fn state(&self) -> Option<State> {
        self.word("state")
    }

    /// What a list says of it; `None` of a file that is no page of a run.
    pub fn row(&self, path: &RepoPath) -> Option<RunRow> {
        Some(RunRow {
            run: self.run()?,
            ticket: Id::parse(self.key("ticket"))?,
            title: self.about.clone(),
            agent: self.key("agent").to_owned(),
            runner: self.key("runner").to_owned(),
            model: Some(self.key("model").to_owned()).filter(|model| !model.is_empty()),
            group: Id::parse(self.key("group")),
            state: self.state()?,
            reverted: !self.key("reverted").is_empty(),
            outcome: self.word("outcome"),
            reason: String::new(),
            branch: self.key("branch").to_owned(),
            worktree: String::new(),
            created: parse_moment(self.key("started")),
            page: Some(path.clone()),
            landed_by_hand: false,
            short: 0,
        })
    }

    /// What it says of the commit that the run began with, of its target, and of its end.
    pub fn details(&self) -> (Option<Oid>, String, Status) {
        let status = Status {
            state: self.state().unwrap_or(State::Discarded),
            outcome: self.word("outcome"),
            attempt: self.key("attempts").parse().unwrap_or_default(),
            started: parse_moment(self.key("started")),
            ended: parse_moment(self.key("ended")),
            work: self.key("head").parse().ok(),
            sandbox: self.key("sandbox").to_owned(),
            owner: None,
            ..Status::queued()
        };
        (self.key("base").parse().ok(), self.key("target").to_owned(), status)
    }
}

impl Record for RunPage {
    const NOUN: &'static str = "run";

    fn folders(_: &Config) -> Vec<RepoPath> {
        vec![RUNS]
    }

    fn is_member(_: &RepoPath) -> bool {
        true
    }

    fn read(entry: &Entry<'_>, _: &mut Vec<Finding>) -> Result<Self, Finding> {
        let (path, document) = (entry.path, entry.document);
        let key = |name: &str| document.text(name).unwrap_or_default();
        let name = document.text("id").unwrap_or_else(|| path.name().trim_end_matches(".md").to_owned());
        let title = format!("{} for {}", key("agent"), key("ticket")).trim().to_owned();
        let keys = document.fields().iter().map(|field| (field.key.clone(), document.texts(&field.key))).collect();
        let about = document.body().lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().trim().to_owned();
        Ok(Self { id: Id::of_file(path), name, title, about, keys })
    }

    fn id(&self) -> &Id {
        &self.id
    }

    fn aliases(&self) -> &[String] {
        &[]
    }
}

impl Searchable for RunPage {
    fn texts(stored: &Stored<Self>) -> Vec<(Cow<'_, str>, Field)> {
        let page = &stored.record;
        let outcome = page.keys.get("outcome").into_iter().flatten().map(|text| (text.as_str().into(), Field::Details));
        let title = std::iter::once((page.title.as_str().into(), Field::Title));
        title.chain(outcome).chain([(stored.document.body().trim().into(), Field::Body)]).collect()
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn values<'a>(&'a self, _: &'a RepoPath, _: Timestamp) -> impl Fn(&str) -> Vec<String> + 'a {
        |key| if key == "id" { vec![self.name.clone()] } else { self.keys.get(key).cloned().unwrap_or_default() }
    }
}
