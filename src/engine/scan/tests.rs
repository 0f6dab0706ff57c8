//! Secrets are put together here at run time: no file of the project holds one.

use super::*;

const WORD: &str = "kT7qZ2mB9xR4vC8nL3jH6wF5sD1gPyQaEuWiXoJ0tKbVrNzMhGfYcSdLpUeI";

/// `length` letters and digits that look random.
fn random(length: usize) -> String {
    WORD.chars()
        .cycle()
        .enumerate()
        .map(|(index, c)| if index / WORD.len() % 2 == 1 { c.to_ascii_lowercase() } else { c })
        .take(length)
        .collect()
}

fn hex(length: usize) -> String {
    "3fa94c07be1d8256".chars().cycle().take(length).collect()
}

fn upper(length: usize) -> String {
    "QZ7M2XKB4LRVT3NW6HJF".chars().cycle().take(length).collect()
}

fn found(scanner: &Scanner, path: &str, text: &str) -> Vec<String> {
    let path = RepoPath::parse(path).unwrap();
    let secrets = scanner.scan(&Text { path: &path, bytes: text.as_bytes(), commit: None });
    secrets.iter().map(|secret| format!("{}:{}", secret.rule, secret.line.unwrap_or(0))).collect()
}

fn project(files: &[(&str, &str)]) -> (Scanner, Vec<RuleProblem>) {
    Scanner::load(&|path| files.iter().find(|(name, _)| path.as_str() == Some(name)).map(|(_, text)| text.as_bytes().to_vec()))
}

