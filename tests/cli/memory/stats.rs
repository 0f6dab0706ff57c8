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
    CATEGORY  ALL  HOLD
    pattern   2    2
    team      2    1

    Most useful (2)
    MEM-00000001  2 of 3 runs merged  Moving a page breaks the links to it.
    MEM-00000011  1 of 1 run merged  Releases are cut on Fridays.

    Never recalled (1)
    MEM-0000000h  A moved page breaks all links to it.

    Nearly the same (1)
    MEM-00000001  MEM-0000000h  64 %  Moving a page breaks the links to it.
    ");
    let empty = TestRepo::new();
    insta::assert_snapshot!(empty.cmpm(["memory", "stats"]), @"0 memories (0 superseded, 0 expired), 0 run pages");
}

#[test]
fn other_projects_are_read_where_they_are() {
    let (repo, other) = (TestRepo::new(), TestRepo::new());
    repo.cmpm(["memory", "add", "Here we use tabs."]).success();
    other.cmpm(["memory", "add", "There they use spaces.", "--commit"]).success();
    let folder = other.root().display().to_string();
    repo.write(".cmpm/config.yaml", &format!("memory:\n  projects: [{folder:?}, ../nowhere]\n"));
    insta::assert_snapshot!(repo.cmpm(["memory", "list", "--projects"]), @"
    ID                 CATEGORY  TAGS  TITLE
    MEM-00000001       project   -     Here we use tabs.
    repo:MEM-00000001  project   -     There they use spaces.
    --- stderr
    warning: .cmpm/config.yaml: the project ../nowhere cannot be read: cannot find [AROUND]/repo/../nowhere: no such file or folder (correct it under `memory.projects` in .cmpm/config.yaml)
    ");
    assert_eq!(repo.json(["memory", "list"])["data"]["memories"].as_array().unwrap().len(), 1);
    assert_eq!(repo.json(["memory", "list", "--projects"])["data"]["memories"][1]["project"], "repo");
    assert_eq!(other.status(), "");
}
