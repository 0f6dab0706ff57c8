//! What somebody imports knowingly can be committed in one go, whatever the foreign text looks like; only secrets stay outside.

use std::path::Path;

use serde_json::{Value, json};

use super::{by_alias, counts, exported, outside, rules};
use crate::support::{Answer, TestRepo};

fn project() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    repo.commit_all("project");
    repo
}

/// Runs cmpm where git's hooks find it.
fn hooked(repo: &TestRepo, arguments: &[&str]) -> Answer {
    let mut command = repo.command(arguments);
    let own = Path::new(env!("CARGO_BIN_EXE_cmpm")).parent().unwrap().display();
    command.env("PATH", format!("{own}:{}", std::env::var("PATH").unwrap()));
    repo.answer(command)
}

fn hooked_json(repo: &TestRepo, arguments: &[&str]) -> Value {
    serde_json::from_str(&hooked(repo, &[&["--json"], arguments].concat()).stdout).unwrap()
}

fn record(id: &str, more: &Value) -> String {
    let mut record = json!({"id": id, "title": format!("Ticket {id}"), "status": "open", "issue_type": "task"});
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record.to_string() + "\n"
}

/// A conflict as somebody pasted it, with a link that leads nowhere.
fn untidy() -> String {
    let mark = |sign: &str| sign.repeat(7);
    format!("See [old](gone.md).\n\n{} HEAD\none\n{}\ntwo\n{} main\n", mark("<"), mark("="), mark(">"))
}

#[test]
fn what_is_untidy_in_a_foreign_text_does_not_keep_an_import_from_being_committed() {
    let repo = project();
    let said = json!([{"author": "a", "created_at": "2026-01-01T00:00:00Z", "text": untidy()}]);
    let lines = [
        record("x-1", &json!({"description": untidy()})),
        record("x-2", &json!({"comments": said})),
        record(
            "x-3",
            &json!({"due_at": "soon", "labels": ["a"], "dependencies": [{"issue_id": "x-3", "depends_on_id": "x-9", "type": "blocks"}]}),
        ),
    ];
    let file = outside(&repo, "issues.jsonl", &lines.concat());
    repo.cmpm(["ticket", "import", &file, "--commit", "--dry-run"]).success();
    hooked(&repo, &["ticket", "import", &file, "--commit"]).success();
    assert_eq!((repo.status(), exported(&repo).len()), (String::new(), 3));
    let answer = repo.cmpm(["check", "--base", "HEAD~1"]).success();
    assert!(answer.stdout.contains("warning: an unresolved conflict") && answer.stdout.contains("`gone.md` leads to no file"), "{answer}");
    // A second time there is nothing to commit, and that is no error.
    let head = repo.git(["rev-parse", "HEAD"]);
    let again = hooked(&repo, &["ticket", "import", &file, "--commit"]).success();
    assert!(again.stdout.starts_with("Imported 0 tickets from beads, 3 here already"), "{again}");
    assert_eq!(repo.git(["rev-parse", "HEAD"]), head);
    // What somebody writes here is theirs.
    let path = by_path(&repo, "x-1");
    repo.write(&path, &repo.read(&path).replace("one\n", "other\n"));
    repo.git(["add", "-A"]);
    assert!(repo.cmpm(["check", "--all"]).exits(1).stdout.contains("error: an unresolved conflict"));
}

fn by_path(repo: &TestRepo, alias: &str) -> String {
    repo.json(["ticket", "show", alias])["data"]["path"].as_str().unwrap().to_owned()
}

#[test]
fn secrets_and_hidden_words_are_left_out_with_their_lines_and_the_rest_is_committed() {
    let repo = project();
    let token = format!("gh{}_{}", 'p', "R7dK2mQ9xW4sT1vB8nC5zL3jH6gF0pYaUeIo");
    let tags: String = "ignore all".chars().filter_map(|letter| char::from_u32(0xe0000 + letter as u32)).collect();
    let lines = [
        record("x-1", &json!({"description": "fine"})),
        record("x-2", &json!({"description": format!("use {token}")})),
        record("x-3", &json!({"description": format!("hello{tags}")})),
    ];
    // Where the export lies says nothing about where the tickets will be.
    let file = outside(&repo, "tests/fixtures/issues.jsonl", &lines.concat());
    let answer = hooked_json(&repo, &["ticket", "import", &file, "--commit"]);
    assert_eq!((counts(&answer), rules(&answer)), ((1, 0, 0, 0, 2), vec!["secret".to_owned(), "hidden-text".to_owned()]));
    for (finding, line) in answer["findings"].as_array().unwrap().iter().zip([2, 3]) {
        assert_eq!(
            (&finding["line"], finding["hint"].as_str().is_some_and(|hint| hint.ends_with("then import again"))),
            (&json!(line), true)
        );
    }
    assert_eq!((repo.status(), exported(&repo).len()), (String::new(), 1));
}

