//! Runs of a team that shares its claims: the remote is asked first, knows of the run, and is told when it is decided.

use super::shared::{clones, shared_refs};
use super::*;

const OTHER: &str = "ISS-0000000h";
const WRITE: &str = "mkdir -p docs && echo more >> docs/a.md";

pub(super) struct Team {
    pub(super) repo: TestRepo,
    pub(super) clones: [PathBuf; 2],
}

impl Team {
    pub(super) fn new() -> Self {
        let (repo, clones) = clones();
        let [one, two] = &clones;
        repo.git_in(two, ["config", "user.email", "two@example.invalid"]);
        repo.git_in(one, ["config", "user.email", "one@example.invalid"]);
        fs::create_dir_all(one.join(".cmpm")).unwrap();
        fs::write(one.join(".cmpm/config.yaml"), "claims: {remote: origin}\n").unwrap();
        repo.git_in(one, ["add", "-A"]);
        repo.git_in(one, ["commit", "-q", "-m", "share claims"]);
        repo.git_in(one, ["push", "-q", "origin", "main"]);
        repo.git_in(two, ["pull", "-q", "--ff-only"]);
        Self { repo, clones }
    }

    pub(super) fn command(&self, clone: usize, arguments: &[&str]) -> Command {
        there(&self.repo, &self.clones[clone], arguments)
    }

    pub(super) fn cmpm(&self, clone: usize, arguments: &[&str]) -> Answer {
        self.repo.answer(self.command(clone, arguments))
    }

    /// The same three weeks later.
    fn later(&self, clone: usize, arguments: &[&str]) -> Answer {
        let mut command = self.command(clone, arguments);
        command.env("CMPM_NOW", "2026-02-21T09:00:00Z");
        self.repo.answer(command)
    }

    /// What clone 0 has done is on the remote and in clone 1.
    pub(super) fn pass_on(&self) {
        self.repo.git_in(&self.clones[0], ["push", "-q", "origin", "main"]);
        self.repo.git_in(&self.clones[1], ["pull", "-q", "--ff-only"]);
    }

    pub(super) fn run(&self, clone: usize, tickets: &[&str]) -> Answer {
        self.cmpm(clone, &delegate(tickets))
    }

    pub(super) fn run_of(&self, clone: usize, ticket: &str) -> String {
        let listed = self.cmpm(clone, &["--json", "delegate", "list", "--all"]).stdout;
        let listed: Value = serde_json::from_str(&listed).unwrap();
        let runs = listed["data"]["runs"].as_array().unwrap();
        runs.iter().find(|run| run["ticket"] == ticket).unwrap()["run"].as_str().unwrap().to_owned()
    }

    /// The remote where it cannot be reached, or back again.
    pub(super) fn cut_off(&self, is_cut: bool) {
        let [mut from, mut to] = ["shared.git", "away.git"].map(|name| self.repo.around().join(name));
        if !is_cut {
            std::mem::swap(&mut from, &mut to);
        }
        fs::rename(from, to).unwrap();
    }
}

pub(super) fn delegate<'a>(tickets: &[&'a str]) -> Vec<&'a str> {
    let how = ["--agent", "documentation", "--runner", "command", "--", "sh", "-c", WRITE];
    [&["delegate", "run"], tickets, &how].concat()
}

#[test]
fn a_run_is_known_on_the_remote_until_it_is_decided() {
    let team = Team::new();
    for decision in [&["approve", "--keep-open"][..], &["reject", "-m", "no"], &["clean", "--force"]] {
        let ticket = OTHER;
        team.run(0, &[ticket]).success();
        let run = team.run_of(0, ticket);
        assert_eq!(shared_refs(&team.repo), [format!("refs/cmpm/claims/{ticket}")]);
        let own = team.run(0, &[ticket]).exits(4);
        assert!(own.stderr.contains(&format!("{ticket} is claimed by {run}\nhint: `cmpm delegate show {run}`")), "{own}");
        let refused = team.run(1, &[ticket]).exits(4);
        let words = format!("{ticket} is claimed by {run} of one on `origin` since 2026-01-31T09:00:00Z");
        assert!(refused.stderr.contains(&words) && refused.stderr.contains("ask whoever has it to decide about the run"), "{refused}");
        team.cmpm(1, &["ticket", "claim", ticket]).exits(4);
        assert!(!team.clones[1].join(".git/cmpm/claims").join(format!("{ticket}.json")).exists());
        let (verb, more) = decision.split_first().unwrap();
        team.cmpm(0, &[&["delegate", verb, &run], more].concat()).success();
        assert_eq!(shared_refs(&team.repo), Vec::<String>::new(), "{verb}");
    }
    team.run(1, &[OTHER]).success();
}

