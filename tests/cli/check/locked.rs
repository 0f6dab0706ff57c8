//! Files that steer agents and their lock, `.cmpm/agent-files.lock`.

use super::{commit_as_agent, in_run};
use crate::support::TestRepo;

const LOCK: &str = ".cmpm/agent-files.lock";

/// A project with three files that steer agents and their lock, on a branch.
fn locked() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("src/x", "x\n");
    repo.write("CLAUDE.md", "Be careful.\n");
    repo.write("docs/AGENTS.md", "Write plainly.\n");
    repo.write(".claude/settings.json", "{\"permissions\": {\"allow\": [\"Read\"]}}\n");
    lock(&repo, "lock");
    repo.git(["checkout", "-q", "-b", "side"]);
    repo
}

fn lock(repo: &TestRepo, message: &str) {
    repo.git(["add", "-A"]);
    repo.cmpm(["trust", "--lock"]).success();
    repo.commit_all(message);
}

/// Each finding of the rule, as `error: CLAUDE.md`.
fn told(repo: &TestRepo, arguments: &[&str], run: Option<&str>) -> Vec<String> {
    let mut command = repo.command([&["--json", "check"], arguments].concat());
    command.envs(run.map(|run| ("CMPM_RUN", run)));
    let answer: serde_json::Value = serde_json::from_str(&repo.answer(command).stdout).unwrap();
    let findings = answer["data"]["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == "agent-file");
    let text = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap().to_owned();
    findings.map(|finding| format!("{}: {}", text(finding, "severity"), text(finding, "path"))).collect()
}

/// Changes one of the files, removes one, adds one and touches another one.
fn edit(repo: &TestRepo) {
    repo.write("CLAUDE.md", "Be quick.\n");
    repo.write("a/GEMINI.md", "New.\n");
    repo.write("src/x", "y\n");
    std::fs::remove_file(repo.path("docs/AGENTS.md")).unwrap();
    repo.git(["add", "-A"]);
}

const ALL: [&str; 3] = ["CLAUDE.md", "a/GEMINI.md", "docs/AGENTS.md"];

fn each(severity: &str) -> Vec<String> {
    ALL.map(|path| format!("{severity}: {path}")).to_vec()
}

#[test]
fn an_agents_edit_is_an_error_until_a_person_has_locked_it_before() {
    let repo = locked();
    edit(&repo);
    assert_eq!(told(&repo, &[], Some("RUN-1")), each("error"));
    commit_as_agent(&repo);
    assert_eq!(told(&repo, &["--base", "main"], None), each("error"));
    // A lock that comes later in the same change is not one that judges it.
    lock(&repo, "lock");
    assert_eq!(told(&repo, &["--base", "main"], None), each("error"));
    repo.git(["checkout", "-q", "main"]);
    edit(&repo);
    lock(&repo, "the same, by a person");
    repo.git(["checkout", "-q", "side"]);
    assert_eq!(told(&repo, &["--base", "main"], None), [""; 0]);
}

#[test]
fn no_agent_writes_the_lock() {
    let repo = locked();
    repo.write(LOCK, "");
    repo.git(["add", "-A"]);
    assert_eq!(told(&repo, &[], Some("RUN-1")), [format!("error: {LOCK}")]);
    in_run(&repo, ["trust", "--lock"]).exits(3);
    assert_eq!(repo.read(LOCK), "");
    commit_as_agent(&repo);
    assert_eq!(told(&repo, &["--base", "main"], None), [format!("error: {LOCK}")]);
}

#[test]
fn a_persons_edit_is_a_warning_without_its_lock() {
    let repo = locked();
    edit(&repo);
    insta::assert_snapshot!(repo.cmpm(["check"]), @"
    CLAUDE.md: warning: this file steers agents and differs from what was locked [agent-file]
      hint: read it, then `cmpm trust --lock` locks what is staged; commit the lock with it
    a/GEMINI.md: warning: this file steers agents and is not locked [agent-file]
      hint: read it, then `cmpm trust --lock` locks what is staged; commit the lock with it
    docs/AGENTS.md: warning: this file steers agents and is gone, but still locked [agent-file]
      hint: read it, then `cmpm trust --lock` locks what is staged; commit the lock with it
    0 errors, 3 warnings in 3 files (what is staged)
    ");
    repo.cmpm(["trust", "--lock"]).success();
    repo.git(["add", "-A"]);
    assert_eq!(told(&repo, &[], None), [""; 0]);
    repo.git(["reset", "-q", "--hard"]);
    edit(&repo);
    repo.git(["commit", "-q", "-m", "edit"]);
    let doctor = repo.cmpm(["doctor"]).stdout;
    assert!(ALL.iter().all(|path| doctor.contains(&format!("{path}: steers agents and "))), "{doctor}");
    assert_eq!(told(&repo, &["--base", "main"], None), each("warning"));
    assert_eq!(told(&repo, &["--all"], None), each("warning"));
    // In a range it may come later.
    lock(&repo, "lock");
    assert_eq!(told(&repo, &["--base", "main"], None), [""; 0]);
    repo.git(["rm", "-q", LOCK]);
    assert_eq!(told(&repo, &[], None), [format!("warning: {LOCK}")]);
}

#[test]
fn without_a_lock_nothing_is_told() {
    let repo = locked();
    repo.git(["rm", "-q", LOCK]);
    repo.git(["commit", "-q", "-m", "no lock"]);
    edit(&repo);
    assert_eq!(told(&repo, &[], Some("RUN-1")), [""; 0]);
    assert_eq!(told(&repo, &["--all"], None), [""; 0]);
    commit_as_agent(&repo);
    assert_eq!(told(&repo, &["--range", "HEAD~..HEAD"], None), [""; 0]);
    let offered = repo.cmpm(["init", "--dry-run"]).success().stdout;
    assert!(offered.contains("Found .claude/settings.json: steers agents, like 2 more; after `cmpm trust --lock` a check"), "{offered}");
}

#[test]
fn what_is_locked_is_shown_and_comes_from_the_index() {
    let repo = locked();
    repo.write("CLAUDE.md", "Not staged.\n");
    repo.write("GEMINI.md", "Nor this.\n");
    let before = repo.read(LOCK);
    insta::assert_snapshot!(repo.cmpm(["trust", "--lock"]), @"
    files that steer agents  trusted  .cmpm/agent-files.lock
        ec584d4e911d1f6244a77837220d4de9ff9a17b7bbee1d7065384942a5dd0501  .claude/settings.json
            permissions.allow: Read
        adad91c6b3c411cdc6257bef2e70b02b098b2f3a7b9b8a4a0b0c671873736882  CLAUDE.md
        4fc2740f8d24bc7402a1b17cf4d6299d5de89d79ceed715537effe16933e3b4c  docs/AGENTS.md

    Locked 3 files in .cmpm/agent-files.lock; commit `.cmpm/` with them.
    ");
    assert_eq!(repo.read(LOCK), before);
    repo.cmpm(["trust"]).success();
}

#[test]
fn both_sides_may_add_to_the_lock() {
    let repo = locked();
    repo.write("b/CLAUDE.md", "Theirs.\n");
    repo.write("CLAUDE.md", "Be quick.\n");
    lock(&repo, "theirs");
    repo.git(["checkout", "-q", "main"]);
    repo.write("b/AGENTS.md", "Ours.\n");
    lock(&repo, "ours");
    repo.git(["merge", "-q", "side", "-m", "both"]);
    assert_eq!(told(&repo, &["--all"], None), [""; 0]);
    assert_eq!(told(&repo, &["--range", "HEAD~..HEAD"], None), [""; 0]);
    lock(&repo, "in order");
    let paths: Vec<String> = repo.read(LOCK).lines().filter_map(|line| Some(line.split_once("  ")?.1.to_owned())).collect();
    assert_eq!(paths, [".claude/settings.json", "CLAUDE.md", "b/AGENTS.md", "b/CLAUDE.md", "docs/AGENTS.md"]);
    let answer = repo.cmpm(["check", "--explain", "agent-file"]).success();
    assert!(answer.stdout.contains("cmpm trust --lock"), "{answer}");
}
