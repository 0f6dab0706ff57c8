//! Run pages are evidence, history is whole, and nothing hides around a commit. Each test is an attack that went through once.

use super::{in_run, ticket, token};
use crate::support::{Answer, TestRepo};

/// A project with a task on main; `side` is checked out.
fn project() -> TestRepo {
    let repo = TestRepo::new();
    repo.write(".cmpm/config.yaml", "");
    repo.write("src/a.txt", "a\n");
    repo.write("tasks/tasks/TSK-1.md", &ticket("TSK-1", "").replace("kind: issue", "kind: task"));
    repo.commit_all("work");
    repo.git(["checkout", "-q", "-b", "side"]);
    repo
}

/// A run that has landed makes nothing any more.
#[test]
fn the_name_of_a_run_counts_once() {
    let repo = project();
    let page = approve(&repo);
    let run = page.trim().trim_start_matches(".cmpm/runs/").trim_end_matches(".md").to_owned();
    repo.cmpm(["check", "--strict", "--base", "main"]).success();
    let landed = repo.git(["rev-parse", "--short=10", "HEAD"]);
    repo.write("tasks/new.md", "more\n");
    repo.git(["add", "-A"]);
    repo.git(["commit", "-qm", &format!("more\n\nCmpm-Run: {run}")]);
    let answer = check(&repo, "main");
    let said = format!("warning: {run} has landed already in commit {}", landed.trim().get(..7).unwrap());
    assert!(answer.stdout.contains(&said), "{said} {answer}");
}

/// Runs the security agent on the task and approves it here; the path of the page.
fn approve(repo: &TestRepo) -> String {
    repo.cmpm(["delegate", "run", "TSK-1", "--agent", "security", "--runner", "builtin"]).success();
    repo.cmpm(["delegate", "approve"]).success();
    repo.git(["diff", "--name-only", "HEAD^1", "HEAD", "--", ".cmpm/runs"])
}

fn check(repo: &TestRepo, base: &str) -> Answer {
    repo.cmpm(["check", "--base", base])
}

#[test]
fn a_run_page_that_landed_changes_by_a_persons_act_alone() {
    let repo = project();
    let page = approve(&repo);
    let text = repo.read(&page);
    let forged = text.replace("outcome: passed", "outcome: failed");
    assert_ne!(text, forged);
    let told = |answer: &Answer, what: &str| {
        assert!(answer.stdout.contains(&format!("{page}: warning: {what}")) && answer.stdout.contains("[run-page-changed]"), "{answer}");
    };
    // Staged, and in a range, also where a later commit takes it back.
    repo.write(&page, &forged);
    repo.git(["add", "-A"]);
    told(&repo.cmpm(["check"]).success(), "what this run page records was changed (`outcome`); by Tess Test");
    assert!(in_run(&repo, ["check"]).exits(1).stdout.contains("error: what this run page records was changed"));
    repo.commit_all("forged");
    repo.write(&page, &text);
    repo.commit_all("as it was");
    told(&check(&repo, "HEAD~2").success(), "what this run page records was changed (`outcome`); by Tess Test (commit");
    // An agent's commit, whatever its role says.
    repo.git(["rm", "-q", &page]);
    repo.git(["commit", "-qm", "gone", "--author", "engineer <engineer@agents.cmpm.invalid>"]);
    let answer = check(&repo, "HEAD~1").exits(1);
    assert!(answer.stdout.contains(&format!("{page}: error: this run page was removed or renamed; by engineer")), "{answer}");
    repo.git(["commit", "-q", "--amend", "--reset-author", "-m", "gone"]);
    told(&check(&repo, "HEAD~1").success(), "this run page was removed or renamed");
    // Words around the facts may be corrected, and the Evidence in the body is one of them.
    repo.git(["reset", "-q", "--hard", "HEAD~1"]);
    repo.write(&page, &text.replacen("\n# ", "\n# The ", 1));
    repo.commit_all("words");
    assert!(!check(&repo, "HEAD~1").success().stdout.contains("run-page-changed"));
    repo.write(&page, &text.replace("## Evidence\n", "## Evidence\n\n- all of it was proven\n"));
    repo.commit_all("evidence");
    told(&check(&repo, "HEAD~1").success(), "what this run page records was changed (Evidence");
    // A page out of nowhere.
    repo.write(".cmpm/runs/RUN-9.md", &text.replace("id: RUN-", "id: RUN-9"));
    repo.commit_all("a page");
    let answer = check(&repo, "HEAD~1").success();
    assert!(answer.stdout.contains(".cmpm/runs/RUN-9.md: warning: this run page came with a commit that names no such run"), "{answer}");
}

