//! Hard claims: one winner, a time that ends, takeover of the dead, and one winner between clones too.

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
    Nothing can be begun right now.
    8 tickets cannot be begun yet; `cmpm ready --explain` says why
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
    error: ISS-00000001 is taken by Tess Test until 2026-01-31T09:30:00Z
    hint: take another ticket, or wait; `cmpm ticket claims` lists all
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
    ID            WHY                    TITLE
    ISS-0000000h  nothing is in its way  Number 1

    ID            WHY NOT          TITLE
    ISS-00000001  ana works on it  Number 0
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
    assert!(run(ID).exits(4).stdout.contains("ISS-00000001 is taken by ana"));
    repo.cmpm(["ticket", "claim", "ISS-0000000h"]).success();
    run("ISS-0000000h").success();
    let all = claims(&repo);
    let claim = all.iter().find(|claim| claim["ticket"] == "ISS-0000000h").unwrap();
    assert_eq!((claim["term"].as_str(), claim["run"].is_string()), (Some("hold"), true));
    repo.cmpm(["ticket", "release", "ISS-0000000h"]).exits(4);
    repo.cmpm(["ticket", "claim", "ISS-0000000h", "--steal"]).exits(4);
}

/// A bare repository and two clones of it.
fn clones() -> (TestRepo, [PathBuf; 2]) {
    let repo = with_tickets(3);
    let bare = repo.around().join("shared.git");
    repo.git(["clone", "-q", "--bare", repo.root().to_str().unwrap(), bare.to_str().unwrap()]);
    let clones = ["one", "two"].map(|name| {
        let folder = repo.around().join(name);
        repo.git(["clone", "-q", bare.to_str().unwrap(), folder.to_str().unwrap()]);
        repo.git_in(&folder, ["config", "user.name", name]);
        folder
    });
    (repo, clones)
}

fn there(repo: &TestRepo, folder: &Path, arguments: &[&str]) -> Command {
    repo.command([&["-C", folder.to_str().unwrap()], arguments].concat())
}

fn shared_refs(repo: &TestRepo) -> Vec<String> {
    let bare = repo.around().join("shared.git");
    repo.git_in(&bare, ["for-each-ref", "--format=%(refname)", "refs/cmpm"]).lines().map(str::to_owned).collect()
}

#[test]
fn of_two_clones_that_claim_one_ticket_on_a_remote_one_gets_it() {
    let (repo, clones) = clones();
    for round in 0..10 {
        let commands = (0..4).map(|number| there(&repo, &clones[number % 2], &["ticket", "claim", ID, "--remote"])).collect();
        let exits: Vec<i32> = all_at_once(commands).into_iter().map(|(exit, _)| exit).collect();
        assert_eq!(exits.iter().filter(|exit| **exit == 0).count(), 1, "round {round}: {exits:?}");
        assert_eq!(exits.iter().filter(|exit| **exit == 4).count(), 3, "round {round}: {exits:?}");
        assert_eq!(shared_refs(&repo), [format!("refs/cmpm/claims/{ID}")]);
        // Who lost has nothing left, and may not take away what the other has.
        let released: Vec<i32> = clones.iter().map(|clone| repo.answer(there(&repo, clone, &["ticket", "release", ID])).exit).collect();
        assert_eq!(released.iter().filter(|exit| **exit == 0).count(), 1, "{released:?}");
        assert_eq!(shared_refs(&repo), Vec::<String>::new());
    }
}

