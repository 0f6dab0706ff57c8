//! The usual way: from a ticket to a merge, or to a rejection that loses nothing.

use super::Project;

#[test]
fn a_ticket_goes_from_creation_to_a_merge() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    let base = project.tip();
    let answer = project.delegate(&ticket, "echo more >> docs/a.md; echo I added a line").success();
    assert!(answer.stdout.contains("review   passed") || answer.stdout.contains("passed"), "{answer}");
    let run = project.run_of(&ticket);
    project.assert_untouched(&base);
    looks(&project, &run, &ticket);

    let answer = project.repo.cmpm(["delegate", "approve", &run, "-m", "looks right"]).success();
    assert!(answer.stdout.starts_with(&format!("Merged {run} into main as ")), "{answer}");
    merged(&project, &run, &ticket, &base);
    assert_eq!(project.state(&run), "merged passed");
    let again = project.repo.cmpm(["delegate", "approve", &run]).exits(4);
    assert!(again.stderr.contains("is merged, so it cannot be approved"), "{again}");
}

/// What can be looked at before the decision.
fn looks(project: &Project, run: &str, ticket: &str) {
    let repo = &project.repo;
    let listed = repo.cmpm(["delegate", "list"]).success();
    assert!(listed.stdout.contains(run) && listed.stdout.contains("review") && listed.stdout.contains("passed"), "{listed}");
    let review = repo.cmpm(["delegate", "review", ticket]).success().stdout;
    for part in ["Write more  passed", "docs/a.md  +1 -0", "policy: nothing outside", "I added a line", "cmpm delegate approve"] {
        assert!(review.contains(part), "{part} is not in\n{review}");
    }
    let markdown = repo.cmpm(["delegate", "review", run, "--format", "markdown"]).success().stdout;
    assert!(
        markdown.starts_with("# Write more\n") && markdown.contains(&format!("Run {run} of writer on {ticket}: **passed**")),
        "{markdown}"
    );
    for section in ["## Brief", "## Claim", "## Evidence", "## Lessons", "> I added a line", "- `docs/a.md` +1 -0"] {
        assert!(markdown.contains(section), "{section} is not in\n{markdown}");
    }
    let json = &repo.json(["delegate", "review", run])["data"];
    assert_eq!((json["claim"].as_str(), json["files"][0]["path"].as_str()), (Some("I added a line"), Some("docs/a.md")));
    assert!(repo.cmpm(["delegate", "review"]).success().stdout.contains(run));
    assert!(repo.cmpm(["delegate", "diff", run]).success().stdout.contains("+more"));
    assert_eq!(repo.cmpm(["delegate", "diff", run, "--stat"]).success().stdout, "docs/a.md  +1 -0\n");
    assert_eq!(repo.cmpm(["delegate", "diff", run, "src"]).success().stdout, "No file changed.\n");
    let logs = repo.cmpm(["delegate", "logs", run]).success();
    assert_eq!((logs.stdout.as_str(), logs.stderr.as_str()), ("I added a line\n", ""));
}

#[test]
fn who_looks_for_words_where_there_are_none_is_told_where_they_are() {
    let project = Project::new();
    let ticket = project.ticket("Complain");
    project.delegate(&ticket, "echo oops >&2; echo more >> docs/a.md").success();
    let run = project.run_of(&ticket);
    let logs = project.repo.cmpm(["delegate", "logs", &run]).success();
    assert!(logs.stdout.is_empty() && logs.stderr.contains(&format!("`cmpm delegate logs {run} --errors`")), "{logs}");
    let errors = project.repo.cmpm(["delegate", "logs", &run, "--errors"]).success();
    assert_eq!((errors.stdout.as_str(), errors.stderr.as_str()), ("oops\n", ""));
}

