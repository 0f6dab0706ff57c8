//! The guards: each is a pure function from files to complaints.

use std::collections::{BTreeMap, HashSet};

use super::lists::{ARGUMENTS, BANS, BRACES, EDGES, EMPTY_NAMES, FILE_LINES, FOLDER_FILES, FUNCTION_LINES, LONG, NEIGHBOURS, ROWS};
use super::source::{Token, find, functions, module, split_tests, test_files, tokens, uses};

/// Where the code of a failure becomes JSON.
const CODE_SHOWN: &str = "src/ui/failure.rs";

/// A path from the root of the repository, and the text of the file.
pub type Files = [(String, String)];

pub fn layers(files: &Files) -> Vec<String> {
    let row = |room: &str| ROWS.iter().find(|(name, _)| *name == room).map(|(_, row)| *row);
    let mut found = Vec::new();
    for (path, text) in inside(files) {
        let modules = module(path);
        let Some(own) = modules.first() else { continue };
        let Some(own_row) = row(own) else {
            found.push(format!("{path}: room `{own}` has no row"));
            continue;
        };
        for (line, target) in uses(path, text) {
            let Some(room) = target.first().filter(|room| *room != own) else { continue };
            if row(room).is_some_and(|used| used >= own_row) && !NEIGHBOURS.contains(&(own, room)) {
                found.push(format!("{path}:{line}: `{own}` may not use `{room}`, which is not below it"));
            }
        }
    }
    found.dedup();
    found
}

pub fn edges(files: &Files) -> Vec<String> {
    let unlisted = crossings(files).into_iter().filter(|(edge, _)| !EDGES.contains(edge));
    unlisted.map(|((user, used), place)| format!("{place}: `{user}` uses `{used}`, which EDGES does not list")).collect()
}

/// Where a noun uses another one: both, and the place.
fn crossings(files: &Files) -> Vec<((&str, &str), String)> {
    let is_noun = |name: &str| files.iter().any(|(path, _)| path.starts_with(&format!("src/nouns/{name}/")));
    let mut found = Vec::new();
    for (path, text) in inside(files) {
        let Some(user) = noun(&module(path)) else { continue };
        for (line, target) in uses(path, text) {
            let Some(used) = noun(&target).filter(|used| *used != user && is_noun(used)) else { continue };
            found.push(((user, used), format!("{path}:{line}")));
        }
    }
    found
}

fn noun<'a>(module: &[&'a str]) -> Option<&'a str> {
    match module {
        ["nouns", name, ..] => Some(name),
        _ => None,
    }
}

pub fn sizes(files: &Files) -> Vec<String> {
    let is_excused = |name: &str| LONG.iter().any(|(listed, _)| *listed == name);
    long(files).into_iter().filter(|(name, _)| !is_excused(name)).map(|(_, complaint)| complaint).collect()
}

/// Files and functions that are too long, as LONG names them, each with what is wrong.
fn long(files: &Files) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, text) in files {
        let lines = text.lines().count();
        if lines > FILE_LINES {
            found.push((path.clone(), format!("{path}: {lines} lines, {FILE_LINES} at most")));
        }
        for function in functions(&tokens(text)).into_iter().filter(|function| function.lines > FUNCTION_LINES) {
            let complaint = format!("{path}: function `{}` has {} lines, {FUNCTION_LINES} at most", function.name, function.lines);
            found.push((format!("{path}::{}", function.name), complaint));
        }
    }
    found
}

/// Functions with too many arguments or too deeply nested.
pub fn shapes(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, code) in production(files) {
        for function in functions(&code) {
            let mut complain = |what: &str, has: usize, most: usize| {
                if has > most {
                    found.push(format!("{path}:{}: function `{}` has {has} {what}, {most} at most", function.line, function.name));
                }
            };
            complain("arguments", function.arguments, ARGUMENTS);
            complain("levels of braces", function.depth, BRACES);
        }
    }
    found
}

pub fn folders(files: &Files) -> Vec<String> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for (path, _) in files {
        *counts.entry(path.rsplit_once('/').map_or("", |(folder, _)| folder)).or_default() += 1;
    }
    let crowded = counts.into_iter().filter(|(_, count)| *count > FOLDER_FILES);
    crowded.map(|(folder, count)| format!("{folder}: {count} files, {FOLDER_FILES} at most")).collect()
}

