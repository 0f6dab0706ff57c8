//! `cmpm issue create`

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, RepoPath, Result, text};
use crate::context::Context;
use crate::document::{Document, Value, render_new};
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::Store;

use super::circle::forbid_circles;
use super::details::Details;
use super::dialect::Dialect;
use super::links::{Links, Named, find_here};
use super::model::{Kind, Ticket, TicketError};
use super::place;
use super::template::{Filled, Template, find_template};
use super::update::status_word;
use super::values::Typed;
use super::which::OfKind;

/// Create a ticket
///
/// Writes one Markdown file and prints its id. Commit it with the code it is about, or at once with `--commit`.
/// Example: `cmpm issue create "Fix the broken links" --epic EP-7k3 --priority high --path 'docs/**'`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Create {
    #[command(flatten)]
    #[serde(flatten)]
    pub which: OfKind,
    /// One line that says what it is about
    #[arg(allow_hyphen_values = true, required_unless_present = "named")]
    #[serde(default)]
    title: Option<String>,
    /// The same, as a flag
    #[arg(long = "title", id = "named", hide = true, value_name = "TEXT", conflicts_with = "title", allow_hyphen_values = true)]
    #[serde(skip)]
    named: Option<String>,
    /// The ticket it is a part of
    #[arg(long, visible_aliases = ["epic", "issue"], value_name = "ID")]
    parent: Option<String>,
    /// What it is about, in more words
    #[arg(long, short, visible_alias = "body", value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    /// How urgent: critical, high, medium, low; medium if nothing says otherwise
    #[arg(long, short, value_parser = priority())]
    priority: Option<String>,
    /// A label; may be given again, or several with commas
    #[arg(long, short, visible_aliases = ["labels", "tags"], alias = "tag", value_delimiter = ',', value_name = "LABEL")]
    #[serde(default)]
    label: Vec<String>,
    /// What kind of work it is, such as bug or feature; it becomes a label
    #[arg(long = "type", value_name = "WORD")]
    work: Option<String>,
    /// The status it begins with
    #[arg(long, short, visible_alias = "state", value_name = "STATUS")]
    status: Option<String>,
    /// Who works on it
    #[arg(long, visible_alias = "assignees", value_name = "NAME")]
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
    #[arg(long, visible_alias = "due-date", value_name = "DATE")]
    due: Option<String>,
    /// The template to take; `cmpm ticket templates` lists them
    #[arg(long, visible_alias = "from-template", value_name = "NAME")]
    template: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    details: Box<Details>,
    /// Commit the new file
    #[arg(long)]
    #[serde(default)]
    commit: bool,
}

