//! What is in no form of ours is kept or named on its way in and out, and the project's words go before all others.

use serde_json::{Value, json};

use super::{by_alias, counts, exported, outside};
use crate::support::TestRepo;

#[test]
fn the_words_of_the_project_go_before_the_category_of_the_tracker_and_both_before_ours() {
    let repo = TestRepo::new();
    repo.write(".cmpm/config.yaml", "statuses: {in_review: done, blocked: active, frozen: cancelled}\n");
    let rows = [
        ("A-1", "In Review", "In Progress", "done"),
        ("A-2", "Frozen", "Done", "cancelled"),
        ("A-3", "Blocked", "To Do", "blocked"),
        ("A-4", "In Progress", "Done", "done"),
        ("A-5", "Done", "To Do", "planning"),
        ("A-6", "Won't Do", "Done", "cancelled"),
        ("A-7", "Godot", "In Progress", "active"),
        ("A-8", "Done", "Fertig", "done"),
    ];
    let cells: String = rows.iter().map(|(key, status, category, _)| format!("{key},{key},Bug,{status},{category}\n")).collect();
    let file = outside(&repo, "jira.csv", &format!("Summary,Issue key,Issue Type,Status,Status Category\n{cells}"));
    assert_eq!(counts(&repo.json(["ticket", "import", &file])).0, rows.len());
    let all = exported(&repo);
    for (key, status, category, native) in rows {
        assert_eq!(by_alias(&all, key)["status"], native, "{status} in {category}");
    }
    let lines = [("b-1", "in_review"), ("b-2", "frozen"), ("b-3", "blocked"), ("b-4", "closed")]
        .map(|(id, status)| json!({"id": id, "title": id, "status": status, "issue_type": "task"}).to_string() + "\n");
    let file = outside(&repo, "issues.jsonl", &lines.concat());
    repo.cmpm(["ticket", "import", &file]).success();
    let all = exported(&repo);
    let found = ["b-1", "b-2", "b-3", "b-4"].map(|id| by_alias(&all, id)["status"].clone());
    assert_eq!(found, ["done", "cancelled", "blocked", "done"]);
    let back = repo.cmpm(["ticket", "export", "-f", "beads"]).success().stdout;
    assert!(back.lines().any(|line| line.contains("\"b-2\"") && line.contains("\"status\":\"frozen\"")), "{back}");
}

#[test]
fn what_stands_in_a_form_that_is_not_ours_goes_along_in_every_export() {
    let keys = "title status priority parent epic_id assignee assignees owner agent due dueDate defer_until milestone estimate story_points \
                created created_date author labels tags depends_on blocked_by blocks related duplicates discovered_from paths aliases imported";
    let repo = TestRepo::new();
    let mut wanted = Vec::new();
    for (index, key) in keys.split_whitespace().enumerate() {
        for (form, text) in ["{x: LEAF}", "[{x: LEAF}]", "[[LEAF]]", "[u, {x: [LEAF]}]"].iter().enumerate() {
            let (id, leaf) = (format!("ISS-{index}-{form}"), format!("leaf-{index}-{form}"));
            let front = [("title", "T"), ("status", "active")].iter().filter(|(known, _)| *known != key);
            let front: String = front.map(|(known, value)| format!("{known}: {value}\n")).collect();
            let text = text.replace("LEAF", &leaf);
            if key == "title" && !text.contains("[u") {
                continue;
            }
            repo.write(&format!("tasks/issues/{id}.md"), &format!("---\nid: {id}\nkind: issue\n{front}{key}: {text}\n---\n"));
            wanted.push(leaf);
        }
    }
    for form in ["jsonl", "csv", "md"] {
        let other = TestRepo::new();
        let file = outside(&other, &format!("all.{form}"), &repo.cmpm(["ticket", "export", "--format", form]).success().stdout);
        assert_eq!(counts(&other.json(["ticket", "import", &file])).0, wanted.len(), "{form}");
        let written = other.git(["grep", "--no-index", "-h", "-o", "-w", "-E", "leaf-[0-9]+-[0-9]", "--", "tasks"]);
        let written: Vec<&str> = written.lines().collect();
        let lost: Vec<&String> = wanted.iter().filter(|leaf| !written.contains(&leaf.as_str())).collect();
        assert!(lost.is_empty(), "{form}: {lost:?}");
        assert_eq!(exported(&other), exported(&repo), "{form}");
    }
}

