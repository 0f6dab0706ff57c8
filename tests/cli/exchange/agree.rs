//! A dry run and the real run say the same of every source, in every format, however odd it is; and the next run writes nothing.

use std::path::Path;

use serde_json::{Value, json};

use super::{copy, counts, exported, outside, rules};
use crate::support::TestRepo;

/// What a field may hold; few of these are what anybody expects.
const ODD: [&str; 12] = [
    "plain",
    "two\nlines",
    "a\u{0}b",
    "turned \u{202e}round\u{202c}",
    "---\nstatus: done\n---\n",
    "## Design\n\n# Notes\n\n## Notes ##\nx",
    "",
    "  space  ",
    "'quoted' \"twice\" \\ `code`",
    "```\nnever closed\n\n## Description\n",
    "=1+1",
    "2025-11-29T00:35:52.359123-07:00",
];

/// A deterministic choice of what stands where.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn odd(&mut self) -> &'static str {
        ODD[self.roll(ODD.len())]
    }
}

/// Records with an id of a small number, so that ids meet, links close cycles and lead nowhere.
fn records(dice: &mut Dice, prefix: &str) -> Vec<Value> {
    let one = |_| {
        let id = dice.roll(4);
        let link = format!("{prefix}{}", dice.roll(6));
        let status = ["open", "done", dice.odd()][dice.roll(3)];
        let long = if dice.roll(9) == 0 { "word ".repeat(20_000) } else { dice.odd().to_owned() };
        json!({
            "number": id, "id": format!("{prefix}{id}"), "title": dice.odd(), "body": dice.odd(), "status": status,
            "created": dice.odd(), "label": long, "link": link, "parent": format!("{prefix}{}", dice.roll(5)),
        })
    };
    (0..6).map(one).collect()
}

/// The source in a format; its path.
fn source(repo: &TestRepo, format: &str, dice: &mut Dice) -> String {
    let by_number = ["github", "taskmaster", "kanban-md"].contains(&format);
    let all = records(dice, if by_number { "" } else { "x-" });
    let pages = |keys: &[(&str, &str)]| {
        for (index, record) in all.iter().enumerate() {
            let keys: String = keys.iter().map(|(key, from)| format!("{key}: {}\n", record[*from])).collect();
            let name = format!("{format}/tasks/{}-{index}.md", record["id"].as_str().unwrap());
            outside(repo, &name, &format!("---\n{keys}---\n\n{}\n", record["body"].as_str().unwrap()));
        }
        repo.around().join("there").join(format).display().to_string()
    };
    let usual = [("title", "title"), ("status", "status")];
    match format {
        "backlog" => {
            pages(&[&usual[..], &[("id", "id"), ("created_date", "created"), ("labels", "label"), ("dependencies", "link")]].concat())
        }
        "tk" => pages(&[&usual[..], &[("id", "id"), ("deps", "link"), ("parent", "parent"), ("tags", "label")]].concat()),
        "kanban-md" => pages(&[&usual[..], &[("id", "number"), ("tags", "label"), ("depends_on", "link")]].concat()),
        "ai-trackdown" => {
            pages(&[&usual[..], &[("task_id", "id"), ("tags", "label"), ("dependencies", "link"), ("issue_id", "parent")]].concat())
        }
        _ => outside(repo, &format!("{format}.jsonl"), &dump(format, &all)),
    }
}