#[test]
fn a_merge_drops_or_changes_no_run_page_unseen() {
    let repo = project();
    let page = approve(&repo);
    repo.git(["checkout", "-q", "main"]);
    repo.write("b.txt", "b\n");
    repo.commit_all("meanwhile");
    repo.git(["merge", "-q", "--no-commit", "side"]);
    repo.git(["rm", "-qf", &page]);
    repo.git(["commit", "-qm", "merge"]);
    let answer = repo.cmpm(["check", "--range", "main~1..main"]);
    assert!(answer.stdout.contains(&format!("{page}: warning: this run page was removed or renamed")), "{answer}");
    // An ordinary merge says nothing, on whichever side the page was.
    repo.git(["reset", "-q", "--hard", "HEAD~1"]);
    repo.git(["merge", "-q", "--no-edit", "side"]);
    assert!(!repo.cmpm(["check", "--range", "main~1..main"]).success().stdout.contains("run-page-changed"));
}

#[test]
fn a_squash_is_held_to_the_role_where_the_run_worked() {
    let repo = project();
    repo.write("src/person.txt", "a person's\n");
    repo.commit_all("person");
    let page = approve(&repo);
    let run = page.trim_start_matches(".cmpm/runs/").trim_end_matches(".md");
    repo.git(["checkout", "-q", "main"]);
    repo.git(["merge", "-q", "--squash", "side"]);
    let trailers = format!("Cmpm-Run: {run}\nCmpm-Ticket: TSK-1\nCmpm-Agent: security\n");
    let message = format!("Side (#1)\n\n* person\n\n* Merge {run}\n\n{trailers}Co-authored-by: Tess Test <tess@example.invalid>\n");
    repo.git(["commit", "-qm", &message]);
    let answer = check(&repo, "HEAD~1").success();
    assert!(answer.stdout.contains(".cmpm/runs: note:") && answer.stdout.contains("beside the work of its runs"), "{answer}");
    let amended = |arguments: &[&str], what: &str| {
        repo.git(["add", "-A"]);
        repo.git(&[&["commit", "-q", "--amend"], arguments].concat()[..]);
        let answer = check(&repo, "HEAD~1").exits(1);
        assert!(answer.stdout.contains(what), "{what}: {answer}");
        repo.git(["reset", "-q", "--hard", "HEAD@{1}"]);
    };
    let beyond = "error: role `security` may not write src/person.txt";
    // An agent squashes nothing, nor does who names an agent that no page knows, wherever in the message.
    amended(&["--no-edit", "--author", "security <security@agents.cmpm.invalid>"], beyond);
    amended(&["-m", "Side", "-m", "Cmpm-Agent: qa", "-m", "More.", "-m", &trailers], "role `qa` may not write src/person.txt");
    // A page that is not there, or names other work, or a commit without that work.
    let text = repo.read(&page);
    let head = text.lines().find(|line| line.starts_with("head: ")).unwrap();
    repo.write(&page, &text.replace(head, &format!("head: {}", repo.git(["rev-parse", "side~2"]))));
    amended(&["--no-edit"], beyond);
    repo.git(["rm", "-q", &page]);
    amended(&["--no-edit"], beyond);
    repo.git(["rm", "-q", &format!(".cmpm/reports/security-{run}.md")]);
    amended(&["--no-edit"], beyond);
}

#[test]
fn an_agents_trailer_counts_anywhere_in_the_message() {
    let repo = project();
    repo.write("src/main.rs", "fn main() {}\n");
    for message in ["work\n\nCmpm-Agent: documentation\n\nAnd more words.", "work\n\nwords\nCmpm-Agent : documentation\n# words"] {
        repo.git(["add", "-A"]);
        repo.git(["commit", "-q", "--cleanup=verbatim", "--allow-empty", "-m", message]);
        let answer = check(&repo, "main").exits(1);
        assert!(answer.stdout.contains("role `documentation` may not write src/main.rs"), "{answer}");
        repo.git(["reset", "-q", "--soft", "main"]);
    }
}

