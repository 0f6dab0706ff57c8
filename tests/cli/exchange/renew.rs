//! Importing again: what changed there is taken over, what was edited here stays.

use serde_json::json;

use super::{by_alias, counts, exported, outside, rules};
use crate::support::TestRepo;

const FIRST: &str = concat!(
    r#"{"id":"x-1","title":"One","description":"old text","status":"open","priority":2,"issue_type":"task","updated_at":"2026-01-01T00:00:00Z","labels":["a"]}"#,
    "\n",
    r#"{"id":"x-2","title":"Two","status":"open","priority":2,"issue_type":"task","updated_at":"2026-01-01T00:00:00Z","comments":[{"id":1,"author":"ana","text":"hm","created_at":"2026-01-01T00:00:00Z"}]}"#,
    "\n"
);

fn imported(repo: &TestRepo) -> String {
    let file = outside(repo, "issues.jsonl", FIRST);
    repo.cmpm(["ticket", "import", &file, "--commit"]).success();
    file
}

#[test]
fn what_changed_there_is_taken_over_key_by_key() {
    let repo = TestRepo::new();
    imported(&repo);
    repo.cmpm(["ticket", "update", "x-1", "--assignee", "bo", "--label", "mine"]).success();
    let next = FIRST.replace("old text", "new text").replace("\"One\"", "\"Uno\"").replace(
        r#""text":"hm","created_at":"2026-01-01T00:00:00Z"}"#,
        r#""text":"hm","created_at":"2026-01-01T00:00:00Z"},{"id":2,"author":"bo","text":"yes","created_at":"2026-01-02T00:00:00Z"}"#,
    );
    let file = outside(&repo, "issues.jsonl", &next);
    let answer = repo.json(["ticket", "import", &file]);
    assert_eq!(counts(&answer), (0, 2, 0, 0, 0));
    assert_eq!((&answer["data"]["updated"][0]["keys"], &answer["data"]["comments"]), (&json!(["body", "title"]), &json!(1)));
    let all = exported(&repo);
    let one = by_alias(&all, "x-1");
    assert_eq!((&one["title"], &one["assignee"], &one["labels"]), (&json!("Uno"), &json!("bo"), &json!(["a", "mine"])));
    assert_eq!(one["body"], "## Description\n\nnew text");
    assert_eq!(by_alias(&all, "x-2")["comments"].as_array().unwrap().len(), 2);
    repo.commit_all("again");
    assert_eq!(counts(&repo.json(["ticket", "import", &file])), (0, 0, 2, 0, 0));
    assert_eq!(repo.status(), "");
}

#[test]
fn what_changed_on_both_sides_stays_and_is_told_each_time() {
    let repo = TestRepo::new();
    imported(&repo);
    repo.cmpm(["ticket", "update", "x-1", "--title", "Mine", "--commit"]).success();
    let file = outside(&repo, "issues.jsonl", &FIRST.replace("\"One\"", "\"Theirs\""));
    for _ in 0..2 {
        let answer = repo.json(["ticket", "import", &file]);
        assert_eq!((counts(&answer), rules(&answer)), ((0, 0, 1, 1, 0), vec!["changed-on-both-sides".to_owned()]));
        assert_eq!(answer["data"]["clashes"][0]["keys"], json!(["title"]));
        assert_eq!((repo.status(), &by_alias(&exported(&repo), "x-1")["title"]), (String::new(), &json!("Mine")));
    }
    // Both agree again: nothing is left to tell.
    repo.cmpm(["ticket", "update", "x-1", "--title", "Theirs"]).success();
    repo.json(["ticket", "import", &file]);
    assert_eq!(counts(&repo.json(["ticket", "import", &file])), (0, 0, 2, 0, 0));
}

#[test]
fn a_link_is_carried_as_soon_as_its_target_is_here() {
    let repo = TestRepo::new();
    let late = r#"{"id":"y-1","title":"Late","status":"open","issue_type":"task","dependencies":[{"issue_id":"y-1","depends_on_id":"y-2","type":"blocks"},{"issue_id":"y-1","depends_on_id":"y-1","type":"related"}]}"#;
    let file = outside(&repo, "y.jsonl", late);
    let answer = repo.json(["ticket", "import", &file]);
    assert_eq!(answer["data"]["losses"].as_array().unwrap().len(), 2, "{answer}");
    assert_eq!(by_alias(&exported(&repo), "y-1")["imported"]["links"], json!(["depends_on y-2"]));
    let file = outside(&repo, "y.jsonl", &format!("{late}\n{}\n", r#"{"id":"y-2","title":"Early","status":"open","issue_type":"task"}"#));
    assert_eq!(counts(&repo.json(["ticket", "import", &file])), (1, 1, 0, 0, 0));
    let all = exported(&repo);
    assert_eq!(by_alias(&all, "y-1")["depends_on"][0], by_alias(&all, "y-2")["id"]);
    assert!(by_alias(&all, "y-1").get("imported").is_none());
}

#[test]
fn an_import_is_taken_back_whole() {
    let repo = TestRepo::new();
    let file = outside(&repo, "issues.jsonl", FIRST);
    repo.cmpm(["ticket", "import", &file]).success();
    assert!(repo.cmpm(["undo", "--dry-run"]).success().stdout.contains("ticket import"));
    repo.cmpm(["undo"]).success();
    assert_eq!(repo.status(), "");
    assert_eq!(counts(&repo.json(["ticket", "import", &file])).0, 2);
}
