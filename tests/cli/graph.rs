//! What waits for what: cycles are refused, chains are reported, the graph is drawn.

use std::process::Stdio;

use insta::assert_snapshot;

use super::support::TestRepo;

/// A ticket in the first folder.
fn ticket(repo: &TestRepo, id: &str, keys: &str) {
    let kind = if id.starts_with("EP") { "epic" } else { "issue" };
    repo.write(
        &format!("tasks/{kind}s/{id}.md"),
        &format!("---\nid: {id}\nkind: {kind}\ntitle: Title of {id}\nstatus: planning\n{keys}---\n\nText.\n"),
    );
}

fn small() -> TestRepo {
    let repo = TestRepo::new();
    ticket(&repo, "EP-1", "depends_on: [ISS-9]\n");
    ticket(&repo, "ISS-1", "parent: EP-1\nestimate: 3\n");
    ticket(&repo, "ISS-2", "parent: EP-1\nestimate: 1d\ndepends_on: [ISS-1]\nduplicates: [ISS-9]\n");
    ticket(&repo, "ISS-3", "parent: EP-1\nestimate: 5\n");
    ticket(&repo, "ISS-9", "priority: low\nassignee: ana\n");
    ticket(&repo, "ISS-8", "discovered_from: [ISS-9]\nrelated: [ISS-1]\n");
    repo.cmpm(["issue", "complete", "ISS-3"]).success();
    repo
}

