//! `cmpm check`

mod base;
mod evidence;
mod files;
mod locked;
pub mod power;
mod secrets;

use crate::support::{Answer, TestRepo};

/// A token that looks real, put together here so that no file holds one.
fn token() -> String {
    ["gh", "p_", "kT7qZ2mB9xR4vC8nL3jH6wF5sD1gPyQaEuWi"].concat()
}

fn ticket(id: &str, extra: &str) -> String {
    format!("---\nid: {id}\nkind: issue\ntitle: {id}\nstatus: planning\n{extra}---\n\nBody.\n")
}

fn commit_as_agent(repo: &TestRepo) {
    let message = "work\n\nCmpm-Run: RUN-1\nCmpm-Agent: engineer";
    repo.git(["commit", "-q", "--author", "engineer <engineer@agents.cmpm.invalid>", "-m", message]);
}

/// A command that the agent of a run gives.
fn in_run<const N: usize>(repo: &TestRepo, arguments: [&str; N]) -> Answer {
    let mut command = repo.command(arguments);
    command.env("CMPM_RUN", "RUN-1");
    repo.answer(command)
}

#[test]
fn what_is_staged_counts_and_not_what_is_on_disk() {
    let repo = TestRepo::new();
    insta::assert_snapshot!(repo.cmpm(["check"]), @"Nothing wrong in 0 files (what is staged)");
    repo.write("src/a.env", &format!("x\nTOKEN={}\n", token()));
    repo.cmpm(["check"]).success();
    repo.git(["add", "src/a.env"]);
    repo.write("src/a.env", "clean on disk\n");
    insta::assert_snapshot!(repo.cmpm(["check"]), @"
    src/a.env:2: error: GitHub personal access token: ghp_… (40 characters) [github-pat]
      hint: revoke it if it is real, then remove it; `cmpm check --explain github-pat` says how to allow it
    1 error, 0 warnings in 1 file (what is staged)
    --- exit 1
    ");
    repo.git(["add", "src/a.env"]);
    repo.write("src/a.env", &token());
    repo.cmpm(["check"]).success();
}

#[test]
fn what_was_there_before_is_not_this_commits_doing() {
    let repo = TestRepo::new();
    repo.write("a.env", &format!("TOKEN={}\n", token()));
    repo.commit_all("too late");
    repo.write("a.env", &format!("MORE=1\nTOKEN={}\n", token()));
    repo.git(["add", "-A"]);
    repo.cmpm(["check"]).success();
    repo.cmpm(["check", "--all"]).exits(1);
}

#[test]
fn conflicts_links_and_records_are_told_with_place_and_hint() {
    let repo = TestRepo::new();
    repo.write("docs/guide/start.md", "# First steps\n");
    repo.commit_all("guide");
    repo.write("docs/a.md", "[a](start.md) [b](guide/start.md#first-step) [c](guide/start.md#first-steps)\n");
    repo.write("src/x.txt", &["<<<<<<< HEAD", "a", "=======", "b", ">>>>>>> main", ""].join("\n"));
    repo.write("tasks/issues/ISS-1.md", &ticket("ISS-1", "parent: EP-9\ndepends_on: [ISS-2]\n"));
    repo.write("tasks/issues/ISS-2.md", &ticket("ISS-2", "depends_on: [iss-1]\n"));
    repo.write("tasks/issues/other.md", &ticket("ISS-2", ""));
    repo.git(["add", "-A"]);
    insta::assert_snapshot!(repo.cmpm(["check"]), @"
    docs/a.md:1: warning: `guide/start.md#first-step` leads to no heading [broken-anchor]
    docs/a.md:1: error: `start.md` leads to no file [broken-link]
      hint: write `guide/start.md`
    src/x.txt:1: error: an unresolved conflict [conflict-marker]
      hint: keep what is right from both sides and remove the marker lines
    tasks/issues/ISS-1.md:6: error: `parent` refers to `EP-9`, which does not exist [broken-reference]
      hint: write the full id of an existing record, or remove it
    tasks/issues/ISS-1.md:7: error: `depends_on` is part of a dependency cycle: ISS-1 → ISS-2 → ISS-1 [cycle]
      hint: remove one of these references
    tasks/issues/ISS-2.md:2: error: ISS-2 is also the id of tasks/issues/other.md [duplicate-id]
      hint: commands take the file's path until one of them has another id
    tasks/issues/ISS-2.md:6: error: `depends_on` is part of a dependency cycle: ISS-1 → ISS-2 → ISS-1 [cycle]
      hint: remove one of these references
    tasks/issues/other.md:2: error: ISS-2 is also the id of tasks/issues/ISS-2.md [duplicate-id]
      hint: commands take the file's path until one of them has another id
    7 errors, 1 warning in 5 files (what is staged)
    --- exit 1
    ");
}

#[test]
fn only_what_changed_is_told() {
    let repo = TestRepo::new();
    repo.write("tasks/issues/ISS-1.md", &ticket("ISS-1", "depends_on: [ISS-9]\n"));
    repo.write("tasks/issues/ISS-2.md", &ticket("ISS-2", "depends_on: [ISS-3]\n"));
    repo.write("tasks/issues/ISS-3.md", &ticket("ISS-3", ""));
    repo.commit_all("tickets");
    repo.write("tasks/issues/ISS-4.md", &ticket("ISS-4", "depends_on: [ISS-1]\n"));
    repo.git(["add", "-A"]);
    repo.cmpm(["check"]).success();
    repo.git(["rm", "-q", "tasks/issues/ISS-3.md"]);
    insta::assert_snapshot!(repo.cmpm(["check"]), @"
    tasks/issues/ISS-2.md:6: error: `depends_on` refers to `ISS-3`, which does not exist [broken-reference]
      hint: write the full id of an existing record, or remove it
    1 error, 0 warnings in 1 file (what is staged)
    --- exit 1
    ");
    // The same where its id goes away; a memory may name it too.
    repo.git(["reset", "-q", "--hard"]);
    repo.write(".cmpm/memory/team/MEM-1.md", "---\nid: MEM-1\ncategory: team\ntitle: t\nsource:\n  ticket: ISS-3\n---\n");
    repo.commit_all("memory");
    repo.write("tasks/issues/ISS-3.md", &ticket("ISS-33", ""));
    repo.git(["add", "-A"]);
    insta::assert_snapshot!(repo.cmpm(["check"]), @"
    .cmpm/memory/team/MEM-1.md:5: warning: `source` refers to `ISS-3`, which does not exist [broken-reference]
      hint: write the full id of an existing record, or remove it
    tasks/issues/ISS-2.md:6: error: `depends_on` refers to `ISS-3`, which does not exist [broken-reference]
      hint: write the full id of an existing record, or remove it
    1 error, 1 warning in 1 file (what is staged)
    --- exit 1
    ");
}

#[test]
fn every_form_says_the_same() {
    let repo = TestRepo::new();
    repo.write("a, b.md", "[x](gone.md)\n");
    repo.git(["add", "-A"]);
    insta::assert_snapshot!(repo.cmpm(["check", "--format", "github"]), @"
    ::error file=a%2C b.md,line=1,title=broken-link::`gone.md` leads to no file
    --- exit 1
    ");
    let sarif: serde_json::Value = serde_json::from_str(&repo.cmpm(["check", "--format", "sarif"]).exits(1).stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "broken-link");
    let answer = repo.json(["check"]);
    assert_eq!((answer["schema"].as_str(), answer["ok"].as_bool()), (Some("cmpm.check/1"), Some(true)));
    assert_eq!((answer["data"]["errors"].as_u64(), &answer["data"]["findings"][0]["line"]), (Some(1), &1.into()));
}

#[test]
fn warnings_count_where_they_shall() {
    let repo = TestRepo::new();
    repo.write("a.md", "[x](#gone)\n");
    repo.git(["add", "-A"]);
    repo.cmpm(["check"]).success();
    repo.cmpm(["check", "--strict"]).exits(1);
}

#[test]
fn a_secret_that_went_away_again_is_still_in_the_range() {
    let repo = TestRepo::new();
    repo.write("a.env", &token());
    repo.commit_all("add");
    repo.write("a.env", "clean\n");
    repo.commit_all("remove");
    repo.cmpm(["check", "--all"]).success();
    let answer = repo.cmpm(["check", "--range", "HEAD~2..HEAD"]).exits(1);
    assert!(answer.stdout.contains("a.env:1: error: GitHub personal access token") && answer.stdout.contains("in commit"), "{answer}");
    assert!(!answer.stdout.contains(&token()));
    repo.cmpm(["check", "--base", "HEAD~1"]).success();
    repo.cmpm(["check", "--range", "HEAD"]).exits(2);
    repo.cmpm(["check", "--range", "nothing..HEAD"]).exits(2);
}

#[test]
fn a_run_that_went_around_cmpm_is_held_to_its_role() {
    let repo = TestRepo::new();
    repo.write("docs/a.md", "a\n");
    repo.write("src/main.rs", "fn main() {}\n");
    repo.commit_all("work\n\nCmpm-Run: RUN-1\nCmpm-Agent: documentation");
    let answer = repo.cmpm(["check", "--base", "HEAD~1"]).exits(1);
    assert!(answer.stdout.contains("src/main.rs: error: role `documentation` may not write src/main.rs"), "{answer}");
    assert!(!answer.stdout.contains("docs/a.md"), "{answer}");
    // In an agent's own commit not even the page is cmpm's.
    repo.git(["reset", "-q", "--hard", "HEAD~1"]);
    repo.write(".cmpm/runs/RUN-1.md", "---\nid: RUN-1\nagent: documentation\n---\n");
    repo.write("src/main.rs", "fn main() {}\n");
    repo.write("docs/a.md", "a\n");
    repo.commit_all("work\n\nCmpm-Run: RUN-1\nCmpm-Agent: documentation");
    let answer = repo.cmpm(["check", "--base", "HEAD~1"]).exits(1);
    assert!(answer.stdout.contains(".cmpm/runs/RUN-1.md: error: role `documentation` may not write"), "{answer}");
    // The page says whose run it is; a commit that says otherwise is refused.
    repo.write(".cmpm/runs/RUN-1.md", "---\nid: RUN-1\nagent: engineer\n---\n");
    repo.commit_all("page\n\nCmpm-Run: RUN-1");
    let answer = repo.cmpm(["check", "--base", "HEAD~2"]).exits(1);
    assert!(answer.stdout.contains("RUN-1 is a run of `engineer`, but its commit says `documentation`"), "{answer}");
}

#[test]
fn the_status_of_a_ticket_is_not_the_agents_to_change() {
    let repo = TestRepo::new();
    repo.write("tasks/issues/ISS-1.md", &ticket("ISS-1", ""));
    repo.commit_all("ticket");
    repo.write("tasks/issues/ISS-1.md", &ticket("ISS-1", "").replace("planning", "done").replace("Body", "More body"));
    repo.write("tasks/issues/ISS-2.md", &ticket("ISS-2", "").replace("planning", "done"));
    repo.commit_all("plan\n\nCmpm-Run: RUN-1\nCmpm-Agent: orchestrator");
    let answer = repo.cmpm(["check", "--base", "HEAD~1"]).exits(1);
    assert!(answer.stdout.contains("tasks/issues/ISS-1.md: error: an agent may not change the status of a ticket"), "{answer}");
    assert!(!answer.stdout.contains("ISS-2"), "a ticket that it writes has some status: {answer}");
    repo.git(["commit", "-q", "--amend", "--author", "orchestrator <orchestrator@agents.cmpm.invalid>", "-m", "no trailer"]);
    let answer = repo.cmpm(["check", "--base", "HEAD~1"]).exits(1);
    assert!(answer.stdout.contains("error: an agent did this work, but the commit names no run"), "{answer}");
    // Its text is: the orchestrator writes tickets.
    repo.git(["reset", "-q", "--hard", "HEAD~1"]);
    repo.write("tasks/issues/ISS-1.md", &ticket("ISS-1", "").replace("Body", "More body"));
    repo.commit_all("plan\n\nCmpm-Run: RUN-1\nCmpm-Agent: orchestrator");
    repo.cmpm(["check", "--base", "HEAD~1"]).success();
}

#[test]
fn what_was_wrong_in_the_file_before_does_not_stop_a_change_of_it() {
    let repo = TestRepo::new();
    let page = "[a](gone.md) [b](gone.md)\n";
    let marked = ["<<<<<<< HEAD", "a", "=======", "b", ">>>>>>> main", ""].join("\n");
    repo.write("docs/a.md", page);
    repo.write("src/x.txt", &marked);
    repo.write("tasks/issues/ISS-1.md", &ticket("ISS-1", "parent: EP-9\n"));
    repo.commit_all("legacy");
    repo.write("docs/a.md", &format!("More.\n\n{page}"));
    repo.write("src/x.txt", &format!("more\n{marked}"));
    repo.write("tasks/issues/ISS-1.md", &ticket("ISS-1", "parent: EP-9\nassignee: tess\n"));
    repo.git(["add", "-A"]);
    insta::assert_snapshot!(repo.cmpm(["check"]), @"Nothing wrong in 3 files (what is staged)");
    repo.write("docs/a.md", &format!("{page}[c](gone.md) [d](lost.md)\n"));
    repo.git(["add", "-A"]);
    let answer = repo.cmpm(["check"]).exits(1);
    assert!(answer.stdout.contains("2 errors") && answer.stdout.contains("docs/a.md:2: error: `lost.md`"), "{answer}");
    repo.commit_all("more");
    let answer = repo.cmpm(["check", "--all"]).exits(1);
    assert!(answer.stdout.contains("5 errors"), "{answer}");
}

#[test]
fn settings_exclude_files_but_no_secrets() {
    let repo = TestRepo::new();
    repo.write(".cmpm/config.yaml", "check:\n  exclude: [\"fixtures/\", \"docs/old/*.md\"]\n");
    repo.write("fixtures/a.md", "[a](gone.md)\n");
    repo.write("fixtures/a.txt", &["<<<<<<< HEAD", "a", "=======", "b", ">>>>>>> main", ""].join("\n"));
    repo.write("docs/old/a.md", "[a](gone.md)\n");
    repo.commit_all("archive");
    repo.write("fixtures/c.md", "[a](gone.md)\n");
    repo.git(["add", "-A"]);
    repo.cmpm(["check"]).success();
    repo.cmpm(["check", "--all"]).success();
    repo.write("fixtures/b.env", &token());
    repo.git(["add", "-A"]);
    let answer = repo.cmpm(["check", "--all"]).exits(1);
    assert!(answer.stdout.contains("fixtures/b.env:1: error: GitHub") && answer.stdout.contains("1 error,"), "{answer}");
    repo.write(".cmpm/config.yaml", "check:\n  exclude: [\"fixtures/{\"]\n");
    repo.git(["add", "-A"]);
    let answer = repo.cmpm(["check"]).exits(1);
    assert!(answer.stdout.contains(".cmpm/config.yaml: error: `check.exclude` has an entry that cannot be read: `fixtures/{`"), "{answer}");
}

#[test]
fn text_on_standard_input_is_checked() {
    let repo = TestRepo::new();
    let file = repo.around().join("input");
    std::fs::write(&file, token()).unwrap();
    let mut command = repo.command(["check", "--stdin"]);
    command.stdin(std::fs::File::open(&file).unwrap());
    let answer = repo.answer(command).exits(1);
    assert!(answer.stdout.starts_with("standard input:1: error: GitHub personal access token: ghp_… (40 characters)"), "{answer}");
    let wide: Vec<u8> = format!("\u{feff}{}", token()).encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(&file, wide).unwrap();
    let mut command = repo.command(["check", "--stdin"]);
    command.stdin(std::fs::File::open(&file).unwrap());
    assert!(repo.answer(command).exits(1).stdout.starts_with("standard input:1: error: GitHub personal access token"));
}

#[test]
fn a_range_without_its_flag_says_the_flag() {
    let answer = TestRepo::new().cmpm(["check", "main..HEAD"]).exits(2);
    assert!(answer.stderr.contains("did you mean `cmpm check --range main..HEAD`?"), "{answer}");
}

#[test]
fn a_rule_explains_itself() {
    let repo = TestRepo::new();
    insta::assert_snapshot!(repo.cmpm(["check", "--explain", "conflict-marker"]), @"
    conflict-marker

    Looks for
      Lines that begin with `<<<<<<< ` and the ends that belong to them.

    Why
      They are what a merge leaves where both sides changed the same lines; no program reads such a file.

    What to do
      Keep what is right from both sides and remove the marker lines. In a text about merging, end the line with `cmpm:allow`.
    ");
    for rule in ["supersedes-cycle", "not-an-agent", "duplicate-name", "bad-name", "secret"] {
        assert!(repo.cmpm(["check", "--explain", rule]).success().stdout.starts_with(&format!("{rule}\n")));
    }
    // Its former name still leads to it.
    assert!(repo.cmpm(["check", "--explain", "supersedes-circle"]).success().stdout.starts_with("supersedes-cycle\n"));
    assert!(repo.cmpm(["check", "--explain", "github-pat"]).success().stdout.contains(".gitleaksignore"));
    repo.cmpm(["check", "--explain", "nonsense"]).exits(2);
}

#[test]
fn gitleaks_settings_of_the_project_are_honoured() {
    let repo = TestRepo::new();
    let write = |name: &str, text: &str| {
        repo.write(name, text);
        repo.commit_all("rules");
        repo.write("a.env", &token());
        repo.git(["add", "a.env"]);
    };
    write(".gitleaks.toml", "[extend]\nuseDefault = true\ndisabledRules = [\"github-pat\"]\n");
    repo.cmpm(["check"]).success();
    repo.git(["reset", "-q", "--hard"]);
    write(".gitleaks.toml", "x = 1\n[extend\n");
    let answer = repo.cmpm(["check"]).exits(1);
    assert!(answer.stdout.contains(".gitleaks.toml:2: error:") && answer.stdout.contains("a.env:1: error"), "{answer}");
    // Who repairs the rules is not held up by them.
    repo.git(["reset", "-q", "--hard"]);
    repo.write(".gitleaks.toml", "");
    repo.git(["add", "-A"]);
    let answer = repo.cmpm(["check"]).success();
    assert!(answer.stdout.contains(".gitleaks.toml:2: warning:"), "{answer}");
    write(".gitleaksignore", "a.env:github-pat:1\n");
    repo.cmpm(["check"]).success();
}

#[test]
fn the_security_agent_writes_a_report_and_nothing_else() {
    let repo = TestRepo::new();
    repo.write("src/a.env", &format!("TOKEN={}\n", token()));
    repo.write("tasks/tasks/TSK-1.md", &ticket("TSK-1", "").replace("kind: issue", "kind: task"));
    repo.commit_all("work");
    repo.cmpm(["delegate", "run", "TSK-1", "--agent", "security", "--runner", "builtin"]).success();
    let runs = repo.json(["delegate", "list"]);
    let run = runs["data"]["runs"][0]["run"].as_str().unwrap_or_else(|| panic!("{runs}")).to_owned();
    repo.cmpm(["delegate", "approve", &run]).success();
    assert_eq!(
        repo.git(["diff", "--name-only", "HEAD^1", "HEAD", "--", ".cmpm/reports", "src"]),
        format!(".cmpm/reports/security-{run}.md")
    );
    let report = repo.read(&format!(".cmpm/reports/security-{run}.md"));
    assert!(report.contains("`src/a.env:1`: GitHub personal access token") && !report.contains(&token()), "{report}");
    // What cmpm merged passes the same check on the server.
    repo.cmpm(["check", "--base", "HEAD^1"]).success();
}
