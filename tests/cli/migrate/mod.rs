//! `cmpm ticket migrate`: the tickets of other tools in cmpm's own form, with nothing lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

mod lossless;

use crate::adoption::adopted;
use crate::support::TestRepo;

/// `title → (kind, category)`; where titles are there twice, a number tells them apart.
fn summary(repo: &TestRepo) -> BTreeMap<String, (String, String)> {
    let list = repo.json(["ticket", "list", "--all"]);
    let mut found = BTreeMap::new();
    for row in list["data"]["tickets"].as_array().unwrap() {
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        assert!(found.insert(text("title"), (text("kind"), text("category"))).is_none());
    }
    found
}

/// Every file below the folders of tickets, with its text.
fn files(repo: &TestRepo) -> BTreeMap<String, String> {
    let names = repo.git(["ls-files", "-co", "--exclude-standard"]);
    let names = names.lines().map(|name| name.trim_matches('"').to_owned()).filter(|name| repo.exists(name));
    names.map(|name| (name.clone(), repo.read(&name))).collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3).collect()
}

#[test]
fn real_trees_are_migrated_and_nothing_is_lost() {
    for (tree, tickets, renumbered) in [("claude-multiagent-pm", 35, 14), ("ai-trackdown-tools", 8, 0)] {
        let repo = adopted(tree);
        let (before, old) = (summary(&repo), files(&repo));
        let dry = repo.json(["ticket", "migrate", "--dry-run"]);
        assert_eq!((dry["data"]["tickets"].as_u64(), repo.status()), (Some(tickets), String::new()), "{dry}");
        let report = repo.json(["ticket", "migrate"]);
        assert_eq!(report["data"]["renumbered"].as_array().unwrap().len(), renumbered, "{report}");
        assert_eq!(summary(&repo), before, "{tree}");
        let after: String = files(&repo).into_values().collect();
        let list = repo.json(["ticket", "list", "--all"]);
        assert!(!list["findings"].to_string().contains("duplicate-id"), "{}", list["findings"]);
        for row in list["data"]["tickets"].as_array().unwrap() {
            let (id, path) = (row["id"].as_str().unwrap(), row["path"].as_str().unwrap());
            assert!(Path::new(path).file_name().unwrap().to_str().unwrap().starts_with(id), "{path}");
            assert_eq!(repo.json(["ticket", "show", id])["data"]["dialect"], "native", "{path}");
        }
        for (path, text) in &old {
            require_kept(path, text, &after);
        }
        assert_eq!(repo.json(["ticket", "migrate"])["data"]["files"], 0);
        repo.cmpm(["undo"]).success();
        assert_eq!(repo.status(), "", "{tree}");
    }
}

/// Fails the test if a word of a file is in none afterwards.
fn require_kept(path: &str, text: &str, after: &str) {
    // A key with nothing after it says nothing.
    let text: String = text
        .lines()
        .filter(|line| !line.starts_with("file_path:"))
        .filter(|line| ![": []", ": null", ": ''"].iter().any(|end| line.ends_with(end)))
        .map(|line| format!("{line}\n"))
        .collect();
    let known: std::collections::HashSet<&str> = words(after).into_iter().collect();
    let lost: Vec<&str> = words(&text).into_iter().filter(|word| !known.contains(word)).collect();
    // Words of the dialects themselves, and dates, have another form.
    let own = [
        "assignees",
        "owner",
        "tags",
        "labels",
        "dependencies",
        "null",
        "Users",
        "Projects",
        "Value",
        "created_date",
        "createdAt",
        "planning",
        "Resolved",
        "closed",
        "Priority",
        "CRITICAL",
        "HIGH",
    ];
    let lost: Vec<_> = lost.iter().filter(|word| !own.contains(word) && !word.chars().any(|c| c.is_ascii_digit())).collect();
    assert!(lost.is_empty(), "{path} lost {lost:?}");
}

