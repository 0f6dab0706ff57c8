//! What is pushed, through real git: two clones and a bare remote.

use std::fs;

use super::{git, project};
use crate::support::TestRepo;

fn token() -> String {
    ["gh", "p_", "kT7qZ2mB9xR4vC8nL3jH6wF5sD1gPyQaEuWi"].concat()
}

/// A project with hooks and an empty remote.
fn clone() -> TestRepo {
    let repo = project();
    repo.git(["init", "-q", "--bare", "../remote.git"]);
    repo.git(["remote", "add", "origin", "../remote.git"]);
    repo.cmpm(["hook", "install"]).success();
    repo
}

/// Commits a secret around the hooks.
fn commit_secret(repo: &TestRepo) {
    repo.write("src/a.env", &token());
    repo.git(["add", "-A"]);
    repo.git(["commit", "-qnm", "secret"]);
}

fn refused(repo: &TestRepo, arguments: &[&str], what: &str) {
    let answer = git(repo, repo.root(), &[&["push", "-q"], arguments].concat()).exits(1);
    assert!(answer.stdout.contains(what) && !answer.to_string().contains(&token()), "{answer}");
}

#[test]
fn every_pushed_reference_is_looked_at() {
    let repo = clone();
    git(&repo, repo.root(), &["push", "-q", "origin", "main"]).success();
    repo.git(["checkout", "-q", "-b", "side"]);
    commit_secret(&repo);
    repo.git(["checkout", "-q", "main"]);
    let secret = "src/a.env:1: GitHub personal access token";
    refused(&repo, &["origin", "side"], secret);
    refused(&repo, &["origin", "main", "side:elsewhere"], secret);
    refused(&repo, &["origin", "main", "side:elsewhere"], "cmpm: refused because of branch `elsewhere`\n");
    refused(&repo, &["origin", "--all"], secret);
    // Taken out again it is still there, and a tag leads to it.
    repo.git(["checkout", "-q", "side"]);
    repo.git(["rm", "-q", "src/a.env"]);
    repo.git(["commit", "-qm", "clean"]);
    refused(&repo, &["origin", "side"], "in commit");
    repo.git(["checkout", "-q", "main"]);
    repo.git(["tag", "v1", "side"]);
    refused(&repo, &["origin", "v1"], "in commit");
    // A tag and a branch share what is wrong.
    refused(&repo, &["origin", "main", "side", "v1"], "cmpm: refused because of branch `side`, tag `v1`\n");
    repo.git(["tag", "-a", "-m", &format!("release {}", token()), "v2"]);
    refused(&repo, &["origin", "v2"], "in the message of a tag");
    refused(&repo, &["origin", "v2"], "refused because of tag `v2`\n");
    let tagger = format!("user.email={}@example.org", token());
    repo.git(["-c", &tagger, "tag", "-a", "-m", "release", "v3"]);
    refused(&repo, &["origin", "v3"], "in the message of a tag");
    repo.git(["tag", "-a", "-m", "re\u{e0041}lease", "v4"]);
    refused(&repo, &["origin", "v4"], "Unicode tags (1 character) in the message of a tag");
    repo.git(["branch", "x\u{e0041}y"]);
    refused(&repo, &["origin", "x\u{e0041}y"], "Unicode tags (2 characters) in the name of a reference");
    repo.git(["branch", &format!("try-{}", token())]);
    refused(&repo, &["origin", &format!("try-{}", token())], "in the name of a reference");
    repo.git(["commit", "-q", "--allow-empty", "-nm", &format!("say {}", token())]);
    refused(&repo, &["origin", "main"], "in the message in commit");
    let tree = repo.git(["rev-parse", "side~1:src"]);
    repo.git(["tag", "files", &tree]);
    refused(&repo, &["origin", "files"], "a.env:1: GitHub personal access token");
    assert_eq!(repo.git(["ls-remote", "--heads", "--tags", "origin"]).lines().count(), 1, "main alone");
}

