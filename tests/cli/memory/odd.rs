//! What files say by hand or after a merge, places in the code that are not, and errors as programs print them.

use super::write::with_input;
use crate::support::TestRepo;

fn note(repo: &TestRepo, id: &str, keys: &str) {
    let text = format!("---\nid: {id}\ncategory: team\ntitle: Link {id}\n{keys}---\n\nlink\n");
    repo.write(&format!(".cmpm/memory/team/{id}.md"), &text);
}

#[test]
fn a_cycle_hides_nobody_and_is_told() {
    let repo = TestRepo::new();
    note(&repo, "MEM-a1", "supersedes: [MEM-b1]\n");
    note(&repo, "MEM-b1", "supersedes:\n  - MEM-a1\n  - MEM-d1\n");
    note(&repo, "MEM-c1", "supersedes: [MEM-c1]\n");
    note(&repo, "MEM-d1", "");
    let listed = repo.cmpm(["memory", "list"]).success();
    insta::assert_snapshot!(listed, @"
    ID      CATEGORY  TAGS  TITLE
    MEM-a1  team      -     Link MEM-a1
    MEM-b1  team      -     Link MEM-b1
    MEM-c1  team      -     Link MEM-c1
    1 more no longer apply; `--all` shows them
    --- stderr
    error: .cmpm/memory/team/MEM-a1.md:5: MEM-a1, MEM-b1 replace each other in a cycle, so none of them counts as replaced (remove one of these references from `supersedes`)
    error: .cmpm/memory/team/MEM-b1.md:5: MEM-a1, MEM-b1 replace each other in a cycle, so none of them counts as replaced (remove one of these references from `supersedes`)
    error: .cmpm/memory/team/MEM-c1.md:5: MEM-c1 says that it replaces itself, which is ignored (remove one of these references from `supersedes`)
    ");
    let found = repo.json(["memory", "search", "link"]);
    let hidden: Vec<_> = found["data"]["hits"].as_array().unwrap().iter().filter(|hit| !hit["superseded_by"].is_null()).collect();
    assert!(hidden.len() == 1 && hidden[0]["id"] == "MEM-d1", "{found}");
    repo.git(["add", "-A"]);
    let checked = repo.cmpm(["check"]).exits(1);
    for id in ["a1", "b1", "c1"] {
        assert!(checked.stdout.contains(&format!("MEM-{id}.md:5: error: MEM-")), "{checked}");
    }
    let itself = repo.cmpm(["memory", "supersede", "MEM-d1", "--by", "MEM-d1"]).exits(2);
    assert!(itself.stderr.contains("MEM-d1 cannot replace itself"), "{itself}");
    let nothing = repo.cmpm(["memory", "supersede", "MEM-d1"]).exits(2);
    assert!(nothing.stderr.contains("say what replaces MEM-d1") && nothing.stderr.contains("`--by ID`"), "{nothing}");
}

#[test]
fn an_anchor_is_a_place_in_a_file() {
    let repo = TestRepo::new();
    repo.write("src/b.py", "def f():\n    pass\n");
    repo.commit_all("code");
    for (place, why) in [
        (".git/config", ".git/config is git's own"),
        ("src/b.py:1-9", "src/b.py has 2 lines"),
        ("src/b.py#", "there is no symbol after `#`"),
        ("src/b.py#g", "src/b.py has no such symbol"),
        ("src", "src is a folder"),
        ("", "it names no file below the root"),
        ("../a.py", "it names no file below the root"),
        ("src/c.py", "src/c.py is not there"),
    ] {
        let answer = repo.cmpm(["memory", "add", "Long enough", "--anchor", place]).exits(2);
        assert!(answer.stderr.contains(&format!("`{place}` does not name a place in a file of this repository: {why}\n")), "{answer}");
    }
    assert!(!repo.exists(".cmpm/memory"));
}

#[test]
fn the_commit_that_took_the_code_away_is_named_and_changes_are_counted_alike() {
    let repo = TestRepo::new();
    repo.write("src/a.rs", "fn one() {\n    1\n}\n\nfn two() {\n    2\n}\n");
    repo.write("src/b.rs", "fn three() {\n    3\n}\n");
    repo.commit_all("code");
    repo.cmpm(["memory", "add", "Two is even.", "--anchor", "src/a.rs#two", "--anchor", "src/a.rs:5-7", "--anchor", "src/a.rs"]).success();
    repo.cmpm(["memory", "add", "Three is odd.", "--anchor", "src/b.rs"]).success();
    repo.git(["mv", "src/b.rs", "src/c.rs"]);
    repo.write("src/a.rs", "fn one() {\n    1\n}\n\nfn two() {\n    22\n}\n");
    repo.commit_all("rename");
    repo.git(["rm", "-q", "src/c.rs"]);
    repo.commit_all("take it away");
    let answer = repo.cmpm(["memory", "verify"]).exits(1);
    assert_eq!(answer.stdout.matches("drifted: +1 -1 lines by ").count(), 3, "{answer}");
    assert!(answer.stdout.contains("src/b.rs orphaned by ") && answer.stdout.contains(" take it away\n"), "{answer}");
    let packed = repo.cmpm(["memory", "pack", "three", "is", "odd"]).success();
    assert!(packed.stdout.ends_with("Left out: 1 about code that is gone; `cmpm memory search` shows more.\n"), "{packed}");
    let small = repo.cmpm(["memory", "pack", "two", "--budget", "1"]).exits(2);
    assert!(
        small.stderr.contains("a budget of 1 is too small even for the line") && small.stderr.contains("give at least `--budget "),
        "{small}"
    );
}

#[test]
fn an_error_is_found_by_the_message_of_a_panic_whatever_bytes_stand_around_it() {
    let repo = TestRepo::new();
    repo.cmpm(["memory", "add", "Check the length first.", "--signature", "index out of bounds"]).success();
    repo.cmpm(["memory", "add", "Ask before you take it.", "--signature", "called `Option::unwrap()` on a `None` value"]).success();
    for (message, id) in [
        ("index out of bounds: the len is 3 but the index is 7", "MEM-00000001"),
        ("called `Option::unwrap()` on a `None` value", "MEM-0000000h"),
    ] {
        let log = format!("thread 'main' panicked at src/main.rs:4:5:\n{message}\nnote: run with `RUST_BACKTRACE=1`\n");
        let answer = with_input(&repo, &["memory", "search", "--error", "-"], &log);
        assert!(answer.stdout.starts_with(id) && answer.stdout.contains("(signature matches)"), "{answer}");
        let file = repo.path("log.bin");
        std::fs::write(&file, [b"caf\xe9 \xff\n".as_slice(), log.as_bytes()].concat()).unwrap();
        let mut command = repo.command(["memory", "search", "--error", "-"]);
        command.stdin(std::fs::File::open(&file).unwrap());
        let answer = repo.answer(command).success();
        assert!(answer.stdout.starts_with(id), "{answer}");
    }
}
