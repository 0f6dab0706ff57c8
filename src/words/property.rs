//! What a ticket says of itself: a row for each property. Everything else about properties is a loop over this table or a
//! `match` that the compiler completes.

use serde::Serialize;

use schemars::JsonSchema;

use crate::base::Rare;

use super::Takes;
use super::kind::PARENT_KEYS;
use super::row::{Flag, Holds, Listed, Order, Row, flag, keys};

type Text = Rare<Option<String>>;
type Texts = Rare<Vec<String>>;

/// The texts of a property, one or many.
pub(super) trait Slot {
    fn texts(&self) -> &[String];
    fn set(&mut self, texts: Vec<String>);
}

/// Whether a type of slot has any number of texts.
trait Shape {
    const LIST: bool;
}

impl Shape for String {
    const LIST: bool = false;
}

impl Shape for Text {
    const LIST: bool = false;
}

impl Shape for Texts {
    const LIST: bool = true;
}

impl Slot for String {
    fn texts(&self) -> &[String] {
        if self.is_empty() { &[] } else { std::slice::from_ref(self) }
    }
    fn set(&mut self, texts: Vec<String>) {
        *self = texts.into_iter().next().unwrap_or_default();
    }
}

impl Slot for Text {
    fn texts(&self) -> &[String] {
        self.as_slice()
    }
    fn set(&mut self, texts: Vec<String>) {
        *self = texts.into_iter().next().into();
    }
}

impl Slot for Texts {
    fn texts(&self) -> &[String] {
        self
    }
    fn set(&mut self, texts: Vec<String>) {
        *self = texts.into();
    }
}

