//! Agents whose files cannot be believed, and agents that have tried often enough.

use super::{Case, Project};
use crate::check::power::Edits;

#[test]
fn a_damaged_role_is_told_before_anything_is_spent() {
    let project = Project::new();
    let (repo, ticket) = (&project.repo, project.ticket("damaged"));
    for (text, said) in [
        ("write: [\"docs/**\"]\ndney: [docs/x]\n", "`dney` is not a key of cmpm, so this agent may write nothing"),
        ("write: [docs/**, 3]\n", "`write` holds something that is not a glob"),
        ("write: [\"docs/**\"]\ndeny: [\"!docs/x\"]\n", "negation with `!` is not supported"),
        ("write: [\"docs/**\"]\nmax_attempts: 0\n", "`max_attempts` is not a whole number above 0"),
        ("write: [\"docs/**\"]\nbranch: -x/{ticket}\n", "git does not accept as a branch name"),
        ("write: [docs: 3\n", ".cmpm/agents/writer.md:"),
    ] {
        repo.write(".cmpm/agents/writer.md", &format!("---\nname: writer\ndescription: Writes\n{text}---\n"));
        // The guard says so first.
        repo.git(["add", ".cmpm"]);
        let checked = repo.cmpm(["check"]).exits(1);
        assert!(checked.to_string().contains(said), "{checked}");
        repo.commit_all("role");
        let answer = project.delegate(&ticket, "echo more >> docs/a.md").exits(2);
        let start = "error: the agent `writer` cannot work: .cmpm/agents/writer.md:";
        assert!(answer.stderr.starts_with(start) && answer.stderr.contains(said), "{answer}");
        assert!(!project.is_claimed(&ticket) && !project.repo.exists(".git/cmpm/jobs"));
    }
    assert_eq!(repo.json(["check", "--all"])["data"]["findings"].as_array().map(Vec::is_empty), Some(false));
}

#[test]
fn who_was_taken_away_may_do_nothing() {
    let project = Project::new();
    let run = project.passed("gone");
    project.repo.git(["rm", "-q", ".cmpm/agents/writer.md"]);
    project.repo.git(["commit", "-qm", "no writer"]);
    let answer = project.repo.cmpm(["delegate", "approve", &run]).exits(3);
    assert!(answer.stderr.contains("there is no agent `writer` any more, so its work may change nothing"), "{answer}");
}

#[test]
fn a_secret_is_merged_with_no_run() {
    let project = Project::new();
    let token = ["gh", "p_", "kT7qZ2mB9xR4vC8nL3jH6wF5sD1gPyQaEuWi"].concat();
    let scripts = [
        ("in a file", format!("echo {token} >> docs/a.md"), "docs/a.md:2: GitHub personal access token"),
        ("with a mark", format!("echo '{token} cmpm:allow' >> docs/a.md"), "docs/a.md:2: GitHub personal access token"),
        ("in what it says", format!("echo more >> docs/a.md; echo I used {token}"), "GitHub personal access token"),
    ];
    for (title, script, said) in scripts {
        let run = project.passed_by(title, &script);
        let answer = project.repo.cmpm(["delegate", "approve", &run]).exits(3);
        assert!(answer.stderr.contains(said) && !answer.stderr.contains(&token), "{title}: {answer}");
        // Turned down, its page says nothing of it either.
        project.repo.cmpm(["delegate", "reject", &run, "-m", "a secret"]).success();
        assert!(!project.repo.read(&format!(".cmpm/runs/{run}.md")).contains(&token), "{title}");
    }
}

#[test]
fn an_agent_tries_as_often_as_it_may() {
    let project = Project::new();
    let repo = &project.repo;
    let role = "---\nname: writer\ndescription: Writes\nwrite: [docs]\nmax_attempts: 2\nescalate_to: [architect, human]\n---\n";
    repo.write(".cmpm/agents/writer.md", role);
    let ticket = project.ticket("often");
    project.delegate(&ticket, "echo >> $CMPM_RUN_DIR/tries; exit 1").exits(1);
    let run = project.run_of(&ticket);
    let tries = project.job(&run, "out/tries");
    repo.cmpm(["delegate", "resume", &run]).exits(1);
    let answer = repo.cmpm(["delegate", "resume", &run]).exits(3);
    let hint = format!(
        "hint: its file says to escalate to architect, human; `cmpm delegate revise {run} -m \"…\"` allows one more, \
         `cmpm delegate reject {run}` keeps the work and frees the ticket\n"
    );
    assert_eq!(answer.stderr, format!("error: {run} cannot be resumed: writer is limited to 2 attempts\n{hint}"));
    assert_eq!(std::fs::read_to_string(&tries).unwrap().lines().count(), 2);
    assert_eq!(project.state(&run), "review agent_failed");
}

/// Nothing is there to judge by: each commit is judged by the roles that it was made with.
#[test]
fn work_of_runs_goes_to_a_new_remote() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write(".cmpm/config.yaml", "delegate: {max_parallel: 5}\n");
    repo.commit_all("settings");
    let run = project.passed("pushed");
    repo.cmpm(["delegate", "approve", &run]).success();
    repo.git(["init", "-q", "--bare", "../new.git"]);
    repo.cmpm(["hook", "run", "pre-push", "../new.git"]).success();
    repo.write("docs/a.md", "by nobody\n");
    repo.git(["commit", "-qam", "more\n\nCmpm-Agent: nobody"]);
    let refused = repo.cmpm(["hook", "run", "pre-push", "../new.git"]).exits(1);
    assert!(refused.to_string().contains("nobody"), "{refused}");
}

/// Its role names every one of these files, and yet it may not give power by them.
#[test]
fn what_gains_power_is_merged_with_no_run() {
    let project = Project::new();
    let (repo, edits) = (&project.repo, Edits::read().attack);
    let named: Vec<String> = edits.iter().map(|edit| format!("{:?}", edit.path)).collect();
    repo.write(".cmpm/agents/wide.md", &format!("---\nname: wide\ndescription: Wide\nwrite: [{}]\n---\n", named.join(", ")));
    let work = project.sign("work");
    for edit in &edits {
        if !edit.before.is_empty() {
            repo.write(edit.old_path(), &edit.before);
        }
        let file = work.join(&edit.path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, &edit.after).unwrap();
    }
    let script = format!("cp -R '{}/.' .", work.display());
    let shown = project.perform("wide", &["-c", "delegate.sandbox=off"], &[Case { title: "power", script: &script }]).remove(0);
    assert_eq!(shown["outcome"], "denied", "{shown:#}");
    let said = shown["status"]["violations"].to_string();
    for edit in &edits {
        assert!(said.contains(&format!("an agent may not give {}", edit.path)), "{} {said}", edit.path);
    }
    repo.cmpm(["delegate", "approve", shown["run"].as_str().unwrap()]).exits(3);
}
