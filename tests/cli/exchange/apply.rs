//! `cmpm ticket apply`: a whole tree or nothing, again and again.

use serde_json::json;

use super::exported;
use crate::support::TestRepo;

const PLAN: &str = "\
schema: cmpm.plan/1
name: parser
tickets:
  - ref: all
    title: A parser
    priority: high
    labels: [core]
    children:
      - ref: lexer
        title: The lexer
        paths: ['src/lex/**']
        acceptance:
          - every token has a place
        children:
          - Numbers
          - Strings
      - ref: grammar
        title: The grammar
        depends_on: [lexer]
        description: |
          By hand.

          Not generated.
  - title: Docs
    related: [all]
    due: 2026-05-01
";

#[test]
fn a_plan_becomes_a_tree() {
    let repo = TestRepo::new();
    repo.write("plan.yaml", PLAN);
    insta::assert_snapshot!(repo.cmpm(["ticket", "apply", "plan.yaml", "--dry-run"]), @"
    Would apply parser: 6 created, 0 changed, 0 unchanged
    + epic all  A parser
      + issue lexer  The lexer
        + task numbers  Numbers
        + task strings  Strings
      + issue grammar  The grammar
    + issue docs  Docs
    ");
    assert!(!repo.exists("tasks"));
    insta::assert_snapshot!(repo.cmpm(["-q", "ticket", "apply", "plan.yaml", "--commit"]), @"
    Applied parser: 6 created, 0 changed, 0 unchanged
    + EP-0000000h  A parser
      + ISS-0000000j  The lexer
        + TSK-0000000k  Numbers
        + TSK-0000000m  Strings
      + ISS-0000000n  The grammar
    + ISS-0000000p  Docs
    ");
    assert_eq!(repo.git(["log", "-1", "--format=%s"]), "apply plan parser");
    let all = exported(&repo);
    let find = |title: &str| all.iter().find(|ticket| ticket["title"] == title).unwrap().clone();
    let (epic, lexer, grammar, numbers) = (find("A parser"), find("The lexer"), find("The grammar"), find("Numbers"));
    assert_eq!((&epic["kind"], &lexer["kind"], &numbers["kind"]), (&json!("epic"), &json!("issue"), &json!("task")));
    assert_eq!((&lexer["parent"], &numbers["parent"], &grammar["depends_on"][0]), (&epic["id"], &lexer["id"], &lexer["id"]));
    assert_eq!(lexer["body"], "## Description\n\n## Acceptance criteria\n\n- [ ] every token has a place");
    assert_eq!(grammar["body"], "## Description\n\nBy hand.\n\nNot generated.\n\n## Acceptance criteria");
    let again = repo.json(["ticket", "apply", "plan.yaml"]);
    assert_eq!((&again["data"]["created"], &again["data"]["changed"], &again["data"]["unchanged"]), (&json!(0), &json!(0), &json!(6)));
    repo.git(["diff", "--quiet", "HEAD", "--", "tasks"]);
}

#[test]
fn a_plan_that_changed_changes_what_was_not_edited_here() {
    let repo = TestRepo::new();
    repo.write("plan.yaml", PLAN);
    repo.cmpm(["ticket", "apply", "plan.yaml"]).success();
    let all = exported(&repo);
    let lexer = all.iter().find(|ticket| ticket["title"] == "The lexer").unwrap()["id"].as_str().unwrap().to_owned();
    repo.cmpm(["ticket", "update", &lexer, "--status", "active", "--title", "Lexing"]).success();
    repo.write(
        "plan.yaml",
        &PLAN
            .replace("priority: high", "priority: low")
            .replace("title: The lexer", "title: Tokens")
            .replace("          - Strings\n", "          - Strings\n          - Names\n"),
    );
    let answer = repo.json(["ticket", "apply", "plan.yaml"]);
    assert_eq!((&answer["data"]["created"], &answer["data"]["changed"]), (&json!(1), &json!(1)));
    assert_eq!(answer["findings"][0]["rule"], "changed-on-both-sides");
    let shown = repo.json(["ticket", "show", &lexer]);
    assert_eq!((&shown["data"]["title"], &shown["data"]["status"]), (&json!("Lexing"), &json!("active")));
    repo.cmpm(["undo"]).success();
    assert_eq!(exported(&repo).len(), 6);
}

#[test]
fn a_plan_with_mistakes_writes_nothing_and_says_where_they_are() {
    let repo = TestRepo::new();
    repo.write("plan.yaml", "tickets:\n  - ref: a\n    title: A\n    titel: x\n    depends_on: [b, nobody]\n  - ref: b\n    title: B\n    status: dreaming\n    depends_on: a\n  - ref: a\n    priority: soon\n");
    insta::assert_snapshot!(repo.cmpm(["ticket", "apply", "plan.yaml"]), @"
    --- stderr
    error: the plan has 5 mistakes, so nothing was written: plan.yaml:4: `titel` is not a key of a plan: did you mean `title`?
    hint: plan.yaml:8: `dreaming` is not a status of this project
    hint: plan.yaml:10: `a` is already the `ref` of another ticket (line 2)
    hint: plan.yaml:10: a ticket needs a `title`
    hint: plan.yaml:11: `soon` is not a priority: critical, high, medium or low
    --- exit 2
    ");
    repo.write("plan.yaml", "tickets:\n  - {ref: a, title: A, depends_on: [b, nobody]}\n  - {ref: b, title: B, depends_on: a}\n");
    insta::assert_snapshot!(repo.cmpm(["ticket", "apply", "plan.yaml"]), @"
    --- stderr
    error: the plan has 1 mistake, so nothing was written: plan.yaml:2: `nobody` is neither a `ref` of this plan nor a ticket here
    --- exit 2
    ");
    repo.write("plan.yaml", "tickets:\n  - {ref: a, title: A, depends_on: [b]}\n  - {ref: b, title: B, depends_on: a}\n");
    insta::assert_snapshot!(repo.cmpm(["ticket", "apply", "plan.yaml"]), @"
    --- stderr
    error: the plan has 1 mistake, so nothing was written: plan.yaml:2: dependency cycle: a → b → a
    --- exit 2
    ");
    repo.write("plan.json", "{\"tickets\": [\n {\"title\": 1,\n  \"x\": 2}]}");
    assert!(repo.cmpm(["ticket", "apply", "plan.json"]).exits(2).stderr.contains("plan.json:3: `x` is not a key"));
    assert!(repo.cmpm(["ticket", "apply", "gone.yaml"]).exits(2).stdout.is_empty());
    assert!(!repo.exists("tasks"));
}

#[test]
fn tickets_that_are_here_are_named_and_changed_by_id() {
    let repo = TestRepo::new();
    repo.cmpm(["epic", "create", "Here", "-l", "old"]).success();
    repo.cmpm(["issue", "create", "Waits"]).success();
    repo.write(
        "plan.yaml",
        "tickets:\n  - id: EP-0\n    labels: [new]\n    status: active\n    children:\n      - title: Part\n        blocks: [ISS-0]\n",
    );
    let answer = repo.json(["ticket", "apply", "plan.yaml"]);
    assert_eq!((&answer["data"]["created"], &answer["data"]["changed"]), (&json!(1), &json!(1)), "{answer}");
    let all = exported(&repo);
    let find = |title: &str| all.iter().find(|ticket| ticket["title"] == title).unwrap().clone();
    assert_eq!((&find("Here")["labels"], &find("Here")["status"]), (&json!(["old", "new"]), &json!("active")));
    assert_eq!((&find("Part")["parent"], &find("Part")["blocks"][0]), (&find("Here")["id"], &find("Waits")["id"]));
    repo.write("plan.yaml", "tickets:\n  - id: EP-0\n    description: other\n");
    assert!(repo.cmpm(["ticket", "apply", "plan.yaml"]).exits(2).stderr.contains("plan.yaml:2: `description` of EP-0"));
    repo.write("plan.yaml", "tickets:\n  - id: EP-9\n    status: done\n");
    repo.cmpm(["ticket", "apply", "plan.yaml"]).exits(2);
}

#[test]
fn markdown_is_a_plan_too() {
    let repo = TestRepo::new();
    let plan = "# Some notes\n\nNot a ticket.\n\n# Epic: Better links {#links priority=high}\n\nWhy they break.\n\n## Issue: Fix the guide {#guide labels=docs,web}\n\nText.\n\n```\n- [ ] not a task\n```\n\n### Acceptance criteria\n\n- [ ] every link works\n- [x] somebody looked\n\n## Issue: Watch {depends_on=guide}\n\n- [ ] Run it nightly\n  Every night.\n  - [ ] Find a machine\n- [x] Choose a tool\n";
    repo.write("plan.md", plan);
    insta::assert_snapshot!(repo.cmpm(["ticket", "apply", "plan.md"]), @"
    Applied plan: 6 created, 0 changed, 0 unchanged
    + EP-00000001  Better links
      + ISS-00000002  Fix the guide
      + ISS-00000003  Watch
        + TSK-00000004  Run it nightly
          + TSK-00000005  Find a machine
        + TSK-00000006  Choose a tool
    ");
    let all = exported(&repo);
    let find = |title: &str| all.iter().find(|ticket| ticket["title"] == title).unwrap().clone();
    assert_eq!(
        find("Fix the guide")["body"],
        "## Description\n\nText.\n\n```\n- [ ] not a task\n```\n\n## Acceptance criteria\n\n- [ ] every link works\n- [x] somebody looked"
    );
    assert_eq!((&find("Find a machine")["parent"], &find("Choose a tool")["status"]), (&find("Run it nightly")["id"], &json!("done")));
    assert_eq!(find("Run it nightly")["body"], "## Description\n\nEvery night.\n\n## Acceptance criteria");
    let mut piped = repo.command(["--json", "ticket", "apply", "-", "--name", "plan"]);
    piped.stdin(std::process::Stdio::from(std::fs::File::open(repo.path("plan.md")).unwrap()));
    let answer: serde_json::Value = serde_json::from_str(&repo.answer(piped).stdout).unwrap();
    assert_eq!(answer["data"]["unchanged"], 6, "{answer}");
}

#[test]
fn a_ticket_that_a_plan_names_twice_is_refused_with_both_lines() {
    let repo = TestRepo::new();
    repo.write("tasks/issues/ISS-1.md", "---\nid: ISS-1\nkind: issue\ntitle: T\nstatus: planning\naliases: [OLD-1]\n---\n");
    let before = repo.read("tasks/issues/ISS-1.md");
    repo.write("plan.yaml", "tickets:\n  - id: ISS-1\n    priority: high\n  - {title: Other}\n  - id: OLD-1\n    labels: [x]\n");
    insta::assert_snapshot!(repo.cmpm(["ticket", "apply", "plan.yaml"]), @"
    --- stderr
    error: the plan has 1 mistake, so nothing was written: plan.yaml:5: ISS-1 is already a ticket of this plan (plan.yaml:2); write what it says into one
    --- exit 2
    ");
    assert_eq!((repo.read("tasks/issues/ISS-1.md"), exported(&repo).len()), (before, 1));
    // Also the one that the plan made before, named by its id.
    repo.write("plan.yaml", "tickets:\n  - {ref: a, title: A}\n");
    let id = repo.json(["ticket", "apply", "plan.yaml"])["data"]["tickets"][0]["id"].as_str().unwrap().to_owned();
    repo.write("plan.yaml", &format!("tickets:\n  - {{ref: a, title: A, priority: low}}\n  - {{id: {id}, priority: high}}\n"));
    let refused = repo.cmpm(["ticket", "apply", "plan.yaml"]).exits(2);
    assert!(refused.stderr.contains("plan.yaml:3: ") && refused.stderr.contains("(plan.yaml:2)"), "{refused}");
}

/// With work that grows with the square of the links, none of these ends in time.
#[test]
fn a_ticket_of_very_many_links_is_applied_and_exported_in_a_moment() {
    let repo = TestRepo::new();
    let names: Vec<String> = (0..20_000).map(|number| format!("ISS-{number}")).collect();
    let links = names.join(", ");
    repo.write("tasks/issues/ISS-x.md", &format!("---\nid: ISS-x\nkind: issue\ntitle: T\nstatus: active\nrelated: [{links}]\n---\n"));
    repo.write("tasks/issues/ISS-y.md", "---\nid: ISS-y\nkind: issue\ntitle: Y\nstatus: active\n---\n");
    let many = vec!["ISS-y"; 20_000].join(", ");
    repo.write("plan.yaml", &format!("tickets:\n  - {{ref: a, title: A, related: [{many}]}}\n"));
    let begin = std::time::Instant::now();
    assert_eq!(exported(&repo)[0]["related"].as_array().map(Vec::len), Some(20_000));
    // As many as that are no front matter any more, which the dry run says too.
    let refused = repo.cmpm(["ticket", "apply", "plan.yaml", "--dry-run"]).exits(2);
    assert!(refused.stderr.contains("more than 65536"), "{refused}");
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
}
