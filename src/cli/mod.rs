//! Reads the command line, builds the context, runs the verb, shows the answer.

mod ancestor;
mod complete;
mod generate;
mod help;
mod internal;
mod meant;
mod setup;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::base::{Env, Exit, Explain, Explained, Failure};
use crate::context::Context;
use crate::nouns::{Handler, Noun};
use crate::report::{Effect, Verb};
use crate::store::StoreError;
use crate::ui::{Colour, Ui};

/// The project manager of people and coding agents that lives in your git repository
///
/// Memory, tickets and run records are Markdown files committed alongside the code. Agents work in their own git
/// worktrees, inside their role's permissions; what they did is checked, reviewed, and merged by you.
#[derive(Debug, Parser)]
#[command(name = "cmpm", version, propagate_version = false, max_term_width = 100, after_help = after_help())]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct Globals {
    /// Answer with one JSON document on stdout
    #[arg(long, global = true)]
    json: bool,
    /// Work in this folder instead of the current one
    #[arg(short = 'C', value_name = "DIR", global = true)]
    folder: Option<PathBuf>,
    /// Set a value for this command, such as `-c delegate.max_parallel=2`
    #[arg(short = 'c', value_name = "KEY=VALUE", global = true)]
    set: Vec<String>,
    /// Show only the answer and errors: no progress, no notes, no warnings
    #[arg(short = 'q', long, global = true)]
    quiet: bool,
    /// Do not show a long answer in a pager
    #[arg(long, global = true)]
    no_pager: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    color: Colour,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Noun(Box<Noun>),
    /// For cmpm itself
    #[command(subcommand, hide = true)]
    Internal(internal::Command),
}

const EXAMPLES: &str = "\
Examples:
  cmpm init                                   make this repository a cmpm project
  cmpm issue create \"Fix the broken links\"    write a ticket
  cmpm memory search \"release checklist\"      find what the team knows
  cmpm delegate run ISS-7k3 --agent documentation
  cmpm delegate review RUN-4f2                what was asked, done, checked
  cmpm delegate approve RUN-4f2               merge it

`cmpm demo` shows the whole loop in a temporary repository.";

fn after_help() -> String {
    format!("{EXAMPLES}\n\nExit codes:\n{}", Exit::table("  "))
}

/// A command line that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct UsageError {
    message: String,
    hints: Vec<String>,
}

impl Explain for UsageError {
    fn explain(&self) -> Explained {
        Explained::wrong("usage").hints(self.hints.clone())
    }
}

pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    crate::ui::install_panic_hook();
    let arguments = ancestor::in_own_words(arguments.into_iter().collect());
    let env = Env::of_process();
    if complete::answer(&arguments, &env) {
        return Exit::Done.into();
    }
    let exit = match parse(&arguments) {
        Ok(cli) => dispatch(cli, env, &arguments),
        Err(error) => show_usage(&error, &arguments, &env),
    };
    exit.into()
}

fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let mut command = help::arrange(Cli::command());
    let matches = command.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

fn dispatch(cli: Cli, env: Env, arguments: &[OsString]) -> Exit {
    let Globals { json, color, quiet, no_pager, .. } = cli.globals;
    let mut ui = Ui::new(json, color, &env);
    (ui.quiet, ui.pages) = (quiet, !no_pager);
    match cli.command {
        Command::Internal(command) => command.run(&ui, env),
        Command::Noun(noun) => {
            let folder = cli.globals.folder.unwrap_or_default();
            let command = ancestor::typed(arguments);
            match setup::context(setup::Start { env, folder, command, overrides: cli.globals.set, json, quiet, output: ui.output() }) {
                Ok(context) => noun.visit(Runner { context: &context, ui: &ui, arguments }),
                Err(failure) => {
                    ui.show_failure(&failure);
                    failure.exit()
                }
            }
        }
    }
}

struct Runner<'a> {
    context: &'a Context,
    ui: &'a Ui,
    arguments: &'a [OsString],
}

impl Handler for Runner<'_> {
    type Out = Exit;
    fn handle<V: Verb>(self, verb: V) -> Exit {
        if V::METADATA.effect == Effect::Reads {
            self.context.only_reads();
        }
        let allowed = if V::METADATA.person_only { self.context.require_person() } else { Ok(()) };
        let answer = allowed.and_then(|()| verb.run(self.context));
        self.context.events.finish();
        match answer.as_ref().err().and_then(|failure| self.chosen(failure)) {
            Some((cli, arguments)) => dispatch(cli, self.context.env.clone(), &arguments),
            None => self.ui.show(answer, self.context),
        }
    }
}

