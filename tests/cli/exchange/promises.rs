//! What imports and plans owe to the rest of the house: no cycle is written, ids and statuses are the project's, files without
//! front matter are tickets.

use std::process::Stdio;

use serde_json::json;

use super::{by_alias, counts, exported, outside};
use crate::support::TestRepo;

fn bead(id: &str, needs: &[&str]) -> String {
    let needs: Vec<_> = needs.iter().map(|other| json!({"issue_id": id, "depends_on_id": other, "type": "blocks"})).collect();
    json!({"id": id, "title": id, "status": "open", "priority": 2, "issue_type": "task", "dependencies": needs}).to_string() + "\n"
}

#[test]
fn a_source_with_a_cycle_comes_without_the_link_that_closes_it() {
    let repo = TestRepo::new();
    let text = bead("bd-a", &["bd-b"]) + &bead("bd-b", &["bd-c"]) + &bead("bd-c", &["bd-a", "bd-d"]) + &bead("bd-d", &[]);
    let file = outside(&repo, "issues.jsonl", &text);
    let import = || repo.json(["ticket", "import", &file]);
    let first = import();
    assert_eq!((counts(&first), &first["data"]["links"]), ((4, 0, 0, 0, 0), &json!(3)), "{first}");
    let finding = &first["findings"][0];
    assert_eq!((&finding["rule"], &finding["line"]), (&json!("cycle"), &json!(3)), "{first}");
    assert!(finding["message"].as_str().unwrap().contains("`depends_on: bd-a` would close a dependency cycle"), "{finding}");
    let all = exported(&repo);
    let last = by_alias(&all, "bd-c");
    assert_eq!((last["depends_on"].as_array().unwrap().len(), &last["imported"]["links"]), (1, &json!(["depends_on bd-a"])));
    repo.cmpm(["check", "--all"]).success();
    assert_eq!(counts(&import()), (0, 0, 4, 0, 0), "the next import decides the same");
    std::fs::write(&file, bead("bd-a", &["bd-d"]) + text.split_once('\n').unwrap().1).unwrap();
    let fixed = import();
    assert_eq!((counts(&fixed), fixed["findings"].as_array().unwrap().len()), ((0, 2, 2, 0, 0), 0), "{fixed}");
    repo.cmpm(["check", "--all"]).success();
}

#[test]
fn a_page_that_closes_a_cycle_is_named_with_its_line() {
    let repo = TestRepo::new();
    let page = |id: &str, needs: &str| format!("---\nissue_id: {id}\ntitle: {id}\nstatus: active\ndependencies: [{needs}]\n---\n\nText.\n");
    outside(&repo, "tasks/issues/ISS-0001-a.md", &page("ISS-0001", "ISS-0002"));
    let file = outside(&repo, "tasks/issues/ISS-0002-b.md", &page("ISS-0002", "ISS-0001"));
    let folder = file.strip_suffix("/tasks/issues/ISS-0002-b.md").unwrap();
    let answer = repo.json(["ticket", "import", folder, "--from", "ai-trackdown"]);
    assert_eq!(counts(&answer).0, 2, "{answer}");
    let finding = &answer["findings"][0];
    assert!(finding["path"].as_str().unwrap().ends_with("ISS-0002-b.md") && finding["line"] == 5, "{finding}");
}

