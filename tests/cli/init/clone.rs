//! A fresh clone of a project, and the merge driver in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Answer, TestRepo};

/// A project with one ticket, and a clone of it.
fn cloned() -> (TestRepo, PathBuf) {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    repo.cmpm(["issue", "create", "Fix the parser"]).success();
    repo.commit_all("project");
    let clone = repo.around().join("clone");
    repo.git(["clone", "-q", repo.root().to_str().unwrap(), clone.to_str().unwrap()]);
    repo.git_in(&clone, ["config", "user.name", "Tess Test"]);
    repo.git_in(&clone, ["config", "user.email", "tess@example.invalid"]);
    (repo, clone)
}

fn cmpm_in(repo: &TestRepo, folder: &Path, arguments: &[&str]) -> Answer {
    let mut command = repo.command(arguments.iter().copied());
    command.current_dir(folder);
    repo.answer(command)
}

/// Runs git as a person would; `programs` is looked through first.
fn git(repo: &TestRepo, programs: &Path, arguments: &[&str]) -> Answer {
    let mut command = Command::new("git");
    command.env_clear().current_dir(repo.root()).stdin(Stdio::null()).args(arguments);
    command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display())).env("HOME", repo.around().join("home"));
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C.UTF-8");
    repo.answer(command)
}

