//! `cmpm check`

use crate::base::{Explain, Explained, Rule};
use crate::engine::scan::{Text, readable};
use crate::report::prelude::*;

use super::baseline::{self, Action};
use super::explain;
use super::law::Law;
use super::report::{Answer, CheckReport, Format};
use super::scope::{Range, Scope};
use super::{agents, evidence, exempt, links, markers, merges, powers, records, roles, settings, symlinks, texts};

/// Check staged changes, a range of commits, or everything
///
/// Looks for broken front matter, ids, references and links of tickets and memory, conflict markers, secrets, and for
/// commits of agents that go beyond their role. Reads the index, not the files on disk. Exit code 1 if there are errors.
/// Examples: `cmpm check`, `cmpm check --base origin/main --format github`, `cmpm check --explain broken-link`
#[derive(Debug, Args)]
pub struct Check {
    /// Check the commits of a range, such as `main..HEAD`
    #[arg(long, value_name = "A..B", group = "what")]
    range: Option<String>,
    /// Check the commits that HEAD adds to a branch
    #[arg(long, value_name = "BRANCH", group = "what", add = Takes::Branch)]
    base: Option<String>,
    /// Check every file in the index
    #[arg(long, group = "what")]
    all: bool,
    /// Check the text on standard input
    #[arg(long, group = "what")]
    stdin: bool,
    /// Write the secrets that are in the index now to .cmpm/secrets.baseline; they are not reported any more
    #[arg(long, value_enum, value_name = "ACTION", group = "what")]
    baseline: Option<Action>,
    /// Explain a rule: what it looks for, why, and what to do
    #[arg(long, value_name = "RULE", group = "what", add = Takes::Rule)]
    explain: Option<String>,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
    /// How to write the findings
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error("`{range}` is not a range of commits")]
    BadRange { range: String },
    #[error("there is no rule `{rule}`")]
    NoRule { rule: String, known: Vec<String> },
    #[error("`{base}` and `{head}` share no history")]
    Unrelated { base: String, head: String },
    #[error("the history of this clone ends within {range}, at commit {commit} (.git/shallow), so not everything in it can be checked")]
    Cut { range: String, commit: String },
}

impl Explain for CheckError {
    fn explain(&self) -> Explained {
        match self {
            Self::BadRange { .. } => Explained::wrong("bad_range").hint("write it like `main..HEAD`; `--base main` means the same"),
            Self::NoRule { known, .. } => Explained::wrong("not_found").hint(format!("there are {}", known.join(", "))),
            Self::Unrelated { .. } => {
                Explained::wrong("unrelated").hint("in a shallow clone fetch more history first: `git fetch --unshallow`")
            }
            Self::Cut { .. } => Explained::wrong("shallow").hint("fetch the rest first: `git fetch --unshallow`"),
        }
    }
}

impl Verb for Check {
    type Report = Answer;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Answer> {
        if let Some(rule) = &self.explain {
            return Ok(Answer::Explained(explain::require(context, rule)?));
        }
        let report = match (&self.range, &self.base) {
            (Some(range), _) => of_range(context, Range::parse(context.repository()?, range)?)?,
            (None, Some(base)) => of_range(context, Range::new(context.repository()?, base, "HEAD")?)?,
            (None, None) if self.baseline == Some(Action::Write) => baseline::write(context)?,
            (None, None) if self.stdin => of_input(context)?,
            (None, None) if self.all => of_everything(context)?,
            (None, None) => super::staged(context)?,
        };
        Ok(Answer::Checked(report.shown(self.format, self.strict)))
    }
}

pub(super) fn of_range(context: &Context, range: Range) -> Result<CheckReport> {
    report(context, &Scope::of_range(context.repository()?, range)?)
}

fn of_everything(context: &Context) -> Result<CheckReport> {
    let repository = context.repository()?;
    let staged = repository.staged()?;
    report(context, &Scope::of_everything(repository, &staged)?)
}

pub(super) fn report(context: &Context, scope: &Scope<'_>) -> Result<CheckReport> {
    report_by(context, scope, &Law::of(context, scope.rules)?)
}

/// The same by rules that are read already.
pub(super) fn report_by(context: &Context, scope: &Scope<'_>, law: &Law<'_>) -> Result<CheckReport> {
    require_whole(context, scope)?;
    let texts::Found { mut markers, secrets, known, missing } = texts::find(context, scope, law)?;
    let mut findings = scope.as_far_as_possible(since(context, scope))?;
    // Of a file whose markers are named one by one it need not be said that there are some.
    let is_named =
        |finding: &Finding| markers.iter().any(|marker| marker.rule == Rule::ConflictMarker.name() && marker.path == finding.path);
    findings.retain(|finding| finding.rule != Rule::ConflictMarkers.name() || !is_named(finding));
    exempt::as_it_came(scope, &mut markers)?;
    findings.append(&mut markers);
    findings.extend(scope.as_far_as_possible(merges::find(context, scope))?);
    exempt::excluded(&mut findings, &law.config)?;
    findings.extend(law.findings(scope));
    findings.extend(markers::unmerged(scope));
    findings.extend(secrets);
    findings.extend(scope.not_here(missing));
    for found in [
        roles::find(context, scope, law),
        evidence::find(context, scope),
        symlinks::find(context, scope),
        powers::find(context, scope, law),
    ] {
        findings.extend(scope.as_far_as_possible(found)?);
    }
    Ok(CheckReport::new(scope.name.clone(), scope.changed.len(), findings).knowing(known))
}

/// Refuses a range that this clone has only a part of: what lies behind its edge would pass unseen, and anybody can draw that edge.
fn require_whole(context: &Context, scope: &Scope<'_>) -> Result<()> {
    let edge = context.repository()?.edge()?;
    match scope.commits.iter().find(|commit| !commit.parents.is_empty() && edge.contains(&commit.oid)) {
        Some(commit) => Err(CheckError::Cut { range: scope.name.clone(), commit: commit.oid.short() }.into()),
        None => Ok(()),
    }
}

/// What is wrong with the state and was not wrong before.
fn since(context: &Context, scope: &Scope<'_>) -> Result<Vec<Finding>> {
    let mut findings = state(context, scope)?;
    if findings.is_empty() {
        return Ok(findings);
    }
    if let Some(earlier) = scope.earlier().map_or_else(|| scope.before_project(), |earlier| Ok(Some(earlier)))? {
        exempt::known_before(&mut findings, &scope.as_named_now(state(context, &earlier)?));
    }
    Ok(findings)
}

/// What can be said of one state of the files, whatever was before.
fn state(context: &Context, scope: &Scope<'_>) -> Result<Vec<Finding>> {
    let mut findings = records::find(context, scope)?;
    findings.extend(agents::find(scope));
    findings.extend(links::find(scope)?);
    findings.extend(settings::find(scope)?);
    Ok(findings)
}

/// Text has no place in the repository, so only what can be said of it alone is said.
fn of_input(context: &Context) -> Result<CheckReport> {
    let bytes = context.read_input_bytes()?;
    let text = readable(&bytes);
    let path = const { RepoPath::of("standard input") };
    let mut findings = texts::of_text(&path, &text);
    let (scanner, _) = explain::scanner(context);
    findings.extend(texts::secrets(&scanner, &Text { path: &path, bytes: &text, commit: None }));
    Ok(CheckReport::new("standard input".to_owned(), 1, findings))
}
