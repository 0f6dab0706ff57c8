//! `cmpm session switch`

use crate::nouns::memory::{Brief, BriefQuery, Role, Work, brief_memories};
use crate::nouns::ticket::Ticket;
use crate::report::prelude::*;
use crate::store::Store;

use super::current::set_current;
use super::model::Session;
use super::show::Shown;

/// How many bytes of the notes are searched for.
const NOTES: usize = 4000;

/// Switch to a session
///
/// It becomes the current one of this work tree. Shows where it was left, and the memories that say most about its notes and its
/// tickets. No branch is checked out and no file changes.
/// Example: `cmpm session switch login-form`
#[derive(Debug, Args)]
pub struct Switch {
    /// The session to switch to
    #[arg(add = Takes::Session)]
    name: String,
}

/// A session that is gone on with.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Switched {
    #[serde(flatten)]
    shown: Shown,
    /// The branch that is checked out, where it is another one than the session's.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_branch: Option<String>,
    /// The memories that say most about it, best first.
    memories: Vec<Relevant>,
    /// What was left out, and how to get it.
    #[serde(skip_serializing_if = "String::is_empty")]
    left_out: String,
}

/// A memory in one line.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Relevant {
    id: Id,
    line: String,
}

impl Verb for Switch {
    type Report = Switched;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Switched> {
        let store = context.store()?;
        let stored = store.require::<Session>(&self.name)?;
        let shown = Shown::new(stored, true);
        let work = work(store, &shown);
        let more = more(shown.session());
        let wanted = BriefQuery { work: &work, role: Role::default(), more: &more, now: context.clock.now() };
        let Brief { memories, left_out } = brief_memories(store, &store.work_tree(), &wanted);
        let memories = memories.into_iter().map(|(id, line)| Relevant { id, line }).collect();
        let head = context.repository()?.head()?;
        let on_branch = head.branch().filter(|branch| shown.session().branch.as_deref() != Some(*branch)).map(str::to_owned);
        set_current(context, shown.session().id.as_str())?;
        Ok(Switched { shown, on_branch, memories, left_out })
    }
}

/// What the session is about: its name and notes, its files, and its tickets with those above them.
fn work(store: &Store, shown: &Shown) -> Work {
    let session = shown.session();
    // Where it was left says more than how it began.
    let notes = shown.notes();
    let latest = (notes.len().saturating_sub(NOTES)..=notes.len()).find_map(|start| notes.get(start..)).unwrap_or_default();
    let about = format!("{}\n{latest}", session.id.as_str().replace(['-', '_'], " "));
    let mut work = Work { about, around: String::new(), paths: session.paths.clone() };
    let tickets = store.list::<Ticket>(&store.work_tree());
    let open = |id: &String| store.open(&store.work_tree(), tickets.find(id).ok()?).ok();
    for ticket in session.tickets.iter().filter_map(open) {
        work.add(&ticket, &tickets);
    }
    work
}

/// The command that shows more of what the session needs to know.
fn more(session: &Session) -> String {
    let ticket = session.tickets.first().map(|ticket| format!(" --ticket {ticket}"));
    let paths = (!session.paths.is_empty())
        .then(|| format!(" --paths {}", session.paths.iter().map(|path| format!("'{path}'")).collect::<Vec<_>>().join(" ")));
    match (ticket, paths) {
        (None, None) => "cmpm memory search".to_owned(),
        (ticket, paths) => format!("cmpm memory pack{}{}", ticket.unwrap_or_default(), paths.unwrap_or_default()),
    }
}

impl Report for Switched {
    const SCHEMA: &'static str = "cmpm.session.switch/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = self.shown.render(screen);
        if let (Some(here), Some(there)) = (&self.on_branch, &self.shown.session().branch) {
            let line = format!("the session was on {}; here is {}", text::one_line(there), text::one_line(here));
            let _ = writeln!(out, "\n{}", screen.paint(Tone::Careful, &line));
        }
        if !self.memories.is_empty() {
            let _ = writeln!(out, "\n{}", screen.paint(Tone::Title, "Memories about it"));
        }
        for memory in &self.memories {
            let _ = writeln!(out, "{}  {}", screen.paint(Tone::Key, memory.id.as_str()), text::one_line(&memory.line));
        }
        if !self.left_out.is_empty() {
            let _ = writeln!(out, "{}", screen.paint(Tone::Quiet, &text::one_line(&self.left_out)));
        }
        out
    }
}
