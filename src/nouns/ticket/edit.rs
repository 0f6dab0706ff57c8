//! `cmpm ticket edit`

use crate::base::{Explain, Explained, Severity};
use crate::document::Document;
use crate::exchange::edit_text;
use crate::report::prelude::*;
use crate::store::{Entry, Record, Stored, problems};
use crate::words::{Kind, Priority, Property};

use super::change::which::Which;
use super::file::values::{ValueError, check_values};
use super::model::cycle::forbid_cycles;
use super::model::{Ticket, TicketError, category};

/// Edit the file of a ticket in your editor
///
/// The editor is git's: `GIT_EDITOR`, `core.editor`, `VISUAL` or `EDITOR`. What is wrong with the file afterwards is said, and then
/// nothing is written: your text stays in a file that the message names.
/// Example: `cmpm issue edit ISS-7k3`
#[derive(Debug, Args)]
pub struct Edit {
    #[command(flatten)]
    pub which: Which,
    /// Commit what was written
    #[arg(long)]
    commit: bool,
}

/// An edited ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Edited {
    id: Id,
    title: String,
    path: RepoPath,
    /// Whether any byte of the file is different now.
    changed: bool,
}

#[derive(Debug, thiserror::Error)]
enum EditError {
    #[error("{path} came back empty from the editor")]
    Empty { path: RepoPath },
    #[error("this is no longer a ticket: {finding}")]
    Invalid { finding: Finding },
    #[error("`id` was changed from `{id}` to `{found}`, but other files refer to the ticket by its id")]
    OtherId { id: Id, found: Id },
    #[error("{path} was changed while it was in the editor")]
    Changed { path: RepoPath },
}

impl Explain for EditError {
    fn explain(&self) -> Explained {
        match self {
            Self::Empty { .. } => Explained::wrong("empty")
                .hint("nothing was written; a ticket that is not wanted any more is cancelled, or its file removed with git"),
            Self::Invalid { .. } => Explained::wrong("invalid").hint("correct the text in that file and copy it over; nothing was written"),
            Self::OtherId { .. } => Explained::wrong("other_id").hint("leave `id` as it is, or write the other one under `aliases`"),
            Self::Changed { .. } => Explained::wrong("changed").hint("edit it again, and take over what you wrote"),
        }
    }
}

impl Verb for Edit {
    type Report = Edited;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Edited> {
        let ready = context.ready_to_commit(self.commit)?;
        let before = self.which.require(context)?;
        let (stored, written) = edit_text(context, before.document.as_str())?.used(|text| write(context, &before, text))?;
        ready.commit_paths(&written, &format!("edit {}: {}", stored.record.id, stored.record.title))?;
        Ok(Edited { id: stored.record.id, title: stored.record.properties.title, path: stored.path, changed: !written.is_empty() })
    }
}

/// Writes the text if it is still that ticket, and nobody else wrote meanwhile.
fn write(context: &Context, before: &Stored<Ticket>, text: String) -> Result<(Stored<Ticket>, Vec<RepoPath>)> {
    let store = context.store()?;
    if text.trim().is_empty() {
        return Err(EditError::Empty { path: before.path.clone() }.into());
    }
    let document = Ticket::document(text.into_bytes());
    let mut findings = problems(&before.path, &document);
    let read = Ticket::read(&Entry { path: &before.path, document: &document, config: store.config() }, &mut findings);
    let wrong = findings.into_iter().find(|finding| finding.severity == Severity::Error);
    let record = match (read, wrong) {
        (Ok(record), None) => record,
        (Err(finding), _) | (Ok(_), Some(finding)) => return Err(EditError::Invalid { finding }.into()),
    };
    if record.id != before.record.id {
        return Err(EditError::OtherId { id: before.record.id.clone(), found: record.id }.into());
    }
    check_new_words(context, before, (&record, &document))?;
    let name = before.path.lossy().into_owned();
    store.update::<Ticket>("ticket edit", &name, |stored, transaction| {
        if stored.document.bytes() != before.document.bytes() {
            return Err(EditError::Changed { path: stored.path.clone() }.into());
        }
        stored.document = Document::clone(&document);
        stored.record = record.clone();
        forbid_cycles(transaction, vec![(stored.path.clone(), document.clone())]);
        Ok(())
    })
}

/// Refuses what `update` would refuse, where it was not there before.
fn check_new_words(context: &Context, before: &Stored<Ticket>, (after, document): (&Ticket, &Document)) -> Result<()> {
    let config = context.store()?.config();
    if after.status != before.record.status && category(&after.status, config).is_none() {
        return Err(TicketError::unknown_status(&text::one_line(&after.status), config).into());
    }
    let kind = document.text("kind").filter(|kind| before.document.text("kind").as_ref() != Some(kind));
    if let Some(kind) = kind.filter(|kind| Kind::parse(kind).is_none()) {
        return Err(ValueError::Kind { text: text::one_line(&kind) }.into());
    }
    let priority = after.priority.as_ref().filter(|priority| before.record.priority.as_ref() != Some(priority));
    if let Some(priority) = priority.filter(|priority| Priority::of_file(priority).is_none()) {
        return Err(ValueError::Priority { text: text::one_line(priority) }.into());
    }
    let is_new = |(property, texts): &(Property, &[String])| before.record.texts(*property) != *texts && property.row().flag.is_some();
    check_values(context, after.given().filter(is_new))
}

impl Report for Edited {
    const SCHEMA: &'static str = "cmpm.ticket.edit/1";

    fn render(&self, screen: &Screen) -> String {
        let word = if self.changed { "Updated" } else { "Nothing to change in" };
        format!("{word} {}: {}\n", screen.paint(Tone::Key, self.id.as_str()), text::one_line(&self.title))
    }
}
