//! Runs that go on after somebody has looked: changes that were asked for, targets that moved, and what the next brief says.

use super::super::{Case, Project};

/// Writes its brief down for the test, and adds a line for each attempt.
const HONEST: &str = "cp $CMPM_RUN_DIR/brief.md docs/brief-$(ls docs | grep -c brief).md; echo more >> docs/a.md";

fn ticket_of(project: &Project, run: &str) -> String {
    project.show(run)["ticket"].as_str().unwrap().to_owned()
}

/// An agent that resolves conflicts if it is told of any.
const RESOLVES: &str = "if grep -q '^## Conflicts' $CMPM_RUN_DIR/brief.md; then cp $CMPM_RUN_DIR/brief.md docs/brief.md; \
     cp docs/a.md docs/marked; printf 'theirs\\nmine\\n' > docs/a.md; else echo mine > docs/a.md; fi";

/// A run that conflicts with what main got meanwhile, in `docs/a.md`.
fn conflicting(script: &str) -> (Project, String) {
    let project = Project::new();
    let run = project.passed_by("Write mine", script);
    project.repo.write("docs/a.md", "theirs\n");
    project.repo.write("docs/other.md", "other\n");
    project.repo.commit_all("meanwhile");
    (project, run)
}

#[test]
fn a_reviewer_asks_for_changes_as_often_as_wanted() {
    let project = Project::new();
    let repo = &project.repo;
    let limited = "---\nname: writer\ndescription: Writes pages\nmax_attempts: 1\nwrite: [\"docs/**\"]\n---\n\nYou write.\n";
    repo.write(".cmpm/agents/writer.md", limited);
    let ticket = project.ticket("Write more");
    project.delegate(&ticket, HONEST).success();
    let run = project.run_of(&ticket);
    let refused = repo.cmpm(["delegate", "resume", &run]).exits(2);
    assert!(refused.stderr.contains(&format!("cmpm delegate revise {run} -m")), "{refused}");
    let refused = repo.cmpm(["delegate", "revise", &run]).exits(2);
    assert!(refused.stderr.contains("say what should change"), "{refused}");
    assert_eq!(project.state(&run), "review passed");

    let mut first = repo.command(["delegate", "revise", &run, "-m", "Mention dark mode"]);
    first.env("CMPM_NOW", "2026-01-31T12:00:00Z");
    repo.answer(first).success();
    let first_work = repo.git(["rev-parse", &format!("refs/cmpm/runs/{run}/attempt-1")]);
    // Without an id it is the only one that waits.
    repo.cmpm(["delegate", "revise", "-m", "and\nlight mode"]).success();
    let shown = project.show(&run);
    assert_eq!(
        (shown["state"].as_str(), shown["outcome"].as_str(), &shown["status"]["attempt"]),
        (Some("review"), Some("passed"), &3.into())
    );
    assert_eq!(shown["status"]["worked"], 0, "hours of waiting are no work: {shown}");
    assert_eq!(repo.git(["show", &format!("{first_work}:docs/a.md")]), "one\nmore", "what it had made is kept");
    let worktree = project.worktree(&run);
    assert_eq!(std::fs::read_to_string(worktree.join("docs/a.md")).unwrap(), "one\nmore\nmore\nmore\n");
    let brief = |number: u32| std::fs::read_to_string(worktree.join(format!("docs/brief-{number}.md"))).unwrap();
    assert!(!brief(0).contains("What was said") && !brief(1).contains("light mode"), "{}", brief(1));
    let asked = format!("begin: 2026-01-31T12:00:00Z, Tess Test asked for changes to {run}, verified]\n> Mention dark mode\n[");
    assert!(brief(1).contains(&asked) && brief(2).contains(&asked) && brief(2).contains("\n> and\n> light mode\n["), "{}", brief(2));
    let review = repo.cmpm(["delegate", "review"]).success().stdout;
    assert!(review.contains("- 2026-01-31T12:00:00Z Tess Test: Mention dark mode\n") && review.contains("3 attempts, 0s"), "{review}");
    repo.cmpm(["delegate", "approve"]).success();
    let page = repo.read(&format!(".cmpm/runs/{run}.md"));
    assert!(page.contains("## Revisions\n\n2026-01-31T12:00:00Z, Tess Test, attempt 2:\n\n> Mention dark mode\n"), "{page}");
    assert!(page.contains(", attempt 3:\n\n> and\n> light mode\n"), "{page}");
    for (query, exit) in [(run.as_str(), 4), ("RUN-nowhere", 2)] {
        repo.cmpm(["delegate", "revise", query, "-m", "more"]).exits(exit);
    }
    repo.fsck();
}

