//! Which agents there are: cmpm's own, those of `.claude/agents`, those of `.cmpm/agents`; the later one of a name wins.

use std::collections::BTreeMap;

use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::document::{Document, Problem};
use crate::store::{FileEntry, Snapshot};

use super::model::{Agent, AgentError, Origin, ReadOnly, key};
use super::read::Reader;
use super::sets::Sets;

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        /// The agents that are part of cmpm: file name and text.
        const TEMPLATES: &[(RepoPath, &str)] = &[$((RepoPath::of($name), include_str!(concat!("../../../templates/agents/", $name)))),+];
    };
}
templates!(
    "architect.md",
    "code_review.md",
    "data.md",
    "devops.md",
    "documentation.md",
    "engineer.md",
    "integration.md",
    "orchestrator.md",
    "performance.md",
    "qa.md",
    "research.md",
    "security.md",
);

/// Folders with agents, from the weakest to the strongest.
const FOLDERS: [RepoPath; 2] = [RepoPath::of(".claude/agents"), RepoPath::of(".cmpm/agents")];

/// Every agent in `snapshot` in order of their names, and what is wrong with their files.
pub fn load_agents(snapshot: &Snapshot<'_>) -> (Vec<Agent>, Vec<Finding>) {
    let mut loader = Loader { sets: Sets::built_in(), agents: BTreeMap::new(), findings: Vec::new() };
    loader.add_built_in();
    for folder in FOLDERS {
        loader.add_folder(snapshot, &folder);
    }
    (loader.agents.into_values().collect(), loader.findings)
}

/// The agent that `name` means; `code-review` and `code_review` are the same.
pub fn require_agent(snapshot: &Snapshot<'_>, name: &str) -> Result<Agent> {
    Ok(require(load_agents(snapshot).0, name)?)
}

/// The agent that `name` means, if its file can be believed.
pub fn require_sound_agent(snapshot: &Snapshot<'_>, name: &str) -> Result<Agent> {
    let (agents, findings) = load_agents(snapshot);
    let agent = require(agents, name)?;
    let Some(reason) = agent.read_only.filter(|reason| matches!(reason, ReadOnly::Damaged | ReadOnly::SameName)) else {
        return Ok(agent);
    };
    let mut errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let found = errors.find(|finding| agent.source == Origin::Path(finding.path.clone()));
    let reason = found.map_or_else(|| format!("{}: {}", agent.source, reason.as_str()), ToString::to_string);
    Err(AgentError::Unsound { name: agent.name, reason }.into())
}

/// The one of `agents` that `name` means.
pub fn require(mut agents: Vec<Agent>, name: &str) -> Result<Agent, AgentError> {
    match agents.iter().position(|agent| agent.is_called(name)) {
        Some(index) => Ok(agents.swap_remove(index)),
        None => Err(AgentError::NotFound { name: name.to_owned(), known: agents.into_iter().map(|agent| agent.name).collect() }),
    }
}

struct Loader {
    sets: Sets,
    /// By `key` of their names.
    agents: BTreeMap<String, Agent>,
    findings: Vec<Finding>,
}

impl Loader {
    fn add_built_in(&mut self) {
        for (path, text) in TEMPLATES {
            let agent = self.read(path, &Document::parse(text.as_bytes().to_vec()), Origin::BuiltIn);
            self.agents.insert(key(&agent.name), agent);
        }
    }

    fn add_folder(&mut self, snapshot: &Snapshot<'_>, folder: &RepoPath) {
        let before = self.findings.len();
        let paths = snapshot.markdown_files(folder, &mut self.findings);
        if self.findings.len() > before {
            // What cannot be seen could have taken rights away.
            self.agents.values_mut().for_each(|agent| agent.disarm(ReadOnly::Damaged));
        }
        let mut layer: BTreeMap<String, Agent> = BTreeMap::new();
        for FileEntry { path, .. } in paths {
            let Some(mut agent) = self.load(snapshot, &path) else { continue };
            let place = key(&agent.name);
            if let Some(first) = layer.get_mut(&place) {
                self.findings.push(clash(&path, first));
                if first.read_only.is_none() {
                    first.disarm(ReadOnly::SameName);
                }
                continue;
            }
            if agent.name.is_empty() {
                continue;
            }
            agent.source = Origin::Path(path);
            layer.insert(place, agent);
        }
        self.agents.extend(layer);
    }

    /// The agent in a file; `None` if the file is about something else.
    fn load(&mut self, snapshot: &Snapshot<'_>, path: &RepoPath) -> Option<Agent> {
        let bytes = match snapshot.read(path) {
            Ok(bytes) => bytes?,
            Err(failure) => {
                self.findings.push(Finding::new(Rule::Unreadable, Severity::Error, path.clone(), failure.to_string()));
                Vec::new()
            }
        };
        let document = Document::parse(bytes);
        let stem = path.name().trim_end_matches(".md").to_owned();
        if document.fields().is_empty() && !self.agents.contains_key(&key(&stem)) {
            let message = "no front matter, so it is not read as an agent";
            let finding = Finding::new(Rule::NotAnAgent, Severity::Note, path.clone(), message).at(1);
            self.findings.push(finding.hint("give it `name:` and `description:` between `---` lines, or move it elsewhere"));
            return None;
        }
        self.findings.extend(problems(path, &document));
        Some(self.read(path, &document, Origin::Path(path.clone())))
    }

    fn read(&mut self, path: &RepoPath, document: &Document, origin: Origin) -> Agent {
        let mut reader = Reader { path, document, origin, sets: &self.sets, findings: Vec::new(), damaged: false };
        let agent = reader.read();
        self.findings.append(&mut reader.findings);
        agent
    }
}

/// What the reader found wrong with the text, as findings about the file.
fn problems<'a>(path: &'a RepoPath, document: &'a Document) -> impl Iterator<Item = Finding> + 'a {
    // Claude Code takes `description: Use it when … Examples: …` without quotes. Where no right depends on it, so does cmpm.
    let mentions_rights =
        document.fields().iter().any(|field| ["write", "deny"].iter().any(|key| field.key.to_lowercase().starts_with(key)));
    let is_theirs = !mentions_rights && ["name", "description"].iter().all(|key| document.text(key).is_some());
    let counts = move |problem: &&Problem| !(is_theirs && problem.rule == Rule::YamlSyntax);
    document.problems().iter().filter(counts).map(|problem| {
        let finding = Finding::new(problem.rule, problem.severity, path.clone(), problem.message.clone()).at(problem.line);
        problem.hint.iter().fold(finding, |finding, hint| finding.hint(hint.clone()))
    })
}

fn clash(path: &RepoPath, first: &Agent) -> Finding {
    let message = format!("`{}` is also the name of the agent in {}, so neither may write anything", first.name, first.source);
    Finding::new(Rule::DuplicateName, Severity::Error, path.clone(), message).at(1).hint("give one of them another `name`")
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
