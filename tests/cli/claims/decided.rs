//! What is decided, renamed or lost: a claim on a remote stays told there until it is given back, and holds nothing once its run is
//! decided.

use super::runs::{Team, delegate};
use super::shared::shared_refs;
use super::*;

const OTHER: &str = "ISS-0000000h";

fn reference(ticket: &str) -> String {
    format!("refs/cmpm/claims/{ticket}")
}

impl Team {
    fn git(&self, clone: usize, arguments: &[&str]) -> String {
        self.repo.git_in(&self.clones[clone], arguments.iter().copied())
    }

    /// A claim that a rejected run left on the remote, whose page everybody has.
    fn left_by_a_decided_run(&self, ticket: &str) -> String {
        self.run(0, &[ticket]).success();
        let run = self.run_of(0, ticket);
        self.cut_off(true);
        self.cmpm(0, &["delegate", "reject", &run, "--no-reason"]).success();
        self.cut_off(false);
        self.pass_on();
        assert_eq!(shared_refs(&self.repo), [reference(ticket)]);
        run
    }
}

#[test]
fn a_claim_whose_remote_was_renamed_stays_until_it_can_be_given_back() {
    let team = Team::new();
    team.run(0, &[ID, OTHER]).success();
    let (run, other) = (team.run_of(0, ID), team.run_of(0, OTHER));
    // Under its new name it is the same remote.
    team.git(0, &["remote", "rename", "origin", "hub"]);
    assert!(team.cmpm(0, &["delegate", "reject", &run, "--no-reason"]).success().stdout.contains("is free again"));
    assert_eq!(shared_refs(&team.repo), [reference(OTHER)]);
    // Nothing tells which one has it: the name is gone, and the address is another one.
    let address = team.git(0, &["config", "remote.hub.url"]);
    team.git(0, &["config", "remote.hub.url", &format!("{address}/.")]);
    let rejected = team.cmpm(0, &["delegate", "reject", &other, "--no-reason"]).success();
    assert!(rejected.stderr.contains(&format!("{OTHER} stays claimed on `origin`")), "{rejected}");
    assert!(rejected.stderr.contains("`cmpm config set claims.remote NAME`"), "{rejected}");
    assert!(!rejected.stdout.contains("is free again"), "{rejected}");
    let cleaned = team.cmpm(0, &["delegate", "clean"]).exits(1);
    assert!(cleaned.stdout.contains(&format!("{OTHER} of {other} stays claimed on `origin`")), "{cleaned}");
    assert_eq!(shared_refs(&team.repo), [reference(OTHER)]);
    team.cmpm(0, &["config", "set", "claims.remote", "hub"]).success();
    team.cmpm(0, &["delegate", "clean"]).success();
    assert_eq!(shared_refs(&team.repo), Vec::<String>::new());
}

#[test]
fn what_a_person_releases_is_not_called_released_while_its_remote_has_it() {
    let team = Team::new();
    team.cmpm(0, &["ticket", "claim", ID]).success();
    let address = team.git(0, &["config", "remote.origin.url"]);
    team.git(0, &["remote", "rename", "origin", "hub"]);
    team.git(0, &["config", "remote.hub.url", &format!("{address}/.")]);
    let refused = team.cmpm(0, &["ticket", "release", ID]).exits(2);
    assert!(refused.stderr.contains(&format!("cannot ask `origin` about {ID}: ")), "{refused}");
    assert!(refused.stderr.contains("`cmpm config set claims.remote NAME`"), "{refused}");
    assert!(team.cmpm(0, &["ticket", "claims"]).success().stdout.contains(ID));
    team.git(0, &["config", "remote.hub.url", &address]);
    team.cmpm(0, &["ticket", "heartbeat", ID]).success();
    team.cmpm(0, &["ticket", "release", ID]).success();
    assert_eq!(shared_refs(&team.repo), Vec::<String>::new());
}

#[test]
fn a_remote_that_was_renamed_is_named_with_the_way_out_and_what_was_seen_on_it_counts() {
    let team = Team::new();
    team.cmpm(1, &["ticket", "claim", ID]).success();
    team.cmpm(0, &["ticket", "claims", "--remote"]).success();
    team.git(0, &["remote", "rename", "origin", "hub"]);
    let way = "`cmpm config set claims.remote hub`";
    let says = |arguments: &[&str], words: &str| {
        let answer = team.cmpm(0, arguments);
        assert!(format!("{}{}", answer.stdout, answer.stderr).contains(words), "{answer}");
    };
    says(&["status"], way);
    says(&["ready"], way);
    says(&["doctor"], way);
    says(&["ticket", "claim", OTHER], "`cmpm config set claims.remote NAME`");
    team.cmpm(0, &["config", "set", "claims.remote", "hub"]).success();
    assert!(team.cmpm(0, &["ready", "--explain"]).success().stdout.contains("two (on hub, seen 2026-"));
    let doctor = team.cmpm(0, &["doctor"]);
    assert!(!doctor.stdout.contains("no remote of this clone"), "{doctor}");
}

