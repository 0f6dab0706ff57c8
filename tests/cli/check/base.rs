//! The guard judges with the rules of before the change. Each test is an attack that went through once.

use super::{in_run, ticket, token};
use crate::support::{Answer, TestRepo};

/// Checks what `HEAD` adds to main.
fn check(repo: &TestRepo) -> Answer {
    repo.cmpm(["check", "--base", "main"])
}

/// A project on a branch of its own.
fn branch() -> TestRepo {
    let repo = TestRepo::new();
    repo.write(".cmpm/config.yaml", "");
    repo.commit_all("project");
    repo.git(["checkout", "-q", "-b", "side"]);
    repo
}

#[test]
fn a_change_does_not_bring_its_own_exceptions() {
    let rules = [
        (".gitleaks.toml", "[extend]\nuseDefault = true\n[[allowlists]]\npaths = [\".*\"]\n"),
        (".gitleaks.toml", "[extend]\nuseDefault = true\ndisabledRules = [\"github-pat\"]\n"),
        (".gitleaks.toml", "[[rules]]\nid = \"none\"\nregex = \"nothing\"\n"),
        (".gitleaksignore", "src/a.env:github-pat:1\n"),
    ];
    for (name, text) in rules {
        let repo = branch();
        repo.write(name, text);
        repo.commit_all("rules first");
        repo.write("src/a.env", &token());
        repo.commit_all("then the secret");
        let answer = check(&repo).exits(1);
        assert!(answer.stdout.contains("src/a.env:1: error: GitHub personal access token"), "{name} {answer}");
        assert!(answer.stdout.contains("a rule that this change brings allows") && answer.stdout.contains("by Tess Test"), "{answer}");
        // The same staged; and from the next change on they hold.
        repo.git(["reset", "-q", "--soft", "main"]);
        repo.cmpm(["check"]).exits(1);
        repo.git(["reset", "-q", "main"]);
        repo.git(["checkout", "-q", "main"]);
        repo.git(["add", name]);
        repo.git(["commit", "-qm", "rules"]);
        repo.git(["add", "-A"]);
        repo.cmpm(["check"]).success();
    }
}

#[test]
fn a_change_does_not_exclude_its_own_files() {
    let repo = branch();
    repo.write("docs/a.md", "[a](gone.md)\n");
    repo.write(".cmpm/config.yaml", "check:\n  exclude: [\"docs/\"]\n");
    repo.commit_all("page");
    let answer = check(&repo).exits(1);
    assert!(answer.stdout.contains("docs/a.md:1: error: `gone.md`"), "{answer}");
    repo.git(["checkout", "-q", "main"]);
    repo.write(".cmpm/config.yaml", "check:\n  exclude: [\"docs/\"]\n");
    repo.commit_all("settings");
    repo.git(["checkout", "-q", "side"]);
    check(&repo).success();
    // What is on disk says nothing.
    repo.write(".cmpm/config.yaml", "check:\n  exclude: [\"**\"]\n");
    repo.write("b.md", "[a](gone.md)\n");
    repo.git(["add", "b.md"]);
    repo.cmpm(["check"]).exits(1);
}

#[test]
fn settings_that_nobody_can_read_are_an_error() {
    let repo = branch();
    repo.write(".cmpm/config.yaml", "a: 1\nx: [\n");
    repo.commit_all("broken");
    let answer = check(&repo).exits(1);
    assert!(answer.stdout.contains(".cmpm/config.yaml:") && answer.stdout.contains("not valid YAML"), "{answer}");
    // In the base too: a change next to it does not pass by rules that nobody can read.
    repo.git(["branch", "-f", "main"]);
    repo.write("a.txt", "a\n");
    repo.commit_all("more");
    let answer = check(&repo).exits(1);
    assert!(answer.stdout.contains("this is in the commit that the change is compared with"), "{answer}");
    repo.write(".cmpm/config.yaml", "");
    repo.commit_all("whole again");
    check(&repo).success();
}

#[test]
fn a_mark_is_told_as_somebodys_act_and_is_none_of_an_agent() {
    let repo = branch();
    let line = format!("TOKEN={} # cmpm:allow\n", token());
    repo.write("src/a.env", &line);
    repo.git(["add", "-A"]);
    let answer = repo.cmpm(["check"]).success();
    assert!(answer.stdout.contains("src/a.env:1: warning: a mark on the line allows GitHub personal access token: ghp_…"), "{answer}");
    in_run(&repo, ["check"]).exits(1);
    repo.commit_all("marked");
    let answer = check(&repo).success();
    assert!(answer.stdout.contains("[secret-allowed]") && answer.stdout.contains("by Tess Test"), "{answer}");
    repo.git(["commit", "-q", "--amend", "--author", "engineer <engineer@agents.cmpm.invalid>", "-m", "x\n\nCmpm-Run: RUN-1"]);
    let answer = check(&repo).exits(1);
    assert!(answer.stdout.contains("src/a.env:1: error: a mark on the line allows") && answer.stdout.contains("by engineer"), "{answer}");
    // What was there before is nobody's act any more.
    repo.git(["branch", "-f", "main"]);
    repo.write("src/a.env", &format!("more\n{line}"));
    repo.commit_all("more");
    assert!(!check(&repo).success().stdout.contains("secret-allowed"));
    repo.cmpm(["check", "--all"]).success();
}

