//! tk (`.tickets/`) and kanban-md: one page a ticket, with few keys.

use crate::base::{Rule, Severity};
use crate::config::Config;
use crate::exchange::{Source, SourceFile};
use crate::words::{Kind, Priority};

use super::item::{Parcel, Raw};
use super::page::{self, Page};
use super::words;

fn status_word(native: &str) -> &'static str {
    match native {
        "planning" => "open",
        "active" => "in_progress",
        "review" => "needs_testing",
        "done" => "closed",
        _ => "",
    }
}

fn kanban_word(native: &str) -> &'static str {
    match native {
        "planning" => "todo",
        "active" => "in-progress",
        "review" => "review",
        "done" => "done",
        _ => "",
    }
}

pub fn read_tk(source: &Source, config: &Config) -> Parcel {
    read(source, |raw, body| describe_tk(raw, body, config))
}

/// Reads the pages of kanban-md.
pub fn read_kanban(source: &Source, config: &Config) -> Parcel {
    read(source, |raw, body| describe_kanban(raw, body, config))
}

fn read(source: &Source, describe: impl Fn(&mut Raw, &str)) -> Parcel {
    let mut parcel = Parcel::default();
    for file in source.files.iter().filter(|file| file.is_page()) {
        take(&mut parcel, file, &describe);
    }
    parcel
}

fn take(parcel: &mut Parcel, file: &SourceFile, describe: &impl Fn(&mut Raw, &str)) {
    let opened = page::open(file).and_then(|mut page| Some((page.raw.take("id")?, page)));
    let Some((name, Page { mut raw, body })) = opened else {
        parcel.findings.push(file.finding(Rule::NotImported, Severity::Warning, "no `id` in front matter, so it is not a ticket"));
        return;
    };
    parcel.records += 1;
    describe(&mut raw, &body);
    let updated = raw.left.get("updated").and_then(|value| value.as_str()).map(words::sortable);
    let (item, lost) = page::item(file, name, raw, updated);
    lost.iter().for_each(|what| parcel.losses.add(what, &file.place));
    parcel.items.push(item);
}

fn describe_tk(raw: &mut Raw, body: &str, config: &Config) {
    let (title, body) = page::split_title(body);
    raw.draft.title = title.or_else(|| raw.take("title")).unwrap_or_default();
    raw.draft.body = body;
    let status = raw.take("status").unwrap_or_else(|| "open".to_owned());
    raw.set_status(&status, status_word, config);
    let number = raw.take("priority").map(|text| (text.parse::<i64>().ok(), text));
    match number {
        Some((Some(number @ 0..=3), _)) => *raw.draft.priority = Some(Priority::of_number(number).as_str().to_owned()),
        Some((Some(number), text)) => {
            *raw.draft.priority = Some(Priority::of_number(number).as_str().to_owned());
            raw.draft.keep("priority", text.into());
        }
        Some((None, text)) => raw.set_priority(&text),
        None => {}
    }
    let kind = raw.take("type").unwrap_or_else(|| "task".to_owned());
    raw.draft.kind = Some(Kind::of_tracker(&kind));
    if !matches!(kind.as_str(), "epic" | "task") {
        raw.draft.keep("type", kind.into());
    }
    *raw.draft.created = raw.take_moment("created");
    *raw.draft.assignee = raw.take("assignee");
    *raw.draft.parent = raw.take("parent");
    *raw.draft.depends_on = raw.take_list("deps");
    *raw.draft.related = raw.take_list("links");
    *raw.draft.labels = raw.take_list("tags");
}

fn describe_kanban(raw: &mut Raw, body: &str, config: &Config) {
    raw.draft.title = raw.take("title").unwrap_or_default();
    body.clone_into(&mut raw.draft.body);
    let status = raw.take("status").unwrap_or_else(|| "todo".to_owned());
    raw.set_status(&status, kanban_word, config);
    if let Some(word) = raw.take("priority") {
        raw.set_priority(&word);
    }
    *raw.draft.created = raw.take_moment("created");
    *raw.draft.due = raw.take_moment("due");
    *raw.draft.assignee = raw.take("assignee").or_else(|| raw.take("claimed_by"));
    *raw.draft.parent = raw.take("parent");
    *raw.draft.depends_on = raw.take_list("depends_on");
    *raw.draft.labels = raw.take_list("tags");
    let estimate = raw.left.remove("estimate").filter(|estimate| !crate::exchange::json::is_empty(estimate));
    raw.draft.more.extend(estimate.map(|estimate| ("estimate".to_owned(), estimate)));
}