#[test]
fn no_write_closes_a_cycle() {
    let repo = small();
    let before = |repo: &TestRepo| ["ISS-1", "ISS-2"].map(|id| repo.read(&format!("tasks/issues/{id}.md")));
    let files = before(&repo);
    assert_snapshot!(repo.cmpm(["issue", "update", "ISS-1", "--depends-on", "ISS-2"]), @"
    --- stderr
    error: dependency cycle: ISS-1 → ISS-2 → ISS-1; see tasks/issues/ISS-2.md:8 (`depends_on`)
    hint: nothing was written; leave one of these references out, or use `related` where nobody has to wait
    --- exit 2
    ");
    assert_snapshot!(repo.cmpm(["issue", "update", "ISS-2", "--blocks", "ISS-1"]), @"
    --- stderr
    error: dependency cycle: ISS-2 → ISS-1 → ISS-2
    hint: nothing was written; leave one of these references out, or use `related` where nobody has to wait
    --- exit 2
    ");
    assert_snapshot!(repo.cmpm(["issue", "update", "ISS-1", "--parent", "ISS-1"]), @"
    --- stderr
    error: `ISS-1` cannot be its own parent
    hint: name another ticket
    --- exit 2
    ");
    assert_snapshot!(repo.cmpm(["epic", "update", "EP-1", "--parent", "ISS-1"]), @"
    --- stderr
    error: dependency cycle: EP-1 → ISS-1 → EP-1; see tasks/issues/ISS-1.md:6 (`parent`)
    hint: nothing was written; leave one of these references out, or use `related` where nobody has to wait
    --- exit 2
    ");
    assert_snapshot!(repo.cmpm(["issue", "create", "Between", "--depends-on", "ISS-2", "--blocks", "ISS-1"]), @"
    --- stderr
    error: dependency cycle: ISS-0000002h → ISS-2 → ISS-1 → ISS-0000002h; see tasks/issues/ISS-2.md:8 (`depends_on`)
    hint: nothing was written; leave one of these references out, or use `related` where nobody has to wait
    --- exit 2
    ");
    assert_snapshot!(repo.cmpm(["issue", "create", "Part of what it waits for", "--parent", "EP-1", "--depends-on", "EP-1"]), @"
    --- stderr
    error: dependency cycle: ISS-00000031 → EP-1 → ISS-00000031
    hint: nothing was written; leave one of these references out, or use `related` where nobody has to wait
    --- exit 2
    ");
    assert_eq!(before(&repo), files);
}

#[test]
fn what_nobody_waits_for_may_go_round() {
    let repo = small();
    repo.cmpm(["issue", "update", "ISS-1", "--related", "ISS-2", "--duplicates", "ISS-2", "--discovered-from", "ISS-2"]).success();
    assert!(repo.read("tasks/issues/ISS-1.md").contains("related:\n  - ISS-2\n"));
    let shown = repo.json(["ticket", "show", "ISS-1"]);
    assert_eq!(
        (&shown["data"]["duplicates"], &shown["data"]["discovered_from"]),
        (&serde_json::json!(["ISS-2"]), &serde_json::json!(["ISS-2"]))
    );
    repo.cmpm(["issue", "update", "ISS-1", "--unlink", "ISS-2"]).success();
    let shown = repo.json(["ticket", "show", "ISS-1"]);
    assert_eq!((&shown["data"]["duplicates"], &shown["data"]["related"]), (&serde_json::json!([]), &serde_json::json!([])));
}

#[test]
fn two_writers_do_not_close_a_cycle_together() {
    let repo = TestRepo::new();
    for round in 0..8 {
        let (a, b) = (format!("ISS-a{round}"), format!("ISS-b{round}"));
        ticket(&repo, &a, "");
        ticket(&repo, &b, "");
        let mut writers = [(&a, &b), (&b, &a)].map(|(from, to)| {
            repo.command(["issue", "update", from, "--depends-on", to]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        });
        let codes = writers.each_mut().map(|writer| writer.wait().unwrap().code().unwrap());
        assert_eq!(codes.iter().sum::<i32>(), 2, "{codes:?}");
    }
    repo.cmpm(["check", "--all"]).success();
}

#[test]
fn a_cycle_that_is_there_is_found_and_hangs_nothing() {
    let repo = TestRepo::new();
    ticket(&repo, "ISS-1", "depends_on: [ISS-2]\n");
    ticket(&repo, "ISS-2", "depends_on: [ISS-3]\n");
    ticket(&repo, "ISS-3", "blocked_by: iss-1\n");
    ticket(&repo, "EP-1", "parent: EP-2\n");
    ticket(&repo, "EP-2", "parent: EP-1\n");
    ticket(&repo, "ISS-5", "parent: ISS-5\n");
    repo.commit_all("cycles");
    assert_snapshot!(repo.cmpm(["check", "--all"]), @"
    tasks/epics/EP-1.md:6: error: `parent` is part of a dependency cycle: EP-1 → EP-2 → EP-1 [cycle]
      hint: remove one of these references
    tasks/epics/EP-2.md:6: error: `parent` is part of a dependency cycle: EP-1 → EP-2 → EP-1 [cycle]
      hint: remove one of these references
    tasks/issues/ISS-1.md:6: error: `depends_on` is part of a dependency cycle: ISS-1 → ISS-2 → ISS-3 → ISS-1 [cycle]
      hint: remove one of these references
    tasks/issues/ISS-2.md:6: error: `depends_on` is part of a dependency cycle: ISS-1 → ISS-2 → ISS-3 → ISS-1 [cycle]
      hint: remove one of these references
    tasks/issues/ISS-3.md:6: error: `blocked_by` is part of a dependency cycle: ISS-1 → ISS-2 → ISS-3 → ISS-1 [cycle]
      hint: remove one of these references
    tasks/issues/ISS-5.md:6: error: `parent` names the ticket itself, so it is ignored [cycle]
      hint: name another ticket, or remove it
    6 errors, 0 warnings in 7 files (everything)
    --- exit 1
    ");
    assert_snapshot!(repo.cmpm(["ticket", "graph"]), @"
    ⊘ ISS-1  Title of ISS-1  ← ISS-2
    ⊘ ISS-2  Title of ISS-2  ← ISS-3
    ⊘ ISS-3  Title of ISS-3  ← ISS-1
    ○ ISS-5  Title of ISS-5
    ○ EP-1  Title of EP-1
    └─ ○ EP-2  Title of EP-2
       └─ ○ EP-1  Title of EP-1  (see above)
    cycle: EP-1 → EP-2 → EP-1
    cycle: ISS-1 → ISS-2 → ISS-3 → ISS-1

    ○ todo  ⊘ waits  ◐ active  ● done  ✕ cancelled  ← waits for
    --- stderr
    error: tasks/issues/ISS-5.md:6: `parent` names the ticket itself, so it is ignored (name another ticket, or remove it)
    ");
    assert_snapshot!(repo.cmpm(["blocked", "ISS-1"]), @"
    ID     WAITS FOR                                  TITLE
    ISS-1  ISS-2 → ISS-3 → ISS-1 → ISS-2, in a cycle  Title of ISS-1
    --- stderr
    error: tasks/issues/ISS-5.md:6: `parent` names the ticket itself, so it is ignored (name another ticket, or remove it)
    ");
    for verb in [&["ready", "--explain"][..], &["board"], &["ticket", "graph", "ISS-2"], &["ticket", "list"], &["ticket", "show", "EP-1"]] {
        assert_eq!(repo.cmpm(verb).exit, 0, "{verb:?}");
    }
}

#[test]
fn what_waits_is_told_with_its_chain_and_its_end() {
    let repo = small();
    assert_snapshot!(repo.cmpm(["blocked"]), @"
    ID     WAITS FOR                 TITLE
    EP-1   ISS-9                     Title of EP-1
    ISS-1  ISS-9, as EP-1 does       Title of ISS-1
    ISS-2  ISS-1 → ISS-9; and ISS-9  Title of ISS-2

    Begin here
    ID     STATUS    FREES      WHO  TITLE
    ISS-9  planning  3 tickets  ana  Title of ISS-9
    ");
    assert_snapshot!(repo.cmpm(["ticket", "blocked", "ISS-9"]), @"ISS-9 is not blocked.");
    let blocked = repo.json(["blocked", "ISS-2"]);
    let waiting = &blocked["data"]["tickets"][0];
    assert_eq!(waiting["blockers"], serde_json::json!([{"id": "ISS-1"}, {"id": "ISS-9", "through": "EP-1"}]));
    assert_eq!((&waiting["chain"], &waiting["steps"]), (&serde_json::json!(["ISS-1", "ISS-9"]), &2.into()));
    assert_eq!(blocked["data"]["roots"][0]["wanted_by"], 3);
}

#[test]
fn ready_comes_in_its_order_and_says_why() {
    let repo = TestRepo::new();
    ticket(&repo, "ISS-1", "created: 2025-01-01\n");
    ticket(&repo, "ISS-2", "created: 2025-01-02\n");
    ticket(&repo, "ISS-3", "depends_on: [ISS-2]\n");
    ticket(&repo, "ISS-4", "parent: ISS-3\n");
    ticket(&repo, "ISS-5", "due: 2026-06-01\ncreated: 2026-01-02\n");
    ticket(&repo, "ISS-6", "priority: high\n");
    ticket(&repo, "ISS-7", "defer_until: 2027-01-01\n");
    repo.write("tasks/issues/ISS-8.md", "---\nid: ISS-8\nkind: issue\ntitle: Begun\nstatus: review\n---\n");
    assert_snapshot!(repo.cmpm(["ready", "--explain"]), @"
    ID     WHY                    TITLE
    ISS-6  high priority          Title of ISS-6
    ISS-5  due 2026-06-01         Title of ISS-5
    ISS-2  2 tickets wait for it  Title of ISS-2
    ISS-1  nothing blocks it      Title of ISS-1

    ID     WHY NOT                                     TITLE
    ISS-3  has parts, so start those; waits for ISS-2  Title of ISS-3
    ISS-4  waits for ISS-2, as ISS-3 does              Title of ISS-4
    ISS-7  not before 2027-01-01                       Title of ISS-7
    ISS-8  is already review                           Begun
    ");
    let ready = repo.json(["ready", "--explain"]);
    assert_eq!(ready["data"]["order"][2], serde_json::json!({"id": "ISS-2", "urgency": 2, "wanted_by": 2, "created": "2025-01-02"}));
}

#[test]
fn the_graph_is_a_tree_that_fits() {
    let repo = small();
    assert_snapshot!(repo.cmpm(["ticket", "graph", "--all"]), @"
    ⊘ EP-1  31%  Title of EP-1  ← ISS-9
    ├─ ⊘ ISS-1  Title of ISS-1
    ├─ ⊘ ISS-2  Title of ISS-2  ← ISS-1
    └─ ● ISS-3  Title of ISS-3
    ○ ISS-8  Title of ISS-8
    ○ ISS-9  Title of ISS-9

    ○ todo  ⊘ waits  ◐ active  ● done  ✕ cancelled  ← waits for
    ");
    assert_snapshot!(repo.cmpm(["ticket", "graph", "ISS-2"]), @"
    part of EP-1
    ⊘ ISS-2  Title of ISS-2  ← ISS-1

    Waits for
    ⊘ ISS-1  Title of ISS-1
    same as ISS-9

    ○ todo  ⊘ waits  ◐ active  ● done  ✕ cancelled  ← waits for
    ");
    let mut narrow = repo.command(["ticket", "graph"]);
    narrow.env("CMPM_COLUMNS", "40");
    let narrow = repo.answer(narrow).success();
    assert!(narrow.stdout.lines().take(4).all(|line| line.chars().count() <= 40), "{narrow}");
    let painted = repo.cmpm(["--color", "always", "ticket", "graph"]);
    assert!(painted.stdout.contains('\u{1b}'));
    assert_snapshot!(repo.cmpm(["ticket", "graph", "ISS-404"]), @"
    --- stderr
    error: there is no ticket `ISS-404`
    hint: `cmpm ticket list` shows what there is
    --- exit 2
    ");
}

#[test]
fn the_graph_is_drawn_by_others_whatever_a_title_says() {
    let repo = TestRepo::new();
    ticket(&repo, "ISS-1", "blocks: [ISS-2]\n");
    repo.write(
        "tasks/issues/ISS-2.md",
        "---\nid: ISS-2\nkind: issue\ntitle: \"a\\\"]; %%{init}%% <b>`x`\\e[31m\\n\\\\N\"\nstatus: active\n---\n",
    );
    assert_snapshot!(repo.cmpm(["ticket", "graph", "--format", "dot"]), @r##"
    digraph tickets {
      rankdir=LR;
      node [shape=box, style="rounded,filled", fontname="sans-serif", fillcolor="#ffffff"];
      edge [fontname="sans-serif"];
      "ISS-1" [label="ISS-1\nTitle of ISS-1", fillcolor="#ffffff"];
      "ISS-2" [label="ISS-2\na\"]; %%{init}%% <b>`x` [31m \\N", fillcolor="#fef0c7", color="#b42318", penwidth=2];
      "ISS-2" -> "ISS-1" [label="waits for"];
    }
    "##);
    assert_snapshot!(repo.cmpm(["ticket", "graph", "--format", "mermaid"]), @r#"
    flowchart LR
      t0["ISS-1<br/>Title of ISS-1"]:::todo
      t1["ISS-2<br/>a#34;#93;#59; #37;#37;#123;init#125;#37;#37; #60;b#62;#96;x#96; #91;31m #92;N"]:::blocked
      t1 -- waits for --> t0
      classDef todo fill:#ffffff,stroke:#475467,color:#101828
      classDef active fill:#fef0c7,stroke:#475467,color:#101828
      classDef done fill:#d1fadf,stroke:#475467,color:#101828
      classDef cancelled fill:#eaecf0,stroke:#475467,color:#101828
      classDef blocked fill:#ffffff,stroke:#b42318,stroke-width:2px,color:#101828
    "#);
    let json: serde_json::Value = serde_json::from_str(&repo.cmpm(["ticket", "graph", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["edges"], serde_json::json!([{"from": "ISS-2", "to": "ISS-1", "relation": "depends_on"}]));
    assert_eq!(repo.json(["ticket", "graph"])["data"]["nodes"][1]["blocked"], true);
}

#[test]
fn a_deep_and_a_long_one_are_drawn() {
    let repo = TestRepo::new();
    for number in 1..300 {
        let keys = if number == 1 { String::new() } else { format!("parent: ISS-{0}\nrelated: [ISS-{0}]\n", number - 1) };
        ticket(&repo, &format!("ISS-{number}"), &keys);
        let waits = if number == 1 { String::new() } else { format!("depends_on: [ISS-w{}]\n", number - 1) };
        ticket(&repo, &format!("ISS-w{number}"), &waits);
    }
    let graph = repo.cmpm(["ticket", "graph"]).success();
    assert!(graph.stdout.lines().all(|line| line.chars().count() < 120) && graph.stdout.contains("(298) "), "{graph}");
    let blocked = repo.cmpm(["blocked"]).success();
    assert!(blocked.stdout.contains("ISS-w298 → ISS-w297 → ISS-w296 → ISS-w295 → 294 more"), "{blocked}");
}
