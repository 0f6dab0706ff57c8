//! What single files say, and what a merge or an edit makes of it.

use super::{repo_with, ticket};
use crate::merge::{self, diverge, try_git};
use crate::support::TestRepo;

/// The words after the id of what can be started.
fn ready(repo: &TestRepo) -> Vec<String> {
    let answer = repo.json(["ready"]);
    answer["data"]["tickets"].as_array().unwrap().iter().map(|ticket| ticket["id"].as_str().unwrap().to_owned()).collect()
}

fn with_status(word: &str) -> String {
    ticket("ISS-1", "").replace("status: active", &format!("status: {word}"))
}

#[test]
fn one_value_is_never_made_of_two() {
    for key in ["owner", "assignee", "assignees", "author", "milestone", "title"] {
        for (ours, theirs) in [("ana, ben", "ana, cy"), ("[ben]", "[cy]"), ("ben", "cy")] {
            let repo = merge::project();
            let say = |value: &str| {
                merge::ticket(&format!("status: todo\n{key}: {value}\n"), "").replacen("title: One\n", "", usize::from(key == "title"))
            };
            repo.write(merge::TICKET, &say(if ours.starts_with('[') { "[ana]" } else { "ana" }));
            repo.commit_all("before");
            diverge(&repo, |repo| repo.write(merge::TICKET, &say(ours)), |repo| repo.write(merge::TICKET, &say(theirs)));
            let said = try_git(&repo, ["merge", "-q", "side"]);
            let merged = repo.read(merge::TICKET);
            assert!(
                merged.contains(&format!("\n{key}: {ours}\n# <<<<<<< ours\n# {key}: {ours}\n# =======\n# {key}: {theirs}\n")),
                "{said}{merged}"
            );
        }
    }
}

#[test]
fn what_prose_begins_with_is_no_field() {
    let repo = TestRepo::new();
    let file = "tasks/issues/ISS-1.md";
    let text = "# ISS-1: One\n\nStatus: open\nDepends on: the weather\nProject ID: 17\nRelated: nothing\nDefer until: spring\n\n## Target date\n\nSoon.\n\n\
                ## Depends on\n\nLuck.\n\n## Due date\n\n2026-12-24\n";
    repo.write(file, text);
    let shown = repo.json(["ticket", "show", "ISS-1"])["data"].clone();
    assert_eq!((shown["status"].as_str(), shown["due"].as_str()), (Some("open"), Some("2026-12-24")), "{shown}");
    assert_eq!((&shown["parent"], shown["depends_on"].as_array().map(Vec::len)), (&serde_json::Value::Null, Some(0)), "{shown}");
    assert!(repo.cmpm(["ticket", "show", "ISS-1"]).success().stdout.contains("Depends on: the weather"));
    repo.cmpm(["issue", "update", "ISS-1", "--estimate", "3", "--priority", "high"]).success();
    assert_eq!(repo.read(file), text.replace("Status: open\n", "Status: open\nPriority: high\n**Estimate**: 3\n"));
    let shown = repo.json(["ticket", "show", "ISS-1"])["data"].clone();
    assert_eq!(shown["estimate"].as_str(), Some("3"), "{shown}");
}

#[test]
fn what_nobody_decided_on_is_to_do_and_not_offered() {
    let repo = repo_with(&[]);
    for word in ["triage", "Idea", "backlog", "draft", "proposed", "deferred", "Icebox"] {
        repo.write("tasks/issues/ISS-1.md", &with_status(word));
        assert_eq!(repo.json(["ticket", "show", "ISS-1"])["data"]["category"].as_str(), Some("todo"), "{word}");
        assert_eq!(ready(&repo), [""; 0], "{word}");
        let explained = repo.cmpm(["ready", "--explain"]).success().stdout;
        assert!(explained.contains(&format!("is {word}, not decided yet")), "{explained}");
        assert!(repo.json(["next"])["data"]["ticket"].is_null(), "{word}");
    }
    repo.write(".cmpm/config.yaml", "statuses: {icebox: todo}\n");
    assert_eq!(ready(&repo), ["ISS-1"], "the project says what it means");
    for word in ["new", "planned", "open", "Not Started"] {
        repo.write("tasks/issues/ISS-1.md", &with_status(word));
        assert_eq!(ready(&repo), ["ISS-1"], "{word}");
    }
}

#[test]
fn a_status_is_a_word_and_not_its_letters() {
    let repo = repo_with(&[]);
    for (word, category) in [
        ("In Progress", "active"),
        ("in-progress", "active"),
        ("inProgress", "active"),
        ("in_progress", "active"),
        ("DONE", "done"),
        ("Won't Do", "cancelled"),
        ("done?", "active"),
        ("re-solved", "active"),
        ("in-complete", "active"),
        ("-done", "active"),
    ] {
        repo.write("tasks/issues/ISS-1.md", &with_status(&format!("\"{word}\"")));
        assert_eq!(repo.json(["ticket", "show", "ISS-1"])["data"]["category"].as_str(), Some(category), "{word}");
    }
}

