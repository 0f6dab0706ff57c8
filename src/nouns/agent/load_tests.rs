//! Agents of a project, of Claude and of cmpm together.

use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::git::testing::{self, Sandbox};
use crate::nouns::agent::model::Grant;

fn project(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        testing::write(&root.path().join(path), text.as_bytes());
    }
    root
}

fn load(root: &Path) -> (Vec<Agent>, Vec<String>) {
    let (agents, findings) = load_agents(&Snapshot::WorkTree(root));
    (agents, findings.iter().map(|finding| format!("{} {}", finding.rule, finding.path)).collect())
}

fn find<'a>(agents: &'a [Agent], name: &str) -> &'a Agent {
    agents.iter().find(|agent| agent.is_called(name)).unwrap()
}

fn written(grants: &[Grant]) -> Vec<&str> {
    grants.iter().map(|grant| grant.written.as_str()).collect()
}

#[test]
fn the_built_in_agents_are_sound() {
    let root = project(&[]);
    let (agents, findings) = load(root.path());
    assert_eq!((agents.len(), findings), (TEMPLATES.len(), vec![]));
    for (agent, (file, _)) in agents.iter().zip(TEMPLATES) {
        assert_eq!((format!("{}.md", agent.name), agent.read_only), (file.name().into_owned(), None));
        assert_eq!(agent.extends.is_some(), file.parent() == RepoPath::of("specialists"), "{file}");
        assert!(agent.timeout_minutes.is_some() && agent.branch.is_some() && !agent.prompt.is_empty(), "{file}");
        assert!(agent.escalate_to.iter().all(|name| name == "human" || agents.iter().any(|other| other.name == *name)), "{file}");
        let role = agent.role().unwrap();
        assert!(!role.decide(&RepoPath::parse(".cmpm/config.yaml").unwrap()).is_allowed());
        let is_own = |origin: &str| agent.extends.is_some() || origin.starts_with(&format!("built in ({file}:"));
        assert!(role.write.rules().iter().all(|rule| is_own(&rule.origin)), "{file}");
    }
}

#[test]
fn every_template_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/agents");
    let names = |folder: &Path| crate::fs::read::names(folder).unwrap().into_iter().filter(|name| name.ends_with(".md"));
    let below = names(&folder.join("specialists")).map(|name| format!("specialists/{name}"));
    let there: std::collections::BTreeSet<String> = names(&folder).chain(below).collect();
    assert_eq!(there, TEMPLATES.iter().map(|(name, _)| name.to_string()).collect());
}

#[test]
fn the_project_wins_over_claude_and_claude_over_cmpm() {
    let root = project(&[
        (".claude/agents/qa.md", "---\nname: qa\ndescription: theirs\n---\n"),
        (".claude/agents/deep/code-review.md", "---\nname: Code-Review\ndescription: theirs\n---\nLook.\n"),
        (".cmpm/agents/qa.md", "---\nname: qa\ndescription: ours\nwrite:\n  - \"@tests\"\n  - 'docs/**'\ndeny: docs/x.md\n---\n"),
    ]);
    let (agents, findings) = load(root.path());
    assert_eq!((agents.len(), findings), (TEMPLATES.len(), vec![]));
    let review = find(&agents, "code_review");
    assert_eq!((review.name.as_str(), review.read_only, review.prompt.as_str()), ("Code-Review", Some(ReadOnly::NoWriteKey), "Look."));
    let qa = find(&agents, "QA");
    assert_eq!((qa.description.as_str(), written(&qa.write)), ("ours", vec!["@tests", "docs/**"]));
    let path = RepoPath::parse(".cmpm/agents/qa.md").unwrap();
    assert_eq!(qa.source, Origin::Path(path));
    assert_eq!(qa.write[1].rules[0].origin, ".cmpm/agents/qa.md:6");
    assert!(qa.write[0].rules.len() > 3 && qa.write[0].rules.iter().all(|rule| rule.origin == ".cmpm/agents/qa.md:5"));
    let role = qa.role().unwrap();
    let may = |path: &str| role.decide(&RepoPath::parse(path).unwrap()).is_allowed();
    assert!(may("tests/a.rs") && may("docs/a.md") && !may("docs/x.md") && !may("src/a.rs"));
}

