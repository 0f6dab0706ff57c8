//! Repositories as they are found: with worktrees that are gone, with locks of another git, with what a kill left.

use super::Project;

#[test]
fn a_worktree_whose_folder_is_gone_stops_nobody() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    let gone = project.sign("gone");
    project.repo.git(["worktree", "add", "-q", "-b", "side", gone.to_str().unwrap()]);
    std::fs::remove_dir_all(&gone).unwrap();
    project.delegate(&ticket, "echo more >> docs/a.md").success();
    let run = project.run_of(&ticket);
    assert_eq!(project.state(&run), "review passed");
    project.repo.cmpm(["delegate", "approve", &run]).success();
    assert!(project.repo.git(["worktree", "list", "--porcelain"]).contains("prunable"), "it is not ours to prune");
}

#[test]
fn a_lock_of_another_git_leaves_nothing_staged() {
    for lock in ["HEAD.lock", "refs/heads/main.lock", "index.lock"] {
        let project = Project::new();
        let ticket = project.ticket("Write more");
        project.delegate(&ticket, "echo new > docs/new.md; echo more >> docs/a.md").success();
        let (run, tip, lock) = (project.run_of(&ticket), project.tip(), project.repo.path(".git").join(lock));
        std::fs::write(&lock, "").unwrap();
        let answer = project.repo.cmpm(["delegate", "approve", &run]);
        assert!(answer.exit == 4 && answer.stderr.contains("another git is running here"), "{}: {answer}", lock.display());
        std::fs::remove_file(&lock).unwrap();
        project.assert_untouched(&tip);
        project.repo.cmpm(["delegate", "approve", &run]).success();
        assert_eq!((project.repo.status().as_str(), project.repo.read("docs/new.md").as_str()), ("", "new\n"));
    }
}

#[test]
fn what_a_kill_left_of_a_pointer_is_not_the_work_of_the_agent() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    // An agent that fails at first, so that there is something to go on with.
    project.delegate(&ticket, "echo more >> docs/a.md; test -e $CMPM_RUN_DIR/go").exits(1);
    let run = project.run_of(&ticket);
    let pointer = project.repo.path(".git/cmpm/jobs").join(&run).join("agent.git");
    let left = project.worktree(&run).join(".cmpm-a1B2c3.tmp");
    std::fs::write(&left, format!("gitdir: {}\n", pointer.display())).unwrap();
    std::fs::write(project.job(&run, "out/go"), "").unwrap();
    project.repo.cmpm(["delegate", "resume", &run]).success();
    assert_eq!(project.state(&run), "review passed");
    assert!(!left.exists());
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    assert!(std::process::Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}

#[test]
fn a_copy_of_a_repository_leaves_the_original_alone() {
    for decide in [&["approve"][..], &["clean", "--force"], &["reject", "-m", "no"], &["resume"]] {
        let project = Project::new();
        let ticket = project.ticket("Write more");
        project.repo.cmpm(["hook", "install"]).success();
        project.repo.write(".git/hooks/pre-commit", &format!("{}# mine\n", project.repo.read(".git/hooks/pre-commit")));
        project.delegate(&ticket, "echo more >> docs/a.md").success();
        let (run, tip) = (project.run_of(&ticket), project.tip());
        let (worktree, hooks) = (project.worktree(&run), project.repo.read(".git/hooks/pre-commit"));
        let twin = project.sign("twin");
        copy(project.repo.root(), &twin);
        let there = |arguments: &[&str]| {
            let mut command = project.repo.command(arguments.iter().copied());
            command.current_dir(&twin);
            project.repo.answer(command)
        };
        let told = there(&["doctor"]).stdout;
        assert!(
            told.contains("belongs to the clone that this one was copied from") && !told.contains("next: git worktree repair"),
            "{told}"
        );
        let mut arguments = vec!["delegate", decide[0], &run];
        arguments.extend(&decide[1..]);
        there(&arguments);
        there(&["doctor", "--fix"]);
        there(&["hook", "uninstall"]).success();
        assert_eq!(std::fs::read_to_string(twin.join(".git/hooks/pre-commit")).unwrap(), "#!/bin/sh\n# mine\n", "{decide:?}");
        assert!(!twin.join(".git/hooks/commit-msg").exists());
        assert_eq!(project.repo.read(".git/hooks/pre-commit"), hooks, "{decide:?}");
        assert_eq!(std::fs::read_to_string(worktree.join("docs/a.md")).unwrap(), "one\nmore\n", "{decide:?}");
        assert_eq!((project.state(&run).as_str(), project.tip()), ("review passed", tip), "{decide:?}");
        project.repo.cmpm(["delegate", "approve", &run]).success();
    }
}

#[test]
fn a_repository_that_was_moved_takes_its_hooks_out() {
    let project = Project::new();
    project.repo.cmpm(["hook", "install"]).success();
    let moved = project.sign("moved");
    std::fs::rename(project.repo.root(), &moved).unwrap();
    let mut command = project.repo.command(["hook", "uninstall"]);
    command.current_dir(&moved);
    project.repo.answer(command).success();
    let left: Vec<_> = std::fs::read_dir(moved.join(".git/hooks")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name.to_string_lossy().ends_with(".sample")), "{left:?}");
}