/// What must be true after the merge.
fn merged(project: &Project, run: &str, ticket: &str, base: &str) {
    let repo = &project.repo;
    let message = repo.git(["log", "-1", "--format=%B"]);
    assert_eq!(
        message.trim_end(),
        format!("Merge {run}: Write more\n\nlooks right\n\nCmpm-Run: {run}\nCmpm-Ticket: {ticket}\nCmpm-Agent: writer")
    );
    let commits = repo.git(["log", "--format=%an <%ae> / %cn / %p", "main^2", "-1"]);
    assert!(commits.starts_with("writer <writer@agents.cmpm.invalid> / Tess Test / "), "{commits}");
    assert_eq!((repo.git(["rev-parse", "main^1"]), repo.git(["rev-parse", "main^2^"])), (base.to_owned(), base.to_owned()));
    assert_eq!(repo.read("docs/a.md"), "one\nmore\n");
    let page = repo.read(&format!(".cmpm/runs/{run}.md"));
    for part in ["state: merged", "outcome: passed", "> I added a line", "> looks right"] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
    assert_eq!(repo.json(["issue", "show", ticket])["data"]["status"], "done");
    assert_eq!((repo.status().as_str(), repo.git(["worktree", "list"]).lines().count()), ("", 1));
    assert_eq!(repo.git(["branch", "--format=%(refname:short)"]), "main");
    assert_eq!(repo.git(["show", &format!("refs/cmpm/backup/{run}:docs/a.md")]), "one\nmore");
    assert!(!project.is_claimed(ticket));
    repo.fsck();
}

#[test]
fn a_rejected_run_leaves_its_page_and_can_be_restored() {
    let project = Project::new();
    let repo = &project.repo;
    let run = project.passed("Write more");
    let ticket = project.show(&run)["ticket"].as_str().unwrap().to_owned();
    let (base, worktree) = (project.tip(), project.worktree(&run));
    // Somebody looked into it and went on by hand.
    std::fs::write(worktree.join("docs/a.md"), "uncommitted\n").unwrap();
    std::fs::write(worktree.join("docs/new ü.md"), "untracked\n").unwrap();
    let answer = repo.cmpm(["delegate", "reject", &run, "-m", "the wrong approach"]).success();
    assert_eq!(answer.stdout, format!("Rejected {run}; {ticket} is free again\n"));

    assert_eq!(repo.git(["diff", "--name-only", &base, "main"]), format!(".cmpm/runs/{run}.md"));
    let page = repo.read(&format!(".cmpm/runs/{run}.md"));
    assert!(page.contains("state: rejected") && page.contains("> the wrong approach"), "{page}");
    assert_eq!(project.state(&run), "rejected passed");
    assert!(!worktree.exists() && !project.is_claimed(&ticket) && repo.status().is_empty());
    repo.cmpm(["delegate", "approve", &run]).exits(4);

    repo.cmpm(["delegate", "restore", &run, "--path", "../back again"]).success();
    let back = repo.around().join("back again");
    for (file, text) in [("docs/a.md", "uncommitted\n"), ("docs/new ü.md", "untracked\n"), ("src/x", "x\n")] {
        assert_eq!(std::fs::read_to_string(back.join(file)).unwrap(), text);
    }
    // What the agent made is in the history of the backup.
    let history = repo.git(["log", "--format=%an", &format!("refs/cmpm/backup/{run}")]);
    assert!(history.lines().any(|author| author == "writer"), "{history}");
    // The ticket is free: another run may have it, and gets names of its own.
    project.delegate(&ticket, "echo other >> docs/a.md").success();
    assert_ne!(project.run_of(&ticket), run);
    repo.fsck();
}

