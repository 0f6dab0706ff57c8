//! Programs planted by an agent do not run, and changed controls are noticed.

use std::os::unix::fs::PermissionsExt;

use crate::git::testing::{Sandbox, path, write};
use crate::git::{ControlDifference, How, Origin, TrustedIndex};

fn executable(file: &std::path::Path, text: &str) {
    write(file, text.as_bytes());
    fs_err::set_permissions(file, PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn planted_filters_hooks_and_monitors_do_not_run() {
    let sandbox = Sandbox::with_commit();
    let repository = sandbox.open();
    let worktree = repository.add_worktree(&sandbox.root.path().join("worktree"), "run", sandbox.oid("HEAD")).unwrap();
    let job = tempfile::tempdir().unwrap();
    let trusted = TrustedIndex::capture(&repository, &worktree, job.path()).unwrap();

    let ran = sandbox.root.path().join("ran");
    let touch = format!("touch '{}'; cat", ran.display());
    for key in ["filter.evil.clean", "filter.evil.process", "core.fsmonitor", "core.pager", "core.editor"] {
        sandbox.git(&["config", key, &touch]);
        sandbox.git(&["config", "--global", key, &touch]);
    }
    sandbox.git(&["config", "filter.evil.required", "true"]);
    write(&worktree.path.join(".gitattributes"), b"* filter=evil\n");
    write(&worktree.path.join("a.txt"), b"changed\n");
    for hook in ["post-index-change", "pre-commit", "fsmonitor-watchman", "reference-transaction"] {
        executable(&sandbox.path().join(".git/hooks").join(hook), &format!("#!/bin/sh\n{touch}"));
    }
    // A nested repository whose own settings would run something when git asks for its status.
    write(&worktree.path.join("nested/file"), b"x");
    let nested = worktree.path.join("nested");
    sandbox.run(&nested, &["init", "--quiet"]);
    let script = sandbox.root.path().join("script");
    executable(&script, &format!("#!/bin/sh\n{touch}"));
    sandbox.run(&nested, &["config", "core.fsmonitor", script.to_str().unwrap()]);

    let snapshot = trusted.snapshot(&repository).unwrap();
    assert_eq!(repository.find_blob(snapshot.tree, &path("a.txt")).unwrap().unwrap(), b"changed\n");
    assert!(!ran.exists());
    // The trap is real: git itself falls into it.
    sandbox.try_run(&worktree.path, &["add", "a.txt"]);
    assert!(ran.exists());
}

#[test]
fn changed_controls_are_named() {
    let sandbox = Sandbox::with_commit();
    let before = sandbox.open().control_digest(&[]).unwrap();
    assert_eq!(before.differences(&sandbox.open().control_digest(&[]).unwrap()), []);
    executable(&sandbox.path().join(".git/hooks/pre-commit"), "#!/bin/sh\n");
    sandbox.git(&["config", "alias.x", "!true"]);
    sandbox.git(&["config", "--global", "alias.x", "!true"]);
    sandbox.git(&["branch", "planted"]);
    sandbox.git(&["pack-refs", "--all"]);
    sandbox.commit_all("moved");
    let after = sandbox.open().control_digest(&[]).unwrap();
    let expected = [
        "`config` was changed",
        "`hooks/pre-commit` was added",
        "`~/.gitconfig` was added",
        "`refs/heads/main` was changed",
        "`refs/heads/planted` was added",
    ];
    let differences = before.differences(&after);
    assert_eq!(differences.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    assert_eq!(differences.iter().map(ControlDifference::is_hook).collect::<Vec<_>>(), [false, true, false, false, false]);
    assert_eq!(serde_json::from_str::<crate::git::ControlDigest>(&serde_json::to_string(&after).unwrap()).unwrap(), after);
}

#[test]
fn permissions_and_other_hook_folders_count() {
    let sandbox = Sandbox::with_commit();
    executable(&sandbox.path().join(".githooks/pre-push"), "#!/bin/sh\n");
    sandbox.git(&["config", "core.hooksPath", ".githooks"]);
    let folder = sandbox.open().hooks_folder().unwrap();
    assert_eq!((folder.path, folder.origin), (sandbox.path().join(".githooks"), Origin::Repository));
    let before = sandbox.open().control_digest(&[]).unwrap();
    fs_err::set_permissions(sandbox.path().join(".githooks/pre-push"), PermissionsExt::from_mode(0o644)).unwrap();
    let differences = before.differences(&sandbox.open().control_digest(&[]).unwrap());
    assert_eq!(differences, [ControlDifference { name: "core.hooksPath/pre-push".into(), how: How::Changed }]);
    assert!(differences[0].is_hook());
    let default = Sandbox::with_commit();
    assert_eq!(default.open().hooks_folder().unwrap().origin, Origin::Default);
}
