//! What may not be written as a memory wherever it stands, and how its place is reported.

use super::write::with_input;
use crate::support::TestRepo;

const NUL: &str = "a NUL character (U+0000) is ";

#[test]
fn a_nul_character_is_refused_by_every_way_in() {
    let repo = TestRepo::new();
    repo.cmpm(["memory", "add", "Use tabs in makefiles."]).success();
    repo.write("nul.md", "One line.\nAnother\0 one.\n");
    for (arguments, input, place) in [
        (&["memory", "add", "-"][..], "One line.\nAnother\0 one.\n", "in the text, line 2"),
        (&["memory", "add", "--file", "nul.md"], "", "in the text, line 2"),
        (&["memory", "add", "--batch", "-"], r#"{"text": "Long\u0000 enough"}"#, "in the text, line 1"),
        (&["memory", "add", "--batch", "-"], r#"{"text": "Long enough", "title": "a\u0000b"}"#, "in the title"),
        (&["memory", "add", "--batch", "-"], r#"{"text": "Long enough", "tags": ["a\u0000b"]}"#, "in a tag"),
        (&["memory", "add", "--batch", "-"], r#"{"text": "Long enough", "rationale": "a\u0000b"}"#, "in `rationale`"),
        (&["memory", "edit", "MEM-00000001", "-"], "More\0", "in the text, line 3"),
        (&["session", "save", "x", "-"], "Here\0", "in the text, line 1"),
    ] {
        let answer = with_input(&repo, arguments, input).exits(2);
        assert!(answer.stderr.contains(&format!("{NUL}{place}, and nothing was written")), "{arguments:?}: {answer}");
    }
    repo.cmpm(["issue", "create", "Fix it"]).success();
    let answer = with_input(&repo, &["issue", "comment", "ISS-0", "-"], "Well\0").exits(2);
    assert!(answer.stderr.contains("would hold a NUL character"), "{answer}");
    repo.git(["add", "-A"]);
    repo.git(["reset", "-q", "nul.md"]);
    repo.cmpm(["check"]).success();
}

#[test]
fn a_nul_character_in_an_import_or_a_file_is_a_finding() {
    let repo = TestRepo::new();
    repo.write(
        "in.jsonl",
        "{\"text\": \"Use tabs.\"}\n{\"text\": \"Use\\u0000 spaces.\"}\n{\"text\": \"Use neither.\", \"tags\": [\"\", \"a\"]}\n",
    );
    let imported = repo.cmpm(["memory", "import", "in.jsonl", "--from", "cmpm"]);
    assert!(imported.stderr.contains(&format!("in.jsonl:2: {NUL}in the text, line 1")), "{imported}");
    let listed = repo.json(["memory", "list"]);
    assert_eq!(listed["data"]["memories"].as_array().unwrap().len(), 2, "{imported}");
    repo.write(".cmpm/memory/team/MEM-x.md", "---\nid: MEM-x\ncategory: team\ntitle: x\n---\n\nOne\0\n");
    repo.write(".cmpm/memory/team/MEM-y.md", "---\nid: MEM-y\ncategory: team\ntitle: \"x\\0y\"\n---\n\nOne\n");
    repo.git(["add", ".cmpm"]);
    let checked = repo.cmpm(["check"]).exits(1);
    for place in ["MEM-x.md:7: error: there is a NUL", "MEM-y.md:4: error: there is a NUL"] {
        assert!(checked.stdout.contains(place), "{checked}");
    }
}

#[test]
fn a_day_is_a_date_and_a_list_has_no_empty_words() {
    let repo = TestRepo::new();
    repo.cmpm(["memory", "add", "Use tabs.", "--valid-until", "2026-02-01"]).success();
    for arguments in [
        &["memory", "add", "Use spaces.", "--valid-until", "soon"][..],
        &["memory", "add", "Use spaces.", "--valid-until", "2026-02-30"],
        &["memory", "edit", "MEM-00000001", "--valid-until", "someday"],
    ] {
        let answer = repo.cmpm(arguments).exits(2);
        assert!(answer.stderr.contains("is not a date\nhint: write it like 2026-12-24"), "{answer}");
    }
    with_input(&repo, &["memory", "add", "--batch", "-"], r#"{"text": "Use spaces.", "valid_until": "soon"}"#).exits(2);
    repo.cmpm(["memory", "add", "Use spaces.", "--tag", " "]).exits(2);
    repo.cmpm(["memory", "edit", "MEM-00000001", "--tech", ""]).exits(2);
    repo.write(".cmpm/memory/team/MEM-x.md", "---\nid: MEM-x\ncategory: team\ntitle: x\nvalid_until: next week\n---\n\nOne\n");
    repo.write(".cmpm/memory/team/MEM-y.md", "---\nid: MEM-y\ncategory: team\ntitle: y\nvalid_until: 30.01.2026\n---\n\nTwo\n");
    repo.git(["add", "-A"]);
    let told = ".cmpm/memory/team/MEM-x.md:5: ";
    assert!(repo.cmpm(["check"]).stdout.contains(&format!("{told}warning: `next week` is not a date")));
    for verb in ["list", "stats"] {
        let answer = repo.cmpm(["memory", verb]).success();
        assert!(answer.stderr.contains(&format!("{told}`next week` is not a date, so this memory never expires")), "{answer}");
    }
    let listed = repo.cmpm(["memory", "list", "--all"]).stdout;
    assert!(listed.contains("(expired) y"), "{listed}");
}

#[test]
fn the_place_of_a_secret_is_told_and_wrong_lines_in_words() {
    let repo = TestRepo::new();
    let token = format!("ghp_{}", "x7Kq2mVt9LpR4nWb8ZcJ1yHs6DfG3aEu0QoT");
    for (arguments, place) in [
        (&["memory", "add", &token][..], "in the text, line 1"),
        (&["memory", "add", "Long enough", "--title", &token], "in the title"),
        (&["memory", "add", "Long enough", "--tag", &token], "in a tag"),
        (&["memory", "add", "Long enough", "--rationale", &token], "in `rationale`"),
        (&["session", "save", "x", &format!("a\n{token}")], "in the text, line 2"),
    ] {
        let answer = repo.cmpm(arguments).exits(3);
        assert!(answer.stderr.contains(&format!("looks like a secret is {place} (")), "{answer}");
    }
    for (line, said) in [
        ("[1]", "expected an object"),
        ("{\"text\": 7}", "expected a string"),
        ("tabs", "this is not JSON from character"),
        ("{\"text\": \"a", "this is not JSON from character"),
    ] {
        let answer = with_input(&repo, &["memory", "add", "--batch", "-"], line).exits(2);
        assert!(answer.stderr.contains(said) && !answer.stderr.contains("Draft") && !answer.stderr.contains("ident"), "{answer}");
    }
}

#[test]
fn a_demanded_key_is_for_its_own_category() {
    let repo = TestRepo::new();
    repo.write(".cmpm/config.yaml", "memory: {categories: {customer: {required: [contract]}}}\n");
    repo.cmpm(["memory", "add", "Pays late.", "--category", "customer", "--set", "contract=C-7"]).success();
    repo.cmpm(["memory", "add", "Use tabs.", "--category", "team", "--set", "contract=C-7"]).exits(2);
    repo.cmpm(["memory", "add", "Use tabs.", "--category", "team"]).success();
    let id = repo.json(["memory", "list", "--category", "team"])["data"]["memories"][0]["id"].as_str().unwrap().to_owned();
    repo.cmpm(["memory", "edit", &id, "--set", "contract=C-7"]).exits(2);
    repo.cmpm(["memory", "edit", &id, "--set", "contract=C-7", "--category", "customer"]).success();
}
