//! `cmpm search`

use super::support::TestRepo;

fn repo() -> TestRepo {
    let repo = TestRepo::new();
    let ticket = |id: &str, status: &str, title: &str| {
        let text = format!(
            "---\nid: {id}\nkind: issue\ntitle: {title}\nstatus: {status}\npriority: high\nlabels: [docs]\n---\n\nThe guide is wrong.\n"
        );
        repo.write(&format!("tasks/issues/{id}.md"), &text);
    };
    ticket("ISS-1", "done", "Broken links");
    ticket("ISS-2", "todo", "Links that are slow");
    repo.write("tasks/comments/ISS-1/1.md", "---\nticket: ISS-1\nauthor: Ana\ncreated: 2026-01-05\n---\n\nThe links broke again.\n");
    repo.write("tasks/comments/ISS-1/2.md", "---\nticket: ISS-1\nauthor: Ben\n---\n\nLinks are fine here.\n");
    repo.write(".cmpm/memory/team/MEM-1.md", "---\nid: MEM-1\ncategory: team\ntitle: Links\nweight: 3\n---\n\nCheck links.\n");
    repo.write(".cmpm/runs/RUN-1.md", "---\nid: RUN-1\nticket: ISS-1\nagent: docs\nstate: merged\noutcome: passed\n---\n\nMended links.\n");
    repo
}

fn found(repo: &TestRepo, arguments: &[&str]) -> Vec<String> {
    let answer = repo.json(["search"].iter().chain(arguments));
    let hits = answer["data"]["hits"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
    let mut all: Vec<String> =
        hits.iter().map(|hit| format!("{} {}", hit["kind"].as_str().unwrap(), hit["id"].as_str().unwrap())).collect();
    all.sort();
    all
}

#[test]
fn every_kind_is_found_and_can_be_chosen() {
    let repo = repo();
    let all = ["comment ISS-1", "comment ISS-1", "memory MEM-1", "run RUN-1", "ticket ISS-1", "ticket ISS-2"];
    assert_eq!(found(&repo, &["link"]), all);
    assert_eq!(found(&repo, &["link", "--kind", "comment", "--kind", "run"]), ["comment ISS-1", "comment ISS-1", "run RUN-1"]);
    for (condition, wanted) in [
        ("kind=ticket and status=done", &["ticket ISS-1"][..]),
        ("kind=issue and not status=done", &["ticket ISS-2"]),
        ("author=Ana and created>2026-01-01", &["comment ISS-1"]),
        ("ticket=ISS-1 and state=merged", &["run RUN-1"]),
        ("weight>2 or path~issues", &["memory MEM-1", "ticket ISS-1", "ticket ISS-2"]),
        ("label=docs and priority=high and id=ISS-2", &["ticket ISS-2"]),
    ] {
        assert_eq!(found(&repo, &["link", "--where", condition]), wanted, "{condition}");
    }
    let wrong = repo.cmpm(["search", "link", "--where", "statsu=done"]).exits(2).to_string();
    assert!(wrong.contains("did you mean `status`?"), "{wrong}");
    let shown = repo.cmpm(["search", "broken links", "-n", "2", "--explain"]).success().to_string();
    assert!(shown.starts_with("ISS-1  ticket  Broken links\n") && shown.contains("4 more"), "{shown}");
    repo.cmpm(["search", "--", "--"]).exits(2);
}

#[test]
fn what_another_work_tree_has_is_marked_and_nothing_comes_twice() {
    let repo = repo();
    repo.commit_all("all");
    let side = repo.around().join("side");
    repo.git(["worktree", "add", "-q", "-b", "side", &side.display().to_string()]);
    assert_eq!(found(&repo, &["link", "--all-worktrees"]).len(), 6);
    std::fs::write(side.join("tasks/issues/ISS-3.md"), "---\nid: ISS-3\nkind: issue\ntitle: Side link\nstatus: todo\n---\n").unwrap();
    std::fs::remove_file(side.join("tasks/issues/ISS-2.md")).unwrap();
    assert_eq!(found(&repo, &["link"]).len(), 6);
    let shown = repo.cmpm(["search", "side", "link", "--all-worktrees", "-n", "1"]).success().to_string();
    assert!(shown.starts_with("ISS-3  ticket  Side link (on side)\n") && shown.contains("6 more"), "{shown}");
}

#[test]
fn the_index_of_tickets_sees_every_change() {
    let repo = TestRepo::new();
    let write = |number: usize, word: &str| {
        let text = format!("---\nid: ISS-n{number}\nkind: issue\ntitle: Ticket {number}\nstatus: todo\n---\n\n{word}\n");
        repo.write(&format!("tasks/issues/ISS-n{number}.md"), &text);
    };
    (0..230).for_each(|number| write(number, "common"));
    assert_eq!(repo.json(["search", "common"])["data"]["more"], 220);
    let indexed = std::fs::read_dir(repo.path(".git/cmpm/cache"))
        .unwrap()
        .any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with("index-ticket"));
    assert!(indexed);
    write(7, "zebra!");
    assert_eq!(found(&repo, &["zebra"]), ["ticket ISS-n7"]);
    write(7, "quagga");
    assert_eq!(found(&repo, &["zebra"]), [] as [&str; 0]);
    std::fs::remove_file(repo.path("tasks/issues/ISS-n8.md")).unwrap();
    assert_eq!(repo.json(["search", "common"])["data"]["more"], 218);
    for entry in std::fs::read_dir(repo.path(".git/cmpm/cache")).unwrap() {
        let file = entry.unwrap().path();
        let mut bytes = std::fs::read(&file).unwrap();
        let half = bytes.len() / 2;
        bytes[half..].fill(7);
        std::fs::write(&file, bytes).unwrap();
    }
    assert_eq!(found(&repo, &["quagga"]), ["ticket ISS-n7"], "a damaged index is no answer");
}