#[test]
fn a_clone_gets_exactly_what_it_does_not_carry() {
    let (repo, clone) = cloned();
    let config = fs::read(clone.join(".git/config")).unwrap();
    insta::assert_snapshot!(cmpm_in(&repo, &clone, &["init"]), @"
    Created .worktrees/.gitignore
    Updated .git/config
    Created the hooks pre-commit, commit-msg, post-commit, post-merge, post-checkout, pre-push
    This clone is set up; no committed file changed.
    ");
    assert_eq!(repo.git_in(&clone, ["status", "--porcelain"]), "");
    insta::assert_snapshot!(cmpm_in(&repo, &clone, &["init"]), @"This is already a cmpm project; nothing to change.");
    cmpm_in(&repo, &clone, &["undo"]).success();
    assert_eq!(fs::read(clone.join(".git/config")).unwrap(), config);
    assert!(!clone.join(".git/hooks/commit-msg").exists() && !clone.join(".worktrees").exists());
}

#[test]
fn a_clone_without_the_branch_that_its_head_names_is_no_new_project() {
    let (repo, _) = cloned();
    let (bare, clone) = (repo.around().join("bare.git"), repo.around().join("empty"));
    repo.git(["clone", "-q", "--bare", repo.root().to_str().unwrap(), bare.to_str().unwrap()]);
    repo.git_in(&bare, ["branch", "-m", "main", "work"]);
    repo.git_in(&bare, ["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    repo.git(["clone", "-q", bare.to_str().unwrap(), clone.to_str().unwrap()]);
    repo.git_in(&clone, ["remote", "set-head", "origin", "work"]);
    insta::assert_snapshot!(cmpm_in(&repo, &clone, &["init"]), @"
    --- stderr
    error: nothing is checked out: HEAD names the branch `trunk`, which is not there; the remote has work
    hint: `git switch work` checks out what the remote has; then `cmpm init` again
    --- exit 2
    ");
    assert_eq!(fs::read_dir(&clone).unwrap().count(), 1);
    repo.git_in(&clone, ["switch", "-q", "work"]);
    assert!(cmpm_in(&repo, &clone, &["init"]).success().stdout.contains("This clone is set up"));
}

#[test]
fn removing_in_a_clone_takes_the_committed_part_out_by_its_text() {
    let (repo, clone) = cloned();
    fs::write(clone.join("AGENTS.md"), format!("# Ours\r\n\n{}", fs::read_to_string(clone.join("AGENTS.md")).unwrap())).unwrap();
    let config = fs::read(clone.join(".git/config")).unwrap();
    cmpm_in(&repo, &clone, &["init"]).success();
    let answer = cmpm_in(&repo, &clone, &["init", "--remove"]).success();
    assert_eq!(answer.stderr, "");
    assert_eq!(fs::read_to_string(clone.join("AGENTS.md")).unwrap(), "# Ours\r\n");
    assert_eq!(fs::read(clone.join(".git/config")).unwrap(), config);
    let left: Vec<_> = fs::read_dir(&clone).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(["AGENTS.md", "README.md", "tasks", ".git"].iter().all(|name| left.iter().any(|found| found == name)), "{left:?}");
    assert_eq!(left.len(), 4, "{left:?}");
    assert!(!clone.join("tasks/.gitkeep").exists());
}

#[test]
fn committed_files_are_renewed_only_on_request() {
    let (repo, clone) = cloned();
    fs::remove_file(clone.join("AGENTS.md")).unwrap();
    repo.git_in(&clone, ["commit", "-qam", "no lines for agents"]);
    insta::assert_snapshot!(cmpm_in(&repo, &clone, &["init", "--no-hooks"]), @"
    Created .worktrees/.gitignore
    Updated .git/config
    This clone is set up; no committed file changed.
    --- stderr
    note: AGENTS.md: does not exist; this cmpm would create it with its lines (`cmpm init --update` writes them)
    ");
    assert!(!clone.join("AGENTS.md").exists());
    fs::write(clone.join("AGENTS.md"), "# Ours\n").unwrap();
    assert!(cmpm_in(&repo, &clone, &["init"]).stderr.contains("AGENTS.md: lacks the lines that this cmpm would write"));
    fs::remove_file(clone.join("AGENTS.md")).unwrap();
    cmpm_in(&repo, &clone, &["init", "--update"]).success();
    assert!(clone.join("AGENTS.md").exists());
}

#[test]
fn git_merges_with_the_driver_with_cmpm_on_the_path_and_without() {
    let with = Path::new(env!("CARGO_BIN_EXE_cmpm")).parent().unwrap();
    for programs in [with, Path::new("/nowhere")] {
        let repo = TestRepo::new();
        repo.cmpm(["init", "--no-hooks"]).success();
        let lines = |first: &str, last: &str| format!("{first}\n2\n3\n4\n5\n{last}\n");
        let commit = |first: &str, last: &str| {
            repo.write("tasks/issues/it's a.md", &lines(first, last));
            repo.commit_all("change");
        };
        commit("1", "6");
        repo.git(["branch", "side"]);
        commit("one", "6");
        repo.git(["checkout", "-q", "side"]);
        commit("1", "six");
        git(&repo, programs, &["merge", "-q", "-m", "merge", "main"]).success();
        assert_eq!(repo.read("tasks/issues/it's a.md"), lines("one", "six"));
        repo.git(["checkout", "-q", "main"]);
        commit("one", "SIX");
        let answer = git(&repo, programs, &["merge", "side"]).exits(1);
        assert!(answer.stdout.contains("CONFLICT"), "{answer}");
        assert_eq!(repo.read("tasks/issues/it's a.md"), lines("one", "<<<<<<< ours\nSIX\n=======\nsix\n>>>>>>> theirs"));
    }
}

#[test]
fn the_driver_keeps_gits_contract() {
    let repo = TestRepo::new();
    for (name, text) in [("o", "a\n"), ("a", "a\nours\n"), ("b", "a\n"), ("c", "theirs\n"), ("x", "\0a"), ("y", "\0b")] {
        repo.write(name, text);
    }
    insta::assert_snapshot!(repo.cmpm(["merge-driver", "o", "a", "b", "tasks/x.md"]), @"");
    assert_eq!(repo.read("a"), "a\nours\n");
    insta::assert_snapshot!(repo.cmpm(["merge-driver", "o", "a", "c"]), @"
    --- stderr
    a: conflict in 1 place in the text: keep one value, delete the `#` lines
    --- exit 1
    ");
    repo.cmpm(["merge-driver", "o", "x", "y"]).exits(1);
    assert_eq!(repo.read("x"), "\0a", "what is not text stays ours");
    repo.cmpm(["merge-driver", "o", "a", "missing"]).exits(2);
    let clean = repo.json(["merge-driver", "o", "b", "b", "tasks/x.md"]);
    assert_eq!(clean["data"]["clean"], true);
}

#[test]
fn line_ends_that_git_changed_are_no_change_of_anybodys() {
    let (repo, _) = cloned();
    let clone = repo.around().join("crlf");
    repo.git(["clone", "-q", "-c", "core.autocrlf=true", repo.root().to_str().unwrap(), clone.to_str().unwrap()]);
    assert!(fs::read_to_string(clone.join("AGENTS.md")).unwrap().contains("cmpm:begin -->\r\n"));
    assert_eq!(cmpm_in(&repo, &clone, &["init"]).success().stderr, "");
    assert_eq!(repo.git_in(&clone, ["status", "--porcelain"]), "");
    assert_eq!(cmpm_in(&repo, &clone, &["init", "--remove"]).success().stderr, "");
    let gone = [".cmpm/config.yaml", ".gitattributes", "AGENTS.md", "tasks/.gitkeep"].map(|file| format!(" D {file}")).join("\n");
    assert_eq!(repo.git_in(&clone, ["status", "--porcelain"]), gone);
}

#[test]
fn a_worktree_of_a_bare_clone_is_set_up_as_well() {
    let (repo, _) = cloned();
    let (bare, tree) = (repo.around().join("bare"), repo.around().join("tree"));
    repo.git(["clone", "-q", "--bare", repo.root().to_str().unwrap(), bare.to_str().unwrap()]);
    repo.git_in(&bare, ["worktree", "add", "-q", tree.to_str().unwrap(), "main"]);
    let config = fs::read(bare.join("config")).unwrap();
    cmpm_in(&repo, &tree, &["init"]).success();
    assert_eq!(repo.git_in(&tree, ["status", "--porcelain"]), "");
    assert!(bare.join("hooks/commit-msg").exists() && fs::read(bare.join("config")).unwrap() != config);
    cmpm_in(&repo, &tree, &["undo"]).success();
    assert_eq!(fs::read(bare.join("config")).unwrap(), config);
    assert!(!bare.join("hooks/commit-msg").exists());
}
