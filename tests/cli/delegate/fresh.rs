//! A fresh worktree works: what git ignores is there, what the project sets up is set up, and only what a person approved.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;

use super::{Case, Project};

/// Copies two things, links one, and sets something up.
const SETTINGS: &str = "worktree:\n  copy: [.env, node_modules/]\n  link: [vendor]\n  setup:\n    - mkdir -p built && echo $CMPM_PORT > built/port\n    - {run: cat .env >> built/log, timeout: 1m}\n";
const GATE: &str = "gates:\n  - {name: deps, run: \"test -f .env && test -f node_modules/.bin/a && test -f vendor/x && test -f built/port && cat built/port && echo $CMPM_PORT\"}\n";
const IGNORED: &str = ".env\nnode_modules/\nvendor/\nbuilt/\n";

/// A project whose main checkout has what git ignores.
fn project(settings: &str) -> Project {
    let project = Project::new();
    project.repo.write(".gitignore", IGNORED);
    project.repo.write(".cmpm/config.yaml", settings);
    project.repo.commit_all("settings");
    project.repo.write(".env", "SECRET=1\n");
    project.repo.write("node_modules/a/cli.js", "js\n");
    std::fs::create_dir(project.repo.path("node_modules/.bin")).unwrap();
    symlink("../a/cli.js", project.repo.path("node_modules/.bin/a")).unwrap();
    symlink("/etc/passwd", project.repo.path("node_modules/passwd")).unwrap();
    project.repo.write("vendor/x", "of vendor\n");
    project
}

fn page(project: &Project, run: &str) -> String {
    project.repo.cmpm(["delegate", "review", run]).stdout
}