/// The priorities, with what else they are called.
pub fn priority() -> impl TypedValueParser<Value = String> {
    let urgent = PossibleValue::new("critical").alias("urgent");
    let words = std::iter::once(urgent).chain(["high", "medium", "low"].map(PossibleValue::new));
    PossibleValuesParser::new(words).map(|word| if word == "urgent" { "critical".to_owned() } else { word })
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
        let kind = self.which.kind.unwrap_or(Kind::Task);
        let title = text::one_line(self.title.as_ref().or(self.named.as_ref()).map_or("", String::as_str));
        if title.is_empty() {
            return Err(TicketError::NoTitle.into());
        }
        self.typed().check(context)?;
        let (parent, depends_on, links) = self.references(store)?;
        let ready = context.ready_to_commit(self.commit)?;
        let template = find_template(store, kind, self.template.as_deref())?;
        let status = self.status.as_deref().map_or(Ok("planning".to_owned()), |word| status_word(word, Dialect::Native, store.config()))?;
        let id = store.reserve_id(kind.prefix_in(store.config()), &context.random)?;
        let path = place::path_of(store, kind, &id, &title);
        let head = Head { id: &id, kind, title: &title, status: &status, parent, depends_on, links };
        let mut transaction = store.transaction("ticket create");
        let bytes = self.text(context, &head, template.as_ref())?.into_bytes();
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
    status: &'a str,
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
        let whole = |query: &String| -> Result<String> { Ok(find_here(store, &scan, query)?.record.id.to_string()) };
        let parent = self.parent.as_ref().map(&whole).transpose()?;
        let depends_on = self.depends_on.iter().map(whole).collect::<Result<_>>()?;
        Ok((parent, depends_on, self.links.named((store, &scan), None)?))
    }

    /// The whole file.
    fn text(&self, context: &Context, head: &Head<'_>, template: Option<&Template>) -> Result<String> {
        let mut fields = self.fields(context, head);
        let filled = template.map(|template| template.fill(context.store()?, &self.values(head, &fields))).transpose()?;
        let filled = filled.unwrap_or_else(|| Filled { body: PLAIN.to_owned(), describes: false, fields: Vec::new() });
        let own: Vec<(&str, Value)> = filled.fields.iter().map(|(key, node)| (key.as_str(), Value::from(node.clone()))).collect();
        let is_new = |key: &str, fields: &[(&str, Value)]| fields.iter().all(|(known, _)| *known != key);
        let added: Vec<_> = own.into_iter().filter(|(key, _)| is_new(key, &fields)).collect();
        fields.extend(added);
        if is_new("priority", &fields) {
            let behind = fields.iter().position(|(key, _)| *key == "status").map_or(0, |index| index + 1);
            fields.insert(behind, ("priority", Value::from("medium")));
        }
        let mut document = Document::parse(render_new(&fields, &filled.body).into_bytes());
        if let Some(description) = self.description.as_deref().filter(|_| !filled.describes) {
            document.append_section("Description", description.trim_end())?;
        }
        for criterion in &self.acceptance {
            document.append_section("Acceptance criteria", &format!("- [ ] {}", text::one_line(criterion)))?;
        }
        let text = document.as_str();
        Ok(if self.acceptance.is_empty() { text.to_owned() } else { format!("{}\n", text.trim_end()) })
    }

    fn fields<'a>(&self, context: &Context, head: &Head<'_>) -> Vec<(&'a str, Value)> {
        let author = context.repository().ok().and_then(|repository| repository.identity().ok()).map(|person| person.name);
        let mut fields = vec![
            ("id", Value::from(head.id.as_str())),
            ("kind", Value::from(head.kind.as_str())),
            ("title", Value::from(head.title)),
            ("status", Value::from(head.status)),
        ];
        let mut optional = |key, value: Option<&String>| fields.extend(value.map(|text| (key, Value::from(text.as_str()))));
        optional("priority", self.priority.as_ref());
        optional("parent", head.parent.as_ref());
        optional("assignee", self.assignee.as_ref());
        optional("agent", self.agent.as_ref());
        optional("due", self.due.as_ref());
        optional("created", Some(&context.clock.now().to_string()));
        optional("author", author.as_ref());
        let labels: Vec<String> = self.label.iter().chain(&self.work).cloned().collect();
        let lists = [("labels", &labels), ("depends_on", &head.depends_on), ("paths", &self.path)];
        fields.extend(lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(key, list)| (key, Value::texts(list))));
        fields.extend(head.links.iter().filter_map(|(keys, ids)| Some((*keys.first()?, Value::texts(ids)))));
        fields.extend(self.details.fields());
        fields
    }

    /// What a template can name: the keys of the ticket, its description, and today.
    fn values(&self, head: &Head<'_>, fields: &[(&str, Value)]) -> serde_json::Value {
        let node = |value: &Value| serde_json::to_value(value.to_node()).unwrap_or_default();
        let mut values: serde_json::Map<String, serde_json::Value> =
            fields.iter().map(|(key, value)| ((*key).to_owned(), node(value))).collect();
        let created = fields.iter().find(|(key, _)| *key == "created").map(|(_, value)| node(value));
        let day = created.as_ref().and_then(|created| created.as_str()).and_then(|moment| moment.get(..10)).unwrap_or_default().to_owned();
        values.entry("priority").or_insert_with(|| "medium".into());
        values.insert("description".into(), self.description.clone().unwrap_or_default().into());
        values.insert(format!("{}_id", head.kind.as_str()), head.id.as_str().into());
        values.insert("date".into(), day.into());
        values.into()
    }
}

/// The body of a new ticket where no template says otherwise.
const PLAIN: &str = "## Description\n\n## Acceptance criteria\n\n";

impl Report for Created {
    const SCHEMA: &'static str = "cmpm.ticket.create/1";

    fn render(&self, screen: &Screen) -> String {
        let id = screen.paint(Tone::Key, self.id.as_str());
        format!("Created {id}: {}\n{}\n", text::printable(&self.title), screen.paint(Tone::Quiet, &self.path.to_string()))
    }
}
