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
    let since = |date: &str| repo.json(["ticket", "log", "ISS-0", "--since", date])["data"]["events"].as_array().unwrap().len();
    assert_eq!((since("-1w"), since("2026-01-31T09:00:00Z"), since("2200-01-01")), (5, 5, 1), "what is not committed is new");
    assert!(repo.cmpm(["ticket", "log", "ISS-0", "--since", "soonish"]).exits(2).stderr.contains("`soonish` is not a date"));
    repo.cmpm(["task", "log", "ISS-0"]).exits(2);
    repo.cmpm(["ticket", "log", "ISS-9"]).exits(2);
}

#[test]
fn a_file_is_followed_from_anywhere() {
    let repo = TestRepo::new();
    repo.write("note.md", "---\nid: ISS-1\nkind: issue\ntitle: One\nstatus: planning\n---\n");
    repo.commit_all("a note");
    std::fs::create_dir_all(repo.path("tasks/issues")).unwrap();
    repo.git(["mv", "note.md", "tasks/issues/one.md"]);
    repo.commit_all("a ticket");
    repo.git(["mv", "tasks/issues/one.md", "tasks/issues/two.md"]);
    let events = repo.json(["ticket", "log", "ISS-1"])["data"]["events"].clone();
    let path = |event: &serde_json::Value| format!("{} {}", event["what"].as_str().unwrap(), event["path"].as_str().unwrap());
    let paths: Vec<String> = events.as_array().unwrap().iter().map(path).collect();
    assert_eq!(paths, ["renamed tasks/issues/one.md", "added note.md"]);
}

#[test]
fn a_log_fits_the_terminal_and_a_pipe_is_not_cut() {
    let repo = with_history();
    let title = "A title that is longer than any terminal is wide, and then goes on to be a good deal longer than that, to the end";
    repo.cmpm(["ticket", "update", "ISS-0", "--title", title]).success();
    repo.cmpm(["ticket", "comment", "ISS-0", &format!("{title}.\n\nAnd more.")]).success();
    let piped = repo.cmpm(["ticket", "log", "ISS-0"]).success().stdout;
    assert!(piped.contains(&format!("title: Fix it → {title}\n")) && piped.contains(&format!("Tess Test: {title}.\n")), "{piped}");
    let mut narrow = repo.command(["ticket", "log", "ISS-0"]);
    narrow.env("CMPM_COLUMNS", "40");
    let narrow = repo.answer(narrow).success().stdout;
    assert!(narrow.lines().skip(1).all(|line| line.chars().count() <= 40), "{narrow}");
    assert!(narrow.contains("  title: Fix it → A title that is longe…\n"), "{narrow}");
}

#[test]
fn a_removed_ticket_has_a_log() {
    let repo = with_history();
    repo.git(["checkout", "-q", "--", "."]);
    repo.git(["rm", "-q", "tasks/issues/ISS-00000001-renamed.md"]);
    repo.commit_all("gone");
    let answer = repo.json(["ticket", "log", "ISS-0000"]);
    assert_eq!((&answer["data"]["title"], &answer["data"]["events"][0]["what"]), (&"Fix it".into(), &"removed".into()));
    assert_eq!((&answer["data"]["id"], &answer["data"]["path"]), (&"ISS-00000001".into(), &"tasks/issues/ISS-00000001-renamed.md".into()));
    // Created again under another name, it has its whole past.
    repo.git(["checkout", "-q", "HEAD~1", "--", "tasks"]);
    repo.git(["mv", "tasks/issues/ISS-00000001-renamed.md", "tasks/issues/ISS-00000001.md"]);
    repo.commit_all("again");
    let answer = repo.json(["ticket", "log", "ISS-0000"]);
    let what: Vec<_> = answer["data"]["events"].as_array().unwrap().iter().map(|event| event["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["commented", "added", "removed", "renamed", "changed", "added"]);
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
