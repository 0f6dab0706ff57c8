//! Status.

use crate::git::testing::{Sandbox, path};

#[test]
fn every_state_is_told_apart() {
    let sandbox = Sandbox::with_commit();
    sandbox.write(".gitignore", "*.log\n");
    sandbox.commit_all("ignore");
    sandbox.write("a.txt", "changed\n");
    sandbox.write("dir/b.txt", "staged\n");
    sandbox.git(&["add", "dir/b.txt"]);
    sandbox.write("new ü/file\n", "x");
    sandbox.write("x.log", "ignored");
    let entries = sandbox.open().status().unwrap();
    let short: Vec<(String, bool, bool, bool)> =
        entries.iter().map(|entry| (entry.path.lossy().into_owned(), entry.staged, entry.unstaged, entry.untracked)).collect();
    let expected =
        [("a.txt".into(), false, true, false), ("dir/b.txt".into(), true, false, false), ("new ü/file\n".into(), false, false, true)];
    assert_eq!(short, expected);
}

#[test]
fn conflicts_are_marked() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["checkout", "--quiet", "-b", "side"]);
    sandbox.write("a.txt", "theirs\n");
    sandbox.commit_all("theirs");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write("a.txt", "ours\n");
    sandbox.commit_all("ours");
    assert!(!sandbox.try_run(&sandbox.path(), &["merge", "side"]).0);
    let entries = sandbox.open().status().unwrap();
    assert!(entries.len() == 1 && entries[0].conflicted && entries[0].path == path("a.txt"));
}

#[test]
fn the_index_is_not_written() {
    let sandbox = Sandbox::with_commit();
    // The same content with another time: git would like to refresh the index.
    let file = std::fs::File::options().write(true).open(sandbox.path().join("a.txt")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    let before = fs_err::read(sandbox.path().join(".git/index")).unwrap();
    assert!(sandbox.open().status().unwrap().is_empty());
    assert_eq!(fs_err::read(sandbox.path().join(".git/index")).unwrap(), before);
}

#[test]
fn a_path_is_committed_only_with_the_same_content() {
    let sandbox = Sandbox::with_commit();
    let head = sandbox.oid("HEAD");
    let committed = |text: &str| sandbox.open().is_path_committed(&path(text), head).unwrap();
    assert!(committed("a.txt") && committed("dir/b.txt") && committed("nowhere"));
    sandbox.write("a.txt", "other\n");
    sandbox.write("untracked.txt", "x");
    fs_err::remove_file(sandbox.path().join("dir/b.txt")).unwrap();
    assert!(!committed("a.txt") && !committed("untracked.txt") && !committed("dir/b.txt"));
    fs_err::remove_file(sandbox.path().join("a.txt")).unwrap();
    std::os::unix::fs::symlink("one", sandbox.path().join("a.txt")).unwrap();
    assert!(!committed("a.txt"));
}

#[test]
fn line_endings_are_no_difference_where_git_sees_none() {
    let sandbox = Sandbox::with_commit();
    sandbox.write("a.txt", "one\r\n");
    assert!(!sandbox.open().is_path_committed(&path("a.txt"), sandbox.oid("HEAD")).unwrap());
    sandbox.git(&["config", "core.autocrlf", "true"]);
    assert!(sandbox.open().is_path_committed(&path("a.txt"), sandbox.oid("HEAD")).unwrap());
}
