//! Shows an answer: text and findings for people, one versioned document for machines.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Ui, is_long};
use crate::base::env::{GIT_PAGER, PAGER};
use crate::base::{Exit, Finding, Result, Severity, json};
use crate::context::Context;
use crate::process;
use crate::report::{Report, Screen, Tone};

/// More findings than this are counted, not shown, next to a list.
const SHOWN_FINDINGS: usize = 10;

#[derive(Serialize)]
struct Envelope<'a, R> {
    schema: &'static str,
    ok: bool,
    data: &'a R,
    findings: &'a [Finding],
}

impl Ui {
    /// Shows what a verb answered, or lets a person work with it, and says how the program ends.
    pub fn show<R: Report>(&self, answer: Result<R>, context: &Context) -> Exit {
        match answer {
            Ok(report) => match if self.interactive { report.board(context) } else { None } {
                Some(mut board) => self.work_with(board.as_mut(), &context.cancel),
                None => self.show_report(&report, context),
            },
            Err(failure) => {
                self.show_failure(&failure);
                failure.exit()
            }
        }
    }

    fn show_report<R: Report>(&self, report: &R, context: &Context) -> Exit {
        let findings = [report.findings(), context.findings()].concat();
        let printed = if self.json && !R::PLAIN {
            let ok = matches!(report.exit(), Exit::Done | Exit::No);
            let envelope = Envelope { schema: R::SCHEMA, ok, data: report, findings: &findings };
            match json::line(&envelope) {
                Ok(text) => self.print(&(text + "\n")),
                Err(error) => return self.bug(&error.reason),
            }
        } else {
            let text = report.render(&self.out);
            let printed = if self.page(&text, context) { Exit::Done } else { self.print(&text) };
            let is_shown = |finding: &&Finding| !self.quiet || finding.severity == Severity::Error;
            self.warn(&render_findings(findings.iter().filter(is_shown).collect(), &self.err));
            printed
        };
        if printed == Exit::Done { report.exit() } else { printed }
    }

    /// Shows a text that does not fit the terminal in the user's pager, as git does; whether that was done.
    fn page(&self, text: &str, context: &Context) -> bool {
        if !self.pages || self.json || !is_long(text) {
            return false;
        }
        let of_git = || context.repository().ok().and_then(|repository| repository.config_value("core.pager"));
        let pager = context.env.text(GIT_PAGER).map(str::to_owned).or_else(of_git).or_else(|| context.env.text(PAGER).map(str::to_owned));
        let pager = pager.unwrap_or_else(|| "less".to_owned());
        !matches!(pager.trim(), "" | "cat") && process::page(text, &pager, &context.env)
    }

    fn bug(&self, message: &str) -> Exit {
        self.warn(&format!("error: cmpm could not write its answer: {message}\n"));
        Exit::Bug
    }
}

fn render_findings(mut worst_first: Vec<&Finding>, screen: &Screen) -> String {
    let mut out = String::new();
    worst_first.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in worst_first.iter().take(SHOWN_FINDINGS) {
        let (word, tone) = match finding.severity {
            Severity::Note => ("note", Tone::Quiet),
            Severity::Warning => ("warning", Tone::Careful),
            Severity::Error => ("error", Tone::Bad),
        };
        // Findings quote files; nothing in a file may drive a terminal.
        let line = crate::base::text::one_line(&finding.to_string());
        let _ = writeln!(out, "{}: {line}", screen.paint(tone, word));
    }
    if worst_first.len() > SHOWN_FINDINGS {
        let rest = crate::base::text::plural(worst_first.len() - SHOWN_FINDINGS, "more finding");
        let _ = writeln!(out, "{}", screen.paint(Tone::Quiet, &format!("… and {rest}; `--json` has them all")));
    }
    out
}
