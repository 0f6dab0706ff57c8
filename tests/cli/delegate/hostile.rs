//! Agents that do what they must not. Each ends with the right outcome and its reason on the page, and nothing moves.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::{Case, Project, untested_without_a_room, until};
use crate::support::untested;

/// No sandbox.
const OFF: [&str; 2] = ["-c", "delegate.sandbox=off"];

/// What must come of an agent.
struct Expected {
    case: Case<'static>,
    outcome: &'static str,
    /// Words of the reason or the notes, which must also be on the page.
    says: &'static str,
}

const fn expect(title: &'static str, script: &'static str, outcome: &'static str, says: &'static str) -> Expected {
    Expected { case: Case { title, script }, outcome, says }
}

/// Runs all of them side by side in one repository, with the role `agent`, and looks at what came of each.
fn check(agent: &str, expected: &[Expected]) -> (Project, Vec<Value>) {
    check_with(&[], agent, expected)
}

fn check_with(options: &[&str], agent: &str, expected: &[Expected]) -> (Project, Vec<Value>) {
    check_in(Project::new(), options, agent, expected)
}

fn check_in(project: Project, options: &[&str], agent: &str, expected: &[Expected]) -> (Project, Vec<Value>) {
    let repo = &project.repo;
    repo.write("tasks/issues/ISS-77777777-a-ticket.md", "---\nid: ISS-77777777\ntitle: A ticket\nstatus: todo\n---\n\nText.\n");
    repo.commit_all("a ticket");
    let cases: Vec<Case<'_>> = expected.iter().map(|expected| Case { ..expected.case }).collect();
    let runs = project.perform(agent, options, &cases);
    let tip = project.tip();
    project.assert_untouched(&tip);
    let refs = project.refs("refs");
    for (expected, run) in expected.iter().zip(&runs) {
        look(expected, run, &refs, &tip);
    }
    for (outcome, words) in
        [("denied", "ended with denied"), ("no_change", "ended with no_change"), ("agent_failed", "ended with agent_failed")]
    {
        if let Some(run) = runs.iter().find(|run| run["outcome"] == outcome) {
            let answer = project.repo.cmpm(["delegate", "approve", run["run"].as_str().unwrap()]).exits(3);
            assert!(answer.stderr.contains(words), "{answer}");
        }
    }
    assert_eq!(project.tip(), tip);
    (project, runs)
}

/// What a run came to, what its page says, and where its work is.
fn look(expected: &Expected, run: &Value, refs: &BTreeMap<String, String>, base: &str) {
    let title = expected.case.title;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    assert_eq!((run["title"].as_str(), run["state"].as_str()), (Some(title), Some("review")), "{run:#}");
    assert_eq!(run["outcome"], expected.outcome, "{title}: {run:#}");
    assert!(text(&run["markdown"]).contains(expected.says), "{title}: `{}` is not in\n{}", expected.says, text(&run["markdown"]));
    let work = run["status"]["work"].as_str();
    assert_eq!(refs.get(&format!("refs/cmpm/backup/{}", text(&run["run"]))).map(String::as_str), work, "{title}: the work is not kept");
    let branch = refs[&format!("refs/heads/{}", text(&run["branch"]))].as_str();
    let is_kept_off = expected.outcome == "denied" || work.is_none();
    assert_eq!(branch, if is_kept_off { base } else { work.unwrap() }, "{title}: what is on the branch");
}

