//! Merges through git itself: with the driver, and repaired where a clone does not have it.

mod check;
mod json_lines;
mod repair;
mod samples;
mod settings;

use std::path::Path;

use crate::support::TestRepo;

/// A ticket with these keys below its id, and this body.
pub fn ticket(keys: &str, body: &str) -> String {
    format!("---\nid: ISS-aaaaaaaa\ntitle: One\n{keys}---\n\n{body}")
}

/// Where it is.
pub const TICKET: &str = "tasks/issues/ISS-aaaaaaaa-one.md";

/// A project whose git calls the program under test for its records.
pub fn project() -> TestRepo {
    let repo = plain_project();
    let driver = format!("{} merge-driver %O %A %B %P", env!("CARGO_BIN_EXE_cmpm"));
    repo.git(["config", "merge.cmpm.driver", &driver]);
    repo
}

/// The same in a clone that knows nothing of the driver.
pub fn plain_project() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm(["init", "--no-hooks"]).success();
    repo.git(["config", "--remove-section", "merge.cmpm"]);
    repo.write(TICKET, &ticket("status: todo\nlabels: [a]\nupdated: 2026-01-01\n", "- [ ] one\n"));
    repo.commit_all("project");
    repo
}

/// What both sides make of the ticket: `side` on a branch of its own, `main` here.
pub fn diverge(repo: &TestRepo, main: impl Fn(&TestRepo), side: impl Fn(&TestRepo)) {
    repo.git(["checkout", "-q", "-b", "side"]);
    side(repo);
    repo.commit_all("side");
    repo.git(["checkout", "-q", "main"]);
    main(repo);
    repo.commit_all("main");
}

/// What git said, whether it went well or not.
pub fn try_git<const N: usize>(repo: &TestRepo, arguments: [&str; N]) -> String {
    let mut command = repo.command(["version"]);
    let programs = Path::new(env!("CARGO_BIN_EXE_cmpm")).parent().unwrap();
    let shell = format!("PATH='{}':\"$PATH\" git {} 2>&1", programs.display(), arguments.join(" "));
    let mut git = std::process::Command::new("sh");
    git.current_dir(repo.root()).args(["-c", &shell]).env_clear();
    git.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    drop(command.output());
    String::from_utf8_lossy(&git.output().unwrap().stdout).into_owned()
}

fn ours(repo: &TestRepo) {
    repo.write(TICKET, &ticket("status: active\nlabels: [a, b]\nupdated: 2026-01-03\n", "- [x] one\n- [ ] two\n"));
}

fn theirs(repo: &TestRepo) {
    repo.write(TICKET, &ticket("status: todo\nlabels: [a, c]\nupdated: 2026-01-02\ndue: 2026-02-01\n", "- [ ] one\n- [x] three\n"));
}

/// Both together.
fn both() -> String {
    ticket("status: active\nlabels: [a, b, c]\nupdated: 2026-01-03\ndue: 2026-02-01\n", "- [x] one\n- [ ] two\n- [x] three\n")
}

#[test]
fn merge_rebase_and_cherry_pick_use_the_driver() {
    for command in [&["merge", "-q", "-m", "m", "side"][..], &["cherry-pick", "side"], &["rebase", "-q", "side"]] {
        let repo = project();
        diverge(&repo, ours, theirs);
        repo.git(command);
        let merged = repo.read(TICKET);
        assert_eq!(lines(&merged), lines(&both()), "{command:?}");
        assert_eq!(repo.status(), "");
    }
}

/// The lines whatever their order: who rebases is the other side.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.replace("[a, c, b]", "[a, b, c]").lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn a_ticket_both_sides_add_is_merged_too() {
    let repo = project();
    let path = "tasks/issues/ISS-bbbbbbbb-two.md";
    let text = |labels: &str, body: &str| format!("---\nid: ISS-bbbbbbbb\ntitle: Two\nstatus: todo\nlabels: [{labels}]\n---\n\n{body}");
    diverge(&repo, |repo| repo.write(path, &text("a", "## Notes\n\none\n")), |repo| repo.write(path, &text("b", "## Notes\n\ntwo\n")));
    repo.git(["merge", "-q", "-m", "m", "side"]);
    assert_eq!(repo.read(path), text("a, b", "## Notes\n\none\n\ntwo\n"));
}

