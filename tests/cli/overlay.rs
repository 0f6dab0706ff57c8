//! Tickets as one picture: own worktree, worktrees next to it, the integration branch.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Answer, TestRepo};

/// A repository whose `main` has three tickets, with a worktree next to it on the branch `side`.
fn with_side() -> (TestRepo, PathBuf) {
    let repo = TestRepo::new();
    for title in ["One", "Two", "Three"] {
        repo.cmpm(["issue", "create", title]).success();
    }
    repo.commit_all("tickets");
    let side = repo.around().join("side");
    repo.git(["worktree", "add", "-q", "-b", "side", side.to_str().unwrap()]);
    (repo, side)
}

fn cmpm_in(repo: &TestRepo, folder: &std::path::Path, arguments: &[&str]) -> Answer {
    let mut command = repo.command(["-C", folder.to_str().unwrap()]);
    command.args(arguments);
    repo.answer(command)
}

fn json_in(repo: &TestRepo, folder: &std::path::Path, arguments: &[&str]) -> Value {
    let mut all = vec!["--json"];
    all.extend(arguments);
    serde_json::from_str(&cmpm_in(repo, folder, &all).stdout).unwrap()
}

/// The ids of the rows under `tickets`.
fn ids(answer: &Value) -> Vec<&str> {
    answer["data"]["tickets"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

/// What is said of other places for one ticket: kind, name, status, standing.
fn places(answer: &Value, id: &str) -> Vec<[String; 4]> {
    let rows = answer["data"]["tickets"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no {id} in {answer}"));
    let places = row["places"].as_array().cloned().unwrap_or_default();
    places.iter().map(|place| ["place", "name", "status", "standing"].map(|key| place[key].as_str().unwrap().to_owned())).collect()
}

fn commit_in(repo: &TestRepo, folder: &std::path::Path, message: &str) {
    repo.git_in(folder, ["add", "-A"]);
    repo.git_in(folder, ["commit", "-qm", message]);
}

#[test]
fn inherited_copies_are_one_ticket_and_nothing_is_said_of_them() {
    let (repo, side) = with_side();
    for folder in [repo.root(), &side] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(cmpm_in(&repo, folder, &["ticket", "list"]), @r"
            ID            KIND   STATUS    PRIORITY  TITLE
            ISS-00000001  issue  planning  medium    One
            ISS-0000000h  issue  planning  medium    Two
            ISS-00000011  issue  planning  medium    Three
            ");
        }
    }
}

#[test]
fn a_ticket_finished_in_a_worktree_or_on_main_is_not_offered_elsewhere() {
    let (repo, side) = with_side();
    cmpm_in(&repo, &side, &["issue", "complete", "ISS-00000001"]).success();
    insta::assert_snapshot!(repo.cmpm(["ready", "--explain"]), @"
    ID            WHY                TITLE
    ISS-0000000h  nothing blocks it  Two
    ISS-00000011  nothing blocks it  Three

    ID            WHY NOT                   TITLE
    ISS-00000001  is done in worktree side  One
    ");
    insta::assert_snapshot!(repo.cmpm(["issue", "list"]), @r"
    ID            KIND   STATUS    PRIORITY  ELSEWHERE                     TITLE
    ISS-00000001  issue  planning  medium    newer in worktree side: done  One
    ISS-0000000h  issue  planning  medium    -                             Two
    ISS-00000011  issue  planning  medium    -                             Three
    ");
    // What landed on the integration branch counts for who is after it, and frees what waited for it.
    repo.cmpm(["issue", "update", "ISS-00000011", "--depends-on", "ISS-0000000h"]).success();
    repo.cmpm(["issue", "complete", "ISS-0000000h"]).success();
    repo.commit_all("two is done");
    let ready = json_in(&repo, &side, &["ready"]);
    assert_eq!(ids(&ready), ["ISS-00000011"], "{ready}");
    let list = json_in(&repo, &side, &["issue", "list"]);
    assert_eq!(places(&list, "ISS-0000000h"), [["branch", "main", "done", "newer"]]);
    assert_eq!(ids(&json_in(&repo, &side, &["ready", "--here"])), ["ISS-0000000h", "ISS-00000011"]);
}

#[test]
fn a_blocker_that_is_done_in_a_worktree_only_still_blocks_here() {
    let (repo, side) = with_side();
    repo.cmpm(["issue", "update", "ISS-00000011", "--depends-on", "ISS-0000000h"]).success();
    cmpm_in(&repo, &side, &["issue", "complete", "ISS-0000000h"]).success();
    let ready = repo.json(["ready"]);
    assert_eq!(ids(&ready), ["ISS-00000001"]);
}

#[test]
fn an_old_branch_does_not_show_what_it_only_inherited() {
    let (repo, side) = with_side();
    // `main` goes on: the side's copies are old, but nobody there said anything.
    repo.cmpm(["issue", "complete", "ISS-00000001"]).success();
    repo.cmpm(["issue", "create", "Four"]).success();
    repo.commit_all("one is done");
    let list = repo.json(["issue", "list", "--all", "--branches"]);
    assert!(list["data"]["tickets"].as_array().unwrap().iter().all(|row| row["places"].is_null()), "{list}");
    // From a third place, which began before any of that, the side still says nothing of its own.
    let third = repo.around().join("third");
    repo.git(["worktree", "add", "-q", "-b", "third", third.to_str().unwrap(), "main~1"]);
    cmpm_in(&repo, &third, &["issue", "update", "ISS-0000000h", "--status", "active"]).success();
    let list = json_in(&repo, &third, &["issue", "list", "--all"]);
    assert_eq!(places(&list, "ISS-00000001"), [["branch", "main", "done", "newer"]]);
    assert_eq!(places(&list, "ISS-0000000h"), Vec::<[String; 4]>::new());
    assert_eq!(ids(&list).len(), 4);
    let from_side = json_in(&repo, &side, &["issue", "list", "--all"]);
    assert_eq!(places(&from_side, "ISS-0000000h"), [["worktree", "third", "active", "newer"]]);
}

#[test]
fn two_who_changed_one_ticket_have_diverged_and_the_branch_is_read_from_the_object_database() {
    let (repo, side) = with_side();
    cmpm_in(&repo, &side, &["issue", "update", "ISS-00000001", "--status", "review"]).success();
    commit_in(&repo, &side, "review");
    repo.git(["worktree", "remove", "--force", side.to_str().unwrap()]);
    repo.cmpm(["issue", "update", "ISS-00000001", "--status", "active"]).success();
    assert_eq!(places(&repo.json(["issue", "list"]), "ISS-00000001"), Vec::<[String; 4]>::new());
    let all = repo.json(["issue", "list", "--branches"]);
    assert_eq!(places(&all, "ISS-00000001"), [["branch", "side", "review", "diverged"]]);
    // The second time from what was kept of the first; a new commit is seen anyway.
    assert_eq!(repo.json(["issue", "list", "--branches"])["data"], all["data"]);
    repo.git(["branch", "-qf", "side", "main"]);
    assert_eq!(places(&repo.json(["issue", "list", "--branches"]), "ISS-00000001"), Vec::<[String; 4]>::new());
    let shown = repo.json(["issue", "show", "ISS-00000001", "--branches"]);
    assert_eq!(shown["data"]["places"], json!([]));
}

#[test]
fn a_ticket_of_another_place_is_shown_from_there_and_never_written() {
    let (repo, side) = with_side();
    let made = json_in(&repo, &side, &["issue", "create", "Only there", "-d", "Its text."]);
    let id = made["data"]["id"].as_str().unwrap().to_owned();
    cmpm_in(&repo, &side, &["issue", "comment", &id, "a remark"]).success();
    let list = repo.json(["issue", "list"]);
    assert_eq!(places(&list, &id), [["worktree", "side", "planning", "only"]]);
    let mut narrow = repo.command(["issue", "list"]);
    narrow.env("CMPM_COLUMNS", "60");
    let narrow = repo.answer(narrow).success().stdout;
    assert!(
        narrow.contains(&format!("{id}  ↗  ")) && narrow.ends_with("\n↗ is only in another worktree or on another branch\n"),
        "{narrow}"
    );
    assert!(!narrow.contains("ISS-00000001  ↗"), "{narrow}");
    let status = repo.cmpm(["status"]).success().stdout;
    assert!(status.contains("branches  1 ticket of these is only in another worktree or on another branch\n"), "{status}");
    cmpm_in(&repo, &side, &["issue", "update", &id, "--priority", "critical"]).success();
    assert_eq!(ids(&repo.json(["ready"]))[0], id);
    assert_eq!(repo.json(["next"])["data"]["ticket"]["id"], "ISS-00000001", "only what is here can be started here");
    let shown = repo.cmpm(["issue", "show", &id]).success().stdout;
    assert!(shown.contains("only in worktree side") && shown.contains("Its text.") && shown.contains("a remark"), "{shown}");
    for verb in [vec!["complete", &id], vec!["update", &id, "--status", "active"], vec!["comment", &id, "mine"]] {
        let answer = repo.cmpm([&["issue"], verb.as_slice()].concat()).exits(2);
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer, @r"
            --- stderr
            error: ticket `ISS-0000001h` is not in this work tree, it is in worktree side
            hint: run the command there: `cmpm -C [AROUND]/side …`
            --- exit 2
            ");
        }
    }
    assert_eq!(repo.status(), "");
    // Committed and without its worktree it is found on its branch, if one looks there.
    commit_in(&repo, &side, "it");
    repo.git(["worktree", "remove", "--force", side.to_str().unwrap()]);
    repo.cmpm(["issue", "show", &id]).exits(2);
    let shown = repo.cmpm(["issue", "show", &id, "--branches"]).success().stdout;
    assert!(shown.contains("only on side") && shown.contains("a remark"), "{shown}");
}

#[test]
fn damage_to_what_was_kept_of_branches_changes_nothing() {
    let (repo, side) = with_side();
    cmpm_in(&repo, &side, &["issue", "complete", "ISS-00000001"]).success();
    commit_in(&repo, &side, "done");
    repo.git(["worktree", "remove", side.to_str().unwrap()]);
    let cache = repo.path(".git/cmpm/cache/overlay-ticket");
    let wanted = repo.json(["issue", "list", "--branches"])["data"].clone();
    let sound = fs::read(&cache).unwrap();
    let half = sound.len() / 2;
    let mut turned = sound.clone();
    turned[half] ^= 1;
    for damaged in [&sound[..half], b"", turned.as_slice()] {
        fs::write(&cache, damaged).unwrap();
        assert_eq!(repo.json(["issue", "list", "--branches"])["data"]["tickets"], wanted["tickets"]);
    }
    fs::remove_file(&cache).unwrap();
    fs::create_dir(&cache).unwrap();
    assert_eq!(repo.json(["issue", "list", "--branches"])["data"]["tickets"], wanted["tickets"]);
}

#[test]
fn line_ends_and_moved_files_are_no_versions() {
    let (repo, side) = with_side();
    let file = side.join("tasks/issues/ISS-00000001-one.md");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace('\n', "\r\n")).unwrap();
    fs::create_dir_all(side.join("tasks/archive/2026")).unwrap();
    fs::rename(side.join("tasks/issues/ISS-0000000h-two.md"), side.join("tasks/archive/2026/ISS-0000000h-two.md")).unwrap();
    let list = repo.json(["issue", "list"]);
    assert!(list["data"]["tickets"].as_array().unwrap().iter().all(|row| row["places"].is_null()), "{list}");
}

#[test]
fn broken_worktrees_are_findings_and_those_of_agents_are_not_believed() {
    let (repo, side) = with_side();
    let agent = repo.path(".worktrees/qa-ISS-00000001");
    repo.git(["worktree", "add", "-q", "-b", "agent/qa", agent.to_str().unwrap()]);
    cmpm_in(&repo, &agent, &["issue", "complete", "ISS-00000001"]).success();
    commit_in(&repo, &agent, "I say it is done");
    let list = repo.json(["issue", "list", "--branches"]);
    assert_eq!(places(&list, "ISS-00000001")[0][..2], ["worktree", "qa-ISS-00000001"], "somebody's own worktree may be there too");
    repo.write(".git/cmpm/jobs/RUN-1/worktree", &format!("{}\n", agent.display()));
    fs::remove_dir_all(&side).unwrap();
    let list = repo.json(["issue", "list", "--branches"]);
    assert_eq!(places(&list, "ISS-00000001"), Vec::<[String; 4]>::new());
    let findings: Vec<_> = list["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert_eq!(findings, ["broken-worktree"]);
    fs::create_dir_all(&side).unwrap();
    fs::write(side.join("README.md"), "somebody else's").unwrap();
    let answer = repo.cmpm(["issue", "list"]).success();
    assert!(answer.stderr.contains("has lost its `.git` file"), "{answer}");
}

#[test]
fn a_clone_sees_what_it_fetched() {
    let (repo, _) = with_side();
    let clone = repo.around().join("clone");
    repo.git(["clone", "-q", repo.root().to_str().unwrap(), clone.to_str().unwrap()]);
    repo.cmpm(["issue", "complete", "ISS-00000001"]).success();
    repo.commit_all("done");
    repo.git_in(&clone, ["fetch", "-q"]);
    let list = json_in(&repo, &clone, &["issue", "list"]);
    assert_eq!(places(&list, "ISS-00000001"), [["branch", "origin/main", "done", "newer"]]);
    assert_eq!(ids(&json_in(&repo, &clone, &["ready"])), ["ISS-0000000h", "ISS-00000011"]);
}

#[test]
fn another_integration_branch_can_be_named() {
    let (repo, side) = with_side();
    cmpm_in(&repo, &side, &["issue", "complete", "ISS-00000001"]).success();
    commit_in(&repo, &side, "done");
    repo.git(["worktree", "remove", side.to_str().unwrap()]);
    let list = repo.json(["-c", "branches.integration=side", "issue", "list"]);
    assert_eq!(places(&list, "ISS-00000001"), [["branch", "side", "done", "newer"]]);
}

#[test]
fn history_that_is_cut_off_or_not_shared_is_looked_at_as_well() {
    let (repo, _) = with_side();
    repo.git(["checkout", "-q", "--orphan", "other"]);
    repo.cmpm(["issue", "complete", "ISS-00000001"]).success();
    repo.commit_all("a history of its own");
    let list = repo.json(["issue", "list", "--all"]);
    assert_eq!(places(&list, "ISS-00000001"), [["branch", "main", "planning", "diverged"]]);
    let shallow = repo.around().join("shallow");
    repo.git([
        "clone",
        "-q",
        "--depth",
        "1",
        "--no-single-branch",
        &format!("file://{}", repo.root().display()),
        shallow.to_str().unwrap(),
    ]);
    cmpm_in(&repo, &shallow, &["issue", "list"]).success();
}

#[test]
fn a_ticket_that_was_removed_on_main_is_told_and_not_offered() {
    let (repo, side) = with_side();
    repo.git(["rm", "-q", "tasks/issues/ISS-00000001-one.md"]);
    repo.git(["mv", "tasks/issues/ISS-0000000h-two.md", "tasks/issues/ISS-0000000h-moved.md"]);
    repo.commit_all("one is gone, two moved");
    let list = json_in(&repo, &side, &["issue", "list"]);
    assert_eq!(places(&list, "ISS-00000001"), [["branch", "main", "removed", "removed"]]);
    assert!(places(&list, "ISS-0000000h").iter().all(|place| place[3] != "removed"), "{list}");
    let ready = json_in(&repo, &side, &["ready", "--explain"]);
    assert!(!ids(&ready).contains(&"ISS-00000001"), "{ready}");
    let told = cmpm_in(&repo, &side, &["ready", "--explain"]).stdout;
    assert!(told.contains("is removed on main"), "{told}");
    // Who changed it here meanwhile keeps it.
    cmpm_in(&repo, &side, &["issue", "update", "ISS-00000001", "--priority", "high"]).success();
    assert_eq!(places(&json_in(&repo, &side, &["issue", "list"]), "ISS-00000001"), [[""; 4]; 0]);
}

#[test]
fn a_run_does_not_begin_what_is_over_on_the_integration_branch() {
    let (repo, side) = with_side();
    repo.cmpm(["issue", "complete", "ISS-00000001", "--commit"]).success();
    let work = ["delegate", "run", "ISS-00000001", "--agent", "documentation", "--runner", "command", "--", "true"];
    let answer = cmpm_in(&repo, &side, &work).exits(2);
    assert!(answer.stderr.contains("is done on main"), "{answer}");
}

#[test]
fn a_new_ticket_that_names_one_of_another_worktree_is_told_where_that_is() {
    let (repo, side) = with_side();
    cmpm_in(&repo, &side, &["issue", "create", "Only there"]).success();
    let there = json_in(&repo, &side, &["issue", "list", "--here", "--where", "title~only"])["data"]["tickets"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for flag in ["--parent", "--depends-on", "--related"] {
        let answer = repo.cmpm(["issue", "create", "New", flag, &there]).exits(2);
        assert!(answer.stderr.contains("is not in this work tree, it is in worktree side"), "{flag}: {answer}");
    }
}

#[test]
fn an_integration_branch_that_is_nowhere_is_told() {
    let (repo, _) = with_side();
    let answer = repo.cmpm(["-c", "branches.integration=nope", "issue", "list"]).success();
    assert!(answer.stderr.contains("`branches.integration` names `nope`"), "{answer}");
    assert_eq!(repo.cmpm(["-c", "branches.integration=main", "issue", "list"]).success().stderr, "");
}

#[test]
fn every_verb_says_where_a_ticket_is_that_is_not_here() {
    let (repo, _) = with_side();
    let clone = repo.around().join("clone");
    repo.git(["clone", "-q", repo.root().to_str().unwrap(), clone.to_str().unwrap()]);
    let id = repo.json(["issue", "create", "Four"])["data"]["id"].as_str().unwrap().to_owned();
    repo.commit_all("a fourth");
    repo.git_in(&clone, ["fetch", "-q"]);
    repo.git_in(&clone, ["config", "user.name", "Tess Test"]);
    repo.git_in(&clone, ["config", "user.email", "tess@example.com"]);
    for verb in [
        &["delegate", "run", &id, "--runner", "command", "--", "true"][..],
        &["ticket", "update", &id, "--status", "active"],
        &["ticket", "log", &id],
        &["ticket", "complete", &id],
        &["ticket", "comment", &id, "hi"],
        &["issue", "create", "Five", "--parent", &id],
        &["memory", "pack", "--ticket", &id],
    ] {
        let answer = cmpm_in(&repo, &clone, verb).exits(2);
        assert!(answer.stderr.contains(&format!("ticket `{id}` is not in this work tree, it is on origin/main")), "{verb:?} {answer}");
        assert!(answer.stderr.contains("once `origin/main` is merged"), "{verb:?} {answer}");
    }
    cmpm_in(&repo, &clone, &["ticket", "claim", &id]).success();
}
