//! The adapters of `templates/runners/`: each starts a stand-in of its program, which prints what the real one is known to print.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Answer, TestRepo};

const CODEX: &str = r#"{"type":"thread.started","thread_id":"thr-1"}
{"type":"turn.started"}
{"type":"item.completed","item":{"id":"item_0","type":"reasoning","text":"thinking about it"}}
{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"I begin."}}
{"type":"item.started","item":{"id":"item_2","type":"command_execution","command":"ls","aggregated_output":"","status":"in_progress"}}
{"type":"item.completed","item":{"id":"item_3","type":"agent_message","text":"Fixed the page."}}
{"type":"item.completed","item":{"id":"item_4","type":"file_change","changes":[{"path":"docs/page.md","kind":"update"}],"status":"completed"}}
{"type":"turn.completed","usage":{"input_tokens":2400,"cached_input_tokens":2000,"output_tokens":120}}"#;

const CODEX_FAILED: &str = r#"{"type":"thread.started","thread_id":"thr-1"}
{"type":"turn.started"}
{"type":"error","message":"stream error: retrying"}
{"type":"turn.failed","error":{"message":"You have hit your usage limit."}}"#;

const GEMINI: &str = r#"Loaded cached credentials.
{"type":"init","timestamp":"2026-01-31T09:00:00Z","session_id":"ses-2","model":"gemini-2.5-pro"}
{"type":"message","role":"user","content":"the brief"}
{"type":"message","role":"assistant","content":"Fixed ","delta":true}
{"type":"tool_use","tool_name":"write_file","tool_id":"t1","parameters":{"file_path":"docs/page.md"}}
{"type":"tool_result","tool_id":"t1","status":"success","output":""}
{"type":"message","role":"assistant","content":"the page.","delta":true}
{"type":"result","status":"success","stats":{"total_tokens":700,"input_tokens":600,"output_tokens":100,"cached":0,"duration_ms":5,"tool_calls":1}}"#;

const OPENCODE: &str = r#"{"type":"step_start","timestamp":1,"sessionID":"ses_3","part":{"type":"step-start"}}
{"type":"text","timestamp":2,"sessionID":"ses_3","part":{"type":"text","text":"I look first."}}
{"type":"step_finish","timestamp":3,"sessionID":"ses_3","part":{"type":"step-finish","reason":"tool-calls","cost":0.25,"tokens":{"input":1000,"output":20,"reasoning":0,"cache":{"read":5,"write":0}}}}
{"type":"text","timestamp":4,"sessionID":"ses_3","part":{"type":"text","text":"Fixed the page."}}
{"type":"step_finish","timestamp":5,"sessionID":"ses_3","part":{"type":"step-finish","reason":"stop","cost":0.5,"tokens":{"input":500,"output":30,"reasoning":0,"cache":{"read":5,"write":0}}}}"#;

const AIDER: &str =
    "Aider v0.86.1\nMain model: claude-sonnet-4-5 with diff edit format\n\nMended the page.\n\nApplied edit to docs/page.md";

