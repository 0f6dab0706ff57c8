//! Identifiers: a prefix and eight characters of Crockford base32, random, so that branches and clones do not collide.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RepoPath;
use super::random::Random;

/// Crockford's base32 alphabet (<https://www.crockford.com/base32.html>), lower case: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 8;
documented! {
    "docs/formats.md": "{} random characters of Crockford's base 32", word(LENGTH);
}

/// The id of a record, such as `ISS-7k3m9x2p`, or one that another tool gave (`ISS-0042`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(description = "A record's id, such as ISS-7k3m9x2p")]
pub struct Id(String);

impl Id {
    /// A new random id (40 bits) with `prefix`, which is given without its dash.
    pub fn random(prefix: &str, random: &Random) -> Self {
        let mut bits = random.next_u64();
        let mut text = [b'0'; LENGTH];
        for slot in text.iter_mut().rev() {
            let index = usize::try_from(bits & 31).unwrap_or(0);
            *slot = ALPHABET.get(index).copied().unwrap_or(b'0');
            bits >>= 5;
        }
        Self(format!("{prefix}-{}", String::from_utf8_lossy(&text)))
    }

    /// Stands for a file whose record has no id of its own.
    pub fn of_file(path: &RepoPath) -> Self {
        Self(format!("page-{}", blake3::hash(path.as_bytes()).to_hex()))
    }

    /// An id as written by someone; `None` unless it is one word of letters, digits and `-_.`.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty()
            && text.len() <= 128
            && !text.starts_with(['.', '-'])
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        fits.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `query` is this id's beginning, with the prefix (`ISS-7k3`) or without it (`7k3`).
    pub fn starts_with(&self, query: &str) -> bool {
        let starts = |text: &str| text.get(..query.len()).is_some_and(|head| head.eq_ignore_ascii_case(query));
        !query.is_empty() && (starts(&self.0) || self.0.split_once('-').is_some_and(|(_, rest)| starts(rest)))
    }

    /// Whether this is an id as cmpm makes them, and not the next number of another tool.
    pub fn is_random(&self) -> bool {
        self.0.rsplit_once('-').is_some_and(|(_, rest)| rest.len() == LENGTH && rest.bytes().all(|b| ALPHABET.contains(&b)))
    }

    /// Whether `query` has the same prefix and the same number, whatever its zeros: `ISS-1` and `ISS-0001`. An id of cmpm's own
    /// is no number, even where it has only digits.
    pub fn has_number(&self, query: &str) -> bool {
        let parts = |text: &str| {
            let (prefix, number) = text.rsplit_once('-')?;
            let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| (prefix.to_ascii_uppercase(), number.trim_start_matches('0').to_owned()))
        };
        !self.is_random() && parts(query).is_some_and(|query| parts(&self.0) == Some(query))
    }

    /// Whether `query` is this id, whatever its case.
    pub fn is(&self, query: &str) -> bool {
        self.0.eq_ignore_ascii_case(query)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_seed_counts() {
        let random = Random::fixed(1);
        assert_eq!(Id::random("ISS", &random).as_str(), "ISS-00000001");
        assert_eq!(Id::random("ISS", &random).as_str(), "ISS-00000002");
    }

    #[test]
    fn a_prefix_resolves_with_and_without_the_kind() {
        let id = Id::parse("ISS-7k3m9x2p").unwrap();
        assert!(id.starts_with("ISS-7k3") && id.starts_with("7K3") && id.starts_with("iss-7"));
        assert!(!id.starts_with("k3") && !id.starts_with(""));
        assert!(!id.starts_with("é"));
    }

    #[test]
    fn numbers_count_without_their_zeros() {
        let id = Id::parse("ISS-0001").unwrap();
        assert!(id.has_number("ISS-1") && id.has_number("iss-001") && id.has_number("ISS-00001"));
        assert!(!id.has_number("EP-1") && !id.has_number("ISS-10") && !id.has_number("ISS-") && !id.has_number("1"));
        assert!(!Id::parse("ISS-1k").unwrap().has_number("ISS-1") && !Id::parse("ISS-00000001").unwrap().has_number("ISS-1"));
    }
}
