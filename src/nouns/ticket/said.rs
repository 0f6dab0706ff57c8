//! Whether a value of a ticket's file is all there in a property of the ticket.

use crate::document::{Document, Node};
use crate::words::Property;

use super::dialect::texts_of;

/// Whether the value of a key is all there in a property of the ticket.
pub fn is_said(key: &str, node: &Node, document: &Document) -> bool {
    let Some(property) = Property::of_key(key) else { return false };
    if property == Property::Parent || (property == Property::Estimate && key != property.name()) {
        return false;
    }
    let plain = |node: &Node| matches!(node, Node::Scalar(_) | Node::Null);
    let flat = plain(node) || (matches!(node, Node::List(_)) && node.items().iter().all(plain));
    if !property.is_list() {
        let says = |key: &&&str| document.text(key).is_some() || !document.texts(key).is_empty();
        let in_force = property.row().keys.iter().find(says);
        return flat && node.items().len() <= 1 && (in_force == Some(&key) || node.texts().is_empty());
    }
    flat && node.texts().iter().all(|text| texts_of(document, property).contains(text))
}
