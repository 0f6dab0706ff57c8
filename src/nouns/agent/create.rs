//! `cmpm agent create`

use crate::base::{Explain, Explained, Rule, Severity};
use crate::document::{Document, Value, render_new};
use crate::report::prelude::*;
use crate::store::Snapshot;

use super::load::{load_agents, read_alone, require};
use super::model::{Agent, Origin, key};
use super::validate::RESERVED;

/// Create an agent: a file in `.cmpm/agents`
///
/// With `--extends` the file holds only what differs, and the rest is as in the other agent, also when that changes; with `--from` it
/// is a copy of it. No file is overwritten. An agent counts once its file is committed.
/// Example: `cmpm agent create db-tuner --extends data --description "Makes queries fast" --write 'db/**'`
#[derive(Debug, Args)]
pub struct Create {
    /// Its name: lower-case letters, digits, `-` and `_`
    name: String,
    /// Begin with a copy of this agent
    #[arg(long, value_name = "AGENT", add = Takes::Agent)]
    from: Option<String>,
    /// Be as this agent but for what is said here
    #[arg(long, value_name = "AGENT", conflicts_with = "from", add = Takes::Agent)]
    extends: Option<String>,
    /// What it is good for, in one sentence; by this it is chosen
    #[arg(long, value_name = "TEXT", required_unless_present = "from")]
    description: Option<String>,
    /// What it may write: a glob, or a set such as `@tests`; may be given again
    #[arg(long, value_name = "GLOB")]
    write: Vec<String>,
}

/// The agent that was created.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Created {
    name: String,
    path: RepoPath,
    /// Why it may write nothing yet.
    read_only: Option<super::ReadOnly>,
}

#[derive(Debug, thiserror::Error)]
enum CreateError {
    #[error("`{name}` is no name for an agent")]
    BadName { name: String },
    #[error("there is an agent `{name}` already: {origin}")]
    Taken { name: String, origin: String },
    #[error("{problem}")]
    Bad { problem: String },
}

impl Explain for CreateError {
    fn explain(&self) -> Explained {
        match self {
            Self::BadName { .. } => {
                Explained::wrong("usage").hint(format!("lower-case letters, digits, `-` and `_`; not {}", RESERVED.join(", ")))
            }
            Self::Taken { name, .. } => Explained::wrong("exists")
                .hint(format!("`cmpm agent show {name}` shows it; choose another name"))
                .hint(format!("to change a built-in agent, `cmpm agent create {name} --from {name}` puts a copy into .cmpm/agents")),
            Self::Bad { .. } => Explained::wrong("usage").hint("for example `--write 'src/**' --write @tests`"),
        }
    }
}

const FOLDER: RepoPath = RepoPath::of(".cmpm/agents");

/// What a new agent is told, until somebody writes more.
const PROMPT: &str = "\
Say here who you are and what your work is.

## How you work

1. Read the ticket's acceptance criteria, then the files around the change.
2. Make the smallest change that meets the criteria.
3. Run what the brief says will be run, and read what it prints.

## In the worktree

- The brief is the whole assignment. Note neighbouring problems instead of fixing them.
- Do not commit, switch branches, stash or push. cmpm commits what it finds in the tree and runs the gates itself.
";