#[test]
fn a_link_of_a_part_of_an_export_is_refused_with_its_place() {
    let there = project();
    let first = there.json(["issue", "create", "First"])["data"]["id"].as_str().unwrap().to_owned();
    there.cmpm(["issue", "create", "Second", "--depends-on", &first]).success();
    let all = there.cmpm(["ticket", "export"]).success().stdout;
    let repo = project();
    let second = all.lines().find(|line| line.contains("Second")).unwrap();
    let answer = hooked(&repo, &["ticket", "import", &outside(&repo, "part.jsonl", &format!("{second}\n")), "--commit"]).exits(2);
    let says = format!(": `depends_on` refers to `{first}`, which does not exist");
    let place = answer.stderr.split(&says).next().and_then(|before| before.rsplit_once("-second.md:"));
    assert!(place.is_some_and(|(_, line)| line.parse::<u32>().is_ok()) && answer.stderr.contains("or remove it"), "{answer}");
    // With the rest it goes.
    hooked(&repo, &["ticket", "import", &outside(&repo, "all.jsonl", &all)]).success();
    repo.commit_all("all");
    repo.cmpm(["check", "--all"]).success();
}

#[test]
fn a_dry_run_says_what_keeps_the_commit_from_being_made() {
    let repo = project();
    let file = outside(&repo, "issues.jsonl", &record("x-1", &json!({"labels": [" ui ", "b"]})));
    let answer = repo.json(["ticket", "import", &file, "--dry-run"]);
    assert_eq!(answer["data"]["losses"][0]["what"], "blanks around what `labels` lists");
    repo.git(["config", "user.email", ""]);
    repo.git(["config", "user.useConfigOnly", "true"]);
    repo.git(["config", "--unset", "user.email"]);
    let without_identity = |more: &[&str]| {
        let answer = repo.cmpm([&["ticket", "import", &*file, "--commit"], more].concat());
        (answer.exit, answer.stderr)
    };
    assert_eq!(without_identity(&["--dry-run"]), without_identity(&[]));
}

#[test]
fn comments_of_beads_keep_names_that_are_no_numbers() {
    let repo = project();
    let uuid = "0192f1aa-7c11-7d3e-9a55-0c6f2b3d4e5f";
    let said = json!([{"id": uuid, "issue_id": "x-1", "author": "a", "text": "hi", "created_at": "2026-01-01T00:00:00Z"}]);
    let file = outside(&repo, "issues.jsonl", &record("x-1", &json!({"comments": said, "created_at": "2026-01-01T00:00:00Z"})));
    hooked(&repo, &["ticket", "import", &file, "--commit"]).success();
    assert_eq!(by_alias(&exported(&repo), "x-1")["comments"][0]["id"], uuid);
    let back = repo.cmpm(["ticket", "export", "-f", "beads"]).success().stdout;
    assert_eq!(serde_json::from_str::<Value>(&back).unwrap()["comments"], said);
    let before = repo.git(["rev-parse", "HEAD"]);
    assert_eq!(counts(&hooked_json(&repo, &["ticket", "import", &file, "--commit"])), (0, 0, 1, 0, 0));
    assert_eq!((repo.git(["rev-parse", "HEAD"]), repo.status()), (before, String::new()));
}

#[test]
fn a_memory_with_an_example_of_a_conflict_is_committed_too() {
    let repo = project();
    let page = format!("# 1. Use X\n\n## Status\n\nAccepted\n\n## Context\n\n{}\n## Decision\n\nX.\n", untidy());
    outside(&repo, "adr/0001-x.md", &page);
    hooked(&repo, &["memory", "import", "../there/adr", "--commit"]).success();
    assert_eq!(repo.status(), "");
}
