//! `cmpm agent list`

use crate::report::TableColumn;
use crate::report::prelude::*;
use crate::store::Snapshot;

use super::load::load_agents;
use super::model::{Agent, Origin, ReadOnly};

/// List agents
///
/// Specialists that are built in are only named; `--all` shows them too. Those of `.cmpm/agents` come before those of `.claude/agents`, and both before the built-in ones of the same name.
/// Example: `cmpm agent list --writers`
#[derive(Debug, Args)]
pub struct List {
    /// Only agents that may write something
    #[arg(long)]
    writers: bool,
    /// Show built-in specialists as the others
    #[arg(long, short)]
    all: bool,
}

/// Agents, and what is wrong with their files.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Agents {
    /// The agents in order of their names.
    agents: Vec<AgentRow>,
    #[serde(skip)]
    all: bool,
}

/// What a list says of an agent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AgentRow {
    /// Its name.
    name: String,
    /// What it is good for.
    description: String,
    /// What it may write, as written: globs, and sets as `@name`.
    write: Vec<String>,
    /// Why it may write nothing.
    read_only: Option<ReadOnly>,
    /// The model it wants.
    model: Option<String>,
    /// What it is good at.
    capabilities: Vec<String>,
    /// The agent that it is like, but for what its own file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    extends: Option<String>,
    /// Where it is defined.
    source: Origin,
}

impl From<Agent> for AgentRow {
    fn from(agent: Agent) -> Self {
        Self {
            write: agent.write.into_iter().map(|grant| grant.written).collect(),
            name: agent.name,
            description: agent.description,
            read_only: agent.read_only,
            model: agent.model,
            capabilities: agent.capabilities,
            extends: agent.extends,
            source: agent.source,
        }
    }
}

impl Verb for List {
    type Report = WithFindings<Agents>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Agents>> {
        let (agents, findings) = load_agents(&Snapshot::WorkTree(context.root()?));
        let wanted = agents.into_iter().filter(|agent| !self.writers || agent.read_only.is_none());
        Ok(Agents { agents: wanted.map(AgentRow::from).collect(), all: self.all }.with(findings))
    }
}

/// The first folder of its path: enough in a list, `show` has it whole.
fn folder_of(origin: &Origin) -> String {
    let text = origin.to_string();
    text.split_once('/').map_or(text.clone(), |(folder, _)| folder.to_owned())
}

/// What an agent is good for, without the examples that agent files of Claude Code have in the same text.
fn purpose(description: &str) -> &str {
    let examples = [" Examples:", "<example>"].into_iter().filter_map(|begin| description.find(begin)).min();
    let told = examples.and_then(|at| description.get(..at)).filter(|told| !told.is_empty()).unwrap_or(description);
    let sentence = text::first_sentence(told).trim_end_matches('.').trim_end();
    if sentence.is_empty() { description } else { sentence }
}

impl Report for Agents {
    const SCHEMA: &'static str = "cmpm.agent.list/1";

    fn render(&self, screen: &Screen) -> String {
        let mut table =
            Table::new(["NAME".into(), TableColumn::weighing(2, "WRITES"), TableColumn::weighing(1, "FROM"), "DESCRIPTION".into()]);
        let is_named = |row: &&AgentRow| !self.all && row.source == Origin::BuiltIn && row.extends.is_some();
        let (named, shown): (Vec<&AgentRow>, Vec<&AgentRow>) = self.agents.iter().partition(is_named);
        for row in shown {
            let (writes, tone) = match row.read_only {
                Some(ReadOnly::Damaged | ReadOnly::SameName) => ("nothing".to_owned(), Some(Tone::Bad)),
                Some(ReadOnly::NoWriteKey | ReadOnly::GrantsNothing) => ("nothing".to_owned(), Some(Tone::Quiet)),
                None => (text::fit(&row.write.join(" "), 40), None),
            };
            let source = folder_of(&row.source);
            table.row([(&row.name, Some(Tone::Key)), (&writes, tone), (&source, Some(Tone::Quiet)), (purpose(&row.description), None)]);
        }
        let mut out = table.render(screen);
        if !named.is_empty() {
            let line = format!("{} more; `--all` shows them\n", text::plural(named.len(), "specialist"));
            out.push_str(&screen.paint(Tone::Quiet, &line));
        }
        let without = self.agents.iter().filter(|row| row.read_only == Some(ReadOnly::NoWriteKey)).count();
        if without > 0 {
            let (agents, have) = if without == 1 { ("1 agent", "has") } else { (&*format!("{without} agents"), "have") };
            let line =
                format!("{agents} {have} no `write` and can only look; give the file for example `write: [\"@source_code\", \"@tests\"]`");
            out.push_str(&screen.paint(Tone::Quiet, &line));
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_the_first_sentence() {
        let whole = ["Reviews code. Then more.", "Use it: now. Examples: <example>x", "Use it <example>x", "v1.2 only", ".. x"];
        assert_eq!(whole.map(purpose), ["Reviews code", "Use it: now", "Use it", "v1.2 only", ".. x"]);
    }
}