#[test]
fn every_key_that_lists_of_tickets_take_is_taken() {
    let repo = repo();
    let keys = "id: ISS-3\nkind: issue\ntitle: Third link\nstatus: todo\nestimate: 8\ndiscovered_from: [ISS-1]\nduplicates: [ISS-2]\n\
                due: 2026-01-30T10:00:00Z\nseverity: high\ntracker:\n  board: red";
    repo.write("tasks/issues/ISS-3.md", &format!("---\n{keys}\n---\n\n- [x] one\n"));
    for condition in [
        "estimate=8",
        "discovered_from=ISS-1",
        "duplicates=ISS-2",
        "due=2026-01-30",
        "overdue=yes",
        "severity=high",
        "tracker.board=red",
        "status=todo and status=ready or id=ISS-3",
    ] {
        let listed = repo.json(["ticket", "list", "--all", "--where", condition]);
        let ids: Vec<&str> = listed["data"]["tickets"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["ISS-3"], "{condition}");
        assert_eq!(found(&repo, &["link", "--kind", "ticket", "--where", condition]), ["ticket ISS-3"], "{condition}");
    }
    let unknown = repo.json(["ticket", "list", "--sort", "été"])["error"]["hints"][0].as_str().unwrap().to_owned();
    let keys: Vec<&str> = unknown.strip_prefix("by one of ").unwrap().split(';').next().unwrap().split(", ").collect();
    assert!(keys.len() > 25, "{unknown}");
    let any = keys.iter().map(|key| format!("{key}~nowhere")).collect::<Vec<_>>().join(" or ");
    assert_eq!(found(&repo, &["link", "--where", &any]), [] as [&str; 0]);
}

