//! One table of words: what one verb knows of a property or a status, every other knows too.

mod files;

use crate::merge::{self, diverge, try_git};
use crate::support::TestRepo;

pub fn repo_with(tickets: &[(&str, &str)]) -> TestRepo {
    let repo = TestRepo::new();
    for (id, keys) in tickets {
        repo.write(&format!("tasks/issues/{id}.md"), &ticket(id, keys));
    }
    repo.commit_all("tickets");
    repo
}

pub fn ticket(id: &str, keys: &str) -> String {
    format!("---\nid: {id}\nkind: issue\ntitle: One\nstatus: active\n{keys}---\n\nText.\n")
}

#[test]
fn a_merge_that_drops_a_link_of_any_kind_is_told() {
    let links = ["related", "duplicates", "discovered_from", "blockedBy", "relatedIssues"];
    let ids = ["ISS-1", "ISS-2", "ISS-3", "ISS-4", "ISS-5"];
    let repo = repo_with(&ids.map(|id| (id, "")));
    repo.git(["switch", "-q", "-c", "side"]);
    for (id, key) in ids.iter().zip(links) {
        repo.write(&format!("tasks/issues/{id}.md"), &ticket(id, &format!("{key}: [ISS-9]\n")));
    }
    repo.commit_all("links");
    repo.git(["switch", "-q", "main"]);
    repo.commit_all("ours");
    repo.git(["merge", "-q", "-s", "ours", "-m", "m", "side"]);
    let check = repo.cmpm(["ticket", "merge-check", "HEAD"]).exits(1);
    for (id, key) in ids.iter().zip(links) {
        assert!(format!("{check}").contains(&format!("the merge lost `{key}: ISS-9` of `{id}`")), "{key}: {check}");
    }
}

#[test]
fn a_value_is_written_and_taken_away_under_the_key_that_the_file_has() {
    let repo = repo_with(&[("ISS-1", "target_date: 2026-01-02\nowner: ana\n")]);
    repo.cmpm(["issue", "update", "ISS-1", "--due", "2026-02-03", "--assignee", "bo"]).success();
    assert_eq!(repo.read("tasks/issues/ISS-1.md"), ticket("ISS-1", "target_date: 2026-02-03\nowner: bo\n"));
    repo.write("plan.yaml", "schema: cmpm.plan/1\nname: p\ntickets:\n  - id: ISS-1\n    due: 2026-03-04\n");
    repo.cmpm(["ticket", "apply", "plan.yaml"]).success();
    assert_eq!(repo.read("tasks/issues/ISS-1.md"), ticket("ISS-1", "target_date: 2026-03-04\nowner: bo\n"));
    repo.cmpm(["issue", "update", "ISS-1", "--due", "", "--assignee", ""]).success();
    assert_eq!(repo.read("tasks/issues/ISS-1.md"), ticket("ISS-1", ""));
}

#[test]
fn keys_that_say_the_unit_of_an_estimate_are_read_and_never_touched() {
    let units = "story_points: 5\nestimated_hours: 9\n";
    let repo = repo_with(&[("ISS-1", units)]);
    let file = || repo.read("tasks/issues/ISS-1.md");
    let shown = || repo.json(["ticket", "show", "ISS-1"])["data"]["estimate"].as_str().map(str::to_owned);
    assert_eq!(shown().as_deref(), Some("5"));
    let old = exported(&repo);
    repo.cmpm(["issue", "update", "ISS-1", "--estimate", "3 days"]).success();
    assert_eq!((file(), shown().as_deref()), (ticket("ISS-1", &format!("{units}estimate: '3 days'\n")), Some("3 days")));
    repo.write("plan.yaml", "schema: cmpm.plan/1\nname: p\ntickets:\n  - id: ISS-1\n    estimate: 4 days\n");
    repo.cmpm(["ticket", "apply", "plan.yaml"]).success();
    assert_eq!(file(), ticket("ISS-1", &format!("{units}estimate: '4 days'\n")));
    repo.cmpm(["issue", "update", "ISS-1", "--estimate", ""]).success();
    assert_eq!((file(), shown().as_deref(), exported(&repo)), (ticket("ISS-1", units), Some("5"), old));
    assert!(repo.cmpm(["issue", "update", "ISS-1", "--estimate", ""]).success().stdout.starts_with("Nothing to change"));
    repo.cmpm(["issue", "create", "Two", "--estimate", "3"]).success();
    let table = repo.cmpm(["ticket", "export", "--format", "csv"]).success().stdout;
    assert!(table.lines().next().unwrap().contains(",estimate,") && table.contains(",3,2026-01-31"), "{table}");
    assert!(table.contains("\"\"story_points\"\":\"\"5\"\""), "the unit goes along: {table}");
    repo.cmpm(["ticket", "export", "-o", "../all.jsonl"]).success();
    let again = repo.json(["ticket", "import", "../all.jsonl"]);
    assert_eq!((&again["data"]["unchanged"], again["data"]["clashes"].as_array().map(Vec::len)), (&2.into(), Some(0)), "{again}");
}

fn exported(repo: &TestRepo) -> String {
    repo.cmpm(["ticket", "export"]).success().stdout
}

