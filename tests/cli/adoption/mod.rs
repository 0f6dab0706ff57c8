//! Ticket trees that other tools left: read as they are, edited where they stand, never touched by looking.

mod forms;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use crate::support::TestRepo;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if path.ends_with(".git") => {}
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// A repository with everything below `fixtures/tickets/<tree>` committed at its root.
pub fn adopted(tree: &str) -> TestRepo {
    let repo = TestRepo::empty();
    let from = Path::new(FIXTURES).join("tickets").join(tree);
    for file in files(&from) {
        let to = repo.root().join(file.strip_prefix(&from).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(file, to).unwrap();
    }
    repo.commit_all("their tickets");
    repo
}

/// The bytes and the time of every file of the work tree.
fn state(repo: &TestRepo) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let read = |path: PathBuf| (fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap());
    files(repo.root()).into_iter().map(|path| (path.clone(), read(path))).collect()
}

/// What a ticket file says, by a reading that shares nothing with the program: lines `key: value` between the fences.
fn strict_reading(text: &str) -> Option<BTreeMap<&str, &str>> {
    let front = text.strip_prefix("---\n")?.split_once("\n---\n")?.0;
    let pairs = front.lines().filter(|line| !line.starts_with([' ', '-'])).filter_map(|line| line.split_once(':'));
    Some(pairs.map(|(key, value)| (key, value.trim().trim_matches(['"', '\'']))).collect())
}

/// Where a file has a `state` too, that counts unless its status is a last one.
fn status_key(keys: &BTreeMap<&str, &str>) -> &'static str {
    if keys.contains_key("state") && !["completed", "done", "won't_do"].contains(&keys["status"]) { "state" } else { "status" }
}

/// `path → (id, kind, status, title)` as the files say.
fn expected(repo: &TestRepo) -> BTreeMap<String, [String; 4]> {
    let mut tickets = BTreeMap::new();
    for file in files(repo.root()) {
        let text = fs::read_to_string(&file).unwrap();
        let Some(keys) = strict_reading(&text) else { continue };
        let folder = file.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let (kind, own) = [("epic", "epic_id"), ("issue", "issue_id"), ("task", "task_id"), ("pr", "pr_id")]
            .into_iter()
            .find(|(kind, _)| folder == format!("{kind}s"))
            .unwrap();
        let id = keys.get("id").or_else(|| keys.get(own)).unwrap();
        let path = file.strip_prefix(repo.root()).unwrap().to_str().unwrap().to_owned();
        tickets.insert(path, [*id, kind, keys[status_key(&keys)], keys["title"]].map(str::to_owned));
    }
    tickets
}