#[test]
fn a_clone_that_never_asked_says_so_until_it_has() {
    let team = Team::new();
    let words = "`origin` was never asked what other clones have claimed";
    assert!(team.cmpm(1, &["status"]).success().stdout.contains(words));
    assert!(team.cmpm(1, &["ready"]).success().stderr.contains(words));
    team.cmpm(1, &["ticket", "claims", "--remote"]).success();
    assert!(!team.cmpm(1, &["status"]).success().stdout.contains(words));
    assert!(!team.cmpm(1, &["ready"]).success().stderr.contains(words));
}

#[test]
fn what_a_decided_run_left_on_the_remote_keeps_nobody_away() {
    let team = Team::new();
    team.left_by_a_decided_run(ID);
    team.cmpm(1, &["ticket", "claim", ID]).success();
    team.cmpm(1, &["ticket", "release", ID]).success();
    let team = Team::new();
    team.left_by_a_decided_run(ID);
    team.cmpm(1, &["ticket", "claim", ID, "--steal"]).success();
    let team = Team::new();
    team.left_by_a_decided_run(ID);
    assert!(team.cmpm(1, &["next", "--claim"]).success().stdout.contains(ID));
    let team = Team::new();
    team.left_by_a_decided_run(ID);
    team.run(1, &[ID]).success();
    assert_eq!(shared_refs(&team.repo).len(), 1);
}

#[test]
fn the_claim_of_a_decided_run_is_taken_away_and_that_of_another_one_stays() {
    let team = Team::new();
    team.left_by_a_decided_run(ID);
    assert_eq!(team.cmpm(1, &["ticket", "claims", "--remote"]).success().stdout, "No claims.\n");
    assert_eq!(shared_refs(&team.repo), Vec::<String>::new());
    // Its ticket may be finished on the integration branch: that decides nothing about a run.
    team.run(0, &[ID]).success();
    let run = team.run_of(0, ID);
    team.cmpm(1, &["issue", "complete", ID]).success();
    let mut commit = team.repo.clean("git");
    commit.current_dir(&team.clones[1]).args(["commit", "-q", "-a", "-m", "done"]).env("GIT_COMMITTER_DATE", "2026-02-05T09:00:00Z");
    assert!(commit.status().unwrap().success());
    team.git(1, &["push", "-q", "origin", "main"]);
    for _ in 0..2 {
        let listed = team.cmpm(1, &["ticket", "claims", "--remote"]).success();
        assert!(listed.stdout.contains(&format!("{run} of one")), "{listed}");
    }
    assert_eq!(shared_refs(&team.repo), [reference(ID)]);
}

#[test]
fn of_two_clones_that_want_the_same_tickets_in_another_order_one_gets_them() {
    let team = Team::new();
    for round in 0..6 {
        let orders = [[ID, OTHER], [OTHER, ID]];
        let commands = (0..2).map(|clone| team.command(clone, &delegate(&orders[(clone + round) % 2]))).collect();
        let exits: Vec<i32> = all_at_once(commands).into_iter().map(|(exit, _)| exit).collect();
        assert!(exits == [0, 4] || exits == [4, 0], "round {round}: {exits:?}");
        let winner = exits.iter().position(|exit| *exit == 0).unwrap();
        assert_eq!(shared_refs(&team.repo), [reference(ID), reference(OTHER)]);
        for ticket in [ID, OTHER] {
            let run = team.run_of(winner, ticket);
            team.cmpm(winner, &["delegate", "reject", &run, "--no-reason"]).success();
        }
        assert_eq!(shared_refs(&team.repo), Vec::<String>::new());
        let claims: Vec<String> = (0..2).map(|clone| team.cmpm(clone, &["ticket", "claims", "--remote"]).stdout).collect();
        assert_eq!(claims, ["No claims.\n", "No claims.\n"]);
    }
    let commands = vec![team.command(0, &["ticket", "claim", ID, OTHER]), team.command(1, &["ticket", "claim", OTHER, ID])];
    let exits: Vec<i32> = all_at_once(commands).into_iter().map(|(exit, _)| exit).collect();
    assert!(exits == [0, 4] || exits == [4, 0], "{exits:?}");
}

#[test]
fn several_are_taken_in_one_order_whatever_the_order_they_are_named_in() {
    let team = Team::new();
    team.cmpm(1, &["ticket", "claim", ID]).success();
    // The first one is not to be had, so nothing of the other is ever seen.
    let hook = team.repo.around().join("shared.git/hooks/update");
    let log = team.repo.around().join("pushed");
    fs::write(&hook, format!("#!/bin/sh\necho $1 >> {}\n", log.display())).unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    team.run(0, &[OTHER, ID]).exits(4);
    team.cmpm(0, &["ticket", "claim", OTHER, ID]).exits(4);
    assert!(!log.exists(), "{}", fs::read_to_string(&log).unwrap_or_default());
    // Who had it gives it up: what was seen of them goes with the next look.
    team.cmpm(1, &["ticket", "release", ID]).success();
    let claimed = team.cmpm(0, &["ticket", "claim", OTHER, ID]).success();
    assert!(claimed.stdout.find(OTHER).unwrap() < claimed.stdout.find(ID).unwrap(), "answered as asked: {claimed}");
}

