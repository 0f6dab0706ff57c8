//! `cmpm ticket from-commit`

use std::io::Write;
use std::process::Stdio;

use crate::support::{Answer, TestRepo};

/// ISS-00000001 and TSK-0000000h in cmpm's own form, ISS-0042 in that of ai-trackdown.
fn repo() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "Fix the links"]).success();
    repo.cmpm(["task", "create", "Fix the guide"]).success();
    repo.write("tasks/issues/ISS-0042-old.md", "---\nissue_id: ISS-0042\ntitle: Old words\nstatus: active # by hand\n---\n\nText.\n");
    repo.commit_all("write tickets");
    repo
}

fn from_text(repo: &TestRepo, text: &str) -> Answer {
    let mut command = repo.command(["ticket", "from-commit", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Answer::of(&output, repo)
}

#[test]
fn a_commit_closes_what_it_says() {
    let repo = repo();
    repo.commit_all("Fix it all\n\nCloses: ISS-00000001, ISS-0042\nRefs: TSK-0000000h");
    insta::assert_snapshot!(repo.cmpm(["ticket", "from-commit", "--dry-run"]), @"
    Would complete ISS-00000001: Fix the links (8e4c9363da)
    Would complete ISS-0042: Old words (8e4c9363da)
    Refers to TSK-0000000h: Fix the guide (8e4c9363da)
    ");
    assert_eq!(repo.status(), "");
    insta::assert_snapshot!(repo.cmpm(["ticket", "from-commit"]), @"
    Completed ISS-00000001: Fix the links (8e4c9363da)
    Completed ISS-0042: Old words (8e4c9363da)
    Refers to TSK-0000000h: Fix the guide (8e4c9363da)
    ");
    let old = repo.read("tasks/issues/ISS-0042-old.md");
    assert_eq!(old, "---\nissue_id: ISS-0042\ntitle: Old words\nstatus: completed # by hand\n---\n\nText.\n");
    assert_eq!(repo.status().lines().count(), 2);
    let before = repo.git(["diff"]);
    insta::assert_snapshot!(repo.cmpm(["ticket", "from-commit", "HEAD"]), @"
    Already closed ISS-00000001: Fix the links (8e4c9363da)
    Already closed ISS-0042: Old words (8e4c9363da)
    Refers to TSK-0000000h: Fix the guide (8e4c9363da)
    ");
    assert_eq!(repo.git(["diff"]), before);
}

#[test]
fn a_range_is_read_from_its_oldest_commit() {
    let repo = repo();
    repo.commit_all("Begin\n\nRefs ISS-00000001, and closes TSK-0000000h");
    repo.commit_all("Does not close ISS-0042");
    repo.commit_all("Finish (closes ISS-00000001)");
    let answer = repo.json(["ticket", "from-commit", "HEAD~3..HEAD", "--commit"]);
    let data = &answer["data"];
    let ids = |list: &str| data[list].as_array().unwrap().iter().map(|ticket| ticket["id"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(ids("closed"), ["TSK-0000000h", "ISS-00000001"]);
    assert_eq!((ids("linked"), ids("unchanged")), (vec![], vec![]));
    assert_eq!(data["closed"][0]["status"], "done");
    assert_eq!(data["closed"][0]["commit"], repo.git(["rev-parse", "--short=10", "HEAD~3"]));
    assert_eq!(repo.status(), "");
    assert_eq!(repo.git(["log", "-1", "--format=%s"]), "complete TSK-0000000h, ISS-00000001");
    repo.fsck();
}

#[test]
fn a_text_is_read_from_standard_input() {
    let repo = repo();
    insta::assert_snapshot!(from_text(&repo, "Fixes the links.\n\n> Closes ISS-0042\n\nResolves ISS-00000001\n"), @"Completed ISS-00000001: Fix the links");
    insta::assert_snapshot!(from_text(&repo, "Fixes nothing; fixes UTF-8 and closes CVE-2026-1."), @"No tickets are named.");
}

#[test]
fn a_pull_request_closes_what_its_text_says() {
    let repo = repo();
    let body = "Fix the links\r\n\r\n## What\r\n\r\n- Closes ISS-42\r\n- Refs: TSK-0000000h\r\n\r\n<!-- Closes ISS-00000001 -->\r\n";
    repo.write("body.txt", body);
    insta::assert_snapshot!(repo.cmpm(["ticket", "from-commit", "--text", "body.txt"]), @"
    Completed ISS-0042: Old words
    Refers to TSK-0000000h: Fix the guide
    ");
    let mut command = repo.command(["ticket", "from-commit", "--text", "-", "--commit"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"Fixes ISS-00000001").unwrap();
    let answer = Answer::of(&child.wait_with_output().unwrap(), &repo).success();
    assert_eq!(answer.stdout, "Completed ISS-00000001: Fix the links\n");
    assert_eq!(repo.git(["log", "-1", "--format=%s"]), "complete ISS-00000001");
    let answer = repo.cmpm(["ticket", "from-commit", "--text", "nothing.txt"]).exits(2);
    assert!(answer.stderr.contains("nothing.txt: no such file"), "{answer}");
    repo.cmpm(["ticket", "from-commit", "HEAD", "--text", "-"]).exits(2);
}

#[test]
fn unknown_and_unclear_ids_are_findings() {
    let repo = repo();
    repo.commit_all("x\n\nCloses: ISS-zz9z, ISS-0, TSK-0000000h");
    insta::assert_snapshot!(repo.cmpm(["ticket", "from-commit"]), @"
    Completed TSK-0000000h: Fix the guide (0e1cc02d75)
    --- stderr
    warning: tasks: commit 0e1cc02d75: there is no ticket `ISS-zz9z` (`cmpm ticket list --all` shows what there is)
    warning: tasks: commit 0e1cc02d75: `ISS-0` could be any of ISS-00000001 (Fix the links), ISS-0042 (Old words) (`cmpm ticket list --all` shows what there is)
    ");
    repo.cmpm(["ticket", "from-commit", "nowhere"]).exits(2);
}
