//! Secrets are put together here at run time: no file of the project holds one.

use super::*;

const WORD: &str = "kT7qZ2mB9xR4vC8nL3jH6wF5sD1gPyQaEuWiXoJ0tKbVrNzMhGfYcSdLpUeI";

/// `length` letters and digits that look random.
pub(super) fn random(length: usize) -> String {
    WORD.chars()
        .cycle()
        .enumerate()
        .map(|(index, c)| if index / WORD.len() % 2 == 1 { c.to_ascii_lowercase() } else { c })
        .take(length)
        .collect()
}

pub(super) fn found(scanner: &Scanner, path: &str, text: &str) -> Vec<String> {
    let path = RepoPath::parse(path).unwrap();
    let secrets = scanner.scan_marked(&Text { path: &path, bytes: text.as_bytes(), commit: None });
    secrets.iter().filter(|secret| !secret.marked).map(|secret| format!("{}:{}", secret.rule, secret.line.unwrap_or(0))).collect()
}

pub(super) fn project(files: &[(&str, &str)]) -> (Scanner, Vec<RuleProblem>) {
    Scanner::load(&|path| files.iter().find(|(name, _)| path.as_str() == Some(name)).map(|(_, text)| text.as_bytes().to_vec()))
}

#[derive(serde::Deserialize)]
struct Examples {
    rules: Vec<Example>,
}

#[derive(serde::Deserialize)]
struct Example {
    id: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    examples: Vec<String>,
    #[serde(default)]
    negative: Vec<String>,
}

/// A line of a rule with its places filled: `{h32}` is 32 hexadecimal digits, `{uuid}` a UUID.
fn filled(line: &str, seed: &mut u64) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, (place, after))) = rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
        out.push_str(before);
        let kinds: &[(&str, usize)] = match place {
            "uuid" => &[("h", 8), ("h", 4), ("h", 4), ("h", 4), ("h", 12)],
            _ => &[(place.get(..1).unwrap_or(""), place.get(1..).and_then(|length| length.parse().ok()).unwrap_or(0))],
        };
        match kinds.iter().map(|(kind, length)| letters(kind, *length, seed)).collect::<Option<Vec<_>>>() {
            Some(parts) => out.push_str(&parts.join("-")),
            None => out.extend(["{", place, "}"]),
        }
        rest = after;
    }
    out + rest
}

fn letters(kind: &str, length: usize, seed: &mut u64) -> Option<String> {
    let alphabet = match kind {
        _ if length == 0 => return None,
        "a" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "l" => "abcdefghijklmnopqrstuvwxyz0123456789",
        "u" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "h" => "0123456789abcdef",
        "d" => "0123456789",
        _ => return None,
    };
    let mut next = || {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*seed >> 33).unwrap() % alphabet.len()
    };
    Some((0..length).map(|_| char::from(alphabet.as_bytes()[next()])).collect())
}

/// Where a rule that looks at some files only would look.
fn path_of(rule: &Example) -> &'static str {
    ["src/settings.txt", "main.tf", "nuget.config", "a.php", "a.yaml"]
        .into_iter()
        .find(|path| rule.path.is_empty() || pattern::Pattern::new(&rule.path).is_match(path.as_bytes()))
        .unwrap_or("a")
}