#[test]
fn a_project_can_refuse_marks() {
    for (value, all) in [("base", 0), ("never", 1)] {
        let repo = branch();
        repo.write(".cmpm/config.yaml", &format!("check:\n  secrets:\n    inline_allow: {value}\n"));
        repo.commit_all("settings");
        repo.git(["branch", "-f", "main"]);
        // The change itself cannot take that back.
        repo.write(".cmpm/config.yaml", "");
        repo.write("src/a.env", &format!("TOKEN={} # gitleaks:allow\n", token()));
        repo.commit_all("marked");
        let answer = check(&repo).exits(1);
        assert!(answer.stdout.contains("src/a.env:1: error: GitHub personal access token"), "{answer}");
        repo.git(["checkout", "-q", "HEAD^", "--", ".cmpm/config.yaml"]);
        repo.commit_all("settings again");
        repo.cmpm(["check", "--all"]).exits(all);
        repo.cmpm(["-c", "check.secrets.inline_allow=change", "config", "list"]).exits(2);
    }
}

#[test]
fn who_a_commit_says_it_is_can_only_take_rights_away() {
    let repo = branch();
    repo.write("src/main.rs", "fn main() {}\n");
    repo.git(["add", "-A"]);
    let commit = |author: &str, trailers: &str| {
        let author = format!("{author} <{author}@agents.cmpm.invalid>");
        repo.git(["commit", "-q", "--amend", "--author", &author, "-m", &format!("work\n\nCmpm-Run: RUN-1\n{trailers}")]);
    };
    repo.git(["commit", "-qm", "work"]);
    commit("engineer", "Cmpm-Agent: engineer");
    check(&repo).success();
    // Each name that a commit has counts.
    commit("documentation", "Cmpm-Agent: engineer");
    let answer = check(&repo).exits(1);
    assert!(answer.stdout.contains("role `documentation` may not write src/main.rs"), "{answer}");
    commit("engineer", "Cmpm-Agent: engineer\nCmpm-Agent: documentation");
    check(&repo).exits(1);
    // An agent that the change itself brings, or takes away, may do nothing.
    commit("boss", "Cmpm-Agent: boss");
    repo.write(".cmpm/agents/boss.md", "---\nname: boss\ndescription: All.\nwrite: [\"**\"]\n---\n");
    repo.commit_all("a role for it");
    let answer = check(&repo).exits(1);
    assert!(answer.stdout.contains("there is no agent `boss` in the commit that the change is compared with"), "{answer}");
    // A wider role holds from the next change on.
    commit("documentation", "Cmpm-Agent: documentation");
    repo.git(["reset", "-q", "--hard", "main"]);
    repo.write(".cmpm/agents/documentation.md", "---\nname: documentation\ndescription: All.\nwrite: [\"**\"]\n---\n");
    repo.commit_all("widened by a person");
    repo.write("src/main.rs", "fn main() {}\n");
    repo.commit_all("work\n\nCmpm-Run: RUN-1\nCmpm-Agent: documentation");
    let answer = check(&repo).exits(1);
    assert!(answer.stdout.contains("role `documentation` may not write src/main.rs"), "{answer}");
}

/// A project with a finished ticket's run, approved by cmpm; the merge is on main.
fn approved() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("src/a.txt", "a\n");
    repo.write("tasks/tasks/TSK-1.md", &ticket("TSK-1", "").replace("kind: issue", "kind: task"));
    repo.write("tasks/tasks/TSK-2.md", &ticket("TSK-2", "").replace("kind: issue", "kind: task"));
    repo.commit_all("work");
    repo.cmpm(["delegate", "run", "TSK-1", "--agent", "security", "--runner", "builtin"]).success();
    repo.cmpm(["delegate", "approve"]).success();
    repo.cmpm(["check", "--base", "HEAD^1"]).success();
    repo
}

