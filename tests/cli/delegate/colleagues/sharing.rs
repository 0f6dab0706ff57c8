//! Runs that one clone made and another one decides about.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::Project;
use crate::support::Answer;

/// A project whose colleague has a clone of it.
struct Team {
    project: Project,
    clone: PathBuf,
}

impl Team {
    fn new() -> Self {
        let project = Project::new();
        let gates = "gates:\n  - name: words\n    run: \"grep -q more docs/a.md\"\n";
        project.repo.write(".cmpm/config.yaml", gates);
        project.repo.commit_all("a gate");
        project.repo.cmpm(["trust", "--yes"]).success();
        let (bare, clone) = (project.repo.around().join("bare.git"), project.repo.around().join("clone"));
        project.repo.git(["init", "-q", "--bare", "-b", "main", bare.to_str().unwrap()]);
        project.repo.git(["remote", "add", "origin", bare.to_str().unwrap()]);
        Self { project, clone }
    }

    /// Pushes, and makes the clone.
    fn meet(&self) {
        let repo = &self.project.repo;
        repo.git(["push", "-q", "origin", "main"]);
        let bare = repo.around().join("bare.git");
        repo.git(["clone", "-q", bare.to_str().unwrap(), self.clone.to_str().unwrap()]);
        self.git(&["config", "user.name", "Cora"]);
        self.git(&["config", "user.email", "cora@example.invalid"]);
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.project.repo.git_in(&self.clone, arguments)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.repo.command(arguments);
        command.current_dir(&self.clone);
        command
    }

    /// What cmpm answers in the clone.
    fn there(&self, arguments: &[&str]) -> Answer {
        self.project.repo.answer(self.command(arguments))
    }

