//! The answer of `cmpm check`.

use crate::base::{Rule, Severity};
use crate::report::prelude::*;
use crate::report::render_findings;

use super::explain::Explained;
use super::formats;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
}

/// What was checked and what is wrong with it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckReport {
    /// What was checked, in words.
    checked: String,
    /// How many files that is.
    files: usize,
    /// How many findings are errors.
    errors: usize,
    /// How many are warnings.
    warnings: usize,
    /// How many secrets are not reported because the baseline names them.
    #[serde(skip_serializing_if = "is_zero")]
    known: usize,
    /// What is wrong, in order of the files and lines.
    findings: Vec<Finding>,
    #[serde(skip)]
    strict: bool,
    #[serde(skip)]
    format: Format,
}

/// What `check` can answer.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Answer {
    /// What is wrong.
    Checked(CheckReport),
    /// What a rule means.
    Explained(Explained),
}

impl CheckReport {
    /// A report of `findings`, in any order.
    pub fn new(checked: String, files: usize, mut findings: Vec<Finding>) -> Self {
        findings.sort();
        findings.dedup();
        let count = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        Self { checked, files, errors, warnings, known: 0, findings, strict: false, format: Format::Text }
    }

    /// The same report, of a state with so many secrets that the baseline names.
    pub fn knowing(self, known: usize) -> Self {
        Self { known, ..self }
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// What is wrong and may not stay so; and what wants a look.
    pub fn into_errors_and_warnings(self) -> (Vec<Finding>, Vec<Finding>) {
        self.findings
            .into_iter()
            .filter(|finding| finding.severity != Severity::Note)
            .partition(|finding| finding.severity == Severity::Error)
    }

    /// The same report in another form; where it is strict, warnings count as errors.
    pub fn shown(self, format: Format, strict: bool) -> Self {
        Self { format, strict, ..self }
    }

    fn text(&self, screen: &Screen) -> String {
        let mut out = render_findings(&self.findings, screen);
        let _ = writeln!(out, "{}", self.summary(screen));
        out
    }

    fn summary(&self, screen: &Screen) -> String {
        let known = if self.known == 0 { String::new() } else { format!("; {} known by the baseline", text::plural(self.known, "secret")) };
        let checked = format!("in {} ({}){known}", text::plural(self.files, "file"), self.checked);
        if self.findings.is_empty() {
            return format!("{} {checked}", screen.paint(Tone::Good, "Nothing wrong"));
        }
        let mut parts = vec![text::plural(self.errors, "error"), text::plural(self.warnings, "warning")];
        let notes = self.findings.len() - self.errors - self.warnings;
        if notes > 0 {
            parts.push(text::plural(notes, "note"));
        }
        format!("{} {checked}", parts.join(", "))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Report for CheckReport {
    const SCHEMA: &'static str = "cmpm.check/1";

    fn render(&self, screen: &Screen) -> String {
        match self.format {
            Format::Text => self.text(screen),
            Format::Sarif => formats::sarif(&self.findings),
            Format::Github => formats::github(&self.findings),
        }
    }

    fn exit(&self) -> Exit {
        // Of a change that could not be seen whole nobody can say that nothing is wrong.
        let is_open = self.findings.iter().any(|finding| finding.rule == Rule::NotHere.name() && finding.severity == Severity::Warning);
        match () {
            () if self.errors > 0 => Exit::No,
            () if is_open => Exit::Wrong,
            () if self.strict && self.warnings > 0 => Exit::No,
            () => Exit::Done,
        }
    }
}

impl Report for Answer {
    const SCHEMA: &'static str = CheckReport::SCHEMA;

    fn render(&self, screen: &Screen) -> String {
        match self {
            Self::Checked(report) => report.render(screen),
            Self::Explained(rule) => rule.render(screen),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Checked(report) => report.exit(),
            Self::Explained(_) => Exit::Done,
        }
    }
}
