//! The rules of the house, read off its source. Each guard is tried twice: on the real tree, where it must be silent, and on a
//! broken example, where it must not be.

#[path = "architecture/guards.rs"]
mod guards;
#[path = "architecture/lists.rs"]
mod lists;
#[path = "architecture/source.rs"]
mod source;

use std::fs::{self, File};
use std::path::Path;

use guards::{Files, bans, codes, edges, folders, layers, literals, names, openings, rules, shapes, sizes, unused};
use lists::{EDGES, LONG, ROWS};
use source::test_files;

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

/// The guard has nothing to say of the real tree.
fn holds(guard: fn(&Files) -> Vec<String>) {
    let complaints = guard(&tree());
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// What the guard says of one file next to an innocent one.
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
fn functions_have_few_arguments_and_few_levels() {
    holds(shapes);
    let broken = "//! Broken.
        fn few(&self, at: (u8, Id), f: impl Fn(u8, u8, u8, u8) -> u8, pairs: &[(u8, u8)]) {}
        fn many<T: Into<(u8, u8)>>(a: &'a mut (u8, (u8, Vec<(u8, u8)>), u8), (b): T) {}
        fn deep() { if a { if b { if c { if d { if e {} } } } } }
    ";
    let wanted =
        ["src/ui/a.rs:3: function `many` has 5 arguments, 4 at most", "src/ui/a.rs:4: function `deep` has 6 levels of braces, 5 at most"];
    assert_eq!(said(shapes, "src/ui/a.rs", broken), wanted);
}

#[test]
fn a_folder_has_few_files() {
    holds(folders);
    let files: Vec<_> = (0..26).map(|number| (format!("src/nouns/ticket/a{number}.rs"), "//! One.".to_owned())).collect();
    assert_eq!(folders(&files), ["src/nouns/ticket: 26 files, 25 at most"]);
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
    let files = ["#[cfg(test)]\n#[path = \"a_tests.rs\"]\nmod tests;", "#[cfg(test)]\npub mod b;"];
    let [first, second] = files.map(|text| test_files("src/run/a.rs", text));
    assert_eq!((first, second), (vec!["src/run/a_tests.rs".to_owned()], vec!["src/run/a/b/".to_owned(), "src/run/a/b.rs".to_owned()]));
}

/// The ways around the guards that somebody has found: an odd name, a test on top, another path to the same thing.
#[test]
fn nobody_walks_around_a_guard() {
    for path in ["src/run/a_tests.rs", "src/run/tests/a.rs", "src/run/testing.rs"] {
        assert_eq!(said(bans, path, "fn f() { panic!(); }"), [format!("{path}:1: `panic !`")]);
    }
    let on_top = "#[cfg(test)]\nmod tests { fn t() { panic!() } }\n#[cfg(test)] use crate::cli;\nfn f() { panic!(); }";
    assert_eq!(said(bans, "src/run/a.rs", on_top), ["src/run/a.rs:4: `panic !`"]);
    for (line, ban) in [
        ("use std::io as out;", "std :: io as"),
        ("use crate as house;", "crate as"),
        ("use std as s;", "std as"),
        ("fn f() { a.map(Option::unwrap); }", ":: unwrap"),
        ("fn f() { Result::expect(a, \"b\"); }", ":: expect"),
        ("fn f() { walkdir::WalkDir::new(\"/\"); }", "walkdir"),
        ("fn f() { rustix::fs::open(a); }", "rustix :: fs"),
        ("fn f() { tempfile::tempdir(); }", "tempfile"),
        ("fn f() { std::net::TcpStream::connect(a); }", "std :: net"),
        ("fn f() { let a = std::time::Instant::now(); }", "Instant :: now"),
        ("fn f() { std::process::exit(1); }", "process :: exit"),
    ] {
        assert_eq!(said(bans, "src/nouns/ticket/a.rs", line), [format!("src/nouns/ticket/a.rs:1: `{ban}`")]);
    }
}

#[test]
fn nothing_is_decided_by_the_code_of_an_error() {
    holds(codes);
    let broken = r#"//! Broken.
        fn a() { if failure.code() == "changed" { again(); } }
        fn b() { let code = failure.code(); matches!(code, "no_slot" | "claimed"); output.status.code() == Some(1) }
        fn code(&self) -> &'static str { Failure::from(self).code() }
        fn c() { failures.iter().map(Failure::code).any(|code| code == "changed") }
        fn explain(&self) -> Explained { match self { Self::File(error) => error.explain(), Self::Gone { code } => Explained::no("gone") } }
        #[cfg(test)]
        mod tests { fn t() { assert_eq!(failure.code(), "changed"); } }
    "#;
    let wanted =
        [2, 3, 4, 5].map(|line| format!("src/run/a.rs:{line}: reads the code of an error; match its variant (`Failure::downcast_ref`)"));
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