#[test]
fn a_worktree_gets_what_git_ignores_and_what_setup_makes_once_that_is_approved() {
    let project = project(SETTINGS);
    let ticket = project.ticket("Before");
    let answer = project.delegate(&ticket, "test ! -e .env && test ! -e vendor && echo more >> docs/a.md").success();
    let said = "not approved on this machine, so worktrees go without it: copies .env, node_modules/; links vendor; runs `mkdir -p built";
    assert!(answer.stderr.contains(said), "{answer}");
    assert!(page(&project, &project.run_of(&ticket)).contains("nothing of what .cmpm/config.yaml says was done"));
    project.repo.cmpm(["delegate", "reject", &project.run_of(&ticket), "--no-reason"]).success();
    let shown = project.repo.cmpm(["trust"]).exits(1).stdout;
    assert!(
        shown.contains("worktrees of runs  not trusted  .cmpm/config.yaml\n") && shown.contains("    link:\n    - vendor\n"),
        "{shown}"
    );
    project.repo.write(".cmpm/config.yaml", &format!("{SETTINGS}{GATE}"));
    project.repo.commit_all("a gate");
    project.repo.cmpm(["trust", "--yes"]).success();

    let script = "cat .env node_modules/.bin/a vendor/x; test -e node_modules/passwd && echo out; (echo x > vendor/y) 2>/dev/null && echo wrote; \
         git status --porcelain; echo $CMPM_PORT; cat built/port built/log; echo 2 > .env; echo more >> docs/a.md";
    let run = project.perform("writer", &[], &[Case { title: "After", script }]).remove(0);
    assert_eq!(run["outcome"], "passed", "{run:#}");
    let id = run["run"].as_str().unwrap();
    let printed = project.repo.cmpm(["delegate", "logs", id]).success().stdout;
    let port = printed.lines().nth(3).unwrap().to_owned();
    assert_eq!(printed, format!("SECRET=1\njs\nof vendor\n{port}\n{port}\nSECRET=1\n"));
    assert!((20_000..32_000).contains(&port.parse::<u16>().unwrap()) && port.ends_with('0'), "{port}");
    // What gates need comes from the checkout, not from the agent.
    let gate = std::fs::read_to_string(project.job(id, "attempt-1/gate-0/stdout")).unwrap();
    assert_eq!(gate, format!("{port}\n{port}\n"));
    assert_eq!(project.repo.read(".env"), "SECRET=1\n");
    let shown = page(&project, id);
    for line in [
        "3 files, 1 kB, copied from the main checkout: .env, node_modules",
        "left out, because it leads elsewhere: node_modules/passwd",
        "vendor leads to the main checkout's",
        "setup `cat .env >> built/log` took",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert_eq!(project.repo.git(["diff", "--name-only", "main", run["branch"].as_str().unwrap()]), "docs/a.md");
    // Once for a worktree, not for each attempt.
    project.repo.cmpm(["delegate", "revise", id, "-m", "again"]).success();
    assert!(project.repo.cmpm(["delegate", "logs", id]).success().stdout.ends_with("\nSECRET=1\n"));
    project.repo.cmpm(["delegate", "approve", id, "--seen"]).success();
    assert_eq!(
        (project.repo.read(".env"), project.repo.read("vendor/x"), project.repo.status()),
        ("SECRET=1\n".into(), "of vendor\n".into(), String::new())
    );
}

#[test]
fn what_other_tools_left_in_the_repository_counts_after_trust() {
    let project = project("{}\n");
    project.repo.write(".worktreeinclude", "# ours\n.env\n");
    project.repo.write(
        ".cursor/worktrees.json",
        "{\"setup-worktree-unix\": [\"cp \\\"$ROOT_WORKTREE_PATH/vendor/x\\\" built-x\", \"mkdir built && mv built-x built/x\"]}\n",
    );
    project.repo.commit_all("files of others");
    let ticket = project.ticket("Look");
    let planned =
        project.repo.cmpm(["delegate", "run", &ticket, "--agent", "writer", "--dry-run", "--runner", "command", "--", "true"]).success();
    let said = "  worktree: copies .env; runs `cp \"$ROOT_WORKTREE_PATH/vendor/x\" built-x` with network, `mkdir built && mv built-x built/x` with network (.worktreeinclude, .cursor/worktrees.json)\n";
    assert!(planned.stdout.contains(said), "{planned}");
    project.repo.cmpm(["trust", "--yes"]).success();
    let script = "cat .env built/x; test -e node_modules && echo modules; test \"$ROOT_WORKTREE_PATH\" && echo more >> docs/a.md";
    project.delegate(&ticket, script).success();
    assert_eq!(project.repo.cmpm(["delegate", "logs", &project.run_of(&ticket)]).stdout, "SECRET=1\nof vendor\n");
    // Another text is approved anew, and a broken one gives nothing.
    project.repo.write(".worktreeinclude", ".env\nvendor/\n");
    let other = project.ticket("Other");
    assert!(project.delegate(&other, "test ! -e .env && echo more >> docs/a.md").success().stderr.contains("not approved on this machine"));
    project.repo.write(".cursor/worktrees.json", "{\n");
    let third = project.ticket("Third");
    let answer = project.delegate(&third, "test ! -e .env && echo more >> docs/a.md").success();
    assert!(answer.stderr.contains("worktrees get nothing of it: it is not valid JSON"), "{answer}");
}

#[test]
fn a_setup_that_fails_or_changes_what_is_committed_ends_the_run_and_says_so() {
    let project = project("worktree: {setup: ['echo fetching; echo \"Error: no such package\" >&2; exit 3']}\n");
    project.repo.cmpm(["trust", "--yes"]).success();
    let ticket = project.ticket("Fail");
    let answer = project.delegate(&ticket, "touch $CMPM_RUN_DIR/worked").exits(1);
    assert!(answer.stderr.contains("failed with exit code 3: Error: no such package"), "{answer}");
    let run = project.run_of(&ticket);
    assert_eq!(project.state(&run), "review agent_failed");
    assert!(!project.job(&run, "out/worked").exists());
    assert_eq!(project.repo.cmpm(["delegate", "logs", &run, "--setup"]).success().stdout, "fetching\nError: no such package\n");
    for (line, path) in [("echo x >> docs/a.md", "docs/a.md"), ("echo x > left", "left")] {
        project.repo.write(".cmpm/config.yaml", &format!("worktree: {{setup: ['{line}']}}\n"));
        project.repo.commit_all("another setup");
        project.repo.cmpm(["trust", "--yes"]).success();
        let ticket = project.ticket(line);
        let answer = project.delegate(&ticket, "echo more >> docs/a.md").exits(1);
        assert!(answer.stderr.contains(&format!("the setup changed files that git does not ignore: {path}")), "{answer}");
    }
    // In the checkout of gates it is the work that setup fails on.
    project.repo.write(".cmpm/config.yaml", "worktree: {setup: ['! test -e docs/bad']}\ngates: [{name: fine, run: 'true'}]\n");
    project.repo.commit_all("last setup");
    project.repo.cmpm(["trust", "--yes"]).success();
    let run = project.perform("writer", &[], &[Case { title: "Bad", script: "touch docs/bad" }]).remove(0);
    assert_eq!((run["outcome"].as_str(), run["status"]["gates"][0]["name"].as_str()), (Some("gate_failed"), Some("setup")), "{run:#}");
}

#[test]
fn wherever_furnishing_is_cut_off_it_goes_on() {
    let project = project(SETTINGS);
    project.repo.cmpm(["trust", "--yes"]).success();
    for point in ["furnish.copied", "prepare.furnished", "setup.ran"] {
        let ticket = project.ticket(point);
        let mut command =
            project.delegation(&ticket, "cat .env node_modules/.bin/a vendor/x built/port >/dev/null && echo more >> docs/a.md");
        command.env("CMPM_CRASH_AT", point);
        assert_eq!(project.repo.answer(command).exit, -1, "{point}");
        let run = project.run_of(&ticket);
        project.repo.cmpm(["delegate", "resume", &run]).success();
        assert_eq!(project.state(&run), "review passed", "{point}");
        project.repo.cmpm(["delegate", "clean", "--force", &run]).success();
        project.heal(point);
    }
}

#[test]
fn nothing_comes_into_a_diff_through_a_copy_and_nothing_is_copied_over() {
    let project = project("{}\n");
    std::fs::remove_file(project.repo.path(".env")).unwrap();
    project.repo.git(["switch", "-qc", "other"]);
    project.repo.write(".gitignore", "node_modules\n");
    project.repo.write(".worktreeinclude", "*\n");
    project.repo.write("vendor/x", "committed\n");
    project.repo.commit_all("other rules");
    let ticket = project.ticket("Other");
    project.repo.cmpm(["trust", "--yes"]).success();
    project.repo.git(["switch", "-q", "main"]);
    project.repo.write("vendor/x", "of vendor\n");
    project.repo.write(".env", "SECRET=1\n");
    let mut command = project.repo.command(["delegate", "run", &ticket, "--into", "other", "--agent", "writer"]);
    project.repo.git(["checkout", "-q", "other", "--", "tasks"]);
    project.repo.commit_all("ticket here too");
    command.args(["--runner", "command", "--", "sh", "-c", "test ! -e .env && cat vendor/x node_modules/.bin/a && echo more >> docs/a.md"]);
    let answer = project.repo.answer(command).success();
    let run = project.run_of(&ticket);
    assert_eq!(project.repo.cmpm(["delegate", "logs", &run]).stdout, "committed\njs\n", "{answer}");
    assert!(page(&project, &run).contains("not copied, because git does not ignore it there: .env"), "{}", page(&project, &run));
}

#[test]
fn runs_have_ports_of_their_own() {
    let project = Project::new();
    let cases: Vec<Case<'_>> =
        ["a", "b", "c", "d", "e"].map(|title| Case { title, script: "echo $CMPM_PORT; echo more >> docs/a.md" }).into();
    let runs = project.perform("writer", &[], &cases);
    let ports: BTreeSet<String> =
        runs.iter().map(|run| project.repo.cmpm(["delegate", "logs", run["run"].as_str().unwrap()]).stdout).collect();
    assert_eq!(ports.len(), 5, "{ports:?}");
}

#[test]
fn more_than_a_run_may_write_is_not_copied() {
    let project = project("worktree: {copy: [node_modules/]}\ndelegate: {limits: {disk_files: 2}}\n");
    project.repo.cmpm(["trust", "--yes"]).success();
    let ticket = project.ticket("Much");
    let answer = project.delegate(&ticket, "true").exits(2);
    assert!(answer.stderr.contains("what .cmpm/config.yaml says to copy are 1 MB in 3 files"), "{answer}");
    assert!(!project.worktree(&project.run_of(&ticket)).join("node_modules/a").exists());
}

#[test]
fn only_the_project_says_what_worktrees_get() {
    let project = project("{}\n");
    for setting in ["worktree.setup=[echo]", "worktree.copy=[.env]", "worktree.link=[vendor]"] {
        let answer = project.repo.cmpm(["-c", setting, "config", "list"]).exits(2);
        assert!(answer.stderr.contains("only the project's own .cmpm/config.yaml decides it"), "{answer}");
    }
}

#[test]
fn submodules_have_their_files_and_a_change_in_one_is_refused() {
    let project = Project::new();
    let other = project.sign("library");
    std::fs::create_dir(&other).unwrap();
    for (file, text) in [("lib.h", "int x;\n"), (".gitignore", "*.o\n")] {
        std::fs::write(other.join(file), text).unwrap();
    }
    project.repo.git_in(&other, ["init", "-q", "-b", "main"]);
    project.repo.git_in(&other, ["add", "-A"]);
    project.repo.git_in(&other, ["-c", "user.name=T", "-c", "user.email=t@example.invalid", "commit", "-qm", "lib"]);
    for name in ["docs/lib", "docs/gone"] {
        project.repo.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.to_str().unwrap(), name]);
    }
    project.repo.write(".cmpm/config.yaml", "gates: [{name: lib, run: test -f docs/lib/lib.h}]\n");
    project.repo.commit_all("submodules");
    for gone in [".git/modules/docs/gone", "docs/gone"] {
        std::fs::remove_dir_all(project.repo.path(gone)).unwrap();
    }
    std::fs::create_dir(project.repo.path("docs/gone")).unwrap();
    project.repo.cmpm(["trust", "--yes"]).success();
    let cases = [
        Case { title: "reads", script: "cat docs/lib/lib.h; git status --porcelain; echo more >> docs/a.md" },
        Case { title: "changes", script: "echo y >> docs/lib/lib.h; echo more >> docs/a.md" },
        Case { title: "adds", script: "echo y > docs/lib/x.o; echo more >> docs/a.md" },
        Case { title: "removes", script: "rm -r docs/lib/lib.h; echo more >> docs/a.md" },
        Case { title: "fills", script: "echo y > docs/gone/x; echo more >> docs/a.md" },
    ];
    let runs = project.perform("writer", &[], &cases);
    let said: Vec<String> = runs
        .iter()
        .map(|run| format!("{} {}", run["outcome"].as_str().unwrap(), run["status"]["reason"].as_str().unwrap_or_default()))
        .collect();
    let denied = |file: &str| format!("denied the submodule docs/lib was changed: {file}");
    assert_eq!(said[..4], ["passed ".to_owned(), denied("docs/lib/lib.h"), denied("docs/lib/x.o"), denied("docs/lib/lib.h")]);
    assert!(said[4].starts_with("denied a submodule was changed: docs/gone"), "{said:?}");
    let run = runs[0]["run"].as_str().unwrap();
    assert_eq!(project.repo.cmpm(["delegate", "logs", run]).stdout, "int x;\n");
    assert!(
        page(&project, run).contains("the submodule docs/gone is empty: this clone does not have its commit"),
        "{}",
        page(&project, run)
    );
    project.repo.cmpm(["delegate", "approve", run]).success();
}

