//! What may stand behind the keys of a ticket: held against it before it is written, and told of where a file holds
//! something else.

use std::cmp::Reverse;

use crate::base::date::{is_plain, parse_moment};
use crate::base::glob::Globs;
use crate::base::{Exit, Explain, Finding, RepoPath, Result, Rule, Severity, text};
use crate::context::Context;
use crate::nouns::agent::{Agent, require_agent};
use crate::store::{Listed, Snapshot, Store};

use super::dialect::{key_in, keys};
use super::model::Ticket;

/// A value that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ValueError {
    /// Not a date.
    #[error("`{text}` is not a date")]
    Date {
        /// What was given.
        text: String,
    },
    /// Nothing, or several lines.
    #[error("`--{flag}` must be one line with something in it")]
    Line {
        /// The flag.
        flag: &'static str,
    },
}

impl Explain for ValueError {
    fn exit(&self) -> Exit {
        Exit::Wrong
    }
    fn code(&self) -> &'static str {
        "bad_value"
    }
    fn hints(&self) -> Vec<String> {
        match self {
            Self::Date { .. } => vec!["write it like 2026-12-24, or with a time like 2026-12-24T18:00:00Z".into()],
            Self::Line { flag } => vec![format!("leave `--{flag}` out if there is nothing to say")],
        }
    }
}

/// What was typed for a ticket, as far as it can be wrong.
#[derive(Debug, Default)]
pub struct Typed<'a> {
    /// `--due`.
    pub due: Option<&'a str>,
    /// `--agent`.
    pub agent: Option<&'a str>,
    /// `--assignee`.
    pub assignee: Option<&'a str>,
    /// `--label`.
    pub labels: &'a [String],
    /// `--path`.
    pub paths: &'a [String],
}

impl Typed<'_> {
    /// Refuses what no ticket should hold.
    ///
    /// # Errors
    /// The first such value.
    pub fn check(&self, context: &Context) -> Result<()> {
        if let Some(due) = self.due.filter(|due| !is_plain(due)) {
            return Err(ValueError::Date { text: text::one_line(due) }.into());
        }
        let lines = self.labels.iter().map(|label| ("label", label.as_str()));
        let mut lines = lines.chain(self.assignee.map(|name| ("assignee", name))).chain(self.agent.map(|name| ("agent", name)));
        if let Some((flag, _)) = lines.find(|(_, line)| line.trim().is_empty() || line.chars().any(char::is_control)) {
            return Err(ValueError::Line { flag }.into());
        }
        Globs::check(self.paths)?;
        if let Some(agent) = self.agent {
            require_agent(&context.store()?.work_tree(), agent)?;
        }
        Ok(())
    }
}

/// Values of a ticket's file that mean nothing. What is finished may name whom it likes.
#[must_use]
pub fn find_odd_values(store: &Store, snapshot: &Snapshot<'_>, listed: &Listed<Ticket>, agents: &[Agent]) -> Vec<Finding> {
    let ticket = &listed.record;
    let mut findings = Vec::new();
    let mut tell = |rule: Rule, keys: &'static [&'static str], message: String, hint: &str| {
        let document = store.open(snapshot, listed).ok().map(|stored| stored.document);
        let line = document.and_then(|document| document.field(key_in(&document, keys)).map(|field| field.line)).unwrap_or(1);
        findings.push(Finding::new(rule, Severity::Warning, listed.path.clone(), message).at(line).hint(hint));
    };
    let shown = |value: &str| text::fit(&text::one_line(value), 60);
    for (keys, value) in [(keys::DUE, &ticket.due), (keys::DEFER_UNTIL, &ticket.defer_until)] {
        if let Some(value) = value.as_ref().filter(|value| parse_moment(value).is_none()) {
            tell(Rule::BadDate, keys, format!("`{}` is not a date", shown(value)), "write it like 2026-12-24");
        }
    }
    if let Err(error) = Globs::check(&ticket.paths) {
        tell(Rule::BadGlob, keys::PATHS, error.to_string(), "globs are relative to the repository's root: `src/**`, `docs/*.md`");
    }
    let unknown = |name: &&String| !agents.iter().any(|agent| agent.is_called(name));
    if let Some(name) = ticket.agent.as_ref().filter(|_| !ticket.category.is_closed()).filter(unknown) {
        let close = text::closest(name, agents.iter().map(|agent| agent.name.as_str()));
        let hint = close.map_or_else(|| "`cmpm agent list` says who there is".to_owned(), |close| format!("is `{close}` meant?"));
        tell(Rule::UnknownAgent, keys::AGENT, format!("there is no agent `{}`", shown(name)), &hint);
    }
    findings
}

/// A file that is in a ticket folder but cannot be read as a ticket.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be read as a ticket: {reason}")]
pub struct BrokenFile {
    path: RepoPath,
    reason: String,
    hint: Option<String>,
}

impl BrokenFile {
    /// Why the file at `path` is no ticket; `None` if nothing is known against it.
    #[must_use]
    pub fn find(path: &str, findings: &[Finding]) -> Option<Self> {
        let found = findings.iter().filter(|finding| finding.path.lossy() == path).min_by_key(|finding| Reverse(finding.severity))?;
        let reason = found.line.map_or_else(|| found.message.clone(), |line| format!("{} (line {line})", found.message));
        Some(Self { path: found.path.clone(), reason, hint: found.hint.clone() })
    }
}

impl Explain for BrokenFile {
    fn exit(&self) -> Exit {
        Exit::Wrong
    }
    fn code(&self) -> &'static str {
        "damaged"
    }
    fn hints(&self) -> Vec<String> {
        self.hint.clone().into_iter().collect()
    }
}
