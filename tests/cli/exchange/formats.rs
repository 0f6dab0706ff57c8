//! Every format, real and small: read, linked, read again without a change.

use serde_json::json;

use super::{by_alias, counts, exported, fixture, outside, rules};
use crate::support::TestRepo;

const TASKS: &str = r#"{"master": {"tasks": [
  {"id": 1, "title": "Parser", "description": "Reads it.", "details": "By hand.\nSlowly.", "testStrategy": "Feed it.", "status": "in-progress",
   "priority": "high", "dependencies": [], "subtasks": [
     {"id": 1, "title": "Lexer", "status": "done", "dependencies": []},
     {"id": 2, "title": "Grammar", "status": "pending", "dependencies": [1]}]},
  {"id": "2", "title": "Printer", "status": "deferred", "dependencies": [1, "1.2"], "complexityScore": 7}]},
  "later": {"tasks": [{"id": 1, "title": "Again", "status": "pending", "dependencies": [9]}], "metadata": {"description": "some day"}}}"#;

const GITHUB: &str = r##"[{"number": 12, "title": "Crash: on start", "body": "It crashes.\r\n\r\n## Steps\r\n\r\n1. start", "state": "OPEN",
  "labels": [{"id": "L1", "name": "bug", "color": "d73a4a"}], "assignees": [{"login": "ana"}, {"login": "bo"}], "author": {"login": "cy"},
  "milestone": {"number": 1, "title": "v1", "dueOn": "2026-05-01T00:00:00Z"}, "createdAt": "2026-01-02T03:04:05Z", "updatedAt": "2026-01-03T00:00:00Z",
  "url": "https://github.com/o/r/issues/12", "reactionGroups": [{"content": "HEART"}],
  "comments": [{"author": {"login": "bo"}, "body": "me too", "createdAt": "2026-01-02T04:00:00Z", "url": "https://github.com/o/r/issues/12#c1"}]},
 {"number": 13, "title": "No", "body": "", "state": "CLOSED", "stateReason": "NOT_PLANNED", "url": "https://github.com/o/r/issues/13"},
 {"number": 14, "title": "Yes", "state": "CLOSED", "stateReason": "COMPLETED", "isPinned": true, "url": "https://github.com/o/r/issues/14"}]"##;

const JIRA: &str = "Summary,Issue key,Issue id,Parent,Issue Type,Status,Priority,Assignee,Reporter,Created,Due date,Labels,Labels,Description,Comment,Comment,Inward issue link (Blocks),Outward issue link (Blocks),Outward issue link (Relates),Outward issue link (Cloners),Sprint\n\
\"Login, page\",WEB-1,100,,Epic,In Progress,Highest,ana,bo,12/Jan/24 3:45 PM,2024-02-01,ui,web,\"first\n\nsecond \"\"line\"\"\",12/Jan/24 4:00 PM;cy;looks good; really,just words,,WEB-2,,,Sprint 1\n\
Form,WEB-2,101,100,Task,To Do,Medium,,bo,13/Jan/24 3:45 PM,,,,,,,WEB-1,,WEB-3,WEB-1,\n\
Button,WEB-3,102,101,Sub-task,Waiting for Godot,Trivial,,bo,13/Jan/24 3:45 PM,,,,,,,OLD-9,,,,\n\
short,row\n";

