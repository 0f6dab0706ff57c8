//! What stands when a run is approved: the target's rules of now, what a person has started with git, and what a disk allows.

use std::process::Command;

use super::Project;

/// A git command that may fail.
fn try_git(project: &Project, arguments: &[&str]) -> bool {
    let mut git = Command::new("git");
    git.current_dir(project.repo.root()).env("GIT_EDITOR", "true").args(arguments);
    git.output().unwrap().status.success()
}

/// Two branches that change the same line; `main` is checked out.
fn diverge(project: &Project) {
    let repo = &project.repo;
    repo.git(["checkout", "-q", "-b", "side", "HEAD~1"]);
    repo.write("src/x", "side\n");
    repo.commit_all("side");
    repo.git(["checkout", "-q", "main"]);
    repo.write("src/x", "main\n");
    repo.commit_all("main");
}

#[test]
fn a_branch_that_git_is_at_work_on_does_not_move() {
    let project = Project::new();
    let run = project.passed("Write more");
    let repo = &project.repo;
    diverge(&project);
    for (begin, word, abort) in [
        (["merge", "-q", "side"], "a merge is in progress", ["merge", "--abort"]),
        (["rebase", "-q", "side"], "a rebase is in progress", ["rebase", "--abort"]),
        (["cherry-pick", "--allow-empty", "side"], "a cherry-pick is in progress", ["cherry-pick", "--abort"]),
    ] {
        let tip = project.tip();
        assert!(!try_git(&project, &begin));
        let status = repo.status();
        let answer = repo.cmpm(["delegate", "approve", &run]).exits(4);
        assert!(answer.stderr.contains(word) && answer.stderr.contains("--abort"), "{answer}");
        assert_eq!((project.tip(), repo.status()), (tip, status));
        assert!(try_git(&project, &abort));
    }
    repo.cmpm(["delegate", "approve", &run]).success();
    repo.fsck();
}

#[test]
fn files_that_cannot_be_written_are_put_back() {
    let project = Project::new();
    let repo = &project.repo;
    let run = project.passed_by("Write more", "echo more >> docs/a.md; echo b > docs/b.md; echo z > docs/z.md");
    repo.write(".gitattributes", "docs/z.md filter=broken\n");
    repo.commit_all("attributes");
    for (key, value) in [("clean", "cat"), ("smudge", "false"), ("required", "true")] {
        repo.git(["config", &format!("filter.broken.{key}"), value]);
    }
    let tip = project.tip();
    let answer = repo.cmpm(["delegate", "approve", &run]).exits(2);
    assert!(answer.stderr.contains("could not write the files") && answer.stderr.contains("everything is as it was"), "{answer}");
    assert_eq!((project.tip(), repo.status()), (tip, String::new()), "{answer}");
    assert_eq!(project.state(&run), "review passed");
    repo.git(["config", "--remove-section", "filter.broken"]);
    repo.cmpm(["delegate", "approve", &run]).success();
    assert_eq!((repo.read("docs/b.md").as_str(), repo.status().as_str()), ("b\n", ""));
    repo.fsck();
}

#[test]
fn rules_that_became_stricter_count_and_so_do_new_gates() {
    let project = Project::new();
    let run = project.passed("Write more");
    let repo = &project.repo;
    let role = repo.read(".cmpm/agents/writer.md");
    repo.write(".cmpm/agents/writer.md", &role.replace("---\nname", "---\ndeny: [\"docs/a.md\"]\nname"));
    repo.commit_all("stricter");
    let tip = project.tip();
    let answer = repo.cmpm(["delegate", "approve", &run]).exits(3);
    assert!(answer.stderr.contains("may not be merged into `main`") && answer.stderr.contains("docs/a.md"), "{answer}");
    repo.write(".cmpm/agents/writer.md", &role);
    repo.write(".cmpm/config.yaml", "gates:\n  - name: late\n    run: echo not yet; false\n");
    repo.commit_all("a gate");
    let answer = repo.cmpm(["delegate", "approve", &run]).exits(3);
    assert!(answer.stderr.contains("the gate `late` was not approved"), "{answer}");
    repo.cmpm(["trust", "--yes"]).success();
    let answer = repo.cmpm(["delegate", "approve", &run]).exits(1);
    assert!(answer.stderr.contains("late failed") && answer.stderr.contains("not yet"), "{answer}");
    assert_eq!((project.blob("main", "docs/a.md").as_deref(), project.state(&run).as_str()), (Some("one"), "review passed"));
    assert_ne!(project.tip(), tip);
    repo.fsck();
}

