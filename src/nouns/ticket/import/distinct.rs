//! One item for each name: of several versions of a record the newest counts, and different tickets under one id stay apart.

use std::collections::HashMap;

use crate::base::{Finding, Rule, Severity, text};

use super::format::Format;
use super::item::Item;

/// The items with names of their own, in their order, and why some are left out.
pub fn distinct(items: Vec<Item>, format: Format, findings: &mut Vec<Finding>) -> Vec<Item> {
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        by_name.entry(item.name.to_lowercase()).or_default().push(index);
    }
    let mut items: Vec<Option<Item>> = items.into_iter().map(Some).collect();
    let mut groups: Vec<Vec<usize>> = by_name.into_values().filter(|group| group.len() > 1).collect();
    groups.sort();
    for group in groups {
        let mut same: Vec<(usize, Item)> = group.iter().filter_map(|index| Some((*index, items.get_mut(*index)?.take()?))).collect();
        let kept = if format.is_tree() || format == Format::Cmpm { tell_apart(&mut same, findings) } else { newest(&mut same, findings) };
        for (index, item) in kept {
            items.get_mut(index).into_iter().for_each(|slot| *slot = Some(item.clone()));
        }
    }
    items.into_iter().flatten().collect()
}

/// Of several versions of one record the newest, or the last of the newest.
fn newest(same: &mut Vec<(usize, Item)>, findings: &mut Vec<Finding>) -> Vec<(usize, Item)> {
    let best = same.iter().max_by_key(|(index, item)| (item.updated.clone(), *index)).map(|(index, _)| *index);
    let (kept, others): (Vec<_>, Vec<_>) = std::mem::take(same).into_iter().partition(|(index, _)| Some(*index) == best);
    for (_, other) in others {
        let place = kept.first().and_then(|(_, item)| item.line).map_or_else(String::new, |line| format!(" (line {line})"));
        let is_newer = kept.first().is_some_and(|(_, item)| item.updated > other.updated);
        let which = if is_newer { "newest" } else { "last" };
        let message = format!("`{}` appears again; the {which} one counts{place}", text::one_line(&other.name));
        findings.push(other.finding(Rule::Repeated, Severity::Warning, message));
    }
    kept
}

/// Files with one id and one title are one ticket that was copied; with other titles they are other tickets, of which the
/// oldest keeps the id. So are records of cmpm, where a record is a file.
fn tell_apart(same: &mut Vec<(usize, Item)>, findings: &mut Vec<Finding>) -> Vec<(usize, Item)> {
    let mut by_title: Vec<Vec<(usize, Item)>> = Vec::new();
    for entry in std::mem::take(same) {
        match by_title.iter_mut().find(|group| group.iter().any(|(_, item)| item.draft.title == entry.1.draft.title)) {
            Some(group) => group.push(entry),
            None => by_title.push(vec![entry]),
        }
    }
    let mut kept: Vec<(usize, Item)> = by_title.iter_mut().flat_map(|group| newest(group, findings)).collect();
    kept.sort_by_key(|(index, item)| (item.draft.created.is_none(), item.draft.created.clone().into_inner(), *index));
    let files: Vec<String> = kept.iter().map(|(_, item)| item.place.name().into_owned()).collect();
    for (_, item) in kept.iter_mut().skip(1) {
        let message = format!("`{}` is also the id of another ticket; this one gets its own name", text::one_line(&item.name));
        findings.push(item.finding(Rule::DuplicateId, Severity::Warning, message));
        let file = item.place.name().into_owned();
        let is_own = files.iter().filter(|other| **other == file).count() == 1;
        item.name = format!("{} ({})", item.name, if is_own { file } else { item.draft.heading() });
        item.names.clear();
    }
    kept
}