#[test]
fn beads_keeps_links_comments_and_what_cmpm_has_no_key_for() {
    let repo = TestRepo::new();
    let file = fixture(&repo, "beads/issues.jsonl");
    let dry = repo.json(["ticket", "import", &file, "--dry-run"]);
    assert_eq!((counts(&dry), &dry["data"]["format"], &dry["data"]["records"]), ((27, 0, 0, 0, 0), &json!("beads"), &json!(27)));
    assert!(!repo.exists("tasks") && dry["data"]["imported"][0].get("id").is_none());
    let done = repo.json(["ticket", "import", &file, "--commit"]);
    assert_eq!((counts(&done), &done["data"]["links"], &done["data"]["comments"]), ((27, 0, 0, 0, 0), &json!(22), &json!(1)));
    assert_eq!(repo.status(), "");
    let all = exported(&repo);
    let (epic, part) = (by_alias(&all, "bd-qvj"), by_alias(&all, "bd-clg"));
    assert_eq!((&part["parent"], &epic["kind"], &part["status"]), (&epic["id"], &json!("epic"), &json!("done")));
    assert_eq!(part["depends_on"].as_array().unwrap().len(), 2);
    assert_eq!((&part["imported"]["issue_type"], part["external"][0]["id"].as_str()), (&json!("feature"), Some("bd-clg")));
    assert_eq!(by_alias(&all, "bd-3s8")["comments"].as_array().unwrap().len(), 1);
    assert_eq!(by_alias(&all, "bd-0e3")["discovered_from"][0], by_alias(&all, "bd-63l")["id"]);
    repo.cmpm(["ticket", "show", "bd-clg"]).success();
    assert_eq!(counts(&repo.json(["ticket", "import", &file])), (0, 0, 27, 0, 0));
    assert_eq!(repo.status(), "");
}

