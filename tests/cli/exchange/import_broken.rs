//! Imports of what is interrupted, empty, rubbish, or names what is not there; and aliases of what was imported in commit messages.

use std::process::Stdio;

use crate::support::TestRepo;

fn issue(number: u32) -> String {
    format!(r#"{{"number": {number}, "title": "Issue {number}", "state": "OPEN", "body": "text"}}"#)
}

#[test]
fn of_a_list_that_is_cut_off_the_whole_records_are_taken() {
    let repo = TestRepo::new();
    repo.write("../gh.json", &format!("[{},\n{},\n{{\"number\": 3, \"tit", issue(1), issue(2)));
    let answer = repo.cmpm(["ticket", "import", "../gh.json"]).success();
    assert!(answer.stdout.starts_with("Imported 2 tickets from github"), "{answer}");
    assert!(format!("{}{}", answer.stdout, answer.stderr).contains("not JSON"), "{answer}");
}

#[test]
fn what_cannot_be_read_at_all_is_an_error() {
    for (text, format) in [("[{\"number\": 1, \"tit", "github"), ("rubbish\n", "beads"), ("{\"id\": \"bd-1\"", "beads")] {
        let repo = TestRepo::new();
        repo.write("../source.json", text);
        let answer = repo.cmpm(["ticket", "import", "../source.json", "--from", format]).exits(2);
        assert!(answer.stderr.contains("nothing in ../source.json can be read as"), "{answer}");
        assert_eq!(repo.status(), "");
    }
}

#[test]
fn a_folder_of_pages_none_of_which_is_a_ticket_is_an_error() {
    let repo = TestRepo::new();
    repo.write("../old/.tickets/007-editing.md", "# 007 Editing\n\nStatus: DONE\n");
    for more in [&["--dry-run"][..], &[]] {
        let answer = repo.cmpm([&["ticket", "import", "../old"], more].concat()).exits(2);
        assert!(answer.stderr.contains("nothing in ../old can be read as tk: "), "{answer}");
    }
}

#[test]
fn an_export_of_nothing_can_be_read_back() {
    let repo = TestRepo::new();
    let exported = repo.cmpm(["ticket", "export"]).success();
    repo.write("../none.jsonl", &exported.stdout);
    let answer = repo.cmpm(["ticket", "import", "../none.jsonl"]).success();
    assert!(answer.stdout.starts_with("Imported 0 tickets"), "{answer}");
}

#[test]
fn links_of_other_tools_to_what_is_not_there_are_kept_as_text() {
    let repo = TestRepo::new();
    let page = "---\ntask_id: TSK-0001\nissue_id: ISS-0001\nepic_id: EP-0045\ntitle: One\nstatus: planning\n---\n\n# One\n";
    repo.write("../old/tasks/tasks/TSK-0001-one.md", page);
    repo.write("../old/tasks/issues/ISS-0001-two.md", "---\nissue_id: ISS-0001\nepic_id: EP-0046\ntitle: Two\nstatus: planning\n---\n");
    repo.cmpm(["ticket", "import", "../old/tasks", "--from", "ai-trackdown"]).success();
    let tickets = repo.json(["ticket", "list", "--all"]);
    for row in tickets["data"]["tickets"].as_array().unwrap() {
        let text = repo.read(row["path"].as_str().unwrap());
        assert!(!text.contains("\nepic_id:"), "{text}");
        assert!(text.contains("EP-004"), "{text}");
    }
    repo.cmpm(["check"]).success();
}

#[test]
fn a_commit_closes_by_aliases_and_foreign_numbers_hide_nothing() {
    let repo = TestRepo::new();
    let line = |id: u32| format!("{{\"id\":\"bd-{id}\",\"title\":\"T{id}\",\"status\":\"open\",\"issue_type\":\"task\",\"priority\":1}}\n");
    repo.write("../b.jsonl", &(1..4).map(line).collect::<String>());
    repo.cmpm(["ticket", "import", "../b.jsonl"]).success();
    let text = |text: &str| {
        repo.write("../text.md", text);
        let mut command = repo.command(["ticket", "from-commit", "--text", "../text.md"]);
        command.stdin(Stdio::null());
        repo.answer(command).success().stdout
    };
    let closed = text("Closes bd-2");
    assert!(closed.starts_with("Completed ") && closed.contains(": T2"), "{closed}");
    let closed = text("Closes #1, bd-3 and #7, bd-1.");
    assert!(closed.contains(": T3") && closed.contains(": T1"), "{closed}");
    assert_eq!(text("fixes sha-256 and utf-8"), "No tickets are named.\n");
}
