//! `merge --repair`: merges that stopped in a clone without the driver.

use super::{TICKET, both, diverge, lines, ours, plain_project, theirs, ticket, try_git};

#[test]
fn a_stopped_merge_is_finished() {
    for style in ["merge", "diff3", "zdiff3"] {
        let repo = plain_project();
        repo.git(["config", "merge.conflictStyle", style]);
        diverge(&repo, ours, theirs);
        assert!(try_git(&repo, ["merge", "side"]).contains("CONFLICT"));
        let before = repo.read(TICKET);
        insta::allow_duplicates! {
            insta::assert_snapshot!(repo.cmpm(["merge", "--repair", "--dry-run"]), @"Would merge tasks/issues/ISS-aaaaaaaa-one.md");
        }
        assert_eq!(repo.read(TICKET), before);
        insta::allow_duplicates! {
            insta::assert_snapshot!(repo.cmpm(["merge", "--repair"]), @"Merged tasks/issues/ISS-aaaaaaaa-one.md");
        }
        assert_eq!(repo.read(TICKET), both());
        insta::allow_duplicates! {
            insta::assert_snapshot!(repo.cmpm(["merge", "--repair"]), @"No conflicts left.");
        }
        repo.git(["commit", "-qm", "merged"]);
        assert_eq!(repo.status(), "");
    }
}

#[test]
fn a_stopped_rebase_and_cherry_pick_are_repaired() {
    for command in [["rebase", "side"], ["cherry-pick", "side"]] {
        let repo = plain_project();
        diverge(&repo, ours, theirs);
        assert!(try_git(&repo, command).contains("CONFLICT"));
        repo.cmpm(["merge", "--repair"]).success();
        assert_eq!(lines(&repo.read(TICKET)), lines(&both()));
    }
}

#[test]
fn what_a_person_has_worked_on_is_left() {
    let repo = plain_project();
    diverge(&repo, ours, theirs);
    try_git(&repo, ["merge", "side"]);
    let half = repo.read(TICKET).replace("=======", "between\n=======");
    repo.write(TICKET, &half);
    insta::assert_snapshot!(repo.cmpm(["merge", "--repair"]), @"
    Left tasks/issues/ISS-aaaaaaaa-one.md, which has been changed since
    --- exit 1
    ");
    assert_eq!(repo.read(TICKET), half);
}

#[test]
fn removed_and_changed_keeps_the_change_and_other_files_stay_open() {
    let repo = plain_project();
    repo.write("src.txt", "a\n");
    repo.commit_all("more");
    diverge(
        &repo,
        |repo| {
            ours(repo);
            repo.write("src.txt", "b\n");
        },
        |repo| {
            std::fs::remove_file(repo.path(TICKET)).unwrap();
            repo.write("src.txt", "c\n");
        },
    );
    try_git(&repo, ["merge", "side"]);
    insta::assert_snapshot!(repo.cmpm(["merge", "--repair"]), @"
    Kept tasks/issues/ISS-aaaaaaaa-one.md: theirs removed it and ours changed it
    Left src.txt, which is not a cmpm record
    --- exit 1
    ");
    assert!(repo.exists(TICKET));
}

#[test]
fn what_must_be_chosen_stays_open() {
    let repo = plain_project();
    let status =
        |word: &'static str| move |repo: &crate::support::TestRepo| repo.write(TICKET, &ticket(&format!("status: {word}\n"), "x\n"));
    diverge(&repo, status("active"), status("done"));
    try_git(&repo, ["merge", "side"]);
    for _ in 0..2 {
        insta::allow_duplicates! {
            insta::assert_snapshot!(repo.cmpm(["merge", "--repair"]), @"
            tasks/issues/ISS-aaaaaaaa-one.md: conflict in `status`
            --- exit 1
            ");
        }
    }
    assert!(repo.read(TICKET).contains("status: done\n# <<<<<<< ours\n"));
}
