//! What is exported, and read back as it was.

use super::{exported, fixture, outside};
use crate::support::TestRepo;

fn filled() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm(["ticket", "import", &fixture(&repo, "beads/issues.jsonl")]).success();
    repo.cmpm(["ticket", "import", &fixture(&repo, "backlog")]).success();
    repo.cmpm([
        "issue",
        "create",
        "=1+1, \"quoted\"",
        "-l",
        "a, b",
        "-l",
        "'c",
        "--path",
        "src/**",
        "-d",
        "line\n\n---\n\n<!-- ticket boundary -->",
    ])
    .success();
    repo.cmpm(["ticket", "comment", "BACK-581", "- one\n- two"]).success();
    repo.write("tasks/issues/ISS-0099-odd.md", "---\nissue_id: ISS-0099\ntitle: Odd\nstatus: in_progress\nparent: null\nassignee:\n  - a\n  - b\nbody: in front\ncomments: 3\nkind of: x\ndependencies: [{id: 1}]\nestimate: 5\nmetadata:\n  z: 1\n  a: [true, ~]\n---\n\n\n  indented\n\ttab\r\nmixed\r\n\n");
    repo
}

#[test]
fn an_export_that_is_imported_elsewhere_is_the_same_export() {
    let repo = filled();
    let before = exported(&repo);
    assert_eq!(before.len(), 27 + 6 + 2);
    for form in ["jsonl", "csv", "md"] {
        let text = repo.cmpm(["ticket", "export", "--format", form]).success().stdout;
        let other = TestRepo::new();
        let file = outside(&other, &format!("all.{form}"), &text);
        let answer = other.json(["ticket", "import", &file]);
        assert_eq!((answer["data"]["imported"].as_array().unwrap().len(), &answer["data"]["format"]), (35, &"cmpm".into()), "{form}");
        for (one, two) in before.iter().zip(exported(&other)) {
            assert_eq!(*one, two, "{form}");
        }
        assert_eq!(other.cmpm(["ticket", "export"]).stdout, repo.cmpm(["ticket", "export"]).stdout, "{form}");
        // Here they all are already.
        assert_eq!(super::counts(&repo.json(["ticket", "import", &file])), (0, 0, 35, 0, 0), "{form}");
        assert_eq!(other.json(["ticket", "import", &file])["data"]["unchanged"], 35);
    }
}

#[test]
fn a_folder_of_markdown_is_an_export_too() {
    let repo = filled();
    repo.cmpm(["ticket", "export", "--format", "md", "--output", "../pages/"]).success();
    let other = TestRepo::new();
    let from = repo.around().join("pages").display().to_string();
    assert_eq!(other.json(["ticket", "import", &from])["data"]["imported"].as_array().unwrap().len(), 35);
    assert_eq!(exported(&other), exported(&repo));
}

#[test]
fn markdown_goes_to_a_folder_unless_the_name_is_that_of_a_page() {
    let repo = TestRepo::new();
    for title in ["One", "Two"] {
        repo.cmpm(["issue", "create", title]).success();
    }
    let to = |place: &str| repo.cmpm(["ticket", "export", "-f", "md", "-o", place]).success().stdout;
    for folder in ["pages", "v1.0", "with/slash/"] {
        assert_eq!(to(folder), format!("Exported 2 tickets and 0 comments to {folder} (2 files written)\n"));
        assert_eq!(std::fs::read_dir(repo.path(folder).join("issues")).unwrap().count(), 2, "{folder}");
    }
    assert_eq!(to("all.md"), "Exported 2 tickets and 0 comments to all.md (1 file written)\n");
    assert!(repo.path("all.md").is_file());
    repo.write("there", "something");
    assert!(repo.cmpm(["ticket", "export", "-f", "md", "-o", "there"]).exits(4).stderr.contains("holds something else"));
}