#[test]
fn a_renamed_ticket_is_merged_where_it_went() {
    let repo = project();
    let moved = "tasks/issues/ISS-aaaaaaaa-other.md";
    diverge(&repo, ours, |repo| {
        repo.git(["mv", TICKET, moved]);
        repo.write(moved, &ticket("status: todo\nlabels: [a]\nupdated: 2026-01-02\n", "- [ ] one\n"));
    });
    repo.git(["merge", "-q", "-m", "m", "side"]);
    assert_eq!(repo.read(moved), ticket("status: active\nlabels: [a, b]\nupdated: 2026-01-03\n", "- [x] one\n- [ ] two\n"));
    assert!(!repo.exists(TICKET));
}

#[test]
fn what_a_person_must_choose_is_marked_and_found() {
    let repo = project();
    let titled = |title: &'static str| move |repo: &TestRepo| repo.write(TICKET, &ticket(&format!("status: {title}\n"), "text\n"));
    diverge(&repo, titled("active"), titled("done"));
    let answer = try_git(&repo, ["merge", "side"]);
    assert!(answer.contains("CONFLICT") && answer.contains(&format!("{TICKET}: conflict in `status`")), "{answer}");
    let marked = ticket("status: done\n# <<<<<<< ours\n# status: active\n# =======\n# status: done\n# >>>>>>> theirs\n", "text\n");
    assert_eq!(repo.read(TICKET), marked);
    assert_eq!(repo.json(["ticket", "show", "ISS-aaaaaaaa"])["data"]["status"], "done", "the file is a ticket all the same");
    repo.git(["add", "-A"]);
    let check = repo.cmpm(["check"]).exits(1);
    assert!(check.stdout.contains(&format!("{TICKET}:5:")), "{check}");
}

#[test]
fn other_files_are_left_to_git_and_nothing_is_lost_without_text() {
    let repo = project();
    for (name, texts) in [("x.bin", [&b"\0a"[..], b"\0b", b"\0c"]), ("x.md", [b"\xff\na\n", b"\xff\nb\n", b"\xff\nc\n"])] {
        for (file, text) in ["o", "a", "b"].into_iter().zip(texts) {
            std::fs::write(repo.path(file), text).unwrap();
        }
        repo.cmpm(["merge-driver", "o", "a", "b", name]).exits(1);
        let result = std::fs::read(repo.path("a")).unwrap();
        assert!(result.windows(1).any(|byte| byte == b"b"), "{result:?}");
    }
}

#[test]
fn two_documents_of_one_name_are_not_put_one_behind_the_other() {
    let path = "tasks/issues/ISS-bbbbbbbb-two.md";
    let text = |body: &str| format!("---\nid: ISS-bbbbbbbb\ntitle: Two\nstatus: todo\n---\n\n{body}");
    for (ours, theirs) in
        [("# Search\n\nFind things.\n", "# Export\n\nWrite things.\n"), ("# Two\n\n## Plan\n\nThis.\n", "# Two\n\n## Goal\n\nThat.\n")]
    {
        let repo = project();
        diverge(&repo, |repo| repo.write(path, &text(ours)), |repo| repo.write(path, &text(theirs)));
        let answer = try_git(&repo, ["merge", "side"]);
        assert!(answer.contains("CONFLICT"), "{answer}");
        let merged = repo.read(path);
        assert!(merged.contains("\n<<<<<<< ours\n") && merged.contains("\n>>>>>>> theirs\n"), "{merged}");
        assert!(merged.starts_with("---\nid: ISS-bbbbbbbb\ntitle: Two\nstatus: todo\n---\n"), "{merged}");
    }
}

#[test]
fn markers_in_code_are_documentation() {
    let repo = project();
    let code = "```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> side\n```\n\n    # <<<<<<< ours\n";
    let body = |one: &str, two: &str| ticket("status: todo\n", &format!("{code}\n## Done when\n\n- [{one}] one\n- [{two}] two\n"));
    repo.write(TICKET, &body(" ", " "));
    repo.commit_all("code");
    repo.cmpm(["check", "--all"]).success();
    assert_eq!(repo.json(["ticket", "list"])["findings"], serde_json::json!([]));
    // Where git has a conflict, the checklist still goes by item.
    diverge(&repo, |repo| repo.write(TICKET, &body("x", " ")), |repo| repo.write(TICKET, &body(" ", "x")));
    repo.git(["merge", "-q", "-m", "m", "side"]);
    assert_eq!(repo.read(TICKET), body("x", "x"));
}