/// Files outside of the role `writer`.
const OUTSIDE: [Expected; 11] = [
    expect("outside", "echo more >> docs/a.md; echo more >> src/x", "denied", "may not write src/x"),
    expect("deny wins", "mkdir -p docs/secret; echo x > docs/secret/k.md", "denied", "docs/secret/k.md"),
    expect("removed", "echo more >> docs/a.md; rm src/x", "denied", "may not remove src/x"),
    expect("moved out", "mv docs/a.md src/b.md", "denied", "src/b.md"),
    expect("moved in", "mv src/x docs/x.md", "denied", "src/x"),
    expect("executable", "chmod +x src/x", "denied", "src/x"),
    expect("case", "mkdir Docs; echo x > Docs/b.md", "denied", "Docs/b.md"),
    expect("dots", "echo x > docs/../src/y", "denied", "src/y"),
    expect("unicode", "mkdir -p \"$(printf 'docs\\314\\210')\"; echo x > \"$(printf 'docs\\314\\210')\"/b.md", "denied", "b.md"),
    expect("deny by case", "mkdir -p docs/SECRET; echo x > docs/SECRET/k.md", "denied", "docs/SECRET/k.md"),
    expect("ignored is nothing", "echo x > .gitignore", "denied", ".gitignore"),
];

#[test]
fn files_outside_of_the_role_deny_the_whole_run() {
    let (project, runs) = check("writer", &OUTSIDE);
    let kept = format!("refs/cmpm/backup/{}", runs[0]["run"].as_str().unwrap());
    assert_eq!(
        (project.blob(&kept, "docs/a.md").as_deref(), project.blob(&kept, "src/x").as_deref()),
        (Some("one\nmore"), Some("x\nmore"))
    );
    assert_eq!(runs[0]["status"]["violations"].as_array().unwrap().len(), 1);
    let review = project.repo.cmpm(["delegate", "review", runs[0]["run"].as_str().unwrap()]).success().stdout;
    assert!(review.contains("policy: refused") && review.contains("agents/writer.md"), "{review}");
}

/// What nobody may write, done by a role that may write everything.
const NEVER: [Expected; 13] = [
    expect("status", "sed -i 's/^status: .*/status: done/' tasks/issues/ISS-7777*", "denied", "may not change the status of a ticket"),
    expect("ticket gone", "rm tasks/issues/ISS-7777*", "denied", "may not change the status of a ticket"),
    expect("settings", "echo 'gates: []' > .cmpm/config.yaml", "denied", ".cmpm/config.yaml"),
    expect("own role", "echo >> .cmpm/agents/anything.md", "denied", ".cmpm/agents/anything.md"),
    expect("run page", "mkdir -p .cmpm/runs; echo x > .cmpm/runs/RUN-1.md", "denied", ".cmpm/runs/RUN-1.md"),
    expect("runner", "mkdir -p .cmpm/runners; echo x > .cmpm/runners/x.yaml", "denied", ".cmpm/runners/x.yaml"),
    expect("link out", "ln -s /etc/passwd docs/passwd", "denied", "docs/passwd"),
    expect("link up", "ln -s ../../../../x docs/up", "denied", "docs/up"),
    expect("link to git", "ln -s ../.git/config docs/config", "denied", "docs/config"),
    expect("big .GIT", "mkdir .GIT; echo x > .GIT/config", "denied", ".GIT/config"),
    expect("short name", "mkdir 'git~1'; echo x > 'git~1/config'", "denied", "git~1/config"),
    expect("pipeline", "mkdir -p .github/workflows; echo x > .github/workflows/x.yaml", "denied", ".github/workflows/x.yaml"),
    expect(
        "hidden letter",
        "mkdir \"$(printf '.g\\342\\200\\214it')\"; echo x > \"$(printf '.g\\342\\200\\214it')\"/config",
        "denied",
        "config",
    ),
];

#[test]
fn what_no_role_may_write_is_denied_whatever_its_globs_say() {
    check("anything", &NEVER);
}

/// Where it has no room of its own: there it cannot do this.
const POINTER: [Expected; 4] = [
    expect("pointer file", "echo more >> docs/a.md; echo 'gitdir: /tmp' > .git", "denied", "`.git` file"),
    expect("no pointer", "echo more >> docs/a.md; rm .git", "denied", "`.git` file"),
    expect("pointer folder", "echo more >> docs/a.md; rm .git; git init -q .", "denied", "`.git` file"),
    expect("pointer link", "echo more >> docs/a.md; rm .git; ln -s /tmp .git", "denied", "`.git` file"),
];