/// Where a program such as git-lfs keeps the content elsewhere.
#[test]
fn files_with_a_filter_are_there_as_in_the_checkout_and_a_change_in_one_is_refused() {
    let project = Project::new();
    for (key, value) in [("smudge", "tr a-z A-Z"), ("clean", "tr A-Z a-z"), ("required", "true")] {
        project.repo.git(["config", &format!("filter.lfs.{key}"), value]);
    }
    project.repo.write(".gitattributes", "*.bin filter=lfs -text\n");
    project.repo.write("docs/a.bin", "CONTENT\n");
    project.repo.write(".cmpm/config.yaml", "gates: [{name: content, run: grep -q CONTENT docs/a.bin}]\n");
    project.repo.commit_all("a large file");
    assert_eq!(project.repo.git(["show", "HEAD:docs/a.bin"]), "content");
    project.repo.cmpm(["trust", "--yes"]).success();
    let cases = [
        Case { title: "reads", script: "grep -q CONTENT docs/a.bin && echo more >> docs/a.md" },
        Case { title: "changes", script: "echo MORE >> docs/a.bin" },
    ];
    let runs = project.perform("writer", &[], &cases);
    let said: Vec<&str> = runs.iter().map(|run| run["outcome"].as_str().unwrap()).collect();
    assert_eq!(said, ["passed", "denied"], "{runs:#?}");
    assert_eq!(runs[1]["status"]["reason"], "a filter that git would run on this file was not run: docs/a.bin");
}
