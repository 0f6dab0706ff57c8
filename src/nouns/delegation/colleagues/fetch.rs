//! `cmpm delegate fetch`

use crate::report::prelude::*;
use crate::run::{Job, OnShelf, Outcome, Queue, Runs, ShareError, SharedRun};

use super::super::authors::Authors;
use super::super::dispatch::Dispatch;
use super::super::dispatch::request::Request;
use super::super::row::{RunRow, next_step, render_reasons, render_rows};
use super::share::Place;

/// Take a run that a colleague shared
///
/// Without a run it lists what is shared there. A run that is taken waits for review here as if it had been made here: its role, gates and settings are those of
/// your own target, and policy and gates run on it anew; of the verdict that it came with nothing counts. Of a run that is here already only the comments are taken.
/// Example: `cmpm delegate fetch RUN-4f2 --remote origin`
#[derive(Debug, Args)]
pub struct Fetch {
    /// Run to take
    run: Option<String>,
    #[command(flatten)]
    place: Place,
    /// Fail instead of waiting when all slots are taken
    #[arg(long)]
    no_wait: bool,
}

/// What would work on a run that was taken where no agent program is installed.
const NOBODY: [&str; 3] =
    ["sh", "-c", "echo 'no agent program is installed here; `cmpm delegate revise --by-hand` is the way' >&2; exit 1"];

/// What is shared, or what was taken of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Fetched {
    Listed {
        shared: Vec<SharedRun>,
    },
    Taken {
        #[serde(flatten)]
        row: Box<RunRow>,
    },
    Known {
        run: Id,
        /// How many comments are new here.
        comments: usize,
    },
}

impl Verb for Fetch {
    type Report = Fetched;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Fetched> {
        let trust = super::super::trust(context)?;
        let runs = super::super::runs(context, &trust)?;
        let all = runs.find_shared(&self.place.shelf(context))?;
        let Some(query) = &self.run else { return Ok(Fetched::Listed { shared: all.into_iter().map(|found| found.shared).collect() }) };
        let missing = || ShareError::NotThere { query: text::one_line(query) };
        let found = all.into_iter().find(|found| found.shared.run.starts_with(query)).ok_or_else(missing)?;
        let authors = Authors::at(context, found.shared.base);
        let know = |name: &str| authors.know(name);
        if let Some(run) = runs.list()?.into_iter().find(|run| run.job.run == found.shared.run) {
            return Ok(Fetched::Known { comments: runs.take_comments(&run, &found, &know)?, run: run.job.run });
        }
        let queue = Queue { places: context.config()?.delegate.max_parallel, wait: !self.no_wait, forced: false };
        let run = runs.take_shared(job(context, &runs, &found)?, &found, (&know, queue))?;
        Ok(Fetched::Taken { row: Box::new(RunRow::from(&run)) })
    }
}

/// The job as this clone would give it out, with the name and the base that it has there.
fn job(context: &Context, runs: &Runs<'_>, found: &OnShelf) -> Result<Job> {
    let SharedRun { run, ticket, agent, target, base, .. } = &found.shared;
    let tickets = [ticket.to_string()];
    // No agent works on it for now, so no text can make one do anything; and nothing is accepted for later.
    let request =
        Request { tickets: &tickets, agent: Some(agent), into: Some(target), force: true, accept_risk: true, ..Request::default() };
    // Who has no agent program can decide all the same, and change it by hand.
    let nobody = NOBODY.map(str::to_owned);
    let command = ["command".to_owned()];
    let by_hand = || Dispatch::prepare(context, runs, &Request { runners: &command, command: &nobody, ..request });
    let mut dispatch = Dispatch::prepare(context, runs, &request).or_else(|_| by_hand())?;
    let job = dispatch.jobs.pop().ok_or_else(|| ShareError::NotThere { query: run.to_string() })?;
    let risk = job.risk.map(|risk| crate::run::Risk { accepted: None, ..risk });
    Ok(Job { run: run.clone(), base: *base, risk, ..job })
}

impl Report for Fetched {
    const SCHEMA: &'static str = "cmpm.delegate.fetch/1";

    fn render(&self, screen: &Screen) -> String {
        match self {
            Self::Listed { shared } if shared.is_empty() => "Nothing is shared there.\n".to_owned(),
            Self::Listed { shared } => {
                let mut table = Table::new(["RUN", "TICKET", "AGENT", "OUTCOME THERE", "BY", "TITLE"]);
                for SharedRun { run, ticket, title, agent, outcome, by, .. } in shared {
                    let outcome = outcome.map_or("-", Outcome::as_str);
                    table.row([
                        (run.as_str(), Some(Tone::Key)),
                        (ticket.as_str(), Some(Tone::Key)),
                        (agent, None),
                        (outcome, None),
                        (by, None),
                        (title, None),
                    ]);
                }
                table.render(screen)
            }
            Self::Taken { row } => {
                let rows = std::slice::from_ref(&**row);
                let next = next_step(row).map(|step| screen.paint(Tone::Quiet, &format!("next: {step}\n"))).unwrap_or_default();
                render_rows(rows, None, screen) + &render_reasons(rows, screen) + &next
            }
            Self::Known { run, comments } => {
                format!("{} is here already; {} new\n", screen.paint(Tone::Key, run.as_str()), text::plural(*comments, "comment"))
            }
        }
    }

    fn exit(&self) -> Exit {
        if let Self::Taken { row } = self { row.outcome.map_or(Exit::No, Outcome::exit) } else { Exit::Done }
    }
}