#[test]
fn a_remote_without_a_name_is_that_of_the_settings_and_runs_are_claimed_there() {
    let team = Team::new();
    let [bare, more] = ["shared.git", "more.git"].map(|name| team.repo.around().join(name));
    team.git(0, &["clone", "-q", "--bare", bare.to_str().unwrap(), more.to_str().unwrap()]);
    let refs = |folder: &Path| team.repo.git_in(folder, ["for-each-ref", "--format=%(refname)", "refs/cmpm"]);
    team.git(0, &["remote", "add", "upstream", more.to_str().unwrap()]);
    // A person's claim on another remote does not replace that of the run.
    team.cmpm(0, &["ticket", "claim", ID, "--remote", "origin"]).success();
    team.cmpm(0, &["config", "set", "claims.remote", "upstream"]).success();
    team.cmpm(0, &["ticket", "claim", OTHER, "--remote"]).success();
    assert_eq!((refs(&bare), refs(&more)), (reference(ID), reference(OTHER)));
    assert!(team.cmpm(0, &["ticket", "claims", "--remote"]).success().stdout.contains("upstream  one"));
    team.run(0, &[ID]).success();
    assert_eq!((refs(&bare), refs(&more)), (String::new(), format!("{}\n{}", reference(ID), reference(OTHER))));
}

#[test]
fn a_ticket_that_was_reopened_on_the_remote_is_not_called_finished() {
    let team = Team::new();
    team.cmpm(0, &["issue", "complete", ID]).success();
    team.git(0, &["commit", "-q", "-a", "-m", "done"]);
    team.pass_on();
    team.cmpm(1, &["issue", "reopen", ID]).success();
    team.git(1, &["commit", "-q", "-a", "-m", "again"]);
    team.git(1, &["push", "-q", "origin", "main"]);
    team.cmpm(1, &["ticket", "claim", ID]).success();
    team.git(0, &["fetch", "-q"]);
    assert!(team.cmpm(0, &["ticket", "claims", "--remote"]).success().stdout.contains("origin  two"));
    assert!(!team.cmpm(0, &["ready"]).success().stdout.contains(ID));
    assert!(!team.cmpm(0, &["next"]).success().stdout.contains(ID));
    for verb in [vec!["ticket", "claim", ID], delegate(&[ID])] {
        let refused = team.cmpm(0, &verb).exits(2);
        assert!(refused.stderr.contains("was reopened on origin/main") && refused.stderr.contains("`git pull` first"), "{refused}");
    }
    team.git(0, &["pull", "-q", "--ff-only"]);
    team.cmpm(0, &["ticket", "claim", ID]).exits(4);
    team.cmpm(1, &["ticket", "release", ID]).success();
    team.cmpm(0, &["ticket", "claim", ID]).success();
}

#[test]
fn a_run_whose_claim_is_gone_from_the_remote_says_so_and_takes_it_again() {
    let team = Team::new();
    team.run(0, &[ID, OTHER]).success();
    let (run, other) = (team.run_of(0, ID), team.run_of(0, OTHER));
    for ticket in [ID, OTHER] {
        team.repo.git_in(&team.repo.around().join("shared.git"), ["update-ref", "-d", &reference(ticket)]);
    }
    let review = team.cmpm(0, &["delegate", "review", &run]).success();
    assert!(review.stdout.contains(&format!("the claim of this run on {ID} is gone from `origin`")), "{review}");
    team.cmpm(0, &["delegate", "revise", &run, "--by-hand"]).success();
    assert_eq!(shared_refs(&team.repo), [reference(ID)]);
    team.cmpm(1, &["ticket", "claim", OTHER]).success();
    let review = team.cmpm(0, &["delegate", "review", &other]).success();
    assert!(review.stdout.contains(&format!("this run has lost {OTHER}, which is claimed by two on `origin`")), "{review}");
    let refused = team.cmpm(0, &["delegate", "revise", &other, "--by-hand"]).exits(4);
    assert!(refused.stderr.contains(&format!("{other} has lost {OTHER}, which is claimed by two on `origin`")), "{refused}");
    assert!(refused.stderr.contains("ask whoever has it to release it") && !refused.stderr.contains("another ticket"), "{refused}");
    let approved = team.cmpm(0, &["delegate", "approve", &other]).success();
    assert!(approved.stdout.contains("is claimed by two on `origin`"), "{approved}");
}

#[test]
fn approve_says_what_it_completes_and_gives_back() {
    let team = Team::new();
    team.run(0, &[ID, OTHER]).success();
    let approved = team.cmpm(0, &["delegate", "approve", &team.run_of(0, ID)]).success();
    assert!(approved.stdout.contains(&format!(", which completes {ID}\n")), "{approved}");
    assert!(approved.stdout.contains("its claim on `origin` was given back: push soon"), "{approved}");
    let approved = team.cmpm(0, &["delegate", "approve", &team.run_of(0, OTHER), "--keep-open"]).success();
    assert!(!approved.stdout.contains("completes"), "{approved}");
}
