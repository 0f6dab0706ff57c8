//! What reaches the reader: pipes, colour, width, and nothing that drives a terminal.

use std::fs;
use std::io;

use super::planned;
use crate::support::TestRepo;

#[test]
fn a_reader_that_went_away_is_no_error() {
    let repo = planned();
    for arguments in
        [&["ticket", "list"][..], &["ticket", "list", "--json"], &["issue", "create", "--help"], &["ticket", "show", "nope", "--json"]]
    {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut command = repo.command(arguments.iter().copied());
        let status = command.stdout(writer).stderr(std::process::Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(if arguments.contains(&"nope") { 2 } else { 0 }), "{arguments:?}");
    }
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let mut command = repo.command(["issue", "show", "nope"]);
    assert_eq!(command.stderr(writer).status().unwrap().code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_did_not_arrive_is_an_error() {
    let repo = planned();
    for json in [&[][..], &["--json"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = repo.command([&["ticket", "list"], json].concat());
        let output = command.stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.starts_with("error: cannot write the answer: "), "{stderr}");
    }
}

#[test]
fn colour_is_for_who_asks() {
    let repo = planned();
    let coloured = |arguments: &[&str], no_color: bool| {
        let mut command = repo.command(arguments.iter().copied());
        if no_color {
            command.env("NO_COLOR", "1");
        }
        let answer = repo.answer(command);
        format!("{}{}", answer.stdout, answer.stderr).contains('\x1b')
    };
    for verb in [&["ticket", "list"][..], &["issue", "show", "ISS-0"], &["issue", "show", "nope"], &["issue", "list", "--bad"]] {
        assert!(!coloured(verb, false), "{verb:?}: not a terminal");
        assert!(!coloured(&[verb, &["--color", "never"]].concat(), false), "{verb:?}");
        assert!(coloured(&[verb, &["--color", "always"]].concat(), false), "{verb:?}");
        assert!(coloured(&[verb, &["--color=always"]].concat(), true), "{verb:?}: asked for by name");
    }
    assert!(!coloured(&["ticket", "list", "--json", "--color", "always"], false));
}

#[test]
fn a_narrow_screen_cuts_the_last_column() {
    let repo = planned();
    repo.cmpm(["task", "create", "日本語の題名がとても長い場合でも列は揃う", "--priority", "low"]).success();
    let mut command = repo.command(["ticket", "list"]);
    command.env("CMPM_COLUMNS", "48");
    let answer = repo.answer(command);
    insta::assert_snapshot!(answer, @"
    ID            TITLE
    EP-00000001   Better links
    ISS-0000000h  Fix the guide
    TSK-00000011  Find them
    TSK-0000001h  日本語の題名がとても長い場合でも…
    ");
    // A pipe has no width, whatever a terminal around it has.
    for (name, width) in [("CMPM_COLUMNS", "wide"), ("COLUMNS", "48")] {
        let mut command = repo.command(["ticket", "list"]);
        command.env(name, width);
        assert!(repo.answer(command).stdout.contains("列は揃う"), "{name}");
    }
}

/// Bytes that drive a terminal: everything below space but the line end, DEL, and the C1 controls.
fn drives_a_terminal(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && c != '\n')
}

#[test]
fn nothing_in_a_file_or_a_title_drives_the_terminal() {
    let repo = TestRepo::new();
    let evil = "red \x1b[31m\u{9b}2J \x07 bell \r over\u{7f}";
    let answer = repo.cmpm(["issue", "create", evil, "-d", evil]).success();
    assert!(!drives_a_terminal(&answer.to_string()), "{answer:?}", answer = answer.stdout);
    for flag in ["--label", "--assignee", "--agent", "--due", "--path"] {
        let answer = repo.cmpm(["issue", "create", "x", flag, evil]).exits(2);
        assert!(!drives_a_terminal(&answer.to_string()), "{answer:?}", answer = answer.stderr);
    }
    let front = format!(
        "id: ISS-1\nkind: issue\ntitle: \"{evil}\"\nstatus: \"{evil}\"\npriority: \"{evil}\"\nassignee: \"{evil}\"\ndue: \"{evil}\""
    );
    let escaped =
        front.replace('\x1b', "\\e").replace('\u{9b}', "\\N\\x9b").replace('\x07', "\\a").replace('\r', "\\r").replace('\u{7f}', "\\x7f");
    repo.write("tasks/issues/ISS-1.md", &format!("---\n{escaped}\n---\n\nbody {evil}\n"));
    repo.write("tasks/issues/raw.md", &format!("---\n{}\n---\n", front.replace("ISS-1", "ISS-2")));
    repo.write("tasks/issues/bad-\x1b[31m.md", &format!("---\nid: {evil}\n---\n"));
    repo.write(
        "tasks/comments/ISS-1/20260101T000000Z-1.md",
        &format!("---\nauthor: \"{}\"\n---\n{evil}\n", evil.replace(['\x1b', '\r'], "\\e")),
    );
    for arguments in [
        &["ticket", "list", "--all"][..],
        &["ticket", "show", "ISS-1"],
        &["ticket", "show", "ISS-2"],
        &["ticket", "show", "ISS-00000001"],
        &["ticket", "show", evil],
        &["ticket", "show", "ISS"],
        &["ticket", evil],
        &["ticket", "update", "ISS-1", "--status", evil],
        &["ticket", "update", "ISS-1", "--title", evil],
        &["ticket", "reopen", "ISS-2"],
        &["issue", "complete", "ISS-1"],
        &["epic", "complete", "ISS-1"],
    ] {
        let answer = repo.cmpm(arguments.iter().copied());
        assert!(
            !drives_a_terminal(&format!("{}{}", answer.stdout, answer.stderr)),
            "{arguments:?}: {:?} {:?}",
            answer.stdout,
            answer.stderr
        );
    }
}
