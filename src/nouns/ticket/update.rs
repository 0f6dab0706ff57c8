//! `cmpm ticket update`

use crate::config::Config;
use crate::document::Value;
use crate::report::Answers;
use crate::report::prelude::*;
use crate::store::Stored;
use crate::words::{Kind, Properties, Property, Written};

use super::change::details::More;
use super::change::links;
use super::change::which::Several;
use super::change::{Selection, change_named, set_status};
use super::file::comment::add_comment;
use super::file::values::{check_values, labels_of_work};
use super::model::cycle::forbid_cycles;
use super::model::dialect::{Dialect, key_in, parent_key, texts_of};
use super::model::{self, Ticket, TicketError};
use super::view::filter::person_meant;

/// Change a ticket, or several in the same way
///
/// Only the lines of the keys you name change. Text is added to the description, never replaced; lists grow. An empty value, as in
/// `--due ''`, takes away what has one value; `--remove-label`, `--remove-path` and
/// `--unlink` take out of lists.
///
/// Example: `cmpm issue update ISS-7k3 --status active --assignee ana --label docs`
#[derive(Debug, Args)]
pub struct Update {
    #[command(flatten)]
    pub which: Several,
    /// A new title
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    title: Option<String>,
    /// A new status
    #[arg(long, short, visible_alias = "state", value_name = "STATUS", add = Takes::Status)]
    status: Option<String>,
    #[command(flatten)]
    set: Box<Written>,
    /// What kind of work it is, such as bug or feature; it becomes a label
    #[arg(long = "type", value_delimiter = ',', value_name = "WORD")]
    work: Vec<String>,
    /// Remove a label; may be given again
    #[arg(long, visible_alias = "remove-labels", alias = "remove-tags", value_delimiter = ',', value_name = "LABEL", add = Takes::Label)]
    remove_label: Vec<String>,
    /// Remove a glob; may be given again
    #[arg(long, value_name = "GLOB")]
    remove_path: Vec<String>,
    /// Remove every link from this ticket to another one, except to its parent; may be given again
    #[arg(long, value_name = "ID", add = Takes::Ticket)]
    unlink: Vec<String>,
    /// Text to add to the description
    #[arg(long, short, visible_alias = "body", value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    #[command(flatten)]
    more: Box<More>,
    /// Commit what was written
    #[arg(long)]
    commit: bool,
    /// The status it must have, as somebody saw it who decided by that
    #[arg(skip)]
    pub expected: Option<String>,
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
    type Report = Answers<Updated>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Answers<Updated>> {
        self.require_sense()?;
        let mut set = self.set.dated(context.clock.now());
        *set.assignee = set.assignee.take().map(|name| person_meant(context, &name)).transpose()?;
        set.labels.extend(labels_of_work(&self.work)?);
        check_values(context, set.given().filter(|(property, texts)| property.is_list() || *texts != [""]))?;
        let store = context.store()?;
        let named = self.whole_ids(context, set)?;
        let which = Selection { which: &self.which, commit: self.commit, verb: "update" };
        let changed = change_named(context, &which, &mut |stored, transaction| {
            self.edit(stored, &named, store.config())?;
            // Only these can make somebody wait.
            if self.set.names_tickets() {
                forbid_cycles(transaction, vec![(stored.path.clone(), stored.document.clone())]);
            }
            match &self.more.reason {
                Some(reason) => add_comment(context, transaction, &stored.record.id, reason).map(|_| None),
                None => Ok(None),
            }
        })?;
        let updated = |stored: Stored<Ticket>| Updated {
            changed: self.more.reason.is_some() || changed.written.contains(&stored.path),
            title: self.title.as_ref().map_or(stored.record.properties.title, |title| text::one_line(title)),
            id: stored.record.id,
            path: stored.path,
        };
        Ok(changed.tickets.into_iter().map(updated).collect::<Vec<_>>().into())
    }
}

/// What is written, with the whole ids of the tickets that were named by a beginning or an alias.
struct Named {
    set: Properties,
    /// The kind of the parent, and what that is a part of itself.
    parent: Option<(Kind, Option<String>)>,
    unlink: Vec<String>,
}

impl Update {
    fn require_sense(&self) -> Result<(), TicketError> {
        if self.title.as_ref().is_some_and(|title| text::one_line(title).is_empty()) {
            return Err(TicketError::EmptyTitle);
        }
        let mut texts = [&self.title, &self.status, &self.description, &self.more.notes, &self.more.reason].into_iter();
        let nothing = self.set.is_empty()
            && self.work.is_empty()
            && texts.all(Option::is_none)
            && self.remove_label.is_empty()
            && self.remove_path.is_empty()
            && self.unlink.is_empty();
        if nothing { Err(TicketError::NothingToChange) } else { Ok(()) }
    }

