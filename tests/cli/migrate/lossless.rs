//! What a migration must never lose: every value in every odd form that people write, under every key that cmpm knows.

use std::collections::BTreeMap;

use serde_json::Value;

use super::files;
use crate::support::TestRepo;

/// Keys without which a file is no ticket; those of a line mean the same.
const HEAD: &[&[&str]] = &[&["id", "issue_id"], &["kind"], &["title"], &["status", "state"]];

/// Every other key of a ticket, and some that have no meaning.
const KEYS: &[&[&str]] = &[
    &["type"],
    &["priority"],
    &["parent", "epic_id", "epicId", "epic"],
    &["assignee", "assignees", "owner"],
    &["agent"],
    &["due", "due_date", "dueDate", "target_date"],
    &["defer_until"],
    &["milestone"],
    &["estimate", "story_points", "estimated_hours", "estimatedHours", "effort_estimate"],
    &["created", "created_date", "created_at", "createdAt"],
    &["author"],
    &["labels", "tags"],
    &["depends_on", "dependencies", "blocked_by", "blockedBy", "dependsOn"],
    &["blocks"],
    &["related", "related_issues", "related_tasks", "related_prs", "relatedIssues"],
    &["duplicates", "duplicate_of"],
    &["discovered_from"],
    &["paths"],
    &["aliases"],
    &["description"],
    &["content"],
    &["file_path"],
    &["task_id", "pr_id"],
    &["imported"],
    &["external"],
    &["updated"],
    &["ai_context"],
];

/// A value in every form; `@` is a word that stands nowhere else.
const FORMS: &[&str] = &[
    " a@",
    " 7@",
    " {k@: a@, l@: [b@, c@]}",
    " {}",
    " [a@, b@]",
    " [a@]",
    " [{k@: a@, why: b@}, c@]",
    " [{k@: a@}]",
    " [[a@, b@]]",
    " [[a@], b@]",
    "\n  - a@\n  - k@:\n      - b@",
    " |\n  a@\n\n  b@",
    " \"a@\\n b@\"",
    " ISS-1@ (a@)",
];

/// The words of a file that a test made: a letter or an id, and a number that no other file has.
fn words(text: &str) -> Vec<&str> {
    let is_made = |word: &&str| word.len() > 4 && word.ends_with(|c: char| c.is_ascii_digit()) && !word.starts_with("ISS");
    text.split(|c: char| !c.is_alphanumeric()).filter(is_made).collect()
}

/// What each ticket says of itself, by its id: its category, and every property that cmpm has a key for.
fn properties(repo: &TestRepo) -> BTreeMap<String, Value> {
    let list = repo.json(["ticket", "list", "--all"]);
    let category = |row: &Value| (row["id"].as_str().unwrap().to_owned(), row["category"].clone());
    let categories: BTreeMap<String, Value> = list["data"]["tickets"].as_array().unwrap().iter().map(category).collect();
    let own: Vec<&str> = KEYS.iter().map(|group| group[0]).filter(|key| !["type", "description", "content"].contains(key)).collect();
    let export = repo.cmpm(["ticket", "export"]).success().stdout;
    let properties = |line: &str| {
        let ticket: Value = serde_json::from_str(line).unwrap();
        let id = ticket["id"].as_str().unwrap().to_owned();
        let mut said: BTreeMap<&str, Value> = own.iter().map(|key| (*key, ticket[key].clone())).collect();
        // Of a line of prose the front matter has the word.
        said.insert("priority", ticket["priority"].as_str().and_then(|words| words.split(' ').next()).into());
        said.insert("category", categories[&id].clone());
        said.insert("title", words(ticket["title"].as_str().unwrap()).into());
        said.retain(|key, _| !["imported", "external", "file_path", "task_id", "updated", "ai_context"].contains(key));
        (id, serde_json::to_value(said).unwrap())
    };
    export.lines().map(properties).collect()
}

