//! Conditions over the keys of a record, as people type them: `category=error and not (tag=old or created<2026-01-01)`.
//!
//! `and` binds more than `or`. A key that holds several values fulfils a comparison if one of them does; `!=` is `not =`.
//! `owner=` asks for records that have nothing there. Letters in either case are the same; numbers are compared as numbers, and a time with a day as days.

mod parse;

use std::collections::BTreeSet;

use serde_json::Value;

/// A condition that a record fulfils or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// All of them.
    All(Vec<Condition>),
    /// One of them.
    Any(Vec<Condition>),
    /// The other way round.
    Not(Box<Condition>),
    /// The value of a key.
    Compare { key: String, comparison: Comparison, value: String },
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The same.
    Equal,
    /// Something else, or nothing.
    Different,
    /// Less, or earlier.
    Less,
    /// Less or the same.
    AtMost,
    /// More, or later.
    More,
    /// More or the same.
    AtLeast,
    /// The value is a part of it.
    Contains,
}

/// Why a condition cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the condition cannot be read at character {}: {wanted}", self.character())]
pub struct FilterError {
    pub text: String,
    /// The byte at which it goes wrong.
    pub at: usize,
    pub wanted: String,
    /// Where it is a word that is no key: which keys are most like it.
    pub unknown: Option<String>,
}

impl FilterError {
    /// The character at which it goes wrong, from 1.
    pub fn character(&self) -> usize {
        self.text.get(..self.at).map_or(0, |before| before.chars().count()) + 1
    }

    /// The condition with a mark at the place.
    pub fn marked(&self) -> String {
        let (before, behind) = self.text.split_at_checked(self.at).unwrap_or((&self.text, ""));
        format!("{before} → {behind}")
    }
}

impl crate::base::Explain for FilterError {
    fn explain(&self) -> crate::base::Explained {
        let example = || "for example `category=error and not (tag=old or created<2026-01-01)`; `~` means contains".to_owned();
        crate::base::Explained::wrong("bad_condition").hint(self.marked()).hint(self.unknown.clone().unwrap_or_else(example))
    }
}

impl Condition {
    /// Reads a condition over some keys.
    pub fn parse(text: &str, keys: &[&str]) -> Result<Self, FilterError> {
        parse::parse(text, keys)
    }

    /// Reads a condition over some keys; `more` finds others, and is asked only about a word that is not one of the first.
    pub fn parse_over(text: &str, mut keys: Vec<String>, more: impl FnOnce() -> BTreeSet<String>) -> Result<Self, FilterError> {
        let parse = |keys: &[String]| parse::parse(text, &keys.iter().map(String::as_str).collect::<Vec<_>>());
        match parse(&keys) {
            Err(FilterError { unknown: Some(_), .. }) => {}
            outcome => return outcome,
        }
        keys.extend(more());
        let mut seen = BTreeSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        parse(&keys)
    }

    /// Its comparisons, each with key and value.
    pub fn comparisons(&self) -> Vec<(&str, Comparison, &str)> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::comparisons).collect(),
            Self::Not(part) => part.comparisons(),
            Self::Compare { key, comparison, value } => vec![(key, *comparison, value)],
        }
    }

    /// The same with other conditions in the place of its comparisons.
    pub fn map(self, other: &dyn Fn(String, Comparison, String) -> Self) -> Self {
        let all = |parts: Vec<Self>| parts.into_iter().map(|part| part.map(other)).collect();
        match self {
            Self::All(parts) => Self::All(all(parts)),
            Self::Any(parts) => Self::Any(all(parts)),
            Self::Not(part) => Self::Not(Box::new(part.map(other))),
            Self::Compare { key, comparison, value } => other(key, comparison, value),
        }
    }

    /// Whether a record fulfils it; `values` says what the record has under a key.
    pub fn holds(&self, values: &dyn Fn(&str) -> Vec<String>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(values)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(values)),
            Self::Not(part) => !part.holds(values),
            Self::Compare { key, comparison: Comparison::Different, value } => {
                !Self::Compare { key: key.clone(), comparison: Comparison::Equal, value: value.clone() }.holds(values)
            }
            Self::Compare { key, comparison: Comparison::Equal, value } if value.is_empty() => {
                values(key).iter().all(|found| found.trim().is_empty())
            }
            Self::Compare { key, comparison, value } => values(key).iter().any(|found| comparison.holds(found, value)),
        }
    }
}

impl Comparison {
    fn holds(self, found: &str, value: &str) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let (found, value) = (found.to_lowercase(), value.to_lowercase());
        if self == Self::Contains {
            return found.contains(&value);
        }
        let found = if is_date_part(&found, &value) { found.get(..value.len()).unwrap_or(&found) } else { &found };
        let order = match (found.parse::<f64>(), value.parse::<f64>()) {
            (Ok(left), Ok(right)) => left.total_cmp(&right),
            _ => found.cmp(&value),
        };
        match self {
            Self::Equal | Self::Contains => order == Equal,
            Self::Different => order != Equal,
            Self::Less => order == Less,
            Self::AtMost => order != Greater,
            Self::More => order == Greater,
            Self::AtLeast => order != Less,
        }
    }
}

