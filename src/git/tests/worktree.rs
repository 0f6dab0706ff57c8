//! Worktrees: many at once, and removal that loses nothing.

use std::path::PathBuf;
use std::time::Duration;

use crate::base::Timestamp;
use crate::git::testing::{Sandbox, path};
use crate::git::work::backup::Removed;
use crate::git::{Bounds, GitError, Held, ObjectError, RefError, Repository, TrustedIndex, WorkError, Worktree};

/// Programs that other tests start hold every lock for a moment.
const PATIENCE: Duration = Duration::from_secs(60);

fn when() -> Timestamp {
    "2026-01-31T09:00:00Z".parse().unwrap()
}

fn place(sandbox: &Sandbox, name: &str) -> PathBuf {
    sandbox.path().join(".worktrees").join(name)
}

fn add(sandbox: &Sandbox, name: &str) -> Worktree {
    sandbox.write(".worktrees/.gitignore", "*\n");
    sandbox.open().add_worktree(&place(sandbox, name), name, sandbox.oid("HEAD")).unwrap()
}

fn remove(sandbox: &Sandbox, worktree: &Worktree) -> Result<Removed, GitError> {
    let repository = sandbox.open();
    let job = tempfile::tempdir().unwrap();
    let trusted = TrustedIndex::rebuild(&repository, worktree, job.path()).unwrap();
    let backed_up = repository.back_up(&trusted, "refs/cmpm/backup/RUN-1", when()).unwrap();
    repository.remove_worktree(backed_up, when())
}

#[test]
fn twenty_four_at_once_all_succeed_while_the_config_is_locked() {
    let sandbox = Sandbox::with_commit();
    sandbox.write(".git/config.lock", "");
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    let base = sandbox.oid("HEAD");
    std::thread::scope(|scope| {
        for number in 0..24 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                let repository = sandbox.open();
                let name = format!("run-{number}");
                let made = repository.add_worktree(&place(sandbox, &name), &name, base).unwrap();
                assert_eq!((made.branch.as_deref(), made.head), (Some(name.as_str()), Some(base)));
            });
        }
    });
    assert_eq!(sandbox.open().list_worktrees().unwrap().len(), 24);
    assert_eq!(sandbox.git(&["worktree", "list", "--porcelain"]).matches("\nbranch refs/heads/run-").count(), 24);
    let seventh = place(&sandbox, "run-7");
    assert_eq!(sandbox.run(&seventh, &["status", "--porcelain", "--branch"]), "## run-7");
    assert!(!fs_err::read_to_string(sandbox.path().join(".git/config")).unwrap().contains("branch \"run"));
    fs_err::remove_file(sandbox.path().join(".git/config.lock")).unwrap();
    sandbox.fsck();
}

#[test]
fn a_taken_branch_or_place_leaves_nothing_behind() {
    let sandbox = Sandbox::with_commit();
    let repository = sandbox.open();
    let base = sandbox.oid("HEAD");
    let taken = repository.add_worktree(&place(&sandbox, "x"), "main", base);
    assert!(matches!(taken, Err(GitError::Ref(RefError::Moved { .. }))), "{taken:?}");
    let taken = repository.check_out_branch(&place(&sandbox, "x"), "main").unwrap_err().to_string();
    assert!(taken.ends_with(&format!("The local branch `refs/heads/main` is checked out in `{}`", sandbox.path().display())), "{taken}");
    sandbox.write(".worktrees/full/file", "x");
    let full = repository.add_worktree(&place(&sandbox, "full"), "full", base);
    assert!(matches!(full, Err(GitError::Work(WorkError::Worktree { .. }))), "{full:?}");
    assert_eq!(repository.find_ref("refs/heads/full").unwrap(), None);
    assert!(repository.list_worktrees().unwrap().is_empty() && !place(&sandbox, "x").exists());
}

