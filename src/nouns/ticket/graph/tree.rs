//! The graph as text: trees of lines that fit the screen.

use std::collections::{HashMap, HashSet};

use crate::config::Category;

use super::super::model::cycle::way;
use super::super::view::row::tone;
use crate::report::prelude::*;
use crate::words::{Holds, Order, Property};

use super::{TicketGraph, TicketNode};

/// Deeper levels are not indented any more: their depth is written instead.
const DEEPEST: usize = 12;
/// So many of those that a ticket waits for are named in its line.
const NAMED: usize = 3;

/// Who is next to whom, by number of node.
type Neighbours = HashMap<usize, Vec<usize>>;

struct Drawing<'a> {
    graph: &'a TicketGraph,
    screen: &'a Screen,
    waits_for: Neighbours,
    out: String,
}

/// The whole graph, or what hangs together with its focus.
pub(super) fn render(graph: &TicketGraph, screen: &Screen) -> String {
    if graph.nodes.is_empty() {
        return format!("No open tickets.\n{}", hidden(graph, screen));
    }
    let numbers: HashMap<&str, usize> = graph.nodes.iter().enumerate().map(|(number, node)| (node.id.as_str(), number)).collect();
    let neighbours = |relation: Property, turned: bool| {
        let mut found = Neighbours::new();
        for edge in graph.edges.iter().filter(|edge| edge.relation == relation) {
            let (Some(from), Some(to)) = (numbers.get(edge.from.as_str()), numbers.get(edge.to.as_str())) else { continue };
            let (from, to) = if turned { (to, from) } else { (from, to) };
            found.entry(*from).or_default().push(*to);
        }
        found.values_mut().for_each(|list| list.sort_by_key(|number| graph.nodes.get(*number).map(rank)));
        found
    };
    let (parts, wholes) = (neighbours(Property::Parent, true), neighbours(Property::Parent, false));
    let mut drawing = Drawing { graph, screen, waits_for: neighbours(Property::DependsOn, false), out: String::new() };
    match graph.focus.as_ref().and_then(|id| numbers.get(id.as_str()).copied()) {
        Some(focus) => drawing.focus(focus, (&parts, &wholes), &neighbours(Property::DependsOn, true)),
        None => {
            let mut roots: Vec<usize> = (0..graph.nodes.len()).filter(|number| !wholes.contains_key(number)).collect();
            roots.sort_by_key(|number| graph.nodes.get(*number).map(rank));
            drawing.forest(&roots, &parts);
        }
    }
    for cycle in &graph.cycles {
        let steps: Vec<&str> = cycle.iter().map(String::as_str).collect();
        let _ = writeln!(drawing.out, "{}", screen.paint(Tone::Bad, &format!("cycle: {}", way(&steps))));
    }
    let _ = writeln!(drawing.out, "\n{}", screen.paint(Tone::Quiet, "○ todo  ⊘ waits  ◐ active  ● done  ✕ cancelled  ← waits for"));
    drawing.out + &hidden(graph, screen)
}

fn hidden(graph: &TicketGraph, screen: &Screen) -> String {
    if graph.hidden == 0 || graph.focus.is_some() {
        return String::new();
    }
    let line = format!("{} not shown; `--all` also shows finished ones", text::plural(graph.hidden, "ticket"));
    screen.paint(Tone::Quiet, &line) + "\n"
}

/// What is open first, then the more urgent.
fn rank(node: &TicketNode) -> (bool, u8, String) {
    (node.category.is_closed(), node.urgency, node.id.to_string())
}

