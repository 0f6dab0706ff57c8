//! Opening repositories of every kind.

use crate::git::repo::RepoError;
use crate::git::testing::{Sandbox, write};
use crate::git::{GitError, Head, RefError, Repository};

#[test]
fn a_repository_is_found_from_a_folder_below() {
    let sandbox = Sandbox::with_commit();
    let repository = Repository::discover(&sandbox.path().join("dir"), &sandbox.env).unwrap();
    assert_eq!(repository.work_dir(), Some(sandbox.path().as_path()));
    assert_eq!(repository.git_dir(), sandbox.path().join(".git"));
    assert!(!repository.is_linked_worktree());
    assert_eq!(repository.head().unwrap(), Head::Branch { name: "main".into(), oid: sandbox.oid("HEAD") });
}

#[test]
fn borrowed_objects_are_found_from_the_folder_of_objects() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../lends"]);
    write(&sandbox.path().join(".git/objects/info/alternates"), b"../../../lends/objects\n");
    let lends = fs_err::canonicalize(sandbox.root.path().join("lends/objects")).unwrap();
    assert_eq!(sandbox.open().object_folders().unwrap(), [sandbox.path().join(".git/objects"), lends]);
}

#[test]
fn a_linked_worktree_knows_the_main_one() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["worktree", "add", "--quiet", "-b", "side", "../linked"]);
    let linked = fs_err::canonicalize(sandbox.root.path().join("linked")).unwrap();
    let repository = Repository::discover(&linked, &sandbox.env).unwrap();
    assert!(repository.is_linked_worktree());
    assert_eq!(repository.work_dir(), Some(linked.as_path()));
    assert_eq!(repository.common_dir(), sandbox.path().join(".git"));
    assert_eq!(repository.main_work_dir(), Some(sandbox.path()));
    assert_eq!(repository.head().unwrap().branch(), Some("side"));
}

#[test]
fn a_bare_repository_has_no_work_tree_but_its_worktrees_do() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../bare"]);
    let bare = fs_err::canonicalize(sandbox.root.path().join("bare")).unwrap();
    let repository = Repository::discover(&bare, &sandbox.env).unwrap();
    assert_eq!(repository.work_dir(), None);
    assert!(matches!(repository.require_work_dir(), Err(GitError::Repo(RepoError::NoWorkTree { .. }))));
    sandbox.run(&bare, &["worktree", "add", "--quiet", "-b", "side", "../linked"]);
    let linked = Repository::discover(&sandbox.root.path().join("linked"), &sandbox.env).unwrap();
    assert!(linked.work_dir().is_some() && linked.is_linked_worktree());
    assert_eq!(linked.main_work_dir(), None);
}

#[test]
fn a_bare_repository_that_could_have_been_committed_is_not_used() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["clone", "--quiet", "--bare", ".", "dir/bare"]);
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../bare"]);
    let (inner, outer) = (sandbox.path().join("dir/bare"), sandbox.root.path().join("bare"));
    let is_refused =
        |folder: &std::path::Path, env| matches!(Repository::discover(folder, env), Err(GitError::Repo(RepoError::ImpliedBare { .. })));
    assert!(is_refused(&inner, &sandbox.env) && is_refused(&inner.join("refs"), &sandbox.env));
    let named = sandbox.env.clone().with("GIT_DIR", &inner);
    assert!(Repository::discover(&inner, &named).is_ok());
    assert!(Repository::discover(&sandbox.path().join(".git/refs"), &sandbox.env).is_ok(), "the folder of the work tree itself");
    assert!(!is_refused(&outer, &sandbox.env));
    sandbox.run(&outer, &["config", "safe.bareRepository", "explicit"]);
    assert!(is_refused(&outer, &sandbox.env));
}

#[test]
fn no_commit_and_no_branch_are_told_apart() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.open().head().unwrap(), Head::Unborn { name: "main".into() });
    assert!(matches!(sandbox.open().head().unwrap().require_oid(), Err(GitError::Ref(RefError::Unborn { .. }))));
    let oid = sandbox.commit_all("first");
    sandbox.git(&["checkout", "--quiet", "--detach"]);
    assert_eq!(sandbox.open().head().unwrap(), Head::Detached { oid });
}

#[test]
fn the_environment_of_a_hook_wins() {
    let sandbox = Sandbox::with_commit();
    let env = sandbox.env.clone().with("GIT_DIR", sandbox.path().join(".git")).with("GIT_INDEX_FILE", ".git/other-index");
    let env = env.with("GIT_WORK_TREE", sandbox.path());
    let repository = Repository::discover(&sandbox.path(), &env).unwrap();
    assert_eq!(repository.work_dir(), Some(sandbox.path().as_path()));
    // The other index is empty, so everything is both deleted from it and untracked.
    let status = repository.status().unwrap();
    assert!(status.iter().any(|entry| entry.staged) && status.iter().any(|entry| entry.untracked));
    assert!(sandbox.open().status().unwrap().is_empty());
}

