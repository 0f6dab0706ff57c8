//! The power goes off: at every point where cmpm writes something, the process is killed, and then all must be well.

use std::process::Command;
use std::thread;

use super::Project;

/// Points on the way to review. Behind each: how often the agent will have worked once the run is resumed.
const RUN: [(&str, usize); 15] = [
    ("queue.created", 1),
    ("run.started", 1),
    ("worktree.branch", 1),
    ("prepare.worktree", 1),
    ("prepare.captured", 1),
    ("run.prepared", 1),
    ("execute.noted", 1),
    ("execute.attached", 1),
    ("run.executed", 1),
    ("collect.backed_up", 1),
    ("collect.committed", 1),
    ("gates.checkout", 1),
    ("gates.ran", 1),
    ("run.collected", 1),
    ("run.reviewed", 1),
];
/// Points on the way to a merge, and whether the target has moved there.
const APPROVE: [(&str, bool); 10] = [
    ("gates.checkout", false),
    ("gates.ran", false),
    ("approve.built", false),
    ("approve.noted", false),
    ("approve.landed", true),
    ("approve.closed", true),
    ("close.backed_up", true),
    ("worktree.half_removed", true),
    ("close.removed", true),
    ("close.released", true),
];
/// Points on the way to a rejection.
const REJECT: [&str; 6] = ["reject.noted", "reject.landed", "close.backed_up", "worktree.half_removed", "close.removed", "close.released"];
/// Says each time it works; may be run again over what it left.
const AGENT: &str = "echo x >> $CMPM_RUN_DIR/worked; echo more > docs/b.md; echo done";

/// Kills a command at a point.
#[track_caller]
fn crash(project: &Project, mut command: Command, point: &str) {
    command.env("CMPM_CRASH_AT", point);
    let answer = project.repo.answer(command);
    assert_eq!(answer.exit, -1, "nothing was killed at {point}: {answer}");
}

/// Tries every point at once, each in a project of its own with one gate.
fn at_every<P: Copy + Send>(points: &[P], check: impl Fn(&Project, &str, P) + Sync) {
    thread::scope(|scope| {
        for point in points.iter().copied() {
            let check = &check;
            scope.spawn(move || {
                let project = Project::new();
                project.repo.write(".cmpm/config.yaml", "gates: [{name: there, run: test -e docs/b.md}]\n");
                let ticket = project.ticket("Write more");
                project.repo.cmpm(["trust", "--yes"]).success();
                check(&project, &ticket, point);
            });
        }
    });
}

/// Nothing is left of a run but its work, and that is there exactly once.
#[track_caller]
fn merged_once(project: &Project, ticket: &str, point: &str) {
    let repo = &project.repo;
    let run = project.run_of(ticket);
    assert_eq!(project.state(&run), "merged passed", "{point}");
    assert_eq!(repo.git(["log", "--merges", "--oneline"]).lines().count(), 1, "{point}");
    assert_eq!((repo.read("docs/b.md").as_str(), repo.status().as_str()), ("more\n", ""), "{point}");
    assert!(repo.read(&format!(".cmpm/runs/{run}.md")).contains("state: merged"), "{point}");
    assert_eq!(repo.json(["issue", "show", ticket])["data"]["status"], "done", "{point}");
    nothing_left(project, ticket, point);
}

#[track_caller]
fn nothing_left(project: &Project, ticket: &str, point: &str) {
    let repo = &project.repo;
    assert!(!project.is_claimed(ticket), "{point}: the claim is stuck");
    assert_eq!(repo.git(["worktree", "list"]).lines().count(), 1, "{point}: a worktree is left");
    assert_eq!(repo.git(["branch", "--format=%(refname:short)"]), "main", "{point}: a branch is left");
    assert!(!project.worktree(&project.run_of(ticket)).exists(), "{point}: a folder is left");
    assert_eq!(repo.cmpm(["delegate", "clean"]).success().stdout, "Nothing to clean.\n", "{point}");
    repo.fsck();
}

#[test]
fn a_claim_without_a_run_does_not_keep_a_ticket() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    crash(&project, project.delegation(&ticket, AGENT), "queue.claimed");
    assert_eq!(project.repo.cmpm(["delegate", "list"]).success().stdout, "No runs to show.\n");
    project.delegate(&ticket, AGENT).success();
    project.repo.cmpm(["delegate", "approve", &ticket]).success();
    merged_once(&project, &ticket, "queue.claimed");
}