#[test]
fn an_agents_line_counts_wherever_a_squash_puts_it() {
    let repo = project();
    repo.write("src/main.rs", "fn main() {}\n");
    for line in [
        "    Cmpm-Agent: documentation",
        "* Cmpm-Agent: documentation",
        "  - Cmpm-Agent: documentation",
        "> > Cmpm-Agent: documentation",
        "Co-authored-by: documentation <documentation@agents.cmpm.invalid>",
        "    Author: documentation <Documentation@agents.cmpm.invalid>",
        "Signed-off-by: documentation <documentation@agents.cmpm.invalid>",
        "Co-authored-by: documentation <documentation@agents.cmpm.invalid.>",
        "Cmpm\u{2010}Agent: documentation",
    ] {
        repo.git(["add", "-A"]);
        repo.git(["commit", "-qm", &format!("work\n\nwords\n{line}\n\nAnd more words.")]);
        let answer = check(&repo, "main").exits(1);
        assert!(answer.stdout.contains("role `documentation` may not write src/main.rs"), "{line} {answer}");
        repo.git(["reset", "-q", "--soft", "main"]);
    }
    repo.git(["commit", "-qm", "work\n\nReviewed-by: qa <qa@agents.cmpm.invalid>\nCo-authored-by: Tess <tess@example.invalid>"]);
    check(&repo, "main").success();
}

#[test]
fn gits_own_message_of_a_squash_is_held_to_the_role() {
    let repo = project();
    repo.write("src/person.txt", "a person's\n");
    repo.commit_all("person");
    let page = approve(&repo);
    repo.git(["checkout", "-q", "main"]);
    repo.git(["merge", "-q", "--squash", "side"]);
    repo.git(["commit", "-q", "--no-edit"]);
    assert!(repo.git(["log", "-1", "--format=%B"]).contains("\n    Cmpm-Agent: security"));
    let answer = check(&repo, "HEAD~1").success();
    assert!(answer.stdout.contains("beside the work of its runs"), "{answer}");
    assert!(!answer.stdout.contains("forged-page") && !answer.stdout.contains(": warning:"), "{answer}");
    // Without the page nobody can say what the agent did.
    repo.git(["rm", "-q", &page]);
    repo.git(["commit", "-q", "--amend", "--no-edit"]);
    let answer = check(&repo, "HEAD~1").exits(1);
    assert!(answer.stdout.contains("role `security` may not write src/person.txt"), "{answer}");
}

#[test]
fn a_page_counts_the_lines_of_the_work_and_comes_back_with_a_revert() {
    let repo = project();
    let page = approve(&repo);
    let text = repo.read(&page);
    let line = text.lines().find(|line| line.starts_with("- `.cmpm/reports/")).unwrap();
    for forged in [line.replace(" +", " +1"), format!("{line}\n- `src/a.txt` +9 -0"), "- no file changed".to_owned()] {
        repo.write(&page, &text.replace(line, &forged));
        repo.git(["commit", "-qa", "--amend", "--no-edit"]);
        let answer = check(&repo, "HEAD^1").exits(1);
        assert!(answer.stdout.contains("this page counts other lines or files than the work changes"), "{forged} {answer}");
        repo.git(["reset", "-q", "--hard", "HEAD@{1}"]);
    }
    check(&repo, "HEAD^1").success();
    repo.git(["revert", "--no-edit", "-m", "1", "HEAD"]);
    repo.git(["revert", "--no-edit", "HEAD"]);
    let answer = check(&repo, "HEAD~1").success();
    assert!(!answer.stdout.contains("proves nothing"), "{answer}");
    // Of another page the same words prove nothing.
    repo.git(["reset", "-q", "--hard", "HEAD~1"]);
    repo.write(&page, &text.replace("outcome: passed", "outcome: failed"));
    repo.commit_all(&format!("Reapply\n\nThis reverts commit {}.", repo.git(["rev-parse", "HEAD"])));
    assert!(check(&repo, "HEAD~1").stdout.contains("proves nothing"));
}

