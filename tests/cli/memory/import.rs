//! What is imported: every format, again and again, broken and hostile.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::TestRepo;

/// A folder next to the repository with one file, and its path.
fn outside(repo: &TestRepo, name: &str, text: &str) -> String {
    let file = repo.around().join("there").join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// Every memory as it is exported, by its title.
fn exported(repo: &TestRepo) -> BTreeMap<String, Value> {
    repo.cmpm(["memory", "export", "--to", "cmpm-jsonl", "../all.jsonl", "--replace"]).success();
    let text = std::fs::read_to_string(repo.around().join("all.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| (line["title"].as_str().unwrap().to_owned(), line)).collect()
}

fn counts(answer: &Value) -> (usize, u64, usize, u64) {
    let data = &answer["data"];
    let list = |key: &str| data[key].as_array().map_or(usize::MAX, Vec::len);
    (list("imported"), data["unchanged"].as_u64().unwrap(), list("changed"), data["left_out"].as_u64().unwrap())
}

const MEM0: &str = r#"{"results": [
  {"id": "m-1", "memory": "The user prefers tabs.", "hash": "x", "categories": ["technology"], "user_id": "ana", "agent_id": "helper",
   "metadata": {"category": "team", "weight": 3}, "created_at": "2025-05-01T10:00:00Z", "updated_at": null, "score": 0.5},
  {"id": "m-2", "text": "Releases on Fridays.", "expiration_date": "2026-01-01", "replaced_by": "m-3"},
  {"id": "m-3", "content": "Releases on Mondays.", "metadata": {"category": "work"}},
  {"id": "m-4"}, 7]}"#;

#[test]
fn mem0_comes_once_and_keeps_what_it_said() {
    let repo = TestRepo::new();
    let file = outside(&repo, "mem0.json", MEM0);
    let dry = repo.json(["memory", "import", &file, "--dry-run"]);
    assert_eq!((counts(&dry), &dry["data"]["format"]), ((3, 0, 0, 0), &"mem0".into()));
    assert!(!repo.exists(".cmpm/memory") && dry["data"]["imported"][0].get("id").is_none());
    assert_eq!(counts(&repo.json(["memory", "import", &file, "--commit"])), (3, 0, 0, 0));
    assert_eq!(repo.status(), "");
    let all = exported(&repo);
    let first = &all["The user prefers tabs."];
    assert_eq!(
        (&first["category"], &first["tags"][0], &first["created"]),
        (&"team".into(), &"technology".into(), &"2025-05-01T10:00:00Z".into())
    );
    assert_eq!(
        (&first["source"]["from"], &first["source"]["external"], &first["source"]["agent"]),
        (&"mem0".into(), &"m-1".into(), &"helper".into())
    );
    assert_eq!((&first["mem0"]["user_id"], &first["mem0"]["metadata"]["weight"]), (&"ana".into(), &"3".into()));
    let (old, new) = (&all["Releases on Fridays."], &all["Releases on Mondays."]);
    assert_eq!((&new["supersedes"][0], &new["tags"][0], &old["valid_until"]), (&old["id"], &"work".into(), &"2026-01-01".into()));
    assert_eq!(counts(&repo.json(["memory", "import", &file])), (0, 3, 0, 0));
    assert_eq!(repo.status(), "");
    let before = exported(&repo);
    let file = outside(&repo, "mem0.json", &MEM0.replace("Fridays", "Sundays"));
    let again = repo.json(["memory", "import", &file]);
    assert_eq!(counts(&again), (0, 2, 1, 0));
    assert_eq!(again["data"]["changed"][0]["external"], "m-2");
    assert_eq!(exported(&repo), before);
    let rules: Vec<&str> = again["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["not-a-memory", "not-a-memory", "not-carried", "not-carried", "changed-since"]);
}

#[test]
fn beads_brings_memories_and_decisions_and_no_tickets() {
    let repo = TestRepo::new();
    let file = outside(
        &repo,
        ".beads/issues.jsonl",
        concat!(
            r#"{"_type":"memory","key":"style","value":"Use tabs in makefiles."}"#,
            "\n",
            r#"{"_type":"issue","id":"bd-1","title":"Use sqlite","issue_type":"decision","status":"closed","description":"newer","updated_at":"2025-02-01","labels":["db"],"comments":[{"text":"x"}]}"#,
            "\n",
            r#"{"id":"bd-1","title":"Use sqlite","issue_type":"decision","status":"open","description":"older","updated_at":"2025-01-01"}"#,
            "\n",
            r#"{"id":"bd-2","title":"Fix it","issue_type":"bug","status":"open"}"#,
            "\n{broken\n",
            r#"{"id":"bd-3","title":"Gone","issue_type":"decision","status":"tombstone"}"#,
        ),
    );
    let answer = repo.json(["memory", "import", &file]);
    assert_eq!((counts(&answer), &answer["data"]["format"]), ((2, 0, 0, 1), &"beads".into()));
    let all = exported(&repo);
    assert_eq!((&all["Use sqlite"]["text"], &all["Use sqlite"]["aliases"][0]), (&"newer".into(), &"bd-1".into()));
    assert_eq!(all["style"]["text"], "Use tabs in makefiles.");
    let told = answer["findings"].to_string();
    for part in ["not an object of JSON", "an issue is not a memory", "`comments` of a decision", "`bd-1` appears again"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(counts(&repo.json(["memory", "import", &file, "--from", "beads"])), (0, 2, 0, 1));
}

#[test]
fn decisions_keep_number_status_and_what_was_decided() {
    let repo = TestRepo::new();
    repo.write(
        "docs/adr/0003-use-tabs.md",
        "# 3. Use tabs\n\nDate: 2024-05-06\n\n## Status\n\nSuperseded by [4](0004-use-spaces.md)\n\n## Context\n\nMakefiles.\n\n## Decision\n\nWe use tabs\neverywhere.\n\n## Consequences\n\nNone.\n",
    );
    repo.write("docs/adr/0004-use-spaces.md", "---\nstatus: accepted\ndate: 2024-06-01\ndeciders: [ana]\n---\n# Use spaces\n\n## Context\n\nx\n\n## Decision\n\nSpaces.\n\n## Consequences\n\ny\n");
    repo.write("docs/adr/0005-old.md", "# Old\n\n## Status\n\nDeprecated\n\n## Context\n\nx\n\n## Decision\n\nOld.\n");
    repo.write("docs/adr/template.md", "# Template\n\n## Decision\n");
    let answer = repo.json(["memory", "import", "docs/adr"]);
    assert_eq!((counts(&answer), &answer["data"]["format"]), ((3, 0, 0, 0), &"adr".into()), "{answer}");
    let all = exported(&repo);
    let (tabs, spaces) = (&all["Use tabs"], &all["Use spaces"]);
    assert_eq!((&tabs["aliases"][0], &tabs["created"], &tabs["tags"][0]), (&"ADR-0003".into(), &"2024-05-06".into(), &"superseded".into()));
    assert_eq!((&tabs["decision"], &tabs["category"]), (&"We use tabs everywhere.".into(), &"project".into()));
    assert_eq!((&spaces["supersedes"][0], &spaces["adr"]["deciders"][0]), (&tabs["id"], &"ana".into()));
    assert_eq!(tabs["source"]["external"], "repo/docs/adr/0003-use-tabs.md");
    assert!(answer["findings"].to_string().contains("but not since when"), "{answer}");
    let alone = TestRepo::new();
    alone.write("adr/0003-use-tabs.md", &repo.read("docs/adr/0003-use-tabs.md"));
    let lone = alone.json(["memory", "import", "adr"]);
    assert!(lone["findings"].to_string().contains("is replaced by something that is not new here"), "{lone}");
    assert_eq!(repo.json(["memory", "show", "ADR-0004"])["data"]["title"], "Use spaces");
    assert_eq!(counts(&repo.json(["memory", "import", "docs/adr/0004-use-spaces.md", "--from", "adr"])), (0, 1, 0, 0));
    assert_eq!(counts(&repo.json(["memory", "import", "docs/adr", "--from", "markdown"])), (1, 3, 0, 0), "only the template is new");
}

#[test]
fn notes_of_basic_memory_and_of_claude() {
    let repo = TestRepo::new();
    outside(
        &repo,
        "notes/a.md",
        "---\ntitle: Coffee\ntype: recipe\ntags: hot, black\npermalink: notes/coffee\nstrength: 3\n---\n\n- [method] Pour slowly #brew\n- relates_to [[Tea]]\n",
    );
    outside(&repo, "notes/s.md", "---\ntitle: S\ntype: schema\npermalink: s\n---\n\nx\n");
    let graph = outside(
        &repo,
        "graph.jsonl",
        "{\"type\":\"entity\",\"name\":\"Ana\",\"entityType\":\"person\",\"observations\":[\"likes tabs\"]}\n{\"type\":\"relation\",\"from\":\"Ana\",\"to\":\"Bob\",\"relationType\":\"knows\"}\n",
    );
    let folder = repo.around().join("there/notes").display().to_string();
    assert_eq!(counts(&repo.json(["memory", "import", &folder])), (1, 0, 0, 0));
    assert_eq!(counts(&repo.json(["memory", "import", &graph])), (1, 0, 0, 0));
    let claude = outside(&repo, "claude/MEMORY.md", "- [Tabs](tabs.md) — use tabs\n");
    outside(
        &repo,
        "claude/tabs.md",
        "---\nname: tabs\ndescription: Use tabs in makefiles\nmetadata:\n  node_type: memory\n  type: feedback\n---\n\nTabs, always.\n",
    );
    outside(&repo, "claude/CLAUDE.md", "# Rules\n\n@other.md\n\n## Style\n\nShort functions.\n\n## Empty\n\n## Tests\n\nRun them.\n");
    let claude = std::path::Path::new(&claude).parent().unwrap().display().to_string();
    let answer = repo.json(["memory", "import", &claude]);
    assert_eq!((counts(&answer), &answer["data"]["format"]), ((4, 0, 0, 0), &"claude".into()), "{answer}");
    let all = exported(&repo);
    assert_eq!(
        (&all["Coffee"]["tags"], &all["Coffee"]["source"]["external"]),
        (&serde_json::json!(["hot", "black", "recipe"]), &"notes/coffee".into())
    );
    assert_eq!((&all["Coffee"]["basic-memory"]["strength"], &all["Ana"]["text"]), (&"3".into(), &"- likes tabs\n- knows [[Bob]]".into()));
    assert_eq!((&all["Use tabs in makefiles"]["category"], &all["Style"]["category"]), (&"team".into(), &"team".into()));
    assert_eq!(all["Tests"]["source"]["external"], "claude/CLAUDE.md#tests");
    assert!(answer["findings"].to_string().contains("is not followed"));
    for source in [&folder, &graph, &claude] {
        assert_eq!(counts(&repo.json(["memory", "import", source])).0, 0);
    }
}

#[test]
fn a_format_that_is_not_clear_must_be_named() {
    let repo = TestRepo::new();
    repo.write("notes/plain.md", "Words about plain things.\n");
    repo.write("notes/other.md", "# Other\n\nMore words.\n");
    insta::assert_snapshot!(repo.cmpm(["memory", "import", "notes"]), @"
    --- stderr
    error: cannot tell which format notes has: 2 plain
    hint: name it: `--from markdown`, `--from adr`, …
    --- exit 2
    ");
    insta::assert_snapshot!(repo.cmpm(["memory", "import", "notes", "--from", "markdown", "--category", "team", "--tag", "old"]), @"
    Imported 2 from markdown
    MEM-0000000h  team  Other
    MEM-0000000j  team  Plain
    ");
    insta::assert_snapshot!(repo.cmpm(["memory", "import", "notes", "--from", "markdown"]), @"Imported 0 from markdown, 2 here already");
    repo.cmpm(["memory", "import", "nowhere"]).exits(2);
}

#[test]
fn hostile_and_broken_sources_become_findings() {
    let repo = TestRepo::new();
    let around = repo.around().join("there");
    outside(&repo, "notes/deep.md", &format!("---\na: {}\n---\n\nDeep front matter.\n", "[".repeat(5000)));
    outside(&repo, "notes/terminal.md", "# Red\u{1b}[31m\n\nText with \u{1b}]0;title\u{7} codes.\n");
    outside(&repo, "notes/../notes/secret.md", &format!("A token: ghp_{}\n", "x7Kq2mVt9LpR4nWb8ZcJ1yHs6DfG3aEu0QoT"));
    outside(&repo, "notes/category.md", "---\ncategory: ../../x\nid: ../../y\ntitle: \"a\\nb\"\n---\n\nA path as a category.\n");
    outside(&repo, "notes/picture.png", "x");
    outside(&repo, "notes/empty.md", "\n\n");
    outside(&repo, "notes/large.md", &"large ".repeat(200_000));
    std::fs::write(around.join("notes/latin.md"), b"caf\xe9").unwrap();
    std::fs::write(around.join("notes/zero.md"), b"a\0b").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", around.join("notes/link.md")).unwrap();
    let folder = around.join("notes").display().to_string();
    let answer = repo.json(["memory", "import", &folder, "--from", "markdown"]);
    assert_eq!(counts(&answer), (3, 0, 0, 2), "{answer}");
    let told = answer["findings"].to_string();
    for part in ["picture.png", "too many", "not UTF-8", "binary", "symbolic link", "github-pat", "no text", r#""rule":"secret""#] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("ghp_"), "{told}");
    let plain = repo.cmpm(["memory", "import", &folder, "--from", "markdown"]).to_string();
    assert!(!plain.contains('\u{1b}') && !plain.contains('\u{7}'), "{plain:?}");
    assert!(exported(&repo).contains_key("a b"));
    let twice = outside(
        &repo,
        "twice.json",
        r#"[{"id":"1","memory":"One text","metadata":{"cmpm":{"id":"MEM-t"}}},{"id":"2","memory":"One text","metadata":{"cmpm":{"id":"mem-T"}}}]"#,
    );
    assert_eq!(counts(&repo.json(["memory", "import", &twice])), (1, 0, 0, 1));
    let json = outside(&repo, "dump.json", &format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)));
    let answer = repo.json(["memory", "import", &json, "--from", "mem0"]);
    assert_eq!(counts(&answer), (0, 0, 0, 0));
    repo.fsck();
}