#[test]
fn tickets_are_found_by_their_comments_through_the_same_index() {
    let repo = TestRepo::new();
    for number in 0..210 {
        let kind = if number == 7 { "task" } else { "issue" };
        let text = format!("---\nid: T-{number}\nkind: {kind}\ntitle: Ticket {number}\nstatus: todo\n---\n\nA common word.\n");
        repo.write(&format!("tasks/issues/T-{number}.md"), &text);
        repo.write(&format!("tasks/comments/T-{number}/1.md"), &format!("---\nticket: T-{number}\nauthor: Ana\n---\n\nFine.\n"));
    }
    repo.write("tasks/comments/t-7/2.md", "---\nticket: T-7\n---\n\nThe zebra is common, and a quagga too.\n");
    repo.write("tasks/comments/T-9/2.md", "---\nticket: T-9\n---\n\nAnother zebra.\n");
    repo.write("tasks/comments/T-999/1.md", "---\nticket: T-999\n---\n\nA zebra of nobody.\n");
    let ids = |arguments: &[&str]| -> Vec<String> {
        let answer = repo.json(arguments);
        answer["data"]["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&["ticket", "search", "zebra", "quagga"]), ["T-7", "T-9"]);
    assert_eq!(ids(&["task", "search", "zebra"]), ["T-7"]);
    assert_eq!(ids(&["ticket", "search", "zebra", "--status", "done"]), [] as [&str; 0]);
    let both = repo.json(["ticket", "search", "common", "quagga", "-n", "1"])["data"].clone();
    assert_eq!((both["hits"][0]["id"].as_str(), both["more"].as_u64()), (Some("T-7"), Some(209)), "{both}");
    assert_eq!(both["hits"][0]["matched"], serde_json::json!(["common", "quagga"]));
    assert_eq!(both["hits"][0]["snippet"], "The zebra is common, and a quagga too.");
    let cached = std::fs::read_dir(repo.path(".git/cmpm/cache")).unwrap().map(|entry| entry.unwrap().file_name());
    let cached: Vec<String> = cached.map(|name| name.to_string_lossy().into_owned()).collect();
    for index in ["index-ticket", "index-comment"] {
        assert!(cached.iter().any(|name| name.starts_with(index)), "{cached:?}");
    }
}

#[test]
fn a_ticket_and_what_was_said_about_it_are_one_answer() {
    let repo = TestRepo::new();
    let ticket = |file: &str, id: &str, text: &str| {
        repo.write(
            &format!("tasks/issues/{file}.md"),
            &format!("---\nid: {id}\nkind: issue\ntitle: Parser fails\nstatus: todo\n---\n\n{text}\n"),
        );
    };
    let comment =
        |folder: &str, text: &str| repo.write(&format!("tasks/comments/{folder}/1.md"), &format!("---\nauthor: Ana\n---\n\n{text}\n"));
    ticket("a", "ISS-0001", "A wide table is cut.");
    ticket("b", "ISS-0002", "A wide table is fine.");
    ticket("c", "ISS-0003", "Narrow.");
    ticket("d", "ISS-0003", "Narrow too.");
    ticket("e", "iss-0004", "Small.");
    ticket("f", "ISS-0004", "Large.");
    comment("iss-0001", "The slow render is known.");
    comment("ISS-0003", "Render it later, table after.");
    comment("iss-0004", "Unique lowercase word: zebra.");
    let ids = |words: &str| {
        let answer = repo.json(["ticket", "search", words]);
        let hits = answer["data"]["hits"].as_array().unwrap().clone();
        hits.iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("\"wide table\" \"slow render\""), ["ISS-0001"], "one phrase in the text, one in a comment");
    assert_eq!(ids("\"cut slow\""), [""; 0], "nothing stands side by side across pages");
    assert_eq!(ids("wide render"), ["ISS-0001", "ISS-0002", "ISS-0003"], "both words count for one ticket");
    assert_eq!(ids("zebra"), ["iss-0004"], "the folder that is called just so");
    assert_eq!(ids("ana"), [""; 0]);
    let shown = repo.cmpm(["ticket", "search", "narrow"]).success().stdout;
    assert_eq!(shown.matches("ISS-0003").count(), 1, "{shown}");
    assert!(shown.contains("\n  tasks/issues/c.md\n  tasks/issues/d.md\n"), "{shown}");
    assert_eq!(found(&repo, &["zebra"]), ["comment iss-0004"]);
    assert_eq!(found(&repo, &["slow render"]), ["comment ISS-0001", "comment ISS-0003"]);
    for (file, said) in [("tasks/issues/e.md", true), ("tasks/issues/f.md", false)] {
        assert_eq!(repo.cmpm(["ticket", "show", file]).success().stdout.contains("zebra"), said, "{file}");
        let comments = repo.json(["ticket", "comments", file]);
        assert_eq!(comments["data"]["comments"].as_array().unwrap().len(), usize::from(said), "{file}");
    }
    let table = repo.cmpm(["ticket", "export", "--format", "jsonl", "--output", "-"]).success().stdout;
    assert_eq!(table.matches("zebra").count(), 1, "{table}");
}

#[test]
fn a_comment_lies_where_its_tickets_folder_is() {
    let repo = TestRepo::new();
    repo.write("tasks/issues/a.md", "---\nid: ISS-1\nkind: issue\ntitle: One\nstatus: todo\n---\n");
    repo.write("tasks/comments/ISS-1/comments/deep/1.md", "---\nauthor: Ana\ndate: 2026-01-05\n---\n\nA zebra.\n");
    assert_eq!(found(&repo, &["zebra"]), ["comment ISS-1"]);
    assert_eq!(found(&repo, &["zebra", "--where", "created=2026-01-05"]), ["comment ISS-1"], "`date` is its time");
    assert_eq!(repo.json(["ticket", "search", "zebra"])["data"]["hits"][0]["id"].as_str(), Some("ISS-1"));
    let comments = repo.json(["ticket", "comments", "ISS-1"]);
    assert_eq!(comments["data"]["comments"][0]["created"].as_str(), Some("2026-01-05"));
    let exported = repo.cmpm(["ticket", "export", "--format", "jsonl", "--output", "-"]).success().stdout;
    assert!(exported.contains("zebra") && exported.contains("\"created\":\"2026-01-05\""), "{exported}");
    let other = TestRepo::new();
    other.write("from/tasks/issues/a.md", "---\nissue_id: ISS-1\ntitle: One\nstatus: planning\n---\n");
    other.write("from/tasks/comments/ISS-1/comments/deep/1.md", "---\nauthor: Ana\n---\n\nA zebra.\n");
    other.cmpm(["ticket", "import", "from", "--from", "ai-trackdown"]).success();
    assert_eq!(other.json(["ticket", "search", "zebra"])["data"]["hits"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_excerpt_has_no_headings_with_nothing_below() {
    let repo = TestRepo::new();
    let body = "## Description\n\nFix it.\n\n## Notes\n\n### Empty\n\n## Acceptance criteria\n";
    repo.write("tasks/issues/ISS-1.md", &format!("---\nid: ISS-1\nkind: issue\ntitle: Zebra\nstatus: open\n---\n\n{body}"));
    repo.commit_all("ticket");
    assert_eq!(repo.json(["search", "zebra"])["data"]["hits"][0]["snippet"], "## Description Fix it.");
    let run =
        ["delegate", "run", "ISS-1", "--agent", "documentation", "--runner", "command", "--", "sh", "-c", "cat $CMPM_RUN_DIR/brief.md"];
    repo.cmpm(run);
    let run = repo.json(["delegate", "list", "--all"])["data"]["runs"][0]["run"].as_str().unwrap().to_owned();
    let brief = repo.cmpm(["delegate", "logs", &run]).success().stdout;
    assert!(brief.contains("> ## Description\n>\n> Fix it.\n["), "{brief}");
}
