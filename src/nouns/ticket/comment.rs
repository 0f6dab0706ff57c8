//! `cmpm ticket comment`

use crate::report::prelude::*;

use super::change::typed::as_typed;
use super::change::which::Which;
use super::file::comment::add_comment;

/// Add a comment to a ticket
///
/// Each comment is a file of its own, so that two people never edit the same lines. `-` reads standard input.
/// `comment add` is the same, `comment list` shows what was said.
/// Example: `cmpm issue comment ISS-7k3 "tried it on Linux, works"`
#[derive(Debug, Args)]
pub struct AddComment {
    #[command(flatten)]
    pub which: Which,
    /// The text; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    text: String,
    /// Commit the new file
    #[arg(long)]
    commit: bool,
}

/// A new comment.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Commented {
    id: Id,
    path: RepoPath,
}

impl Verb for AddComment {
    type Report = Commented;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Commented> {
        let store = context.store()?;
        let stored = self.which.require(context)?;
        let text = if self.text == "-" { context.read_input()? } else { self.text };
        let ready = context.ready_to_commit(self.commit)?;
        let mut transaction = store.transaction("ticket comment");
        let path = add_comment(context, &mut transaction, &stored.record.id, &text)?;
        let written = transaction.commit()?;
        ready.commit_paths(&written, &format!("comment on {}", stored.record.id))?;
        Ok(Commented { id: stored.record.id, path })
    }
}

/// Comments with these arguments, as if they were typed.
pub fn comment_typed(context: &Context, typed: Vec<String>) -> Result<(Id, RepoPath)> {
    let Commented { id, path } = as_typed::<AddComment>(typed)?.run(context)?;
    Ok((id, path))
}

impl Report for Commented {
    const SCHEMA: &'static str = "cmpm.ticket.comment/1";

    fn render(&self, screen: &Screen) -> String {
        let id = screen.paint(Tone::Key, self.id.as_str());
        format!("Commented on {id}\n{}\n", screen.paint(Tone::Quiet, &self.path.to_string()))
    }
}
