//! Jira: the CSV of an issue search, where a column is repeated for each further value.

use serde_json::Value as Json;

use crate::config::Config;
use crate::exchange::{Source, SourceFile};
use crate::words::Kind;

use super::super::file::comment::Comment;
use super::item::{Item, Parcel, Raw};
use super::rows::{Row, Width, fold, rows};
use super::words;

/// The word that Jira has for a status, in a project with its usual workflow.
fn status_word(native: &str) -> &'static str {
    match native {
        "planning" => "To Do",
        "active" => "In Progress",
        "review" => "In Review",
        "done" => "Done",
        _ => "",
    }
}

pub fn read(source: &Source, config: &Config) -> Parcel {
    let mut parcel = Parcel::default();
    for file in source.files.iter().filter(|file| !file.is_page()) {
        for row in rows(&mut parcel, file, Width::Whole) {
            take(&mut parcel, file, row, config);
        }
    }
    name_parents(&mut parcel);
    parcel
}

fn take(parcel: &mut Parcel, file: &SourceFile, mut row: Row, config: &Config) {
    parcel.records += 1;
    let Some(name) = row.take(&["issue key", "key"]) else {
        return parcel.wrong(file, row.line, "a row without an `Issue key`");
    };
    let mut raw = Raw::default();
    let numbers = row.take(&["issue id", "id"]);
    describe(&mut raw, &mut row, config);
    link(&mut raw, &mut row);
    raw.draft.comments = row.take_all("comment").iter().map(|cell| said(cell)).collect();
    if !row.take_all("attachment").is_empty() {
        raw.lost.push("an attachment: its file is in Jira".to_owned());
    }
    let updated = row.take(&["updated"]).map(|text| words::sortable(&text)).unwrap_or_default();
    for (column, value) in row.cells {
        raw.draft.keep(&column, value.into());
    }
    let (draft, lost) = raw.finish();
    lost.iter().for_each(|what| parcel.losses.add(what, &file.place));
    // The first one becomes the alias.
    let names = std::iter::once(name.clone()).chain(numbers).collect();
    parcel.items.push(Item { draft, name, names, place: file.place.clone(), line: Some(row.line), updated, ..Item::default() });
}

fn describe(raw: &mut Raw, row: &mut Row, config: &Config) {
    raw.draft.title = row.take(&["summary"]).unwrap_or_default();
    let kind = row.take(&["issue type", "issuetype"]).unwrap_or_else(|| "Task".to_owned());
    // Jira's own "Task" is an issue like any other; its parts are sub-tasks.
    raw.draft.kind = Some(if kind.eq_ignore_ascii_case("task") { Kind::Issue } else { Kind::of_tracker(&kind) });
    raw.draft.keep("Issue Type", kind.into());
    let status = row.take(&["status"]).unwrap_or_else(|| "To Do".to_owned());
    let found = words::status_within(&status, row.take(&["status category"]).as_deref(), config);
    raw.set_word(&status, status_word, found);
    if let Some(word) = row.take(&["priority"]) {
        raw.set_priority(&word);
    }
    *raw.draft.assignee = row.take(&["assignee"]);
    *raw.draft.author = row.take(&["reporter", "creator"]);
    *raw.draft.created = row.take(&["created"]).map(|text| words::moment(&text));
    *raw.draft.due = row.take(&["due date", "due"]).map(|text| words::moment(&text));
    *raw.draft.labels = row.take_all("labels").iter().flat_map(|cell| cell.split_whitespace()).map(str::to_owned).collect();
    let mut versions =
        ["fix version/s", "fix versions", "fix version"].into_iter().flat_map(|column| row.take_all(column)).collect::<Vec<_>>();
    if !versions.is_empty() {
        *raw.draft.milestone = Some(versions.remove(0));
    }
    if !versions.is_empty() {
        raw.draft.keep("Fix versions", versions.into());
    }
    let text = row.take(&["description"]).map(|text| text.replace("\r\n", "\n"));
    raw.add_section("Description", text.as_deref());
}

/// Links are in columns such as `Outward issue link (Blocks)`, parents in one of several.
fn link(raw: &mut Raw, row: &mut Row) {
    *raw.draft.parent = row.take(&["parent key", "custom field (epic link)", "epic link", "parent", "parent id"]);
    let mut links: Vec<Json> = Vec::new();
    let columns: Vec<String> =
        row.cells.iter().map(|(column, _)| fold(column)).filter(|column| column.contains("ward issue link")).collect();
    for column in columns {
        let outward = column.starts_with("outward");
        let kind = column.split_once('(').map_or("", |(_, kind)| kind.trim_end_matches(')').trim()).to_owned();
        let keys = row.take_all(&column);
        let draft = &mut raw.draft;
        match (kind.as_str(), outward) {
            ("blocks" | "blocker" | "dependency" | "depends", false) => draft.depends_on.extend(keys),
            ("blocks" | "blocker", true) => draft.blocks.extend(keys),
            ("dependency" | "depends", true) => draft.blocks.extend(keys),
            ("relates" | "related", _) => draft.related.extend(keys),
            ("duplicate" | "duplicates", true) => draft.duplicates.extend(keys),
            _ => links.extend(keys.into_iter().map(|key| Json::from(format!("{column} {key}")))),
        }
    }
    if !links.is_empty() {
        raw.draft.keep("links", Json::Array(links));
    }
}

/// A comment is `date;author;text` in one cell; what is not is all text.
fn said(cell: &str) -> Comment {
    let mut parts = cell.splitn(3, ';');
    let (when, who, text) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    match (crate::base::date::parse_moment(when), who, text) {
        (Some(moment), Some(who), Some(text)) => Comment {
            created: Some(moment.to_string()),
            author: Some(who.trim().to_owned()).filter(|who| !who.is_empty()),
            text: text.replace("\r\n", "\n").trim().to_owned(),
            ..Comment::default()
        },
        _ => Comment { text: cell.replace("\r\n", "\n"), ..Comment::default() },
    }
}

/// `Parent` is a number in some exports; the row with that number has the key.
fn name_parents(parcel: &mut Parcel) {
    let keys: std::collections::HashMap<String, String> =
        parcel.items.iter().flat_map(|item| item.names.iter().map(|number| (number.clone(), item.name.clone()))).collect();
    for item in &mut parcel.items {
        if let Some(key) = item.draft.parent.as_ref().and_then(|parent| keys.get(parent)) {
            *item.draft.parent = Some(key.clone());
        }
        item.names.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_taken_apart() {
        let one = said("12/Jan/24 3:45 PM;ana;first; and more");
        assert_eq!(
            (one.created.as_deref(), one.author.as_deref(), one.text.as_str()),
            (Some("2024-01-12T15:45:00Z"), Some("ana"), "first; and more")
        );
        let odd = said("just; some text");
        assert_eq!((odd.created, odd.author, odd.text.as_str()), (None, None, "just; some text"));
    }
}