#[test]
fn what_the_work_is_built_on_must_be_in_the_target() {
    let project = Project::new();
    let repo = &project.repo;
    repo.git(["branch", "release"]);
    repo.write("src/y", "not for the release\n");
    repo.commit_all("ahead");
    let run = project.passed("Write more");
    let before = repo.git(["rev-parse", "release"]);
    let answer = repo.cmpm(["delegate", "approve", &run, "--into", "release"]).exits(4);
    assert!(answer.stderr.contains("started from `main`, and not all of that is in `release`"), "{answer}");
    assert_eq!(repo.git(["rev-parse", "release"]), before);
    repo.cmpm(["delegate", "approve", &run]).success();
    let answer = repo.cmpm(["delegate", "approve", &run]).exits(4);
    assert!(answer.stderr.contains("is merged, so it cannot be approved"), "{answer}");
}

#[test]
fn a_restored_worktree_is_the_persons_own() {
    let project = Project::new();
    let run = project.passed("Write more");
    let repo = &project.repo;
    repo.cmpm(["delegate", "reject", &run, "--no-reason"]).success();
    repo.cmpm(["delegate", "restore", &run, "--path", "../mine"]).success();
    let mine = repo.around().join("mine");
    std::fs::write(mine.join("docs/mine.md"), "edited\n").unwrap();
    let branch = repo.git_in(&mine, ["symbolic-ref", "--short", "HEAD"]);
    let answer = repo.cmpm(["delegate", "clean"]).success();
    assert!(answer.stdout.contains("Nothing to clean"), "{answer}");
    assert_eq!(repo.git_in(&mine, ["symbolic-ref", "--short", "HEAD"]), branch);
    assert_eq!(repo.git_in(&mine, ["status", "--porcelain"]), "?? docs/mine.md");
    repo.fsck();
}

#[test]
fn cmpm_answers_inside_a_run_as_it_does_outside() {
    let project = Project::new();
    let ticket = project.ticket("Ask cmpm");
    project.repo.cmpm(["memory", "add", "Pages end with a newline"]).success();
    project.repo.commit_all("a memory");
    let cmpm = env!("CARGO_BIN_EXE_cmpm");
    let asked = ["ticket show $CMPM_TICKET", "ticket list", "ready", "memory search newline", "agent show writer", "status", "config list"];
    let script: String = asked.iter().map(|asked| format!("{cmpm} {asked} || exit 9; ")).collect();
    let answer = project.delegate(&ticket, &format!("{script} echo more >> docs/a.md"));
    let run = project.run_of(&ticket);
    let said = project.repo.cmpm(["delegate", "logs", &run]).success().stdout;
    assert_eq!(answer.exit, 0, "{answer}\n{said}");
    assert!(said.contains("Ask cmpm") && said.contains("Pages end with a newline"), "{said}");
}

#[test]
fn a_run_that_cannot_be_read_is_told_and_its_work_comes_back() {
    let project = Project::new();
    let (kept, lost) = (project.passed("Kept"), project.passed("Lost"));
    let repo = &project.repo;
    std::fs::write(project.job(&lost, "job.json"), "{").unwrap();
    let answer = repo.cmpm(["delegate", "list"]).success();
    assert!(answer.stdout.contains(&kept) && answer.stderr.contains(&lost) && answer.stderr.contains("delegate restore"), "{answer}");
    repo.cmpm(["delegate", "restore", &lost, "--path", "../back"]).success();
    assert_eq!(std::fs::read_to_string(repo.around().join("back/docs/a.md")).unwrap(), "one\nmore\n");
    repo.fsck();
    repo.git(["update-ref", "-d", &format!("refs/cmpm/backup/{lost}")]);
    let answer = repo.cmpm(["delegate", "list"]).success();
    assert!(answer.stderr.contains("it has no backup") && !answer.stderr.contains("delegate restore"), "{answer}");
}
