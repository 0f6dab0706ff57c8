//! beads and br: `issues.jsonl`, one record a line, in the shape of any of their versions.

use rayon::prelude::*;
use serde_json::{Map, Value as Json};

use crate::base::{Rule, Severity};
use crate::config::Config;
use crate::exchange::json::{reason, scalar};
use crate::exchange::{Source, SourceFile};
use crate::words::{Kind, Priority, Property};

use super::super::export::place::sections;
use super::super::file::comment::Comment;
use super::item::{Item, Parcel, Raw};
use super::words;

/// What beads computes from the rest.
const DERIVED: [&str; 5] = ["_type", "dependency_count", "dependent_count", "comment_count", "content_hash"];
/// Sections of the body, and where beads has them; the exporter takes them apart again.
pub const SECTIONS: [(&str, &str); 4] =
    [("description", "Description"), ("design", "Design"), ("acceptance_criteria", "Acceptance criteria"), ("notes", "Notes")];

/// Moments that have a property here. What beads says more exactly than cmpm, its zone and fractions of a second, is kept.
pub const MOMENTS: [(&str, Property); 3] =
    [("created_at", Property::Created), ("due_at", Property::Due), ("defer_until", Property::DeferUntil)];

/// The sections of a body. Where the texts have such headings too, those of the sections end with more `#` than any of theirs
/// (`## Notes ##`); the exporter takes the headings with the most.
fn add_sections(raw: &mut Raw, texts: &[Option<String>; 4]) {
    let mut add = |close: &str| {
        raw.draft.body.clear();
        for ((_, heading), text) in SECTIONS.iter().zip(texts) {
            raw.add_section(&format!("{heading}{close}"), text.as_deref());
        }
        raw.draft.body.clone()
    };
    let Some(most) = texts.iter().flatten().filter_map(|text| closes(text)).max() else { return drop(add("")) };

    let comes_back = |body: &str| {
        let back = sections(body, &SECTIONS.map(|(_, heading)| heading));
        back.iter().zip(texts).all(|(back, text)| back.map(str::trim) == text.as_deref().map(str::trim).filter(|text| !text.is_empty()))
    };
    if most > 0 || !comes_back(&add("")) {
        add(&format!(" {}", "#".repeat(most + 1)));
    }
}

/// How many `#` the headings of sections in a text end with at most; `None` if there is none.
pub fn closes(text: &str) -> Option<usize> {
    let of_line = |line: &str| {
        let heading = line.trim_end().strip_prefix("## ")?;
        let name = heading.trim_end_matches('#');
        SECTIONS.iter().any(|(_, section)| name.trim_end() == *section).then(|| heading.len() - name.len())
    };
    text.lines().filter_map(of_line).max()
}

pub fn status_word(native: &str) -> &'static str {
    match native {
        "active" | "review" => "in_progress",
        "blocked" => "blocked",
        "done" | "cancelled" => "closed",
        _ => "open",
    }
}

pub fn read(source: &Source, config: &Config) -> Parcel {
    let mut parcel = Parcel::default();
    for file in &source.files {
        let lines: Vec<(usize, &str)> = file.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
        let read: Vec<Parcel> = lines.par_chunks(256).map(|lines| read_lines(file, lines, config)).collect();
        read.into_iter().for_each(|part| parcel.extend(part));
    }
    parcel
}

fn read_lines(file: &SourceFile, lines: &[(usize, &str)], config: &Config) -> Parcel {
    let mut reader = Reader { file, config, parcel: Parcel::default() };
    for (index, line) in lines {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        match serde_json::from_str::<Json>(line) {
            Ok(Json::Object(object)) => reader.take(Some(number), object),
            // `bd list --json` writes one list.
            Ok(Json::Array(items)) => {
                let objects = items.into_iter().filter_map(|item| if let Json::Object(object) = item { Some(object) } else { None });
                objects.for_each(|object| reader.take(Some(number), object));
            }
            Ok(_) => reader.parcel.wrong(file, number, "not an object of JSON"),
            Err(error) => reader.parcel.wrong(file, number, format!("not JSON: {}", reason(&error))),
        }
    }
    reader.parcel
}

/// The same for records that are not one line.
pub fn read_objects(file: &SourceFile, objects: Vec<Map<String, Json>>, config: &Config) -> Parcel {
    let mut reader = Reader { file, config, parcel: Parcel::default() };
    objects.into_iter().for_each(|object| reader.take(None, object));
    reader.parcel
}

struct Reader<'a> {
    file: &'a SourceFile,
    config: &'a Config,
    parcel: Parcel,
}