#[test]
fn a_page_that_cannot_be_derived_again_excuses_nothing() {
    let repo = approved();
    let page = repo.git(["diff", "--name-only", "HEAD^1", "HEAD", "--", ".cmpm/runs"]);
    let amend = || {
        repo.git(["add", "-A"]);
        repo.git(["commit", "-q", "--amend", "--no-edit"]);
        let answer = repo.cmpm(["check", "--base", "HEAD^1"]).exits(1);
        repo.git(["reset", "-q", "--hard", "HEAD@{1}"]);
        answer
    };
    // Another ticket set to done, the own one rewritten, a page about other work, a file that no side has.
    repo.write("tasks/tasks/TSK-2.md", &repo.read("tasks/tasks/TSK-2.md").replace("planning", "done"));
    let answer = amend();
    assert!(answer.stdout.contains("tasks/tasks/TSK-2.md: error: an agent may not change the status of a ticket"), "{answer}");
    assert!(answer.stdout.contains("[forged-page]"), "{answer}");
    repo.write("tasks/tasks/TSK-1.md", &format!("{}- rewritten\n", repo.read("tasks/tasks/TSK-1.md")));
    let answer = amend();
    assert!(answer.stdout.contains("tasks/tasks/TSK-1.md: error: an agent may not change the status of a ticket"), "{answer}");
    let text = repo.read(&page);
    let head = text.lines().find(|line| line.starts_with("head: ")).unwrap();
    repo.write(&page, &text.replace(head, &format!("head: {}", repo.git(["rev-parse", "HEAD^1"]))));
    let answer = amend();
    assert!(answer.stdout.contains("names other work than the merge brings"), "{answer}");
    repo.write(&page, &text.replace("ticket: TSK-1", "ticket: TSK-2"));
    assert!(amend().stdout.contains("names another ticket than the commits do"));
    repo.write(".cmpm/reports/more.md", "Evil.\n");
    assert!(amend().stdout.contains("is in a merge that changes .cmpm/reports/more.md, which the work does not"));
}

#[test]
fn a_page_without_its_merge_says_no_more_than_that_a_run_was_turned_down() {
    let repo = branch();
    let page = |state: &str| format!("---\nid: RUN-1\nagent: engineer\nstate: {state}\noutcome: passed\n---\n");
    repo.write(".cmpm/runs/RUN-1.md", &page("merged"));
    repo.commit_all("Merged\n\nCmpm-Run: RUN-1");
    let answer = check(&repo).exits(1);
    assert!(answer.stdout.contains(".cmpm/runs/RUN-1.md: error: this page says another end of the run than the commit"), "{answer}");
    repo.write(".cmpm/runs/RUN-1.md", &page("rejected"));
    repo.git(["add", "-A"]);
    repo.git(["commit", "-q", "--amend", "--no-edit"]);
    check(&repo).success();
    repo.write(".cmpm/runs/RUN-1.md", &page("rejected").replace("passed", "failed"));
    repo.commit_all("Reject\n\nCmpm-Run: RUN-1");
    assert!(check(&repo).exits(1).stdout.contains("the page of a run is written once"));
}

/// Rules that are not here are no reason to judge without them.
#[test]
fn rules_that_a_partial_clone_lacks_are_not_taken_for_none() {
    let repo = branch();
    repo.write("a.txt", "acme-3fa94c07\n");
    repo.commit_all("add");
    repo.git(["checkout", "-q", "main"]);
    repo.write(".gitleaks.toml", "[[rules]]\nid = \"acme\"\nregex = 'acme-[a-f0-9]{8}'\n");
    repo.commit_all("rules");
    repo.git(["config", "uploadpack.allowFilter", "true"]);
    let (url, clone) = (format!("file://{}", repo.root().display()), repo.around().join("partial"));
    repo.git(["clone", "-q", "--filter=blob:none", "--branch", "side", &url, clone.to_str().unwrap()]);
    let answer = repo.cmpm(["-C", clone.to_str().unwrap(), "check", "--base", "origin/main"]).exits(1);
    assert!(answer.stdout.contains(".gitleaks.toml: error: cannot be read, so nobody can tell what it says"), "{answer}");
}

#[test]
fn what_a_merge_itself_brings_is_looked_at() {
    let repo = branch();
    repo.write("a.txt", "side\n");
    repo.commit_all("side");
    repo.git(["checkout", "-q", "main"]);
    repo.write("b.txt", "main\n");
    repo.commit_all("main");
    repo.git(["checkout", "-q", "side"]);
    repo.git(["merge", "-q", "--no-commit", "main"]);
    repo.write("c.env", &token());
    repo.commit_all("merge");
    repo.git(["rm", "-q", "c.env"]);
    repo.commit_all("clean again");
    let answer = check(&repo).exits(1);
    assert!(answer.stdout.contains("c.env:1: error: GitHub personal access token") && answer.stdout.contains("in commit"), "{answer}");
}

#[test]
fn names_and_messages_are_looked_at() {
    let repo = branch();
    repo.write(&format!("docs/{}/a.txt", token()), "a\n");
    repo.commit_all(&format!("add\n\nwith {}", token()));
    let answer = check(&repo).exits(1);
    assert!(answer.stdout.contains("docs: error: GitHub personal access token: ghp_… (40 characters) in the name of a file"), "{answer}");
    assert!(answer.stdout.contains("in the message in commit"), "{answer}");
    assert!(!answer.stdout.contains(&token()), "{answer}");
}