#[test]
fn a_run_goes_on_where_it_was_cut_off() {
    at_every(&RUN, |project, ticket, (point, worked)| {
        let tip = project.tip();
        crash(project, project.delegation(ticket, AGENT), point);
        project.assert_untouched(&tip);
        let run = project.run_of(ticket);
        let is_written = point == "run.reviewed";
        let lost = project.repo.cmpm(["delegate", "list"]).success();
        assert!(is_written || (lost.stdout.contains("lost") && project.state(&run).ends_with(" lost")), "{point}: {lost}");
        assert!(project.delegate(ticket, AGENT).exit == 4, "{point}: the ticket was given away");
        if !is_written {
            project.repo.cmpm(["delegate", "approve", &run]).exits(2);
            project.repo.cmpm(["delegate", "resume", &run]).success();
        }
        assert_eq!(project.state(&run), "review passed", "{point}");
        let times = std::fs::read_to_string(project.job(&run, "out/worked")).unwrap().lines().count();
        assert_eq!(times, worked, "{point}: how often the agent worked");
        project.assert_untouched(&tip);
        project.repo.cmpm(["delegate", "approve", &run]).success();
        merged_once(project, ticket, point);
    });
}

#[test]
fn a_merge_that_was_cut_off_is_finished_or_was_never_begun() {
    at_every(&APPROVE, |project, ticket, (point, moved)| {
        let tip = project.tip();
        project.delegate(ticket, AGENT).success();
        let run = project.run_of(ticket);
        crash(project, project.repo.command(["delegate", "approve", &run]), point);
        assert_eq!((project.tip() != tip, project.repo.status().as_str()), (moved, ""), "{point}");
        project.repo.fsck();
        project.repo.cmpm(["delegate", "list", "--all"]).success();
        if moved {
            // What is merged cannot be turned down any more; trying to brings the books up to date.
            project.repo.cmpm(["delegate", "reject", &run]).exits(2);
            assert_eq!(project.state(&run), "merged passed", "{point}");
            project.repo.cmpm(["delegate", "resume", &run]).success();
        } else {
            assert_eq!(project.state(&run), "review passed", "{point}");
            project.repo.cmpm(["delegate", "approve", &run]).success();
        }
        merged_once(project, ticket, point);
    });
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
    project.repo.cmpm(["delegate", "approve", &run]).exits(2);
}

#[test]
fn a_rejection_that_was_cut_off_is_finished() {
    at_every(&REJECT, |project, ticket, point| {
        project.delegate(ticket, AGENT).success();
        let run = project.run_of(ticket);
        std::fs::write(project.worktree(&run).join("docs/late.md"), "late\n").unwrap();
        crash(project, project.repo.command(["delegate", "reject", &run, "-m", "no"]), point);
        assert_eq!(project.repo.status(), "", "{point}");
        project.repo.fsck();
        assert_eq!(project.state(&run), "rejected passed", "{point}");
        project.repo.cmpm(["delegate", "approve", &run]).exits(2);
        project.repo.cmpm(["delegate", "resume", &run]).success();
        let pages = project.repo.git(["rev-list", "--count", "main", "--", ".cmpm/runs"]);
        assert_eq!((pages.as_str(), project.state(&run).as_str()), ("1", "rejected passed"), "{point}");
        assert!(project.repo.read(&format!(".cmpm/runs/{run}.md")).contains("> no"), "{point}");
        nothing_left(project, ticket, point);
        for (file, text) in [("docs/b.md", "more"), ("docs/late.md", "late")] {
            assert_eq!(project.blob(&format!("refs/cmpm/backup/{run}"), file).as_deref(), Some(text), "{point}: {file}");
        }
        project.delegate(ticket, AGENT).success();
    });
}

#[test]
fn every_point_in_the_source_is_tried_here() {
    let tried: Vec<&str> = [
        RUN.map(|(point, _)| point).to_vec(),
        APPROVE.map(|(point, _)| point).to_vec(),
        REJECT.to_vec(),
        vec!["queue.claimed", "discard.noted"],
    ]
    .concat();
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
fn a_run_that_is_taken_away_can_be_cut_off_too() {
    let project = Project::new();
    let run = project.passed("Write more");
    let ticket = project.show(&run)["ticket"].as_str().unwrap().to_owned();
    crash(&project, project.repo.command(["delegate", "clean", &run]), "discard.noted");
    assert_eq!(project.state(&run), "discarded passed");
    assert_eq!(project.repo.cmpm(["delegate", "clean"]).success().stdout, format!("Cleaned 1 run: {run}\n"));
    nothing_left(&project, &ticket, "discard.noted");
}
