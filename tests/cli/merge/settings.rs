//! Settings that two sides changed, settings that a merge has broken, and merges of more than two branches.

use crate::support::TestRepo;

use super::{TICKET, diverge, project, ticket, try_git};

const SETTINGS: &str = ".cmpm/config.yaml";

fn gates(all: &[(&str, &str)]) -> String {
    let gate = |(name, run): &(&str, &str)| format!("  - name: {name}\n    run: {run}\n");
    format!("prefixes: {{task: JOB}}\ngates:\n{}", all.iter().map(gate).collect::<String>())
}

#[test]
fn a_gate_that_both_sides_add_is_one_gate() {
    for command in [["merge", "-q", "side", "-m", "m"].as_slice(), &["rebase", "-q", "side"]] {
        let repo = project();
        repo.write(SETTINGS, &gates(&[("lint", "make lint")]));
        repo.commit_all("lint");
        let ours = |repo: &TestRepo| repo.write(SETTINGS, &gates(&[("lint", "make lint"), ("tests", "make test")]));
        let theirs =
            |repo: &TestRepo| repo.write(SETTINGS, &gates(&[("lint", "make lint"), ("tests", "make test"), ("docs", "make docs")]));
        diverge(&repo, ours, theirs);
        repo.git(command);
        assert_eq!(repo.read(SETTINGS), gates(&[("lint", "make lint"), ("tests", "make test"), ("docs", "make docs")]));
        repo.cmpm(["config", "list"]).success();
    }
    let repo = project();
    diverge(
        &repo,
        |repo| repo.write(SETTINGS, &gates(&[("tests", "make test")])),
        |repo| repo.write(SETTINGS, &gates(&[("tests", "cargo test")])),
    );
    let answer = try_git(&repo, ["merge", "side"]);
    assert!(answer.contains("conflict in `gates.tests`"), "{answer}");
    repo.cmpm(["config", "list"]).success();
}

#[test]
fn broken_settings_lock_nobody_out_and_grant_nothing() {
    let repo = project();
    repo.cmpm(["hook", "install"]).success();
    repo.write("tasks/issues/ISS-bbbbbbbb.md", "---\nid: ISS-bbbbbbbb\ntitle: Two\nstatus: todo\n---\n");
    repo.commit_all("two");
    for broken in [
        gates(&[("tests", "make test"), ("tests", "cargo test")]),
        format!("<<<<<<< HEAD\n{}=======\ngates: []\n>>>>>>> side\n", gates(&[("tests", "make test")])),
        format!("{}nonsense: 1\n", gates(&[("tests", "make test")])),
    ] {
        repo.write(SETTINGS, &broken);
        for read in [
            &["ticket", "list"][..],
            &["ticket", "show", "ISS-bbbbbbbb"],
            &["status"],
            &["ready"],
            &["memory", "list"],
            &["check", "--all"],
        ] {
            let answer = repo.cmpm(read.iter().copied());
            assert!(answer.exit < 2, "{read:?}: {answer}");
            assert!(answer.stderr.contains("error: .cmpm/config.yaml:"), "{read:?}: {answer}");
        }
        let listed = repo.json(["ticket", "list"]);
        assert_eq!(listed["data"]["tickets"].as_array().map(Vec::len), Some(2), "{listed}");
        assert_eq!(listed["findings"][0]["rule"], "settings", "{listed}");
        // What writes, starts programs or answers for the settings themselves stops.
        for refused in [
            &["issue", "create", "x"][..],
            &["delegate", "run", "ISS-bbbbbbbb", "--agent", "documentation", "--runner", "builtin"],
            &["config", "get", "gates"],
        ] {
            repo.cmpm(refused.iter().copied()).exits(2);
        }
        repo.git(["add", "-A"]);
        let check = repo.cmpm(["check"]).exits(1);
        assert!(check.stdout.contains(".cmpm/config.yaml:") && check.stdout.contains("[settings]"), "{check}");
        // Whoever corrects it can commit.
        repo.git(["commit", "-q", "--no-verify", "-m", "broken"]);
        repo.write(SETTINGS, &gates(&[("tests", "make test")]));
        repo.commit_all("sound again");
        repo.cmpm(["config", "get", "gates"]).success();
    }
}

#[test]
fn settings_that_a_good_merge_broke_are_stopped_by_the_hook() {
    let repo = super::plain_project();
    repo.cmpm(["hook", "install"]).success();
    let base = gates(&[("a", "x"), ("b", "x"), ("c", "x"), ("d", "x")]);
    repo.write(SETTINGS, &base);
    repo.commit_all("gates");
    let gate = "  - name: new\n    run: x\n";
    diverge(
        &repo,
        |repo| repo.write(SETTINGS, &base.replace("  - name: b\n", &format!("{gate}  - name: b\n"))),
        |repo| repo.write(SETTINGS, &format!("{base}{gate}")),
    );
    // Without the driver git merges lines, and there are two gates of one name.
    let answer = try_git(&repo, ["merge", "--no-edit", "side"]);
    assert!(repo.read(SETTINGS).matches("name: new").count() == 2 && answer.contains("two gates called `new`"), "{answer}");
}

#[test]
fn of_a_merge_of_more_than_two_branches_git_makes_what_it_makes() {
    let repo = project();
    let side = |name: &str, keys: &str| {
        repo.git(["checkout", "-q", "-b", name, "main"]);
        repo.write(TICKET, &ticket(keys, "- [ ] one\n"));
        repo.commit_all(name);
    };
    side("one", "status: todo\nlabels: [a, b]\nupdated: 2026-01-02\n");
    side("two", "status: todo\nlabels: [a, c]\nupdated: 2026-01-03\n");
    repo.git(["checkout", "-q", "main"]);
    repo.write("other", "x\n");
    repo.commit_all("main");
    // The driver would have merged both.
    let answer = try_git(&repo, ["merge", "one", "two"]);
    assert!(answer.contains("fix conflicts and then commit") && repo.read(TICKET).contains("<<<<<<< "), "{answer}");
    repo.cmpm(["merge", "--repair"]).success();
    let merged = ticket("status: todo\nlabels: [a, b, c]\nupdated: 2026-01-03\n", "- [ ] one\n");
    assert_eq!(repo.read(TICKET), merged);
    // And where it is not the last branch that does not fit, git merges nothing.
    repo.git(["merge", "--abort"]);
    repo.git(["checkout", "-q", "-b", "three", "main"]);
    repo.write("third", "x\n");
    repo.commit_all("three");
    repo.git(["checkout", "-q", "main"]);
    let answer = try_git(&repo, ["merge", "one", "two", "three"]);
    assert!(answer.contains("Should not be doing an octopus"), "{answer}");
}