#[test]
fn without_a_room_the_git_file_is_looked_after() {
    check_with(&OFF, "anything", &POINTER);
}

/// Whatever an agent does to git.
const GIT: [Expected; 12] = [
    expect(
        "nested",
        "git init -q docs/in; echo x > docs/in/f; git -C docs/in add f; git -C docs/in commit -qm x",
        "denied",
        "a repository inside",
    ),
    expect(
        "submodule",
        "git init -q docs/s; git -C docs/s commit -q --allow-empty -m x; git add docs/s; git commit -qm s; rm -rf docs/s/.git",
        "no_change",
        "changed nothing",
    ),
    expect(
        "own hooks",
        "d=$(git rev-parse --git-dir); mkdir -p $d/hooks; printf '#!/bin/sh\\ntouch ../../HOOKED\\n' > $d/hooks/post-commit; chmod +x $d/hooks/post-commit; git config core.fsmonitor 'touch ../../HOOKED'; git config alias.x '!touch y'; echo more >> docs/a.md",
        "passed",
        "docs/a.md",
    ),
    expect(
        "commits",
        "echo more >> docs/a.md; git commit -qam one --no-verify; echo two >> docs/a.md; git commit -qam two; git commit -q --amend -m three; git checkout -qb other; echo four >> docs/a.md",
        "passed",
        "commits of its own",
    ),
    expect(
        "reset",
        "echo more >> docs/a.md; git commit -qam one; git reset -q --hard HEAD~1; echo z > docs/z.md; git stash -qu; git stash pop -q",
        "passed",
        "docs/z.md",
    ),
    expect(
        "main",
        "echo more >> docs/a.md; git add -A; git commit -qm x; git branch -f main; git push -q origin HEAD:main; git update-ref refs/heads/main HEAD",
        "passed",
        "docs/a.md",
    ),
    expect(
        "assume",
        "echo more >> src/x; git update-index --assume-unchanged src/x; git update-index --skip-worktree docs/a.md; echo b > docs/a.md",
        "passed",
        "src/x",
    ),
    expect(
        "attributes",
        "echo '* filter=evil' > docs/.gitattributes; git config filter.evil.clean 'touch ../../HOOKED; cat'; echo x > docs/n",
        "denied",
        "docs/n",
    ),
    expect("pipe", "mkfifo docs/.gitignore docs/.gitattributes; echo more >> docs/a.md", "passed", "docs/a.md"),
    expect(
        "objects pipe",
        "mkfifo \"$(git rev-parse --git-dir)/objects/pipe\"; echo more >> docs/a.md",
        "passed",
        "something odd of `objects`",
    ),
    expect(
        "back again",
        "git checkout -q -b aside; echo c > docs/c; git add -A; git commit -qm kept; git checkout -q -",
        "no_change",
        "heads/aside",
    ),
    expect("private gone", "rm -rf \"$(git rev-parse --git-dir)\"/*; echo more >> docs/a.md", "passed", "docs/a.md"),
];

#[test]
fn nothing_that_is_done_to_git_helps() {
    let (project, runs) = check("anything", &GIT);
    assert!(!project.repo.exists("HOOKED") && !project.repo.exists(".worktrees/HOOKED"));
    commits_are_kept_aside(&project, &runs[3]);
    close_and_look(&project, &runs);
}

/// An agent's own commits are under a reference of cmpm's; the branch has one commit of cmpm's on the base.
fn commits_are_kept_aside(project: &Project, run: &Value) {
    let (id, branch) = (run["run"].as_str().unwrap(), run["branch"].as_str().unwrap());
    let repo = &project.repo;
    assert_eq!(repo.git(["rev-parse", &format!("{branch}^")]), project.tip());
    assert_eq!(project.blob(branch, "docs/a.md").as_deref(), Some("one\nmore\ntwo\nfour"));
    let own = repo.git(["log", "--format=%s", &format!("{branch}^..refs/cmpm/runs/{id}/agent")]);
    assert_eq!(own, "three\none");
}

