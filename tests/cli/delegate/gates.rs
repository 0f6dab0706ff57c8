//! Gates: what cmpm itself runs on the committed work, and again on the merge.

use super::{Case, Project};

/// The gate runs a script that the agent wrote, which is what test suites are.
const CONFIG: &str = "gates:\n  - name: suite\n    run: test ! -e docs/gate.sh || sh docs/gate.sh\n    timeout: 2s\n\
     \x20 - name: pair\n    run: test ! -e docs/one || test ! -e docs/two\n  - name: opinion\n    run: echo hm >&2; exit 1\n    blocking: false\n";

fn with_gates(config: &str) -> Project {
    let project = Project::on_disk();
    project.repo.write(".cmpm/config.yaml", config);
    project.repo.commit_all("gates");
    project
}

fn trusted() -> Project {
    let project = with_gates(CONFIG);
    project.repo.cmpm(["trust", "--yes"]).success();
    project
}

#[test]
fn gates_decide_whether_work_passed() {
    let project = trusted();
    let write = |gate: &str| -> &'static str {
        Box::leak(format!("echo x > docs/b.md; cat > docs/gate.sh <<'END'\n{gate}\nEND\n").into_boxed_str())
    };
    let cases = [
        ("passes", write("exit 0"), "passed", ""),
        ("fails", write("echo the tests are broken; exit 3"), "gate_failed", "the tests are broken"),
        ("changes", write("echo x >> docs/a.md"), "gate_failed", "changed committed files: docs/a.md"),
        ("removes", write("rm docs/a.md"), "gate_failed", "changed committed files: docs/a.md"),
        ("builds", write("mkdir -p target; echo x > target/out; echo y > docs/new"), "passed", ""),
        ("too long", write("exec sleep 300"), "gate_failed", "stopped after 2s"),
        ("leaves", write("sleep 300 & echo $! > target-pid"), "passed", ""),
        (
            "escapes",
            write(
                "for f in $(git rev-parse --git-common-dir)/hooks/post-merge $(git rev-parse --git-common-dir)/config ../status.json; do echo x >> $f && exit 1; done; exit 0",
            ),
            "passed",
            "",
        ),
        ("kills", write("kill -9 $$"), "gate_failed", "exit code 137"),
    ];
    let run: Vec<Case<'_>> = cases.iter().map(|(title, script, ..)| Case { title, script }).collect();
    let runs = project.perform("writer", &[], &run);
    for ((title, _, outcome, says), run) in cases.iter().zip(&runs) {
        assert_eq!(run["outcome"], *outcome, "{title}: {run:#}");
        let id = run["run"].as_str().unwrap();
        let page = project.repo.cmpm(["delegate", "review", id, "--format", "markdown"]).success().stdout;
        assert!(page.contains(says) && page.contains("\n- gate opinion (`echo hm >&2; exit 1`): failed"), "{title}: {page}");
        if *outcome == "gate_failed" {
            assert!(page.contains("The gate suite failed") || page.contains("the gate suite failed"), "{title}: {page}");
            project.repo.cmpm(["delegate", "approve", id]).exits(3);
        }
    }
    assert_eq!(project.repo.git(["worktree", "list"]).lines().count(), 1 + runs.len(), "only the runs' own worktrees are left");
    project.repo.fsck();
    let passed = runs[0]["run"].as_str().unwrap();
    project.repo.cmpm(["delegate", "approve", passed]).success();
    assert!(project.repo.read(&format!(".cmpm/runs/{passed}.md")).contains("name: suite"));
}

#[test]
fn a_gate_that_nobody_approved_keeps_everything_from_starting() {
    let project = with_gates(CONFIG);
    let ticket = project.ticket("Write more");
    let answer = project.delegate(&ticket, "echo more >> docs/a.md").exits(3);
    assert!(answer.stderr.contains("the gate `suite` was not approved on this machine"), "{answer}");
    assert!(!project.is_claimed(&ticket) && !project.repo.exists(".worktrees"));
    project.repo.cmpm(["trust", "--yes"]).success();
    project.delegate(&ticket, "echo more >> docs/a.md").success();
    // Taken back, it does not run on the merge either; a changed text is another command.
    let tip = project.tip();
    project.repo.cmpm(["trust", "--revoke"]).success();
    let answer = project.repo.cmpm(["delegate", "approve", &ticket]).exits(3);
    assert!(answer.stderr.contains("was not approved"), "{answer}");
    project.assert_untouched(&tip);
    project.repo.cmpm(["trust", "--yes"]).success();
    project.repo.write(".cmpm/config.yaml", &CONFIG.replace("sh docs/gate.sh", "sh  docs/gate.sh"));
    project.repo.commit_all("another gate");
    let other = project.ticket("Another");
    project.delegate(&other, "true").exits(3);
    // What the target demands now counts for what began before.
    project.repo.cmpm(["delegate", "approve", &ticket]).exits(3);
    project.repo.cmpm(["trust", "--yes"]).success();
    project.repo.cmpm(["delegate", "approve", &ticket]).success();
}