#[test]
fn what_is_no_text_is_never_replaced_by_one() {
    let file = "tasks/issues/ISS-1.md";
    for (keys, line, edits) in [
        ("labels: {a: b}\n", 6, vec!["--label", "x"]),
        ("tags:\n  - a\n  - b: c\n", 6, vec!["--label", "x"]),
        ("tags:\n  - a\n  - b: c\n", 6, vec!["--remove-label", "a"]),
        ("estimate: 1\ndepends_on: [[a]]\n", 7, vec!["--depends-on", "ISS-2"]),
        ("paths:\n  a: b\n", 6, vec!["--path", "src/**"]),
        ("assignee: {name: ana}\n", 6, vec!["--assignee", "ben"]),
        ("due: {day: 1}\n", 6, vec!["--due", ""]),
        ("parent:\n  - {a: b}\n", 6, vec!["--parent", ""]),
    ] {
        let repo = repo_with(&[("ISS-1", keys), ("ISS-2", "")]);
        let refused = repo.cmpm([&["issue", "update", "ISS-1"], edits.as_slice()].concat()).exits(2);
        assert!(refused.stderr.contains(&format!("{file}:{line}: `")) && refused.stderr.contains("write it as texts"), "{refused}");
        assert_eq!(repo.read(file), ticket("ISS-1", keys));
    }
    let repo = repo_with(&[("ISS-1", "labels: {a: b}\n")]);
    repo.write("plan.yaml", "schema: cmpm.plan/1\nname: p\ntickets:\n  - id: ISS-1\n    labels: [x]\n");
    repo.cmpm(["ticket", "apply", "plan.yaml"]);
    assert_eq!(repo.read(file), ticket("ISS-1", "labels: {a: b}\n"));
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    let repo = repo_with(&[("ISS-1", "")]);
    let long = "x".repeat(64 * 1024);
    for edit in [
        ["issue", "create", "T", "--label", &long],
        ["issue", "create", "T", "--milestone", &long],
        ["issue", "create", &long, "--priority", "high"],
        ["issue", "update", "ISS-1", "--label", &long],
        ["issue", "update", "ISS-1", "--title", &long],
        ["memory", "add", "Links break.", "--tag", &long],
    ] {
        let refused = repo.cmpm(edit).exits(2);
        assert!(refused.stderr.contains("more than 65536 cannot be read again"), "{:.300}", refused.to_string());
    }
    assert_eq!(repo.status(), "");
    repo.cmpm(["issue", "create", "T", "--description", &long]).success();
}

#[test]
fn several_people_where_one_is_meant_are_all_found() {
    let repo = repo_with(&[("ISS-1", "author: [ana, ben]\nassignees: [cy, dot]\n"), ("ISS-2", "author: eve\n")]);
    for question in [["--where", "author=ben"], ["--where", "author=ana"], ["--where", "assignee=dot"], ["--assignee", "dot"]] {
        let listed = repo.cmpm(["ticket", "list"].iter().chain(&question)).success().stdout;
        assert!(listed.contains("ISS-1") && !listed.contains("ISS-2"), "{question:?}: {listed}");
    }
}

#[test]
fn a_board_has_what_its_filter_names() {
    let repo = repo_with(&[("ISS-2", "")]);
    repo.write("tasks/issues/ISS-1.md", &with_status("wontfix"));
    for config in ["", "board: {columns: [active]}\n"] {
        repo.write(".cmpm/config.yaml", config);
        assert!(!repo.cmpm(["board"]).success().stdout.contains("ISS-1"));
        for filter in [["--status", "cancelled"], ["--status", "wontfix"], ["--where", "status=cancelled"]] {
            let board = repo.cmpm(["board"].iter().chain(&filter)).success().stdout;
            assert!(board.contains("ISS-1") && !board.contains("ISS-2"), "{board}");
        }
    }
}

#[test]
fn what_names_nothing_is_shown_under_its_own_key() {
    let repo = repo_with(&[]);
    let keys = "dependsOn: [ISS-8]\nblockedBy: [ISS-9]\n---\n\n";
    repo.write("tasks/issues/ISS-1.md", &with_status("todo").replace("---\n\n", keys));
    repo.commit_all("ticket");
    for verb in [["check", "--all"], ["ready", "--here"]] {
        let said = repo.cmpm(verb).to_string();
        for (line, key, id) in [(6, "dependsOn", "ISS-8"), (7, "blockedBy", "ISS-9")] {
            let found = said.lines().any(|said| {
                said.starts_with(&format!("tasks/issues/ISS-1.md:{line}: ")) || said.contains(&format!(" tasks/issues/ISS-1.md:{line}: "))
            });
            assert!(found && said.contains(&format!("`{key}` refers to `{id}`")), "{said}");
        }
    }
}
