//! beads' `issues.jsonl`: what came from beads has its id and its own words again.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json, json};

use crate::base::date::parse_moment;
use crate::base::text;
use crate::config::{Category, Config};
use crate::exchange::Losses;
use crate::exchange::json::scalar;
use crate::store::Stored;
use crate::words::{Kind, Priority, Property};

use super::super::file::draft::Draft;
use super::super::import::{MOMENTS, SECTIONS, closes};
use super::super::model::Ticket;
use super::place::{place_in, sections};

/// What has a meaning only in this project.
struct Here<'a> {
    /// The name of each ticket there, by its id here in lower case.
    names: HashMap<String, String>,
    config: &'a Config,
}

/// A ticket as beads will know it.
struct Issue<'a> {
    id: String,
    created: Option<String>,
    draft: &'a Draft,
}

/// The whole file.
pub fn render(drafts: &[Draft], chosen: &[&Stored<Ticket>], config: &Config, losses: &mut Losses) -> String {
    let here = Here { names: names(drafts), config };
    let mut out = String::new();
    for (draft, stored) in drafts.iter().zip(chosen) {
        let record = record(draft, &stored.record, &here, &mut |what| losses.add(what, &stored.path));
        out.push_str(&record.to_string());
        out.push('\n');
    }
    out
}

/// The name of each ticket there, by its id here in lower case: the one it came with, else one made of its id.
fn names(drafts: &[Draft]) -> HashMap<String, String> {
    let mut taken: HashSet<String> =
        drafts.iter().filter_map(|draft| place_in(draft, "beads")).map(|(name, _)| name.to_lowercase()).collect();
    let mut names = HashMap::new();
    for draft in drafts {
        let Some(id) = &draft.id else { continue };
        let key = id.to_lowercase();
        let made = || {
            let last = key.split_once('-').map_or(key.as_str(), |(_, last)| last);
            let short = format!("cmpm-{}", last.replace(['_', '.'], "-"));
            if taken.contains(&short) { format!("cmpm-{}", key.replace(['_', '.'], "-")) } else { short }
        };
        let name = place_in(draft, "beads").map_or_else(made, |(name, _)| name.to_owned());
        taken.insert(name.to_lowercase());
        names.insert(key, name);
    }
    names
}

fn record(draft: &Draft, ticket: &Ticket, here: &Here<'_>, lose: &mut dyn FnMut(&str)) -> Json {
    let id = draft.id.as_ref().and_then(|id| here.names.get(&id.to_lowercase())).cloned().unwrap_or_default();
    let issue = Issue { id, created: draft.created.as_deref().and_then(moment), draft };
    let mut object = kept(draft);
    if issue.created.is_none() {
        lose("`created_at`, which beads requires: it is missing here, or is not a date");
    }
    object.insert("id".into(), issue.id.clone().into());
    object.insert("title".into(), draft.heading().into());
    insert_sections(&mut object, &draft.body, lose);
    let status = status(draft, ticket, here.config);
    if ticket.category == Category::Cancelled && status == "closed" {
        lose("that it was cancelled; beads has it as closed");
    }
    object.insert("status".into(), status);
    if let Some(priority) = priority(draft, lose) {
        object.insert("priority".into(), priority);
    }
    object.entry("issue_type").or_insert_with(|| kind(ticket.kind).into());
    for (key, property) in MOMENTS {
        let Some(text) = draft.texts(property).first() else { continue };
        let still = object.get(key).and_then(Json::as_str).is_some_and(|came| moment(came).is_some() && moment(came) == moment(text));
        match moment(text) {
            _ if still => {}
            Some(text) => drop(object.insert(key.into(), text.into())),
            None if property == Property::Created => {}
            None => lose(&format!("`{key}`, which is not a date here")),
        }
    }
    if let Some(created) = object.get("created_at").cloned() {
        object.entry("updated_at").or_insert(created);
    }
    // In beads a record is closed exactly if it says when.
    if ticket.category.is_closed() {
        if let Some(updated) = object.get("updated_at").cloned() {
            object.entry("closed_at").or_insert(updated);
        }
    } else {
        object.remove("closed_at");
    }
    for (key, text) in [("assignee", &draft.assignee), ("created_by", &draft.author)] {
        text.iter().for_each(|text| drop(object.insert(key.into(), text.as_str().into())));
    }
    if place_in(draft, "beads").is_none() {
        object.entry("external_ref").or_insert_with(|| format!("cmpm:{}", draft.id.clone().unwrap_or_default()).into());
    }
    object.extend(issue.lists(&here.names, lose));
    lose_rest(draft, lose);
    Json::Object(object)
}

