//! `cmpm agent show`

use crate::report::prelude::*;
use crate::store::Snapshot;

use super::load::{load_agents, require};
use super::model::{Agent, Grant, Origin};

/// Show an agent
///
/// Says what it is good for, which files it may write and why, its limits, and what it is told about itself.
/// Example: `cmpm agent show qa`
#[derive(Debug, Args)]
pub struct Show {
    /// Agent to show
    #[arg(add = Takes::Agent)]
    name: String,
}

/// Everything about one agent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    #[serde(flatten)]
    agent: Agent,
    /// Digest of what it may write.
    digest: String,
}

impl Verb for Show {
    type Report = WithFindings<Shown>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Shown>> {
        let (agents, mut findings) = load_agents(&Snapshot::WorkTree(context.root()?));
        let agent = require(agents, &self.name)?;
        findings.retain(|finding| matches!(&agent.source, Origin::Path(path) if *path == finding.path));
        Ok(Shown { digest: agent.digest()?, agent }.with(findings))
    }
}

impl Shown {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let agent = &self.agent;
        let optional = |value: &Option<String>| value.clone().unwrap_or_default();
        let number = |value: Option<u32>, unit: &str| value.map(|value| format!("{value}{unit}")).unwrap_or_default();
        vec![
            ("branch", optional(&agent.branch)),
            ("network", agent.network.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("time", number(agent.timeout_minutes, " minutes")),
            ("attempts", number(agent.max_attempts, "")),
            ("model", optional(&agent.model)),
            ("tools", agent.tools.as_ref().map(|tools| tools.join(", ")).unwrap_or_default()),
            ("good at", agent.capabilities.join(", ")),
            ("memories", agent.memory_categories.join(", ")),
            ("turns to", agent.escalate_to.join(", ")),
            ("from", agent.source.to_string()),
            ("as", optional(&agent.extends)),
        ]
    }

    fn render_rights(&self, screen: &Screen) -> String {
        let agent = &self.agent;
        let mut out = format!("\n{}\n", screen.paint(Tone::Title, "May write"));
        if let Some(reason) = agent.read_only {
            let _ = writeln!(out, "  nothing: {}", reason.as_str());
            return out;
        }
        out.push_str(&render_grants(&agent.write, screen));
        if !agent.deny.is_empty() {
            let _ = writeln!(out, "{}", screen.paint(Tone::Title, "But never"));
            out.push_str(&render_grants(&agent.deny, screen));
        }
        out
    }
}

/// One line for each glob or set, with what is in the set after its name.
fn render_grants(grants: &[Grant], screen: &Screen) -> String {
    let mut out = String::new();
    for grant in grants {
        let name = screen.paint(Tone::Key, &text::one_line(&grant.written));
        let is_set = grant.written.starts_with('@');
        let globs: Vec<&str> = grant.rules.iter().filter(|_| is_set).map(|rule| rule.pattern.as_str()).collect();
        let inside = screen.paint(Tone::Quiet, &text::one_line(&globs.join(" ")));
        let _ = writeln!(out, "{}", format!("  {name}  {inside}").trim_end());
    }
    out
}

impl Report for Shown {
    const SCHEMA: &'static str = "cmpm.agent.show/1";

    fn render(&self, screen: &Screen) -> String {
        let agent = &self.agent;
        let mut out = format!("{}\n{}\n", screen.paint(Tone::Key, &agent.name), text::one_line(&agent.description));
        out.push_str(&self.render_rights(screen));
        out.push('\n');
        for (label, value) in self.lines().into_iter().filter(|(_, value)| !value.is_empty()) {
            let _ = writeln!(out, "{}  {}", screen.paint(Tone::Quiet, &format!("{label:<8}")), text::one_line(&value));
        }
        let prompt = text::printable(&agent.prompt);
        if !prompt.is_empty() {
            let _ = writeln!(out, "\n{prompt}");
        }
        out
    }
}
