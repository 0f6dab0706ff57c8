//! Merging in the object store.

use crate::git::testing::{Sandbox, path};
use crate::git::{GitError, MergeOutcome, ProgramError};

/// `main` and `side` both go on from the first commit, each with one change.
fn forked(ours: (&str, &str), theirs: (&str, &str)) -> Sandbox {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["checkout", "--quiet", "-b", "side"]);
    sandbox.write(theirs.0, theirs.1);
    sandbox.commit_all("theirs");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write(ours.0, ours.1);
    sandbox.commit_all("ours");
    sandbox
}

#[test]
fn changes_in_different_places_merge() {
    let sandbox = forked(("a.txt", "ours\n"), ("dir/b.txt", "theirs\n"));
    let repository = sandbox.open();
    let before = sandbox.git(&["for-each-ref"]);
    let outcome = repository.merge_trees(sandbox.oid("main"), sandbox.oid("side")).unwrap();
    let MergeOutcome::Clean(tree) = outcome else { panic!("{outcome:?}") };
    assert_eq!(repository.find_blob(tree, &path("a.txt")).unwrap().unwrap(), b"ours\n");
    assert_eq!(repository.find_blob(tree, &path("dir/b.txt")).unwrap().unwrap(), b"theirs\n");
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    sandbox.fsck();
}

#[test]
fn changes_in_the_same_place_conflict() {
    let sandbox = forked(("ä b.txt", "ours\n"), ("ä b.txt", "theirs\n"));
    let outcome = sandbox.open().merge_trees(sandbox.oid("main"), sandbox.oid("side")).unwrap();
    let MergeOutcome::Conflict { paths, messages, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(paths, [path("ä b.txt")]);
    assert!(messages.contains("CONFLICT (add/add)"), "{messages}");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_driver_of_the_user_merges_where_our_side_says_so() {
    let sandbox = forked(("a.txt", "ours\n"), ("a.txt", "theirs\n"));
    sandbox.git(&["config", "merge.mine.driver", "printf driven > %A"]);
    // What is uncommitted must not choose a driver.
    sandbox.write(".gitattributes", "a.txt merge=mine\n");
    let repository = sandbox.open();
    let merge = || repository.merge_trees(sandbox.oid("main"), sandbox.oid("side")).unwrap();
    assert!(matches!(merge(), MergeOutcome::Conflict { .. }));
    sandbox.commit_all("attributes");
    let MergeOutcome::Clean(tree) = merge() else { panic!("the driver did not run") };
    assert_eq!(repository.find_blob(tree, &path("a.txt")).unwrap().unwrap(), b"driven");
}

#[test]
fn unrelated_histories_are_an_error() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["checkout", "--quiet", "--orphan", "other"]);
    sandbox.commit_all("alone");
    let repository = sandbox.open();
    let (main, other) = (sandbox.oid("main"), sandbox.oid("other"));
    assert_eq!(repository.merge_base(main, other).unwrap(), None);
    assert!(matches!(repository.merge_trees(main, other), Err(GitError::Program(ProgramError::Failed { .. }))));
}

#[test]
fn ancestry_is_answered() {
    let sandbox = forked(("a.txt", "ours\n"), ("a.txt", "theirs\n"));
    let repository = sandbox.open();
    let (base, main, side) = (sandbox.oid("main~1"), sandbox.oid("main"), sandbox.oid("side"));
    assert_eq!(repository.merge_base(main, side).unwrap(), Some(base));
    assert!(repository.is_ancestor(base, main).unwrap() && repository.is_ancestor(main, main).unwrap());
    assert!(!repository.is_ancestor(main, base).unwrap() && !repository.is_ancestor(side, main).unwrap());
}

#[test]
fn a_bare_repository_merges_too() {
    let sandbox = forked(("a.txt", "ours\n"), ("dir/b.txt", "theirs\n"));
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../bare"]);
    let bare = crate::git::Repository::discover(&sandbox.root.path().join("bare"), &sandbox.env).unwrap();
    assert!(matches!(bare.merge_trees(sandbox.oid("main"), sandbox.oid("side")).unwrap(), MergeOutcome::Clean(_)));
}

#[test]
fn an_old_git_is_refused_with_a_hint() {
    let sandbox = Sandbox::with_commit();
    let fake = sandbox.root.path().join("bin/git");
    crate::git::testing::write(&fake, b"#!/bin/sh\necho git version 2.39.5\n");
    fs_err::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let env = sandbox.env.clone().with("PATH", fake.parent().unwrap());
    let repository = crate::git::Repository::discover(&sandbox.path(), &env).unwrap();
    let head = sandbox.oid("HEAD");
    let error = repository.merge_trees(head, head).unwrap_err();
    assert_eq!(error.to_string(), "git 2.39 is too old to merge with: 2.40 or newer is needed");
    let none = crate::git::Repository::discover(&sandbox.path(), &sandbox.env.clone().with("PATH", "/nowhere")).unwrap();
    assert!(matches!(none.merge_trees(head, head), Err(GitError::Program(ProgramError::Missing))));
}
