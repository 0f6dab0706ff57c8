//! Trees of ticket pages: ai-trackdown in any dialect that cmpm reads, and cmpm's own. Every key stays under its name.

use std::collections::HashMap;

use crate::base::{RepoPath, Severity};
use crate::config::Config;
use crate::document::Document;
use crate::exchange::{Source, SourceFile};
use crate::store::{Entry, Record, Source as ReadFrom, Stored};
use crate::words::Priority;

use super::super::file::comment::{Comment, Owners};
use super::super::file::draft::Draft;
use super::super::model::Ticket;
use super::item::{Item, Parcel};
use super::words;

/// Reads an ai-trackdown tree: its tickets get new ids, the old ones become aliases.
pub fn read_trackdown(source: &Source, config: &Config) -> Parcel {
    let mut parcel = read(source, config);
    for item in &mut parcel.items {
        let draft = &mut item.draft;
        item.name = draft.id.take().unwrap_or_default();
        let written = draft.status.clone();
        let found = words::status(&written, config);
        if found.native != written {
            found.native.clone_into(&mut draft.status);
            draft.keep("status", written.clone().into());
        }
        // A second word for the status would count for more than the one that is written.
        if let Some(state) = draft.more.remove("state").filter(|state| state.as_str() != Some(written.as_str())) {
            draft.keep("state", state);
        }
        if let Some(priority) = draft.priority.take() {
            *draft.priority = Priority::parse(&priority).map(|priority| priority.as_str().to_owned());
            if draft.priority.as_deref() != Some(&priority) {
                draft.keep("priority", priority.into());
            }
        }
        *draft.created = draft.created.take().map(|text| words::moment(&text));
        // The writer spreads the parsed file back into its front matter, with an absolute path.
        drop(draft.more.remove("file_path"));
        let copy = draft.more.remove("content");
        if let Some(text) = copy.as_ref().and_then(|copy| copy.as_str()).filter(|_| draft.body.trim().is_empty()) {
            draft.body = super::super::file::draft::plain_body(text);
        }
        item.updated = updated(draft);
    }
    parcel
}

/// When a page was changed last, in a form that sorts.
pub fn updated(draft: &Draft) -> String {
    let keys = ["updated_date", "updated_at", "updatedAt", "updated"];
    let written = keys.iter().find_map(|key| draft.more.get(*key).and_then(|value| value.as_str()));
    written.or(draft.created.as_deref()).map(words::sortable).unwrap_or_default()
}

/// Reads pages of cmpm: ids stay.
pub fn read_own(source: &Source, config: &Config) -> Parcel {
    let mut parcel = read(source, config);
    for item in &mut parcel.items {
        (item.name, item.updated) = (item.draft.id.clone().unwrap_or_default(), updated(&item.draft));
    }
    parcel
}

fn read(source: &Source, config: &Config) -> Parcel {
    let mut parcel = Parcel::default();
    let mut said: Vec<&SourceFile> = Vec::new();
    for file in source.files.iter().filter(|file| file.is_page()) {
        let part = |name: &str| file.place.lossy().split('/').any(|part| part.eq_ignore_ascii_case(name));
        if part("templates") {
            parcel.losses.add("a template is not a ticket", &file.place);
        } else if part("comments") {
            said.push(file);
        } else {
            take(&mut parcel, file, config);
        }
    }
    let owners = Owners::new(parcel.items.iter().filter_map(|item| item.draft.id.as_deref()));
    let mut comments: HashMap<Option<String>, Vec<Comment>> = HashMap::new();
    for file in said {
        let ticket = owner(&file.place, &owners).map(str::to_owned);
        comments.entry(ticket).or_default().push(Comment::of(&Document::parse(file.text.clone().into_bytes())));
    }
    for item in parcel.items.iter_mut().filter(|item| item.draft.id.is_some()) {
        let mut said = comments.remove(&item.draft.id).unwrap_or_default();
        said.sort_by_cached_key(Comment::order);
        item.draft.comments = said;
    }
    let place = source.files.first().map(|file| file.place.clone()).unwrap_or_default();
    parcel.losses.add_many("a comment on a ticket that does not exist", &place, comments.values().map(Vec::len).sum());
    parcel
}

/// The ticket of a comment: below a folder `comments`, the folder that is called as one.
fn owner<'a>(place: &RepoPath, owners: &Owners<'a>) -> Option<&'a str> {
    let place = place.lossy();
    let folders: Vec<&str> = place.rsplit_once('/')?.0.split('/').collect();
    folders
        .windows(2)
        .filter(|pair| pair.first().is_some_and(|folder| folder.eq_ignore_ascii_case("comments")))
        .find_map(|pair| owners.of(pair.last()?))
}

fn take(parcel: &mut Parcel, file: &SourceFile, config: &Config) {
    parcel.records += 1;
    match read_page(file.text.clone(), &file.place, config) {
        Ok(draft) => parcel.items.push(Item { draft, place: file.place.clone(), ..Item::default() }),
        Err(finding) => {
            let severity = finding.severity.min(Severity::Warning);
            parcel.findings.push(crate::base::Finding { severity, ..*finding });
        }
    }
}

pub fn read_page(text: String, place: &RepoPath, config: &Config) -> Result<Draft, Box<crate::base::Finding>> {
    let document = Ticket::document(text.into_bytes());
    let record = Ticket::read(&Entry { path: place, document: &document, config }, &mut Vec::new()).map_err(Box::new)?;
    Ok(Draft::of(&Stored { record, path: place.clone(), document, source: ReadFrom::WorkTree }))
}
