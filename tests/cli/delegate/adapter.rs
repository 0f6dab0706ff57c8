//! The adapter of Claude Code, against a stand-in that prints what the real program prints.

use super::Project;
use crate::support::{Answer, untested};

const INIT: &str = r#"{"type":"system","subtype":"init","session_id":"5f2c","cwd":"/x","model":"claude-opus-4-6","tools":["Edit"],"permissionMode":"acceptEdits"}"#;
const SAYS: &str = r#"{"type":"assistant","session_id":"5f2c","message":{"model":"claude-opus-4-6","content":[{"type":"text","text":"Working"}],"usage":{"input_tokens":3,"output_tokens":1}}}"#;

/// The last line of a stream.
fn result(subtype: &str, is_error: bool) -> String {
    format!(
        r#"{{"type":"result","subtype":"{subtype}","is_error":{is_error},"duration_ms":5120,"num_turns":4,"result":"Added a line to the page.","session_id":"5f2c","total_cost_usd":0.1234,"usage":{{"input_tokens":1200,"output_tokens":340,"cache_read_input_tokens":9000}},"permission_denials":[]}}"#
    )
}

/// A script that prints lines, and ends.
fn prints(lines: &[&str], exit: i32) -> String {
    let lines: Vec<String> = lines.iter().map(|line| format!("cat <<'END'\n{line}\nEND")).collect();
    format!("echo more >> docs/a.md\n{}\nexit {exit}", lines.join("\n"))
}

fn delegate(project: &Project, ticket: &str, script: &str) -> Answer {
    let command = project.repo.command(["delegate", "run", ticket, "--agent", "writer"]);
    project.repo.answer(project.with_program("claude", script, command))
}

#[test]
fn an_answer_gives_cost_model_session_and_claim() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    let script = format!(
        "printf '%s\\n' \"$@\" > $CMPM_RUN_DIR/arguments; cat; {}",
        prints(&[INIT, "not json", SAYS, "{\"broken\":", &result("success", false)], 0)
    );
    delegate(&project, &ticket, &script).success();
    let shown = project.show(&ticket);
    let usage = &shown["status"]["usage"];
    assert_eq!(shown["runner"], "claude");
    assert_eq!(
        (usage["input_tokens"].as_u64(), usage["output_tokens"].as_u64(), usage["turns"].as_u64()),
        (Some(1200), Some(340), Some(4))
    );
    assert_eq!(
        (usage["cost"].as_f64(), usage["model"].as_str(), usage["session"].as_str()),
        (Some(0.1234), Some("claude-opus-4-6"), Some("5f2c"))
    );
    let review = project.repo.cmpm(["delegate", "review", &ticket]).success().stdout;
    assert!(
        review.contains("Added a line to the page.") && review.contains("$0.1234") && review.contains("1200 tokens in, 340 out"),
        "{review}"
    );

    let run = shown["run"].as_str().unwrap();
    let arguments = std::fs::read_to_string(project.job(run, "out/arguments")).unwrap();
    for part in [
        "-p\n# Brief of RUN-",
        "--output-format\nstream-json\n",
        "--permission-mode\nacceptEdits\n",
        "--append-system-prompt\nYou write.\n",
        "- `docs/**`",
    ] {
        assert!(arguments.contains(part), "{part} is not in\n{arguments}");
    }
    assert!(!arguments.contains("--resume") && !arguments.contains("--model"), "{arguments}");
    project.repo.cmpm(["delegate", "approve", &ticket]).success();
    let page = project.repo.read(&format!(".cmpm/runs/{run}.md"));
    for part in ["runner: claude", "model: claude-opus-4-6", "input_tokens: 1200", "cost: 0.1234", "> Added a line to the page."] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
}

#[test]
fn a_long_ticket_still_fits_into_one_argument() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    let path = project.repo.json(["issue", "show", &ticket])["data"]["path"].as_str().unwrap().to_owned();
    project.repo.write(&path, &format!("{}\n{}", project.repo.read(&path), "A long line of text, über alles.\n".repeat(8000)));
    project.repo.commit_all("a long text");
    delegate(&project, &ticket, &prints(&[INIT, &result("success", false)], 0)).success();
    let brief = std::fs::read_to_string(project.job(&project.run_of(&ticket), "brief.md")).unwrap();
    assert!(brief.len() < 100_000 && brief.contains("\n…\n") && brief.contains("## At the end"));
}

