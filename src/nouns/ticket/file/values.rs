//! What the keys of a ticket may hold: checked before it is written, and reported where a file holds
//! something else.

use std::cmp::Reverse;

use crate::base::date::{is_plain, parse_moment};
use crate::base::glob::Globs;
use crate::base::progress::Event;
use crate::base::{Explain, Explained, Finding, RepoPath, Result, Rule, Severity, text};
use crate::context::Context;
use crate::nouns::agent::{Agent, require_agent};
use crate::store::{Listed, Snapshot, Store};
use crate::words::{Holds, Kind, Priority, Property};

use super::super::model::dialect::key_in;
use super::super::model::due::end_of;
use super::super::model::{Ticket, did_you_mean};

/// A value that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ValueError {
    #[error("`{text}` is not a date")]
    Date { text: String },
    #[error("`{text}` is in the future")]
    Future { text: String },
    #[error("`{text}` is not a priority")]
    Priority { text: String },
    #[error("`{text}` is not a kind of ticket")]
    Kind { text: String },
    #[error("`--{flag}` must be one line with something in it")]
    Line { flag: &'static str },
    /// A character that shows nothing and does something.
    #[error("`--{flag}` has the control character U+{:04X} in it", u32::from(*character))]
    Control { flag: &'static str, character: char },
}

impl Explain for ValueError {
    fn explain(&self) -> Explained {
        let bad = Explained::wrong("bad_value");
        match self {
            Self::Date { text } => {
                let is_span = text.strip_suffix('m').is_some_and(|count| count.parse::<i64>().is_ok());
                // Everywhere else minutes, and in a date nobody means those.
                let months = is_span.then(|| format!("months are `{text}o`"));
                let shapes = "write it like 2026-12-24, 2026-12-24T18:00:00Z, tomorrow, 3d, `next fri` or `in 2 weeks`";
                bad.hints(months).hint(shapes)
            }
            Self::Future { .. } => bad.hint("`-3d` is three days ago"),
            Self::Priority { text } => {
                let near = text::closest(text, Priority::ALL.map(Priority::as_str));
                bad.hints(did_you_mean(near)).hint(format!("one of {}", Priority::words()))
            }
            Self::Kind { text } => {
                let near = text::closest(text, Kind::ALL.map(Kind::as_str));
                bad.hints(did_you_mean(near)).hint("one of epic, issue, task or pr")
            }
            Self::Line { flag } => bad.hint(format!("leave `--{flag}` out if there is nothing to say")),
            Self::Control { .. } => bad.hint("type the value again: it may not be what it looks like"),
        }
    }
}

/// Refuses what no ticket should hold, by the first such value.
pub fn check_values<'a>(context: &Context, given: impl Iterator<Item = (Property, &'a [String])>) -> Result<()> {
    for (property, texts) in given {
        for text in texts {
            let row = property.row();
            let says_something = matches!(row.holds, Holds::Line | Holds::Agent);
            require_line(row.flag.map_or(property.name(), |flag| flag.long), text, says_something)?;
            match property.row().holds {
                Holds::Date if !is_plain(text) => return Err(ValueError::Date { text: text::one_line(text) }.into()),
                Holds::Date if property == Property::Due => tell_past_due(context, text),
                Holds::Globs => Globs::check(std::slice::from_ref(text))?,
                Holds::Line | Holds::Agent | Holds::Date | Holds::Priority | Holds::Aliases | Holds::Tickets { .. } => {}
            }
            if property.row().holds == Holds::Agent {
                require_agent(&context.store()?.work_tree(), text)?;
            }
        }
    }
    Ok(())
}

fn tell_past_due(context: &Context, text: &str) {
    if end_of(text).is_some_and(|end| end <= context.clock.now()) {
        context.events.emit(Event::Note { message: format!("the due date {text} is in the past") });
    }
}

/// What `--type` says of the work, as labels.
pub fn labels_of_work(words: &[String]) -> Result<Vec<String>, ValueError> {
    words.iter().map(|word| require_line("type", word, true).map(|()| word.trim().to_owned())).collect()
}

/// Refuses what is not one line, or not what it looks like.
pub fn require_line(flag: &'static str, text: &str, says_something: bool) -> Result<(), ValueError> {
    match text::find_control(text) {
        Some('\n' | '\r') => Err(ValueError::Line { flag }),
        Some(character) => Err(ValueError::Control { flag, character }),
        None if says_something && text.trim().is_empty() => Err(ValueError::Line { flag }),
        None => Ok(()),
    }
}

/// Values of a ticket's file that mean nothing. What is finished may name whom it likes.
pub fn find_odd_values(store: &Store, snapshot: &Snapshot<'_>, listed: &Listed<Ticket>, agents: &[Agent]) -> Vec<Finding> {
    let ticket = &listed.record;
    let mut findings = Vec::new();
    let mut tell = |rule: Rule, property: Property, message: String, hint: &str| {
        let document = store.open(snapshot, listed).ok().map(|stored| stored.document);
        let line = document.and_then(|document| document.field(key_in(&document, property)).map(|field| field.line)).unwrap_or(1);
        findings.push(Finding::new(rule, Severity::Warning, listed.path.clone(), message).at(line).hint(hint));
    };
    let shown = |value: &str| text::fit(&text::one_line(value), 60);
    for (property, texts) in ticket.given() {
        match property.row().holds {
            // What another tool wrote when a ticket was made is only shown.
            Holds::Date if property.row().flag.is_some() => {
                for value in texts.iter().filter(|value| parse_moment(value).is_none()) {
                    tell(Rule::BadDate, property, format!("`{}` is not a date", shown(value)), "write it like 2026-12-24");
                }
            }
            Holds::Globs => {
                if let Err(error) = Globs::check(texts) {
                    tell(Rule::BadGlob, property, error.to_string(), "globs are relative to the repository's root: `src/**`, `docs/*.md`");
                }
            }
            _ => {}
        }
    }
    let unknown = |name: &&String| !agents.iter().any(|agent| agent.is_called(name));
    if let Some(name) = ticket.agent.as_ref().filter(|_| !ticket.category.is_closed()).filter(unknown) {
        let close = text::closest(name, agents.iter().map(|agent| agent.name.as_str()));
        let hint = close.map_or_else(|| "`cmpm agent list` says who there is".to_owned(), |close| format!("did you mean `{close}`?"));
        tell(Rule::UnknownAgent, Property::Agent, format!("there is no agent `{}`", shown(name)), &hint);
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
    pub fn find(path: &str, findings: &[Finding]) -> Option<Self> {
        let found = findings.iter().filter(|finding| finding.path.lossy() == path).min_by_key(|finding| Reverse(finding.severity))?;
        let reason = found.line.map_or_else(|| found.message.clone(), |line| format!("{} (line {line})", found.message));
        Some(Self { path: found.path.clone(), reason, hint: found.hint.clone() })
    }
}

impl Explain for BrokenFile {
    fn explain(&self) -> Explained {
        Explained::wrong("damaged").hints(self.hint.clone())
    }
}
