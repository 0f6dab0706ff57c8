//! `cmpm issue create`

use std::fmt::Write as _;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, RepoPath, Result, text};
use crate::context::Context;
use crate::document::{Document, Value, render_new};
use crate::fs::read;
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::Store;

use super::circle::forbid_circles;
use super::links::{Links, Named};
use super::model::{Kind, Ticket, TicketError};
use super::values::Typed;

/// Create a ticket
///
/// Writes one Markdown file and prints its id. Commit it with the code it is about, or at once with `--commit`.
/// Example: `cmpm issue create "Fix the broken links" --epic EP-7k3 --priority high --path 'docs/**'`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Create {
    /// The kind of ticket
    #[arg(skip)]
    pub kind: Option<Kind>,
    /// One line that says what it is about
    #[arg(allow_hyphen_values = true)]
    title: String,
    /// The ticket it is a part of
    #[arg(long, visible_aliases = ["epic", "issue"], value_name = "ID")]
    parent: Option<String>,
    /// What it is about, in more words
    #[arg(long, short, value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    /// How urgent: critical, high, medium, low
    #[arg(long, short, default_value = "medium", value_parser = ["critical", "high", "medium", "low"])]
    #[serde(default = "medium")]
    priority: String,
    /// A label; may be given again
    #[arg(long, short, value_name = "LABEL")]
    #[serde(default)]
    label: Vec<String>,
    /// Who works on it
    #[arg(long, value_name = "NAME")]
    assignee: Option<String>,
    /// The agent it is meant for
    #[arg(long, value_name = "AGENT")]
    agent: Option<String>,
    /// A ticket that must be finished before; may be given again
    #[arg(long, value_name = "ID")]
    #[serde(default)]
    depends_on: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    links: Links,
    /// A glob of files it expects to touch; may be given again
    #[arg(long, value_name = "GLOB")]
    #[serde(default)]
    path: Vec<String>,
    /// Something that must be true in the end; may be given again
    #[arg(long, short = 'A', value_name = "TEXT", allow_hyphen_values = true)]
    #[serde(default)]
    acceptance: Vec<String>,
    /// When it should be finished, such as 2026-12-24
    #[arg(long, value_name = "DATE")]
    due: Option<String>,
    /// Commit the new file
    #[arg(long)]
    #[serde(default)]
    commit: bool,
}

fn medium() -> String {
    "medium".into()
}

/// The new ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Created {
    id: Id,
    kind: Kind,
    title: String,
    path: RepoPath,
    committed: bool,
}

impl Verb for Create {
    type Report = Created;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Created> {
        let store = context.store()?;
        let kind = self.kind.unwrap_or(Kind::Task);
        let title = text::one_line(&self.title);
        if title.is_empty() {
            return Err(TicketError::NoTitle.into());
        }
        self.typed().check(context)?;
        let (parent, depends_on, links) = self.references(store)?;
        let ready = context.ready_to_commit(self.commit)?;
        let id = store.reserve_id(kind.prefix(), &context.random)?;
        let path = path_of(store, kind, &id, &title);
        let fields = self.fields(context, &Head { id: &id, kind, title: &title, parent, depends_on, links });
        let mut transaction = store.transaction("ticket create");
        let bytes = render_new(&fields, &self.body()).into_bytes();
        // Nobody waits for a new ticket yet, unless it says so.
        if !self.links.is_empty() || (self.parent.is_some() && !self.depends_on.is_empty()) {
            forbid_circles(&mut transaction, vec![(path.clone(), Document::parse(bytes.clone()))]);
        }
        transaction.create(&path, bytes);
        let written = transaction.commit()?;
        if let Some(ready) = ready {
            ready.commit_paths(&written, &format!("{} {id}: {title}", kind.as_str()))?;
        }
        Ok(Created { id, kind, title, path, committed: self.commit })
    }
}

struct Head<'a> {
    id: &'a Id,
    kind: Kind,
    title: &'a str,
    parent: Option<String>,
    depends_on: Vec<String>,
    links: Named,
}

impl Create {
    fn typed(&self) -> Typed<'_> {
        Typed {
            due: self.due.as_deref(),
            agent: self.agent.as_deref(),
            assignee: self.assignee.as_deref(),
            labels: &self.label,
            paths: &self.path,
        }
    }

    /// The whole ids of the tickets that are named; a name that fits none is an error, before anything is written.
    fn references(&self, store: &Store) -> Result<(Option<String>, Vec<String>, Named)> {
        if self.parent.is_none() && self.depends_on.is_empty() && self.links.is_empty() {
            return Ok((None, Vec::new(), Named::new()));
        }
        let scan = store.list::<Ticket>(&store.work_tree());
        let whole = |query: &String| -> Result<String> { Ok(scan.find(query)?.record.id.to_string()) };
        let parent = self.parent.as_ref().map(&whole).transpose()?;
        let depends_on = self.depends_on.iter().map(whole).collect::<Result<_>>()?;
        Ok((parent, depends_on, self.links.named(&scan, None)?))
    }

    fn fields(&self, context: &Context, head: &Head<'_>) -> Vec<(&'static str, Value)> {
        let author = context.repository().ok().and_then(|repository| repository.identity().ok()).map(|person| person.name);
        let mut fields = vec![
            ("id", Value::from(head.id.as_str())),
            ("kind", Value::from(head.kind.as_str())),
            ("title", Value::from(head.title)),
            ("status", Value::from("planning")),
            ("priority", Value::from(self.priority.as_str())),
        ];
        let mut optional = |key, value: Option<&String>| fields.extend(value.map(|text| (key, Value::from(text.as_str()))));
        optional("parent", head.parent.as_ref());
        optional("assignee", self.assignee.as_ref());
        optional("agent", self.agent.as_ref());
        optional("due", self.due.as_ref());
        optional("created", Some(&context.clock.now().to_string()));
        optional("author", author.as_ref());
        let lists = [("labels", &self.label), ("depends_on", &head.depends_on), ("paths", &self.path)];
        fields.extend(lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(key, list)| (key, Value::texts(list))));
        fields.extend(head.links.iter().filter_map(|(keys, ids)| Some((*keys.first()?, Value::texts(ids)))));
        fields
    }

    fn body(&self) -> String {
        let mut body = String::from("## Description\n\n");
        if let Some(description) = &self.description {
            body.push_str(description.trim_end());
            body.push_str("\n\n");
        }
        body.push_str("## Acceptance criteria\n\n");
        for criterion in &self.acceptance {
            let _ = writeln!(body, "- [ ] {}", text::one_line(criterion));
        }
        body
    }
}

pub fn path_of(store: &Store, kind: Kind, id: &Id, title: &str) -> RepoPath {
    let folders = &store.config().paths.tasks;
    let existing = folders.iter().find(|folder| read::exists(&folder.below(store.root())));
    let folder = existing.or(folders.first()).cloned().unwrap_or_default();
    let slug = text::slug(title, 60);
    let name = if slug.is_empty() { format!("{id}.md") } else { format!("{id}-{slug}.md") };
    folder.join(kind.folder()).join(&name)
}

impl Report for Created {
    const SCHEMA: &'static str = "cmpm.ticket.create/1";

    fn render(&self, screen: &Screen) -> String {
        let id = screen.paint(Tone::Key, self.id.as_str());
        format!("Created {id}: {}\n{}\n", text::printable(&self.title), screen.paint(Tone::Quiet, &self.path.to_string()))
    }
}