#[test]
fn a_record_with_odd_values_is_imported_and_they_are_kept_and_named() {
    let record = |id: &str, more: Value| {
        let mut record = json!({"id": id, "kind": "issue", "title": "T", "status": "active", "priority": "low"});
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        record.to_string() + "\n"
    };
    let lines = record("ISS-1", json!({"estimate": [{"hours": 3}], "milestone": {"title": "v1"}, "due": ["2026-01-02"], "assignee": 7}))
        + &record("ISS-2", json!({"title": ["a", {"b": "c"}], "labels": ["x", 5, {"y": "z"}], "body": {"text": "t"}, "comments": 3}))
        + &record("ISS-3", json!({"title": {"en": "Three"}, "labels": "one", "estimate": null, "external": null}));
    let repo = TestRepo::new();
    let file = outside(&repo, "all.jsonl", &lines);
    let answer = repo.json(["ticket", "import", &file]);
    assert_eq!(counts(&answer), (3, 0, 0, 0, 0), "{answer}");
    let lost: Vec<&str> = answer["data"]["losses"].as_array().unwrap().iter().map(|loss| loss["what"].as_str().unwrap()).collect();
    let named = |key: &str| lost.iter().any(|what| what.starts_with(&format!("`{key}` in a form")));
    assert!(["estimate", "milestone", "title", "labels", "body", "comments"].iter().all(|key| named(key)) && !named("due"), "{lost:?}");
    let all = exported(&repo);
    let kept = |at: usize, key: &str| all[at]["imported"][key].clone();
    assert_eq!((kept(0, "estimate"), kept(0, "milestone")), (json!([{"hours": "3"}]), json!({"title": "v1"})));
    assert_eq!((&all[0]["due"], &all[0]["assignee"], all[0].get("estimate")), (&json!("2026-01-02"), &json!("7"), None));
    assert_eq!((&all[1]["title"], &all[1]["labels"], kept(1, "title")), (&json!("a"), &json!(["x", "5"]), json!(["a", {"b": "c"}])));
    assert_eq!((kept(1, "body"), kept(1, "comments")), (json!({"text": "t"}), json!("3")));
    assert_eq!((&all[2]["title"], kept(2, "title"), &all[2]["labels"]), (&json!("Untitled"), json!({"en": "Three"}), &json!(["one"])));
    // A table of an older version has such values in its last column.
    let table = "id,kind,title,status,more\nISS-4,issue,T,active,\"{\"\"estimate\"\":[{\"\"hours\"\":4}]}\"\n";
    let file = outside(&repo, "all.csv", table);
    assert_eq!(counts(&repo.json(["ticket", "import", &file])).0, 1);
    assert_eq!(exported(&repo)[3]["imported"]["estimate"], json!([{"hours": "4"}]));
    let told = repo.cmpm(["ticket", "import", &file, "--dry-run"]).success();
    assert!(told.stdout.contains("Not carried\n     1  `estimate` in a form that cmpm does not have"), "{told}");
}