#[test]
fn what_git_lists_is_listed() {
    let sandbox = Sandbox::with_commit();
    let one = add(&sandbox, "one");
    add(&sandbox, "two");
    add(&sandbox, "three");
    sandbox.git(&["worktree", "lock", "--reason", "on a stick", ".worktrees/two"]);
    fs_err::remove_dir_all(place(&sandbox, "three")).unwrap();
    let all = sandbox.open().list_worktrees().unwrap();
    let short: Vec<_> = all.iter().map(|found| (found.name.as_str(), found.locked.as_deref(), found.gone)).collect();
    assert_eq!(short, [("one", None, false), ("three", None, true), ("two", Some("on a stick"), false)]);
    assert_eq!(all[0], one);
    assert_eq!(one.git_dir, sandbox.path().join(".git/worktrees/one"));
    let opened = sandbox.open().open_worktree(&one).unwrap();
    assert_eq!((opened.work_dir(), opened.git_dir()), (Some(one.path.as_path()), one.git_dir.as_path()));
}

#[test]
fn a_bare_repository_has_worktrees() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../bare"]);
    let bare = Repository::discover(&sandbox.root.path().join("bare"), &sandbox.env).unwrap();
    let made = bare.add_worktree(&sandbox.root.path().join("linked"), "run", sandbox.oid("HEAD")).unwrap();
    assert_eq!(sandbox.run(&made.path, &["status", "--porcelain"]), "");
    assert_eq!(bare.worktree_of_branch("run").unwrap(), Some(made.path));
}

#[test]
fn removal_keeps_everything_in_the_backup() {
    let sandbox = Sandbox::with_commit();
    let worktree = add(&sandbox, "run");
    crate::git::testing::write(&worktree.path.join("committed.txt"), b"committed");
    sandbox.run(&worktree.path, &["add", "--all"]);
    sandbox.run(&worktree.path, &["commit", "--quiet", "--message", "work"]);
    let tip = sandbox.oid("run");
    crate::git::testing::write(&worktree.path.join("a.txt"), b"uncommitted");
    crate::git::testing::write(&worktree.path.join("new ü.txt"), b"untracked");
    let removed = remove(&sandbox, &worktree).unwrap();

    let repository = sandbox.open();
    let backup = sandbox.oid("refs/cmpm/backup/RUN-1");
    for (file, content) in [("committed.txt", "committed"), ("a.txt", "uncommitted"), ("new ü.txt", "untracked")] {
        assert_eq!(repository.find_blob(backup, &path(file)).unwrap().unwrap(), content.as_bytes());
    }
    assert!(repository.is_ancestor(tip, backup).unwrap());
    assert!(removed.branch_deleted && repository.find_ref("refs/heads/run").unwrap().is_none());
    assert!(!worktree.path.exists() && !worktree.git_dir.exists());
    assert!(removed.trash.join("files/new ü.txt").exists());
    assert_eq!(sandbox.git(&["worktree", "list"]).lines().count(), 1);
    sandbox.fsck();

    let empty = |before: Timestamp| repository.trash().empty(&Bounds { before, bytes: u64::MAX, files: u64::MAX }, PATIENCE).unwrap();
    assert_eq!((empty(when()), empty("2026-02-01T00:00:00Z".parse().unwrap())), (0, 1));
    assert!(!removed.trash.exists());
}

#[test]
fn a_branch_that_moved_since_the_backup_stays() {
    let sandbox = Sandbox::with_commit();
    let worktree = add(&sandbox, "run");
    let repository = sandbox.open();
    let job = tempfile::tempdir().unwrap();
    let trusted = TrustedIndex::rebuild(&repository, &worktree, job.path()).unwrap();
    let backed_up = repository.back_up(&trusted, "refs/cmpm/backup/RUN-1", when()).unwrap();
    sandbox.run(&worktree.path, &["commit", "--quiet", "--allow-empty", "--message", "late"]);
    let removed = repository.remove_worktree(backed_up, when()).unwrap();
    assert!(!removed.branch_deleted);
    assert_eq!(sandbox.git(&["log", "-1", "--format=%s", "run"]), "late");
}

