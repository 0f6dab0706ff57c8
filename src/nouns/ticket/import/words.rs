//! What the status words and moments of other trackers are here. Where a word says more than cmpm's, the word itself is kept.

use crate::base::date::parse_moment;
use crate::config::{Category, Config};
use crate::words::{Status, StatusWord, without_pictures};

use super::super::model;

/// A word of cmpm, and whether it says all that the other tracker's word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// cmpm's.
    pub native: &'static str,
    /// Whether anything knew the word.
    pub known: bool,
}

/// The status that a word means; one that nothing knows counts as active, because nobody should be offered work whose state
/// is unclear.
pub fn status(word: &str, config: &Config) -> Word {
    let own = || model::category(word, config).map(Category::status);
    let status = find(word).map(|word| word.status).or_else(own);
    Word { native: status.unwrap_or(Status::Active).as_str(), known: status.is_some() }
}

/// The word without pictures around it.
fn find(word: &str) -> Option<StatusWord> {
    StatusWord::find(without_pictures(word))
}

/// Whether a word of another tracker still means what a status of cmpm says.
pub fn status_means(word: &str, native: &str) -> bool {
    find(word).is_some_and(|word| word.status.as_str() == native)
}

/// A moment as cmpm writes it, a day as a day; what is in no known shape stays as it is.
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
    }

    #[test]
    fn moments_are_utc_and_days_stay_days() {
        let moments = ["2025-11-29T00:35:52.359-07:00", "2026-08-07 17:25", "03.06.2025", "soon"].map(moment);
        assert_eq!(moments, ["2025-11-29T07:35:52Z", "2026-08-07T17:25:00Z", "2025-06-03", "soon"]);
    }
}
