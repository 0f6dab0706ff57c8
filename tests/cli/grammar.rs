//! The ticket tool that cmpm takes the place of: its names, its commands, its flags.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::Value;

use crate::support::{Answer, TestRepo};

/// A repository with an epic, an issue and a task as scripts name them, in the form the tool wrote.
fn theirs() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("tasks/epics/EP-0001-big.md", "---\nepic_id: EP-0001\ntitle: Big\nstatus: active\npriority: high\n---\n\n# Epic\n");
    repo.write(
        "tasks/issues/ISS-0001-fix.md",
        "---\nissue_id: ISS-0001\nepic_id: EP-0001\ntitle: Fix\nstatus: planning\ntags: []\n---\n\nText.\n",
    );
    repo.write("tasks/tasks/TSK-0001-step.md", "---\ntask_id: TSK-0001\nissue_id: ISS-0001\ntitle: Step\nstatus: active\n---\n");
    repo.commit_all("their tickets");
    repo
}

/// Runs the program under another name.
fn called(repo: &TestRepo, name: &str, line: &[&str]) -> Answer {
    let bin = repo.around().join("bin");
    fs::create_dir_all(&bin).unwrap();
    let file = bin.join(name);
    if !file.exists() {
        let program = env!("CARGO_BIN_EXE_cmpm");
        // A name of its own where the disk allows it, else a link.
        if name == "atd" || fs::hard_link(program, &file).is_err() {
            symlink(program, &file).unwrap();
        }
    }
    let like = repo.command(line);
    let mut command = Command::new(file);
    command.args(line).current_dir(repo.root()).env_clear();
    for (key, value) in like.get_envs() {
        command.env(key, value.unwrap_or_default());
    }
    repo.answer(command)
}

fn words(line: &str) -> Vec<&str> {
    line.split('"')
        .enumerate()
        .flat_map(|(index, part)| if index % 2 == 1 { vec![part] } else { part.split_whitespace().collect() })
        .collect()
}

/// Every ticket command of the source documents, each with what must hold afterwards: something on stdout, or in a file.
const DOCUMENTED: [(&str, Effect); 21] = [
    ("aitrackdown --help", Effect::Says("Usage: aitrackdown")),
    ("aitrackdown --version", Effect::Says("cmpm ")),
    ("atd --version", Effect::Says("cmpm ")),
    ("aitrackdown status", Effect::Says("issue")),
    ("atd status", Effect::Says("issue")),
    ("aitrackdown status --stats", Effect::Says("by status    active 2, planning 1")),
    ("aitrackdown epic list", Effect::Says("EP-0001")),
    ("aitrackdown epic list --status active", Effect::Says("EP-0001")),
    ("aitrackdown issue list --status active", Effect::Says("No tickets")),
    ("aitrackdown task list --status active", Effect::Says("TSK-0001")),
    ("aitrackdown epic create \"New Epic\"", Effect::Writes("tasks/epics/EP-00000001-new-epic.md", "title: New Epic")),
    ("aitrackdown issue create \"New Issue\" --epic EP-001", Effect::Writes("tasks/issues/ISS-00000001-new-issue.md", "parent: EP-0001")),
    ("aitrackdown task create \"New Task\" --issue ISS-001", Effect::Writes("tasks/tasks/TSK-00000001-new-task.md", "parent: ISS-0001")),
    ("aitrackdown issue update ISS-001 --status in-progress", Effect::Writes("tasks/issues/ISS-0001-fix.md", "status: active")),
    ("aitrackdown task complete TSK-001", Effect::Writes("tasks/tasks/TSK-0001-step.md", "status: completed")),
    // The number of a pipeline or a build.
    ("aitrackdown issue complete ISS-1", Effect::Writes("tasks/issues/ISS-0001-fix.md", "status: completed")),
    ("aitrackdown issue complete ISS-0001", Effect::Writes("tasks/issues/ISS-0001-fix.md", "status: completed")),
    ("atd issue show ISS-001", Effect::Says("Fix")),
    ("atd resolve engineering ISS-001", Effect::Writes("tasks/issues/ISS-0001-fix.md", "state: ready_for_engineering")),
    ("atd resolve qa ISS-001", Effect::Writes("tasks/issues/ISS-0001-fix.md", "state: ready_for_qa")),
    ("atd resolve done ISS-001", Effect::Writes("tasks/issues/ISS-0001-fix.md", "state: done")),
];

