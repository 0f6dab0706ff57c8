//! `cmpm hook run`: cmpm's part of a hook, called by the line in it.

use std::cell::LazyCell;

use super::model::{HookError, HookName};
use super::note::{about_message, note, waiting};
use crate::base::env::CMPM_HOOK;
use crate::base::{Rule, Severity};
use crate::fs::read;
use crate::nouns::check;
use crate::nouns::ticket::{Mention, Ticket, named_in};
use crate::report::prelude::*;

/// What cmpm says when it was only asked whether it is reached.
pub const REACHED: &str = "cmpm:reached";

/// What `doctor` sets to ask whether cmpm is reached.
pub const PROBE: &str = "probe";

/// More warnings are counted, not shown: the commit goes on.
const SHOWN: usize = 10;

/// Run cmpm's part of a hook
///
/// git calls this through the line that `cmpm hook install` put in. Says nothing when all is well; exit 1 stops the commit.
/// Example: `cmpm hook run pre-commit`
#[derive(Debug, Args)]
pub struct Run {
    /// The hook
    hook: HookName,
    /// What git gave it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// What came of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ran {
    hook: HookName,
    /// What keeps git from going on.
    problems: Vec<Finding>,
    /// What wants a look, and keeps nothing from going on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    warnings: Vec<Finding>,
    /// What else should be known.
    notes: Vec<String>,
    /// Whether cmpm was only asked whether it is reached.
    #[serde(skip)]
    probed: bool,
}

impl Verb for Run {
    type Report = Ran;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Ran> {
        let mut ran = Ran { hook: self.hook, problems: Vec::new(), warnings: Vec::new(), notes: Vec::new(), probed: false };
        // Nothing else in the environment changes what a hook does.
        if context.env.text(CMPM_HOOK) == Some(PROBE) {
            return Ok(Ran { probed: true, ..ran });
        }
        // A branch from before cmpm, or another project's submodule: nothing here is cmpm's to check. A push looks at each branch.
        if self.hook != HookName::PrePush && !check::is_project(context)? {
            return Ok(ran);
        }
        if self.hook.can_refuse() {
            // Broken settings must not keep anybody from committing better ones.
            context.only_reads();
        }
        match self.hook {
            HookName::PreCommit => (ran.problems, ran.warnings) = check::staged(context)?.into_errors_and_warnings(),
            HookName::CommitMsg => {
                let message = read_message(context, self.arguments.first())?;
                (ran.problems, ran.warnings) = check_message(context, &message)?;
                ran.problems.extend(check::merging(context)?);
                ran.notes = if ran.problems.is_empty() { about_message(context, &kept(&message))? } else { Vec::new() };
            }
            HookName::PostCommit | HookName::PostCheckout => note(context, self.hook, &self.arguments)?,
            HookName::PostMerge => {
                note(context, self.hook, &self.arguments)?;
                ran.notes = waiting(context, true)?;
            }
            HookName::PrePush => {
                let (report, refused) = check_push(context, self.arguments.first())?;
                (ran.problems, ran.warnings) = report.into_errors_and_warnings();
                ran.notes.extend((!refused.is_empty()).then(|| format!("refused because of {}", refused.join(", "))));
            }
        }
        Ok(ran)
    }
}

/// What the pushed references bring to the remote, also what was committed without hooks.
fn check_push(context: &Context, remote: Option<&String>) -> Result<(check::CheckReport, Vec<String>)> {
    // Called by hand, nobody says what is pushed.
    let told = if context.is_terminal() { String::new() } else { context.read_printed_input()? };
    check::pushed(context, remote.map_or("origin", String::as_str), &told)
}

fn read_message(context: &Context, file: Option<&String>) -> Result<String> {
    let file = context.cwd.join(file.ok_or(HookError::NoMessage)?);
    Ok(read::find_text(&file)?.ok_or(HookError::NoMessage)?)
}

/// What a message holds is pushed like any file, so it may hold no secret; tickets that it names must exist.
fn check_message(context: &Context, message: &str) -> Result<(Vec<Finding>, Vec<Finding>)> {
    let said: Vec<&str> = message.lines().take_while(|line| !is_scissors(line)).collect();
    let (mut problems, warnings) = check::message(context, &said.join("\n"))?.into_errors_and_warnings();
    problems.extend(unknown_tickets(context, message)?);
    Ok((problems, warnings))
}

fn unknown_tickets(context: &Context, message: &str) -> Result<Vec<Finding>> {
    let mut named = named_in(&kept(message));
    // `Fixes UTF-8` is not about a ticket.
    named.retain(Mention::is_surely_ticket);
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let store = context.store()?;
    let unknown = named.iter().filter(|named| store.find_by_name::<Ticket>(&named.id).is_none());
    let scan = LazyCell::new(|| store.list::<Ticket>(&store.work_tree()));
    let finding = |error| {
        let message = format!("the message names a ticket, but {error}");
        // It is about no file of the repository.
        let finding = Finding::new(Rule::BrokenReference, Severity::Error, RepoPath::default(), message);
        finding.hint("`cmpm ticket list` shows what there is; the message is still in .git/COMMIT_EDITMSG")
    };
    Ok(unknown.filter_map(|named| scan.find(&named.id).err()).map(finding).collect())
}

/// The message without what git cuts off it.
fn kept(message: &str) -> String {
    let lines = message.lines().take_while(|line| !is_scissors(line)).filter(|line| !line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

/// Below it git shows what is committed, for whoever writes the message.
fn is_scissors(line: &str) -> bool {
    line.contains(">8 ---")
}

impl Report for Ran {
    const SCHEMA: &'static str = "cmpm.hook.run/1";

    fn render(&self, screen: &Screen) -> String {
        let line = |tone, mark: &str, said: &str| format!("{} {}\n", screen.paint(tone, mark), text::one_line(said));
        let mut out = if self.probed { line(Tone::Bad, "error:", REACHED) } else { String::new() };
        for problem in &self.problems {
            out += &line(Tone::Bad, "error:", &Finding { hint: None, ..problem.clone() }.to_string());
            out.extend(problem.hint.iter().map(|hint| line(Tone::Key, "hint:", hint)));
        }
        for warning in self.warnings.iter().take(SHOWN) {
            out += &line(Tone::Careful, "warning:", &Finding { hint: None, ..warning.clone() }.to_string());
        }
        if self.warnings.len() > SHOWN {
            out += &line(Tone::Careful, "warning:", &format!("{} more; `cmpm check` has them all", self.warnings.len() - SHOWN));
        }
        for note in &self.notes {
            out += &format!("cmpm: {}\n", text::one_line(note));
        }
        out
    }

    fn exit(&self) -> Exit {
        if self.problems.is_empty() && !self.probed { Exit::Done } else { Exit::No }
    }
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn what_git_cuts_off_does_not_count() {
        assert_eq!(kept("a\n# Closes ISS-1\nb\n# ---- >8 ----\nCloses ISS-2\n"), "a\nb");
    }
}