#[test]
fn only_gates_of_the_target_run_and_only_it_decides() {
    let project = trusted();
    let sign = project.sign("ran");
    let gate = format!("gates: [{{name: mine, run: \"touch '{}'\"}}]", sign.display());
    let script = format!("cat > .cmpm/config.yaml <<'END'\n{gate}\nEND\necho more >> docs/a.md");
    let runs = project.perform("anything", &["-c", "delegate.sandbox=off"], &[Case { title: "own gate", script: &script }]);
    assert_eq!((runs[0]["outcome"].as_str(), sign.exists()), (Some("denied"), false), "{:#}", runs[0]);
    // What is not committed does not count either: neither a gate more nor a gate less.
    project.repo.write(".cmpm/config.yaml", "gates: []\n");
    let ticket = project.repo.json(["issue", "create", "Another"])["data"]["id"].as_str().unwrap().to_owned();
    project.repo.git(["add", "tasks"]);
    project.repo.git(["commit", "-qm", "ticket"]);
    project.delegate(&ticket, "echo 'exit 1' > docs/gate.sh").exits(1);
    assert_eq!(project.state(&ticket), "review gate_failed");
    let mut loosened = project.repo.command(["-c", "gates=[]", "delegate", "run", &ticket, "--agent", "writer"]);
    loosened.args(["--runner", "command", "--", "true"]);
    let answer = project.repo.answer(loosened).exits(2);
    assert!(answer.stderr.contains("may not set `gates`"), "{answer}");
}

#[test]
fn gates_run_again_on_the_merge_and_can_stop_it() {
    let project = trusted();
    let runs = project.perform(
        "writer",
        &[],
        &[Case { title: "one", script: "echo 1 > docs/one" }, Case { title: "two", script: "echo 2 > docs/two" }],
    );
    let ids: Vec<&str> = runs.iter().map(|run| run["run"].as_str().unwrap()).collect();
    assert!(runs.iter().all(|run| run["outcome"] == "passed"));
    project.repo.cmpm(["delegate", "approve", ids[0]]).success();
    let tip = project.tip();
    let answer = project.repo.cmpm(["delegate", "approve", ids[1]]).exits(1);
    assert!(answer.stderr.contains("pair failed") && answer.stderr.contains("nothing was merged"), "{answer}");
    project.assert_untouched(&tip);
    assert_eq!(project.state(ids[1]), "review passed");
    // Once the target is fixed, the same run can be approved.
    project.repo.git(["rm", "-q", "docs/one"]);
    project.repo.commit_all("without one");
    project.repo.cmpm(["delegate", "approve", ids[1]]).success();
    assert_eq!((project.repo.status().as_str(), project.repo.git(["worktree", "list"]).lines().count()), ("", 1));
}

#[test]
fn a_gate_sees_the_run_but_no_secrets() {
    let project = with_gates("gates:\n  - name: env\n    run: env; exit 1\n");
    project.repo.cmpm(["trust", "--yes"]).success();
    project.repo.write(".cmpm/config.none.yaml", "# nothing\n");
    let ticket = project.ticket("Write more");
    let secret = ["AWS", "SECRET", "ACCESS", "KEY"].join("_");
    let mut command = project.delegation(&ticket, "env; echo more >> docs/a.md");
    command.env(&secret, "hidden-value").env("CMPM_ENV", "none");
    project.repo.answer(command).exits(1);
    let run = project.run_of(&ticket);
    for file in ["attempt-1/stdout", "attempt-1/gate-0/stdout"] {
        let seen = std::fs::read_to_string(project.job(&run, file)).unwrap();
        assert!(seen.contains(&format!("CMPM_RUN={run}\n")) && !seen.contains(&secret) && !seen.contains("GIT_"), "{file}: {seen}");
    }
}

#[test]
fn every_gate_is_shown_with_its_own_line() {
    let repo = crate::support::TestRepo::new();
    repo.write(
        ".cmpm/config.yaml",
        "# ours\ngates:\n  - {run: make test, name: tests}\n  - run: make\n    name: \"test\"\n  - name: 'lint'\n    run: x\n",
    );
    let shown = repo.json(["trust", "--list"]);
    let places: Vec<&str> = shown["data"]["commands"].as_array().unwrap().iter().map(|gate| gate["where"].as_str().unwrap()).collect();
    assert_eq!(places, [".cmpm/config.yaml:3", ".cmpm/config.yaml:5", ".cmpm/config.yaml:6"]);
}

/// A role that spells out what steers agents.
const STEERS: &str = "---\nname: steers\ndescription: Writes all\nwrite: [\"**\", \"CLAUDE.md\"]\n---\n\nYou write.\n";

