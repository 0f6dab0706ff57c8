//! What memories are counted, and the memories of other projects.

use crate::support::TestRepo;

#[test]
fn what_served_what_did_not_and_what_is_there_twice() {
    let repo = TestRepo::new();
    for (text, category) in [
        ("Moving a page breaks the links to it.", "pattern"),
        ("A moved page breaks all links to it.", "pattern"),
        ("Releases are cut on Fridays.", "team"),
        ("Old habit of the team.", "team"),
    ] {
        repo.cmpm(["memory", "add", text, "--category", category, "--quiet-duplicates"]).success();
    }
    repo.cmpm(["memory", "edit", "MEM-0000001h", "--valid-until", "2026-01-01"]).success();
    let before = repo.json(["memory", "stats"]);
    assert_eq!(before["data"]["never_recalled"].as_array().unwrap().len(), 0, "no run page says nothing");
    let page = |id: &str, state: &str, memories: &str| {
        repo.write(&format!(".cmpm/runs/{id}.md"), &format!("---\nid: {id}\nstate: {state}\nmemories: [{memories}]\n---\n"));
    };
    page("RUN-1", "merged", "MEM-00000001, MEM-00000011");
    page("RUN-2", "rejected", "mem-00000001, MEM-gone");
    page("RUN-3", "merged", "MEM-00000001");
    insta::assert_snapshot!(repo.cmpm(["memory", "stats"]), @"
    4 memories (0 superseded, 1 expired), 3 run pages
    CATEGORY  ALL  CURRENT
    pattern   2    2
    team      2    1

    Most useful (2)
    MEM-00000001  2 of 3 runs merged  Moving a page breaks the links to it.
    MEM-00000011  1 of 1 run merged  Releases are cut on Fridays.

    Never recalled (1)
    MEM-0000000h  A moved page breaks all links to it.

    Stale (1)
    MEM-0000001h  Old habit of the team. (expired on 2026-01-01)

    Nearly the same (1)
    MEM-00000001  MEM-0000000h  64 %  Moving a page breaks the links to it.
    ");
    let empty = TestRepo::new();
    insta::assert_snapshot!(empty.cmpm(["memory", "stats"]), @"0 memories (0 superseded, 0 expired), 0 run pages");
}

#[test]
fn what_may_no_longer_be_true_is_listed_with_why() {
    let repo = TestRepo::new();
    repo.write("src/a.rs", "fn load() {}\n");
    repo.write("src/b.rs", "fn save() {}\n");
    repo.commit_all("code");
    repo.cmpm(["memory", "add", "Load is fast.", "--anchor", "src/a.rs"]).success();
    repo.cmpm(["memory", "add", "Save is slow.", "--anchor", "src/b.rs"]).success();
    repo.cmpm(["memory", "add", "Old habit.", "--valid-until", "2026-01-30"]).success();
    repo.cmpm(["memory", "add", "New habit.", "--supersedes", "MEM-00000001"]).success();
    repo.write("src/a.rs", "fn other() {}\n");
    repo.git(["rm", "-q", "src/b.rs"]);
    repo.commit_all("changed");
    let stale = repo.json(["memory", "stats"])["data"]["stale"].clone();
    let rows: Vec<(&str, &str)> =
        stale.as_array().unwrap().iter().map(|row| (row["title"].as_str().unwrap(), row["why"].as_str().unwrap())).collect();
    assert_eq!(rows.len(), 2, "{stale}");
    assert!(rows[0].0 == "Save is slow." && rows[0].1.contains("src/b.rs orphaned"), "{stale}");
    assert_eq!(rows[1], ("Old habit.", "expired on 2026-01-30"));
}

#[test]
fn five_are_recommended_by_what_runs_made_of_them_and_by_the_words() {
    let repo = TestRepo::new();
    for number in 1..=7 {
        repo.write(
            &format!(".cmpm/memory/pattern/MEM-{number}.md"),
            &format!("---\nid: MEM-{number}\ncategory: pattern\ntitle: Parser {number}\n---\n\nThe parser of settings.\n"),
        );
    }
    for (run, state, memories) in [(1, "merged", "MEM-7"), (2, "merged", "MEM-7"), (3, "rejected", "MEM-1"), (4, "merged", "MEM-6, MEM-1")]
    {
        repo.write(&format!(".cmpm/runs/RUN-{run}.md"), &format!("---\nid: RUN-{run}\nstate: {state}\nmemories: [{memories}]\n---\n"));
    }
    let found = repo.json(["memory", "recommend", "settings", "parser"])["data"]["memories"].clone();
    let rows = found.as_array().unwrap();
    assert_eq!(rows.len(), 5, "{found}");
    assert_eq!((&rows[0]["id"], &rows[1]["id"]), (&"MEM-7".into(), &"MEM-6".into()));
    for row in rows {
        let number = |key: &str| row[key].as_f64().unwrap();
        assert!((number("score") - 0.6 * number("effectiveness") - 0.4 * number("relevance")).abs() < 1e-9, "{row}");
    }
    assert_eq!((rows[0]["effectiveness"].as_f64(), rows[1]["effectiveness"].as_f64()), (Some(0.75), Some(2.0 / 3.0)));
    let useful = repo.json(["memory", "stats"])["data"]["most_useful"].clone();
    let ids: Vec<&str> = useful.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["MEM-7", "MEM-6", "MEM-1"], "{useful}");
}
