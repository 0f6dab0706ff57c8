//! The dictionary: the words of a ticket, each recorded once. What reads, writes, lists, filters, merges, migrates or
//! completes tickets iterates these tables or matches their enums, so that a new word is one row here.

mod kind;
mod priority;
mod properties;
mod property;
mod row;
mod status;
mod takes;
mod term;
mod written;

pub use kind::{ID_KEYS, Kind, PARENT_KEYS};
pub use priority::Priority;
pub use properties::{ListedForm, naming_form};
pub use property::{Properties, Property};
pub use row::{Holds, Listed, Order};
pub use status::{Category, Status, StatusWord, fold};
pub use takes::Takes;
pub use term::without_pictures;
pub use written::Written;
