//! `init` in odd repositories and next to odd files.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::{assert_same, state};
use crate::support::TestRepo;

#[test]
fn without_a_commit() {
    let repo = TestRepo::empty();
    let before = state(&repo);
    repo.cmpm(["init"]).success();
    repo.cmpm(["init", "--remove"]).success();
    assert_same(&state(&repo), &before, "");
}

#[test]
fn a_bare_repository_is_refused() {
    let repo = TestRepo::new();
    let bare = repo.around().join("bare");
    repo.git(["clone", "-q", "--bare", repo.root().to_str().unwrap(), bare.to_str().unwrap()]);
    for arguments in [vec!["init"], vec!["init", "--remove"]] {
        let mut command = repo.command(arguments);
        command.current_dir(&bare);
        insta::allow_duplicates! {
            insta::assert_snapshot!(repo.answer(command), @"
            --- stderr
            error: [AROUND]/bare is a bare repository: it has no work tree
            hint: run this in a worktree; make one with `git worktree add`
            --- exit 2
            ");
        }
    }
    assert!(!bare.join("cmpm").exists());
}

#[test]
fn a_linked_worktree_sets_the_clone_up() {
    let repo = TestRepo::new();
    let linked = repo.around().join("linked");
    repo.git(["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "side"]);
    let before = state(&repo);
    let run = |arguments: &[&str]| {
        let mut command = repo.command(arguments.iter().copied());
        command.current_dir(&linked);
        repo.answer(command).success()
    };
    run(&["init"]);
    assert!(linked.join("AGENTS.md").exists() && !repo.exists("AGENTS.md"));
    assert_eq!(repo.read(".worktrees/.gitignore"), "*\n");
    assert!(repo.exists(".git/hooks/commit-msg"));
    run(&["init", "--remove"]);
    assert_same(&state(&repo), &before, "");
    assert_eq!(repo.git_in(&linked, ["status", "--porcelain"]), "");
    run(&["init"]);
    run(&["undo"]);
    assert_same(&state(&repo), &before, "");
    assert_eq!(repo.git_in(&linked, ["status", "--porcelain"]), "");
}

#[test]
fn a_submodule_is_set_up_by_itself() {
    let (outer, inner) = (TestRepo::new(), TestRepo::new());
    let from = inner.root().to_str().unwrap().to_owned();
    outer.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from, "sub"]);
    outer.commit_all("sub");
    let config = outer.read(".git/modules/sub/config");
    let before = state(&outer);
    let run = |arguments: &[&str]| {
        let mut command = outer.command(arguments.iter().copied());
        command.current_dir(outer.path("sub"));
        outer.answer(command).success()
    };
    run(&["init"]);
    assert!(outer.read(".git/modules/sub/config").contains("cmpm merge-driver"));
    assert!(outer.exists(".git/modules/sub/hooks/pre-commit") && !outer.exists(".git/hooks/pre-commit"));
    run(&["init", "--remove"]);
    assert_eq!(outer.read(".git/modules/sub/config"), config);
    assert_same(&state(&outer), &before, "");
}

#[test]
fn a_link_is_never_replaced() {
    let repo = TestRepo::new();
    repo.write("NOTES.md", "# Claude\n");
    symlink("NOTES.md", repo.path("AGENTS.md")).unwrap();
    let answer = repo.cmpm(["init", "--no-hooks"]).success();
    assert!(answer.stdout.contains("to add by hand:\n\n<!-- cmpm:begin -->"), "{answer}");
    assert!(answer.stderr.contains("AGENTS.md: is a symbolic link to NOTES.md"), "{answer}");
    assert_eq!(repo.read("NOTES.md"), "# Claude\n");
    // Added by hand, as said: there is nothing more to say.
    let lines = answer.stdout.split_once("by hand:\n\n").unwrap().1.split_once("<!-- cmpm:end -->").unwrap().0;
    repo.write("NOTES.md", &format!("# Claude\n\n{lines}<!-- cmpm:end -->\n"));
    insta::assert_snapshot!(repo.cmpm(["init", "--no-hooks"]), @"This is already a cmpm project; nothing to change.");
    let answer = repo.cmpm(["init", "--remove"]).success();
    assert!(answer.stderr.contains("AGENTS.md: left unchanged"), "{answer}");
    assert!(repo.path("AGENTS.md").is_symlink() && repo.read("NOTES.md").contains("cmpm:begin"));
}

#[test]
fn read_only_files_and_linked_settings_are_left_and_named() {
    let repo = TestRepo::new();
    repo.write("AGENTS.md", "# Mine\n");
    fs::set_permissions(repo.path("AGENTS.md"), fs::Permissions::from_mode(0o444)).unwrap();
    fs::rename(repo.path(".git/config"), repo.path(".git/real")).unwrap();
    symlink("real", repo.path(".git/config")).unwrap();
    let answer = repo.cmpm(["init", "--no-hooks"]).success();
    insta::assert_snapshot!(answer.stderr, @"
    warning: AGENTS.md: is read-only; left unchanged (make it writable, then run the same command again)
    warning: .git/config: is a symbolic link to real; cmpm does not write through links (make it a file of its own if you want it written)
    ");
    assert_eq!(repo.read("AGENTS.md"), "# Mine\n");
    assert!(!repo.read(".git/real").contains("cmpm"));
}

#[test]
fn what_keeps_hooks_out_keeps_nothing_else_out() {
    let repo = TestRepo::new();
    let global = repo.around().join("global");
    fs::create_dir_all(&global).unwrap();
    fs::write(repo.around().join("home/.gitconfig"), format!("[core]\n\thooksPath = {}\n", global.display())).unwrap();
    let mut command = repo.command(["init"]);
    command.env_remove("GIT_CONFIG_GLOBAL");
    let answer = repo.answer(command).success();
    let said = "warning: .git/hooks: not installed: core.hooksPath is set for all repositories, to ";
    assert!(answer.stderr.starts_with(said) && answer.stderr.contains("git config --local core.hooksPath"), "{answer}");
    assert!(repo.exists("AGENTS.md") && repo.read(".git/config").contains("cmpm merge-driver"));
    assert_eq!(fs::read_dir(&global).unwrap().count(), 0);
}

#[test]
fn a_manager_of_hooks_is_named_with_what_to_write() {
    let repo = TestRepo::new();
    let generated = "#!/bin/sh\ncall_lefthook()\n{\n  lefthook \"$@\"\n}\ncall_lefthook run \"pre-commit\" \"$@\"\n";
    fs::write(repo.path(".git/hooks/pre-commit"), generated).unwrap();
    fs::set_permissions(repo.path(".git/hooks/pre-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    let answer = repo.cmpm(["init"]).success();
    assert!(answer.stderr.contains(".git/hooks/pre-commit: not installed: written by lefthook (add to lefthook.yml:"), "{answer}");
    assert!(answer.stdout.contains("Created the hooks commit-msg,"), "{answer}");
    assert_eq!(repo.read(".git/hooks/pre-commit"), generated);
}

#[test]
fn a_git_at_work_is_waited_for_and_then_nothing_has_happened() {
    let repo = TestRepo::new();
    let before = state(&repo);
    fs::write(repo.path(".git/config.lock"), "").unwrap();
    let answer = repo.cmpm(["init"]).exits(4);
    assert!(answer.stderr.contains(".git/config.lock"), "{answer}");
    assert_same(&state(&repo), &before, "");
    fs::remove_file(repo.path(".git/config.lock")).unwrap();
    repo.cmpm(["init"]).success();
}

#[test]
fn a_crash_after_any_step_is_fixed_by_the_next() {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    let with = state(&repo);
    let folder = repo.path(".git/cmpm/journal/00000001");
    let entry = fs::read_to_string(folder.join("entry.json")).unwrap();
    let steps = serde_json::from_str::<serde_json::Value>(&entry).unwrap()["steps"].as_array().unwrap().clone();
    assert!(steps.len() > 12, "{entry}");
    for done in 0..steps.len() {
        for (index, step) in steps.iter().enumerate().skip(done) {
            let file = repo.path(step["folder"].as_str().unwrap_or_default()).join(step["path"].as_str().unwrap());
            match step["existed"].as_bool().unwrap() {
                true => drop(fs::copy(folder.join(format!("{index}.before")), &file).unwrap()),
                false => fs::remove_file(&file).unwrap(),
            }
        }
        fs::write(folder.join("entry.json"), entry.replace("\"done\"", "\"begun\"")).unwrap();
        repo.cmpm(["init"]).success();
        assert_same(&state(&repo), &with, &format!("after {done} of {} steps", steps.len()));
    }
    repo.cmpm(["undo"]).success();
    assert_eq!(repo.status(), "");
}

#[test]
fn what_was_taken_out_and_is_still_committed_can_be_put_in_again() {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    repo.commit_all("project");
    let with = state(&repo);
    repo.cmpm(["init", "--remove"]).success();
    repo.cmpm(["init"]).success();
    assert_same(&state(&repo), &with, "");
}

#[test]
fn adopted_folders_are_merged_with_the_driver_too() {
    let repo = TestRepo::new();
    repo.write("more tickets/issues/ISS-0001-old.md", "---\nissue_id: ISS-0001\ntitle: Old\nstatus: planning\n---\n");
    repo.write(".ai-trackdown/config.yaml", "tasks_directory: more tickets\n");
    let before = state(&repo);
    repo.cmpm(["init"]).success();
    let file = "more tickets/issues/ISS-0001-old.md";
    assert_eq!(repo.git(["check-attr", "merge", file]), format!("{file}: merge: cmpm"));
    repo.cmpm(["init", "--remove"]).success();
    assert_same(&state(&repo), &before, "");
}

#[test]
fn hooks_of_husky_that_are_committed_stay_as_they_are_in_a_clone() {
    let repo = TestRepo::new();
    repo.write(".husky/pre-commit", "echo mine\n");
    repo.cmpm(["init", "--no-hooks"]).success();
    repo.commit_all("project");
    repo.git(["config", "core.hooksPath", ".husky/_"]);
    let answer = repo.cmpm(["init"]).success();
    assert!(answer.stderr.contains("`cmpm hook install` writes it"), "{answer}");
    assert_eq!(repo.status(), "");
}

#[test]
fn settings_that_are_somebody_elses_stay() {
    let repo = TestRepo::new();
    repo.git(["config", "merge.cmpm.driver", "mine %A"]);
    let before = repo.read(".git/config");
    for arguments in [["init", "--no-hooks"], ["init", "--remove"]] {
        let answer = repo.cmpm(arguments).success();
        assert!(answer.stderr.contains(".git/config: left unchanged"), "{answer}");
    }
    assert_eq!(repo.read(".git/config"), before);
}

#[test]
fn several_at_once_do_it_once() {
    let (repo, alone) = (TestRepo::new(), TestRepo::new());
    let running: Vec<_> = (0..4).map(|_| repo.command(["init"]).stdout(std::process::Stdio::null()).spawn().unwrap()).collect();
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    alone.cmpm(["init"]).success();
    assert_eq!(repo.read(".git/config"), alone.read(".git/config"));
    assert_eq!(repo.read("AGENTS.md"), alone.read("AGENTS.md"));
}

#[test]
fn a_folder_that_holds_something_is_not_hidden_from_git() {
    let repo = TestRepo::new();
    repo.write(".cmpm/config.yaml", "paths:\n  worktrees: docs\n");
    repo.write("docs/a.md", "a\n");
    let answer = repo.cmpm(["init"]).success();
    assert!(answer.stderr.contains("docs: contains something that cmpm did not create"), "{answer}");
    assert!(!repo.exists("docs/.gitignore"));
}
