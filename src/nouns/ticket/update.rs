//! `cmpm ticket update`

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, RepoPath, Result, text};
use crate::config::Config;
use crate::context::Context;
use crate::document::Value;
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::{StoreError, Stored};

use super::change::set_status;
use super::circle::forbid_circles;
use super::comment_file::add_comment;
use super::create::priority;
use super::details::More;
use super::dialect::{Dialect, key_in, keys, parent_key, texts_of};
use super::links::{self, Links, RELATIONS};
use super::model::{self, Kind, Ticket, TicketError};
use super::values::Typed;
use super::which::Which;

/// Change a ticket
///
/// Only the lines of the keys you name change. Text is added to the description, never replaced.
/// Example: `cmpm issue update ISS-7k3 --status active --assignee ana --label docs`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Update {
    #[command(flatten)]
    #[serde(flatten)]
    pub which: Which,
    /// A new title
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    title: Option<String>,
    /// A new status
    #[arg(long, short, visible_alias = "state", value_name = "STATUS")]
    status: Option<String>,
    /// How urgent: critical, high, medium, low
    #[arg(long, short, value_parser = priority())]
    priority: Option<String>,
    /// Who works on it; '' for nobody
    #[arg(long, value_name = "NAME")]
    assignee: Option<String>,
    /// The agent it is meant for; '' for none
    #[arg(long, value_name = "AGENT")]
    agent: Option<String>,
    /// The ticket it is a part of
    #[arg(long, visible_aliases = ["epic", "issue"], value_name = "ID")]
    parent: Option<String>,
    /// When it should be finished, such as 2026-12-24; '' for no date
    #[arg(long, visible_alias = "due-date", value_name = "DATE")]
    due: Option<String>,
    /// Add a label; may be given again, or several with commas
    #[arg(
        long,
        short,
        visible_aliases = ["labels", "tags", "add-labels"],
        aliases = ["tag", "add-label", "add-tags", "type"],
        value_delimiter = ',',
        value_name = "LABEL"
    )]
    #[serde(default)]
    label: Vec<String>,
    /// Take a label away; may be given again
    #[arg(long, visible_alias = "remove-labels", alias = "remove-tags", value_delimiter = ',', value_name = "LABEL")]
    #[serde(default)]
    remove_label: Vec<String>,
    /// Add a ticket that must be finished before; may be given again
    #[arg(long, value_name = "ID")]
    #[serde(default)]
    depends_on: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    links: Links,
    /// Take a ticket out of all that this one says of others, but for its parent; may be given again
    #[arg(long, value_name = "ID")]
    #[serde(default)]
    unlink: Vec<String>,
    /// Text to add to the description
    #[arg(long, short, visible_alias = "body", value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    more: Box<More>,
    /// Commit what was written
    #[arg(long)]
    #[serde(default)]
    commit: bool,
    /// The status it must have, as somebody saw it who decided by that
    #[arg(skip)]
    #[schemars(skip)]
    expected: Option<String>,
}

/// A changed ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Updated {
    id: Id,
    title: String,
    path: RepoPath,
    /// Whether any byte of the file is different now.
    changed: bool,
}

impl Verb for Update {
    type Report = Updated;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Updated> {
        self.require_sense()?;
        self.typed().check(context)?;
        let ready = context.ready_to_commit(self.commit)?;
        let store = context.store()?;
        let named = self.whole_ids(context)?;
        let (stored, written) = self.which.update(context, |stored, transaction| {
            self.edit(stored, &named, store.config())?;
            // Only these can make somebody wait.
            if self.parent.is_some() || !self.depends_on.is_empty() || !self.links.is_empty() {
                forbid_circles(transaction, vec![(stored.path.clone(), stored.document.clone())]);
            }
            match &self.more.reason {
                Some(reason) => add_comment(context, transaction, &stored.record.id, reason).map(|_| ()),
                None => Ok(()),
            }
        })?;
        if let Some(ready) = ready {
            ready.commit_paths(&written, &format!("update {}: {}", stored.record.id, stored.record.title))?;
        }
        let title = self.title.map_or(stored.record.title, |title| text::one_line(&title));
        Ok(Updated { id: stored.record.id, title, path: stored.path, changed: !written.is_empty() })
    }
}

/// The whole ids of the tickets that were named by a beginning or an alias.
#[derive(Default)]
struct Named {
    parent: Option<(String, Kind)>,
    depends_on: Vec<String>,
    links: links::Named,
    unlink: Vec<String>,
}

