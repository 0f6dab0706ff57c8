//! `cmpm doctor`: what it finds, what it fixes, and that it writes nothing unasked.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::delegate::{Project, untested_without_a_room, until};
use crate::support::{Answer, TestRepo};

/// A cmpm project with hooks.
fn project() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm(["init", "--no-hooks"]).success();
    repo.commit_all("project");
    repo.cmpm(["hook", "install"]).success();
    repo
}

/// The doctor with cmpm on the path, as a person has it.
fn doctor(repo: &TestRepo, arguments: &[&str]) -> Answer {
    let mut command = repo.command(["doctor"]);
    let folder = Path::new(command.get_program()).parent().unwrap().to_owned();
    on_path(&mut command, &folder);
    command.args(arguments);
    repo.answer(command)
}

fn on_path(command: &mut Command, folder: &Path) {
    command.env("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()));
}

/// What is not well, as `check: state: about: message`.
fn sick(answer: &Answer) -> Vec<String> {
    let json: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {answer}"));
    let rows = json["data"]["checks"].as_array().unwrap().iter().filter(|row| row["state"] != "ok");
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or("-").to_owned();
    let minutes = |text: String| {
        text.split_once("5m ").map_or(text.clone(), |(before, after)| format!("{before}5m{}", after.trim_start_matches(|c| c != ' ')))
    };
    rows.map(|row| minutes(["check", "state", "about", "message"].map(|key| text(row, key)).join(": "))).collect()
}

/// Everything in a folder: name, kind, time and the hash of its content.
pub fn everything(root: &Path) -> BTreeMap<String, (u32, i64, i64, String)> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        let content = if metadata.is_file() { blake3::hash(&fs::read(&path).unwrap()).to_string() } else { String::new() };
        let about = (metadata.mode(), metadata.mtime(), metadata.mtime_nsec(), content);
        found.insert(path.display().to_string(), about);
    }
    found
}

/// Makes a file that was written five minutes ago.
fn old_file(file: &Path) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let file = File::create(file).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(300)).unwrap();
}

