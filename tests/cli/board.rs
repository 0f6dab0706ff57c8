//! The board: printed, as a page, and worked with in a terminal.

use std::process::{Command, Stdio};

use insta::assert_snapshot;

use super::support::{TestRepo, untested_without};
use super::terminal::Terminal;

/// Leaves the screen that was there before the board.
const LEFT: &str = "\u{1b}[?1049l";

fn repo() -> TestRepo {
    let repo = TestRepo::new();
    repo.write(".cmpm/config.yaml", "board: {wip: {active: 1}}\n");
    let ticket = |name: &str, text: &str| {
        repo.write(&format!("tasks/{name}.md"), &format!("---\n{text}---\n\n## Acceptance criteria\n\n- [x] a\n- [ ] b\n"));
    };
    ticket("epics/EP-1", "id: EP-1\nkind: epic\ntitle: All of it\nstatus: active\n");
    ticket(
        "issues/ISS-1",
        "id: ISS-1\nkind: issue\ntitle: Fix the links\nstatus: active\nparent: EP-1\npriority: critical\ndue: 2026-01-01\nassignee: ana\n",
    );
    ticket("issues/ISS-2", "id: ISS-2\nkind: issue\ntitle: Write it down\nstatus: active\nparent: EP-1\n");
    ticket(
        "issues/ISS-3",
        "id: ISS-3\ntitle: Old words\nstatus: open\ntype: issue\ncreated_at: 2025-01-01\ndependencies: [ISS-1]\nlabels: [x]\n",
    );
    ticket("issues/ISS-4", "id: ISS-4\nkind: issue\ntitle: Long ago\nstatus: completed\nparent: EP-1\n");
    ticket("issues/ISS-5", "id: ISS-5\nkind: issue\ntitle: Never\nstatus: cancelled\n");
    repo.commit_all("tickets");
    repo
}

