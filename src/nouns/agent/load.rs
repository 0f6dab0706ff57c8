//! Which agents there are: cmpm's own, those of `.claude/agents`, those of `.cmpm/agents`; the later one of a name wins.

use std::collections::BTreeMap;

use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::document::Document;
use crate::store::{FileEntry, Snapshot};

use super::model::{Agent, AgentError, Origin, ReadOnly, key};
use super::read::Reader;
use super::sets::Sets;

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        /// The agents that are part of cmpm, in order of their names: the twelve types, and specialists that extend them.
        const TEMPLATES: &[(RepoPath, &str)] = &[$((RepoPath::of($name), include_str!(concat!("../../../templates/agents/", $name)))),+];
    };
}
templates!(
    "architect.md",
    "specialists/architect-reviewer.md",
    "code_review.md",
    "specialists/code-reviewer.md",
    "specialists/context-manager.md",
    "data.md",
    "specialists/database-admin.md",
    "specialists/database-optimizer.md",
    "devops.md",
    "specialists/devops-troubleshooter.md",
    "documentation.md",
    "engineer.md",
    "specialists/finance-compliance-specialist.md",
    "specialists/frontend-developer.md",
    "integration.md",
    "specialists/legacy-modernizer.md",
    "specialists/legal-advisor.md",
    "orchestrator.md",
    "performance.md",
    "specialists/performance-engineer.md",
    "specialists/python-pro.md",
    "qa.md",
    "research.md",
    "security.md",
    "specialists/security-auditor.md",
    "specialists/test-automator.md",
    "specialists/ui-ux-designer.md",
);

/// Folders with agents, from the weakest to the strongest.
const FOLDERS: [RepoPath; 2] = [RepoPath::of(".claude/agents"), RepoPath::of(".cmpm/agents")];

/// Every agent in `snapshot` in order of their names, and what is wrong with their files.
pub fn load_agents(snapshot: &Snapshot<'_>) -> (Vec<Agent>, Vec<Finding>) {
    let mut loader = Loader { sets: Sets::built_in(), agents: BTreeMap::new(), bases: BTreeMap::new(), findings: Vec::new() };
    loader.add_built_in();
    for folder in FOLDERS {
        loader.add_folder(snapshot, &folder);
    }
    loader.inherit();
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
    let Some(reason) = agent.read_only.filter(|_| agent.is_damaged()) else { return Ok(agent) };
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
    /// Which agents these extend, as their files name them.
    bases: BTreeMap<String, String>,
    findings: Vec<Finding>,
}

impl Loader {
    fn add_built_in(&mut self) {
        for (path, text) in TEMPLATES {
            let agent = self.read(path, &Document::parse(text.as_bytes().to_vec()), Origin::BuiltIn);
            self.place(key(&agent.name), agent);
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
        layer.into_iter().for_each(|(place, agent)| self.place(place, agent));
    }

    /// A stronger agent takes the place of a weaker one, or is built on it if it extends its own name.
    fn place(&mut self, place: String, mut agent: Agent) {
        let weaker = self.agents.remove(&place);
        match (agent.extends.clone(), weaker) {
            (Some(base), Some(weaker)) if key(&base) == place => {
                if weaker.is_damaged() {
                    self.refuse(&mut agent, &format!("the `{base}` that it extends is damaged"));
                }
                agent.inherit(&weaker);
            }
            (Some(base), _) => drop(self.bases.insert(place.clone(), base)),
            (None, _) => drop(self.bases.remove(&place)),
        }
        self.agents.insert(place, agent);
    }

    /// Fills in what agents have from those that they extend.
    fn inherit(&mut self) {
        let (alone, places) = (self.agents.clone(), self.bases.keys().cloned().collect::<Vec<_>>());
        for place in places {
            let Some(mut agent) = alone.get(&place).cloned() else { continue };
            match self.chain(&place) {
                Ok(chain) => {
                    let bases = chain.iter().skip(1).filter_map(|base| alone.get(base));
                    if let Some(damaged) = bases.clone().find(|base| base.is_damaged()) {
                        self.refuse(&mut agent, &format!("the `{}` that it extends is damaged", damaged.name));
                    }
                    bases.for_each(|base| agent.inherit(base));
                }
                Err(reason) => self.refuse(&mut agent, &reason),
            }
            self.agents.insert(place, agent);
        }
    }

    /// An agent, the one it extends, the one that extends, and so on.
    fn chain(&self, place: &str) -> Result<Vec<String>, String> {
        let mut chain = vec![place.to_owned()];
        while let Some(base) = chain.last().and_then(|last| self.bases.get(last)) {
            let next = key(base);
            if chain.contains(&next) {
                return Err(format!("`extends` leads in a circle: {}, {next}", chain.join(", ")));
            }
            if !self.agents.contains_key(&next) {
                return Err(format!("there is no agent `{base}` to extend"));
            }
            chain.push(next);
        }
        Ok(chain)
    }

    /// Says why an agent has nothing to be built on, which takes its rights away.
    fn refuse(&mut self, agent: &mut Agent, reason: &str) {
        agent.disarm(ReadOnly::Damaged);
        let Origin::Path(path) = &agent.source else { return };
        let message = format!("{reason}, so this agent may write nothing");
        let finding = Finding::new(Rule::Extends, Severity::Error, path.clone(), message).at(agent.extends_line);
        self.findings.push(finding.hint("name another agent, or remove the line; `cmpm agent list` has all of them"));
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

/// What is wrong with a file that is in no folder of agents, were it one.
pub(super) fn read_alone(path: &RepoPath, document: &Document) -> Vec<Finding> {
    let mut loader = Loader { sets: Sets::built_in(), agents: BTreeMap::new(), bases: BTreeMap::new(), findings: Vec::new() };
    loader.findings.extend(problems(path, document));
    loader.read(path, document, Origin::Path(path.clone()));
    loader.findings
}

/// What the reader found wrong with the text, as findings about the file.
pub(super) fn said_of<'a>(path: &'a RepoPath, document: &'a Document) -> impl Iterator<Item = Finding> + 'a {
    document.problems().iter().map(|problem| {
        let finding = Finding::new(problem.rule, problem.severity, path.clone(), problem.message.clone()).at(problem.line);
        problem.hint.iter().fold(finding, |finding, hint| finding.hint(hint.clone()))
    })
}

/// Those that count.
fn problems<'a>(path: &'a RepoPath, document: &'a Document) -> impl Iterator<Item = Finding> + 'a {
    // Claude Code takes `description: Use it when … Examples: …` without quotes. Where no right depends on it, so does cmpm.
    let mentions_rights =
        document.fields().iter().any(|field| ["write", "deny", "extends"].iter().any(|key| field.key.to_lowercase().starts_with(key)));
    let is_theirs = !mentions_rights && ["name", "description"].iter().all(|key| document.text(key).is_some());
    said_of(path, document).filter(move |finding| !(is_theirs && finding.rule == Rule::YamlSyntax.name()))
}

fn clash(path: &RepoPath, first: &Agent) -> Finding {
    let message = format!("`{}` is also the name of the agent in {}, so neither may write anything", first.name, first.source);
    Finding::new(Rule::DuplicateName, Severity::Error, path.clone(), message).at(1).hint("give one of them another `name`")
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