/// A tree with a file in each of several forms.
fn mixed() -> TestRepo {
    let repo = TestRepo::new();
    repo.write(
        "tickets/issues/odd name.md",
        "\u{feff}---\r\nissue_id: ISS-0007\r\nepic_id: EP-0001\r\ntitle: 'It: fails'\r\ndescription: In front.\r\nstatus: in_progress\r\npriority: High\r\nassignee: masa\r\ncreated_date: 2025-07-21T12:58:24.765Z\r\nestimated_tokens: 00\r\nai_context: [a, b] # why\r\ntags: []\r\nrelated_issues: [ISS-8]\r\nblocked_by:\r\n- ISS-0008\r\ncontent: |-\r\n  # Issue\r\n\r\n  See ISS-0008.\r\nfile_path: /Users/x/y.md\r\n---\r\n\r\n# Issue\r\n\r\nSee ISS-0008.\r\n",
    );
    repo.write(
        "tickets/issues/ISS-0008-other.md",
        "# ISS-0008: Other\n\n**Status**: Resolved\n**Component**: Core\n**Epic**: EP-0001 (big)\n\nText.\n",
    );
    repo.write("tickets/epics/EP-0001-big.md", "---\nepic_id: EP-0001\ntitle: Big\nstatus: planning\n---\n\n[first](../issues/odd%20name.md) [second](../issues/ISS-0008-other.md)\n");
    repo.write(
        "tickets/issues/comments/ISS-0007/COMMENT-0001.md",
        "---\nid: COMMENT-0001\nissueId: ISS-0007\nauthor: masa\ncreatedAt: 2025-07-22T10:00:00.000Z\n---\n\nSeen.\n",
    );
    repo.write(
        ".claude-pm/tickets/ISS-0119.json",
        "{\"id\": \"ISS-0119\", \"title\": \"From JSON\", \"status\": \"completed\", \"points\": 3, \"description\": \"Text.\"}",
    );
    repo.write(".claude-pm/tickets/copy.json", "{\"id\": \"iss-0119\", \"title\": \"From JSON\"}");
    repo.commit_all("theirs");
    repo
}

