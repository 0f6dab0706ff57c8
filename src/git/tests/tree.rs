//! Trees and blobs.

use crate::base::RepoPath;
use crate::git::testing::{Sandbox, path, write};
use crate::git::{GitError, Mode, ObjectError, TreeEdit};

#[test]
fn files_are_read_from_commits_and_trees() {
    let sandbox = Sandbox::with_commit();
    let repository = sandbox.open();
    let head = sandbox.oid("HEAD");
    assert_eq!(repository.tree_of(head).unwrap(), sandbox.oid("HEAD^{tree}"));
    for root in [head, sandbox.oid("HEAD^{tree}")] {
        assert_eq!(repository.find_blob(root, &path("dir/b.txt")).unwrap().as_deref(), Some(&b"two\n"[..]));
        for missing in ["dir", "dir/none", "a.txt/below", "none/none", ""] {
            assert_eq!(repository.find_blob(root, &path(missing)).unwrap(), None, "{missing}");
        }
    }
}

#[test]
fn every_kind_of_entry_and_name_is_listed() {
    let sandbox = Sandbox::with_commit();
    let odd = RepoPath::parse(b"dir/tab\tnew\nline \xff.txt").unwrap();
    write(&odd.below(&sandbox.path()), b"odd");
    sandbox.write("dir/ünï cöde.txt", "x");
    sandbox.write("dirx/other", "x");
    std::os::unix::fs::symlink("../a.txt", sandbox.path().join("dir/link")).unwrap();
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["update-index", "--chmod=+x", "dir/b.txt"]);
    sandbox.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},dir/sub", sandbox.oid("HEAD"))]);
    sandbox.git(&["commit", "--quiet", "--message", "kinds"]);
    let found = sandbox.open().files_below(sandbox.oid("HEAD"), &path("dir")).unwrap();
    let short: Vec<(RepoPath, Mode)> = found.into_iter().map(|entry| (entry.path, entry.mode)).collect();
    let expected = [
        (path("dir/b.txt"), Mode::Executable),
        (path("dir/link"), Mode::Symlink),
        (path("dir/sub"), Mode::Submodule),
        (odd, Mode::File),
        (path("dir/ünï cöde.txt"), Mode::File),
    ];
    assert_eq!(short, expected);
    let all = sandbox.open().files_below(sandbox.oid("HEAD"), &path("")).unwrap();
    assert_eq!(all.len(), 7);
    assert_eq!(sandbox.open().files_below(sandbox.oid("HEAD"), &path("none")).unwrap(), []);
}

#[test]
fn edits_make_the_tree_that_git_would_make() {
    let sandbox = Sandbox::with_commit();
    let repository = sandbox.open();
    let blob = repository.write_blob(b"new\n").unwrap();
    let set = |text: &str, mode| TreeEdit { path: path(text), content: Some((mode, blob)) };
    let edits = [
        set("deep/er/new.sh", Mode::Executable),
        set("a.txt", Mode::File),
        TreeEdit { path: path("dir/b.txt"), content: None },
        TreeEdit { path: path("not/there"), content: None },
    ];
    let tree = repository.edit_tree(sandbox.oid("HEAD"), &edits).unwrap();
    let expected = format!("100644 blob {blob}\ta.txt\n100755 blob {blob}\tdeep/er/new.sh");
    assert_eq!(sandbox.git(&["ls-tree", "-r", &tree.to_string()]), expected);
    sandbox.fsck();
    // A file takes the place of a folder, and the other way round.
    let swapped = repository.edit_tree(tree, &[set("deep", Mode::File), set("a.txt/inner", Mode::File)]).unwrap();
    assert_eq!(sandbox.git(&["ls-tree", "-r", "--name-only", &swapped.to_string()]), "a.txt/inner\ndeep");
    let empty = repository.edit_tree(sandbox.oid("HEAD"), &[TreeEdit { path: path("a.txt"), content: None }, edits[2].clone()]);
    assert_eq!(empty.unwrap(), repository.empty_tree());
}

#[test]
fn paths_that_git_forbids_are_refused() {
    let sandbox = Sandbox::with_commit();
    let repository = sandbox.open();
    let blob = repository.write_blob(b"x").unwrap();
    for bad in ["", ".git/hooks/pre-commit", "sub/.GIT/config", "a/.git"] {
        let edit = TreeEdit { path: path(bad), content: Some((Mode::File, blob)) };
        assert!(matches!(repository.edit_tree(sandbox.oid("HEAD"), &[edit]), Err(GitError::Object(ObjectError::BadPath { .. }))), "{bad}");
    }
}

#[test]
fn a_missing_object_is_named_with_a_way_to_get_it() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.path().display());
    sandbox.git(&["clone", "--quiet", "--filter=blob:none", "--no-checkout", &url, "../partial"]);
    let partial = crate::git::Repository::discover(&sandbox.root.path().join("partial"), &sandbox.env).unwrap();
    let error = partial.find_blob(sandbox.oid("HEAD"), &path("a.txt")).unwrap_err();
    assert!(matches!(error, GitError::Object(ObjectError::Missing { .. })), "{error}");
    assert!(crate::base::Failure::from(error).hints()[0].contains("git fetch"));
}
