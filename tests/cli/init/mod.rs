//! `cmpm init` and `cmpm init --remove`, through real git.

mod clone;
mod places;
mod round_trip;
mod surroundings;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::support::TestRepo;

/// Files and folders, each with its mode and its bytes.
type State = BTreeMap<PathBuf, (u32, Vec<u8>)>;

/// Everything that `init` may touch and must restore: each file and folder of the work tree, git's settings and hooks.
fn state(repo: &TestRepo) -> State {
    let mut found = below(repo.root());
    found.retain(|path, _| !path.starts_with(repo.path(".git")));
    found.extend(below(&repo.path(".git/hooks")));
    found.insert(repo.path(".git/config"), look(&repo.path(".git/config")));
    found
}

fn below(folder: &Path) -> State {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.symlink_metadata().unwrap().is_dir() && !path.ends_with(".git") {
            found.extend(below(&path));
        }
        found.insert(path.clone(), look(&path));
    }
    found
}

/// Fails the test with what differs, and only that.
#[track_caller]
fn assert_same(now: &State, before: &State, when: &str) {
    let show = |file: Option<&(u32, Vec<u8>)>| file.map(|(mode, bytes)| format!("{mode:o} {:?}", String::from_utf8_lossy(bytes)));
    let paths: std::collections::BTreeSet<_> = now.keys().chain(before.keys()).collect();
    let differ = paths.into_iter().filter(|path| now.get(*path) != before.get(*path));
    let differ: Vec<_> = differ.map(|path| (path, show(before.get(path)), show(now.get(path)))).collect();
    assert!(differ.is_empty(), "{when}: {differ:#?}");
}

/// The mode and the bytes; of a link, where it points to.
fn look(path: &Path) -> (u32, Vec<u8>) {
    let metadata = path.symlink_metadata().unwrap();
    let bytes = match () {
        () if metadata.is_symlink() => fs::read_link(path).unwrap().into_os_string().into_encoded_bytes(),
        () if metadata.is_dir() => Vec::new(),
        () => fs::read(path).unwrap(),
    };
    (metadata.permissions().mode(), bytes)
}

#[test]
fn a_project_is_made_in_one_go() {
    let repo = TestRepo::new();
    insta::assert_snapshot!(repo.cmpm(["init"]), @r#"
    Created .cmpm/config.yaml
    Created tasks/.gitkeep
    Created AGENTS.md
    Created .gitattributes
    Created .worktrees/.gitignore
    Updated .git/config
    Created the hooks pre-commit, commit-msg, post-commit, post-merge, post-checkout, pre-push
    Commit these files, then write a ticket: `cmpm issue create "…"`
    "#);
    assert_eq!(repo.status().lines().collect::<Vec<_>>(), ["?? .cmpm/", "?? .gitattributes", "?? AGENTS.md", "?? tasks/"]);
    assert_eq!(repo.read(".worktrees/.gitignore"), "*\n");
    insta::assert_snapshot!(repo.read(".gitattributes"), @"
    # cmpm:begin
    /tasks/**/*.md merge=cmpm
    /.cmpm/memory/**/*.md merge=cmpm
    /.cmpm/runs/**/*.md merge=cmpm
    /.cmpm/**/*.yaml merge=cmpm
    # cmpm:end
    ");
    assert!(repo.git(["config", "--local", "merge.cmpm.driver"]).contains("cmpm merge-driver %O %A %B %P"));
    assert_eq!(repo.git(["check-attr", "merge", "tasks/issues/ISS-1.md"]), "tasks/issues/ISS-1.md: merge: cmpm");
    assert_eq!(repo.git(["check-attr", "merge", "README.md"]), "README.md: merge: unspecified");
    let hooks = repo.json(["hook", "status"]);
    assert!(hooks["data"]["hooks"].as_array().unwrap().iter().all(|row| row["state"] == "installed"), "{hooks}");
}

#[test]
fn a_second_time_nothing_changes() {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    let before = state(&repo);
    insta::assert_snapshot!(repo.cmpm(["init"]), @"This is already a cmpm project; nothing to change.");
    let again = repo.json(["init"]);
    assert!(again["data"]["files"].as_array().unwrap().iter().all(|row| row["action"] == "unchanged"), "{again}");
    assert_same(&state(&repo), &before, "");
}

#[test]
fn a_dry_run_says_what_would_happen_and_writes_nothing() {
    let repo = TestRepo::new();
    let before = state(&repo);
    insta::assert_snapshot!(repo.cmpm(["init", "--dry-run"]), @"
    Would create .cmpm/config.yaml
    Would create tasks/.gitkeep
    Would create AGENTS.md
    Would create .gitattributes
    Would create .worktrees/.gitignore
    Would update .git/config
    Would create the hooks pre-commit, commit-msg, post-commit, post-merge, post-checkout, pre-push
    Nothing was written.
    ");
    assert_same(&state(&repo), &before, "");
    assert!(!repo.exists(".git/cmpm"), "not even a lock");
    repo.cmpm(["init"]).success();
    let before = state(&repo);
    insta::assert_snapshot!(repo.cmpm(["init", "--remove", "-n"]), @"
    Would remove .cmpm/config.yaml
    Would remove tasks/.gitkeep
    Would remove AGENTS.md
    Would remove .gitattributes
    Would remove .worktrees/.gitignore
    Would update .git/config
    Would remove the hooks commit-msg, post-checkout, post-commit, post-merge, pre-commit, pre-push
    Left: cmpm/ in the git directory (runs, claims, caches); `cmpm init --remove --all` removes this too
    Nothing was written.
    ");
    assert_same(&state(&repo), &before, "");
}

#[test]
fn undo_takes_the_whole_of_it_back_and_the_whole_of_its_removal() {
    let repo = TestRepo::new();
    let before = state(&repo);
    repo.cmpm(["init"]).success();
    let with = state(&repo);
    repo.cmpm(["undo"]).success();
    assert_same(&state(&repo), &before, "");
    assert!(!repo.exists(".git/cmpm/init.json") && !repo.exists(".git/cmpm/hooks.json"));
    repo.cmpm(["init"]).success();
    assert_same(&state(&repo), &with, "");
    repo.commit_all("project");
    repo.cmpm(["undo"]).exits(2);
    repo.cmpm(["init", "--remove"]).success();
    assert_same(&state(&repo), &before, "");
    repo.cmpm(["undo"]).success();
    assert_same(&state(&repo), &with, "");
    assert_eq!(repo.status(), "");
}

#[test]
fn hooks_are_left_out_on_request() {
    let repo = TestRepo::new();
    let before = below(&repo.path(".git/hooks"));
    repo.cmpm(["init", "--no-hooks"]).success();
    assert_eq!(below(&repo.path(".git/hooks")), before);
    insta::assert_snapshot!(repo.cmpm(["init"]), @"
    Created the hooks pre-commit, commit-msg, post-commit, post-merge, post-checkout, pre-push
    This clone is set up; no committed file changed.
    ");
}

#[test]
fn only_a_person_sets_a_clone_up() {
    let repo = TestRepo::new();
    let before = state(&repo);
    for arguments in [vec!["init"], vec!["init", "--remove"]] {
        let mut command = repo.command(arguments);
        command.env("CMPM_RUN", "RUN-00000001");
        repo.answer(command).exits(3);
    }
    assert_same(&state(&repo), &before, "");
}

#[test]
fn help_has_an_example() {
    let repo = TestRepo::new();
    let help = repo.cmpm(["init", "--help"]).success();
    assert!(help.stdout.contains("Example: `cmpm init --dry-run`") && help.stdout.contains("--remove"), "{help}");
}
