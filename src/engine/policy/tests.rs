//! Tests of the policy.

use proptest::prelude::*;

use super::*;

fn role(write: &[&str], deny: &[&str]) -> Role {
    let source = ".cmpm/agents/qa.md";
    Role {
        name: "qa".into(),
        source: source.into(),
        write: Rules::from_origin(source, write).unwrap(),
        deny: Rules::from_origin(source, deny).unwrap(),
    }
}

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap()
}

fn allows(role: &Role, text: &str) -> bool {
    role.decide(&path(text)).is_allowed()
}

fn file(text: &str) -> Proposed {
    Proposed { path: path(text), old_path: None, new_kind: Some(NewKind::File) }
}

fn link(text: &str, target: &str) -> Proposed {
    Proposed { new_kind: Some(NewKind::Symlink { target: target.into() }), ..file(text) }
}

#[test]
fn nothing_is_granted_by_default_and_deny_wins() {
    assert!(!allows(&role(&[], &[]), "a") && !allows(&role(&["**"], &[]), ""));
    let role = role(&["tests/**", "docs/*.md"], &["tests/golden/**"]);
    assert!(allows(&role, "tests/a.rs") && allows(&role, "docs/a.md"));
    assert!(!allows(&role, "src/a.rs") && !allows(&role, "docs/deep/a.md"));
    assert!(!allows(&role, "tests/golden/a") && !allows(&role, "tests/GOLDEN/a") && !allows(&role, "tests/golden./a"));
}

#[test]
fn a_deny_rule_sees_through_spellings_of_accents() {
    let role = role(&["**"], &["Données/**"]);
    assert!(!allows(&role, "donne\u{301}es/x") && !allows(&role, "DONNÉES/x") && allows(&role, "donnees/x"));
}

#[test]
fn what_is_never_granted_is_denied_in_every_spelling() {
    let role = role(&["**", ".cmpm/**", ".git/**", ".cmpm/runs/RUN-1.md"], &[]);
    for denied in [
        ".git/hooks/pre-commit",
        ".GIT/config",
        "a/.Git",
        ".git /x",
        ".g\u{200c}it/x",
        "GIT~1/config",
        ".git::$INDEX_ALLOCATION/x",
        "a\\..\\.git\\config",
        ".cmpm/runs/RUN-1.md",
        ".cmpm",
        ".CMPM/Config.yaml",
        ".cmpm/con\u{fb01}g.yaml",
        ".cmpm/agents/qa.md",
        ".worktrees/a/b",
    ] {
        assert!(!allows(&role, denied), "{denied:?}");
    }
    assert!(allows(&role, ".cmpm/memory/project/MEM-1.md") && !allows(&role, ".gitignore"));
    assert_eq!(role.decide(&RepoPath::parse(b"a\xff").unwrap()), Decision::Denied { by: Reason::NotUtf8 });
}

#[test]
fn what_steers_others_must_be_spelled_out() {
    let broad = role(&["**", ".github/**", "**/.gitattributes"], &[]);
    let named = role(&[".github/workflows/*.yml", ".gitattributes", ".claude/settings.json"], &[]);
    for text in [".github/workflows/ci.yml", ".gitattributes", ".claude/settings.json"] {
        assert!(!allows(&broad, text) && allows(&named, text), "{text}");
    }
    assert!(!allows(&named, ".claude/agents/x.md") && !allows(&named, ".github/workflows/ci.sh"));
    assert!(allows(&broad, ".github/ISSUE_TEMPLATE.md"));
}

#[test]
fn both_sides_of_a_move_are_checked() {
    let role = role(&["tests/**"], &[]);
    let moved = |from: &str, to: &str| Proposed { old_path: Some(path(from)), ..file(to) };
    assert!(check(&role, &[moved("tests/a", "tests/b")]).is_ok());
    let refused = check(&role, &[moved("src/a", "tests/a"), moved("tests/a", "src/a")]).unwrap_err();
    let messages: Vec<&str> = refused.iter().map(|violation| violation.message.as_str()).collect();
    assert_eq!(
        messages,
        ["role `qa` may not move src/a: no write rule covers it", "role `qa` may not write src/a: no write rule covers it"]
    );
}