#[test]
fn every_way_to_fail_has_its_outcome_and_the_conversation_goes_on() {
    let project = Project::new();
    let mut tickets = project.tickets(&["Budget", "Turns", "Error", "Broken", "Nothing"]).into_iter();
    let mut ends = |script: &str, exit: i32, outcome: &str| {
        let ticket = tickets.next().unwrap();
        delegate(&project, &ticket, script).exits(exit);
        assert_eq!(project.state(&ticket), format!("review {outcome}"), "{script}");
        ticket
    };
    let budget = ends(&prints(&[INIT, &result("error_max_budget_usd", true)], 1), 6, "budget");
    ends(&prints(&[INIT, &result("error_max_turns", true)], 1), 6, "budget");
    ends(&prints(&[INIT, &result("success", true)], 0), 1, "agent_failed");
    ends(&prints(&[INIT, "{\"type\":"], 1), 1, "agent_failed");
    ends(&prints(&[], 1), 1, "agent_failed");
    // What was printed before the end still counts: the session goes on where it was.
    let script = format!("printf '%s\\n' \"$@\" > $CMPM_RUN_DIR/arguments; {}", prints(&[INIT, &result("success", false)], 0));
    let resume = project.repo.command(["delegate", "resume", &budget]);
    project.repo.answer(project.with_program("claude", &script, resume)).success();
    let arguments = std::fs::read_to_string(project.job(&project.run_of(&budget), "out/arguments")).unwrap();
    assert!(arguments.contains("--resume\n5f2c\n"), "{arguments}");
}

#[test]
fn without_a_program_the_built_in_agent_works_or_the_hint_says_what_to_install() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    if project.repo.command(["x"]).get_envs().any(|(name, value)| name == "PATH" && has_claude(value.unwrap())) {
        return untested("an agent whose program is not installed", "claude is");
    }
    let answer = project.repo.cmpm(["delegate", "run", &ticket, "--agent", "writer"]).exits(2);
    assert!(answer.stderr.contains("no program that can run writer is installed"), "{answer}");
    assert!(answer.stderr.contains("npm install -g @anthropic-ai/claude-code") && answer.stderr.contains("--runner command"), "{answer}");
    let answer = project.repo.cmpm(["delegate", "run", &ticket, "--agent", "writer", "--runner", "claude"]).exits(2);
    assert!(answer.stderr.contains("the program `claude` of the runner claude is not installed"), "{answer}");
    assert!(!project.is_claimed(&ticket));
    let answer = project.repo.cmpm(["delegate", "run", &ticket, "--agent", "documentation"]);
    assert!([0, 1].contains(&answer.exit), "{answer}");
    assert_eq!(project.show(&ticket)["runner"], "builtin");
}

fn has_claude(path: &std::ffi::OsStr) -> bool {
    std::env::split_paths(path).any(|folder| folder.join("claude").exists())
}

#[test]
fn the_key_of_the_program_reaches_it_and_no_secret_reaches_a_file() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    // Put together here, so that no scanner takes them for real ones.
    let key = [["sk", "ant"].join("-"), "x".repeat(24)].join("-");
    let other = ["wJal", "rXUt", "nFEMI"].concat();
    let other_name = ["AWS", "SECRET", "ACCESS", "KEY"].join("_");
    let script = format!(
        "case $ANTHROPIC_API_KEY in sk-???-{}) echo >> docs/key.md;; esac\nenv | grep -q {other_name} && echo >> docs/leak.md\n{}",
        "x".repeat(24),
        prints(&[INIT, &result("success", false)], 0)
    );
    let command = project.repo.command(["delegate", "run", &ticket, "--agent", "writer"]);
    let mut command = project.with_program("claude", &script, command);
    command.env("ANTHROPIC_API_KEY", &key).env(&other_name, &other);
    project.repo.answer(command).success();
    let files = project.repo.cmpm(["delegate", "diff", &ticket, "--stat"]).success().stdout;
    assert!(files.contains("docs/key.md") && !files.contains("docs/leak.md"), "{files}");
    let secrets = [key.as_bytes(), other.as_bytes()];
    let mut open = vec![project.repo.path(".git/cmpm"), project.repo.path(".worktrees")];
    let mut seen = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(bytes) = std::fs::read(&path) {
            seen += 1;
            let holds = |secret: &&[u8]| bytes.windows(secret.len()).any(|window| window == *secret);
            assert!(!secrets.iter().any(holds), "a secret is in {}", path.display());
        }
    }
    assert!(seen > 20);
}
