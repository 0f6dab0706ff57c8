//! Linear: the CSV that a workspace or a view exports. Its columns grew over the years, so all but a few may be missing.

use crate::config::Config;
use crate::exchange::{Source, SourceFile};
use crate::words::Kind;

use super::item::{Item, Parcel, Raw};
use super::rows::{Row, Width, rows};
use super::words;

/// The word that Linear has for a status, in a team with its usual workflow.
fn status_word(native: &str) -> &'static str {
    match native {
        "planning" => "Todo",
        "active" => "In Progress",
        "review" => "In Review",
        "done" => "Done",
        "cancelled" => "Canceled",
        _ => "",
    }
}

/// Whether these are the columns of such an export.
pub fn is_one(columns: &[String]) -> bool {
    let has = |name: &str| columns.iter().any(|column| column == name);
    ["id", "team", "title", "status"].into_iter().all(has) && ["cycle number", "parent issue", "creator"].into_iter().any(has)
}

pub fn read(source: &Source, config: &Config) -> Parcel {
    let mut parcel = Parcel::default();
    for file in source.files.iter().filter(|file| !file.is_page()) {
        parcel.losses.add("comments and attachments: Linear has none of them in its CSV", &file.place);
        for row in rows(&mut parcel, file, Width::MayEndEarly) {
            take(&mut parcel, file, row, config);
        }
    }
    parcel
}

fn take(parcel: &mut Parcel, file: &SourceFile, mut row: Row, config: &Config) {
    parcel.records += 1;
    row.cells.iter_mut().for_each(|(_, cell)| unguard(cell));
    let Some(name) = row.take(&["id"]) else { return parcel.wrong(file, row.line, "a row without an `ID`") };
    let mut raw = Raw::default();
    describe(&mut raw, &mut row, config);
    link(&mut raw, &mut row);
    let updated = row.take(&["updated"]).map(|text| words::sortable(&plain(&text))).unwrap_or_default();
    for (column, value) in row.cells {
        raw.draft.keep(&column, value.into());
    }
    let (draft, lost) = raw.finish();
    lost.iter().for_each(|what| parcel.losses.add(what, &file.place));
    parcel.items.push(Item { draft, name, place: file.place.clone(), line: Some(row.line), updated, ..Item::default() });
}

fn describe(raw: &mut Raw, row: &mut Row, config: &Config) {
    raw.draft.title = row.take(&["title"]).unwrap_or_default();
    let status = row.take(&["status"]).unwrap_or_else(|| "Todo".to_owned());
    let has = |column: &str| row.cells.iter().any(|(name, _)| name.eq_ignore_ascii_case(column));
    // A team may call its statuses as it likes; when an issue was closed says what they mean.
    let category = [("canceled", "Canceled"), ("completed", "Done")].into_iter().find(|(column, _)| has(column));
    let found = words::status_within(&status, category.map(|(_, word)| word), config);
    raw.set_word(&status, status_word, found);
    if let Some(word) = row.take(&["priority"]).filter(|word| !word.eq_ignore_ascii_case("No priority")) {
        raw.set_priority(&word);
    }
    if let Some(estimate) = row.take(&["estimate"]) {
        raw.draft.more.insert("estimate".to_owned(), estimate.parse::<i64>().map_or_else(|_| estimate.into(), Into::into));
    }
    *raw.draft.assignee = row.take(&["assignee"]);
    *raw.draft.author = row.take(&["creator"]);
    *raw.draft.created = row.take(&["created"]).map(|text| words::moment(&plain(&text)));
    *raw.draft.due = row.take(&["due date"]).map(|text| words::moment(&plain(&text)));
    *raw.draft.labels = names(row, "labels");
    *raw.draft.milestone = row.take(&["project milestone"]);
    let text = row.take(&["description"]).map(|text| text.replace("\r\n", "\n"));
    raw.add_section("Description", text.as_deref());
}

fn link(raw: &mut Raw, row: &mut Row) {
    let parent = row.take(&["parent issue"]);
    raw.draft.kind = Some(if parent.is_some() { Kind::Task } else { Kind::Issue });
    *raw.draft.parent = parent;
    *raw.draft.depends_on = names(row, "blocked by");
    *raw.draft.blocks = names(row, "blocks");
    *raw.draft.related = names(row, "related to");
    *raw.draft.duplicates = names(row, "duplicate of");
}

/// What stands in one cell with commas between.
fn names(row: &mut Row, column: &str) -> Vec<String> {
    let cells = row.take_all(column);
    cells.iter().flat_map(|cell| cell.split(", ")).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// Takes the `'` away that keeps a spreadsheet from running a cell.
fn unguard(cell: &mut String) {
    if cell.strip_prefix('\'').is_some_and(|rest| rest.starts_with(['=', '+', '-', '@'])) {
        cell.remove(0);
    }
}

/// Older exports have the moments of JavaScript: `Tue May 14 2024 08:53:33 GMT+0000 (GMT)`.
fn plain(moment: &str) -> String {
    let parts: Vec<&str> = moment.split_whitespace().collect();
    let [_, month, day, year, time, zone, ..] = parts.as_slice() else { return moment.to_owned() };
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (Some(month), Some(zone)) = (months.iter().position(|name| name == month), zone.strip_prefix("GMT")) else {
        return moment.to_owned();
    };
    let zone = zone.split_at_checked(3).map_or_else(|| "Z".to_owned(), |(hours, minutes)| format!("{hours}:{minutes}"));
    format!("{year}-{:02}-{day}T{time}{zone}", month + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_older_exports_are_read() {
        let moments = ["Tue May 14 2024 08:53:33 GMT+0200 (CEST)", "2024-05-14T08:53:33Z", "soon"].map(plain);
        assert_eq!(moments, ["2024-05-14T08:53:33+02:00", "2024-05-14T08:53:33Z", "soon"]);
    }
}