#[test]
fn what_beads_would_have_to_invent_is_left_out_and_named() {
    let repo = TestRepo::new();
    let ticket = |id: &str, keys: &str| {
        repo.write(&format!("tasks/issues/{id}.md"), &format!("---\nid: {id}\nkind: issue\ntitle: T\n{keys}---\n"));
    };
    ticket("ISS-1", "status: done\npriority: p7\nrelated: [ISS-2]\n");
    ticket("ISS-2", "status: active\npriority: P1\ncreated: some day\n");
    ticket("ISS-3", "status: active\ncreated: 2026-01-02\n");
    let answer = repo.cmpm(["ticket", "export", "-f", "beads"]).success();
    assert!(!answer.stdout.contains("1970") && answer.stdout.contains("\"created_at\":\"2026-01-02T00:00:00Z\""), "{answer}");
    let records: Vec<Value> = answer.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let has = |at: usize, key: &str| records[at].get(key).is_some();
    assert!(!has(0, "created_at") && !has(0, "closed_at") && !has(0, "updated_at") && has(2, "updated_at"), "{answer}");
    assert_eq!((&records[0]["priority"], &records[1]["priority"], &records[2]["priority"]), (&json!(2), &json!(1), &json!(2)));
    let edge = json!({"issue_id": "cmpm-1", "depends_on_id": "cmpm-2", "type": "related", "created_by": null});
    assert_eq!(records[0]["dependencies"], json!([edge]));
    let losses = ["`created_at`, which beads requires", "the priority `p7`, which beads does not have; it counts as 2"];
    assert!(losses.iter().all(|loss| answer.stderr.contains(loss)), "{answer}");
    let answer = repo.cmpm(["ticket", "export", "-f", "beads", "-o", "issues.jsonl"]).success();
    assert!(losses.iter().all(|loss| answer.stdout.contains(&format!("not carried: {loss}"))) && answer.stderr.is_empty(), "{answer}");
}

#[test]
fn a_comment_comes_back_with_its_odd_keys() {
    let repo = TestRepo::new();
    repo.write("tasks/issues/ISS-1.md", "---\nid: ISS-1\nkind: issue\ntitle: One\nstatus: planning\n---\n");
    let file = "---\nauthor: {name: ann1001}\ncreated: [x1002, y1003]\ntext: z1004\nticket: {a: b1005}\nauthor: ben1006\n---\n\nword1007\n";
    repo.write("tasks/comments/ISS-1/a.md", file);
    for format in ["jsonl", "csv"] {
        let file = outside(&repo, &format!("all.{format}"), &repo.cmpm(["ticket", "export", "-f", format]).success().stdout);
        let other = TestRepo::new();
        other.cmpm(["ticket", "import", &file]).success();
        let folder = other.path("tasks/comments/ISS-1");
        let [back] = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>().try_into().unwrap();
        let back = std::fs::read_to_string(back).unwrap();
        for word in ["ann1001", "x1002", "y1003", "z1004", "b1005", "ben1006"] {
            assert!(back.contains(word), "{format} lost {word}: {back}");
        }
        assert!(back.ends_with("---\n\nword1007\n"), "{back}");
    }
}

#[test]
fn a_second_parent_goes_back_to_beads() {
    let repo = TestRepo::new();
    let edge = |to: &str, kind: &str| json!({"issue_id": "b-3", "depends_on_id": to, "type": kind});
    let mut text = String::new();
    for id in ["b-1", "b-2", "b-4"] {
        text += &(json!({"id": id, "title": id, "status": "open", "issue_type": "epic"}).to_string() + "\n");
    }
    let edges = [edge("b-1", "parent-child"), edge("b-2", "parent-child"), edge("b-4", "waits-for"), edge("b-4", "tracks")];
    text += &json!({"id": "b-3", "title": "b-3", "status": "open", "issue_type": "task", "dependencies": edges}).to_string();
    let file = outside(&repo, "issues.jsonl", &text);
    repo.cmpm(["ticket", "import", &file]).success();
    let back = repo.cmpm(["ticket", "export", "-f", "beads"]).success().stdout;
    let records: Vec<Value> = back.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let child = records.iter().find(|record| record["id"] == "b-3").unwrap();
    let mut found: Vec<String> =
        child["dependencies"].as_array().unwrap().iter().map(|edge| format!("{} {}", edge["type"], edge["depends_on_id"])).collect();
    found.sort();
    let wanted = [r#""parent-child" "b-1""#, r#""parent-child" "b-2""#, r#""tracks" "b-4""#, r#""waits-for" "b-4""#];
    assert_eq!(found, wanted);
}
