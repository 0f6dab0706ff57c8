//! What an agent's worktree holds, whatever the agent did to hide it.

use std::path::Path;

use tempfile::TempDir;

use crate::git::testing::{Sandbox, path, write};
use crate::git::work::snapshot::{Oddity, Snapshot};
use crate::git::{GitError, OddityKind, Repository, TrustedIndex, WorkError, Worktree};

/// A worktree of a run with the index captured before an agent begins.
struct Run {
    sandbox: Sandbox,
    worktree: Worktree,
    job: TempDir,
}

impl Run {
    fn new(sandbox: Sandbox) -> Self {
        let place = sandbox.root.path().join("worktree");
        let repository = sandbox.open();
        let worktree = repository.add_worktree(&place, "run", sandbox.oid("HEAD")).unwrap();
        let job = tempfile::tempdir().unwrap();
        TrustedIndex::capture(&repository, &worktree, job.path()).unwrap();
        Self { sandbox, worktree, job }
    }

    fn write(&self, name: &str, text: &str) {
        write(&self.worktree.path.join(name), text.as_bytes());
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.sandbox.run(&self.worktree.path, arguments)
    }

    fn snapshot(&self) -> Snapshot {
        TrustedIndex::load(self.job.path()).unwrap().snapshot(&self.sandbox.open()).unwrap()
    }

    /// The names in the snapshot, and what is odd.
    fn look(&self) -> (Vec<String>, Vec<(String, OddityKind)>) {
        let snapshot = self.snapshot();
        let files = self.sandbox.open().files_below(snapshot.tree, &path("")).unwrap();
        let odd = snapshot.odd.iter().map(|Oddity { path, kind }| (path.lossy().into_owned(), *kind)).collect();
        (files.iter().map(|entry| entry.path.lossy().into_owned()).collect(), odd)
    }

    fn content(&self, name: &str) -> Vec<u8> {
        self.sandbox.open().find_blob(self.snapshot().tree, &path(name)).unwrap().unwrap()
    }

    fn init_nested(&self, folder: &str, with_commit: bool) {
        self.write(&format!("{folder}/inner.txt"), "inner\n");
        let folder = self.worktree.path.join(folder);
        self.sandbox.run(&folder, &["init", "--quiet"]);
        if with_commit {
            self.sandbox.run(&folder, &["add", "--all"]);
            self.sandbox.run(&folder, &["-c", "user.name=x", "-c", "user.email=x@x", "commit", "--quiet", "--message", "x"]);
        }
    }
}

#[test]
fn an_untouched_worktree_is_its_commit() {
    let run = Run::new(Sandbox::with_commit());
    assert_eq!(run.snapshot(), Snapshot { tree: run.sandbox.oid("HEAD^{tree}"), odd: vec![] });
}

#[test]
fn changed_new_removed_and_ignored_files() {
    let sandbox = Sandbox::with_commit();
    sandbox.write(".gitignore", "*.log\n");
    sandbox.commit_all("ignore");
    sandbox.write(".git/info/exclude", "secret\n");
    let run = Run::new(sandbox);
    run.write("a.txt", "changed\n");
    run.write("new ü\n.txt", "new\n");
    run.write("x.log", "ignored");
    run.write("secret", "ignored");
    fs_err::remove_file(run.worktree.path.join("dir/b.txt")).unwrap();
    let status = run.git(&["status", "--porcelain"]);
    assert_eq!(run.look(), (vec![".gitignore".into(), "a.txt".into(), "new ü\n.txt".into()], vec![]));
    assert_eq!(run.content("a.txt"), b"changed\n");
    assert_eq!(run.git(&["status", "--porcelain"]), status);
    run.sandbox.fsck();
}

#[test]
fn marks_in_the_agents_index_hide_nothing() {
    let run = Run::new(Sandbox::with_commit());
    run.git(&["update-index", "--assume-unchanged", "a.txt"]);
    run.git(&["update-index", "--skip-worktree", "dir/b.txt"]);
    run.write("a.txt", "hidden\n");
    run.write("dir/b.txt", "hidden\n");
    assert_eq!(run.git(&["status", "--porcelain"]), "");
    assert_eq!(run.content("a.txt"), b"hidden\n");
    assert_eq!(run.content("dir/b.txt"), b"hidden\n");
}