/// A rule, and a text that it has to find something in.
type Sample = (&'static str, String);

fn of_clouds_and_code() -> Vec<Sample> {
    let r = random;
    vec![
        ("aws-access-token", format!("AK{}{}", "IA", upper(16))),
        ("aws-secret-access-key", format!("aws_secret_access_key = {}", r(40))),
        ("gcp-api-key", format!("AI{}{}", "za", r(35))),
        ("azure-ad-client-secret", format!("'{}8Q~{}'", r(3), r(34))),
        ("azure-storage-account-key", format!("AccountName=a;AccountKey={}==", r(86))),
        ("digitalocean-token", format!("dop_v1{}{}", "_", hex(64))),
        ("heroku-api-key", format!("HEROKU_API_KEY={}-{}-{}-{}-{}", hex(8), hex(4), hex(4), hex(4), hex(12))),
        ("databricks-api-token", format!("da{}{}", "pi", hex(32))),
        ("vault-token", format!("hv{}{}", "s.", r(95))),
        ("github-pat", format!("gh{}{}", "p_", r(36))),
        ("github-fine-grained-pat", format!("github{}{}_{}", "_pat_", r(22), r(59))),
        ("github-oauth", format!("gh{}{}", "o_", r(36))),
        ("github-app-token", format!("gh{}{}", "s_", r(36))),
        ("github-refresh-token", format!("gh{}{}", "r_", r(76))),
        ("gitlab-pat", format!("gl{}{}", "pat-", r(20))),
        ("gitlab-token", format!("gl{}{}", "rt-", r(20))),
        ("npm-access-token", format!("np{}{}", "m_", r(36))),
        ("npm-registry-auth", format!("//registry.example.org/:_authToken={}", r(36))),
        ("pypi-upload-token", format!("py{}{}", "pi-AgE", r(80))),
        ("crates-io-token", format!("ci{}{}", "o", r(32))),
        ("docker-hub-token", format!("dckr{}{}", "_pat_", r(27))),
    ]
}

fn of_models_messages_and_any_maker() -> Vec<Sample> {
    let r = random;
    let dotted = format!("{}.{}.{}", ["ey", "J"].concat() + &r(30), ["ey", "J"].concat() + &r(40), r(43));
    vec![
        ("openai-api-key", format!("sk-{}T3Blbk{}{}", r(20), "FJ", r(20))),
        ("openai-api-key", format!("sk-proj-{}T3Blbk{}{}", r(74), "FJ", r(74))),
        ("anthropic-api-key", format!("sk-{}{}AA", "ant-api03-", r(93))),
        ("huggingface-access-token", format!("h{}{}", "f_", r(34))),
        ("slack-token", format!("xo{}-{}-{}-{}", "xb", "17653672481", "4567823165423", r(24))),
        ("slack-webhook-url", format!("https://hooks.{}/services/T{}/B{}/{}", "slack.com", upper(9), upper(10), r(24))),
        ("discord-bot-token", format!("DISCORD={}{}.{}.{}", "M", r(25), r(6), r(38))),
        ("telegram-bot-api-token", format!("bot 7136482913:A{}{}", "A", r(33))),
        ("twilio-api-key", format!("S{}{}", "K", hex(32))),
        ("sendgrid-api-token", format!("S{}{}.{}", "G.", r(22), r(43))),
        ("mailgun-key", format!("ke{}{}", "y-", hex(32))),
        ("stripe-access-token", format!("sk_{}_{}", "live", r(24))),
        ("shopify-token", format!("shp{}_{}", "at", hex(32))),
        ("square-access-token", format!("sq0{}-{}", "atp", r(22))),
        ("datadog-key", format!("DD_API_KEY: {}", hex(32))),
        ("jwt", dotted),
        ("private-key", format!("-----BEGIN OPENSSH {} KEY-----\n{}\n", "PRIVATE", r(64))),
        ("private-key", format!("\"-----BEGIN {} KEY-----\\n{}\\n", "PRIVATE", r(64))),
        ("private-key", format!("-----BEGIN PGP {} KEY BLOCK-----\nVersion: 1\n\n{}\n", "PRIVATE", r(64))),
        ("connection-string", format!("postgres://app:{}@db.internal:5432/app", r(12))),
        ("connection-string", format!("mongodb+srv://app:{}@cluster0.mongodb.net", r(12))),
        ("generic-api-key", format!("const api_key = \"{}\";", r(32))),
        ("generic-password", format!("password: \"{}\"", r(14))),
    ]
}

#[test]
fn every_kind_of_secret_is_found() {
    let scanner = Scanner::load(&|_| None).0;
    for (rule, secret) in of_clouds_and_code().into_iter().chain(of_models_messages_and_any_maker()) {
        let text = format!("one\n{secret}\n");
        assert_eq!(found(&scanner, "src/settings.txt", &text), [format!("{rule}:2")], "{rule}: {text}");
        let marked = text.replace('\n', " # cmpm:allow\n");
        assert_eq!(found(&scanner, "src/settings.txt", &marked), [""; 0], "{rule}");
    }
    assert_eq!(found(&scanner, "certs/client.p12", ""), ["pkcs12-file:0"]);
    assert_eq!(scanner.broken(), []);
}

#[test]
fn the_rules_of_cmpm_can_all_be_read() {
    let scanner = Scanner::load(&|_| None).0;
    for rule in &scanner.rules {
        rule.spans(b"x");
        rule.covers("x");
        let nothing = Candidate { path: "x", commit: None, secret: b"", matched: b"", line: b"" };
        rule.allowlists.iter().for_each(|list| assert!(!list.allows(&nothing)));
        assert!(!rule.keywords.is_empty() || rule.regex.is_none(), "{}: without a keyword it is tried on every file", rule.id);
        assert!(!rule.description.is_empty());
    }
    let ids: BTreeSet<&str> = scanner.rules().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), scanner.rules.len(), "two rules have one id");
    assert!(ids.len() > 80, "the file could not be read");
    assert_eq!(scanner.broken(), []);
}

#[test]
fn places_for_a_secret_are_none() {
    let scanner = Scanner::load(&|_| None).0;
    for text in [
        "api_key = \"${API_KEY_FROM_ENV_2}\"",
        "password: \"{{ vault.database1.password }}\"",
        "const token = process.env.GITHUB_TOKEN_2;",
        "postgres://postgres:postgres@localhost:5432/app",
        "https://user:$PASSWORD@example.com",
        "token: 'your-token-here-1234567890'",
        "secret = get_secret_key(\"name-1\")",
        "key = \"jetbrains.mps.v8_elimination\"",
        "accessKey: <YOUR_ACCESS_KEY_1>",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "token_count = 123456789012",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    ] {
        assert_eq!(found(&scanner, "a.py", text), [""; 0], "{text}");
    }
    let text = format!("api_key = \"{}\"", random(32));
    assert_eq!(found(&scanner, "web/package-lock.json", &text), [""; 0]);
    assert_eq!(found(&scanner, "a.bin", &format!("\0{text}")), [""; 0]);
}