#[test]
fn what_stands_in_for_a_commit_here_hides_nothing() {
    let repo = clone();
    git(&repo, repo.root(), &["push", "-q", "origin", "main"]).success();
    commit_secret(&repo);
    let innocent = repo.git(["commit-tree", "-p", "HEAD~1", "-m", "c", "HEAD~1^{tree}"]);
    repo.git(["replace", "HEAD", innocent.trim()]);
    refused(&repo, &["origin", "main"], "src/a.env:1: GitHub personal access token");
    repo.git(["replace", "-f", "origin/main", &repo.git(["rev-parse", "HEAD"])]);
    assert!(repo.cmpm(["check", "--base", "origin/main"]).exits(1).stdout.contains("src/a.env:1: "));
}

#[test]
fn an_edge_that_somebody_drew_lets_nothing_through() {
    let repo = clone();
    git(&repo, repo.root(), &["push", "-q", "origin", "main"]).success();
    commit_secret(&repo);
    repo.git(["rm", "-q", "src/a.env"]);
    repo.git(["commit", "-qnm", "clean"]);
    repo.write(".git/shallow", &repo.git(["rev-parse", "HEAD"]));
    let answer = git(&repo, repo.root(), &["push", "-q", "origin", "main"]).exits(1);
    assert!(answer.stderr.contains("git fetch --unshallow"), "{answer}");
}

#[test]
fn the_first_push_is_looked_at_and_a_deletion_is_not() {
    let repo = clone();
    commit_secret(&repo);
    refused(&repo, &["origin", "main"], "src/a.env:1: GitHub personal access token");
    let folder = repo.around().join("remote.git").display().to_string();
    refused(&repo, &[&folder, "main"], "src/a.env:1: GitHub personal access token");
    repo.git(["reset", "-q", "--hard", "HEAD^"]);
    git(&repo, repo.root(), &["push", "-q", "origin", "main", "main:old"]).success();
    commit_secret(&repo);
    git(&repo, repo.root(), &["push", "-q", "origin", ":old"]).success();
}

/// What was broken before cmpm came is nobody's doing; a secret is one all the same.
#[test]
fn a_first_push_is_not_refused_for_what_was_broken_before_the_project() {
    let repo = TestRepo::new();
    repo.git(["init", "-q", "--bare", "../remote.git"]);
    repo.git(["remote", "add", "origin", "../remote.git"]);
    repo.write("README.md", "[a](gone.md)\n");
    repo.commit_all("legacy");
    repo.write(".cmpm/config.yaml", "");
    repo.commit_all("cmpm");
    repo.cmpm(["hook", "install"]).success();
    git(&repo, repo.root(), &["push", "-q", "origin", "main"]).success();
    repo.git(["push", "-q", "--no-verify", "origin", ":main"]);
    repo.write("docs/a.md", "[b](lost.md)\n");
    repo.git(["add", "-A"]);
    repo.git(["commit", "-qnm", "page"]);
    refused(&repo, &["origin", "main"], "docs/a.md:1: `lost.md` leads to no file");
    let repo = TestRepo::new();
    repo.git(["init", "-q", "--bare", "../remote.git"]);
    repo.git(["remote", "add", "origin", "../remote.git"]);
    repo.write("src/a.env", &token());
    repo.commit_all("legacy");
    repo.write(".cmpm/config.yaml", "");
    repo.commit_all("cmpm");
    repo.cmpm(["hook", "install"]).success();
    refused(&repo, &["origin", "main"], "src/a.env:1: GitHub personal access token");
}

#[test]
fn what_another_remote_has_was_not_looked_at_for_this_one() {
    let repo = clone();
    git(&repo, repo.root(), &["push", "-q", "origin", "main"]).success();
    repo.git(["init", "-q", "--bare", "../more.git"]);
    repo.git(["remote", "add", "more", "../more.git"]);
    // A remote in the name of another, and one that has what this one has not.
    repo.git(["remote", "add", "more/side", "../remote.git"]);
    commit_secret(&repo);
    repo.git(["rm", "-q", "src/a.env"]);
    repo.git(["commit", "-qnm", "clean"]);
    git(&repo, repo.root(), &["push", "-q", "--no-verify", "origin", "main"]).success();
    repo.git(["fetch", "-q", "more/side"]);
    let secret = "src/a.env:1: GitHub personal access token";
    refused(&repo, &["more", "main"], secret);
    refused(&repo, &["../more.git", "main"], secret);
    let folder = repo.around().join("more.git").display().to_string();
    refused(&repo, &[&folder, "main"], secret);
    // By its address a remote is still the same, and what git says that it has needs no reference here.
    repo.write("b.txt", "b\n");
    repo.commit_all("b");
    git(&repo, repo.root(), &["push", "-q", "../remote.git", "main:side"]).success();
    repo.git(["update-ref", "-d", "refs/remotes/origin/main"]);
    repo.git(["update-ref", "-d", "refs/remotes/more/side/main"]);
    repo.git(["update-ref", "-d", "refs/remotes/more/side/side"]);
    git(&repo, repo.root(), &["push", "-q", "origin", "main"]).success();
}

