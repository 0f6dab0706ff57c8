//! An agent from its file: cmpm's own, or one that was written for Claude. Only a strictly valid file grants a right.

use crate::base::glob::Globs;
use crate::base::{Finding, RepoPath, Rule, Severity, text};
use crate::document::{Document, Field, Node};
use crate::engine::policy;
use crate::git::is_branch_name;
use crate::process::Network;
use crate::store::newer_form;

use super::model::{Agent, Grant, Origin, ReadOnly};
use super::sets::Sets;

/// The keys that mean something to cmpm.
const KEYS: &[&str] = &[
    "name",
    "description",
    "extends",
    "tools",
    "model",
    "write",
    "deny",
    "branch",
    "network",
    "timeout_minutes",
    "max_attempts",
    "capabilities",
    "specializations",
    "memory_categories",
    "escalate_to",
];
/// Keys of other tools that look like some of these.
const OTHERS: &[&str] = &["mode", "color", "memory", "maxTurns", "permissionMode", "disallowedTools"];

/// A file on its way to an agent.
pub(super) struct Reader<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) document: &'a Document,
    pub(super) origin: Origin,
    pub(super) sets: &'a Sets,
    pub(super) findings: Vec<Finding>,
    /// Whether something is wrong that could take a right or a limit away, so that none of it is believed.
    pub(super) damaged: bool,
}

