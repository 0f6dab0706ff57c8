//! What may be written as a memory, and the ways to write it.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::{Answer, TestRepo};

/// Runs a command with something on its standard input.
pub fn with_input(repo: &TestRepo, arguments: &[&str], input: &str) -> Answer {
    let mut command = repo.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Answer::of(&child.wait_with_output().unwrap(), repo)
}

/// A key as a provider would give it, put together here so that no scanner takes this file for a leak.
fn secret() -> String {
    format!("ghp_{}", "x7Kq2mVt9LpR4nWb8ZcJ1yHs6DfG3aEu0QoT")
}

#[test]
fn a_text_comes_from_a_file_from_input_or_from_the_editor() {
    let repo = TestRepo::new();
    repo.write("note.txt", "\u{feff}Use tabs in makefiles.\n\nAlways.\n");
    repo.cmpm(["memory", "add", "--file", "note.txt", "--category", "team"]).success();
    assert!(repo.read(".cmpm/memory/team/MEM-00000001-use-tabs-in-makefiles.md").ends_with("---\n\nUse tabs in makefiles.\n\nAlways.\n"));
    with_input(&repo, &["memory", "add", "-"], "Read from input.").success();
    let mut command = repo.command(["memory", "add", "Begun here", "--editor"]);
    repo.answer({
        command.env("EDITOR", "sh -c 'printf \"And ended in the editor.\" >> \"$1\"' --");
        command
    })
    .success();
    assert_eq!(repo.json(["memory", "show", "MEM-00000012"])["data"]["title"], "Begun here");
    assert_eq!(std::fs::read_dir(repo.path(".git/cmpm/edit")).unwrap().count(), 0);
    std::fs::write(repo.path("latin.txt"), b"caf\xe9 is a caf\xe9").unwrap();
    assert!(repo.cmpm(["memory", "add", "--file", "latin.txt"]).exits(2).stderr.contains("not UTF-8"));
    insta::assert_snapshot!(repo.cmpm(["memory", "add"]), @r#"
    --- stderr
    error: there is no text to remember
    hint: for example `cmpm memory add "Moving a page breaks the links to it" --category pattern`
    --- exit 2
    "#);
}

#[test]
fn what_was_written_in_the_editor_is_never_lost() {
    let repo = TestRepo::new();
    let mut command = repo.command(["memory", "add", "Long thoughts", "--category", "nowhere", "--editor"]);
    command.env("EDITOR", "true");
    let answer = repo.answer(command).exits(2);
    assert!(answer.stderr.contains("your text is kept in"), "{answer}");
    let kept: Vec<_> = std::fs::read_dir(repo.path(".git/cmpm/edit")).unwrap().flatten().collect();
    assert_eq!(std::fs::read_to_string(kept[0].path()).unwrap(), "Long thoughts\n");
    let mut command = repo.command(["memory", "add", "Long thoughts", "--editor"]);
    command.env("EDITOR", "false");
    insta::assert_snapshot!(repo.answer(command), @"
    --- stderr
    error: the editor `false` failed; nothing was written
    --- exit 2
    ");
    repo.cmpm(["memory", "add", "--editor"]).exits(2);
    assert!(!repo.exists(".cmpm/memory"));
}

#[test]
fn a_secret_is_refused_and_not_repeated() {
    let repo = TestRepo::new();
    let text = format!("The token\nis {} for now.", secret());
    for arguments in [
        &["memory", "add", &text][..],
        &["memory", "add", "Look at the title", "--title", &text],
        &["memory", "add", "Look at the details", "--rationale", &text],
        &["--json", "memory", "add", &text],
    ] {
        let answer = repo.cmpm(arguments).exits(3);
        assert!(!answer.to_string().contains(&secret()) && !answer.to_string().contains("ghp_"), "{answer}");
        assert!(answer.to_string().contains("github-pat"), "{answer}");
    }
    assert!(repo.cmpm(["memory", "add", &text]).stderr.contains("is in the text, line 2 ("));
    repo.cmpm(["memory", "add", "Tokens live in the vault."]).success();
    repo.cmpm(["memory", "edit", "MEM-0", &text]).exits(3);
    assert_eq!(repo.json(["memory", "list"])["data"]["memories"].as_array().unwrap().len(), 1);
    assert!(!repo.json(["memory", "show", "MEM-0"])["data"]["body"].as_str().unwrap().contains("ghp_"));
    repo.cmpm(["memory", "add", &format!("{} # gitleaks:allow", secret())]).success();
}

#[test]
fn too_short_and_too_long_is_the_project_s_word() {
    let repo = TestRepo::new();
    insta::assert_snapshot!(repo.cmpm(["memory", "add", "abc"]), @"
    --- stderr
    error: the text has 3 characters; a memory must have 4 to 20000 in this project
    hint: `memory.min_length` and `memory.max_length` in .cmpm/config.yaml decide
    --- exit 2
    ");
    repo.cmpm(["memory", "add", &"é".repeat(20_001)]).exits(2);
    repo.cmpm(["memory", "add", &"é".repeat(20_000)]).success();
    repo.cmpm(["-c", "memory.min_length=3", "memory", "add", "abc"]).success();
}

#[test]
fn what_says_nearly_the_same_is_shown_and_written_all_the_same() {
    let repo = TestRepo::new();
    repo.cmpm(["memory", "add", "Moving a page breaks the links to it."]).success();
    repo.cmpm(["memory", "add", "Releases are cut on Fridays."]).success();
    insta::assert_snapshot!(repo.cmpm(["memory", "add", "A moved page breaks links to it"]), @"
    Remembered MEM-00000011 (project): A moved page breaks links to it
    .cmpm/memory/project/MEM-00000011-a-moved-page-breaks-links-to-it.md
    --- stderr
    note: .cmpm/memory/project/MEM-00000001-moving-a-page-breaks-the-links-to-it.md: MEM-00000001 is 100 % alike: Moving a page breaks the links to it. (if MEM-00000011 replaces it: `cmpm memory supersede MEM-00000001 --by MEM-00000011` (or `--supersedes MEM-00000001` when adding))
    ");
    let quiet = repo.cmpm(["memory", "add", "A moved page breaks its links", "--quiet-duplicates"]).success();
    assert_eq!(quiet.stderr, "");
}

#[test]
fn a_batch_is_written_as_a_whole_or_not_at_all() {
    let repo = TestRepo::new();
    let good = r#"{"text": "Use tabs in makefiles.", "category": "team", "tags": ["make"], "standard": "tabs"}"#;
    for (line, said) in [
        (r#"{"text": "abc"}"#, "line 3: the text has 3 characters"),
        (r#"{"text": 7}"#, "line 3: not a memory: "),
        (r#"["a"]"#, "line 3: not a memory: "),
        (r#"{"text": "Long enough", "id": "MEM-1"}"#, "line 3: `id` is not a key"),
        (r#"{"text": "Long enough", "categry": "team"}"#, "line 3: `categry` is not a key"),
        (r#"{"text": "Long enough", "category": "law"}"#, "line 3: `law` is not a category"),
        (r#"{"text": "Long enough", "supersedes": ["MEM-9"]}"#, "line 3: there is no memory `MEM-9`"),
    ] {
        let answer = with_input(&repo, &["memory", "add", "--batch", "-"], &format!("{good}\n\n{line}\n{good}\n")).exits(2);
        assert!(answer.stderr.contains(said), "{line}: {answer}");
        assert!(!repo.exists(".cmpm/memory"), "{line}");
    }
    let answer = with_input(&repo, &["memory", "add", "--batch", "-"], &format!("{good}\n{{\"text\": \"{}\"}}", secret())).exits(3);
    assert!(answer.stderr.contains("line 2: ") && !answer.stderr.contains("ghp_"), "{answer}");
    let answer = with_input(&repo, &["memory", "add", "--batch", "-"], &format!("{{\"tags\": \"{}\"}}", secret())).exits(2);
    assert!(answer.stderr.contains("found a text") || answer.stderr.contains("a text, expected"), "{answer}");
    assert!(!answer.stderr.contains("ghp_"), "{answer}");
    repo.write("batch.jsonl", &format!("{good}\n{{\"text\": \"Releases are cut on Fridays.\"}}\n"));
    let added = repo.json(["memory", "add", "--batch", "batch.jsonl", "--commit"]);
    assert_eq!(added["data"]["memories"].as_array().unwrap().len(), 2);
    assert_eq!(repo.json(["memory", "list", "--category", "team"])["data"]["memories"][0]["tags"][0], "make");
    assert_eq!(repo.status(), "?? batch.jsonl");
    repo.cmpm(["memory", "add", "--batch", "empty.jsonl"]).exits(2);
}

#[test]
fn a_category_can_demand_keys() {
    let repo = TestRepo::new();
    repo.write(".cmpm/config.yaml", "memory:\n  categories:\n    customer: {required: [contract, tags]}\n    law:\n");
    repo.cmpm(["memory", "add", "They pay in advance.", "--category", "law"]).success();
    insta::assert_snapshot!(repo.cmpm(["memory", "add", "They pay in advance.", "--category", "customer"]), @"
    --- stderr
    error: a memory of category `customer` must have `contract`
    hint: give it with `--set contract=…`, or as a key of the line
    --- exit 2
    ");
    repo.cmpm(["memory", "add", "They pay in advance.", "--category", "customer", "--set", "contract=C-7", "--set", "x=1", "-t", "pay"])
        .exits(2);
    repo.cmpm(["memory", "add", "They pay in advance.", "--category", "customer", "--set", "contract=C-7", "-t", "pay"]).success();
    assert!(repo.read(".cmpm/memory/customer/MEM-0000001h-they-pay-in-advance.md").contains("\ncontract: C-7\n"));
    repo.write(".cmpm/memory/customer/MEM-x.md", "---\nid: MEM-x\ncategory: customer\ntitle: By hand\ntags: [a]\n---\n\nText.\n");
    repo.git(["add", "-A"]);
    let found = repo.json(["check"]);
    let rules: Vec<_> = found["data"]["findings"].as_array().unwrap().iter().map(|f| (f["rule"].clone(), f["path"].clone())).collect();
    assert_eq!(rules, [("missing-key".into(), ".cmpm/memory/customer/MEM-x.md".into())], "{found}");
}
