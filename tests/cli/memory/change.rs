//! What happens to memories: changed, replaced, forgotten, brought back, looked back on.

use crate::support::TestRepo;

const FILE: &str = ".cmpm/memory/project/MEM-00000001-pages-move-often.md";

fn one() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm(["memory", "add", "Pages move often.", "--tag", "docs", "--commit"]).success();
    repo
}

#[test]
fn a_text_grows_and_is_replaced_only_by_who_has_seen_it() {
    let repo = one();
    let edited = repo.cmpm(["memory", "edit", "MEM-0", "Images too.", "--tag", "images", "--remove-tag", "docs", "--confidence", "0.8"]);
    insta::assert_snapshot!(edited, @"Changed MEM-00000001: Pages move often.");
    insta::assert_snapshot!(repo.read(FILE), @"
    ---
    id: MEM-00000001
    category: project
    title: Pages move often.
    tags:
      - images
    created: '2026-01-31T09:00:00Z'
    author: Tess Test
    confidence: 0.8
    ---

    Pages move often.

    Images too.
    ");
    let before = repo.read(FILE);
    insta::assert_snapshot!(repo.cmpm(["memory", "edit", "MEM-0", "All new.", "--replace"]), @"
    --- stderr
    error: replacing a text needs `--expect`
    hint: `cmpm memory show MEM-00000001` shows the text and its hash
    --- exit 2
    ");
    repo.cmpm(["memory", "edit", "MEM-0", "All new.", "--replace", "--expect", "0123456789abcdef"]).exits(4);
    repo.cmpm(["memory", "edit", "MEM-0", "All new.", "--replace", "--expect", ""]).exits(4);
    repo.cmpm(["memory", "edit", "MEM-0", "x", "--confidence", "7"]).exits(2);
    repo.cmpm(["memory", "edit", "MEM-0", "x", "--category", "nowhere"]).exits(2);
    repo.cmpm(["memory", "edit", "MEM-0"]).exits(2);
    assert_eq!(repo.read(FILE), before);
    let hash = repo.json(["memory", "show", "MEM-0"])["data"]["hash"].as_str().unwrap().to_owned();
    repo.cmpm(["memory", "edit", "MEM-0", "All new.", "--replace", "--expect", &hash]).success();
    assert_eq!(repo.read(FILE), before.replace("Pages move often.\n\nImages too.\n", "All new.\n"));
    repo.cmpm(["undo"]).success();
    assert_eq!(repo.read(FILE), before);
}

#[test]
fn the_editor_changes_the_text_it_was_opened_on() {
    let repo = one();
    let mut command = repo.command(["memory", "edit", "MEM-0", "--editor"]);
    command.env("EDITOR", "sed -i s/often/rarely/");
    repo.answer(command).success();
    assert!(repo.read(FILE).ends_with("---\n\nPages move rarely.\n"));
    let same = repo.read(FILE);
    let mut command = repo.command(["memory", "edit", "MEM-0", "--editor"]);
    command.env("EDITOR", "true");
    assert_eq!(repo.answer(command).success().stdout, "Nothing to change in MEM-00000001: Pages move often.\n");
    let meddling = format!("sh -c 'echo Meanwhile. >> {FILE}; echo Mine. >> \"$1\"' --");
    let mut command = repo.command(["memory", "edit", "MEM-0", "--editor"]);
    command.env("EDITOR", meddling);
    let answer = repo.answer(command).exits(4);
    assert!(answer.stderr.contains("your text is kept in"), "{answer}");
    assert_eq!(repo.read(FILE), format!("{same}Meanwhile.\n"));
}

#[test]
fn an_edit_leaves_every_other_byte_alone() {
    let repo = TestRepo::new();
    let file = ".cmpm/memory/team/MEM-x1.md";
    repo.write(file, "---\r\nid: MEM-x1\r\n# why\r\ncategory: team\r\ntitle:   Tabs\r\nodd: [1,  2]\r\n---\r\n\r\nUse tabs here.\r\n\r\n");
    repo.cmpm(["memory", "edit", "MEM-x1", "Always.", "--tag", "make"]).success();
    assert_eq!(
        repo.read(file),
        "---\r\nid: MEM-x1\r\n# why\r\ncategory: team\r\ntitle:   Tabs\r\nodd: [1,  2]\r\ntags: [make]\r\n---\r\n\r\nUse tabs here.\r\n\r\nAlways.\r\n"
    );
}

#[test]
fn what_is_forgotten_comes_back_as_it_was() {
    let repo = one();
    repo.cmpm(["memory", "add", "Never committed."]).success();
    let (committed, other) = (repo.read(FILE), ".cmpm/memory/project/MEM-0000000h-never-committed.md");
    let uncommitted = repo.read(other);
    insta::assert_snapshot!(repo.cmpm(["memory", "forget", "MEM-0000000h"]), @"
    Forgot MEM-0000000h: Never committed.
    `cmpm memory restore MEM-0000000h` brings it back
    ");
    repo.cmpm(["memory", "forget", "MEM-00000001", "--commit"]).success();
    assert!(!repo.exists(FILE) && !repo.exists(other) && repo.status().is_empty());
    repo.cmpm(["memory", "show", "MEM-00000001"]).exits(2);
    repo.cmpm(["memory", "restore", "MEM-0000000h"]).success();
    assert_eq!(repo.read(other), uncommitted);
    repo.cmpm(["memory", "restore", "MEM-00000001"]).success();
    assert_eq!(repo.read(FILE), committed);
    insta::assert_snapshot!(repo.cmpm(["memory", "restore", "MEM-00000001"]), @"
    --- stderr
    error: .cmpm/memory/project/MEM-00000001-pages-move-often.md already exists
    hint: `cmpm memory show` shows it
    --- exit 2
    ");
    repo.cmpm(["memory", "restore", "MEM-9"]).exits(2);
    repo.cmpm(["memory", "forget", "MEM-0000000h"]).success();
    repo.cmpm(["undo"]).success();
    assert_eq!(repo.read(other), uncommitted);
}

#[test]
fn what_comes_back_is_the_newest_and_never_a_guess() {
    let repo = one();
    repo.cmpm(["memory", "add", "Pages are many."]).success();
    repo.cmpm(["memory", "forget", "MEM-00000001"]).success();
    repo.cmpm(["memory", "forget", "MEM-0000000h"]).success();
    insta::assert_snapshot!(repo.cmpm(["memory", "restore", "MEM-0"]), @"
    --- stderr
    error: `MEM-0` could be any of MEM-00000001, MEM-0000000h
    hint: give more of the id, or the file's path
    --- exit 2
    ");
    repo.cmpm(["memory", "restore", "MEM-00000001"]).success();
    repo.cmpm(["memory", "edit", "MEM-00000001", "And images.", "--commit"]).success();
    let newest = repo.read(FILE);
    repo.git(["rm", "-q", FILE]);
    repo.commit_all("by hand");
    repo.cmpm(["memory", "restore", "MEM-00000001"]).success();
    assert_eq!(repo.read(FILE), newest);
}

#[test]
fn another_clone_restores_from_history() {
    let repo = one();
    let text = repo.read(FILE);
    repo.git(["rm", "-q", FILE]);
    repo.commit_all("clean up");
    let answer = repo.cmpm(["memory", "restore", "MEM-00000001", "--commit"]).success();
    assert!(answer.stdout.starts_with("Restored MEM-00000001 as of "), "{answer}");
    assert_eq!((repo.read(FILE), repo.status()), (text, String::new()));
    let empty = TestRepo::empty();
    empty.cmpm(["memory", "restore", "MEM-1"]).exits(2);
}

#[test]
fn one_memory_replaces_another() {
    let repo = one();
    insta::assert_snapshot!(repo.cmpm(["memory", "supersede", "MEM-00000001", "Pages stay where they are."]), @"MEM-00000001 is replaced by MEM-0000000h: Pages stay where they are.");
    let new = repo.json(["memory", "show", "MEM-0000000h"]);
    assert_eq!((&new["data"]["tags"][0], &new["data"]["supersedes"][0]), (&"docs".into(), &"MEM-00000001".into()));
    insta::assert_snapshot!(repo.cmpm(["memory", "supersede", "MEM-0000000h", "--by", "MEM-00000001"]), @"
    --- stderr
    error: MEM-00000001 is itself replaced by MEM-0000000h, so it cannot replace it
    hint: `cmpm memory show MEM-0000000h` says what replaces what
    --- exit 2
    ");
    repo.cmpm(["memory", "supersede", "MEM-00000001", "--by", "MEM-00000001"]).exits(2);
    repo.cmpm(["memory", "supersede", "MEM-00000001"]).exits(2);
    let again = repo.cmpm(["memory", "supersede", "MEM-00000001", "--by", "MEM-0000000h"]).success();
    assert!(again.stdout.contains("was replaced before by"), "{again}");
    repo.cmpm(["memory", "add", "Pages stay, mostly."]).success();
    let id = repo.json(["memory", "list"])["data"]["memories"][1]["id"].as_str().unwrap().to_owned();
    repo.cmpm(["memory", "supersede", "MEM-0000000h", "--by", &id, "--commit"]).success();
    repo.cmpm(["memory", "supersede", &id, "--by", "MEM-00000001"]).exits(2);
    assert_eq!(repo.json(["memory", "list"])["data"]["hidden"], 2);
}

#[test]
fn history_follows_a_file_through_its_names() {
    let repo = one();
    repo.cmpm(["memory", "edit", "MEM-0", "Images too.", "--commit"]).success();
    repo.git(["mv", FILE, ".cmpm/memory/project/MEM-00000001-moved.md"]);
    repo.commit_all("a better name");
    repo.cmpm(["memory", "edit", "MEM-0", "And videos."]).success();
    let told = repo.cmpm(["memory", "history", "MEM-0"]).success().stdout;
    let lines: Vec<String> = told.lines().skip(2).map(|line| line.split_whitespace().skip(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(told.lines().nth(1), Some("has uncommitted changes"));
    assert_eq!(
        lines,
        [
            "renamed Tess Test: a better name",
            "changed Tess Test: edit memory MEM-00000001: Pages move often.",
            "added Tess Test: memory MEM-00000001: Pages move often."
        ]
    );
    let version = &repo.json(["memory", "history", "MEM-0"])["data"]["versions"][2];
    assert_eq!(version["path"], FILE);
}
