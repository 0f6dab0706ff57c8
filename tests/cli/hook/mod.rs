//! `cmpm hook`, through real git.

mod managers;
mod push;
mod queue;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Answer, TestRepo};

/// A cmpm project with one ticket, and hooks.
pub fn project() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm(["init", "--no-hooks"]).success();
    repo.cmpm(["issue", "create", "Fix the parser"]).success();
    repo.commit_all("project");
    repo
}

/// Runs git as a person would, with cmpm on the path.
pub fn git(repo: &TestRepo, folder: &Path, arguments: &[&str]) -> Answer {
    let command = repo.command(["--version"]);
    git_beside(repo, Path::new(command.get_program()).parent().unwrap(), folder, arguments)
}

/// The same with a folder of programs first on the path.
pub fn git_beside(repo: &TestRepo, program: &Path, folder: &Path, arguments: &[&str]) -> Answer {
    let mut command: Command = repo.command(["--version"]);
    let mut real = Command::new("git");
    real.env_clear();
    for (name, value) in command.get_envs() {
        real.env(name, value.unwrap_or_default());
    }
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    real.env("PATH", path).current_dir(folder).args(arguments).stdin(std::process::Stdio::null());
    command.current_dir(folder);
    repo.answer(real)
}

pub fn hook(repo: &TestRepo, name: &str, text: &str) {
    let file = repo.path(&format!(".git/hooks/{name}"));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Stages a second ticket with the id of the first.
fn stage_duplicate(repo: &TestRepo, folder: &Path) {
    let issues = folder.join("tasks/issues");
    let first = fs::read_dir(&issues).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some()).unwrap();
    fs::copy(&first, issues.join("ISS-copy.md")).unwrap();
    git(repo, folder, &["add", "-A"]).success();
}

#[test]
fn what_was_committed_without_hooks_is_not_pushed() {
    let repo = project();
    let root = repo.root().to_owned();
    repo.git(["init", "-q", "--bare", "../remote.git"]);
    repo.git(["remote", "add", "origin", "../remote.git"]);
    repo.cmpm(["hook", "install"]).success();
    // git gives the hook the push on standard input; whoever comes after cmpm still gets it.
    let file = repo.path(".git/hooks/pre-push");
    let line = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{line}cat > '{}'\n", repo.around().join("pushed").display())).unwrap();
    git(&repo, &root, &["push", "-q", "-u", "origin", "main"]).success();
    assert!(fs::read_to_string(repo.around().join("pushed")).unwrap().starts_with("refs/heads/main "));
    stage_duplicate(&repo, &root);
    git(&repo, &root, &["commit", "-qnm", "copy"]).success();
    let answer = git(&repo, &root, &["push", "-q"]).exits(1);
    assert!(answer.to_string().contains("is also the id of"), "{answer}");
    // A new branch is compared with the remote's main one.
    git(&repo, &root, &["checkout", "-q", "-b", "side"]).success();
    git(&repo, &root, &["push", "-q", "origin", "side"]).exits(1);
    git(&repo, &root, &["rm", "-q", "tasks/issues/ISS-copy.md"]).success();
    git(&repo, &root, &["commit", "-qm", "no copy"]).success();
    git(&repo, &root, &["push", "-q", "origin", "side"]).success();
    // A history of its own has nothing to be compared with.
    git(&repo, &root, &["checkout", "-q", "--orphan", "alone"]).success();
    git(&repo, &root, &["commit", "-qm", "alone"]).success();
    git(&repo, &root, &["push", "-q", "origin", "alone"]).success();
}

#[test]
fn a_bad_ticket_and_an_unknown_one_stop_the_commit() {
    let repo = project();
    repo.cmpm(["hook", "install"]).success();
    let path = repo.json(["ticket", "show", "ISS-0000000h"])["data"]["path"].as_str().unwrap().to_owned();
    let whole = repo.read(&path);
    repo.write(&path, whole.trim_start_matches("---\n"));
    let lost = git(&repo, repo.root(), &["commit", "-qam", "lost"]).exits(1);
    assert!(lost.stderr.contains(&path), "a ticket that is none any more: {lost}");
    repo.write(&path, &whole);
    git(&repo, repo.root(), &["add", "-A"]).success();
    git(&repo, repo.root(), &["commit", "--allow-empty", "-qm", "Closes ISS-zzzzzzzz"]).exits(1);
    git(&repo, repo.root(), &["commit", "--allow-empty", "-qm", "Fine\n\nRefs: ISS-0000000h"]).success();
    let unknown = git(&repo, repo.root(), &["commit", "--allow-empty", "-qm", "Closes ISS-99999999"]).exits(1);
    assert!(unknown.stderr.contains("there is no") && unknown.stderr.contains("ISS-99999999"), "{unknown}");
    stage_duplicate(&repo, repo.root());
    let answer = git(&repo, repo.root(), &["commit", "-qm", "copy"]).exits(1);
    assert!(answer.stderr.contains("is also the id of"), "{answer}");
    git(&repo, repo.root(), &["commit", "-qnm", "copy"]).success();
}

