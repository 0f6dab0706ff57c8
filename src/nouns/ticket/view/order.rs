//! The order in which tickets are listed, by the keys one names.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;

use crate::base::date::parse_moment;
use crate::base::{Explain, Explained, Timestamp, text};
use crate::store::Listed;
use crate::words::Property;

use super::super::model::Ticket;
use super::super::model::due::end_of;
use super::super::model::properties::{known_keys, values};
use super::super::model::readiness::{rank, urgency};

/// A key that no ticket has.
#[derive(Debug, thiserror::Error)]
#[error("tickets cannot be sorted by `{key}`")]
pub struct OrderError {
    key: String,
    known: Vec<String>,
}

impl Explain for OrderError {
    fn explain(&self) -> Explained {
        Explained::wrong("bad_value").hint(format!("by one of {}; `-` before it reverses the order", self.known.join(", ")))
    }
}

/// An order of tickets, by one key after the other.
#[derive(Debug)]
pub struct Order {
    keys: Vec<(String, bool)>,
    now: Timestamp,
}

impl Order {
    /// Reads `priority,-due`.
    pub fn parse(words: &[String], tickets: &[Listed<Ticket>], now: Timestamp) -> Result<Self, OrderError> {
        let known = if words.is_empty() { BTreeSet::new() } else { known_keys(tickets) };
        let read = |word: &String| {
            let (key, backwards) = word.trim().strip_prefix('-').map_or((word.trim(), false), |key| (key, true));
            let found = known.iter().find(|known| known.eq_ignore_ascii_case(key)).cloned();
            let found = found.ok_or_else(|| OrderError { key: text::one_line(key), known: own_names(&known) })?;
            Ok((found, backwards))
        };
        Ok(Self { keys: words.iter().map(read).collect::<Result<_, OrderError>>()?, now })
    }

    /// Sorts; what has nothing under a key comes last, and what is equal stays in the usual order.
    pub fn sort(&self, tickets: &mut [&Listed<Ticket>]) {
        sort(tickets);
        if self.keys.is_empty() {
            return;
        }
        tickets.sort_by_cached_key(|stored| {
            let places = self.keys.iter().map(|(key, backwards)| Place::of(stored, key, (*backwards, self.now)));
            places.collect::<Vec<_>>()
        });
    }
}

/// The usual order: what is open as `ready` has it, then what is finished from the newest on.
pub fn sort(tickets: &mut [&Listed<Ticket>]) {
    let (mut open, mut closed): (Vec<&Listed<Ticket>>, Vec<_>) = tickets.iter().partition(|stored| !stored.record.category.is_closed());
    open.sort_by_cached_key(|stored| rank(&stored.record, 0));
    let created = |stored: &&Listed<Ticket>| stored.record.created.as_deref().and_then(parse_moment);
    closed.sort_by_cached_key(|stored| Reverse((created(stored), stored.record.id.clone())));
    for (place, stored) in tickets.iter_mut().zip(open.into_iter().chain(closed)) {
        *place = stored;
    }
}

/// Each key by cmpm's own name for it.
fn own_names(known: &BTreeSet<String>) -> Vec<String> {
    known.iter().filter(|key| Property::of_key(key).is_none_or(|property| property.name() == **key)).cloned().collect()
}

/// Where a ticket is in the order of one key.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Forwards(Rank),
    Backwards(Reverse<Rank>),
    Nowhere,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Number(i64),
    Text(String),
}

impl Place {
    fn of(stored: &Listed<Ticket>, key: &str, (backwards, now): (bool, Timestamp)) -> Self {
        let found = values((&stored.record, &stored.path), key, now);
        let Some(first) = found.first() else { return Self::Nowhere };
        let rank = match key {
            "priority" => Rank::Number(i64::from(urgency(&stored.record))),
            "status" | "category" => Rank::Text(format!("{}{first}", stored.record.category as u8)),
            key if Property::of_key(key) == Some(Property::Due) => {
                end_of(first).map_or(Rank::Text(first.clone()), |end| Rank::Number(end.seconds()))
            }
            _ => number(first).map_or_else(|| Rank::Text(first.to_lowercase()), Rank::Number),
        };
        if backwards { Self::Backwards(Reverse(rank)) } else { Self::Forwards(rank) }
    }
}

/// A number in thousandths, so that it can be ordered.
fn number(text: &str) -> Option<i64> {
    let number = text.parse::<f64>().ok().filter(|number| number.abs().total_cmp(&1e15) == Ordering::Less)?;
    #[expect(clippy::cast_possible_truncation, reason = "it is less than 1e18")]
    let thousandths = (number * 1000.0).round() as i64;
    Some(thousandths)
}
