//! Which tickets are listed and in which order; milestones, dates, criteria and what is done.

use insta::assert_snapshot;

use super::support::TestRepo;

fn repo() -> TestRepo {
    let repo = TestRepo::new();
    repo.write(
        ".cmpm/config.yaml",
        "filters:\n  mine: assignee=me and status=active\n  broken: status=active nd x\nmilestones:\n  V1: 2026-01-15\n  v2: {due: 2027-03-01, title: The second}\n",
    );
    let ticket = |id: &str, keys: &str, body: &str| {
        repo.write(&format!("tasks/issues/{id}.md"), &format!("---\nid: {id}\nkind: issue\ntitle: Title of {id}\n{keys}---\n\n{body}"));
    };
    ticket(
        "ISS-1",
        "status: in-progress\nassignee: Tess Test\npriority: low\nlabels: [docs]\nmilestone: v1\ndue: 2026-01-20\n",
        "## Acceptance Criteria\n\n- [x] a\n- [X] b\n- [ ] c\n",
    );
    ticket("ISS-2", "status: planning\nassignee: '@tess'\npriority: critical\ntags: [docs, ui]\ndue_date: 01.02.2026\nsprint: 12\n", "");
    ticket("ISS-3", "status: done\nmilestone: V1 \nparent: ISS-2\nmetadata:\n  team: red\n", "");
    ticket("ISS-4", "status: planning\nparent: ISS-2\nmilestone: later\ndue: soon\n", "");
    repo.commit_all("tickets");
    repo
}