/// As [`files`], without those that are not text.
fn files_but(repo: &TestRepo, name: &str) -> BTreeMap<String, String> {
    let paths = repo.git(["ls-files", "-co", "--exclude-standard"]);
    let paths = paths.lines().filter(|path| !path.ends_with(name) && repo.exists(path));
    paths.map(|path| (path.to_owned(), repo.read(path))).collect()
}

/// Migrates what is committed, and fails the test if a word is gone, if lists say something else, or if it cannot be undone.
fn migrate_and_compare(repo: &TestRepo) {
    let (before, old) = (properties(repo), files(repo));
    let report = repo.json(["ticket", "migrate"]);
    assert_eq!(report["ok"], true, "{report}");
    let kept = files(repo).into_values().collect::<String>() + &report["data"]["dropped"].to_string().replace("\\n", " ");
    let known: std::collections::HashSet<&str> = words(&kept).into_iter().collect();
    for (path, text) in &old {
        let lost: Vec<&str> = words(text).into_iter().filter(|word| !known.contains(word)).collect();
        assert!(lost.is_empty(), "{path} lost {lost:?}:\n{text}");
    }
    for (id, said) in properties(repo) {
        assert_eq!(said, before[&id], "{id}");
    }
    assert_eq!(repo.json(["ticket", "migrate"])["data"]["files"], 0);
    repo.cmpm(["undo"]).success();
    assert_eq!(repo.status(), "");
}

/// The keys of a file in which the key at `at` of each group has a value in an odd form; with `others`, a plain one is after
/// the others of the group.
fn odd_keys(groups: &[&[&str]], (at, others): (usize, bool), form: &str, number: &mut u32) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    for group in groups {
        for (index, key) in group.iter().enumerate().filter(|(index, _)| others || *index == at) {
            *number += 1;
            let form = if index == at { form } else { " z@" };
            keys.push(((*key).to_owned(), form.replace('@', &number.to_string())));
        }
    }
    keys
}

#[test]
fn every_value_in_every_form_is_kept_or_named() {
    let repo = TestRepo::new();
    let mut number = 1000;
    let write = |mut keys: Vec<(String, String)>, number: &mut u32| {
        *number += 1;
        let own =
            [("issue_id", format!(" ISS-{number}")), ("id", format!(" ISS-{number}")), ("title", " T".into()), ("status", " open".into())];
        let missing = own.iter().filter(|(key, _)| keys.iter().all(|(other, _)| key != other));
        let missing: Vec<_> = missing.map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        keys.extend(missing);
        let text: String = keys.iter().map(|(key, value)| format!("{key}:{value}\n")).collect();
        repo.write(&format!("tasks/issues/ISS-{number}-t.md"), &format!("---\n{text}---\n\nText.\n"));
    };
    for form in FORMS {
        for choice in (0..5).flat_map(|at| [(at, false), (at, true)]) {
            write(odd_keys(KEYS, choice, form, &mut number), &mut number);
            for group in HEAD.iter().filter(|group| choice.0 < group.len()) {
                write(odd_keys(&[group], choice, form, &mut number), &mut number);
            }
        }
    }
    repo.commit_all("theirs");
    migrate_and_compare(&repo);
}