impl Drawing<'_> {
    fn focus(&mut self, focus: usize, (parts, wholes): (&Neighbours, &Neighbours), wanted_by: &Neighbours) {
        let mut above = Vec::new();
        let mut next = wholes.get(&focus).and_then(|list| list.first()).copied();
        while let Some(whole) = next.filter(|whole| *whole != focus && !above.contains(whole) && above.len() < DEEPEST) {
            above.push(whole);
            next = wholes.get(&whole).and_then(|list| list.first()).copied();
        }
        if !above.is_empty() {
            let names: Vec<&str> =
                above.iter().rev().filter_map(|number| self.graph.nodes.get(*number)).map(|node| node.id.as_str()).collect();
            let _ = writeln!(self.out, "{} {}", self.screen.paint(Tone::Quiet, "part of"), names.join(" › "));
        }
        self.forest(&[focus], parts);
        let waits_for = self.waits_for.clone();
        for (title, neighbours) in [("Waits for", &waits_for), ("Wanted by", wanted_by)] {
            if let Some(first) = neighbours.get(&focus) {
                let _ = writeln!(self.out, "\n{}", self.screen.paint(Tone::Title, title));
                self.grow(&mut HashSet::from([focus]), first, neighbours);
            }
        }
        self.others(focus);
    }

    fn others(&mut self, focus: usize) {
        let Some(id) = self.graph.nodes.get(focus).map(|node| node.id.as_str()) else { return };
        for relation in Property::links() {
            let Holds::Tickets { verb: ahead, back, order: Order::Free, .. } = relation.row().holds else { continue };
            for edge in self.graph.edges.iter().filter(|edge| edge.relation == relation) {
                let (word, other) = if edge.from == id { (ahead, &edge.to) } else { (back, &edge.from) };
                if edge.from == id || edge.to == id {
                    let _ = writeln!(self.out, "{} {}", self.screen.paint(Tone::Quiet, word), self.screen.paint(Tone::Key, other));
                }
            }
        }
    }

    /// Trees from `roots`, then from what none of them reaches: that is in a cycle.
    fn forest(&mut self, roots: &[usize], children: &Neighbours) {
        let mut seen = HashSet::new();
        self.grow(&mut seen, roots, children);
        if self.graph.focus.is_none() {
            for number in 0..self.graph.nodes.len() {
                if !seen.contains(&number) {
                    self.grow(&mut seen, &[number], children);
                }
            }
        }
    }

    /// Trees from `roots`; what was seen already is not drawn again with all that is below it.
    fn grow(&mut self, seen: &mut HashSet<usize>, roots: &[usize], children: &Neighbours) {
        let mut stack: Vec<(usize, Vec<bool>, usize)> = roots.iter().rev().map(|root| (*root, Vec::new(), 0)).collect();
        while let Some((number, rails, depth)) = stack.pop() {
            let again = !seen.insert(number);
            self.line(number, &rails, (depth, again));
            let below = children.get(&number).filter(|_| !again).map_or(&[][..], Vec::as_slice);
            for (place, child) in below.iter().enumerate().rev() {
                let mut rails = rails.clone();
                if depth < DEEPEST {
                    rails.push(place + 1 == below.len());
                }
                stack.push((*child, rails, depth + 1));
            }
        }
    }

    /// One line: rails, a sign, the id, how far it is, the title, what it waits for.
    fn line(&mut self, number: usize, rails: &[bool], (depth, again): (usize, bool)) {
        let Some(node) = self.graph.nodes.get(number) else { return };
        let mut head = String::new();
        for (level, last) in rails.iter().enumerate() {
            head.push_str(match (level + 1 == rails.len(), last) {
                (true, true) => "└─ ",
                (true, false) => "├─ ",
                (false, true) => "   ",
                (false, false) => "│  ",
            });
        }
        if depth > DEEPEST {
            let _ = write!(head, "({depth}) ");
        }
        let (sign, look) = sign(node);
        let done = node.progress.map(|progress| format!("  {progress}")).unwrap_or_default();
        let tail = if again { "  (see above)".to_owned() } else { self.waits(number) };
        let fixed = text::width(&head) + 2 + text::width(node.id.as_str()) + text::width(&done) + 2 + text::width(&tail);
        let title = text::one_line(&node.title);
        let title = if self.screen.width > 0 { text::fit(&title, self.screen.width.saturating_sub(fixed).max(8)) } else { title };
        let paint = |tone: Option<Tone>, text: &str| tone.map_or_else(|| text.to_owned(), |tone| self.screen.paint(tone, text));
        let line = format!(
            "{}{} {}{}  {}{}",
            paint(Some(Tone::Quiet), &head),
            paint(look, sign),
            paint(Some(Tone::Key), node.id.as_str()),
            paint(Some(Tone::Good), &done),
            paint(Some(Tone::Quiet).filter(|_| node.category.is_closed()), &title),
            paint(Some(Tone::Quiet), &tail),
        );
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    /// `  ← ISS-1, ISS-2`: what it waits for and what is not finished.
    fn waits(&self, number: usize) -> String {
        let all = self.waits_for.get(&number).map_or(&[][..], Vec::as_slice);
        let open: Vec<&str> = all
            .iter()
            .filter_map(|other| self.graph.nodes.get(*other))
            .filter(|node| !node.category.is_closed())
            .map(|node| node.id.as_str())
            .collect();
        if open.is_empty() {
            return String::new();
        }
        let named = open.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = open.len().checked_sub(NAMED).filter(|more| *more > 0).map(|more| format!(" +{more}")).unwrap_or_default();
        format!("  ← {named}{more}")
    }
}

fn sign(node: &TicketNode) -> (&'static str, Option<Tone>) {
    let sign = match node.category {
        Category::Todo if node.blocked => return ("⊘", Some(Tone::Bad)),
        Category::Todo => "○",
        Category::Active => "◐",
        Category::Done => "●",
        Category::Cancelled => "✕",
    };
    (sign, tone(node.category))
}
