//! Whether a memory still holds: not replaced by another one, and not past its day.

use std::collections::HashMap;

use crate::base::date::parse_moment;
use crate::base::{Id, Timestamp};
use crate::store::Stored;

use super::Memory;
use super::cycle::cycles;

/// What is known of all memories together.
#[derive(Debug)]
pub struct Standings {
    /// By id or alias in lower case.
    successors: HashMap<String, Vec<Id>>,
    /// By id, which cycle it is in.
    cycles: HashMap<Id, usize>,
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
    pub fn new<D>(records: &[Stored<Memory, D>], now: Timestamp) -> Self {
        let mut successors: HashMap<String, Vec<Id>> = HashMap::new();
        for memory in records.iter().map(|stored| &stored.record) {
            memory.supersedes.iter().for_each(|old| successors.entry(old.to_lowercase()).or_default().push(memory.id.clone()));
        }
        let id = |place: &usize| records.get(*place).map(|stored| stored.record.id.clone());
        let numbered = cycles(records).into_iter().enumerate();
        let cycles = numbered.flat_map(|(number, cycle)| cycle.iter().filter_map(id).map(|id| (id, number)).collect::<Vec<_>>()).collect();
        Self { successors, cycles, today: now.date() }
    }

    /// Whether `memory` still holds. What replaces it in a cycle does not count: it would hide all of them.
    pub fn of(&self, memory: &Memory) -> Standing {
        let names = std::iter::once(memory.id.as_str()).chain(memory.aliases.iter().map(String::as_str));
        let mut successors = names.filter_map(|name| self.successors.get(&name.to_lowercase())).flatten();
        let cycle = self.cycles.get(&memory.id);
        if let Some(successor) = successors.find(|by| **by != memory.id && (cycle.is_none() || self.cycles.get(*by) != cycle)) {
            return Standing::Superseded(successor.clone());
        }
        let until = memory.valid_until.as_deref().and_then(parse_moment).map(Timestamp::date);
        if until.is_some_and(|date| date < self.today) { Standing::Expired } else { Standing::Current }
    }
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

    #[test]
    fn a_cycle_hides_nobody_but_what_it_replaces() {
        let mut records: Vec<_> = ["MEM-1", "MEM-2", "MEM-3", "MEM-4"].iter().map(|id| memory(id, "a", "")).collect();
        records[0].record.supersedes = vec!["MEM-2".into()];
        records[1].record.supersedes = vec!["mem-1".into(), "MEM-3".into()];
        let standing = |records: &[_], index: usize| {
            let records: &[Stored<Memory>] = records;
            Standings::new(records, "2026-01-31T09:00:00Z".parse().unwrap()).of(&records[index].record)
        };
        assert_eq!((standing(&records, 0), standing(&records, 1)), (Standing::Current, Standing::Current));
        assert_eq!(standing(&records, 2), Standing::Superseded(records[1].record.id.clone()));
        records[3].record.supersedes = vec!["MEM-1".into()];
        assert_eq!(standing(&records, 0), Standing::Superseded(records[3].record.id.clone()));
    }
}
