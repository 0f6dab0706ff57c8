//! Tests of the graph.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

fn node<'a>(id: &'a str, parent: Option<&'a str>, depends_on: &[&'a str]) -> Node<'a> {
    Node { id, parent, depends_on: depends_on.to_vec(), ..Node::default() }
}

fn done(node: Node<'_>) -> Node<'_> {
    Node { finished: true, ..node }
}

#[test]
fn blockers_are_inherited_while_they_are_unfinished() {
    let graph = Graph::new(vec![
        node("epic", None, &["design", "done"]),
        node("issue", Some("epic"), &[]),
        node("task", Some("issue"), &["other"]),
        Node { blocks: vec!["task"], ..node("other", None, &[]) },
        node("design", None, &[]),
        done(node("done", None, &[])),
    ]);
    let (own, inherited) = (Blocker { id: "other", through: None }, Blocker { id: "design", through: Some("epic") });
    assert_eq!(graph.blockers("task"), [own, inherited]);
    assert_eq!(graph.blockers("nobody"), []);
    assert_eq!(graph.children("epic"), ["issue"]);
}

#[test]
fn a_whole_may_wait_for_its_parts_but_no_part_for_its_whole() {
    let fine = Graph::new(vec![node("epic", None, &["a"]), node("a", Some("epic"), &[]), node("b", Some("epic"), &["a"])]);
    assert_eq!(fine.cycles(), [] as [Vec<&str>; 0]);
    let stuck = Graph::new(vec![node("epic", None, &[]), node("a", Some("epic"), &["epic"])]);
    assert_eq!(stuck.cycles(), [["epic", "a"]]);
    let around = Graph::new(vec![node("epic", None, &["x"]), node("a", Some("epic"), &[]), node("x", None, &["a"])]);
    assert_eq!(around.cycles(), [["epic", "x", "a"]]);
}

#[test]
fn every_cycle_is_told_once() {
    let graph = Graph::new(vec![
        node("a", None, &["b"]),
        node("b", None, &["c"]),
        node("c", None, &["a"]),
        node("self", None, &["self"]),
        node("p", Some("q"), &[]),
        node("q", Some("p"), &[]),
        node("below", Some("q"), &["a"]),
        node("own", Some("own"), &[]),
    ]);
    assert_eq!(graph.cycles(), [vec!["a", "b", "c"], vec!["self"], vec!["p", "q"], vec!["own"]]);
    assert_eq!(graph.blockers("below"), [Blocker { id: "a", through: None }]);
}

#[test]
fn unknown_ids_count_for_nothing() {
    let graph = Graph::new(vec![Node { blocks: vec!["x"], ..node("a", Some("y"), &["z"]) }]);
    assert_eq!(graph.blockers("a"), []);
}

#[test]
fn a_deep_tree_does_not_overflow() {
    let ids: Vec<String> = (0..50_000).map(|number| number.to_string()).collect();
    let nodes = ids.iter().enumerate().map(|(number, id)| node(id, number.checked_sub(1).map(|above| ids[above].as_str()), &[]));
    let graph = Graph::new(nodes.collect());
    assert!(graph.cycles().is_empty() && graph.blockers("49999").is_empty());
}

#[test]
fn all_that_hangs_on_a_node_is_counted() {
    let graph = Graph::new(vec![
        node("epic", None, &["first"]),
        node("part", Some("epic"), &[]),
        node("last", None, &["epic"]),
        node("first", None, &[]),
        done(node("over", None, &["first"])),
        node("after", None, &["over"]),
        node("alone", None, &[]),
    ]);
    assert_eq!(graph.waiting_for(&["first", "part", "alone", "nobody", "last"]), [3, 1, 0, 0, 0]);
    let sums = graph.sums(&|_| 1_u32);
    assert_eq!(sums.into_iter().collect::<Vec<_>>(), [("epic", 1)]);
}

#[test]
fn a_cycle_is_found_through_any_of_its_nodes() {
    let graph = Graph::new(vec![node("a", None, &["b"]), node("b", None, &["c", "a"]), node("c", None, &["a"]), node("d", Some("d"), &[])]);
    assert_eq!(graph.cycle_through("c"), Some(vec!["c", "a", "b"]));
    assert_eq!(graph.cycle_through("a"), Some(vec!["a", "b"]));
    assert_eq!(graph.cycle_through("d"), Some(vec!["d"]));
    assert_eq!(graph.cycle_through("nobody"), None);
    assert_eq!(graph.waiting_for(&["a"]), [2]);
}

#[test]
fn a_long_chain_is_counted_quickly() {
    let ids: Vec<String> = (0..20_000).map(|number| number.to_string()).collect();
    let before = |number: usize| number.checked_sub(1).map(|before| ids[before].as_str());
    let nodes = (0..ids.len()).map(|number| node(&ids[number], None, before(number).as_slice()));
    let graph = Graph::new(nodes.collect());
    assert_eq!(graph.waiting_for(&["0", "19999", "19000"]), [19_999, 0, 999]);
}

const IDS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn small() -> impl Strategy<Value = Vec<Node<'static>>> {
    let id = || prop::sample::select(IDS.to_vec());
    let edges = || prop::collection::vec(id(), 0..2);
    let one = (prop::option::of(id()), edges(), edges(), prop::bool::weighted(0.3));
    prop::collection::vec(one, IDS.len()).prop_map(|nodes| {
        let ids = IDS.into_iter().zip(nodes);
        ids.map(|(id, (parent, blocks, depends_on, finished))| Node { id, parent, blocks, depends_on, finished }).collect()
    })
}

