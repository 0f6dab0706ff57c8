//! `cmpm session list`

use crate::report::TableColumn;
use crate::report::prelude::*;
use crate::store::Listing;

use super::current::find_current;
use super::model::Session;

/// List sessions
///
/// The current one of this work tree is marked.
/// Example: `cmpm session list`
#[derive(Debug, Args)]
pub struct List {}

/// Sessions.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sessions {
    /// In order of their names.
    sessions: Vec<Session>,
    /// The current one of this work tree.
    current: Option<String>,
}

impl Verb for List {
    type Report = WithFindings<Sessions>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Sessions>> {
        let store = context.store()?;
        let Listing { records, findings } = store.list::<Session>(&store.work_tree());
        let sessions = records.into_iter().map(|stored| stored.record).collect();
        Ok(Sessions { sessions, current: find_current(context)? }.with(findings))
    }
}

impl Report for Sessions {
    const SCHEMA: &'static str = "cmpm.session.list/1";

    fn render(&self, screen: &Screen) -> String {
        if self.sessions.is_empty() {
            return "No sessions.\n".to_owned();
        }
        let mut table = Table::new(["".into(), "NAME".into(), TableColumn::weighing(1, "BRANCH"), "TICKETS".into()]);
        for session in &self.sessions {
            let mark = if self.current.as_ref().is_some_and(|current| session.id.is(current)) { "*" } else { " " };
            let branch = session.branch.as_deref().unwrap_or("-");
            let tickets = if session.tickets.is_empty() { "-".to_owned() } else { session.tickets.join(", ") };
            table.row([(mark, None), (session.id.as_str(), Some(Tone::Key)), (branch, None), (&tickets, None)]);
        }
        table.render(screen)
    }
}