fn listed(list: &Value) -> BTreeMap<String, [String; 4]> {
    let tickets = list["data"]["tickets"].as_array().unwrap().iter();
    tickets.map(|row| (text(&row["path"]), ["id", "kind", "status", "title"].map(|key| text(&row[key])))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn every_ticket_is_listed_and_every_other_file_is_a_finding() {
    for (tree, tickets, others) in [("claude-multiagent-pm", 29, 3), ("ai-trackdown-tools", 3, 0)] {
        let repo = adopted(tree);
        let list = repo.json(["ticket", "list", "--all"]);
        let mut expected = expected(&repo);
        assert_eq!(expected.len(), tickets, "{tree}");
        expected.extend(forms::headed(tree));
        assert_eq!(listed(&list), expected, "{tree}");
        let findings = list["findings"].as_array().unwrap();
        let not_tickets: Vec<_> =
            findings.iter().filter(|finding| finding["rule"] == "not-a-ticket").map(|finding| text(&finding["path"])).collect();
        let all = files(repo.root()).into_iter().map(|file| file.strip_prefix(repo.root()).unwrap().to_str().unwrap().to_owned());
        assert_eq!(not_tickets, all.filter(|path| !expected.contains_key(path)).collect::<Vec<_>>(), "{tree}");
        assert_eq!(not_tickets.len(), others, "{tree}");
        assert!(findings.iter().all(|finding| finding["line"].as_u64() > Some(0)), "{findings:?}");
    }
}

#[test]
fn a_list_of_their_tickets_is_readable() {
    let repo = adopted("claude-multiagent-pm");
    let mut command = repo.command(["epic", "list"]);
    command.env("CMPM_COLUMNS", "60");
    let answer = repo.answer(command);
    insta::assert_snapshot!(answer.stdout, @"
    ID       PRIORITY  TITLE
    EP-0046  high      Claude PM Framework Optimization Initiat…
    EP-9999  medium    Placeholder Epic - EP-9999
    EP-0001  medium    Placeholder Epic - EP-0001
    EP-0043  medium    Placeholder Epic - EP-0043
    EP-0043  medium    [TEST] E2E System Validation
    2 finished tickets not shown; `--all` shows them
    ");
    // What is wrong comes first, what is only worth knowing last, and not all of it at once.
    let findings: Vec<_> = answer.stderr.lines().collect();
    assert!(findings[..10].iter().all(|line| line.starts_with("error: ") && line.contains(" is also the id of ")), "{findings:?}");
    assert_eq!(findings[10..], ["… and 18 more findings; `--json` has them all"]);
}

#[test]
fn no_look_touches_a_file() {
    let repo = adopted("claude-multiagent-pm");
    let before = state(&repo);
    let looks: [&[&str]; 12] = [
        &["ticket", "list"],
        &["ticket", "list", "--all"],
        &["epic", "list", "--status", "done"],
        &["issue", "list", "--label", "bug"],
        &["task", "list", "--parent", "ISS-0110"],
        &["pr", "list"],
        &["ticket", "show", "ISS-0057"],
        &["memory", "search", "startup"],
        &["status"],
        &["ready"],
        &["config", "list", "--origin"],
        &["config", "get", "paths.tasks"],
    ];
    for look in looks {
        repo.cmpm(look.iter().copied()).success();
        repo.json(look.iter().copied());
    }
    for path in expected(&repo).keys().step_by(5) {
        let shown = repo.json(["ticket", "show", path]);
        assert_eq!(text(&shown["data"]["path"]), *path);
    }
    assert_eq!(state(&repo), before);
    assert_eq!(repo.status(), "");
}

/// The lines that git says were taken out and put in, for each file.
fn changed_lines(repo: &TestRepo) -> BTreeMap<String, String> {
    let mut changed: BTreeMap<String, String> = BTreeMap::new();
    let mut path = String::new();
    for line in repo.git(["diff", "-U0", "--no-renames"]).lines() {
        if let Some(file) = line.strip_prefix("+++ b/") {
            path = file.to_owned();
        } else if line.starts_with(['-', '+']) && !line.starts_with("---") {
            changed.entry(path.clone()).or_default().push_str(&format!("{line}\n"));
        }
    }
    changed
}

#[test]
fn an_edit_changes_one_line_of_their_file() {
    for tree in ["claude-multiagent-pm", "ai-trackdown-tools"] {
        let repo = adopted(tree);
        let (mut priorities, mut statuses) = (BTreeMap::new(), BTreeMap::new());
        let tickets = expected(&repo);
        for (path, [_, kind, status, _]) in &tickets {
            let priority = strict_reading(&repo.read(path)).unwrap().get("priority").map(|word| format!("-priority: {word}\n"));
            priorities.insert(path.clone(), priority.unwrap_or_default() + "+priority: low\n");
            repo.cmpm([kind, "update", path, "--priority", "low"]).success();
            let closed = ["completed", "done", "won't_do"].contains(&status.as_str());
            let (text, word) = (repo.read(path), if closed { "planning" } else { "completed" });
            let keys = strict_reading(&text).unwrap();
            let line = |key: &str| format!("-{key}: {}\n+{key}: {word}\n", keys[key]);
            // Who opens such a ticket again does not want a word of before to count.
            let both = status_key(&keys) == "status" && keys.contains_key("state");
            let mut lines = line(status_key(&keys)) + &if both { line("state") } else { String::new() };
            // A pull request says what happened to it.
            if keys.get("pr_status").is_some_and(|word| *word == "draft") {
                lines = lines.replace("\n+", "\n-pr_status: draft\n+") + "+pr_status: merged\n";
            }
            statuses.insert(path.clone(), lines);
        }
        assert_eq!(changed_lines(&repo), priorities);
        repo.git(["checkout", "-q", "."]);
        for (path, [_, kind, ..]) in &tickets {
            let verb = if statuses[path].contains("+status: planning") { "reopen" } else { "complete" };
            repo.cmpm([kind, verb, path]).success();
        }
        assert_eq!(changed_lines(&repo), statuses);
    }
}

#[test]
fn new_values_go_under_the_names_of_their_dialect() {
    let repo = adopted("claude-multiagent-pm");
    let v1 = "tickets/tasks/TSK-0020-implement-pydantic-data-models.md";
    repo.cmpm(["ticket", "update", v1, "--label", "docs", "--due", "2026-02-01", "--depends-on", "TSK-0008", "--parent", "ISS-0057"])
        .success();
    insta::assert_snapshot!(changed_lines(&repo)[v1], @"
    -issue_id: ISS-0080
    -epic_id: EP-0037
    +issue_id: ISS-0057
    -blocked_by: []
    +blocked_by:
    +  - TSK-0008
    +due_date: '2026-02-01'
    +tags:
    +  - docs
    ");
    let v2 = "tasks/issues/ISS-0001.md";
    repo.cmpm(["ticket", "update", v2, "--label", "docs", "--remove-label", "bug", "--assignee", "ana", "--parent", "EP-0003"]).success();
    insta::assert_snapshot!(changed_lines(&repo)[v2], @"
    -assignees: []
    +assignees:
    +- ana
    -labels: []
    +labels:
    +- docs
    -parent: null
    +parent: EP-0003
    -- bug
    ");
    let epic = "tickets/epics/EP-0003-framework-core-infrastructure.md";
    repo.cmpm(["ticket", "update", epic, "--label", "core"]).success();
    insta::assert_snapshot!(changed_lines(&repo)[epic], @"
    +tags:
    +  - core
    ");
    let task = "tickets/tasks/TSK-0032-test-updated-ticketing-workflow.md";
    repo.cmpm(["ticket", "update", task, "--epic", "EP-0003"]).success();
    assert_eq!(repo.json(["ticket", "show", task])["data"]["parent"], "EP-0003");
}

#[test]
fn one_id_in_two_files_needs_a_path() {
    let repo = adopted("claude-multiagent-pm");
    insta::assert_snapshot!(repo.cmpm(["issue", "complete", "ISS-0078"]), @"
    --- stderr
    error: `ISS-0078` could be any of ISS-0078 (tickets/issues/ISS-0078-claude-pm-startup-error.md), ISS-0078 (tickets/issues/ISS-0078-enhanced-intelligent-push-workflow-validation-multi-agent-coordination.md)
    hint: give more of the id, or the file's path
    --- exit 2
    ");
    assert_eq!(repo.status(), "");
    repo.cmpm(["issue", "complete", "tickets/issues/ISS-0078-claude-pm-startup-error.md"]).success();
    assert_eq!(repo.status(), " M tickets/issues/ISS-0078-claude-pm-startup-error.md");
    let mut command = repo.command(["issue", "reopen", "ISS-0078-claude-pm-startup-error.md"]);
    command.current_dir(repo.path("tickets/issues"));
    insta::assert_snapshot!(repo.answer(command), @"Reopened ISS-0078: claude-pm startup error");
    assert_eq!(repo.status(), "");
}

#[test]
fn their_comments_are_shown_in_order() {
    let repo = adopted("claude-multiagent-pm");
    let comment = |number: u32, minute: u32, words: &str| {
        let front = format!(
            "id: COMMENT-000{number}\nissueId: ISS-0057\nauthor: masa\ncreatedAt: 2025-07-17T20:3{minute}:00.000Z\nupdatedAt: 2025-07-17T20:39:00.000Z"
        );
        repo.write(&format!("tickets/issues/comments/ISS-0057/COMMENT-000{number}.md"), &format!("---\n{front}\n---\n\n{words}\n"));
    };
    comment(1, 7, "the later one");
    comment(2, 1, "the earlier one");
    repo.cmpm(["issue", "comment", "ISS-0057", "and ours"]).success();
    let shown = repo.json(["issue", "show", "ISS-0057"]);
    let words: Vec<_> = shown["data"]["comments"].as_array().unwrap().iter().map(|comment| text(&comment["text"])).collect();
    assert_eq!(words, ["the earlier one", "the later one", "and ours"]);
    let answer = repo.cmpm(["issue", "show", "ISS-0057"]).success();
    assert!(answer.stdout.contains("\nmasa, 2025-07-17T20:31:00.000Z\nthe earlier one\n"), "{answer}");
    // Comments are no tickets, and no findings either.
    assert!(!repo.cmpm(["ticket", "list"]).stderr.contains("COMMENT"));
}

#[test]
fn malformed_files_hide_nothing_and_are_named_with_their_line() {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "The only ticket"]).success();
    let sources = ["document", "tickets/malformed"].map(|folder| files(&Path::new(FIXTURES).join(folder))).concat();
    let odd: Vec<_> =
        sources.iter().filter(|file| file.extension().is_some_and(|end| end == "md") && !file.ends_with("SOURCES.md")).collect();
    for file in &odd {
        fs::copy(file, repo.path("tasks/issues").join(file.file_name().unwrap())).unwrap();
    }
    repo.commit_all("oddities");
    let before = state(&repo);
    let list = repo.json(["ticket", "list", "--all"]);
    assert!(list["ok"].as_bool().unwrap());
    let findings = list["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["line"].as_u64() > Some(0)), "{findings:?}");
    let tickets = listed(&list);
    for file in &odd {
        let name = file.file_name().unwrap().to_str().unwrap();
        let path = format!("tasks/issues/{name}");
        let found = findings.iter().any(|finding| finding["path"] == path.as_str());
        assert!(found || tickets.contains_key(&path), "{name} is neither a ticket nor a finding");
    }
    // Whatever it is, looking at it and failing to change it are calm.
    for path in tickets.keys().map(String::as_str).chain(["tasks/issues/non-utf8.EIPs.md", "tasks/issues/fm-unclosed.EIPs.md"]) {
        for verb in [vec!["ticket", "show", path], vec!["ticket", "update", path, "--priority", "low"]] {
            let answer = repo.cmpm(verb);
            assert_eq!(answer.exit, if tickets.contains_key(path) { 0 } else { 2 }, "{answer}");
        }
    }
    let names: Vec<_> = tickets.iter().map(|(path, [id, _, status, title])| format!("{path}: {id} {status} {title}\n")).collect();
    insta::assert_snapshot!(names.concat(), @"
    tasks/issues/ISS-00000001-the-only-ticket.md: ISS-00000001 planning The only ticket
    tasks/issues/at-name.Backlog.md: task-1 Done CLI: Setup Core Project (Bun, TypeScript, Git, Linters)
    tasks/issues/body-no-heading.Backlog.md: doc-1 planning Test Document
    tasks/issues/fm-comment.claude-multiagent-pm.md: EP-0020 planning Test Epic Structure
    tasks/issues/fm-emoji.claude-multiagent-pm.md: ISS-0079 planning PATH issue on WSL2
    ");
    assert_eq!(before.keys().collect::<Vec<_>>(), state(&repo).keys().collect::<Vec<_>>());
}
