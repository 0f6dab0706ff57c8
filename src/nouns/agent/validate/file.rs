//! One agent file: what its program would leave out, and what else is wrong with it.

use crate::base::{Finding, RepoPath, Rule, Severity, text};
use crate::document::{Document, Field, Node};

use super::super::load::{read_alone, said_of};
use super::super::model::{Agent, Origin, key};
use super::program::Program;
use super::{codex, prompt};

/// The agents of the project, and what is wrong with their files.
pub struct Agents {
    pub agents: Vec<Agent>,
    pub findings: Vec<Finding>,
}

/// A file that was looked at.
pub struct Checked {
    pub path: RepoPath,
    pub name: Option<String>,
    pub name_line: u32,
    pub program: Program,
    pub findings: Vec<Finding>,
}

/// Names that mean something else where an agent is named.
pub const RESERVED: [&str; 3] = ["auto", "builtin", "human"];

impl Checked {
    pub fn of(path: RepoPath, bytes: Vec<u8>, agents: &Agents) -> Self {
        let program = Program::of(&path);
        if program == Program::Codex {
            let (name, name_line, findings) = codex::check(&path, &String::from_utf8_lossy(&bytes));
            return Self { path, name, name_line, program, findings };
        }
        let document = Document::parse(bytes);
        let file = File { path: &path, document: &document, program };
        let findings = if document.fields().is_empty() { vec![file.no_agent()] } else { file.findings(agents) };
        let line = document.field("name").map_or(1, |field| field.line);
        let stem = || path.name().trim_end_matches(".md").to_owned();
        let name = document.text("name").or_else(|| (program == Program::Opencode && !document.fields().is_empty()).then(stem));
        Self { name, name_line: line, program, findings, path }
    }
}

struct File<'a> {
    path: &'a RepoPath,
    document: &'a Document,
    program: Program,
}