#[test]
fn clean_takes_away_only_what_is_closed_unless_it_is_told() {
    let project = Project::new();
    let repo = &project.repo;
    let run = project.passed("Write more");
    let ticket = project.show(&run)["ticket"].as_str().unwrap().to_owned();
    assert_eq!(repo.cmpm(["delegate", "clean"]).success().stdout, "Nothing to clean.\n");
    let dry = repo.cmpm(["delegate", "clean", &run, "--dry-run"]).success();
    assert_eq!(dry.stdout, format!("Would clean 1 run: {run}\n"));
    assert!(project.worktree(&run).exists());
    let kept = repo.cmpm(["delegate", "clean", &run]).exits(3);
    assert!(kept.stderr.contains(&format!("1 run passed and is not merged: {run}")) && kept.stderr.contains("--force"), "{kept}");
    repo.cmpm(["delegate", "clean", &run, "--force"]).success();
    assert_eq!((project.state(&run).as_str(), project.is_claimed(&ticket)), ("discarded passed", false));
    assert!(!project.worktree(&run).exists());
    repo.cmpm(["delegate", "restore", &run]).success();
    assert_eq!(std::fs::read_to_string(project.worktree(&run).join("docs/a.md")).unwrap(), "one\nmore\n");
    // What was restored and then changed is not lost by the next `clean`, which takes the worktree of the closed run away.
    std::fs::write(project.worktree(&run).join("docs/late.md"), "late\n").unwrap();
    assert_eq!(repo.cmpm(["delegate", "clean"]).success().stdout, format!("Cleaned 1 run: {run}\n"));
    assert_eq!(repo.git(["show", &format!("refs/cmpm/backup/{run}:docs/late.md")]), "late");
    assert_eq!(repo.status(), "");
    repo.fsck();
    // The trash is emptied a week later.
    let trash = || std::fs::read_dir(repo.path(".git/cmpm/trash")).unwrap().count();
    assert_eq!(trash(), 2);
    for (now, left) in [("2026-02-07T08:00:00Z", 2), ("2026-02-07T10:00:00Z", 0)] {
        let mut clean = repo.command(["delegate", "clean"]);
        clean.env("CMPM_NOW", now);
        repo.answer(clean).success();
        assert_eq!(trash(), left);
    }
}

#[test]
fn what_cannot_be_delegated_is_refused_before_anything_starts() {
    let project = Project::new();
    let repo = &project.repo;
    let ticket = project.ticket("Write more");
    let refuse = |arguments: &[&str], exit: i32, words: &str| {
        let answer = repo.cmpm(["delegate", "run"].iter().chain(arguments)).exits(exit);
        assert!(answer.stderr.contains(words), "{words} is not in\n{answer}");
    };
    let shell = ["--runner", "command", "--", "true"];
    refuse(&[&["ISS-nope", "--agent", "writer"][..], &shell].concat(), 2, "ISS-nope");
    refuse(&[&[ticket.as_str(), "--agent", "nobody"][..], &shell].concat(), 2, "there is no agent `nobody`");
    refuse(&[&ticket, "--agent", "writer", "--runner", "nothing"], 2, "there is no runner `nothing`");
    refuse(&[&ticket, "--agent", "writer", "--runner", "command"], 2, "needs a command after `--`");
    refuse(&[&ticket, "--agent", "writer", "--runner", "claude", "--", "true"], 2, "needs `--runner command`");
    refuse(&[&ticket, "--agent", "writer", "--runner", "builtin"], 2, "is not built into cmpm");
    refuse(&[&[ticket.as_str(), "--agent", "writer", "--into", "nowhere"][..], &shell].concat(), 2, "no branch `nowhere`");
    refuse(&[&[ticket.as_str(), ticket.as_str(), "--agent", "writer"][..], &shell].concat(), 2, "named twice");
    assert!(!project.is_claimed(&ticket) && !repo.exists(".worktrees"));

    repo.cmpm(["issue", "update", &ticket, "--title", "Write even more"]).success();
    refuse(&[&[ticket.as_str(), "--agent", "writer"][..], &shell].concat(), 2, "`--commit`");
    repo.write("docs/a.md", "mine\n");
    let mut commit = repo.command(["delegate", "run", &ticket, "--agent", "writer", "--commit"]);
    commit.args(["--runner", "command", "--", "sh", "-c", "echo more >> docs/b.md"]);
    repo.answer(commit).success();
    assert_eq!(repo.status(), " M docs/a.md", "only the ticket was committed");

    let other = project.tickets(&["Done already"]).remove(0);
    repo.cmpm(["issue", "complete", &other]).success();
    repo.commit_all("done");
    refuse(&[&[other.as_str(), "--agent", "writer"][..], &shell].concat(), 2, "reopen it");
    assert_eq!(repo.json(["delegate", "list", "--all"])["data"]["runs"].as_array().unwrap().len(), 1);
}

