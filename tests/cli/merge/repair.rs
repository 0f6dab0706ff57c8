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
            Choose in the files and `git add` them, or take a side: `cmpm merge --ours|--theirs [FILE]…`
            --- exit 1
            ");
        }
    }
    assert!(repo.read(TICKET).contains("status: done\n# <<<<<<< ours\n"));
}

/// A merge with a conflict in a key and in a line, as git left it.
fn contested() -> crate::support::TestRepo {
    let repo = plain_project();
    let side = |word: &'static str| {
        move |repo: &crate::support::TestRepo| repo.write(TICKET, &ticket(&format!("status: {word}\n"), &format!("{word} text\n")))
    };
    diverge(&repo, side("active"), side("done"));
    try_git(&repo, ["merge", "side"]);
    repo
}

#[test]
fn a_side_is_taken_of_what_is_left() {
    for (side, word) in [("--ours", "active"), ("--theirs", "done")] {
        for is_begun in [false, true] {
            let repo = contested();
            if is_begun {
                repo.cmpm(["merge", "--repair"]).exits(1);
                repo.write(TICKET, &repo.read(TICKET).replace("title: One", "title: Two"));
            }
            let dry = repo.cmpm(["merge", side, "--dry-run", TICKET]).success();
            assert!(dry.stdout.contains("Would merge") && repo.read(TICKET).contains("<<<<<<<"), "{dry}");
            let taken = repo.cmpm(["merge", side, TICKET]).success();
            let wanted = format!("Merged {TICKET}, with {} in `status`, line ", side.trim_start_matches('-'));
            assert!(taken.stdout.starts_with(&wanted), "{taken}");
            let whole = ticket(&format!("status: {word}\n"), &format!("{word} text\n"));
            assert_eq!(repo.read(TICKET), if is_begun { whole.replace("One", "Two") } else { whole });
            assert_eq!(repo.json(["status"])["data"]["conflicts"], 0);
            assert!(taken.stdout.ends_with("`git checkout --merge FILE` brings a conflict back as git left it\n"), "{taken}");
            repo.git(["checkout", "--quiet", "--merge", TICKET]);
            assert_eq!(repo.json(["status"])["data"]["conflicts"], 1);
            assert!(repo.read(TICKET).contains("<<<<<<<") && repo.git(["ls-files", "-u", TICKET]).lines().count() == 3);
        }
    }
    let repo = contested();
    assert!(repo.cmpm(["merge", "--ours", "README.md"]).exits(2).stderr.contains("README.md is not in conflict"));
    repo.cmpm(["merge", "--ours", "--theirs"]).exits(2);
}

#[test]
fn conflicts_are_told_until_nobody_must_choose_any_more() {
    let repo = contested();
    let told = |what: &str| {
        let status = repo.cmpm(["status"]).success();
        assert!(status.stdout.ends_with("\n1 file in conflict: cmpm merge --repair\n"), "{what}: {status}");
        let doctor = repo.cmpm(["doctor"]).exits(1);
        let line = doctor.stdout.lines().find(|line| line.contains("in conflict")).unwrap_or_else(|| panic!("{what}: {doctor}"));
        assert!(line.contains(TICKET), "{what}: {doctor}");
    };
    told("as git left it");
    repo.cmpm(["merge", "--repair"]).exits(1);
    repo.git(["add", "-A"]);
    told("staged");
    let left = repo.cmpm(["merge", "--repair"]).exits(1);
    assert!(left.stdout.starts_with(&format!("{TICKET}: conflict in `status`, line ")), "{left}");
    // Two conflicts are two errors.
    let check = repo.json(["check"]);
    assert_eq!(
        check["data"]["findings"]
            .as_array()
            .unwrap_or_else(|| panic!("{check}"))
            .iter()
            .filter(|found| found["severity"] == "error")
            .count(),
        2,
        "{check}"
    );
    repo.cmpm(["ticket", "update", "ISS-aaaaaaaa", "--status", "done"]).success();
    assert!(!repo.read(TICKET).contains("# <<<<<<< ours"), "a value that is set is decided");
    repo.cmpm(["merge", "--theirs"]).success();
    assert_eq!(repo.read(TICKET), ticket("status: done\n", "done text\n"));
    assert_eq!(repo.json(["status"])["data"]["conflicts"], 0);
}

#[test]
fn markers_in_a_code_block_are_an_example() {
    let repo = plain_project();
    repo.write(TICKET, &ticket("status: todo\n", "```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> side\n```\n"));
    repo.git(["add", "-A"]);
    assert_eq!(repo.json(["status"])["data"]["conflicts"], 0);
    repo.cmpm(["check"]).success();
}
