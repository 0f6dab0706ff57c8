//! `cmpm delegate take`

use crate::base::{Explain, Explained, Failure};
use crate::nouns::memory::require_clean;
use crate::nouns::ticket;
use crate::report::prelude::*;
use crate::run::{Proposal, Run};

/// Take what an agent proposes beside its change: tickets and comments
///
/// Without a name it lists the proposals (nobody checked these words); with names, or `--all`, it writes them: a ticket names the one
/// that it was found with, a comment goes to the run's ticket. A text with a secret in it is refused. Each is taken once, also after the
/// run was approved or rejected.
/// Example: `cmpm delegate take RUN-4f2 flaky-test`
#[derive(Debug, Args)]
pub struct Take {
    /// The run; the only one that waits for review if left out
    #[arg(add = Takes::Run)]
    run: Option<String>,
    /// The proposals to take, by name
    #[arg(value_name = "NAME", conflicts_with = "all")]
    names: Vec<String>,
    /// Take all of them
    #[arg(long)]
    all: bool,
}

/// What is proposed, and what was taken now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Taken {
    run: Id,
    /// What is left.
    proposals: Vec<Proposal>,
    taken: Vec<TakenProposal>,
}

/// A proposal that was taken.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TakenProposal {
    name: String,
    /// The new ticket, or the one that was commented on.
    ticket: Id,
    path: RepoPath,
}

#[derive(Debug, thiserror::Error)]
enum TakeError {
    #[error("{run} proposes nothing called `{name}`")]
    NoProposal { run: Id, name: String, known: Vec<String> },
    #[error("the proposal `{name}` was not taken: {cause}")]
    NotTaken { name: String, cause: Failure },
    #[error("the proposal `{name}` is of the kind `{kind}`")]
    NoKind { name: String, kind: String },
}

impl Explain for TakeError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoProposal { known, .. } if known.is_empty() => {
                Explained::wrong("not_found").hint("all of it was taken, or there was nothing")
            }
            Self::NoProposal { known, .. } => Explained::wrong("not_found").hint(format!("there are {}", known.join(", "))),
            Self::NotTaken { .. } => Explained::wrong("bad_proposal").hint("write it yourself: `cmpm issue create`, `cmpm ticket comment`"),
            Self::NoKind { .. } => Explained::wrong("bad_proposal").hint("proposals are an issue, task, epic, pr or comment"),
        }
    }
}

impl Verb for Take {
    type Report = Taken;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Taken> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let run = super::require(context, &runs, self.run.as_deref())?;
        let mut proposals = runs.proposals(&run)?;
        for name in &self.names {
            if proposals.iter().all(|proposal| proposal.name != *name) {
                let known = proposals.into_iter().map(|proposal| proposal.name).collect();
                return Err(TakeError::NoProposal { run: run.job.run, name: name.clone(), known }.into());
            }
        }
        let mut taken = Vec::new();
        for proposal in proposals.iter().filter(|proposal| self.all || self.names.contains(&proposal.name)) {
            let name = proposal.name.clone();
            let (ticket, path) = write(context, &run, proposal).map_err(|cause| TakeError::NotTaken { name: name.clone(), cause })?;
            runs.put_aside(&run, proposal)?;
            taken.push(TakenProposal { name, ticket, path });
        }
        proposals.retain(|proposal| taken.iter().all(|taken| taken.name != proposal.name));
        Ok(Taken { run: run.job.run, proposals, taken })
    }
}

/// What the scanner calls the text of a proposal.
const PLACE: RepoPath = RepoPath::of("proposal.md");

/// Writes what a proposal says, by the verb that a person would use.
fn write(context: &Context, run: &Run, proposal: &Proposal) -> Result<(Id, RepoPath)> {
    let job = &run.job;
    let whose = format!("Proposed by the agent {} in {}.", job.agent.name, job.run);
    let text = format!("{}\n\n{whose}", proposal.text);
    require_clean(context, &PLACE, &format!("{}\n\n{text}", proposal.title))?;
    if proposal.kind == "comment" {
        return ticket::comment_typed(context, vec![job.ticket.id.to_string(), text]);
    }
    if !["issue", "task", "epic", "pr"].contains(&proposal.kind.as_str()) {
        return Err(TakeError::NoKind { name: proposal.name.clone(), kind: proposal.kind.clone() }.into());
    }
    let mut typed = vec![format!("--title={}", proposal.title), format!("--kind={}", proposal.kind), format!("--description={text}")];
    typed.push(format!("--discovered-from={}", job.ticket.id));
    for (key, flag) in [("priority", "priority"), ("labels", "label"), ("paths", "path"), ("acceptance", "acceptance"), ("agent", "agent")]
    {
        let values = proposal.document.texts(key).into_iter().map(|value| text::one_line(&value));
        typed.extend(values.map(|value| format!("--{flag}={value}")));
    }
    if proposal.kind == "task" {
        typed.push(format!("--parent={}", job.ticket.id));
    }
    ticket::create_typed(context, typed)
}

/// Proposals for a reviewer, each text in lines that begin with `>`.
pub fn render(proposals: &[Proposal]) -> String {
    let one = |proposal: &Proposal| {
        let quoted: String = proposal.text.lines().map(|line| format!("  > {line}\n")).collect();
        format!("- {} ({}): {}\n{quoted}", proposal.name, proposal.kind, proposal.title)
    };
    proposals.iter().map(one).collect()
}

impl Report for Taken {
    const SCHEMA: &'static str = "cmpm.delegate.take/1";

    fn render(&self, screen: &Screen) -> String {
        let line = |taken: &TakenProposal| {
            let path = screen.paint(Tone::Quiet, &taken.path.to_string());
            format!("Took {}: {} {path}\n", taken.name, screen.paint(Tone::Key, taken.ticket.as_str()))
        };
        let out: String = self.taken.iter().map(line).collect();
        match (self.taken.is_empty(), self.proposals.is_empty()) {
            (true, true) => format!("{} proposes nothing.\n", self.run),
            (true, false) => render(&self.proposals) + &format!("next: cmpm delegate take {} NAME, or --all\n", self.run),
            _ => out,
        }
    }
}
