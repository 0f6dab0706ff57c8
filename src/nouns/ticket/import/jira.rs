//! Jira: the CSV of an issue search, where a column is repeated for each further value.

use serde_json::Value as Json;

use crate::config::Config;
use crate::exchange::{Source, SourceFile};
use crate::words::Kind;

use super::super::file::comment::Comment;
use super::item::{Item, Parcel, Raw};
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

/// The cells of one row by their columns, in lower case; empty ones are left out.
struct Row {
    cells: Vec<(String, String)>,
    line: u32,
}

impl Row {
    fn take_all(&mut self, column: &str) -> Vec<String> {
        let (taken, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.cells).into_iter().partition(|(name, _)| fold(name) == column);
        self.cells = left;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// Takes the first value of the first of these columns that has one.
    fn take(&mut self, columns: &[&str]) -> Option<String> {
        columns.iter().find_map(|column| self.take_all(column).into_iter().next())
    }
}

fn fold(column: &str) -> String {
    column.trim().to_lowercase()
}

pub fn read(source: &Source, config: &Config) -> Parcel {
    let mut parcel = Parcel::default();
    for file in source.files.iter().filter(|file| !file.is_page()) {
        read_file(&mut parcel, file, config);
    }
    name_parents(&mut parcel);
    parcel
}

/// What stands between the cells of a line.
pub fn delimiter(header: &str) -> u8 {
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|delimiter| (count(*delimiter), *delimiter == b',')).unwrap_or(b',')
}

fn read_file(parcel: &mut Parcel, file: &SourceFile, config: &Config) {
    let first = file.text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(first)).flexible(true).from_reader(file.text.as_bytes());
    let Ok(columns) = reader.headers().cloned() else { return parcel.wrong(file, 1, "the first line is not the names of columns") };
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                parcel.wrong(file, u32::try_from(line).unwrap_or(u32::MAX), "not a row of CSV");
                continue;
            }
        };
        let line = u32::try_from(record.position().map_or(0, csv::Position::line)).unwrap_or(u32::MAX);
        if record.len() != columns.len() {
            parcel.wrong(file, line, format!("{} cells under {} columns; the row is left out", record.len(), columns.len()));
            continue;
        }
        let cells = columns.iter().zip(&record).filter(|(_, value)| !value.trim().is_empty());
        let row = Row { cells: cells.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect(), line };
        take(parcel, file, row, config);
    }
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
    let names = numbers.into_iter().collect();
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
        assert_eq!((delimiter("a;b;c"), delimiter("a,b"), delimiter("a")), (b';', b',', b','));
    }
}
