//! `cmpm issue create`

use crate::document::{Document, Value, render_new};
use crate::exchange::edit_text;
use crate::report::prelude::*;
use crate::words::{Kind, Order, Priority, Properties, Property, Status, Written};

use super::change::details::Details;
use super::change::links::name_wholly;
use super::change::typed::as_typed;
use super::change::which::OfKind;
use super::file::draft::Draft;
use super::file::place;
use super::file::template::{Filled, Template, find_template};
use super::file::values::{check_values, labels_of_work};
use super::model::cycle::forbid_cycles;
use super::model::dialect::Dialect;
use super::model::{Ticket, TicketError};
use super::update::status_word;
use super::view::filter::person_meant;

/// Create a ticket
///
/// Writes one Markdown file and prints its id. On a terminal, without a title, your editor opens: the first line is the title, the rest
/// the description. Commit it with the code it is about, or at once with `--commit`.
/// Example: `cmpm issue create "Fix the broken links" --epic EP-7k3 --priority high --path 'docs/**'`
#[derive(Debug, Args)]
pub struct Create {
    #[command(flatten)]
    pub which: OfKind,
    /// One line that says what it is about
    #[arg(allow_hyphen_values = true)]
    title: Option<String>,
    /// The same, as a flag
    #[arg(long = "title", id = "named", hide = true, value_name = "TEXT", conflicts_with = "title", allow_hyphen_values = true)]
    named: Option<String>,
    /// What it is about, in detail
    #[arg(long, short, visible_alias = "body", value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    #[command(flatten)]
    set: Box<Written>,
    /// What kind of work it is, such as bug or feature; it becomes a label
    #[arg(long = "type", value_delimiter = ',', value_name = "WORD")]
    work: Vec<String>,
    /// The initial status
    #[arg(long, short, visible_alias = "state", value_name = "STATUS", add = Takes::Status)]
    status: Option<String>,
    /// Something that must be true when it is done; may be given again
    #[arg(long, short = 'A', value_name = "TEXT", allow_hyphen_values = true)]
    acceptance: Vec<String>,
    /// The template to take; `cmpm ticket templates` lists them
    #[arg(long, visible_alias = "from-template", value_name = "NAME", add = Takes::Template)]
    template: Option<String>,
    #[command(flatten)]
    details: Box<Details>,
    /// Commit the new file
    #[arg(long)]
    commit: bool,
}

/// Create a ticket of any kind
///
/// As `cmpm issue create` does; `--kind` chooses another kind.
/// Example: `cmpm ticket create "Fix the broken links" --kind task`
#[derive(Debug, Args)]
pub struct CreateAny {
    /// The kind of ticket
    #[arg(long, value_enum, default_value_t = Kind::Issue, value_name = "KIND")]
    kind: Kind,
    #[command(flatten)]
    create: Create,
}

impl Verb for CreateAny {
    type Report = Created;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(mut self, context: &Context) -> Result<Created> {
        self.create.which.kind = Some(self.kind);
        self.create.run(context)
    }
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
        if self.title.is_none() && self.named.is_none() && context.is_terminal() {
            let text = self.description.clone().map(|text| format!("\n\n{text}")).unwrap_or_default();
            return edit_text(context, &text)?.used(|text| self.said(&text).write(context));
        }
        self.write(context)
    }
}

/// Creates a ticket with these arguments, as if they were typed.
pub fn create_typed(context: &Context, typed: Vec<String>) -> Result<(Id, RepoPath)> {
    let CreateAny { kind, mut create } = as_typed::<CreateAny>(typed)?;
    create.which.kind = Some(kind);
    let Created { id, path, .. } = create.write(context)?;
    Ok((id, path))
}

impl Create {
    /// The same with the title in the first line of a text, and the description in the others.
    fn said(self, text: &str) -> Self {
        let (title, rest) = text.trim_start().split_once('\n').unwrap_or((text, ""));
        let title = title.trim_start_matches('#').trim().to_owned();
        Self { title: Some(title), description: Some(rest.trim().to_owned()).filter(|rest| !rest.is_empty()), ..self }
    }

