//! What is staged, compared with what git says of it.

use crate::git::testing::{Sandbox, path};
use crate::git::{Mode, Staged};

/// `A path`, in the words of `git diff --cached --name-status --no-renames`.
fn changes(staged: &Staged) -> Vec<String> {
    let letter = |change: &crate::git::Change| match change.kind {
        crate::git::ChangeKind::Added => 'A',
        crate::git::ChangeKind::Deleted => 'D',
        crate::git::ChangeKind::TypeChanged => 'T',
        _ => 'M',
    };
    staged.changes.iter().map(|change| format!("{}\t{}", letter(change), change.path)).collect()
}

fn agrees(sandbox: &Sandbox) -> Vec<String> {
    let ours = changes(&sandbox.open().staged().unwrap());
    let git = sandbox.git(&["-c", "core.quotePath=false", "diff", "--cached", "--name-status", "--no-renames"]);
    let mut lines: Vec<String> = git.lines().map(str::to_owned).collect();
    lines.sort_by_key(|line| line.split_once('\t').map(|(_, path)| path.as_bytes().to_vec()));
    assert_eq!(ours, lines);
    ours
}

#[test]
fn what_is_staged_is_what_git_says() {
    let sandbox = Sandbox::with_commit();
    assert_eq!(agrees(&sandbox), [""; 0]);
    sandbox.write("a.txt", "changed on disk only\n");
    assert_eq!(agrees(&sandbox), [""; 0]);
    for (file, text) in [("dir/deep/c.txt", "x"), ("dir.txt", "x"), ("dir/b.txt", "three\n"), ("dir-a/x", "1"), ("ä ö.txt", "u")] {
        sandbox.write(file, text);
    }
    sandbox.git(&["add", "dir", "dir.txt", "dir-a", "ä ö.txt"]);
    sandbox.write("dir/b.txt", "never staged\n");
    assert_eq!(agrees(&sandbox).len(), 5);
    sandbox.git(&["commit", "-qm", "more"]);
    assert_eq!(agrees(&sandbox), [""; 0]);
    sandbox.git(&["rm", "-rqf", "--cached", "dir"]);
    sandbox.git(&["mv", "dir.txt", "dir-a/moved"]);
    assert_eq!(agrees(&sandbox).len(), 4);
}

#[test]
fn files_and_folders_take_each_others_place() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["rm", "-rqf", "dir", "a.txt"]);
    sandbox.write("dir", "now a file");
    sandbox.write("a.txt/inner/x", "now a folder");
    sandbox.git(&["add", "-A"]);
    assert_eq!(agrees(&sandbox), ["D\ta.txt", "A\ta.txt/inner/x", "A\tdir", "D\tdir/b.txt"]);
}

#[test]
fn marks_for_later_are_not_staged_and_modes_are() {
    let sandbox = Sandbox::with_commit();
    sandbox.write("later.txt", "x");
    sandbox.git(&["add", "-N", "later.txt"]);
    sandbox.git(&["update-index", "--chmod=+x", "a.txt"]);
    let staged = sandbox.open().staged().unwrap();
    assert_eq!(changes(&staged), ["M\ta.txt"]);
    assert_eq!(staged.find(&path("a.txt")).unwrap().mode, Mode::Executable);
    assert!(staged.find(&path("later.txt")).is_none());
}

#[test]
fn before_the_first_commit_everything_is_new() {
    let sandbox = Sandbox::new();
    assert_eq!(changes(&sandbox.open().staged().unwrap()), [""; 0]);
    sandbox.write("x/y", "1");
    sandbox.git(&["add", "-A"]);
    assert_eq!(changes(&sandbox.open().staged().unwrap()), ["A\tx/y"]);
}

#[test]
fn a_conflict_is_there_as_our_side() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["checkout", "-qb", "side"]);
    sandbox.write("a.txt", "theirs\n");
    sandbox.commit_all("theirs");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("a.txt", "ours\n");
    sandbox.commit_all("ours");
    assert!(!sandbox.try_run(&sandbox.path(), &["merge", "side"]).0);
    let staged = sandbox.open().staged().unwrap();
    assert_eq!(staged.files.iter().filter(|entry| entry.path == path("a.txt")).count(), 1);
    assert_eq!(sandbox.open().read_blob(staged.find(&path("a.txt")).unwrap().oid).unwrap(), b"ours\n");
}