/// An id, and whether it finishes (or starts).
type Event = (&'static str, bool);

/// The same rules said naively: sets and repetition instead of numbers and walks.
struct Naive<'a>(&'a [Node<'static>]);

impl Naive<'_> {
    fn node(&self, id: &str) -> &Node<'static> {
        self.0.iter().find(|node| node.id == id).unwrap()
    }
    /// From the nearest on; empty where parents form a cycle.
    fn ancestors(&self, id: &str) -> Vec<&'static str> {
        let mut above = Vec::new();
        let mut next = self.node(id).parent;
        while let Some(parent) = next {
            if above.len() > IDS.len() {
                return Vec::new();
            }
            above.push(parent);
            next = self.node(parent).parent;
        }
        above
    }
    fn waits_for(&self, id: &str) -> Vec<&'static str> {
        let says = |other: &&str| self.node(id).depends_on.contains(other) || self.node(other).blocks.contains(&id);
        IDS.into_iter().filter(says).collect()
    }
    fn blockers(&self, id: &str) -> HashSet<&'static str> {
        let holders = std::iter::once(id).chain(self.ancestors(id));
        let pairs = holders.flat_map(|holder| self.waits_for(holder).into_iter().map(move |blocker| (holder, blocker)));
        let counts = pairs.filter(|(holder, blocker)| *holder == id || !self.ancestors(blocker).contains(holder));
        counts.map(|(_, blocker)| blocker).filter(|blocker| !self.node(blocker).finished).collect()
    }
    /// Whether it counts that `id` waits for `blocker`: not if that is a part of it.
    fn span(&self, id: &str, blocker: &str) -> bool {
        !self.ancestors(blocker).contains(&id)
    }
    /// Pairs of events of which the second must come before the first, closed under transitivity.
    fn before(&self) -> HashSet<(Event, Event)> {
        let mut pairs = HashSet::new();
        for id in IDS {
            pairs.insert(((id, true), (id, false)));
            if let Some(parent) = self.node(id).parent {
                pairs.extend([((id, false), (parent, false)), ((parent, true), (id, true))]);
            }
            let outside = self.waits_for(id).into_iter().filter(|blocker| !self.ancestors(blocker).contains(&id));
            pairs.extend(outside.map(|blocker| ((id, false), (blocker, true))));
        }
        loop {
            let more: Vec<_> =
                pairs.iter().flat_map(|(a, b)| pairs.iter().filter(move |(c, _)| b == c).map(move |(_, d)| (*a, *d))).collect();
            let before = pairs.len();
            pairs.extend(more);
            if pairs.len() == before {
                return pairs;
            }
        }
    }
}

proptest! {
    #[test]
    fn blockers_agree_with_the_naive_way(nodes in small()) {
        let naive = Naive(&nodes);
        let graph = Graph::new(nodes.clone());
        for id in IDS {
            let blockers: Vec<_> = graph.blockers(id).iter().map(|blocker| blocker.id).collect();
            prop_assert_eq!(blockers.iter().copied().collect::<HashSet<_>>(), naive.blockers(id));
            prop_assert_eq!(blockers.len(), naive.blockers(id).len());
        }
    }

    #[test]
    fn who_waits_agrees_with_the_naive_way(nodes in small()) {
        let naive = Naive(&nodes);
        let graph = Graph::new(nodes.clone());
        let finished = |id: &str| naive.node(id).finished;
        for id in IDS.into_iter().filter(|id| !finished(id)) {
            // Whoever must begin after the end of this or of something unfinished that ends after it.
            let mut ended = HashSet::from([id]);
            let mut waiting = HashSet::new();
            loop {
                let size = (ended.len(), waiting.len());
                for other in IDS {
                    let outside = naive.waits_for(other).into_iter().filter(|blocker| naive.span(other, blocker));
                    let held = outside.into_iter().any(|blocker| ended.contains(blocker) && !finished(blocker));
                    let above = naive.node(other).parent.is_some_and(|parent| waiting.contains(parent));
                    if held || above {
                        waiting.insert(other);
                        ended.insert(other);
                    }
                    if IDS.iter().any(|part| ended.contains(part) && !finished(part) && naive.node(part).parent == Some(other)) {
                        ended.insert(other);
                    }
                }
                if size == (ended.len(), waiting.len()) {
                    break;
                }
            }
            waiting.remove(id);
            let count = waiting.iter().filter(|other| !finished(other)).count();
            prop_assert_eq!(graph.waiting_for(&[id]), [count], "{}", id);
        }
    }

    #[test]
    fn a_cycle_goes_through_those_that_are_in_one(nodes in small()) {
        let before = Naive(&nodes).before();
        let graph = Graph::new(nodes);
        for id in IDS {
            let circular = [false, true].iter().any(|finishes| before.iter().any(|(a, b)| a == b && *a == (id, *finishes)));
            let found = graph.cycle_through(id);
            prop_assert_eq!(found.is_some(), circular);
            prop_assert!(found.is_none_or(|cycle| cycle[0] == id));
        }
    }

    #[test]
    fn cycles_agree_with_the_naive_way(nodes in small()) {
        let before = Naive(&nodes).before();
        let graph = Graph::new(nodes);
        let circular = |id: &str| [false, true].iter().any(|finishes| before.iter().any(|(a, b)| a == b && *a == (id, *finishes)));
        let cycles = graph.cycles();
        prop_assert_eq!(cycles.is_empty(), !IDS.into_iter().any(circular));
        for cycle in &cycles {
            prop_assert!(!cycle.is_empty() && cycle.iter().all(|id| circular(id)), "{:?}", cycle);
        }
        // Every circular node waits in the cycle of some reported one.
        for id in IDS.into_iter().filter(|id| circular(id)) {
            let linked = |a: &str, b: &str| before.iter().any(|(from, to)| from.0 == a && to.0 == b);
            prop_assert!(cycles.iter().flatten().any(|other| *other == id || linked(id, other) && linked(other, id)));
        }
    }
}
