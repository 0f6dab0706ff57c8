//! `cmpm agent select`

use crate::nouns::ticket::{Look, Picture};
use crate::report::prelude::*;
use crate::store::Snapshot;

use super::Grounds;
use super::score::{CAPABILITY, Choice, PERFORMANCE, WORKLOAD};

/// Say which agent suits a ticket best
///
/// Weighs 0.4 × capability (the ticket's words and files against each agent's description, capabilities and paths), 0.4 × performance
/// (the share of its runs that were merged) and 0.2 × workload (its open runs). What is not known is left out; equally good ones come in
/// order of their names. `delegate run --agent auto` takes the first.
/// Example: `cmpm agent select ISS-7k3 --explain`
#[derive(Debug, Args)]
pub struct Select {
    /// The ticket
    #[arg(add = Takes::OpenTicket)]
    ticket: String,
    /// Show each part, from how many runs it comes, and where it is from
    #[arg(long)]
    explain: bool,
}

/// The agents that may write something, best first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Selected {
    ticket: Id,
    /// The best one; nothing if no agent fits in anything.
    agent: Option<String>,
    agents: Vec<Choice>,
    #[serde(skip)]
    explain: bool,
}

/// So many are named unless all is explained.
const NAMED: usize = 3;

impl Verb for Select {
    type Report = Selected;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Selected> {
        let store = context.store()?;
        let picture = Picture::load(context, Look::default())?;
        let listed = picture.find_here(&context.name_of(&self.ticket))?;
        let snapshot = Snapshot::WorkTree(context.root()?);
        let stored = store.open(&snapshot, listed)?;
        let trust = super::super::trust(context)?;
        let runs = super::super::runs(context, &trust)?;
        let tree = context.repository()?.head()?.oid();
        let agents = Grounds { store, snapshot: &snapshot, tree, runs: &runs }.choose(&stored)?;
        let agent = agents.first().filter(|choice| choice.capability.score > 0.0).map(|choice| choice.agent.clone());
        Ok(Selected { ticket: stored.record.id.clone(), agent, agents, explain: self.explain })
    }
}

impl Choice {
    /// Its parts, each with what it is from.
    fn render(&self, screen: &Screen) -> String {
        let (capability, workload) = (&self.capability, &self.workload);
        let mut from = Vec::new();
        if !capability.matched.is_empty() {
            from.push(format!("its file has {}", capability.matched.join(", ")));
        }
        if capability.files > 0 {
            from.push(format!("it may write {} of {}", capability.covered, text::plural(capability.files, "file")));
        }
        let mut out = format!("{}  {:.2}\n", screen.paint(Tone::Key, &self.agent), self.score);
        let mut line = |part: &str, weight: f64, (score, why): (Option<f64>, String)| {
            let said = score.map_or_else(|| "unknown".to_owned(), |score| format!("{weight} × {score:.2}"));
            let _ = writeln!(out, "  {part:<12} {said:<11}  {}", screen.paint(Tone::Quiet, &text::one_line(&why)));
        };
        line(
            "capability",
            CAPABILITY,
            (Some(capability.score), if from.is_empty() { "nothing in common".into() } else { from.join("; ") }),
        );
        let runs = self.performance.as_ref().map(|done| {
            let all = text::plural((done.merged + done.failed) as usize, "run page");
            format!("{} merged, {} failed or rejected, of {all} in .cmpm/runs", done.merged, done.failed)
        });
        let score = self.performance.as_ref().map(|done| done.score);
        line("performance", PERFORMANCE, (score, runs.unwrap_or_else(|| "no run of it was decided here yet; left out".to_owned())));
        line("workload", WORKLOAD, (Some(workload.score), format!("{} in this clone", text::plural(workload.open as usize, "open run"))));
        out
    }
}

impl Report for Selected {
    const SCHEMA: &'static str = "cmpm.agent.select/1";

    fn render(&self, screen: &Screen) -> String {
        if self.agents.is_empty() {
            return "No agent may write anything.\n".to_owned();
        }
        if self.explain {
            return self.agents.iter().map(|choice| choice.render(screen)).collect();
        }
        if self.agent.is_none() {
            return format!("No agent has anything in common with {}; `--explain` says more.\n", self.ticket);
        }
        let fits = self.agents.iter().filter(|choice| choice.capability.score > 0.0).take(NAMED);
        fits.map(|choice| format!("{}  {:.2}\n", screen.paint(Tone::Key, &choice.agent), choice.score)).collect()
    }

    fn exit(&self) -> Exit {
        if self.agent.is_some() { Exit::Done } else { Exit::No }
    }
}
