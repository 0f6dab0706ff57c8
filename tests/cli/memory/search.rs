//! `cmpm memory search`, `pack`, `recommend` and `verify`.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::{Answer, TestRepo};

fn note(repo: &TestRepo, id: &str, keys: &str, body: &str) {
    repo.write(&format!(".cmpm/memory/pattern/{id}.md"), &format!("---\nid: {id}\n{keys}---\n\n{body}\n"));
}

fn ids(repo: &TestRepo, arguments: &[&str]) -> Vec<String> {
    let mut all = vec!["memory", "search"];
    all.extend(arguments);
    let found = repo.json(all);
    let hits = found["data"]["hits"].as_array().unwrap_or_else(|| panic!("{found}")).clone();
    hits.iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect()
}

fn with_input(repo: &TestRepo, arguments: &[&str], input: &str) -> Answer {
    let mut command = repo.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Answer::of(&child.wait_with_output().unwrap(), repo)
}

#[test]
fn names_from_code_phrases_and_beginnings_are_found() {
    let repo = TestRepo::new();
    note(&repo, "MEM-a1", "category: error\ntitle: Borrowing twice\n", "rustc says E0499 when read_file is called in parseConfig.");
    note(&repo, "MEM-b1", "category: error\ntitle: Modules\n", "node says ERR_MODULE_NOT_FOUND; see src/fs/read.rs for the path.");
    note(&repo, "MEM-c1", "category: pattern\ntitle: Reading files\ntags: [files]\n", "Read the file, then close the file.");
    for (query, wanted) in [
        ("E0499", &["MEM-a1"][..]),
        ("err_module_not_found", &["MEM-b1"]),
        ("readFile", &["MEM-c1", "MEM-a1", "MEM-b1"]),
        ("parse_config", &["MEM-a1"]),
        ("src/fs/read.rs", &["MEM-b1", "MEM-c1", "MEM-a1"]),
        ("\"close the file\"", &["MEM-c1"]),
        ("\"files close\"", &[]),
        ("borr*", &["MEM-a1"]),
        ("closing", &["MEM-c1"]),
    ] {
        assert_eq!(ids(&repo, &[query]), wanted, "{query}");
    }
}

