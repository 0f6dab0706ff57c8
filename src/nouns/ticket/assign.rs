//! `cmpm ticket assign`

use crate::document::Value;
use crate::report::prelude::*;
use crate::words::{Properties, Property};

use super::change::which::Which;
use super::file::values::check_values;
use super::model::dialect::key_in;
use super::view::filter::person_meant;

/// Assign a ticket
///
/// Replaces whoever was named before.
/// Example: `cmpm issue assign ISS-7k3 ana`
#[derive(Debug, Args)]
pub struct Assign {
    #[command(flatten)]
    pub which: Which,
    /// Who works on it; `me` for you, `none` for nobody
    #[arg(value_name = "NAME", required_unless_present = "assignee", add = Takes::Person)]
    name: Option<String>,
    /// The same, as a flag
    #[arg(long, short, alias = "to", value_name = "NAME", conflicts_with = "name", add = Takes::Person)]
    assignee: Option<String>,
    /// Commit what was written
    #[arg(long)]
    commit: bool,
}

/// A ticket with its new assignee.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Assigned {
    id: Id,
    title: String,
    /// Absent if nobody works on it now.
    assignee: Option<String>,
    /// Whether any byte of the file is different now.
    changed: bool,
}

impl Verb for Assign {
    type Report = Assigned;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Assigned> {
        let name = self.name.or(self.assignee).map(|name| person_meant(context, &name)).transpose()?;
        let name = name.filter(|name| !name.is_empty());
        let written = Properties { assignee: name.clone().into(), ..Properties::default() };
        check_values(context, written.given())?;
        let ready = context.ready_to_commit(self.commit)?;
        let (stored, written) = self.which.update(context, "ticket assign", |stored, _| {
            let key = key_in(&stored.document, Property::Assignee);
            let value = match (&name, key) {
                (Some(name), "assignees") => Value::texts([name]),
                (None, "assignees") => Value::texts::<String>([]),
                (Some(name), _) => Value::from(name.as_str()),
                (None, _) if stored.document.field(key).is_none() => return Ok(()),
                (None, _) => Value::from(""),
            };
            Ok(stored.set(key, &value)?)
        })?;
        let ticket = stored.record;
        ready.commit_paths(&written, &format!("assign {}: {}", ticket.id, ticket.title))?;
        Ok(Assigned { id: ticket.id, title: ticket.properties.title, assignee: name, changed: !written.is_empty() })
    }
}

impl Report for Assigned {
    const SCHEMA: &'static str = "cmpm.ticket.assign/1";

    fn render(&self, screen: &Screen) -> String {
        let id = screen.paint(Tone::Key, self.id.as_str());
        match &self.assignee {
            Some(name) => format!("{id} is {}'s: {}\n", text::one_line(name), text::one_line(&self.title)),
            None => format!("{id} is unassigned: {}\n", text::one_line(&self.title)),
        }
    }
}
