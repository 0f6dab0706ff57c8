//! The power goes off: at every point where cmpm writes something, the process is killed, and then all must be well.

use std::process::Command;
use std::thread;

use self::Decision::{Approve, Reject};
use super::Project;
use crate::doctor::everything;
use crate::support::TestRepo;

/// Where a run is interrupted on its way to review, and then, in the same project, the decision about it.
const CUTS: [(&str, Decision); 16] = [
    ("queue.claimed", Approve("gates.checkout", false)),
    ("queue.created", Approve("gates.ran", false)),
    ("run.started", Approve("approve.built", false)),
    ("worktree.branch", Approve("approve.noted", false)),
    ("prepare.worktree", Approve("approve.landed", true)),
    ("prepare.captured", Approve("approve.closed", true)),
    ("run.prepared", Approve("close.backed_up", true)),
    ("execute.noted", Approve("worktree.half_removed", true)),
    ("execute.attached", Approve("close.removed", true)),
    ("run.executed", Approve("close.released", true)),
    ("collect.backed_up", Reject("reject.noted")),
    ("collect.committed", Reject("reject.landed")),
    ("gates.checkout", Reject("close.backed_up")),
    ("gates.ran", Reject("worktree.half_removed")),
    ("run.collected", Reject("close.removed")),
    ("run.reviewed", Reject("close.released")),
];

