//! `cmpm doctor`: how a clone stands, and what can be fixed without losing anything.

mod clone;
mod disk;
mod files;
mod fix;
mod hooks;
mod inspection;
mod live;
mod row;
mod work;

use self::fix::{Fixed, Remedy};
use self::inspection::Inspection;
use self::row::{Row, State};
use crate::nouns::delegation;
use crate::report::prelude::*;

/// How often is looked again: what was fixed can bring something else to light.
const ROUNDS: usize = 3;

/// Check this clone for problems; `--fix` repairs the safe ones
///
/// Git, hooks, locks, claims, runs, the journal, worktrees, branches, the cache, the clock, settings and agents. Writes nothing
/// without `--fix`. Exit 1 if a problem remains.
/// Example: `cmpm doctor --fix`
#[derive(Debug, Args)]
pub struct Doctor {
    /// Finish what a crash interrupted and release what dead processes hold; no work is ever removed without a backup
    #[arg(long)]
    fix: bool,
}

/// How the clone stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// What was looked at.
    checks: Vec<Row>,
    /// What `--fix` did before that look.
    fixed: Vec<Fixed>,
    /// How many problems there are.
    problems: usize,
    /// How many things are worth a look.
    warnings: usize,
}

impl Verb for Doctor {
    type Report = Diagnosis;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Diagnosis> {
        let trust = delegation::trust(context)?;
        let runs = delegation::runs(context, &trust)?;
        let mut checks = Inspection::new(context, &runs)?.examine();
        let mut fixed: Vec<Fixed> = Vec::new();
        if self.fix {
            context.require_person()?;
            for _ in 0..ROUNDS {
                let wanted: Vec<Remedy> = checks.iter().filter_map(|row| row.remedy.clone()).collect();
                let untried: Vec<Remedy> = wanted.into_iter().filter(|remedy| !fixed.iter().any(|done| done.remedy == *remedy)).collect();
                if untried.is_empty() {
                    break;
                }
                fixed.extend(untried.into_iter().map(|remedy| remedy.apply(context, &runs)));
                checks = Inspection::new(context, &runs)?.examine();
            }
        }
        let count = |state| checks.iter().filter(|row| row.state == state).count();
        Ok(Diagnosis { problems: count(State::Problem), warnings: count(State::Warning), checks, fixed })
    }
}

impl Report for Diagnosis {
    const SCHEMA: &'static str = "cmpm.doctor/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = String::new();
        for fixed in &self.fixed {
            let _ = writeln!(out, "{}", fixed.render(screen));
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out += &row::render(&self.checks, screen);
        let (problems, warnings) = (text::plural(self.problems, "problem"), text::plural(self.warnings, "warning"));
        let end = match (self.problems, self.warnings) {
            (0, 0) => screen.paint(Tone::Good, "No problems found."),
            (0, _) => screen.paint(Tone::Careful, &format!("No problems, {warnings}.")),
            (_, 0) => screen.paint(Tone::Bad, &format!("{problems}.")),
            (..) => screen.paint(Tone::Bad, &format!("{problems}, {warnings}.")),
        };
        let _ = writeln!(out, "\n{end}");
        out
    }

    fn exit(&self) -> Exit {
        if self.problems > 0 { Exit::No } else { Exit::Done }
    }
}
