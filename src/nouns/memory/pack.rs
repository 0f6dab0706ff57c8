//! `cmpm memory pack`

use crate::base::{Explain, Explained};
use crate::nouns::agent::require_agent;
use crate::nouns::ticket::Ticket;
use crate::report::is_zero;
use crate::report::prelude::*;

use super::anchor::{Checker, Freshness, freshness};
use super::find::brief::said;
use super::find::choose::{Choice, Choices, Need, Role, choose};
use super::find::usage::Usage;
use super::find::work::{Work, head};
use super::model::Memory;

/// Bytes that are counted as one token.
pub(super) const TOKEN: usize = 4;
documented! {
    "docs/memory.md": "A token is counted as {} bytes", word(TOKEN);
    "src/nouns/memory/pack.rs": "(a token is counted as {} bytes)", word(TOKEN);
}
/// More of a memory than so many bytes is read with `memory show`.
const LONGEST: usize = 1200;

/// Pack the memories that a piece of work needs
///
/// Memories about a ticket, the tickets above it, and the files it touches, best first, in no more than that many tokens (a token
/// is counted as four bytes). A role is told its `memory_categories` only, the first of them first. Superseded and expired memories and those whose code is gone are left out, and of several that say
/// the same only the best is kept; the last line says how many, and how to get them. The same commit, day and arguments give the
/// same bytes.
/// Example: `cmpm memory pack --ticket TSK-7k3 --agent documentation --budget 2000`
#[derive(Debug, Args)]
pub struct Pack {
    /// What the work is about
    words: Vec<String>,
    /// The ticket
    #[arg(long, value_name = "ID", add = Takes::Ticket)]
    ticket: Option<String>,
    /// The role, which may receive only some categories
    #[arg(long, value_name = "AGENT", add = Takes::Agent)]
    agent: Option<String>,
    /// A file or glob that the work touches; may be given again
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    paths: Vec<String>,
    /// The largest number of tokens
    #[arg(long, value_name = "TOKENS", default_value_t = 4000)]
    budget: usize,
}

/// What a piece of work needs to know.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Packed {
    /// The memories, best first.
    memories: Vec<PackedMemory>,
    /// How many are left out for want of room.
    beyond_budget: usize,
    /// How many say what a better one says.
    alike: usize,
    /// How many are about code that is gone.
    orphaned: usize,
    /// How many were superseded or have expired.
    over: usize,
    /// How many nobody has verified.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    tainted: usize,
    /// Tokens that the text takes, a token being four bytes.
    tokens: usize,
    /// The whole text.
    text: String,
}

/// A memory of the pack.
#[derive(Debug, Serialize, JsonSchema)]
struct PackedMemory {
    id: Id,
    category: String,
    /// How much it is needed; comparable within one pack only.
    score: f64,
    /// Whether the code it is about is what it was.
    state: Freshness,
}

#[derive(Debug, thiserror::Error)]
enum PackError {
    #[error("there is nothing to pack memories for")]
    NoWork,
    /// Fewer tokens than it takes to say what is left out.
    #[error("a budget of {budget} is too small even for the line that says what was left out")]
    Budget { budget: usize, least: usize },
}

impl Explain for PackError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoWork => Explained::wrong("usage")
                .hint("name a ticket with `--ticket`, files with `--paths`, or say in words what the work is about"),
            Self::Budget { least, .. } => Explained::wrong("usage").hint(format!("give at least `--budget {least}`")),
        }
    }
}

impl Verb for Pack {
    type Report = WithFindings<Packed>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Packed>> {
        let store = context.store()?;
        let mut work = Work { about: self.words.join(" "), around: String::new(), paths: self.paths.clone() };
        if let Some(ticket) = &self.ticket {
            let listing = store.list::<Ticket>(&store.work_tree());
            work.add(&store.open(&store.work_tree(), store.find_in(&listing, &context.name_of(ticket))?)?, &listing);
        }
        if work.about.trim().is_empty() && work.paths.is_empty() {
            return Err(PackError::NoWork.into());
        }
        let agent = self.agent.as_ref().map(|name| require_agent(&store.work_tree(), name)).transpose()?;
        let role = agent.as_ref().map(|agent| Role { name: &agent.name, categories: &agent.memory_categories });
        let mut library = store.library::<Memory>(store.work_tree());
        let need = Need { work: &work, role: role.unwrap_or_default(), now: context.clock.now() };
        let checker = Checker::new(context.repository().ok());
        let choices = choose(&mut library, &need, (&checker, &Usage::load(&store.work_tree())));
        // The line names a bigger budget, so it grows a little with it.
        let needed = |budget| last_line((choices.best.len(), &choices), budget).len().div_ceil(TOKEN);
        let least = needed(self.budget.max(needed(self.budget)));
        if self.budget < least {
            return Err(PackError::Budget { budget: self.budget, least }.into());
        }
        Ok(pack(&choices, self.budget).with(library.findings()))
    }
}

