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
    for line in [
        "priority: medium → high",
        "status: planning → active",
        "labels: - → x",
        "commented",
        "Tess Test: tried it",
        "  file: tasks/issues/ISS-00000001-fix-it.md → tasks/issues/ISS-00000001-renamed.md\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let since = |date: &str| repo.json(["ticket", "log", "ISS-0", "--since", date])["data"]["events"].as_array().unwrap().len();
    assert_eq!((since("-1w"), since("2026-01-31T09:00:00Z")), (5, 5));
    let mut later = repo.command(["ticket", "log", "ISS-0", "--since", "-3d"]);
    later.env("CMPM_NOW", "2200-01-04T00:00:00Z");
    let text = repo.answer(later).success().stdout;
    assert!(text.contains("uncommitted") && !text.contains("added"), "what is not committed is new: {text}");
    let future = repo.cmpm(["ticket", "log", "ISS-0", "--since", "3d"]).exits(2);
    assert_eq!(future.stderr, "error: `3d` is in the future\nhint: `-3d` is three days ago\n");
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

#[test]
fn a_merge_says_which_side_it_took_where_both_had_decided() {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "Fix it", "--priority", "low", "--commit"]).success();
    repo.git(["checkout", "-q", "-b", "side"]);
    repo.cmpm(["ticket", "update", "ISS-0", "--priority", "high", "--status", "active", "--commit"]).success();
    repo.git(["checkout", "-q", "main"]);
    repo.cmpm(["ticket", "update", "ISS-0", "--priority", "critical", "--commit"]).success();
    repo.git(["merge", "-q", "-s", "ours", "-m", "ours", "side"]);
    let merge = repo.json(["ticket", "log", "ISS-0"])["data"]["events"][0].clone();
    let decisions = serde_json::json!([{"key": "priority", "sides": ["critical", "high"], "taken": 1}]);
    assert_eq!((&merge["what"], &merge["subject"], &merge["decisions"]), (&"merged".into(), &"ours".into(), &decisions), "{merge}");
    assert!(merge["changes"].is_null(), "the status was changed on one side only: {merge}");
    let text = repo.cmpm(["ticket", "log", "ISS-0"]).success().stdout;
    assert!(text.contains("  merged: priority: critical | high → critical (this side)\n"), "{text}");
    // Where only one side changed it there is nothing to decide.
    repo.git(["reset", "-q", "--hard", "HEAD^1"]);
    repo.git(["reset", "-q", "--hard", "HEAD~1"]);
    repo.commit_all("nothing");
    repo.git(["merge", "-q", "--no-ff", "-m", "clean", "side"]);
    let whats = |arguments: &[&str]| {
        let events = repo.json(arguments)["data"]["events"].clone();
        events.as_array().unwrap().iter().map(|event| event["what"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(whats(&["ticket", "log", "ISS-0"]), ["changed", "added"]);
    // Nor can a clone tell that does not know what the sides began with.
    repo.git(["clone", "-q", "--depth", "2", &format!("file://{}", repo.root().display()), "../two"]);
    let shallow = repo.around().join("two");
    assert!(!whats(&["-C", shallow.to_str().unwrap(), "ticket", "log", "ISS-0"]).contains(&"merged".to_owned()));
}

#[test]
fn a_shallow_clone_says_where_its_history_ends() {
    let repo = with_history();
    repo.cmpm(["memory", "add", "Ports are fixed."]).success();
    repo.write("other.txt", "x");
    repo.commit_all("something else");
    let shallow = repo.around().join("shallow");
    repo.git(["clone", "-q", "--depth", "1", &format!("file://{}", repo.root().display()), shallow.to_str().unwrap()]);
    let there = |arguments: &[&str]| {
        let mut command = repo.command(["-C", shallow.to_str().unwrap()]);
        command.args(arguments);
        repo.answer(command)
    };
    let json = |arguments: &[&str]| serde_json::from_str::<serde_json::Value>(&there(&[&["--json"], arguments].concat()).stdout).unwrap();
    let events = json(&["ticket", "log", "ISS-0"])["data"]["events"].clone();
    let last = events.as_array().unwrap().last().unwrap();
    assert_eq!((&last["what"], &last["author"], &last["changes"]), (&"edge".into(), &().into(), &().into()), "{events}");
    let text = there(&["ticket", "log", "ISS-0"]).success().stdout;
    assert!(text.ends_with("  history ends here\n"), "{text}");
    let memory = json(&["memory", "list"])["data"]["memories"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(json(&["memory", "history", &memory])["data"]["versions"][0]["what"], "edge");
    assert!(there(&["memory", "history", &memory]).success().stdout.ends_with("  history ends here\n"));
    let answer = there(&["check", "--base", "HEAD~1"]).exits(2);
    assert!(answer.stderr.contains("the history of this clone ends before `HEAD~1`"), "{answer}");
    assert!(answer.stderr.contains("`git fetch --unshallow`") && !answer.stderr.contains("traverse"), "{answer}");
    let answer = there(&["check", "--base", "nowhere~1"]).exits(2);
    assert!(answer.stderr.starts_with("error: `nowhere~1` is not a commit: there is no reference `nowhere`\n"), "{answer}");
}
