//! How tickets name each other: what is typed becomes whole ids.

use crate::base::{Id, Result};
use crate::store::{Listing, Store};
use crate::words::{Holds, Properties, Property};

use super::super::model::relations::Names;
use super::super::model::{Ticket, TicketError};

/// Replaces every ticket that is named in `properties` by its whole id.
pub fn name_wholly((store, scan): (&Store, &Listing<Ticket>), properties: &mut Properties, own: Option<&Id>) -> Result<()> {
    for &property in Property::ALL {
        let Holds::Tickets { noun, .. } = property.row().holds else { continue };
        let whole = |name: &String| -> Result<String> {
            let found = &store.find_in(scan, name)?.record.id;
            if own == Some(found) {
                return Err(TicketError::Itself { id: found.clone(), relation: noun }.into());
            }
            Ok(found.to_string())
        };
        // A text with nothing in it takes the value away.
        let ids = properties
            .texts(property)
            .iter()
            .map(|name| if name.is_empty() && !property.is_list() { Ok(String::new()) } else { whole(name) })
            .collect::<Result<_>>()?;
        properties.set(property, ids);
    }
    Ok(())
}

/// The texts among `written` that mean one of `unwanted`: by its id, with however many zeros, by an alias, by the beginning that was typed, or as typed.
pub fn meant(scan: &Listing<Ticket>, written: &[String], unwanted: &[String]) -> Vec<String> {
    let names = Names::new(&scan.records);
    let ids: Vec<&str> = unwanted.iter().filter_map(|name| scan.find(name).ok()).map(|stored| stored.record.id.as_str()).collect();
    let has_number = |text: &str| ids.iter().filter_map(|id| Id::parse(id)).any(|id| id.has_number(text.trim()));
    let is_meant = |text: &&String| {
        unwanted.iter().any(|name| name.eq_ignore_ascii_case(text))
            || names.find(text).map_or_else(|| has_number(text), |id| ids.contains(&id))
    };
    written.iter().filter(is_meant).cloned().collect()
}