#[test]
fn a_damaged_status_file_locks_no_ticket() {
    for decide in [&["resume"][..], &["clean", "--force"], &["reject", "-m", "no"]] {
        let project = Project::new();
        let run = project.passed("Write more");
        let ticket = project.show(&run)["ticket"].as_str().unwrap().to_owned();
        std::fs::write(project.job(&run, "status.json"), "").unwrap();
        assert_eq!(project.repo.json(["status"])["data"]["findings"], 1, "{decide:?}");
        assert_eq!(project.state(&run), "running lost");
        for verb in ["diff", "show", "review"] {
            let findings = &project.repo.json(["delegate", verb, &run])["findings"];
            assert_eq!(findings[0]["rule"], "damaged-run", "{findings}");
        }
        let mut arguments = vec!["delegate", decide[0], &run];
        arguments.extend(&decide[1..]);
        project.repo.cmpm(arguments).success();
        if decide[0] == "resume" {
            assert_eq!(project.state(&run), "review passed");
            project.repo.cmpm(["delegate", "approve", &run]).success();
        }
        assert!(!project.is_claimed(&ticket), "{decide:?}");
    }
}

#[test]
fn a_ticket_that_waits_is_delegated_only_by_force_and_what_is_open_is_said() {
    let project = Project::new();
    let [first, second] = [project.ticket("First"), project.ticket("Second")];
    project.repo.cmpm(["issue", "update", &second, "--depends-on", &first]).success();
    project.repo.commit_all("waits");
    let refused = project.delegate(&second, "echo more >> docs/a.md").exits(3);
    assert!(refused.stderr.contains(&format!("{second} waits for {first}")) && refused.stderr.contains("--force"), "{refused}");
    assert!(!project.is_claimed(&second));
    let arguments =
        ["delegate", "run", &second, "--force", "--agent", "writer", "--runner", "command", "--", "sh", "-c", "echo x > docs/x"];
    project.repo.cmpm(arguments).success();
    let merged = project.repo.cmpm(["delegate", "approve", &project.run_of(&second)]).success();
    assert!(merged.stdout.contains(&format!("still open: {first}, which it depends on")), "{merged}");
}

#[test]
fn another_clone_lists_and_shows_runs_from_their_pages() {
    let project = Project::new();
    let repo = &project.repo;
    let (merged, rejected) = (project.passed("Write more"), project.passed("Write less"));
    repo.cmpm(["delegate", "approve", &merged]).success();
    repo.cmpm(["delegate", "reject", &rejected, "-m", "no"]).success();
    let clone = project.sign("clone");
    repo.git(["clone", "-q", repo.root().to_str().unwrap(), clone.to_str().unwrap()]);
    let there = |arguments: &[&str]| {
        let mut command = repo.command(arguments.iter().copied());
        command.current_dir(&clone);
        repo.answer(command)
    };
    assert!(there(&["delegate", "list"]).success().stdout.contains("2 runs not shown; `--all` also shows closed ones"));
    let listed = there(&["delegate", "list", "--all"]).success().stdout;
    for (run, words) in [(&merged, ["merged", "Write more"]), (&rejected, ["rejected", "Write less"])] {
        let line = listed.lines().find(|line| line.starts_with(run.as_str())).unwrap_or_else(|| panic!("{listed}"));
        assert!(line.contains("another clone") && line.contains("passed") && words.iter().all(|word| line.contains(word)), "{listed}");
        let shown = there(&["delegate", "show", run]).success().stdout;
        let page = format!(".cmpm/runs/{run}.md; the run is of another clone");
        assert!(
            shown.starts_with(&format!("{run} {}", words[1])) && shown.contains(&page) && shown.contains("> I added a line"),
            "{shown}"
        );
        assert!(!shown.contains("next ") && !shown.contains("worktree"), "{shown}");
    }
    assert!(there(&["status"]).success().stdout.contains("1 merged, 1 rejected"));
    for verb in ["review", "diff", "logs", "approve", "resume"] {
        let refused = there(&["delegate", verb, &merged]).exits(2);
        let words = format!("{merged} is a run of another clone; all that is here of it is .cmpm/runs/{merged}.md");
        assert!(refused.stderr.contains(&words) && refused.stderr.contains(&format!("cmpm delegate show {merged}")), "{refused}");
        let change = refused.stderr.split('`').find_map(|word| word.strip_prefix("git diff ")).unwrap_or_else(|| panic!("{refused}"));
        assert!(repo.git_in(&clone, ["diff"].into_iter().chain(change.split(' '))).contains("docs/"), "{refused}");
        assert!(there(&["delegate", verb, &rejected]).exits(2).stderr.contains("use the same command there"));
    }
    assert!(there(&["delegate", "show", "RUN-nowhere"]).exits(2).stderr.contains("there is no run `RUN-nowhere`"));
    // Where the run was made, its page adds nothing.
    let own = repo.cmpm(["delegate", "list", "--all"]).success().stdout;
    assert!(own.matches("RUN-").count() == 2 && !own.contains("another clone"), "{own}");
    assert!(repo.cmpm(["status"]).success().stdout.contains("1 merged, 1 rejected"));
}
