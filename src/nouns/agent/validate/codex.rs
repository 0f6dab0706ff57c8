//! Agents of Codex CLI, which are TOML.

use crate::base::{Finding, RepoPath, Rule, Severity};

use super::prompt;

/// The keys without which Codex takes no agent.
const NEEDED: [&str; 3] = ["name", "description", "developer_instructions"];

/// Its name and the line of it, and what is wrong.
pub fn check(path: &RepoPath, text: &str) -> (Option<String>, u32, Vec<Finding>) {
    let error = |rule: Rule, message: String| Finding::new(rule, Severity::Error, path.clone(), message);
    let table: toml::Table = match toml::from_str(text) {
        Ok(table) => table,
        Err(wrong) => {
            let before = wrong.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = 1 + u32::try_from(before.matches('\n').count()).unwrap_or(0);
            return (None, 1, vec![error(Rule::Unreadable, format!("it is not valid TOML: {}", wrong.message())).at(line)]);
        }
    };
    let value = |key: &str| table.get(key).and_then(toml::Value::as_str).filter(|text| !text.trim().is_empty());
    let mut found = Vec::new();
    for key in NEEDED.into_iter().filter(|key| value(key).is_none()) {
        let message = format!("no `{key}`, without which Codex CLI does not take it for an agent");
        found.push(error(Rule::MissingKey, message).at(1).hint(format!("add `{key} = \"…\"`")));
    }
    if value("sandbox_mode") == Some("danger-full-access") {
        let finding = Finding::new(Rule::WiderTools, Severity::Warning, path.clone(), "it works without a sandbox");
        found.push(finding.at(line_of(text, "sandbox_mode")).hint("write `sandbox_mode = \"workspace-write\"`"));
    }
    let instructions = value("developer_instructions").unwrap_or_default();
    found.extend(prompt::findings(path, text, (line_of(text, "developer_instructions"), instructions)));
    (value("name").map(str::to_owned), line_of(text, "name"), found)
}

fn line_of(text: &str, key: &str) -> u32 {
    let is_it = |line: &str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
    (1..).zip(text.lines()).find(|(_, line)| is_it(line)).map_or(1, |(line, _)| line)
}