#[test]
fn a_shared_claim_is_told_renewed_and_taken_over_when_its_time_is_over() {
    let (repo, [one, two]) = clones();
    let run = |folder: &Path, time: &str, arguments: &[&str]| {
        let mut command = there(&repo, folder, arguments);
        command.env("CMPM_NOW", format!("2026-01-31T{time}Z"));
        repo.answer(command)
    };
    run(&one, "09:00:00", &["ticket", "claim", ID, "--remote", "origin"]).success();
    insta::assert_snapshot!(run(&two, "09:10:00", &["ticket", "claim", ID, "--remote"]), @r"
    --- stderr
    error: ISS-00000001 is claimed by one on `origin` until 2026-01-31T09:30:00Z
    hint: take another ticket, or wait until then
    --- exit 4
    ");
    assert!(run(&two, "09:10:00", &["ticket", "claims"]).stdout.contains("Nothing is claimed"), "no local claim is left behind");
    assert!(run(&two, "09:10:00", &["ticket", "claims", "--remote"]).stdout.contains("origin  one"));
    run(&one, "09:20:00", &["ticket", "heartbeat", ID]).success();
    run(&one, "09:21:00", &["ticket", "heartbeat", ID]).success();
    // Its time is over at 09:51:00; the clocks of two machines may differ by two minutes.
    run(&two, "09:52:59", &["ticket", "claim", ID, "--remote"]).exits(4);
    run(&two, "09:53:00", &["ticket", "claim", ID, "--remote"]).success();
    insta::assert_snapshot!(run(&one, "09:53:01", &["ticket", "heartbeat", ID]), @r"
    --- stderr
    error: the claim on ISS-00000001 is lost: its time was over, and it is not on `origin` any more
    hint: stop working on it, or claim it again: `cmpm ticket claim ISS-00000001 --remote`
    --- exit 4
    ");
    assert!(run(&one, "09:53:01", &["ticket", "claims"]).stdout.contains("Nothing is claimed"));
    run(&two, "09:54:00", &["ticket", "release", ID]).success();
    assert_eq!(shared_refs(&repo), Vec::<String>::new());
    // Each asks for the next one, and they do not meet.
    let got = |folder: &Path| run(folder, "10:00:00", &["next", "--claim", "--remote"]).success().stdout;
    assert!(got(&one).starts_with("Claimed ISS-00000001") && got(&two).starts_with("Claimed ISS-0000000h"));
}

#[test]
fn many_of_two_clones_who_ask_for_the_next_ticket_get_different_ones() {
    let (repo, clones) = clones();
    let commands = (0..8).map(|number| there(&repo, &clones[number % 2], &["--json", "next", "--claim", "--remote"])).collect();
    let mut got = Vec::new();
    for (exit, text) in all_at_once(commands) {
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert!(exit == 0 || exit == 1, "{answer}");
        got.extend(answer["data"]["ticket"]["id"].as_str().map(str::to_owned));
    }
    got.sort();
    assert_eq!(got, ["ISS-00000001", "ISS-0000000h", "ISS-00000011"]);
    assert_eq!(shared_refs(&repo).len(), 3);
}

#[test]
fn a_remote_that_takes_no_claims_says_so_and_none_is_left() {
    let (repo, [one, _]) = clones();
    let hook = repo.around().join("shared.git/hooks/update");
    fs::write(&hook, "#!/bin/sh\ncase $1 in refs/cmpm/*) exit 1;; esac\n").unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let answer = repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--remote"])).exits(2);
    assert!(answer.stderr.contains("hook declined") && answer.stderr.contains("nothing was claimed"), "{answer}");
    assert_eq!(repo.answer(there(&repo, &one, &["ticket", "claims"])).stdout, "Nothing is claimed.\n");
}

#[test]
fn a_remote_that_cannot_be_reached_or_does_not_exist_leaves_no_claim() {
    let (repo, [one, _]) = clones();
    fs::rename(repo.around().join("shared.git"), repo.around().join("away.git")).unwrap();
    let answer = repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--remote"])).exits(2);
    assert!(answer.stderr.contains("`origin` could not be asked about ISS-00000001"), "{answer}");
    repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--remote", "ext::sh -c touch% owned"])).exits(2);
    repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--remote=--upload-pack=touch owned"])).exits(2);
    assert!(!one.join("owned").exists());
    let claims = repo.answer(there(&repo, &one, &["ticket", "claims"])).success().stdout;
    assert_eq!(claims, "Nothing is claimed.\n");
}

#[test]
fn what_somebody_else_wrote_on_the_remote_is_not_believed_blindly() {
    let (repo, [one, two]) = clones();
    let bare = repo.around().join("shared.git");
    let main = repo.git_in(&bare, ["rev-parse", "main"]);
    for name in [ID, "-evil", "%2fevil"] {
        repo.git_in(&bare, ["update-ref", &format!("refs/cmpm/claims/{name}"), &main]);
    }
    // Not a claim: taken over by compare-and-swap.
    repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--remote"])).success();
    assert!(repo.answer(there(&repo, &two, &["ticket", "claims", "--remote"])).success().stdout.contains("one"));
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
        assert!(answer.stderr.contains("damaged-claim"), "{answer}");
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
fn ids_that_git_takes_for_no_name_are_claimed_on_a_remote_too() {
    let (repo, [one, two]) = clones();
    for (number, id) in ["ISS-a..b", "ISS-c.lock", "ISS-d."].into_iter().enumerate() {
        let text = format!("---\nid: {id}\nkind: issue\ntitle: Odd {number}\nstatus: planning\npriority: critical\n---\n");
        for clone in [&one, &two] {
            fs::create_dir_all(clone.join("tasks/issues")).unwrap();
            fs::write(clone.join(format!("tasks/issues/odd-{number}.md")), &text).unwrap();
        }
    }
    let next = repo.answer(there(&repo, &one, &["next", "--claim", "--remote"])).success();
    assert!(next.stdout.contains("Odd 0"), "{next}");
    repo.answer(there(&repo, &one, &["ticket", "claim", "ISS-c.lock", "--remote"])).success();
    repo.answer(there(&repo, &two, &["ticket", "claim", "ISS-a..b", "--remote"])).exits(4);
    let next = repo.answer(there(&repo, &two, &["next", "--claim", "--remote"])).success();
    assert!(next.stdout.contains("Odd 2"), "{next}");
    let listed = repo.answer(there(&repo, &two, &["ticket", "claims", "--remote"])).success();
    assert!(listed.stdout.contains("ISS-a..b") && listed.stdout.contains("ISS-c.lock"), "{listed}");
    repo.answer(there(&repo, &one, &["ticket", "release", "ISS-a..b"])).success();
    assert_eq!(shared_refs(&repo).len(), 2);
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
    // From the integration branch, for a worktree that is behind it.
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
fn who_steals_in_vain_gives_back_what_was_there() {
    let (repo, [one, _]) = clones();
    repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--for", "ana"])).success();
    let hook = repo.around().join("shared.git/hooks/update");
    fs::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--steal", "--remote", "--for", "ben"])).exits(2);
    let left = repo.answer(there(&repo, &one, &["ticket", "claims"])).success().stdout;
    assert!(left.contains("ana") && !left.contains("ben"), "{left}");
}

#[test]
fn a_shared_claim_that_became_a_runs_is_there_as_long_as_the_run() {
    let (repo, [one, two]) = clones();
    let run = |folder: &Path, time: &str, arguments: &[&str]| {
        let mut command = there(&repo, folder, arguments);
        command.env("CMPM_NOW", format!("2026-01-31T{time}Z"));
        repo.answer(command)
    };
    repo.git_in(&one, ["config", "user.email", "one@example.invalid"]);
    run(&one, "09:00:00", &["ticket", "claim", ID, "--remote"]).success();
    let answer = run(&one, "09:10:00", &["delegate", "run", ID, "--agent", "documentation", "--runner", "command", "--", "true"]);
    let claims = run(&one, "09:10:00", &["ticket", "claims"]).stdout;
    assert!(claims.contains("RUN-"), "{answer}{claims}");
    assert_eq!(shared_refs(&repo).len(), 1);
    run(&two, "15:00:00", &["ticket", "claim", ID, "--remote"]).exits(4);
    let id = claims.split_whitespace().find(|word| word.starts_with("RUN-")).unwrap().to_owned();
    run(&one, "15:00:00", &["delegate", "reject", &id, "-m", "no"]).success();
    assert_eq!(shared_refs(&repo), Vec::<String>::new());
    run(&two, "15:00:00", &["ticket", "claim", ID, "--remote"]).success();
}
