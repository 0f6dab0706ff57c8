//! What `cmpm status --stats` counts: tickets by the words in their files.

use std::collections::{BTreeMap, BTreeSet};

use crate::nouns::ticket::{Ticket, all_texts, percent};
use crate::report::prelude::*;
use crate::store::Listed;
use crate::words::Property;

/// How wide a word is shown at most.
const WORD: usize = 24;

/// Tickets by status, priority, label and assignee.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Statistics {
    /// How many tickets there are.
    total: usize,
    /// How many of them are neither finished nor cancelled.
    open: usize,
    /// How many of a hundred that were not cancelled are finished.
    completion_percentage: usize,
    /// By the status word in the file.
    by_status: BTreeMap<String, usize>,
    /// Open ones by priority.
    by_priority: BTreeMap<String, usize>,
    /// Open ones by who works on them.
    by_assignee: BTreeMap<String, usize>,
    /// Open ones by label.
    by_label: BTreeMap<String, usize>,
}

impl Statistics {
    pub fn of(tickets: &[Listed<Ticket>]) -> Self {
        use crate::config::Category;
        let all = || tickets.iter().map(|stored| &stored.record);
        let open = || all().filter(|ticket| !ticket.category.is_closed());
        let done = all().filter(|ticket| ticket.category == Category::Done).count() as u64;
        let meant = all().filter(|ticket| ticket.category != Category::Cancelled).count() as u64;
        Self {
            total: tickets.len(),
            open: open().count(),
            completion_percentage: percent((done, meant), (done, meant)).map_or(0, |percent| percent as usize),
            by_status: count(all().map(|ticket| ticket.status.clone())),
            by_priority: count(open().map(|ticket| ticket.priority.as_deref().unwrap_or("none").to_owned())),
            by_assignee: count(open().flat_map(assignees)),
            by_label: count(open().flat_map(|ticket| ticket.labels.iter().cloned())),
        }
    }

    /// The numbers as lines, the largest first.
    pub fn render(&self, screen: &Screen) -> String {
        let mut out = format!("{}, {} open, {} % finished\n", text::plural(self.total, "ticket"), self.open, self.completion_percentage);
        let groups = [
            ("by status", &self.by_status),
            ("by priority", &self.by_priority),
            ("by assignee", &self.by_assignee),
            ("by label", &self.by_label),
        ];
        for (name, counts) in groups.into_iter().filter(|(_, counts)| !counts.is_empty()) {
            let mut sorted: Vec<(&String, &usize)> = counts.iter().collect();
            sorted.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            let words: Vec<String> =
                sorted.iter().map(|(word, count)| format!("{} {count}", text::fit(&text::one_line(word), WORD))).collect();
            let _ = writeln!(out, "{}  {}", screen.paint(Tone::Quiet, &format!("{name:<11}")), words.join(", "));
        }
        out
    }
}

/// All who work on a ticket.
fn assignees(ticket: &Ticket) -> Vec<String> {
    let all: BTreeSet<String> = all_texts(ticket, Property::Assignee).filter(|name| !name.trim().is_empty()).cloned().collect();
    if all.is_empty() { vec!["nobody".to_owned()] } else { all.into_iter().collect() }
}

fn count(words: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts
}
