//! Answers a shell that asks how a command line could go on: the commands and flags as they are, and what the repository has
//! of what each argument takes.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;

use crate::base::env::CMPM_COMPLETE;
use crate::base::{Env, Id, Result, text};
use crate::context::{Context, Output};
use crate::nouns::agent::load_agents;
use crate::nouns::memory::{self, Memory};
use crate::nouns::session::Session;
use crate::nouns::ticket::{self, Ticket};
use crate::nouns::{check, delegation};
use crate::run::Run;
use crate::store::{Record, Store};
use crate::words::{Kind, Status, Takes};

use super::setup;

/// How wide a title may be next to its id.
const TITLE: usize = 60;
const HEADS: &str = "refs/heads/";

/// Whether a shell asked, and was answered. Whatever is wrong, there is silence: a person is in the middle of a line.
pub fn answer(arguments: &[OsString], env: &Env) -> bool {
    let Some(name) = env.text(CMPM_COMPLETE) else { return false };
    // Before the first `--` is how the shell calls us, after it is what the person typed.
    let typed: Vec<OsString> = arguments.iter().skip_while(|argument| *argument != "--").skip(1).cloned().collect();
    let shells = Shells::builtins();
    if let Some(shell) = shells.completer(name).filter(|_| !typed.is_empty()) {
        let place = Place { env: env.clone(), folder: folder(&typed) };
        let mut command = with_answers(super::command(), None, &place);
        let mut out = Vec::new();
        if shell.write_complete(&mut command, typed, None, &mut out).is_ok() {
            let _ = crate::ui::stream(&String::from_utf8_lossy(&out));
        }
    }
    true
}

/// Where answers are looked for.
#[derive(Debug, Clone)]
struct Place {
    env: Env,
    folder: PathBuf,
}

impl Place {
    fn start(&self) -> setup::Start {
        setup::Start {
            env: self.env.clone(),
            folder: self.folder.clone(),
            command: String::new(),
            overrides: Vec::new(),
            json: false,
            output: Output::default(),
            quiet: true,
        }
    }
}

/// The folder of `-C`, if it was typed already.
fn folder(typed: &[OsString]) -> PathBuf {
    let behind = typed.iter().position(|word| word == "-C").and_then(|index| typed.get(index + 1));
    behind.map(PathBuf::from).unwrap_or_default()
}

/// What may stand there, each with what is said of it.
fn find(takes: Takes, kind: Option<Kind>, context: &Context) -> Result<Vec<(String, String)>> {
    let store = context.store()?;
    let tickets = || records::<Ticket>(store).filter(move |ticket| kind.is_none_or(|kind| ticket.kind == kind));
    let titled = |ticket: Ticket| (ticket.id.to_string(), ticket.properties.title);
    Ok(match takes {
        Takes::Ticket => tickets().map(titled).collect(),
        Takes::OpenTicket => tickets().filter(|ticket| !ticket.category.is_closed()).map(titled).collect(),
        Takes::ClosedTicket => tickets().filter(|ticket| ticket.category.is_closed()).map(titled).collect(),
        Takes::Run => {
            let trust = delegation::trust(context)?;
            let about = |run: &Run| format!("{}, {}: {}", run.status.state.as_str(), run.job.agent.name, run.job.ticket.title);
            delegation::runs(context, &trust)?.list()?.iter().map(|run| (run.job.run.to_string(), about(run))).collect()
        }
        Takes::Memory => records::<Memory>(store).map(|memory| (memory.id.to_string(), memory.title)).collect(),
        Takes::Session => records::<Session>(store).map(|session| (session.id.to_string(), session.branch.unwrap_or_default())).collect(),
        Takes::Agent => load_agents(&store.work_tree()).0.into_iter().map(|agent| (agent.name, agent.description)).collect(),
        Takes::Rule => check::rules(context),
        Takes::Runner => words(delegation::runner_names(context)?),
        Takes::Person => words(tickets().filter_map(|ticket| ticket.properties.assignee.into_inner())),
        Takes::Status => {
            words(Status::ALL.into_iter().map(|status| status.as_str().to_owned()).chain(store.config().statuses.keys().cloned()))
        }
        Takes::Priority => words(tickets().filter_map(|ticket| ticket.properties.priority.into_inner())),
        Takes::Label => words(tickets().flat_map(|ticket| ticket.properties.labels.into_inner())),
        Takes::Milestone => {
            words(tickets().filter_map(|ticket| ticket.properties.milestone.into_inner()).chain(store.config().milestones.keys().cloned()))
        }
        Takes::Template => words(ticket::templates(store).into_iter().map(|template| template.name)),
        Takes::Filter => store.config().filters.clone().into_iter().collect(),
        Takes::Category => words(memory::categories(store.config()).map(str::to_owned)),
        Takes::Tag => words(records::<Memory>(store).flat_map(|memory| memory.tags)),
        Takes::Tech => words(records::<Memory>(store).flat_map(|memory| memory.tech)),
        Takes::Setting => words(context.layers()?.settings().into_iter().map(|setting| setting.key)),
        Takes::Branch => {
            let refs = context.repository()?.refs_below(HEADS)?;
            words(refs.iter().filter_map(|(name, _)| name.strip_prefix(HEADS)).map(str::to_owned))
        }
    })
}

fn records<R: Record>(store: &Store) -> impl Iterator<Item = R> {
    store.list::<R>(&store.work_tree()).records.into_iter().map(|stored| stored.record)
}

/// Each word once. Shells differ in how they quote one with spaces, so none is offered.
fn words(all: impl IntoIterator<Item = String>) -> Vec<(String, String)> {
    let one: BTreeSet<String> = all.into_iter().filter(|word| !word.is_empty() && !word.contains(char::is_whitespace)).collect();
    one.into_iter().map(|word| (word, String::new())).collect()
}