/// The parts of a text, each under the key that beads has for it.
fn insert_sections(object: &mut Map<String, Json>, body: &str, lose: &mut dyn FnMut(&str)) {
    let close = closes(body).filter(|most| *most > 0).map_or_else(String::new, |most| format!(" {}", "#".repeat(most)));
    let headings = SECTIONS.map(|(_, heading)| format!("{heading}{close}"));
    let mut back = Vec::new();
    for (((key, _), heading), text) in SECTIONS.iter().zip(&headings).zip(sections(body, &headings.each_ref().map(String::as_str))) {
        // A heading with nothing below it is no loss.
        back.extend(text.map(|text| format!("## {heading}\n\n{text}").trim_end().to_owned()));
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            object.insert((*key).into(), text.into());
        }
    }
    if back.join("\n\n") != body.trim() {
        lose("how its text is divided by headings and blank lines");
    }
}

/// What beads has no place for: every property that is not written above.
fn lose_rest(draft: &Draft, lose: &mut dyn FnMut(&str)) {
    use Property::{
        Aliases, Assignee, Author, Blocks, Created, DeferUntil, DependsOn, DiscoveredFrom, Due, Duplicates, Labels, Parent, Priority,
        Related, Status, Title,
    };
    const CARRIED: &[Property] = &[
        Title,
        Status,
        Priority,
        Parent,
        Assignee,
        Due,
        DeferUntil,
        Created,
        Author,
        Labels,
        DependsOn,
        Blocks,
        Related,
        Duplicates,
        DiscoveredFrom,
        Aliases,
    ];
    draft.given().filter(|(property, _)| !CARRIED.contains(property)).for_each(|(property, _)| lose(&format!("`{}`", property.name())));
}

impl Issue<'_> {
    /// Labels, dependencies and comments, where there are any.
    fn lists(&self, names: &HashMap<String, String>, lose: &mut dyn FnMut(&str)) -> Map<String, Json> {
        let lists: [(&str, Json); 3] = [
            ("labels", self.draft.labels.clone().into_inner().into()),
            ("dependencies", self.edges(names, lose).into()),
            ("comments", self.comments(lose).into()),
        ];
        lists
            .into_iter()
            .filter(|(_, list)| list.as_array().is_some_and(|list| !list.is_empty()))
            .map(|(key, list)| (key.to_owned(), list))
            .collect()
    }

    fn edges(&self, names: &HashMap<String, String>, lose: &mut dyn FnMut(&str)) -> Vec<Json> {
        let Self { id: own, created, draft } = self;
        let lists = [
            ("blocks", &draft.depends_on),
            ("related", &draft.related),
            ("duplicates", &draft.duplicates),
            ("discovered-from", &draft.discovered_from),
        ];
        let listed = lists.into_iter().flat_map(|(kind, list)| list.iter().map(move |id| (kind, id)));
        let parent = draft.parent.iter().map(|id| ("parent-child", id));
        let mut edges = Vec::new();
        for (kind, id) in parent.chain(listed) {
            match names.get(&id.to_lowercase()) {
                Some(to) => {
                    let edge =
                        json!({ "issue_id": own, "depends_on_id": to, "type": kind, "created_at": created, "created_by": draft.author });
                    edges.push(dated(edge));
                }
                None => lose("a link to a ticket that is not exported"),
            }
        }
        self.add_kept(&mut edges, names, lose);
        if !draft.blocks.is_empty() {
            lose("`blocks` (the other ticket's `depends_on` is carried)");
        }
        edges
    }

    /// Dependencies that cmpm has no key for, as they came: `parent-child bd-2`.
    fn add_kept(&self, edges: &mut Vec<Json>, names: &HashMap<String, String>, lose: &mut dyn FnMut(&str)) {
        let draft = self.draft;
        let kept = draft.kept("links").and_then(Json::as_array).filter(|_| place_in(draft, "beads").is_some());
        for link in kept.into_iter().flatten().filter_map(Json::as_str) {
            let [kind, to] = link.split_whitespace().collect::<Vec<_>>()[..] else {
                lose("a dependency that stands at another ticket; it is kept under `imported`");
                continue;
            };
            if !names.values().any(|name| name == to) || Property::ALL.iter().any(|property| property.name() == kind) {
                lose("a link to a ticket that is not exported");
                continue;
            }
            let is = |edge: &Json, kind: &str| edge["depends_on_id"] == to && edge["type"] == kind;
            if matches!(kind, "conditional-blocks" | "waits-for") {
                // cmpm has these as ones that block.
                let Some(at) = edges.iter().position(|edge| is(edge, "blocks")) else { continue };
                edges.remove(at);
            }
            if edges.iter().any(|edge| is(edge, kind)) {
                continue;
            }
            let Self { id: own, created, draft } = self;
            edges.push(dated(
                json!({ "issue_id": own, "depends_on_id": to, "type": kind, "created_at": created, "created_by": draft.author }),
            ));
        }
    }

    fn comments(&self, lose: &mut dyn FnMut(&str)) -> Vec<Json> {
        let comment = |(index, said): (usize, &super::super::file::comment::Comment)| {
            let exact =
                said.more.get("created_at").and_then(Json::as_str).filter(|exact| said.created.as_deref() == moment(exact).as_deref());
            let when = exact.map(str::to_owned).or_else(|| said.created.as_deref().map_or_else(|| self.created.clone(), moment));
            if when.is_none() && said.created.is_some() {
                lose("`created_at` of a comment, which is not a date here");
            }
            let id = said.more.get("id").cloned().unwrap_or_else(|| (index + 1).into());
            dated(
                json!({ "id": id, "issue_id": self.id, "author": said.author.as_deref().unwrap_or("unknown"), "text": said.text, "created_at": when }),
            )
        };
        self.draft.comments.iter().enumerate().map(comment).collect()
    }
}