#[test]
fn a_secret_is_never_shown_whole() {
    let scanner = Scanner::load(&|_| None).0;
    let value = random(32);
    let text = format!("api_key = \"{value}\"");
    let path = RepoPath::parse("a").unwrap();
    let secrets = scanner.scan(&Text { path: &path, bytes: text.as_bytes(), commit: None });
    assert_eq!(secrets[0].shown(), format!("{}… (32 characters)", value.get(..4).unwrap()));
    assert!(!format!("{secrets:?}").contains(value.get(..6).unwrap()));
    let short = Secret { value: b"abc".to_vec(), ..secrets[0].clone() };
    assert_eq!(short.shown(), "a… (3 characters)");
}

#[test]
fn a_project_extends_the_rules() {
    let text = format!("acme-{}\ngh{}{}\n", hex(8), "p_", random(36));
    let config = "[extend]\nuseDefault = true\ndisabledRules = [\"github-pat\"]\n\
                  [[rules]]\nid = \"acme\"\ndescription = \"Acme\"\nregex = '''acme-([a-f0-9]{8})'''\nkeywords = [\"ACME\"]\n";
    let (scanner, problems) = project(&[(RULES_FILE, config)]);
    assert_eq!(problems, []);
    assert_eq!(found(&scanner, "a", &text), ["acme:1"]);
    // Without `useDefault` only the rules of the file count, as in gitleaks.
    let (scanner, _) = project(&[(RULES_FILE, &config.replace("useDefault = true", ""))]);
    assert_eq!(scanner.rules().count(), 1);
    // A file of exceptions alone keeps cmpm's rules.
    let (scanner, _) = project(&[(RULES_FILE, "[allowlist]\npaths = ['''^docs/''']\n")]);
    assert_eq!(found(&scanner, "docs/a", &text), [""; 0]);
    assert_eq!(found(&scanner, "src/a", &text), ["github-pat:2"]);
}

#[test]
fn a_rule_file_builds_on_another() {
    let config =
        "[extend]\npath = \"./rules/base.toml\"\n[[rules]]\nid = \"acme\"\nentropy = 2.0\n[[rules.allowlists]]\nstopwords = [\"7777\"]\n";
    let base = "[[rules]]\nid = \"acme\"\nregex = '''acme-\\w+'''\n";
    let (scanner, problems) = project(&[(RULES_FILE, config), ("rules/base.toml", base)]);
    assert_eq!((problems.len(), found(&scanner, "a", "acme-x1f9\nacme-7777-abcd\naaa").len()), (0, 1));
    let (scanner, problems) = project(&[(RULES_FILE, config)]);
    assert!(problems[0].message.contains("rules/base.toml"));
    assert!(scanner.rules().count() > 80);
    let (scanner, problems) = project(&[(RULES_FILE, "[[rules]\n")]);
    assert_eq!((problems.len(), scanner.rules().count() > 80), (1, true));
    let (scanner, _) = project(&[(RULES_FILE, "[[rules]]\nid = \"bad\"\nregex = '''(x'''\n")]);
    assert_eq!(found(&scanner, "a", "(x"), [""; 0]);
    assert_eq!(scanner.broken()[0].0, "bad");
}

#[test]
fn exceptions_hold_for_what_they_name() {
    let rule = "[[rules]]\nid = \"acme\"\nregex = '''(acme)-(\\w+)'''\nsecretGroup = 2\n";
    let both = "[[rules.allowlists]]\ncondition = \"AND\"\npaths = ['''\\.md$''']\nregexes = ['''^ok''']\n";
    let (scanner, _) = project(&[(RULES_FILE, &format!("{rule}{both}"))]);
    assert_eq!(found(&scanner, "a.md", "acme-ok1"), [""; 0]);
    assert_eq!(found(&scanner, "a.rs", "acme-ok1"), ["acme:1"]);
    assert_eq!(found(&scanner, "a.md", "acme-bad"), ["acme:1"]);
    for (target, text) in [("match", "acme-x"), ("line", "a line: acme-x")] {
        let list = format!("[[allowlists]]\ntargetRules = [\"acme\"]\nregexTarget = \"{target}\"\nregexes = ['''^(?:acme|a line)''']\n");
        let (scanner, _) = project(&[(RULES_FILE, &format!("{rule}{list}"))]);
        assert_eq!(found(&scanner, "a", text), [""; 0], "{target}");
        let other = format!("{rule}{}", list.replace("[\"acme\"]", "[\"other\"]"));
        assert_eq!(found(&project(&[(RULES_FILE, &other)]).0, "a", text), ["acme:1"], "{target}");
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
