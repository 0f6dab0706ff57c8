//! Tickets as CSV: a row each, a column for every key. Reads back what it writes.
//!
//! A cell that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, a tab or a line end) gets a `'` in
//! front, and so does one that begins with `'`, so that reading takes exactly one away.

use serde_json::{Map, Value as Json};

use super::super::file::draft::{Draft, native_keys};
use crate::words::Property;

/// Columns that hold JSON.
const NESTED: [&str; 3] = ["external", "comments", "more"];

/// Whether a column holds a list of texts.
fn is_list(column: &str) -> bool {
    Property::of_name(column).is_some_and(Property::is_list)
}

/// Whether a text is such a table.
pub fn is_one(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.starts_with("id,kind,title,status,"))
}

pub fn render(drafts: &[Draft]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |cells: Vec<String>| drop(writer.write_record(cells));
    write(native_keys().map(str::to_owned).collect());
    for draft in drafts {
        write(row(draft));
    }
    writer.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn row(draft: &Draft) -> Vec<String> {
    let mut more = match serde_json::json!(draft) {
        Json::Object(object) => object,
        _ => Map::new(),
    };
    // The last column holds what has none of its own.
    let cells = native_keys().map(|column| {
        let value = if column == "more" {
            Some(std::mem::take(&mut more)).filter(|more| !more.is_empty()).map(Json::Object)
        } else {
            more.shift_remove(column)
        };
        guarded(&cell(column, value))
    });
    cells.collect()
}

fn cell(column: &str, value: Option<Json>) -> String {
    match value {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text,
        Some(Json::Array(items)) if is_list(column) => list(&items),
        Some(other) => other.to_string(),
    }
}

/// `a, b`, or JSON where that would not come back as it was.
fn list(items: &[Json]) -> String {
    let texts: Vec<&str> = items.iter().filter_map(Json::as_str).collect();
    let simple = |text: &&str| !text.is_empty() && text.trim() == *text && !text.contains(',') && !text.starts_with('[');
    if texts.len() == items.len() && texts.iter().all(simple) { texts.join(", ") } else { Json::Array(items.to_vec()).to_string() }
}

fn guarded(cell: &str) -> String {
    let odd = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'']);
    if odd { format!("'{cell}") } else { cell.to_owned() }
}

/// The line of a row, and what it says, or why not.
pub type Row = (u32, Result<Map<String, Json>, String>);

pub fn read(text: &str) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let Ok(columns) = reader.headers().cloned() else { return Vec::new() };
    let mut rows = Vec::new();
    for record in reader.records() {
        let line = |position: Option<&csv::Position>| u32::try_from(position.map_or(1, csv::Position::line)).unwrap_or(u32::MAX);
        rows.push(match record {
            Ok(record) if record.len() == columns.len() => (line(record.position()), object(columns.iter().zip(&record))),
            Ok(record) => (line(record.position()), Err(format!("{} cells under {} columns", record.len(), columns.len()))),
            Err(error) => (line(error.position()), Err("not a row of CSV".to_owned())),
        });
    }
    rows
}

fn object<'a>(cells: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Map<String, Json>, String> {
    let mut object = Map::new();
    for (column, cell) in cells.filter(|(_, cell)| !cell.is_empty()) {
        let cell = cell.strip_prefix('\'').unwrap_or(cell);
        let parsed = || serde_json::from_str::<Json>(cell).map_err(|_| format!("`{column}` is not JSON"));
        match column {
            "more" => object.extend(parsed()?.as_object().cloned().unwrap_or_default()),
            _ if NESTED.contains(&column) || (is_list(column) && cell.starts_with('[')) => {
                drop(object.insert(column.to_owned(), parsed()?));
            }
            _ if is_list(column) => {
                let items = cell.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Json::from).collect();
                object.insert(column.to_owned(), Json::Array(items));
            }
            _ => drop(object.insert(column.to_owned(), cell.into())),
        }
    }
    Ok(object)
}