/// A repository with one ticket, and a folder of programs that is all of `PATH`.
struct Bench {
    repo: TestRepo,
    programs: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let repo = TestRepo::new();
        let programs = repo.around().join("programs");
        fs::create_dir_all(&programs).unwrap();
        for name in ["git", "sh", "cat", "env", "mkdir", "readlink"] {
            let path = std::env::var_os("PATH").unwrap();
            let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.exists());
            symlink(found.unwrap(), programs.join(name)).unwrap();
        }
        let bench = Self { repo, programs };
        bench.cmpm(["issue", "create", "Fix the page", "--path", "docs/**", "--commit"]).success();
        bench
    }

    /// Puts a program on `PATH` that notes how it was called, changes a file, prints `output` and ends with `exit`.
    fn install(&self, name: &str, output: &str, exit: i32) {
        let script = format!(
            "#!/bin/sh\nprintf '%s\\001' \"$@\" > \"$CMPM_RUN_DIR/argv\"\nenv > \"$CMPM_RUN_DIR/env\"\n\
             readlink /proc/self/fd/0 > \"$CMPM_RUN_DIR/stdin\"\nmkdir -p docs\necho \"$$\" > docs/page.md\n\
             cat <<'END_OF_OUTPUT'\n{output}\nEND_OF_OUTPUT\nexit {exit}\n"
        );
        let file = self.programs.join(name);
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn command<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.repo.command(arguments);
        command.env("PATH", &self.programs).stdin(Stdio::piped());
        command
    }

    fn cmpm<const N: usize>(&self, arguments: [&str; N]) -> Answer {
        self.repo.answer(self.command(arguments))
    }

    /// Delegates the ticket to a runner and says which run it became.
    fn delegate(&self, runner: &str, exit: i32) -> Value {
        let mut command = self.command(["--json", "delegate", "run", "ISS-0", "--agent", "documentation", "--runner", runner, "--force"]);
        for (name, value) in [("CODEX_API_KEY", "k1"), ("GEMINI_API_KEY", "k2"), ("OPENROUTER_API_KEY", "k3"), ("OTHER_SECRET", "no")] {
            command.env(name, value);
        }
        let answer = self.repo.answer(command).exits(exit);
        let answer: Value = serde_json::from_str(&answer.stdout).unwrap();
        self.repo.json(["delegate", "show", answer["data"]["runs"][0]["run"].as_str().unwrap()])["data"].clone()
    }

    /// Takes the run away, so that the ticket is free again.
    fn reject(&self, run: &Value) {
        self.cmpm(["delegate", "reject", run["run"].as_str().unwrap(), "-m", "next"]).success();
    }

    /// A file that the stand-in wrote about itself.
    fn noted(&self, run: &Value, file: &str) -> String {
        self.repo.read(&format!(".git/cmpm/jobs/{}/out/{file}", run["run"].as_str().unwrap()))
    }

    fn arguments(&self, run: &Value) -> Vec<String> {
        self.noted(run, "argv").split_terminator('\u{1}').map(str::to_owned).collect()
    }

    fn claim(&self, run: &Value) -> String {
        self.repo.read(&format!(".git/cmpm/jobs/{}/claim.md", run["run"].as_str().unwrap()))
    }
}

#[test]
fn codex_is_started_and_read() {
    let bench = Bench::new();
    bench.install("codex", CODEX, 0);
    let run = bench.delegate("codex", 0);
    assert_eq!(run["outcome"], "passed");
    assert_eq!(bench.claim(&run), "Fixed the page.");
    assert_eq!(run["status"]["usage"], json!({"input_tokens": 2400, "output_tokens": 120, "session": "thr-1"}));
    let arguments = bench.arguments(&run);
    assert_eq!(arguments[..6], ["exec", "--json", "--sandbox", "workspace-write", "--color", "never"]);
    let [.., prompt] = arguments.as_slice() else { panic!("no arguments") };
    assert!(
        prompt.starts_with("# Brief of RUN-") && prompt.contains("\n> Fix the page\n") && prompt.contains("\n## Your role\n"),
        "{prompt}"
    );
    assert_eq!(bench.noted(&run, "stdin"), "/dev/null\n");
    let env = bench.noted(&run, "env");
    assert!(env.contains("CODEX_API_KEY=k1\n"), "{env}");
    assert!(!env.contains("GEMINI_API_KEY") && !env.contains("OTHER_SECRET"), "{env}");
}

#[test]
fn codex_goes_on_with_its_session() {
    let bench = Bench::new();
    let patient = "---\nname: documentation\ndescription: Tries thrice\nwrite: [docs]\nmax_attempts: 3\n---\n";
    bench.repo.write(".cmpm/agents/documentation.md", patient);
    bench.repo.commit_all("a patient agent");
    bench.install("codex", CODEX_FAILED, 1);
    let run = bench.delegate("codex", 1);
    assert_eq!((&run["outcome"], &run["status"]["usage"]["session"]), (&json!("agent_failed"), &json!("thr-1")));
    // What it says of itself counts even where its exit code says nothing.
    bench.install("codex", CODEX_FAILED, 0);
    bench.cmpm(["delegate", "resume", run["run"].as_str().unwrap(), "--force"]).exits(1);
    assert_eq!(bench.arguments(&run)[6..8], ["resume", "thr-1"]);
    bench.install("codex", CODEX, 0);
    bench.cmpm(["delegate", "resume", run["run"].as_str().unwrap(), "--force"]).success();
}

