//! What other trackers call a status, a priority and a kind. Where a word says more than cmpm's, the word itself is kept.

use crate::base::date::parse_moment;
use crate::config::{Category, Config};

use super::super::model::{self, Kind};

/// cmpm's statuses, and the words (lower case, `_` for any separator) that mean the same.
const STATUSES: [(&str, &[&str]); 7] = [
    ("ready", &["ready", "ready_for_engineering", "ready_for_development", "ready_for_dev"]),
    ("active", &["active", "in_progress", "doing", "wip", "started", "hooked", "pinned", "in_development", "partially_complete"]),
    ("blocked", &["blocked", "on_hold", "waiting", "impediment"]),
    ("review", &["review", "in_review", "code_review", "needs_testing", "testing", "in_testing", "qa", "ready_for_qa", "approved"]),
    ("done", &["done", "closed", "completed", "complete", "resolved", "fixed", "merged", "finished", "released", "verified"]),
    (
        "cancelled",
        &[
            "cancelled",
            "canceled",
            "wontfix",
            "wont_fix",
            "won't_fix",
            "won't_do",
            "wont_do",
            "won_t_do",
            "skipped",
            "rejected",
            "declined",
            "duplicate",
            "invalid",
            "obsolete",
            "abandoned",
            "tombstone",
            "not_planned",
        ],
    ),
    (
        "planning",
        &[
            "planning",
            "open",
            "todo",
            "to_do",
            "backlog",
            "pending",
            "new",
            "draft",
            "proposed",
            "deferred",
            "not_started",
            "reopened",
            "selected_for_development",
        ],
    ),
];

/// cmpm's priorities, and the words that mean the same; the first of each is kept nowhere else.
const PRIORITIES: [(&str, &[&str]); 4] = [
    ("critical", &["critical", "urgent", "highest", "blocker", "p0"]),
    ("high", &["high", "major", "p1"]),
    ("medium", &["medium", "normal", "moderate", "p2"]),
    ("low", &["low", "minor", "lowest", "trivial", "p3", "p4", "backlog"]),
];

/// A word of cmpm, and whether it says all that the other tracker's word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// cmpm's.
    pub native: &'static str,
    /// Whether anything knew the word.
    pub known: bool,
}

fn fold(word: &str) -> String {
    let plain = word.trim().to_lowercase().replace([' ', '-'], "_");
    plain.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

/// The status that a word means; one that nothing knows counts as active, because nobody should be offered work whose state
/// is unclear.
#[must_use]
pub fn status(word: &str, config: &Config) -> Word {
    let folded = fold(word);
    let found = STATUSES.iter().find(|(_, words)| words.contains(&folded.as_str())).map(|(native, _)| *native);
    let by_category = || model::category(word, config).map(of_category);
    let native = found.or_else(by_category);
    Word { native: native.unwrap_or("active"), known: native.is_some() }
}

/// Whether a word of another tracker still means what a status of cmpm says.
#[must_use]
pub fn status_means(word: &str, native: &str) -> bool {
    let folded = fold(word);
    STATUSES.iter().any(|(own, words)| *own == native && words.contains(&folded.as_str()))
}

fn of_category(category: Category) -> &'static str {
    match category {
        Category::Todo => "planning",
        Category::Active => "active",
        Category::Done => "done",
        Category::Cancelled => "cancelled",
    }
}

/// The priority that a word means.
#[must_use]
pub fn priority(word: &str) -> Option<&'static str> {
    let folded = fold(word);
    PRIORITIES.iter().find(|(_, words)| words.contains(&folded.as_str())).map(|(native, _)| *native)
}

/// The priority that a number from 0 (most urgent) to 4 means.
#[must_use]
pub fn priority_of_number(number: i64) -> &'static str {
    match number {
        ..=0 => "critical",
        1 => "high",
        2 => "medium",
        _ => "low",
    }
}

/// The kind that a tracker's word for a type of work means.
#[must_use]
pub fn kind(word: &str) -> Kind {
    match fold(word).as_str() {
        "epic" | "initiative" | "milestone" => Kind::Epic,
        "task" | "sub_task" | "subtask" => Kind::Task,
        "pr" | "pull_request" | "merge_request" => Kind::Pr,
        _ => Kind::Issue,
    }
}

/// A moment as cmpm writes it, a day as a day; what is in no known shape stays as it is.
#[must_use]
pub fn moment(text: &str) -> String {
    let text = text.trim();
    match parse_moment(text) {
        Some(moment) if text.contains(':') => moment.to_string(),
        Some(moment) => moment.date(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_trackers_are_understood() {
        let config = Config::default();
        for (word, native) in [
            ("To Do", "planning"),
            ("In Progress", "active"),
            ("in-progress", "active"),
            ("Done", "done"),
            ("Won't Do", "cancelled"),
            ("🔴 OPEN", "planning"),
            ("In Review", "review"),
            ("tombstone", "cancelled"),
        ] {
            assert_eq!(status(word, &config), Word { native, known: true }, "{word}");
        }
        assert_eq!(status("Frobnicating", &config), Word { native: "active", known: false });
        assert_eq!((priority("CRITICAL"), priority("Highest"), priority("??")), (Some("critical"), Some("critical"), None));
    }

    #[test]
    fn moments_are_utc_and_days_stay_days() {
        let moments = ["2025-11-29T00:35:52.359-07:00", "2026-08-07 17:25", "03.06.2025", "soon"].map(moment);
        assert_eq!(moments, ["2025-11-29T07:35:52Z", "2026-08-07T17:25:00Z", "2025-06-03", "soon"]);
    }
}
