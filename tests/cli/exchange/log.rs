//! `cmpm ticket log`, and tickets as they were.

use crate::support::TestRepo;

fn with_history() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "Fix it", "--commit"]).success();
    repo.cmpm(["ticket", "update", "ISS-0", "--status", "active", "--label", "x", "-d", "More.", "--commit"]).success();
    repo.git(["mv", "tasks/issues/ISS-00000001-fix-it.md", "tasks/issues/ISS-00000001-renamed.md"]);
    repo.commit_all("rename");
    repo.cmpm(["ticket", "comment", "ISS-0", "tried it", "--commit"]).success();
    repo
}

#[test]
fn a_log_says_who_changed_what_from_what() {
    let repo = with_history();
    repo.cmpm(["ticket", "update", "ISS-0", "--priority", "high"]).success();
    let answer = repo.json(["issue", "log", "ISS-0"]);
    let events = answer["data"]["events"].as_array().unwrap();
    let what: Vec<&str> = events.iter().map(|event| event["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["uncommitted", "commented", "renamed", "changed", "added"]);
    assert_eq!(events[0]["changes"], serde_json::json!([{"key": "priority", "from": "medium", "to": "high"}]));
    assert_eq!((&events[3]["author"], &events[3]["changes"][0]["key"]), (&"Tess Test".into(), &"status".into()));
    let text = repo.cmpm(["ticket", "log", "ISS-0"]).success().stdout;
    for line in ["priority: medium → high", "status: planning → active", "labels: - → x", "commented", "Tess Test: tried it"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    repo.cmpm(["task", "log", "ISS-0"]).exits(2);
    repo.cmpm(["ticket", "log", "ISS-9"]).exits(2);
}

#[test]
fn a_removed_ticket_has_a_log() {
    let repo = with_history();
    repo.git(["checkout", "-q", "--", "."]);
    repo.git(["rm", "-q", "tasks/issues/ISS-00000001-renamed.md"]);
    repo.commit_all("gone");
    let answer = repo.json(["ticket", "log", "ISS-0000"]);
    assert_eq!((&answer["data"]["title"], &answer["data"]["events"][0]["what"]), (&"Fix it".into(), &"removed".into()));
}

#[test]
fn tickets_are_shown_as_they_were() {
    let repo = with_history();
    assert_eq!(repo.json(["ticket", "show", "ISS-0", "--at", "HEAD~3"])["data"]["status"], "planning");
    assert_eq!(repo.json(["ticket", "show", "ISS-0", "--at", "HEAD~2"])["data"]["status"], "active");
    assert_eq!(repo.json(["ticket", "show", "ISS-0", "--at", "HEAD"])["data"]["comments"].as_array().unwrap().len(), 1);
    assert_eq!(repo.json(["ticket", "show", "ISS-0", "--at", "HEAD~1"])["data"]["comments"].as_array().unwrap().len(), 0);
    let listed = |at: &str| repo.json(["ticket", "list", "--at", at])["data"]["tickets"].as_array().unwrap().len();
    assert_eq!((listed("HEAD"), listed("HEAD~4")), (1, 0));
    repo.cmpm(["ticket", "show", "ISS-0", "--at", "HEAD~4"]).exits(2);
    repo.cmpm(["ticket", "show", "ISS-0", "--at", "nowhere"]).exits(2);
}
