//! The words of the ticket tool that cmpm takes the place of: what its users and their scripts type is put into cmpm's words
//! before it is read. Data, so that it can be looked up: a phrase, and what it means.

use std::ffi::OsString;
use std::path::Path;

use crate::base::text;
use crate::process::Command;

/// Of a longer command line only the beginning is kept.
const LONGEST: usize = 200;

/// The names it has.
const NAMES: [&str; 2] = ["aitrackdown", "atd"];

/// Phrases that are understood under every name.
const PHRASES: &[(&[&str], &[&str])] = &[
    (&["resolve"], &["ticket", "resolve"]),
    (&["comment", "add"], &["ticket", "comment"]),
    (&["comment", "list"], &["ticket", "comments"]),
    (&["comment"], &["ticket", "comment"]),
    (&["template", "list"], &["ticket", "templates"]),
];

/// Phrases after `epic`, `issue`, `task`, `pr` and `ticket`, under every name.
const VERBS: &[(&[&str], &str)] = &[(&["comment", "list"], "comments"), (&["comment", "add"], "comment"), (&["close"], "complete")];

/// Phrases that are understood only under the tool's own names; elsewhere they are too short to say what they are about.
const OWN: &[(&[&str], &[&str])] = &[
    (&["create", "epic"], &["epic", "create"]),
    (&["create", "issue"], &["issue", "create"]),
    (&["create", "task"], &["task", "create"]),
    (&["create", "pr"], &["pr", "create"]),
    (&["status", "tasks"], &["task", "list"]),
    (&["status", "project"], &["status"]),
    (&["list"], &["ticket", "list"]),
    (&["backlog"], &["ticket", "list"]),
    (&["show"], &["ticket", "show"]),
    (&["update"], &["ticket", "update"]),
    (&["complete"], &["ticket", "complete"]),
    (&["close"], &["ticket", "complete"]),
    (&["reopen"], &["ticket", "reopen"]),
    (&["assign"], &["ticket", "assign"]),
    (&["archive"], &["ticket", "archive"]),
];

const KINDS: [&str; 5] = ["epic", "issue", "task", "pr", "ticket"];

/// Flags that ask for what cmpm does anyway.
const NEEDLESS: [&str; 8] =
    ["--plain", "--verbose", "--with-tasks", "--with-issues", "--show-progress", "--show-hierarchy", "--show-issues", "--show-tasks"];

/// The command line in cmpm's words.
pub fn in_own_words(arguments: Vec<OsString>) -> Vec<OsString> {
    let is_ancestor = arguments.first().is_some_and(is_called);
    let texts: Option<Vec<String>> = arguments.iter().map(|argument| argument.to_str().map(str::to_owned)).collect();
    // Phrases are text; what is not text cannot be one, and stays as it is.
    let Some(mut words) = texts.filter(|words| !words.is_empty()) else { return arguments };
    if is_ancestor {
        words = flags(words);
    }
    let start = command_at(&words);
    let Some((before, line)) = words.split_at_checked(start) else { return arguments };
    let understood = in_phrases(line, PHRASES).or_else(|| verb(line)).or_else(|| if is_ancestor { in_phrases(line, OWN) } else { None });
    let line = understood.unwrap_or_else(|| line.to_vec());
    before.iter().chain(&line).map(OsString::from).collect()
}

fn is_called(program: &OsString) -> bool {
    Path::new(program).file_stem().and_then(|name| name.to_str()).is_some_and(|name| NAMES.contains(&name))
}

/// The command as people type it, without what stands before it and for the shell, on one short line.
pub fn typed(arguments: &[OsString]) -> String {
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let line = words.get(command_at(&words)..).unwrap_or_default().to_vec();
    text::fit(&text::one_line(&Command::Words(line).text()), LONGEST)
}

/// Where the command begins, after the program and the flags that may stand before it.
fn command_at(words: &[String]) -> usize {
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        at += if ["-C", "-c", "--color"].contains(&word.as_str()) { 2 } else { 1 };
    }
    at.min(words.len())
}