impl Reader<'_> {
    /// Takes one record, in the line where it begins if it has one.
    fn take(&mut self, line: Option<u32>, object: Map<String, Json>) {
        let Self { file, config, parcel } = self;
        parcel.records += 1;
        let word = |key: &str| object.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        if word("_type") == "memory" {
            parcel.losses.add("a memory is not a ticket: `cmpm memory import` imports it", &file.place);
            return;
        }
        if word("status") == "tombstone" {
            parcel.losses.add("a record that was deleted there (`tombstone`) was left out", &file.place);
            return;
        }
        let Some(name) = object.get("id").and_then(scalar) else {
            let deletion = object.contains_key("ts") || object.contains_key("deleted_at");
            let message = if deletion { "a note of a deletion, not a record" } else { "a record without an `id`" };
            let severity = if deletion { Severity::Note } else { Severity::Error };
            parcel.findings.push(file.finding(Rule::NotImported, severity, message).at(line.unwrap_or_default()));
            return;
        };
        let mut raw = Raw::new(object);
        raw.left.remove("id");
        DERIVED.iter().for_each(|key| drop(raw.left.remove(*key)));
        let updated = raw.left.get("updated_at").and_then(Json::as_str).map(words::sortable).unwrap_or_default();
        describe(&mut raw, config);
        link(&mut raw, &name);
        comment(&mut raw);
        let own = raw.left.get("external_ref").and_then(Json::as_str).and_then(|text| text.strip_prefix("cmpm:")).map(str::to_owned);
        if own.is_some() {
            raw.left.remove("external_ref");
        }
        let (draft, lost) = raw.finish();
        lost.iter().for_each(|what| parcel.losses.add(what, &file.place));
        parcel.items.push(Item { draft, name, own, place: file.place.clone(), line, updated, ..Item::default() });
    }
}

fn describe(raw: &mut Raw, config: &Config) {
    raw.draft.title = raw.take("title").unwrap_or_default();
    let status = raw.take("status").unwrap_or_else(|| "open".to_owned());
    raw.set_status(&status, status_word, config);
    if let Some(number) = raw.left.get("priority").and_then(Json::as_i64) {
        raw.left.remove("priority");
        let native = Priority::of_number(number).as_str();
        *raw.draft.priority = Some(native.to_owned());
        if !(0..=3).contains(&number) {
            raw.draft.keep("priority", number.into());
        }
    }
    let kind = raw.take("issue_type").unwrap_or_else(|| "task".to_owned());
    raw.draft.kind = Some(Kind::of_tracker(&kind));
    if !matches!(kind.as_str(), "epic" | "task") {
        raw.draft.keep("issue_type", kind.into());
    }
    *raw.draft.assignee = raw.take("assignee");
    *raw.draft.author = raw.take("created_by");
    for (key, property) in MOMENTS {
        let Some(text) = raw.take(key) else { continue };
        let moment = words::moment(&text);
        if moment != text {
            raw.draft.keep(key, text.into());
        }
        raw.draft.set(property, vec![moment]);
    }
    *raw.draft.labels = raw.take_list("labels");
    let texts = SECTIONS.map(|(key, _)| raw.take_long(key));
    add_sections(raw, &texts);
}

/// Edges by their types; those that cmpm has no key for are kept with their names.
fn link(raw: &mut Raw, name: &str) {
    let (mut others, mut remarks) = (Vec::new(), 0usize);
    for mut edge in raw.take_objects("dependencies") {
        let text = |edge: &Map<String, Json>, key: &str| edge.get(key).and_then(scalar);
        let from = text(&edge, "issue_id").unwrap_or_else(|| name.to_owned());
        // `bd show --json` has the needed record itself here.
        let Some(to) = text(&edge, "depends_on_id").or_else(|| text(&edge, "id")) else { continue };
        let kind = text(&edge, "type").or_else(|| text(&edge, "dependency_type")).unwrap_or_else(|| "blocks".to_owned());
        ["issue_id", "depends_on_id", "type"].iter().for_each(|key| drop(edge.remove(*key)));
        remarks += usize::from(edge.iter().any(|(_, value)| !crate::exchange::json::is_empty(value)));
        if from != name {
            others.push(Json::from(format!("{from} {kind} {to}")));
            continue;
        }
        let draft = &mut raw.draft;
        match kind.as_str() {
            "parent-child" if draft.parent.is_none() => *draft.parent = Some(to),
            "blocks" => draft.depends_on.push(to),
            "conditional-blocks" | "waits-for" => {
                others.push(Json::from(format!("{kind} {to}")));
                draft.depends_on.push(to);
            }
            "related" | "relates-to" => draft.related.push(to),
            "duplicates" => draft.duplicates.push(to),
            "discovered-from" => draft.discovered_from.push(to),
            _ => others.push(Json::from(format!("{kind} {to}"))),
        }
    }
    if remarks > 0 {
        raw.lost.push("when and by whom a dependency was added".to_owned());
    }
    if !others.is_empty() {
        raw.draft.keep("links", Json::Array(others));
    }
    let parent = raw.take("parent");
    let dotted = name.rsplit_once('.').filter(|(_, part)| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let draft = &mut raw.draft;
    *draft.parent = draft.parent.take().or(parent).or_else(|| dotted.map(|(parent, _)| parent.to_owned()));
}

fn comment(raw: &mut Raw) {
    let comments = raw.take_objects("comments").into_iter().map(|mut object| {
        let text = object.remove("text").as_ref().and_then(Json::as_str).unwrap_or_default().trim().to_owned();
        let written = object.remove("created_at").as_ref().and_then(scalar);
        let created = written.as_deref().map(words::moment);
        let author = object.remove("author").as_ref().and_then(scalar);
        let exact = written.filter(|written| created.as_ref() != Some(written)).map(|written| ("created_at".to_owned(), written.into()));
        // A number counts within its issue, which the export does again.
        let id = object.remove("id").filter(Json::is_string).map(|id| ("id".to_owned(), id));
        Comment { created, author, text, more: exact.into_iter().chain(id).collect() }
    });
    raw.draft.comments = comments.filter(|said| !said.text.is_empty()).collect();
}
