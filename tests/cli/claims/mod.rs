//! Hard claims: one winner, a time that ends, takeover of the dead, and one winner between clones too.

mod decided;
mod runs;
mod seen;
mod shared;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Answer, TestRepo};

const ID: &str = "ISS-00000001";

fn with_tickets(count: usize) -> TestRepo {
    let repo = TestRepo::new();
    for number in 0..count {
        repo.cmpm(["issue", "create", &format!("Number {number}")]).success();
    }
    repo.commit_all("tickets");
    repo
}

fn at(repo: &TestRepo, time: &str, arguments: &[&str]) -> Answer {
    let mut command = repo.command(arguments);
    command.env("CMPM_NOW", format!("2026-01-31T{time}Z"));
    repo.answer(command)
}

fn there(repo: &TestRepo, folder: &Path, arguments: &[&str]) -> Command {
    repo.command([&["-C", folder.to_str().unwrap()], arguments].concat())
}

/// Starts all commands, waits for all; their exit codes and standard outputs.
fn all_at_once(commands: Vec<Command>) -> Vec<(i32, String)> {
    let spawn = |mut command: Command| command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<Child> = commands.into_iter().map(spawn).collect();
    let outputs = children.into_iter().map(|child| child.wait_with_output().unwrap());
    outputs.map(|output| (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())).collect()
}

fn claims(repo: &TestRepo) -> Vec<Value> {
    repo.json(["ticket", "claims"])["data"]["claims"].as_array().unwrap().clone()
}

/// A process that lives until it is killed.
fn sleeper() -> Child {
    Command::new("sleep").arg("600").spawn().unwrap()
}

#[test]
fn of_eight_who_claim_one_ticket_one_gets_it_in_every_round() {
    let repo = with_tickets(1);
    for round in 0..20 {
        let commands = (0..8).map(|number| repo.command(["ticket", "claim", ID, "--for", &format!("agent-{number}")])).collect();
        let exits: Vec<i32> = all_at_once(commands).into_iter().map(|(exit, _)| exit).collect();
        assert_eq!(exits.iter().filter(|exit| **exit == 0).count(), 1, "round {round}: {exits:?}");
        assert_eq!(exits.iter().filter(|exit| **exit == 4).count(), 7, "round {round}: {exits:?}");
        let winner = claims(&repo)[0]["by"].as_str().unwrap().to_owned();
        repo.cmpm(["ticket", "release", ID, "--for", &winner]).success();
    }
    assert_eq!(repo.status(), "", "a claim never edits the ticket");
}

#[test]
fn of_eight_who_take_over_a_dead_claim_one_gets_it() {
    let repo = with_tickets(1);
    at(&repo, "08:00:00", &["ticket", "claim", ID, "--for", "gone"]).success();
    for round in 0..10 {
        let commands =
            (0..8).map(|number| repo.command(["ticket", "claim", ID, "--ttl", "1s", "--for", &format!("agent-{number}")])).collect();
        let exits: Vec<i32> = all_at_once(commands).into_iter().map(|(exit, _)| exit).collect();
        assert_eq!(exits.iter().filter(|exit| **exit == 0).count(), 1, "round {round}: {exits:?}");
        let winner = claims(&repo)[0]["by"].as_str().unwrap().to_owned();
        repo.cmpm(["ticket", "release", ID, "--for", &winner]).success();
        at(&repo, "08:00:00", &["ticket", "claim", ID, "--for", "gone"]).success();
    }
}

