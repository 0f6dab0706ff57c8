//! task-master: `tasks.json`, with a list of tasks, or with one for each tag.

use crate::base::Rule;
use serde_json::{Map, Value as Json};

use crate::config::Config;
use crate::exchange::json::{documents, scalar};
use crate::exchange::{Source, SourceFile};
use crate::words::Kind;

use super::item::{Item, Parcel, Raw};
use super::words;

/// The tag whose tasks have no tag in their names.
const MAIN_TAG: &str = "master";

/// The word that task-master has for a status.
fn status_word(native: &str) -> &'static str {
    match native {
        "planning" => "pending",
        "active" => "in-progress",
        "review" => "review",
        "done" => "done",
        "cancelled" => "cancelled",
        "blocked" => "blocked",
        _ => "",
    }
}

/// Where a task stands: the tag, and the task around a subtask.
#[derive(Clone, Copy)]
struct Around<'a> {
    tag: &'a str,
    parent: Option<&'a str>,
    updated: &'a str,
}

pub fn read(source: &Source, config: &Config) -> Parcel {
    let mut parcel = Parcel::default();
    for file in &source.files {
        if file.is_page() {
            parcel.losses.add("a page that task-master generated from its `tasks.json`", &file.place);
            continue;
        }
        let (found, broken) = documents(&file.text);
        if let Some((line, why)) = broken {
            parcel.wrong(file, line, format!("not JSON from here on: {why}"));
        }
        let mut reader = Reader { parcel: &mut parcel, file, config };
        found.into_iter().for_each(|document| reader.document(document));
    }
    parcel
}

struct Reader<'a> {
    parcel: &'a mut Parcel,
    file: &'a SourceFile,
    config: &'a Config,
}

impl Reader<'_> {
    fn document(&mut self, document: Json) {
        let Json::Object(mut object) = document else { return };
        if object.get("tasks").is_some_and(Json::is_array) {
            let metadata = object.remove("metadata").unwrap_or_default();
            return self.tag(MAIN_TAG, (object, metadata));
        }
        for (tag, list) in object {
            let Json::Object(mut list) = list else {
                self.parcel.losses.add(&format!("`{tag}` is not a list of tasks"), &self.file.place);
                continue;
            };
            let metadata = list.remove("metadata").unwrap_or_default();
            self.tag(&tag, (list, metadata));
        }
    }

    fn tag(&mut self, tag: &str, (mut list, metadata): (Map<String, Json>, Json)) {
        let text = |key: &str| metadata.get(key).and_then(scalar);
        if text("description").is_some() {
            self.parcel.losses.add("the description of a tag", &self.file.place);
        }
        let updated = text("updated").or_else(|| text("updatedAt")).map(|text| words::sortable(&text)).unwrap_or_default();
        let Some(Json::Array(tasks)) = list.remove("tasks") else { return };
        for task in tasks {
            if let Json::Object(task) = task {
                self.take(task, Around { tag, parent: None, updated: &updated });
            }
        }
    }

    fn take(&mut self, task: Map<String, Json>, around: Around<'_>) {
        self.parcel.records += 1;
        let mut raw = Raw::new(task);
        let Some(id) = raw.take("id") else {
            self.parcel.findings.push(self.file.finding(Rule::NotImported, crate::base::Severity::Error, "a task without an `id`"));
            return;
        };
        // A subtask's id counts within its task; some files have the whole id there.
        let whole = around.parent.map_or_else(|| id.clone(), |parent| if id.contains('.') { id.clone() } else { format!("{parent}.{id}") });
        let name = named(around.tag, &whole);
        describe(&mut raw, self.config);
        raw.draft.kind = Some(if around.parent.is_some() { Kind::Task } else { Kind::Issue });
        *raw.draft.parent = around.parent.map(|parent| named(around.tag, parent));
        if around.tag != MAIN_TAG {
            raw.draft.keep("tag", around.tag.into());
        }
        // A number in a subtask names a subtask next to it.
        let needed = raw.take_list("dependencies").into_iter().map(|needed| match around.parent {
            Some(parent) if !needed.contains('.') => named(around.tag, &format!("{parent}.{needed}")),
            _ => named(around.tag, &needed),
        });
        *raw.draft.depends_on = needed.collect();
        let subtasks = raw.take_objects("subtasks");
        raw.left.remove("parentTaskId");
        raw.left.remove("parentId");
        let updated =
            raw.left.get("updatedAt").and_then(scalar).map(|text| words::sortable(&text)).unwrap_or_else(|| around.updated.to_owned());
        let (draft, lost) = raw.finish();
        lost.iter().for_each(|what| self.parcel.losses.add(what, &self.file.place));
        self.parcel.items.push(Item { draft, name, place: self.file.place.clone(), updated, ..Item::default() });
        for subtask in subtasks {
            self.take(subtask, Around { parent: Some(&whole), ..around });
        }
    }
}

fn named(tag: &str, id: &str) -> String {
    if tag == MAIN_TAG { id.to_owned() } else { format!("{tag}:{id}") }
}

fn describe(raw: &mut Raw, config: &Config) {
    raw.draft.title = raw.take("title").unwrap_or_default();
    let status = raw.take("status").unwrap_or_else(|| "pending".to_owned());
    raw.set_status(&status, status_word, config);
    if let Some(word) = raw.take("priority") {
        raw.set_priority(&word);
    }
    *raw.draft.assignee = raw.take("assignee");
    for (key, heading) in [("description", "Description"), ("details", "Details"), ("testStrategy", "Test strategy")] {
        let text = raw.take_long(key);
        raw.add_section(heading, text.as_deref());
    }
}