#[test]
fn of_two_clones_that_delegate_one_ticket_one_gets_it() {
    let team = Team::new();
    for round in 0..3 {
        let commands = (0..2).map(|clone| team.command(clone, &delegate(&[ID]))).collect();
        let exits: Vec<i32> = all_at_once(commands).into_iter().map(|(exit, _)| exit).collect();
        assert!(exits == [0, 4] || exits == [4, 0], "round {round}: {exits:?}");
        let winner = exits.iter().position(|exit| *exit == 0).unwrap();
        team.cmpm(winner, &["delegate", "reject", "--no-reason"]).success();
        assert_eq!(shared_refs(&team.repo), Vec::<String>::new());
    }
}

#[test]
fn of_several_tickets_all_are_taken_or_none() {
    let team = Team::new();
    team.cmpm(1, &["ticket", "claim", OTHER]).success();
    let refused = team.run(0, &[ID, OTHER]).exits(4);
    assert!(refused.stderr.contains(&format!("{OTHER} is claimed by two on `origin`")), "{refused}");
    assert_eq!(shared_refs(&team.repo), [format!("refs/cmpm/claims/{OTHER}")]);
    assert!(!team.clones[0].join(".git/cmpm/claims").join(format!("{ID}.json")).exists());
    // Nothing began, so no run is left.
    let listed = team.cmpm(0, &["delegate", "list", "--all"]).success();
    assert!(!listed.stdout.contains("RUN-"), "{listed}");
    team.cmpm(1, &["ticket", "release", OTHER]).success();
    team.run(0, &[ID, OTHER]).success();
    assert_eq!(shared_refs(&team.repo).len(), 2);
}

#[test]
fn where_the_remote_cannot_be_asked_no_run_begins_and_none_is_stopped() {
    let team = Team::new();
    team.run(0, &[ID]).success();
    let run = team.run_of(0, ID);
    team.cut_off(true);
    let refused = team.run(0, &[OTHER]).exits(2);
    assert!(
        refused.stderr.contains(&format!("cannot ask `origin` about {OTHER}")) && refused.stderr.contains("nothing was claimed"),
        "{refused}"
    );
    assert!(!team.cmpm(0, &["ticket", "claims"]).stdout.contains(OTHER));
    let revised = team.cmpm(0, &["delegate", "revise", &run, "-m", "more"]).success();
    assert!(revised.stderr.contains("it goes on with its claim in this clone"), "{revised}");
    // What cannot be given back is said, and given back later.
    let rejected = team.cmpm(0, &["delegate", "reject", &run, "-m", "no"]).success();
    assert!(rejected.stderr.contains(&format!("{ID} stays claimed on `origin`: cannot ask `origin`")), "{rejected}");
    assert!(!rejected.stdout.contains("is free again"), "{rejected}");
    for _ in 0..2 {
        let cleaned = team.cmpm(0, &["delegate", "clean"]).exits(1);
        let said = format!("Nothing to clean.\n{ID} of {run} stays claimed on `origin`, which could not be told: try again\n");
        assert_eq!((cleaned.stdout.as_str(), cleaned.stderr.as_str()), (said.as_str(), ""));
    }
    team.cut_off(false);
    assert_eq!(shared_refs(&team.repo).len(), 1);
    assert!(team.cmpm(0, &["delegate", "clean"]).success().stdout.contains(&run));
    assert_eq!(shared_refs(&team.repo), Vec::<String>::new());
    team.run(1, &[ID]).success();
}

#[test]
fn the_claim_of_a_run_that_was_never_recorded_is_given_back_once_the_remote_can_be_told() {
    let team = Team::new();
    let mut killed = team.command(0, &delegate(&[ID]));
    killed.env("CMPM_CRASH_AT", "queue.claimed");
    assert!(!killed.status().unwrap().success());
    team.cut_off(true);
    for _ in 0..2 {
        let cleaned = team.cmpm(0, &["delegate", "clean"]).exits(1);
        assert!(cleaned.stdout.contains("stays claimed on `origin`, which could not be told: try again\n"), "{cleaned}");
    }
    team.cut_off(false);
    assert_eq!(shared_refs(&team.repo).len(), 1);
    assert!(team.cmpm(0, &["delegate", "clean"]).success().stdout.starts_with("Cleaned 1 run: RUN-"));
    assert_eq!(shared_refs(&team.repo), Vec::<String>::new());
}

#[test]
fn a_run_that_was_decided_keeps_nobody_of_its_clone_away_though_the_remote_could_not_be_told() {
    let team = Team::new();
    team.run(0, &[ID]).success();
    let run = team.run_of(0, ID);
    team.cut_off(true);
    team.cmpm(0, &["delegate", "reject", &run, "-m", "no"]).success();
    team.cut_off(false);
    team.cmpm(1, &["ticket", "claim", ID]).exits(4);
    team.cmpm(0, &["ticket", "claim", ID]).success();
    assert_eq!(shared_refs(&team.repo).len(), 1);
    team.cmpm(0, &["ticket", "release", ID]).success();
    assert_eq!(shared_refs(&team.repo), Vec::<String>::new());
}