#[derive(Clone, Copy)]
enum Effect {
    Says(&'static str),
    Writes(&'static str, &'static str),
}

#[test]
fn every_documented_command_runs_under_the_name_it_is_documented_with() {
    for (line, effect) in DOCUMENTED {
        let repo = theirs();
        let line = words(line);
        let answer = called(&repo, line[0], &line[1..]).success();
        match effect {
            Effect::Says(text) => assert!(answer.stdout.contains(text), "{line:?}: {answer}"),
            Effect::Writes(path, text) => assert!(repo.read(path).contains(text), "{line:?}: {}", repo.read(path)),
        }
        let writes = repo.status().lines().count();
        assert_eq!(writes, usize::from(matches!(effect, Effect::Writes(..))), "{line:?} touched {}", repo.status());
        // Under its own name cmpm does the same.
        if !line[1].starts_with('-') {
            repo.git(["checkout", "-q", "."]);
            repo.git(["clean", "-qfd"]);
            repo.cmpm(&line[1..]).success();
        }
    }
}

/// What scripts write beyond that, under the tool's names.
const WRITTEN: [(&str, &str, &str); 24] = [
    ("issue create Bug --labels a,b --priority urgent", "tasks/issues/ISS-00000001-bug.md", "priority: critical\n"),
    ("issue create Bug --tags a,b --type bug", "tasks/issues/ISS-00000001-bug.md", "labels:\n  - a\n  - b\n  - bug\n"),
    ("issue create --title Bug --status in_progress", "tasks/issues/ISS-00000001-bug.md", "status: active\n"),
    ("issue create Bug --assignee @ana --milestone v1", "tasks/issues/ISS-00000001-bug.md", "milestone: v1\n"),
    ("create issue Bug --description text", "tasks/issues/ISS-00000001-bug.md", "## Description\n\ntext\n"),
    ("task create Step --issue ISS-1 --estimated-tokens 800", "tasks/tasks/TSK-00000001-step.md", "estimated_tokens: 800\n"),
    (
        "pr create Change --issue ISS-1 --source-branch x --target main --reviewers a,b",
        "tasks/prs/PR-00000001-change.md",
        "target_branch: main\n",
    ),
    ("issue assign ISS-1 ana", "tasks/issues/ISS-0001-fix.md", "assignee: ana\n"),
    ("issue assign ISS-1 --assignee ana", "tasks/issues/ISS-0001-fix.md", "assignee: ana\n"),
    ("assign ISS-1 ana", "tasks/issues/ISS-0001-fix.md", "assignee: ana\n"),
    ("issue update ISS-1 --state completed", "tasks/issues/ISS-0001-fix.md", "status: completed\n"),
    ("issue update ISS-1 --add-labels a,b", "tasks/issues/ISS-0001-fix.md", "  - a\n  - b\n"),
    ("issue update ISS-1 --priority high", "tasks/issues/ISS-0001-fix.md", "priority: high\n"),
    ("issue update ISS-1 --notes seen", "tasks/issues/ISS-0001-fix.md", "## Notes\n\nseen\n"),
    ("issue close ISS-1", "tasks/issues/ISS-0001-fix.md", "status: completed\n"),
    ("close ISS-1", "tasks/issues/ISS-0001-fix.md", "status: completed\n"),
    ("issue complete ISS-1 --actual-tokens 500 --time-spent 8h", "tasks/issues/ISS-0001-fix.md", "actual_tokens: 500\ntime_spent: '8h'\n"),
    ("comment add ISS-1 hello", "tasks/comments/ISS-0001/", "\nhello\n"),
    ("comment ISS-1 hello", "tasks/comments/ISS-0001/", "\nhello\n"),
    ("issue comment ISS-1 hello", "tasks/comments/ISS-0001/", "\nhello\n"),
    ("issue comment add ISS-1 hello", "tasks/comments/ISS-0001/", "\nhello\n"),
    ("resolve deployment ISS-1 --reviewer ana", "tasks/issues/ISS-0001-fix.md", "  reviewer: ana\n"),
    ("issue update ISS-1 --epic EP-0001 --tasks-dir tasks --status active", "tasks/issues/ISS-0001-fix.md", "status: active\n"),
    ("--no-color issue update ISS-1 --plain --status active", "tasks/issues/ISS-0001-fix.md", "status: active\n"),
];

#[test]
fn its_flags_and_short_forms_are_understood() {
    for (line, path, text) in WRITTEN {
        let repo = theirs();
        let answer = called(&repo, "atd", &words(line)).success();
        let path = match path.strip_suffix('/') {
            Some(folder) => {
                format!("{path}{}", fs::read_dir(repo.path(folder)).unwrap().next().unwrap().unwrap().file_name().to_str().unwrap())
            }
            None => path.to_owned(),
        };
        assert!(repo.read(&path).contains(text), "{line}: {answer}{}", repo.read(&path));
    }
    let repo = theirs();
    let list: Value = serde_json::from_str(&called(&repo, "atd", &["list", "--format", "json"]).success().stdout).unwrap();
    assert_eq!(list["data"]["tickets"].as_array().unwrap().len(), 3);
    called(&repo, "atd", &["frobnicate"]).exits(2);
}

#[test]
fn comments_are_added_and_listed() {
    let repo = theirs();
    insta::assert_snapshot!(repo.cmpm(["comment", "list", "ISS-1"]), @"Nothing was said about ISS-0001 yet.");
    repo.cmpm(["issue", "comment", "add", "ISS-1", "first"]).success();
    repo.cmpm(["issue", "comment", "ISS-1", "second"]).success();
    insta::assert_snapshot!(repo.cmpm(["issue", "comment", "list", "ISS-1"]), @"
    Tess Test, 2026-01-31T09:00:00Z
    first

    Tess Test, 2026-01-31T09:00:00Z
    second
    ");
    let said = repo.json(["comment", "list", "ISS-1"]);
    assert_eq!(said["data"]["comments"][1]["text"], "second");
    repo.cmpm(["task", "comments", "ISS-1"]).exits(2);
}

#[test]
fn tickets_are_handed_on() {
    let repo = theirs();
    repo.cmpm(["issue", "create", "Native"]).success();
    insta::assert_snapshot!(repo.cmpm(["resolve", "qa", "ISS-1", "ISS-00000001", "--reason", "all met", "--reviewer", "ana"]), @"
    ISS-0001 is ready_for_qa: Fix
    ISS-00000001 is review: Native
    ");
    insta::assert_snapshot!(repo.read("tasks/issues/ISS-0001-fix.md"), @"
    ---
    issue_id: ISS-0001
    epic_id: EP-0001
    title: Fix
    status: planning
    tags: []
    state: ready_for_qa
    state_metadata:
      transitioned_at: '2026-01-31T09:00:00Z'
      transitioned_by: Tess Test
      previous_state: planning
      automation_eligible: false
      transition_reason: all met
      reviewer: ana
    ---

    Text.
    ");
    assert_eq!(repo.json(["issue", "show", "ISS-0001"])["data"]["comments"][0]["text"], "all met");
    insta::assert_snapshot!(repo.cmpm(["resolve", "reject", "ISS-0001"]), @r#"
    --- stderr
    error: rejecting a ticket needs a reason
    hint: for example `--reason "nobody needs it any more"`
    --- exit 2
    "#);
    repo.cmpm(["resolve", "reject", "ISS-0001", "--reason", "no need"]).success();
    assert_eq!(repo.json(["issue", "show", "ISS-0001"])["data"]["category"], "cancelled");
    // Both or none.
    repo.cmpm(["resolve", "done", "ISS-00000001", "ISS-0001"]).exits(2);
    assert_eq!(repo.json(["issue", "show", "ISS-00000001"])["data"]["status"], "review");
    repo.cmpm(["resolve", "done", "ISS-00000001"]).success();
    assert_eq!(repo.json(["issue", "show", "ISS-00000001"])["data"]["status"], "done");
}

#[test]
fn finished_tickets_are_put_away_and_come_back() {
    let repo = theirs();
    repo.write(
        "tasks/issues/ISS-0001-fix.md",
        &repo.read("tasks/issues/ISS-0001-fix.md").replace("Text.", "See [epic](../epics/EP-0001-big.md)."),
    );
    repo.cmpm(["issue", "comment", "ISS-1", "kept"]).success();
    insta::assert_snapshot!(repo.cmpm(["issue", "archive", "ISS-1"]), @"
    --- stderr
    error: issue `ISS-0001` is not finished, it is planning
    hint: finish it with `cmpm issue complete ISS-0001`
    --- exit 2
    ");
    repo.cmpm(["issue", "complete", "ISS-1"]).success();
    repo.commit_all("before");
    insta::assert_snapshot!(repo.cmpm(["issue", "archive", "ISS-1"]), @"
    Archived ISS-0001: Fix
    tasks/archive/2026/issues/ISS-0001-fix.md
    ");
    assert!(repo.read("tasks/archive/2026/issues/ISS-0001-fix.md").contains("[epic](../../../epics/EP-0001-big.md)"));
    assert!(!repo.exists("tasks/issues/ISS-0001-fix.md"));
    let shown = repo.json(["issue", "show", "ISS-0001"]);
    assert_eq!((&shown["data"]["comments"][0]["text"], &shown["data"]["children"][0]["id"]), (&"kept".into(), &"TSK-0001".into()));
    insta::assert_snapshot!(repo.cmpm(["issue", "archive", "ISS-1"]), @"Nothing to move.");
    repo.cmpm(["undo"]).success();
    assert_eq!(repo.status(), "");
    insta::assert_snapshot!(repo.cmpm(["-q", "ticket", "archive", "--finished", "--commit"]), @"
    Archived ISS-0001: Fix
    tasks/archive/2026/issues/ISS-0001-fix.md
    ");
    assert_eq!(repo.status(), "");
    repo.cmpm(["issue", "unarchive", "ISS-1"]).success();
    assert_eq!(repo.json(["issue", "show", "ISS-1"])["data"]["status"], "completed");
    repo.git(["add", "-A"]);
    assert_eq!(repo.git(["diff", "HEAD~1"]), "");
    repo.cmpm(["issue", "archive", "ISS-1"]).success();
    repo.cmpm(["issue", "reopen", "ISS-1"]).success();
    let back = repo.read("tasks/issues/ISS-0001-fix.md");
    assert!(back.contains("status: planning") && back.contains("[epic](../epics/EP-0001-big.md)"), "{back}");
    assert!(!repo.exists("tasks/archive/2026/issues/ISS-0001-fix.md"));
}

#[test]
fn new_tickets_are_made_from_templates() {
    let repo = theirs();
    insta::assert_snapshot!(repo.cmpm(["template", "list"]), @"There are no templates; .cmpm/templates/ticket-issue.md would be one for every new issue.");
    repo.write(
        ".cmpm/templates/ticket-issue.md",
        "---\nlabels: [triage]\nteam: core\n---\n\n## Why\n\n{{ description }}\n\n## Done when\n\n- [ ] {{ title }} works\n",
    );
    repo.write(".cmpm/templates/ticket-issue-crash.md", "## Trace\n\n{{ due }}by {{ author }} on {{ date }} for {{ issue_id }}\n");
    repo.write(
        ".ai-trackdown/templates/task-default.yaml",
        "type: task\nname: default\nfrontmatter_template:\n  title: \"{{title}}\"\n  tags: [x]\n  sync_status: local\ncontent_template: |-\n  # Task: {{title}}\n\n  ## Description\n  {{description}}\n",
    );
    insta::assert_snapshot!(repo.cmpm(["ticket", "templates"]), @"
    NAME     KIND   FILE
    default  issue  .cmpm/templates/ticket-issue.md
    crash    issue  .cmpm/templates/ticket-issue-crash.md
    default  task   .ai-trackdown/templates/task-default.yaml
    ");
    repo.cmpm(["issue", "create", "Save", "-d", "It is slow."]).success();
    let text = repo.read(&path_of(&repo, "Save"));
    assert!(
        text.ends_with("labels:\n  - triage\nteam: core\n---\n\n## Why\n\nIt is slow.\n\n## Done when\n\n- [ ] Save works\n"),
        "{text}"
    );
    repo.cmpm(["issue", "create", "Crash", "--template", "crash", "-d", "Boom.", "-A", "no more"]).success();
    let text = repo.read(&path_of(&repo, "Crash"));
    assert!(text.contains("\n## Trace\n\nby Tess Test on 2026-01-31 for ISS-"), "{text}");
    assert!(text.ends_with("\n\n## Description\n\nBoom.\n\n## Acceptance criteria\n\n- [ ] no more\n"), "{text}");
    repo.cmpm(["task", "create", "Step", "--template", "default"]).success();
    let text = repo.read(&path_of(&repo, "Step"));
    assert!(text.contains("\ntags:\n  - x\n") && text.contains("\n# Task: Step\n") && !text.contains("sync_status"), "{text}");
    insta::assert_snapshot!(repo.cmpm(["issue", "create", "X", "--template", "crsh"]), @"
    --- stderr
    error: there is no template `crsh` for an issue
    hint: did you mean `crash`?
    hint: `cmpm ticket templates` lists them
    --- exit 2
    ");
    repo.write(".cmpm/templates/ticket-epic.md", "{{ title");
    let answer = repo.cmpm(["epic", "create", "X"]).exits(2);
    assert!(answer.stderr.contains(".cmpm/templates/ticket-epic.md cannot be used as a template"), "{answer}");
}

fn path_of(repo: &TestRepo, title: &str) -> String {
    let list = repo.json(["ticket", "list"]);
    let row = list["data"]["tickets"].as_array().unwrap().iter().find(|row| row["title"] == title).unwrap().clone();
    row["path"].as_str().unwrap().to_owned()
}

#[test]
fn tickets_are_searched_by_kind() {
    let repo = theirs();
    repo.cmpm(["issue", "comment", "ISS-1", "the parser loops"]).success();
    insta::assert_snapshot!(repo.cmpm(["issue", "search", "parser"]), @"
    ISS-0001  planning  Fix
      the parser loops
    ");
    insta::assert_snapshot!(repo.cmpm(["task", "search", "parser"]), @"No results.");
    assert_eq!(repo.json(["ticket", "search", "step", "--status", "active"])["data"]["hits"][0]["id"], "TSK-0001");
    repo.cmpm(["issue", "search", "!"]).exits(2);
}

#[test]
fn who_links_to_a_ticket_follows_it_into_the_archive_and_back() {
    let repo = TestRepo::new();
    for (id, text) in
        [("ISS-1", "See [two](ISS-2.md)."), ("ISS-2", "See [one](./ISS-1.md#why)."), ("ISS-3", "[1](ISS-1.md), [2](ISS-2.md), `ISS-1.md`")]
    {
        let status = if id == "ISS-3" { "planning" } else { "done" };
        repo.write(&format!("tasks/issues/{id}.md"), &format!("---\nid: {id}\nkind: issue\ntitle: T\nstatus: {status}\n---\n\n{text}\n"));
    }
    repo.write("tasks/comments/ISS-3/1.md", "---\nticket: ISS-3\nauthor: Ana\n---\n\nAs in [one](../../issues/ISS-1.md).\n");
    repo.write(
        ".cmpm/memory/team/MEM-1.md",
        "---\nid: MEM-1\ncategory: team\ntitle: M\n---\n\nFrom [one](../../../tasks/issues/ISS-1.md).\n",
    );
    repo.commit_all("before");
    repo.cmpm(["ticket", "archive", "ISS-1", "ISS-2"]).success();
    let has = |path: &str, link: &str| assert!(repo.read(path).contains(link), "{}", repo.read(path));
    has("tasks/issues/ISS-3.md", "[1](../archive/2026/issues/ISS-1.md), [2](../archive/2026/issues/ISS-2.md), `ISS-1.md`");
    has("tasks/comments/ISS-3/1.md", "(../../archive/2026/issues/ISS-1.md)");
    has(".cmpm/memory/team/MEM-1.md", "(../../../tasks/archive/2026/issues/ISS-1.md)");
    has("tasks/archive/2026/issues/ISS-1.md", "[two](ISS-2.md)");
    repo.cmpm(["check", "--all"]).success();
    repo.cmpm(["undo"]).success();
    assert_eq!(repo.status(), "");
    repo.cmpm(["ticket", "archive", "--finished"]).success();
    repo.cmpm(["ticket", "reopen", "ISS-1"]).success();
    has("tasks/issues/ISS-3.md", "[1](ISS-1.md), [2](../archive/2026/issues/ISS-2.md)");
    has("tasks/archive/2026/issues/ISS-2.md", "[one](../../../issues/ISS-1.md#why)");
    repo.cmpm(["check", "--all"]).success();
}

#[test]
fn words_of_other_tools_lead_to_the_command_that_does_it() {
    let repo = TestRepo::new();
    insta::assert_snapshot!(repo.cmpm(["memory", "rm", "MEM-0"]), @"
    --- stderr
    error: unrecognized subcommand 'rm'
    hint: did you mean `cmpm memory forget`?
    hint: usage: cmpm memory [OPTIONS] <COMMAND>
    hint: `--help` after any command shows its flags and an example
    --- exit 2
    ");
    for (line, meant) in
        [("add x", "ticket create"), ("start", "ticket claim"), ("task new x", "task create"), ("delegate done", "delegate approve")]
    {
        let hint = format!("hint: did you mean `cmpm {meant}`?\n");
        assert!(repo.cmpm(line.split(' ')).exits(2).stderr.contains(&hint), "{line}");
    }
}
