//! Single agent files, sound and otherwise.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> (Agent, Vec<String>) {
    let (path, document, sets) = (RepoPath::parse(".cmpm/agents/x.md").unwrap(), Document::parse(text.into()), Sets::built_in());
    let mut reader =
        Reader { path: &path, document: &document, origin: Origin::Path(path.clone()), sets: &sets, findings: Vec::new(), damaged: false };
    let agent = reader.read();
    (agent, reader.findings.into_iter().map(|finding| format!("{}:{}", finding.rule, finding.line.unwrap_or(0))).collect())
}

#[test]
fn every_key_is_read() {
    let (agent, findings) = read(
        "---\nname: x\ndescription: >\n  two\n  lines\ntools: Read, Grep\nmodel: opus\nwrite: \"@reports\"\ndeny: []\nbranch: b/{ticket}\n\
         timeout_minutes: 5\nmax_attempts: 2\ncapabilities: [a, b]\nmemory_categories: team\nescalate_to: a, human\n---\n\nDo it.\n",
    );
    assert_eq!((agent.description.as_str(), findings), ("two lines", vec![]));
    assert_eq!(agent.tools.unwrap(), ["Read", "Grep"]);
    assert_eq!((agent.write[0].rules[0].pattern.as_str(), agent.read_only), (".cmpm/reports/**", None));
    assert_eq!((agent.timeout_minutes, agent.max_attempts, agent.branch.as_deref()), (Some(5), Some(2), Some("b/{ticket}")));
    assert_eq!((agent.memory_categories, agent.escalate_to), (vec!["team".to_owned()], vec!["a".to_owned(), "human".to_owned()]));
    assert_eq!(agent.prompt, "Do it.");
}

#[test]
fn tools_come_in_three_forms() {
    let tools = |text: &str| read(&format!("---\nname: x\n{text}---\n")).0.tools;
    let both = Some(vec!["Read".to_owned(), "Grep".to_owned()]);
    assert_eq!(tools("tools: Read, Grep,\n"), both);
    assert_eq!(tools("tools:\n  - Read\n  - Grep\n"), both);
    assert_eq!(tools("tools:\n  Read: true\n  Grep: {}\n  Bash: false\n"), both);
    assert_eq!((tools("tools: []\n"), tools("")), (Some(vec![]), None));
}

#[test]
fn nothing_is_granted_in_doubt() {
    for (text, rule) in [
        ("write: [src/**, \"@nonsense\"]\n", "unknown-set:3"),
        ("write: [src/**]\ndeny:\n  - a\n  - \"@nonsense\"\n", "unknown-set:6"),
        ("write: [\"src/[\"]\n", "bad-glob:3"),
        ("write: [[src/**]]\n", "bad-grant:3"),
        ("write: {src: true}\n", "bad-grant:3"),
        ("write: [src/**]\ndeny: [\"{\"]\n", "bad-glob:4"),
        ("write: [\"\"]\n", "bad-grant:3"),
        ("write: [@tests]\n", "no-rights:1"),
        ("write: [src/**, 3]\n", "bad-grant:3"),
        ("write: [src/**]\ndeny: [true]\n", "bad-grant:4"),
        ("write: [src/**]\ndeny: [\"!src/a\"]\n", "bad-glob:4"),
        ("write: [src/**]\ndeny: [../a]\n", "bad-glob:4"),
        ("write: [src/**]\ndney: [src/a]\n", "unknown-key:4"),
        ("write: [src/**]\nDeny: [src/a]\n", "unknown-key:4"),
        ("write: [src/**]\ndeny_paths: [src/a]\n", "unknown-key:4"),
        ("wirte: [src/**]\n", "unknown-key:3"),
        ("write: [src/**]\ntimeout_minutes: soon\n", "bad-limit:4"),
        ("write: [src/**]\ntimeout_minutes: -5\n", "bad-limit:4"),
        ("write: [src/**]\nmax_attempts: 0\n", "bad-limit:4"),
        ("write: [src/**]\nnetwork: some\n", "bad-limit:4"),
        ("write: [src/**]\nnetwork: [\"https://a.example\"]\n", "bad-limit:4"),
        ("write: [src/**]\nmax_attempts: [2]\n", "bad-limit:4"),
        ("write: [src/**]\nbranch: -x\n", "bad-branch:4"),
        ("write: [src/**]\nbranch: a b\n", "bad-branch:4"),
        ("write: [src/**]\nbranch: \"{ticekt}\"\n", "bad-branch:4"),
        ("write: [src/**]\nbranch: \"x/{ticket}.lock\"\n", "bad-branch:4"),
    ] {
        let (agent, findings) = read(&format!("---\nname: x\n{text}---\n"));
        assert_eq!((agent.read_only, agent.write.len()), (Some(ReadOnly::Damaged), 0), "{text}");
        assert!(findings.contains(&rule.to_owned()), "{text}: {findings:?}");
    }
}