#[test]
fn a_ticket_is_deferred_given_paths_and_taken_back_by_flags() {
    let repo = repo_with(&[]);
    let id = repo.json(["issue", "create", "Later", "--defer-until", "2026-12-24"])["data"]["id"].as_str().unwrap().to_owned();
    let file = repo.json(["ticket", "show", &id])["data"]["path"].as_str().unwrap().to_owned();
    assert!(repo.read(&file).contains("\ndefer_until: '2026-12-24'\n") || repo.read(&file).contains("\ndefer_until: 2026-12-24\n"));
    repo.cmpm(["issue", "update", &id, "--path", "docs/**", "--defer-until", ""]).success();
    assert!(!repo.read(&file).contains("defer_until") && repo.read(&file).contains("\npaths:\n  - docs/**\n"), "{}", repo.read(&file));
    let refused = repo.cmpm(["issue", "update", &id, "--defer-until", "soon"]).exits(2);
    assert!(refused.stderr.contains("`soon` is not a date"), "{refused}");
    let refused = repo.cmpm(["issue", "update", &id, "--path", "[x"]).exits(2);
    assert!(refused.stderr.contains("[x"), "{refused}");
}

#[test]
fn what_says_nothing_is_refused_or_takes_away_and_never_written() {
    let repo = repo_with(&[("EP-1", ""), ("ISS-1", "priority: high\nepic_id: EP-1\ntags: [a]\n")]);
    for (verb, flag) in [
        (vec!["issue", "create", "T", "--type", ""], "--type"),
        (vec!["issue", "update", "ISS-1", "--type", ""], "--type"),
        (vec!["issue", "update", "ISS-1", "--label", " "], "--label"),
    ] {
        let refused = repo.cmpm(verb).exits(2);
        assert!(refused.stderr.contains(&format!("`{flag}` must be one line with something in it")), "{refused}");
    }
    repo.cmpm(["issue", "update", "ISS-1", "--type", "b, c", "--priority", "", "--parent", ""]).success();
    assert_eq!(repo.read("tasks/issues/ISS-1.md"), ticket("ISS-1", "tags: [a, b, c]\n"));
}

#[test]
fn new_ids_are_written_wherever_a_ticket_is_named() {
    let links = ["depends_on", "blocks", "related", "duplicates", "discovered_from"];
    let repo = repo_with(&[("ISS-0001", "")]);
    for (id, key) in ["ISS-2", "ISS-3", "ISS-4", "ISS-5", "ISS-6"].iter().zip(links) {
        repo.write(&format!("tasks/issues/{id}.md"), &ticket(id, &format!("{key}: [ISS-0001]\n")));
    }
    repo.commit_all("links");
    repo.cmpm(["ticket", "migrate", "--new-ids", "--commit"]).success();
    let tree = repo.git(["grep", "-h", "-A1", "-E", "^(depends_on|blocks|related|duplicates|discovered_from):", "HEAD", "--", "tasks"]);
    assert_eq!(tree.matches("ISS-0001").count(), 0, "{tree}");
    assert!(links.iter().all(|key| tree.contains(key)), "{tree}");
}

#[test]
fn several_people_where_one_is_meant_outlive_a_migration() {
    let repo = repo_with(&[]);
    let file = |keys: &str| format!("---\nissue_id: ISS-1\ntitle: One\nstatus: planning\n{keys}---\n\nText.\n");
    for keys in ["assignee: [gus, hal]\n", "assignees: [gus, hal]\n", "assignee: [gus, hal]\nassignees: [ida, jon]\n"] {
        repo.write("tasks/issues/ISS-1.md", &file(keys));
        repo.commit_all("before");
        repo.cmpm(["ticket", "migrate", "--commit"]).success();
        let after = repo.git(["show", "HEAD:tasks/issues/ISS-1.md"]);
        let names = |text: &str| ["gus", "hal", "ida", "jon"].map(|name| text.contains(name));
        assert_eq!(names(&after), names(keys), "{after}");
    }
}

/// What a merge proposes where both sides changed the status is the one that is further along, whoever's word it is.
#[test]
fn the_further_status_is_proposed_and_none_that_gives_up() {
    for (ours, theirs, proposed) in [
        ("active", "review", "review"),
        ("active", "ready_for_qa", "ready_for_qa"),
        ("review", "ready_for_deployment", "ready_for_deployment"),
        ("needs_testing", "active", "needs_testing"),
        ("active", "deferred", "active"),
        ("active", "skipped", "active"),
        ("tombstone", "active", "active"),
    ] {
        let repo = merge::project();
        let status = |word: &str| merge::ticket(&format!("status: {word}\nlabels: [a]\nupdated: 2026-01-01\n"), "- [ ] one\n");
        let write = |word: &'static str| move |repo: &TestRepo| repo.write(merge::TICKET, &status(word));
        diverge(&repo, write(ours), write(theirs));
        try_git(&repo, ["merge", "-q", "side"]);
        let merged = repo.read(merge::TICKET);
        assert!(merged.contains(&format!("\nstatus: {proposed}\n")), "{ours} and {theirs}: {merged}");
    }
}

#[test]
fn a_deferred_ticket_is_to_do_everywhere() {
    let repo = repo_with(&[]);
    repo.write("tasks/issues/ISS-1.md", &ticket("ISS-1", "").replace("status: active", "status: deferred"));
    let shown = repo.json(["ticket", "show", "ISS-1"]);
    assert_eq!((shown["data"]["category"].as_str(), shown["data"]["status"].as_str()), (Some("todo"), Some("deferred")));
}
