//! How much of each id must be typed: the shortest beginning that only one of all has.

use super::Id;

/// So many characters are compared: as many as cmpm's own ids have.
const COMPARED: usize = 8;

/// The beginnings of all ids, with the word before their dash and without it, in order.
#[derive(Debug, Clone, Default)]
pub struct ShortIds(Vec<u64>);

impl ShortIds {
    /// The beginnings of `ids`.
    pub fn of<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut keys = Vec::new();
        for id in ids {
            keys.push(key(id));
            keys.extend(id.split_once('-').map(|(_, rest)| key(rest)));
        }
        keys.sort_unstable();
        Self(keys)
    }

    /// How many characters behind the first dash of an id are enough; `usize::MAX` where only the whole id is.
    pub fn length(&self, id: &Id) -> usize {
        let rest = id.as_str().split_once('-').map_or(id.as_str(), |(_, rest)| rest);
        let (own, place) = (key(rest), self.0.partition_point(|known| *known < key(rest)));
        let neighbours = [place.checked_sub(1), place.checked_add(1)];
        let shared = |neighbour: &u64| ((neighbour ^ own).leading_zeros() / 8) as usize;
        let shared = neighbours.into_iter().flatten().filter_map(|place| self.0.get(place)).map(shared).max().unwrap_or(0);
        if shared < rest.len().min(COMPARED) { shared + 1 } else { usize::MAX }
    }
}

/// The first characters, in lower case, so that keys are ordered as texts are.
fn key(text: &str) -> u64 {
    let mut bytes = [0; COMPARED];
    for (slot, byte) in bytes.iter_mut().zip(text.bytes()) {
        *slot = byte.to_ascii_lowercase();
    }
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_as_no_other_id_begins_with() {
        let ids: Vec<Id> =
            ["ISS-7k3m9x2p", "ISS-7kzzzzzz", "TSK-abcdefgh", "EP-1", "EP-10", "TSK-10", "page"].map(|id| Id::parse(id).unwrap()).into();
        let short = ShortIds::of(ids.iter().map(Id::as_str));
        let lengths: Vec<usize> = ids.iter().map(|id| short.length(id)).collect();
        assert_eq!(lengths, [3, 3, 1, usize::MAX, usize::MAX, usize::MAX, 1]);
        // What is enough names one, and one character less does not.
        for (id, length) in ids.iter().zip(lengths).filter(|(_, length)| *length < COMPARED) {
            let rest = id.as_str().split_once('-').map_or(id.as_str(), |(_, rest)| rest);
            let named = |query: &str| ids.iter().filter(|id| id.starts_with(query)).count();
            assert_eq!(named(rest.get(..length).unwrap()), 1, "{id}");
            assert!(length == 1 || named(rest.get(..length - 1).unwrap()) > 1, "{id}");
        }
    }
}
