//! Rules, exceptions and baselines of a project.

use super::tests::{found, project, random};
use super::*;

#[test]
fn a_project_extends_the_rules() {
    let text = format!("acme-3fa94c07\ngh{}{}\n", "p_", random(36));
    let config = "[extend]\nuseDefault = true\ndisabledRules = [\"github-pat\"]\n\
                  [[rules]]\nid = \"acme\"\ndescription = \"Acme\"\nregex = '''acme-([a-f0-9]{8})'''\nkeywords = [\"ACME\"]\n";
    let (scanner, problems) = project(&[(RULES_FILES[1], config)]);
    assert_eq!(problems, []);
    assert_eq!(found(&scanner, "a", &text), ["acme:1"]);
    // Without `useDefault` only the rules of the file count, as in gitleaks.
    let (scanner, _) = project(&[(RULES_FILES[1], &config.replace("useDefault = true", ""))]);
    assert_eq!(scanner.rules().count(), 1);
    // A file of exceptions alone keeps cmpm's rules.
    let (scanner, _) = project(&[(RULES_FILES[1], "[allowlist]\npaths = ['''^docs/''']\n")]);
    assert_eq!(found(&scanner, "docs/a", &text), [""; 0]);
    assert_eq!(found(&scanner, "src/a", &text), ["github-pat:2"]);
}

#[test]
fn a_rule_file_builds_on_another() {
    let config =
        "[extend]\npath = \"./rules/base.toml\"\n[[rules]]\nid = \"acme\"\nentropy = 2.0\n[[rules.allowlists]]\nstopwords = [\"7777\"]\n";
    let base = "[[rules]]\nid = \"acme\"\nregex = '''acme-\\w+'''\n";
    let (scanner, problems) = project(&[(RULES_FILES[1], config), ("rules/base.toml", base)]);
    assert_eq!((problems.len(), found(&scanner, "a", "acme-x1f9\nacme-7777-abcd\naaa").len()), (0, 1));
    let (scanner, problems) = project(&[(RULES_FILES[1], config)]);
    assert!(problems[0].message.contains("rules/base.toml"));
    assert!(scanner.rules().count() > 80);
    let (scanner, problems) = project(&[(RULES_FILES[1], "[[rules]\n")]);
    assert_eq!((problems.len(), scanner.rules().count() > 80), (1, true));
    let (scanner, _) = project(&[(RULES_FILES[1], "[[rules]]\nid = \"bad\"\nregex = '''(x'''\n")]);
    assert_eq!(found(&scanner, "a", "(x"), [""; 0]);
    assert_eq!(scanner.broken()[0].0, "bad");
}

#[test]
fn exceptions_hold_for_what_they_name() {
    let rule = "[[rules]]\nid = \"acme\"\nregex = '''(acme)-(\\w+)'''\nsecretGroup = 2\n";
    let both = "[[rules.allowlists]]\ncondition = \"AND\"\npaths = ['''\\.md$''']\nregexes = ['''^ok''']\n";
    let (scanner, _) = project(&[(RULES_FILES[1], &format!("{rule}{both}"))]);
    assert_eq!(found(&scanner, "a.md", "acme-ok1"), [""; 0]);
    assert_eq!(found(&scanner, "a.rs", "acme-ok1"), ["acme:1"]);
    assert_eq!(found(&scanner, "a.md", "acme-bad"), ["acme:1"]);
    for (target, text) in [("match", "acme-x"), ("line", "a line: acme-x")] {
        let list = format!("[[allowlists]]\ntargetRules = [\"acme\"]\nregexTarget = \"{target}\"\nregexes = ['''^(?:acme|a line)''']\n");
        let (scanner, _) = project(&[(RULES_FILES[1], &format!("{rule}{list}"))]);
        assert_eq!(found(&scanner, "a", text), [""; 0], "{target}");
        let other = format!("{rule}{}", list.replace("[\"acme\"]", "[\"other\"]"));
        assert_eq!(found(&project(&[(RULES_FILES[1], &other)]).0, "a", text), ["acme:1"], "{target}");
    }
}

