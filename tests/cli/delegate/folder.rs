//! Where worktrees are made: in a folder of cmpm's own, and nowhere else.

use std::fs;
use std::os::unix::fs::symlink;

use super::Project;

/// Tries to delegate with `paths.worktrees` set; what was said, without the hints.
fn refused(project: &Project, ticket: &str, folder: &str) -> String {
    let setting = format!("paths.worktrees={folder}");
    let answer = project.repo.cmpm(["-c", &setting, "delegate", "run", ticket, "--agent", "writer", "--runner", "command", "--", "true"]);
    let answer = answer.exits(2);
    answer.stderr.lines().next().unwrap().to_owned()
}

#[test]
fn a_folder_with_anything_else_in_it_is_left_alone() {
    let project = Project::new();
    let (repo, ticket) = (&project.repo, project.ticket("place"));
    repo.write("mine/notes.txt", "untracked\n");
    repo.write("file", "x\n");
    let outside = repo.around().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, repo.path("link")).unwrap();
    let status = repo.status();
    for (folder, said) in [
        (".", "error: -c paths.worktrees: `paths.worktrees` cannot be the root: it must be a folder of its own"),
        (".git/w", "error: -c paths.worktrees: `paths.worktrees` cannot be .git/w: that is git's own folder"),
        ("docs", "error: `paths.worktrees` is docs, but that contains files of the project, such as docs/a.md"),
        ("mine", "error: `paths.worktrees` is mine, but that contains something that cmpm did not create: mine/notes.txt"),
        ("file", "error: `paths.worktrees` is file, but that is a file"),
        ("link", "error: `paths.worktrees` is link, but that is a symbolic link"),
        ("link/deep", "error: `paths.worktrees` is link/deep, but that is reached through the symbolic link link"),
    ] {
        assert_eq!(refused(&project, &ticket, folder), said);
    }
    assert_eq!((repo.status(), fs::read_dir(&outside).unwrap().count()), (status, 0));
    assert!(!repo.exists("docs/.gitignore") && !repo.exists(".gitignore") && !repo.exists("mine/.gitignore"));
    // An empty folder is nobody's, and one that git ignores as a whole is meant for this.
    fs::create_dir(repo.path("empty")).unwrap();
    repo.write("ours/.gitignore", "# worktrees\n*\n");
    repo.write("ours/other/x", "x\n");
    for (folder, ignore) in [("empty", "*\n"), ("ours", "# worktrees\n*\n"), ("new/deep", "*\n")] {
        let ticket = project.ticket(folder);
        let setting = format!("paths.worktrees={folder}");
        let script = "echo more >> docs/a.md";
        let arguments = ["-c", &setting, "delegate", "run", &ticket, "-a", "writer", "-r", "command", "--", "sh", "-c", script];
        repo.cmpm(arguments).success();
        assert_eq!(repo.read(&format!("{folder}/.gitignore")), ignore);
    }
}
