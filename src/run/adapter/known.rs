//! Errors that an agent program is known to end with: what each means, and until when, where the program says so.

use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::date::{coming_moment, length_of};
use crate::base::{Timestamp, text};

/// How large a compiled expression may become: the file may be a stranger's.
const MOST_BYTES: usize = 256 * 1024;
/// How much of what a program said is kept, in columns.
const SAID_COLUMNS: usize = 200;

/// An error by which a program can be known not to work for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownError {
    /// A regular expression for what the program says when it fails.
    #[serde(rename = "match")]
    pub said: Pattern,
    pub kind: StopKind,
    /// Where it says until when: a regular expression with a group `epoch` (seconds), `in` (a length of time) or `at` (a time of day or
    /// a date with one, perhaps with a group `zone`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<Pattern>,
}

/// A regular expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        compiled(&text).map(|_| Self(text.clone())).map_err(|error| format!("`{text}` is no regular expression: {error}"))
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

fn compiled(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).case_insensitive(true).size_limit(MOST_BYTES).build()
}

/// Why a program does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopKind {
    /// Its quota is used up.
    Quota,
    /// It is not signed in.
    Login,
    /// It does not have the model.
    Model,
    /// Its service is overloaded, limits the rate, or has an error of its own: soon it may work again.
    Busy,
}

impl StopKind {
    /// As the end of a sentence about the program.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Quota => "has used up its quota",
            Self::Login => "is not signed in",
            Self::Model => "does not have the model",
            Self::Busy => "could not be served",
        }
    }
}

/// What kept a program from working.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stop {
    /// Why.
    pub kind: StopKind,
    /// Until when, if the program said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The line that said it.
    pub said: String,
}

impl Stop {
    /// The first of the errors that what the program said shows.
    pub fn find(known: &[KnownError], said: &str, now: Timestamp) -> Option<Self> {
        known.iter().find_map(|known| {
            let found = compiled(&known.said.0).ok()?.find(said)?;
            let line = said.get(..found.start()).map_or(0, |before| before.rfind('\n').map_or(0, |end| end + 1));
            let line = said.get(line..).unwrap_or_default().lines().next().unwrap_or_default();
            let until = known.reset.as_ref().and_then(|reset| reset.moment(said, now)).filter(|until| *until > now);
            Some(Self { kind: known.kind, until, said: text::fit(&text::one_line(&text::printable(line)), SAID_COLUMNS) })
        })
    }
}

impl Pattern {
    fn moment(&self, said: &str, now: Timestamp) -> Option<Timestamp> {
        let found = compiled(&self.0).ok()?.captures(said)?;
        let group = |name: &str| found.name(name).map(|group| group.as_str());
        if let Some(epoch) = group("epoch") {
            return epoch.parse().ok().map(Timestamp::from_seconds);
        }
        match group("in") {
            Some(length) => length_of(length).map(|seconds| Timestamp::from_seconds(now.seconds().saturating_add(seconds))),
            None => coming_moment(group("at")?, group("zone"), now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Adapter;
    use super::*;

    /// What the programs of the built-in runners print, with what it means at noon on 31 January 2026, UTC. The texts are those of reports
    /// and sources of these programs: anthropics/claude-code#4375, #52575, #72390; openai/codex#3899 and core/src/error.rs;
    /// google-gemini/gemini-cli packages/core/src/utils/googleQuotaErrors.ts and its tests.
    const SAID: &[(&str, &str, StopKind, Option<&str>)] = &[
        ("claude", "Claude AI usage limit reached|1769882400", StopKind::Quota, Some("2026-01-31T18:00:00Z")),
        ("claude", "You've hit your limit · resets 4:50am (Europe/Rome)", StopKind::Quota, Some("2026-02-01T03:50:00Z")),
        ("claude", "You’ve hit your weekly limit · resets Feb 12, 4am (UTC)", StopKind::Quota, Some("2026-02-12T04:00:00Z")),
        ("claude", "You've hit your session limit · resets 3pm (UTC)", StopKind::Quota, Some("2026-01-31T15:00:00Z")),
        ("claude", "Credit balance is too low", StopKind::Quota, None),
        ("claude", "Invalid API key · Please run /login", StopKind::Login, None),
        (
            "claude",
            "There's an issue with the selected model (opus-9). It may not exist or you may not have access to it.",
            StopKind::Model,
            None,
        ),
        (
            "claude",
            "API Error: 529 {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}",
            StopKind::Busy,
            None,
        ),
        (
            "codex",
            "You've hit your usage limit. Upgrade to Pro (https://openai.com/chatgpt/pricing) or try again in 5 days 22 hours 11 minutes.",
            StopKind::Quota,
            Some("2026-02-06T10:11:00Z"),
        ),
        ("codex", "You've hit your usage limit. Try again later.", StopKind::Quota, None),
        ("codex", "Quota exceeded. Check your plan and billing details.", StopKind::Quota, None),
        ("codex", "unexpected status 401 Unauthorized: Missing bearer authentication", StopKind::Login, None),
        ("codex", "exceeded retry limit, last status: 429 Too Many Requests", StopKind::Busy, None),
        (
            "gemini",
            "TerminalQuotaError: You have exhausted your capacity on this model. Your quota will reset after 1h49m8s.",
            StopKind::Quota,
            Some("2026-01-31T13:49:08Z"),
        ),
        ("gemini", "You have exhausted your daily quota on this model.", StopKind::Quota, None),
        ("gemini", "RetryableQuotaError: No capacity available for model", StopKind::Busy, None),
    ];

    #[test]
    fn what_the_programs_print_is_known() {
        let now = "2026-01-31T12:00:00Z".parse().unwrap();
        for (runner, said, kind, until) in SAID {
            let adapter = Adapter::embedded().into_iter().find(|adapter| adapter.name == *runner).unwrap();
            let stop = Stop::find(&adapter.errors, &format!("Working.\n{said}\nmore"), now).unwrap_or_else(|| panic!("{said}"));
            let until = until.map(|until| until.parse().unwrap());
            assert_eq!((stop.kind, stop.until, stop.said.as_str()), (*kind, until, text::fit(said, SAID_COLUMNS).as_str()), "{said}");
        }
    }

    #[test]
    fn other_failures_are_not() {
        let now = "2026-01-31T12:00:00Z".parse().unwrap();
        for adapter in Adapter::embedded() {
            for said in ["", "error: test failed", "thread 'main' panicked at src/main.rs:5290:4", "the limit of the loop is 5"] {
                assert_eq!(Stop::find(&adapter.errors, said, now), None, "{}: {said}", adapter.name);
            }
        }
    }

    #[test]
    fn an_expression_that_is_none_is_refused() {
        let error = serde_yaml::from_str::<KnownError>("{match: '(', kind: quota}").unwrap_err().to_string();
        assert!(error.contains("is no regular expression"), "{error}");
    }
}
