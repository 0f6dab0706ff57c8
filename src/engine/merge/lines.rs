//! JSON Lines, as other trackers keep their records: united by id, the same record merged key by key, order kept.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::json::merge_objects;
use super::order::merged_order;
use super::three::Three;
use super::{Merged, places};

struct Record<'a> {
    /// What makes it the same record on both sides; the second one of an id is another one than the first.
    name: String,
    text: &'a str,
}

/// Where other trackers keep the name of a record.
#[derive(Deserialize)]
struct Names {
    #[serde(rename = "_type")]
    kind: Option<Value>,
    id: Option<Value>,
    key: Option<Value>,
    uuid: Option<Value>,
    title: Option<Value>,
    created_at: Option<Value>,
}

/// Merges files whose lines end in `\n`. Lines that are not records stay as they are.
pub(super) fn merge_lines(texts: &Three<&str>) -> Option<Merged> {
    let files = texts.map(records);
    let names = files.each().map(|records| records.iter().map(|record| record.name.as_str()).collect::<Vec<_>>());
    let found = files.each().map(|records| records.iter().map(|record| (record.name.as_str(), record.text)).collect::<HashMap<_, _>>());
    let mut order = merged_order(&names);
    if names.ours.is_sorted() && names.theirs.is_sorted() {
        order.sort_unstable();
    }
    let mut merged = Merged::new(String::new(), Vec::new());
    for name in order {
        let versions = found.each().map(|found| found.get(name).copied());
        let (line, open) = merge_record(name.trim_end_matches('\0'), &versions);
        merged.text.push_str(&line);
        merged.open.extend(open);
    }
    Some(merged)
}

fn records(text: &str) -> Vec<Record<'_>> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let name = |line: &str| names_in(line).unwrap_or_else(|| line.trim_end().to_owned());
    text.split_inclusive('\n')
        .map(|line| {
            let name = name(line);
            let times = seen.entry(name.clone()).or_default();
            *times += 1;
            Record { name: name + &"\0".repeat(*times - 1), text: line }
        })
        .collect()
}

/// The id of the record on a line.
pub(super) fn names_in(line: &str) -> Option<String> {
    names(line).and_then(|names| identity(&names))
}

fn names(line: &str) -> Option<Names> {
    serde_json::from_str(line).ok()
}

fn identity(names: &Names) -> Option<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let name = [&names.id, &names.key, &names.uuid].into_iter().flatten().next().map(text)?;
    Some(names.kind.as_ref().map_or_else(|| name.clone(), |kind| format!("{} {name}", text(kind))))
}

/// The line or lines that stand for a record, and what is open.
fn merge_record(name: &str, versions: &Three<Option<&str>>) -> (String, Vec<String>) {
    if let Some(line) = versions.settled() {
        return (line.unwrap_or_default().to_owned(), Vec::new());
    }
    match (versions.ours, versions.theirs) {
        (Some(ours), Some(theirs)) if versions.base.is_some() || is_same(ours, theirs) => {
            let base = versions.base.map_or("{}", str::trim_end);
            match merge_objects(&Three { base, ours: ours.trim_end(), theirs: theirs.trim_end() }) {
                None => (marked(ours, theirs), vec![format!("both versions of `{name}`")]),
                Some(merged) if merged.open.is_empty() => (merged.ours + "\n", Vec::new()),
                Some(merged) => {
                    let open = merged.open.iter().map(|key| format!("`{key}` of `{name}`")).collect();
                    (marked(&merged.ours, &merged.theirs), open)
                }
            }
        }
        (Some(ours), Some(theirs)) => (format!("{ours}{theirs}"), vec![format!("two records with the id `{name}`")]),
        (Some(line), None) | (None, Some(line)) => {
            (line.to_owned(), vec![format!("`{name}`, which one side removed and the other changed")])
        }
        (None, None) => (String::new(), places(0)),
    }
}

/// Both records whole with git's markers, which no program can take for a record: within a string nobody would find them.
fn marked(ours: &str, theirs: &str) -> String {
    format!("<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n", ours.trim_end(), theirs.trim_end())
}

/// Whether two records that both sides added under one id are one: made at the same moment, or of the same title.
fn is_same(ours: &str, theirs: &str) -> bool {
    let (Some(ours), Some(theirs)) = (names(ours), names(theirs)) else { return false };
    let told = ours.created_at.is_some() || ours.title.is_some();
    !told || (ours.created_at.is_some() && ours.created_at == theirs.created_at) || (ours.title.is_some() && ours.title == theirs.title)
}