#[test]
fn conditions_choose_and_say_where_they_cannot_be_read() {
    let repo = TestRepo::new();
    let old = "category: error\ntitle: Old link\ntech: [rust]\ntags: [old]\ncreated: 2026-01-05T09:00:00Z\n";
    let new = "category: error\ntitle: New link\ntech: [rust]\nconfidence: 0.9\ncreated: 2026-02-05T09:00:00Z\n";
    note(&repo, "MEM-a1", old, "link");
    note(&repo, "MEM-b1", new, "link");
    note(&repo, "MEM-c1", "category: team\ntitle: Team link\ntech: [go]\n", "link");
    for (condition, wanted) in [
        ("category=error and tech=rust and not tag=old and created>2026-01-01", &["MEM-b1"][..]),
        ("category=team or confidence>=0.9", &["MEM-b1", "MEM-c1"]),
        ("not (tech=rust or tech=go)", &[]),
        ("title~old", &["MEM-a1"]),
    ] {
        let mut found = ids(&repo, &["link", "--where", condition]);
        found.sort();
        assert_eq!(found, wanted, "{condition}");
    }
    let wrong = repo.cmpm(["memory", "search", "link", "--where", "category=error adn tech=rust"]).exits(2);
    insta::assert_snapshot!(wrong, @"
    --- stderr
    error: the condition cannot be read at character 16: `and`, `or` or the end
    hint: category=error  → adn tech=rust
    hint: for example `category=error and not (tag=old or created<2026-01-01)`; `~` means contains
    --- exit 2
    ");
    insta::assert_snapshot!(repo.cmpm(["memory", "list", "--where", "tech=go"]), @"
    ID      CATEGORY  TAGS  TITLE
    MEM-c1  team      -     Team link
    ");
}

#[test]
fn a_score_can_be_explained() {
    let repo = TestRepo::new();
    note(&repo, "MEM-a1", "category: error\ntitle: Broken link\ntags: [link]\nresolution: [fix the link]\n", "A broken link is red.");
    note(&repo, "MEM-b1", "category: team\ntitle: Other\n", "Nothing.");
    insta::assert_snapshot!(repo.cmpm(["memory", "search", "broken", "link", "--explain"]), @"
    MEM-a1  error  Broken link
      A broken link is red. fix the link
      0.498 broken: title 1, body 1; rarity 0.69
      0.560 link: title 1, tags 1, details 1, body 1; rarity 0.69
      0.173 words close together
      = 1.232 proof 0.50: no run was given it yet
    ");
    let answer = repo.json(["memory", "search", "broken", "link", "--explain"]);
    let hit = &answer["data"]["hits"][0];
    let parts = hit["explanation"]["terms"].as_array().unwrap().iter().map(|term| term["score"].as_f64().unwrap());
    let sum = parts.sum::<f64>() + hit["explanation"]["proximity"].as_f64().unwrap();
    assert!((sum - hit["score"].as_f64().unwrap()).abs() < 1e-9);
}

#[test]
fn an_error_finds_what_fixed_it_the_best_proved_first() {
    let repo = TestRepo::new();
    let keys = |title: &str, signature: &str, more: &str| {
        format!("category: error\ntitle: {title}\nsignature: \"{signature}\"\nresolution: [{more}]\n")
    };
    note(&repo, "MEM-a1", &keys("Borrowed twice", "error[E0499]: cannot borrow `x` as mutable", "clone it"), "Guess.");
    note(&repo, "MEM-b1", &keys("Borrowed twice again", "error[E0499]: cannot borrow", "split the borrow"), "Proved.");
    note(&repo, "MEM-c1", &keys("Others", "error[E0308]: mismatched types", "convert"), "error borrow cannot mutable items more than once");
    for (run, state, memory) in [("RUN-1", "merged", "MEM-b1"), ("RUN-2", "merged", "MEM-b1"), ("RUN-3", "rejected", "MEM-a1")] {
        repo.write(
            &format!(".cmpm/runs/{run}.md"),
            &format!("---\nid: {run}\nstate: {state}\noutcome: passed\nmemories: [{memory}]\n---\n"),
        );
    }
    let log = "   Compiling x v0.1.0\n\u{1b}[31merror[E0499]\u{1b}[0m: cannot borrow `x` as mutable more than once at a time\n  --> src/main.rs:10:5\n";
    insta::assert_snapshot!(with_input(&repo, &["memory", "search", "--error", "-"], log), @"
    MEM-b1  error  Borrowed twice again (signature matches)
      Proved. error[E0499]: cannot borrow split the borrow
      - split the borrow
    MEM-a1  error  Borrowed twice (signature matches)
      Guess. error[E0499]: cannot borrow `x` as mutable clone it
      - clone it
    MEM-c1  error  Others
      error borrow cannot mutable items more than once error[E0308]: mismatched t…
      - convert
    ");
    repo.write("log.txt", log);
    assert_eq!(ids(&repo, &["--error", "log.txt", "-n", "2"]), ["MEM-b1", "MEM-a1"]);
    insta::assert_snapshot!(repo.cmpm(["memory", "recommend", "cannot", "borrow", "-n", "2"]), @"
    MEM-b1  error  Borrowed twice again
      0.85 = 0.6 × 0.75 effective + 0.4 × 1.00 relevant; given to 2 runs: 2 merged, 0 failed
    MEM-a1  error  Borrowed twice
      0.58 = 0.6 × 0.33 effective + 0.4 × 0.95 relevant; given to 1 run: 0 merged, 1 failed
    ");
}

#[test]
fn memories_of_other_worktrees_are_marked() {
    let repo = TestRepo::new();
    note(&repo, "MEM-a1", "category: team\ntitle: Shared link\n", "link");
    repo.commit_all("one");
    repo.git(["worktree", "add", "-q", "-b", "side", "../side"]);
    let side = repo.around().join("side");
    std::fs::write(side.join(".cmpm/memory/pattern/MEM-b1.md"), "---\nid: MEM-b1\ncategory: team\ntitle: Side link\n---\n\nlink\n")
        .unwrap();
    assert_eq!(ids(&repo, &["link"]), ["MEM-a1"]);
    insta::assert_snapshot!(repo.cmpm(["memory", "search", "link", "--all-worktrees"]), @"
    MEM-a1  team  Shared link
      link
    MEM-b1  team  Side link (on side)
      link
    ");
    let mut from_side = repo.command(["memory", "search", "link", "--all-worktrees"]);
    from_side.current_dir(&side);
    assert!(!repo.answer(from_side).to_string().contains("on main"), "what both have is not shown twice");
}

#[test]
fn anchors_tell_what_became_of_the_code() {
    let repo = TestRepo::new();
    repo.write("src/a.rs", "fn load() {\n    1\n}\n\nfn save() {\n    2\n}\n");
    repo.write("src/b.rs", "fn other() {\n    // a file of its own\n    3\n}\n");
    repo.commit_all("code");
    let blob = repo.git(["rev-parse", "HEAD:src/a.rs"]);
    let other = repo.git(["rev-parse", "HEAD:src/b.rs"]);
    note(
        &repo,
        "MEM-a1",
        &format!("category: pattern\ntitle: Loading\nanchors:\n  - {{path: src/a.rs, blob: {blob}, symbol: load}}\n"),
        "code",
    );
    note(
        &repo,
        "MEM-b1",
        &format!("category: pattern\ntitle: Saving\nanchors:\n  - {{path: src/a.rs, blob: {blob}, lines: 5-7}}\n"),
        "code",
    );
    note(&repo, "MEM-c1", &format!("category: pattern\ntitle: Other\nanchors:\n  - {{path: src/b.rs, blob: {other}}}\n"), "code");
    repo.commit_all("memories");
    insta::assert_snapshot!(repo.cmpm(["memory", "verify"]), @"3 fresh, 0 drifted, 0 orphaned");
    repo.write("src/a.rs", "fn load() {\n    100\n}\n\n\nfn save() {\n    2\n}\n");
    repo.git(["mv", "src/b.rs", "src/moved.rs"]);
    repo.commit_all("change load");
    insta::assert_snapshot!(repo.cmpm(["memory", "verify"]), @"
    MEM-a1  drifted  Loading
      src/a.rs load drifted: +1 -1 lines by a117674e03 change load
    2 fresh, 1 drifted, 0 orphaned
    --- exit 1
    ");
    assert_eq!(ids(&repo, &["code"]), ["MEM-b1", "MEM-c1", "MEM-a1"], "what has drifted comes later");
    insta::assert_snapshot!(repo.cmpm(["memory", "search", "loading"]), @"
    MEM-a1  pattern  Loading (drifted)
      code
      src/a.rs load drifted: +1 -1 lines by a117674e03 change load
    ");
    repo.git(["rm", "-q", "src/moved.rs"]);
    repo.commit_all("remove it");
    repo.cmpm(["memory", "verify", "MEM-c1"]).exits(1);
    let pack = repo.cmpm(["memory", "pack", "code"]).to_string();
    assert!(pack.contains("1 about code that is gone") && !pack.contains("MEM-c1") && pack.contains("may no longer apply"), "{pack}");
}

#[test]
fn a_pack_is_what_the_work_needs_and_fits() {
    let repo = TestRepo::new();
    repo.cmpm(["epic", "create", "Better parser"]).success();
    let task = "---\nid: TSK-1\nkind: task\ntitle: Fix the broken links\nstatus: ready\nparent: EP-00000001\npaths: ['docs/**']\n---\n\nIn the guide.\n";
    repo.write("tasks/tasks/TSK-1.md", task);
    note(&repo, "MEM-a1", "category: pattern\ntitle: Broken links of the guide\n", "Links of a moved guide are fixed with check.");
    note(&repo, "MEM-b1", "category: team\ntitle: Style\nscope: ['docs/*.md']\n", "Short sentences.");
    note(&repo, "MEM-c1", "category: pattern\ntitle: Broken links of guides\n", "Links of a moved guide are fixed with check.");
    note(&repo, "MEM-d1", "category: team\ntitle: The better parser\n", "The parser is better with tables.");
    note(&repo, "MEM-e1", "category: team\ntitle: Releases\n", "On Fridays.");
    note(&repo, "MEM-f1", "category: pattern\ntitle: Broken links, once\nvalid_until: 2026-01-01\n", "Links of the old guide.");
    insta::assert_snapshot!(repo.cmpm(["memory", "pack", "--ticket", "TSK-1"]), @"
    - MEM-c1 (pattern) Broken links of guides. Links of a moved guide are fixed with check.
    - MEM-b1 (team) Style. Short sentences.
    - MEM-d1 (team) The better parser. The parser is better with tables.
    Left out: 1 that say the same, 1 superseded or expired; `cmpm memory search` shows more.
    ");
    let tight = repo.cmpm(["memory", "pack", "--ticket", "TSK-1", "--budget", "50"]);
    assert!(tight.stdout.len() <= 200, "{tight}");
    let again = repo.cmpm(["memory", "pack", "--ticket", "TSK-1", "--budget", "50"]);
    assert_eq!(tight.stdout, again.stdout);
    insta::assert_snapshot!(tight, @"
    - MEM-b1 (team) Style. Short sentences.
    Left out: 2 beyond the budget, 1 that say the same, 1 superseded or expired; `--budget 100` or `cmpm memory search` shows more.
    ");
    repo.write(
        ".cmpm/agents/quiet.md",
        "---\nname: quiet\ndescription: Writes\nwrite: ['docs/**']\nmemory_categories: [team]\n---\n\nWrite.\n",
    );
    let quiet = repo.cmpm(["memory", "pack", "--ticket", "TSK-1", "--agent", "quiet"]).success();
    assert!(quiet.stdout.contains("MEM-b1") && !quiet.stdout.contains("MEM-a1"), "{quiet}");
    let files = repo.cmpm(["memory", "pack", "--paths", "docs/a.md"]).success();
    assert!(files.stdout.starts_with("- MEM-b1"), "{files}");
    repo.cmpm(["memory", "pack"]).exits(2);
}

/// More than an index needs to be worth its while.
const NOTES: usize = 230;

#[test]
fn every_change_is_seen_through_the_index() {
    let repo = TestRepo::new();
    for number in 0..NOTES {
        note(&repo, &format!("MEM-n{number:03}"), &format!("category: team\ntitle: Note {number}\n"), "common words");
    }
    repo.commit_all("notes");
    let first = ids(&repo, &["common", "-n", "3"]);
    let indexes =
        || std::fs::read_dir(repo.path(".git/cmpm/cache")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(indexes().any(|name| name.starts_with("index-memory")), "an index was written");
    assert_eq!(ids(&repo, &["common", "-n", "3"]), first);
    let path = |number: usize| format!(".cmpm/memory/pattern/MEM-n{number:03}.md");
    let edited = |word: &str| format!("---\nid: MEM-n001\ncategory: team\ntitle: Note 1\n---\n\n{word}\n");
    repo.write(&path(1), &edited("zebra"));
    assert_eq!(ids(&repo, &["zebra"]), ["MEM-n001"], "an edit in place");
    repo.write(&path(1), &edited("quagg"));
    assert_eq!(ids(&repo, &["zebra"]), [] as [&str; 0], "an edit of the same size in the same second");
    assert_eq!(ids(&repo, &["quagg"]), ["MEM-n001"]);
    std::fs::rename(repo.path(&path(1)), repo.path(".cmpm/memory/pattern/other.md")).unwrap();
    assert_eq!(ids(&repo, &["quagg"]), ["MEM-n001"], "a rename");
    repo.commit_all("edit");
    repo.git(["checkout", "-q", "HEAD^"]);
    assert_eq!(ids(&repo, &["quagg"]), [] as [&str; 0], "an old commit");
    repo.git(["checkout", "-q", "main"]);
    assert_eq!(ids(&repo, &["quagg"]), ["MEM-n001"], "another branch");
    repo.write(".cmpm/memory/team/MEM-z9.md", "---\nid: MEM-z9\ncategory: team\ntitle: Newer\nsupersedes: [MEM-n001]\n---\n\nquagg\n");
    assert_eq!(ids(&repo, &["quagg"]), ["MEM-z9", "MEM-n001"], "what was superseded comes last");
    for name in indexes().collect::<Vec<_>>() {
        std::fs::write(repo.path(&format!(".git/cmpm/cache/{name}")), "damaged").unwrap();
    }
    assert_eq!(ids(&repo, &["quagg"]), ["MEM-z9", "MEM-n001"], "a damaged index");
    assert_eq!(ids(&repo, &["quagg", "--where", "title=newer"]), ["MEM-z9"]);
}

#[test]
fn a_new_memory_is_anchored_in_the_code() {
    let repo = TestRepo::new();
    repo.write("src/a.rs", "fn load() {\n    1\n}\n");
    repo.commit_all("code");
    repo.cmpm(["memory", "add", "Loading is slow", "--anchor", "src/a.rs#load", "--anchor", "src/a.rs:1-3"]).success();
    let shown = repo.json(["memory", "show", "MEM-0"]);
    let blob = repo.git(["rev-parse", "HEAD:src/a.rs"]);
    let anchors = &shown["data"]["anchors"];
    assert_eq!(
        (anchors[0]["blob"].as_str(), anchors[0]["symbol"].as_str(), anchors[1]["lines"].as_str()),
        (Some(blob.as_str()), Some("load"), Some("1-3"))
    );
    repo.cmpm(["memory", "verify"]).success();
    for wrong in ["src/none.rs", "src/a.rs#none", "../a.rs", "src/a.rs:9-12"] {
        repo.cmpm(["memory", "add", "Wrong", "--anchor", wrong]).exits(2);
    }
}

#[test]
fn everything_is_searched_together() {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "Fix the broken links"]).success();
    repo.cmpm(["issue", "comment", "ISS-00000001", "The broken links are in the guide."]).success();
    note(&repo, "MEM-a1", "category: pattern\ntitle: Broken links\n", "Check finds links.");
    repo.write(
        ".cmpm/runs/RUN-1.md",
        "---\nid: RUN-1\nagent: docs\nticket: ISS-00000001\noutcome: passed\n---\n\nMended two broken links.\n",
    );
    insta::assert_snapshot!(repo.cmpm(["search", "broken", "links"]), @"
    MEM-a1  memory  Broken links
      Check finds links.
    ISS-00000001  ticket  Fix the broken links
    RUN-1  run  docs for ISS-00000001
      Mended two broken links.
    ISS-00000001  comment  comment by Tess Test
      The broken links are in the guide.
    ");
    insta::assert_snapshot!(repo.cmpm(["search", "guide", "--kind", "comment", "--explain"]), @"
    ISS-00000001  comment  comment by Tess Test
      The broken links are in the guide.
      0.131 guide
    ");
    let runs = repo.json(["search", "links", "-k", "run"]);
    assert_eq!(runs["data"]["hits"][0]["path"], ".cmpm/runs/RUN-1.md");
    repo.cmpm(["search", "--", "--"]).exits(2);
}
