//! cmpm's own exports: JSON lines, CSV, and one Markdown file with everything. Ids and every key stay as they are.

use serde_json::Value as Json;

use crate::base::Id;
use crate::config::Config;
use crate::document::Document;
use crate::exchange::json::reason;
use crate::exchange::{Source, SourceFile};

use super::super::export::{bundle, table};
use super::super::file::comment::Comment;
use super::super::file::draft::Draft;
use super::item::{Item, Parcel};
use super::pages;

pub fn read(source: &Source, config: &Config) -> Parcel {
    let mut parcel = Parcel::default();
    if source.files.iter().all(|file| file.is_page() && !bundle::is_one(&file.text)) {
        return pages::read_own(source, config);
    }
    for file in &source.files {
        match () {
            () if file.is_page() => read_bundle(&mut parcel, file, config),
            () if table::is_one(&file.text) => read_table(&mut parcel, file),
            () => read_lines(&mut parcel, file),
        }
    }
    parcel
}

fn read_lines(parcel: &mut Parcel, file: &SourceFile) {
    for (index, line) in file.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        read_object(parcel, file, (number, serde_json::from_str(line).map_err(|error| format!("not a ticket: {}", reason(&error)))));
    }
}

fn read_table(parcel: &mut Parcel, file: &SourceFile) {
    table::read(&file.text).into_iter().for_each(|row| read_object(parcel, file, row));
}

fn read_object(parcel: &mut Parcel, file: &SourceFile, (line, object): table::Row) {
    let draft = object.and_then(|object| Draft::read(object).map_err(|error| format!("not a ticket: {}", reason(&error))));
    match draft {
        Ok((draft, lost)) => {
            lost.iter().for_each(|what| parcel.losses.add(what, &file.place));
            take(parcel, file, line, draft);
        }
        Err(why) => {
            parcel.records += 1;
            parcel.wrong(file, line, why);
        }
    }
}

fn read_bundle(parcel: &mut Parcel, file: &SourceFile, config: &Config) {
    for (line, ticket, comments) in bundle::split(&file.text) {
        match pages::read_page(ticket.to_owned(), &file.place, config) {
            Ok(draft) => {
                let said = |text: &&str| Comment::of(&Document::parse(text.as_bytes().to_vec()));
                take(parcel, file, line, Draft { comments: comments.iter().map(said).collect(), ..draft });
            }
            Err(finding) => {
                parcel.records += 1;
                parcel.wrong(file, line, finding.message);
            }
        }
    }
}

fn take(parcel: &mut Parcel, file: &SourceFile, line: u32, draft: Draft) {
    parcel.records += 1;
    let Some(id) = draft.id.clone() else {
        return parcel.wrong(file, line, "a ticket without an `id`; `cmpm ticket apply` makes new ones");
    };
    if Id::parse(&id).is_none() {
        return parcel.wrong(file, line, "the `id` is not valid");
    }
    if draft.kind.is_none() {
        return parcel.wrong(file, line, "no `kind`: epic, issue, task or pr");
    }
    let mut draft = draft;
    if draft.status.trim().is_empty() {
        "planning".clone_into(&mut draft.status);
    }
    // Numbers and truths come back from a file as texts.
    draft.more.values_mut().chain(&mut draft.external).for_each(as_written);
    draft.comments.iter_mut().flat_map(|said| said.more.values_mut()).for_each(as_written);
    let updated = pages::updated(&draft);
    parcel.items.push(Item { draft, name: id, place: file.place.clone(), line: Some(line), updated, ..Item::default() });
}

/// A value as a file gives it back: every scalar as text.
pub fn as_written(value: &mut Json) {
    *value = serde_json::json!(crate::document::Value::from(value.clone()).to_node());
}