#[test]
fn every_line_of_a_body_without_front_matter_is_kept_or_named() {
    let repo = TestRepo::new();
    let keys = KEYS.iter().chain(HEAD).flat_map(|group| group.iter().take(2));
    // A ticket with the alias `EP-9002` would be what the others are a part of.
    let keys = keys.filter(|key| !["id", "issue_id", "title", "aliases"].contains(key));
    let values =
        ["none", "TBD", "-", "a@", "a@, b@", "high (a@)", "done - a@", "EP-9001", "EP-9001 (a@)", "EP-9002", "EP-9002 (a@)", "**a@** b@"];
    let mut number = 1000;
    for key in keys {
        for value in values {
            number += 1;
            let status = if ["status", "state"].contains(key) { "" } else { "**Status**: open\n" };
            let text = format!("# ISS-{number}: T\n\n{status}**{key}**: {}\n\nText.\n", value.replace('@', &number.to_string()));
            repo.write(&format!("tasks/issues/ISS-{number}-t.md"), &text);
        }
    }
    repo.write("tasks/epics/EP-9001-e.md", "---\nepic_id: EP-9001\ntitle: E\nstatus: open\n---\n");
    repo.commit_all("theirs");
    let old = files(&repo);
    migrate_and_compare(&repo);
    repo.cmpm(["ticket", "migrate"]).success();
    let after = files(&repo);
    for (path, text) in old.iter().filter(|(path, _)| path.starts_with("tasks/issues")) {
        let line = text.lines().rfind(|line| line.starts_with("**")).unwrap();
        let nothing = ["none", "TBD", "-"].iter().any(|value| line.ends_with(&format!(": {value}")));
        assert!(!nothing || after[path].contains(line), "{path} lost {line}:\n{}", after[path]);
    }
}

#[test]
fn a_parent_that_is_no_ticket_stays_where_it_is() {
    let repo = TestRepo::new();
    let headed = |epic: &str| format!("# ISS-1: T\n\n**Status**: open\n**Epic**: {epic}\n\nText.\n");
    let front = |epic: &str| format!("---\nissue_id: ISS-1\nepic_id: {epic}\ntitle: T\nstatus: open\n---\n\nText.\n");
    let parent = |repo: &TestRepo| repo.json(["ticket", "show", "ISS-1"])["data"]["parent"].clone();
    repo.write("tasks/epics/EP-1-e.md", "---\nepic_id: EP-1\ntitle: E\nstatus: open\n---\n");
    for (text, kept) in [
        (headed("Some title"), "**Epic**: Some title\n"),
        (headed("EP-7"), "\nepic: EP-7\n"),
        (headed("EP-7 (later)"), "**Epic**: EP-7 (later)\n"),
        (headed("EP-1 (later)"), "**Epic**: EP-1 (later)\n"),
        (headed("EP-1"), "\nparent: EP-1\n"),
        (front("Some title"), "\nepic_id: Some title\n"),
        (front("EP-7"), "\nepic_id: EP-7\n"),
        (front("EP-1"), "\nparent: EP-1\n"),
    ] {
        repo.write("tasks/issues/ISS-1-t.md", &text);
        repo.commit_all("theirs");
        let before = parent(&repo);
        repo.cmpm(["ticket", "migrate", "--commit"]).success();
        let after = repo.read("tasks/issues/ISS-1-t.md");
        assert!(after.contains(kept), "{after}");
        assert_eq!((parent(&repo), after.contains("\nparent: ")), (before, kept.contains("EP-1")), "{after}");
    }
}

#[test]
fn a_status_word_that_says_more_than_its_category_stays() {
    let repo = TestRepo::new();
    let words =
        ["paused", "qa", "Reopened", "duplicate", "idea", "verified", "in_review", "In Review", "deferred", "ready_for_qa", "Frobnicating"];
    let plain = [("open", "planning"), ("in-progress", "active"), ("Completed", "done"), ("wont_do", "cancelled")];
    let all = words.iter().map(|word| (*word, *word)).chain(plain);
    let all: Vec<(usize, (&str, &str))> = (1..).zip(all).collect();
    for (number, (word, _)) in &all {
        let front = format!("---\nissue_id: ISS-{number}\ntitle: T\nstatus: {word}\n---\n");
        repo.write(&format!("tasks/issues/ISS-{number}-t.md"), &front);
        repo.write(&format!("tasks/tasks/TSK-{number}-t.md"), &format!("# TSK-{number}: T\n\n**Status**: {word}\n"));
        repo.write(&format!("tasks/prs/PR-{number}-t.md"), &format!("# PR-{number}: T\n\n**Status**: {word} - since May\n"));
    }
    repo.commit_all("theirs");
    migrate_and_compare(&repo);
    repo.cmpm(["ticket", "migrate"]).success();
    for (number, (word, native)) in &all {
        // A line of prose in which no word is known stays in the body alone.
        let in_prose = if *word == "Frobnicating" { "active" } else { native };
        for (id, native) in [(format!("ISS-{number}"), native), (format!("TSK-{number}"), &in_prose), (format!("PR-{number}"), &in_prose)] {
            assert_eq!(repo.json(["ticket", "show", &id])["data"]["status"], **native, "{id}: {word}");
        }
        assert!(repo.read(&format!("tasks/prs/PR-{number}-t.md")).contains(&format!("**Status**: {word} - since May\n")));
    }
}

