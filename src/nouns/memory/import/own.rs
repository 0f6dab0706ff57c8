//! cmpm's own forms: JSON lines, and the files of another project's memory. Ids and every key stay as they are.

use crate::base::{Id, Rule, Severity};
use crate::config::Config;
use crate::document::Document;
use crate::store::{Entry, Record, Source as ReadFrom, Stored};

use super::super::file::draft::Draft;
use super::super::file::error::json_reason;
use super::super::model::Memory;
use super::item::{Item, Parcel};
use crate::exchange::{Source, SourceFile};

pub fn read(source: &Source, config: &Config) -> Parcel {
    let mut parcel = Parcel::default();
    for file in &source.files {
        if file.is_page() { read_page(&mut parcel, file, config) } else { read_lines(&mut parcel, file) }
    }
    parcel
}

fn read_lines(parcel: &mut Parcel, file: &SourceFile) {
    for (index, line) in file.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let wrong = |message: String| file.finding(Rule::NotAMemory, Severity::Error, message).at(number);
        match serde_json::from_str::<Draft>(line) {
            Ok(draft) if draft.id.as_deref().is_some_and(|id| Id::parse(id).is_none()) => {
                parcel.findings.push(wrong("the line has an invalid `id`".to_owned()));
            }
            Ok(draft) => {
                let external = draft.id.clone().unwrap_or_else(|| format!("{}:{number}", file.place));
                parcel.items.push(Item { external, line: Some(number), ..Item::of_part(file, line, draft) });
            }
            Err(error) => parcel.findings.push(wrong(format!("not a memory: {}", json_reason(&error)))),
        }
    }
}

fn read_page(parcel: &mut Parcel, file: &SourceFile, config: &Config) {
    let document = Document::parse(file.text.clone().into_bytes());
    let path = file.place.clone();
    match Memory::read(&Entry { path: &path, document: &document, config }, &mut Vec::new()) {
        Ok(record) => {
            let stored = Stored { record, path, document, source: ReadFrom::WorkTree };
            let mut draft = Draft::of(&stored);
            // What `export --to markdown` adds for other readers.
            if draft.more.remove("permalink").is_some() {
                draft.more.remove("type");
            }
            let external = draft.id.clone().unwrap_or_default();
            parcel.items.push(Item { external, ..Item::of_file(file, draft) });
        }
        Err(finding) => parcel.findings.push(finding),
    }
}