#[test]
fn a_ticket_that_somebody_has_is_a_conflict_and_the_others_are_given_back() {
    let project = Project::new();
    let run = project.passed("Taken");
    let taken = project.show(&run)["ticket"].as_str().unwrap().to_owned();
    let answer = project.delegate(&taken, "true").exits(4);
    assert!(answer.stderr.contains(&format!("{taken} is claimed by {run}")), "{answer}");
    let free = project.ticket("Free");
    let mut both = project.repo.command(["delegate", "run", &free, &taken, "--agent", "writer"]);
    both.args(["--runner", "command", "--", "true"]);
    let answer = project.repo.answer(both).exits(4);
    assert!(answer.stderr.contains(&format!("{taken} is claimed by {run}")), "{answer}");
    assert!(!project.is_claimed(&free));
    project.delegate(&free, "echo free > docs/free.md").success();
}

#[test]
fn without_an_identity_nothing_starts() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    project.repo.git(["config", "--unset", "user.name"]);
    project.repo.git(["config", "--unset", "user.email"]);
    let answer = project.delegate(&ticket, "echo more >> docs/a.md").exits(2);
    assert!(answer.stderr.contains("git does not know who you are"), "{answer}");
    assert!(!project.is_claimed(&ticket) && !project.repo.exists(".worktrees"));
}

#[test]
fn the_trash_has_a_bound_and_empties_itself_whoever_is_killed() {
    let project = Project::new();
    let repo = &project.repo;
    let trash = || std::fs::read_dir(repo.path(".git/cmpm/trash")).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    for title in ["One", "Two"] {
        let run = project.passed(title);
        repo.cmpm(["delegate", "clean", &run, "--force"]).success();
    }
    assert_eq!(trash().len(), 2);
    let held = repo.json(["status"])["data"]["trash"].clone();
    assert!(held["worktrees"] == 2 && held["files"].as_u64() > Some(0) && held["bytes"].as_u64() > Some(0), "{held}");
    let told = repo.cmpm(["doctor"]).stdout;
    assert!(told.lines().any(|line| line.starts_with("trash") && line.contains("ok") && line.contains("2 worktrees, ")), "{told}");
    let told = repo.cmpm(["doctor", "-c", "delegate.trash.files=1"]).stdout;
    assert!(told.contains("more than `delegate.trash` allows"), "{told}");
    // Killed in the middle; the next one brings it to its end, whatever the bound is by then.
    let mut killed = repo.command(["delegate", "clean", "-c", "delegate.trash.files=0"]);
    killed.env("CMPM_CRASH_AT", "trash.half_emptied");
    assert_eq!(repo.answer(killed).exit, -1);
    assert_eq!(trash().iter().filter(|place| place.extension().is_some_and(|end| end == "gone")).count(), 1);
    repo.cmpm(["delegate", "clean"]).success();
    assert_eq!(trash().len(), 1);
    // While an agent works: this one waits for it.
    let ticket = project.ticket("Three");
    let waits = format!(
        "for i in $(seq 3000); do test -n \"$(ls '{}')\" || {{ echo more >> docs/a.md; exit 0; }}; sleep 0.01; done; exit 1",
        repo.path(".git/cmpm/trash").display()
    );
    let mut run = project.delegation(&ticket, &waits);
    // In a room the trash is not there.
    run.env("CMPM_CONFIG_DELEGATE__TRASH__MB", "0").env("CMPM_CONFIG_DELEGATE__SANDBOX", "off");
    repo.answer(run).success();
    assert!(trash().is_empty() && repo.json(["status"])["data"]["trash"].is_null());
}
