//! What hooks note, and when it is worked through: `--queued` of `cmpm ticket from-commit` and `cmpm delegate run`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::hook::{git, git_beside, hook, project};
use crate::support::TestRepo;

/// As it was put into hooks before.
const OLD: &str = "#!/bin/sh\nif command -v cmpm >/dev/null 2>&1; then cmpm hook run {hook} \"$@\" </dev/null || :; else echo \"cmpm is not on PATH: its {hook} step is skipped\" >&2; fi # cmpm:hook\n";

const ISSUE: &str = "ISS-0000000h";

/// A project with hooks; its one ticket is `ISSUE`.
fn hooked() -> TestRepo {
    let repo = project();
    repo.cmpm(["hook", "install"]).success();
    repo
}

fn commit(repo: &TestRepo, message: &str) -> String {
    git(repo, repo.root(), &["commit", "--allow-empty", "-qm", message]).success().stderr
}

fn status(repo: &TestRepo, ticket: &str) -> String {
    repo.json(["ticket", "show", ticket])["data"]["status"].as_str().unwrap().to_owned()
}

/// What `cmpm status` says of what reached the integration branch.
fn arrived(repo: &TestRepo) -> Vec<String> {
    let answer = repo.json(["status"]);
    answer["data"]["arrived"].as_array().into_iter().flatten().map(|line| line.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_commit_starts_cmpm_twice_and_a_merge_not_at_all() {
    let repo = hooked();
    let (log, shim) = (repo.around().join("starts.log"), repo.around().join("shim"));
    fs::create_dir(&shim).unwrap();
    let real = repo.command(["--version"]).get_program().to_str().unwrap().to_owned();
    fs::write(shim.join("cmpm"), format!("#!/bin/sh\necho \"$3\" >> '{}'\nexec '{real}' \"$@\"\n", log.display())).unwrap();
    fs::set_permissions(shim.join("cmpm"), fs::Permissions::from_mode(0o755)).unwrap();
    let linked = repo.around().join("linked ü");
    let starts = |folder: &std::path::Path, arguments: &[&str]| {
        git_beside(&repo, &shim, folder, arguments).success();
        let starts = fs::read_to_string(&log).unwrap_or_default();
        drop(fs::remove_file(&log));
        starts.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let root = repo.root().to_owned();
    assert_eq!(starts(&root, &["commit", "--allow-empty", "-qm", "one"]), ["pre-commit", "commit-msg"]);
    git(&repo, &root, &["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "side"]).success();
    assert_eq!(starts(&linked, &["commit", "--allow-empty", "-qm", "two"]), ["pre-commit", "commit-msg"]);
    assert_eq!(starts(&root, &["merge", "-q", "--ff-only", "side"]), [""; 0]);
    assert_eq!(starts(&linked, &["checkout", "-q", "--detach"]), [""; 0]);
    // A clone whose hooks came with its files notes what happens first, once.
    fs::remove_file(repo.path(".git/cmpm/queue")).unwrap();
    assert_eq!(starts(&linked, &["commit", "--allow-empty", "-qm", "three"]), ["pre-commit", "commit-msg", "post-commit"]);
    assert_eq!(starts(&linked, &["commit", "--allow-empty", "-qm", "four"]), ["pre-commit", "commit-msg"]);
    assert_eq!(repo.read(".git/cmpm/queue").lines().count(), 1);
}

#[test]
fn nothing_is_lost_where_a_hook_did_not_come_to_its_end() {
    let repo = hooked();
    // No hook ran at all, as if each had been killed.
    repo.git(["commit", "--allow-empty", "-qm", &format!("Closes {ISSUE}")]);
    repo.git(["commit", "--allow-empty", "-qm", "more"]);
    assert_eq!(arrived(&repo), [format!("to close {ISSUE}, run `cmpm ticket from-commit --queued`")]);
    repo.cmpm(["ticket", "from-commit", "--queued"]).success();
    assert_eq!(status(&repo, ISSUE), "done");
}

#[test]
fn where_the_commit_to_begin_with_is_gone_the_next_one_begins() {
    let repo = hooked();
    let closes = || repo.git(["commit", "--allow-empty", "-qm", &format!("Closes {ISSUE}")]);
    closes();
    let (noted, base) = (repo.read(".git/cmpm/queue"), repo.git(["rev-parse", "HEAD~"]));
    assert!(noted.contains(&base), "{noted}");
    repo.write(".git/cmpm/queue", &noted.replace(&base, &"0123456789".repeat(4)));
    assert_eq!(arrived(&repo), [""; 0]);
    commit(&repo, "more");
    closes();
    assert_eq!(arrived(&repo).len(), 1);
}

#[test]
fn hooks_of_before_go_on_and_are_renewed() {
    let repo = project();
    for name in ["post-commit", "post-merge"] {
        hook(&repo, name, &OLD.replace("{hook}", name));
    }
    git(&repo, repo.root(), &["commit", "--allow-empty", "-qm", "first"]).success();
    assert_eq!(repo.read(".git/cmpm/queue").lines().count(), 1);
    git(&repo, repo.root(), &["checkout", "-qb", "side"]).success();
    repo.git(["commit", "--allow-empty", "-qm", &format!("Closes {ISSUE}")]);
    git(&repo, repo.root(), &["checkout", "-q", "main"]).success();
    let merged = git(&repo, repo.root(), &["merge", "-q", "--ff-only", "side"]).success();
    assert_eq!(merged.stderr, format!("cmpm: to close {ISSUE}, run `cmpm ticket from-commit --queued`\n"));
    let seen = repo.json(["hook", "status"]);
    let rows = seen["data"]["hooks"].as_array().unwrap();
    let old: Vec<_> =
        rows.iter().filter(|row| row["detail"] == "by another version of cmpm").map(|row| row["hook"].as_str().unwrap()).collect();
    assert_eq!(old, ["post-commit", "post-merge"]);
    repo.cmpm(["init"]).success();
    assert_eq!(repo.read(".git/hooks/post-merge").matches("cmpm:hook").count(), 1);
    assert!(repo.read(".git/hooks/post-merge").contains("cmpm/queue"), "what needs no start makes none");
    let rows = repo.json(["hook", "status"])["data"]["hooks"].as_array().unwrap().clone();
    assert!(rows.iter().all(|row| row["state"] == "installed" && row["detail"].is_null()), "{rows:?}");
}

#[test]
fn a_commit_closes_its_ticket_when_it_reaches_the_integration_branch() {
    let repo = hooked();
    git(&repo, repo.root(), &["checkout", "-qb", "side"]).success();
    let said = commit(&repo, &format!("Fix it\n\nCloses: {ISSUE}"));
    assert_eq!(said, format!("cmpm: to close {ISSUE}, run `cmpm ticket from-commit --queued`, once this is on main\n"));
    assert_eq!((repo.status().as_str(), status(&repo, ISSUE).as_str()), ("", "planning"), "the hook itself changes nothing");
    repo.cmpm(["ticket", "from-commit", "--queued"]).success();
    assert_eq!(status(&repo, ISSUE), "planning", "it is on a side branch only");
    git(&repo, repo.root(), &["checkout", "-q", "main"]).success();
    repo.cmpm(["ticket", "from-commit", "--queued"]).success();
    assert_eq!(status(&repo, ISSUE), "planning");
    let merged = git(&repo, repo.root(), &["merge", "-q", "--no-ff", "-m", "merge", "side"]).success();
    assert_eq!(merged.stderr, "");
    assert_eq!(arrived(&repo), [format!("to close {ISSUE}, run `cmpm ticket from-commit --queued`")]);
    assert!(repo.cmpm(["status"]).success().stdout.contains(&format!("arrived   to close {ISSUE}, run")), "people read it, too");
    // Undone, it is queued again, and done again it is not.
    let queued = || repo.cmpm(["ticket", "from-commit", "--queued"]).success().stdout;
    assert!(queued().starts_with("Completed"));
    repo.cmpm(["undo"]).success();
    assert_eq!((status(&repo, ISSUE).as_str(), repo.status().as_str()), ("planning", ""));
    assert!(queued().starts_with("Completed"));
    repo.cmpm(["undo"]).success();
    repo.cmpm(["undo", "--redo"]).success();
    assert_eq!((status(&repo, ISSUE).as_str(), queued().as_str()), ("done", "No tickets are named.\n"));
    repo.cmpm(["undo"]).success();
    let answer = repo.cmpm(["ticket", "from-commit", "--queued", "--commit"]).success();
    assert!(answer.stdout.starts_with(&format!("Completed {ISSUE}: ")), "{answer}");
    assert_eq!((status(&repo, ISSUE).as_str(), repo.status().as_str()), ("done", ""));
    assert_eq!(arrived(&repo), [""; 0]);
    // Somebody knows better: what was worked through does not close it again.
    repo.cmpm(["ticket", "reopen", ISSUE, "--commit"]).success();
    commit(&repo, "something else");
    repo.cmpm(["ticket", "from-commit", "--queued"]).success();
    assert_ne!(status(&repo, ISSUE), "done");
    // What whoever merged it closed already is nothing to do.
    repo.cmpm(["issue", "complete", ISSUE, "--commit"]).success();
    commit(&repo, &format!("again\n\nCloses: {ISSUE}"));
    assert_eq!(repo.cmpm(["ticket", "from-commit", "--queued"]).success().stdout, "Nothing to complete.\n");
}

#[test]
fn a_fast_forward_a_rebase_and_a_commit_without_hooks_arrive_too() {
    let repo = hooked();
    repo.cmpm(["issue", "create", "Second"]).success();
    repo.commit_all("second");
    let second = repo.json(["ticket", "list"])["data"]["tickets"][1]["id"].as_str().unwrap().to_owned();
    let second =
        if second == ISSUE { repo.json(["ticket", "list"])["data"]["tickets"][0]["id"].as_str().unwrap().to_owned() } else { second };
    git(&repo, repo.root(), &["checkout", "-qb", "side"]).success();
    repo.git(["commit", "--allow-empty", "-qm", &format!("Closes {ISSUE}")]);
    commit(&repo, "more");
    git(&repo, repo.root(), &["checkout", "-q", "main"]).success();
    git(&repo, repo.root(), &["merge", "-q", "--ff-only", "side"]).success();
    repo.cmpm(["ticket", "from-commit", "--queued", "--dry-run"]).success();
    assert_eq!(status(&repo, ISSUE), "planning", "a dry run is none");
    repo.cmpm(["ticket", "from-commit", "--queued", "--commit"]).success();
    assert_eq!(status(&repo, ISSUE), "done");
    // `git pull --rebase`, without the network.
    repo.git(["checkout", "-q", "-b", "theirs"]);
    repo.git(["commit", "--allow-empty", "-qm", &format!("Closes {second}")]);
    repo.git(["checkout", "-q", "main"]);
    repo.write("own.txt", "own\n");
    git(&repo, repo.root(), &["add", "own.txt"]).success();
    commit(&repo, "own");
    git(&repo, repo.root(), &["rebase", "-q", "theirs"]).success();
    repo.cmpm(["ticket", "from-commit", "--queued", "--commit"]).success();
    assert_eq!(status(&repo, &second), "done");
}

#[test]
fn the_queue_is_short_and_worked_through_where_the_branch_is() {
    let repo = hooked();
    insta::assert_snapshot!(repo.cmpm(["ticket", "from-commit", "--queued"]), @"No tickets are named.");
    commit(&repo, "one");
    // The same commit again says nothing new.
    let mut again = repo.command(["hook", "run", "post-commit"]);
    again.current_dir(repo.root());
    repo.answer(again).success();
    git(&repo, repo.root(), &["checkout", "-qb", "side"]).success();
    git(&repo, repo.root(), &["checkout", "-q", "README.md"]).success();
    assert_eq!(repo.read(".git/cmpm/queue").lines().count(), 1);
    insta::assert_snapshot!(repo.cmpm(["ticket", "from-commit", "--queued"]), @"
    --- stderr
    error: what is queued concerns `main`, which is not checked out here
    hint: run it in the worktree that has `main` checked out
    --- exit 2
    ");
    git(&repo, repo.root(), &["checkout", "-q", "main"]).success();
    insta::assert_snapshot!(repo.cmpm(["delegate", "run", "--queued"]), @"Nothing is queued for an agent.");
    insta::assert_snapshot!(repo.cmpm(["delegate", "run", "--queued"]), @"Nothing is queued for an agent.");
    assert_eq!(repo.read(".git/cmpm/queue").lines().count(), 1, "since when to look stays known");
}

#[test]
fn what_a_merge_brought_or_unblocked_goes_to_its_agent() {
    let repo = hooked();
    repo.git(["commit", "-q", "--allow-empty", "-m", "before"]);
    git(&repo, repo.root(), &["checkout", "-qb", "side"]).success();
    let made = |arguments: &[&str]| repo.json([&["issue", "create"], arguments].concat())["data"]["id"].as_str().unwrap().to_owned();
    let fresh = made(&["Fresh", "--agent", "documentation"]);
    let waiting = made(&["Waiting", "--agent", "documentation", "--depends-on", ISSUE]);
    let nobodys = made(&["Nobody's"]);
    git(&repo, repo.root(), &["add", "-A"]).success();
    commit(&repo, "plan");
    git(&repo, repo.root(), &["checkout", "-q", "main"]).success();
    git(&repo, repo.root(), &["merge", "-q", "--no-ff", "-m", "merge", "side"]).success();
    let run = |arguments: &[&str]| {
        let answer = repo.json([&["delegate", "run", "--queued", "--runner", "builtin"], arguments].concat());
        let runs = answer["data"]["runs"].as_array().unwrap_or_else(|| panic!("{answer}")).iter();
        runs.map(|run| run["ticket"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(run(&[]), [fresh], "not {waiting}, which waits, nor {nobodys}, which names no agent");
    assert_eq!(run(&[]), [""; 0], "once is enough");
    commit(&repo, &format!("Closes {ISSUE}"));
    assert_eq!(run(&["--commit"]), [waiting]);
    assert_eq!(status(&repo, ISSUE), "done");
}

#[test]
fn a_merge_by_cmpm_runs_no_hook_and_is_seen_all_the_same() {
    let repo = hooked();
    let log = repo.around().join("hooks.log");
    for name in ["pre-commit", "commit-msg", "post-commit", "post-merge", "post-checkout", "pre-merge-commit", "prepare-commit-msg"] {
        let file = repo.path(&format!(".git/hooks/{name}"));
        let before = fs::read_to_string(&file).unwrap_or_else(|_| "#!/bin/sh\n".into());
        fs::write(&file, format!("{before}echo {name} >> '{}'\n", log.display())).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let ran = || fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    repo.write("docs/a.md", "[b](c.md)\n");
    repo.write("docs/sub/c.md", "# C\n");
    repo.git(["-c", "core.hooksPath=/dev/null", "add", "-A"]);
    repo.git(["-c", "core.hooksPath=/dev/null", "commit", "-qm", "pages"]);
    commit(&repo, "by hand");
    assert_eq!(ran(), ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"], "each hook runs once");
    let made = repo.json(["issue", "create", "Next", "--agent", "documentation", "--depends-on", ISSUE, "--commit"]);
    let next = made["data"]["id"].as_str().unwrap().to_owned();
    fs::remove_file(&log).unwrap();
    repo.cmpm(["delegate", "run", "--queued"]).success();
    let answer = repo.json(["delegate", "run", ISSUE, "--runner", "builtin", "--agent", "documentation"]);
    let run = answer["data"]["runs"][0]["run"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    repo.cmpm(["delegate", "approve", &run]).success();
    assert_eq!(status(&repo, ISSUE), "done");
    assert_eq!(ran(), [""; 0], "no hook ran, so none ran twice");
    // The merge finished what another ticket waits for.
    let answer = repo.json(["delegate", "run", "--queued", "--runner", "builtin"]);
    assert_eq!(answer["data"]["runs"][0]["ticket"].as_str(), Some(next.as_str()), "{answer}");
}

#[test]
fn a_hook_that_commits_through_cmpm_does_not_go_round_in_a_cycle() {
    let repo = hooked();
    let log = repo.around().join("hooks.log");
    let file = repo.path(".git/hooks/post-commit");
    let before = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{before}echo ran >> '{}'\ncmpm issue create 'From a hook' --commit >&2\n", log.display())).unwrap();
    commit(&repo, "by hand");
    // The commit by hand, and cmpm's first one; the hook of that one has cmpm commit too, but no hook sees it.
    assert_eq!(fs::read_to_string(&log).unwrap(), "ran\nran\n");
    assert_eq!(repo.git(["log", "--format=%s", "-4"]).lines().filter(|line| line.contains("From a hook")).count(), 2);
    assert_eq!(repo.status(), "");
}

#[test]
fn what_was_just_closed_is_nobodys_work() {
    let repo = hooked();
    repo.cmpm(["issue", "update", ISSUE, "--agent", "engineer"]).success();
    repo.commit_all("for an agent");
    git(&repo, repo.root(), &["checkout", "-qb", "side"]).success();
    commit(&repo, &format!("Fix it\n\nCloses: {ISSUE}"));
    git(&repo, repo.root(), &["checkout", "-q", "main"]).success();
    git(&repo, repo.root(), &["merge", "-q", "--no-ff", "-m", "merge", "side"]).success();
    let answer = repo.cmpm(["delegate", "run", "--queued", "--runner", "builtin"]).success();
    assert!(answer.stdout.contains(&format!("Completed {ISSUE}")), "{answer}");
    assert_eq!(status(&repo, ISSUE), "done");
    repo.cmpm(["delegate", "run", "--queued", "--runner", "builtin"]).success();
}

#[test]
fn only_a_merge_with_work_for_agents_speaks_of_it() {
    let repo = hooked();
    let merge = |name: &str, change: &dyn Fn()| {
        git(&repo, repo.root(), &["checkout", "-qb", name]).success();
        change();
        repo.commit_all(name);
        git(&repo, repo.root(), &["checkout", "-q", "main"]).success();
        assert_eq!(git(&repo, repo.root(), &["merge", "-q", "--ff-only", name]).success().stderr, "");
        arrived(&repo)
    };
    let said = merge("one", &|| drop(repo.cmpm(["ticket", "update", ISSUE, "--priority", "high"]).success()));
    assert_eq!(said, [""; 0], "a change of a ticket that names no agent is nothing to delegate");
    let said = merge("two", &|| drop(repo.cmpm(["ticket", "update", ISSUE, "--agent", "documentation"]).success()));
    assert_eq!(said, ["work for agents arrived; start it with `cmpm delegate run --queued`"]);
    let said = merge("three", &|| drop(repo.cmpm(["ticket", "complete", ISSUE]).success()));
    assert_eq!(said, [""; 0], "what is done is nothing to delegate");
}
