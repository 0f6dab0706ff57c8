//! Work that a person has brought into the target without `approve` is known to be there, whichever way it came.

use super::super::Project;

/// What waits and what is said to be in the target, as `list` has it.
fn landed(project: &Project, run: &str) -> bool {
    let listed = project.repo.json(["delegate", "list"]);
    let rows = listed["data"]["runs"].as_array().unwrap();
    let row = rows.iter().find(|row| row["run"] == run).unwrap_or_else(|| panic!("no {run} in {listed}"));
    row["landed_by_hand"] == true
}

#[test]
fn work_that_was_squashed_rebased_or_picked_by_hand_is_taken_away_and_one_commit_more_keeps_it() {
    let ways: [(&str, &[&[&str]]); 4] = [
        ("squash", &[&["merge", "-q", "--squash", "BRANCH"], &["commit", "-qm", "squashed"]]),
        ("pick", &[&["cherry-pick", "BRANCH"]]),
        ("merge", &[&["merge", "-q", "--no-edit", "BRANCH"]]),
        (
            "squash and go on",
            &[
                &["merge", "-q", "--squash", "BRANCH"],
                &["commit", "-qm", "squashed"],
                &["rm", "-q", "docs/new.md"],
                &["commit", "-qm", "on"],
            ],
        ),
    ];
    for (name, steps) in ways {
        let project = Project::new();
        let run = project.passed_by(name, "echo new > docs/new.md; echo more >> docs/a.md");
        let kept = project.passed_by("kept", "echo other > docs/other.md");
        project.repo.write("src/y", "the target moves\n");
        project.repo.commit_all("moves");
        assert!(!landed(&project, &run), "{name}");
        let [branch, other] = [&run, &kept].map(|run| project.show(run)["branch"].as_str().unwrap().to_owned());
        for step in steps {
            project.repo.git(step.iter().map(|word| word.replace("BRANCH", &branch)));
        }
        // Of this one a commit is missing.
        project.repo.git(["cherry-pick", &other]);
        let worktree = project.worktree(&kept);
        std::fs::write(worktree.join("docs/more.md"), "one more\n").unwrap();
        project.repo.git_in(&worktree, ["add", "-A"]);
        project.repo.git_in(&worktree, ["-c", "user.name=T", "-c", "user.email=t@example.invalid", "commit", "-qm", "one more"]);
        assert!(landed(&project, &run) && !landed(&project, &kept), "{name}");
        let said = project.repo.cmpm(["delegate", "list"]).success().stdout;
        assert!(said.contains(": its work is in its target already, brought there by hand"), "{said}");
        assert!(project.repo.cmpm(["status"]).stdout.contains("1 in review, 1 brought into the target by hand"), "{name}");
        assert!(project.repo.cmpm(["delegate", "clean"]).success().stdout.contains("Cleaned 1 run: "), "{name}");
        // Where the trailers came along, it is known as merged.
        let is_merged = project.state(&run) == "merged passed";
        assert!(is_merged || project.state(&run) == "discarded passed", "{name}: {}", project.state(&run));
        assert_eq!(project.state(&kept), "review passed", "{name}");
        let decision = project.show(&run)["status"]["decision"].as_str().unwrap_or_default().to_owned();
        assert!(is_merged || decision.contains("is in `main` already"), "{name}: {decision}");
        assert!(project.refs("refs/cmpm/backup").contains_key(&format!("refs/cmpm/backup/{run}")), "{name}");
    }
}