fn in_phrases(line: &[String], phrases: &[(&[&str], &[&str])]) -> Option<Vec<String>> {
    let (phrase, meaning) = phrases.iter().find(|(phrase, _)| begins(line, phrase))?;
    let rest = line.get(phrase.len()..)?.iter().cloned();
    Some(meaning.iter().map(|word| (*word).to_owned()).chain(rest).collect())
}

fn verb(line: &[String]) -> Option<Vec<String>> {
    let (noun, line) = line.split_first().filter(|(noun, _)| KINDS.contains(&noun.as_str()))?;
    let (phrase, meaning) = VERBS.iter().find(|(phrase, _)| begins(line, phrase))?;
    let rest = line.get(phrase.len()..)?;
    // `comment add "text"` may be a comment on a ticket whose id begins with `add`.
    let is_whole = phrase.last() != Some(&"add") || rest.iter().filter(|word| *word == "-" || !word.starts_with('-')).count() > 1;
    is_whole.then(|| [noun.clone(), (*meaning).to_owned()].into_iter().chain(rest.iter().cloned()).collect())
}

/// Whether `close` is understood after this noun.
#[cfg(test)]
pub fn closes(noun: &str) -> bool {
    KINDS.contains(&noun)
}

fn begins(line: &[String], phrase: &[&str]) -> bool {
    line.len() >= phrase.len() && line.iter().zip(phrase).all(|(word, wanted)| word == wanted)
}

/// The tool's own flags as cmpm's, up to a `--`.
fn flags(words: Vec<String>) -> Vec<String> {
    let mut out = Vec::with_capacity(words.len());
    let mut rest = words.into_iter();
    while let Some(word) = rest.next() {
        let (name, joined) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value.to_owned())));
        match name {
            "--" => {
                out.push(word);
                break;
            }
            "--no-color" => out.push("--color=never".to_owned()),
            "--format" => {
                let format = joined.or_else(|| rest.next());
                out.extend(format.filter(|format| format == "json").map(|_| "--json".to_owned()));
            }
            "--root-dir" | "--tasks-dir" => {
                let folder = joined.or_else(|| rest.next()).unwrap_or_default();
                let folder = folder.trim_start_matches("./").trim_end_matches('/');
                out.splice(out.len().min(1)..out.len().min(1), ["-c".to_owned(), format!("paths.tasks=[\"{folder}\"]")]);
            }
            name if NEEDLESS.contains(&name) => {}
            _ => out.push(word),
        }
    }
    out.extend(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> String {
        let words = line.split(' ').map(OsString::from).collect();
        in_own_words(words).iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn phrases_become_commands() {
        for (line, wanted) in [
            ("cmpm resolve qa ISS-1", "cmpm ticket resolve qa ISS-1"),
            ("cmpm --json -C x comment list ISS-1", "cmpm --json -C x ticket comments ISS-1"),
            ("cmpm issue comment add ISS-1 text", "cmpm issue comment ISS-1 text"),
            ("cmpm issue comment add -", "cmpm issue comment add -"),
            ("cmpm issue comment add text", "cmpm issue comment add text"),
            ("cmpm issue close ISS-1", "cmpm issue complete ISS-1"),
            ("cmpm show ISS-1", "cmpm show ISS-1"),
            ("cmpm issue list --format json", "cmpm issue list --format json"),
            ("/usr/bin/atd show ISS-1", "/usr/bin/atd ticket show ISS-1"),
            ("aitrackdown create task x", "aitrackdown task create x"),
            ("atd issue list --format json --plain --no-color", "atd issue list --json --color=never"),
            ("atd --tasks-dir=./work/ list --format table", "atd -c paths.tasks=[\"work\"] ticket list"),
            ("atd comment ISS-1 -- --plain", "atd ticket comment ISS-1 -- --plain"),
            ("atd", "atd"),
        ] {
            assert_eq!(said(line), wanted);
        }
    }
}
