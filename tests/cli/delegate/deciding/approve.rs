//! Landing on targets in every condition: whatever is in the way, nothing of the user's is touched.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::super::{Case, Project};

/// A project with one passed run per script.
fn passed(scripts: &[&str]) -> (Project, Vec<String>) {
    let project = Project::new();
    let titles: Vec<String> = (0..scripts.len()).map(|number| format!("Number {number}")).collect();
    let cases: Vec<Case<'_>> = titles.iter().zip(scripts).map(|(title, script)| Case { title, script }).collect();
    let runs = project.perform("writer", &[], &cases);
    let id = |run: &Value| {
        assert_eq!(run["outcome"], "passed", "{run:#}");
        run["run"].as_str().unwrap().to_owned()
    };
    let ids = runs.iter().map(id).collect();
    (project, ids)
}

#[test]
fn local_changes_elsewhere_stay_and_those_in_the_way_stop_it() {
    let (project, runs) =
        passed(&["echo 0 > docs/0.md", "echo 1 >> docs/a.md", "echo 2 > docs/2.md", "echo 3 > docs/3.md", "echo 4 > docs/4.md"]);
    let repo = &project.repo;
    repo.write("README.md", "staged\n");
    repo.git(["add", "README.md"]);
    repo.write("src/x", "changed\n");
    repo.write("free", "untracked\n");
    let local = "M  README.md\n M src/x\n?? free";
    let approve = |run: &str, exit: i32| repo.cmpm(["delegate", "approve", run]).exits(exit);
    approve(&runs[0], 0);
    assert_eq!((repo.status().as_str(), repo.read("docs/0.md").as_str()), (local, "0\n"));

    repo.write("docs/a.md", "mine\n");
    let tip = project.tip();
    let blocked = |run: &str, path: &str, text: &str| {
        let answer = approve(run, 4);
        assert!(answer.stderr.contains(&format!("overlap with {path}")) && answer.stderr.contains("nothing was touched"), "{answer}");
        assert_eq!((project.tip(), repo.read(path).as_str()), (tip.clone(), text));
        assert_eq!(project.state(run), "review passed");
    };
    blocked(&runs[1], "docs/a.md", "mine\n");
    repo.git(["checkout", "-q", "docs/a.md"]);
    repo.write("docs/2.md", "my own\n");
    blocked(&runs[2], "docs/2.md", "my own\n");
    std::fs::remove_file(repo.path("docs/2.md")).unwrap();
    repo.write(".git/info/exclude", "docs/3.md\n");
    repo.write("docs/3.md", "ignored\n");
    blocked(&runs[3], "docs/3.md", "ignored\n");
    std::fs::remove_file(repo.path("docs/3.md")).unwrap();
    let ticket = project.show(&runs[4])["ticket"].as_str().unwrap().to_owned();
    let path = repo.json(["issue", "show", &ticket])["data"]["path"].as_str().unwrap().to_owned();
    let edited = format!("{}\nMy note.\n", repo.read(&path));
    repo.write(&path, &edited);
    blocked(&runs[4], &path, &edited);
    repo.git(["checkout", "-q", &path]);
    for run in &runs[1..] {
        approve(run, 0);
    }
    assert_eq!(repo.status(), local);
    repo.fsck();
}

#[test]
fn a_target_that_moved_is_merged_and_one_that_conflicts_is_left_alone() {
    let (project, runs) =
        passed(&["echo 0 > docs/0.md", "echo ours >> docs/a.md", "echo 2 > docs/2.md", "echo 3 > docs/3.md", "echo 4 > docs/4.md"]);
    let repo = &project.repo;
    let ticket = |run: &str| project.show(run)["ticket"].as_str().unwrap().to_owned();
    repo.write("docs/a.md", "one\ntheirs\n");
    repo.cmpm(["issue", "update", &ticket(&runs[0]), "--title", "A better title"]).success();
    let path = repo.json(["issue", "show", &ticket(&runs[0])])["data"]["path"].as_str().unwrap().to_owned();
    repo.git(["mv", &path, "tasks/issues/elsewhere.md"]);
    repo.cmpm(["issue", "complete", &ticket(&runs[2])]).success();
    repo.commit_all("meanwhile");
    let tip = project.tip();
    repo.cmpm(["delegate", "approve", &runs[0], "--seen"]).success();
    assert_eq!(repo.git(["rev-parse", "main^1"]), tip);
    let shown = &repo.json(["issue", "show", &ticket(&runs[0])])["data"];
    assert_eq!((shown["title"].as_str(), shown["status"].as_str()), (Some("A better title"), Some("done")));
    assert_eq!(shown["path"], "tasks/issues/elsewhere.md");

    let tip = project.tip();
    let answer = repo.cmpm(["delegate", "approve", &runs[1]]).exits(4);
    assert!(answer.stderr.contains("conflicts with `main` in docs/a.md") && answer.stderr.contains("delegate revise"), "{answer}");
    project.assert_untouched(&tip);
    assert_eq!(project.state(&runs[1]), "review passed");
    repo.cmpm(["delegate", "reject", &runs[1], "-m", "conflicts"]).success();

    repo.cmpm(["delegate", "approve", &runs[2]]).exits(3);
    repo.cmpm(["delegate", "approve", &runs[2], "--seen"]).success();
    repo.cmpm(["delegate", "approve", &runs[3], "--keep-open"]).success();
    assert_ne!(repo.json(["issue", "show", &ticket(&runs[3])])["data"]["status"], "done");

    // A branch that somebody moved after the review is not what was reviewed.
    let worktree = project.worktree(&runs[4]);
    repo.git_in(&worktree, ["commit", "-q", "--allow-empty", "-m", "late"]);
    let answer = repo.cmpm(["delegate", "approve", &runs[4]]).exits(4);
    assert!(answer.stderr.contains("was changed after"), "{answer}");
    repo.cmpm(["delegate", "resume", &runs[4]]).success();
    repo.cmpm(["delegate", "approve", &runs[4]]).success();
    assert_eq!((repo.status().as_str(), repo.git(["worktree", "list"]).lines().count()), ("", 1));
    repo.fsck();
}