#[test]
fn same_size_and_forged_time_hide_nothing() {
    let run = Run::new(Sandbox::with_commit());
    let file = run.worktree.path.join("a.txt");
    let time = fs_err::metadata(&file).unwrap().modified().unwrap();
    fs_err::write(&file, "eno\n").unwrap();
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    assert_eq!(run.content("a.txt"), b"eno\n");
}

#[test]
fn what_git_would_filter_is_stored_as_it_is_and_named() {
    let sandbox = Sandbox::with_commit();
    sandbox.write(".gitattributes", "*.bin filter=lfs -text\n");
    sandbox.write("old.bin", "old");
    sandbox.commit_all("attributes");
    let run = Run::new(sandbox);
    run.write("a.txt", "changed\n");
    run.write("new.bin", "new");
    assert_eq!(run.look().1, [("new.bin".to_owned(), OddityKind::FilterSkipped)]);
    assert_eq!(run.content("new.bin"), b"new");
}

#[test]
fn a_pointer_to_another_repository_is_odd_and_ignored() {
    let run = Run::new(Sandbox::with_commit());
    let decoy = run.sandbox.root.path().join("decoy");
    fs_err::create_dir(&decoy).unwrap();
    run.sandbox.run(&decoy, &["init", "--quiet"]);
    run.write("a.txt", "changed\n");
    write(&run.worktree.path.join(".git"), format!("gitdir: {}\n", decoy.join(".git").display()).as_bytes());
    let odd = vec![(".git".to_owned(), OddityKind::GitPointerChanged)];
    assert_eq!(run.look(), (vec!["a.txt".into(), "dir/b.txt".into()], odd.clone()));
    assert_eq!(run.content("a.txt"), b"changed\n");
    // A repository in place of the file, and nothing at all.
    fs_err::remove_file(run.worktree.path.join(".git")).unwrap();
    assert_eq!(run.look().1, odd);
    run.sandbox.run(&run.worktree.path, &["init", "--quiet"]);
    assert_eq!(run.look(), (vec!["a.txt".into(), "dir/b.txt".into()], odd));
}

#[test]
fn files_of_nested_repositories_are_seen() {
    let run = Run::new(Sandbox::with_commit());
    run.init_nested("with", true);
    run.init_nested("without", false);
    run.init_nested("without/deeper", true);
    run.init_nested("dir", false); // around a tracked file
    let files = ["a.txt", "dir/b.txt", "dir/inner.txt", "with/inner.txt", "without/deeper/inner.txt", "without/inner.txt"];
    let odd = ["dir", "with", "without", "without/deeper"].map(|name| (name.to_owned(), OddityKind::NestedRepository));
    assert_eq!(run.look(), (files.map(str::to_owned).to_vec(), odd.to_vec()));
    run.sandbox.fsck();
}

#[test]
fn links_that_lead_out_are_odd() {
    let sandbox = Sandbox::with_commit();
    std::os::unix::fs::symlink("/etc/hosts", sandbox.path().join("was here before")).unwrap();
    sandbox.commit_all("link");
    let run = Run::new(sandbox);
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, run.worktree.path.join(name)).unwrap();
    link("/etc/passwd", "absolute");
    link("../../up", "dir/up");
    link("../a.txt", "dir/fine");
    link("b.txt/../../..", "dir/tricky");
    let odd = ["absolute", "dir/tricky", "dir/up"].map(|name| (name.to_owned(), OddityKind::SymlinkOutside));
    assert_eq!(run.look().1, odd);
}

#[test]
fn a_folder_replaced_by_a_link_is_not_followed() {
    let run = Run::new(Sandbox::with_commit());
    let outside = run.sandbox.root.path().join("outside");
    write(&outside.join("b.txt"), b"secret");
    fs_err::remove_dir_all(run.worktree.path.join("dir")).unwrap();
    std::os::unix::fs::symlink(&outside, run.worktree.path.join("dir")).unwrap();
    assert_eq!(run.look(), (vec!["a.txt".into(), "dir".into()], vec![("dir".into(), OddityKind::SymlinkOutside)]));
}

