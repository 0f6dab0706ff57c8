//! Answers a shell that asks how a command line could go on: the commands and flags as they are, and the ids of the repository.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;

use crate::base::env::CMPM_COMPLETE;
use crate::base::{Env, Id, Result, text};
use crate::context::Context;
use crate::nouns::agent::load_agents;
use crate::nouns::delegation;
use crate::nouns::memory::Memory;
use crate::nouns::session::Session;
use crate::nouns::ticket::Ticket;
use crate::words::Kind;

use super::setup;

/// How wide a title may be beside its id.
const TITLE: usize = 60;

/// Whether a shell asked, and was answered. Whatever is wrong, there is silence: a person is in the middle of a line.
pub fn answer(arguments: &[OsString], env: &Env) -> bool {
    let Some(name) = env.text(CMPM_COMPLETE) else { return false };
    // Before the first `--` is how the shell calls us, behind it is what the person typed.
    let typed: Vec<OsString> = arguments.iter().skip_while(|argument| *argument != "--").skip(1).cloned().collect();
    let shells = Shells::builtins();
    if let Some(shell) = shells.completer(name).filter(|_| !typed.is_empty()) {
        let place = Place { env: env.clone(), folder: folder(&typed) };
        let mut command = with_ids(super::command(), &[], &place);
        let mut out = Vec::new();
        if shell.write_complete(&mut command, typed, None, &mut out).is_ok() {
            let _ = crate::ui::stream(&String::from_utf8_lossy(&out));
        }
    }
    true
}

/// Where ids are looked for.
#[derive(Debug, Clone)]
struct Place {
    env: Env,
    folder: PathBuf,
}

/// The folder of `-C`, if it was typed already.
fn folder(typed: &[OsString]) -> PathBuf {
    let behind = typed.iter().position(|word| word == "-C").and_then(|index| typed.get(index + 1));
    behind.map(PathBuf::from).unwrap_or_default()
}

/// What an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ids {
    Tickets { kind: Option<Kind>, closed: Option<bool> },
    Runs,
    Memories,
    Sessions,
    Agents,
}

impl Ids {
    /// By the noun, the verb and the name of the argument.
    fn of(noun: &str, verb: &str, argument: &str) -> Option<Self> {
        let tickets = |closed| Some(Self::Tickets { kind: Kind::parse(noun), closed });
        match (noun, verb, argument) {
            ("epic" | "issue" | "task" | "pr" | "ticket", "complete", "id") => tickets(Some(false)),
            ("epic" | "issue" | "task" | "pr" | "ticket", "reopen", "id") => tickets(Some(true)),
            ("epic" | "issue" | "task" | "pr" | "ticket", "archive", "ids") => tickets(Some(true)),
            ("epic" | "issue" | "task" | "pr" | "ticket", "resolve", "ids") => tickets(Some(false)),
            ("epic" | "issue" | "task" | "pr" | "ticket", _, "id" | "ids") => tickets(None),
            ("delegate", "run", "tickets") => tickets(Some(false)),
            (_, _, "parent" | "depends_on" | "ticket") => Some(Self::Tickets { kind: None, closed: None }),
            ("delegate", _, "run" | "runs") | ("memory", "learn", "run") => Some(Self::Runs),
            ("memory", "restore", _) => None,
            ("memory", _, "id" | "supersedes" | "old" | "by") => Some(Self::Memories),
            ("session", _, "name") => Some(Self::Sessions),
            ("agent", _, "name") | (_, _, "agent") => Some(Self::Agents),
            _ => None,
        }
    }