#[test]
fn names_and_headers_of_commits_are_looked_at() {
    let repo = project();
    repo.write("a.txt", "b\n");
    repo.git(["add", "-A"]);
    let commit = |author: &str| {
        repo.git(["commit", "-q", "--allow-empty", "--author", author, "-m", "work"]);
        let answer = check(&repo, "main");
        repo.git(["reset", "-q", "--soft", "main"]);
        assert!(!answer.to_string().contains(&token()), "{answer}");
        answer
    };
    let answer = commit(&format!("Tess <{}@example.org>", token())).exits(1);
    assert!(answer.stdout.contains("GitHub personal access token: ghp_… (40 characters) in the names and headers in commit"), "{answer}");
    let answer = commit("Te\u{e0041}ss <tess@example.org>").exits(1);
    assert!(answer.stdout.contains("error: Unicode tags (1 character) in the names and headers of commit"), "{answer}");
    let answer = commit("Te\u{1b}[31mss <tess@example.org>").success();
    assert!(answer.stdout.contains("warning: control characters (1 character) in the names and headers of commit"), "{answer}");
    assert!(!commit("Renée O'Neil <r.o'neil+x@example.org>").success().stdout.contains("hidden-text"));
    // A header of nobody knows what, or one that says that it is a signature.
    repo.git(["commit", "-q", "-m", "work"]);
    let text = repo.git(["cat-file", "commit", "HEAD"]);
    let (head, message) = text.split_once("\n\n").unwrap();
    for header in ["note", "gpgsig", "gpgsig-sha256"] {
        std::fs::write(repo.around().join("commit"), format!("{head}\n{header} first\n {}\n\n{message}\n", token())).unwrap();
        let oid = repo.git(["hash-object", "-t", "commit", "-w", "../commit"]);
        let answer = repo.cmpm(["check", "--range", &format!("main..{oid}")]).exits(1);
        assert!(answer.stdout.contains("in the names and headers in commit"), "{header} {answer}");
    }
}

#[test]
fn a_range_with_an_edge_in_it_is_not_looked_at_blindly() {
    let repo = project();
    repo.write("a.env", &token());
    repo.commit_all("secret");
    repo.git(["rm", "-q", "a.env"]);
    repo.commit_all("clean");
    repo.write("b.txt", "b\n");
    repo.commit_all("more");
    check(&repo, "main").exits(1);
    // What stands in for parents hides nothing.
    let grafts = format!("{} {}\n", repo.git(["rev-parse", "HEAD"]), repo.git(["rev-parse", "main"]));
    repo.write(".git/info/grafts", &grafts);
    assert!(check(&repo, "main").exits(1).stdout.contains("a.env:1: error: GitHub"));
    std::fs::remove_file(repo.path(".git/info/grafts")).unwrap();
    repo.write(".git/shallow", &format!("{}\n", repo.git(["rev-parse", "HEAD"])));
    let answer = check(&repo, "main").exits(2);
    assert!(answer.stderr.contains("git fetch --unshallow"), "{answer}");
    // The end of the target's history is nobody's business.
    repo.write(".git/shallow", &format!("{}\n", repo.git(["rev-parse", "main"])));
    assert!(check(&repo, "main").exits(1).stdout.contains("a.env:1: error: GitHub"));
}

#[test]
fn what_is_known_is_for_a_person_to_say() {
    let repo = project();
    repo.write("a.env", &token());
    repo.git(["add", "-A"]);
    for name in ["CMPM_RUN", "CMPM_RUN_DIR"] {
        let mut command = repo.command(["check", "--baseline", "write"]);
        command.env(name, "/somewhere/RUN-1/out");
        let answer = repo.answer(command);
        assert!(answer.stderr.contains("RUN-1") && !repo.exists(".cmpm/secrets.baseline"), "{answer}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_says_where_it_leads() {
    let repo = project();
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, repo.path(name)).unwrap();
        repo.git(["add", name]);
        let answer = repo.cmpm(["check"]);
        repo.git(["rm", "-qf", "--cached", name]);
        std::fs::remove_file(repo.path(name)).unwrap();
        answer.to_string()
    };
    for (target, what) in [
        ("/etc/passwd", "not a relative path"),
        ("../../elsewhere", "outside of the repository"),
        (".git/config", "which no role ever writes"),
        ("src/../.github/workflows/ci.yml", "goes up after going down"),
        (".github/workflows/ci.yml", "protected under its own name"),
        ("deploy/.env", "usually holds secrets"),
    ] {
        let said = link(target, "link");
        assert!(said.contains("link: warning: a symbolic link, and it points to") && said.contains(what), "{target} {said}");
    }
    assert!(link(&token(), "link").contains("link:1: error: GitHub personal access token"));
    for (target, name) in [("AGENTS.md", "CLAUDE.md"), ("src/a.txt", "link"), ("../src", "tasks/src")] {
        assert!(!link(target, name).contains("a symbolic link"), "{name}");
    }
}