#[test]
fn a_damaged_file_takes_rights_away_from_the_agent_it_would_replace() {
    for text in [
        "---\nname: qa\nwrite: [\"**\"\n---\n",
        "# qa\n",
        "",
        "---\nwrite: [\"**\"]\n---\n",
        "---\nname: qa\nname: qa\nwrite: [\"**\"]\n---\n",
    ] {
        let root = project(&[(".cmpm/agents/qa.md", text)]);
        let (agents, findings) = load(root.path());
        let qa = find(&agents, "qa");
        assert_eq!((qa.read_only, qa.write.len(), agents.len()), (Some(ReadOnly::Damaged), 0, TEMPLATES.len()), "{text}");
        assert!(!findings.is_empty(), "{text}");
    }
}

#[test]
fn of_two_with_one_name_neither_may_write() {
    let root = project(&[
        (".cmpm/agents/a.md", "---\nname: mine\nwrite: [a]\n---\n"),
        (".cmpm/agents/b.md", "---\nname: Mine\nwrite: [b]\n---\n"),
    ]);
    let (agents, findings) = load(root.path());
    assert_eq!(
        (find(&agents, "mine").read_only, findings),
        (Some(ReadOnly::SameName), vec!["duplicate-name .cmpm/agents/b.md".to_owned()])
    );
}

#[test]
fn other_files_are_no_agents() {
    let root = project(&[(".claude/agents/README.md", "# Our agents\n"), (".claude/agents/x.txt", "")]);
    let (agents, findings) = load(root.path());
    assert_eq!((agents.len(), findings), (TEMPLATES.len(), vec!["not-an-agent .claude/agents/README.md".to_owned()]));
}

#[test]
fn a_commit_has_its_own_agents() {
    let sandbox = Sandbox::new();
    sandbox.write(".cmpm/agents/qa.md", "---\nname: qa\nwrite: [\"a/**\"]\n---\n");
    let commit = sandbox.commit_all("agents");
    sandbox.write(".cmpm/agents/qa.md", "---\nname: qa\nwrite: [\"**\"]\n---\n");
    let repository = sandbox.open();
    let agent = require_agent(&Snapshot::Tree(&repository, commit), "qa").unwrap();
    assert_eq!(written(&agent.write), ["a/**"]);
    let root = sandbox.path();
    let now = require_agent(&Snapshot::WorkTree(&root), "qa").unwrap();
    assert_ne!(agent.digest().unwrap(), now.digest().unwrap());
    assert_eq!(agent.brief().unwrap().write, ["a/**"]);
}

#[test]
fn an_unknown_name_is_answered_with_those_there_are() {
    let root = project(&[]);
    let failure = require_agent(&Snapshot::WorkTree(root.path()), "nobody").unwrap_err();
    assert_eq!((failure.code(), failure.to_string().as_str()), ("not_found", "there is no agent `nobody`"));
    assert!(failure.hints()[0].contains("code_review, "));
    assert_eq!(require_agent(&Snapshot::WorkTree(root.path()), "Code-Review").unwrap().name, "code_review");
}

#[test]
fn what_claude_takes_without_quotes_is_no_mistake() {
    let text = |more: &str| {
        format!("---\nname: reviewer\ndescription: Use it when asked. Examples: <example>Context: a PR</example>\n{more}---\nReview.\n")
    };
    let root = project(&[(".claude/agents/reviewer.md", &text("tools: Read, Grep\n"))]);
    let (agents, findings) = load(root.path());
    assert_eq!(findings, Vec::<String>::new());
    let agent = find(&agents, "reviewer");
    assert!(agent.description.ends_with("Context: a PR</example>") && agent.write.is_empty(), "{agent:?}");
    // Where a right depends on it, the file must be sound.
    let root = project(&[(".cmpm/agents/reviewer.md", &text("write: ['docs/**']\n"))]);
    let (agents, findings) = load(root.path());
    assert!(findings.iter().any(|found| found.starts_with("yaml-syntax")) && find(&agents, "reviewer").write.is_empty(), "{findings:?}");
}
