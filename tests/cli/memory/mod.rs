//! `cmpm memory`

mod change;
mod clean;
mod export;
mod import;
mod keys;
mod moves;
mod odd;
mod pack;
mod projects;
mod search;
mod stats;
mod write;

use crate::support::TestRepo;

#[test]
fn what_was_added_is_found_again() {
    let repo = TestRepo::new();
    let added =
        repo.cmpm(["-q", "memory", "add", "Moving a page breaks links to it.", "--category", "pattern", "--tag", "docs", "--commit"]);
    insta::assert_snapshot!(added, @"
    Remembered MEM-00000001 (pattern): Moving a page breaks links to it.
    .cmpm/memory/pattern/MEM-00000001-moving-a-page-breaks-links-to-it.md
    ");
    assert_eq!(repo.status(), "");
    repo.cmpm(["memory", "add", "Releases are cut on Fridays.", "--rationale", "nobody pages anybody"]).success();
    insta::assert_snapshot!(repo.cmpm(["memory", "search", "broken", "link"]), @"MEM-00000001  pattern  Moving a page breaks links to it.");
    insta::assert_snapshot!(repo.cmpm(["memory", "search", "weather"]), @"No results.");
    let found = repo.json(["memory", "search", "pages", "--category", "project"]);
    assert_eq!(found["data"]["hits"][0]["id"], "MEM-0000000h");
    assert!(found["data"]["hits"][0]["score"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_superseded_memory_steps_back_but_stays() {
    let repo = TestRepo::new();
    repo.cmpm(["memory", "add", "Use tabs."]).success();
    repo.cmpm(["memory", "add", "Use spaces.", "--supersedes", "MEM-00000001"]).success();
    insta::assert_snapshot!(repo.cmpm(["memory", "list"]), @"
    ID            CATEGORY  TAGS  TITLE
    MEM-0000000h  project   -     Use spaces.
    1 more no longer apply; `--all` shows them
    ");
    let found = repo.json(["memory", "search", "use", "tabs"]);
    assert_eq!(found["data"]["hits"][1]["superseded_by"], "MEM-0000000h");
    assert_eq!(repo.json(["memory", "show", "MEM-00000001"])["data"]["superseded_by"], "MEM-0000000h");
}

#[test]
fn nothing_is_written_when_anything_is_wrong() {
    let repo = TestRepo::new();
    for flags in [
        &["memory", "add", " \n"][..],
        &["memory", "add", "x", "--confidence", "1.5"],
        &["memory", "add", "x", "--category", "../x"],
        &["memory", "add", "x", "--scope", "a["],
        &["memory", "add", "x", "--supersedes", "MEM-1"],
        &["memory", "add", "x", "--ticket", "a b"],
    ] {
        repo.cmpm(flags).exits(2);
    }
    assert!(!repo.exists(".cmpm/memory"));
}

#[test]
fn a_damaged_file_is_told_and_still_found() {
    let repo = TestRepo::new();
    repo.write(".cmpm/memory/team/MEM-x1.md", "---\nid: MEM-x1\ntitle: Tabs: always\n---\n\nIndent with tabs.\n");
    repo.write(".cmpm/memory/team/notes.md", "Nothing here.\n");
    insta::assert_snapshot!(repo.cmpm(["memory", "search", "tabs"]), @"
    MEM-x1  team  Tabs: always
      Indent with tabs.
    --- stderr
    error: .cmpm/memory/team/MEM-x1.md:3: the value of `title` is not valid YAML: mapping values are not allowed in this context (quote it: title: 'Tabs: always')
    note: .cmpm/memory/team/notes.md:1: neither the front matter nor the file's name has an id, so it is not read as a memory (give it `id:`, `category:` and `title:` between `---` lines, or move it elsewhere)
    ");
    insta::assert_snapshot!(repo.cmpm(["memory", "show", "MEM-x1"]), @"
    MEM-x1 Tabs: always
    category     team
    file         .cmpm/memory/team/MEM-x1.md
    hash         430f571ed961ef10

    Indent with tabs.
    --- stderr
    error: .cmpm/memory/team/MEM-x1.md:3: the value of `title` is not valid YAML: mapping values are not allowed in this context (quote it: title: 'Tabs: always')
    ");
}

#[test]
fn a_run_is_named_as_the_source() {
    let repo = TestRepo::new();
    let mut command = repo.command(["memory", "add", "Learned here."]);
    command.env("CMPM_RUN", "RUN-1");
    repo.answer(command).success();
    assert_eq!(repo.json(["memory", "show", "MEM-0"])["data"]["source"]["run"], "RUN-1");
}
