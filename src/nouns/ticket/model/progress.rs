//! How far a ticket is that has parts, so start those.

use std::collections::HashMap;
use std::fmt;
use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::Serialize;

use crate::config::Category;
use crate::engine::graph::Graph;
use crate::store::Listed;

use super::Ticket;
use super::relations::{Names, graph_of};

/// What is done of all that is below a ticket and has no parts itself. What was cancelled does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Progress {
    /// Those that are done.
    pub done: u32,
    /// All of them.
    pub total: u32,
    /// How much that is of a hundred; by estimates if each of them has one, else by their number.
    pub percent: u32,
}

/// The progress of all tickets that have parts, by their id.
pub type AllProgress<'a> = HashMap<&'a str, Progress>;

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.percent)
    }
}

/// The progress of every ticket that has parts; nothing is computed where none has.
pub fn all_progress(tickets: &[Listed<Ticket>]) -> AllProgress<'_> {
    if tickets.iter().all(|stored| stored.record.parent.is_none()) {
        return HashMap::new();
    }
    let names = Names::new(tickets);
    progress_in(&graph_of(tickets, &names), tickets)
}

/// The same, where the graph is at hand.
pub fn progress_in<'a>(graph: &Graph<'a>, tickets: &'a [Listed<Ticket>]) -> AllProgress<'a> {
    let known: HashMap<&str, &Ticket> = tickets.iter().map(|stored| (stored.record.id.as_str(), &stored.record)).collect();
    let sums = graph.sums(&|id| known.get(id).map_or_else(Tally::default, |ticket| Tally::of(ticket)));
    sums.into_iter().filter_map(|(id, tally)| Some((id, tally.progress()?))).collect()
}

/// The progress of `tickets` together, such as those of a milestone; `None` if none of them counts.
pub fn progress_of<'a>(tickets: impl IntoIterator<Item = &'a Ticket>) -> Option<Progress> {
    let mut sum = Tally::default();
    tickets.into_iter().for_each(|ticket| sum += Tally::of(ticket));
    sum.progress()
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    done: u32,
    total: u32,
    done_weight: u64,
    weight: u64,
    weightless: u32,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.done += other.done;
        self.total += other.total;
        self.done_weight = self.done_weight.saturating_add(other.done_weight);
        self.weight = self.weight.saturating_add(other.weight);
        self.weightless += other.weightless;
    }
}

impl Tally {
    fn of(ticket: &Ticket) -> Self {
        if ticket.category == Category::Cancelled {
            return Self::default();
        }
        let weight = ticket.estimate.as_deref().and_then(weight);
        let (done, some) = (ticket.category == Category::Done, weight.unwrap_or(0));
        Self {
            done: u32::from(done),
            total: 1,
            done_weight: if done { some } else { 0 },
            weight: some,
            weightless: u32::from(weight.is_none()),
        }
    }

    fn progress(self) -> Option<Progress> {
        let by_estimate = self.weightless == 0 && self.weight > 0;
        let (part, whole) = if by_estimate { (self.done_weight, self.weight) } else { (u64::from(self.done), u64::from(self.total)) };
        let percent = percent((u64::from(self.done), u64::from(self.total)), (part, whole))?;
        Some(Progress { done: self.done, total: self.total, percent })
    }
}

/// How much `part` is of a hundred, where so many of all are done: only all of them are 100, and only none of them 0, whatever
/// estimates and their fractions come to.
pub fn percent((done, total): (u64, u64), (part, whole): (u64, u64)) -> Option<u32> {
    let percent = u32::try_from(part.checked_mul(100)?.checked_div(whole)?).ok()?;
    Some(match done {
        0 => 0,
        done if done == total => 100,
        _ => percent.clamp(1, 99),
    })
}

/// An estimate in thousandths: a number, of hours where a unit follows (`3`, `2.5h`, `4 days`); `None` for anything else.
fn weight(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let hours = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "h" | "hour" | "hours" | "pt" | "pts" | "point" | "points" => 1.0,
        "m" | "min" | "minutes" => 1.0 / 60.0,
        "d" | "day" | "days" => 8.0,
        "w" | "week" | "weeks" => 40.0,
        _ => return None,
    };
    let number = number.parse::<f64>().ok().filter(|number| *number > 0.0 && *number < 1e9)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 4e13")]
    let thousandths = (number * hours * 1000.0).round() as u64;
    Some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_numbers_and_times() {
        for (text, thousandths) in
            [("3", Some(3000)), ("2.5h", Some(2500)), ("4 days", Some(32_000)), ("1w", Some(40_000)), ("30m", Some(500))]
        {
            assert_eq!(weight(text), thousandths, "{text}");
        }
        for text in ["", "soon", "0", "-1", "1e9", "3 apples", "é", "99999999999"] {
            assert_eq!(weight(text), None, "{text}");
        }
    }

    #[test]
    fn estimates_count_only_if_all_have_one() {
        let tally = |done: u32, weight: u64| Tally {
            done,
            total: 1,
            done_weight: weight * u64::from(done),
            weight,
            weightless: u32::from(weight == 0),
        };
        let percent = |tallies: &[Tally]| {
            let mut sum = Tally::default();
            tallies.iter().for_each(|tally| sum += *tally);
            sum.progress().map(|progress| progress.percent)
        };
        assert_eq!(percent(&[tally(1, 3), tally(0, 1)]), Some(75));
        assert_eq!(percent(&[tally(1, 3), tally(0, 0)]), Some(50));
        assert_eq!(percent(&[tally(1, 0), tally(0, 0), tally(0, 0)]), Some(33));
        assert_eq!(percent(&[]), None);
        // Neither all nor nothing, however little is missing or done.
        assert_eq!(percent(&[tally(1, 1_000_000), tally(0, 1)]), Some(99));
        assert_eq!(percent(&[tally(1, 1), tally(0, 1_000_000)]), Some(1));
    }
}
