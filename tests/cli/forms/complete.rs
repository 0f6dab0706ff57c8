//! No form is left out: what the source names as a file of its own, what has a schema, and what is in the README are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{FORMS, folder, names};

/// What files of cmpm's own are called at the end.
const ENDINGS: &[&str] = &["json", "jsonl", "yaml", "md", "csv"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rows below a heading of the README: what is in code spans of the first cell, and of the last.
fn rows(heading: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let page = fs::read_to_string(folder().join("README.md")).unwrap();
    let part = page.split("\n## ").find(|part| part.starts_with(heading)).unwrap().to_owned();
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(spans).collect::<Vec<_>>();
    let lines = part.lines().filter(|line| line.starts_with("| `"));
    lines.map(cells).map(|cells| (cells[0].clone(), cells[cells.len() - 1].clone())).collect()
}

fn spans(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for path in names(&folder).iter().map(|name| folder.join(name)) {
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

#[test]
fn every_form_has_a_folder_a_test_and_a_row() {
    let told: BTreeSet<String> = rows("Forms").into_iter().flat_map(|(form, _)| form).collect();
    let tested: BTreeSet<String> = FORMS.iter().map(|form| (*form).to_owned()).collect();
    let there: BTreeSet<String> = names(&folder()).into_iter().filter(|name| name != "README.md").collect();
    assert_eq!(there, tested, "folders of fixtures/forms, and tests");
    assert_eq!(told, tested, "rows of its README, and tests");
}

#[test]
fn every_version_is_explained() {
    let told: BTreeSet<String> = rows("Versions").into_iter().flat_map(|(version, _)| version).collect();
    let there: BTreeSet<String> = FORMS.iter().flat_map(|form| names(&folder().join(form))).collect();
    assert_eq!(told, there, "versions in the README, and folders below the forms");
}

// ---- what the source names

/// Every name in the source that looks like a file of cmpm's own, or a form, with the file that names it.
fn named() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let is_test = |path: &str| path.ends_with("tests.rs") || path.ends_with("testing.rs") || path.contains("/tests/");
    let embedded: Vec<String> = below(&root().join("templates")).iter().map(|path| path.display().to_string()).collect();
    for path in below(&root().join("src")) {
        let place = path.strip_prefix(root()).unwrap().display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
        for line in code.lines().filter(|line| !is_test(&place) && !line.trim_start().starts_with("//") && !line.contains("include_str!")) {
            for (before, literal) in literals(line) {
                let is_answer = line.contains("const SCHEMA: &'static str");
                let is_embedded = || embedded.iter().any(|path| path.ends_with(&format!("/{literal}")));
                if is_live(before) || (is_form(literal) && !is_answer) || (is_file(literal) && !is_embedded()) {
                    found.entry(literal.to_owned()).or_insert(place.clone());
                }
            }
        }
    }
    found
}

/// The literals of a line, each with what stands before it.
fn literals(line: &str) -> Vec<(&str, &str)> {
    let (mut found, mut opened, mut escaped) = (Vec::new(), None, false);
    for (at, c) in line.char_indices() {
        match (c, opened) {
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            ('"', None) => opened = Some(at),
            ('"', Some(start)) => {
                found.push((line.get(..start).unwrap(), line.get(start + 1..at).unwrap()));
                opened = None;
            }
            _ => {}
        }
    }
    found
}

/// A name among the live facts of a clone.
fn is_live(before: &str) -> bool {
    before.ends_with("live.join(") || before.ends_with("live().join(")
}

/// `cmpm.job/1`.
fn is_form(literal: &str) -> bool {
    let parts = literal.strip_prefix("cmpm.").and_then(|rest| rest.split_once('/'));
    parts.is_some_and(|(name, version)| name.chars().all(|c| c.is_ascii_lowercase() || c == '.') && version.parse::<u32>().is_ok())
}

fn is_file(literal: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.{}/-".contains(c);
    let is_page = literal.starts_with("docs/");
    !is_page
        && literal.chars().all(fits)
        && literal.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && ENDINGS.contains(&ending))
}

#[test]
fn every_name_in_the_source_has_its_form() {
    let (forms, others) = (rows("Forms"), rows("No forms"));
    let told: BTreeSet<&String> = forms.iter().flat_map(|(_, names)| names).chain(others.iter().flat_map(|(names, _)| names)).collect();
    let named = named();
    let missing: Vec<String> =
        named.iter().filter(|(name, _)| !told.contains(name)).map(|(name, place)| format!("`{name}` of {place}")).collect();
    assert!(missing.is_empty(), "has no form in fixtures/forms, nor a reason in its README: {}", missing.join(", "));
    let stale: Vec<&&String> = told.iter().filter(|name| !named.contains_key(**name)).collect();
    assert!(stale.is_empty(), "the README of fixtures/forms has names that the source has not: {stale:?}");
}

// ---- what has a schema

/// The schemas of files, by their names: those of answers say which verb gives them.
fn schemas() -> BTreeMap<String, Value> {
    let files = names(&root().join("schemas"));
    let read = |name: &String| serde_json::from_slice(&fs::read(root().join("schemas").join(name)).unwrap()).unwrap();
    let all = files.iter().map(|name| (name.trim_end_matches(".json").replace("-v", "/"), read(name)));
    all.filter(|(_, schema): &(String, Value)| schema.get("x-verb").is_none()).collect()
}

#[test]
fn every_schema_of_a_file_is_said_by_fixtures() {
    let said: BTreeSet<String> = rows("Forms").into_iter().flat_map(|(_, names)| names).collect();
    let files = [
        ("cmpm.config/1", "config", ".yaml"),
        ("cmpm.job/1", "job", "job.json"),
        ("cmpm.job.status/1", "job", "status.json"),
        ("cmpm.assignment/1", "attempt", "assignment.json"),
        ("cmpm.progress/1", "job", "progress.jsonl"),
        ("cmpm.result/1", "attempt", "result.json"),
        ("cmpm.handoff/1", "attempt", "handoff.json"),
        ("cmpm.plan/1", "plan", ".yaml"),
    ];
    let mut missing = Vec::new();
    for (name, schema) in schemas() {
        assert!(said.contains(&name), "no form of fixtures/forms has the schema {name}");
        let (_, form, ending) =
            files.iter().find(|(known, ..)| *known == name).unwrap_or_else(|| panic!("which fixtures have the schema {name}?"));
        let fixtures = below(&folder().join(form)).into_iter().filter(|path| path.display().to_string().ends_with(ending));
        let texts = fixtures.map(|path| fs::read_to_string(path).unwrap());
        let values: Vec<Value> = texts.map(|text| serde_yaml::from_str(&text).unwrap()).collect();
        let mut unsaid = Unsaid { root: &schema, path: Vec::new(), open: Vec::new(), found: Vec::new() };
        unsaid.look(&schema, &values.iter().collect::<Vec<_>>());
        missing.extend(unsaid.found.iter().map(|key| format!("{key} of {name}")));
    }
    assert!(missing.is_empty(), "no fixture says {}", missing.join(", "));
}

/// The properties of a schema that no value has.
struct Unsaid<'a> {
    root: &'a Value,
    path: Vec<String>,
    open: Vec<&'a str>,
    found: Vec<String>,
}

