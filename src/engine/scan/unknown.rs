//! What a rule file says and cmpm does not know: it changes nothing here, so it is named.

use toml::{Table, Value};

/// The keys of each table that are read, and those that only describe.
const TOP: [&str; 7] = ["extend", "rules", "allowlist", "allowlists", "title", "description", "minVersion"];
const EXTEND: [&str; 5] = ["useDefault", "usedefault", "path", "disabledRules", "disabledrules"];
const RULE: [&str; 12] = [
    "id",
    "description",
    "regex",
    "path",
    "secretGroup",
    "secretgroup",
    "entropy",
    "keywords",
    "tags",
    "allowlist",
    "allowlists",
    "severity",
];
/// Those that cmpm adds.
const OWN: [&str; 3] = ["near", "value", "check"];
const ALLOWLIST: [&str; 11] = [
    "description",
    "targetRules",
    "targetrules",
    "condition",
    "commits",
    "paths",
    "regexTarget",
    "regextarget",
    "regexes",
    "stopwords",
    "guesses",
];

/// The keys that nobody reads, each once, with the line where it stands first.
pub(super) fn keys(text: &str) -> Vec<(Option<u32>, String)> {
    let Ok(file) = text.parse::<Table>() else { return Vec::new() };
    let mut found = Vec::new();
    let mut look = |place: &str, table: &Table, known: &[&[&str]]| {
        let unknown = table.keys().filter(|key| !known.iter().any(|known| known.contains(&key.as_str())));
        found.extend(unknown.map(|key| (key.clone(), format!("`{place}{key}` is not known here, so it changes nothing"))));
    };
    look("", &file, &[&TOP]);
    for extend in tables(file.get("extend")) {
        look("extend.", extend, &[&EXTEND]);
    }
    for rule in tables(file.get("rules")) {
        look("rules.", rule, &[&RULE, &OWN]);
    }
    for holder in std::iter::once(&file).chain(tables(file.get("rules"))) {
        for list in ["allowlist", "allowlists"].into_iter().flat_map(|name| tables(holder.get(name))) {
            look("allowlists.", list, &[&ALLOWLIST]);
        }
    }
    let mut told: Vec<(Option<u32>, String)> = found.into_iter().map(|(key, message)| (line_of(text, &key), message)).collect();
    told.sort();
    told.dedup();
    told
}

/// A table, or each of a list of them.
fn tables(value: Option<&Value>) -> impl Iterator<Item = &Table> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    value.into_iter().chain(list).filter_map(Value::as_table)
}

/// The first line that begins with a key, or with the header of its table.
fn line_of(text: &str, key: &str) -> Option<u32> {
    let is_it = |line: &str| {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '[' | '"' | '\''));
        let rest = line.rsplit_once(&format!(".{key}")).map(|(_, rest)| rest).or_else(|| line.strip_prefix(key));
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '=' | ']' | '.' | '"' | '\'')))
    };
    (1..).zip(text.lines()).find(|(_, line)| is_it(line)).map(|(line, _)| line)
}
