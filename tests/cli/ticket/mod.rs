//! `cmpm epic|issue|task|pr|ticket`: every verb, its text, its JSON, its errors.

mod finish;
mod foreign;
mod lists;
mod odd;
mod places;
mod terminal;
mod values;
mod writing;

use serde_json::Value;

use crate::support::TestRepo;

const KINDS: [&str; 4] = ["epic", "issue", "task", "pr"];
const VERBS: [&str; 7] = ["create", "list", "show", "update", "complete", "reopen", "comment"];

/// A repository with an epic `EP-00000001`, its issue `ISS-0000000h` and its task `TSK-00000011`.
fn planned() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm(["epic", "create", "Better links", "--priority", "high", "--label", "docs"]).success();
    repo.cmpm(["issue", "create", "Fix the guide", "--epic", "EP-0", "-d", "They moved.", "-A", "every link works"]).success();
    repo.cmpm(["task", "create", "Find them", "--issue", "ISS-0", "--path", "docs/**", "--agent", "research"]).success();
    repo
}

#[test]
fn a_new_ticket_is_one_file_in_canonical_form() {
    let repo = planned();
    insta::assert_snapshot!(repo.cmpm(["pr", "create", "Links: the \"guide\"", "--parent", "EP-0", "--depends-on", "iss-0", "--due", "2026-03-01"]), @r#"
    Created PR-0000001h: Links: the "guide"
    tasks/prs/PR-0000001h-links-the-guide.md
    "#);
    insta::assert_snapshot!(repo.read("tasks/issues/ISS-0000000h-fix-the-guide.md"), @"
    ---
    id: ISS-0000000h
    kind: issue
    title: Fix the guide
    status: planning
    priority: medium
    parent: EP-00000001
    created: '2026-01-31T09:00:00Z'
    author: Tess Test
    ---

    ## Description

    They moved.

    ## Acceptance criteria

    - [ ] every link works
    ");
    insta::assert_snapshot!(repo.read("tasks/tasks/TSK-00000011-find-them.md"), @"
    ---
    id: TSK-00000011
    kind: task
    title: Find them
    status: planning
    priority: medium
    parent: ISS-0000000h
    agent: research
    created: '2026-01-31T09:00:00Z'
    author: Tess Test
    paths:
      - docs/**
    ---

    ## Description

    ## Acceptance criteria
    ");
    insta::assert_snapshot!(repo.read("tasks/prs/PR-0000001h-links-the-guide.md"), @r#"
    ---
    id: PR-0000001h
    kind: pr
    title: 'Links: the "guide"'
    status: planning
    priority: medium
    parent: EP-00000001
    due: '2026-03-01'
    created: '2026-01-31T09:00:00Z'
    author: Tess Test
    depends_on:
      - ISS-0000000h
    ---

    ## Description

    ## Acceptance criteria
    "#);
    assert_eq!(repo.status(), "?? tasks/");
}

#[test]
fn lists_show_what_is_open_and_filters_narrow_them() {
    let repo = planned();
    repo.cmpm(["task", "complete", "TSK-0"]).success();
    insta::assert_snapshot!(repo.cmpm(["ticket", "list"]), @"
    ID            KIND   STATUS    PRIORITY  CRITERIA  PARTS  TITLE
    EP-00000001   epic   planning  high      -         100%   Better links
    ISS-0000000h  issue  planning  medium    0/1       100%   Fix the guide
    1 finished ticket not shown; `--all` shows them
    ");
    insta::assert_snapshot!(repo.cmpm(["ticket", "list", "--all"]), @"
    ID            KIND   STATUS    PRIORITY  CRITERIA  PARTS  TITLE
    EP-00000001   epic   planning  high      -         100%   Better links
    ISS-0000000h  issue  planning  medium    0/1       100%   Fix the guide
    TSK-00000011  task   done      medium    -         -      Find them
    ");
    insta::assert_snapshot!(repo.cmpm(["ticket", "list", "--status", "done"]), @"
    ID            KIND  STATUS  PRIORITY  TITLE
    TSK-00000011  task  done    medium    Find them
    ");
    insta::assert_snapshot!(repo.cmpm(["pr", "list"]), @"No tickets to show.");
    let ids = |filter: &[&str]| {
        let list = repo.json([&["ticket", "list"], filter].concat());
        list["data"]["tickets"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&["--epic", "EP-0"]), ["ISS-0000000h"]);
    assert_eq!(ids(&["--priority", "HIGH"]), ["EP-00000001"]);
    assert_eq!(ids(&["--label", "docs", "--status", "todo"]), ["EP-00000001"]);
    assert_eq!(ids(&["--assignee", "nobody"]), Vec::<String>::new());
    insta::assert_snapshot!(repo.cmpm(["ticket", "list", "--parent", "EP-9"]), @"
    --- stderr
    error: there is no ticket `EP-9`
    hint: `cmpm ticket list` shows what there is
    --- exit 2
    ");
}

#[test]
fn a_ticket_is_shown_with_its_parts_and_comments() {
    let repo = planned();
    repo.cmpm(["issue", "comment", "ISS-0", "seen on\nevery page"]).success();
    insta::assert_snapshot!(repo.cmpm(["ticket", "show", "ISS-0000000h-fix-the-guide.md"]), @"
    ISS-0000000h Fix the guide
    kind       issue
    status     planning
    priority   medium
    parent     EP-00000001
    created    2026-01-31T09:00:00Z
    author     Tess Test
    parts      0% done (0 of 1)
    criteria   0/1 done
    file       tasks/issues/ISS-0000000h-fix-the-guide.md

    ## Description

    They moved.

    ## Acceptance criteria

    - [ ] every link works

    Parts
    ID            KIND  STATUS    PRIORITY  TITLE
    TSK-00000011  task  planning  medium    Find them

    Tess Test, 2026-01-31T09:00:00Z
    seen on
    every page
    ");
    insta::assert_snapshot!(repo.cmpm(["issue", "show", "0000000H"]), @"
    ISS-0000000h Fix the guide
    kind       issue
    status     planning
    priority   medium
    parent     EP-00000001
    created    2026-01-31T09:00:00Z
    author     Tess Test
    parts      0% done (0 of 1)
    criteria   0/1 done
    file       tasks/issues/ISS-0000000h-fix-the-guide.md

    ## Description

    They moved.

    ## Acceptance criteria

    - [ ] every link works

    Parts
    ID            KIND  STATUS    PRIORITY  TITLE
    TSK-00000011  task  planning  medium    Find them

    Tess Test, 2026-01-31T09:00:00Z
    seen on
    every page
    ");
}

#[test]
fn updates_say_what_they_did() {
    let repo = planned();
    insta::assert_snapshot!(repo.cmpm(["issue", "update", "ISS-0", "--status", "review", "--assignee", "ana", "--label", "docs"]), @"Updated ISS-0000000h: Fix the guide");
    insta::assert_snapshot!(repo.cmpm(["issue", "update", "ISS-0", "--label", "docs"]), @"Nothing to change in ISS-0000000h: Fix the guide");
    insta::assert_snapshot!(repo.cmpm(["issue", "update", "ISS-0", "--title", "Fix  it", "-d", "More."]), @"Updated ISS-0000000h: Fix it");
    insta::assert_snapshot!(repo.read("tasks/issues/ISS-0000000h-fix-the-guide.md"), @"
    ---
    id: ISS-0000000h
    kind: issue
    title: Fix it
    status: review
    priority: medium
    parent: EP-00000001
    created: '2026-01-31T09:00:00Z'
    author: Tess Test
    assignee: ana
    labels:
      - docs
    ---

    ## Description

    They moved.

    More.

    ## Acceptance criteria

    - [ ] every link works
    ");
    repo.cmpm(["issue", "complete", "ISS-0"]).success();
    insta::assert_snapshot!(repo.cmpm(["issue", "reopen", "ISS-0", "-m", "not yet"]), @"Reopened ISS-0000000h: Fix it");
    insta::assert_snapshot!(repo.cmpm(["issue", "comment", "ISS-0", "ok"]), @"
    Commented on ISS-0000000h
    tasks/comments/ISS-0000000h/20260131T090000Z-00000041.md
    ");
}

#[test]
fn every_answer_is_one_versioned_document() {
    let repo = planned();
    let answers: [(&[&str], &str); 8] = [
        (&["issue", "create", "One more"], "create"),
        (&["ticket", "list"], "list"),
        (&["issue", "show", "ISS-0000000h"], "show"),
        (&["ticket", "update", "TSK-0", "--priority", "low"], "update"),
        (&["task", "comment", "TSK-0", "hello"], "comment"),
        (&["task", "complete", "TSK-0", "-m", "found"], "complete"),
        (&["task", "reopen", "TSK-0"], "reopen"),
        (&["epic", "list", "--all"], "list"),
    ];
    for (arguments, verb) in answers {
        let answer = repo.cmpm([arguments, &["--json"]].concat()).success();
        assert_eq!(answer.stderr, "", "{answer}");
        assert_eq!(answer.stdout.matches('\n').count(), 1, "one document on one line: {answer}");
        let document: Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(document.as_object().unwrap().keys().collect::<Vec<_>>(), ["schema", "ok", "data", "findings"]);
        assert_eq!((&document["schema"], &document["ok"]), (&Value::from(format!("cmpm.ticket.{verb}/1")), &Value::from(true)));
    }
}

/// What is refused: the words, and the code for machines.
const REFUSED: [(&[&str], &str); 20] = [
    (&["issue", "create"], "usage"),
    (&["issue", "create", " \t"], "usage"),
    (&["issue", "create", "x", "--priority", "pressing"], "usage"),
    (&["issue", "create", "x", "--epic", "EP-nope"], "not_found"),
    (&["issue", "create", "x", "--colour", "red"], "usage"),
    (&["task", "creat", "x"], "usage"),
    (&["issue", "show", ""], "not_found"),
    (&["issue", "show", "ISS-nope"], "not_found"),
    (&["issue", "show", "EP-0"], "other_kind"),
    (&["ticket", "show", "0000000"], "ambiguous"),
    (&["issue", "update", "ISS-0"], "usage"),
    (&["issue", "update", "ISS-0", "--title", " "], "usage"),
    (&["issue", "update", "ISS-0", "--status", "asleep"], "unknown_status"),
    (&["issue", "update", "ISS-0", "--parent", "ISS-0"], "cycle"),
    (&["epic", "complete", "ISS-0"], "other_kind"),
    (&["issue", "reopen", "ISS-0"], "not_closed"),
    (&["issue", "comment", "ISS-0", "  "], "usage"),
    (&["ticket", "list", "--parent", "ISS-x"], "not_found"),
    (&["ticket", "list", "--status", "asleep"], "unknown_status"),
    (&["ticket"], "usage"),
];

#[test]
fn a_refusal_says_why_and_what_to_do_and_changes_nothing() {
    let repo = planned();
    repo.commit_all("planned");
    for (arguments, code) in REFUSED {
        let answer = repo.cmpm(arguments.iter().copied()).exits(2);
        if arguments != ["ticket"] {
            assert!(answer.stdout.is_empty() && answer.stderr.starts_with("error: ") && answer.stderr.contains("\nhint: "), "{answer}");
        }
        let answer = repo.cmpm([arguments, &["--json"]].concat()).exits(2);
        assert_eq!(answer.stderr, "", "{answer}");
        let document: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {answer}"));
        assert_eq!((&document["schema"], &document["ok"]), (&Value::from("cmpm.error/1"), &Value::from(false)));
        assert_eq!(document["error"]["code"], code, "{answer}");
        assert!(document["error"]["hints"].as_array().is_some_and(|hints| !hints.is_empty()), "{answer}");
    }
    assert_eq!(repo.status(), "");
}

#[test]
fn refusals_read_well() {
    let repo = planned();
    insta::assert_snapshot!(repo.cmpm(["issue", "list", "--bad"]), @"
    --- stderr
    error: unexpected argument '--bad' found
    hint: usage: cmpm issue list [OPTIONS]
    hint: `--help` after any command shows its flags and an example
    --- exit 2
    ");
    insta::assert_snapshot!(repo.cmpm(["issue", "creat", "x"]), @"
    --- stderr
    error: unrecognized subcommand 'creat'
    hint: a similar subcommand exists: 'create'
    hint: usage: cmpm issue [OPTIONS] <COMMAND>
    hint: `--help` after any command shows its flags and an example
    --- exit 2
    ");
    insta::assert_snapshot!(repo.cmpm(["issue", "show", "EP-0"]), @"
    --- stderr
    error: `EP-00000001` is an epic, not an issue
    hint: use `cmpm epic …` or `cmpm ticket …`
    --- exit 2
    ");
    insta::assert_snapshot!(repo.cmpm(["ticket", "show", "0000000"]), @"
    --- stderr
    error: `0000000` could be any of EP-00000001 (Better links), ISS-0000000h (Fix the guide)
    hint: give more of the id, or the file's path
    --- exit 2
    ");
    insta::assert_snapshot!(repo.cmpm(["issue", "update", "ISS-0", "--status", "asleep"]), @"
    --- stderr
    error: `asleep` is not a status of this project
    hint: use one of planning, ready, active, blocked, review, done, cancelled, or add yours under `statuses:` in .cmpm/config.yaml
    --- exit 2
    ");
    let odd = repo.cmpm(["issue", "create", "x", "--priority", "pressing"]).exits(2);
    assert!(odd.stderr.contains("invalid value 'pressing' for '--priority <PRIORITY>' [possible values: critical, high, medium, low]"));
}

#[test]
fn help_has_an_example_for_every_verb() {
    let repo = TestRepo::empty();
    for kind in KINDS.into_iter().chain(["ticket"]) {
        for verb in VERBS.into_iter().filter(|verb| (kind, *verb) != ("ticket", "create")) {
            let answer = repo.cmpm([kind, verb, "--help"]).success();
            assert!(answer.stdout.contains("Example: `cmpm "), "{kind} {verb}: {answer}");
        }
    }
}

#[test]
fn a_comment_can_come_from_standard_input() {
    use std::io::Write;
    let repo = planned();
    let mut command = repo.command(["issue", "comment", "ISS-0", "-"]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all("from a pipe\n".as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(repo.json(["issue", "show", "ISS-0"])["data"]["comments"][0]["text"], "from a pipe");
}

#[test]
fn commit_takes_exactly_what_was_written() {
    let repo = planned();
    repo.commit_all("planned");
    repo.write("other.txt", "not yours\n");
    repo.git(["add", "other.txt"]);
    repo.cmpm(["issue", "complete", "ISS-0", "-m", "merged", "--commit"]).success();
    assert_eq!(repo.status(), "A  other.txt");
    let paths = repo.git(["show", "--format=%s", "--name-only", "HEAD"]);
    insta::assert_snapshot!(paths, @"
    complete ISS-0000000h: Fix the guide

    tasks/comments/ISS-0000000h/20260131T090000Z-0000001h.md
    tasks/issues/ISS-0000000h-fix-the-guide.md
    ");
    repo.cmpm(["epic", "create", "Another", "--commit"]).success();
    repo.cmpm(["epic", "update", "EP-00000021-another.md", "--priority", "low", "--commit"]).success();
    repo.cmpm(["epic", "comment", "EP-00000021-another.md", "hello", "--commit"]).success();
    repo.cmpm(["issue", "reopen", "ISS-0", "--commit"]).success();
    assert_eq!(repo.status(), "A  other.txt");
    insta::assert_snapshot!(repo.git(["log", "--format=%s", "-4"]), @"
    reopen ISS-0000000h: Fix the guide
    comment on EP-00000021
    update EP-00000021: Another
    epic EP-00000021: Another
    ");
    repo.fsck();
}