#[test]
fn the_next_brief_carries_all_that_was_said() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write(
        ".cmpm/config.yaml",
        "gates:\n  - name: words\n    run: \"grep -q word docs/a.md || { echo 'expected a word in a.md'; exit 1; }\"\n",
    );
    let ticket = project.ticket("Write more");
    repo.cmpm(["trust", "--yes"]).success();
    repo.cmpm(["issue", "comment", &ticket, "Only the README, please"]).success();
    repo.commit_all("comment");
    let counted = "n=$(ls $CMPM_RUN_DIR | grep -c tried); touch $CMPM_RUN_DIR/tried-$n; cp $CMPM_RUN_DIR/brief.md $CMPM_RUN_DIR/told-$n; \
         case $n in 0) echo y > src/x;; 1) git checkout -q src/x; echo more >> docs/a.md;; *) echo word >> docs/a.md;; esac";
    project.delegate(&ticket, counted).exits(3);
    let run = project.run_of(&ticket);
    let told = |number: u32| std::fs::read_to_string(project.job(&run, &format!("out/told-{number}"))).unwrap();
    assert!(told(0).contains("Tess Test commented, verified]\n> Only the README, please\n["), "{}", told(0));
    repo.cmpm(["delegate", "resume", &run]).exits(1);
    assert!(
        told(1).contains(&format!("attempt 1 of {run} was denied")) && told(1).contains("> role `writer` may not write src/x"),
        "{}",
        told(1)
    );
    repo.cmpm(["delegate", "revise", &run, "-m", "Put the word in"]).success();
    let all = told(2);
    for part in ["Only the README", "may not write src/x", "> expected a word in a.md", "(`grep -q word", "> Put the word in"] {
        assert!(all.contains(part), "{part} is not in\n{all}");
    }
    // Another run on the same ticket is told, too, also why this one was rejected.
    repo.cmpm(["delegate", "reject", &run, "-m", "use docs/, not the root"]).success();
    project.delegate(&ticket, "cp $CMPM_RUN_DIR/brief.md docs/told; echo word >> docs/a.md").success();
    let next = std::fs::read_to_string(project.worktree(&project.run_of(&ticket)).join("docs/told")).unwrap();
    for part in [
        &format!("{run} was rejected, verified]\n> use docs/, not the root\n["),
        "Put the word in",
        "Only the README",
        "may not write src/x",
    ] {
        assert!(next.contains(part), "{part} is not in\n{next}");
    }
}

#[test]
fn a_run_that_conflicts_is_brought_onto_its_target_by_its_agent() {
    let (project, run) = conflicting(RESOLVES);
    let repo = &project.repo;
    let answer = repo.cmpm(["delegate", "approve", &run]).exits(4);
    assert!(
        answer.stderr.contains("conflicts with `main` in docs/a.md") && answer.stderr.contains(&format!("delegate revise {run}")),
        "{answer}"
    );
    let review = repo.cmpm(["delegate", "review", &run]).success().stdout;
    assert!(review.contains("- docs/a.md conflicts with the target\n") && review.contains("It conflicts with main"), "{review}");
    assert!(!review.contains("delegate approve"), "{review}");
    assert_eq!(repo.json(["delegate", "review", &run])["data"]["conflicts"][0], "docs/a.md");

    repo.cmpm(["delegate", "revise", &run]).success();
    let worktree = project.worktree(&run);
    let file = |name: &str| std::fs::read_to_string(worktree.join("docs").join(name)).unwrap();
    assert!(file("marked").contains("<<<<<<<") && file("marked").contains("mine\n"), "{}", file("marked"));
    assert!(file("brief.md").contains("merged with `main`") && file("brief.md").contains("\n- `docs/a.md`\n"), "{}", file("brief.md"));
    assert_eq!(file("other.md"), "other\n", "the target's files are there");
    let shown = project.show(&run);
    assert_eq!((shown["base"].as_str(), shown["outcome"].as_str()), (Some(project.tip().as_str()), Some("passed")), "{shown}");
    assert!(shown["status"]["conflicts"].is_null(), "{shown}");
    let stat = repo.cmpm(["delegate", "diff", &run, "--stat"]).success().stdout;
    assert!(stat.contains("docs/a.md  +1 -0") && !stat.contains("other.md"), "only its own changes: {stat}");
    repo.cmpm(["delegate", "approve", &run]).success();
    assert_eq!((repo.read("docs/a.md").as_str(), repo.status().as_str()), ("theirs\nmine\n", ""));
    let page = repo.read(&format!(".cmpm/runs/{run}.md"));
    assert!(page.contains("Tess Test, attempt 2; brought onto "), "{page}");
    repo.fsck();
}

