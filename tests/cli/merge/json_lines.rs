//! Records of other trackers, one per line: what a person must choose is reported, and found again.

use super::{diverge, project, try_git};
use crate::support::TestRepo;

const FILE: &str = ".beads/issues.jsonl";

fn beads(base: &str) -> TestRepo {
    let repo = project();
    repo.write(".gitattributes", &format!("{}\n.beads/*.jsonl merge=cmpm\n", repo.read(".gitattributes")));
    repo.write(FILE, base);
    repo.commit_all("beads");
    repo
}

/// The file with one more record.
fn with(base: &str, id: &str, title: &str) -> String {
    format!("{base}{{\"id\":\"{id}\",\"title\":\"{title}\"}}\n")
}

#[test]
fn a_value_that_both_changed_is_marked_and_the_guard_finds_it() {
    let repo = beads(&with("", "bd-1", "one"));
    let titled = |title: &'static str| move |repo: &TestRepo| repo.write(FILE, &with("", "bd-1", title));
    diverge(&repo, titled("ours"), titled("theirs"));
    let answer = try_git(&repo, ["merge", "side"]);
    assert!(answer.contains("CONFLICT") && answer.contains("`title` of `bd-1`"), "{answer}");
    let marked = ["<<<<<<< ours\n", &with("", "bd-1", "ours"), "=======\n", &with("", "bd-1", "theirs"), ">>>>>>> theirs\n"].concat();
    assert_eq!(repo.read(FILE), marked);
    let open = repo.cmpm(["check"]).exits(1);
    assert!(open.stdout.contains(&format!("{FILE}: error: the merge of this file is not finished [unmerged]")), "{open}");
    assert!(repo.cmpm(["check", "--all"]).exits(1).stdout.contains("[unmerged]"));
    repo.git(["add", "-A"]);
    let check = repo.cmpm(["check"]).exits(1);
    assert!(check.stdout.contains(&format!("{FILE}:1: error")) && !check.stdout.contains("[unmerged]"), "{check}");
    repo.write(FILE, &with("", "bd-1", "theirs"));
    repo.git(["add", "-A"]);
    repo.cmpm(["check"]).success();
}

#[test]
fn two_records_of_one_id_are_found_until_somebody_parts_them() {
    let base = with("", "bd-1", "one");
    let repo = beads(&base);
    let adds = |title: &'static str| move |repo: &TestRepo| repo.write(FILE, &with(&with("", "bd-1", "one"), "bd-3", title));
    diverge(&repo, adds("ours"), adds("theirs"));
    assert!(try_git(&repo, ["merge", "side"]).contains("CONFLICT"));
    repo.git(["add", "-A"]);
    for arguments in [&["ticket", "merge-check"][..], &["check"], &["ticket", "merge-check", "--fix"]] {
        let answer = repo.cmpm(arguments).exits(1);
        let all = format!("{answer}");
        assert!(all.contains(&format!("{FILE}:3:")) && all.contains("`bd-3 in .beads/issues.jsonl`: it exists twice"), "{answer}");
    }
    repo.git(["commit", "-q", "--no-verify", "-m", "m"]);
    repo.cmpm(["ticket", "merge-check"]).exits(1);
    repo.cmpm(["check", "--range", "HEAD~1..HEAD"]).exits(1);
    repo.write(FILE, &with(&with(&base, "bd-3", "ours"), "bd-4", "theirs"));
    repo.git(["commit", "-q", "--no-verify", "-a", "--amend", "-m", "m"]);
    repo.cmpm(["ticket", "merge-check"]).success();
}

#[test]
fn what_is_not_finished_is_not_called_lost() {
    let base = with("", "bd-1", "one");
    let repo = beads(&base);
    let ours = |repo: &TestRepo| repo.write(FILE, &with("", "bd-1", "ours"));
    let theirs = |repo: &TestRepo| repo.write(FILE, &with(&with("", "bd-1", "theirs"), "q-a", "new"));
    diverge(&repo, ours, theirs);
    let said = try_git(&repo, ["merge", "side"]);
    assert!(said.contains("delete the marker lines"), "{said}");
    for arguments in [&["ticket", "merge-check"][..], &["check"]] {
        let answer = repo.cmpm(arguments).exits(1);
        let all = format!("{answer}");
        assert!(all.matches("is not finished").count() == 1 && !all.contains("the merge lost"), "{answer}");
    }
}