#[test]
fn locked_and_current_worktrees_are_not_removed() {
    let sandbox = Sandbox::with_commit();
    let worktree = add(&sandbox, "run");
    let inside = Repository::discover(&worktree.path, &sandbox.env).unwrap();
    let job = tempfile::tempdir().unwrap();
    let trusted = TrustedIndex::rebuild(&inside, &worktree, job.path()).unwrap();
    let backed_up = inside.back_up(&trusted, "refs/cmpm/backup/RUN-1", when()).unwrap();
    assert!(matches!(inside.remove_worktree(backed_up, when()), Err(GitError::Work(WorkError::Worktree { .. }))));
    sandbox.git(&["worktree", "lock", ".worktrees/run"]);
    assert!(matches!(remove(&sandbox, &worktree), Err(GitError::Work(WorkError::Worktree { .. }))));
    assert!(worktree.path.join("a.txt").exists() && sandbox.open().find_ref("refs/heads/run").unwrap().is_some());
}

#[test]
fn a_worktree_whose_folder_is_gone_can_be_removed() {
    let sandbox = Sandbox::with_commit();
    let worktree = add(&sandbox, "run");
    fs_err::remove_dir_all(&worktree.path).unwrap();
    let worktree = sandbox.open().list_worktrees().unwrap().remove(0);
    assert!(worktree.gone);
    assert!(remove(&sandbox, &worktree).unwrap().branch_deleted);
    assert!(sandbox.open().list_worktrees().unwrap().is_empty());
    assert_eq!(sandbox.oid("refs/cmpm/backup/RUN-1^{tree}"), sandbox.oid("main^{tree}"));
}

#[test]
fn the_trash_holds_many_of_the_same_name() {
    let sandbox = Sandbox::with_commit();
    let places: Vec<_> = (0..3).map(|_| remove(&sandbox, &add(&sandbox, "run")).unwrap().trash).collect();
    assert!(places.iter().all(|place| place.join("files/a.txt").exists()) && places[0] != places[1] && places[1] != places[2]);
}

#[test]
fn the_oldest_goes_first_where_the_trash_is_too_full() {
    let sandbox = Sandbox::with_commit();
    let places: Vec<_> = (0..3).map(|_| remove(&sandbox, &add(&sandbox, "run")).unwrap().trash).collect();
    let trash = sandbox.open().trash();
    let nothing_counted = Held { worktrees: 3, uncounted: 3, ..Held::default() };
    assert_eq!(trash.held().unwrap(), nothing_counted);
    let within = |bytes, files| trash.empty(&Bounds { before: when(), bytes, files }, PATIENCE).unwrap();
    assert_eq!(within(u64::MAX, u64::MAX), 0);
    let all = trash.held().unwrap();
    assert_eq!((all.worktrees, all.uncounted), (3, 0));
    assert_eq!(within(u64::MAX, all.files - 1), 1);
    assert_eq!(places.iter().map(|place| place.exists()).collect::<Vec<_>>(), [false, true, true]);
    fs_err::create_dir(places[0].with_extension("gone")).unwrap();
    assert_eq!(trash.held().unwrap().worktrees, 2, "what is half deleted is gone");
    assert_eq!(within(u64::MAX, u64::MAX), 1);
    assert_eq!(within(trash.held().unwrap().bytes - 1, u64::MAX), 1);
    assert!(!places[1].exists() && places[2].exists());
    assert_eq!(trash.held().unwrap().files, all.files / 3);
}

#[test]
fn several_who_empty_the_trash_at_once_leave_nothing_half_done() {
    let sandbox = Sandbox::with_commit();
    for _ in 0..3 {
        remove(&sandbox, &add(&sandbox, "run")).unwrap();
    }
    let trash = sandbox.open().trash();
    let none = Bounds { before: when(), bytes: 0, files: 0 };
    let emptied: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| trash.empty(&none, PATIENCE).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((emptied, trash.held().unwrap()), (3, Held::default()));
}

#[test]
fn a_partial_clone_without_the_files_says_so() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.path().display());
    sandbox.git(&["clone", "--quiet", "--filter=blob:none", "--no-checkout", &url, "../partial"]);
    let partial = Repository::discover(&sandbox.root.path().join("partial"), &sandbox.env).unwrap();
    let error = partial.add_worktree(&sandbox.root.path().join("linked"), "run", sandbox.oid("HEAD")).unwrap_err();
    assert!(matches!(error, GitError::Object(ObjectError::Missing { .. })), "{error}");
    assert_eq!(partial.find_ref("refs/heads/run").unwrap(), None);
    assert!(!sandbox.root.path().join("linked/a.txt").exists() && partial.list_worktrees().unwrap().is_empty());
}