#[test]
fn the_environment_of_a_hook_in_a_linked_worktree() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["worktree", "add", "--quiet", "-b", "side", "../linked"]);
    let linked = fs_err::canonicalize(sandbox.root.path().join("linked")).unwrap();
    let file = sandbox.root.path().join("said");
    let hook = format!("#!/bin/sh\nenv > '{}'\n", file.display());
    write(&sandbox.path().join(".git/hooks/pre-commit"), hook.as_bytes());
    fs_err::set_permissions(sandbox.path().join(".git/hooks/pre-commit"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    sandbox.run(&linked, &["commit", "--quiet", "--allow-empty", "--message", "x"]);
    // Exactly the variables that git gives to a hook there.
    let env =
        fs_err::read_to_string(file).unwrap().lines().filter(|line| line.starts_with("GIT_")).fold(sandbox.env.clone(), |env, line| {
            let (name, value) = line.split_once('=').unwrap();
            env.with(name, value)
        });
    assert!(env.is_set("GIT_DIR") && env.is_set("GIT_INDEX_FILE"));
    let repository = Repository::discover(&linked, &env).unwrap();
    assert_eq!((repository.work_dir(), repository.is_linked_worktree()), (Some(linked.as_path()), true));
    assert_eq!(repository.status().unwrap(), []);
}

#[test]
fn git_dir_alone_selects_its_work_tree() {
    let sandbox = Sandbox::with_commit();
    let elsewhere = sandbox.root.path().join("home");
    let env = sandbox.env.clone().with("GIT_DIR", sandbox.path().join(".git"));
    let repository = Repository::discover(&elsewhere, &env).unwrap();
    assert_eq!(repository.work_dir(), Some(sandbox.path().as_path()));
}

#[test]
fn a_git_folder_elsewhere_belongs_to_the_folder_with_its_pointer() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "--quiet", "--separate-git-dir", "../elsewhere.git", "../work"]);
    let work = fs_err::canonicalize(sandbox.root.path().join("work")).unwrap();
    write(&work.join("dir/file"), b"x");
    let repository = Repository::discover(&work.join("dir"), &sandbox.env).unwrap();
    assert_eq!(repository.work_dir(), Some(work.as_path()));
    assert!(!repository.is_linked_worktree());
}

#[test]
fn outside_any_repository_there_is_a_hint() {
    let sandbox = Sandbox::new();
    let error = Repository::discover(&sandbox.root.path().join("home"), &sandbox.env).err().unwrap();
    assert!(matches!(error, GitError::Repo(RepoError::NotARepository { .. })), "{error}");
    assert!(crate::base::Failure::from(error).hints()[0].contains("git init"));
}

#[test]
fn a_broken_pointer_is_an_error_even_inside_another_repository() {
    let sandbox = Sandbox::with_commit();
    write(&sandbox.path().join("inner/.git"), b"gitdir: /nowhere/worktrees/x\n");
    let error = Repository::discover(&sandbox.path().join("inner"), &sandbox.env).err().unwrap();
    assert!(matches!(error, GitError::Repo(RepoError::BrokenPointer { .. })), "{error}");
}

#[test]
fn reftable_is_refused_with_a_hint() {
    let sandbox = Sandbox::with(&["init", "--quiet", "--ref-format=reftable", "repo"]);
    let error = Repository::discover(&sandbox.path(), &sandbox.env).err().unwrap();
    assert!(matches!(error, GitError::Repo(RepoError::Reftable { .. })), "{error}");
}

#[test]
fn sha_256_works() {
    let sandbox = Sandbox::with(&["init", "--quiet", "--object-format=sha256", "repo"]);
    sandbox.write("a.txt", "one\n");
    let oid = sandbox.commit_all("first");
    assert_eq!(oid.to_string().len(), 64);
    assert_eq!(sandbox.open().head().unwrap().oid(), Some(oid));
    assert_eq!(sandbox.open().empty_tree().to_string(), sandbox.git(&["hash-object", "-t", "tree", "/dev/null"]));
}

#[cfg(unix)]
#[test]
fn a_repository_of_somebody_else_is_not_trusted() {
    let sandbox = Sandbox::with_commit();
    if std::os::unix::fs::chown(sandbox.path().join(".git"), Some(12345), None).is_err() {
        return; // Only root can give files away.
    }
    let error = Repository::discover(&sandbox.path(), &sandbox.env).err().unwrap();
    assert!(matches!(error, GitError::Repo(RepoError::NotOwned { .. })), "{error}");
    assert!(crate::base::Failure::from(error).hints()[0].contains(&sandbox.path().display().to_string()));
}
