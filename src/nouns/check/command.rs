//! `cmpm check`

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Exit, Explain, Finding, RepoPath, Result};
use crate::context::Context;
use crate::engine::scan::Text;
use crate::report::{Metadata, Verb};

use super::explain;
use super::report::{Answer, CheckReport, Format};
use super::scope::{Range, Scope};
use super::{links, markers, records, roles, texts};

/// Check what is staged, or a range of commits, or everything
///
/// Looks for broken front matter, ids, references and links of tickets and memory, conflict markers, secrets, and for
/// commits of agents that go beyond their role. Reads the index, not the files on disk. Exit code 1 if there are errors.
/// Examples: `cmpm check`, `cmpm check --base origin/main --format github`, `cmpm check --explain broken-link`
#[derive(Debug, Args, Deserialize, JsonSchema)]
#[serde(default)]
#[derive(Default)]
pub struct Check {
    /// Check the commits of a range, such as `main..HEAD`
    #[arg(long, value_name = "A..B", group = "what")]
    range: Option<String>,
    /// Check the commits that HEAD adds to a branch
    #[arg(long, value_name = "BRANCH", group = "what")]
    base: Option<String>,
    /// Check every file in the index
    #[arg(long, group = "what")]
    all: bool,
    /// Check the text on standard input
    #[arg(long, group = "what")]
    stdin: bool,
    /// Say what a rule looks for, why, and what to do
    #[arg(long, value_name = "RULE", group = "what")]
    explain: Option<String>,
    /// Warnings are errors too
    #[arg(long)]
    strict: bool,
    /// How to write the findings
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// What cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Not a range.
    #[error("`{range}` is not a range of commits")]
    BadRange {
        /// As it was written.
        range: String,
    },
    /// Not a rule.
    #[error("there is no rule `{rule}`")]
    NoRule {
        /// As it was written.
        rule: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Two commits of different histories.
    #[error("`{base}` and `{head}` share no history")]
    Unrelated {
        /// Where the range begins.
        base: String,
        /// Where it ends.
        head: String,
    },
}

impl Explain for CheckError {
    fn exit(&self) -> Exit {
        Exit::Wrong
    }
    fn code(&self) -> &'static str {
        match self {
            Self::BadRange { .. } => "bad_range",
            Self::NoRule { .. } => "not_found",
            Self::Unrelated { .. } => "unrelated",
        }
    }
    fn hints(&self) -> Vec<String> {
        match self {
            Self::BadRange { .. } => vec!["write it like `main..HEAD`; `--base main` means the same".into()],
            Self::NoRule { known, .. } => vec![format!("there are {}", known.join(", "))],
            Self::Unrelated { .. } => vec!["in a shallow clone fetch more history first: `git fetch --unshallow`".into()],
        }
    }
}

/// Checks what is staged: the answer for a pre-commit hook.
///
/// # Errors
/// If the repository or the settings cannot be read.
pub fn staged(context: &Context) -> Result<CheckReport> {
    Check::default().check(context)
}

impl Verb for Check {
    type Report = Answer;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Answer> {
        match &self.explain {
            Some(rule) => Ok(Answer::Explained(explain::require(context, rule)?)),
            None => Ok(Answer::Checked(self.check(context)?)),
        }
    }
}

impl Check {
    fn check(self, context: &Context) -> Result<CheckReport> {
        let (what, files, findings) = self.findings(context)?;
        Ok(CheckReport::new(what, files, findings).shown(self.format, self.strict))
    }

    /// What was checked, how many files that is, and what is wrong with them.
    fn findings(&self, context: &Context) -> Result<(String, usize, Vec<Finding>)> {
        if self.stdin {
            return Ok(("standard input".to_owned(), 1, of_input(context)?));
        }
        let repository = context.repository()?;
        let range = match (&self.range, &self.base) {
            (Some(range), _) => Some(Range::parse(repository, range)?),
            (None, Some(base)) => Some(Range::new(repository, base, "HEAD")?),
            (None, None) => None,
        };
        let staged = if range.is_none() { repository.staged()? } else { Default::default() };
        let scope = match range {
            Some(range) => Scope::of_range(repository, range)?,
            None if self.all => Scope::of_everything(repository, &staged),
            None => Scope::of_staged(repository, &staged)?,
        };
        let mut findings = texts::find(repository, &scope)?;
        findings.extend(records::find(context, &scope)?);
        findings.extend(links::find(&scope)?);
        findings.extend(roles::find(context, &scope)?);
        Ok((scope.name, scope.changed.len(), findings))
    }
}

fn of_input(context: &Context) -> Result<Vec<Finding>> {
    let text = context.read_input()?;
    let path = RepoPath::parse("standard input").unwrap_or_default();
    let mut findings = markers::find(&path, text.as_bytes());
    let (scanner, _) = explain::scanner(context);
    findings.extend(texts::secrets(&scanner, &Text { path: &path, bytes: text.as_bytes(), commit: None }));
    Ok(findings)
}
