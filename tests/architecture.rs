//! The rules of the house, read off its source. Each guard is a pure function from files to complaints, and is tried
//! twice: on the real tree, where it must be silent, and on a broken example, where it must not be.

#[path = "architecture/lists.rs"]
mod lists;
#[path = "architecture/source.rs"]
mod source;

use std::fs::{self, File};
use std::path::Path;

use lists::{BANS, EDGES, EMPTY_NAMES, FILE_LINES, FUNCTION_LINES, LONG, NEIGHBOURS, ROWS};
use source::{find, functions, module, split_tests, tokens, uses};

/// Where the code of a failure becomes JSON.
const CODE_SHOWN: &str = "src/ui/failure.rs";

/// A path from the root of the repository, and the text of the file.
type Files = [(String, String)];

// ---- the guards

fn layers(files: &Files) -> Vec<String> {
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

fn edges(files: &Files) -> Vec<String> {
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

fn sizes(files: &Files) -> Vec<String> {
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
        for (name, lines) in functions(&tokens(text)) {
            if lines > FUNCTION_LINES {
                let complaint = format!("{path}: function `{name}` has {lines} lines, {FUNCTION_LINES} at most");
                found.push((format!("{path}::{name}"), complaint));
            }
        }
    }
    found
}

/// What the lists above allow and nothing needs any more.
fn unused(files: &Files) -> Vec<String> {
    let (long, crossings) = (long(files), crossings(files));
    let idle_long = LONG.iter().filter(|(name, _)| !long.iter().any(|(found, _)| found == name));
    let idle_edges = EDGES.iter().filter(|edge| !crossings.iter().any(|(found, _)| found == *edge));
    let long = idle_long.map(|(name, _)| format!("LONG excuses `{name}`, which is short or gone"));
    long.chain(idle_edges.map(|(user, used)| format!("EDGES lets `{user}` use `{used}`, which it does not"))).collect()
}

fn bans(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in inside(files).filter(|(path, _)| !is_test(path)) {
        let (code, _) = split_tests(tokens(text));
        let binding = BANS.iter().filter(|ban| !ban.only_in.iter().any(|place| path.starts_with(place)));
        for ban in binding.filter(|ban| ban.tokens.split(' ').all(|word| text.contains(word))) {
            let wanted: Vec<&str> = ban.tokens.split(' ').collect();
            found.extend(find(&code, &wanted).into_iter().map(|(_, line)| format!("{path}:{line}: `{}`", ban.tokens)));
        }
    }
    found
}

/// What reads the code of an error, other than a `fn code` that passes it on. Who decides matches the variant.
fn codes(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in inside(files).filter(|(path, _)| !is_test(path) && path != CODE_SHOWN) {
        let (code, _) = split_tests(tokens(text));
        let word = |at: usize| code.get(at).map_or("", |token| token.text);
        // A `status` is how a program ended.
        let calls = find(&code, &[".", "code", "("]).into_iter().filter(|(at, _)| word(at.wrapping_sub(1)) != "status");
        for (at, line) in calls.chain(find(&code, &["::", "code"])) {
            let function = (0..at).rev().find(|at| word(*at) == "fn").map(|at| word(at + 1));
            if function != Some("code") {
                found.push(format!("{path}:{line}: reads the code of an error; match its variant (`Failure::downcast_ref`)"));
            }
        }
    }
    found
}

/// What makes a path of a literal where the program would have to run to find that it is none.
fn literals(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in inside(files).filter(|(path, _)| !is_test(path)) {
        let (code, _) = split_tests(tokens(text));
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

fn openings(files: &Files) -> Vec<String> {
    let silent = files.iter().filter(|(_, text)| text.lines().count() > 1 && !text.starts_with("//!"));
    silent.map(|(path, _)| format!("{path}: does not say in a `//!` what lives here")).collect()
}

fn names(files: &Files) -> Vec<String> {
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
fn rules(files: &Files) -> Vec<String> {
    const TABLE: &str = "src/base/rule.rs";
    let table = files.iter().filter(|(path, _)| path == TABLE).flat_map(|(_, text)| text.lines());
    let named = table.filter_map(|line| Some(line.trim().split_once(" = \"")?.0));
    let reports = |text: &str, rule: &str| !find(&split_tests(tokens(text)).0, &["Rule", "::", rule]).is_empty();
    let is_used = |rule: &str| inside(files).any(|(path, text)| path != TABLE && text.contains(rule) && reports(text, rule));
    named.filter(|rule| !is_used(rule)).map(|rule| format!("{TABLE}: nothing reports `{rule}`")).collect()
}

fn inside(files: &Files) -> impl Iterator<Item = &(String, String)> {
    files.iter().filter(|(path, _)| path.starts_with("src/"))
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("_tests.rs") || path.ends_with("/testing.rs") || path.contains("/tests/")
}

fn tree() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![root.join("src"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                let text = File::open(&path).and_then(std::io::read_to_string);
                files.push((name, text.unwrap_or_default()));
            }
        }
    }
    files.sort();
    files
}

// ---- the trials

/// The guard has nothing to say of the real tree.
fn holds(guard: fn(&Files) -> Vec<String>) {
    let complaints = guard(&tree());
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// What the guard says of one file beside an innocent one.
fn said(guard: fn(&Files) -> Vec<String>, path: &str, text: &str) -> Vec<String> {
    let innocent = ("src/nouns/memory/mod.rs".to_owned(), "//! Memory.".to_owned());
    guard(&[(path.to_owned(), text.to_owned()), innocent])
}

#[test]
fn a_file_names_only_lower_rooms() {
    holds(layers);
    let broken = r#"//! Broken.
        use crate::{base::Id, fs};
        use super::super::store::{self, Record};
        /* crate::cli */ const TEXT: &str = "crate::cli";
        #[cfg(test)]
        mod tests { use super::config; use super::super::super::git::Repo; }
    "#;
    let wanted = ["store", "git"].map(|room| format!("`fs` may not use `{room}`, which is not below it"));
    let found = said(layers, "src/fs/read.rs", broken);
    assert_eq!(found, [format!("src/fs/read.rs:3: {}", wanted[0]), format!("src/fs/read.rs:6: {}", wanted[1])]);
}

#[test]
fn a_room_has_a_row() {
    assert_eq!(said(layers, "src/attic/mod.rs", "//! Broken."), ["src/attic/mod.rs: room `attic` has no row"]);
    let page = File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).and_then(std::io::read_to_string).unwrap();
    for (room, row) in ROWS {
        assert!(page.contains(&format!("\n| {row} | `{room}` | ")), "docs/architecture.md does not have `{room}` in row {row}");
    }
}

#[test]
fn a_noun_uses_only_listed_nouns() {
    holds(edges);
    let wanted = ["src/nouns/agent/list.rs:2: `agent` uses `memory`, which EDGES does not list"];
    for line in ["use crate::nouns::{Noun, memory::Memory};", "use super::super::memory;"] {
        assert_eq!(said(edges, "src/nouns/agent/list.rs", &format!("//! Broken.\n{line}")), wanted);
    }
    assert!(said(edges, "src/nouns/delegation/run.rs", "//! Fine.\nuse crate::nouns::memory::Memory;").is_empty());
}

#[test]
fn files_and_functions_are_short() {
    holds(sizes);
    let long = format!("//! Broken.\nfn long(size: [u8; 2]) {{\n{}}}\n", "    step();\n".repeat(51));
    assert_eq!(said(sizes, "src/ui/a.rs", &long), ["src/ui/a.rs: function `long` has 51 lines, 50 at most"]);
    assert_eq!(said(sizes, "src/ui/a.rs", &"// line\n".repeat(401)), ["src/ui/a.rs: 401 lines, 400 at most"]);
}

#[test]
fn what_is_allowed_is_needed() {
    holds(unused);
    assert_eq!(unused(&[]).len(), LONG.len() + EDGES.len());
}

#[test]
fn the_world_is_touched_in_one_place_each() {
    holds(bans);
    let broken = r##"//! Broken.
        use std::{fs, io::{self, Write}, process::{Command, ExitCode}};
        fn a() { /* dbg!( /* nested */ */ let s = r#"println!("")"#; let c = '"'; print!("{s}{c}"); io::stdout(); }
        fn b<'a>() -> gix::Id { std::env::var("HOME").unwrap().parse().expect("a \" quote"); todo!() }
        #[cfg(test)]
        mod tests { fn t() { panic!(); std::fs::read("x").unwrap(); } }
    "##;
    let mut found = said(bans, "src/run/a.rs", broken);
    found.sort_unstable();
    let wanted = "2: `std :: fs`, 2: `std :: process :: Command`, 3: `io :: stdout`, 3: `print !`, \
                  4: `. expect (`, 4: `. unwrap (`, 4: `env :: var`, 4: `gix`, 4: `todo !`";
    assert_eq!(found, wanted.split(", ").map(|end| format!("src/run/a.rs:{end}")).collect::<Vec<_>>());
}

#[test]
fn the_one_place_and_tests_may() {
    assert!(said(bans, "src/ui/a.rs", "fn f() { println!(); }").is_empty());
    assert!(said(bans, "src/ui/tests.rs", "fn f() { panic!(); }").is_empty());
}

#[test]
fn nothing_is_decided_by_the_code_of_an_error() {
    holds(codes);
    let broken = r#"//! Broken.
        fn a() { if failure.code() == "changed" { again(); } }
        fn b() { let code = failure.code(); matches!(code, "no_slot" | "claimed"); output.status.code() == Some(1) }
        fn c() { failures.iter().map(Failure::code).any(|code| code == "changed") }
        fn code(&self) -> &'static str { match self { Self::File(error) => error.code(), Self::Gone { code } => "gone" } }
        #[cfg(test)]
        mod tests { fn t() { assert_eq!(failure.code(), "changed"); } }
    "#;
    let wanted =
        [2, 3, 4].map(|line| format!("src/run/a.rs:{line}: reads the code of an error; match its variant (`Failure::downcast_ref`)"));
    assert_eq!(said(codes, "src/run/a.rs", broken), wanted);
    assert!(said(codes, "src/ui/failure.rs", "fn f() { failure.code(); }").is_empty());
}

#[test]
fn a_path_in_the_source_is_checked_by_the_compiler() {
    holds(literals);
    let broken = r#"//! Broken.
        const A: RepoPath = RepoPath::of("a"); fn b() { const B: [RepoPath; 1] = [RepoPath::of("b")]; }
        fn c() { const MOST: u8 = 1; let path = RepoPath::of("c"); join(const { RepoPath::of("d") }) }
        fn e() -> RepoPath { RepoPath::of("e") }
        fn f() { RepoPath::parse("f").or(RepoPath::parse(&text)) }
    "#;
    let wanted = [3, 4].map(|line| format!("src/run/a.rs:{line}: `RepoPath::of` outside of a `const`"));
    assert_eq!(said(literals, "src/run/a.rs", broken), wanted);
    assert_eq!(said(bans, "src/run/a.rs", broken), ["src/run/a.rs:5: `RepoPath :: parse ( )`"]);
}

#[test]
fn a_file_says_what_lives_in_it() {
    holds(openings);
    let found = said(openings, "src/ui/a.rs", "use std::fmt;\nfn f() {}\n");
    assert_eq!(found, ["src/ui/a.rs: does not say in a `//!` what lives here"]);
}

#[test]
fn every_rule_is_reported_somewhere() {
    holds(rules);
    let table = "//! Broken.\nrules! {\n    YamlTag = \"yaml-tag\",\n}\n";
    assert_eq!(said(rules, "src/base/rule.rs", table), ["src/base/rule.rs: nothing reports `YamlTag`"]);
}

#[test]
fn names_say_something() {
    holds(names);
    assert_eq!(said(names, "src/base/utils.rs", "//! Broken."), ["src/base/utils.rs: the name says nothing"]);
    assert_eq!(said(names, "src/base/a.rs", "//! Broken.\nmod helpers {}"), ["src/base/a.rs:2: `mod helpers` says nothing"]);
}