impl Verb for Create {
    type Report = WithFindings<Created>;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<WithFindings<Created>> {
        let store = context.store()?;
        let (agents, _) = load_agents(&Snapshot::WorkTree(store.root()));
        self.require_free(&agents)?;
        let path = FOLDER.join(&[self.name.as_str(), ".md"].concat());
        let text = match &self.from {
            Some(from) => copy(&require(agents, from)?, &self),
            None => {
                let base = self.extends.as_ref().map(|base| require(agents, base)).transpose()?;
                self.text(base.as_ref())
            }
        };
        let document = Document::parse(text.clone().into_bytes());
        let findings = read_alone(&path, &document);
        if let Some(wrong) = findings.iter().find(|finding| finding.severity == Severity::Error) {
            return Err(CreateError::Bad { problem: wrong.message.clone() }.into());
        }
        let mut transaction = store.transaction("agent create");
        transaction.create(&path, text.into_bytes());
        transaction.commit()?;
        let made = super::load::require_agent(&Snapshot::WorkTree(store.root()), &self.name)?;
        let mut findings = Vec::new();
        if let Some(reason) = made.read_only {
            let message = format!("{} may write nothing: {}", made.name, reason.as_str());
            findings.push(Finding::new(Rule::ReadOnlyAgent, Severity::Note, path.clone(), message).hint("add `write: [\"src/**\"]`"));
        }
        Ok(Created { name: made.name, path, read_only: made.read_only }.with(findings))
    }
}

impl Create {
    fn require_free(&self, agents: &[Agent]) -> Result<(), CreateError> {
        let name = &self.name;
        let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'));
        if !fits || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || RESERVED.contains(&key(name).as_str()) {
            return Err(CreateError::BadName { name: name.clone() });
        }
        let Some(there) = agents.iter().find(|agent| agent.is_called(name)) else { return Ok(()) };
        // One's own version of an agent that is built in or of Claude Code, which was named as what to begin with.
        let is_wanted = [&self.from, &self.extends].into_iter().flatten().any(|base| there.is_called(base));
        let is_own = matches!(&there.source, Origin::Path(path) if path.is_below(&FOLDER));
        if is_wanted && !is_own { Ok(()) } else { Err(CreateError::Taken { name: there.name.clone(), origin: there.source.to_string() }) }
    }

    fn text(&self, base: Option<&Agent>) -> String {
        let mut fields = vec![("name", Value::from(self.name.as_str())), ("description", Value::from(self.description.as_deref()))];
        fields.extend(base.map(|base| ("extends", Value::from(base.name.as_str()))));
        if !self.write.is_empty() || base.is_none() {
            fields.push(("write", Value::texts(self.write.iter())));
        }
        render_new(&fields, if base.is_some() { "" } else { PROMPT })
    }
}

/// The whole of an agent under another name.
fn copy(agent: &Agent, wanted: &Create) -> String {
    let grants = |grants: &[super::model::Grant]| Value::texts(grants.iter().map(|grant| grant.written.as_str()));
    let write = if wanted.write.is_empty() { grants(&agent.write) } else { Value::texts(wanted.write.iter()) };
    let description = wanted.description.as_deref().unwrap_or(&agent.description);
    let mut fields = vec![("name", Value::from(wanted.name.as_str())), ("description", Value::from(description))];
    let mut add = |key: &'static str, value: Option<Value>| fields.extend(value.map(|value| (key, value)));
    let list = |texts: &[String]| (!texts.is_empty()).then(|| Value::texts(texts.iter()));
    add("tools", agent.tools.as_ref().map(|tools| Value::from(tools.join(", "))));
    add("model", agent.model.as_deref().map(Value::from));
    add("write", Some(write));
    add("deny", (!agent.deny.is_empty()).then(|| grants(&agent.deny)));
    add("branch", agent.branch.as_deref().map(Value::from));
    add("timeout_minutes", agent.timeout_minutes.map(Value::from));
    add("max_attempts", agent.max_attempts.map(Value::from));
    add("capabilities", list(&agent.capabilities));
    add("memory_categories", list(&agent.memory_categories));
    add("escalate_to", list(&agent.escalate_to));
    render_new(&fields, &agent.prompt)
}

impl Report for Created {
    const SCHEMA: &'static str = "cmpm.agent.create/1";

    fn render(&self, screen: &Screen) -> String {
        let path = screen.paint(Tone::Key, &self.path.to_string());
        format!("Wrote {path}\nnext: read it, `cmpm agent validate {}`, commit it\n", self.path)
    }
}
