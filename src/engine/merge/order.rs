//! In which order named parts are in the result: keys, sections, records, the items of a list.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::three::Three;

/// The names of both sides, each once: as ours orders them unless only theirs has moved some; what the other side added
/// follows what it followed there, after what was added here at the same place.
pub(super) fn merged_order<K: Copy + Eq + Hash>(sides: &Three<Vec<K>>) -> Vec<K> {
    let ours_lead = is_same_order(&sides.base, &sides.theirs) || !is_same_order(&sides.base, &sides.ours);
    let (main, other) = if ours_lead { (&sides.ours, &sides.theirs) } else { (&sides.theirs, &sides.ours) };
    let (known, elsewhere): (HashSet<K>, HashSet<K>) = (main.iter().copied().collect(), other.iter().copied().collect());
    let mut added: HashMap<Option<K>, Vec<K>> = HashMap::new();
    let mut before = None;
    for name in other {
        if known.contains(name) {
            before = Some(*name);
        } else {
            added.entry(before).or_default().push(*name);
        }
    }
    let mut order = Vec::with_capacity(main.len());
    let mut waiting = added.remove(&None).unwrap_or_default();
    for name in main {
        // What only this side has stays with the name before it.
        if elsewhere.contains(name) {
            order.append(&mut waiting);
        }
        order.push(*name);
        waiting.extend(added.remove(&Some(*name)).unwrap_or_default());
    }
    order.append(&mut waiting);
    order
}

/// Whether each side has put what was there into another order of its own.
pub(super) fn moved_by_both<K: Copy + Eq + Hash>(sides: &Three<Vec<K>>) -> bool {
    let Three { base, ours, theirs } = sides;
    !is_same_order(base, ours) && !is_same_order(base, theirs) && !is_same_order(ours, theirs)
}

/// Whether the names that are in both are in the same order.
fn is_same_order<K: Copy + Eq + Hash>(one: &[K], other: &[K]) -> bool {
    let (ones, others): (HashSet<K>, HashSet<K>) = (one.iter().copied().collect(), other.iter().copied().collect());
    one.iter().filter(|name| others.contains(name)).eq(other.iter().filter(|name| ones.contains(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(base: &str, ours: &str, theirs: &str) -> String {
        merged_order(&Three { base, ours, theirs }.map(|side| side.chars().collect())).into_iter().collect()
    }

    #[test]
    fn additions_stand_where_they_stood() {
        assert_eq!(order("abc", "abxc", "aybc"), "aybxc");
        assert_eq!(order("ab", "abx", "aby"), "abxy");
        assert_eq!(order("ab", "xab", "yab"), "xyab");
        assert_eq!(order("", "xa", "ay"), "xay");
    }

    #[test]
    fn the_side_that_moved_names_decides() {
        assert_eq!(order("abc", "abc", "cab"), "cab");
        assert_eq!(order("abc", "cab", "abxc"), "cabx");
        assert_eq!(order("abc", "bac", "cab"), "bac");
    }
}