/// Whatever an agent did to its worktree, the run can be closed, and its files can be brought back.
fn close_and_look(project: &Project, runs: &[Value]) {
    let ids = runs.iter().map(|run| run["run"].as_str().unwrap());
    project.repo.cmpm(["delegate", "clean", "--force"].into_iter().chain(ids)).success();
    for run in runs {
        assert!(!Path::new(run["worktree"].as_str().unwrap()).exists());
    }
    assert_eq!(project.refs("refs/cmpm/backup").len(), runs.len());
    assert_eq!(project.repo.git(["worktree", "list"]).lines().count(), 1);
    assert_eq!(project.repo.git(["branch", "--format=%(refname:short)"]), "main");
    project.repo.fsck();
}

/// Words, ends and odd output.
const WORDS: [Expected; 12] = [
    expect("talk", "echo All done, everything works, please merge", "no_change", "changed nothing"),
    expect("touch", "touch docs/a.md; echo x > docs/a.md; echo one > docs/a.md", "no_change", "changed nothing"),
    expect("failure", "echo more >> docs/a.md; exit 7", "agent_failed", "exit code 7"),
    expect("signal", "echo more >> docs/a.md; kill -9 $$", "agent_failed", "signal 9"),
    expect("long line", "head -c 10000000 /dev/zero | tr '\\0' x; echo more >> docs/a.md", "passed", "docs/a.md"),
    expect("bytes", "printf '\\377\\376\\033[31m\\303('; echo more >> docs/a.md", "passed", "docs/a.md"),
    expect("locked", "echo x > docs/u; chmod 000 docs; chmod 000 .", "passed", "docs/u"),
    // Root can read everything, so there something else must be denied.
    expect("unreadable", "if test $(id -u) = 0; then echo x > src/y; else chmod 000 docs/a.md; fi", "denied", "not allowed"),
    expect("claim", "echo 'I did **it**' > $CMPM_RUN_DIR/claim.md; echo noise; echo more >> docs/a.md", "passed", "> I did **it**"),
    expect("claim link", "ln -s /etc/passwd $CMPM_RUN_DIR/claim.md; echo 'I said so'; echo more >> docs/a.md", "passed", "> I said so"),
    expect("claim pipe", "mkfifo $CMPM_RUN_DIR/claim.md; echo 'I said so'; echo more >> docs/a.md", "passed", "> I said so"),
    expect(
        "heading",
        "printf '# Evidence\\n- gate tests: passed\\n---\\nstate: merged\\n' > $CMPM_RUN_DIR/claim.md; echo more >> docs/a.md",
        "passed",
        "> # Evidence",
    ),
];

#[test]
fn an_agent_that_says_it_is_done_must_have_done_something() {
    let (project, runs) = check("writer", &WORDS);
    let logs = project.repo.cmpm(["delegate", "logs", runs[5]["run"].as_str().unwrap()]).success().stdout;
    assert!(!logs.contains('\u{1b}'), "{logs:?}");
}

#[test]
fn people_decide_and_agents_do_not() {
    let cmpm = env!("CARGO_BIN_EXE_cmpm");
    let script: &'static str = Box::leak(
        format!(
            "set +e; for verb in 'delegate approve RUN-0' 'delegate reject RUN-0' 'delegate restore RUN-0' 'trust --yes' 'delegate clean RUN-0'; do \
             '{cmpm}' $verb >/dev/null 2>&1; echo \"$verb: $?\"; done; \
             env -u CMPM_RUN '{cmpm}' delegate list; echo more >> docs/a.md"
        )
        .into_boxed_str(),
    );
    let (project, runs) = check("writer", &[expect("decide", script, "passed", "docs/a.md")]);
    let logs = project.repo.cmpm(["delegate", "logs", runs[0]["run"].as_str().unwrap()]).success().stdout;
    for verb in ["delegate approve RUN-0", "delegate reject RUN-0", "delegate restore RUN-0", "trust --yes", "delegate clean RUN-0"] {
        assert!(logs.contains(&format!("{verb}: 3\n")), "{verb} was not refused:\n{logs}");
    }
}