fn ids(repo: &TestRepo, arguments: &[&str]) -> String {
    let answer = repo.json([&["ticket", "list"], arguments].concat());
    let tickets = answer["data"]["tickets"].as_array().unwrap_or_else(|| panic!("{answer}"));
    tickets.iter().map(|ticket| ticket["id"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn tickets_are_listed_by_any_key() {
    let repo = repo();
    for (condition, found) in [
        ("status=active and label=docs and due<2026-12-01", "ISS-1"),
        ("tag=docs", "ISS-2 ISS-1"),
        ("sprint=12", "ISS-2"),
        ("metadata.team=red and status=done", "ISS-3"),
        ("category=done or priority=critical", "ISS-2 ISS-3"),
        ("assignee=me", "ISS-2 ISS-1"),
        ("overdue=yes and not assignee=bo", "ISS-1"),
        ("parent=ISS-2 and status=planning", "ISS-4"),
    ] {
        assert_eq!(ids(&repo, &["--where", condition]), found, "{condition}");
    }
    assert_eq!(ids(&repo, &["--filter", "mine"]), "ISS-1");
    assert_eq!(ids(&repo, &["--overdue"]), "ISS-1");
    assert_eq!(ids(&repo, &["--due-before", "2026-02-01"]), "ISS-1");
    assert_eq!(ids(&repo, &["--due-before", "2.2.2026"]), "ISS-2 ISS-1");
    assert_eq!(ids(&repo, &["--milestone", "v1", "--all"]), "ISS-1 ISS-3");
    assert_snapshot!(repo.cmpm(["ticket", "list", "--where", "sprnt=12"]), @"
    --- stderr
    error: the condition cannot be read at character 1: `sprnt` is not a key here; did you mean `sprint`?
    hint:  → sprnt=12
    hint: similar keys: sprint
    --- exit 2
    ");
    assert_snapshot!(repo.cmpm(["ticket", "list", "--filter", "broken"]), @"
    --- stderr
    error: the filter `broken` of the settings: the condition cannot be read at character 15: `and`, `or` or the end
    hint: status=active  → nd x
    hint: correct it under `filters:`
    --- exit 2
    ");
    assert_snapshot!(repo.cmpm(["ticket", "list", "--filter", "none"]), @"
    --- stderr
    error: there is no filter `none` in the settings
    hint: there are broken, mine
    --- exit 2
    ");
    assert_snapshot!(repo.cmpm(["ticket", "list", "--due-before", "soon"]), @"
    --- stderr
    error: `soon` is not a date
    hint: write it like 2026-12-24, 2026-12-24T18:00:00Z, tomorrow, 3d, `next fri` or `in 2 weeks`
    --- exit 2
    ");
}

#[test]
fn tickets_are_listed_in_the_order_one_names() {
    let repo = repo();
    assert_eq!(ids(&repo, &["--sort", "priority"]), "ISS-2 ISS-1 ISS-4");
    assert_eq!(ids(&repo, &["--sort", "-priority,id"]), "ISS-1 ISS-2 ISS-4");
    assert_eq!(ids(&repo, &["--sort", "due"]), "ISS-1 ISS-2 ISS-4");
    assert_eq!(ids(&repo, &["--sort", "-due", "--all"]), "ISS-4 ISS-2 ISS-1 ISS-3");
    assert_eq!(ids(&repo, &["--sort", "status,-id"]), "ISS-4 ISS-2 ISS-1");
    assert_snapshot!(repo.cmpm(["ticket", "list", "--sort", "colour"]), @"
    --- stderr
    error: tickets cannot be sorted by `colour`
    hint: by one of agent, aliases, assignee, author, blocks, category, created, criteria, defer_until, depends_on, dialect, discovered_from, due, duplicates, estimate, id, kind, labels, metadata.team, milestone, model, overdue, parent, path, paths, priority, related, sprint, status, title; `-` before it reverses the order
    --- exit 2
    ");
}

#[test]
fn what_is_done_and_due_stands_in_list_and_show() {
    let repo = repo();
    assert_snapshot!(repo.cmpm(["ticket", "list", "--all"]), @"
    ID     KIND   STATUS       PRIORITY  CRITERIA  PARTS  ASSIGNEE   DUE         TITLE
    ISS-2  issue  planning     critical  -         50%    @tess      01.02.2026  Title of ISS-2
    ISS-4  issue  planning     -         -         -      -          soon        Title of ISS-4
    ISS-1  issue  in-progress  low       2/3       -      Tess Test  2026-01-20  Title of ISS-1
    ISS-3  issue  done         -         -         -      -          -           Title of ISS-3
    ");
    assert_snapshot!(repo.cmpm(["ticket", "show", "ISS-1"]), @"
    ISS-1 Title of ISS-1
    kind       issue
    status     in-progress
    priority   low
    assignee   Tess Test
    due        2026-01-20, overdue
    milestone  v1
    labels     docs
    criteria   2/3 done
    file       tasks/issues/ISS-1.md

    ## Acceptance Criteria

    - [x] a
    - [X] b
    - [ ] c
    ");
    assert_snapshot!(repo.cmpm(["ticket", "show", "ISS-2"]), @"
    ISS-2 Title of ISS-2
    kind       issue
    status     planning
    priority   critical
    assignee   @tess
    due        01.02.2026
    labels     docs, ui
    parts      50% done (1 of 2)
    file       tasks/issues/ISS-2.md

    Parts
    ID     KIND   STATUS    PRIORITY  DUE   TITLE
    ISS-3  issue  done      -         -     Title of ISS-3
    ISS-4  issue  planning  -         soon  Title of ISS-4
    ");
    let row = &repo.json(["ticket", "list"])["data"]["tickets"][2];
    assert_eq!((&row["criteria"], &row["overdue"]), (&serde_json::json!({"done": 2, "total": 3}), &true.into()));
    assert!(repo.cmpm(["--color", "always", "ticket", "list"]).stdout.contains("\u{1b}[1m\u{1b}[31m2026-01-20"));
}

#[test]
fn milestones_say_how_far_they_are() {
    let repo = repo();
    assert_snapshot!(repo.cmpm(["ticket", "milestone"]), @"
    MILESTONE  DUE                  DONE       OPEN  TITLE
    V1         2026-01-15, overdue  50% (1/2)  1     -
    v2         2027-03-01           -          0     The second
    later      -                    0% (0/1)   1     -
    ");
    assert_snapshot!(repo.cmpm(["ticket", "milestone", "V1"]), @"
    MILESTONE  DUE                  DONE       OPEN  TITLE
    V1         2026-01-15, overdue  50% (1/2)  1     -

    ID     KIND   STATUS       PRIORITY  CRITERIA  ASSIGNEE   DUE         TITLE
    ISS-1  issue  in-progress  low       2/3       Tess Test  2026-01-20  Title of ISS-1
    ISS-3  issue  done         -         -         -          -           Title of ISS-3
    ");
    assert_snapshot!(repo.cmpm(["ticket", "milestone", "v9"]), @"
    --- stderr
    error: there is no milestone `v9`
    hint: there are later, V1, v2
    --- exit 2
    ");
    let milestone = &repo.json(["ticket", "milestone", "v1"])["data"]["milestones"][0];
    assert_eq!((&milestone["progress"]["percent"], &milestone["overdue"], &milestone["open"]), (&50.into(), &true.into(), &1.into()));
}

#[test]
fn settings_that_cannot_be_meant_are_refused() {
    let repo = repo();
    for (setting, said) in [
        ("board.wip={active: 0}", "`board.wip.active` must be at least 1"),
        ("board.columns=[done, Done]", "`board.columns` has `Done` twice"),
        ("filters={x: ''}", "`filters.x` has nothing in it"),
        ("milestones={x: soon}", "`milestones.x` is due on `soon`"),
        ("board.colour=red", "there is no key `colour`"),
    ] {
        let answer = repo.cmpm(["-c", setting, "ticket", "list"]).exits(2);
        assert!(answer.stderr.contains(said), "{setting}: {answer}");
    }
}

#[test]
fn what_is_no_date_is_before_and_after_nothing() {
    let repo = repo();
    for condition in ["due<garbage", "due<someday", "status=active and not (due_date>=soon)", "created>'last week'"] {
        let answer = repo.cmpm(["issue", "list", "--where", condition]).exits(2);
        assert!(answer.stderr.contains("date"), "{answer}");
    }
    for condition in ["due<2026", "due<=2026-12", "due>2026-12-24", "due<2026-12-24T10:00:00Z", "due=garbage", "due~2026"] {
        repo.cmpm(["issue", "list", "--where", condition]).success();
    }
    assert_eq!(ids(&repo, &["--where", "overdue=true"]), ids(&repo, &["--where", "overdue=yes"]));
}