fn dump(format: &str, all: &[Value]) -> String {
    if format == "jira" {
        let cell = |text: &Value| format!("\"{}\"", text.as_str().unwrap().replace('"', "\"\""));
        let row = |record: &Value| ["id", "title", "status", "body", "label"].map(|key| cell(&record[key])).join(",") + "\n";
        return format!("Issue key,Summary,Status,Description,Labels\n{}", all.iter().map(row).collect::<String>());
    }
    let of = |record: &Value| {
        let [number, id, title, body, status, created, label, link] =
            ["number", "id", "title", "body", "status", "created", "label", "link"].map(|key| record[key].clone());
        match format {
            "beads" => json!({"id": id, "title": title, "description": body, "notes": label, "status": status, "issue_type": "task",
                "created_at": created, "labels": [label], "dependencies": [{"issue_id": id, "depends_on_id": link, "type": "blocks"}]}),
            "cmpm" => json!({"id": id, "kind": "task", "title": title, "status": status, "body": body, "labels": [label],
                "depends_on": [link], "sprint": label}),
            "github" => {
                json!({"number": number, "title": title, "body": body, "state": "OPEN", "labels": [{"name": label}], "createdAt": created})
            }
            _ => json!({"id": number, "title": title, "description": body, "details": label, "status": status, "dependencies": [link]}),
        }
    };
    let list: Vec<Value> = all.iter().map(of).collect();
    match format {
        "github" => Value::from(list).to_string(),
        "taskmaster" => json!({ "tasks": list }).to_string(),
        _ => list.iter().map(|record| format!("{record}\n")).collect(),
    }
}

/// What an answer says, without the ids that are made up, and without what only the real run knows.
fn said(answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let Some(data) = answer["data"].as_object_mut() {
        data.remove("dry_run");
        for ticket in data["imported"].as_array_mut().unwrap() {
            let ticket = ticket.as_object_mut().unwrap();
            drop((ticket.remove("id"), ticket.remove("path")));
        }
    }
    for finding in answer["findings"].as_array_mut().into_iter().flatten() {
        let words = finding["message"].as_str().unwrap().split(' ').map(|word| if is_made_up(word) { "ID" } else { word });
        finding["message"] = words.collect::<Vec<_>>().join(" ").into();
    }
    answer
}

fn is_made_up(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    word.split_once('-').is_some_and(|(prefix, rest)| ["EP", "ISS", "TSK", "PR"].contains(&prefix) && rest.len() == 8)
}

/// Imports a source for show, really, and again; what the real run answered.
#[track_caller]
fn agree(repo: &TestRepo, path: &str, format: &str) -> Value {
    let import = |dry: &[&str]| repo.json([&["ticket", "import", path, "--from", format], dry].concat());
    let dry = import(&["--dry-run"]);
    assert_eq!(repo.status(), "", "{format}: a dry run writes nothing");
    let real = import(&[]);
    assert_eq!(said(&dry), said(&real), "{format}");
    assert_eq!(real["ok"], true, "{format}: {real}");
    repo.commit_all("imported");
    let again = import(&[]);
    assert_eq!((repo.status(), &again["ok"]), (String::new(), &json!(true)), "{format}: {again}");
    real
}

#[test]
fn a_dry_run_says_what_the_real_run_does() {
    let mut taken = 0;
    for format in ["beads", "cmpm", "github", "taskmaster", "jira", "backlog", "tk", "kanban-md", "ai-trackdown"] {
        for seed in 0..4 {
            let repo = TestRepo::new();
            let path = source(&repo, format, &mut Dice(seed));
            let real = agree(&repo, &path, format);
            taken += real["data"]["imported"].as_array().map_or(0, Vec::len);
        }
    }
    assert!(taken > 60, "only {taken} records were taken at all");
}

#[test]
fn so_it_does_of_the_samples() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/exchange");
    for (name, format) in [("backlog", "backlog"), ("beads", "beads")] {
        let repo = TestRepo::new();
        let to = repo.around().join("there").join(name);
        copy(&fixtures.join(name), &to);
        agree(&repo, &to.display().to_string(), format);
    }
}