/// What came from beads and cmpm has no key for.
fn kept(draft: &Draft) -> Map<String, Json> {
    let from_beads = place_in(draft, "beads").is_some();
    let entries = draft.more.get("imported").and_then(Json::as_object).filter(|_| from_beads).cloned().unwrap_or_default();
    let ours = ["status", "priority", "links"];
    let number = |value: Json| match &value {
        Json::String(text) => text.parse::<i64>().map_or_else(|_| truth(value.clone()), Json::from),
        _ => value,
    };
    let numbers = ["estimated_minutes", "timeout", "original_size", "compaction_level", "ephemeral", "no_history", "pinned", "is_template"];
    let restored = |(key, value): (String, Json)| if numbers.contains(&key.as_str()) { (key, number(value)) } else { (key, value) };
    entries.into_iter().filter(|(key, _)| !ours.contains(&key.as_str())).map(restored).collect()
}

fn truth(value: Json) -> Json {
    match value.as_str() {
        Some("true") => true.into(),
        Some("false") => false.into(),
        _ => value,
    }
}

fn status(draft: &Draft, ticket: &Ticket, config: &Config) -> Json {
    // The word it came with, as long as it still means what the status says.
    let raw = draft.kept("status").and_then(Json::as_str).filter(|_| place_in(draft, "beads").is_some());
    let means = |word: &str| super::super::import::status(word, config);
    let still = raw.filter(|word| means(word).known && means(word).native == draft.status);
    let word = match ticket.category {
        _ if draft.status == "blocked" => "blocked",
        Category::Todo => "open",
        Category::Active => "in_progress",
        Category::Done | Category::Cancelled => "closed",
    };
    still.unwrap_or(word).into()
}

fn priority(draft: &Draft, lose: &mut dyn FnMut(&str)) -> Option<Json> {
    let is_theirs = place_in(draft, "beads").is_some();
    let came = draft.kept("priority").and_then(scalar).filter(|_| is_theirs);
    let word = draft.priority.as_deref().or(came.as_deref());
    if word.is_none() && is_theirs {
        return None;
    }
    let known = word.and_then(Priority::of_file);
    if let (Some(word), None) = (word, known) {
        lose(&format!("the priority `{}`, which beads does not have; it counts as 2", text::fit(&text::one_line(word), 40)));
    }
    let native = known.unwrap_or(Priority::Medium) as i64;
    let raw = came.and_then(|text| text.parse::<i64>().ok());
    Some(raw.filter(|raw| (*raw >= 3) == (native == 3)).unwrap_or(native).into())
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Epic => "epic",
        Kind::Task => "task",
        Kind::Issue | Kind::Pr => "feature",
    }
}

fn moment(text: &str) -> Option<String> {
    parse_moment(text).map(|moment| moment.to_string())
}

/// Without `created_at` where nobody knows it.
fn dated(mut object: Json) -> Json {
    if let Some(entries) = object.as_object_mut() {
        entries.retain(|key, value| key != "created_at" || !value.is_null());
    }
    object
}
