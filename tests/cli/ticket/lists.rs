//! Lists: what fits the screen, which tickets, in which order, and the same answer from every view.

use super::super::support::TestRepo;
use super::super::terminal::Terminal;

/// Tickets as a team has them: long titles, people, an epic with a milestone, one that waits, a pull request, finished ones.
fn repo() -> TestRepo {
    let repo = TestRepo::new();
    let ticket = |name: &str, text: &str| repo.write(&format!("tasks/{name}.md"), &format!("---\n{text}---\n\nText.\n"));
    let long = "a title that is as long as titles of real tickets are";
    ticket("epics/EP-aaa", "id: EP-aaa\nkind: epic\ntitle: All of it\nstatus: planning\nmilestone: v1\n");
    ticket(
        "issues/ISS-abc",
        &format!("id: ISS-abc\nkind: issue\ntitle: One, {long}\nstatus: planning\nparent: EP-aaa\nassignee: ana\ndue: 2026-02-02\n"),
    );
    ticket(
        "issues/ISS-abd",
        &format!("id: ISS-abd\nkind: issue\ntitle: Two, {long}\nstatus: planning\ndepends_on: [ISS-abc]\npriority: high\n"),
    );
    ticket("issues/ISS-xyz", "id: ISS-xyz\nkind: issue\ntitle: Three\nstatus: active\nassignee: tess@example.invalid\naliases: ['#12']\n");
    ticket("issues/ISS-old", "id: ISS-old\nkind: issue\ntitle: Old\nstatus: done\nassignee: ana\n");
    ticket("issues/ISS-non", "id: ISS-non\nkind: issue\ntitle: Never\nstatus: cancelled\n");
    ticket("prs/PR-qqq", "id: PR-qqq\nkind: pr\ntitle: Look at it\nstatus: planning\nbranch: fix\nreviewers: [ana, ben]\n");
    repo.commit_all("tickets");
    repo
}

fn ids(repo: &TestRepo, arguments: &[&str]) -> String {
    let answer = repo.json(arguments);
    let tickets = answer["data"]["tickets"].as_array().unwrap_or_else(|| panic!("{arguments:?}: {answer}")).clone();
    let id = |row: serde_json::Value| row["id"].as_str().or(row["ticket"]["id"].as_str()).unwrap_or_default().to_owned();
    tickets.into_iter().map(id).collect::<Vec<_>>().join(" ")
}

fn narrow(repo: &TestRepo, arguments: &[&str]) -> String {
    let mut command = repo.command(arguments);
    command.env("CMPM_COLUMNS", "80");
    repo.answer(command).success().stdout
}

#[test]
fn a_list_fits_eighty_columns_and_keeps_its_titles() {
    let repo = repo();
    repo.cmpm(["ticket", "claim", "ISS-abc", "--for", "somebody with a long name"]).success();
    repo.git(["worktree", "add", "-q", "../beside-this-one"]);
    std::fs::write(
        repo.around().join("beside-this-one/tasks/issues/ISS-abc.md"),
        "---\nid: ISS-abc\nkind: issue\ntitle: One\nstatus: active\n---\n",
    )
    .unwrap();
    for arguments in [&["ticket", "list", "--all"][..], &["ready"], &["blocked"], &["agent", "list"], &["ticket", "milestone", "v1"]] {
        let shown = narrow(&repo, arguments);
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{arguments:?}\n{shown}");
    }
    assert!(narrow(&repo, &["ticket", "list", "--sort", "due"]).contains("DUE"));
    let list = narrow(&repo, &["ticket", "list"]);
    assert!(list.contains("One, a title that is as long as titles o"), "{list}");
    let piped = repo.cmpm(["ticket", "list"]).success().stdout;
    for whole in ["as long as titles of real tickets are", "ELSEWHERE", "CLAIMED BY", "somebody with a long name", "ASSIGNEE"] {
        assert!(piped.contains(whole), "{whole}\n{piped}");
    }
    // Everybody's tickets are one person's: there is nothing to tell apart.
    assert!(!repo.cmpm(["ticket", "list", "--assignee", "ana", "--all"]).success().stdout.contains("ASSIGNEE"));
}

#[test]
fn a_description_is_one_sentence_in_a_list() {
    let repo = repo();
    let text = format!("---\nname: helper\ndescription: Plans the work. {}\n---\n\nDo it.\n", "Examples follow here. ".repeat(60));
    repo.write(".claude/agents/helper.md", &text);
    let list = repo.cmpm(["agent", "list"]).success().stdout;
    let line = list.lines().find(|line| line.starts_with("helper")).unwrap();
    assert!(line.ends_with("Plans the work"), "{line}");
}

