//! A memory that gets another category, what is known of a forgotten one, and what goes to standard output.

use crate::support::TestRepo;

const FILE: &str = ".cmpm/memory/project/MEM-00000001-pages-move-often.md";
const MOVED: &str = ".cmpm/memory/team/MEM-00000001-pages-move-often.md";

fn one() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm(["memory", "add", "Pages move often.", "--tag", "docs", "--commit"]).success();
    repo
}

#[test]
fn another_category_is_another_folder_and_git_sees_a_rename() {
    let repo = one();
    let before = repo.read(FILE);
    repo.cmpm(["memory", "edit", "MEM-0", "--category", "team", "--commit"]).success();
    assert!(!repo.exists(FILE));
    assert_eq!(repo.read(MOVED), before.replace("category: project", "category: team"));
    assert_eq!((repo.status(), repo.git(["show", "--name-status", "--format=", "-M", "HEAD"]).starts_with('R')), (String::new(), true));
    let history = repo.cmpm(["memory", "history", "MEM-0"]).success().to_string();
    assert!(history.contains("renamed") && history.contains("added"), "{history}");
    repo.cmpm(["memory", "edit", "MEM-0", "--category", "team"]).success();
    assert!(repo.exists(MOVED));
    repo.cmpm(["memory", "edit", "MEM-0", "More.", "--category", "error", "--title", "Pages"]).success();
    assert!(repo.read(".cmpm/memory/error/MEM-00000001-pages-move-often.md").contains("More."));
    repo.cmpm(["undo"]).success();
    assert_eq!((repo.exists(MOVED), repo.status()), (true, String::new()), "both halves are taken back");
}

#[test]
fn a_folder_of_its_own_and_a_file_in_the_way_are_minded() {
    let repo = TestRepo::new();
    let text = "---\nid: MEM-1\ncategory: pattern\ntitle: x\naliases: [OLD-1]\n---\n\nx text\n";
    repo.write(".cmpm/memory/pattern/web/x.md", text);
    repo.cmpm(["memory", "edit", "OLD-1", "--category", "team"]).success();
    assert_eq!(repo.read(".cmpm/memory/team/web/x.md"), text.replace("pattern", "team"));
    repo.write(".cmpm/memory/error/web/x.md", "mine\n");
    repo.cmpm(["memory", "edit", "MEM-1", "--category", "error"]).exits(2);
    assert_eq!(repo.read(".cmpm/memory/error/web/x.md"), "mine\n");
    assert!(repo.exists(".cmpm/memory/team/web/x.md"));
}

