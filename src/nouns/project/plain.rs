//! Pages that are no records to other verbs: comments and run pages, with their front matter as texts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::pages::{Kind, Page};
use crate::base::{Finding, Id, RepoPath, Severity};
use crate::config::Config;
use crate::engine::search::Field;
use crate::store::{Entry, Record, Searchable, Stored};

/// Where the run pages are.
const RUNS: RepoPath = RepoPath::of(".cmpm/runs");

/// A comment on a ticket.
pub type CommentPage = PlainPage<false>;
/// The page of a run.
pub type RunPage = PlainPage<true>;

/// One of the two.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlainPage<const RUN: bool> {
    /// Made from its place: several comments have the id of the same ticket.
    id: Id,
    name: String,
    title: String,
    keys: BTreeMap<String, Vec<String>>,
}

impl<const RUN: bool> Record for PlainPage<RUN> {
    const NOUN: &'static str = if RUN { "run" } else { "comment" };

    fn folders(config: &Config) -> Vec<RepoPath> {
        if RUN {
            return vec![RUNS];
        }
        config.paths.tasks.iter().flat_map(|folder| ["comments", "issues/comments"].map(|place| folder.join(place))).collect()
    }

    fn is_member(_: &RepoPath) -> bool {
        true
    }

    fn read(entry: &Entry<'_>, _: &mut Vec<Finding>) -> Result<Self, Finding> {
        let (path, document) = (entry.path, entry.document);
        let key = |name: &str| document.text(name).unwrap_or_default();
        let (own, above) = (path.name().trim_end_matches(".md").to_owned(), path.parent().name().into_owned());
        let (name, title) = if RUN {
            (document.text("id").unwrap_or(own), format!("{} for {}", key("agent"), key("ticket")))
        } else {
            (document.text("ticket").unwrap_or(above), format!("comment by {}", key("author")))
        };
        let id = Id::parse(&format!("page-{}", blake3::hash(path.as_bytes()).to_hex()));
        let id = id.ok_or_else(|| Finding::new("unreadable", Severity::Error, path.clone(), "no id can be made for this file"))?;
        let keys = document.fields().iter().map(|field| (field.key.clone(), document.texts(&field.key))).collect();
        Ok(Self { id, name, title: title.trim().to_owned(), keys })
    }

    fn id(&self) -> &Id {
        &self.id
    }

    fn aliases(&self) -> &[String] {
        &[]
    }
}

impl<const RUN: bool> Searchable for PlainPage<RUN> {
    fn texts(stored: &Stored<Self>) -> Vec<(Cow<'_, str>, Field)> {
        let page = &stored.record;
        let outcome = page.keys.get("outcome").into_iter().flatten().map(|text| (text.as_str().into(), Field::Details));
        let title = std::iter::once((page.title.as_str().into(), Field::Title));
        title.chain(outcome).chain([(stored.document.body().trim().into(), Field::Body)]).collect()
    }
}

impl<const RUN: bool> Page for PlainPage<RUN> {
    const KIND: Kind = if RUN { Kind::Run } else { Kind::Comment };

    fn name(&self) -> String {
        self.name.clone()
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn values(&self, key: &str) -> Vec<String> {
        let is_name = key == "id" || (key == "ticket" && !RUN);
        if is_name { vec![self.name.clone()] } else { self.keys.get(key).cloned().unwrap_or_default() }
    }
}
