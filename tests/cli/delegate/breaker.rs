//! Runners that cannot work: held back, replaced, or tried again by themselves.

use serde_json::Value;

use super::Project;
use crate::support::Answer;

/// What Claude Code prints at the end when its quota is used up (anthropics/claude-code#52575), seen at noon.
const QUOTA: &str = r#"echo '{"type":"result","subtype":"success","is_error":true,"result":"You'"'"'ve hit your limit · resets 4:50pm (UTC)","session_id":"s"}'; exit 1"#;
/// What Codex prints (openai/codex, core/src/error.rs).
const CODEX_QUOTA: &str = r#"echo '{"type":"turn.failed","error":{"message":"You'"'"'ve hit your usage limit. Upgrade to Pro (https://openai.com/chatgpt/pricing) or try again in 1 hour 30 minutes."}}'; exit 1"#;
/// What Gemini CLI prints (google-gemini/gemini-cli, googleQuotaErrors.ts).
const GEMINI_QUOTA: &str =
    "echo 'TerminalQuotaError: You have exhausted your capacity on this model. Your quota will reset after 1h49m8s.' >&2; exit 1";
const WORKS: &str = r#"echo more >> docs/a.md; echo '{"type":"result","subtype":"success","is_error":false,"result":"did it"}'"#;
const NOON: &str = "2026-01-31T12:00:00Z";

fn run(project: &Project, ticket: &str, (program, script): (&str, &str), (now, more): (&str, &[&str])) -> Answer {
    let mut command = project.repo.command(["-c", &format!("delegate.runner={program}")]);
    command.args(more).env("CMPM_NOW", now);
    command.args(["delegate", "run", ticket, "--agent", "writer"]);
    project.repo.answer(project.with_program(program, script, command))
}

fn held(project: &Project, now: &str) -> Vec<Value> {
    let mut command = project.repo.command(["--json", "delegate", "list"]);
    command.env("CMPM_NOW", now);
    let listed: Value = serde_json::from_str(&project.repo.answer(command).success().stdout).unwrap();
    listed["data"]["held_back"].as_array().cloned().unwrap_or_default()
}

#[test]
fn a_quota_holds_a_runner_back_until_the_time_it_names() {
    for (program, said, until) in [
        ("claude", QUOTA, "2026-01-31T16:50:00Z"),
        ("codex", CODEX_QUOTA, "2026-01-31T13:30:00Z"),
        ("gemini", GEMINI_QUOTA, "2026-01-31T13:49:08Z"),
    ] {
        let project = Project::new();
        let tickets = project.tickets(&["One", "Two"]);
        let answer = run(&project, &tickets[0], (program, said), (NOON, &[])).exits(1);
        assert!(answer.stdout.contains(&format!("{program} has used up its quota: ")), "{answer}");
        let found = held(&project, NOON);
        assert_eq!((found.len(), found[0]["until"].as_str(), found[0]["runner"].as_str()), (1, Some(until), Some(program)), "{found:?}");
        let doctor = {
            let mut command = project.repo.command(["doctor"]);
            command.env("CMPM_NOW", NOON);
            project.repo.answer(command)
        };
        assert!(doctor.stdout.contains(&format!("held back until {until}")), "{doctor}");
        // The next does not even begin, and leaves nothing behind.
        let answer = run(&project, &tickets[1], (program, WORKS), ("2026-01-31T12:30:00Z", &[])).exits(4);
        assert!(answer.stderr.contains(&format!("it is held back until {until}")), "{answer}");
        assert!(!project.is_claimed(&tickets[1]));
        let mut resume = project.repo.command(["delegate", "resume", &tickets[0]]);
        resume.env("CMPM_NOW", "2026-01-31T12:30:00Z");
        project.repo.answer(project.with_program(program, WORKS, resume)).exits(4);
        assert_eq!(project.state(&tickets[0]), "review agent_failed");
        // Afterwards it does, and then nothing is held back any more.
        let mut resume = project.repo.command(["delegate", "resume", &tickets[0]]);
        resume.env("CMPM_NOW", "2026-01-31T17:00:00Z");
        let works = if program == "claude" { WORKS.to_owned() } else { "echo more >> docs/a.md".to_owned() };
        project.repo.answer(project.with_program(program, &works, resume)).success();
        assert_eq!(held(&project, "2026-01-31T17:00:00Z").len(), 0);
        project.heal("a quota");
    }
}

