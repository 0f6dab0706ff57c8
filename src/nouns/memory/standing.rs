//! Whether a memory still holds: not replaced by another one, and not past its day.

use std::collections::HashMap;

use crate::base::{Id, Timestamp};
use crate::store::Stored;

use super::model::Memory;

/// What is known of all memories together.
#[derive(Debug)]
pub struct Standings {
    /// By id or alias in lower case.
    successors: HashMap<String, Id>,
    today: String,
}

/// Whether a memory still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Current,
    /// Another one has replaced it.
    Superseded(Id),
    /// Its day is over.
    Expired,
}

impl Standings {
    /// Looks at all memories once.
    #[must_use]
    pub fn new<D>(records: &[Stored<Memory, D>], now: Timestamp) -> Self {
        let named = |memory: &Memory| memory.supersedes.iter().map(|old| (old.to_lowercase(), memory.id.clone())).collect::<Vec<_>>();
        Self { successors: records.iter().flat_map(|stored| named(&stored.record)).collect(), today: now.date() }
    }

    /// Whether `memory` still holds.
    #[must_use]
    pub fn of(&self, memory: &Memory) -> Standing {
        let names = std::iter::once(memory.id.as_str()).chain(memory.aliases.iter().map(String::as_str));
        let mut successors = names.filter_map(|name| self.successors.get(&name.to_lowercase()));
        if let Some(successor) = successors.find(|successor| **successor != memory.id) {
            return Standing::Superseded(successor.clone());
        }
        let until = memory.valid_until.as_ref().and_then(|text| text.get(..self.today.len())).filter(|date| is_date(date));
        if until.is_some_and(|date| date < self.today.as_str()) { Standing::Expired } else { Standing::Current }
    }
}

/// `2026-01-31`; such texts sort by time.
fn is_date(text: &str) -> bool {
    let marks = |(index, byte): (usize, u8)| if matches!(index, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(marks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nouns::memory::testing::memory;

    #[test]
    fn what_is_replaced_or_over_no_longer_holds() {
        let mut records = vec![memory("MEM-1", "a", ""), memory("MEM-2", "b", ""), memory("MEM-3", "c", "")];
        records[0].record.aliases = vec!["OLD-1".into()];
        records[1].record.supersedes = vec!["old-1".into(), "MEM-2".into()];
        records[2].record.valid_until = Some("2026-01-31T10:00:00Z".into());
        let standing = |day: &str, index: usize| Standings::new(&records, day.parse().unwrap()).of(&records[index].record);
        assert_eq!(standing("2026-01-31T09:00:00Z", 0), Standing::Superseded(records[1].record.id.clone()));
        assert_eq!(standing("2026-01-31T09:00:00Z", 1), Standing::Current);
        assert_eq!(standing("2026-01-31T09:00:00Z", 2), Standing::Current);
        assert_eq!(standing("2026-02-01T00:00:00Z", 2), Standing::Expired);
    }
}
