//! Shows what went wrong: one line that says what, hints that say what to do next.

use std::fmt::Write as _;

use serde_json::json;

use super::Ui;
use crate::base::{Failure, text};
use crate::report::Tone;

/// The schema of every failure.
pub const SCHEMA: &str = "cmpm.error/1";

impl Ui {
    /// Shows a failure: on stderr for people, as the one document on stdout for machines.
    pub fn show_failure(&self, failure: &Failure) {
        if self.json {
            let error = json!({ "code": failure.code(), "message": failure.to_string(), "hints": failure.hints() });
            self.print(&format!("{}\n", json!({ "schema": SCHEMA, "ok": false, "error": error })));
            return;
        }
        let mut out = format!("{} {}\n", self.err.paint(Tone::Bad, "error:"), text::printable(&failure.to_string()).trim_end());
        for hint in failure.hints() {
            let _ = writeln!(out, "{} {}", self.err.paint(Tone::Key, "hint:"), text::printable(&hint));
        }
        self.warn(&out);
    }
}
