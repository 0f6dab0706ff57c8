//! Backlog.md: one page a task, in folders that say how far it is.

use std::collections::{HashMap, HashSet};

use crate::base::{RepoPath, Rule, Severity};
use crate::config::Config;
use crate::exchange::{Source, SourceFile};
use crate::words::{Kind, Properties};

use super::super::file::comment::Comment;
use super::item::{Item, Parcel, Raw};
use super::page::{self, Page};
use super::words;

/// The word that Backlog.md has for a status.
fn status_word(native: &str) -> &'static str {
    match native {
        "planning" => "To Do",
        "active" => "In Progress",
        "done" => "Done",
        _ => "",
    }
}

pub fn read(source: &Source, config: &Config) -> Parcel {
    let mut parcel = Parcel::default();
    let milestones = milestones(source);
    for file in &source.files {
        match role(&file.place) {
            _ if !file.is_page() => {}
            Role::Task | Role::Archived => take(&mut parcel, file, &milestones, config),
            Role::Other(what) => parcel.losses.add(&format!("{what} is not a ticket; it stays where it is"), &file.place),
        }
    }
    mend_prefixes(&mut parcel);
    parcel
}

enum Role {
    Task,
    Archived,
    Other(&'static str),
}

fn role(place: &RepoPath) -> Role {
    let folder = place.parent();
    let parts: Vec<String> = folder.lossy().split('/').rev().take(2).map(str::to_owned).collect();
    let part = |index: usize| parts.get(index).map_or("", String::as_str);
    let readme = place.name().eq_ignore_ascii_case("readme.md");
    match (part(0), part(1)) {
        _ if readme => Role::Other("a readme"),
        ("tasks" | "drafts", "archive") => Role::Archived,
        ("decisions", _) => Role::Other("a decision (`cmpm memory import` imports it)"),
        ("docs", _) => Role::Other("a document"),
        ("milestones", _) => Role::Other("a milestone (its tickets carry its title)"),
        _ => Role::Task,
    }
}

fn milestones(source: &Source) -> HashMap<String, String> {
    let titles = source.files.iter().filter(|file| file.is_page() && file.place.parent().name() == "milestones").filter_map(|file| {
        let mut page = page::open(file)?;
        Some((page.raw.take("id")?.to_lowercase(), page.raw.take("title")?))
    });
    titles.collect()
}

fn take(parcel: &mut Parcel, file: &SourceFile, milestones: &HashMap<String, String>, config: &Config) {
    let opened = page::open(file).filter(|page| page.raw.left.contains_key("id") && page.raw.left.contains_key("title"));
    let Some(Page { mut raw, body }) = opened else {
        let finding = file.finding(Rule::NotImported, Severity::Warning, "no `id` and `title` in front matter, so it is not a task");
        parcel.findings.push(finding);
        return;
    };
    parcel.records += 1;
    let name = raw.take("id").unwrap_or_default();
    if raw.left.remove("onStatusChange").is_some() {
        raw.lost.push("`onStatusChange` is a command; commands of others are never carried".to_owned());
    }
    describe(&mut raw, &name, milestones, config);
    if matches!(role(&file.place), Role::Archived) {
        raw.draft.keep("archived", "true".into());
        if raw.draft.status != "done" {
            let word = raw.draft.status.clone();
            if raw.draft.kept("status").is_none() {
                raw.draft.keep("status", status_word(&word).into());
            }
            "cancelled".clone_into(&mut raw.draft.status);
        }
    }
    let (comments, body) = comments_in(&body);
    (raw.draft.comments, raw.draft.body) = (comments, body);
    let updated = raw.left.get("updated_date").and_then(|value| value.as_str()).map(words::sortable);
    let updated = updated.or_else(|| raw.draft.created.as_deref().map(words::sortable));
    let (item, lost) = page::item(file, name, raw, updated);
    lost.iter().for_each(|what| parcel.losses.add(what, &file.place));
    parcel.items.push(item);
}

fn describe(raw: &mut Raw, name: &str, milestones: &HashMap<String, String>, config: &Config) {
    raw.draft.title = raw.take("title").unwrap_or_default();
    let status = raw.take("status").unwrap_or_else(|| "To Do".to_owned());
    raw.set_status(&status, status_word, config);
    if let Some(word) = raw.take("priority") {
        raw.set_priority(&word);
    }
    let assignees = raw.take_list("assignee");
    *raw.draft.assignee = assignees.first().cloned();
    if assignees.len() > 1 {
        raw.draft.keep("assignees", assignees.into());
    }
    raw.left.remove("subtasks");
    *raw.draft.author = raw.take("reporter");
    *raw.draft.created = raw.take_moment("created_date");
    *raw.draft.due = raw.take_moment("due_date");
    *raw.draft.labels = raw.take_list("labels");
    *raw.draft.depends_on = raw.take_list("dependencies");
    if let Some(milestone) = raw.take("milestone") {
        let title = milestones.get(&milestone.to_lowercase());
        if title.is_some() {
            raw.draft.keep("milestone", milestone.clone().into());
        }
        *raw.draft.milestone = Some(title.cloned().unwrap_or(milestone));
    }
    let dotted = name.rsplit_once('.').map(|(parent, _)| parent.to_owned());
    *raw.draft.parent = raw.take("parent_task_id").or(dotted);
    let kind = raw.left.get("type").and_then(|word| word.as_str()).map(Kind::of_tracker).filter(|kind| *kind != Kind::Issue);
    raw.draft.kind = kind.or(Some(if raw.draft.parent.is_some() { Kind::Task } else { Kind::Issue }));
}

/// The comments of a body, which stand between markers, and the body without them.
fn comments_in(body: &str) -> (Vec<Comment>, String) {
    let whole = || (Vec::new(), body.to_owned());
    let Some((before, rest)) = body.split_once("<!-- COMMENTS:BEGIN -->") else { return whole() };
    let Some((inside, after)) = rest.split_once("<!-- COMMENTS:END -->") else { return whole() };
    let Some(comments) = inside.split("<!-- COMMENT:END -->").map(comments_of).collect::<Option<Vec<_>>>() else { return whole() };
    let before = before.trim_end();
    let before = before.strip_suffix("## Comments").unwrap_or(before).trim_end();
    let gap = if before.is_empty() || after.trim().is_empty() { "" } else { "\n\n" };
    (comments.concat(), format!("{before}{gap}{}", after.trim()))
}

/// Blocks of `author:` and `created:` lines, `---`, the text, `---`; `None` if they are something else.
fn comments_of(text: &str) -> Option<Vec<Comment>> {
    let text = text.replace("<!-- COMMENT:BEGIN -->", "");
    let mut parts = text.trim().split("\n---").map(|part| part.trim_start_matches(['-', '\r']).trim());
    let mut comments = Vec::new();
    while let Some(head) = parts.next().filter(|head| !head.is_empty()) {
        let mut said = Comment::default();
        for line in head.lines() {
            let (key, value) = line.split_once(':')?;
            let value = value.trim().trim_matches(['\'', '"']);
            match key.trim() {
                "author" => said.author = Some(value.to_owned()).filter(|value| !value.is_empty()),
                "created" => said.created = Some(words::moment(value)),
                "index" => {}
                _ => return None,
            }
        }
        parts.next()?.clone_into(&mut said.text);
        comments.push(said);
    }
    Some(comments)
}

/// Projects that renamed their prefix did not rename what points to it: `task-12` is meant as `back-12` then.
fn mend_prefixes(parcel: &mut Parcel) {
    let names: HashSet<String> = parcel.items.iter().map(|item| item.name.to_lowercase()).collect();
    let mut prefixes: HashMap<String, usize> = HashMap::new();
    names.iter().filter_map(|name| name.split_once('-')).for_each(|(prefix, _)| *prefixes.entry(prefix.to_owned()).or_default() += 1);
    let Some(own) = prefixes.into_iter().max_by_key(|(prefix, count)| (*count, prefix.clone())).map(|(prefix, _)| prefix) else { return };
    let fix = |name: &mut String| {
        let renamed = name.split_once('-').map(|(_, number)| format!("{own}-{}", number.to_lowercase()));
        if let Some(renamed) = renamed.filter(|renamed| !names.contains(&name.to_lowercase()) && names.contains(renamed)) {
            *name = renamed;
        }
    };
    for Item { draft, .. } in &mut parcel.items {
        let Properties { parent, depends_on, .. } = &mut draft.properties;
        parent.iter_mut().chain(depends_on.iter_mut()).for_each(fix);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_leave_the_body() {
        let body = "## Description\n\ntext\n\n## Comments\n\n<!-- COMMENTS:BEGIN -->\nauthor: ana\ncreated: 2026-01-02 10:00\n---\none\n\ntwo\n---\nauthor: bo\ncreated: 2026-01-03 10:00\n---\nthree\n---\n<!-- COMMENTS:END -->\n";
        let (comments, rest) = comments_in(body);
        assert_eq!(rest, "## Description\n\ntext");
        let said: Vec<_> =
            comments.iter().map(|said| (said.author.as_deref().unwrap(), said.created.as_deref().unwrap(), said.text.as_str())).collect();
        assert_eq!(said, [("ana", "2026-01-02T10:00:00Z", "one\n\ntwo"), ("bo", "2026-01-03T10:00:00Z", "three")]);
        let odd = "<!-- COMMENTS:BEGIN -->\nfree text\n<!-- COMMENTS:END -->";
        assert_eq!(comments_in(odd), (Vec::new(), odd.to_owned()));
    }
}