impl File<'_> {
    fn finding(&self, rule: Rule, severity: Severity, message: impl Into<String>) -> Finding {
        Finding::new(rule, severity, self.path.clone(), message)
    }

    fn no_agent(&self) -> Finding {
        let message = format!("no front matter, so {} does not take it for an agent", self.program.name());
        let finding = self.finding(Rule::NotAnAgent, Severity::Error, message).at(1);
        finding.hint("give it `name:` and `description:` between `---` lines, or move it elsewhere")
    }

    fn findings(&self, agents: &Agents) -> Vec<Finding> {
        let (document, own) = (self.document, matches!(self.program, Program::Cmpm | Program::Claude));
        let loaded = agents.agents.iter().find(|agent| agent.source == Origin::Path(self.path.clone()));
        let mut found: Vec<Finding> = match (own, agents.findings.iter().any(|finding| finding.path == *self.path) || loaded.is_some()) {
            (true, true) => agents.findings.iter().filter(|finding| finding.path == *self.path).cloned().collect(),
            (true, false) => read_alone(self.path, document),
            (false, _) => said_of(self.path, document).collect(),
        };
        // What is missing is said below, with what the program makes of it.
        found.retain(|finding| finding.rule != Rule::MissingKey.name());
        found.extend(self.lax(&found));
        found.extend(self.missing());
        found.extend(self.names(loaded, agents));
        found.extend(self.tools());
        found.extend(self.leave());
        found.extend(loaded.into_iter().flat_map(|agent| self.wider(agent, agents)));
        found.extend(prompt::findings(self.path, document.as_str(), (document.body_line(), document.body())));
        if document.body().trim().is_empty() && document.field("extends").is_none() {
            let message = "it says nothing about how the agent should work";
            found.push(
                self.finding(Rule::AgentPrompt, Severity::Warning, message)
                    .at(document.body_line())
                    .hint("write it below the front matter"),
            );
        }
        found
    }

    /// Mistakes of YAML that are read as they were meant, which other readers may not do.
    fn lax(&self, told: &[Finding]) -> Vec<Finding> {
        let new = said_of(self.path, self.document).filter(|finding| !told.contains(finding));
        new.map(|finding| Finding { severity: finding.severity.min(Severity::Warning), ..finding }).collect()
    }

    /// What the program needs to take a file for an agent.
    fn missing(&self) -> Vec<Finding> {
        let needed: &[&str] = match self.program {
            Program::Opencode => &["description"],
            _ => &["name", "description"],
        };
        let is_there = |key: &str| self.document.text(key).is_some_and(|text| !text.trim().is_empty());
        let absent = needed.iter().filter(|key| !is_there(key)).map(|key| {
            let message = match self.program {
                Program::Cmpm => format!("no `{key}`, so nobody can choose this agent"),
                program => format!("no `{key}`: {} skips this file without a word", program.name()),
            };
            self.finding(Rule::MissingKey, Severity::Error, message).at(1).hint(format!("add `{key}: …` to the front matter"))
        });
        absent.collect()
    }

    /// A name that its program refuses, that means something else, or that takes another agent's place.
    fn names(&self, loaded: Option<&Agent>, agents: &Agents) -> Vec<Finding> {
        let Some((name, line)) = self.document.text("name").zip(self.document.field("name").map(|field| field.line)) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        if RESERVED.contains(&key(&name).as_str()) {
            let message = format!("`{name}` means something else where an agent is named");
            found.push(self.finding(Rule::BadName, Severity::Error, message).at(line).hint("give it another name"));
        }
        let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if self.program == Program::Claude && !is_plain && !name.contains(char::is_whitespace) {
            let message = format!("Claude Code wants names of lower-case letters, digits and `-`, and this is `{name}`");
            found.push(
                self.finding(Rule::BadName, Severity::Warning, message).at(line).hint(format!("write `name: {}`", text::slug(&name, 60))),
            );
        }
        let winner = agents.agents.iter().find(|agent| agent.is_called(&name)).filter(|_| loaded.is_none());
        if let (Program::Claude, Some(winner), true) = (self.program, winner, self.path.is_below(&Program::FOLDERS[1].0)) {
            let message = format!("for cmpm the agent `{name}` in {} is used instead", winner.source);
            found.push(self.finding(Rule::DuplicateName, Severity::Note, message).at(line));
        }
        found
    }

    /// Tools that the program does not have.
    fn tools(&self) -> Vec<Finding> {
        let known = self.program.tools();
        let fields = ["tools", "disallowedTools"].iter().filter_map(|key| self.document.field(key));
        let mut found = Vec::new();
        for field in fields {
            for tool in listed(field).into_iter().filter(|tool| !is_known(tool, &known)) {
                let message = format!("{} has no tool `{tool}`, and leaves it out without a word", self.program.name());
                let finding = self.finding(Rule::UnknownTool, Severity::Warning, message).at(field.line);
                let near = text::closest(&tool, known.iter().map(String::as_str));
                found.push(near.iter().fold(finding, |finding, near| finding.hint(format!("if `{near}` is meant, write it so"))));
            }
        }
        found
    }

    /// An agent that is never asked before it acts.
    fn leave(&self) -> Vec<Finding> {
        let bypass = self.document.field("permissionMode").filter(|field| field.node.as_text() == Some("bypassPermissions"));
        let finding = |field: &Field| {
            let message = "it is not asked before it acts, whatever the session says";
            self.finding(Rule::WiderTools, Severity::Warning, message).at(field.line).hint("remove `permissionMode`")
        };
        let mut found: Vec<Finding> = bypass.map(finding).into_iter().collect();
        let permission = self.document.field("permission").filter(|_| self.program == Program::Opencode);
        if let Some(field) = permission.filter(|field| !permits(&field.node)) {
            let message = "`permission` takes `allow`, `ask` or `deny`, also by glob; what is something else is not in force";
            found.push(self.finding(Rule::UnknownKey, Severity::Error, message).at(field.line));
        }
        found
    }

    /// What it has and the agent that it extends has not.
    fn wider(&self, agent: &Agent, agents: &Agents) -> Vec<Finding> {
        let Some(base) = agent.extends.as_ref().and_then(|base| agents.agents.iter().find(|other| other.is_called(base))) else {
            return Vec::new();
        };
        let more = |own: Vec<&String>, other: Vec<&String>| -> Vec<String> {
            own.into_iter().filter(|one| !other.contains(one)).cloned().collect()
        };
        let mut found = Vec::new();
        if let (Some(own), Some(other)) = (&agent.tools, &base.tools) {
            let tools = more(own.iter().collect(), other.iter().collect());
            if !tools.is_empty() {
                let message = format!("it has tools that `{}`, which it extends, has not: {}", base.name, tools.join(", "));
                found.push(self.finding(Rule::WiderTools, Severity::Warning, message).at(self.line("tools")));
            }
        }
        let written = |agent: &Agent| agent.write.iter().map(|grant| grant.written.clone()).collect::<Vec<_>>();
        let (own, other) = (written(agent), written(base));
        let globs = more(own.iter().collect(), other.iter().collect());
        if !globs.is_empty() {
            let message = format!("it may write what `{}`, which it extends, may not: {}", base.name, globs.join(", "));
            found.push(self.finding(Rule::WiderTools, Severity::Note, message).at(self.line("write")));
        }
        found
    }

    fn line(&self, key: &str) -> u32 {
        self.document.field(key).map_or(1, |field| field.line)
    }
}

/// The tools in a field, each without what stands in parentheses after it; of a mapping those that are switched on.
fn listed(field: &Field) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |text: &str| {
        let mut depth = 0_u32;
        let parts = text.split(|c: char| {
            depth = match c {
                '(' => depth + 1,
                ')' => depth.saturating_sub(1),
                _ => depth,
            };
            c == ',' && depth == 0
        });
        let names = parts.map(|part| part.split('(').next().unwrap_or_default().trim());
        found.extend(names.filter(|name| !name.is_empty()).map(str::to_owned));
    };
    match &field.node {
        Node::Scalar(text) => add(text),
        Node::List(items) => items.iter().filter_map(Node::as_text).for_each(add),
        Node::Map(entries) => entries.iter().for_each(|(tool, _)| add(tool)),
        Node::Null => {}
    }
    found
}

fn is_known(tool: &str, known: &[String]) -> bool {
    let is_it = |name: &String| match name.strip_suffix('*') {
        Some(start) => tool.starts_with(start),
        None => tool == name,
    };
    known.is_empty() || tool == "*" || tool.ends_with('*') || known.iter().any(is_it)
}

/// Whether every value in there is a word of opencode's.
fn permits(node: &Node) -> bool {
    match node {
        Node::Scalar(word) => matches!(word.as_str(), "allow" | "ask" | "deny"),
        Node::Map(entries) => entries.iter().all(|(_, value)| permits(value)),
        Node::List(_) | Node::Null => false,
    }
}