impl Reader<'_> {
    /// The agent, whatever state its file is in; what is wrong is in `findings`.
    pub(super) fn read(&mut self) -> Agent {
        let document = self.document;
        let (write, deny) = (self.grants("write"), self.grants("deny"));
        self.misspelt();
        if let Some(mut finding) = newer_form(self.path, document) {
            // What this version does not know might take a right away.
            (finding.severity, self.damaged) = (Severity::Error, true);
            self.findings.push(finding);
        }
        let (branch, timeout_minutes, max_attempts) = (self.branch(), self.limit("timeout_minutes"), self.limit("max_attempts"));
        let network = self.network();
        let (memory_categories, escalate_to) = (self.names("memory_categories"), self.names("escalate_to"));
        let extends = self.extends();
        let sound = document.is_strict() && document.text("name").is_some();
        let read_only = match (&write, &deny) {
            _ if self.damaged || (extends.is_some() && !sound) => Some(ReadOnly::Damaged),
            _ if document.field("write").is_none() && !document.fields().is_empty() => Some(ReadOnly::NoWriteKey),
            (Some(write), Some(_)) if sound => write.is_empty().then_some(ReadOnly::GrantsNothing),
            _ => Some(ReadOnly::Damaged),
        };
        let mut agent = Agent {
            name: self.name(),
            // Claude Code writes line ends as `\n`, quoted or not.
            description: text::one_line(&document.text("description").unwrap_or_default().replace("\\n", " ")),
            tools: document.field("tools").map(|field| words(&field.node)),
            model: document.text("model"),
            write: write.unwrap_or_default(),
            deny: deny.unwrap_or_default(),
            read_only: None,
            branch,
            network,
            timeout_minutes,
            max_attempts,
            capabilities: [self.words("capabilities"), self.words("specializations")].concat(),
            memory_categories,
            escalate_to,
            extends,
            extends_line: self.line("extends"),
            prompt: document.body().trim().to_owned(),
            source: self.origin.clone(),
        };
        if let Some(reason) = read_only {
            agent.disarm(reason);
        }
        if !document.is_strict() && ["write", "extends"].iter().any(|key| document.field(key).is_some()) {
            let message = "the front matter is damaged, so this agent may write nothing";
            self.findings
                .push(self.finding(Rule::NoRights, Severity::Error, message).at(1).hint("fix what else is reported for this file"));
        }
        agent
    }

    /// The one agent that it is like.
    fn extends(&mut self) -> Option<String> {
        let mut names = self.names("extends");
        if names.len() > 1 {
            self.damaged = true;
            let message = "`extends` names more than one agent, so this agent may write nothing";
            let finding = self.finding(Rule::Extends, Severity::Error, message).at(self.line("extends"));
            self.findings.push(finding.hint(format!("write `extends: {}`", names.first().map_or("engineer", String::as_str))));
        }
        names.drain(..).next()
    }

    /// The file's own word; where that could not be a part of a branch's name, one that can.
    fn name(&mut self) -> String {
        let written = self.document.text("name");
        let stem = self.path.name().trim_end_matches(".md").to_owned();
        let name = written.clone().unwrap_or(stem);
        let fits = !name.starts_with('-') && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let word = if fits { name.clone() } else { text::slug(&name, 60) };
        if written.is_none() {
            let message = format!("the front matter has no `name`, so this agent is called `{word}` and may write nothing");
            self.findings.push(self.finding(Rule::MissingKey, Severity::Error, &message).at(1).hint(format!("add `name: {word}`")));
        } else if !fits {
            let message = format!("`{name}` is not one word of letters, digits, `-` and `_`, so this agent is called `{word}`");
            let finding = self.finding(Rule::BadName, Severity::Warning, &message).at(self.line("name"));
            self.findings.push(finding.hint(format!("write `name: {word}`")));
        }
        word
    }

    /// Tells of keys that are nearly one of cmpm's. A right or a limit that was meant must not go missing silently.
    fn misspelt(&mut self) {
        for field in self.document.fields().iter().filter(|field| !KEYS.contains(&field.key.as_str())) {
            let folded = field.key.to_lowercase();
            let of_rights = ["write", "deny"].into_iter().find(|key| folded.starts_with(key));
            let near = text::closest(&field.key, KEYS.iter().copied()).filter(|_| !OTHERS.contains(&field.key.as_str()));
            let Some(known) = of_rights.or(near) else { continue };
            let rights = matches!(known, "write" | "deny");
            let effect = if rights { ", so this agent may write nothing" } else { " and does nothing" };
            let message = format!("`{}` is not a key of cmpm{effect}", text::one_line(&field.key));
            let severity = if rights { Severity::Error } else { Severity::Warning };
            self.damaged |= rights;
            self.findings.push(
                self.finding(Rule::UnknownKey, severity, &message).at(field.line).hint(format!("if `{known}` is meant, write it so")),
            );
        }
    }

    /// The pattern of the branch; it must be one that git takes for whatever ticket.
    fn branch(&mut self) -> Option<String> {
        let field = self.document.field("branch").filter(|field| field.node != Node::Null)?;
        let pattern = field.node.as_text().unwrap_or_default();
        let example = pattern.replace("{ticket}", "ISS-1").replace("{agent}", "x");
        if is_branch_name(&example) && !example.contains(['{', '}']) {
            return Some(pattern.to_owned());
        }
        self.damaged = true;
        let message = format!("`branch` is `{}`, which git does not accept as a branch name", text::one_line(pattern));
        let finding = self.finding(Rule::BadBranch, Severity::Error, &message).at(field.line);
        self.findings.push(finding.hint("for example `branch: agent/{ticket}`; there are {ticket} and {agent}"));
        None
    }

    /// What it may reach; whatever means nothing is nothing.
    fn network(&mut self) -> Option<Network> {
        let field = self.document.field("network").filter(|field| field.node != Node::Null)?;
        let (line, read) = (
            field.line,
            match &field.node {
                Node::Scalar(text) => match text.as_str() {
                    "true" => Ok(Network::Open),
                    "false" => Ok(Network::None),
                    endpoint => endpoint.parse().map(|endpoint| Network::Only(vec![endpoint])),
                },
                node => node.texts().iter().map(|text| text.parse()).collect::<Result<_, _>>().map(Network::of),
            },
        );
        if let Err(error) = &read {
            self.damaged = true;
            let message = format!("{}, so this agent may write nothing", text::one_line(error));
            let finding = self.finding(Rule::BadLimit, Severity::Error, &message).at(line);
            self.findings.push(finding.hint("for example `network: [\"api.example.com:443\"]`, or `network: false`"));
        }
        Some(read.unwrap_or_default())
    }

    /// The value of a key, with sets expanded; `None` if anything in there means nothing, so that nothing is granted.
    fn grants(&mut self, key: &str) -> Option<Vec<Grant>> {
        let Some(field) = self.document.field(key) else { return Some(Vec::new()) };
        let items = match &field.node {
            // No write rule grants nothing; a list of denials that went missing must not.
            Node::Null if key == "write" => &[],
            Node::Null => {
                let message = format!("`{key}` is empty, so this agent may write nothing");
                let finding = self.finding(Rule::BadGrant, Severity::Error, &message).at(field.line);
                self.findings.push(finding.hint(format!("write `{key}: []` if that is intended, or remove the line")));
                return None;
            }
            Node::List(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        // All are read before the answer, so that every mistake is reported at once.
        let grants: Vec<Option<Grant>> = items.iter().map(|item| self.grant(field, item)).collect();
        grants.into_iter().collect()
    }

    fn grant(&mut self, field: &Field, item: &Node) -> Option<Grant> {
        let Some(written) = item.as_text().filter(|text| !text.trim().is_empty() && !is_number_or_answer(text)) else {
            let message = format!("`{}` holds something that is not a glob, so this agent may write nothing", field.key);
            let hint = format!("write `{}: [\"src/**\", \"@tests\"]`", field.key);
            self.findings.push(self.finding(Rule::BadGrant, Severity::Error, &message).at(field.line).hint(hint));
            return None;
        };
        let line = self.line_of(field, written);
        let expanded = match written.strip_prefix('@') {
            Some(name) => self.sets.find(name),
            None => Some(with_below(written)),
        };
        let Some(globs) = expanded else {
            let names: Vec<String> = self.sets.names().map(|name| format!("@{name}")).collect();
            let message = format!("there is no set `{written}`, so this agent may write nothing");
            let finding = self.finding(Rule::UnknownSet, Severity::Error, &message).at(line);
            self.findings.push(finding.hint(format!("the sets are {}", names.join(", "))));
            return None;
        };
        if let Err(error) = Globs::check(&globs) {
            let message = format!("{error}, so this agent may write nothing");
            let finding = self.finding(Rule::BadGlob, Severity::Error, &message).at(line);
            self.findings.push(finding.hint("globs look like `src/**`, `docs/*.md`, `**/*.rs`"));
            return None;
        }
        let origin = match &self.origin {
            Origin::BuiltIn => format!("built in ({}:{line})", self.path.name()),
            Origin::Path(path) => format!("{path}:{line}"),
        };
        let rules = globs.into_iter().map(|pattern| policy::Rule { pattern, origin: origin.clone() }).collect();
        Some(Grant { written: written.to_owned(), rules })
    }

    fn limit(&mut self, key: &'static str) -> Option<u32> {
        let field = self.document.field(key).filter(|field| field.node != Node::Null)?;
        let limit = field.node.as_text().and_then(|text| text.parse().ok()).filter(|number| *number > 0);
        if limit.is_none() {
            self.damaged = true;
            let message = format!("`{key}` is not a whole number above 0, so this agent may write nothing");
            let finding = self.finding(Rule::BadLimit, Severity::Error, &message).at(field.line);
            self.findings.push(finding.hint(format!("for example `{key}: 3`")));
        }
        limit
    }

    /// Words that are names of something; a number or a yes is not.
    fn names(&mut self, key: &str) -> Vec<String> {
        let Some(field) = self.document.field(key) else { return Vec::new() };
        let names = words(&field.node);
        if matches!(field.node, Node::Map(_)) || names.iter().any(|name| is_number_or_answer(name)) {
            self.damaged = true;
            let message = format!("`{key}` holds something that is not a name, so this agent may write nothing");
            self.findings
                .push(self.finding(Rule::BadName, Severity::Error, &message).at(field.line).hint(format!("write `{key}: [name]`")));
        }
        names
    }

    fn words(&self, key: &str) -> Vec<String> {
        self.document.field(key).map(|field| words(&field.node)).unwrap_or_default()
    }

    fn line(&self, key: &str) -> u32 {
        self.document.field(key).map_or(1, |field| field.line)
    }

    /// The line of one item: the first at or below its key that has its text.
    fn line_of(&self, field: &Field, item: &str) -> u32 {
        let below = (field.line..).zip(self.document.as_str().lines().skip(usize::try_from(field.line.saturating_sub(1)).unwrap_or(0)));
        let mut front = below.take_while(|(line, _)| *line < self.document.body_line());
        front.find(|(_, text)| text.contains(item)).map_or(field.line, |(line, _)| line)
    }

    fn finding(&self, rule: Rule, severity: Severity, message: &str) -> Finding {
        Finding::new(rule, severity, self.path.clone(), message)
    }
}

/// What YAML takes for a number, true or false: no name of a file that anybody means.
fn is_number_or_answer(text: &str) -> bool {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) && text.parse::<f64>().is_ok();
    is_number || ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A glob that ends with a plain name may mean a folder: then it covers what is below, as `docs/` does.
fn with_below(glob: &str) -> Vec<String> {
    let name = glob.rsplit('/').next().unwrap_or_default();
    let is_plain = !name.is_empty() && !name.contains(['*', '?', '[', ']', '{', '}', '\\']);
    std::iter::once(glob.to_owned()).chain(is_plain.then(|| format!("{glob}/**"))).collect()
}

/// Words in any of the forms people write: `a, b`, a list, or a mapping whose values say yes or no.
fn words(node: &Node) -> Vec<String> {
    match node {
        Node::Scalar(text) => text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        Node::Map(entries) => {
            let wanted = entries.iter().filter(|(_, value)| !matches!(value.as_text(), Some("false" | "no" | "off" | "deny")));
            wanted.map(|(word, _)| word.clone()).collect()
        }
        Node::List(_) | Node::Null => node.texts(),
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
