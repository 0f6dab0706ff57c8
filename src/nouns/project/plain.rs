//! The pages of runs as something to be searched, with their front matter as texts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::{Finding, Id, RepoPath, Timestamp};
use crate::config::Config;
use crate::engine::search::Field;
use crate::store::{Entry, Record, Searchable, Stored};

const RUNS: RepoPath = RepoPath::of(".cmpm/runs");

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunPage {
    /// Made from its place: what a page says of its own id need not be one.
    id: Id,
    name: String,
    title: String,
    keys: BTreeMap<String, Vec<String>>,
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
        Ok(Self { id: Id::of_file(path), name, title, keys })
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