impl<'a> Unsaid<'a> {
    fn look(&mut self, schema: &'a Value, values: &[&Value]) {
        if let Some(name) = schema["$ref"].as_str() {
            // A part of itself, such as the children of a ticket.
            if !self.open.contains(&name) {
                self.open.push(name);
                self.look(self.root.pointer(name.trim_start_matches('#')).unwrap(), values);
                self.open.pop();
            }
            return;
        }
        // Something or nothing; where there are several ways to write a value, each is one.
        if let Some([something, nothing]) = schema["anyOf"].as_array().map(Vec::as_slice)
            && nothing["type"] == "null"
        {
            return self.look(something, values);
        }
        if let Some(items) = schema.get("items") {
            let items_of = |value: &&'_ Value| value.as_array().cloned().unwrap_or_default();
            let all: Vec<Value> = values.iter().flat_map(items_of).collect();
            return self.look(items, &all.iter().collect::<Vec<_>>());
        }
        for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
            let said: Vec<&Value> = values.iter().filter_map(|value| value.get(key)).filter(|value| !value.is_null()).collect();
            self.path.push(key.clone());
            if said.is_empty() {
                self.found.push(self.path.join("."));
            } else {
                self.look(inner, &said);
            }
            self.path.pop();
        }
    }
}

#[test]
fn a_name_is_found_where_it_is_written() {
    let line = r#"live.join("queue").join(format!("{name}.json")); say("a \"quoted.md\" word, not"); x("cmpm.job/2");"#;
    let hits = literals(line).into_iter().filter(|(before, literal)| is_live(before) || is_file(literal) || is_form(literal));
    assert_eq!(hits.map(|(_, literal)| literal).collect::<Vec<_>>(), ["queue", "{name}.json", "cmpm.job/2"]);
}