#[test]
fn every_view_gives_the_same_answer() {
    let repo = repo();
    assert_eq!(ids(&repo, &["ready"]), "ISS-abc");
    assert_eq!(ids(&repo, &["blocked"]), "ISS-abd");
    let board = repo.json(["board"]);
    let column = |name: &str| {
        let columns = board["data"]["columns"].as_array().unwrap();
        let cards = columns.iter().find(|column| column["name"] == name).unwrap()["cards"].as_array().unwrap();
        cards.iter().map(|card| card["id"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(column("ready"), "ISS-abc");
    assert_eq!(column("blocked"), "ISS-abd");
    assert_eq!(column("review"), "PR-qqq");
    assert_eq!((column("planning").as_str(), column("active").as_str()), ("EP-aaa", "ISS-xyz"));
    // What has no column of its own says it on the card.
    let few = repo.cmpm(["-c", "board.columns=[planning, active, done]", "board"]).success().stdout;
    assert!(few.contains("ISS-abc  One") && few.contains("    ready · due 2026-02-02 · @ana"), "{few}");
    assert!(few.contains("    high · ⊘ ISS-abc"), "{few}");
    let why = repo.cmpm(["ready", "--explain"]).success().stdout;
    assert!(why.contains("PR-qqq") && why.contains("waits for review"), "{why}");
    let status = repo.cmpm(["status"]).success().stdout;
    assert!(status.contains("CANCELLED") && status.contains("ready     1 ticket"), "{status}");
    repo.write("tasks/issues/ISS-stk.md", "---\nid: ISS-stk\nkind: issue\ntitle: Stuck\nstatus: on hold\n---\n");
    assert_eq!(ids(&repo, &["blocked"]), "ISS-abd ISS-stk");
    assert!(repo.cmpm(["blocked"]).success().stdout.contains("on hold, as its status says"));
}

#[test]
fn a_board_counts_what_it_cuts_and_links_its_tickets() {
    let repo = repo();
    for number in 1..=4 {
        repo.write(
            &format!("tasks/issues/ISS-m{number}.md"),
            &format!("---\nid: ISS-m{number}\nkind: issue\ntitle: More\nstatus: planning\n---\n"),
        );
    }
    let cut = repo.cmpm(["board", "--limit", "2"]).success().stdout;
    assert!(cut.contains("ready 5\n") && cut.contains("… 3 more"), "{cut}");
    let filtered = repo.json(["board", "--where", "kind=issue and status!=planning"]);
    assert_eq!(filtered["data"]["progress"], serde_json::json!({"done": 1, "total": 2, "percent": 50}));
    repo.write("docs/x.md", "x\n");
    repo.cmpm(["board", "--output", "docs/board.html"]).success();
    let page = repo.read("docs/board.html").replace("&#x2f;", "/");
    assert!(page.contains("<a href=\"../tasks/issues/ISS-abc.md\">ISS-abc</a>"), "{page}");
    for name in ["planning", "ready", "active", "blocked", "review", "done"] {
        assert!(page.contains(&format!("<h2>{name}<span>")), "{name}");
    }
    // The terminal has every card unless fewer are asked for.
    let mut terminal = Terminal::start(repo.command(["board", "--limit", "2"]), (160, 30));
    terminal.wait_for("ready 5");
    terminal.wait_for("3 more");
    terminal.press("\u{3}");
    terminal.end();
    let mut terminal = Terminal::start(repo.command(["board"]), (160, 30));
    terminal.wait_for("ready 5");
    terminal.press("/m");
    terminal.wait_for("4 of 5");
    terminal.press("\u{3}");
    terminal.end();
}

#[test]
fn people_dates_and_milestones_are_asked_for_in_plain_words() {
    let repo = repo();
    for (arguments, found) in [
        (&["--assignee", "me"][..], "ISS-xyz"),
        (&["--where", "assignee=me"], "ISS-xyz"),
        (&["--assignee", "none"], "ISS-abd EP-aaa PR-qqq"),
        (&["--assignee", ""], "ISS-abd EP-aaa PR-qqq"),
        (&["--where", "assignee="], "ISS-abd EP-aaa PR-qqq"),
        (&["--where", "assignee!=none and kind=issue"], "ISS-abc ISS-xyz"),
        (&["--where", "due<tomorrow"], ""),
        (&["--where", "due<+3d"], "ISS-abc"),
        (&["--due-before", "next fri"], "ISS-abc"),
        (&["--milestone", "v1"], "ISS-abc EP-aaa"),
        (&["--where", "milestone=V1 and kind=issue"], "ISS-abc"),
    ] {
        assert_eq!(ids(&repo, &[&["ticket", "list"], arguments].concat()), found, "{arguments:?}");
    }
    let milestone = repo.json(["ticket", "milestone", "v1"]);
    let counts = &milestone["data"]["milestones"][0];
    assert_eq!((&counts["open"], &counts["progress"]["total"]), (&1.into(), &1.into()), "an epic is no more than its parts: {counts}");
    assert_eq!(milestone["data"]["milestones"][0]["tickets"].as_array().unwrap().len(), 2);
    repo.cmpm(["issue", "update", "ISS-xyz", "--due", "fri", "--defer-until", "+1w"]).success();
    let file = repo.read("tasks/issues/ISS-xyz.md");
    assert!(file.contains("due: '2026-02-06'\n") && file.contains("defer_until: '2026-02-07'\n"), "{file}");
    let wrong = repo.cmpm(["ticket", "list", "--where", "assigne=ana"]).exits(2);
    assert!(wrong.stderr.contains("did you mean `assignee`?") && wrong.stderr.matches(", ").count() <= 6, "{wrong}");
}

#[test]
fn a_list_says_what_it_leaves_out() {
    let repo = repo();
    let list = repo.cmpm(["ticket", "list", "-n", "2"]).success().stdout;
    assert!(list.contains("showing 2 of 5\n") && list.contains("2 finished tickets not shown; `--all` shows them"), "{list}");
    // Only what passes the filter counts.
    let mine = repo.cmpm(["ticket", "list", "--assignee", "ana"]).success().stdout;
    assert!(mine.contains("1 finished ticket not shown"), "{mine}");
    assert!(!repo.cmpm(["ticket", "list", "--assignee", "me"]).success().stdout.contains("not shown"));
    assert_eq!(repo.json(["ticket", "list", "-n", "2"])["data"]["more"], 3);
    // The more urgent first, then what is due; what is finished at the end.
    assert_eq!(ids(&repo, &["ticket", "list", "--all"]), "ISS-abd ISS-abc EP-aaa ISS-xyz PR-qqq ISS-old ISS-non");
}

#[test]
fn several_tickets_are_one_change() {
    let repo = repo();
    let both = repo.json(["ticket", "show", "ISS-abc", "12"]);
    assert_eq!((&both["data"][0]["id"], &both["data"][1]["id"]), (&"ISS-abc".into(), &"ISS-xyz".into()));
    assert_eq!(repo.json(["ticket", "show", "12"])["data"]["id"], "ISS-xyz");
    let pr = repo.cmpm(["pr", "show", "PR-qqq"]).success().stdout;
    assert!(pr.contains("branch     fix\n") && pr.contains("reviewers  ana, ben\n"), "{pr}");
    // One that cannot be completed keeps all as they are.
    repo.cmpm(["ticket", "complete", "ISS-abc", "ISS-old"]).exits(2);
    assert!(repo.status().is_empty());
    repo.cmpm(["ticket", "complete", "ISS-abc", "ISS-abd", "ISS-abc", "-m", "together"]).success();
    assert!(repo.read("tasks/issues/ISS-abc.md").contains("status: done") && repo.read("tasks/issues/ISS-abd.md").contains("status: done"));
    repo.cmpm(["undo"]).success();
    assert!(repo.status().is_empty());
    let updated = repo.json(["ticket", "update", "ISS-abc", "ISS-xyz", "--label", "x"]);
    assert_eq!((&updated["data"][0]["changed"], &updated["data"][1]["changed"]), (&true.into(), &true.into()));
    repo.cmpm(["ticket", "reopen", "ISS-old", "ISS-non"]).success();
    repo.cmpm(["ticket", "claim", "ISS-abd", "--for", "zed"]).success();
    // Somebody has one of them: none is taken.
    repo.cmpm(["ticket", "claim", "ISS-abc", "ISS-abd"]).exits(4);
    assert_eq!(repo.json(["ticket", "claims"])["data"]["claims"].as_array().unwrap().len(), 1);
    repo.cmpm(["ticket", "claim", "ISS-abc", "ISS-xyz"]).success();
    repo.cmpm(["ticket", "release", "ISS-abc", "ISS-xyz"]).success();
}

#[test]
fn a_ticket_is_edited_in_the_editor_and_never_lost() {
    let repo = repo();
    let edit = |script: &str, arguments: &[&str]| {
        repo.write("../editor.sh", &format!("#!/bin/sh\n{script}\n"));
        let mut command = repo.command(arguments);
        command.env("EDITOR", "sh ../editor.sh");
        repo.answer(command)
    };
    let answer = edit("sed -i 's/title: Three/title: Four/' \"$1\"", &["issue", "edit", "ISS-xyz"]).success();
    assert!(answer.stdout.contains("Updated ISS-xyz: Four"), "{answer}");
    assert!(repo.read("tasks/issues/ISS-xyz.md").contains("title: Four\n"));
    assert!(edit("true", &["issue", "edit", "ISS-xyz"]).success().stdout.contains("Nothing to change"));
    let before = repo.read("tasks/issues/ISS-xyz.md");
    for script in ["sed -i 's/^id: .*/id: ISS-other/' \"$1\"", "printf -- '---\\nid: [\\n---\\nmine\\n' > \"$1\""] {
        let refused = edit(script, &["issue", "edit", "ISS-xyz"]).exits(2);
        let kept = refused.stderr.lines().next().unwrap().rsplit("kept in ").next().unwrap().to_owned();
        assert!(std::path::Path::new(&kept).is_file(), "{refused}");
        assert_eq!(repo.read("tasks/issues/ISS-xyz.md"), before);
    }
    // Nothing is kept of nothing, and the file is named.
    let refused = edit(": > \"$1\"", &["issue", "edit", "ISS-xyz"]).exits(2);
    assert!(refused.stderr.contains("error: tasks/issues/ISS-xyz.md came back empty from the editor\n"), "{refused}");
    assert_eq!(repo.read("tasks/issues/ISS-xyz.md"), before);
    // What `update` refuses is refused here too, unless it was there before.
    for (key, word, near) in [
        ("status: .*", "status: activ", "`activ` is not a status of this project; your text is kept"),
        ("status: .*", "status: activ", "did you mean `active`?"),
        ("kind: .*", "kind: isue", "did you mean `issue`?"),
        ("title: .*", "&\\npriority: hihg", "did you mean `high`?"),
        ("title: .*", "&\\ndue: soonish", "`soonish` is not a date"),
    ] {
        let refused = edit(&format!("sed -i 's/^{key}/{word}/' \"$1\""), &["issue", "edit", "ISS-xyz"]).exits(2);
        assert!(refused.stderr.contains(near), "{word}: {refused}");
        assert_eq!(repo.read("tasks/issues/ISS-xyz.md"), before);
    }
    repo.write("tasks/issues/ISS-xyz.md", &before.replace("active", "dreaming"));
    edit("sed -i 's/^title: .*/title: Five/' \"$1\"", &["issue", "edit", "ISS-xyz"]).success();
}

#[test]
fn the_editor_is_the_one_that_git_uses() {
    let repo = repo();
    let says = |word: &str| format!("sed -i 's/^title: .*/title: {word}/'");
    let mut said = Vec::new();
    for named in 0..5 {
        if named == 3 {
            repo.git(["config", "core.editor", &says("configured")]);
        }
        let mut command = repo.command(["issue", "edit", "ISS-xyz"]);
        command.env("TERM", if named == 1 { "dumb" } else { "xterm" });
        if named > 0 {
            command.env("EDITOR", says("plain")).env("VISUAL", says("visual"));
        }
        if named == 4 {
            command.env("GIT_EDITOR", says("gits"));
        }
        let answer = repo.answer(command);
        let title = repo.json(["issue", "show", "ISS-xyz"])["data"]["title"].as_str().unwrap().to_owned();
        said.push((answer.exit, title));
    }
    let wanted = [(2, "Three"), (0, "plain"), (0, "visual"), (0, "configured"), (0, "gits")];
    assert_eq!(said, wanted.map(|(exit, title)| (exit, title.to_owned())));
}

#[test]
fn on_a_terminal_one_writes_and_chooses() {
    let repo = repo();
    repo.write("../editor.sh", "#!/bin/sh\nprintf '# From the editor\\n\\nAll about it.\\n' > \"$1\"\n");
    let mut command = repo.command(["issue", "create"]);
    command.env("EDITOR", "sh ../editor.sh");
    let mut terminal = Terminal::start(command, (100, 20));
    assert_eq!(terminal.end().code(), Some(0));
    terminal.wait_for("From the editor");
    let list = repo.json(["ticket", "list", "--where", "title='From the editor'"]);
    let file = repo.read(list["data"]["tickets"][0]["path"].as_str().unwrap());
    assert!(file.contains("## Description\n\nAll about it.\n"), "{file}");
    let mut terminal = Terminal::start(repo.command(["ticket", "show", "ISS-ab"]), (100, 30));
    terminal.wait_for("Which one?");
    terminal.press("2\n");
    assert_eq!(terminal.end().code(), Some(0));
    terminal.wait_for("Two, a title");
    // Of more than fit, some cannot be chosen.
    (0..9).for_each(|number| repo.write(&format!("tasks/issues/ISS-m{number}.md"), &format!("---\nid: ISS-m{number}\ntitle: M\n---\n")));
    let mut terminal = Terminal::start(repo.command(["ticket", "show", "ISS-m"]), (100, 30));
    terminal.wait_for("     … 1 more");
    terminal.press("9\n");
    assert_eq!(terminal.end().code(), Some(2));
    (0..9).for_each(|number| std::fs::remove_file(repo.path(&format!("tasks/issues/ISS-m{number}.md"))).unwrap());
    let refused = repo.cmpm(["ticket", "show", "ISS-ab"]).exits(2);
    assert!(refused.stderr.contains("ISS-abc (One, a title that is as long as titles of real tickets are), ISS-abd (Two"), "{refused}");
    // The part that is enough is marked where there is colour, and nowhere else.
    let mut terminal = Terminal::start(repo.command(["ticket", "list"]), (100, 30));
    terminal.end();
    terminal.wait_for("\u{1b}[1m\u{1b}[4m\u{1b}[36mabc");
    terminal.wait_for("\u{1b}[1m\u{1b}[4m\u{1b}[36mx\u{1b}[0m");
}

#[test]
fn the_hook_shows_what_is_odd_and_lets_it_pass() {
    let repo = repo();
    repo.cmpm(["init"]).success();
    repo.write("tasks/issues/ISS-xyz.md", "---\nid: ISS-xyz\nkind: issue\ntitle: Three\nstatus: in progres\n---\n");
    repo.git(["add", "-A"]);
    let ran = repo.cmpm(["hook", "run", "pre-commit"]).success();
    let lines: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("warning: tasks/issues/ISS-xyz.md")).collect();
    assert!(lines.len() == 1 && lines[0].contains("in progres"), "{ran}");
}

#[test]
fn me_and_none_are_written_as_they_are_meant() {
    let repo = TestRepo::new();
    let id = repo.json(["issue", "create", "Mine", "--assignee", "me"])["data"]["id"].as_str().unwrap().to_owned();
    let assignee = || repo.json(["ticket", "show", &id])["data"]["assignee"].clone();
    assert_eq!(assignee(), "Tess Test");
    repo.cmpm(["ticket", "update", &id, "--assignee", "none"]).success();
    assert!(assignee().is_null(), "{}", assignee());
    repo.cmpm(["ticket", "assign", &id, "@me"]).success();
    assert_eq!(assignee(), "Tess Test");
    repo.cmpm(["ticket", "assign", &id, "none"]).success();
    assert!(assignee().is_null() || assignee() == "", "{}", assignee());
    let other = repo.json(["issue", "create", "Nobody's", "--assignee", "none"])["data"]["path"].as_str().unwrap().to_owned();
    assert!(!repo.read(&other).contains("assignee"));
}

#[test]
fn where_something_is_overdue_the_due_date_stays_longer_than_who_has_it() {
    let repo = TestRepo::new();
    repo.cmpm([
        "issue",
        "create",
        "Late, and with a title that is longer than what is kept of one",
        "--due",
        "2026-01-02",
        "--assignee",
        "somebody-one",
    ])
    .success();
    repo.cmpm(["issue", "create", "Other", "--assignee", "somebody-two"]).success();
    let headings = |width: usize| {
        let mut command = repo.command(["ticket", "list"]);
        command.env("CMPM_COLUMNS", width.to_string());
        repo.answer(command).success().stdout.lines().next().unwrap().to_owned()
    };
    let all: Vec<String> = (60..130).map(headings).collect();
    assert!(all.iter().all(|line| line.contains("DUE") || !line.contains("ASSIGNEE")), "{all:#?}");
    assert!(all.iter().any(|line| line.contains("DUE") && !line.contains("ASSIGNEE")), "{all:#?}");
    assert!(all.iter().any(|line| line.contains("ASSIGNEE")), "{all:#?}");
}
