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
        assert_ne!(answer.exit, 0, "{}: {answer}", lock.display());
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
    project.delegate(&ticket, "echo more >> docs/a.md; test -e ../../go").exits(1);
    let run = project.run_of(&ticket);
    let pointer = project.repo.path(".git/cmpm/jobs").join(&run).join("agent.git");
    let left = project.worktree(&run).join(".cmpm-a1B2c3.tmp");
    std::fs::write(&left, format!("gitdir: {}\n", pointer.display())).unwrap();
    project.repo.write("go", "");
    project.repo.cmpm(["delegate", "resume", &run]).success();
    assert_eq!(project.state(&run), "review passed");
    assert!(!left.exists());
}
