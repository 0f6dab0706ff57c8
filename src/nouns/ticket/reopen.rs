//! `cmpm ticket reopen`

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, Result, text};
use crate::context::Context;
use crate::document::Value;
use crate::report::{Metadata, Report, Screen, Tone, Verb};

use super::comment::add_comment;
use super::dialect::{key_in, keys};
use super::model::{Kind, Ticket};

/// Open a finished ticket again
///
/// Example: `cmpm issue reopen ISS-7k3 -m "it came back"`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Reopen {
    /// The kind the ticket must be of
    #[arg(skip)]
    pub kind: Option<Kind>,
    /// Ticket to open again
    id: String,
    /// Why
    #[arg(long, short = 'm', value_name = "TEXT")]
    reason: Option<String>,
    /// Commit what was written
    #[arg(long)]
    #[serde(default)]
    commit: bool,
}

/// A ticket that is open again.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reopened {
    id: Id,
    title: String,
    status: String,
}

impl Verb for Reopen {
    type Report = Reopened;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Reopened> {
        let store = context.store()?;
        let (stored, written) = store.update::<Ticket>(&self.id, |stored, transaction| {
            stored.record.require_kind(self.kind)?;
            let word = stored.record.reopened_word()?;
            stored.set(key_in(&stored.document, keys::STATUS), &Value::from(word))?;
            stored.record.status = word.to_owned();
            match &self.reason {
                Some(reason) => add_comment(context, transaction, &stored.record.id, reason).map(|_| ()),
                None => Ok(()),
            }
        })?;
        let ticket = stored.record;
        if self.commit {
            context.repository()?.commit_paths(&written, &format!("reopen {}: {}", ticket.id, ticket.title))?;
        }
        Ok(Reopened { id: ticket.id, title: ticket.title, status: ticket.status })
    }
}

impl Report for Reopened {
    const SCHEMA: &'static str = "cmpm.ticket.reopen/1";

    fn render(&self, screen: &Screen) -> String {
        format!("Reopened {}: {}\n", screen.paint(Tone::Key, self.id.as_str()), text::one_line(&self.title))
    }
}