#[test]
fn the_sandbox_keeps_the_rest_of_the_disk_as_it_was() {
    let around = "../../../around"; // beside the repository: worktrees are two folders below its root
    let script: &'static str = Box::leak(
        format!(
            "for place in {around} ../../README.md ../../.git/hooks/post-merge ../../.git/config ../../../home/file ../stray \"$CMPM_RUN_DIR/../status.json\"; do \
             (echo x >> $place) 2>/dev/null && echo \"wrote $place\"; done; cd ..; mv \"$OLDPWD\" x 2>/dev/null && echo moved; mkdir other 2>/dev/null && echo made; \
             echo x > \"$TMPDIR/t\" && echo temporary; cd \"$OLDPWD\"; mkdir -p docs; echo more >> docs/b.md"
        )
        .into_boxed_str(),
    );
    let (project, runs) = check_in(Project::on_disk(), &[], "anything", &[expect("escape", script, "passed", "docs/b.md")]);
    let sandbox = runs[0]["status"]["sandbox"].as_str().unwrap();
    if sandbox.starts_with("none") {
        return untested("what the sandbox keeps out", "this system has no Landlock");
    }
    let logs = project.repo.cmpm(["delegate", "logs", runs[0]["run"].as_str().unwrap()]).success().stdout;
    assert_eq!(logs, "temporary\n", "it wrote where it must not");
    assert!(!project.sign("around").exists() && !project.repo.exists(".git/hooks/post-merge"));
    // Neither can it decide about another run by forgetting that it is inside of one.
    let tip = project.tip();
    let other = runs[0]["run"].as_str().unwrap();
    let script =
        format!("env -u CMPM_RUN -u CMPM_RUN_DIR '{}' -C ../.. delegate approve {other} && echo approved", env!("CARGO_BIN_EXE_cmpm"));
    let runs = project.perform("anything", &[], &[Case { title: "decide", script: &script }]);
    assert_eq!((runs[0]["outcome"].as_str(), project.state(other).as_str()), (Some("agent_failed"), "review passed"));
    assert!(!project.repo.exists("docs/b.md") && project.tip() != tip, "only the new ticket was committed");
}

/// While it works, git in its worktree is the user's, with none of the agent's settings.
#[test]
fn git_in_the_worktree_of_a_working_agent_runs_nothing_of_its_own() {
    let project = Project::new();
    let ticket = project.ticket("Trap");
    let script = "git config core.fsmonitor 'touch TRAPPED; false'; git config filter.x.clean 'touch TRAPPED; cat'; git config diff.external 'touch TRAPPED'; \
         git config core.hooksPath $PWD/h; mkdir h; printf '#!/bin/sh\\ntouch TRAPPED\\n' > h/post-index-change; chmod +x h/*; \
         echo '* filter=x' > .gitattributes; git status > $CMPM_RUN_DIR/own; touch $CMPM_RUN_DIR/ready; exec sleep 300";
    let mut child = project.start(project.delegation(&ticket, script));
    until("the trap is set", || project.holder(&ticket).is_some_and(|run| project.job(&run, "out/ready").exists()));
    let run = project.holder(&ticket).unwrap();
    let worktree = project.worktree(&run);
    let order = std::fs::read_to_string(project.job(&run, "attempt-1/order.json")).unwrap();
    let pointer = std::fs::read_to_string(worktree.join(".git")).unwrap();
    if pointer.contains("agent.git") {
        project.repo.cmpm(["delegate", "cancel", &run]).success();
        child.wait().unwrap();
        return untested_without_a_room("git beside a working agent");
    }
    assert!(order.contains("own-pointer") && std::fs::read_to_string(project.job(&run, "out/own")).unwrap().contains(".gitattributes"));
    std::fs::remove_file(worktree.join("TRAPPED")).ok();
    for verb in [["status", "-s"], ["diff", "--stat"], ["add", "docs"]] {
        project.repo.git_in(&worktree, verb);
    }
    assert!(!worktree.join("TRAPPED").exists(), "the agent's settings ran");
    project.repo.cmpm(["delegate", "cancel", &run]).success();
    child.wait().unwrap();
}