#[test]
fn what_the_new_category_demands_is_demanded() {
    let repo = one();
    repo.write(".cmpm/config.yaml", "memory: {categories: {customer: {required: [contract, decision]}}}\n");
    let before = repo.read(FILE);
    insta::assert_snapshot!(repo.cmpm(["memory", "edit", "MEM-0", "--category", "customer"]), @"
    --- stderr
    error: a memory of category `customer` must have `contract`
    hint: give it with `--set contract=…`, or as a key of the line
    --- exit 2
    ");
    repo.cmpm(["memory", "edit", "MEM-0", "--category", "customer", "--set", "other=1"]).exits(2);
    assert_eq!(repo.read(FILE), before);
    repo.cmpm(["memory", "edit", "MEM-0", "--category", "customer", "--set", "contract=C-7", "--decision", "Stay"]).success();
    let moved = repo.read(".cmpm/memory/customer/MEM-00000001-pages-move-often.md");
    assert!(moved.contains("contract: C-7") && moved.contains("decision: Stay"), "{moved}");
}

#[test]
fn a_forgotten_memory_has_a_history() {
    let repo = one();
    repo.cmpm(["memory", "edit", "MEM-0", "--category", "team", "--commit"]).success();
    repo.cmpm(["memory", "forget", "MEM-00000001"]).success();
    let kept = repo.json(["memory", "history", "MEM-00000001"]);
    assert_eq!((&kept["data"]["forgotten"], &kept["data"]["uncommitted"]), (&true.into(), &true.into()), "{kept}");
    repo.commit_all("forget it");
    std::fs::remove_dir_all(repo.path(".git/cmpm/forgotten")).unwrap();
    let past = repo.json(["memory", "history", "MEM-000"]);
    let what: Vec<&str> = past["data"]["versions"].as_array().unwrap().iter().map(|version| version["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["removed", "renamed", "added"], "{past}");
    assert_eq!(past["data"]["path"], MOVED);
    let shown = repo.cmpm(["memory", "history", "MEM-00000001"]).success().to_string();
    assert!(shown.contains("forgotten; `cmpm memory restore MEM-00000001` brings it back"), "{shown}");
    repo.cmpm(["memory", "history", "MEM-zzz"]).exits(2);
    let never = TestRepo::new();
    never.cmpm(["memory", "add", "Never committed."]).success();
    never.cmpm(["memory", "forget", "MEM-0"]).success();
    assert_eq!(never.json(["memory", "history", "MEM-00000001"])["data"]["versions"].as_array().unwrap().len(), 0);
}

#[test]
fn one_text_goes_to_standard_output_and_a_folder_does_not() {
    let repo = one();
    let file = repo.around().join("all.jsonl").display().to_string();
    repo.cmpm(["memory", "export", "--to", "cmpm-jsonl", &file]).success();
    let whole = std::fs::read_to_string(&file).unwrap();
    for arguments in [&["memory", "export", "--to", "cmpm-jsonl"][..], &["memory", "export", "--to", "cmpm-jsonl", "-"]] {
        assert_eq!(repo.cmpm(arguments).success().stdout, whole);
    }
    let mem0 = repo.cmpm(["memory", "export", "--to", "mem0"]).success();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&mem0.stdout).unwrap()["results"][0]["id"], "MEM-00000001");
    assert_eq!(repo.json(["memory", "export", "--to", "cmpm-jsonl"])["data"]["text"], whole);
    assert_eq!(repo.cmpm(["memory", "export", "--to", "mem0", "--dry-run"]).stdout, "Would export 1 memory to standard output\n");
    insta::assert_snapshot!(repo.cmpm(["memory", "export", "--to", "markdown", "-"]), @"
    --- stderr
    error: markdown is a folder of notes, which cannot go to standard output
    hint: name a folder: `cmpm memory export --to markdown notes`; `--to cmpm-jsonl` is one text
    --- exit 2
    ");
}

#[test]
fn a_large_batch_is_all_or_nothing_and_its_copies_are_named() {
    let repo = TestRepo::new();
    repo.cmpm(["memory", "add", "Moving a page breaks the links to it."]).success();
    let line = |number: usize| format!("{{\"text\":\"Fact {number}: zebra{number} likes grass{number} more\",\"category\":\"team\"}}\n");
    let mut lines: String = (0..40).map(line).collect();
    repo.write("all.jsonl", &format!("{lines}{{\"text\":\"\"}}\n"));
    repo.cmpm(["memory", "add", "--batch", "all.jsonl"]).exits(2);
    assert!(!repo.exists(".cmpm/memory/team"));
    lines.push_str("{\"text\":\"Moving a page breaks links to it.\"}\n");
    repo.write("all.jsonl", &lines);
    let added = repo.cmpm(["memory", "add", "--batch", "all.jsonl"]).success();
    assert!(added.stderr.contains("MEM-00000001 is 100 % alike"), "{added}");
    assert_eq!(std::fs::read_dir(repo.path(".cmpm/memory/team")).unwrap().count(), 40);
    assert_eq!(std::fs::read_dir(repo.path(".git/cmpm/tmp")).unwrap().count(), 0);
    repo.cmpm(["undo"]).success();
    assert!(!repo.exists(".cmpm/memory/team") && repo.exists(".cmpm/memory/project"));
}
