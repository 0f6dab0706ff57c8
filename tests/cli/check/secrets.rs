//! `cmpm check`: secrets that are hidden, known already, or no secrets but somebody's data.

use super::{in_run, token};
use crate::support::TestRepo;

#[test]
fn a_repository_with_a_past_is_usable_on_day_one() {
    let repo = TestRepo::new();
    repo.write("a.env", &format!("TOKEN={}\n", token()));
    repo.commit_all("years ago");
    repo.cmpm(["check", "--all"]).exits(1);
    insta::assert_snapshot!(repo.cmpm(["check", "--baseline", "write"]), @"
    .cmpm/secrets.baseline: note: 1 secret known from now on; commit the file [secret]
      hint: revoke what is real all the same: history keeps it
    0 errors, 0 warnings, 1 note in 2 files (everything)
    ");
    let file = repo.read(".cmpm/secrets.baseline");
    assert!(!file.contains("ghp_") && file.lines().last().unwrap().starts_with("a.env\tgithub-pat\t"), "{file}");
    repo.commit_all("baseline");
    repo.write("a.env", &format!("MOVED=1\n\nTOKEN={}\n", token()));
    repo.git(["add", "-A"]);
    insta::assert_snapshot!(repo.cmpm(["check", "--all"]), @"Nothing wrong in 3 files (everything); 1 secret known by the baseline");
    assert_eq!(repo.json(["check", "--all"])["data"]["known"], 1);
    repo.write("b.env", &format!("TOKEN={}\n", token()));
    repo.git(["add", "-A"]);
    repo.cmpm(["check", "--all"]).exits(1);
}

#[test]
fn no_form_of_the_answer_holds_five_letters_of_a_secret() {
    let repo = TestRepo::new();
    repo.write("a.env", &format!("TOKEN={}\ncard: 4716 2387 1905 5629\n", token()));
    repo.git(["add", "-A"]);
    for format in [
        ["check", "--all", "--format=text"],
        ["check", "--all", "--format=sarif"],
        ["check", "--all", "--format=github"],
        ["--json", "check", "--all"],
    ] {
        let said = repo.cmpm(format).exits(1).to_string();
        for secret in [token(), "4716 2387 1905 5629".to_owned()] {
            let parts = secret.as_bytes().windows(5).map(|part| String::from_utf8_lossy(part).into_owned());
            assert_eq!(parts.filter(|part| said.contains(part)).collect::<Vec<_>>(), [""; 0], "{format:?}");
        }
    }
}

#[test]
fn a_secret_that_moves_to_where_it_matters_more_is_new() {
    let repo = TestRepo::new();
    let value = ["Zk3vQ9pL7x", "Tn2wRb8mYc", "H5dJf6sG4a"].concat();
    let lines = format!("api_key = \"{value}\"\n");
    for path in ["tests/settings.txt", "docs/k.md", "src/a.txt"] {
        repo.write(path, &lines);
    }
    repo.commit_all("old");
    repo.git(["checkout", "-q", "-b", "side"]);
    std::fs::create_dir_all(repo.path("deploy")).unwrap();
    for (from, to, exit) in [
        ("tests/settings.txt", ".env", 1),
        ("docs/k.md", "deploy/id_rsa", 1),
        ("tests/settings.txt", "tests/other.txt", 0),
        ("src/a.txt", "src/b.txt", 0),
        ("src/a.txt", "tests/a.txt", 0),
    ] {
        repo.git(["mv", from, to]);
        let answer = repo.cmpm(["check"]).exits(exit);
        assert_eq!(answer.stdout.contains("generic-"), exit == 1, "{from} {answer}");
        repo.git(["commit", "-qnm", "move"]);
        repo.cmpm(["check", "--base", "main"]).exits(exit);
        repo.git(["reset", "-q", "--hard", "main"]);
    }
}

#[test]
fn an_agent_brings_no_private_key_and_nothing_that_nobody_looked_at() {
    let repo = TestRepo::new();
    let kind = ["RSA PRIV", "ATE KEY"].concat();
    let letters: String = ('A'..='Z').chain('a'..='z').chain('0'..='9').cycle().step_by(7).take(640).collect();
    repo.write("tests/fixtures/key.txt", &format!("-----BEGIN {kind}-----\n{letters}\n-----END {kind}-----\n"));
    repo.git(["add", "-A"]);
    assert!(repo.cmpm(["check"]).success().stdout.contains("tests/fixtures/key.txt:1: warning:"));
    assert!(in_run(&repo, ["check"]).exits(1).stdout.contains("tests/fixtures/key.txt:1: error:"));
    repo.git(["rm", "-qf", "tests/fixtures/key.txt"]);
    std::fs::File::create(repo.path("big.bin")).unwrap().set_len(70 << 20).unwrap();
    repo.git(["add", "-A"]);
    assert!(in_run(&repo, ["check"]).exits(1).stdout.contains("big.bin: error: larger than 64 MiB"));
}

#[test]
fn what_shows_nothing_is_told_once() {
    let repo = TestRepo::new();
    repo.write("README.md", "old\u{200b}\n");
    repo.commit_all("old");
    repo.write("README.md", "old\u{200b}\nnew\u{e0041}\u{e0042}\n");
    repo.write("AGENTS.md", "Do\u{200b} this.\n");
    repo.write("b.md", "\u{1f469}\u{200d}\u{1f466} \u{2764}\u{fe0f}\n");
    repo.git(["add", "-A"]);
    insta::assert_snapshot!(repo.cmpm(["check"]), @"
    AGENTS.md:1: error: zero-width characters (1 character) [hidden-text]
      hint: remove them, with an editor that shows them
    README.md:2: error: Unicode tags (2 characters) [hidden-text]
      hint: remove them, with an editor that shows them
    2 errors, 0 warnings in 3 files (what is staged)
    --- exit 1
    ");
}

#[test]
fn a_file_that_is_too_large_is_said_not_to_be_looked_at() {
    let repo = TestRepo::new();
    let file = std::fs::File::create(repo.path("big.bin")).unwrap();
    file.set_len(70 << 20).unwrap();
    repo.git(["add", "-A"]);
    insta::assert_snapshot!(repo.cmpm(["check"]), @"
    big.bin: warning: larger than 64 MiB, so nothing was looked for in it [not-scanned]
    0 errors, 1 warning in 1 file (what is staged)
    ");
    repo.write("line.txt", &format!("{}{} x", "one two 12 ".repeat(200_000), token()));
    repo.git(["add", "line.txt"]);
    assert!(repo.cmpm(["check"]).exits(1).to_string().contains("line.txt:1: error: GitHub"));
}

#[test]
fn the_key_with_which_a_page_searches_is_no_secret() {
    let repo = TestRepo::new();
    let hex = ["9c3f07b1", "e84d2a65", "f1b90c7d", "3e58a2d4"].concat();
    let config = |rest: &str| format!("docSearch: {{\n  apiKey: '{hex}',\n{rest}}}\n");
    repo.write("site/a.js", &config("  appId: 'R2IYF7ETH7',\n  indexName: 'docs',\n"));
    repo.git(["add", "-A"]);
    repo.cmpm(["check"]).success();
    repo.write("site/a.js", &config("  appId: 'R2IYF7ETH7',\n"));
    repo.git(["add", "-A"]);
    assert!(repo.cmpm(["check"]).exits(1).stdout.contains("site/a.js:2: error: what looks like a key, token or secret"));
}
