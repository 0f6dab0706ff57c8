//! Differences, compared with what `git diff` says.

use crate::base::RepoPath;
use crate::git::testing::{Sandbox, path, write};
use crate::git::{ChangeKind, DiffText};

fn two_commits() -> Sandbox {
    let sandbox = Sandbox::with_commit();
    sandbox.write("long.txt", "a\nb\nc\nd\ne\nf\n");
    sandbox.write("gone.txt", "will go\n");
    sandbox.write("run.sh", "x\n");
    sandbox.write("kind", "x\n");
    sandbox.commit_all("old");
    sandbox.git(&["mv", "long.txt", "dir/länger.txt"]);
    sandbox.write("dir/länger.txt", "a\nb\nc\nd\ne\nF\n");
    sandbox.git(&["rm", "--quiet", "gone.txt", "kind"]);
    std::os::unix::fs::symlink("a.txt", sandbox.path().join("kind")).unwrap();
    sandbox.write("a.txt", "one\nmore\n");
    write(&RepoPath::parse(b"new\n\xff").unwrap().below(&sandbox.path()), b"\0binary");
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["update-index", "--chmod=+x", "run.sh"]);
    sandbox.git(&["commit", "--quiet", "--message", "new"]);
    sandbox
}

#[test]
fn every_kind_of_change_is_found() {
    let sandbox = two_commits();
    let changes = sandbox.open().diff_trees(sandbox.oid("HEAD~1"), sandbox.oid("HEAD")).unwrap();
    let short: Vec<(RepoPath, ChangeKind)> = changes.iter().map(|change| (change.path.clone(), change.kind)).collect();
    let expected = [
        (path("a.txt"), ChangeKind::Modified),
        (path("dir/länger.txt"), ChangeKind::Renamed),
        (path("gone.txt"), ChangeKind::Deleted),
        (path("kind"), ChangeKind::TypeChanged),
        (RepoPath::parse(b"new\n\xff").unwrap(), ChangeKind::Added),
        (path("run.sh"), ChangeKind::Modified),
    ];
    assert_eq!(short, expected);
    assert_eq!(changes[1].old_path, Some(path("long.txt")));
    assert!(changes[2].new.is_none() && changes[4].old.is_none());
    let git = sandbox.git(&["diff", "--name-status", "-M", "-z", "HEAD~1", "HEAD"]);
    assert_eq!(git.matches('\0').count(), 6 * 2 + 1);
}

#[test]
fn lines_are_counted_per_file() {
    let sandbox = two_commits();
    let stats = sandbox.open().diff_stat(sandbox.oid("HEAD~1"), sandbox.oid("HEAD")).unwrap();
    let find = |text: &[u8]| stats.iter().find(|stat| stat.path.as_bytes() == text).unwrap();
    assert_eq!((find(b"a.txt").added, find(b"a.txt").removed), (1, 0));
    assert!(find(b"new\n\xff").binary && !find(b"gone.txt").binary);
    assert_eq!(find(b"gone.txt").removed, 1);
}

#[test]
fn text_comes_from_git_and_runs_nothing() {
    let sandbox = two_commits();
    sandbox.git(&["config", "diff.external", "touch ../ran; true"]);
    sandbox.git(&["config", "diff.evil.textconv", "touch ../ran; cat"]);
    sandbox.write(".gitattributes", "* diff=evil\n");
    let (old, new) = (sandbox.oid("HEAD~1"), sandbox.oid("HEAD"));
    let wanted = DiffText { old, new, paths: &[path("a.txt")], colour: false };
    let text = String::from_utf8(sandbox.open().diff_text(&wanted).unwrap()).unwrap();
    assert!(text.contains("\n+more\n") && !text.contains("gone.txt"), "{text}");
    let coloured = sandbox.open().diff_text(&DiffText { paths: &[], colour: true, ..wanted }).unwrap();
    assert!(coloured.windows(2).any(|pair| pair == b"\x1b["));
    assert!(!sandbox.root.path().join("ran").exists());
}

#[test]
fn pathspec_magic_is_only_a_name() {
    let sandbox = two_commits();
    let wanted = DiffText { old: sandbox.oid("HEAD~1"), new: sandbox.oid("HEAD"), paths: &[path(":(glob)**")], colour: false };
    assert_eq!(sandbox.open().diff_text(&wanted).unwrap(), b"");
}