#[test]
fn eight_who_ask_for_the_next_of_eight_tickets_get_one_each() {
    let repo = with_tickets(8);
    let commands = (0..8).map(|_| repo.command(["--json", "next", "--claim"])).collect();
    let mut got = BTreeSet::new();
    for (exit, text) in all_at_once(commands) {
        assert_eq!(exit, 0, "{text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["data"]["ticket"]["id"], answer["data"]["claim"]["ticket"]);
        got.insert(answer["data"]["ticket"]["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(got.len(), 8, "{got:?}");
    insta::assert_snapshot!(repo.cmpm(["next", "--claim"]), @r"
    Nothing is ready to start.
    8 tickets cannot be started yet; `cmpm ready --explain` says why
    --- exit 1
    ");
}

#[test]
fn a_claim_ends_with_its_time_and_a_heartbeat_moves_that() {
    let repo = with_tickets(1);
    insta::assert_snapshot!(at(&repo, "09:00:00", &["ticket", "claim", "ISS-0"]), @r"
    Claimed ISS-00000001: Number 0
    by Tess Test, until 2026-01-31T09:30:00Z; `cmpm ticket heartbeat ISS-00000001` renews it
    ");
    insta::assert_snapshot!(at(&repo, "09:29:59", &["ticket", "claim", ID, "--for", "ben"]), @r"
    --- stderr
    error: ISS-00000001 is claimed by Tess Test until 2026-01-31T09:30:00Z
    hint: take another ticket, or wait; `cmpm ticket claims` lists all
    --- exit 4
    ");
    insta::assert_snapshot!(at(&repo, "09:10:00", &["ticket", "claim", ID]), @r"
    --- stderr
    error: ISS-00000001 is yours since 2026-01-31T09:00:00Z, until 2026-01-31T09:30:00Z
    hint: `cmpm ticket heartbeat ISS-00000001` renews it; if that was somebody else of this name, take another ticket, and claim with `--for NAME`
    --- exit 4
    ");
    at(&repo, "09:20:00", &["ticket", "heartbeat", ID]).success();
    at(&repo, "09:49:59", &["ticket", "claim", ID, "--for", "ben"]).exits(4);
    at(&repo, "09:50:00", &["ticket", "claim", ID, "--for", "ben", "--ttl", "2h"]).success();
    insta::assert_snapshot!(at(&repo, "09:51:00", &["ticket", "heartbeat", ID]), @r"
    --- stderr
    error: ISS-00000001 is claimed by ben
    hint: if it is yours under another name, give that with `--for`; `cmpm ticket claims` lists all
    --- exit 4
    ");
    at(&repo, "09:51:00", &["ticket", "release", ID]).exits(4);
    at(&repo, "11:49:59", &["ticket", "claim", ID]).exits(4);
    at(&repo, "11:49:59", &["ticket", "release", ID, "--for", "ben"]).success();
    insta::assert_snapshot!(at(&repo, "11:49:59", &["ticket", "release", ID, "--for", "ben"]), @r"
    --- stderr
    error: ISS-00000001 is not claimed
    hint: `cmpm ticket claim ISS-00000001` claims it
    --- exit 2
    ");
}

#[test]
fn the_project_says_how_long_claims_last() {
    let repo = with_tickets(1);
    repo.write(".cmpm/config.yaml", "claims: {ttl: 2h}\n");
    let until = |arguments: &[&str]| {
        at(&repo, "09:00:00", arguments).success();
        claims(&repo)[0]["until"].as_str().unwrap().to_owned()
    };
    assert_eq!(until(&["ticket", "claim", ID]), "2026-01-31T11:00:00Z");
    assert_eq!(until(&["ticket", "heartbeat", ID, "--ttl", "10m"]), "2026-01-31T09:10:00Z");
    assert_eq!(until(&["ticket", "heartbeat", ID]), "2026-01-31T11:00:00Z");
    repo.write(".cmpm/config.yaml", "claims: {ttl: soon}\n");
    assert!(repo.cmpm(["ticket", "claim", ID]).exits(2).stderr.contains("`soon` is not a length of time"));
}

#[test]
fn a_claim_that_lives_with_a_process_dies_with_it() {
    let repo = with_tickets(1);
    let mut owner = sleeper();
    let pid = owner.id().to_string();
    repo.cmpm(["ticket", "claim", ID, "--pid", &pid]).success();
    // Its own process may say it again; nobody else may.
    repo.cmpm(["ticket", "claim", ID, "--pid", &pid]).success();
    repo.cmpm(["ticket", "claim", ID]).exits(4);
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert_eq!(claims(&repo).len(), 0);
    repo.cmpm(["ticket", "claim", ID, "--pid", &pid]).exits(2);
    repo.cmpm(["ticket", "claim", ID, "--for", "ben"]).success();
    assert_eq!(claims(&repo)[0]["by"], "ben");
}

#[test]
fn who_is_killed_while_claiming_leaves_a_whole_claim_or_none() {
    let repo = with_tickets(1);
    let mut taken = 0;
    for round in 0..40_u64 {
        let mut child = repo.command(["ticket", "claim", ID, "--ttl", "1s"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_micros(round * 400));
        child.kill().unwrap();
        child.wait().unwrap();
        let list = repo.json(["ticket", "claims"]);
        assert_eq!(list["findings"], Value::Array(Vec::new()), "half a claim");
        taken += list["data"]["claims"].as_array().unwrap().len();
        at(&repo, "09:00:01", &["ticket", "claim", ID, "--for", "next"]).success();
        at(&repo, "09:00:01", &["ticket", "release", ID, "--for", "next"]).success();
    }
    assert!(taken <= 40);
}

#[test]
fn a_claim_is_seen_at_once_in_every_worktree() {
    let repo = with_tickets(2);
    let side = repo.around().join("side");
    repo.git(["worktree", "add", "-q", "-b", "side", side.to_str().unwrap()]);
    repo.cmpm(["ticket", "claim", ID, "--for", "ana"]).success();
    let in_side = |arguments: &[&str]| repo.cmpm([&["-C", side.to_str().unwrap()], arguments].concat());
    insta::assert_snapshot!(in_side(&["issue", "list"]), @r"
    ID            KIND   STATUS    PRIORITY  CLAIMED BY  TITLE
    ISS-00000001  issue  planning  medium    ana         Number 0
    ISS-0000000h  issue  planning  medium    -           Number 1
    ");
    insta::assert_snapshot!(in_side(&["ready", "--explain"]), @"
    ID            WHY                TITLE
    ISS-0000000h  nothing blocks it  Number 1

    ID            WHY NOT               TITLE
    ISS-00000001  ana is working on it  Number 0
    ");
    assert!(in_side(&["issue", "show", ID]).stdout.contains("claimed    by ana until 2026-01-31T09:30:00Z"));
    assert!(in_side(&["status"]).stdout.contains("claimed   1 ticket"));
    insta::assert_snapshot!(in_side(&["ticket", "claims"]), @r"
    TICKET        SINCE                 UNTIL                 REMOTE  BY
    ISS-00000001  2026-01-31T09:00:00Z  2026-01-31T09:30:00Z  -       ana
    ");
    insta::assert_snapshot!(in_side(&["next"]), @r"
    ID            KIND   STATUS    PRIORITY  TITLE
    ISS-0000000h  issue  planning  medium    Number 1
    ");
    in_side(&["ticket", "claim", ID]).exits(4);
}

#[test]
fn only_a_person_steals_and_nobody_from_a_run() {
    let repo = with_tickets(2);
    repo.cmpm(["ticket", "claim", ID, "--for", "ana"]).success();
    let mut inside = repo.command(["ticket", "claim", ID, "--steal"]);
    inside.env("CMPM_RUN", "RUN-1");
    repo.answer(inside).exits(3);
    let mut inside = repo.command(["ticket", "release", ID, "--for", "ana"]);
    inside.env("CMPM_RUN", "RUN-1");
    repo.answer(inside).exits(3);
    repo.cmpm(["ticket", "claim", ID, "--steal", "--for", "ben"]).success();
    assert_eq!(claims(&repo)[0]["by"], "ben");
    repo.cmpm(["ticket", "claim", "ISS-9"]).exits(2);
    repo.cmpm(["issue", "complete", "ISS-0000000h"]).success();
    repo.cmpm(["ticket", "claim", "ISS-0000000h"]).exits(2);
}

#[test]
fn a_run_respects_claims_and_takes_what_its_own_person_claimed() {
    let repo = with_tickets(2);
    repo.write(".cmpm/agents/writer.md", "---\nname: writer\ndescription: Writes\nwrite: [\"docs/**\"]\n---\n\nWrite.\n");
    repo.commit_all("agent");
    let run = |id: &str| {
        let work = ["--", "sh", "-c", "mkdir -p docs && echo hello > docs/a.md"];
        repo.cmpm([&["--json", "delegate", "run", id, "--agent", "writer", "--runner", "command"], work.as_slice()].concat())
    };
    repo.cmpm(["ticket", "claim", ID, "--for", "ana"]).success();
    assert!(run(ID).exits(4).stdout.contains("ISS-00000001 is claimed by ana"));
    repo.cmpm(["ticket", "claim", "ISS-0000000h"]).success();
    run("ISS-0000000h").success();
    let all = claims(&repo);
    let claim = all.iter().find(|claim| claim["ticket"] == "ISS-0000000h").unwrap();
    assert_eq!((claim["term"].as_str(), claim["run"].is_string()), (Some("hold"), true));
    repo.cmpm(["ticket", "release", "ISS-0000000h"]).exits(4);
    let refused = repo.cmpm(["ticket", "claim", ID, "ISS-0000000h", "--steal"]).exits(4);
    assert!(refused.stderr.contains("works on ISS-0000000h, and its claim belongs to it; ISS-00000001 is yours now\n"), "{refused}");
}

#[test]
fn a_heartbeat_leaves_a_claim_to_its_process() {
    let repo = with_tickets(1);
    let mut owner = sleeper();
    let pid = owner.id().to_string();
    at(&repo, "09:00:00", &["ticket", "claim", ID, "--pid", &pid]).success();
    insta::assert_snapshot!(at(&repo, "10:00:00", &["ticket", "heartbeat", ID]), @"ISS-00000001 is yours as long as the process of its claim lives");
    at(&repo, "12:00:00", &["ticket", "claim", ID, "--for", "ben"]).exits(4);
    at(&repo, "12:00:00", &["ticket", "heartbeat", ID, "--ttl", "1h"]).success();
    at(&repo, "13:00:00", &["ticket", "claim", ID, "--for", "ben"]).success();
    owner.kill().unwrap();
    owner.wait().unwrap();
}

#[test]
fn a_claim_that_cannot_be_read_is_told_and_its_ticket_is_not_offered() {
    let repo = with_tickets(2);
    repo.write(&format!(".git/cmpm/claims/{ID}.json"), "garbage");
    for arguments in [&["ready"][..], &["next"], &["issue", "list"]] {
        let answer = repo.cmpm(arguments);
        assert!(answer.stderr.contains("is damaged"), "{answer}");
    }
    assert!(!repo.cmpm(["ready"]).stdout.contains(ID));
    assert!(repo.cmpm(["ready", "--explain"]).stdout.contains("somebody whose claim cannot be read"));
    let next = repo.cmpm(["next", "--claim"]).success();
    assert!(next.stdout.contains("Number 1"), "{next}");
    repo.cmpm(["next", "--claim"]).exits(1);
    // Moved away, as the error of a claim of that ticket says, it is free.
    repo.cmpm(["ticket", "claim", ID]).exits(2);
    fs::remove_file(repo.path(&format!(".git/cmpm/claims/{ID}.json"))).unwrap();
    repo.cmpm(["next", "--claim"]).success();
}

#[test]
fn what_is_finished_or_begun_elsewhere_is_not_claimed_without_a_word() {
    let repo = with_tickets(2);
    let side = repo.around().join("side");
    repo.git(["worktree", "add", "-q", side.to_str().unwrap(), "-b", "side"]);
    repo.answer(there(&repo, &side, &["issue", "complete", ID])).success();
    repo.answer(there(&repo, &side, &["issue", "update", "ISS-0000000h", "--status", "active"])).success();
    let refused = repo.cmpm(["ticket", "claim", ID]).exits(2);
    assert!(refused.stderr.contains("is done in worktree side, which is newer than here"), "{refused}");
    let refused = repo.cmpm(["ticket", "claim", "ISS-00000001", "--steal"]).exits(2);
    assert!(refused.stderr.contains("in worktree side"), "{refused}");
    let warned = repo.cmpm(["ticket", "claim", "ISS-0000000h"]).success();
    assert!(warned.stderr.contains("ISS-0000000h is active in worktree side"), "{warned}");
    // From the integration branch, for a worktree that is after it.
    repo.git_in(&side, ["checkout", "-q", "."]);
    repo.cmpm(["issue", "complete", ID]).success();
    repo.commit_all("done");
    let refused = repo.answer(there(&repo, &side, &["ticket", "claim", ID])).exits(2);
    assert!(refused.stderr.contains("is done on main") || refused.stderr.contains("is done in worktree"), "{refused}");
    assert_eq!(claims(&repo).len(), 1);
    // Opened again here, after it was finished there, it is no longer theirs to close.
    repo.cmpm(["issue", "reopen", ID]).success();
    repo.cmpm(["ticket", "claim", ID]).success();
}

#[test]
fn what_a_killed_process_left_beside_claims_is_swept() {
    let repo = with_tickets(1);
    repo.cmpm(["ticket", "claim", ID]).success();
    let left = repo.path(".git/cmpm/claims/.cmpm-a1b2c3.tmp");
    fs::write(&left, "{}").unwrap();
    assert!(Command::new("touch").args(["-d", "10 seconds ago"]).arg(&left).status().unwrap().success());
    assert!(repo.cmpm(["doctor"]).stdout.contains("1 half-written file of killed processes"));
    repo.cmpm(["doctor", "--fix"]);
    assert!(!left.exists() && claims(&repo).len() == 1);
}

#[test]
fn a_claim_on_a_finished_ticket_is_nobodys() {
    let repo = with_tickets(1);
    repo.cmpm(["ticket", "claim", ID, "--ttl", "2d"]).success();
    repo.cmpm(["issue", "complete", ID]).success();
    insta::assert_snapshot!(repo.cmpm(["ticket", "claims"]), @r"
    No claims.
    1 claim is not counted: the ticket is finished
    ");
    assert!(!repo.cmpm(["issue", "list", "--all"]).success().stdout.contains("CLAIMED"));
    assert!(!repo.cmpm(["status"]).success().stdout.contains("claimed"));
    repo.cmpm(["issue", "reopen", ID]).success();
    assert_eq!(claims(&repo).len(), 1);
}