impl Runner<'_> {
    /// The command line with the record that a person chose in the place of what could be several.
    fn chosen(&self, failure: &Failure) -> Option<(Cli, Vec<OsString>)> {
        let StoreError::Ambiguous { query, candidates, names, .. } = failure.downcast_ref()? else { return None };
        let is_meant = |argument: &OsString| argument.to_str().is_some_and(|text| text.trim() == query);
        let place = self.arguments.iter().skip(1).position(is_meant)? + 1;
        let (choices, more) = candidates.split_at_checked(names.len())?;
        let name = names.get(self.ui.choose(&format!("`{query}` could be any of"), choices, more)?)?;
        let mut arguments = self.arguments.to_vec();
        *arguments.get_mut(place)? = name.into();
        Some((parse(&arguments).ok()?, arguments))
    }
}

/// Help and version are answers; everything else about the command line is an error like any other.
fn show_usage(error: &clap::Error, arguments: &[OsString], env: &Env) -> Exit {
    let typed: Vec<_> = arguments.iter().take_while(|argument| *argument != "--").filter_map(|argument| argument.to_str()).collect();
    let json = typed.contains(&"--json");
    let ui = Ui::new(json, asked_colour(&typed), env);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ui.print_help(&error.render()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !json => {
            ui.print_help(&error.render());
            Exit::Wrong
        }
        _ => {
            let failure = Failure::from(usage_error(error));
            ui.show_failure(&failure);
            failure.exit()
        }
    }
}

/// What `--color` says on a command line that could not be read as a whole.
fn asked_colour(typed: &[&str]) -> Colour {
    let behind = typed.iter().zip(typed.iter().skip(1)).filter(|(flag, _)| **flag == "--color").map(|(_, value)| *value);
    let joined = typed.iter().filter_map(|argument| argument.strip_prefix("--color="));
    behind.chain(joined).find_map(|value| Colour::from_str(value, true).ok()).unwrap_or_default()
}

/// Turns clap's paragraphs into one message and hints.
fn usage_error(error: &clap::Error) -> UsageError {
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut hints = Vec::new();
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        hints.extend(lines.find_map(|line| line.strip_prefix("Usage: ")).map(|usage| format!("usage: {usage}")));
        hints.push("`--help` after any command shows its flags and an example".into());
        return UsageError { message: "a command is missing".into(), hints };
    }
    let meant = meant_by(error);
    let mut message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    for line in lines {
        if let Some(tip) = line.strip_prefix("tip: ") {
            // Words that look alike are seldom what somebody meant who knows another tool.
            hints.extend(meant.is_none().then(|| tip.to_owned()));
        } else if let Some(usage) = line.strip_prefix("Usage: ") {
            hints.push(format!("usage: {usage}"));
        } else if !line.starts_with("For more information") {
            message.push(' ');
            message.push_str(line);
        }
    }
    hints.splice(0..0, meant);
    hints.push("`--help` after any command shows its flags and an example".into());
    UsageError { message, hints }
}

/// `did you mean …?` for a word that people know from other tools.
fn meant_by(error: &clap::Error) -> Option<String> {
    if let (Some(ContextValue::String(word)), Some(ContextValue::StyledStr(usage))) =
        (error.get(ContextKind::InvalidArg), error.get(ContextKind::Usage))
        && word.contains("..")
        && usage.to_string().contains("cmpm check")
    {
        return Some(format!("did you mean `cmpm check --range {word}`?"));
    }
    let (Some(ContextValue::String(word)), Some(ContextValue::StyledStr(usage))) =
        (error.get(ContextKind::InvalidSubcommand), error.get(ContextKind::Usage))
    else {
        return None;
    };
    let usage = usage.to_string();
    let noun = usage.split_whitespace().nth(2).filter(|noun| noun.starts_with(|c: char| c.is_ascii_lowercase())).unwrap_or_default();
    meant::command(noun, word).map(|command| format!("did you mean `{command}`?"))
}

/// The whole command line, for completions and reference pages.
fn command() -> clap::Command {
    let mut command = help::arrange(Cli::command());
    command.build();
    command
}

#[cfg(test)]
mod dictionary_tests;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_readme_names_every_command_and_no_other() {
        let readme = crate::base::testing::document("README.md");
        let rows = readme.lines().skip_while(|line| *line != "| noun | verbs |").take_while(|line| line.starts_with('|'));
        let said: BTreeSet<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
        let command = super::command();
        let shown = |command: &&clap::Command| !command.is_hide_set() && command.get_name() != "help";
        let nouns = command.get_subcommands().filter(shown);
        let both = nouns.flat_map(|noun| std::iter::once(noun).chain(noun.get_subcommands().filter(shown)));
        assert_eq!(said, both.map(clap::Command::get_name).collect());
    }

    #[test]
    fn no_two_flags_of_a_command_clash() {
        super::command().debug_assert();
    }
}