    fn find(self, context: &Context) -> Result<Vec<(String, String)>> {
        let store = context.store()?;
        Ok(match self {
            Self::Tickets { kind, closed } => {
                let records = store.list::<Ticket>(&store.work_tree()).records.into_iter().map(|stored| stored.record);
                let wanted = records
                    .filter(|ticket| kind.is_none_or(|kind| ticket.kind == kind))
                    .filter(|ticket| closed.is_none_or(|closed| ticket.category.is_closed() == closed));
                wanted.map(|ticket| (ticket.id.to_string(), ticket.properties.title)).collect()
            }
            Self::Runs => {
                let trust = delegation::trust(context)?;
                let runs = delegation::runs(context, &trust)?.list()?;
                let about =
                    |run: &crate::run::Run| format!("{}, {}: {}", run.status.state.as_str(), run.job.agent.name, run.job.ticket.title);
                runs.iter().map(|run| (run.job.run.to_string(), about(run))).collect()
            }
            Self::Memories => {
                let records = store.list::<Memory>(&store.work_tree()).records.into_iter().map(|stored| stored.record);
                records.map(|memory| (memory.id.to_string(), memory.title)).collect()
            }
            Self::Sessions => {
                let records = store.list::<Session>(&store.work_tree()).records.into_iter().map(|stored| stored.record);
                records.map(|session| (session.id.to_string(), session.branch.unwrap_or_default())).collect()
            }
            Self::Agents => load_agents(&store.work_tree()).0.into_iter().map(|agent| (agent.name, agent.description)).collect(),
        })
    }

    fn candidates(self, place: &Place, typed: &OsStr) -> Vec<CompletionCandidate> {
        let Some(typed) = typed.to_str() else { return Vec::new() };
        let start = setup::Start { env: place.env.clone(), folder: place.folder.clone(), overrides: Vec::new(), json: false };
        let found = setup::context(start).and_then(|context| self.find(&context)).unwrap_or_default();
        let fits = |id: &str| typed.is_empty() || Id::parse(id).is_some_and(|id| id.starts_with(typed));
        let candidate = |(id, title): (String, String)| {
            let title = text::fit(&text::one_line(&title), TITLE);
            CompletionCandidate::new(id).help(Some(title.into()))
        };
        found.into_iter().filter(|(id, _)| fits(id)).map(candidate).collect()
    }
}

/// The command line with ids at every argument that takes one.
fn with_ids(command: clap::Command, path: &[String], place: &Place) -> clap::Command {
    let name = |index: usize| path.get(index).map(String::as_str).unwrap_or_default();
    let with_completer = |argument: clap::Arg| match Ids::of(name(0), name(1), argument.get_id().as_str()) {
        None => argument,
        Some(ids) => {
            let place = place.clone();
            argument.add(ArgValueCompleter::new(move |typed: &OsStr| ids.candidates(&place, typed)))
        }
    };
    command.mut_args(with_completer).mut_subcommands(|inner| {
        let path = [path, &[inner.get_name().to_owned()]].concat();
        with_ids(inner, &path, place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every argument of the program that takes an id, as `noun verb argument`.
    fn arguments(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        for argument in command.get_arguments() {
            let [noun, verb] = [0, 1].map(|index| path.split(' ').nth(index).unwrap_or_default());
            if Ids::of(noun, verb, argument.get_id().as_str()).is_some() {
                found.push(format!("{path} {}", argument.get_id()));
            }
        }
        for inner in command.get_subcommands() {
            arguments(inner, format!("{path} {}", inner.get_name()).trim(), found);
        }
    }

    #[test]
    fn arguments_that_take_ids_are_known() {
        let mut found = Vec::new();
        arguments(&super::super::command(), "", &mut found);
        for wanted in [
            "issue show id",
            "ticket archive ids",
            "ticket update parent",
            "task create depends_on",
            "delegate run tickets",
            "delegate run agent",
            "delegate approve run",
            "delegate clean runs",
            "memory show id",
            "memory add supersedes",
            "memory add ticket",
            "memory supersede old",
            "session switch name",
            "agent show name",
            "ready agent",
        ] {
            assert!(found.iter().any(|argument| argument == wanted), "{wanted} is not in {found:#?}");
        }
    }

    #[test]
    fn the_folder_of_the_line_counts() {
        let typed = ["cmpm", "-C", "there", "issue"].map(OsString::from);
        assert_eq!(folder(&typed), PathBuf::from("there"));
        assert_eq!(folder(&typed[..2]), PathBuf::new());
    }
}