#[test]
fn no_plan_closes_a_cycle_not_even_two_at_once() {
    let repo = TestRepo::new();
    for name in ["a", "b"] {
        repo.write(&format!("tasks/issues/ISS-{name}.md"), &format!("---\nid: ISS-{name}\nkind: issue\ntitle: T\nstatus: planning\n---\n"));
    }
    repo.write("part.yaml", "tickets:\n  - id: ISS-a\n    depends_on: [ISS-b]\n    children:\n      - {title: Part, blocks: [ISS-b]}\n");
    let refused = repo.cmpm(["ticket", "apply", "part.yaml", "--dry-run"]).exits(2);
    assert!(refused.stderr.contains("part.yaml:2: dependency cycle"), "{refused}");
    repo.cmpm(["ticket", "apply", "part.yaml"]).exits(2);
    for (from, to) in [("a", "b"), ("b", "a")] {
        repo.write(&format!("{from}.yaml"), &format!("tickets:\n  - id: ISS-{from}\n    depends_on: [ISS-{to}]\n"));
    }
    for _ in 0..8 {
        let mut writers = ["a.yaml", "b.yaml"]
            .map(|plan| repo.command(["ticket", "apply", plan]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let codes = writers.each_mut().map(|writer| writer.wait().unwrap().code().unwrap());
        assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
        repo.cmpm(["check", "--all"]).success();
        repo.cmpm(["ticket", "update", "ISS-a", "--unlink", "ISS-b"]);
        repo.cmpm(["ticket", "update", "ISS-b", "--unlink", "ISS-a"]);
    }
}

#[test]
fn new_ids_begin_as_the_project_wants_it() {
    let repo = TestRepo::new();
    repo.write(".cmpm/config.yaml", "prefixes: {issue: TKT, task: JOB}\n");
    repo.write("plan.yaml", "tickets:\n  - title: A\n    kind: issue\n    children: [B]\n");
    let made = repo.json(["ticket", "apply", "plan.yaml"]);
    let file = outside(&repo, "issues.jsonl", &bead("bd-a", &[]));
    repo.cmpm(["ticket", "import", &file]).success();
    let mut ids: Vec<String> = exported(&repo).iter().map(|ticket| ticket["id"].as_str().unwrap().chars().take(4).collect()).collect();
    ids.sort();
    assert_eq!(ids, ["JOB-", "JOB-", "TKT-"], "{made}");
}

#[test]
fn a_status_is_written_where_it_counts() {
    let repo = TestRepo::new();
    let old = "---\nissue_id: ISS-0001\ntitle: Old\nstatus: active\nstate: ready_for_qa\n---\n";
    repo.write("tasks/issues/ISS-0001-old.md", old);
    repo.write("plan.yaml", "tickets:\n  - id: ISS-0001\n    status: done\n");
    repo.cmpm(["ticket", "apply", "plan.yaml"]).success();
    assert_eq!(repo.json(["issue", "show", "ISS-0001"])["data"]["category"], "done");
    repo.write("tasks/issues/ISS-0001-old.md", old);
    repo.write("plan.yaml", "tickets:\n  - id: ISS-0001\n    status: planning\n");
    repo.cmpm(["ticket", "apply", "plan.yaml"]).success();
    assert_eq!(repo.json(["issue", "show", "ISS-0001"])["data"]["status"], "planning");
    for (known, verb, wanted) in [("draft", "complete", "merged"), ("closed", "complete", "closed"), ("merged", "reopen", "open")] {
        let status = if verb == "reopen" { "completed" } else { "active" };
        repo.write("tasks/prs/PR-0001-x.md", &format!("---\npr_id: PR-0001\ntitle: X\nstatus: {status}\npr_status: {known}\n---\n"));
        repo.cmpm(["pr", verb, "PR-0001"]).success();
        assert!(repo.read("tasks/prs/PR-0001-x.md").contains(&format!("\npr_status: {wanted}\n")), "{verb}");
    }
}

const HEADED: &str = "# ISS-0179: Fix the clock\n\n**Status:** Open\n**Priority:** high\n**Epic:** EPIC-001 (All clocks)\n**Labels:** time, bug\n\n## Description\n\nIt is late.\n";

#[test]
fn a_file_without_front_matter_is_imported_exported_and_has_a_history() {
    let repo = TestRepo::new();
    let file = outside(&repo, "tickets/issues/ISS-0179-fix-the-clock.md", HEADED);
    outside(&repo, "tickets/issues/ISS-0180-notes.md", "# Notes\n\nNothing.\n");
    let folder = file.strip_suffix("/tickets/issues/ISS-0179-fix-the-clock.md").unwrap();
    let answer = repo.json(["ticket", "import", folder, "--from", "ai-trackdown"]);
    assert_eq!(counts(&answer).0, 1, "{answer}");
    let ticket = by_alias(&exported(&repo), "ISS-0179");
    assert_eq!(
        (&ticket["title"], &ticket["priority"], &ticket["labels"]),
        (&json!("Fix the clock"), &json!("high"), &json!(["time", "bug"]))
    );
    let body = ticket["body"].as_str().unwrap();
    assert!(body.contains("It is late.") && !body.contains("**Status:**"), "{body}");
    assert_eq!(counts(&repo.json(["ticket", "import", folder, "--from", "ai-trackdown"])).2, 1);

    let here = TestRepo::new();
    here.write("tasks/issues/ISS-0179-fix-the-clock.md", HEADED);
    here.commit_all("as it was");
    here.cmpm(["issue", "update", "ISS-0179", "--status", "active", "--commit"]).success();
    let log = here.json(["issue", "log", "ISS-0179"]);
    let changes = log["data"]["events"][0]["changes"].as_array().unwrap();
    assert_eq!((changes.len(), &changes[0]["key"]), (1, &json!("status")), "{log}");
    assert_eq!(exported(&here)[0]["title"], "Fix the clock");
}

#[test]
fn links_of_a_page_lead_where_they_led() {
    let repo = TestRepo::new();
    repo.write("backlog/assets/a b.png", "png");
    repo.write("backlog/docs/guide.md", "# Guide\n");
    let page = "---\nid: task-1\ntitle: One\nstatus: To Do\n---\n\n## Description\n\n![a](<../assets/a b.png>) and [guide](../docs/guide.md#guide), \
                [web](https://example.invalid/x)\n\n[ref]: ../docs/guide.md\n";
    repo.write("backlog/tasks/task-1 - One.md", page);
    repo.commit_all("backlog");
    repo.cmpm(["ticket", "import", "backlog"]).success();
    let path = repo.json(["ticket", "list"])["data"]["tickets"][0]["path"].as_str().unwrap().to_owned();
    let text = repo.read(&path);
    assert!(text.contains("../../backlog/assets/a%20b.png") || text.contains("<../../backlog/assets/a b.png>"), "{text}");
    assert!(text.contains("(../../backlog/docs/guide.md#guide)") && text.contains("[ref]: ../../backlog/docs/guide.md"), "{text}");
    repo.commit_all("imported");
    let again = repo.json(["ticket", "import", "backlog"]);
    assert_eq!(repo.status(), "", "{again}");
    let links: Vec<_> =
        repo.json(["check", "--all"])["data"]["findings"].as_array().unwrap().iter().map(|found| found["rule"].clone()).collect();
    assert!(!links.contains(&"broken-link".into()), "{links:?}");
}

#[test]
fn what_beads_cannot_say_is_named() {
    let repo = TestRepo::new();
    let ticket = |id: &str, status: &str, body: &str| {
        repo.write(
            &format!("tasks/issues/{id}.md"),
            &format!("---\nid: {id}\ntitle: T\nstatus: {status}\ncreated: '2026-01-02'\n---\n\n{body}"),
        );
    };
    ticket("ISS-1", "cancelled", "## Description\n\nAs beads has it.\n\n## Notes\n\nMore.\n");
    ticket("ISS-2", "planning", "## Description\nNo blank line.\n");
    ticket("ISS-3", "done", "No heading.\n");
    ticket("ISS-4", "planning", "");
    let answer = repo.cmpm(["ticket", "export", "--format", "beads"]).success();
    insta::assert_snapshot!(answer.stderr, @r"
    note: tasks/issues/ISS-2.md: how its text is divided by headings and blank lines (2 times; here first)
    note: tasks/issues/ISS-1.md: that it was cancelled; beads has it as closed
    ");
}

#[test]
fn a_link_that_was_broken_in_the_source_does_not_keep_an_import_from_being_committed() {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    repo.commit_all("project");
    let record = json!({"id": "bd-1", "title": "One", "status": "open", "issue_type": "task", "description": "See [old](gone.md)."});
    let file = outside(&repo, "issues.jsonl", &format!("{record}\n"));
    repo.cmpm(["ticket", "import", &file, "--dry-run"]).success();
    repo.cmpm(["ticket", "import", &file]).success();
    let path = repo.json(["ticket", "list"])["data"]["tickets"][0]["path"].as_str().unwrap().to_owned();
    repo.git(["add", "-A"]);
    let answer = repo.cmpm(["check"]).success();
    assert!(answer.stdout.contains("warning: `gone.md` leads to no file"), "{answer}");
    // What somebody writes here is his.
    repo.write(&path, &format!("{}\nAnd [more](none.md).\n", repo.read(&path)));
    repo.git(["add", "-A"]);
    assert!(repo.cmpm(["check"]).exits(1).stdout.contains("error: `none.md` leads to no file"));
}
