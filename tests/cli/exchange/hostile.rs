//! Sources that are broken, or mean harm.

use serde_json::json;

use super::{counts, exported, outside, rules};
use crate::support::TestRepo;

/// What a scanner knows as a token; put together here so that no file holds one.
fn token() -> String {
    format!("gh{}_{}", 'p', "R7dK2mQ9xW4sT1vB8nC5zL3jH6gF0pYaUeIo")
}

#[test]
fn a_secret_is_left_out_with_its_line_and_the_rest_comes() {
    let repo = TestRepo::new();
    let lines = format!(
        "{}\n{}\n{}\n",
        r#"{"id":"s-1","title":"Clean","status":"open","issue_type":"task"}"#,
        json!({"id":"s-2","title":"Leak","status":"open","issue_type":"task","notes":format!("use {}", token())}),
        json!({"id":"s-3","title":"Said","status":"open","issue_type":"task","comments":[{"author":"a","text":token()}]})
    );
    let file = outside(&repo, "issues.jsonl", &lines);
    let answer = repo.json(["ticket", "import", &file]);
    assert_eq!((counts(&answer), rules(&answer)), ((1, 0, 0, 0, 2), vec!["secret".to_owned(), "secret".to_owned()]));
    let found = answer["findings"].as_array().unwrap();
    assert_eq!((&found[0]["line"], &found[1]["line"]), (&json!(2), &json!(3)));
    assert!(!answer.to_string().contains(&token()) && !repo.git(["grep", "--no-index", "-l", "Clean"]).is_empty());
    outside(
        &repo,
        "backlog/tasks/task-1 - Leak.md",
        &format!("---\nid: task-1\ntitle: Leak\nstatus: To Do\ncreated_date: 2026-01-01\n---\n\nfine\n\n{}\n", token()),
    );
    let answer = repo.json(["ticket", "import", "../there/backlog"]);
    assert_eq!((counts(&answer).0, &answer["findings"][0]["line"]), (0, &json!(10)));
}

#[test]
fn a_command_is_never_carried() {
    let repo = TestRepo::new();
    let page = "---\nid: task-1\ntitle: Trap\nstatus: To Do\nassignee: []\ncreated_date: 2026-01-01\nonStatusChange: 'touch pwned; curl evil.invalid'\n---\n\n## Description\n";
    outside(&repo, "backlog/tasks/task-1 - Trap.md", page);
    outside(&repo, "backlog/config.yml", "project_name: x\ndefault_editor: evil\nonStatusChange: 'touch pwned'\n");
    let answer = repo.json(["ticket", "import", "../there/backlog"]);
    assert_eq!(counts(&answer).0, 1);
    assert!(answer["data"]["losses"][0]["what"].as_str().unwrap().contains("onStatusChange"));
    repo.cmpm(["ticket", "update", "task-1", "--status", "active"]).success();
    repo.cmpm(["ticket", "complete", "task-1"]).success();
    assert!(!serde_json::to_string(&exported(&repo)).unwrap().contains("curl") && !repo.exists("pwned"));
}

#[test]
fn broken_lines_are_told_and_of_versions_the_newest_counts() {
    let repo = TestRepo::new();
    let record =
        |title: &str, when: &str| json!({"id":"d-1","title":title,"status":"open","issue_type":"task","updated_at":when}).to_string();
    let lines = [
        "<<<<<<< ours".to_owned(),
        record("Newer", "2026-02-01T00:00:00Z"),
        "=======".to_owned(),
        record("Older", "2026-01-01T00:00:00Z"),
        ">>>>>>> theirs".to_owned(),
        "{\"id\":\"d-2\",".to_owned(),
        json!({"title":"No id","issue_type":"task"}).to_string(),
        json!({"id":"d-3","title":"Gone","status":"tombstone","issue_type":"task"}).to_string(),
        json!({"_type":"memory","key":"k","value":"v"}).to_string(),
    ];
    let file = outside(&repo, "issues.jsonl", &format!("\u{feff}{}\r\n", lines.join("\r\n")));
    let answer = repo.json(["ticket", "import", &file]);
    assert_eq!(counts(&answer), (1, 0, 0, 0, 4));
    assert_eq!(answer["data"]["imported"][0]["title"], "Newer");
    let lines: Vec<u64> = answer["findings"].as_array().unwrap().iter().map(|finding| finding["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [1, 3, 5, 6, 7, 4]);
    assert_eq!(answer["data"]["losses"].as_array().unwrap().len(), 2);
}

#[test]
fn odd_names_and_texts_stay_inside() {
    let repo = TestRepo::new();
    let lines = [
        json!({"id":"../../etc/passwd","title":"../../../outside\u{1b}[31m","status":"open","issue_type":"task"}),
        json!({"id":"a b","title":"","description":"# Head\n---\nid: EP-1\n---\n```\nopen","status":"\u{202e}odd","issue_type":"task","metadata":{"deep":{"x":[1,null,true]},"---":"\n---\n"}}),
        json!({"id":"=cmd()","title":"=HYPERLINK(\"x\")","status":"open","issue_type":"task","parent":"../../etc/passwd"}),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let file = outside(&repo, "issues.jsonl", &text);
    assert_eq!(counts(&repo.json(["ticket", "import", &file])).0, 3);
    let outside_files = std::fs::read_dir(repo.around()).unwrap().count();
    assert_eq!(outside_files, 3, "home, repo, there");
    let status = repo.git(["status", "--porcelain", "-uall"]);
    assert!(status.lines().all(|line| line.starts_with("?? tasks/")), "{status}");
    repo.commit_all("odd");
    assert_eq!(counts(&repo.json(["ticket", "import", &file])), (0, 0, 3, 0, 0));
    assert_eq!(repo.status(), "");
    let table = repo.cmpm(["ticket", "export", "--format", "csv"]).success().stdout;
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let cells: Vec<String> = reader.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])) && cells.contains(&"'=HYPERLINK(\"x\")".to_owned()));
}
