//! `cmpm memory add`

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::glob::Globs;
use crate::base::{Id, RepoPath, Result, text};
use crate::context::Context;
use crate::document::{Value, render_new};
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::Store;

use super::anchored;
use super::details::Details;
use super::model::{self, Memory, MemoryError, Provenance};

/// Remember something
///
/// Writes one Markdown file and prints its id. Commit it with the code it is about, or at once with `--commit`.
/// Example: `cmpm memory add "Moving a page breaks the links to it" --category pattern --tag docs --scope 'docs/**'`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Add {
    /// What is worth knowing the next time; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    text: String,
    /// project, pattern, team, error, or one of the project's own [default: the one whose flags are given, else project]
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
    /// One line that says it [default: the beginning of the text]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    title: Option<String>,
    /// A word to find it by; may be given again
    #[arg(long, short, value_name = "TAG")]
    #[serde(default)]
    tag: Vec<String>,
    /// A language, library or tool it is about; may be given again
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    tech: Vec<String>,
    /// A glob of files it is about; may be given again
    #[arg(long, value_name = "GLOB")]
    #[serde(default)]
    scope: Vec<String>,
    /// How certain it is, from 0 to 1
    #[arg(long, value_name = "NUMBER")]
    confidence: Option<f64>,
    /// The ticket it was learned from
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
    /// A memory that it replaces; may be given again
    #[arg(long, value_name = "ID")]
    #[serde(default)]
    supersedes: Vec<String>,
    /// A place in the code that it is about, as it is now: `PATH`, `PATH:10-20` or `PATH#symbol`; may be given again
    #[arg(long, value_name = "PLACE")]
    #[serde(default)]
    anchor: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    details: Box<Details>,
    /// Commit the new file
    #[arg(long)]
    #[serde(default)]
    commit: bool,
}

/// The new memory.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Added {
    id: Id,
    category: String,
    title: String,
    path: RepoPath,
    committed: bool,
}

impl Verb for Add {
    type Report = Added;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Added> {
        let store = context.store()?;
        let body = if self.text == "-" { context.read_input()? } else { self.text.clone() };
        let (category, title) = self.check(&body, store)?;
        let supersedes = self.whole_ids(store)?;
        let anchors = anchored::record(context, &self.anchor)?;
        let ready = context.ready_to_commit(self.commit)?;
        let id = store.reserve_id("MEM", &context.random)?;
        let path = path_of(store, &category, &id, &title);
        let mut fields = self.fields(context, &Head { id: &id, category: &category, title: &title, supersedes });
        fields.extend(anchors);
        let mut transaction = store.transaction("memory add");
        transaction.create(&path, render_new(&fields, body.trim_end()).into_bytes());
        let written = transaction.commit()?;
        if let Some(ready) = ready {
            ready.commit_paths(&written, &format!("memory {id}: {title}"))?;
        }
        Ok(Added { id, category, title, path, committed: self.commit })
    }
}

struct Head<'a> {
    id: &'a Id,
    category: &'a str,
    title: &'a str,
    supersedes: Vec<String>,
}

impl Add {
    /// The category and title; whatever is wrong with the flags is an error before anything is written.
    fn check(&self, body: &str, store: &Store) -> Result<(String, String)> {
        if body.trim().is_empty() {
            return Err(MemoryError::NoText.into());
        }
        if let Some(confidence) = self.confidence.filter(|number| !(0.0..=1.0).contains(number)) {
            return Err(MemoryError::Confidence { confidence }.into());
        }
        if let Some(text) = self.ticket.as_ref().filter(|ticket| Id::parse(ticket).is_none()) {
            return Err(MemoryError::BadId { text: text.clone() }.into());
        }
        Globs::parse(&self.scope)?;
        let implied = || self.details.present().map(|detail| detail.category).next().unwrap_or(model::CATEGORIES[0]);
        let category = model::require_category(self.category.as_deref().unwrap_or_else(implied), store.config())?;
        let title = text::one_line(self.title.as_deref().unwrap_or_default());
        Ok((category, if title.is_empty() { model::title_of(body) } else { title }))
    }

    /// The whole ids of the memories that are named; a name that fits none is an error.
    fn whole_ids(&self, store: &Store) -> Result<Vec<String>> {
        if self.supersedes.is_empty() {
            return Ok(Vec::new());
        }
        let scan = store.list::<Memory>(&store.work_tree());
        self.supersedes.iter().map(|query| Ok(scan.find(query)?.record.id.to_string())).collect()
    }

    fn fields(&self, context: &Context, head: &Head<'_>) -> Vec<(&'static str, Value)> {
        let author = context.repository().ok().and_then(|repository| repository.identity().ok()).map(|person| person.name);
        let source = Provenance { run: context.inside_run(), ticket: self.ticket.clone(), ..Provenance::default() };
        let mut fields =
            vec![("id", Value::from(head.id.as_str())), ("category", Value::from(head.category)), ("title", Value::from(head.title))];
        let lists = [("tags", &self.tag), ("tech", &self.tech), ("scope", &self.scope), ("supersedes", &head.supersedes)];
        fields.extend(lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(key, list)| (key, Value::texts(list.clone()))));
        fields.extend(self.confidence.map(|confidence| ("confidence", Value::from(confidence))));
        fields.extend(source_value(&source).map(|value| ("source", value)));
        fields.extend(self.details.present().map(|detail| (detail.key, detail.content.value())));
        fields.push(("created", Value::from(context.clock.now().to_string())));
        fields.extend(author.map(|author| ("author", Value::from(author))));
        fields
    }
}

fn source_value(source: &Provenance) -> Option<Value> {
    let known = source.entries().into_iter().filter_map(|(key, text)| Some((key.to_owned(), Value::from(text?))));
    Some(known.collect::<Vec<_>>()).filter(|known| !known.is_empty()).map(Value::Map)
}

fn path_of(store: &Store, category: &str, id: &Id, title: &str) -> RepoPath {
    let slug = text::slug(title, 60);
    let name = if slug.is_empty() { format!("{id}.md") } else { format!("{id}-{slug}.md") };
    store.config().paths.memory.join(category).join(&name)
}

impl Report for Added {
    const SCHEMA: &'static str = "cmpm.memory.add/1";

    fn render(&self, screen: &Screen) -> String {
        let id = screen.paint(Tone::Key, self.id.as_str());
        let path = screen.paint(Tone::Quiet, &self.path.to_string());
        format!("Remembered {id} ({}): {}\n{path}\n", self.category, text::printable(&self.title))
    }
}