impl Update {
    /// What was typed, without what only takes a key away.
    fn typed(&self) -> Typed<'_> {
        let [due, agent, assignee] = [&self.due, &self.agent, &self.assignee].map(|text| text.as_deref().filter(|text| !text.is_empty()));
        Typed { due, agent, assignee, labels: &self.label, paths: &[] }
    }

    fn require_sense(&self) -> Result<(), TicketError> {
        if self.title.as_ref().is_some_and(|title| text::one_line(title).is_empty()) {
            return Err(TicketError::EmptyTitle);
        }
        let words = [&self.title, &self.status, &self.priority, &self.assignee, &self.agent, &self.parent, &self.due];
        let mut texts =
            words.into_iter().chain([&self.more.milestone, &self.more.estimate, &self.description, &self.more.notes, &self.more.reason]);
        let lists = [&self.label, &self.remove_label, &self.depends_on, &self.unlink];
        let nothing = texts.all(Option::is_none) && lists.iter().all(|list| list.is_empty()) && self.links.is_empty();
        if nothing { Err(TicketError::NothingToChange) } else { Ok(()) }
    }

    fn whole_ids(&self, context: &Context) -> Result<Named> {
        if self.parent.is_none() && self.depends_on.is_empty() && self.links.is_empty() && self.unlink.is_empty() {
            return Ok(Named::default());
        }
        let store = context.store()?;
        let scan = store.list::<Ticket>(&store.work_tree());
        let own = &scan.find(&self.which.name(context))?.record;
        let said: Vec<String> = own.others().map(str::to_owned).collect();
        let own = &own.id;
        let find = |query: &String, relation: &'static str| -> Result<(String, Kind)> {
            let found = &links::find_here(store, &scan, query)?.record;
            if found.id == *own {
                return Err(TicketError::Itself { id: own.clone(), relation }.into());
            }
            Ok((found.id.to_string(), found.kind))
        };
        Ok(Named {
            parent: self.parent.as_ref().map(|query| find(query, "parent")).transpose()?,
            depends_on: self.depends_on.iter().map(|query| find(query, "dependency").map(|found| found.0)).collect::<Result<_>>()?,
            links: self.links.named((store, &scan), Some(own))?,
            unlink: links::meant(&scan, &said, &self.unlink),
        })
    }

    fn edit(&self, stored: &mut Stored<Ticket>, named: &Named, config: &Config) -> Result<()> {
        if let Some(status) = &self.status {
            stored.record.require_status(self.expected.as_deref())?;
            let word = status_word(status, stored.record.dialect, config)?;
            set_status(stored, &word)?;
        }
        let texts = [
            (keys::TITLE, &self.title),
            (keys::PRIORITY, &self.priority),
            (keys::AGENT, &self.agent),
            (keys::DUE, &self.due),
            (keys::MILESTONE, &self.more.milestone),
            (&["estimate"], &self.more.estimate),
            (keys::ASSIGNEE, &self.assignee),
        ];
        for (keys, text) in texts {
            let Some(text) = text else { continue };
            if text.is_empty() {
                remove(stored, keys)?;
                continue;
            }
            let key = key_in(&stored.document, keys);
            // Some dialects have a list of assignees; a name replaces the list, as it replaces a single name.
            let text = text::one_line(text);
            let value = if key == "assignees" { Value::texts([text]) } else { Value::from(text) };
            stored.set(key, &value)?;
        }
        if let Some((parent, kind)) = &named.parent {
            stored.set(parent_key(&stored.document, stored.record.kind, *kind), &Value::from(parent.as_str()))?;
        }
        if !named.depends_on.is_empty() {
            change_list(stored, keys::DEPENDS_ON, &named.depends_on, &[])?;
        }
        for (keys, ids) in &named.links {
            change_list(stored, keys, ids, &[])?;
        }
        for keys in RELATIONS.into_iter().filter(|_| !named.unlink.is_empty()) {
            change_list(stored, keys, &[], &named.unlink)?;
        }
        if !self.label.is_empty() || !self.remove_label.is_empty() {
            change_list(stored, keys::LABELS, &self.label, &self.remove_label)?;
        }
        if let Some(text) = &self.description {
            stored.append("Description", text)?;
        }
        if let Some(text) = &self.more.notes {
            stored.append("Notes", text)?;
        }
        Ok(())
    }
}

/// cmpm's own word in the file's dialect; any other word the project knows as it is.
///
/// # Errors
/// `UnknownStatus`.
pub fn status_word(word: &str, dialect: Dialect, config: &Config) -> Result<String, TicketError> {
    model::category(word, config).ok_or_else(|| TicketError::UnknownStatus { word: word.to_owned() })?;
    Ok(model::plain_category(word, config).map_or_else(|| word.to_owned(), |category| dialect.word(category).to_owned()))
}

/// Takes a property away, under whatever keys it stands.
fn remove(stored: &mut Stored<Ticket>, keys: &'static [&'static str]) -> Result<()> {
    for key in keys {
        let removed = stored.document.remove(key);
        removed.map_err(|error| StoreError::Edit { path: stored.path.clone(), key: (*key).to_owned(), reason: error.to_string() })?;
    }
    Ok(())
}

/// Takes `remove` out of every key that has it, and adds what is under none of them.
fn change_list(stored: &mut Stored<Ticket>, keys: &'static [&'static str], add: &[String], remove: &[String]) -> Result<()> {
    for key in keys {
        let values = stored.document.texts(key);
        let kept: Vec<&String> = values.iter().filter(|value| !remove.contains(value)).collect();
        if kept.len() < values.len() {
            stored.set(key, &Value::texts(kept))?;
        }
    }
    let mut known = texts_of(&stored.document, keys);
    let key = key_in(&stored.document, keys);
    let mut values = stored.document.texts(key);
    for value in add {
        if !known.contains(value) {
            known.push(value.clone());
            values.push(value.clone());
        }
    }
    if values.len() > stored.document.texts(key).len() {
        stored.set(key, &Value::texts(values))?;
    }
    Ok(())
}

impl Report for Updated {
    const SCHEMA: &'static str = "cmpm.ticket.update/1";

    fn render(&self, screen: &Screen) -> String {
        let word = if self.changed { "Updated" } else { "Nothing to change in" };
        format!("{word} {}: {}\n", screen.paint(Tone::Key, self.id.as_str()), text::one_line(&self.title))
    }
}
