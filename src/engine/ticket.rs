//! How a file of a ticket is taken apart, for whoever looks at one without being about tickets.

use std::sync::LazyLock;

use crate::document::{Document, Vocabulary};
use crate::words::{ID_KEYS, Property};

/// A ticket's file; where it has no front matter, the fields in its body count.
pub fn ticket_document(bytes: Vec<u8>) -> Document {
    static WORDS: LazyLock<Vocabulary> = LazyLock::new(|| {
        let all = Property::ALL.iter();
        let lists = all.clone().filter(|property| property.is_list()).flat_map(|property| property.row().keys);
        let other = ID_KEYS.into_iter().chain(["type", "kind", "updated"]);
        Vocabulary {
            lists: lists.copied().chain(["assignees"]).collect(),
            unmarked: all.flat_map(|property| property.row().unmarked).copied().chain(other).collect(),
        }
    });
    Document::parse_headed(bytes, &WORDS)
}