#[test]
fn files_are_replaced_on_request_only() {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "One", "-l", "x"]).success();
    repo.cmpm(["issue", "create", "Two"]).success();
    insta::assert_snapshot!(repo.cmpm(["ticket", "export", "--label", "x", "-o", "out.jsonl"]), @"Exported 1 ticket and 0 comments to out.jsonl (1 file written)");
    insta::assert_snapshot!(repo.cmpm(["ticket", "export", "-o", "out.jsonl"]), @"
    --- stderr
    error: [AROUND]/repo/out.jsonl already exists and holds something else
    hint: export to another place, or look at it and then say `--replace`
    --- exit 4
    ");
    insta::assert_snapshot!(repo.cmpm(["ticket", "export", "-o", "out.jsonl", "--replace"]), @"Exported 2 tickets and 0 comments to out.jsonl (1 file written)");
    insta::assert_snapshot!(repo.cmpm(["ticket", "export", "-o", "out.jsonl"]), @"Exported 2 tickets and 0 comments to out.jsonl (0 files written)");
    repo.cmpm(["ticket", "export", "--status", "frobnicated"]).exits(2);
    insta::assert_snapshot!(repo.cmpm(["ticket", "export", "--format", "beads", "--dry-run", "--kind", "issue"]), @"Would export 2 tickets and 0 comments");
}

#[test]
fn what_differs_from_an_export_is_told_and_stays() {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "One"]).success();
    repo.cmpm(["ticket", "export", "-o", "../one.jsonl"]).success();
    repo.cmpm(["ticket", "update", "ISS-0", "--title", "Uno"]).success();
    let answer = repo.json(["ticket", "import", "../one.jsonl"]);
    assert_eq!((super::counts(&answer), &answer["data"]["clashes"][0]["keys"][0]), ((0, 0, 0, 1, 0), &"title".into()));
    assert_eq!(exported(&repo)[0]["title"], "Uno");
}

#[test]
fn what_is_listed_what_is_on_the_board_and_what_is_exported_is_chosen_alike() {
    let repo = TestRepo::new();
    let ticket = |id: &str, keys: &str| repo.write(&format!("tasks/issues/{id}.md"), &format!("---\nid: {id}\ntitle: x\n{keys}\n---\n"));
    ticket("ISS-1", "kind: issue\nstatus: todo\npriority: High\nlabels: [Docs]\nparent: EP-9\nassignee: ana\nmilestone: v1");
    ticket("ISS-2", "kind: issue\nstatus: done\npriority: low\nlabels: [docs, old]\nparent: ISS-1\nestimate: 8\ndue: 2026-01-02");
    ticket("TSK-3", "kind: task\nstatus: in_progress\npriority: low\nparent: iss-1\nassignee: Ana\ndue: 2026-01-09");
    for (flags, wanted) in [
        ("--status done", &["ISS-2"][..]),
        ("--state active", &["TSK-3"]),
        ("--priority low --label docs", &["ISS-2"]),
        ("--tags DOCS", &["ISS-1", "ISS-2"]),
        ("--assignee ana", &["ISS-1", "TSK-3"]),
        ("--parent ISS-1", &["ISS-2", "TSK-3"]),
        ("--parent ep-9", &["ISS-1"]),
        ("--where estimate=8", &["ISS-2"]),
        ("--due-before 2026-01-05", &["ISS-2"]),
        ("--overdue", &["TSK-3"]),
        // Parts belong to the milestone of what they are parts of.
        ("--milestone V1", &["ISS-1", "ISS-2", "TSK-3"]),
    ] {
        let flags = || flags.split(' ');
        let rows = |answer: &serde_json::Value| -> Vec<String> {
            let mut ids: Vec<String> = answer.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
            ids.sort();
            ids
        };
        let listed = repo.json(["ticket", "list", "--all"].into_iter().chain(flags()));
        assert_eq!(rows(&listed["data"]["tickets"]), wanted, "{listed}");
        let export = repo.cmpm(["ticket", "export"].into_iter().chain(flags())).success().stdout;
        let export = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<serde_json::Value>>();
        assert_eq!(rows(&export.into()), wanted, "{:?}", flags().collect::<Vec<_>>());
        let board = repo.json(["board"].into_iter().chain(flags()))["data"]["columns"].clone();
        let cards: Vec<_> = board.as_array().unwrap().iter().flat_map(|column| column["cards"].as_array().unwrap()).cloned().collect();
        assert_eq!(rows(&cards.into()), wanted, "{board}");
    }
    for verb in [&["ticket", "list"][..], &["ticket", "export"], &["board"]] {
        for (flag, value) in [("--status", "dnoe"), ("--parent", "ISS-7"), ("--filter", "mine")] {
            repo.cmpm(verb.iter().copied().chain([flag, value])).exits(2);
        }
    }
}
