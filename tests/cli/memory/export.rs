//! What is exported, and that it comes back as it was.

use crate::support::TestRepo;

/// Memories with every kind of key.
fn full() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm([
        "memory",
        "add",
        "Moving a page: \"links\" break.\n\n- one\n- two",
        "--category",
        "pattern",
        "--tag",
        "a: b",
        "--scope",
        "docs/**",
        "--confidence",
        "0.7",
    ])
    .success();
    repo.cmpm(["memory", "add", "Link checkers fail.", "--signature", "E404: not found", "--resolution", "one", "--resolution", "two"])
        .success();
    repo.cmpm(["memory", "supersede", "MEM-00000001", "Pages do not move."]).success();
    repo.write(
        ".cmpm/memory/team/MEM-x1.md",
        "---\nid: MEM-x1\ncategory: team\ntitle: Tabs\nanchors:\n  - {path: src/a.rs, symbol: f}\nsource: {run: RUN-1, ticket: TSK-1}\nodd: {deep: [1, two]}\nvalid_until: 2027-01-01\n---\n\n    indented code\n\n---\n\nrule above\n",
    );
    repo
}

fn export(repo: &TestRepo, to: &str, name: &str) -> String {
    let file = repo.around().join(name);
    repo.cmpm(["memory", "export", "--to", to, &file.display().to_string()]).success();
    file.display().to_string()
}

#[test]
fn json_lines_come_back_as_they_were() {
    let (here, there) = (full(), TestRepo::new());
    let file = export(&here, "cmpm-jsonl", "all.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 4);
    let dry = there.json(["memory", "import", &file, "--dry-run"]);
    assert_eq!(dry["data"]["imported"].as_array().unwrap().len(), 4);
    assert!(!there.exists(".cmpm"));
    assert_eq!(there.json(["memory", "import", &file])["data"]["imported"].as_array().unwrap().len(), 4);
    assert_eq!(std::fs::read_to_string(export(&there, "cmpm-jsonl", "back.jsonl")).unwrap(), text);
    for repo in [&here, &there] {
        let again = repo.json(["memory", "import", &file]);
        assert_eq!((&again["data"]["unchanged"], again["data"]["imported"].as_array().unwrap().len()), (&4.into(), 0), "{again}");
    }
    there.cmpm(["memory", "edit", "MEM-x1", "More."]).success();
    let again = there.json(["memory", "import", &file]);
    assert_eq!((&again["data"]["unchanged"], &again["data"]["changed"][0]["id"]), (&3.into(), &"MEM-x1".into()));
}

#[test]
fn a_folder_of_another_project_comes_with_its_ids() {
    let (here, there) = (full(), TestRepo::new());
    let folder = here.root().display().to_string();
    let answer = there.json(["memory", "import", &folder]);
    assert_eq!((&answer["data"]["format"], answer["data"]["imported"].as_array().unwrap().len()), (&"cmpm".into(), 4), "{answer}");
    let (one, other) = (export(&here, "cmpm-jsonl", "one.jsonl"), export(&there, "cmpm-jsonl", "other.jsonl"));
    let but_for_the_source = |file: String| {
        let lines = std::fs::read_to_string(file).unwrap();
        let line = |line: &str| {
            let mut memory: serde_json::Value = serde_json::from_str(line).unwrap();
            memory.as_object_mut().unwrap().remove("source");
            memory
        };
        lines.lines().map(line).collect::<Vec<_>>()
    };
    assert_eq!(but_for_the_source(one), but_for_the_source(other));
    let folder = here.path(".cmpm/memory").display().to_string();
    assert_eq!(there.json(["memory", "import", &folder])["data"]["unchanged"], 4);
    assert_eq!(here.json(["memory", "import", "."])["data"]["unchanged"], 4);
}

#[test]
fn mem0_s_form_brings_it_all_back_too() {
    let (here, there) = (full(), TestRepo::new());
    let file = export(&here, "mem0", "mem0.json");
    let dump: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert!(dump["results"].as_array().unwrap().iter().all(|entry| entry["memory"].is_string() && entry["id"].is_string()));
    assert_eq!(there.json(["memory", "import", &file])["data"]["format"], "mem0");
    let (one, other) = (export(&here, "cmpm-jsonl", "one.jsonl"), export(&there, "cmpm-jsonl", "other.jsonl"));
    assert_eq!(std::fs::read_to_string(one).unwrap(), std::fs::read_to_string(other).unwrap());
    assert_eq!(here.json(["memory", "import", &file])["data"]["unchanged"], 4);
}

#[test]
fn notes_are_files_others_can_read() {
    let repo = full();
    let folder = export(&repo, "markdown", "notes");
    let note = std::fs::read_to_string(format!("{folder}/team/MEM-x1.md")).unwrap();
    insta::assert_snapshot!(note, @"
    ---
    title: Tabs
    type: note
    permalink: memory/MEM-x1
    id: MEM-x1
    category: team
    anchors:
      - path: src/a.rs
        symbol: f
    source:
      run: RUN-1
      ticket: TSK-1
    odd:
      deep:
        - '1'
        - two
    valid_until: '2027-01-01'
    ---

        indented code

    ---

    rule above
    ");
    insta::assert_snapshot!(repo.cmpm(["memory", "export", "--to", "markdown", "../notes"]), @"Exported 4 memories to ../notes (0 files written)");
    assert_eq!(repo.json(["memory", "import", "../notes"])["data"]["unchanged"], 4);
}

#[test]
fn nothing_is_written_over_unless_told() {
    let repo = full();
    repo.write("all.jsonl", "mine\n");
    insta::assert_snapshot!(repo.cmpm(["memory", "export", "--to", "cmpm-jsonl", "all.jsonl"]), @"
    --- stderr
    error: [AROUND]/repo/all.jsonl already exists and holds something else
    hint: export to another place, or look at it and then say `--replace`
    --- exit 4
    ");
    assert_eq!(repo.read("all.jsonl"), "mine\n");
    insta::assert_snapshot!(repo.cmpm(["memory", "export", "--to", "cmpm-jsonl", "new.jsonl", "--dry-run", "--current"]), @"Would export 3 memories to new.jsonl (1 file written)");
    assert!(!repo.exists("new.jsonl"));
    repo.cmpm(["memory", "export", "--to", "cmpm-jsonl", "all.jsonl", "--replace", "--category", "team"]).success();
    assert_eq!(repo.read("all.jsonl").lines().count(), 1);
}