#[test]
fn what_was_there_runs_on_and_comes_back_byte_for_byte() {
    let repo = project();
    let mine = "#!/bin/bash\nset -eu\necho mine ran\nexec true";
    hook(&repo, "pre-commit", mine);
    repo.cmpm(["hook", "install"]).success();
    let with = repo.read(".git/hooks/pre-commit");
    repo.cmpm(["hook", "install"]).success();
    assert_eq!(repo.read(".git/hooks/pre-commit"), with, "a second time changes nothing");
    let answer = git(&repo, repo.root(), &["commit", "--allow-empty", "-qm", "fine"]).success();
    assert!(answer.stderr.contains("mine ran"), "{answer}");
    stage_duplicate(&repo, repo.root());
    git(&repo, repo.root(), &["commit", "-qm", "copy"]).exits(1);
    repo.cmpm(["hook", "uninstall"]).success();
    assert_eq!(repo.read(".git/hooks/pre-commit"), mine);
    let mode = repo.path(".git/hooks/pre-commit").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    assert!(!repo.exists(".git/hooks/commit-msg") && !repo.exists(".git/cmpm/hooks.json"));
}

#[test]
fn an_edited_hook_loses_only_the_line() {
    let repo = project();
    repo.cmpm(["hook", "install", "pre-commit"]).success();
    let file = repo.path(".git/hooks/pre-commit");
    fs::write(&file, format!("{}echo later\n", repo.read(".git/hooks/pre-commit"))).unwrap();
    repo.cmpm(["hook", "uninstall"]).success();
    assert_eq!(repo.read(".git/hooks/pre-commit"), "#!/bin/sh\necho later\n");
}

#[test]
fn what_is_no_shell_script_stays_as_it_is() {
    let repo = project();
    let python = "#!/usr/bin/env python3\nprint('mine')\n";
    hook(&repo, "pre-commit", python);
    fs::write(repo.path("shared"), "#!/bin/sh\n").unwrap();
    symlink(repo.path("shared"), repo.path(".git/hooks/commit-msg")).unwrap();
    let answer = repo.cmpm(["hook", "install"]).exits(3);
    assert!(answer.stdout.contains("not a shell script") && answer.stdout.contains("symbolic link"), "{answer}");
    assert_eq!(repo.read(".git/hooks/pre-commit"), python);
    assert_eq!(repo.read("shared"), "#!/bin/sh\n");
}

#[test]
fn a_folder_for_all_repositories_is_not_touched() {
    let repo = project();
    let global = repo.around().join("global");
    fs::create_dir_all(&global).unwrap();
    let config = repo.around().join("home/.gitconfig");
    fs::write(&config, format!("[core]\n\thooksPath = {}\n", global.display())).unwrap();
    let mut command = repo.command(["hook", "install"]);
    command.env_remove("GIT_CONFIG_GLOBAL");
    let answer = repo.answer(command).exits(3);
    assert!(answer.stderr.contains("for all repositories"), "{answer}");
    assert_eq!(fs::read_dir(&global).unwrap().count(), 0);
}

#[test]
fn without_cmpm_there_is_a_warning_and_no_harm() {
    let repo = project();
    repo.cmpm(["hook", "install"]).success();
    let mut command = Command::new("git");
    command.current_dir(repo.root()).env_clear().env("HOME", repo.around().join("home")).env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").args(["commit", "--allow-empty", "-qm", "Closes ISS-99999999"]);
    let answer = repo.answer(command).success();
    assert!(answer.stderr.contains("cmpm is not on PATH: its commit-msg check is skipped"), "{answer}");
}

#[test]
fn machines_get_the_place_and_the_rule_of_a_problem() {
    let repo = project();
    let problem = |arguments: &[&str]| {
        let answer = repo.cmpm([&["hook", "run", "--json"], arguments].concat()).exits(1);
        serde_json::from_str::<Value>(&answer.stdout).unwrap()["data"]["problems"][0].clone()
    };
    repo.write("docs/page.md", "# Page\n\n[on](nowhere.md)\n");
    repo.git(["add", "-A"]);
    let found = problem(&["pre-commit"]);
    let wanted = json!({ "path": "docs/page.md", "line": 3, "severity": "error", "rule": "broken-link", "message": "`nowhere.md` leads to no file" });
    assert_eq!(found, wanted);
    let answer = repo.cmpm(["hook", "run", "pre-commit"]).exits(1);
    assert_eq!(answer.stdout, "error: docs/page.md:3: `nowhere.md` leads to no file\n");
    repo.write("message", "Closes ISS-99zz99zz\n");
    let found = problem(&["commit-msg", "message"]);
    assert_eq!((&found["path"], &found["rule"]), (&json!(""), &json!("broken-reference")));
}

