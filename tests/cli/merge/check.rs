//! `ticket merge-check`, the guard and the hooks: a merge that drops what nobody removed.

use super::{TICKET, diverge, project, ticket};
use crate::support::TestRepo;

const COMMENT: &str = "tasks/comments/ISS-aaaaaaaa/20260101T000000Z-x.md";

/// A merge that kept our side of everything, as an unhappy `-s ours` does.
fn lossy() -> TestRepo {
    let repo = project();
    diverge(
        &repo,
        |repo| repo.write("README.md", "# Ours\n"),
        |repo| {
            repo.write(TICKET, &ticket("status: todo\nlabels: [a]\nupdated: 2026-01-01\ndepends_on: [ISS-bbbbbbbb]\n", "- [ ] one\n"));
            repo.write("tasks/issues/ISS-bbbbbbbb-two.md", "---\nid: ISS-bbbbbbbb\ntitle: Two\nstatus: todo\n---\n");
            repo.write(COMMENT, "---\nticket: ISS-aaaaaaaa\n---\n\nhello\n");
            repo.write(".cmpm/memory/pattern/MEM-cccccccc-x.md", "---\nid: MEM-cccccccc\ntitle: X\ncategory: pattern\n---\n\ntext\n");
        },
    );
    repo
}

#[test]
fn what_a_merge_dropped_is_told_with_its_place() {
    let repo = lossy();
    repo.git(["merge", "-q", "-s", "ours", "-m", "m", "side"]);
    insta::assert_snapshot!(repo.cmpm(["ticket", "merge-check"]), @"
    --- stderr
    error: tasks/issues/ISS-bbbbbbbb-two.md:2: the merge lost `ISS-bbbbbbbb`, which neither side removed (bring it back from the side that has it, and amend the merge)
    error: .cmpm/memory/pattern/MEM-cccccccc-x.md:2: the merge lost `MEM-cccccccc`, which neither side removed (bring it back from the side that has it, and amend the merge)
    error: tasks/comments/ISS-aaaaaaaa/20260101T000000Z-x.md:1: the merge lost `tasks/comments/ISS-aaaaaaaa/20260101T000000Z-x.md`, which neither side removed (bring it back from the side that has it, and amend the merge)
    error: tasks/issues/ISS-aaaaaaaa-one.md:7: the merge lost `depends_on: ISS-bbbbbbbb` of `ISS-aaaaaaaa`, which neither side removed (bring it back from the side that has it, and amend the merge)
    --- exit 1
    ");
    let range = repo.cmpm(["check", "--range", "HEAD~1..HEAD"]).exits(1);
    assert!(range.stdout.contains("the merge lost `ISS-bbbbbbbb`, which neither side removed"), "{range}");
    insta::assert_snapshot!(repo.cmpm(["ticket", "merge-check", "HEAD~1"]), @"There is no merge to check.");
    repo.cmpm(["ticket", "merge-check", "--range", "HEAD~2..HEAD"]).exits(1);
}

#[test]
fn the_guard_stops_a_merge_that_drops_records() {
    let repo = lossy();
    repo.git(["merge", "-q", "-s", "ours", "--no-commit", "side"]);
    let check = repo.cmpm(["check"]).exits(1);
    assert!(check.stdout.contains("lost-record") || check.stdout.contains("the merge lost"), "{check}");
    repo.write("message", "merge\n");
    let hook = repo.cmpm(["hook", "run", "commit-msg", "message"]).exits(1);
    assert!(format!("{hook}").contains("the merge lost `MEM-cccccccc`"), "{hook}");
    repo.git(["merge", "--abort"]);
    repo.git(["merge", "-q", "-m", "m", "side"]);
    insta::assert_snapshot!(repo.cmpm(["ticket", "merge-check"]), @"Nothing was lost in 1 merge.");
}

#[test]
fn what_a_side_removed_may_be_gone() {
    let repo = project();
    repo.write("tasks/issues/ISS-bbbbbbbb-two.md", "---\nid: ISS-bbbbbbbb\ntitle: Two\nstatus: todo\n---\n");
    repo.commit_all("two");
    diverge(
        &repo,
        |repo| std::fs::remove_file(repo.path("tasks/issues/ISS-bbbbbbbb-two.md")).unwrap(),
        |repo| repo.write("README.md", "# Theirs\n"),
    );
    repo.git(["merge", "-q", "-m", "m", "side"]);
    repo.cmpm(["ticket", "merge-check"]).success();
    repo.cmpm(["check", "--range", "HEAD~1..HEAD"]).success();
}

#[test]
fn the_ticket_that_came_in_gets_a_new_id_and_who_names_it_follows() {
    let repo = project();
    let two = |title: &str, more: &str| format!("---\nid: ISS-0002\ntitle: {title}\nstatus: todo\n{more}---\n\ntext\n");
    diverge(
        &repo,
        |repo| repo.write("tasks/issues/ISS-0002-ours.md", &two("Ours", "")),
        |repo| {
            repo.write("tasks/issues/ISS-0002-theirs.md", &two("Theirs", "parent: ISS-aaaaaaaa\n"));
            repo.write(
                "tasks/issues/ISS-0003-more.md",
                "---\nid: ISS-0003\ntitle: More\nstatus: todo\ndepends_on: [ISS-0002]\n---\n\nSee ISS-0002.\n",
            );
            repo.write("tasks/comments/ISS-0002/c.md", "---\nticket: ISS-0002\n---\n\nhello\n");
        },
    );
    repo.git(["merge", "-q", "--no-commit", "side"]);
    insta::assert_snapshot!(repo.cmpm(["ticket", "merge-check"]), @"
    --- stderr
    error: tasks/issues/ISS-0002-theirs.md:2: both sides used the id `ISS-0002`: tasks/issues/ISS-0002-ours.md has it too (`cmpm ticket merge-check --fix` gives this one a new id)
    --- exit 1
    ");
    let fixed = repo.cmpm(["ticket", "merge-check", "--fix"]).success();
    assert!(fixed.stdout.starts_with("Gave ISS-0002 the id ISS-") && fixed.stdout.ends_with("-theirs.md, 3 files\n"), "{fixed}");
    insta::assert_snapshot!(repo.cmpm(["ticket", "merge-check"]), @"Nothing was lost in 1 merge.");
    repo.git(["commit", "-qm", "m"]);
    assert_eq!(repo.status(), "", "the merge took what was written");
    let more = repo.read("tasks/issues/ISS-0003-more.md");
    assert!(!more.contains("ISS-0002") && more.contains("depends_on: [ISS-"), "{more}");
    assert!(repo.exists("tasks/issues/ISS-0002-ours.md") && !repo.exists("tasks/issues/ISS-0002-theirs.md"));
    assert!(!repo.exists("tasks/comments/ISS-0002"));
    insta::assert_snapshot!(repo.cmpm(["ticket", "merge-check"]), @"Nothing was lost in 1 merge.");
}