/// A decision and where it is interrupted.
#[derive(Clone, Copy)]
enum Decision {
    /// Whether the target has moved by then.
    Approve(&'static str, bool),
    Reject(&'static str),
}

/// Where nothing is left that anybody could see: before the first step, between two, or after the last.
const UNNOTICED: [&str; 4] = ["run.reviewed", "approve.built", "approve.noted", "close.released"];

/// Says each time it works; may be run again over what it left.
const AGENT: &str = "echo x >> $CMPM_RUN_DIR/worked; echo more > docs/b.md; echo done";

/// Kills a command at a point.
#[track_caller]
fn crash(project: &Project, mut command: Command, point: &str) {
    command.env("CMPM_CRASH_AT", point);
    let answer = project.repo.answer(command);
    assert_eq!(answer.exit, -1, "nothing was killed at {point}: {answer}");
    (project.crashed)(project, point);
}

#[test]
fn wherever_it_is_cut_off_it_can_go_on() {
    everywhere(|_, _| {});
}

#[test]
fn wherever_it_is_cut_off_the_doctor_leaves_nothing_over_and_it_can_go_on() {
    everywhere(|project, point| {
        let is_lost = || project.repo.cmpm(["delegate", "list"]).stdout.contains("lost");
        // The checkout for the gates of a merge is made at the same point, but nobody drives a run then.
        let is_sick = if point == "gates.checkout" { is_lost() } else { !UNNOTICED.contains(&point) };
        let before = everything(project.repo.root());
        project.repo.cmpm(["doctor"]).exits(i32::from(is_sick));
        assert!(everything(project.repo.root()) == before, "{point}: the doctor wrote something unasked");
        project.heal(point);
    });
}

/// Cuts every project off twice, as `CUTS` says; each time `then` is called before anything else.
fn everywhere(then: fn(&Project, &str)) {
    thread::scope(|scope| {
        for (point, decision) in CUTS {
            scope.spawn(move || {
                let project = Project { crashed: then, ..Project::new() };
                project.repo.write(".cmpm/config.yaml", "gates: [{name: there, run: test -e docs/b.md}]\n");
                let ticket = project.ticket("Write more");
                project.repo.cmpm(["trust", "--yes"]).success();
                let run = cut_off_run(&project, &ticket, point);
                match decision {
                    Approve(point, moved) => cut_off_merge(&project, &run, (point, moved)),
                    Reject(point) => cut_off_rejection(&project, &run, point),
                }
                nothing_left(&project, &ticket, (&run, point));
            });
        }
    });
}

/// A run that was killed at a point and then resumed as far as review.
fn cut_off_run(project: &Project, ticket: &str, point: &str) -> String {
    let tip = project.tip();
    crash(project, project.delegation(ticket, AGENT), point);
    project.assert_untouched(&tip);
    let list = project.repo.cmpm(["delegate", "list"]).success().stdout;
    if point == "queue.claimed" {
        // There is no run yet, so the ticket is free.
        assert_eq!(list, "No runs to show.\n");
        project.delegate(ticket, AGENT).success();
    }
    let run = project.run_of(ticket);
    if !["queue.claimed", "run.reviewed"].contains(&point) {
        assert!(list.contains("  interrupted  lost  ") && project.state(&run).ends_with(" lost"), "{point}: {list}");
        project.delegate(ticket, AGENT).exits(4);
        project.repo.cmpm(["delegate", "approve", &run]).exits(2);
        project.repo.cmpm(["delegate", "resume", &run]).success();
    }
    assert_eq!(project.state(&run), "review passed", "{point}");
    let worked = std::fs::read_to_string(project.job(&run, "out/worked")).unwrap();
    assert_eq!(worked, "x\n", "{point}: the agent worked more than once");
    assert_eq!((project.tip(), project.repo.status().as_str()), (tip, ""), "{point}");
    run
}

/// Brings what was decided to its end, where anything of it is left.
fn finish(repo: &TestRepo, run: &str) {
    let answer = repo.cmpm(["delegate", "resume", run]);
    assert!([0, 4].contains(&answer.exit), "{answer}");
    repo.cmpm(["delegate", "resume", run]).exits(4);
}

fn cut_off_merge(project: &Project, run: &str, (point, moved): (&str, bool)) {
    let repo = &project.repo;
    let tip = project.tip();
    crash(project, repo.command(["delegate", "approve", run]), point);
    assert_eq!((project.tip() != tip, repo.status().as_str()), (moved, ""), "{point}");
    repo.fsck();
    if moved {
        // What is merged cannot be rejected any more; trying to brings the books up to date.
        repo.cmpm(["delegate", "reject", run, "--no-reason"]).exits(4);
        finish(repo, run);
    } else {
        assert_eq!(project.state(run), "review passed", "{point}");
        repo.cmpm(["delegate", "approve", run]).success();
    }
    assert_eq!(project.state(run), "merged passed", "{point}");
    assert_eq!(repo.git(["log", "--merges", "--oneline"]).lines().count(), 1, "{point}");
    assert_eq!(repo.read("docs/b.md"), "more\n", "{point}");
    assert!(repo.read(&format!(".cmpm/runs/{run}.md")).contains("state: merged"), "{point}");
    let ticket = project.show(run)["ticket"].as_str().unwrap().to_owned();
    assert_eq!(repo.json(["issue", "show", &ticket])["data"]["status"], "done", "{point}");
}

fn cut_off_rejection(project: &Project, run: &str, point: &str) {
    let repo = &project.repo;
    std::fs::write(project.worktree(run).join("docs/late.md"), "late\n").unwrap();
    crash(project, repo.command(["delegate", "reject", run, "-m", "no"]), point);
    assert_eq!(repo.status(), "", "{point}");
    repo.fsck();
    repo.cmpm(["delegate", "approve", run]).exits(4);
    finish(repo, run);
    let pages = repo.git(["rev-list", "--count", "main", "--", ".cmpm/runs"]);
    assert_eq!((pages.as_str(), project.state(run).as_str()), ("1", "rejected passed"), "{point}");
    assert!(repo.read(&format!(".cmpm/runs/{run}.md")).contains("> no"), "{point}");
    for (file, text) in [("docs/b.md", "more"), ("docs/late.md", "late")] {
        assert_eq!(project.blob(&format!("refs/cmpm/backup/{run}"), file).as_deref(), Some(text), "{point}: {file}");
    }
}

/// Nothing is left of a closed run but its page, its work and its files.
#[track_caller]
fn nothing_left(project: &Project, ticket: &str, (run, point): (&str, &str)) {
    let repo = &project.repo;
    assert!(!project.is_claimed(ticket), "{point}: the claim is stuck");
    assert!(!repo.exists(".git/worktrees"), "{point}: a worktree is left");
    assert_eq!(project.refs("refs/heads").len(), 1, "{point}: a branch is left");
    assert_eq!(std::fs::read_dir(repo.path(".worktrees")).unwrap().count(), 1, "{point}: a folder is left");
    assert!(project.refs("refs/cmpm/backup").contains_key(&format!("refs/cmpm/backup/{run}")), "{point}: there is no backup");
    assert_eq!(repo.cmpm(["delegate", "clean"]).success().stdout, "Nothing to clean.\n", "{point}");
    assert_eq!(repo.status(), "", "{point}");
    repo.fsck();
}

#[test]
fn a_second_approval_finishes_the_first() {
    let project = Project::new();
    let run = project.passed("Write more");
    crash(&project, project.repo.command(["delegate", "approve", &run]), "approve.landed");
    let merge = project.tip();
    project.repo.cmpm(["delegate", "approve", &run]).success();
    assert_eq!(project.tip(), merge);
    assert_eq!(project.state(&run), "merged passed");
    project.repo.cmpm(["delegate", "approve", &run]).exits(4);
}

#[test]
fn every_point_in_the_source_is_tried_here() {
    let decided = CUTS.map(|(_, decision)| match decision {
        Approve(point, _) | Reject(point) => point,
    });
    let elsewhere = [
        "discard.noted",
        "revise.removed",
        "revise.renewed",
        "trash.half_emptied",
        "furnish.copied",
        "prepare.furnished",
        "setup.ran",
        "revert.built",
        "revert.landed",
        "approve.rest",
    ];
    let tried: Vec<&str> = CUTS.map(|(point, _)| point).into_iter().chain(decided).chain(elsewhere).collect();
    let mut open = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for (_, after) in text.match_indices("crash_point(").map(|(start, word)| text.split_at(start + word.len())) {
            if let Some(name) = after.trim_start_matches("&self.env, ").strip_prefix('"') {
                let name = name.split('"').next().unwrap();
                assert!(tried.contains(&name), "{name} in {} is not tried", path.display());
                found += 1;
            }
        }
    }
    assert!(found > 20, "only {found} points found");
}

#[test]
fn a_claim_without_a_run_is_cleaned() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    crash(&project, project.delegation(&ticket, AGENT), "queue.claimed");
    let run = project.holder(&ticket).unwrap();
    assert_eq!(project.repo.cmpm(["delegate", "clean"]).success().stdout, format!("Cleaned 1 run: {run}\n"));
    assert!(!project.is_claimed(&ticket) && project.repo.cmpm(["ready"]).success().stdout.contains(&ticket));
}

