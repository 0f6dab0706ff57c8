//! `cmpm session`

use crate::support::TestRepo;

#[test]
fn a_session_is_a_file() {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "Fix the login form"]).success();
    insta::assert_snapshot!(repo.cmpm(["session", "save", "login", "Parser done; next: the error page of the form.", "--ticket", "ISS-0", "--path", "src/login/**"]), @"
    Began session login
    .cmpm/sessions/login.md
    ");
    insta::assert_snapshot!(repo.read(".cmpm/sessions/login.md"), @"
    ---
    id: login
    branch: main
    tickets:
      - ISS-00000001
    paths:
      - src/login/**
    created: '2026-01-31T09:00:00Z'
    author: Tess Test
    ---

    ## 2026-01-31T09:00:00Z

    Parser done; next: the error page of the form.
    ");
}

#[test]
fn a_session_is_left_and_gone_on_with() {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "Fix the login form"]).success();
    repo.cmpm(["memory", "add", "The login form needs a token before the form is shown."]).success();
    repo.cmpm(["memory", "add", "Releases are cut on Fridays."]).success();
    repo.cmpm(["session", "save", "login", "Parser done; next: the error page of the form.", "--ticket", "ISS-0"]).success();
    repo.cmpm(["session", "save", "docs", "Only words.", "--commit"]).success();
    insta::assert_snapshot!(repo.cmpm(["session", "list"]), @"
       NAME   BRANCH  TICKETS
    *  docs   main    -
       login  main    ISS-00000001
    ");
    repo.git(["switch", "-qc", "other"]);
    insta::assert_snapshot!(repo.cmpm(["session", "switch", "login"]), @"
    login (current)
    branch   main
    tickets  ISS-00000001
    created  2026-01-31T09:00:00Z
    author   Tess Test
    file     .cmpm/sessions/login.md

    ## 2026-01-31T09:00:00Z

    Parser done; next: the error page of the form.

    the session was on main; here is other

    Memories about it
    MEM-0000000h  project: The login form needs a token before the form is shown.
    ");
    repo.cmpm(["session", "save", "login", "Error page done.", "--ticket", "ISS-0"]).success();
    let shown = repo.json(["session", "show"]);
    assert_eq!(
        (&shown["data"]["branch"], &shown["data"]["current"], shown["data"]["tickets"].as_array().unwrap().len()),
        (&"other".into(), &true.into(), 1)
    );
    assert!(shown["data"]["notes"].as_str().unwrap().ends_with("form.\n\nError page done."), "{shown}");
}

#[test]
fn the_memories_of_the_new_context_come_along_and_not_those_of_the_old_one() {
    let repo = TestRepo::new();
    let note = |id: &str, keys: &str, text: &str| {
        repo.write(&format!(".cmpm/memory/team/{id}.md"), &format!("---\nid: {id}\ncategory: team\n{keys}---\n\n{text}\n"));
    };
    repo.write("tasks/epics/EP-1.md", "---\nid: EP-1\nkind: epic\ntitle: Tractor schedule\nstatus: open\n---\n");
    repo.write("tasks/tasks/TSK-1.md", "---\nid: TSK-1\nkind: task\ntitle: Login form\nstatus: open\nparent: EP-1\npaths: ['src/form/**']\n---\n\nIt wants a captcha picture.\n");
    note("MEM-text", "title: Captcha picture\n", "A captcha picture needs words.");
    note("MEM-above", "title: The tractor schedule\n", "In hours.");
    note("MEM-ticket", "title: Forms\nscope: ['src/form/*.rs']\n", "Check twice.");
    note("MEM-path", "title: Style\nscope: ['docs/*.md']\n", "Short sentences.");
    note("MEM-over", "title: Captcha picture then\nvalid_until: 2026-01-01\n", "Pictures.");
    note("MEM-none", "title: Weather\n", "It rains.");
    repo.cmpm(["session", "save", "rain", "It rains; weather again."]).success();
    repo.cmpm(["session", "save", "login", "Parser done.", "--ticket", "TSK-1", "--path", "docs/**"]).success();
    repo.cmpm(["session", "switch", "rain"]).success();
    let switched = repo.json(["session", "switch", "login"])["data"].clone();
    let mut ids: Vec<&str> = switched["memories"].as_array().unwrap().iter().map(|memory| memory["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["MEM-above", "MEM-path", "MEM-text", "MEM-ticket"], "{switched}");
    let left_out = "Left out: 1 superseded or expired; `cmpm memory pack --ticket TSK-1 --paths 'docs/**'` shows more.";
    assert_eq!(switched["left_out"], left_out);
    assert!(repo.cmpm(["session", "switch", "login"]).success().stdout.ends_with(&format!("{left_out}\n")));
}

#[test]
fn what_cannot_be_a_session_is_refused() {
    let repo = TestRepo::new();
    insta::assert_snapshot!(repo.cmpm(["session", "list"]), @"No sessions.");
    repo.cmpm(["session", "show"]).exits(2);
    repo.cmpm(["session", "switch", "nowhere"]).exits(2);
    repo.cmpm(["session", "save", "../x", "y"]).exits(2);
    repo.cmpm(["session", "save", "x", "y", "--ticket", "ISS-9"]).exits(2);
    repo.cmpm(["session", "save", "x", "y", "--path", "a["]).exits(2);
    let token = format!("ghp_{}", "x7Kq2mVt9LpR4nWb8ZcJ1yHs6DfG3aEu0QoT");
    let answer = repo.cmpm(["session", "save", "x", &token]).exits(3);
    assert!(!answer.to_string().contains("ghp_"), "{answer}");
    assert!(!repo.exists(".cmpm/sessions"));
}

#[test]
fn a_session_keeps_its_name_and_takes_no_empty_note() {
    let repo = TestRepo::new();
    repo.cmpm(["session", "save", "login", "Here."]).success();
    insta::assert_snapshot!(repo.cmpm(["session", "save", "LOGIN", "There."]), @"
    Saved session login
    .cmpm/sessions/login.md
    ");
    let answer = repo.cmpm(["session", "save", "login", " \n"]).exits(2);
    assert!(answer.stderr.contains("the note is empty"), "{answer}");
    assert_eq!(repo.json(["session", "show"])["data"]["name"], repo.json(["session", "show", "login"])["data"]["name"]);
}

#[test]
fn each_work_tree_has_its_own_current_session() {
    let repo = TestRepo::new();
    repo.cmpm(["session", "save", "one", "Here.", "--commit"]).success();
    let other = repo.around().join("other").display().to_string();
    repo.git(["worktree", "add", "-q", &other]);
    repo.cmpm(["-C", &other, "session", "show"]).exits(2);
    repo.cmpm(["-C", &other, "session", "show", "one"]).success();
}
