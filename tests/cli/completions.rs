//! `cmpm completions`, and what its scripts ask.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::TestRepo;

/// A repository with tickets and a memory, and cmpm on `PATH`.
fn repo() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "Fix the links"]).success();
    repo.cmpm(["epic", "create", "The guide"]).success();
    repo.cmpm(["issue", "create", "Done before"]).success();
    repo.cmpm(["issue", "complete", "ISS-00000011"]).success();
    repo.cmpm(["memory", "add", "Releases are cut on Fridays."]).success();
    let programs = repo.around().join("programs");
    fs::create_dir_all(&programs).unwrap();
    symlink(env!("CARGO_BIN_EXE_cmpm"), programs.join("cmpm")).unwrap();
    repo
}

fn on_path(repo: &TestRepo, mut command: Command) -> Command {
    let path = std::env::var_os("PATH").unwrap();
    let folders = std::iter::once(repo.around().join("programs")).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders).unwrap());
    command
}

#[test]
fn without_a_shell_the_shells_are_named() {
    let repo = TestRepo::new();
    let mut command = repo.command(["completions"]);
    command.env("SHELL", "/usr/bin/zsh");
    let answer = repo.answer(command).exits(2);
    assert!(answer.stderr.contains("bash, elvish, fish, powershell, zsh") && answer.stderr.contains("`cmpm completions zsh`"), "{answer}");
}

