//! How a file of a ticket is taken apart, for whoever looks at one without being about tickets.

use std::sync::LazyLock;

use crate::document::{Document, Vocabulary};
use crate::words::{ID_KEYS, Property};

/// A ticket's file; where it has no front matter, the fields in its body count.
pub fn ticket_document(bytes: Vec<u8>) -> Document {
    static WORDS: LazyLock<Vocabulary> = LazyLock::new(|| {
        let keys = |wanted: fn(&Property) -> bool| {
            Property::ALL.iter().filter(move |property| wanted(property)).flat_map(|property| property.row().keys)
        };
        let other = ID_KEYS.into_iter().chain(["type", "kind", "updated"]);
        Vocabulary {
            lists: keys(|property| property.is_list()).copied().chain(["assignees"]).collect(),
            unmarked: keys(|property| property.row().unmarked).copied().chain(other).collect(),
        }
    });
    Document::parse_headed(bytes, &WORDS)
}
