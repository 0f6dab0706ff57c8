//! How much a run may write, and bring.

use super::{Case, Project};

/// What a run of a ticket with this script came to, with these limits.
fn reason(project: &Project, limits: &str, script: &str) -> (String, String) {
    let limits = format!("delegate.limits={limits}");
    let run = project.perform("writer", &["-c", &limits], &[Case { title: "Much", script }]).remove(0);
    (run["outcome"].as_str().unwrap().to_owned(), run["reason"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn who_fills_the_disk_is_stopped() {
    let project = Project::on_disk();
    let waits = "exec sleep 3013";
    for (limits, script) in [
        ("{disk_mb: 1}", format!("head -c 3000000 /dev/zero > $TMPDIR/x; {waits}")),
        ("{disk_mb: 1}", format!("truncate -s 50M docs/hole; {waits}")),
        ("{disk_files: 50}", format!("for i in $(seq 100); do : > ~/$i; done; {waits}")),
    ] {
        let said = ("agent_failed".to_owned(), "it wrote more than `delegate.limits` allows, and was stopped".to_owned());
        assert_eq!(reason(&project, limits, &script), said, "{script}");
    }
}

#[test]
fn a_change_that_nobody_could_review_is_denied() {
    let project = Project::on_disk();
    for (limits, script, said) in [
        ("{change_mb: 1}", "head -c 2500000 /dev/zero > docs/x", "the change has 3 MB; `delegate.limits` allows 1"),
        ("{change_files: 10}", "for i in $(seq 12); do : > docs/$i; done", "the change has 12 files; `delegate.limits` allows 10"),
        ("{}", "truncate -s 3G docs/hole; echo x > docs/b", "a file is too large to be looked at: docs/hole"),
    ] {
        assert_eq!(reason(&project, limits, script), ("denied".to_owned(), said.to_owned()), "{script}");
    }
    // What git ignores is nobody's concern.
    let ignored = "printf '*.bin\n' > docs/.gitignore; truncate -s 3G docs/hole.bin; echo x > docs/b";
    let run = project.perform("anything", &[], &[Case { title: "Ignored", script: ignored }]).remove(0);
    assert!(!run["reason"].as_str().unwrap_or_default().contains("too large"), "{run:#}");
}

#[test]
fn nothing_of_what_only_a_working_program_needs_stays() {
    let project = Project::on_disk();
    let run = project.passed("Leaves");
    let again = project.ticket("Temporary");
    project.delegate(&again, "head -c 100000 /dev/zero > $TMPDIR/x; echo more >> docs/b.md").success();
    let other = project.run_of(&again);
    for (run, name) in [(&run, "tmp"), (&other, "tmp"), (&other, "layers")] {
        assert!(!project.job(run, name).exists(), "{name}");
    }
}

#[test]
fn no_run_begins_on_a_full_disk() {
    let project = Project::new();
    let ticket = project.ticket("full");
    // More than any disk has.
    project.repo.write(".cmpm/config.yaml", "delegate: {min_free_mb: 4000000000}\n");
    project.repo.commit_all("settings");
    let answer = project.delegate(&ticket, "echo more >> docs/a.md").exits(3);
    assert!(answer.stderr.contains("MB are free here, and `delegate.min_free_mb` asks for 4000000000"), "{answer}");
    assert!(!project.is_claimed(&ticket) && !project.repo.exists(".git/cmpm/jobs"));
    let status = project.repo.cmpm(["status"]).success().stdout;
    assert!(status.contains("disk      only ") && status.contains("so no run can begin"), "{status}");
    let doctor = project.repo.cmpm(["doctor"]).exits(1).stdout;
    assert!(doctor.contains("disk       problem  only "), "{doctor}");
    project.repo.write(".cmpm/config.yaml", "delegate: {min_free_mb: 0}\n");
    project.repo.commit_all("settings");
    project.delegate(&ticket, "echo more >> docs/a.md").success();
    let doctor = project.repo.cmpm(["doctor"]).stdout;
    assert!(doctor.contains("disk       ok       1 worktree of runs, 1 MB"), "{doctor}");
}