/// What bash would offer: its script is sourced, its function called, the replies printed; flags are left out.
fn in_bash(repo: &TestRepo, line: &[&str]) -> String {
    let words: Vec<String> = line.iter().map(|word| format!("'{word}'")).collect();
    let last = line.len() - 1;
    let script = format!(
        "set -u; source <(cmpm completions bash); COMP_WORDS=({}); COMP_CWORD={last}; COMP_TYPE=9\n\
         _clap_complete_cmpm cmpm \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{}]}}\"\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.join(" "),
        last.saturating_sub(1),
    );
    let mut bash = repo.command(["-c", &script]);
    let mut command = Command::new("bash");
    command.current_dir(repo.root()).env_clear().envs(bash.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.args(bash.get_args());
    bash = on_path(repo, command);
    let answer = repo.answer(bash);
    assert_eq!(answer.stderr, "", "{answer}");
    answer.stdout.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join(" ")
}

/// What a shell with descriptions is reported.
fn asked(repo: &TestRepo, shell: &str, line: &[&str]) -> String {
    let mut command = repo.command([&["--"], line].concat());
    command.env("CMPM_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", (line.len() - 1).to_string());
    let answer = repo.answer(command).success();
    assert_eq!(answer.stderr, "", "{answer}");
    answer.stdout.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n")
}

#[test]
fn bash_completes_commands_and_ids() {
    let repo = repo();
    assert_eq!(in_bash(&repo, &["cmpm", "memory", "sh"]), "show");
    assert_eq!(in_bash(&repo, &["cmpm", "ticket", "show", ""]), "EP-0000000h ISS-00000001 ISS-00000011");
    assert_eq!(in_bash(&repo, &["cmpm", "issue", "show", ""]), "ISS-00000001 ISS-00000011");
    assert_eq!(in_bash(&repo, &["cmpm", "issue", "complete", "ISS-"]), "ISS-00000001");
    assert_eq!(in_bash(&repo, &["cmpm", "issue", "reopen", "iss"]), "ISS-00000011");
    assert_eq!(in_bash(&repo, &["cmpm", "memory", "show", "M"]), "MEM-00000021");
    assert_eq!(in_bash(&repo, &["cmpm", "issue", "create", "x", "--parent", "EP"]), "EP-0000000h");
    assert_eq!(in_bash(&repo, &["cmpm", "agent", "show", "doc"]), "documentation");
    assert_eq!(in_bash(&repo, &["cmpm", "issue", "show", "nothing"]), "");
}

#[test]
fn flags_that_name_tickets_are_offered_tickets_of_any_kind() {
    let repo = repo();
    for flag in ["--parent", "--depends-on", "--blocks", "--related", "--duplicates", "--discovered-from", "--unlink"] {
        assert_eq!(
            in_bash(&repo, &["cmpm", "issue", "update", "ISS-00000001", flag, ""]),
            "EP-0000000h ISS-00000001 ISS-00000011",
            "{flag}"
        );
    }
}

#[test]
fn words_are_those_of_the_project() {
    let repo = repo();
    repo.write(
        ".cmpm/config.yaml",
        "statuses: {triaged: todo}\nmemory: {categories: [law]}\nfilters: {mine: assignee=me}\nmilestones: {v1: 2026-12-01}\n",
    );
    repo.write(".cmpm/templates/ticket-issue-bug.md", "{{description}}\n");
    repo.write(".cmpm/runners/mine.yaml", "");
    let edit = ["--label", "docs,two words", "--assignee", "ada", "--milestone", "v0", "--priority", "high"];
    repo.cmpm([&["issue", "update", "ISS-00000001"], &edit[..]].concat()).success();
    repo.cmpm(["memory", "add", "Tags are found again.", "--tag", "finding", "--tech", "rust"]).success();
    for (line, wanted) in [
        ("issue update ISS-00000001 --status ", "active blocked cancelled done planning ready review triaged"),
        ("issue list --status tri", "triaged"),
        ("issue list --priority ", "high medium"),
        ("issue create x --label ", "docs"),
        ("issue create x --label x,", "x,docs"),
        ("issue assign ISS-00000001 ", "ada"),
        ("issue create x --milestone ", "v0 v1"),
        ("issue create x --template ", "bug"),
        ("ticket list --filter ", "mine"),
        ("ticket list --at ", "main"),
        ("delegate run ISS-00000001 --runner m", "mine"),
        ("ready --agent docu", "documentation"),
        ("memory list --category ", "error law pattern project team"),
        ("memory list --tag ", "finding"),
        ("memory list --tech ", "rust"),
        ("config get delegate.max", "delegate.max_parallel delegate.max_turns"),
        ("check --explain broken-l", "broken-link"),
    ] {
        let line: Vec<&str> = std::iter::once("cmpm").chain(line.split(' ')).collect();
        assert_eq!(in_bash(&repo, &line), wanted, "{line:?}");
    }
}

#[test]
fn runs_are_completed() {
    let repo = repo();
    repo.cmpm(["delegate", "run", "ISS-00000001", "--commit", "--runner", "command", "--", "true"]);
    let run = repo.json(["delegate", "list", "--all"])["data"]["runs"][0]["run"].as_str().unwrap().to_owned();
    assert_eq!(in_bash(&repo, &["cmpm", "delegate", "show", "RUN"]), run);
}

#[test]
fn zsh_and_fish_are_told_the_titles() {
    let repo = repo();
    insta::assert_snapshot!(asked(&repo, "fish", &["cmpm", "issue", "show", "ISS"]), @"
    ISS-00000001	Fix the links
    ISS-00000011	Done before
    ");
    insta::assert_snapshot!(asked(&repo, "zsh", &["cmpm", "memory", "show", "MEM"]), @"MEM-00000021:Releases are cut on Fridays.");
}

#[test]
fn every_shell_has_a_script_that_asks_cmpm() {
    let repo = TestRepo::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = repo.cmpm(["completions", shell]).success().stdout;
        assert!(script.contains("CMPM_COMPLETE"), "{shell}");
    }
}

#[test]
fn outside_a_repository_there_is_silence() {
    let repo = repo();
    for line in [&["cmpm", "-C", "/", "issue", "show", ""][..], &["cmpm", "-C", "/nowhere", "delegate", "show", ""]] {
        assert_eq!(asked(&repo, "fish", line), "");
    }
    assert_eq!(asked(&repo, "noshell", &["cmpm", "issue", ""]), "");
}

/// A project in which every word that can be offered is one that a shell would run or expand, but for a few.
fn hostile() -> TestRepo {
    let repo = repo();
    let odd = [
        "$(touch X)",
        "$(touch${IFS}X)",
        "`touch`",
        "a*b",
        "a?b",
        "a;touch",
        "~root",
        "a\u{1b}[31m",
        "-rf",
        "a|b",
        "a&b",
        "{a,b}",
        "!x",
        "'x",
    ];
    let list = odd.map(|word| serde_json::json!(word).to_string()).join(", ");
    let of = |name: &str| odd.map(|word| format!("{}: {name}", serde_json::json!(word))).join(", ");
    repo.write(
        ".cmpm/config.yaml",
        &format!("statuses: {{{}, plain: todo}}\nmilestones: {{{}, v1: 2026-12-01}}\n", of("todo"), of("2026-12-01")),
    );
    for (number, word) in odd.iter().enumerate() {
        let word = serde_json::json!(word);
        repo.write(
            &format!("tasks/issues/ISS-X{number}.md"),
            &format!("---\nid: ISS-X{number}\nkind: issue\ntitle: \"a\\e[31m\\tb\\a\"\nstatus: todo\nassignee: {word}\nlabels: [{list}, fine]\n---\n"),
        );
    }
    for branch in ["a;touch", "$(touch${IFS}X)", "a`touch`", "a&b", "good"] {
        repo.git(["branch", "--", branch]);
    }
    repo
}

#[test]
fn nothing_is_offered_that_a_shell_would_run_or_expand() {
    let repo = hostile();
    for (line, wanted) in [
        (&["issue", "create", "x", "--label"][..], "fine"),
        (&["issue", "update", "ISS-X1", "--status"], "active blocked cancelled done plain planning ready review"),
        (&["issue", "create", "x", "--milestone"], "v1"),
        (&["ticket", "list", "--at"], "good main"),
        (&["issue", "assign", "ISS-X1"], ""),
    ] {
        for shell in ["bash", "fish", "zsh"] {
            let typed = [&["cmpm"], line, &[""]].concat();
            let offered = asked(&repo, shell, &typed);
            let words: Vec<&str> = offered.lines().map(|line| line.split(['\t', ':']).next().unwrap_or_default()).collect();
            assert_eq!(words.join(" ").split_whitespace().collect::<Vec<_>>().join(" "), wanted, "{shell} {line:?}");
        }
        assert_eq!(in_bash(&repo, &[&["cmpm"], line, &[""]].concat()), wanted, "{line:?}");
        for begun in ["$", "$(", "`", "a", "~", "-"] {
            in_bash(&repo, &[&["cmpm"], line, &[begun]].concat());
        }
    }
    assert!(!repo.exists("X") && !repo.exists("touch"), "nothing was run");
    for shell in ["fish", "zsh"] {
        let titled = asked(&repo, shell, &["cmpm", "issue", "show", "ISS-X1"]);
        assert!(titled.contains("ISS-X1") && titled.lines().all(|line| !line.replace('\t', "").contains(char::is_control)), "{titled:?}");
    }
}