#[test]
fn gemini_is_started_and_read() {
    let bench = Bench::new();
    bench.install("gemini", GEMINI, 0);
    let run = bench.delegate("gemini", 0);
    assert_eq!(bench.claim(&run), "Fixed the page.");
    let usage = json!({"input_tokens": 600, "output_tokens": 100, "model": "gemini-2.5-pro", "session": "ses-2"});
    assert_eq!(run["status"]["usage"], usage);
    assert_eq!(bench.arguments(&run)[..5], ["--output-format", "stream-json", "--approval-mode", "auto_edit", "--prompt"]);
    assert!(bench.noted(&run, "env").contains("GEMINI_API_KEY=k2\n"));
    assert!(!bench.noted(&run, "env").contains("GEMINI_CLI_TRUST_WORKSPACE"));
}

#[test]
fn gemini_says_by_its_exit_code_how_it_ended() {
    let bench = Bench::new();
    for (code, outcome, exit) in [
        (1, "agent_failed", 1),
        (41, "agent_failed", 1),
        (42, "agent_failed", 1),
        (44, "agent_failed", 1),
        (52, "agent_failed", 1),
        (53, "budget", 6),
        (54, "agent_failed", 1),
        (55, "agent_failed", 1),
        (130, "cancelled", 130),
        (99, "agent_failed", 1),
    ] {
        bench.install("gemini", GEMINI, code);
        let run = bench.delegate("gemini", exit);
        assert_eq!(run["outcome"], outcome, "exit code {code}");
        bench.reject(&run);
    }
}

#[test]
fn opencode_is_started_and_read() {
    let bench = Bench::new();
    bench.install("opencode", OPENCODE, 0);
    let run = bench.delegate("opencode", 0);
    assert_eq!(bench.claim(&run), "Fixed the page.");
    let usage = json!({"input_tokens": 1500, "output_tokens": 50, "cost": 0.75, "session": "ses_3"});
    assert_eq!(run["status"]["usage"], usage);
    assert_eq!(bench.arguments(&run)[..3], ["run", "--format", "json"]);
    let env = bench.noted(&run, "env");
    assert!(env.contains("OPENROUTER_API_KEY=k3\n") && env.contains("OPENCODE_DISABLE_PROJECT_CONFIG=true\n"), "{env}");
}

#[test]
fn an_error_of_opencode_counts_more_than_its_exit_code() {
    let bench = Bench::new();
    let error = r#"{"type":"error","timestamp":6,"sessionID":"ses_3","error":{"name":"APIError","data":{"message":"overloaded"}}}"#;
    bench.install("opencode", &format!("{OPENCODE}\n{error}"), 0);
    assert_eq!(bench.delegate("opencode", 1)["outcome"], "agent_failed");
}

#[test]
fn aider_is_judged_by_its_diff() {
    let bench = Bench::new();
    bench.install("aider", AIDER, 0);
    let run = bench.delegate("aider", 0);
    assert_eq!(bench.claim(&run), AIDER);
    assert_eq!(run["status"]["usage"], json!({}));
    let arguments = bench.arguments(&run);
    for wanted in ["--yes-always", "--no-auto-commits", "--no-gitignore", "--message"] {
        assert!(arguments.iter().any(|argument| argument == wanted), "{wanted}");
    }
    bench.reject(&run);
    bench.install("aider", &"word ".repeat(4000), 1);
    let run = bench.delegate("aider", 1);
    assert!(bench.claim(&run).len() <= 4004);
}

#[test]
fn auto_takes_the_first_that_is_installed() {
    let bench = Bench::new();
    bench.install("aider", AIDER, 0);
    bench.install("gemini", GEMINI, 0);
    let run = bench.delegate("auto", 0);
    assert_eq!(run["runner"], "gemini");
    bench.reject(&run);
    bench.install("codex", CODEX, 0);
    assert_eq!(bench.delegate("auto", 0)["runner"], "codex");
}

#[test]
fn a_missing_program_is_told_with_how_to_install_it() {
    let bench = Bench::new();
    let answer = bench.cmpm(["delegate", "run", "ISS-0", "--agent", "documentation", "--runner", "gemini"]).exits(2);
    assert!(answer.stderr.contains("the program `gemini` of the runner gemini is not installed"), "{answer}");
    assert!(answer.stderr.contains("npm install -g @google/gemini-cli"), "{answer}");
}
