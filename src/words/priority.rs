//! How urgent a ticket is.

use super::term::{Term, without_pictures};

named! {
    /// How urgent a ticket is, from the most urgent down.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Priority [ALL] {
        // the most urgent first
        /// Before everything else.
        Critical = "critical",
        /// Soon.
        High = "high",
        /// As it comes; so is whatever says nothing.
        Medium = "medium",
        /// When there is time.
        Low = "low",
    }
}

impl Priority {
    /// What other trackers call it.
    pub(super) const fn synonyms(self) -> &'static [&'static str] {
        match self {
            Self::Critical => &["urgent", "highest", "blocker", "p0"],
            Self::High => &["major", "p1"],
            Self::Medium => &["normal", "moderate", "p2"],
            Self::Low => &["minor", "lowest", "trivial", "p3", "p4", "backlog"],
        }
    }

    /// The priority that a word means, whoever wrote it.
    pub fn parse(word: &str) -> Option<Self> {
        let word = Term::read(without_pictures(word))?;
        Self::ALL.into_iter().find(|priority| word.is_one_of(&[priority.as_str()]) || word.is_one_of(priority.synonyms()))
    }

    /// The priority that a word means in the files of a project, where numbers from 0 (most urgent) to 4 stand for it too.
    pub fn of_file(word: &str) -> Option<Self> {
        Self::parse(word).or_else(|| word.parse().ok().filter(|number| (0..=4).contains(number)).map(Self::of_number))
    }

    /// The larger, the more urgent.
    pub const fn rank(self) -> u8 {
        Self::Low as u8 - self as u8
    }

    /// The priority that a number from 0 (most urgent) to 4 means.
    pub const fn of_number(number: i64) -> Self {
        match number {
            ..=0 => Self::Critical,
            1 => Self::High,
            2 => Self::Medium,
            _ => Self::Low,
        }
    }

    /// All words, as they are in messages.
    pub fn words() -> String {
        let [first @ .., last] = Self::ALL.map(Self::as_str);
        format!("{} or {last}", first.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_of_trackers_are_understood() {
        assert_eq!(
            ["CRITICAL", "Highest", "P1", "1", "??"].map(Priority::parse),
            [Some(Priority::Critical), Some(Priority::Critical), Some(Priority::High), None, None]
        );
        assert_eq!(["1", "4", "5", "low"].map(Priority::of_file), [Some(Priority::High), Some(Priority::Low), None, Some(Priority::Low)]);
    }
}
