//! GitHub: what `gh issue list --json …` writes, and the same objects as the REST interface has them.

use serde_json::{Map, Value as Json};

use crate::base::{Rule, Severity};
use crate::config::Config;
use crate::exchange::json::{documents, scalar};
use crate::exchange::{Source, SourceFile};
use crate::words::Kind;

use super::super::file::comment::Comment;
use super::item::{Item, Parcel, Raw};
use super::words;

/// What stands for numbers and addresses of GitHub alone.
const LEFT_BEHIND: [&str; 12] = [
    "reactionGroups",
    "reactions",
    "projectCards",
    "projectItems",
    "node_id",
    "events_url",
    "labels_url",
    "comments_url",
    "repository_url",
    "timeline_url",
    "performed_via_github_app",
    "author_association",
];

/// GitHub has two states; which of ours they are is in `stateReason`.
fn status_word(native: &str) -> &'static str {
    match native {
        "planning" => "OPEN",
        "done" => "CLOSED",
        _ => "",
    }
}

pub fn read(source: &Source, config: &Config) -> Parcel {
    let mut parcel = Parcel::default();
    for file in source.files.iter().filter(|file| !file.is_page()) {
        let (found, broken) = documents(&file.text);
        if let Some((line, why)) = broken {
            parcel.wrong(file, line, format!("not JSON from here on: {why}"));
        }
        let items = found.into_iter().flat_map(|document| if let Json::Array(items) = document { items } else { vec![document] });
        for item in items {
            match item {
                Json::Object(object) => take(&mut parcel, file, object, config),
                _ => parcel.findings.push(file.finding(Rule::NotImported, Severity::Error, "an entry that is not an object")),
            }
        }
    }
    parcel
}

/// The address without the number: tickets of several repositories in one file stay apart.
fn repository_of(url: &str) -> Option<&str> {
    url.rsplit_once("/issues/").or_else(|| url.rsplit_once("/pull/")).map(|(repository, _)| repository)
}

fn take(parcel: &mut Parcel, file: &SourceFile, object: Map<String, Json>, config: &Config) {
    parcel.records += 1;
    let mut raw = Raw::new(object);
    let Some(number) = raw.take("number") else {
        let message = "an issue without a `number`: ask for it with `gh issue list --json number,title,…`";
        parcel.findings.push(file.finding(Rule::NotImported, Severity::Error, message));
        return;
    };
    let url = raw.take("html_url").or_else(|| raw.take("url"));
    raw.left.remove("url");
    let repository = url.as_deref().and_then(repository_of).map(|url| url.rsplitn(3, '/').collect::<Vec<_>>());
    let repository = repository.and_then(|parts| Some(format!("{}/{}", parts.get(1)?, parts.first()?)));
    let name = format!("{}#{number}", repository.unwrap_or_default());
    describe(&mut raw, config);
    LEFT_BEHIND.iter().for_each(|key| raw.drop_key(key));
    let is_pull = raw.left.contains_key("pull_request")
        || raw.left.contains_key("headRefName")
        || url.as_deref().is_some_and(|url| url.contains("/pull/"));
    raw.draft.kind = Some(if is_pull { Kind::Pr } else { Kind::Issue });
    raw.draft.comments = comments(&mut raw);
    let updated = raw.left.get("updatedAt").or_else(|| raw.left.get("updated_at")).and_then(scalar).map(|text| words::sortable(&text));
    let (draft, lost) = raw.finish();
    lost.iter().for_each(|what| parcel.losses.add(what, &file.place));
    let names = vec![format!("#{number}")];
    parcel.items.push(Item { draft, name, names, url, place: file.place.clone(), updated: updated.unwrap_or_default(), ..Item::default() });
}

fn describe(raw: &mut Raw, config: &Config) {
    raw.draft.title = raw.take("title").unwrap_or_default();
    let state = raw.take("state").unwrap_or_else(|| "OPEN".to_owned()).to_uppercase();
    let reason = raw.take("stateReason").or_else(|| raw.take("state_reason")).unwrap_or_default().to_uppercase();
    raw.left.remove("closed");
    raw.set_status(
        if state == "CLOSED" && matches!(reason.as_str(), "NOT_PLANNED" | "DUPLICATE") { &reason } else { &state },
        status_word,
        config,
    );
    if !matches!(reason.as_str(), "" | "COMPLETED" | "NOT_PLANNED" | "DUPLICATE") {
        raw.draft.keep("stateReason", reason.into());
    }
    *raw.draft.author = raw.left.remove("author").or_else(|| raw.left.remove("user")).as_ref().and_then(login);
    *raw.draft.created = raw.take_moment("createdAt").or_else(|| raw.take_moment("created_at"));
    *raw.draft.labels = names_of(raw, "labels", "name");
    let assignees = names_of(raw, "assignees", "login");
    raw.left.remove("assignee");
    *raw.draft.assignee = assignees.first().cloned();
    if assignees.len() > 1 {
        raw.draft.keep("assignees", assignees.into());
    }
    if let Some(milestone) = raw.left.remove("milestone") {
        *raw.draft.milestone = milestone.get("title").and_then(scalar).or_else(|| scalar(&milestone));
        *raw.draft.due = milestone.get("dueOn").or_else(|| milestone.get("due_on")).and_then(scalar).map(|text| words::moment(&text));
    }
    let text = raw.take_long("body").map(|text| text.replace("\r\n", "\n"));
    raw.add_section("Description", text.as_deref());
}

fn login(person: &Json) -> Option<String> {
    person.get("login").and_then(scalar).or_else(|| scalar(person))
}

/// The names of objects in a list; what else they say (colours, addresses) can be asked of GitHub.
fn names_of(raw: &mut Raw, key: &str, name: &str) -> Vec<String> {
    let Some(Json::Array(items)) = raw.left.remove(key) else { return Vec::new() };
    items.iter().filter_map(|item| item.get(name).and_then(scalar).or_else(|| scalar(item))).collect()
}

fn comments(raw: &mut Raw) -> Vec<Comment> {
    if raw.left.get("comments").is_some_and(Json::is_number) {
        raw.drop_key("comments");
    }
    let comments = raw.take_objects("comments").into_iter().map(|object| {
        let text = |keys: [&str; 2]| keys.iter().find_map(|key| object.get(*key)).and_then(scalar);
        Comment {
            created: text(["createdAt", "created_at"]).map(|text| words::moment(&text)),
            author: object.get("author").or_else(|| object.get("user")).and_then(login),
            text: object.get("body").and_then(Json::as_str).unwrap_or_default().replace("\r\n", "\n").trim().to_owned(),
            more: text(["url", "html_url"]).map(|url| ("url".to_owned(), Json::from(url))).into_iter().collect(),
        }
    });
    comments.filter(|said| !said.text.is_empty()).collect()
}