#[test]
fn of_several_only_the_first_finds_out_and_force_tries_again() {
    let project = Project::new();
    let tickets = project.tickets(&["One", "Two", "Three"]);
    let begun = project.sign("begun");
    let script = format!("echo x >> '{}'; {QUOTA}", begun.display());
    let mut command = project.repo.command(["-c", "delegate.runner=claude", "-c", "delegate.max_parallel=1", "-c", "delegate.sandbox=off"]);
    command.args(["delegate", "run", "--agent", "writer"]).args(&tickets).env("CMPM_NOW", NOON);
    project.repo.answer(project.with_program("claude", &script, command)).exits(1);
    assert_eq!(std::fs::read_to_string(&begun).unwrap().lines().count(), 1);
    let all = project.repo.json(["delegate", "list", "--all"]);
    let states: Vec<&str> = all["data"]["runs"].as_array().unwrap().iter().map(|run| run["state"].as_str().unwrap()).collect();
    assert_eq!(states.iter().filter(|state| **state == "discarded").count(), 2, "{states:?}");
    let free = tickets.iter().find(|ticket| !project.is_claimed(ticket)).unwrap();
    let mut forced = project.repo.command(["-c", "delegate.runner=claude", "delegate", "run", free, "--agent", "writer", "--force"]);
    forced.env("CMPM_NOW", NOON);
    project.repo.answer(project.with_program("claude", WORKS, forced)).success();
    assert_eq!(held(&project, NOON).len(), 0);
}

#[test]
fn another_runner_takes_over() {
    let project = Project::new();
    let ticket = project.ticket("One");
    let mut command = project.repo.command(["-c", "delegate.runner=claude", "-c", "delegate.fallback=[gemini, codex]"]);
    command.args(["delegate", "run", &ticket, "--agent", "writer"]).env("CMPM_NOW", NOON);
    let command = project.with_program("claude", QUOTA, command);
    let command = project.with_program("codex", "echo more >> docs/a.md", command);
    let answer = project.repo.answer(command).success();
    assert!(answer.stderr.contains("codex takes over from claude"), "{answer}");
    let shown = project.show(&ticket);
    assert_eq!((shown["runner"].as_str(), shown["status"]["attempt"].as_u64()), (Some("codex"), Some(2)));
    let runners: Vec<&str> = shown["status"]["tries"].as_array().unwrap().iter().map(|one| one["runner"].as_str().unwrap()).collect();
    assert_eq!(runners, ["claude", "codex"]);
    project.repo.cmpm(["delegate", "approve", &ticket]).success();
    let page = project.repo.read(&format!(".cmpm/runs/{}.md", shown["run"].as_str().unwrap()));
    assert!(page.contains("runner: codex") && page.contains("attempt 1 ended as agent_failed: claude has used up its quota"), "{page}");
    assert!(!page.contains("errors:"), "nothing is learned of it: {page}");
}

#[test]
fn who_names_a_runner_gets_no_other() {
    let project = Project::new();
    let ticket = project.ticket("One");
    let mut command = project.repo.command(["-c", "delegate.fallback=[codex]", "delegate", "run", &ticket, "--agent", "writer"]);
    command.args(["--runner", "claude"]).env("CMPM_NOW", NOON);
    let command = project.with_program("claude", QUOTA, command);
    project.repo.answer(project.with_program("codex", "echo more >> docs/a.md", command)).exits(1);
    assert_eq!(project.show(&ticket)["runner"], "claude");
}

#[test]
fn a_busy_service_is_tried_again() {
    let project = Project::new();
    let ticket = project.ticket("One");
    let busy = format!(
        "echo x >> $CMPM_RUN_DIR/times; test $(wc -l < $CMPM_RUN_DIR/times) -gt 2 && {{ {WORKS}; exit 0; }}; \
         echo 'API Error: 529 {{\"type\":\"error\",\"error\":{{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}}}' >&2; exit 1"
    );
    let retry = |times: u32| format!("delegate.retry={{times: {times}, wait: 1s}}");
    let answer = run(&project, &ticket, ("claude", &busy), (NOON, &["-c", &retry(2)])).success();
    assert_eq!(project.show(&ticket)["status"]["attempt"], 3, "{answer}");
    assert_eq!(project.state(&ticket), "review passed");
    let other = project.ticket("Two");
    run(&project, &other, ("claude", &busy), (NOON, &["-c", &retry(0)])).exits(1);
    assert_eq!(project.show(&other)["status"]["attempt"], 1);
    assert_eq!(held(&project, NOON).len(), 0);
}

#[test]
fn five_failures_in_a_row_hold_a_runner_back_for_a_while() {
    let project = Project::new();
    let titles: Vec<String> = (0..7).map(|number| format!("Ticket {number}")).collect();
    let tickets = project.tickets(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    for ticket in &tickets[..5] {
        run(&project, ticket, ("claude", "echo broken >&2; exit 1"), (NOON, &[])).exits(1);
    }
    let answer = run(&project, &tickets[5], ("claude", WORKS), ("2026-01-31T12:09:59Z", &[])).exits(4);
    assert!(answer.stderr.contains("failed 5 times in a row"), "{answer}");
    run(&project, &tickets[5], ("claude", WORKS), ("2026-01-31T12:10:00Z", &[])).success();
    run(&project, &tickets[6], ("claude", WORKS), ("2026-01-31T12:10:01Z", &[])).success();
}