#[test]
fn a_target_elsewhere_moves_with_its_own_files() {
    let (project, runs) = passed(&["echo 0 > docs/0.md", "echo 1 > docs/1.md", "echo 2 > docs/2.md"]);
    let repo = &project.repo;
    repo.git(["checkout", "-q", "-b", "other"]);
    repo.write("src/x", "dirty\n");
    repo.cmpm(["delegate", "approve", &runs[0]]).success();
    assert_eq!(project.blob("main", "docs/0.md").as_deref(), Some("0"));
    assert_eq!((repo.status().as_str(), repo.exists("docs/0.md")), (" M src/x", false));

    repo.git(["worktree", "add", "-q", "../linked", "main"]);
    let linked = repo.around().join("linked");
    std::fs::write(linked.join("README.md"), "dirty\n").unwrap();
    repo.cmpm(["delegate", "approve", &runs[1]]).success();
    assert_eq!(std::fs::read_to_string(linked.join("docs/1.md")).unwrap(), "1\n");
    assert_eq!((repo.git_in(&linked, ["status", "--porcelain"]).as_str(), repo.status().as_str()), (" M README.md", " M src/x"));

    // Onto another branch than the one at dispatch: the checked-out one, which is dirty elsewhere.
    let main = project.tip();
    let answer = repo.cmpm(["delegate", "approve", &runs[2], "--into", "other"]).success();
    assert!(answer.stdout.contains("into other as"), "{answer}");
    assert_eq!((project.tip(), repo.read("docs/2.md")), (main, "2\n".to_owned()));
    assert_eq!(repo.status(), " M src/x");
    repo.fsck();
}

#[test]
fn the_users_hooks_and_a_merge_in_progress_are_left_alone() {
    let (project, runs) = passed(&["echo 0 > docs/0.md", "echo 1 > docs/1.md"]);
    let repo = &project.repo;
    repo.git(["checkout", "-q", "-b", "side", "HEAD~1"]);
    repo.write("src/x", "side\n");
    repo.commit_all("side");
    repo.git(["checkout", "-q", "main"]);
    repo.write("src/x", "main\n");
    repo.commit_all("main");
    let merge = std::process::Command::new("git").current_dir(repo.root()).args(["merge", "-q", "side"]).output().unwrap();
    assert!(!merge.status.success() && repo.exists(".git/MERGE_HEAD"));
    let (tip, status) = (project.tip(), repo.status());
    let answer = repo.cmpm(["delegate", "approve", &runs[0]]);
    assert_ne!(answer.exit, 0, "{answer}");
    assert_eq!((project.tip(), repo.status(), repo.exists(".git/MERGE_HEAD")), (tip, status, true), "{answer}");
    repo.git(["merge", "--abort"]);

    let sign = project.sign("hooked");
    let names = [
        "pre-merge-commit",
        "post-merge",
        "reference-transaction",
        "commit-msg",
        "prepare-commit-msg",
        "post-checkout",
        "post-index-change",
    ];
    for name in names {
        repo.write(&format!(".git/hooks/{name}"), &format!("#!/bin/sh\necho {name} >> '{}'\n", sign.display()));
        std::fs::set_permissions(repo.path(&format!(".git/hooks/{name}")), PermissionsExt::from_mode(0o755)).unwrap();
    }
    repo.cmpm(["delegate", "approve", &runs[0]]).success();
    repo.cmpm(["delegate", "reject", &runs[1], "--no-reason"]).success();
    let ran = std::fs::read_to_string(&sign).unwrap_or_default();
    assert_eq!(ran, "", "hooks ran");
    std::fs::remove_dir_all(repo.path(".git/hooks")).unwrap();
    assert_eq!(repo.status(), "");
    repo.fsck();
}
