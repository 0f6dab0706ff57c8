//! `cmpm session show`: a session with its notes.

use crate::report::prelude::*;
use crate::store::Stored;

use super::current::{find_current, named_or_current};
use super::model::Session;

/// Show a session
///
/// The current one, or the one named: what it is about, and its notes.
/// Example: `cmpm session show login-form`
#[derive(Debug, Args)]
pub struct Show {
    /// The session [default: the current one]
    #[arg(add = Takes::Session)]
    name: Option<String>,
}

/// A session with its notes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    #[serde(flatten)]
    session: Session,
    /// Whether it is the current one of this work tree.
    current: bool,
    path: RepoPath,
    /// The notes, in Markdown.
    notes: String,
}

impl Shown {
    /// What a file says.
    pub fn new(stored: Stored<Session>, current: bool) -> Self {
        let notes = stored.document.body().trim().to_owned();
        Self { session: stored.record, current, path: stored.path, notes }
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    pub fn notes(&self) -> &str {
        &self.notes
    }
}

impl Verb for Show {
    type Report = Shown;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Shown> {
        let name = named_or_current(context, self.name.as_ref())?;
        let stored = context.store()?.require::<Session>(&name)?;
        let current = find_current(context)?.is_some_and(|current| stored.record.id.is(&current));
        Ok(Shown::new(stored, current))
    }
}

impl Report for Shown {
    const SCHEMA: &'static str = "cmpm.session.show/1";

    fn render(&self, screen: &Screen) -> String {
        let session = &self.session;
        let mark = if self.current { " (current)" } else { "" };
        let mut out = format!("{}{mark}\n", screen.paint(Tone::Key, session.id.as_str()));
        let optional = |value: &Option<String>| value.clone().unwrap_or_default();
        let lines = [
            ("branch", optional(&session.branch)),
            ("tickets", session.tickets.join(", ")),
            ("paths", session.paths.join(", ")),
            ("created", optional(&session.created)),
            ("author", optional(&session.author)),
            ("file", self.path.to_string()),
        ];
        for (label, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = writeln!(out, "{}  {}", screen.paint(Tone::Quiet, &format!("{label:<7}")), text::one_line(value));
        }
        if !self.notes.is_empty() {
            let _ = writeln!(out, "\n{}", text::printable(&self.notes));
        }
        out
    }
}
