//! One thing that is wrong with a file, reported along with the results instead of ending the run.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RepoPath, Rule};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing is lost by leaving it.
    Note,
    /// Probably a mistake; the record is still used.
    Warning,
    /// The file cannot be used as what it should be.
    Error,
}

/// What is wrong, where, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The file, relative to the root of the work tree.
    pub path: RepoPath,
    /// The line, counted from 1; absent where the file as a whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// How bad it is.
    pub severity: Severity,
    /// The stable name of the rule, such as `yaml-syntax`.
    pub rule: String,
    /// What is wrong.
    pub message: String,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// A finding about a whole file; refine it with the builder methods.
    pub fn new(rule: Rule, severity: Severity, path: RepoPath, message: impl Into<String>) -> Self {
        Self { path, line: None, severity, rule: rule.name().to_owned(), message: message.into(), hint: None }
    }
    /// What looks like a secret, by a rule of the scanner: projects add their own.
    pub fn of_scanner(rule: &str, path: RepoPath, message: impl Into<String>) -> Self {
        Self { path, line: None, severity: Severity::Error, rule: rule.to_owned(), message: message.into(), hint: None }
    }
    /// The same finding at a line (from 1).
    pub fn at(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }
    /// The same finding with a way to fix it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            _ if self.path.is_empty() => {}
            Some(line) => write!(f, "{}:{line}: ", self.path)?,
            None => write!(f, "{}: ", self.path)?,
        }
        write!(f, "{}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}