#[test]
fn a_replaced_worktree_is_an_error() {
    let run = Run::new(Sandbox::with_commit());
    fs_err::rename(&run.worktree.path, run.sandbox.root.path().join("moved")).unwrap();
    std::os::unix::fs::symlink("/etc", &run.worktree.path).unwrap();
    let result = TrustedIndex::load(run.job.path()).unwrap().snapshot(&run.sandbox.open());
    assert!(matches!(result, Err(GitError::Work(WorkError::Worktree { .. }))), "{result:?}");
}

#[test]
fn line_endings_are_stored_as_git_would() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["config", "core.autocrlf", "true"]);
    let run = Run::new(sandbox);
    assert_eq!(fs_err::read(run.worktree.path.join("a.txt")).unwrap(), b"one\r\n");
    run.write("new.txt", "line\r\n");
    assert_eq!(run.content("new.txt"), b"line\n");
    assert_eq!(run.content("a.txt"), b"one\n");
}

#[test]
fn submodules_stay_what_they_were() {
    let sandbox = Sandbox::with_commit();
    let first = sandbox.oid("HEAD");
    for name in ["kept", "filled", "gone", "moved"] {
        sandbox.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{first},{name}")]);
    }
    sandbox.git(&["commit", "--quiet", "--message", "submodules"]);
    let run = Run::new(sandbox);
    assert_eq!(run.snapshot(), Snapshot { tree: run.sandbox.oid("HEAD^{tree}"), odd: vec![] });
    run.write("filled/file", "x");
    fs_err::remove_dir(run.worktree.path.join("gone")).unwrap();
    run.init_nested("moved", true);
    let files = ["a.txt", "dir/b.txt", "filled/file", "kept", "moved"];
    let odd = ["filled", "gone", "moved"].map(|name| (name.to_owned(), OddityKind::Submodule));
    assert_eq!(run.look(), (files.map(str::to_owned).to_vec(), odd.to_vec()));
    let moved = run.sandbox.open().find_entry(run.snapshot().tree, &path("moved")).unwrap().unwrap();
    assert_eq!(moved.oid, first);
}

#[test]
fn sparse_worktrees_are_seen_whole() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["sparse-checkout", "set", "--cone", "other"]);
    let run = Run::new(sandbox);
    assert!(!run.worktree.path.join("dir").exists());
    assert_eq!(run.snapshot(), Snapshot { tree: run.sandbox.oid("HEAD^{tree}"), odd: vec![] });
    run.write("dir/b.txt", "written outside the cone\n");
    run.write("dir/new.txt", "new\n");
    assert_eq!(run.content("dir/b.txt"), b"written outside the cone\n");
    assert_eq!(run.content("dir/new.txt"), b"new\n");
}

#[test]
fn sha_256_and_bare_repositories() {
    let sandbox = Sandbox::with(&["init", "--quiet", "--object-format=sha256", "--initial-branch=main", "repo"]);
    sandbox.write("a.txt", "one\n");
    sandbox.commit_all("first");
    let run = Run::new(sandbox);
    run.write("a.txt", "changed\n");
    assert_eq!(run.content("a.txt"), b"changed\n");

    let sandbox = Sandbox::with_commit();
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../bare"]);
    let bare = Repository::discover(&sandbox.root.path().join("bare"), &sandbox.env).unwrap();
    let worktree = bare.add_worktree(&sandbox.root.path().join("linked"), "run", sandbox.oid("HEAD")).unwrap();
    let job = tempfile::tempdir().unwrap();
    let trusted = TrustedIndex::capture(&bare, &worktree, Path::new(job.path())).unwrap();
    write(&worktree.path.join("a.txt"), b"changed\n");
    let tree = trusted.snapshot(&bare).unwrap().tree;
    assert_eq!(bare.find_blob(tree, &path("a.txt")).unwrap().unwrap(), b"changed\n");
}
