//! The comments of a migration: each in cmpm's own form next to the tickets, under the id that its ticket has, in a file of its own.

use std::collections::HashSet;

use crate::base::{RepoPath, Result};
use crate::document::{Document, Field, Node, Value, render_new};
use crate::fs::read;

use super::super::file::comment::{comment_folder, comment_places, split_path};
use super::super::file::place;
use super::Unclear;
use super::carried::{Dropped, carry, left_out};
use super::native::is_damaged;
use super::plan::{Migration, Step, rewrite_body};
use super::renumber::NewIds;

impl Migration<'_> {
    /// Comments go next to the tickets.
    pub fn comments(&mut self, ids: &NewIds<'_>) -> Result<Vec<Step>> {
        let snapshot = self.store.work_tree();
        let (mut steps, mut unclear, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        let places: Vec<RepoPath> = comment_places(self.store.config()).collect();
        let entries: Vec<_> = places.iter().flat_map(|all| snapshot.markdown_files(all, &mut self.report.findings)).collect();
        // The folders of tickets may be inside each other.
        for entry in entries.into_iter().filter(|entry| seen.insert(entry.path.clone())) {
            let Some((ticket, below)) = split_path(&entry.path, places.iter().cloned()) else { continue };
            let Some(meant) = ids.meant(&ticket, None, None) else { continue };
            let Some(before) = snapshot.read(&entry.path)? else { continue };
            let mut document =
                native_comment(Document::parse(before.clone()), (&entry.path, &[&meant.id, &ticket]), &mut self.report.dropped);
            self.report.references += rewrite_body(&mut document, ids, None);
            let folder = comment_folder(&place::root_of(self.store, &entry.path), &meant.id);
            let deeper = below.rsplit_once('/').map_or("", |(folders, _)| folders);
            let to = folder.join(deeper).join(&comment_name(&entry.path, &document));
            unclear.push(meant.unclear.then_some(ticket));
            steps.push(Step { from: entry.path, to, before, document });
        }
        keep_apart(&mut steps, &seen, &|path| read::exists(&path.below(self.store.root())));
        for (step, reference) in steps.iter().zip(unclear) {
            self.report.comments += usize::from(step.from != step.to || step.document.bytes() != step.before);
            self.unclear.extend(reference.map(|reference| Unclear { path: step.to.clone(), reference }));
        }
        Ok(steps)
    }
}

/// Gives each file that moves a place that no other has, whatever the case of its name.
fn keep_apart(steps: &mut [Step], files: &HashSet<RepoPath>, is_there: &dyn Fn(&RepoPath) -> bool) {
    let fold = |path: &RepoPath| path.lossy().to_lowercase();
    let before: HashSet<String> = files.iter().map(fold).collect();
    let mut given: HashSet<String> = steps.iter().filter(|step| step.from == step.to).map(|step| fold(&step.to)).collect();
    for step in steps.iter_mut().filter(|step| step.from != step.to) {
        let own = fold(&step.from);
        let is_free = |path: &RepoPath| {
            let name = fold(path);
            !given.contains(&name) && (name == own || !(before.contains(&name) || is_there(path)))
        };
        let free = place::numbered(&step.to).find(is_free);
        step.to = free.unwrap_or_else(|| step.from.clone());
        given.insert(fold(&step.to));
    }
}

/// A comment in cmpm's own form; what else it says is kept. `names` are those of its ticket.
fn native_comment(mut old: Document, (path, names): (&RepoPath, &[&str; 2]), dropped: &mut Vec<Dropped>) -> Document {
    let [ticket, _] = *names;
    let is_theirs = ["issueId", "author", "createdAt"].iter().any(|key| old.field(key).is_some());
    if is_damaged(&old) || old.text("ticket").is_some() || !is_theirs {
        if old.text("ticket").is_some_and(|written| written != ticket) {
            let _ = old.set("ticket", ticket);
        }
        return old;
    }
    let moment = |text: String| crate::base::date::parse_moment(&text).map_or(text, |moment| moment.to_string());
    let created = old.text("createdAt").filter(|_| old.field("created").is_none());
    let mut fields = vec![("ticket", Value::from(ticket))];
    fields.extend(old.text("author").map(|author| ("author", Value::from(author))));
    fields.extend(created.clone().map(|created| ("created", Value::from(moment(created)))));
    let mut document = Document::parse(render_new(&fields, old.body()).into_bytes());
    let is_said = |field: &Field| match (field.key.as_str(), &field.node) {
        _ if field.is_repeated() => false,
        ("ticket" | "issueId" | "author" | "createdAt", Node::Null) => true,
        ("issueId", node) => node.as_text().is_some_and(|text| names.iter().any(|name| name.eq_ignore_ascii_case(text))),
        ("author", node) => node.as_text().is_some(),
        ("createdAt", node) => node.as_text() == created.as_deref(),
        _ => false,
    };
    let lost = carry(&mut document, &old, &is_said);
    dropped.extend(left_out(path, (&old, &document), &lost));
    document
}

/// `<time>-<name>.md`, so that the files are in order of time.
fn comment_name(path: &RepoPath, document: &Document) -> String {
    let name = path.name().to_lowercase();
    let created = document.text("created").and_then(|created| crate::base::date::parse_moment(&created));
    match created {
        Some(created) if !name.starts_with(|c: char| c.is_ascii_digit()) => format!("{}-{name}", created.compact()),
        _ => path.name().into_owned(),
    }
}
