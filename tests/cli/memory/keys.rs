//! Conditions over a project's own keys, and boosts.

use crate::support::TestRepo;

fn note(repo: &TestRepo, id: &str, keys: &str) {
    repo.write(&format!(".cmpm/memory/team/{id}.md"), &format!("---\nid: {id}\ncategory: team\ntitle: Link {id}\n{keys}---\n\nlink\n"));
}

fn ids(repo: &TestRepo, arguments: &[&str]) -> Vec<String> {
    let found = repo.json(["memory", "search", "link"].iter().chain(arguments));
    let hits = found["data"]["hits"].as_array().unwrap_or_else(|| panic!("{found}")).clone();
    hits.iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn keys_of_a_category_and_of_any_memory_can_be_asked_for() {
    let repo = TestRepo::new();
    repo.write(".cmpm/config.yaml", "memory: {categories: {customer: {required: [contract]}}}\n");
    note(&repo, "MEM-a1", "contract: C-7\nmem0: {user_id: ana}\n");
    note(&repo, "MEM-b1", "contract: C-9\nweight: 12\nreviewed: true\n");
    for (condition, wanted) in [
        ("contract=C-7", &["MEM-a1"][..]),
        ("contract~c- and not contract=C-7", &["MEM-b1"]),
        ("mem0.user_id=ana or weight>100", &["MEM-a1"]),
        ("weight>=12 and reviewed=true", &["MEM-b1"]),
        ("category=team and (weight<12 or contract=C-8)", &[]),
    ] {
        assert_eq!(ids(&repo, &["--where", condition]), wanted, "{condition}");
        let listed = repo.cmpm(["memory", "list", "--where", condition]).success().to_string();
        assert!(wanted.iter().all(|id| listed.contains(id)), "{condition}: {listed}");
    }
    let wrong = repo.cmpm(["memory", "search", "link", "--where", "category=team and contrct=C-7"]).exits(2);
    insta::assert_snapshot!(wrong, @"
    --- stderr
    error: the condition cannot be read at character 19: `contrct` is not a key here; did you mean `contract`?
    hint: category=team and  → contrct=C-7
    hint: similar keys: contract
    --- exit 2
    ");
    let unlike = repo.cmpm(["memory", "search", "link", "--where", "zzz=1"]).exits(2);
    assert!(unlike.stderr.contains("`zzz` is not a key here") && unlike.stderr.contains("the nearest keys are id,"), "{unlike}");
}

#[test]
fn boosts_lift_what_is_new_and_what_was_proved_and_say_so() {
    let repo = TestRepo::new();
    note(&repo, "MEM-a1", "created: 2024-01-01T00:00:00Z\n");
    note(&repo, "MEM-b1", "created: 2026-01-30\n");
    note(&repo, "MEM-c1", "");
    repo.write(".cmpm/runs/RUN-1.md", "---\nid: RUN-1\nstate: merged\noutcome: passed\nmemories: [MEM-c1]\n---\n");
    repo.commit_all("notes");
    assert_eq!(ids(&repo, &[]), ["MEM-a1", "MEM-b1", "MEM-c1"]);
    assert_eq!(ids(&repo, &["--boost", "recency"]), ["MEM-b1", "MEM-a1", "MEM-c1"]);
    assert_eq!(ids(&repo, &["--boost", "effectiveness"]), ["MEM-c1", "MEM-a1", "MEM-b1"]);
    let explained = repo.json(["memory", "search", "link", "--boost", "recency,effectiveness", "--explain"]);
    for hit in explained["data"]["hits"].as_array().unwrap() {
        let told = &hit["explanation"];
        let terms: f64 = told["terms"].as_array().unwrap().iter().map(|term| term["score"].as_f64().unwrap()).sum();
        let factors: f64 = told["boosts"].as_array().unwrap().iter().map(|boost| boost["factor"].as_f64().unwrap()).product();
        let whole = (terms + told["proximity"].as_f64().unwrap()) * told["factor"].as_f64().unwrap() * factors;
        assert!((whole - hit["score"].as_f64().unwrap()).abs() < 1e-9, "{hit}");
    }
    let text = repo.cmpm(["memory", "search", "link", "--boost", "recency,effectiveness", "--explain"]).to_string();
    assert!(text.contains("recency: 1 day before the commit") && text.contains("effectiveness: proof 0.67, given to 1 run"), "{text}");
    let at = |now: &str| {
        let mut command = repo.command(["memory", "search", "link", "--boost", "recency", "--explain"]);
        command.env("CMPM_NOW", now);
        repo.answer(command)
    };
    assert_eq!(at("2027-01-01T00:00:00Z").stdout, at("2036-01-01T00:00:00Z").stdout, "the day it is asked does not count");
    repo.cmpm(["memory", "search", "link", "--boost", "fame"]).exits(2);
}