#[test]
fn a_person_may_resolve_what_conflicts() {
    let (project, run) = conflicting(RESOLVES);
    let repo = &project.repo;
    let answer = repo.cmpm(["delegate", "revise", &run, "--by-hand"]).success();
    assert!(answer.stdout.contains("waits for a person to resolve the conflicts of docs/a.md"), "{answer}");
    assert_eq!(project.show(&run)["status"]["gates"].as_array().map_or(0, Vec::len), 0, "nobody has edited anything yet");
    let folder = project.worktree(&run);
    let next = format!("next: resolve the conflicts of docs/a.md in {}, then cmpm delegate resume {run}\n", folder.display());
    assert!(answer.stdout.ends_with(&next), "{answer}");
    let refused = repo.cmpm(["delegate", "approve", &run]).exits(3);
    assert!(refused.stderr.contains(&format!("{run} waits for a person to resolve")), "{refused}");
    let none = repo.cmpm(["delegate", "cancel"]).exits(2);
    assert!(none.stderr.contains("no run is at work"), "{none}");
    let file = project.worktree(&run).join("docs/a.md");
    let marked = std::fs::read_to_string(&file).unwrap();
    assert!(marked.contains("<<<<<<<") && marked.contains("theirs") && marked.contains("mine"), "{marked}");
    let left = repo.cmpm(["delegate", "resume", &run]).exits(1);
    assert!(left.stdout.contains("conflict markers are left in docs/a.md"), "{left}");
    std::fs::write(&file, "both\n").unwrap();
    // It is the only one that can be resumed, whatever else there was.
    repo.cmpm(["delegate", "resume"]).success();
    assert!(repo.cmpm(["delegate", "resume"]).exits(2).stderr.contains("no run has anything to resume"));
    assert!(!project.worktree(&run).join("docs/brief.md").exists(), "no agent worked");
    let notes = project.show(&run)["status"]["notes"].to_string();
    assert!(notes.contains("checked as a person left the worktree; no agent worked"), "{notes}");
    repo.cmpm(["delegate", "approve", &run]).success();
    assert_eq!(repo.read("docs/a.md"), "both\n");
    assert_eq!(repo.json(["memory", "list", "--all"])["data"]["memories"].as_array().unwrap().len(), 0, "nobody made a mistake");
}

#[test]
fn conflicts_that_an_agent_leaves_are_no_memory_of_a_mistake() {
    let (project, run) = conflicting("grep -q '<<<<<<<' docs/a.md || echo mine > docs/a.md");
    let repo = &project.repo;
    let revised = repo.cmpm(["delegate", "revise", &run]).exits(1);
    assert!(revised.stdout.contains("conflict markers are left in docs/a.md"), "{revised}");
    repo.cmpm(["delegate", "reject", &run, "-m", "no"]).success();
    assert_eq!(repo.json(["memory", "list", "--all"])["data"]["memories"].as_array().unwrap().len(), 0);
}

#[test]
fn a_clean_merge_of_the_target_needs_no_agent() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write(".cmpm/config.yaml", "gates:\n  - name: both\n    run: test ! -e docs/b.md || test -e docs/c.md\n");
    repo.write(".gitignore", "*.log\n");
    repo.commit_all("gates");
    repo.cmpm(["trust", "--yes"]).success();
    let script = "echo x >> $CMPM_RUN_DIR/worked; echo c > docs/c.md; echo log > docs/x.log";
    let run = project.perform("writer", &[], &[Case { title: "Write c", script }])[0]["run"].as_str().unwrap().to_owned();
    repo.write("docs/b.md", "b\n");
    repo.commit_all("meanwhile");
    // What the worktree holds by now is work like all of it.
    std::fs::write(project.worktree(&run).join("docs/late.md"), "late\n").unwrap();
    for point in ["run.started", "revise.removed", "revise.renewed", "run.prepared"] {
        let mut command = repo.command(["delegate", "revise", &run]);
        if point != "run.started" {
            command = repo.command(["delegate", "resume", &run]);
        }
        command.env("CMPM_CRASH_AT", point);
        repo.answer(command).exits(-1);
        project.heal(point);
    }
    repo.cmpm(["delegate", "resume", &run]).success();
    assert_eq!(std::fs::read_to_string(project.job(&run, "out/worked")).unwrap(), "x\n", "no agent worked again");
    let shown = project.show(&run);
    assert_eq!(shown["status"]["gates"][0]["passed"], true, "{shown}");
    let stat = repo.cmpm(["delegate", "diff", &run, "--stat"]).success().stdout;
    assert_eq!(stat, "docs/c.md  +1 -0\ndocs/late.md  +1 -0\n");
    // Nothing has moved since.
    repo.cmpm(["delegate", "revise", &run]).exits(2);
    repo.cmpm(["delegate", "approve", &run]).success();
    assert_eq!(repo.git(["ls-tree", "--name-only", "main", "docs/"]), "docs/a.md\ndocs/b.md\ndocs/c.md\ndocs/late.md");
    repo.fsck();
}

