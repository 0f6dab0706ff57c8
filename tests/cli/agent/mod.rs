//! `cmpm agent`

mod files;

use crate::support::TestRepo;

#[test]
fn a_claude_agent_can_look_until_it_is_given_rights() {
    let repo = TestRepo::new();
    repo.write(".claude/agents/helper.md", "---\nname: helper\ndescription: Helps\ntools: Read, Grep\n---\n\nHelp.\n");
    insta::assert_snapshot!(repo.cmpm(["agent", "show", "helper"]), @"
    helper
    Helps

    May write
      nothing: its file has no `write`

    tools     Read, Grep
    from      .claude/agents/helper.md

    Help.
    ");
    assert_eq!(repo.json(["agent", "show", "helper"])["data"]["read_only"], "no_write_key");
    repo.write(".claude/agents/helper.md", "---\nname: helper\ndescription: Helps\nwrite: [\"docs/**\"]\n---\n");
    let shown = repo.json(["agent", "show", "helper"]);
    assert_eq!(shown["data"]["write"][0]["rules"][0]["origin"], ".claude/agents/helper.md:4");
    assert!(shown["data"]["read_only"].is_null());
}

#[test]
fn a_damaged_agent_has_no_rights() {
    let repo = TestRepo::new();
    repo.write(".cmpm/agents/qa.md", "---\nname: qa\ndescription: ours: all of it\nwrite: [\"**\"]\n---\n");
    insta::assert_snapshot!(repo.cmpm(["agent", "show", "qa"]), @"
    qa
    ours: all of it

    May write
      nothing: its file is damaged, so nothing in it grants a right

    from      .cmpm/agents/qa.md
    --- stderr
    error: .cmpm/agents/qa.md:3: the value of `description` is not valid YAML: mapping values are not allowed in this context (quote it: description: 'ours: all of it')
    error: .cmpm/agents/qa.md:1: the front matter is damaged, so this agent may write nothing (fix what else is reported for this file)
    ");
    let writers = repo.json(["agent", "list", "--writers"]);
    let names: Vec<&str> = writers["data"]["agents"].as_array().unwrap().iter().map(|agent| agent["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"code_review") && !names.contains(&"qa"), "{names:?}");
}

#[test]
fn an_unknown_agent_is_answered_with_those_there_are() {
    let repo = TestRepo::new();
    insta::assert_snapshot!(repo.cmpm(["agent", "show", "nobody"]), @"
    --- stderr
    error: there is no agent `nobody`
    hint: there are architect, architect-reviewer, code_review, code-reviewer, context-manager, data, database-admin, database-optimizer, devops, devops-troubleshooter, documentation, engineer, finance-compliance-specialist, frontend-developer, integration, legacy-modernizer, legal-advisor, orchestrator, performance, performance-engineer, python-pro, qa, research, security, security-auditor, test-automator, ui-ux-designer
    hint: `cmpm agent list` says what each is good for
    --- exit 2
    ");
    repo.cmpm(["agent", "show", "code-review"]).success();
}

#[test]
fn agents_of_claude_code_are_read_as_it_reads_them() {
    let repo = TestRepo::new();
    let front = "name: planner\ndescription: Use it when asked: to plan. Examples:\\n<example>Context: a PR\\nuser: \"go\"</example>\nmodel: inherit\ncolor: pink";
    repo.write(".claude/agents/planner.md", &format!("---\n{front}\n---\nPlan.\n"));
    let spread =
        "name: spread\ndescription: Looks at tests.\n\n<example>\nContext: The user says: go\nuser: \"Go\"\n</example>\ntools: Read, Grep";
    repo.write(".claude/agents/spread.md", &format!("---\n{spread}\n---\nLook.\n"));
    let list = repo.cmpm(["agent", "list"]).success();
    assert_eq!(list.stderr, "");
    assert!(list.stdout.contains("  Use it when asked: to plan\n") && list.stdout.contains("  Looks at tests\n"), "{list}");
    let planner = repo.json(["agent", "show", "planner"]);
    let description = "Use it when asked: to plan. Examples: <example>Context: a PR user: \"go\"</example>";
    assert_eq!((&planner["data"]["description"], &planner["data"]["model"]), (&description.into(), &"inherit".into()));
    assert_eq!(repo.json(["agent", "show", "spread"])["data"]["tools"], serde_json::json!(["Read", "Grep"]));
    let doctor = repo.cmpm(["doctor"]).success();
    assert!(doctor.stdout.contains("29 agents, each valid"), "{doctor}");
}

#[test]
fn built_in_specialists_are_only_named_in_the_list() {
    let repo = TestRepo::new();
    let (short, whole) = (repo.cmpm(["agent", "list"]).success().stdout, repo.cmpm(["agent", "list", "--all"]).success().stdout);
    assert!(short.contains("15 specialists more; `--all` shows them\n"), "{short}");
    assert!(!short.contains("\ncode-reviewer ") && whole.contains("\ncode-reviewer "), "{whole}");
    assert_eq!((short.lines().count(), whole.lines().count()), (14, 28), "{short}");
    let rows = repo.json(["agent", "list"])["data"]["agents"].as_array().unwrap().clone();
    assert!(
        rows.iter().any(|row| row["name"] == "python-pro" && row["extends"] == "engineer" && row["write"][0] == "@source_code"),
        "{rows:?}"
    );
}