    fn json_there(&self, arguments: &[&str]) -> Value {
        let mut command = self.command(&["--json"]);
        command.args(arguments);
        let answer = self.project.repo.answer(command);
        serde_json::from_str::<Value>(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {answer}"))["data"].clone()
    }
}

fn names(repo: &crate::support::TestRepo, bundle: &Path) -> String {
    repo.git(["bundle", "list-heads", bundle.to_str().unwrap()])
}

#[test]
fn a_colleague_approves_by_a_verdict_of_their_own() {
    let team = Team::new();
    let repo = &team.project.repo;
    let run = team.project.passed("Write more");
    team.meet();
    repo.cmpm(["delegate", "comment", &run, "docs/a.md:2", "-m", "more of what?"]).success();
    let given = repo.cmpm(["delegate", "share", &run, "--remote", "origin"]).success().stdout;
    assert!(
        given.contains("run.json, page.md, claim.md, review.jsonl\n") && given.contains(&format!("fetch {run} --remote origin")),
        "{given}"
    );
    let listed = team.json_there(&["delegate", "fetch", "--remote", "origin"])["shared"].clone();
    assert_eq!((&listed[0]["run"], &listed[0]["by"], &listed[0]["outcome"]), (&run.clone().into(), &"Tess Test".into(), &"passed".into()));

    // Gates are a matter of who decides: nothing runs that was not approved there.
    let refused = team.there(&["delegate", "fetch", &run, "--remote", "origin"]).exits(3);
    assert!(refused.stderr.contains("was not approved on this machine"), "{refused}");
    team.there(&["trust", "--yes"]).success();
    team.there(&["delegate", "fetch", &run, "--remote", "origin"]).success();
    let review = team.there(&["delegate", "review", &run]).success().stdout;
    assert!(review.contains("- gate words `grep -q more docs/a.md`: passed") && review.contains("shared by Tess Test at "), "{review}");
    assert!(review.contains("1  docs/a.md:2  Tess Test, ") && review.contains("I added a line"), "{review}");
    // What is said there comes back.
    team.there(&["delegate", "comment", &run, "--resolve", "1"]).success();
    team.there(&["delegate", "comment", &run, "-m", "fine by me"]).success();
    team.there(&["delegate", "share", &run, "--remote", "origin"]).success();
    assert_eq!(
        repo.cmpm(["delegate", "fetch", &run, "--remote", "origin"]).success().stdout,
        format!("{run} is here already; 1 comment new\n")
    );
    let comments = repo.json(["delegate", "comment", &run])["data"]["comments"].clone();
    assert_eq!(
        (&comments[0]["resolved"]["by"], &comments[1]["by"], &comments[1]["verified"]),
        (&"Cora".into(), &"Cora".into(), &false.into())
    );
    assert_eq!(
        repo.cmpm(["delegate", "fetch", &run, "--remote", "origin"]).success().stdout,
        format!("{run} is here already; 0 comments new\n")
    );

    team.there(&["delegate", "approve", &run]).success();
    assert_eq!(team.git(&["show", "main:docs/a.md"]), "one\nmore");
    assert!(team.git(&["show", &format!("main:.cmpm/runs/{run}.md")]).contains("shared by Tess Test"));
    assert!(team.there(&["check"]).exit == 0);
    // Whoever made it sees that it is done.
    team.git(&["push", "-q", "origin", "main"]);
    repo.git(["pull", "-q", "--ff-only", "origin", "main"]);
    repo.cmpm(["delegate", "clean"]).success();
    assert_eq!(team.project.state(&run), "merged passed");
}

#[test]
fn nothing_of_the_senders_verdict_counts() {
    let team = Team::new();
    let repo = &team.project.repo;
    team.meet();
    // Here the role was widened and the gate removed, in a commit that nobody has there.
    repo.write(".cmpm/agents/writer.md", "---\nname: writer\ndescription: Writes\nwrite: [\"docs/**\", \"src/**\"]\n---\n\nYou write.\n");
    repo.write(".cmpm/config.yaml", "{}\n");
    repo.commit_all("wider");
    let run = team.project.passed_by("Write code", "echo y > src/x");
    let ticket = team.project.show(&run)["ticket"].as_str().unwrap().to_owned();
    let bundle = repo.around().join("run.bundle");
    // The ticket is known there, and nothing else.
    let path = repo.json(["ticket", "show", &ticket])["data"]["path"].as_str().unwrap().to_owned();
    std::fs::create_dir_all(team.clone.join(&path).parent().unwrap()).unwrap();
    std::fs::write(team.clone.join(&path), repo.read(&path)).unwrap();
    team.git(&["add", "-A"]);
    team.git(&["commit", "-qm", "the ticket"]);
    team.there(&["trust", "--yes"]).success();
    repo.cmpm(["delegate", "share", &run, "--bundle", bundle.to_str().unwrap()]).success();
    assert!(names(repo, &bundle).ends_with(&format!("refs/cmpm/runs/{run}/shared")));
    // Its base is of no use there before it is pushed.
    team.there(&["delegate", "fetch", &run, "--bundle", bundle.to_str().unwrap()]).exits(2);
    repo.git(["push", "-q", "origin", "main:wide"]);
    team.git(&["fetch", "-q", "origin"]);
    let taken = team.there(&["delegate", "fetch", &run, "--bundle", bundle.to_str().unwrap()]).exits(3);
    assert!(taken.stdout.contains("denied") && taken.stdout.contains("role `writer` may not write src/x"), "{taken}");
    team.there(&["delegate", "approve", &run]).exits(3);
}

#[test]
fn a_secret_is_not_shared_and_logs_only_if_wanted() {
    let team = Team::new();
    let repo = &team.project.repo;
    let run = team.project.passed_by("Write more", "echo more >> docs/a.md; echo noise >&2; echo done");
    team.meet();
    let bundle = repo.around().join("run.bundle");
    let bundle = bundle.to_str().unwrap();
    repo.cmpm(["delegate", "share", &run, "--bundle", bundle, "--logs"]).success();
    let commit = repo.git(["rev-parse", &format!("refs/cmpm/runs/{run}/shared")]);
    assert_eq!(repo.git(["show", &format!("{commit}:stderr")]), "noise");
    let facts = repo.git(["show", &format!("{commit}:run.json")]) + &repo.git(["show", &format!("{commit}:page.md")]);
    assert!(!facts.contains(repo.root().to_str().unwrap()), "{facts}");
    let key = format!("the key is gh{}{}", "p_", "16C7e42F292c6912E7710c838347Ae178B4a");
    repo.cmpm(["delegate", "comment", &run, "-m", &key]).success();
    let refused = repo.cmpm(["delegate", "share", &run, "--remote", "origin"]).exits(3);
    assert!(refused.stderr.contains("is not shared, because a secret would go with it: "), "{refused}");
    assert_eq!(repo.git(["ls-remote", "origin", "refs/cmpm/*"]), "");
    let mut inside = repo.command(["delegate", "share", &run, "--remote", "origin"]);
    inside.env("CMPM_RUN", &run);
    repo.answer(inside).exits(3);
    repo.cmpm(["delegate", "share", &run]).exits(2);
    repo.cmpm(["delegate", "fetch", "RUN-none", "--bundle", bundle]).exits(2);
}
