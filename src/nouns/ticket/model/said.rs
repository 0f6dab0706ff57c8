//! Whether a value of a ticket's file is all there in a property of the ticket.

use std::collections::HashSet;

use crate::document::{Document, Node};
use crate::words::Property;

use super::dialect::{key_in_force, texts_of};

/// Whether the value of a key is all there in a property of the ticket.
pub fn is_said(key: &str, node: &Node, document: &Document) -> bool {
    let Some(property) = Property::of_key(key) else { return false };
    if property == Property::Parent || !property.row().written.contains(&key) || !has_room(property, node) {
        return false;
    }
    let texts = node.texts();
    if property.is_list() {
        let known: HashSet<String> = texts_of(document, property).into_iter().collect();
        return texts.iter().all(|text| known.contains(text));
    }
    texts.is_empty() || (key_in_force(document, property) == Some(key) && document.texts(key) == texts)
}

/// Whether a property can hold all of a value: a text, or a list of texts.
pub fn has_room(property: Property, node: &Node) -> bool {
    let plain = |node: &Node| matches!(node, Node::Scalar(_) | Node::Null);
    let flat = plain(node) || (matches!(node, Node::List(_)) && node.items().iter().all(plain));
    flat && (property.is_list() || node.items().len() <= 1)
}