/// What a record has under a key such as `tags` or `source.run`, as texts.
pub fn values(record: &Value, key: &str) -> Vec<String> {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    let found = record.get(first).unwrap_or(&Value::Null);
    let items = found.as_array().map_or(std::slice::from_ref(found), Vec::as_slice);
    let text = |item: &Value| match rest.map_or(Some(item), |rest| item.get(rest))? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

/// Whether a value is a day, a month or a year, and what was found says more of a date: only as much of it is compared.
fn is_date_part(found: &str, value: &str) -> bool {
    let fits = |(index, byte): (usize, u8)| if matches!(index, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    let goes_on = || found.get(value.len()..).is_some_and(|rest| rest.starts_with(['-', 't', ' ']));
    matches!(value.len(), 4 | 7 | 10) && value.bytes().enumerate().all(fits) && goes_on()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::Failure;

    const KEYS: [&str; 5] = ["category", "tags", "confidence", "created", "source.run"];

    fn values(key: &str) -> Vec<String> {
        let values: &[&str] = match key {
            "category" => &["error"],
            "tags" => &["Docs", "old links"],
            "confidence" => &["0.8"],
            "created" => &["2026-01-31T09:00:00Z"],
            _ => &[],
        };
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    fn holds(text: &str) -> bool {
        Condition::parse(text, &KEYS).unwrap().holds(&values)
    }

    #[test]
    fn conditions_are_what_they_say() {
        for text in [
            "category=error",
            "category = ERROR and tags=docs",
            "tags=\"old links\"",
            "tags='old links' and tags~LINK",
            "not category=team",
            "category!=team and category!=project",
            "category=team or category=error and tags=docs",
            "(category=team or category=error) and not (tags=x or tags=y)",
            "confidence>0.75 and confidence<=0.80 and confidence>=.8",
            "created>2026-01-30 and created<2026-02-01 and created=2026-01-31",
            "created>2026-01-31T08:00:00Z",
            "created=2026-01 and created=2026 and created>2025-12 and created<=2026-01",
            "source.run!=RUN-1",
            "NOT tag=old AND Category=error",
            "source.run=",
            "(source.run='' and tags!=\"\")",
        ] {
            assert!(holds(text), "{text}");
            assert!(!holds(&format!("not ({text})")), "{text}");
        }
        for text in [
            "created>2026-01",
            "created<2026",
            "created>2026-01-31",
            "confidence<0.8",
            "source.run=RUN-1",
            "tags~x",
            "category=team or tags=x",
        ] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn the_place_of_a_mistake_is_named() {
        let wrong = |text: &str| Condition::parse(text, &KEYS).map_err(|error| (error.character(), error.wanted)).unwrap_err();
        assert_eq!(wrong("category=error nd tags=x"), (16, "`and`, `or` or the end".into()));
        assert_eq!(wrong("→=1"), (1, "a key".into()));
        assert_eq!(wrong("tags=a and catgory=error"), (12, "`catgory` is not a key here; did you mean `category`?".into()));
        assert_eq!(wrong("run=1").1, "`run` is not a key here; did you mean `source.run`?");
        assert_eq!(wrong("été=1"), (1, "`été` is not a key here".into()));
        let unknown = Failure::from(Condition::parse("été=1", &KEYS).unwrap_err());
        assert_eq!(unknown.hints()[1], "the nearest keys are tags, created, category, confidence, source.run");
        assert_eq!(wrong("category"), (9, "one of = != < <= > >= ~".into()));
        assert_eq!(wrong("category<"), (10, "a value".into()));
        assert_eq!(wrong("(category=error"), (16, "`)`".into()));
        assert_eq!(wrong("category=\"error"), (10, "a closing quote".into()));
        assert_eq!(wrong("category=error and"), (19, "a key".into()));
        assert_eq!(wrong(""), (1, "a key".into()));
        assert_eq!(Condition::parse("tags=x y", &KEYS).unwrap_err().marked(), "tags=x  → y");
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "(\\PC|category|=|and |or |not |\\(|\\)|\"){0,30}") {
            if let Err(error) = Condition::parse(&text, &KEYS) {
                prop_assert!(error.at <= text.len());
            }
        }
    }

    #[test]
    fn depth_has_an_end() {
        assert!(Condition::parse(&"(".repeat(100_000), &KEYS).is_err());
        assert!(Condition::parse(&"not ".repeat(100_000), &KEYS).is_err());
    }
}