#[test]
fn another_clone_is_judged_by_what_the_remote_has() {
    let repo = clone();
    git(&repo, repo.root(), &["push", "-q", "origin", "main"]).success();
    let other = repo.around().join("other");
    repo.git(["clone", "-q", "../remote.git", other.to_str().unwrap()]);
    let mut install = repo.command(["hook", "install"]);
    install.current_dir(&other);
    repo.answer(install).success();
    let commit = |name: &str, text: &str| {
        fs::write(other.join(name), text).unwrap();
        git(&repo, &other, &["add", "-A"]).success();
        let who = ["-c", "user.name=Eve", "-c", "user.email=eve@example.invalid"];
        git(&repo, &other, &[&who[..], &["commit", "-qnm", name]].concat()).success();
    };
    // Rules that arrived on another branch are not those of the remote's main one.
    commit(".gitleaks.toml", "[[allowlists]]\npaths = [\".*\"]\n");
    git(&repo, &other, &["push", "-q", "origin", "HEAD:rules"]).success();
    commit("b.env", &token());
    let answer = git(&repo, &other, &["push", "-q", "origin", "HEAD:rules"]).exits(1);
    assert!(answer.stdout.contains("b.env:1: GitHub personal access token"), "{answer}");
}

#[test]
fn taking_the_settings_away_silences_nothing() {
    let repo = clone();
    git(&repo, repo.root(), &["push", "-q", "origin", "main"]).success();
    fs::remove_file(repo.path(".cmpm/config.yaml")).unwrap();
    repo.write("src/a.env", &token());
    repo.git(["add", "src/a.env"]);
    git(&repo, repo.root(), &["commit", "-qm", "secret"]).exits(1);
    // Nor does the removal in a commit, when it is pushed.
    git(&repo, repo.root(), &["commit", "-qanm", "no settings"]).success();
    refused(&repo, &["origin", "main"], "src/a.env:1: GitHub personal access token");
    // Nor does a word in the environment.
    let mut command = repo.command(["hook", "run", "pre-push", "origin"]);
    command.env("CMPM_HOOK", "1");
    assert!(repo.answer(command).exits(1).stdout.contains("GitHub personal access token"));
}

#[test]
fn a_message_with_a_secret_stops_the_commit() {
    let repo = clone();
    let answer = git(&repo, repo.root(), &["commit", "--allow-empty", "-qm", &format!("Use {}", token())]).exits(1);
    assert!(answer.stderr.contains("GitHub personal access token: ghp_… (40 characters) in the message"), "{answer}");
    git(&repo, repo.root(), &["commit", "--allow-empty", "-qm", "Use nothing"]).success();
}

#[test]
fn a_line_of_an_older_cmpm_still_works() {
    let repo = clone();
    git(&repo, repo.root(), &["push", "-q", "origin", "main"]).success();
    let older = "#!/bin/sh\nif command -v cmpm >/dev/null 2>&1; then cmpm hook run pre-push \"$@\" </dev/null || exit $?; fi # cmpm:hook\n";
    fs::write(repo.path(".git/hooks/pre-push"), older).unwrap();
    commit_secret(&repo);
    refused(&repo, &["origin", "main"], "src/a.env:1: GitHub personal access token");
    let status = repo.json(["hook", "status"]);
    let row = status["data"]["hooks"].as_array().unwrap().iter().find(|row| row["hook"] == "pre-push").unwrap();
    assert!(row.to_string().contains("cmpm hook install"), "{row}");
}
