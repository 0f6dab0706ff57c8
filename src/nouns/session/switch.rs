//! `cmpm session switch`

use std::fmt::Write as _;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, Result, text};
use crate::context::Context;
use crate::nouns::memory::{BriefQuery, brief_memories};
use crate::nouns::ticket::Ticket;
use crate::report::{Metadata, Report, Screen, Tone, Verb};

use super::current::set_current;
use super::model::Session;
use super::show::Shown;

/// Go on with a session
///
/// It becomes the current one of this work tree. Shows where it was left, and the memories that say most about its notes and its
/// tickets. No branch is checked out and no file changes.
/// Example: `cmpm session switch login-form`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Switch {
    /// The session to go on with
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
        let words = words(context, &shown)?;
        let wanted = BriefQuery { text: &words, paths: &[], categories: &[], now: context.clock.now() };
        let memories = brief_memories(store, &store.work_tree(), &wanted).into_iter().map(|(id, line)| Relevant { id, line }).collect();
        let head = context.repository()?.head()?;
        let on_branch = head.branch().filter(|branch| shown.session().branch.as_deref() != Some(*branch)).map(str::to_owned);
        set_current(context, shown.session().id.as_str())?;
        Ok(Switched { shown, on_branch, memories })
    }
}

/// What the session is about, in words to search with.
fn words(context: &Context, shown: &Shown) -> Result<String> {
    let store = context.store()?;
    let session = shown.session();
    let mut words = vec![session.id.as_str().replace(['-', '_'], " "), shown.notes().to_owned()];
    let tickets = store.list::<Ticket>(&store.work_tree());
    words.extend(session.tickets.iter().filter_map(|id| Some(tickets.find(id).ok()?.record.title.clone())));
    Ok(words.join("\n"))
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
        out
    }
}