/// What the lists above allow and nothing needs any more.
pub fn unused(files: &Files) -> Vec<String> {
    let (long, crossings) = (long(files), crossings(files));
    let idle_long = LONG.iter().filter(|(name, _)| !long.iter().any(|(found, _)| found == name));
    let idle_edges = EDGES.iter().filter(|edge| !crossings.iter().any(|(found, _)| found == *edge));
    let long = idle_long.map(|(name, _)| format!("LONG excuses `{name}`, which is short or gone"));
    long.chain(idle_edges.map(|(user, used)| format!("EDGES lets `{user}` use `{used}`, which it does not"))).collect()
}

pub fn bans(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, code) in production(files) {
        let binding = BANS.iter().filter(|ban| !ban.only_in.iter().any(|place| path.starts_with(place)));
        let words: HashSet<&str> = code.iter().map(|token| token.text).collect();
        for ban in binding.filter(|ban| ban.tokens.split(' ').all(|word| words.contains(word))) {
            let wanted: Vec<&str> = ban.tokens.split(' ').collect();
            found.extend(find(&code, &wanted).into_iter().map(|(_, line)| format!("{path}:{line}: `{}`", ban.tokens)));
        }
    }
    found
}

/// What reads the code of an error. An error passes on that of its cause unread (`explain`); who decides matches the variant.
pub fn codes(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, code) in production(files).into_iter().filter(|(path, _)| *path != CODE_SHOWN) {
        let word = |at: usize| code.get(at).map_or("", |token| token.text);
        // A `status` is how a program ended.
        let calls = find(&code, &[".", "code", "("]).into_iter().filter(|(at, _)| word(at.wrapping_sub(1)) != "status");
        let reads = calls.chain(find(&code, &["::", "code"]));
        found.extend(
            reads.map(|(_, line)| format!("{path}:{line}: reads the code of an error; match its variant (`Failure::downcast_ref`)")),
        );
    }
    found
}

/// What makes a path of a literal where the program would have to run to find that it is none.
pub fn literals(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, code) in production(files) {
        for (at, line) in find(&code, &["RepoPath", "::", "of"]) {
            // In front of it, in the same statement; the `;` in `[RepoPath; 2]` ends none.
            let mut depth = 0_usize;
            let statement = code.iter().take(at).rev().take_while(|token| {
                depth = if token.text == "]" { depth + 1 } else { depth.saturating_sub(usize::from(token.text == "[")) };
                depth > 0 || !matches!(token.text, ";" | "}")
            });
            if !statement.into_iter().any(|token| matches!(token.text, "const" | "static")) {
                found.push(format!("{path}:{line}: `RepoPath::of` outside of a `const`"));
            }
        }
    }
    found
}

pub fn openings(files: &Files) -> Vec<String> {
    let silent = files.iter().filter(|(_, text)| text.lines().count() > 1 && !text.starts_with("//!"));
    silent.map(|(path, _)| format!("{path}: does not say in a `//!` what lives here")).collect()
}

pub fn names(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in inside(files) {
        if path.trim_end_matches(".rs").split('/').any(|name| EMPTY_NAMES.contains(&name)) {
            found.push(format!("{path}: the name says nothing"));
        }
        let code = tokens(text);
        for name in EMPTY_NAMES {
            found.extend(find(&code, &["mod", name]).into_iter().map(|(_, line)| format!("{path}:{line}: `mod {name}` says nothing")));
        }
    }
    found
}

/// Rules of findings that nothing reports. That each has a text is tested where the texts are read.
pub fn rules(files: &Files) -> Vec<String> {
    const TABLE: &str = "src/base/rule.rs";
    let table = files.iter().filter(|(path, _)| path == TABLE).flat_map(|(_, text)| text.lines());
    let named = table.filter_map(|line| Some(line.trim().split_once(" = \"")?.0));
    let code = production(files);
    let is_used = |rule: &str| code.iter().any(|(path, code)| *path != TABLE && !find(code, &["Rule", "::", rule]).is_empty());
    named.filter(|rule| !is_used(rule)).map(|rule| format!("{TABLE}: nothing reports `{rule}`")).collect()
}

fn inside(files: &Files) -> impl Iterator<Item = &(String, String)> {
    files.iter().filter(|(path, _)| path.starts_with("src/"))
}

/// What is built into the program: the code of each file without what only tests have.
fn production(files: &Files) -> Vec<(&str, Vec<Token<'_>>)> {
    let tests: Vec<String> = inside(files).flat_map(|(path, text)| test_files(path, text)).collect();
    let built = inside(files).filter(|(path, _)| !tests.iter().any(|test| path.starts_with(test)));
    built.map(|(path, text)| (path.as_str(), split_tests(&tokens(text)).code)).collect()
}