#[test]
fn what_a_run_finished_is_free_again_once_it_is_reopened() {
    let team = Team::new();
    team.run(0, &[ID]).success();
    let run = team.run_of(0, ID);
    let waits = team.cmpm(0, &["ready", "--explain"]).success();
    assert!(waits.stdout.contains(&format!("{run} waits for review")), "{waits}");
    team.cmpm(0, &["delegate", "approve", &run]).success();
    assert_eq!(shared_refs(&team.repo), Vec::<String>::new());
    assert!(team.cmpm(0, &["ticket", "claims"]).success().stdout.starts_with("No claims."));
    team.cmpm(0, &["issue", "reopen", ID]).success();
    team.cmpm(0, &["ticket", "claim", ID]).success();
}

#[test]
fn a_run_that_was_decided_elsewhere_holds_nothing() {
    let team = Team::new();
    team.run(0, &[ID]).success();
    let run = team.run_of(0, ID);
    assert!(team.cmpm(1, &["ticket", "claims", "--remote"]).success().stdout.contains(&run));
    assert!(!team.cmpm(1, &["ready"]).success().stdout.contains(ID));
    team.cmpm(0, &["delegate", "reject", &run, "-m", "no"]).success();
    team.pass_on();
    assert!(team.cmpm(1, &["ready"]).success().stdout.contains(ID));
    assert_eq!(team.cmpm(1, &["ticket", "claims"]).success().stdout, "No claims.\n");
    assert!(!team.cmpm(1, &["status"]).success().stdout.contains("claimed   1"));
}

#[test]
fn a_claim_on_what_is_finished_is_taken_away_and_one_on_what_was_reopened_is_not() {
    let team = Team::new();
    let at = |clone: usize, day: u32, arguments: &[&str]| {
        let mut command = team.command(clone, arguments);
        command.env("CMPM_NOW", format!("2026-02-{day:02}T09:00:00Z"));
        team.repo.answer(command).success()
    };
    let push = |clone: usize, day: u32| {
        let folder = &team.clones[clone];
        let mut commit = team.repo.clean("git");
        commit.current_dir(folder).args(["commit", "-q", "-a", "--allow-empty", "-m", "more"]);
        commit.env("GIT_COMMITTER_DATE", format!("2026-02-{day:02}T09:00:00Z"));
        assert!(commit.status().unwrap().success());
        team.repo.git_in(folder, ["push", "-q", "origin", "main"]);
    };
    at(0, 1, &["issue", "complete", ID]);
    push(0, 1);
    team.repo.git_in(&team.clones[1], ["pull", "-q", "--ff-only"]);
    at(1, 2, &["issue", "reopen", ID]);
    at(1, 2, &["ticket", "claim", ID, "--ttl", "9d"]);
    // Whatever else arrives there, the ticket is as it was before the claim.
    push(0, 3);
    at(0, 3, &["ticket", "claims", "--remote"]);
    assert_eq!(shared_refs(&team.repo).len(), 1);
    team.repo.git_in(&team.clones[1], ["pull", "-q", "--ff-only"]);
    at(1, 4, &["issue", "update", ID, "--priority", "low"]);
    at(1, 4, &["issue", "complete", ID]);
    push(1, 4);
    assert!(at(1, 4, &["ticket", "claims", "--remote"]).stdout.starts_with("No claims.\n"));
    assert_eq!(shared_refs(&team.repo), Vec::<String>::new());
}

#[test]
fn a_run_goes_on_though_its_remote_has_another_name_by_now() {
    let team = Team::new();
    team.run(0, &[ID, OTHER]).success();
    let (run, other) = (team.run_of(0, ID), team.run_of(0, OTHER));
    team.repo.git_in(&team.clones[0], ["remote", "rename", "origin", "upstream"]);
    team.cmpm(0, &["config", "set", "claims.remote", "upstream"]).success();
    team.cmpm(0, &["delegate", "revise", &run, "-m", "more"]).success();
    team.cmpm(0, &["delegate", "reject", &run, "--no-reason"]).success();
    assert_eq!(shared_refs(&team.repo), [format!("refs/cmpm/claims/{OTHER}")]);
    team.cmpm(0, &["config", "unset", "claims.remote"]).success();
    team.cmpm(0, &["delegate", "revise", &other, "-m", "more"]).success();
}

