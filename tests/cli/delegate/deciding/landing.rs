//! How a run lands: as one commit, in part, with what its reviewer edited; and that the check of what is pushed knows each of them.

use super::super::Project;
use crate::support::Answer;

/// The trailers of a commit.
fn trailers(project: &Project, commit: &str) -> String {
    project.repo.git(["log", "-1", "--format=%(trailers:only)", commit])
}

/// The check of all since a commit, here and in a clone that has nothing but the branch.
fn checked(project: &Project, base: &str) {
    let elsewhere = project.repo.around().join("clone");
    project.repo.cmpm(["check", "--base", base]).success();
    let source = format!("file://{}", project.repo.root().display());
    project.repo.git(["clone", "-q", "--branch", "main", "--single-branch", &source, elsewhere.to_str().unwrap()]);
    let mut check = project.repo.command(["check", "--base", base]);
    check.current_dir(&elsewhere);
    project.repo.answer(check).success();
    std::fs::remove_dir_all(elsewhere).unwrap();
}

#[test]
fn a_squash_is_one_commit_with_trailers_page_and_ticket() {
    let project = Project::new();
    let repo = &project.repo;
    let run = project.passed_by("Write more", "echo more >> docs/a.md; sed -i 's/\\[ \\]/[x]/' tasks/issues/*.md");
    let (tip, ticket) = (project.tip(), project.show(&run)["ticket"].as_str().unwrap().to_owned());
    let commit = repo.json(["delegate", "approve", &run, "--squash", "-m", "good"])["data"]["commit"].as_str().unwrap().to_owned();
    assert_eq!((repo.git(["rev-parse", "main^@"]), project.tip()), (tip.clone(), commit));
    let message = repo.git(["log", "-1", "--format=%B"]);
    assert!(message.starts_with("Write more\n\ngood\n"), "{message}");
    assert_eq!(trailers(&project, "HEAD").trim(), format!("Cmpm-Run: {run}\nCmpm-Ticket: {ticket}\nCmpm-Agent: writer"));
    let page = project.blob("HEAD", &format!(".cmpm/runs/{run}.md")).unwrap();
    assert!(page.contains("state: merged") && page.contains("- `docs/a.md` +1 -0"), "{page}");
    assert_eq!(
        (project.state(&run).as_str(), repo.read("docs/a.md").as_str(), repo.status().as_str()),
        ("merged passed", "one\nmore\n", "")
    );
    assert_eq!(repo.json(["issue", "show", &ticket])["data"]["status"], "done");
    checked(&project, &tip);
    // Whoever comes next sees by whom it was finished.
    repo.cmpm(["delegate", "clean", "--dry-run"]).success();
    assert_eq!(repo.git(["worktree", "list"]).lines().count(), 1);
    repo.fsck();
}

#[test]
fn the_setting_says_squash_and_the_flag_merge() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write(".cmpm/config.yaml", "delegate: {merge: squash}\n");
    repo.commit_all("settings");
    let (one, two) = (project.passed_by("One", "echo 1 > docs/1.md"), project.passed_by("Two", "echo 2 > docs/2.md"));
    let parents = || repo.git(["log", "-1", "--format=%P"]).split_whitespace().count();
    repo.cmpm(["delegate", "approve", &one]).success();
    assert_eq!(parents(), 1);
    repo.cmpm(["delegate", "approve", &two, "--merge"]).success();
    assert_eq!(parents(), 2);
}

#[test]
fn a_forged_squash_excuses_nothing() {
    let project = Project::new();
    let repo = &project.repo;
    let run = project.passed_by("Write more", "echo more >> docs/a.md");
    let base = project.tip();
    repo.cmpm(["delegate", "approve", &run, "--squash"]).success();
    repo.write("src/x", "more\n");
    repo.git(["commit", "-qa", "--amend", "--no-edit"]);
    let answer: Answer = repo.cmpm(["check", "--base", &base]);
    // Here the work itself says what was the agent's; elsewhere all of it is.
    assert!(answer.stderr.contains("beside the work of its runs") || answer.stdout.contains("beside the work of its runs"), "{answer}");
    repo.git(["update-ref", "-d", &format!("refs/cmpm/backup/{run}")]);
    repo.git(["update-ref", "-d", &format!("refs/cmpm/runs/{run}/attempt-1")]);
    repo.git(["reflog", "expire", "--expire=now", "--all"]);
    repo.git(["gc", "-q", "--prune=now"]);
    let answer = repo.cmpm(["check", "--base", &base]).exits(1);
    assert!(answer.stdout.contains("src/x, which the work does not") && answer.stdout.contains("role"), "{answer}");
}