#[test]
fn comments_that_would_have_one_name_stay_apart() {
    let repo = TestRepo::new();
    let comment = |keys: &str, text: &str| format!("---\nissueId: ISS-1\ncreatedAt: 2025-07-22T10:00:00Z\n{keys}---\n\n{text}\n");
    repo.write("tasks/issues/ISS-1-t.md", "---\nissue_id: ISS-1\ntitle: T\nstatus: open\n---\n");
    let said = [
        ("tasks/comments/ISS-1/c.md", "one1001"),
        ("tasks/comments/ISS-1/C.md", "two1002"),
        ("tasks/comments/iss-1/c.md", "three1003"),
        ("tasks/issues/comments/ISS-1/c.md", "four1004"),
        ("tasks/comments/ISS-1/20250722T100000Z-c.md", "six1006"),
        ("tasks/comments/ISS-1/20250722T100000Z-C-2.md", "seven1007"),
        ("tasks/comments/ISS-1/deep/c.md", "eight1008"),
    ];
    for (path, text) in said {
        repo.write(path, &comment("author: {name: ann1009}\ncreated: [x1010]\nticket: {y1011: z1012}\n", text));
    }
    let latin = b"---\nissueId: ISS-1\nauthor: caf\xe9\n---\n\nText.\n";
    std::fs::write(repo.path("tasks/comments/ISS-1/latin.md"), latin).unwrap();
    repo.write(".cmpm/config.yaml", "paths:\n  tasks: [tasks, tasks/issues]\n");
    repo.commit_all("theirs");
    let old = files_but(&repo, "latin.md");
    assert_eq!(repo.json(["ticket", "migrate"])["ok"], true);
    assert_eq!(std::fs::read(repo.path("tasks/comments/ISS-1/latin.md")).unwrap(), latin);
    let after = files_but(&repo, "latin.md");
    let mut names: Vec<String> = after.keys().map(|name| name.to_lowercase()).collect();
    names.dedup();
    assert_eq!((names.len(), after.len()), (old.len(), old.len()), "{names:?}");
    for (_, text) in said {
        let [(path, file)] = after.iter().filter(|(_, file)| file.contains(text)).collect::<Vec<_>>()[..] else {
            panic!("{text}: {after:#?}")
        };
        let words = words(file);
        assert!(path.starts_with("tasks/comments/ISS-1/") || path.starts_with("tasks/issues/comments/ISS-1/"), "{path}");
        assert!(["ann1009", "x1010", "y1011", "z1012"].iter().all(|word| words.contains(word)), "{path}:\n{file}");
    }
    assert_eq!(repo.json(["ticket", "show", "ISS-1"])["data"]["comments"].as_array().unwrap().len(), said.len() + 1);
    assert_eq!(repo.json(["ticket", "migrate"])["data"]["files"], 0);
    repo.cmpm(["undo"]).success();
    assert_eq!(repo.status(), "");
}