#[test]
fn what_steers_agents_is_approved_once_in_each_clone_where_it_is_locked() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write("CLAUDE.md", "Be careful.\n");
    repo.write(".claude/settings.json", "{\"permissions\": {\"allow\": [\"Bash(make)\"]}}\n");
    repo.commit_all("no lock yet");
    let ticket = project.ticket("Write more");
    project.delegate(&ticket, "echo more >> docs/a.md").success();
    repo.cmpm(["trust", "--lock"]).success();
    repo.commit_all("lock");
    let other = project.ticket("Another");
    // Who locked them has read them; another clone asks.
    project.delegate(&other, "echo more >> docs/a.md").success();
    repo.cmpm(["trust", "--revoke"]).success();
    let third = project.ticket("A third");
    let answer = project.delegate(&third, "true").exits(3);
    assert!(answer.stderr.contains("the files that steer agents have not been approved on this machine"), "{answer}");
    assert!(!project.is_claimed(&third));
    let shown = repo.cmpm(["trust"]).exits(1).stdout;
    assert!(shown.contains("  .claude/settings.json\n        permissions.allow: Bash(make)\n"), "{shown}");
    assert!(repo.cmpm(["status"]).stdout.contains(" 1 text waits for your approval\n"));
    assert!(shown.contains("No agent works here before you have read these files"), "{shown}");
    repo.cmpm(["trust", "--yes"]).success();
    project.delegate(&third, "echo more >> docs/a.md").success();
    // Others are another thing to approve, also where nobody locked them.
    repo.write("CLAUDE.md", "Be quick.\n");
    repo.commit_all("another");
    project.delegate(&project.ticket("A fourth"), "true").exits(3);
}

#[test]
fn an_agent_changes_nothing_that_is_locked_whatever_its_role() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write(".cmpm/agents/steers.md", STEERS);
    repo.write("CLAUDE.md", "Be careful.\n");
    repo.commit_all("role");
    let script = "echo Be quick. > CLAUDE.md";
    let runs = project.perform("steers", &[], &[Case { title: "before", script }]);
    assert_eq!(runs[0]["outcome"], "passed", "{:#}", runs[0]);
    repo.cmpm(["trust", "--lock"]).success();
    repo.commit_all("lock");
    let denied = project.perform("steers", &[], &[Case { title: "after", script }]);
    assert_eq!(denied[0]["outcome"], "denied", "{:#}", denied[0]);
    // The lock of now counts for what began before.
    let answer = repo.cmpm(["delegate", "approve", runs[0]["run"].as_str().unwrap()]).exits(3);
    assert!(answer.stderr.contains("an agent may not change CLAUDE.md, which steers agents and differs from what was locked"), "{answer}");
    repo.write("CLAUDE.md", "Be quick.\n");
    repo.git(["add", "-A"]);
    repo.cmpm(["trust", "--lock"]).success();
    repo.commit_all("a person's");
    repo.cmpm(["delegate", "approve", runs[0]["run"].as_str().unwrap()]).success();
}

/// A gate may name paths: it runs only where a change touches one of them, by its old name too.
#[test]
fn a_gate_of_other_paths_is_not_needed() {
    let project = with_gates(
        "gates:\n  - name: code\n    run: echo ran >&2; exit 1\n    paths: [\"src/**\", \"docs/api/**\"]\n  - name: all\n    run: \"true\"\n",
    );
    let repo = &project.repo;
    repo.write("docs/api/old.md", "old\nold\nold\n");
    repo.commit_all("api");
    repo.cmpm(["trust", "--yes"]).success();
    let runs = project.perform(
        "writer",
        &[],
        &[
            Case { title: "elsewhere", script: "echo more >> docs/a.md" },
            Case { title: "moved away", script: "mv docs/api/old.md docs/b.md" },
        ],
    );
    let [elsewhere, moved] = runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!((&elsewhere["outcome"], &moved["outcome"]), (&"passed".into(), &"gate_failed".into()), "{runs:#?}");
    let run = elsewhere["run"].as_str().unwrap();
    let brief = std::fs::read_to_string(project.job(run, "brief.md")).unwrap();
    assert!(brief.contains("- code: `echo ran >&2; exit 1`, if anything changes below src/**, docs/api/**\n- all: `true`\n"), "{brief}");
    let review = repo.cmpm(["delegate", "review", run]).success().stdout;
    assert!(
        review
            .contains("- gate code `echo ran >&2; exit 1`: not needed: no change below src/**, docs/api/**\n- gate all `true`: passed in "),
        "{review}"
    );
    repo.cmpm(["delegate", "approve", run]).success();
    let page = repo.read(&format!(".cmpm/runs/{run}.md"));
    assert!(page.contains("not needed: no change below src/**, docs/api/**") && page.contains("needed: false"), "{page}");
    repo.write(".cmpm/config.yaml", "gates:\n  - {name: a, run: x, paths: [\"!src\"]}\n");
    let wrong = repo.cmpm(["config", "list"]);
    assert!(wrong.stderr.contains("has the gate `a`, whose `paths` cannot be read"), "{wrong}");
}