#[test]
fn only_some_files_are_merged_and_the_rest_is_kept_and_named() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write(".cmpm/config.yaml", "gates:\n  - {name: small, run: test ! -e docs/big/b.md}\n  - {name: files, run: ls docs}\n");
    repo.commit_all("gates");
    repo.cmpm(["trust", "--yes"]);
    let ticket = project.ticket("Write more");
    let script = "echo 1 > docs/1.md; mkdir -p docs/sub; echo 2 > docs/sub/2.md; git mv docs/a.md docs/new.md; echo x > docs/x.md";
    project.delegate(&ticket, script).success();
    let run = project.run_of(&ticket);
    let base = project.tip();
    let none = repo.cmpm(["delegate", "approve", &run, "--only", "docs/1.md", "docs/no.md"]).exits(2);
    assert!(none.stderr.contains("changes nothing that `docs/no.md` names; it changes docs/1.md"), "{none}");
    project.assert_untouched(&base);
    let answer = repo.cmpm(["delegate", "approve", &run, "--only", "docs/sub", "docs/new.md", "--keep-open"]).success();
    assert!(answer.stdout.contains(&format!("Left out: docs/1.md, docs/x.md; kept under refs/cmpm/backup/{run}")), "{answer}");
    assert!(repo.exists("docs/sub/2.md") && repo.exists("docs/new.md"));
    assert!(!repo.exists("docs/1.md") && !repo.exists("docs/x.md") && !repo.exists("docs/a.md"));
    let page = repo.read(&format!(".cmpm/runs/{run}.md"));
    assert!(page.contains(&format!("- left out of the merge: `docs/1.md`; it is kept under `refs/cmpm/backup/{run}`")), "{page}");
    assert!(page.contains("left_out:\n  - docs/1.md\n  - docs/x.md\n") && !page.contains("- `docs/x.md` +"), "{page}");
    assert_ne!(repo.json(["issue", "show", &ticket])["data"]["status"], "done");
    assert_eq!(repo.git(["show", &format!("refs/cmpm/backup/{run}:docs/x.md")]), "x");
    assert_eq!(repo.status(), "");
    checked(&project, &base);
}

#[test]
fn the_gates_run_on_the_part_alone() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write(".cmpm/config.yaml", "gates:\n  - {name: both, run: test -e docs/1.md -a -e docs/2.md}\n");
    repo.commit_all("gates");
    repo.cmpm(["trust", "--yes"]);
    let run = project.passed_by("Write more", "echo 1 > docs/1.md; echo 2 > docs/2.md");
    let tip = project.tip();
    let failed = repo.cmpm(["delegate", "approve", &run, "--only", "docs/1.md"]).exits(1);
    assert!(failed.stderr.contains("both failed"), "{failed}");
    project.assert_untouched(&tip);
    // What was left out then is not left out now.
    repo.cmpm(["delegate", "approve", &run, "--squash"]).success();
    assert!(repo.exists("docs/2.md") && !repo.read(&format!(".cmpm/runs/{run}.md")).contains("left"));
    checked(&project, &tip);
}

#[test]
fn what_a_reviewer_edits_is_a_commit_of_theirs_on_top() {
    for squash in [false, true] {
        let project = Project::new();
        let repo = &project.repo;
        let run = project.passed("Write more");
        let (base, work) = (project.tip(), project.show(&run)["status"]["work"].as_str().unwrap().to_owned());
        repo.cmpm(["delegate", "review", &run]).success();
        std::fs::write(project.worktree(&run).join("docs/a.md"), "one\nby hand\n").unwrap();
        repo.cmpm(["delegate", "resume", &run]).success();
        let shown = project.show(&run);
        let now = shown["status"]["work"].as_str().unwrap();
        assert_eq!(repo.git(["log", "-1", "--format=%P %an", now]), format!("{work} {}", repo.git(["config", "user.name"])));
        assert_eq!(repo.git(["log", "-1", "--format=%an", &work]), "writer");
        assert_eq!(shown["status"]["revisions"][0]["edited"], serde_json::json!(["docs/a.md"]));
        let review = repo.cmpm(["delegate", "review", &run]).success().stdout;
        assert!(review.contains("(edited docs/a.md by hand)"), "{review}");
        // What the role does not allow is none of a reviewer's edits either.
        std::fs::write(project.worktree(&run).join("src/x"), "no\n").unwrap();
        repo.cmpm(["delegate", "resume", &run]).exits(3);
        repo.cmpm(["delegate", "approve", &run]).exits(3);
        std::fs::write(project.worktree(&run).join("src/x"), "x\n").unwrap();
        repo.cmpm(["delegate", "revise", &run, "--by-hand"]).success();
        repo.cmpm(["delegate", "review", &run]).success();
        repo.cmpm(["delegate", "approve", &run, if squash { "--squash" } else { "--merge" }]).success();
        let page = repo.read(&format!(".cmpm/runs/{run}.md"));
        assert!(page.contains("; edited docs/a.md by hand"), "{page}");
        assert_eq!(repo.read("docs/a.md"), "one\nby hand\n");
        checked(&project, &base);
    }
}
