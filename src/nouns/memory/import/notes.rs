//! Pages: plain Markdown, the notes of basic-memory, and what Claude Code keeps.

use serde_json::{Map, Value as Json};

use crate::base::{Rule, Severity};
use crate::document::{Document, Node, markdown};

use super::super::file::draft::{Draft, rest_of};
use super::item::{Item, Parcel, kept};
use super::mem0::objects;
use crate::exchange::{Source, SourceFile};

/// A page as it is read: what is known of it, and the front matter that is left.
pub struct PageParts {
    pub draft: Draft,
    /// The other keys.
    pub rest: Map<String, Json>,
}

pub fn parts(file: &SourceFile) -> PageParts {
    let document = Document::parse(file.text.clone().into_bytes());
    let mut rest = rest_of(&document);
    let mut take = |keys: &[&str]| keys.iter().find_map(|key| take_scalar(&mut rest, key));
    let text = document.body().trim_matches(['\n', '\r']).trim_end().to_owned();
    let title = take(&["title", "name"]).or_else(|| markdown::title(&text)).unwrap_or_else(|| title_of_name(&file.stem()));
    let (created, author) = (take(&["created", "created_date", "date"]), take(&["author"]));
    let tags = tags(&document);
    rest.remove("tags");
    PageParts { draft: Draft { title: Some(title), text, tags, created, author, ..Draft::default() }, rest }
}

fn take_scalar(rest: &mut Map<String, Json>, key: &str) -> Option<String> {
    let text = rest.get(key)?.as_str().filter(|text| !text.trim().is_empty())?.to_owned();
    rest.remove(key);
    Some(text)
}

/// A list, or a text with commas.
fn tags(document: &Document) -> Vec<String> {
    match document.field("tags").map(|field| &field.node) {
        Some(Node::Scalar(text)) => text.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect(),
        _ => document.texts("tags"),
    }
}

fn title_of_name(stem: &str) -> String {
    let words = stem.split_once(".html").map_or(stem, |(words, _)| words).replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Plain Markdown: one page is one memory.
pub fn read_markdown(source: &Source) -> Parcel {
    let mut parcel = Parcel::default();
    for file in source.files.iter().filter(|file| file.is_page() || source.single) {
        let PageParts { draft, rest } = parts(file);
        parcel.items.push(Item::of_file(file, Draft { more: kept("markdown", rest), ..draft }));
    }
    parcel
}

/// Notes of basic-memory, and the graph of the memory server it can read as well.
pub fn read_basic_memory(source: &Source) -> Parcel {
    let mut parcel = Parcel::default();
    for file in &source.files {
        if !file.is_page() {
            read_graph(&mut parcel, file);
            continue;
        }
        let PageParts { mut draft, mut rest } = parts(file);
        let kind = take_scalar(&mut rest, "type").unwrap_or_default();
        if kind == "schema" {
            parcel.findings.push(file.finding(Rule::NotImported, Severity::Note, "a schema note describes notes; it is not a memory"));
            continue;
        }
        if !matches!(kind.as_str(), "" | "note") {
            draft.tags.push(kind);
        }
        let permalink = take_scalar(&mut rest, "permalink");
        let item = Item::of_file(file, Draft { more: kept("basic-memory", rest), ..draft });
        parcel.items.push(Item { external: permalink.unwrap_or_else(|| item.external.clone()), ..item });
    }
    parcel
}

/// Entities become memories, with their observations and relations as lists.
fn read_graph(parcel: &mut Parcel, file: &SourceFile) {
    let Ok(lines) = objects(&file.text) else {
        parcel.findings.push(file.finding(Rule::NotJson, Severity::Error, "not JSON lines"));
        return;
    };
    let text = |object: &Json, key: &str| object.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let relations: Vec<(String, String)> = lines
        .iter()
        .filter(|line| text(line, "type") == "relation")
        .map(|line| (text(line, "from"), format!("- {} [[{}]]", text(line, "relationType"), text(line, "to"))))
        .collect();
    for line in lines.iter().filter(|line| text(line, "type") == "entity") {
        let name = text(line, "name");
        let observations = line.get("observations").and_then(Json::as_array).cloned().unwrap_or_default();
        let mut list: Vec<String> = observations.iter().filter_map(Json::as_str).map(|one| format!("- {one}")).collect();
        list.extend(relations.iter().filter(|(from, _)| *from == name).map(|(_, relation)| relation.clone()));
        let tags = Some(text(line, "entityType")).filter(|kind| !kind.is_empty()).into_iter().collect();
        let body = if list.is_empty() { name.clone() } else { list.join("\n") };
        let raw = format!("{line}\n{body}");
        let draft = Draft { title: Some(name.clone()), text: body, tags, ..Draft::default() };
        parcel.items.push(Item { external: name, ..Item::of_part(file, &raw, draft) });
    }
}

/// What Claude Code keeps: one page per memory, and the sections of `CLAUDE.md`.
pub fn read_claude(source: &Source) -> Parcel {
    let mut parcel = Parcel::default();
    for file in source.files.iter().filter(|file| file.is_page()) {
        match file.place.name().as_ref() {
            "MEMORY.md" => {
                let finding = file.finding(Rule::NotImported, Severity::Note, "the index is generated from the memories themselves");
                parcel.findings.push(finding);
            }
            "CLAUDE.md" | "CLAUDE.local.md" => read_instructions(&mut parcel, file),
            _ => parcel.items.push(claude_item(file)),
        }
    }
    parcel
}

fn claude_item(file: &SourceFile) -> Item {
    let PageParts { mut draft, mut rest } = parts(file);
    let nested = rest.get("metadata").and_then(|metadata| metadata.get("type")).and_then(Json::as_str).map(str::to_owned);
    let kind = take_scalar(&mut rest, "type").or(nested);
    let is_rule = file.place.parent().name() == "rules";
    draft.category = Some(if is_rule || matches!(kind.as_deref(), Some("user" | "feedback")) { "team" } else { "project" }.to_owned());
    draft.tags.extend(kind);
    if let Some(paths) = rest.remove("paths") {
        let list = paths.as_array().cloned().unwrap_or_else(|| vec![paths]);
        draft.scope = list.iter().filter_map(Json::as_str).map(str::to_owned).collect();
    }
    if let Some(description) = rest.get("description").and_then(Json::as_str).filter(|text| !text.trim().is_empty()) {
        draft.title = Some(description.to_owned());
    }
    Item::of_file(file, Draft { more: kept("claude", rest), ..draft })
}

/// Each part under a heading of the second level is a memory of its own; so is what stands before the first.
fn read_instructions(parcel: &mut Parcel, file: &SourceFile) {
    let document = Document::parse(file.text.clone().into_bytes());
    let body = document.body();
    let sections: Vec<_> = markdown::sections(body).into_iter().filter(|section| section.level == 2).collect();
    let head = body.get(..sections.first().map_or(body.len(), |section| section.range.start)).unwrap_or_default();
    let mut part = |name: &str, title: Option<String>, text: &str| {
        let said = text.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#'));
        if said {
            let draft = Draft { title, text: text.trim().to_owned(), category: Some("team".to_owned()), ..Draft::default() };
            let item = Item::of_part(file, text, draft);
            parcel.items.push(Item { external: format!("{}#{name}", item.external), ..item });
        }
    };
    part("", markdown::title(body), head);
    for section in &sections {
        part(&markdown::slug(&section.heading), Some(section.heading.clone()), section.text);
    }
    if body.lines().any(|line| line.trim_start().starts_with('@')) {
        parcel.lose("`@file` in CLAUDE.md is not followed; import that file as well", &file.place);
    }
}
