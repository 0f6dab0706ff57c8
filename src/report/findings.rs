//! Findings that are the answer itself, as text.

use std::fmt::Write as _;

use super::{Screen, Tone};
use crate::base::{Finding, Severity, text};

/// A line for each, and one for its hint.
pub fn render_findings(findings: &[Finding], screen: &Screen) -> String {
    let mut out = String::new();
    for finding in findings {
        let (word, tone) = match finding.severity {
            Severity::Note => ("note", Tone::Quiet),
            Severity::Warning => ("warning", Tone::Careful),
            Severity::Error => ("error", Tone::Bad),
        };
        let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
        let place = if finding.path.is_empty() { String::new() } else { format!("{}{line}: ", finding.path) };
        let rule = screen.paint(Tone::Quiet, &format!("[{}]", finding.rule));
        // Findings quote files; nothing in a file may drive a terminal.
        let message = text::one_line(&finding.message);
        let _ = writeln!(out, "{}{}: {message} {rule}", screen.paint(Tone::Key, &place), screen.paint(tone, word));
        if let Some(hint) = &finding.hint {
            let _ = writeln!(out, "  {} {}", screen.paint(Tone::Quiet, "hint:"), text::one_line(hint));
        }
    }
    out
}
