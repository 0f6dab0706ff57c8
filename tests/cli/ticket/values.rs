//! What tickets hold and how they are named: no meaningless value is written, and existing ones are reported.

use super::planned;
use crate::support::{Answer, TestRepo};

/// The first line of what went wrong.
#[track_caller]
fn wrong(answer: Answer) -> String {
    answer.exits(2).stderr.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[test]
fn a_value_that_means_nothing_is_refused_before_anything_is_written() {
    let repo = TestRepo::new();
    for (flag, value, said) in [
        ("--due", "soon", "`soon` is not a date"),
        ("--due", "2026-13-01", "`2026-13-01` is not a date"),
        ("--due", "", "`` is not a date"),
        ("--label", " ", "`--label` must be one line with something in it"),
        ("--label", "a\nb", "`--label` must be one line with something in it"),
        ("--assignee", "", "`--assignee` must be one line with something in it"),
        ("--agent", "enginer", "there is no agent `enginer`"),
        ("--milestone", "a\u{202e}b", "`--milestone` has the control character U+202E in it"),
        ("--estimate", "a\u{2028}b", "`--estimate` has the control character U+2028 in it"),
        ("--assignee", "a\u{1b}[31m", "`--assignee` has the control character U+001B in it"),
        ("--label", "a\u{2066}b", "`--label` has the control character U+2066 in it"),
        ("--path", "docs/\u{1b}[31m*", "`--path` has the control character U+001B in it"),
        ("--path", "docs/\u{202e}*", "`--path` has the control character U+202E in it"),
    ] {
        assert_eq!(wrong(repo.cmpm(["issue", "create", "x", flag, value])), said);
    }
    for glob in ["../x", "a/../../b", "!docs", "[", ""] {
        assert!(wrong(repo.cmpm(["issue", "create", "x", "--path", glob])).contains("is not a glob"), "{glob}");
    }
    let answer = repo.cmpm(["issue", "create", "x", "--agent", "enginer"]);
    assert!(answer.stderr.contains("hint: did you mean `engineer`?\n"), "{answer}");
    assert!(!repo.exists("tasks"));
    // A day is over when it ends.
    for (due, is_past) in [("2026-01-30", true), ("yesterday", true), ("2026-01-31", false), ("2026-02-01", false)] {
        let made = repo.cmpm(["issue", "create", "When", "--due", due]).success();
        assert_eq!(made.stderr.contains("the due date 2026-01-30 is in the past"), is_past, "{made}");
    }
    let flags = ["--due", "2026-12-24", "--agent", "code-review", "--path", "docs/**", "--assignee", "ana"];
    repo.cmpm(["issue", "create", "x"].into_iter().chain(flags)).success();
    repo.cmpm(["issue", "create", "y", "--due", "2026-12-24T18:00:00+01:00"]).success();
}

#[test]
fn an_empty_value_takes_the_key_away() {
    let repo = TestRepo::new();
    repo.write("tasks/issues/ISS-1.md", "---\nid: ISS-1\nkind: issue\ntitle: Ours\nassignee: ana\nagent: qa\ndue: 2026-12-24\n---\n");
    assert_eq!(wrong(repo.cmpm(["issue", "update", "ISS-1", "--due", "later"])), "`later` is not a date");
    assert_eq!(wrong(repo.cmpm(["issue", "update", "ISS-1", "--agent", "nobody"])), "there is no agent `nobody`");
    assert!(repo.cmpm(["issue", "update", "ISS-1", "--title", ""]).exits(2).stderr.contains("--title"));
    repo.cmpm(["issue", "update", "ISS-1", "--due", "", "--agent", "", "--assignee", ""]).success();
    assert_eq!(repo.read("tasks/issues/ISS-1.md"), "---\nid: ISS-1\nkind: issue\ntitle: Ours\n---\n");
}

#[test]
fn a_text_may_begin_with_a_dash() {
    let repo = TestRepo::new();
    let made = repo.json(["issue", "create", "x", "-d", "- one", "-A", "- two"]);
    let (id, path) = (made["data"]["id"].as_str().unwrap(), made["data"]["path"].as_str().unwrap());
    assert!(repo.read(path).contains("- one\n") && repo.read(path).contains("- [ ] - two\n"));
    repo.cmpm(["issue", "comment", id, "- three", "--commit"]).success();
    repo.cmpm(["issue", "comment", id, "--", "--four"]).success();
    repo.cmpm(["issue", "update", id, "-d", "- five"]).success();
    repo.cmpm(["issue", "complete", id, "-m", "- six"]).success();
    repo.cmpm(["memory", "add", "- seven", "--category", "team"]).success();
    let shown = repo.cmpm(["issue", "show", id]).success().stdout;
    assert!(["- three", "--four", "- five", "- six"].iter().all(|text| shown.contains(text)), "{shown}");
    assert!(repo.cmpm(["memory", "search", "seven"]).success().stdout.contains("- seven"));
}

#[test]
fn odd_values_of_files_are_told_by_the_guard() {
    let repo = TestRepo::new();
    repo.write("tasks/issues/ISS-1.md", "---\nid: ISS-1\nkind: issue\ntitle: Ours\ndue: soon\nagent: enginer\npaths: [../x]\n---\n");
    repo.git(["add", "."]);
    insta::assert_snapshot!(repo.cmpm(["check"]), @"
    tasks/issues/ISS-1.md:5: warning: `soon` is not a date [bad-date]
      hint: write it like 2026-12-24
    tasks/issues/ISS-1.md:6: warning: there is no agent `enginer` [unknown-agent]
      hint: did you mean `engineer`?
    tasks/issues/ISS-1.md:7: warning: `../x` is not a glob: a part of it is `.`, `..` or nothing, and no path in a repository contains these [bad-glob]
      hint: globs are relative to the repository's root: `src/**`, `docs/*.md`
    0 errors, 3 warnings in 1 file (what is staged)
    ");
}

#[test]
fn a_file_is_named_from_where_one_stands() {
    let repo = TestRepo::new();
    repo.write("tasks/issues/ISS-1.md", "---\nid: ISS-1\nkind: issue\ntitle: Ours\n---\n");
    repo.write("tasks/issues/bad.md", "---\nid: ISS-2\nkind: issue\nlabels: [a, b\n---\n");
    repo.write("docs/a.md", "x\n");
    for (folder, path) in
        [("docs", "../tasks/issues/ISS-1.md"), ("tasks", "issues/ISS-1.md"), ("tasks/issues", "./ISS-1.md"), (".", "tasks/issues/ISS-1.md")]
    {
        let mut command = repo.command(["issue", "update", path, "--priority", "high"]);
        command.current_dir(repo.path(folder));
        repo.answer(command).success();
        let mut command = repo.command(["ticket", "show", path]);
        command.current_dir(repo.path(folder));
        repo.answer(command).success();
    }
    insta::assert_snapshot!(repo.cmpm(["ticket", "show", "tasks/issues/bad.md"]), @"
    --- stderr
    error: tasks/issues/bad.md cannot be read as a ticket: the value of `labels` is not valid YAML: while parsing a flow sequence, expected ',' or ']' (line 4)
    hint: close the list of `labels` with `]`
    --- exit 2
    ");
    let made = repo.json(["memory", "add", "text"]);
    let mut command = repo.command(["memory", "show", &format!("../{}", made["data"]["memories"][0]["path"].as_str().unwrap())]);
    command.current_dir(repo.path("docs"));
    repo.answer(command).success();
    // Where a value is not closed, its own line is named, and no message repeats a long one.
    assert!(repo.cmpm(["ticket", "list"]).stderr.contains("tasks/issues/bad.md:4: the value of `labels`"));
    repo.write("tasks/issues/bad.md", &format!("---\nid: ISS-2\nkind: issue\ntitle: x\nlabels:\n  - @{}\n---\n", "long".repeat(3000)));
    assert!(repo.cmpm(["ticket", "list"]).stderr.len() < 400);
}

#[test]
fn a_filter_that_means_nothing_is_an_error() {
    let repo = TestRepo::new();
    repo.write("tasks/issues/ISS-1.md", "---\nid: ISS-1\nkind: issue\ntitle: Ours\nlabels: [docs]\n---\n");
    for (arguments, known) in [
        (&["memory", "list", "--category", "nope"][..], "project, pattern, team, error"),
        (&["memory", "search", "x", "--category", "nope"], "project, pattern, team, error"),
        (&["delegate", "list", "--state", "nope"], "queued, running, review, merged, rejected, discarded"),
        (&["ready", "--agent", "nope"], "architect, "),
    ] {
        let answer = repo.cmpm(arguments).exits(2);
        assert!(answer.stderr.contains("nope") && answer.stderr.contains(known), "{answer}");
    }
    assert_eq!(repo.cmpm(["ticket", "list", "--label", "nope"]).success().stdout, "No tickets to show.\n");
    repo.write("tasks/issues/ISS-2.md", "---\nid: ISS-2\nkind: issue\ntitle: Theirs\nlabels: [docs]\nstatus: done\n---\n");
    let listed = repo.cmpm(["ticket", "list", "--label", "docs"]).success().stdout;
    assert!(listed.ends_with("1 finished ticket not shown; `--all` shows them\n"), "{listed}");
}

#[test]
fn what_is_wrong_with_the_call_itself_has_a_hint() {
    let repo = TestRepo::new();
    for (variables, arguments) in
        [(None, &["-C", "/nonexist", "status"][..]), (Some(("CMPM_NOW", "today")), &["status"]), (Some(("CMPM_SEED", "x")), &["status"])]
    {
        let mut command = repo.command(arguments);
        command.envs(variables);
        let answer = repo.answer(command).exits(2);
        assert!(answer.stderr.contains("\nhint: "), "{answer}");
    }
}

#[test]
fn every_verb_of_a_kind_refuses_tickets_of_another_and_takes_each_name() {
    let repo = planned();
    repo.commit_all("all");
    for verb in [
        "show",
        "update --title x",
        "complete",
        "reopen",
        "comment x",
        "log",
        "claim",
        "heartbeat",
        "release",
        "assign ana",
        "resolve qa",
        "comments",
        "archive",
        "unarchive",
    ] {
        let line = |noun: &str, name: &str| -> Vec<String> {
            let mut words: Vec<String> = verb.split(' ').map(str::to_owned).collect();
            let at = if words[0] == "resolve" { 2 } else { 1 };
            words.insert(at, name.to_owned());
            std::iter::once(noun.to_owned()).chain(words).collect()
        };
        assert_eq!(repo.json(line("epic", "ISS-0"))["error"]["code"], "other_kind", "{verb}");
        assert_eq!(repo.status(), "", "{verb}");
        assert_ne!(repo.json(line("issue", "ISS-0"))["error"]["code"], "other_kind", "{verb}");
        assert_ne!(repo.json(line("ticket", "tasks/issues/ISS-0000000h-fix-the-guide.md"))["error"]["code"], "not_found", "{verb}");
        repo.commit_all("next");
        repo.cmpm(["issue", "unarchive", "ISS-0"]).success();
        repo.commit_all("back");
    }
}