#[test]
fn accepted_fingerprints_are_silent() {
    let text = format!("x\ngh{}{}\n", "p_", random(36));
    let path = RepoPath::parse("src/a").unwrap();
    let count = |ignore: &str, commit: Option<&str>| {
        let (scanner, _) = project(&[(IGNORE_FILE, ignore)]);
        scanner.scan(&Text { path: &path, bytes: text.as_bytes(), commit }).len()
    };
    assert_eq!(count("# old\nsrc/a:github-pat:2\n", None), 0);
    assert_eq!(count("src/a:github-pat:3\n", None), 1);
    assert_eq!(count("abc:src/a:github-pat:2\n", Some("abc")), 0);
    assert_eq!(count("abc:src/a:github-pat:2\n", Some("abd")), 1);
    assert_eq!(count("abc:src/a:github-pat:2\n", None), 1);
}

#[test]
fn the_baseline_keeps_quiet_about_what_it_names_and_says_nothing_of_it() {
    let path = RepoPath::parse("src/a").unwrap();
    let token = format!("gh{}{}", "p_", random(36));
    let scan = |scanner: &Scanner, text: &str| scanner.scan(&Text { path: &path, bytes: text.as_bytes(), commit: None });
    let found = scan(&Scanner::load(&|_| None).0, &token);
    let (file, count) = baseline(found.iter().chain(&found).map(|secret| (&path, secret)));
    assert_eq!((count, file.lines().count()), (1, 2));
    assert!(!token.as_bytes().windows(5).any(|part| file.contains(std::str::from_utf8(part).unwrap())), "{file}");
    let (scanner, _) = project(&[(BASELINE_FILE, &file)]);
    assert_eq!((scan(&scanner, &format!("moved\n\n{token}\n")), scanner.known()), (vec![], 1));
    let other = token.replace("kT7", "kT8");
    assert_eq!((scan(&scanner, &other).len(), scanner.known()), (1, 1));
}

#[test]
fn a_rule_file_cannot_be_a_bomb() {
    let rules = |count: usize| (0..count).map(|id| format!("[[rules]]\nid = \"r{id}\"\nregex = 'r{id}x'\n")).collect::<String>();
    let (scanner, problems) = project(&[(RULES_FILES[1], &rules(1200))]);
    assert_eq!((scanner.rules().count(), problems.len()), (1000, 1));
    assert!(problems[0].message.starts_with("200 of 1200 rules"), "{problems:?}");
    let (scanner, problems) = project(&[(RULES_FILES[1], &" ".repeat(9 << 20))]);
    assert!(scanner.rules().count() < 500 && problems[0].message.contains("8 MiB"), "{problems:?}");
}

#[test]
fn what_a_rule_file_says_in_vain_is_named() {
    let file = "title = \"x\"\n[extend]\nuseDefault = true\nurl = \"https://example.org\"\n[[rules]]\nid = \"a\"\nregex = \"a\"\n\
                skipReport = true\n[[rules.required]]\nid = \"b\"\n[[allowlists]]\nregexs = [\"x\"]\n";
    let (_, problems) = project(&[(RULES_FILES[1], file)]);
    let said: Vec<_> = problems.iter().map(|one| (one.line, one.message.split('`').nth(1).unwrap(), one.is_small)).collect();
    assert_eq!(
        said,
        [
            (Some(4), "extend.url", true),
            (Some(8), "rules.skipReport", true),
            (Some(9), "rules.required", true),
            (Some(12), "allowlists.regexs", true),
        ]
    );
}

#[test]
fn the_rules_of_betterleaks_are_read_as_well() {
    let rule = |id: &str| format!("[[rules]]\nid = \"{id}\"\nregex = 'acme-[a-f0-9]{{8}}'\n");
    let (scanner, problems) = project(&[(RULES_FILES[0], &rule("better"))]);
    assert_eq!((found(&scanner, "a", "acme-3fa94c07"), problems.len()), (vec!["better:1".to_owned()], 0));
    let (scanner, _) = project(&[(RULES_FILES[1], &rule("git")), (RULES_FILES[0], &rule("better"))]);
    assert_eq!((found(&scanner, "a", "acme-3fa94c07"), scanner.source().as_str()), (vec!["better:1".to_owned()], Some(RULES_FILES[0])));
}