#[test]
fn a_denial_or_a_name_that_went_missing_takes_all_rights_away() {
    for keys in ["deny:", "deny: ~", "escalate_to: 5", "memory_categories: 7"] {
        let (agent, findings) = read(&format!("---\nname: x\ndescription: y\nwrite: [\"src/**\"]\n{keys}\n---\n"));
        assert_eq!(agent.read_only, Some(ReadOnly::Damaged), "{keys}");
        assert_eq!(findings.len(), 1, "{keys}: {findings:?}");
    }
}

#[test]
fn a_file_without_write_can_only_look() {
    let reason = |text: &str| read(text).0.read_only;
    assert_eq!(reason("---\nname: x\n---\n"), Some(ReadOnly::NoWriteKey));
    assert_eq!(reason("---\nname: x\ndescription: a: b\n---\n"), Some(ReadOnly::NoWriteKey));
    assert_eq!(reason("---\nname: x\nwrite: []\n---\n"), Some(ReadOnly::GrantsNothing));
    assert_eq!(reason("---\nname: x\nwrite:\n---\n"), Some(ReadOnly::GrantsNothing));
}

#[test]
fn a_name_can_be_part_of_a_branch() {
    let named = |text: &str| {
        let (agent, findings) = read(text);
        (agent.name, findings)
    };
    assert_eq!(named("---\nname: Code Analysis\n---\n"), ("code-analysis".into(), vec!["bad-name:2".into()]));
    assert_eq!(named("---\nname: ../../x y\n---\n"), ("x-y".into(), vec!["bad-name:2".into()]));
    assert_eq!(named("---\ndescription: y\n---\n"), ("x".into(), vec!["missing-key:1".into()]));
}

#[test]
fn a_key_that_is_nearly_one_is_told_and_others_are_left_alone() {
    let (agent, findings) = read("---\nname: x\nwrite: [a]\nmax_attempt: 3\ncolor: red\nmode: plan\ntags: [b]\nDescription: y\n---\n");
    assert_eq!((agent.read_only, agent.max_attempts), (None, None));
    assert_eq!(findings, ["unknown-key:4", "unknown-key:8"]);
}

#[test]
fn a_folder_means_all_below_it_for_write_and_deny_alike() {
    let role = |text: &str| read(&format!("---\nname: x\n{text}---\n")).0.role().unwrap();
    let may = |role: &policy::Role, path: &str| role.decide(&RepoPath::parse(path).unwrap()).is_allowed();
    for docs in ["docs", "docs/", "[docs]", "[docs/]", "/docs", "./docs/", "docs/**"] {
        let (write, deny) = (role(&format!("write: {docs}\n")), role(&format!("write: [\"**\"]\ndeny: {docs}\n")));
        for path in ["docs/a.md", "docs/deep/b.md", "src/c", "docsx/a", "x/docs/a"] {
            let inside = path.starts_with("docs/");
            assert_eq!((may(&write, path), may(&deny, path)), (inside, !inside), "{docs}: {path}");
        }
    }
    let named = role("write: [\"**\"]\ndeny: [\"**/secrets\", \"src/*\"]\n");
    assert!(!may(&named, "a/secrets/b/c") && !may(&named, "src/x") && may(&named, "src/x/y"));
}

proptest! {
    #[test]
    fn rights_come_only_from_strict_files(text in "(---\n)?(name: x\n|write: \\[?\"?(src/\\*\\*|@tests|@no)\"?\\]?\n|deny: [a@\\[]{0,3}\n|a: b: c\n|  - x\n|---\n){0,8}") {
        let (agent, _) = read(&text);
        if !agent.write.is_empty() {
            prop_assert!(Document::parse(text.into()).is_strict());
            prop_assert!(agent.read_only.is_none() && agent.role().is_ok());
        }
    }
}