#[test]
fn links_stay_inside() {
    let role = role(&["**"], &[]);
    let passes = |at: &str, target: &str| check(&role, &[link(at, target)]).is_ok();
    for (at, target) in [("a/b", "../c"), ("a", "b/c"), ("a/b/c", "../../d"), ("a/b", ".."), ("a", "./b")] {
        assert!(passes(at, target), "{at} -> {target}");
    }
    for (at, target) in [
        ("a", "/etc/passwd"),
        ("a", "../x"),
        ("a/b", "../../x"),
        ("a", "b/../../x"),
        ("a", "b/.."),
        ("a", ".git/hooks"),
        ("a/b", "../.GIT"),
        ("a", ".cmpm"),
        ("a", ""),
        ("a", "C:\\x"),
        ("a", "..\\x"),
    ] {
        assert!(!passes(at, target), "{at} -> {target}");
    }
}

#[test]
fn submodules_and_strange_kinds_are_refused() {
    let role = role(&["**"], &[]);
    for kind in [NewKind::Submodule, NewKind::Other] {
        assert!(check(&role, &[Proposed { new_kind: Some(kind), ..file("vendor") }]).is_err());
    }
    let removed = Proposed { new_kind: None, ..file("vendor") };
    assert!(check(&role, &[removed, Proposed { new_kind: Some(NewKind::Executable), ..file("run") }]).is_ok());
}

#[test]
fn a_digest_is_of_the_rules_not_of_their_places() {
    let one = role(&["a/**", "b/**"], &["c"]);
    let mut two = role(&["b/**", "a/**", "a/**"], &["c"]);
    two.source = "elsewhere".into();
    assert_eq!(one.digest(), two.digest());
    assert_ne!(one.digest(), role(&["a/**", "b/**", "c"], &[]).digest());
    assert_ne!(role(&["a\nwrite b"], &[]).digest(), role(&["a", "b"], &[]).digest());
}

fn glob() -> impl Strategy<Value = String> {
    let part =
        prop::sample::select(vec!["*", "**", "a", "b*", ".git", ".GIT", ".cmpm", "runs", "{a,.git}", "[!x]*", "?git", "config.yaml"]);
    prop::collection::vec(part, 1..4).prop_map(|parts| parts.join("/"))
}

fn globs() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(glob(), 0..5)
}

fn built(write: &[String], deny: &[String]) -> Role {
    let parse = |globs: &[String]| Rules::from_origin("role.md", globs).unwrap();
    Role { name: "r".into(), source: "role.md".into(), write: parse(write), deny: parse(deny) }
}

fn disguised(name: &'static str) -> impl Strategy<Value = String> {
    let invisible = prop::sample::select(vec!["", "", "\u{200c}", "\u{feff}", "\u{202e}"]);
    let change = (any::<bool>(), invisible);
    let tail = prop::sample::select(vec!["", ".", " ", " . .", "::$DATA"]);
    (prop::collection::vec(change, name.len()), tail).prop_map(move |(changes, tail)| {
        let letters = name.chars().zip(changes);
        let spelled: String =
            letters.map(|(c, (upper, hidden))| format!("{}{hidden}", if upper { c.to_ascii_uppercase() } else { c })).collect();
        spelled + tail
    })
}

proptest! {
    #[test]
    fn deny_always_wins(write in globs(), deny in globs(), text in "[ab.git/]{1,12}") {
        let Some(path) = RepoPath::parse(&text) else { return Ok(()) };
        let role = built(&write, &deny);
        if role.deny.find(&path).is_some() {
            prop_assert!(!role.decide(&path).is_allowed());
        }
        if role.decide(&path).is_allowed() {
            prop_assert!(role.write.find(&path).is_some());
        }
    }

    #[test]
    fn no_glob_grants_the_git_directory(write in globs(), git in disguised(".git"), before in "([a-z]{1,3}/){0,2}", after in "(/[a-z]{1,3}){0,2}") {
        let path = RepoPath::parse(format!("{before}{git}{after}")).unwrap();
        prop_assert!(!built(&write, &[]).decide(&path).is_allowed(), "{path:?}");
    }

    #[test]
    fn no_glob_grants_the_evidence(write in globs(), cmpm in disguised(".cmpm"), runs in disguised("runs"), after in "(/[a-z]{1,3}){0,2}") {
        let path = RepoPath::parse(format!("{cmpm}/{runs}{after}")).unwrap();
        prop_assert!(!built(&write, &[]).decide(&path).is_allowed(), "{path:?}");
    }
}