#[test]
fn a_ticket_gets_keys_words_and_place_of_its_own_form() {
    let repo = mixed();
    insta::assert_snapshot!(repo.cmpm(["ticket", "migrate"]), @"
    Migrated 3 tickets, 1 comment, 1 ticket from JSON, 1 reference; 7 files written. `cmpm undo` reverts it.
    left out: `content` of tickets/issues/odd name.md: it repeats the body
    left out: `file_path` of tickets/issues/odd name.md: it names a place on another machine
    ");
    insta::assert_snapshot!(repo.read("tickets/issues/ISS-0007-it-fails.md"), @"
    ---
    id: ISS-0007
    kind: issue
    title: 'It: fails'
    status: active
    priority: high
    parent: EP-0001
    depends_on:
      - ISS-0008
    related:
      - ISS-0008
    assignee: masa
    created: '2025-07-21T12:58:24Z'
    estimated_tokens: 00
    ai_context: [a, b] # why
    ---

    # Issue

    See ISS-0008.

    ## Description

    In front.
    ");
    insta::assert_snapshot!(repo.read("tickets/issues/ISS-0008-other.md"), @"
    ---
    id: ISS-0008
    kind: issue
    title: Other
    status: Resolved
    parent: EP-0001
    component: Core
    ---

    # ISS-0008: Other

    **Epic**: EP-0001 (big)

    Text.
    ");
}

#[test]
fn links_comments_and_json_files_come_along() {
    let repo = mixed();
    repo.cmpm(["ticket", "migrate"]).success();
    assert!(
        repo.read("tickets/epics/EP-0001-big.md")
            .ends_with("[first](../issues/ISS-0007-it-fails.md) [second](../issues/ISS-0008-other.md)\n")
    );
    insta::assert_snapshot!(repo.read("tickets/comments/ISS-0007/20250722T100000Z-comment-0001.md"), @"
    ---
    ticket: ISS-0007
    author: masa
    created: '2025-07-22T10:00:00Z'
    id: COMMENT-0001
    ---

    Seen.
    ");
    insta::assert_snapshot!(repo.read("tickets/issues/ISS-0119-from-json.md"), @"
    ---
    id: ISS-0119
    kind: issue
    title: From JSON
    status: done
    points: 3
    ---

    ## Description

    Text.
    ");
    assert_eq!(repo.json(["issue", "show", "ISS-7"])["data"]["comments"][0]["text"], "Seen.");
    insta::assert_snapshot!(repo.cmpm(["ticket", "migrate"]), @"Nothing to migrate: 4 tickets already in cmpm's own format.");
}

/// Two issues with one id and an epic with each, a task below one of them, and a memory about an id that is there once.
fn doubled() -> TestRepo {
    let repo = TestRepo::new();
    let issue = |file: &str, epic: &str, created: &str| {
        let text = format!(
            "---\nissue_id: ISS-0001\nepic_id: {epic}\ntitle: {file}\nstatus: active\ncreated_date: {created}\n---\n\n# ISS-0001: {file}\n"
        );
        repo.write(&format!("tasks/issues/ISS-0001-{file}.md"), &text);
    };
    issue("young", "EP-0001", "2025-02-01");
    issue("old", "EP-0002", "2025-01-01");
    for (id, title) in [("EP-0001", "of young"), ("EP-0002", "of old"), ("EP-0003", "of none")] {
        let text = format!(
            "---\nepic_id: {id}\ntitle: {title}\nstatus: active\nrelated_issues: [ISS-0001]\n---\n\nAbout ISS-0001, EP-0001 and x/EP-0001.md.\n"
        );
        repo.write(&format!("tasks/epics/{id}-x.md"), &text);
    }
    repo.write(
        ".cmpm/memory/project/MEM-0000abcd-x.md",
        "---\nid: MEM-0000abcd\ntitle: X\ncategory: project\nsource:\n  ticket: EP-0002\n---\n\nSee EP-0002.\n",
    );
    repo.write(
        "tasks/comments/EP-0002/20250101T000000Z-0000.md",
        "---\nticket: EP-0002\nauthor: a\ncreated: '2025-01-01T00:00:00Z'\n---\n\nAfter EP-0003.\n",
    );
    repo.commit_all("doubled");
    repo
}

#[test]
fn the_oldest_of_several_keeps_the_id_and_references_follow() {
    let repo = doubled();
    insta::assert_snapshot!(repo.cmpm(["ticket", "migrate"]), @"
    Migrated 5 tickets, 2 references; 6 files written. `cmpm undo` reverts it.
    ISS-0001 is ISS-00000001: young
    ambiguous: ISS-0001 in tasks/epics/EP-0003-x.md could mean several tickets
    ");
    let shown = |id: &str| repo.json(["ticket", "show", id])["data"].clone();
    assert_eq!((&shown("ISS-0001")["title"], &shown("ISS-00000001")["title"]), (&Value::from("old"), &Value::from("young")));
    assert_eq!(shown("ISS-00000001")["aliases"][0], "ISS-0001");
    assert_eq!(shown("ISS-00000001")["body"], "\n# ISS-00000001: young\n");
    let related = |id: &str| shown(id)["related"][0].clone();
    assert_eq!([related("EP-0001"), related("EP-0002"), related("EP-0003")], ["ISS-00000001", "ISS-0001", "ISS-0001"]);
    assert!(repo.read("tasks/epics/EP-0001-x.md").contains("About ISS-00000001, EP-0001"));
    assert!(repo.read("tasks/epics/EP-0002-x.md").contains("About ISS-0001, EP-0001"));
    assert!(repo.exists("tasks/issues/ISS-00000001-young.md"));
    assert_eq!(repo.json(["ticket", "migrate"])["data"]["files"], 0);
}

#[test]
fn every_numbered_ticket_may_get_an_id_that_cannot_clash() {
    let repo = doubled();
    let report = repo.json(["ticket", "migrate", "--new-ids", "--commit"]);
    assert_eq!(report["data"]["renumbered"].as_array().unwrap().len(), 5);
    assert_eq!(repo.status(), "");
    for (old, title) in [("ISS-0001", "old"), ("EP-0001", "of young"), ("EP-0002", "of old")] {
        assert_eq!(repo.json(["ticket", "show", old])["data"]["title"], title);
    }
    let new = |old: &str| repo.json(["ticket", "show", old])["data"]["id"].as_str().unwrap().to_owned();
    let memory = repo.read(".cmpm/memory/project/MEM-0000abcd-x.md");
    assert!(memory.contains(&format!("ticket: {}\n", new("EP-0002"))) && memory.contains(&format!("See {}.", new("EP-0002"))), "{memory}");
    let epic = repo.json(["ticket", "show", "EP-0001"]);
    assert!(epic["data"]["body"].as_str().unwrap().contains(&format!("{} and x/EP-0001.md.", new("EP-0001"))), "{epic}");
    assert_eq!(repo.json(["ticket", "show", "EP-0002"])["data"]["comments"][0]["text"], format!("After {}.", new("EP-0003")));
    assert_eq!(repo.json(["ticket", "migrate", "--new-ids"])["data"]["files"], 0);
    repo.fsck();
}

#[test]
fn a_migration_is_for_people_and_never_half_done() {
    let repo = doubled();
    let mut command = repo.command(["ticket", "migrate"]);
    command.env("CMPM_RUN", "RUN-1");
    repo.answer(command).exits(3);
    // A file that is in the way stays, and the ticket where it is.
    fs::create_dir_all(repo.path("tasks/tasks")).unwrap();
    repo.write("tasks/misc/lost.md", "---\ntask_id: TSK-0009\nissue_id: ISS-0001\ntitle: Lost\nstatus: active\n---\n");
    repo.write("tasks/notes/x.md", "# Note\n");
    fs::write(repo.path("tasks/issues/ISS-0010-latin.md"), b"---\nissue_id: ISS-0010\ntitle: caf\xe9\nstatus: active\n---\n").unwrap();
    repo.cmpm(["ticket", "migrate"]).success();
    assert!(repo.exists("tasks/notes/x.md"));
    assert!(fs::read(repo.path("tasks/issues/ISS-0010-latin.md")).unwrap().contains(&0xe9));
    assert_eq!(repo.json(["ticket", "show", "TSK-9"])["ok"], true);
}
