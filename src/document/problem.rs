//! What is wrong with the text of one file, before anybody knows the file's path.

use crate::base::{Rule, Severity};

/// One thing that is wrong with a document, at a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub rule: Rule,
    /// The line, counted from 1.
    pub line: u32,
    pub severity: Severity,
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    pub(super) fn new(rule: Rule, severity: Severity, line: u32, message: impl Into<String>) -> Self {
        Self { rule, line, severity, message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