#[test]
fn linked_worktrees_and_odd_names_work() {
    let repo = project();
    repo.cmpm(["hook", "install"]).success();
    let linked = repo.around().join("ünï tree");
    repo.git(["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "side"]);
    stage_duplicate(&repo, &linked);
    let answer = git(&repo, &linked, &["commit", "-qm", "copy"]).exits(1);
    assert!(answer.stderr.contains("is also the id of"), "{answer}");
    let status = repo.json(["hook", "status"]);
    let rows = status["data"]["hooks"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    assert!(rows.iter().all(|row| row["state"] == "installed"), "{status}");
}

#[test]
fn a_submodule_has_its_own_hooks() {
    let (outer, inner) = (TestRepo::new(), project());
    let from = inner.root().to_str().unwrap().to_owned();
    outer.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from, "sub mödule"]);
    let sub = outer.path("sub mödule");
    let mut command = outer.command(["hook", "install"]);
    command.current_dir(&sub);
    outer.answer(command).success();
    stage_duplicate(&outer, &sub);
    let arguments = ["-c", "user.name=T", "-c", "user.email=t@example.invalid", "commit", "-qm", "copy"];
    let answer = git(&outer, &sub, &arguments).exits(1);
    assert!(answer.stderr.contains("is also the id of"), "{answer}");
    assert!(!outer.exists(".git/hooks/pre-commit"));
}

#[test]
fn husky_runs_the_line_from_its_own_folder() {
    let repo = project();
    repo.write(".husky/_/pre-commit", "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"");
    repo.write(
        ".husky/_/h",
        "n=$(basename \"$0\")\ns=$(dirname \"$(dirname \"$0\")\")/$n\n[ ! -f \"$s\" ] && exit 0\nsh -e \"$s\" \"$@\"\nexit $?\n",
    );
    fs::set_permissions(repo.path(".husky/_/pre-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    repo.write(".husky/_/.gitignore", "*");
    repo.write(".husky/pre-commit", "echo user ran\n");
    repo.git(["config", "core.hooksPath", ".husky/_"]);
    repo.cmpm(["hook", "install", "pre-commit"]).success();
    let shim = "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"";
    assert_eq!(repo.read(".husky/_/pre-commit"), shim, "what husky writes anew is left alone");
    let answer = git(&repo, repo.root(), &["commit", "--allow-empty", "-qm", "fine"]).success();
    assert!(answer.stderr.contains("user ran"), "{answer}");
    git(&repo, repo.root(), &["commit", "-qm", "all", "-a", "--allow-empty"]).success();
    stage_duplicate(&repo, repo.root());
    git(&repo, repo.root(), &["commit", "-qm", "copy"]).exits(1);
    // husky's folder is not committed, so a new worktree runs nothing.
    repo.git(["-c", "core.hooksPath=/dev/null", "commit", "-qm", "husky"]);
    let linked = repo.around().join("linked");
    repo.git(["-c", "core.hooksPath=/dev/null", "worktree", "add", "-q", linked.to_str().unwrap()]);
    let status = repo.json(["hook", "status"]);
    let rows = status["data"]["hooks"].as_array().unwrap();
    let states: Vec<_> = rows.iter().filter(|row| row["hook"] == "pre-commit").map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["installed", "unreachable"], "{status}");
    repo.cmpm(["hook", "uninstall"]).success();
    assert_eq!(repo.read(".husky/pre-commit"), "echo user ran\n");
}

#[test]
fn beside_pre_commit_the_line_is_where_it_lasts() {
    let repo = project();
    let generated = "#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n# ID: 138fd403232d2ddd5efb44317e38bf03\n";
    hook(&repo, "pre-commit", generated);
    repo.cmpm(["hook", "install", "pre-commit"]).success();
    assert_eq!(repo.read(".git/hooks/pre-commit"), generated);
    assert!(repo.read(".git/hooks/pre-commit.legacy").contains("cmpm hook run pre-commit"));
    repo.cmpm(["hook", "uninstall"]).success();
    assert!(!repo.exists(".git/hooks/pre-commit.legacy"));
}

#[test]
fn pre_commit_itself_runs_the_line() {
    let repo = project();
    let found =
        |name: &str| std::env::split_paths(&std::env::var_os("PATH").unwrap()).map(|folder| folder.join(name)).find(|file| file.is_file());
    for name in ["pre-commit", "prek"] {
        let Some(program) = found(name) else {
            println!("{name} is not on this machine; its files are checked as recorded");
            continue;
        };
        let hooks = "repos:\n- repo: local\n  hooks:\n  - {id: x, name: x, entry: 'true', language: system, pass_filenames: false, always_run: true}\n";
        repo.write(".pre-commit-config.yaml", hooks);
        repo.commit_all("hooks");
        let install = |argument: &str| {
            let mut command = Command::new(&program);
            command.current_dir(repo.root()).env("GIT_CONFIG_GLOBAL", "/dev/null").arg(argument);
            repo.answer(command).success();
        };
        install("install");
        repo.cmpm(["hook", "install", "pre-commit"]).success();
        install("install");
        stage_duplicate(&repo, repo.root());
        let answer = git(&repo, repo.root(), &["commit", "-qm", "copy"]).exits(1);
        assert!(answer.stderr.contains("is also the id of"), "{answer}");
        repo.git(["reset", "-q", "--hard"]);
        repo.cmpm(["hook", "uninstall"]).success();
        install("uninstall");
        assert!(!repo.exists(".git/hooks/pre-commit"), "nothing is left behind");
    }
}

#[test]
fn where_hooks_are_written_anew_the_settings_are_named() {
    let repo = project();
    let generated = "#!/bin/sh\ncall_lefthook()\n{\n  lefthook \"$@\"\n}\ncall_lefthook run \"pre-commit\" \"$@\"\n";
    hook(&repo, "pre-commit", generated);
    let answer = repo.cmpm(["hook", "install", "pre-commit"]).success();
    assert!(answer.stdout.contains("lefthook.yml"), "{answer}");
    assert_eq!(repo.read(".git/hooks/pre-commit"), generated);
    repo.write("lefthook.yml", "pre-commit: { commands: { cmpm: { run: cmpm hook run pre-commit } } }\n");
    let status = repo.json(["hook", "status"]);
    assert_eq!(status["data"]["hooks"][0]["state"], "installed", "{status}");
}

#[test]
fn only_a_person_takes_the_line_out() {
    let repo = project();
    let mut command = repo.command(["hook", "uninstall"]);
    command.env("CMPM_RUN", "RUN-00000001");
    repo.answer(command).exits(3);
}

#[test]
fn worktrees_whose_hooks_stand_alike_are_shown_together() {
    let repo = project();
    repo.cmpm(["hook", "install"]).success();
    repo.git(["worktree", "add", "-q", "../side"]);
    let shown = repo.cmpm(["hook", "status"]).success().stdout;
    let paths = [repo.root().to_owned(), repo.around().join("side")].map(|path| format!("{}\n", path.display()));
    assert!(shown.starts_with(&paths.concat()), "{shown}");
    assert_eq!(shown.matches("pre-commit").count(), 1, "{shown}");
    assert_eq!(repo.json(["hook", "status"])["data"]["hooks"].as_array().unwrap().len(), 12);
    // One that stands otherwise is shown for itself.
    repo.git(["config", "extensions.worktreeConfig", "true"]);
    repo.git_in(&repo.around().join("side"), ["config", "--worktree", "core.hooksPath", "elsewhere"]);
    assert_eq!(repo.cmpm(["hook", "status"]).success().stdout.matches("pre-commit").count(), 2);
}

#[test]
fn hooks_of_simple_git_hooks_are_named_with_their_settings() {
    let repo = project();
    hook(&repo, "pre-commit", "#!/bin/sh\n\nif [ \"$SKIP_SIMPLE_GIT_HOOKS\" = \"1\" ]; then\n    exit 0\nfi\n\nnpm test\n");
    repo.write("package.json", "{\"simple-git-hooks\": {\"pre-commit\": \"npm test\"}}\n");
    let answer = repo.cmpm(["hook", "install", "pre-commit"]).success();
    assert!(answer.stdout.contains("add to package.json: \"pre-commit\": \"cmpm hook run pre-commit\""), "{answer}");
    let init = repo.cmpm(["init", "--update"]).success();
    assert!(init.stdout.contains("Found package.json: simple-git-hooks replaces git's hooks"), "{init}");
    repo.write("package.json", "{\"simple-git-hooks\": {\"pre-commit\": \"cmpm hook run pre-commit && npm test\"}}\n");
    assert_eq!(repo.json(["hook", "status"])["data"]["hooks"][0]["state"], "installed");
    let repo = project();
    repo.write("package.json", "{\"husky\": {\"hooks\": {\"pre-commit\": \"npm test\"}}}\n");
    let init = repo.cmpm(["init", "--update"]).success();
    assert!(init.stdout.contains("Found package.json: husky 4 replaces git's hooks"), "{init}");
}