/// Fills the budget; its last line belongs to what is left out.
fn pack(choices: &Choices, budget: usize) -> Packed {
    let whole = budget.saturating_mul(TOKEN);
    let room = whole.saturating_sub(last_line((choices.best.len(), choices), budget).len());
    let (mut text, mut memories, mut beyond) = (String::new(), Vec::new(), 0);
    for choice in &choices.best {
        let entry = entry(choice);
        if text.len() + entry.len() > room {
            beyond += 1;
            continue;
        }
        text.push_str(&entry);
        let Memory { id, category, .. } = &choice.stored.record;
        memories.push(PackedMemory { id: id.clone(), category: category.clone(), score: choice.score, state: freshness(&choice.anchors) });
    }
    let last = last_line((beyond, choices), budget);
    text.push_str(head(&last, whole.saturating_sub(text.len())));
    Packed {
        memories,
        beyond_budget: beyond,
        alike: choices.alike,
        orphaned: choices.orphaned,
        over: choices.over,
        tainted: choices.tainted,
        tokens: text.len().div_ceil(TOKEN),
        text,
    }
}

fn entry(choice: &Choice) -> String {
    let memory = &choice.stored.record;
    let said = said(&choice.stored);
    let cut = head(&said, LONGEST);
    let more = if cut.len() < said.len() { format!("… (`cmpm memory show {}` has the rest)", memory.id) } else { String::new() };
    let drifted = choice.anchors.iter().find(|anchor| anchor.state != Freshness::Fresh);
    let drifted = drifted.map(|anchor| format!(" [may no longer apply: {}]", anchor.phrase())).unwrap_or_default();
    let category = text::one_line(&memory.category);
    format!("- {} ({category}{}) {cut}{more}{drifted}\n", memory.id, choice.remark())
}

fn last_line((beyond, choices): (usize, &Choices), budget: usize) -> String {
    match choices.left_out(beyond, "beyond the budget") {
        None => "No memories match.\n".to_owned(),
        // A bigger budget brings back only what found no room.
        Some(left_out) if beyond == 0 => format!("{left_out}; `cmpm memory search` shows more.\n"),
        Some(left_out) => format!("{left_out}; `--budget {}` or `cmpm memory search` shows more.\n", budget.saturating_mul(2)),
    }
}

impl Report for Packed {
    const SCHEMA: &'static str = "cmpm.memory.pack/1";

    fn render(&self, _: &Screen) -> String {
        self.text.clone()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::nouns::memory::testing::memory;

    fn choices(bodies: &[String]) -> Choices {
        let choice = |(index, body): (usize, &String)| Choice {
            stored: memory(&format!("MEM-{index}"), "Title", body),
            score: 1.0,
            anchors: Vec::new(),
        };
        Choices { best: bodies.iter().enumerate().map(choice).collect(), alike: 2, ..Choices::default() }
    }

    proptest! {
        #[test]
        fn the_budget_is_never_exceeded(bodies in prop::collection::vec("[a-zé ]{0,400}", 0..12), budget in 0_usize..600) {
            let packed = pack(&choices(&bodies), budget);
            prop_assert!(packed.text.len() <= budget * TOKEN && packed.tokens <= budget);
            prop_assert_eq!(packed.memories.len() + packed.beyond_budget, bodies.len());
        }
    }

    #[test]
    fn what_is_left_out_is_told() {
        let packed = pack(&choices(&["x".repeat(3000), "short".into()]), 120);
        assert_eq!(
            packed.text,
            "- MEM-1 (pattern) Title. short\nLeft out: 1 beyond the budget, 2 that say the same; `--budget 240` or `cmpm memory search` shows more.\n"
        );
        assert!(pack(&choices(&["x".repeat(3000)]), 4000).text.contains("`cmpm memory show MEM-0` has the rest"));
    }
}