    fn whole_ids(&self, context: &Context, mut set: Properties) -> Result<Named> {
        if !self.set.names_tickets() && self.unlink.is_empty() {
            return Ok(Named { set, parent: None, unlink: Vec::new() });
        }
        let store = context.store()?;
        let scan = store.list::<Ticket>(&store.work_tree());
        let mut said: Vec<String> = Vec::new();
        for id in &self.which.ids {
            let own = &store.find_in(&scan, &context.name_of(id))?.record;
            said.extend(own.others().map(str::to_owned));
            links::name_wholly((store, &scan), &mut set, Some(&own.id))?;
        }
        let parent = set
            .parent
            .as_ref()
            .filter(|parent| !parent.is_empty())
            .map(|parent| scan.find(parent).map(|found| (found.record.kind, found.record.parent.clone().into_inner())))
            .transpose()?;
        Ok(Named { set, parent, unlink: links::meant(&scan, &said, &self.unlink) })
    }

    fn edit(&self, stored: &mut Stored<Ticket>, named: &Named, config: &Config) -> Result<()> {
        if let Some(status) = &self.status {
            stored.record.require_status(self.expected.as_deref())?;
            let word = status_word(status, stored.record.dialect, config)?;
            set_status(stored, &word)?;
        }
        if let Some(title) = &self.title {
            write(stored, Property::Title, title)?;
        }
        for (property, texts) in named.set.given().filter(|(property, _)| *property != Property::Parent) {
            match texts.first() {
                Some(text) if !property.is_list() => write(stored, property, text)?,
                _ => change_list(stored, property, texts, &[])?,
            }
        }
        if named.set.parent.as_deref() == Some("") {
            let keys: Vec<&str> = stored.record.kind.parent_keys().collect();
            remove(stored, &keys)?;
        }
        if let (Some(parent), Some((kind, above))) = (named.set.parent.as_ref(), &named.parent) {
            let key = parent_key(&stored.document, stored.record.kind, *kind);
            stored.set(key, &Value::from(parent.as_str()))?;
            // What it was a part of until now; files of ai-trackdown also name what the parent is a part of.
            let says_other = |key: &&str| stored.document.text(key).is_some_and(|text| Some(&text) != above.as_ref());
            let stale: Vec<&str> = stored.record.kind.parent_keys().filter(|other| *other != key).filter(says_other).collect();
            remove(stored, &stale)?;
        }
        for property in Property::links().filter(|_| !named.unlink.is_empty()) {
            change_list(stored, property, &[], &named.unlink)?;
        }
        for (property, unwanted) in [(Property::Labels, &self.remove_label), (Property::Paths, &self.remove_path)] {
            if !unwanted.is_empty() {
                change_list(stored, property, &[], unwanted)?;
            }
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
pub fn status_word(word: &str, dialect: Dialect, config: &Config) -> Result<String, TicketError> {
    model::category(word, config).ok_or_else(|| TicketError::unknown_status(word, config))?;
    Ok(model::plain_category(word, config).map_or_else(|| word.to_owned(), |category| dialect.word(category).to_owned()))
}

/// Writes a single value under the key that the file has for it; with nothing in it, takes it away under whatever keys.
fn write(stored: &mut Stored<Ticket>, property: Property, text: &str) -> Result<()> {
    if text.is_empty() {
        return remove(stored, property.row().written);
    }
    let key = key_in(&stored.document, property);
    // Some dialects have a list of assignees; a name replaces the list, as it replaces a single name.
    let text = text::one_line(text);
    let value = if key == "assignees" { Value::texts([text]) } else { Value::from(text) };
    Ok(stored.set(key, &value)?)
}

fn remove(stored: &mut Stored<Ticket>, keys: &[&str]) -> Result<()> {
    for key in keys {
        stored.remove(key)?;
    }
    Ok(())
}

/// Takes `remove` out of every key that has it, and adds what is under none of them.
fn change_list(stored: &mut Stored<Ticket>, property: Property, add: &[String], remove: &[String]) -> Result<()> {
    for key in property.row().keys {
        let values = stored.document.texts(key);
        let kept: Vec<&String> = values.iter().filter(|value| !remove.contains(value)).collect();
        if kept.len() < values.len() {
            stored.set(key, &Value::texts(kept))?;
        }
    }
    let mut known = texts_of(&stored.document, property);
    let key = key_in(&stored.document, property);
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
