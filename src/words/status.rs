//! What status words mean: cmpm's own, and those that trackers and people write, seen in real files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::term::Term;

named! {
    /// What a status means for planning.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
    #[serde(rename_all = "snake_case")]
    pub enum Category [ALL] {
        /// Not started.
        Todo = "todo",
        /// Begun, not finished.
        Active = "active",
        /// Finished.
        Done = "done",
        /// Will not be finished.
        Cancelled = "cancelled",
    }
}

impl Category {
    /// Whether nothing more will happen.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }

    /// The status of cmpm that says just this.
    pub fn status(self) -> Status {
        match self {
            Self::Todo => Status::Planning,
            Self::Active => Status::Active,
            Self::Done => Status::Done,
            Self::Cancelled => Status::Cancelled,
        }
    }
}

named! {
    /// The statuses that cmpm itself writes.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Status [ALL] {
        /// Thought of.
        Planning = "planning",
        /// May be started.
        Ready = "ready",
        /// Somebody works on it.
        Active = "active",
        /// Begun, and cannot go on.
        Blocked = "blocked",
        /// Waits for somebody's judgement.
        Review = "review",
        /// Finished.
        Done = "done",
        /// Will not be finished.
        Cancelled = "cancelled",
    }
}

impl Status {
    /// What it means for planning.
    pub const fn category(self) -> Category {
        match self {
            Self::Planning | Self::Ready => Category::Todo,
            Self::Active | Self::Blocked | Self::Review => Category::Active,
            Self::Done => Category::Done,
            Self::Cancelled => Category::Cancelled,
        }
    }

    /// The status of cmpm with this very name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// A status word, whoever writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusWord {
    /// The status of cmpm it comes to.
    pub status: Status,
    /// How far along it is, for words of different meaning; `None` for what gives a ticket up.
    pub step: Option<u8>,
    /// Whether it says no more than its category; then a file gets the word its own dialect has for that.
    pub is_plain: bool,
}

impl StatusWord {
    /// What is known of a word, in any case and with any separators; of a word with more about it, such as a picture, nothing.
    pub fn find(word: &str) -> Option<Self> {
        let word = Term::read(word)?;
        let row = WORDS.iter().find(|row| word.is_one_of(row.plain) || word.is_one_of(row.more))?;
        Some(Self { status: row.status, step: row.step, is_plain: word.is_one_of(row.plain) })
    }

    /// Whether nobody decided yet that it will be done.
    pub fn is_undecided(self) -> bool {
        self.step == Some(UNDECIDED)
    }

    /// Every word that is known.
    #[cfg(test)]
    pub fn all() -> impl Iterator<Item = (&'static str, Self)> {
        WORDS.iter().flat_map(|row| row.plain.iter().chain(row.more)).filter_map(|word| Some((*word, Self::find(word)?)))
    }
}

/// The step of what may never be done.
const UNDECIDED: u8 = 0;

struct Row {
    status: Status,
    step: Option<u8>,
    /// Words that say no more than the category.
    plain: &'static [&'static str],
    /// Words that say more.
    more: &'static [&'static str],
}

const WORDS: &[Row] = &[
    Row {
        status: Status::Planning,
        step: Some(UNDECIDED),
        plain: &[],
        more: &["backlog", "deferred", "draft", "icebox", "idea", "proposed", "triage"],
    },
    Row {
        status: Status::Planning,
        step: Some(1),
        plain: &["planning", "open", "to do"],
        more: &["new", "not started", "pending", "planned", "reopened", "selected for development"],
    },
    Row {
        status: Status::Ready,
        step: Some(1),
        plain: &[],
        more: &["ready", "ready for dev", "ready for development", "ready for engineering"],
    },
    Row {
        status: Status::Active,
        step: Some(2),
        plain: &["active", "in progress"],
        more: &["doing", "hooked", "in development", "partially complete", "pinned", "started", "wip", "working"],
    },
    Row { status: Status::Blocked, step: Some(2), plain: &[], more: &["blocked", "impediment", "on hold", "paused", "waiting"] },
    Row {
        status: Status::Review,
        step: Some(3),
        plain: &[],
        more: &[
            "code review",
            "in review",
            "in testing",
            "needs review",
            "needs testing",
            "qa",
            "ready for qa",
            "review",
            "testing",
            "verify",
        ],
    },
    Row { status: Status::Review, step: Some(4), plain: &[], more: &["accepted", "approved", "last call", "ready for deployment"] },
    Row {
        status: Status::Done,
        step: Some(5),
        plain: &["done", "closed", "complete", "completed", "finished"],
        more: &["archived", "final", "fixed", "merged", "released", "resolved", "shipped", "verified"],
    },
    Row {
        status: Status::Cancelled,
        step: None,
        plain: &["cancelled", "canceled", "wont do", "won't do", "won t do"],
        more: &[
            "abandoned",
            "declined",
            "dropped",
            "duplicate",
            "invalid",
            "not planned",
            "obsolete",
            "rejected",
            "skipped",
            "superseded",
            "tombstone",
            "wont fix",
            "won't fix",
            "won t fix",
        ],
    },
];

/// A status word as the words of a project are compared: `In Progress`, `in-progress`.
pub fn fold(word: &str) -> String {
    word.trim().to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_has_two_meanings() {
        let mut words: Vec<&str> = WORDS.iter().flat_map(|row| row.plain.iter().chain(row.more)).copied().collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
        let first = |word: &str| {
            WORDS.iter().position(|row| Term::read(word).is_some_and(|word| word.is_one_of(row.plain) || word.is_one_of(row.more)))
        };
        for (index, row) in WORDS.iter().enumerate() {
            assert!(row.plain.iter().chain(row.more).all(|word| first(word) == Some(index)), "words stand as they are compared");
        }
    }

    #[test]
    fn every_status_of_cmpm_is_a_word_for_itself_and_its_category_agrees() {
        for status in Status::ALL {
            assert_eq!(StatusWord::find(status.as_str()).map(|word| word.status), Some(status));
            assert_eq!(Status::parse(status.as_str()), Some(status));
            assert_eq!(status.category().status().category(), status.category());
        }
    }

    #[test]
    fn words_of_trackers_are_understood_in_every_spelling() {
        for (word, status) in [
            ("To Do", Status::Planning),
            ("todo", Status::Planning),
            ("TODO", Status::Planning),
            ("ToDo", Status::Planning),
            ("inProgress", Status::Active),
            ("inprogress", Status::Active),
            ("in _ progress ", Status::Active),
            ("Won’t Fix", Status::Cancelled),
            ("READY-FOR-QA", Status::Review),
            ("in-progress", Status::Active),
            ("In Progress", Status::Active),
            ("Won't Do", Status::Cancelled),
            ("won_t_do", Status::Cancelled),
            ("In Review", Status::Review),
        ] {
            assert_eq!(StatusWord::find(word).map(|word| word.status), Some(status), "{word}");
        }
        let unknown =
            ["Frobnicating", "", "🔴 OPEN", "done?", "re-solved", "reSolved", "in-complete", "-done", "done_", "can celled", "do ne"];
        assert_eq!(unknown.map(StatusWord::find), [None; 11]);
    }
}
