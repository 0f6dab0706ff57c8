//! What Linear exports, in its columns of different years; and which of a project's folders an import takes.

use serde_json::json;

use super::{by_alias, counts, exported, outside, rules};
use crate::support::TestRepo;

const LINEAR: &str = "\
ID,Team,Title,Description,Status,Estimate,Priority,Project ID,Project,Creator,Assignee,Labels,Cycle Number,Cycle Name,Cycle Start,Cycle End,Created,Updated,Started,Triaged,Completed,Canceled,Archived,Due Date,Parent issue,Initiatives,Project Milestone ID,Project Milestone,SLA Status,UUID,Time in status (minutes),Related to,Blocked by,Duplicate of
ENG-1,Engine,\"Login, page\",\"first

second\",In Progress,3,Urgent,p-1,Web,ana@x.org,bo@x.org,\"Bug, ui\",7,Sprint 7,2026-01-05,2026-01-19,2026-01-02T03:04:05.678Z,2026-01-03T00:00:00Z,2026-01-02T04:00:00Z,,,,,2026-02-01,,,,Beta,,u-1,12,ENG-3,,
ENG-2,Engine,'-- dashes,,Shipped,,No priority,,,ana@x.org,,,,,,,Tue May 14 2024 08:53:33 GMT+0000 (GMT),2026-01-03T00:00:00Z,,,2026-01-04T00:00:00Z,,,,ENG-1,,,,,u-2,,,,
ENG-3,Engine,Third,,Backlog,,Low,,,,,,,,,,2026-01-02T00:00:00Z,2026-01-03T00:00:00Z,,,,,,,,,,,,u-3,,ENG-1,\"ENG-1, ENG-2\"
ENG-4,Engine,Dropped,,Nope,,,,,,,,,,,,2026-01-02T00:00:00Z,2026-01-03T00:00:00Z,,,,2026-01-04T00:00:00Z,,,,,,,,u-4,,,,ENG-3
";

#[test]
fn linear_is_recognised_and_what_it_has_more_is_kept() {
    let repo = TestRepo::new();
    let file = outside(&repo, "Export.csv", LINEAR);
    let answer = repo.json(["ticket", "import", &file]);
    assert_eq!((counts(&answer), &answer["data"]["format"], rules(&answer)), ((4, 0, 0, 0, 0), &json!("linear"), vec![]));
    assert_eq!(answer["data"]["losses"][0]["what"], "comments and attachments: Linear has none of them in its CSV");
    let all = exported(&repo);
    let (one, two, three, four) = (by_alias(&all, "ENG-1"), by_alias(&all, "ENG-2"), by_alias(&all, "ENG-3"), by_alias(&all, "ENG-4"));
    assert_eq!((&one["title"], &one["body"]), (&json!("Login, page"), &json!("## Description\n\nfirst\n\nsecond")));
    assert_eq!((&one["kind"], &one["status"], &one["priority"]), (&json!("issue"), &json!("active"), &json!("critical")));
    assert_eq!((&one["labels"], &one["milestone"], &one["due"]), (&json!(["Bug", "ui"]), &json!("Beta"), &json!("2026-02-01")));
    assert_eq!(
        (&one["assignee"], &one["author"], &one["created"]),
        (&json!("bo@x.org"), &json!("ana@x.org"), &json!("2026-01-02T03:04:05Z"))
    );
    assert_eq!((&one["imported"]["Cycle Name"], &one["imported"]["Project"]), (&json!("Sprint 7"), &json!("Web")));
    assert_eq!((&two["title"], &two["parent"], &two["kind"]), (&json!("-- dashes"), &one["id"], &json!("task")));
    // A team may call its statuses as it likes: when it was closed says what they mean.
    assert_eq!((&two["status"], &two["imported"]["status"], &two["priority"]), (&json!("done"), &json!("Shipped"), &json!(null)));
    assert_eq!((&two["created"], &four["status"]), (&json!("2024-05-14T08:53:33Z"), &json!("cancelled")));
    assert_eq!((&three["status"], &three["imported"]["status"]), (&json!("planning"), &json!("Backlog")));
    assert_eq!((&three["depends_on"], &four["duplicates"]), (&json!([one["id"], two["id"]]), &json!([three["id"]])));
    assert_eq!(counts(&repo.json(["ticket", "import", &file])), (0, 0, 4, 0, 0));
    // Older exports end their rows early.
    let short = "ID,Team,Title,Description,Status,Creator,Parent issue,Roadmaps\nOLD-1,T,Old,,Todo,,\n";
    assert_eq!(counts(&repo.json(["ticket", "import", &outside(&repo, "old.csv", short)])), (1, 0, 0, 0, 0));
}

#[test]
fn a_key_of_jira_stays_a_name_where_there_is_a_number_too() {
    let repo = TestRepo::new();
    let file = outside(&repo, "jira.csv", "Summary,Issue key,Issue id,Status\nOne,WEB-1,10001,To Do\n");
    assert_eq!(counts(&repo.json(["ticket", "import", &file])), (1, 0, 0, 0, 0));
    repo.cmpm(["ticket", "show", "WEB-1"]).success();
}

#[test]
fn after_init_a_project_stands_for_the_tracker_in_it_and_not_for_its_own_tickets() {
    let beads = r#"{"id":"bd-1","title":"x","status":"open","issue_type":"bug"}"#;
    let page = "---\nid: task-1\ntitle: x\nstatus: To Do\ncreated_date: 2026-01-01\n---\n";
    let tasks = r#"{"master":{"tasks":[{"id":1,"title":"a","status":"pending"}]}}"#;
    let trackdown = "---\nissue_id: ISS-0001\ntitle: x\nstatus: planning\n---\n# x\n";
    for (file, text, format, new) in [
        (".beads/issues.jsonl", beads, "beads", 1),
        ("backlog/tasks/task-1 - x.md", page, "backlog", 1),
        (".taskmaster/tasks/tasks.json", tasks, "taskmaster", 1),
        ("tasks/issues/ISS-0001-x.md", trackdown, "ai-trackdown", 0),
    ] {
        let repo = TestRepo::new();
        repo.write(file, text);
        repo.cmpm(["init"]).success();
        for expected in [new, 0] {
            let dry = repo.json(["ticket", "import", ".", "--dry-run"]);
            let answer = repo.json(["ticket", "import", "."]);
            assert_eq!(
                (counts(&dry).0, counts(&answer).0, answer["data"]["format"].as_str()),
                (expected, expected, Some(format)),
                "{file}"
            );
        }
    }
    // Where there is no tracker, neither cmpm's own files nor a page with a number are one.
    let repo = TestRepo::new();
    repo.write("README.md", "# Hi\n");
    repo.write("docs/a.md", "---\nid: 1\ntitle: x\nstatus: draft\n---\n");
    repo.cmpm(["init"]).success();
    assert!(repo.cmpm(["ticket", "import", "."]).exits(2).stderr.contains("none of a known tracker"));
}