#[test]
fn a_record_that_no_file_can_hold_is_named_and_the_rest_comes() {
    let repo = TestRepo::new();
    let bead = |id: &str, key: &str, value: &str| json!({"id": id, "title": id, "issue_type": "task", "status": "open", key: value});
    let comment = json!({"id": "bd-5", "title": "Five", "issue_type": "task", "comments": [{"id": 1, "author": "x", "text": "a\u{0}b"}]});
    let all = [
        bead("bd-1", "notes", "fine"),
        bead("bd-2", "description", "a\u{0}b"),
        bead("bd-3", "assignee", "a\u{0}b"),
        bead("bd-4", "metadata", &"x".repeat(70_000)),
        comment,
    ];
    let text: String = all.iter().map(|record| format!("{record}\n")).collect();
    // A NUL as it is breaks its own line, and no other.
    let file = outside(&repo, "issues.jsonl", &format!("{text}{{\"id\": \"bd-6\", \"title\": \"a\u{0}b\"}}\n"));
    let answer = agree(&repo, &file, "beads");
    assert_eq!(counts(&answer), (1, 0, 0, 0, 4), "{answer}");
    let lines: Vec<u64> = answer["findings"].as_array().unwrap().iter().map(|finding| finding["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [6, 2, 3, 4, 5], "{answer}");
    assert_eq!(rules(&answer)[1..], ["nul-character", "nul-character", "not-imported", "nul-character"], "{answer}");
    repo.cmpm(["check", "--all"]).success();
}

#[test]
fn what_stands_in_the_way_stands_in_the_way_of_the_dry_run_too() {
    let repo = TestRepo::new();
    repo.write("tasks/tasks/TSK-0001-one.md", "no ticket\n");
    repo.commit_all("in the way");
    let file = outside(&repo, "tickets.jsonl", "{\"id\":\"TSK-0001\",\"kind\":\"task\",\"title\":\"One\",\"status\":\"done\"}\n");
    let dry = repo.cmpm(["ticket", "import", &file, "--dry-run"]).exits(2);
    let real = repo.cmpm(["ticket", "import", &file]).exits(2);
    assert_eq!((dry.stdout, &dry.stderr), (real.stdout, &real.stderr));
    assert!(dry.stderr.contains("TSK-0001-one.md"), "{}", dry.stderr);
}

#[test]
fn a_large_markdown_export_is_read_back_and_what_cannot_be_read_is_refused() {
    let repo = TestRepo::new();
    let body = "A line of some length, again and again.\n".repeat(9_000);
    let line =
        |id: u32| json!({"id": format!("ISS-000{id}"), "kind": "issue", "title": "T", "status": "done", "body": body}).to_string() + "\n";
    let file = outside(&repo, "tickets.jsonl", &(1..5).map(line).collect::<String>());
    repo.cmpm(["ticket", "import", &file]).success();
    let all = repo.around().join("all.md").display().to_string();
    repo.cmpm(["ticket", "export", "--format", "md", "--output", &all]).success();
    assert!(std::fs::metadata(&all).unwrap().len() > 1024 * 1024);
    let other = TestRepo::new();
    std::fs::copy(&all, other.around().join("all.md")).unwrap();
    assert_eq!(counts(&agree(&other, "../all.md", "cmpm")), (4, 0, 0, 0, 0));
    assert_eq!(exported(&repo), exported(&other));
    // In a folder such a page is nobody's, and then nothing is there.
    let folder = outside(&other, "pages/all.md", &std::fs::read_to_string(&all).unwrap());
    for dry in [&["--dry-run"][..], &[]] {
        let answer = other.cmpm([&["ticket", "import", folder.strip_suffix("/all.md").unwrap(), "--from", "cmpm"], dry].concat()).exits(2);
        assert!(answer.stderr.contains("all.md") && answer.stderr.contains("bytes are too many"), "{answer}");
    }
}

#[test]
fn two_tickets_with_one_id_are_both_kept() {
    let repo = TestRepo::new();
    let page = |title: &str| format!("---\nid: ISS-0001\nkind: issue\ntitle: \"{title}\"\nstatus: done\n---\n\n{title}\n");
    for (name, title) in [("one", "One"), ("other", "An\\nother")] {
        repo.write(&format!("tasks/issues/ISS-0001-{name}.md"), &page(title));
    }
    repo.commit_all("two");
    for (format, name) in [("jsonl", "all.jsonl"), ("md", "all.md"), ("csv", "all.csv")] {
        let path = repo.around().join(name).display().to_string();
        repo.cmpm(["ticket", "export", "--format", format, "--output", &path]).success();
        assert_eq!(counts(&agree(&repo, &path, "cmpm")), (0, 0, 2, 0, 0), "{format}: both are here");
        let other = TestRepo::new();
        let path = outside(&other, name, &std::fs::read_to_string(&path).unwrap());
        let answer = agree(&other, &path, "cmpm");
        assert_eq!((counts(&answer), rules(&answer)), ((2, 0, 0, 0, 0), vec!["duplicate-id".to_owned()]), "{answer}");
        let mut bodies: Vec<String> = exported(&other).iter().map(|ticket| ticket["body"].as_str().unwrap().to_owned()).collect();
        bodies.sort();
        assert_eq!(bodies, ["An\\nother", "One"]);
        other.cmpm(["check", "--all"]).success();
    }
}

#[test]
fn of_versions_of_one_record_the_newest_counts_to_a_part_of_a_second() {
    let repo = TestRepo::new();
    let bead = |notes: &str, when: &str| {
        json!({"id": "bd-1", "title": "T", "issue_type": "task", "notes": notes, "updated_at": when}).to_string() + "\n"
    };
    let file = outside(&repo, "issues.jsonl", &(bead("new", "2026-01-01T10:00:00.9Z") + &bead("old", "2026-01-01T10:00:00.25Z")));
    let answer = agree(&repo, &file, "beads");
    assert!(answer["findings"][0]["message"].as_str().unwrap().contains("the newest one counts (line 1)"), "{answer}");
    assert!(exported(&repo)[0]["body"].as_str().unwrap().contains("new"));
    let same = outside(&repo, "same.jsonl", &bead("one", "2026-01-01").repeat(2));
    let answer = repo.json(["ticket", "import", &same, "--from", "beads", "--dry-run"]);
    assert!(answer["findings"][0]["message"].as_str().unwrap().contains("the last one counts"), "{answer}");
}

#[test]
fn what_came_from_beads_goes_back_as_it_was() {
    let repo = TestRepo::new();
    let full = json!({
        "id": "bd-1", "title": "One", "description": "A\n\n## Design\n\nnot the field\n\n## Notes ##\nmine", "design": "# Big\n\n## Sub\ntext",
        "acceptance_criteria": "## Acceptance criteria\n- a", "notes": "n", "status": "open", "priority": 2, "issue_type": "task",
        "created_at": "2025-11-29T00:35:52.359123-07:00", "updated_at": "2025-11-29T00:36:52.359123Z", "due_at": "2026-01-01T00:00:00.5+02:00",
        "comments": [{"id": 1, "issue_id": "bd-1", "author": "x", "text": "hi", "created_at": "2025-11-29T00:35:52.359-07:00"}],
    });
    let bare = json!({"id": "bd-2", "title": "Two", "status": "open", "issue_type": "bug"});
    let file = outside(&repo, "issues.jsonl", &format!("{full}\n{bare}\n"));
    agree(&repo, &file, "beads");
    let back = || -> Vec<Value> {
        let text = repo.cmpm(["ticket", "export", "--format", "beads"]).success().stdout;
        let mut all: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        all.sort_by_key(|record| record["id"].to_string());
        all
    };
    assert_eq!(back(), [full, bare]);
    let id = repo.json(["ticket", "show", "bd-1"])["data"]["id"].as_str().unwrap().to_owned();
    repo.cmpm(["ticket", "update", &id, "--due", "2027-02-03", "--priority", "high"]).success();
    let changed = &back()[0];
    assert_eq!((&changed["due_at"], &changed["priority"]), (&json!("2027-02-03T00:00:00Z"), &json!(1)), "what changed here goes before");
}
