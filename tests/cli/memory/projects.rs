//! The memories of other projects: listed, searched, and imported with where they come from.

use crate::support::TestRepo;

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

fn note(repo: &TestRepo, id: &str, keys: &str, body: &str) {
    repo.write(&format!(".cmpm/memory/team/{id}.md"), &format!("---\nid: {id}\ncategory: team\n{keys}---\n\n{body}\n"));
}

#[test]
fn other_projects_are_searched_as_one_corpus_and_their_hits_are_marked() {
    let (repo, other) = (TestRepo::new(), TestRepo::new());
    note(&repo, "MEM-a1", "title: Tabs\n", "Indent makefiles with tabs.");
    note(&repo, "MEM-c1", "title: Both\n", "Tabs are known in both projects.");
    note(&other, "MEM-b1", "title: Tabs and tabs\n", "Tabs, tabs and only tabs.");
    note(&other, "MEM-c1", "title: Both\n", "Tabs are known in both projects.");
    note(&other, "MEM-d1", "title: Gone tabs\nvalid_until: 2026-01-01\n", "Tabs of old.");
    // Replaces a memory there that has the name of one here, and is about code that is not here.
    note(&other, "MEM-e1", "title: New tabs\nsupersedes: [MEM-a1]\nanchors: [{path: there.rs, blob: abc}]\n", "New tabs.");
    other.write(".cmpm/memory/team/broken.md", "---\nid: [\n---\n");
    let (before, folder) = (other.status(), other.root().display().to_string());
    let own = repo.root().display().to_string();
    repo.write(".cmpm/config.yaml", &format!("memory:\n  projects: [{folder:?}, ../nowhere, {own:?}]\n"));
    let answer = repo.cmpm(["memory", "search", "tabs", "--projects"]).success();
    assert!(answer.stdout.contains("Tabs and tabs (in repo)") && !answer.stdout.contains("orphaned"), "{answer}");
    assert!(answer.stderr.contains("../nowhere cannot be read") && answer.stderr.contains("in repo: "), "{answer}");
    let hits = repo.json(["memory", "search", "tabs", "--projects"])["data"]["hits"].clone();
    let mut found: Vec<(&str, &str, f64)> = Vec::new();
    for hit in hits.as_array().unwrap() {
        assert_eq!(hit["project"], hit["elsewhere"]["project"]);
        let place = hit["elsewhere"]["project"].as_str().unwrap_or("here");
        found.push((hit["id"].as_str().unwrap(), place, hit["score"].as_f64().unwrap()));
        assert!(hit["superseded_by"].is_null(), "{hit}");
    }
    assert!(found.windows(2).all(|pair| pair[0].2 >= pair[1].2), "one scale: {found:?}");
    let mut ids: Vec<(&str, &str)> = found.iter().map(|(id, place, _)| (*id, *place)).collect();
    assert_eq!(ids[0], ("MEM-b1", "repo"));
    ids.sort_unstable();
    assert_eq!(ids, [("MEM-a1", "here"), ("MEM-b1", "repo"), ("MEM-c1", "here"), ("MEM-e1", "repo")]);
    assert_eq!(repo.json(["memory", "search", "tabs"])["data"]["hits"].as_array().unwrap().len(), 2);
    assert_eq!(other.status(), before);
}

#[test]
fn an_imported_memory_says_from_which_project_and_commit_and_is_never_overwritten() {
    let (here, there) = (TestRepo::new(), TestRepo::new());
    note(&there, "MEM-a1", "title: Tabs\n", "Indent with tabs.");
    note(&there, "MEM-b1", "title: Learned\nsource: {run: RUN-1, commit: abc123}\n", "A run taught it.");
    there.commit_all("known");
    note(&there, "MEM-c1", "title: Draft\n", "Not committed yet.");
    let folder = there.root().display().to_string();
    let import = || here.json(["memory", "import", &folder])["data"].clone();
    assert_eq!(import()["imported"].as_array().unwrap().len(), 3);
    let source = |id: &str| here.json(["memory", "show", id])["data"]["source"].clone();
    let head = there.git(["rev-parse", "HEAD"]);
    assert_eq!((&source("MEM-a1")["project"], &source("MEM-a1")["commit"]), (&"repo".into(), &head.into()));
    assert_eq!(
        (&source("MEM-b1")["project"], &source("MEM-b1")["commit"], &source("MEM-b1")["run"]),
        (&"repo".into(), &"abc123".into(), &"RUN-1".into())
    );
    assert_eq!((&source("MEM-c1")["project"], source("MEM-c1")["commit"].is_null()), (&"repo".into(), true));
    // Again, with another commit there and an edit here: nothing is new, nothing is touched.
    there.commit_all("later");
    here.cmpm(["memory", "edit", "MEM-a1", "Makefiles too."]).success();
    let edited = here.read(".cmpm/memory/team/MEM-a1-tabs.md");
    let again = import();
    assert_eq!((&again["unchanged"], again["changed"].as_array().unwrap().len()), (&3.into(), 0), "{again}");
    note(&there, "MEM-a1", "title: Tabs\n", "Indent with spaces.");
    let changed = import();
    assert_eq!((&changed["unchanged"], &changed["changed"][0]["id"]), (&2.into(), &"MEM-a1".into()), "{changed}");
    assert_eq!(here.read(".cmpm/memory/team/MEM-a1-tabs.md"), edited);
    // A third project keeps what the second one says of the first.
    let third = TestRepo::new();
    third.cmpm(["memory", "import", &here.root().display().to_string()]).success();
    assert_eq!(third.json(["memory", "show", "MEM-b1"])["data"]["source"]["project"], "repo");
    let again = third.json(["memory", "import", &here.root().display().to_string()]);
    assert_eq!(again["data"]["unchanged"], 3, "{again}");
}
