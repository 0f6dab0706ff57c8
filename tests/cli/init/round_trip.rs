//! What `init` puts in, `init --remove` takes out byte for byte.

use std::fs;

use super::{assert_same, state};
use crate::support::TestRepo;

/// What a file of the user's may look like.
const TEXTS: [Option<&str>; 8] = [
    None,
    Some(""),
    Some("one line, no end"),
    Some("one line\n"),
    Some("one\ntwo\n\n"),
    Some("one\r\ntwo\r\n"),
    Some("one\r\ntwo"),
    Some("\u{feff}one\n\n\n"),
];

fn write(repo: &TestRepo, file: &str, text: Option<&str>) {
    if let Some(text) = text {
        repo.write(file, text);
    }
}

#[test]
fn a_second_time_changes_nothing_and_no_record_is_needed() {
    for (agents, attributes) in TEXTS.into_iter().zip(TEXTS.into_iter().cycle().skip(3)) {
        let repo = TestRepo::new();
        write(&repo, "AGENTS.md", agents);
        // A comment, so that git reads it as attributes too.
        write(&repo, ".gitattributes", attributes.map(|text| text.replace("one", "# one")).as_deref());
        let before = state(&repo);
        repo.cmpm(["init"]).success();
        let with = state(&repo);
        assert_eq!(repo.git(["check-attr", "merge", "tasks/a.md"]), "tasks/a.md: merge: cmpm", "{attributes:?}");
        repo.cmpm(["init"]).success();
        assert_same(&state(&repo), &with, &format!("{agents:?} {attributes:?}"));
        // A clone has no record of what was put in.
        fs::remove_file(repo.path(".git/cmpm/init.json")).unwrap();
        repo.cmpm(["init", "--remove"]).success();
        fs::remove_dir_all(repo.path(".worktrees")).unwrap();
        assert_same(&state(&repo), &before, &format!("{agents:?} {attributes:?}"));
    }
}

#[test]
fn every_shape_of_every_file_is_restored_by_remove() {
    for (agents, attributes) in TEXTS.into_iter().zip(TEXTS.into_iter().cycle().skip(5)) {
        let repo = TestRepo::new();
        write(&repo, "AGENTS.md", agents);
        write(&repo, ".gitattributes", attributes.map(|text| text.replace("one", "# one")).as_deref());
        let before = state(&repo);
        repo.cmpm(["init"]).success();
        let answer = repo.cmpm(["init", "--remove"]).success();
        assert_eq!(answer.stderr, "", "{agents:?} {attributes:?}");
        assert_same(&state(&repo), &before, &format!("{agents:?} {attributes:?}"));
        assert!(!repo.exists(".git/cmpm/init.json") && !repo.exists(".git/cmpm/hooks.json"));
        insta::allow_duplicates! {
            insta::assert_snapshot!(repo.cmpm(["init", "--remove"]), @"
            Left: cmpm/ in the git directory (runs, claims, caches); `cmpm init --remove --all` removes this too
            There is nothing from `cmpm init` to remove.
            ");
        }
    }
}

#[test]
fn settings_and_hooks_of_odd_shape_come_back() {
    let repo = TestRepo::new();
    let config = repo.read(".git/config");
    fs::write(repo.path(".git/config"), config.trim_end().replace('\n', "\r\n")).unwrap();
    fs::remove_dir_all(repo.path(".git/hooks")).unwrap();
    fs::create_dir(repo.path(".git/hooks")).unwrap();
    fs::write(repo.path(".git/hooks/pre-commit"), "#!/bin/sh\nexit 0").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(repo.path(".git/hooks/pre-commit"), mode).unwrap();
    repo.write("tasks/.gitkeep", "");
    repo.write(".worktrees/.gitignore", "*\n");
    let before = state(&repo);
    repo.cmpm(["init"]).success();
    repo.git(["config", "branch.side.remote", "here"]);
    repo.git(["config", "--unset", "branch.side.remote"]);
    repo.cmpm(["init", "--remove"]).success();
    assert_same(&state(&repo), &before, "");
}

#[test]
fn records_stay() {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    repo.cmpm(["issue", "create", "Fix the parser"]).success();
    repo.cmpm(["memory", "add", "We use tabs", "--category", "team"]).success();
    repo.commit_all("project");
    insta::assert_snapshot!(repo.cmpm(["init", "--remove"]), @"
    Removed .cmpm/config.yaml
    Removed tasks/.gitkeep
    Removed AGENTS.md
    Removed .gitattributes
    Removed .worktrees/.gitignore
    Updated .git/config
    Removed the hooks commit-msg, post-checkout, post-commit, post-merge, pre-commit, pre-push
    Left: cmpm/ in the git directory (runs, claims, caches); `cmpm init --remove --all` removes this too
    Tickets, memory and run pages stay; `cmpm undo` reverts this.
    ");
    insta::assert_snapshot!(repo.status(), @"
    D .cmpm/config.yaml
    D .gitattributes
    D AGENTS.md
    D tasks/.gitkeep
    ");
    assert_eq!(repo.json(["ticket", "list"])["data"]["tickets"].as_array().unwrap().len(), 1);
}

#[test]
fn what_the_user_edited_is_left_and_named() {
    let repo = TestRepo::new();
    repo.write("AGENTS.md", "# Mine\n");
    repo.cmpm(["init"]).success();
    repo.write(".cmpm/config.yaml", "paths: {tasks: [tasks]}\n");
    repo.write("AGENTS.md", &repo.read("AGENTS.md").replace("- `cmpm ready`", "- mine: `cmpm ready`"));
    repo.write(".gitattributes", &format!("{}*.png binary\n", repo.read(".gitattributes")));
    repo.git(["config", "merge.cmpm.recursive", "text"]);
    let hook = repo.read(".git/hooks/pre-commit");
    fs::write(repo.path(".git/hooks/pre-commit"), hook.clone() + "echo mine\n").unwrap();
    insta::assert_snapshot!(repo.cmpm(["init", "--remove"]), @"
    Removed tasks/.gitkeep
    Updated .gitattributes
    Removed .worktrees/.gitignore
    Updated the hooks pre-commit
    Removed the hooks commit-msg, post-checkout, post-commit, post-merge, pre-push
    Left: cmpm/ in the git directory (runs, claims, caches); `cmpm init --remove --all` removes this too
    Tickets, memory and run pages stay; `cmpm undo` reverts this.
    --- stderr
    warning: .cmpm/config.yaml: left unchanged: it is not as `cmpm init` wrote it (remove by hand what you do not want)
    warning: AGENTS.md: left unchanged: cmpm's lines were changed since (remove by hand what you do not want)
    warning: .git/config: left unchanged: merge.cmpm.driver is not as `cmpm init` sets it (remove by hand what you do not want)
    ");
    assert_eq!(repo.read(".gitattributes"), "*.png binary\n");
    assert_eq!(repo.read(".git/hooks/pre-commit"), "#!/bin/sh\necho mine\n");
    assert!(repo.read("AGENTS.md").contains("- mine: `cmpm ready`"));
    assert_eq!(repo.git(["config", "merge.cmpm.recursive"]), "text");
}

#[test]
fn worktrees_that_are_there_stay_out_of_gits_sight() {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    repo.commit_all("project");
    repo.git(["worktree", "add", "-q", ".worktrees/side"]);
    let answer = repo.cmpm(["init", "--remove"]).success();
    assert!(answer.stderr.contains(".worktrees/.gitignore: stays"), "{answer}");
    assert!(!repo.status().contains(".worktrees"), "{}", repo.status());
}
