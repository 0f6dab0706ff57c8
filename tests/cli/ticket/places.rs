//! Where cmpm can be called from.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::planned;
use crate::support::TestRepo;

#[test]
fn a_folder_below_the_root_or_named_by_a_flag_is_as_good() {
    let repo = planned();
    fs::create_dir_all(repo.path("src/deep")).unwrap();
    let mut command = repo.command(["issue", "create", "From below"]);
    command.current_dir(repo.path("src/deep"));
    repo.answer(command).success();
    let mut command = repo.command(["-C", "repo/src", "issue", "list"]);
    command.current_dir(repo.around());
    assert!(repo.answer(command).success().stdout.contains("From below"));
    insta::assert_snapshot!(repo.cmpm(["-C", "nowhere", "ticket", "list"]), @"
    --- stderr
    error: cannot work in nowhere: no such file or folder
    hint: name an existing folder after `-C`, or change to one
    --- exit 2
    ");
    insta::assert_snapshot!(repo.cmpm(["-C", "README.md", "ticket", "list"]), @"
    --- stderr
    error: cannot work in README.md: it is not a folder
    hint: name an existing folder after `-C`, or change to one
    --- exit 2
    ");
    insta::assert_snapshot!(repo.cmpm(["-C", "..", "ticket", "list"]), @"
    --- stderr
    error: [AROUND] is not in a git repository
    hint: make one with `git init`, or change to a folder inside a repository
    --- exit 2
    ");
    assert_eq!(repo.json(["-C", "..", "ticket", "list"])["error"]["code"], "not_a_repository");
}

#[test]
fn a_bare_repository_has_no_tickets() {
    let repo = planned();
    repo.git(["clone", "-q", "--bare", ".", "../bare.git"]);
    insta::assert_snapshot!(repo.cmpm(["-C", "../bare.git", "ticket", "list"]), @"
    --- stderr
    error: [AROUND]/bare.git is a bare repository: it has no work tree
    hint: run this in a worktree; make one with `git worktree add`
    --- exit 2
    ");
    repo.cmpm(["-C", "../bare.git", "issue", "create", "x"]).exits(2);
}

#[test]
fn a_repository_needs_no_commit_and_no_branch() {
    let repo = TestRepo::empty();
    repo.cmpm(["issue", "create", "The very first"]).success();
    assert!(repo.cmpm(["issue", "list"]).success().stdout.contains("The very first"));
    repo.cmpm(["issue", "complete", "ISS-0", "-m", "done", "--commit"]).success();
    repo.commit_all("first");
    repo.git(["checkout", "-q", "--detach"]);
    repo.cmpm(["issue", "create", "On no branch", "--commit"]).success();
    assert_eq!(repo.git(["log", "-1", "--format=%s"]), "issue ISS-0000001h: On no branch");
    assert_eq!(repo.status(), "");
}

#[test]
fn inside_the_git_folder_the_work_tree_is_meant() {
    let repo = planned();
    for folder in [".git", ".git/refs/heads"] {
        let mut command = repo.command(["issue", "create", "From inside"]);
        command.current_dir(repo.path(folder));
        repo.answer(command).success();
    }
    assert_eq!(repo.json(["issue", "list"])["data"]["tickets"].as_array().unwrap().len(), 3);
    assert!(!repo.exists(".git/tasks"));
}

#[test]
fn a_linked_worktree_has_its_own_files_and_the_clones_ids() {
    let repo = TestRepo::new();
    repo.git(["worktree", "add", "-q", "../side", "-b", "side"]);
    let side = repo.around().join("side");
    let create = |folder: &std::path::Path| {
        let mut command = repo.command(["--json", "issue", "create", "Same seed"]);
        command.current_dir(folder).env("CMPM_SEED", "7");
        let document: serde_json::Value = serde_json::from_str(&repo.answer(command).success().stdout).unwrap();
        document["data"]["id"].as_str().unwrap().to_owned()
    };
    assert_eq!((create(repo.root()), create(&side)), ("ISS-00000007".into(), "ISS-00000008".into()));
    assert_eq!(repo.status(), "?? tasks/");
    assert_eq!(repo.git_in(&side, ["status", "--porcelain", "-uall"]), "?? tasks/issues/ISS-00000008-same-seed.md");
    assert!(repo.exists(".git/cmpm/ids/ISS-00000008"));
}

#[test]
fn a_hook_sees_the_repository_that_git_means() {
    let repo = TestRepo::new();
    repo.git(["worktree", "add", "-q", "../side", "-b", "side"]);
    let hook = repo.path(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let program = env!("CARGO_BIN_EXE_cmpm");
    fs::write(
        &hook,
        format!("#!/bin/sh\nset -e\ntest -n \"$GIT_INDEX_FILE\"\n'{program}' issue create \"From $GIT_DIR\"\n'{program}' issue list >&2\n"),
    )
    .unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    for folder in [repo.root().to_owned(), repo.around().join("side")] {
        fs::write(folder.join("new.txt"), "x").unwrap();
        repo.git_in(&folder, ["add", "new.txt"]);
        repo.git_in(&folder, ["commit", "-qm", "with a hook"]);
        assert_eq!(repo.git_in(&folder, ["show", "--format=", "--name-only", "HEAD"]), "new.txt");
        assert_eq!(repo.git_in(&folder, ["status", "--porcelain"]), "?? tasks/");
    }
    // A hook of another repository that git runs for this one, as for a submodule or a push to a path.
    let mut command = repo.command(["issue", "list"]);
    command.current_dir(repo.around()).env("GIT_DIR", repo.path(".git")).env("GIT_WORK_TREE", repo.root());
    assert!(repo.answer(command).success().stdout.contains("  From"), "GIT_DIR and GIT_WORK_TREE name the repository");
}