#[test]
fn a_denied_run_is_not_brought_anywhere_but_may_be_revised() {
    let project = Project::new();
    let repo = &project.repo;
    let ticket = project.ticket("Write more");
    project
        .delegate(
            &ticket,
            "test -e $CMPM_RUN_DIR/again && git checkout -q src/x || echo y > src/x; touch $CMPM_RUN_DIR/again; echo more >> docs/b.md",
        )
        .exits(3);
    let run = project.run_of(&ticket);
    let branch = format!("refs/heads/{}", project.show(&run)["branch"].as_str().unwrap());
    repo.write("docs/other.md", "other\n");
    repo.commit_all("meanwhile");
    let before = repo.git(["rev-parse", &branch]);
    let answer = repo.cmpm(["delegate", "revise", &run]).exits(2);
    assert!(answer.stderr.contains("nothing to revise"), "{answer}");
    assert_eq!((repo.git(["rev-parse", &branch]), project.state(&run).as_str()), (before, "review denied"));
    repo.cmpm(["delegate", "revise", &run, "-m", "Leave src alone"]).success();
    assert_eq!(ticket_of(&project, &run), ticket);
    repo.cmpm(["delegate", "approve", &run]).success();
    assert_eq!((repo.read("src/x").as_str(), repo.read("docs/b.md").as_str()), ("x\n", "more\nmore\n"));
}

#[test]
fn what_is_edited_after_it_was_checked_is_checked_by_resume_and_never_merged_unseen() {
    let project = Project::new();
    let run = project.passed("Write more");
    let page = project.worktree(&run).join("docs/a.md");
    project.repo.cmpm(["delegate", "resume", &run]).exits(2);
    std::fs::write(&page, "one\nby hand\n").unwrap();
    let review = project.repo.cmpm(["delegate", "review", &run]).success();
    assert!(review.stdout.contains("changed in the worktree after it was checked: docs/a.md; `resume` checks it"), "{review}");
    project.repo.cmpm(["delegate", "resume", &run]).success();
    assert_eq!(project.state(&run), "review passed");
    std::fs::write(&page, "one\nby hand\nunseen\n").unwrap();
    project.repo.cmpm(["delegate", "review", &run]).success();
    let approved = project.repo.cmpm(["delegate", "approve", &run]).success();
    assert!(approved.stderr.contains("warning: docs/a.md: this was changed in the worktree"), "{approved}");
    assert_eq!(project.repo.read("docs/a.md"), "one\nby hand\n");
    project.repo.cmpm(["delegate", "restore", &run]).success();
    assert_eq!(std::fs::read_to_string(&page).unwrap(), "one\nby hand\nunseen\n");
}

#[test]
fn what_cmpm_remembers_of_a_failure_passes_the_check_of_what_is_pushed() {
    let project = Project::new();
    let base = project.tip();
    let denied = project.ticket("Leave the role");
    project.delegate(&denied, "echo x > bad.rs").exits(3);
    project.repo.cmpm(["delegate", "reject", &project.run_of(&denied), "-m", "no"]).success();
    let twice = project.ticket("Try again");
    project.delegate(&twice, "test -e docs/b.md || { echo b > docs/b.md; echo 'error: page four is missing' >&2; exit 1; }").exits(1);
    let run = project.run_of(&twice);
    project.repo.cmpm(["delegate", "resume", &run]).success();
    project.repo.cmpm(["delegate", "approve", &run]).success();
    let memories = project.repo.git(["diff", "--name-only", &base, "HEAD", "--", ".cmpm/memory/error"]);
    assert_eq!(memories.lines().count(), 2, "{memories}");
    project.repo.cmpm(["check", "--base", &base]).success();
}