    fn write(self, context: &Context) -> Result<Created> {
        let store = context.store()?;
        let kind = self.which.kind.unwrap_or(Kind::Task);
        let title = text::one_line(self.title.as_ref().or(self.named.as_ref()).map_or("", String::as_str));
        if title.is_empty() {
            return Err(TicketError::NoTitle.into());
        }
        let properties = self.properties(context, title)?;
        let ready = context.ready_to_commit(self.commit)?;
        let template = find_template(store, kind, self.template.as_deref())?;
        let id = store.reserve_id(store.config().prefixes.of(kind), &context.random)?;
        let title = properties.title.clone();
        let path = place::path_of(store, kind, &id, &title);
        let waits = |order: Order| properties.given().any(|(property, _)| property.order() == Some(order));
        let can_wait = waits(Order::Before) || (waits(Order::Part) && waits(Order::After));
        let draft = Draft { kind: Some(kind), properties, ..Draft::default() };
        let mut transaction = store.transaction("ticket create");
        let bytes = self.text(context, (&id, &draft), template.as_ref())?.into_bytes();
        // Nobody waits for a new ticket yet, unless it says so.
        if can_wait {
            forbid_cycles(&mut transaction, vec![(path.clone(), Document::parse(bytes.clone()))]);
        }
        transaction.create(&path, bytes);
        let written = transaction.commit()?;
        ready.commit_paths(&written, &format!("{} {id}: {title}", kind.as_str()))?;
        Ok(Created { id, kind, title, path, committed: self.commit })
    }

    /// What the ticket says of itself; a name that fits no ticket is an error, before anything is written.
    fn properties(&self, context: &Context, title: String) -> Result<Properties> {
        let store = context.store()?;
        let mut properties = self.set.dated(context.clock.now());
        if let Some(name) = properties.assignee.take_if(|name| !name.is_empty()) {
            *properties.assignee = Some(person_meant(context, &name)?).filter(|name| !name.is_empty());
        }
        properties.labels.extend(labels_of_work(&self.work)?);
        check_values(context, properties.given())?;
        self.details.check()?;
        if self.set.names_tickets() {
            name_wholly((store, &store.list::<Ticket>(&store.work_tree())), &mut properties, None)?;
        }
        let word = self.status.as_deref().map(|word| status_word(word, Dialect::Native, store.config())).transpose()?;
        let author = context.repository().ok().and_then(|repository| repository.identity().ok()).map(|person| person.name);
        properties.title = title;
        properties.status = word.unwrap_or_else(|| Status::Planning.as_str().to_owned());
        *properties.created = Some(context.clock.now().to_string());
        *properties.author = author;
        Ok(properties)
    }

    /// The whole file.
    fn text(&self, context: &Context, (id, draft): (&Id, &Draft), template: Option<&Template>) -> Result<String> {
        let mut fields = draft.fields(id.as_str());
        fields.extend(self.details.fields());
        let filled = template.map(|template| template.fill(context.store()?, &self.values(draft, &fields))).transpose()?;
        let filled = filled.unwrap_or_else(|| Filled { body: PLAIN.to_owned(), describes: false, fields: Vec::new() });
        let is_new = |key: &str, fields: &[(String, Value)]| fields.iter().all(|(known, _)| known != key);
        let own = filled.fields.into_iter().map(|(key, node)| (key, Value::from(node)));
        let added: Vec<_> = own.filter(|(key, _)| is_new(key, &fields)).collect();
        fields.extend(added);
        if is_new(Property::Priority.name(), &fields) {
            let behind = fields.iter().position(|(key, _)| key == Property::Status.name()).map_or(0, |index| index + 1);
            fields.insert(behind, (Property::Priority.name().to_owned(), Value::from(Priority::Medium.as_str())));
        }
        let fields: Vec<(&str, Value)> = fields.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
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

    /// What a template can name: the keys of the ticket, its description, and today.
    fn values(&self, draft: &Draft, fields: &[(String, Value)]) -> serde_json::Value {
        let node = |value: &Value| serde_json::json!(value.to_node());
        let mut values: serde_json::Map<String, serde_json::Value> = fields.iter().map(|(key, value)| (key.clone(), node(value))).collect();
        let day = draft.created.as_deref().and_then(|moment| moment.get(..10)).unwrap_or_default().to_owned();
        values.entry(Property::Priority.name()).or_insert_with(|| Priority::Medium.as_str().into());
        values.insert("description".into(), self.description.clone().unwrap_or_default().into());
        let id = values.get("id").cloned().unwrap_or_default();
        values.insert(draft.kind.unwrap_or(Kind::Task).id_key().into(), id);
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
