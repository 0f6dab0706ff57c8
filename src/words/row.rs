//! What can be known of a property, and the words in which the table of properties says it.

use super::Takes;

/// What is known of a property.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Every key it is written under, cmpm's own first.
    pub keys: &'static [&'static str],
    /// Those that cmpm writes and takes away; the others say more than the value, such as a unit, and are only read.
    pub written: &'static [&'static str],
    /// Its keys in ai-trackdown's v1, v2 and schema page, where it has another there.
    pub dialects: Option<[&'static str; 3]>,
    /// Its value.
    pub holds: Holds,
    /// Those of its keys that are known in a body without being bold. The others are words that prose begins with too.
    pub unmarked: &'static [&'static str],
    /// How lists show it.
    pub listed: Listed,
    /// How people set it; what only cmpm writes has no flag.
    pub flag: Option<Flag>,
}

/// The value of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A word or a line.
    Line,
    /// One of the priorities.
    Priority,
    /// A day or a moment.
    Date,
    /// Globs of files.
    Globs,
    /// An agent's name.
    Agent,
    /// Other ids of this ticket.
    Aliases,
    /// Other tickets.
    Tickets {
        /// What the other one is to this one.
        noun: &'static str,
        /// What this one is or does to the other, as an arrow to it says.
        verb: &'static str,
        /// What the other one is or does to this one.
        back: &'static str,
        /// Which of the two is first.
        order: Order,
    },
}

/// In which order two tickets are finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// This one is a part of the other.
    Part,
    /// This one waits for the other.
    After,
    /// The other waits for this one.
    Before,
    /// Neither waits.
    Free,
}

/// How lists show a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Not at all.
    No,
    /// In JSON.
    Json,
    /// In JSON, and in a column where a ticket of the list has it.
    Column,
}

/// The flag of a property, and the name that is shown for its value.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Its name.
    pub long: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// Its other names.
    pub aliases: &'static [&'static str],
    /// Other names that are taken but not shown.
    pub hidden: &'static [&'static str],
    /// What is shown for its value.
    pub value: &'static str,
    /// Its help, without what follows from the row.
    pub help: &'static str,
    /// Whether several values may are in one, with commas.
    pub split: bool,
    /// What a shell offers for it.
    pub takes: Option<Takes>,
}

pub(super) const fn keys(keys: &'static [&'static str]) -> Row {
    Row { keys, written: keys, dialects: None, holds: Holds::Line, unmarked: &[], listed: Listed::No, flag: None }
}

impl Row {
    pub(super) const fn written(self, written: &'static [&'static str]) -> Self {
        Self { written, ..self }
    }
    pub(super) const fn dialects(self, v1: &'static str, v2: &'static str, page: &'static str) -> Self {
        Self { dialects: Some([v1, v2, page]), ..self }
    }
    pub(super) const fn holds(self, holds: Holds) -> Self {
        Self { holds, ..self }
    }
    pub(super) const fn tickets(self, noun: &'static str, [verb, back]: [&'static str; 2], order: Order) -> Self {
        self.holds(Holds::Tickets { noun, verb, back, order })
    }
    pub(super) const fn unmarked(self, unmarked: &'static [&'static str]) -> Self {
        Self { unmarked, ..self }
    }
    pub(super) const fn listed(self, listed: Listed) -> Self {
        Self { listed, ..self }
    }
    pub(super) const fn flag(self, flag: Flag) -> Self {
        Self { flag: Some(flag), ..self }
    }
}

pub(super) const fn flag(long: &'static str, value: &'static str, help: &'static str) -> Flag {
    Flag { long, short: None, aliases: &[], hidden: &[], value, help, split: false, takes: None }
}

impl Flag {
    pub(super) const fn short(self, short: char) -> Self {
        Self { short: Some(short), ..self }
    }
    pub(super) const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }
    pub(super) const fn hidden(self, hidden: &'static [&'static str]) -> Self {
        Self { hidden, ..self }
    }
    pub(super) const fn takes(self, takes: Takes) -> Self {
        Self { takes: Some(takes), ..self }
    }
    pub(super) const fn split(self) -> Self {
        Self { split: true, ..self }
    }
}
