//! `cmpm ticket comments`

use std::fmt::Write as _;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, Result, text};
use crate::context::Context;
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::words::{Kind, Takes};

use super::comment::{Remark, comments_of};
use super::model::Ticket;

/// Show what was said about a ticket
///
/// In order of time; `comment list` is the same.
/// Example: `cmpm issue comments ISS-7k3`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Comments {
    /// The kind the ticket must be of
    #[arg(skip)]
    pub kind: Option<Kind>,
    /// Ticket whose comments to show
    #[arg(add = Takes::Ticket)]
    id: String,
}

/// The comments on a ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Said {
    id: Id,
    comments: Vec<Remark>,
}

impl Verb for Comments {
    type Report = Said;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Said> {
        let store = context.store()?;
        let ticket = store.require::<Ticket>(&context.name_of(&self.id))?.record;
        ticket.require_kind(self.kind)?;
        Ok(Said { comments: comments_of(store, &store.work_tree(), &ticket.id), id: ticket.id })
    }
}

/// Comments as people read them, each under who wrote it and when.
pub fn render_remarks(remarks: &[Remark], screen: &Screen) -> String {
    let mut out = String::new();
    for remark in remarks {
        let author = remark.author.as_deref().unwrap_or("somebody");
        let when = remark.created.as_deref().unwrap_or("some time");
        let head = text::one_line(&format!("{author}, {when}"));
        let _ = writeln!(out, "\n{}\n{}", screen.paint(Tone::Title, &head), text::printable(&remark.text));
    }
    out
}

impl Report for Said {
    const SCHEMA: &'static str = "cmpm.ticket.comments/1";

    fn render(&self, screen: &Screen) -> String {
        if self.comments.is_empty() {
            return format!("Nothing was said about {} yet.\n", screen.paint(Tone::Key, self.id.as_str()));
        }
        render_remarks(&self.comments, screen).trim_start_matches('\n').to_owned()
    }
}
