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
    status_within(word, None, config)
}

/// The same of a word that its tracker puts into a category. The project's own word for it counts first, then that category.
pub fn status_within(word: &str, category: Option<&str>, config: &Config) -> Word {
    // Without pictures around it.
    let plain = without_pictures(word);
    let usual = StatusWord::find(plain).map(|word| word.status);
    // Our table may say more than a category, as `blocked` does.
    let within = |category: Category, is_same: fn(Category, Category) -> bool| {
        usual.filter(|status| is_same(status.category(), category)).unwrap_or(category.status())
    };
    let own = [word, plain].into_iter().find_map(|word| model::own_category(word, config));
    let theirs = || StatusWord::find(category?).map(|word| word.status.category());
    // Trackers have one category for all that is closed.
    let are_alike = |one: Category, other: Category| one == other || (one.is_closed() && other.is_closed());
    let status = own.map(|own| within(own, |one, other| one == other)).or_else(|| theirs().map(|theirs| within(theirs, are_alike)));
    let status = status.or(usual);
    Word { native: status.unwrap_or(Status::Active).as_str(), known: status.is_some() }
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

/// A moment as a text that sorts by time, fractions of a second included.
pub fn sortable(text: &str) -> String {
    let fraction = text.split_once('.').filter(|(before, _)| before.contains(':')).map_or("", |(_, rest)| rest);
    let digits = fraction.find(|c: char| !c.is_ascii_digit()).and_then(|end| fraction.get(..end)).unwrap_or(fraction);
    format!("{} {digits}", moment(text).trim_end_matches('Z'))
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
        let mut sorted = ["2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00Z", "2025-12-31T23:00:00.49-01:00", "2026"].map(sortable);
        sorted.sort();
        assert_eq!(sorted, ["2026 ", "2026-01-01T00:00:00 ", "2026-01-01T00:00:00 49", "2026-01-01T00:00:00 5"]);
        assert_eq!(moments, ["2025-11-29T07:35:52Z", "2026-08-07T17:25:00Z", "2025-06-03", "soon"]);
    }
}
