//! Edits that give more power than a file had, each of `fixtures/power/edits.toml`.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{commit_as_agent, in_run};
use crate::support::TestRepo;

#[derive(Deserialize)]
pub struct Edits {
    pub attack: Vec<Edit>,
    harmless: Vec<Edit>,
}

/// Two versions of a file; an empty one is no file.
#[derive(Deserialize)]
pub struct Edit {
    pub path: String,
    #[serde(default)]
    from: String,
    pub before: String,
    pub after: String,
}

impl Edits {
    pub fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/power/edits.toml");
        toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
    }
}

impl Edit {
    /// Where the file was before.
    pub fn old_path(&self) -> &str {
        if self.from.is_empty() { &self.path } else { &self.from }
    }
}

/// Commits one version of each file.
fn commit(repo: &TestRepo, edits: &[Edit], version: fn(&Edit) -> (&str, &str)) {
    for edit in edits {
        for path in [edit.old_path(), &edit.path].iter().filter(|path| repo.path(path).exists()) {
            std::fs::remove_file(repo.path(path)).unwrap();
        }
        let (path, text) = version(edit);
        if !text.is_empty() {
            repo.write(path, text);
        }
    }
    repo.commit_all("edits");
}

fn before(edit: &Edit) -> (&str, &str) {
    (edit.old_path(), &edit.before)
}

fn after(edit: &Edit) -> (&str, &str) {
    (&edit.path, &edit.after)
}

/// The files of which this is said.
fn told(answer: &Value, severity: &str) -> BTreeSet<String> {
    let findings = answer["data"]["findings"].as_array().unwrap().iter();
    let told = findings.filter(|finding| finding["rule"] == "more-power" && finding["severity"] == severity);
    told.map(|finding| finding["path"].as_str().unwrap().to_owned()).collect()
}

/// A repository on a branch that makes the edits, in its index and then in a commit of an agent.
fn edited(edits: &[Edit]) -> TestRepo {
    let repo = TestRepo::new();
    commit(&repo, edits, before);
    repo.git(["checkout", "-q", "-b", "side"]);
    commit(&repo, edits, after);
    repo.git(["reset", "-q", "--soft", "main"]);
    repo
}

fn of_agent(repo: &TestRepo) -> Value {
    serde_json::from_str(&in_run(repo, ["--json", "check"]).stdout).unwrap()
}

#[test]
fn every_attack_is_found_at_the_commit_and_in_ci() {
    let edits = Edits::read().attack;
    let all: BTreeSet<String> = edits.iter().map(|edit| edit.path.clone()).collect();
    let repo = edited(&edits);
    assert_eq!(told(&of_agent(&repo), "error"), all);
    // A person's is told, and stops nothing.
    let answer = repo.json(["check"]);
    assert_eq!((told(&answer, "warning"), told(&answer, "error")), (all.clone(), BTreeSet::new()));
    commit_as_agent(&repo);
    assert_eq!(told(&repo.json(["check", "--base", "main"]), "error"), all);
    // Who wants it does the same on the base: then the agent gives nothing.
    repo.git(["checkout", "-q", "main"]);
    commit(&repo, &edits, after);
    repo.git(["checkout", "-q", "side"]);
    assert_eq!(told(&repo.json(["check", "--base", "main"]), "error"), BTreeSet::new());
    repo.git(["merge", "-q", "main", "-m", "main"]);
    assert_eq!(told(&repo.json(["check", "--base", "main~"]), "warning"), all);
}

#[test]
fn harmless_edits_are_not_told() {
    let repo = edited(&Edits::read().harmless);
    assert_eq!(told(&of_agent(&repo), "error"), BTreeSet::new());
    commit_as_agent(&repo);
    assert_eq!(told(&repo.json(["check", "--base", "main"]), "error"), BTreeSet::new());
}

#[test]
fn a_link_and_a_move_are_no_way_around() {
    let repo = TestRepo::new();
    repo.write("docs/ci.yml", "on: pull_request_target\njobs: {}\n");
    repo.write("package.json", "{}\n");
    repo.commit_all("pages");
    std::fs::create_dir_all(repo.path(".github/workflows")).unwrap();
    repo.git(["mv", "docs/ci.yml", ".github/workflows/ci.yml"]);
    std::fs::remove_file(repo.path("package.json")).unwrap();
    std::os::unix::fs::symlink("docs/p.json", repo.path("package.json")).unwrap();
    repo.git(["add", "-A"]);
    let wanted = [".github/workflows/ci.yml", "package.json"].map(str::to_owned).into();
    assert_eq!(told(&of_agent(&repo), "error"), wanted);
    commit_as_agent(&repo);
    assert_eq!(told(&repo.json(["check", "--base", "HEAD~"]), "error"), wanted);
    let text = repo.cmpm(["check", "--base", "HEAD~"]).exits(1).stdout;
    assert!(text.contains(".github/workflows/ci.yml:1: error: outsiders reach CI: on pull_request_target (commit "), "{text}");
}

#[test]
fn a_link_and_a_move_that_the_base_has_too_gain_nothing() {
    let repo = TestRepo::new();
    repo.write(".npmrc", "ignore-scripts=true\n");
    repo.write("package.json", "{}\n");
    repo.commit_all("settings");
    let edit = || {
        repo.git(["mv", ".npmrc", "npm.txt"]);
        std::fs::remove_file(repo.path("package.json")).unwrap();
        std::os::unix::fs::symlink("docs/p.json", repo.path("package.json")).unwrap();
        repo.git(["add", "-A"]);
    };
    repo.git(["checkout", "-q", "-b", "side"]);
    edit();
    commit_as_agent(&repo);
    let answer = repo.json(["check", "--base", "main"]);
    assert_eq!(told(&answer, "error"), [".npmrc", "package.json"].map(str::to_owned).into(), "{answer}");
    repo.git(["checkout", "-q", "main"]);
    edit();
    repo.git(["commit", "-q", "-m", "the same"]);
    repo.git(["checkout", "-q", "side"]);
    assert_eq!(told(&repo.json(["check", "--base", "main"]), "error"), BTreeSet::new());
}
