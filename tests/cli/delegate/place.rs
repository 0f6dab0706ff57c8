//! Where a delegation starts from: odd branches, odd folders, other worktrees.

use std::path::Path;

use super::{Project, WRITER};
use crate::support::TestRepo;

#[test]
fn a_detached_head_needs_a_target_and_an_empty_repository_a_commit() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    project.repo.git(["checkout", "-q", "--detach"]);
    let answer = project.delegate(&ticket, "true").exits(2);
    assert!(answer.stderr.contains("--into"), "{answer}");
    let mut into = project.repo.command(["delegate", "run", &ticket, "--agent", "writer", "--into", "main", "--runner", "command"]);
    into.args(["--", "sh", "-c", "echo more >> docs/a.md"]);
    project.repo.answer(into).success();
    let run = project.run_of(&ticket);
    project.repo.cmpm(["delegate", "approve", &run]).success();
    assert_eq!(project.blob("main", "docs/a.md").as_deref(), Some("one\nmore"));
    // `main` was not checked out, so the files stay as they were.
    assert_eq!((project.repo.read("docs/a.md").as_str(), project.repo.status().as_str()), ("one\n", ""));

    let empty = TestRepo::empty();
    empty.write(".cmpm/agents/writer.md", WRITER);
    empty.cmpm(["issue", "create", "First"]).success();
    let answer = empty.cmpm(["delegate", "run", "ISS", "--agent", "writer", "--runner", "command", "--", "true"]).exits(2);
    assert!(answer.stderr.contains("has no commit yet"), "{answer}");
}

#[test]
fn a_bare_repository_delegates_from_its_worktrees() {
    let project = Project::new();
    let repo = &project.repo;
    let ticket = project.ticket("Write more");
    repo.git(["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = repo.around().join("bare.git");
    for (key, value) in [("user.name", "Tess Test"), ("user.email", "tess@example.invalid")] {
        repo.git_in(&bare, ["config", key, value]);
    }
    let answer = repo.answer(in_folder(project.delegation(&ticket, "true"), &bare)).exits(2);
    assert!(answer.stderr.contains("is a bare repository"), "{answer}");
    repo.git_in(&bare, ["worktree", "add", "-q", "../work", "main"]);
    let work = repo.around().join("work");
    repo.answer(in_folder(project.delegation(&ticket, "echo more >> docs/a.md"), &work)).success();
    repo.answer(in_folder(repo.command(["delegate", "approve", &ticket]), &work)).success();
    assert_eq!(std::fs::read_to_string(work.join("docs/a.md")).unwrap(), "one\nmore\n");
    assert_eq!(repo.git_in(&work, ["status", "--porcelain"]), "");
    repo.git_in(&bare, ["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn a_linked_worktree_delegates_onto_its_own_branch() {
    let project = Project::new();
    let repo = &project.repo;
    let ticket = project.ticket("Write more");
    let base = project.tip();
    repo.git(["worktree", "add", "-q", "-b", "feature", "../linked"]);
    let linked = repo.around().join("linked");
    repo.answer(in_folder(project.delegation(&ticket, "echo more >> docs/a.md"), &linked)).success();
    let run = project.run_of(&ticket);
    assert_eq!(project.show(&run)["target"], "feature");
    assert!(project.worktree(&run).starts_with(repo.root()), "all worktrees are in one place");
    // Decided from the main work tree, the files of the linked one follow.
    repo.cmpm(["delegate", "approve", &run]).success();
    assert_eq!(std::fs::read_to_string(linked.join("docs/a.md")).unwrap(), "one\nmore\n");
    assert_eq!(repo.git_in(&linked, ["status", "--porcelain"]), "");
    project.assert_untouched(&base);
}

#[test]
fn spaces_and_letters_of_the_world_are_nothing_special() {
    let project = Project::new();
    let repo = &project.repo;
    let ticket = project.ticket("Schöne neue Wörter 「引用」 -- \"x\" $(y) `z`");
    let place = repo.around().join("mein Ordner ü/日本 語");
    repo.git(["clone", "-q", ".", &place.display().to_string()]);
    for (key, value) in [("user.name", "Tess Test"), ("user.email", "tess@example.invalid")] {
        repo.git_in(&place, ["config", key, value]);
    }
    let script = "mkdir -p 'docs/ä b'; echo hallo > 'docs/ä b/日本.md'; echo \"$PWD\"";
    let answer = repo.answer(in_folder(project.delegation(&ticket, script), &place)).success();
    assert!(answer.stdout.contains("passed"), "{answer}");
    let diff = repo.answer(in_folder(repo.command(["delegate", "diff", &ticket, "--stat"]), &place)).success();
    assert_eq!(diff.stdout, "docs/ä b/日本.md  +1 -0\n");
    repo.answer(in_folder(repo.command(["delegate", "approve", &ticket]), &place)).success();
    assert_eq!(std::fs::read_to_string(place.join("docs/ä b/日本.md")).unwrap(), "hallo\n");
    assert_eq!(repo.git_in(&place, ["status", "--porcelain"]), "");
    repo.git_in(&place, ["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn a_run_of_another_folder_is_not_a_run_of_this_one() {
    let project = Project::new();
    let answer = project.repo.cmpm(["delegate", "show", "RUN-0"]).exits(2);
    assert!(answer.stderr.contains("there is no run `RUN-0` in this clone"), "{answer}");
    assert_eq!(project.repo.cmpm(["delegate", "list"]).success().stdout, "No runs to show.\n");
    for verb in ["approve", "reject", "cancel", "resume", "restore", "review", "diff", "logs", "clean"] {
        project.repo.cmpm(["delegate", verb, "RUN-0"]).exits(2);
    }
}

fn in_folder(mut command: std::process::Command, folder: &Path) -> std::process::Command {
    command.current_dir(folder);
    command
}

/// JSON has no form for such a path. What cannot be recorded says so; nothing is left that only looks written.
#[cfg(target_os = "linux")]
#[test]
fn below_a_folder_that_is_not_utf_8_no_empty_file_is_written() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    std::fs::create_dir(&odd).unwrap();
    let project = Project::with(TestRepo::new_in(&odd));
    // It can be written anyway, but not undone.
    let ticket = project.ticket("Write more");
    project.repo.cmpm(["undo"]).exits(2);
    let two = project.repo.cmpm(["issue", "complete", &ticket, "-m", "a ticket and its comment"]).exits(2);
    assert!(two.stderr.contains("entry.json cannot be written: path contains invalid UTF-8"), "{two}");
    let run = project.delegate(&ticket, "true").exits(2);
    assert!(run.stderr.contains("is not UTF-8, and jobs are written as JSON"), "{run}");
    assert!(!project.is_claimed(&ticket));
    let mut folders = vec![project.repo.path(".git/cmpm")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.metadata().unwrap() {
                metadata if metadata.is_dir() => folders.push(entry.path()),
                metadata => assert!(metadata.len() > 0 || entry.path().extension().is_none_or(|end| end != "json"), "{:?}", entry.path()),
            }
        }
    }
}