#[test]
fn what_goes_back_to_beads_is_what_came_from_there() {
    let repo = TestRepo::new();
    let file = fixture(&repo, "beads/issues.jsonl");
    repo.cmpm(["ticket", "import", &file]).success();
    repo.cmpm(["task", "create", "Ours", "--depends-on", "bd-3s8"]).success();
    repo.cmpm(["ticket", "export", "--format", "beads", "--output", "../back.jsonl"]).success();
    let read = |path: &std::path::Path| -> Vec<serde_json::Value> {
        std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let back = read(&repo.around().join("back.jsonl"));
    for there in read(std::path::Path::new(&file)) {
        let here = back.iter().find(|record| record["id"] == there["id"]).unwrap();
        for key in ["title", "status", "priority", "issue_type", "close_reason", "labels"] {
            assert_eq!(here.get(key), there.get(key), "{key} of {}", there["id"]);
        }
        let trimmed = |record: &serde_json::Value| record["description"].as_str().unwrap_or_default().trim().to_owned();
        assert_eq!(trimmed(here), trimmed(&there));
        let edges = |record: &serde_json::Value| {
            let edge = |edge: &serde_json::Value| format!("{} {}", edge["type"].as_str().unwrap(), edge["depends_on_id"].as_str().unwrap());
            let mut edges: Vec<String> = record["dependencies"].as_array().into_iter().flatten().map(edge).collect();
            edges.sort();
            edges
        };
        assert_eq!(edges(here), edges(&there));
    }
    let ours = back.iter().find(|record| record["title"] == "Ours").unwrap();
    assert_eq!(ours["dependencies"][0]["depends_on_id"], "bd-3s8");
    let again = repo.json(["ticket", "import", "../back.jsonl"]);
    assert_eq!(again["data"]["imported"], json!([]), "what went out does not come back as another");
}

#[test]
fn backlog_keeps_its_markers_and_tells_tickets_of_one_id_apart() {
    let repo = TestRepo::new();
    let folder = fixture(&repo, "backlog");
    let answer = repo.json(["ticket", "import", &folder]);
    assert_eq!((counts(&answer), &answer["data"]["format"]), ((6, 0, 0, 0, 1), &json!("backlog")));
    assert_eq!(rules(&answer), ["duplicate-id", "repeated"]);
    let all = exported(&repo);
    let ticket = by_alias(&all, "BACK-581");
    assert_eq!((&ticket["status"], &ticket["priority"], &ticket["assignee"]), (&json!("done"), &json!("high"), &json!("@claude")));
    assert!(ticket["body"].as_str().unwrap().contains("<!-- AC:BEGIN -->\n- [x] #1 "));
    assert_eq!(
        (&ticket["created"], &ticket["imported"]["references"][0]),
        (&json!("2026-08-07T17:25:00Z"), &json!("https://github.com/MrLesk/Backlog.md/issues/854"))
    );
    // `assignee: @MrLesk` is not YAML, and is read anyway.
    assert_eq!(by_alias(&all, "BACK-1")["assignee"], "@MrLesk");
    let archived = all.iter().find(|ticket| ticket["imported"]["archived"] == "true").unwrap();
    assert_eq!(archived["status"], "cancelled");
    assert_eq!(counts(&repo.json(["ticket", "import", &folder])), (0, 0, 6, 0, 1));
}

#[test]
fn taskmaster_has_subtasks_and_tags() {
    let repo = TestRepo::new();
    let file = outside(&repo, ".taskmaster/tasks/tasks.json", TASKS);
    // The project stands for the tracker in it.
    let answer = repo.json(["ticket", "import", "../there"]);
    assert_eq!((counts(&answer), &answer["data"]["format"]), ((5, 0, 0, 0, 0), &json!("taskmaster")));
    let all = exported(&repo);
    let (parser, lexer, grammar, printer) = (by_alias(&all, "1"), by_alias(&all, "1.1"), by_alias(&all, "1.2"), by_alias(&all, "2"));
    assert_eq!((&lexer["parent"], &grammar["depends_on"][0], &lexer["kind"]), (&parser["id"], &lexer["id"], &json!("task")));
    assert_eq!(printer["depends_on"], json!([parser["id"], grammar["id"]]));
    assert_eq!((&printer["status"], &printer["imported"]["status"]), (&json!("planning"), &json!("deferred")));
    assert_eq!(parser["body"], "## Description\n\nReads it.\n\n## Details\n\nBy hand.\nSlowly.\n\n## Test strategy\n\nFeed it.");
    let tagged = by_alias(&all, "later:1");
    assert_eq!((&tagged["imported"]["links"][0], &tagged["imported"]["tag"]), (&json!("depends_on later:9"), &json!("later")));
    assert_eq!(counts(&repo.json(["ticket", "import", &file])), (0, 0, 5, 0, 0));
    let legacy = outside(
        &repo,
        "legacy/tasks.json",
        r#"{"tasks": [{"id": 7, "title": "Old", "status": "done"}]} {"tasks": [{"id": 8, "title": "Glued"}]} <<<<"#,
    );
    let answer = repo.json(["ticket", "import", &legacy]);
    assert_eq!((counts(&answer).0, rules(&answer)), (2, vec!["not-imported".to_owned()]));
}

#[test]
fn github_issues_go_in_and_out() {
    let repo = TestRepo::new();
    let file = outside(&repo, "issues.json", GITHUB);
    let answer = repo.json(["ticket", "import", &file]);
    assert_eq!((counts(&answer), &answer["data"]["format"]), ((3, 0, 0, 0, 0), &json!("github")));
    assert_eq!(answer["data"]["losses"][0]["what"], "`reactionGroups`");
    let all = exported(&repo);
    let first = by_alias(&all, "#12");
    assert_eq!(
        (&first["labels"], &first["assignee"], &first["author"], &first["milestone"]),
        (&json!(["bug"]), &json!("ana"), &json!("cy"), &json!("v1"))
    );
    assert_eq!((&first["external"][0]["id"], &first["external"][0]["url"]), (&json!("o/r#12"), &json!("https://github.com/o/r/issues/12")));
    assert_eq!(
        first["comments"],
        json!([{"created": "2026-01-02T04:00:00Z", "author": "bo", "text": "me too", "url": "https://github.com/o/r/issues/12#c1"}])
    );
    assert_eq!((&by_alias(&all, "#13")["status"], &by_alias(&all, "#14")["status"]), (&json!("cancelled"), &json!("done")));
    let text = repo.cmpm(["ticket", "export", "--format", "github"]).success().stdout;
    let back: serde_json::Value = serde_json::from_str(&text).unwrap();
    let first = back.as_array().unwrap().iter().find(|issue| issue["number"] == 12).unwrap();
    assert_eq!((&first["body"], &first["state"]), (&json!("It crashes.\n\n## Steps\n\n1. start"), &json!("OPEN")));
    assert_eq!(first["assignees"], json!([{"login": "ana"}, {"login": "bo"}]));
    let again = outside(&repo, "again.json", &text);
    assert_eq!(repo.json(["ticket", "import", &again])["data"]["imported"], json!([]));
    assert_eq!(counts(&repo.json(["ticket", "import", &file])).0, 0);
}

#[test]
fn jira_repeats_columns() {
    let repo = TestRepo::new();
    let file = outside(&repo, "jira.csv", JIRA);
    let answer = repo.json(["ticket", "import", &file]);
    assert_eq!((counts(&answer), &answer["data"]["format"]), ((3, 0, 0, 0, 0), &json!("jira")));
    let finding = &answer["findings"][0];
    assert_eq!((&finding["line"], &finding["message"]), (&json!(7), &json!("2 cells under 21 columns; the row is left out")));
    let all = exported(&repo);
    let (epic, form, button) = (by_alias(&all, "WEB-1"), by_alias(&all, "WEB-2"), by_alias(&all, "WEB-3"));
    assert_eq!(
        (&epic["kind"], &epic["title"], &epic["priority"], &epic["labels"]),
        (&json!("epic"), &json!("Login, page"), &json!("critical"), &json!(["ui", "web"]))
    );
    assert_eq!((&epic["created"], &epic["due"]), (&json!("2024-01-12T15:45:00Z"), &json!("2024-02-01")));
    assert_eq!(epic["body"], "## Description\n\nfirst\n\nsecond \"line\"");
    assert_eq!(epic["comments"][1], json!({"created": "2024-01-12T16:00:00Z", "author": "cy", "text": "looks good; really"}));
    // A part cannot wait for its whole.
    assert_eq!((&epic["blocks"], &form["depends_on"], &form["related"][0]), (&json!(null), &json!(null), &button["id"]));
    assert_eq!((&epic["imported"]["links"], &form["imported"]["links"][1]), (&json!(["blocks WEB-2"]), &json!("depends_on WEB-1")));
    assert_eq!((&form["parent"], &button["parent"], &button["kind"]), (&epic["id"], &form["id"], &json!("task")));
    assert_eq!((&button["status"], &button["imported"]["status"]), (&json!("active"), &json!("Waiting for Godot")));
    assert_eq!((&button["imported"]["links"][0], &epic["imported"]["Sprint"]), (&json!("depends_on OLD-9"), &json!("Sprint 1")));
    assert_eq!(form["imported"]["links"][0], "outward issue link (cloners) WEB-1");
    assert_eq!(counts(&repo.json(["ticket", "import", &file])), (0, 0, 3, 0, 0));
}

#[test]
fn tk_kanban_and_trackdown_pages() {
    let repo = TestRepo::new();
    outside(
        &repo,
        ".tickets/nw-5c46.md",
        "---\nid: nw-5c46\nstatus: needs_testing\ndeps: [nw-1]\nlinks: []\ncreated: 2026-01-02T03:04:05Z\ntype: bug\npriority: 0\nexternal-ref: gh-7\ntags: [ui]\n---\n# Fix it\n\nIt is broken.\n\n## Design\n\nNo.\n",
    );
    outside(&repo, ".tickets/nw-1.md", "---\nid: nw-1\nstatus: closed\ndeps: []\ntype: epic\npriority: 4\n---\n# All\n");
    let answer = repo.json(["ticket", "import", "../there"]);
    assert_eq!((counts(&answer).0, &answer["data"]["format"]), (2, &json!("tk")));
    let all = exported(&repo);
    let bug = by_alias(&all, "nw-5c46");
    assert_eq!(
        (&bug["title"], &bug["status"], &bug["priority"], &bug["labels"]),
        (&json!("Fix it"), &json!("review"), &json!("critical"), &json!(["ui"]))
    );
    assert_eq!((&bug["body"], &bug["imported"]["external-ref"]), (&json!("It is broken.\n\n## Design\n\nNo."), &json!("gh-7")));
    assert_eq!(bug["depends_on"][0], by_alias(&all, "nw-1")["id"]);

    let page = outside(
        &repo,
        "kanban/tasks/001-a.md",
        "---\nid: 1\ntitle: Board\nstatus: in-progress\npriority: high\ncreated: 2026-01-02\nestimate: 4h\nclass: standard\n---\n\nText.\n",
    );
    let answer = repo.json(["ticket", "import", &page]);
    assert_eq!((counts(&answer).0, &answer["data"]["format"]), (1, &json!("kanban-md")));
    assert_eq!(by_alias(&exported(&repo), "1")["estimate"], "4h");

    let old = "---\nissue_id: ISS-0042\nepic_id: EP-0001\ntitle: Old\nstatus: in_progress\npriority: high\nassignee: ana\ncreated_date: 2025-07-13T10:00:00.000Z\nai_context:\n  - a/b\ncontent: |-\n  # Old\nfile_path: /Users/somebody/x.md\n---\n\n# Old\n\ntext\n";
    outside(&repo, "atd/tasks/issues/ISS-0042-old.md", old);
    outside(&repo, "atd/tasks/epics/EP-0001-big.md", "---\nepic_id: EP-0001\ntitle: Big\nstatus: planning\n---\n");
    outside(
        &repo,
        "atd/tasks/issues/comments/ISS-0042/COMMENT-0001.md",
        "---\nid: COMMENT-0001\nissueId: ISS-0042\nauthor: bo\ncreatedAt: 2025-07-14T10:00:00Z\n---\n\nSeen.\n",
    );
    outside(&repo, "atd/.ai-trackdown/config.yaml", "github_sync:\n  token: not-to-be-read\n");
    let answer = repo.json(["ticket", "import", "../there/atd"]);
    assert_eq!((counts(&answer).0, &answer["data"]["format"], &answer["data"]["comments"]), (2, &json!("ai-trackdown"), &json!(1)));
    let all = exported(&repo);
    let issue = by_alias(&all, "ISS-0042");
    assert_ne!(issue["id"], "ISS-0042");
    assert_eq!(
        (&issue["parent"], &issue["status"], &issue["ai_context"]),
        (&by_alias(&all, "EP-0001")["id"], &json!("active"), &json!(["a/b"]))
    );
    assert!(issue.get("file_path").is_none() && issue.get("content").is_none());
    assert_eq!(counts(&repo.json(["ticket", "import", "../there/atd"])), (0, 0, 2, 0, 0));
}

#[test]
fn a_source_is_named_or_clear() {
    let repo = TestRepo::new();
    outside(&repo, "both/.beads/issues.jsonl", "");
    outside(&repo, "both/backlog/tasks/a.md", "");
    insta::assert_snapshot!(repo.cmpm(["ticket", "import", "../there/both"]), @"
    --- stderr
    error: it is not clear what ../there/both is: it has .beads/issues.jsonl and backlog
    hint: name the file or folder itself, or say what it is with `--from` (cmpm, ai-trackdown, backlog, beads, taskmaster, github, jira, linear, tk, kanban-md)
    --- exit 2
    ");
    let odd = outside(&repo, "odd.json", "{\"a\": 1}");
    repo.cmpm(["ticket", "import", &odd]).exits(2);
    let mut piped = repo.command(["ticket", "import", "-", "--json"]);
    piped.stdin(std::process::Stdio::from(std::fs::File::open(fixture(&repo, "beads/issues.jsonl")).unwrap()));
    let answer: serde_json::Value = serde_json::from_str(&repo.answer(piped).stdout).unwrap();
    assert_eq!(counts(&answer).0, 27);
}