#[test]
fn a_board_is_printed_where_no_terminal_is() {
    let repo = repo();
    assert_snapshot!(repo.cmpm(["board"]), @"
    repo board  25% done (1 of 4)

    planning 0

    active 2/1 over
      ISS-1  Fix the links
        critical · 1/2 · overdue 2026-01-01 · @ana
      EP-1  All of it
        33%
      ISS-2  Write it down
        1/2

    blocked 1
      ISS-3  Old words
        ⊘ ISS-1 · 1/2

    done 1
      ISS-4  Long ago
        1/2

    1 ticket without a column, such as cancelled ones; `--all` shows them
    ");
}

#[test]
fn a_board_is_markdown_or_stands_side_by_side() {
    let repo = repo();
    assert_snapshot!(repo.cmpm(["board", "--format", "md", "--where", "kind=issue", "--limit", "1"]), @r"
    <!-- cmpm board -->
    # repo

    25% done (1 of 4), 2026-01-31

    ## planning 0

    nothing

    ## active 2/1 over

    - [ ] **ISS-1** Fix the links — critical, 1/2, overdue 2026-01-01, \@ana
    - … 1 more

    ## blocked 1

    - [ ] **ISS-3** Old words — ⊘ ISS-1, 1/2

    ## done 1

    - [x] **ISS-4** Long ago — 1/2
    ");
    let wide = {
        let mut command = repo.command(["ticket", "board", "--all"]);
        command.env("CMPM_COLUMNS", "120");
        repo.answer(command)
    };
    assert_snapshot!(wide, @"
    repo board  25% done (1 of 4)

    planning 0              active 2/1 over         blocked 1               done 1                  cancelled 1
    ──────────────────────  ──────────────────────  ──────────────────────  ──────────────────────  ──────────────────────
                            ISS-1                   ISS-3                   ISS-4                   ISS-5
                            Fix the links           Old words               Long ago                Never
                            critical · 1/2 · over…  ⊘ ISS-1 · 1/2           1/2                     1/2

                            EP-1
                            All of it
                            33%

                            ISS-2
                            Write it down
                            1/2
    ");
    assert!(repo.status().is_empty());
}

#[test]
fn a_board_is_data() {
    let repo = repo();
    let board = repo.json(["board"]);
    let active = &board["data"]["columns"][2];
    assert_eq!(active["name"], "active");
    assert_eq!((&active["counted"], &active["limit"], &active["over"], &active["total"]), (&2.into(), &1.into(), &true.into(), &3.into()));
    assert_eq!(active["cards"][0]["criteria"], serde_json::json!({"done": 1, "total": 2}));
    assert_eq!(board["data"]["progress"], serde_json::json!({"done": 1, "total": 4, "percent": 25}));
    let odd = repo.cmpm(["-c", "board.columns=[open, somewhere, completed]", "board"]).success();
    assert!(odd.stderr.contains("`board:` names `somewhere`"), "{odd}");
    assert!(odd.stdout.contains("open 1\n  ISS-3") && odd.stdout.contains("completed 1\n  ISS-4"), "{odd}");
    repo.cmpm(["-c", "board.wip={active: 0}", "board"]).exits(2);
}

#[test]
fn a_page_needs_nothing_and_runs_nothing_of_a_ticket() {
    let repo = repo();
    let evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)> \"'`{{ 7*7 }}{% include 'x' %} https://example.invalid";
    let text = format!(
        "---\nid: ISS-9\nkind: issue\ntitle: {}\nstatus: \"<b>\"\nlabels: [\"<i>\"]\nassignee: '<u>'\ndue: '<s>'\n---\n\n{evil}\n",
        serde_json::to_string(evil).unwrap()
    );
    repo.write("tasks/issues/ISS-9.md", &text);
    repo.cmpm(["board", "--output", "board.html"]).success();
    let page = repo.read("board.html");
    assert!(page.starts_with("<!doctype html>"));
    assert_eq!(page.matches("<script").count(), 1);
    for tag in ["<img", "<b>alert", "<i>x", "<u>", "<s>", "<link", "onerror=alert(2)>", "@import", "url("] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(
        page.contains("&lt;img")
            && page.contains("{{ 7*7 }}")
            && page.matches("href").count() == page.matches("<a href=\"tasks&#x2f;").count(),
        "{page}"
    );
    assert!(page.contains("3&#x2f;1 over") && page.contains("class=\"check done\">a<"), "{page}");
    assert_eq!(repo.cmpm(["board", "--format", "html"]).success().stdout, page);
    // An earlier board is written over, anything else is not.
    repo.cmpm(["board", "-o", "board.html"]).success();
    assert_snapshot!(repo.cmpm(["board", "-o", "README.md"]), @"
    --- stderr
    error: [AROUND]/repo/README.md already exists and is not a board
    hint: write to another file, or look at it and then say `--replace`
    --- exit 2
    ");
    assert_eq!(repo.read("README.md"), "# Test\n");
    repo.cmpm(["board", "-o", "README.md", "--replace"]).success();
    assert!(repo.read("README.md").contains("## active 3/1 over"));
}

#[test]
fn a_board_is_worked_with_in_a_terminal() {
    let repo = repo();
    let mut terminal = Terminal::start(repo.command(["board"]), (120, 30));
    terminal.wait_for("words");
    terminal.wait_for("active 2/1 over");
    assert!(!terminal.is_sane());
    // The ticket is in the words of another tracker, and stays so.
    terminal.press("lmjjjjj\r");
    terminal.wait("the ticket is finished", |_| repo.read("tasks/issues/ISS-3.md").contains("status: completed\n"));
    assert!(repo.read("tasks/issues/ISS-3.md").starts_with("---\nid: ISS-3\ntitle: Old words\nstatus: completed\ntype: issue\n"));
    terminal.wait_for("ISS-3 is now done");
    terminal.press("\r");
    terminal.wait_for("Ticket, esc closes");
    terminal.wait_for("criteria");
    terminal.press("q/fix\r<");
    terminal.wait("the status is written", |_| repo.read("tasks/issues/ISS-1.md").contains("status: ready\n"));
    terminal.press("?");
    terminal.wait_for("everything");
    terminal.press("qq\u{1b}");
    terminal.press("q");
    assert_eq!(terminal.end().code(), Some(0));
    terminal.wait_for(LEFT);
    assert!(terminal.is_sane());
    repo.cmpm(["check"]).success();
    repo.cmpm(["undo"]).success();
    assert!(repo.read("tasks/issues/ISS-1.md").contains("status: active\n"));
}

#[test]
fn a_move_that_cannot_be_is_told_and_the_board_goes_on() {
    let repo = repo();
    let mut terminal = Terminal::start(repo.command(["board"]), (120, 30));
    terminal.wait_for("words");
    std::fs::remove_file(repo.path("tasks/issues/ISS-3.md")).unwrap();
    terminal.press("l>");
    terminal.wait_for("there is no ticket");
    terminal.press("q");
    assert_eq!(terminal.end().code(), Some(0));
}

#[test]
fn a_card_that_somebody_else_moved_is_not_moved_over_that() {
    let repo = repo();
    let mut terminal = Terminal::start(repo.command(["board"]), (120, 30));
    terminal.wait_for("words");
    repo.cmpm(["issue", "complete", "ISS-3"]).success();
    terminal.press("l>");
    terminal.wait_for("is now completed (expected open)");
    assert!(repo.read("tasks/issues/ISS-3.md").contains("status: completed\n"));
    // It was read again: now one moves what one sees.
    terminal.press("<");
    terminal.wait("it is moved", |_| !repo.read("tasks/issues/ISS-3.md").contains("status: completed\n"));
    terminal.press("\u{3}");
    assert_eq!(terminal.end().code(), Some(130));
    terminal.wait_for(LEFT);
    assert!(terminal.is_sane());
}

#[test]
fn what_turns_the_direction_of_writing_reaches_no_terminal() {
    let repo = repo();
    repo.write("tasks/issues/ISS-6.md", "---\nid: ISS-6\nkind: issue\ntitle: \"a\u{202e}b \u{2066}c\"\nstatus: active\nassignee: \"x\u{202e}y\"\nlabels: [\"l\u{200f}m\"]\n---\n\ntext \u{202e}more\n");
    let forms: [&[&str]; 9] = [
        &["issue", "list"],
        &["ticket", "graph"],
        &["ticket", "graph", "--format", "dot"],
        &["ticket", "graph", "--format", "mermaid"],
        &["board"],
        &["board", "--format", "md"],
        &["board", "--format", "html"],
        &["ticket", "show", "ISS-6"],
        &["ready", "--explain"],
    ];
    for form in forms {
        let answer = repo.cmpm(form).success();
        assert!(!answer.stdout.contains(['\u{202e}', '\u{2066}', '\u{200f}']), "{form:?}: {answer}");
    }
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let repo = repo();
    let mut terminal = Terminal::start(repo.command(["board"]), (20, 5));
    terminal.wait_for("ISS-1");
    terminal.terminate();
    assert_eq!(terminal.end().code(), Some(130));
    terminal.wait_for(LEFT);
    assert!(terminal.is_sane());
}

#[test]
fn a_closed_terminal_ends_the_board() {
    // Drawing may be the first to notice, or waiting for keys.
    let code = Terminal::close_under(repo().command(["board"])).code();
    assert!(matches!(code, Some(2 | 130)), "{code:?}");
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let repo = repo();
    let colours = |terminal: &Terminal| terminal.written().contains("\u{1b}[38;") || terminal.written().contains("\u{1b}[36m");
    let mut plain = repo.command(["board"]);
    plain.env("NO_COLOR", "1");
    let mut plain = Terminal::start(plain, (100, 20));
    plain.wait_for("words");
    plain.press("q");
    plain.end();
    assert!(!colours(&plain), "{:?}", plain.written());
    let mut painted = Terminal::start(repo.command(["board"]), (100, 20));
    painted.wait_for("words");
    assert!(colours(&painted), "{:?}", painted.written());
    painted.press("\u{3}");
    assert_eq!(painted.end().code(), Some(130));
    // Not drawn on, only written to: no terminal at one of the ends, or a form that was asked for.
    let mut printed = Terminal::start(repo.command(["board", "--format", "text"]), (100, 20));
    printed.end();
    printed.wait_for("words");
    assert!(!printed.written().contains("\u{1b}[?1049h"));
}

#[test]
fn board_and_graph_look_right_in_tmux() {
    let repo = repo();
    let socket = repo.around().join("tmux");
    let tmux = |arguments: &[&str]| {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(&socket).args(["-f", "/dev/null"]).args(arguments).env_remove("TMUX").stdin(Stdio::null());
        command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    if tmux(&["-V"]).is_err() {
        return untested_without("tmux", "the board in tmux");
    }
    let run =
        format!("cd '{}'; '{}' ticket graph; '{}' board", repo.root().display(), env!("CARGO_BIN_EXE_cmpm"), env!("CARGO_BIN_EXE_cmpm"));
    let home = repo.around().join("home");
    let environment = format!("env HOME='{}' CMPM_NOW=2026-01-31T09:00:00Z LC_ALL=C.UTF-8 sh -c \"{run}; read x\"", home.display());
    tmux(&["-u", "new-session", "-d", "-x", "100", "-y", "18", &environment]).unwrap();
    let wait = |text: &str| -> String {
        for _ in 0..600 {
            let screen = tmux(&["capture-pane", "-p"]).unwrap();
            if screen.contains(text) {
                return screen;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("waited for {text:?}: {}", tmux(&["capture-pane", "-p"]).unwrap())
    };
    let board = wait("enter opens");
    tmux(&["send-keys", "q"]).unwrap();
    let graph = wait("ISS-3  Old words");
    tmux(&["kill-server"]).unwrap();
    let tidy = |screen: &str| screen.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned();
    let rows: Vec<String> = tidy(&board).lines().take(5).map(str::to_owned).collect();
    assert_snapshot!(rows.join("\n"), @"
    repo  25% done (1 of 4)
    ╭ planning 0 ───────────╮╭ ready 0 ──────────────╮┏ active 2/1 over ━━━━━━┓╭ blocked 1 ────────────╮
    │                       ││                       │┃▶ ISS-1                ┃│ISS-3                  │
    │                       ││                       │┃Fix the links          ┃│Old words              │
    │                       ││                       │┃critical · 1/2         ┃│⊘ ISS-1 · 1/2          │
    ");
    assert_snapshot!(tidy(&graph), @"
    ◐ EP-1  33%  All of it
    ├─ ◐ ISS-1  Fix the links
    └─ ◐ ISS-2  Write it down
    ⊘ ISS-3  Old words  ← ISS-1

    ○ todo  ⊘ waits  ◐ active  ● done  ✕ cancelled  ← waits for
    2 tickets not shown; `--all` also shows finished ones
    ");
}
