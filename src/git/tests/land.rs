//! Moving a checked-out branch: all or nothing.

use crate::base::{Exit, Failure};
use crate::git::repo::RepoError;
use crate::git::testing::{Sandbox, path};
use crate::git::{GitError, Oid, Repository, WorkError};

/// `main` is checked out; the returned commit goes on from it: `a.txt` changed, `dir/new.txt` added, `dir/b.txt` gone.
fn ahead() -> (Sandbox, Oid) {
    let sandbox = Sandbox::with_commit();
    sandbox.write(".gitignore", "*.log\n");
    sandbox.commit_all("base");
    sandbox.git(&["checkout", "--quiet", "-b", "side"]);
    sandbox.write("a.txt", "incoming\n");
    sandbox.write("dir/new.txt", "incoming\n");
    sandbox.write("build.log", "incoming\n");
    sandbox.git(&["rm", "--quiet", "dir/b.txt"]);
    sandbox.git(&["add", "--force", "build.log"]);
    let commit = sandbox.commit_all("side");
    sandbox.git(&["checkout", "--quiet", "main"]);
    (sandbox, commit)
}

/// Everything that a failed attempt must leave alone.
fn state(sandbox: &Sandbox) -> (String, String, String, Vec<u8>) {
    let files = sandbox.git(&["ls-files", "--others", "--cached", "--stage"]);
    let status = sandbox.git(&["status", "--porcelain", "--ignored"]);
    let stash = sandbox.git(&["for-each-ref"]);
    let contents =
        ["a.txt", "dir/b.txt", "dir/new.txt", "build.log"].map(|name| fs_err::read(sandbox.path().join(name)).unwrap_or_default());
    (files, status, stash, contents.concat())
}

fn refused(sandbox: &Sandbox, commit: Oid) -> GitError {
    let before = state(sandbox);
    let error = sandbox.open().fast_forward(commit).unwrap_err();
    assert_eq!(state(sandbox), before);
    error
}

#[test]
fn a_clean_work_tree_follows() {
    let (sandbox, commit) = ahead();
    sandbox.write("unrelated.txt", "mine\n");
    sandbox.open().fast_forward(commit).unwrap();
    assert_eq!(sandbox.oid("main"), commit);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "?? unrelated.txt");
    assert_eq!(fs_err::read(sandbox.path().join("a.txt")).unwrap(), b"incoming\n");
    assert_eq!(sandbox.git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
    sandbox.open().fast_forward(commit).unwrap(); // there already: fine
}

#[test]
fn changed_staged_untracked_and_ignored_files_are_never_overwritten() {
    for (file, stage, expected) in [
        ("a.txt", false, "a.txt"),
        ("a.txt", true, "a.txt"),
        ("dir/b.txt", false, "dir/b.txt"),
        ("dir/new.txt", false, "dir/new.txt"),
        ("build.log", false, "build.log"),
    ] {
        let (sandbox, commit) = ahead();
        sandbox.git(&["config", "merge.autoStash", "true"]);
        sandbox.write(file, "precious\n");
        if stage {
            sandbox.git(&["add", file]);
        }
        let error = refused(&sandbox, commit);
        let GitError::Work(WorkError::Overlap { paths }) = &error else { panic!("{file}: {error}") };
        assert_eq!(paths, &[path(expected)], "{file}");
        assert_eq!(Failure::from(error).exit(), Exit::Conflict);
    }
}

#[test]
fn a_folder_in_the_way_of_a_file_is_an_overlap() {
    let (sandbox, commit) = ahead();
    sandbox.write("dir/new.txt/inner", "precious\n");
    let error = refused(&sandbox, commit);
    assert!(matches!(error, GitError::Work(WorkError::Overlap { .. })), "{error}");
}

#[test]
fn other_commits_are_never_merged_away() {
    let (sandbox, commit) = ahead();
    sandbox.commit_all("mine");
    let error = refused(&sandbox, commit);
    assert!(matches!(error, GitError::Work(WorkError::NotAFastForward { .. })), "{error}");
}

#[test]
fn hooks_do_not_run() {
    let (sandbox, commit) = ahead();
    for hook in ["post-merge", "post-checkout", "reference-transaction", "post-index-change"] {
        let file = sandbox.path().join(".git/hooks").join(hook);
        crate::git::testing::write(&file, b"#!/bin/sh\ntouch ran\n");
        fs_err::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    sandbox.open().fast_forward(commit).unwrap();
    assert!(!sandbox.path().join("ran").exists());
}

#[test]
fn a_linked_worktree_and_a_bare_repository() {
    let (sandbox, commit) = ahead();
    sandbox.git(&["worktree", "add", "--quiet", "-b", "third", "../linked"]);
    let linked = Repository::discover(&sandbox.root.path().join("linked"), &sandbox.env).unwrap();
    linked.fast_forward(commit).unwrap();
    assert_eq!((sandbox.oid("third"), sandbox.oid("main")), (commit, sandbox.oid("side~1")));
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../bare"]);
    let bare = Repository::discover(&sandbox.root.path().join("bare"), &sandbox.env).unwrap();
    assert!(matches!(bare.fast_forward(commit), Err(GitError::Repo(RepoError::NoWorkTree { .. }))));
}

#[test]
fn the_worktree_of_a_branch_is_found() {
    let (sandbox, _) = ahead();
    sandbox.git(&["worktree", "add", "--quiet", "-b", "third", "../linked"]);
    let linked = fs_err::canonicalize(sandbox.root.path().join("linked")).unwrap();
    for repository in [sandbox.open(), Repository::discover(&linked, &sandbox.env).unwrap()] {
        assert_eq!(repository.worktree_of_branch("main").unwrap(), Some(sandbox.path()));
        assert_eq!(repository.worktree_of_branch("third").unwrap(), Some(linked.clone()));
        assert_eq!(repository.worktree_of_branch("side").unwrap(), None);
    }
}