macro_rules! properties {
    ($($(#[doc = $doc:literal])+ $(#[cfg($cfg:meta)])? $Name:ident $name:ident: $slot:ty = $row:expr;)+) => {
        /// A property of a ticket.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Property { $($(#[doc = $doc])+ $(#[cfg($cfg)])? $Name,)+ }

        impl Property {
            /// All properties, in the order of a file.
            pub const ALL: &'static [Self] = &[$($(#[cfg($cfg)])? Self::$Name,)+];

            /// What is known of it.
            pub const fn row(self) -> &'static Row {
                match self { $($(#[cfg($cfg)])? Self::$Name => { const ROW: Row = $row; &ROW })+ }
            }

            /// Whether it has any number of values.
            pub const fn is_list(self) -> bool {
                match self { $($(#[cfg($cfg)])? Self::$Name => <$slot as Shape>::LIST,)+ }
            }

            /// What it means, in a line.
            pub const fn meaning(self) -> &'static str {
                match self { $($(#[cfg($cfg)])? Self::$Name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }

        /// What a ticket says of itself.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, serde::Deserialize, JsonSchema)]
        #[serde(default)]
        #[schemars(!default)]
        pub struct Properties {
            $($(#[doc = $doc])+ $(#[cfg($cfg)])? pub $name: $slot,)+
        }

        impl Properties {
            pub(super) fn slot(&self, property: Property) -> &dyn Slot {
                match property { $($(#[cfg($cfg)])? Property::$Name => &self.$name,)+ }
            }

            pub(super) fn slot_mut(&mut self, property: Property) -> &mut dyn Slot {
                match property { $($(#[cfg($cfg)])? Property::$Name => &mut self.$name,)+ }
            }
        }
    };
}

properties! {
    /// One line.
    Title title: String = keys(&["title"]).listed(Listed::Json);
    /// The status word as written in the file.
    Status status: String = keys(&["status", "state"]).unmarked(&["status", "state"]).listed(Listed::Json);
    /// How urgent: critical, high, medium or low, in lower case, or what the file says.
    Priority priority: Text = keys(&["priority"])
        .holds(Holds::Priority)
        .unmarked(&["priority"])
        .listed(Listed::Json)
        .flag(flag("priority", "PRIORITY", "How urgent").short('p'));
    /// The ticket it is a part of.
    Parent parent: Text = keys(PARENTS)
        .tickets("parent", ["part of", "has the part"], Order::Part)
        .unmarked(&["parent", "epic", "issue"])
        .listed(Listed::Json)
        .flag(flag("parent", "ID", "The ticket it is a part of").takes(Takes::Ticket).also(&["epic", "issue"]));
    /// Who works on it.
    Assignee assignee: Text = keys(&["assignee", "assignees", "owner"])
        .dialects("assignee", "assignees", "assignee")
        .unmarked(&["assignee", "assignees", "owner"])
        .listed(Listed::Json)
        .flag(flag("assignee", "NAME", "Who works on it; `me` is you, `none` nobody").takes(Takes::Person).also(&["assignees"]));
    /// The agent it is meant for.
    Agent agent: Text =
        keys(&["agent"]).holds(Holds::Agent).flag(flag("agent", "AGENT", "The agent it is meant for").takes(Takes::Agent));
    /// The model that its agent should work with.
    Model model: Text = keys(&["model"]).flag(flag("model", "MODEL", "The model its agent should work with"));
    /// When it should be finished, as written.
    Due due: Text = keys(&["due", "due_date", "dueDate", "target_date"])
        .dialects("due_date", "due_date", "dueDate")
        .holds(Holds::Date)
        .unmarked(&["due", "due_date"])
        .listed(Listed::Column)
        .flag(flag("due", "DATE", "When it is due, such as 2026-12-24, tomorrow, +2w or fri").also(&["due-date"]));
    /// Before this date nobody should begin, as written.
    DeferUntil defer_until: Text = keys(&["defer_until"])
        .holds(Holds::Date)
        .flag(flag("defer-until", "DATE", "Do not start before this date"));
    /// The milestone it belongs to.
    Milestone milestone: Text =
        keys(&["milestone"]).unmarked(&["milestone"]).flag(flag("milestone", "NAME", "The milestone it belongs to").takes(Takes::Milestone));
    /// How much work it is, as written.
    Estimate estimate: Text = keys(&["estimate", "story_points", "estimated_hours", "estimatedHours", "effort_estimate"])
        .written(&["estimate"])
        .flag(flag("estimate", "AMOUNT", "How much work it is, in the project's own unit").also(&["story-points", "time-estimate"]));
    /// When it was written, as written.
    Created created: Text = keys(&["created", "created_date", "created_at", "createdAt"]).holds(Holds::Date).unmarked(&["created"]);
    /// Who wrote it.
    Author author: Text = keys(&["author"]);
    /// Labels and tags.
    Labels labels: Texts = keys(&["labels", "tags"])
        .dialects("tags", "labels", "labels")
        .unmarked(&["labels", "tags"])
        .listed(Listed::Json)
        .flag(flag("label", "LABEL", "A label").takes(Takes::Label).short('l').also(&["labels", "tags", "add-labels"]).hidden(&["tag", "add-label", "add-tags"]).split());
    /// Tickets that must be finished before.
    DependsOn depends_on: Texts = keys(&["depends_on", "dependencies", "blocked_by", "blockedBy", "dependsOn"])
        .dialects("dependencies", "dependencies", "dependencies")
        .tickets("dependency", ["waits for", "blocks"], Order::After)
        .unmarked(&["dependencies", "blocked_by"])
        .flag(flag("depends-on", "ID", "A ticket that must be finished first").takes(Takes::Ticket));
    /// Tickets that wait for this one.
    Blocks blocks: Texts =
        keys(&["blocks"]).tickets("blocker", ["blocks", "waits for"], Order::Before).flag(flag("blocks", "ID", "A ticket that waits for this one").takes(Takes::Ticket));
    /// Tickets that belong together.
    Related related: Texts = keys(&["related", "related_issues", "related_tasks", "related_prs", "relatedIssues"])
        .tickets("relative", ["related to", "related to"], Order::Free)
        .flag(flag("related", "ID", "A related ticket; neither waits for the other").takes(Takes::Ticket));
    /// Tickets that say the same.
    Duplicates duplicates: Texts = keys(&["duplicates", "duplicate_of"])
        .tickets("duplicate", ["same as", "same as"], Order::Free)
        .flag(flag("duplicates", "ID", "A ticket that this one duplicates").takes(Takes::Ticket));
    /// Tickets at whose work this one was found.
    DiscoveredFrom discovered_from: Texts = keys(&["discovered_from"])
        .tickets("origin", ["found at", "led to"], Order::Free)
        .flag(flag("discovered-from", "ID", "The ticket whose work led to this one").takes(Takes::Ticket));
    /// Globs of files it expects to touch.
    Paths paths: Texts =
        keys(&["paths"]).holds(Holds::Globs).flag(flag("path", "GLOB", "A glob of files it is expected to touch"));
    /// Ids it had in other trackers.
    Aliases aliases: Texts = keys(&["aliases"]).holds(Holds::Aliases);
    /// Tickets that this one was copied from: only in tests, to show that a row is all it takes.
    #[cfg(test)]
    CopiedFrom copied_from: Texts = keys(&["copied_from", "copy_of"])
        .tickets("original", ["copy of", "copied to"], Order::Free)
        .listed(Listed::Column)
        .flag(flag("copied-from", "ID", "A ticket that this one was copied from").takes(Takes::Ticket));
}

/// The keys of [`PARENT_KEYS`].
const PARENTS: &[&str] = &{
    let mut names = [""; PARENT_KEYS.len()];
    let (mut keys, mut left) = (PARENT_KEYS, names.as_mut_slice());
    while let ([key, more @ ..], [name, others @ ..]) = (keys, left) {
        *name = key.name;
        (keys, left) = (more, others);
    }
    names
};

impl Property {
    /// cmpm's own key for it.
    pub const fn name(self) -> &'static str {
        match self.row().keys {
            [name, ..] => name,
            [] => "",
        }
    }

    /// The property that a key of a file says.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|property| property.row().keys.contains(&key))
    }

    /// The property of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|property| property.name() == name)
    }

    /// In which order two tickets are finished of which one names the other here; `None` where no ticket is named.
    pub const fn order(self) -> Option<Order> {
        match self.row().holds {
            Holds::Tickets { order, .. } => Some(order),
            _ => None,
        }
    }

    /// Every property under which a ticket names others, any number of them.
    pub fn links() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|property| property.order().is_some_and(|order| order != Order::Part))
    }

    /// Every property that people set.
    pub fn written() -> impl Iterator<Item = (Self, &'static Flag)> {
        Self::ALL.iter().copied().filter_map(|property| Some((property, property.row().flag.as_ref()?)))
    }
}