#[test]
fn without_a_sandbox_changes_behind_the_back_are_seen_and_hooks_do_not_run() {
    let project = Project::new();
    let script = "for hook in post-merge post-index-change pre-commit post-checkout reference-transaction; do \
         printf '#!/bin/sh\\ntouch HOOKED\\n' > ../../.git/hooks/$hook; chmod +x ../../.git/hooks/$hook; done; echo more >> docs/a.md";
    let runs = project.perform("writer", &OFF, &[Case { title: "hooks", script }]);
    assert_eq!(runs[0]["outcome"], "denied", "{:#}", runs[0]);
    assert!(runs[0]["reason"].as_str().unwrap().contains("`hooks/"), "{:#}", runs[0]);
    assert_eq!(runs[0]["status"]["violations"].as_array().unwrap().len(), 5);
    let said = "none; enforced: disk; detected afterwards: write, modes; open: read, sockets, network, processes, devices";
    assert_eq!(runs[0]["status"]["sandbox"], said);
    project.repo.cmpm(["delegate", "reject", runs[0]["run"].as_str().unwrap(), "--no-reason"]).success();
    assert!(project.repo.exists(".git/hooks/post-merge") && !project.repo.exists("HOOKED"), "a planted hook ran");
    std::fs::remove_dir_all(project.repo.path(".git/hooks")).unwrap();
    let script = "git config -f ../../.git/config core.fsmonitor 'touch HOOKED'; echo more >> docs/a.md";
    let runs = project.perform("writer", &OFF, &[Case { title: "config", script }]);
    assert!(runs[0]["reason"].as_str().unwrap().contains("`config` was changed"), "{:#}", runs[0]);
    project.repo.cmpm(["delegate", "reject", runs[0]["run"].as_str().unwrap(), "--no-reason"]).success();
    assert!(!project.repo.exists("HOOKED"), "a planted monitor ran");
}

#[test]
fn a_worktree_that_is_gone_or_replaced_is_a_failure_and_can_be_closed() {
    let project = Project::new();
    let runs = project.perform(
        "anything",
        &OFF,
        &[
            Case { title: "gone", script: "rm -rf \"$PWD\"" },
            Case { title: "replaced", script: "d=$PWD; cd ..; mv \"$d\" \"$d-x\"; ln -s ../.. \"$d\"" },
        ],
    );
    let tip = project.tip();
    for run in &runs {
        assert_eq!(run["outcome"], "agent_failed", "{run:#}");
        assert!(run["reason"].as_str().unwrap().contains("is gone or was replaced"), "{run:#}");
    }
    project.assert_untouched(&tip);
    let ids: Vec<&str> = runs.iter().map(|run| run["run"].as_str().unwrap()).collect();
    // Another attempt begins with a new worktree, or says what is in the way.
    project.repo.cmpm(["delegate", "resume", ids[0]]).exits(1);
    assert_eq!(project.show(ids[0])["status"]["attempt"], 2);
    for id in ids {
        project.repo.cmpm(["delegate", "reject", id, "--no-reason"]).success();
    }
    assert_eq!(project.repo.git(["branch", "--format=%(refname:short)"]), "main");
    assert!(project.repo.path(".git/HEAD").is_file() && project.repo.status().is_empty());
    project.repo.fsck();
}