/// What was found that goes on from what was typed; the kind of an id need not be typed.
fn candidates(found: Vec<(String, String)>, typed: &str) -> Vec<CompletionCandidate> {
    let begins = |word: &str| word.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed));
    let fits = |word: &str| begins(word) || Id::parse(word).is_some_and(|id| id.starts_with(typed));
    let candidate = |(word, about): (String, String)| {
        let about = text::fit(&text::one_line(&about), TITLE);
        CompletionCandidate::new(word).help((!about.is_empty()).then(|| about.into()))
    };
    // What a repository says goes onto a command line here, and a shell would run or expand the rest.
    let plain = |c: char| c.is_alphanumeric() || "_.@%+=:,/-".contains(c);
    let is_safe = |word: &str| !word.is_empty() && !word.starts_with('-') && word.chars().all(plain);
    found.into_iter().filter(|(word, _)| is_safe(word) && fits(word)).map(candidate).collect()
}

/// The command line with an answer at every argument that says what it takes.
fn with_answers(command: clap::Command, noun: Option<&str>, place: &Place) -> clap::Command {
    let with_answer = |argument: clap::Arg| match argument.get::<Takes>().copied() {
        None => argument,
        Some(takes) => {
            let place = place.clone();
            // `issue show` takes an issue; the flags of every noun take tickets of any kind.
            let kind = noun.filter(|_| argument.is_positional()).and_then(Kind::parse);
            argument.add(ArgValueCompleter::new(move |typed: &OsStr| {
                let found = setup::context(place.start()).and_then(|context| find(takes, kind, &context)).unwrap_or_default();
                typed.to_str().map(|typed| candidates(found, typed)).unwrap_or_default()
            }))
        }
    };
    command.mut_args(with_answer).mut_subcommands(|inner| {
        let noun = noun.map_or_else(|| inner.get_name().to_owned(), str::to_owned);
        with_answers(inner, Some(&noun), place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What needs no answer, each with its reason: a value as the help names it, or one argument of one command.
    const UNANSWERED: &[(&str, &str)] = &[
        ("TEXT", "is written anew"),
        ("TITLE", "is written anew"),
        ("WORDS", "are whatever somebody remembers"),
        ("WORD", "is any word"),
        ("KEY=VALUE", "is any key"),
        ("DATE", "is any day"),
        ("TIME", "is any time"),
        ("AMOUNT", "is a number"),
        ("NUMBER", "is a number"),
        ("COUNT", "is a number"),
        ("N", "is a number"),
        ("TOKENS", "is a number"),
        ("STEP", "is a number"),
        ("PID", "is a number"),
        ("HASH", "is pasted"),
        ("GLOB", "may match files that are not there yet"),
        ("PLACE", "is a file and lines in it"),
        ("PATHS", "are files of the run, not of this work tree"),
        ("CONDITION", "is an expression"),
        ("KEYS", "are keys with signs before them"),
        ("REMOTE", "is `origin` unless said otherwise"),
        ("MODEL", "is what the agent program takes"),
        ("COMMIT", "is git's to complete"),
        ("A..B", "is git's to complete"),
        ("REV|RANGE|-", "is git's to complete"),
        ("COMMAND", "is another program's command line"),
        ("ARGUMENTS", "are what git calls the hook with"),
        ("config set value", "is whatever the key can hold"),
        ("delegate take names", "are those that `review` shows"),
        ("delegate fetch run", "is on the remote"),
        ("agent create name", "names a new agent"),
        ("ticket apply name", "names a new plan"),
        ("memory restore id", "is not among the memories any more"),
    ];

    /// Every argument that takes a value, with the command it belongs to.
    fn arguments<'a>(command: &'a clap::Command, path: &str, found: &mut Vec<(String, &'a clap::Arg)>) {
        let with_value = command.get_arguments().filter(|argument| argument.get_action().takes_values());
        found.extend(with_value.map(|argument| (path.to_owned(), argument)));
        for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
            arguments(inner, format!("{path} {}", inner.get_name()).trim(), found);
        }
    }

    #[test]
    fn every_argument_has_an_answer_or_a_reason_to_have_none() {
        let command = super::super::command();
        let (mut all, mut used) = (Vec::new(), BTreeSet::new());
        arguments(&command, "", &mut all);
        for (path, argument) in all {
            let is_answered = argument.get::<Takes>().is_some()
                || !argument.get_possible_values().is_empty()
                || argument.get_value_hint() != clap::ValueHint::Unknown;
            let name = argument.get_value_names().unwrap_or_default().first().map(ToString::to_string).unwrap_or_default();
            let one = format!("{path} {}", argument.get_id());
            let excused = UNANSWERED.iter().map(|(excused, _)| *excused).find(|excused| *excused == name || *excused == one);
            assert!(is_answered || excused.is_some(), "nothing is offered for {one} ({name}): say at the argument what it `Takes`");
            used.extend(excused.filter(|_| !is_answered));
        }
        let stale: Vec<&str> = UNANSWERED.iter().map(|(excused, _)| *excused).filter(|excused| !used.contains(excused)).collect();
        assert_eq!(stale, [""; 0], "these are excused for nothing");
    }

    #[test]
    fn the_folder_of_the_line_counts() {
        let typed = ["cmpm", "-C", "there", "issue"].map(OsString::from);
        assert_eq!(folder(&typed), PathBuf::from("there"));
        assert_eq!(folder(&typed[..2]), PathBuf::new());
    }
}