#[test]
fn what_is_done_already_is_merged_only_if_a_person_says_so() {
    let team = Team::new();
    team.run(0, &[ID, OTHER]).success();
    let (run, other) = (team.run_of(0, ID), team.run_of(0, OTHER));
    let says = |run: &str, words: &str| {
        let review = team.cmpm(0, &["delegate", "review", run]).success();
        assert!(review.stdout.contains(&format!("Look first at\n- {words}")), "{review}");
        let refused = team.cmpm(0, &["delegate", "approve", run]).exits(3);
        assert!(refused.stderr.contains(words) && refused.stderr.contains("`--seen` merges it all the same"), "{refused}");
    };
    team.cmpm(1, &["issue", "complete", ID]).success();
    team.repo.git_in(&team.clones[1], ["commit", "-q", "-a", "-m", "done"]);
    team.repo.git_in(&team.clones[1], ["push", "-q", "origin", "main"]);
    team.repo.git_in(&team.clones[0], ["fetch", "-q"]);
    says(&run, &format!("{ID} is already done on origin/main, by two in commit "));
    team.cmpm(0, &["issue", "complete", OTHER]).success();
    says(&other, &format!("{OTHER} is already done, by a change that is not committed"));
    team.repo.git_in(&team.clones[0], ["commit", "-q", "-a", "-m", "done"]);
    says(&other, &format!("{OTHER} is already done, by one in commit "));
    team.cmpm(0, &["delegate", "approve", &run, "--seen"]).success();
}

#[test]
fn a_ticket_is_not_taken_from_a_run_of_another_clone() {
    let team = Team::new();
    team.run(0, &[ID]).success();
    let run = team.run_of(0, ID);
    let refused = team.cmpm(1, &["ticket", "claim", ID, "--steal"]).exits(4);
    assert!(refused.stderr.contains(&format!("{ID} is claimed by {run} of one on `origin` since")), "{refused}");
    assert!(refused.stderr.contains("is not taken from a run") && refused.stderr.contains(&format!("delegate reject {run}")), "{refused}");
    assert_eq!(team.cmpm(1, &["ticket", "claims"]).success().stdout.matches("two").count(), 0);
    let own = team.cmpm(0, &["ticket", "claim", ID, "--steal"]).exits(4);
    assert!(own.stderr.contains(&format!("{run} works on {ID}")), "{own}");
}

#[test]
fn a_run_that_lost_its_ticket_does_not_go_on() {
    let team = Team::new();
    team.run(0, &[ID, OTHER]).success();
    let (run, other) = (team.run_of(0, ID), team.run_of(0, OTHER));
    // After its time anybody may have it.
    team.later(1, &["ticket", "claim", ID, OTHER, "--ttl", "3d"]).success();
    let work = team.clones[0].join(".git/cmpm/jobs").join(&run).join("attempt-2");
    let review = team.later(0, &["delegate", "review", &run]).success();
    let lost = format!("Look first at\n- this run has lost {ID}, which is claimed by two on `origin` since");
    assert!(review.stdout.contains(&lost), "{review}");
    for verb in [&["revise", &run, "-m", "more"][..], &["resume", &run]] {
        let refused = team.later(0, &[&["delegate"], verb].concat()).exits(4);
        assert!(refused.stderr.contains(&format!("{run} has lost {ID}, which is claimed by two on `origin` since")), "{refused}");
    }
    assert!(!work.exists());
    assert!(team.later(0, &["issue", "list"]).success().stdout.contains("two (on origin)"));
    // Its decision takes nothing away from them.
    let rejected = team.later(0, &["delegate", "reject", &run, "-m", "theirs"]).success();
    assert!(!rejected.stdout.contains("is free again"), "{rejected}");
    let approved = team.later(0, &["delegate", "approve", &other]).success();
    let told = format!("{OTHER} is claimed by two on `origin` since 2026-02-21T09:00:00Z");
    assert!(approved.stdout.contains(&told) && !approved.stdout.contains("git push"), "{approved}");
    assert_eq!(shared_refs(&team.repo).len(), 2);
}

#[test]
fn what_a_team_shares_later_is_shared_by_a_run_that_goes_on() {
    let team = Team::new();
    fs::rename(team.clones[0].join(".cmpm/config.yaml"), team.clones[0].join("config.yaml")).unwrap();
    team.run(0, &[ID]).success();
    let run = team.run_of(0, ID);
    assert_eq!(shared_refs(&team.repo), Vec::<String>::new());
    fs::rename(team.clones[0].join("config.yaml"), team.clones[0].join(".cmpm/config.yaml")).unwrap();
    team.cmpm(0, &["delegate", "revise", &run, "-m", "more"]).success();
    assert_eq!(shared_refs(&team.repo).len(), 1);
    team.cmpm(0, &["delegate", "reject", &run, "--no-reason"]).success();
    assert_eq!(shared_refs(&team.repo), Vec::<String>::new());
}