/// A write of two files that was interrupted after the first.
fn half_write(repo: &TestRepo) {
    let entry = repo.path(".git/cmpm/journal/00000001");
    fs::create_dir_all(&entry).unwrap();
    let steps = r#"[{"path":"one.txt","existed":false,"exists":true},{"path":"two.txt","existed":false,"exists":true}]"#;
    let root = repo.root().display();
    let text = format!(r#"{{"number":1,"operation":"ticket create","root":"{root}","state":"begun","steps":{steps}}}"#);
    fs::write(entry.join("entry.json"), text).unwrap();
    for (name, text) in [("0.after", "one"), ("1.after", "two")] {
        fs::write(entry.join(name), text).unwrap();
    }
    repo.write("one.txt", "one");
}

#[test]
fn a_healthy_clone_has_nothing_to_say() {
    let repo = project();
    repo.git(["worktree", "add", "-q", "../side"]);
    let answer = doctor(&repo, &[]).success();
    // What the sandbox can do depends on the machine.
    let of_machine = |line: &str| line.starts_with("git ") || line.starts_with("sandbox ") || line.contains("next: `delegate.sandbox");
    let lines: Vec<&str> = answer.stdout.lines().filter(|line| !of_machine(line)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    CHECK      STATE  WHAT
    clone      ok     whole
    clock      ok     system and disk agree; CMPM_NOW holds cmpm's own at 2026-01-31T09:00:00Z
    project    ok     initialised
    settings   ok     valid
    agents     ok     27 agents, each valid; `cmpm trust --lock` locks what steers agents (1 file)
    tickets    ok     0 tickets
    hooks      ok     hooks installed in 2 worktrees
    locks      ok     none in the way
    merge      ok     nothing is in conflict
    journal    ok     nothing is unfinished
    claims     ok     0 tickets claimed
    slots      ok     0 of 5 taken
    runs       ok     0 runs
    worktrees  ok     2 worktrees, each in its place
    branches   ok     0 of runs
    cache      ok     none
    leftovers  ok     none
    trash      ok     empty
    disk       ok     no run has a worktree

    No problems found.
    ");
    assert!(answer.stdout.contains("2.40 or newer required"), "{answer}");
    let said: Vec<&str> = answer.stdout.lines().filter_map(|line| line.strip_prefix("sandbox    ok     ")).collect();
    let all = ["write", "read", "modes", "sockets", "network", "processes", "devices", "disk"];
    if said[0].starts_with("namespaces") {
        assert_eq!(said[1..], all.map(|access| format!("{access}: enforced")));
    } else {
        untested_without_a_room("what a room closes");
        assert!(all.iter().zip(&said[1..]).all(|(access, row)| row.starts_with(access)) && said.len() == 9, "{said:?}");
    }
    let fixed = doctor(&repo, &["--fix"]).success();
    assert_eq!(fixed.stdout, answer.stdout);
}

#[test]
fn unasked_it_writes_nothing_and_asked_it_mends_what_is_safe() {
    let repo = project();
    half_write(&repo);
    let dead = r#"{"ticket":"TSK-1","owner":{"host":"HOST","boot_id":"before","pid_space":"","pid":1,"start_time":1},"term":"lease","since":"2026-01-31T09:00:00Z"}"#;
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    repo.write(".git/cmpm/claims/TSK-1.json", &dead.replace("HOST", host.trim()));
    repo.write(".git/cmpm/jobs/RUN-1/status.json", "{}");
    repo.write(".git/cmpm/cache", "not a folder");
    old_file(&repo.path(".git/cmpm/jobs/RUN-1/.cmpm-half.tmp"));
    old_file(&repo.path(".git/index.lock"));
    fs::remove_file(repo.path(".git/hooks/pre-commit")).unwrap();
    let before = everything(repo.root());
    let answer = doctor(&repo, &["--json"]).exits(1);
    assert_eq!(everything(repo.root()), before);
    insta::assert_snapshot!(sick(&answer).join("\n"), @r"
    hooks: problem: .git/hooks/pre-commit: cmpm's line was installed here, and it is gone
    locks: problem: .git/index.lock: git is running here, or was killed 5m ago
    journal: problem: .: `ticket create` was interrupted while writing 2 files
    claims: problem: TSK-1: claimed by a process that has ended
    runs: warning: RUN-1: a folder for a run that was never recorded
    cache: warning: .git/cmpm/cache: is not a folder
    leftovers: warning: .git/cmpm: 1 half-written file of killed processes
    ");

    let fixed = doctor(&repo, &["--fix"]).exits(1);
    insta::assert_snapshot!(fixed.stdout.split("\n\n").next().unwrap(), @r"
    fixed pre-commit: restored cmpm's line
    fixed journal: finished `ticket create`
    fixed TSK-1: released; its process has ended
    fixed RUN-1: removed the empty folder of a run that never started
    fixed cache: removed; it is created again when needed
    fixed half-written files: removed 1 file
    ");
    assert_eq!(repo.read("two.txt"), "two");
    assert!(repo.exists(".git/index.lock"), "a lock of git's was removed");
    let left = doctor(&repo, &["--json"]).exits(1);
    insta::assert_snapshot!(sick(&left).join("\n"), @"locks: problem: .git/index.lock: git is running here, or was killed 5m ago");
    fs::remove_file(repo.path(".git/index.lock")).unwrap();
    assert_eq!(sick(&doctor(&repo, &["--json"]).success()), [""; 0]);
}

#[test]
fn a_hook_counts_when_git_reaches_cmpm_through_it() {
    let repo = project();
    // Without cmpm the rest of a hook would run for real, so nothing is tried.
    repo.write(".git/hooks/pre-commit", &format!("{}touch '{}'\n", repo.read(".git/hooks/pre-commit"), repo.path("ran").display()));
    let bare = repo.cmpm(["--json", "doctor"]).exits(1);
    assert_eq!(sick(&bare), ["hooks: problem: -: cmpm is not on PATH, so every hook skips its checks"]);
    assert!(!repo.exists("ran"));
    assert_eq!(sick(&doctor(&repo, &["--json"])), [""; 0]);
    assert!(!repo.exists("ran"), "the rest of the hook ran");

    let other = repo.around().join("bin");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join("cmpm"), "#!/bin/sh\necho I am another program; exit 1\n").unwrap();
    fs::set_permissions(other.join("cmpm"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = repo.command(["--json", "doctor"]);
    on_path(&mut command, &other);
    let found = sick(&repo.answer(command).exits(1));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].contains("git ran commit-msg, but it did not call cmpm: I am another program"), "{found:?}");
}

#[test]
fn hooks_are_looked_at_in_every_worktree() {
    let repo = project();
    repo.git(["config", "core.hooksPath", ".githooks"]);
    repo.git(["worktree", "add", "-q", "../side"]);
    repo.cmpm(["hook", "install", "pre-commit"]).success();
    let found = sick(&doctor(&repo, &["--json"]).exits(1));
    let side = repo.around().join("side").display().to_string();
    // The folder that git looks into now has one of the hooks in the main worktree, and none in the other.
    let here = |name: &str| format!("hooks: problem: .githooks/{name}: {name} does not call cmpm in {}", repo.root().display());
    let there = |name: &str| format!("hooks: problem: {side}/.githooks/{name}: {name} does not call cmpm in {side}");
    assert!(found.contains(&here("commit-msg")) && found.contains(&there("commit-msg")), "{found:?}");
    assert!(!found.contains(&here("pre-commit")) && found.contains(&there("pre-commit")), "{found:?}");
    repo.git(["config", "--unset", "core.hooksPath"]);
    assert_eq!(sick(&doctor(&repo, &["--json"]).success()), [""; 0]);
}

#[test]
fn a_project_without_hooks_is_worth_a_look_and_hooks_of_all_repositories_are_the_users() {
    let repo = TestRepo::new();
    let init = "project: warning: -: this repository is not a cmpm project yet";
    assert_eq!(sick(&repo.cmpm(["--json", "doctor"]).success()), [init]);
    repo.cmpm(["init", "--no-hooks"]).success();
    let hooks = sick(&repo.cmpm(["--json", "doctor"]).success());
    assert_eq!(hooks, ["hooks: warning: -: cmpm's hooks are not installed in this clone, so commits are not checked here"]);
    let global = || {
        let file = repo.around().join("home/.gitconfig");
        fs::write(&file, "[core]\n\thooksPath = /nowhere\n").unwrap();
        let mut command = repo.command(["--json", "doctor"]);
        command.env_remove("GIT_CONFIG_GLOBAL");
        let found = sick(&repo.answer(command));
        fs::remove_file(file).unwrap();
        found
    };
    assert_eq!(global(), ["hooks: warning: -: core.hooksPath is set for all repositories, to /nowhere"]);
    repo.cmpm(["hook", "install"]).success();
    assert_eq!(global(), ["hooks: problem: -: core.hooksPath is set for all repositories, to /nowhere"]);
}

#[test]
fn worktrees_branches_and_folders_without_a_run_are_named_and_left_alone() {
    let project = Project::new();
    let repo = &project.repo;
    let run = project.passed("Write more");
    repo.git(["branch", "agent/old"]);
    repo.git(["worktree", "add", "-q", ".worktrees/mine", "-b", "mine"]);
    repo.write(".worktrees/loose/file", "work");
    fs::remove_dir_all(project.worktree(&run)).unwrap();
    let name = project.worktree(&run).file_name().unwrap().to_string_lossy().into_owned();
    let found = sick(&repo.answer(repo.command(["--json", "doctor", "--fix"])).success());
    let wanted = [
        "worktrees: warning: .worktrees/mine: a worktree among those of runs, but no run of this clone knows it".to_owned(),
        "worktrees: warning: .worktrees/loose: a folder among the worktrees of runs, but git knows no worktree there".to_owned(),
        "branches: warning: agent/old: a branch without a run in this clone".to_owned(),
        format!("runs: warning: {run}: its worktree is gone; its work is kept"),
    ];
    assert!(wanted.iter().all(|row| found.contains(row)), "{found:#?}");
    assert!(!repo.git(["worktree", "list"]).contains(&name), "git still knows the worktree that is gone");
    assert_eq!(repo.read(".worktrees/loose/file"), "work");
    assert_eq!(project.state(&run), "review passed");
    repo.cmpm(["delegate", "approve", &run]).success();
    assert!(repo.read("docs/a.md").contains("more"));
}

#[test]
fn who_is_at_work_is_left_in_peace() {
    let project = Project::new();
    let repo = &project.repo;
    let ticket = project.ticket("Write more");
    let script = "touch $CMPM_RUN_DIR/begun; until test -e $CMPM_RUN_DIR/go; do sleep 0.05; done; echo more >> docs/a.md";
    let mut delegation = project.start(project.delegation(&ticket, script));
    until("it works", || project.holder(&ticket).is_some_and(|run| project.job(&run, "out/begun").exists()));
    let run = project.run_of(&ticket);
    let fixed = repo.cmpm(["doctor", "--fix"]).success();
    assert!(!fixed.stdout.contains("fixed"), "{fixed}");
    fs::write(project.job(&run, "out/go"), "").unwrap();
    assert!(delegation.wait().unwrap().success());
    assert_eq!(project.state(&run), "review passed");

    // The checkout for gates, while somebody approves and after he was killed.
    fs::create_dir_all(project.job(&run, "gate-tree/docs")).unwrap();
    let lock = File::options().write(true).open(project.job(&run, "lock")).unwrap();
    lock.lock().unwrap();
    assert!(!repo.cmpm(["doctor", "--fix"]).success().stdout.contains("fixed"));
    assert!(project.job(&run, "gate-tree").exists());
    drop(lock);
    project.heal("a killed approval");
    assert!(!project.job(&run, "gate-tree").exists());
    repo.cmpm(["delegate", "approve", &run]).success();
}

#[test]
fn what_was_brought_back_is_not_taken_away_again() {
    let project = Project::new();
    let run = project.passed("Write more");
    let worktree = project.worktree(&run);
    project.repo.cmpm(["delegate", "reject", &run, "-m", "no"]).success();
    project.repo.cmpm(["delegate", "restore", &run]).success();
    project.heal("a restore");
    assert!(worktree.join("docs/a.md").exists());
}

#[test]
fn damaged_files_are_told_one_by_one() {
    let repo = project();
    repo.write(".cmpm/config.yaml", "delegate: {max_paralel: 3}\n");
    repo.write(".cmpm/config.ci.yaml", "- a\n");
    repo.write(".cmpm/runners/mine.yaml", "name: mine\n");
    repo.write(".cmpm/agents/writer.md", "---\nname: writer\ndescription: x\nwrite: [\"a[\"]\n---\n");
    repo.git(["config", "--remove-section", "merge.cmpm"]);
    repo.write(".git/cmpm/init.json", "{");
    repo.write(".git/cmpm/claims/ISS-1.json", "half");
    repo.write(".git/cmpm/jobs/RUN-1/agent.git/HEAD", "work of an agent");
    let found = sick(&doctor(&repo, &["--fix", "--json"]).exits(1));
    let checks: Vec<&str> = found.iter().map(|row| row.split(": -: ").next().unwrap().split(':').next().unwrap()).collect();
    assert_eq!(checks, ["project", "project", "settings", "settings", "settings", "agents", "claims", "runs"], "{found:#?}");
    assert!(
        found[0].contains("merge driver")
            && found[1].contains("init.json")
            && found[2].contains("max_paralel")
            && found[6].contains("ISS-1.json"),
        "{found:#?}"
    );
    assert!(repo.exists(".git/cmpm/jobs/RUN-1/agent.git/HEAD"), "a folder with work in it was removed");
}

#[test]
fn where_it_may_not_mend_it_says_so() {
    let repo = project();
    let mut inside = repo.command(["doctor", "--fix"]);
    inside.env("CMPM_RUN", "RUN-1");
    assert!(repo.answer(inside).exits(3).stderr.contains("only a person"));
    let outside = repo.answer({
        let mut command = repo.command(["doctor"]);
        command.current_dir(repo.around());
        command
    });
    outside.exits(2);
}