#[test]
fn every_rule_finds_its_examples_and_nothing_else() {
    let scanner = Scanner::load(&|_| None).0;
    let rules = toml::from_str::<Examples>(include_str!("../../../templates/scan/secrets.toml")).unwrap().rules;
    let (mut seed, mut wrong) = (1, Vec::new());
    for rule in rules.iter().filter(|rule| rule.id != "pkcs12-file") {
        // Addresses and telephone numbers matter in records alone.
        let path = if matches!(rule.id.as_str(), "email-address" | "phone-number") { ".cmpm/memory/a.md" } else { path_of(rule) };
        assert!(!rule.examples.is_empty() && !rule.negative.is_empty(), "{} has no examples", rule.id);
        for example in &rule.examples {
            let text = format!("one\n{}\n", filled(example, &mut seed));
            let all = found(&scanner, path, &text);
            if !all.iter().any(|found| found.starts_with(&format!("{}:", rule.id))) {
                wrong.push(format!("{} is not found: {all:?} in {text}", rule.id));
            }
            let marked = text.replace('\n', " # cmpm:allow\n");
            assert_eq!(found(&scanner, path, &marked), [""; 0], "{}", rule.id);
        }
        let quiet = rule.negative.iter().map(|line| filled(line, &mut seed));
        for text in quiet {
            let all = found(&scanner, path, &text);
            if !all.is_empty() {
                wrong.push(format!("{all:?} in {text}, which {} says is none", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(found(&scanner, "certs/client.p12", ""), ["pkcs12-file:0"]);
    assert_eq!(scanner.broken(), []);
}

#[test]
fn where_it_stands_says_how_much_it_matters() {
    use Severity::{Error, Note, Warning};
    let scanner = Scanner::load(&|_| None).0;
    let guess = format!("SECRET_KEY = '{}'\n", random(32));
    let key = format!("-----BEGIN {}-----\n{}\n", ["PRIVATE", "KEY"].join(" "), random(64));
    let token = format!("{}{}\n", ["gh", "p_"].concat(), random(36));
    let levels = |path: &str, head: &str| {
        let level = |text: &String| {
            let (path, text) = (RepoPath::parse(path).unwrap(), format!("{head}{text}"));
            scanner.scan_marked(&Text { path: &path, bytes: text.as_bytes(), commit: None })[0].severity
        };
        [level(&guess), level(&key), level(&token)]
    };
    for path in ["src/a.py", ".cmpm/memory/team/a.md", "tasks/issues/a.md", "tickets/a.md", "AGENTS.md", "a.txt"] {
        assert_eq!(levels(path, ""), [Error, Error, Error], "{path}");
    }
    for path in ["docs/config.rst", "README.md", "examples/a/b.py", "web/__tests__/a.ts", "a/fixtures/b.env"] {
        assert_eq!(levels(path, ""), [Note, Warning, Error], "{path}");
    }
    assert_eq!(levels("work/items/a.md", "---\nid: A-1\nstatus: open\n---\n"), [Error, Error, Error]);
    let path = RepoPath::parse("plan.md").unwrap();
    assert_eq!(scanner.scan(&Text { path: &path, bytes: guess.as_bytes(), commit: None }).len(), 1, "no record may hold it");
}

#[test]
fn the_rules_of_cmpm_can_all_be_read() {
    let scanner = Scanner::load(&|_| None).0;
    for written in &scanner.rules {
        let rule = written.rule();
        assert!(rule.keywords.iter().eq(&written.keywords), "{}", rule.id);
        rule.spans(b"x");
        rule.covers("x");
        let nothing = Candidate { path: "x", commit: None, secret: b"", matched: b"", line: b"", around: b"" };
        rule.allowlists.iter().for_each(|list| assert!(!list.allows(&nothing)));
        assert!(
            !rule.keywords.is_empty() || rule.regex.is_none() || rule.check.is_some(),
            "{}: without a keyword it is tried on every file",
            rule.id
        );
        assert!(!rule.description.is_empty());
    }
    let ids: BTreeSet<&str> = scanner.rules().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), scanner.rules.len(), "two rules have one id");
    assert!(ids.len() > 80, "the file could not be read");
    assert_eq!(scanner.broken(), []);
}

#[test]
fn a_text_without_a_word_of_a_rule_compiles_none() {
    let scanner = Scanner::load(&|_| None).0;
    assert_eq!(found(&scanner, "src/main.c", "int main(void) { return 7 + 1234; }\n"), [""; 0]);
    let compiled = scanner.rules.iter().filter_map(Written::if_read).filter(|rule| rule.is_compiled());
    assert_eq!(compiled.map(|rule| rule.id.as_str()).collect::<Vec<_>>(), [""; 0]);
    // With one, that rule alone.
    found(&scanner, "src/main.c", "fo1_\n");
    let compiled = scanner.rules.iter().filter_map(Written::if_read).filter(|rule| rule.is_compiled());
    assert_eq!(compiled.map(|rule| rule.id.as_str()).collect::<Vec<_>>(), ["flyio-access-token"]);
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
}

#[test]
fn no_name_of_a_file_hides_a_secret_of_a_maker() {
    let scanner = Scanner::load(&|_| None).0;
    let (token, near) =
        (format!("gh{}{}", "p_", random(36)), format!("heroku_key = {}", ["a1b2c3d4", "-e5f6"].concat() + "-4a7b-8c9d-0e1f2a3b4c5d"));
    let guess = format!("api_key = \"{}\"\n{near}\n4716 2387 1905 5629\n", random(32));
    for path in [
        "web/package-lock.json",
        "yarn.lock",
        "logo.svg",
        "app.min.js",
        "app.min.css.map",
        "a.pdf",
        "a.png",
        "node_modules/a/b.js",
        ".gitleaks.toml",
    ] {
        assert_eq!(found(&scanner, path, &guess), [""; 0], "{path}");
        assert_eq!(found(&scanner, path, &token), ["github-pat:1"], "{path}");
    }
    assert_eq!(found(&scanner, "app.js", &guess).len(), 3);
}

#[test]
fn a_password_without_quotes_counts_where_it_is_no_expression() {
    let scanner = Scanner::load(&|_| None).0;
    let text = format!("db.password={}\n", random(20));
    for path in ["src/a.properties", ".env.local", "deploy/values.yml", "my.ini", "Dockerfile", "run.sh", "tasks/issues/ISS-1.md"] {
        assert_eq!(found(&scanner, path, &text), ["generic-password-unquoted:1"], "{path}");
    }
    for path in ["src/a.rs", "a.py", "web/a.ts", "yarn.lock"] {
        assert_eq!(found(&scanner, path, &text), [""; 0], "{path}");
    }
}

#[test]
fn no_encoding_hides_a_secret() {
    let scanner = Scanner::load(&|_| None).0;
    let token = format!("gh{}{}", "p_", random(36));
    let text = format!("one\ntoken: {token}\n");
    let wide = |big: bool| {
        text.encode_utf16().flat_map(move |unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect::<Vec<u8>>()
    };
    let wider =
        |big: bool| text.chars().map(u32::from).flat_map(move |c| if big { c.to_be_bytes() } else { c.to_le_bytes() }).collect::<Vec<u8>>();
    let path = RepoPath::parse("a").unwrap();
    for (name, bytes) in [
        ("UTF-8 with a mark", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("UTF-16 LE", [b"\xff\xfe".as_slice(), &wide(false)].concat()),
        ("UTF-16 BE", [b"\xfe\xff".as_slice(), &wide(true)].concat()),
        ("UTF-16 LE without a mark", wide(false)),
        ("UTF-16 BE without a mark", wide(true)),
        ("UTF-32", [b"\xff\xfe\0\0".as_slice(), &wider(false)].concat()),
        ("UTF-32 LE without a mark", wider(false)),
        ("UTF-32 BE without a mark", wider(true)),
        ("a NUL first", [b"\0", text.as_bytes()].concat()),
        ("a binary file", [b"\x7fELF\0\x01\n\0\0".as_slice(), token.as_bytes(), b"\0\0"].concat()),
        ("Latin-1", [b"\xe4\xf6\n".as_slice(), token.as_bytes(), b"\xfc"].concat()),
    ] {
        let secrets = scanner.scan(&Text { path: &path, bytes: &bytes, commit: None });
        let said: Vec<_> = secrets.iter().map(|secret| (secret.rule.as_str(), secret.line)).collect();
        assert_eq!(said, [("github-pat", Some(2))], "{name}");
    }
    for around in ["{\"said\": \"it is\\n{}\"}", "\"\\t{}\"", "'\\r\\n{}'", "URL_{}_END", "k{}"] {
        assert_eq!(found(&scanner, "a", &around.replace("{}", &token)), ["github-pat:1"], "{around}");
    }
    let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = token.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let base64 = base64(format!("user:{token}").as_bytes());
    for coded in [hex, percent, base64.trim_end_matches('=').replace('+', "-").replace('/', "_"), base64] {
        assert_eq!(found(&scanner, "a", &format!("one\nx: {coded}\n")), ["github-pat:2"], "{coded}");
        assert_eq!(found(&scanner, "a", &format!("one\nx: {coded} # cmpm:allow\n")), [""; 0], "{coded}");
    }
}

fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = bytes.chunks(3).flat_map(|three| {
        let sum = (0..3).fold(0_usize, |sum, place| sum << 8 | usize::from(*three.get(place).unwrap_or(&0)));
        (0..4).map(move |place| if place > three.len() { '=' } else { char::from(alphabet[sum >> (18 - 6 * place) & 63]) })
    });
    letters.collect()
}

#[test]
fn personal_data_matters_by_its_place() {
    let scanner = Scanner::load(&|_| None).0;
    let levels = |path: &str| -> Vec<Severity> {
        let path = RepoPath::parse(path).unwrap();
        let text = Text { path: &path, bytes: b"4716 2387 1905 5629\nana@acme.io\n", commit: None };
        scanner.scan_marked(&text).iter().map(|secret| secret.severity).collect()
    };
    assert_eq!(levels(".cmpm/memory/MEM-1.md"), [Severity::Error, Severity::Warning]);
    assert_eq!(levels("tasks/issues/ISS-1.md"), [Severity::Error, Severity::Warning]);
    assert_eq!(levels("src/a.rs"), [Severity::Warning]);
    assert_eq!(levels("tests/fixtures/a.csv"), []);
    assert_eq!(scanner.scan(&Text { path: &RepoPath::parse("a").unwrap(), bytes: b"4716 2387 1905 5629", commit: None }), []);
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
fn many_secrets_on_many_lines_are_each_where_they_stand() {
    let token = |index: usize| format!("gh{}{:04}{}", "p_", index, random(32));
    let text: String = (0..300).map(|index| format!("x bm90aGluZyBidXQgYSBwbGFpbiB0ZXh0 {}\n", token(index))).collect();
    let scanner = Scanner::load(&|_| None).0;
    assert_eq!(found(&scanner, "a", &text), (1..=300).map(|line| format!("github-pat:{line}")).collect::<Vec<_>>());
    assert_eq!(found(&scanner, "a", &text.replace('\n', " ")).len(), 300, "on one line, none as something general");
}