#[test]
fn no_key_names_an_old_id_after_all_are_new() {
    let repo = TestRepo::new();
    let write = |path: &str, keys: &str| repo.write(path, &format!("---\n{keys}title: T\nstatus: planning\n---\n\nText.\n"));
    write("tasks/epics/EP-0001-e.md", "epic_id: EP-0001\n");
    write("tasks/issues/ISS-0001-t.md", "issue_id: ISS-0001\nepic_id: EP-0001\n");
    write("tasks/tasks/TSK-0001-t.md", "task_id: TSK-0001\nissue_id: ISS-0001\nepic_id: EP-0001\npr_id: PR-0009\n");
    write("tasks/tasks/TSK-0002-t.md", "id: TSK-0002\nkind: task\ntask_id: TSK-0002\nissue_id: ISS-0001\nepic_id: EP-0001\n");
    write("tasks/tasks/TSK-0003-t.md", "id: TSK-0003\nkind: task\ndepends_on: [TSK-0002, {id: x1001}]\naliases: {old: y1002}\n");
    repo.commit_all("theirs");
    let report = repo.json(["ticket", "migrate", "--new-ids"]);
    let pair = |row: &Value| (row["old"].as_str().unwrap().to_owned(), row["new"].as_str().unwrap().to_owned());
    let new: BTreeMap<String, String> = report["data"]["renumbered"].as_array().unwrap().iter().map(pair).collect();
    let file = |id: &str| repo.read(repo.json(["ticket", "show", id])["data"]["path"].as_str().unwrap());
    let keys = [
        ("EP-0001", ""),
        ("ISS-0001", "parent EP-0001"),
        ("TSK-0001", "parent ISS-0001, epic_id EP-0001"),
        ("TSK-0002", "task_id TSK-0002, issue_id ISS-0001, epic_id EP-0001"),
    ];
    for (id, named) in keys {
        let file = file(id);
        for (key, old) in named.split(", ").filter_map(|pair| pair.split_once(' ')) {
            assert!(file.contains(&format!("\n{key}: {}\n", new[old])), "{key} of {id}:\n{file}");
        }
        let old = file.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| new.contains_key(*word));
        assert_eq!(old.collect::<Vec<_>>(), [id], "only the alias has an old id:\n{file}");
    }
    let odd = file("TSK-0003");
    assert!(odd.contains(&new["TSK-0002"]) && ["x1001", "y1002", "TSK-0003"].iter().all(|word| odd.contains(word)), "{odd}");
    repo.cmpm(["undo"]).success();
    assert_eq!(repo.status(), "");
}

#[test]
fn comments_between_keys_and_lines_without_a_key_are_named() {
    let repo = TestRepo::new();
    let sound = "# why1001\nissue_id: ISS-1\ntitle: \"Fix #3\"\nstatus: open # wait1002\nlabels:\n  # soon1003\n  - a # one1004\ncomponent: c # kept1005\n";
    repo.write("tasks/issues/ISS-1-a.md", &format!("---\n{sound}---\n\nText.\n"));
    let broken = "issue_id: ISS-2\nstray1006 words\ntitle: B\nstatus: open\nlabels: [a\n- \"b1007\"\ncomponent: c1008\ncomponent: d1009\ncomponent: e1010\n";
    repo.write("tasks/issues/ISS-2-b.md", &format!("---\n{broken}---\n\nText.\n"));
    repo.commit_all("theirs");
    migrate_and_compare(&repo);
    let report = repo.json(["ticket", "migrate"]);
    let dropped = report["data"]["dropped"].as_array().unwrap();
    let values: Vec<String> = dropped.iter().map(|dropped| dropped["value"].as_str().unwrap().to_owned()).collect();
    assert_eq!(values, ["# why1001", "# wait1002", "# soon1003", "# one1004", "e1010", "stray1006 words"]);
    assert!(repo.read("tasks/issues/ISS-1-a.md").contains("component: c # kept1005\n"));
    assert!(repo.read("tasks/issues/ISS-2-b.md").ends_with("component: c1008\nimported:\n  component: d1009\n---\n\nText.\n"));
}