#[test]
fn a_run_that_is_taken_away_can_be_cut_off_too() {
    let project = Project::new();
    let run = project.passed("Write more");
    let ticket = project.show(&run)["ticket"].as_str().unwrap().to_owned();
    crash(&project, project.repo.command(["delegate", "clean", &run, "--force"]), "discard.noted");
    assert_eq!(project.state(&run), "discarded passed");
    assert_eq!(project.repo.cmpm(["delegate", "clean"]).success().stdout, format!("Cleaned 1 run: {run}\n"));
    nothing_left(&project, &ticket, (&run, "discard.noted"));
    project.heal("nothing");
}

#[test]
fn the_doctor_brings_a_removal_to_its_end() {
    let project = Project { crashed: Project::heal, ..Project::new() };
    let run = project.passed("Write more");
    let ticket = project.show(&run)["ticket"].as_str().unwrap().to_owned();
    std::fs::write(project.worktree(&run).join("docs/late.md"), "late\n").unwrap();
    crash(&project, project.repo.command(["delegate", "clean", &run, "--force"]), "discard.noted");
    nothing_left(&project, &ticket, (&run, "discard.noted"));
    assert_eq!(project.blob(&format!("refs/cmpm/backup/{run}"), "docs/late.md").as_deref(), Some("late"));
    project.delegate(&ticket, AGENT).success();
}

#[test]
fn locks_that_a_killed_run_left_on_its_own_things_do_not_stop_it() {
    for heals in [false, true] {
        let project = Project::new();
        let ticket = project.ticket("Write more");
        crash(&project, project.delegation(&ticket, AGENT), "prepare.worktree");
        let run = project.run_of(&ticket);
        let name = project.worktree(&run).file_name().unwrap().to_string_lossy().into_owned();
        let branch = project.show(&run)["branch"].as_str().unwrap().to_owned();
        let refs = [format!(".git/refs/heads/{branch}.lock"), format!(".git/refs/cmpm/backup/{run}.lock")];
        let others = [format!(".git/worktrees/{name}/index.lock"), format!(".git/cmpm/jobs/{run}/trusted/git/trusted.index.lock")];
        refs.iter().chain(&others).for_each(|lock| project.repo.write(lock, ""));
        if heals {
            project.heal("locks were left");
        }
        project.repo.cmpm(["delegate", "resume", &run]).success();
        assert_eq!(project.state(&run), "review passed");
        project.repo.cmpm(["delegate", "approve", &run]).success();
    }
}

#[test]
fn a_worktree_that_was_never_finished_is_taken_away() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    crash(&project, project.delegation(&ticket, AGENT), "prepare.worktree");
    let run = project.run_of(&ticket);
    let worktree = project.worktree(&run);
    let notes = project.repo.path(".git/worktrees").join(worktree.file_name().unwrap());
    std::fs::write(notes.join("locked"), "initializing\n").unwrap();
    std::fs::remove_file(notes.join("HEAD")).unwrap();
    project.repo.write(".git/worktrees/other/locked", "initializing\n");
    project.heal("a worktree was not finished");
    assert!(!notes.exists() && !worktree.exists() && !project.repo.exists(".git/worktrees"));
    project.repo.cmpm(["delegate", "resume", &run]).success();
    assert_eq!(project.state(&run), "review passed");
}
