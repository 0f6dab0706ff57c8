//! How a file becomes a ticket, whoever wrote it: its id, its kind and its words are taken from where its dialect has them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Not;

use crate::base::{Finding, Id, RepoPath, Rule, Severity, json, text};
use crate::config::{Category, Config};
use crate::document::Document;
use crate::engine::ticket_document;
use crate::store::{Candidate, Columns, Entry, Record, Row};
use crate::words::{Holds, Kind, Properties, Property};

use super::super::model;
use super::super::model::Ticket;
use super::super::model::acceptance::Criteria;
use super::super::model::dialect::{Dialect, key_in, texts_of};
use super::super::model::properties::other_keys;

/// The first column of caches that holds a property.
const FIRST: usize = 7;
/// Folders within the tree that hold something else.
const ASIDE: [&str; 2] = ["comments", "templates"];
/// Folders of Backlog.md.
const BACKLOG: [&str; 7] = ["tasks", "completed", "drafts", "archive", "milestones", "decisions", "docs"];
/// Folders among the pull requests that hold what was said about them.
const BESIDE_PRS: [&str; 2] = ["reviews", "logs"];

impl Record for Ticket {
    const NOUN: &'static str = "ticket";
    const COLUMNS: usize = FIRST + Property::ALL.len();

    fn folders(config: &Config) -> Vec<RepoPath> {
        config.paths.tasks.clone()
    }

    fn is_member(path: &RepoPath) -> bool {
        !Self::is_aside(&path.parent())
    }

    fn is_aside(folder: &RepoPath) -> bool {
        let folder = folder.lossy();
        let parts: Vec<&str> = folder.split('/').collect();
        let of_pr = |pair: &[&str]| matches!(pair, [folder, inner] if *folder == Kind::Pr.folder() && BESIDE_PRS.contains(inner));
        parts.iter().any(|part| ASIDE.iter().any(|aside| aside.eq_ignore_ascii_case(part))) || parts.windows(2).any(of_pr)
    }

    fn document(bytes: Vec<u8>) -> Document {
        ticket_document(bytes)
    }

    fn read(entry: &Entry<'_>, findings: &mut Vec<Finding>) -> Result<Self, Finding> {
        let (path, document) = (entry.path, entry.document);
        if is_of_backlog(path) && document.field("id").is_none() {
            return Err(of_backlog(path));
        }
        if document.fields().is_empty() || (document.is_headed() && !is_headed_ticket(path, document)) {
            return Err(not_a_ticket(path));
        }
        let kind = kind_of(entry);
        if let Some(word) = document.text("kind").filter(|word| Kind::parse(word).is_none()) {
            findings.push(unknown_kind(entry, &word));
        }
        let id = read_id(path, document, kind)?;
        let Some(kind) = kind.or_else(|| kind_of_id(&id, entry.config)).or_else(|| document.is_headed().then_some(Kind::Issue)) else {
            return Err(if is_of_backlog(path) { of_backlog(path) } else { missing(path, "kind", "epic, issue, task or pr") });
        };
        let title = read_title(path, document).ok_or_else(|| missing(path, "title", "one line that says what it is about"))?;
        let (status, category) = read_status(entry, findings);
        findings.extend(own_whole(path, document, (&id, kind)));
        let parent = read_parent(document, kind).filter(|parent| !id.is(parent));
        let properties =
            read_properties(document, [(Property::Title, Some(title)), (Property::Status, Some(status)), (Property::Parent, parent)]);
        Ok(Self {
            id,
            kind,
            properties,
            category,
            criteria: Criteria::of(document.body()),
            other: other_keys(document),
            dialect: Dialect::of(document),
        })
    }

    fn gather(findings: &mut Vec<Finding>) {
        let is_theirs = |finding: &Finding| finding.rule == Rule::OtherTracker.name();
        let theirs: BTreeSet<RepoPath> = findings.iter().filter(|finding| is_theirs(finding)).map(|finding| finding.path.clone()).collect();
        let Some(first) = theirs.first() else { return };
        let parts = first.parent();
        let around =
            parts.lossy().split('/').take_while(|part| !BACKLOG.contains(part)).fold(RepoPath::default(), |path, part| path.join(part));
        let all = format!(
            "{} of Backlog.md here {} not read as tickets",
            text::plural(theirs.len(), "file"),
            if theirs.len() == 1 { "is" } else { "are" }
        );
        let is_beside = |finding: &Finding| finding.rule == Rule::NotATicket.name() && !around.is_empty() && finding.path.is_below(&around);
        findings.retain(|finding| !theirs.contains(&finding.path) && !is_beside(finding));
        let hint = format!("`cmpm ticket import {around}` makes tickets of them; then take it out of `paths.tasks`");
        findings.push(Finding::new(Rule::OtherTracker, Severity::Warning, around, all).hint(hint));
    }

    fn to_columns(&self, columns: &mut Columns<'_>) -> Option<()> {
        columns.text(self.id.as_str());
        columns.number(self.kind as u32);
        columns.number(self.category as u32);
        columns.number(self.dialect as u32);
        let criteria = self.criteria.unwrap_or(Criteria { done: 0, total: 0 });
        columns.number(u32::try_from(criteria.done).ok()?);
        columns.number(u32::try_from(criteria.total).ok()?);
        columns.texts(self.other.is_empty().not().then(|| json::line(&self.other)).transpose().ok()?.as_slice());
        Property::ALL.iter().for_each(|property| columns.texts(self.texts(*property)));
        Some(())
    }

    fn from_row(row: Row<'_>) -> Option<Self> {
        let number = |column| usize::try_from(row.number(column)?).ok();
        let mut properties = Properties::default();
        for (column, &property) in (FIRST..).zip(Property::ALL) {
            if row.number(column)? != 0 {
                properties.set(property, row.texts(column)?);
            }
        }
        Some(Self {
            id: Id::parse(row.text(0)?)?,
            kind: Kind::ALL.get(number(1)?).copied()?,
            properties,
            category: Category::ALL.get(number(2)?).copied()?,
            criteria: Some(Criteria { done: number(4)?, total: number(5)? }).filter(|criteria| criteria.total > 0),
            other: row.text(6).map_or(Some(BTreeMap::new()), |json| serde_json::from_str(json).ok())?,
            dialect: Dialect::ALL.get(number(3)?).copied()?,
        })
    }

    fn id_in_row(row: Row<'_>) -> Option<&str> {
        row.text(0)
    }

    fn headline(&self) -> &str {
        &self.title
    }

    fn id(&self) -> &Id {
        &self.id
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }
}

/// What a ticket says under a property, whether it was read or kept.
pub fn said<'a>(ticket: &Candidate<'a, Ticket>, property: Property) -> Vec<&'a str> {
    match *ticket {
        Candidate::Kept(row) => row.each(FIRST + property as usize).collect(),
        Candidate::Read(ticket) => ticket.texts(property).iter().map(String::as_str).collect(),
    }
}

/// What a file says of each property; `known` ones are read by rules of their own.
fn read_properties<const N: usize>(document: &Document, known: [(Property, Option<String>); N]) -> Properties {
    let mut properties = Properties::default();
    for &property in Property::ALL.iter().filter(|property| known.iter().all(|(other, _)| other != *property)) {
        if property.is_list() {
            properties.set(property, texts_of(document, property));
        } else if let Some(text) = property.row().keys.iter().find_map(|key| first_text(document, key)) {
            let text = if property.row().holds == Holds::Priority { text.to_lowercase() } else { text };
            properties.set(property, vec![text]);
        }
    }
    for (property, text) in known {
        properties.set(property, text.into_iter().collect());
    }
    properties
}

/// Whether a file without front matter is a ticket and not a note about one: it says its id as tickets do, and how it stands.
pub fn is_headed_ticket(path: &RepoPath, document: &Document) -> bool {
    let says_id = document.text("id").is_some() || Kind::ALL.iter().any(|kind| document.text(kind.id_key()).is_some());
    let stands = [Property::Status, Property::Priority]
        .iter()
        .flat_map(|property| property.row().keys)
        .chain(&["type"])
        .any(|key| document.text(key).is_some());
    let is_note = document.text("title").is_some_and(|title| file_id(path).is_some_and(|id| title.starts_with(&id)));
    stands && (says_id || (file_id(path).is_some() && !is_note))
}

/// A file as whoever looks at all records sees it: a ticket without front matter has the keys in its body, a note has none.
pub fn document_at(path: &RepoPath, bytes: Vec<u8>) -> Document {
    let document = Document::parse(bytes.clone());
    if document.front().is_some() || !Ticket::is_member(path) {
        return document;
    }
    let headed = Ticket::document(bytes);
    if is_headed_ticket(path, &headed) { headed } else { document }
}

/// The id in a file name: `ISS-0042-fix-it.md`, `ISS-0042.md`. `ISS-0042_PHASE_2.md` is something about that ticket, and
/// `step-1.md` no ticket at all.
fn file_id(path: &RepoPath) -> Option<String> {
    let name = path.name();
    let (prefix, rest) = name.split_once('-')?;
    let number: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    let ends = rest.get(number.len()..).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.', ' ']));
    let is_prefix =
        prefix.starts_with(|c: char| c.is_ascii_uppercase()) && prefix.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    (is_prefix && ends && number.starts_with(|c: char| c.is_ascii_digit())).then(|| format!("{prefix}-{number}"))
}

fn read_id(path: &RepoPath, document: &Document, kind: Option<Kind>) -> Result<Id, Finding> {
    let own = kind.map(Kind::id_key);
    // A heading is the weaker word where a line says the id too.
    let keys = if document.is_headed() { [own, Some("id")] } else { [Some("id"), own] };
    let written = keys.into_iter().flatten().find_map(|key| Some((document.text(key)?, document.field(key)?.line)));
    let by_name = || Some((file_id(path).filter(|_| document.is_headed())?, 1));
    let (id, line) = written.or_else(by_name).ok_or_else(|| missing(path, "id", "ticket ids look like ISS-7k3m9x2p"))?;
    Id::parse(&id).ok_or_else(|| {
        Finding::new(Rule::BadId, Severity::Error, path.clone(), format!("`{id}` is not a valid id"))
            .at(line)
            .hint("one word of letters, digits, `-`, `_` and `.`")
    })
}

fn read_title(path: &RepoPath, document: &Document) -> Option<String> {
    let by_name = || {
        let name = path.name();
        let slug = name.strip_suffix(".md")?.strip_prefix(&file_id(path)?)?.replace(['-', '_'], " ");
        Some(slug.trim().to_owned()).filter(|title| !title.is_empty())
    };
    first_text(document, "title").or_else(|| if document.is_headed() { by_name().or_else(|| file_id(path)) } else { None })
}

fn read_status(entry: &Entry<'_>, findings: &mut Vec<Finding>) -> (String, Category) {
    let (document, config) = (entry.document, entry.config);
    let status = first_text(document, key_in(document, Property::Status)).unwrap_or_else(|| "planning".to_owned());
    let in_prose = || model::category(status_in_prose(&status, config).filter(|_| document.is_headed())?, config);
    let category = model::category(&status, config).or_else(in_prose).unwrap_or_else(|| {
        findings.push(unknown_status(entry.path, document, &status));
        // Nobody should be offered work whose state is unclear.
        Category::Active
    });
    (status, category)
}

/// The status word that a line of prose has as one of its parts.
pub fn status_in_prose<'a>(status: &'a str, config: &Config) -> Option<&'a str> {
    let parts = status.split(" - ").flat_map(|part| part.split(['(', ',', '–', '—']));
    parts.map(|part| part.trim_matches(|c: char| !c.is_alphanumeric())).find(|part| model::category(part, config).is_some())
}

fn read_parent(document: &Document, kind: Kind) -> Option<String> {
    let parent = kind.parent_keys().find_map(|key| document.text(key))?;
    if !document.is_headed() {
        return Some(parent);
    }
    // `EPIC-001 (with its title)`, but not the title alone.
    let word = parent.split([' ', ',', ':']).next().unwrap_or_default();
    let is_id = word.split_once('-').is_some_and(|(_, number)| number.starts_with(|c: char| c.is_ascii_digit()));
    is_id.then(|| word.to_owned())
}

fn first_text(document: &Document, key: &str) -> Option<String> {
    document.text(key).or_else(|| document.texts(key).into_iter().next())
}

/// The file's own word, else its folder, else its own id key.
fn kind_of(entry: &Entry<'_>) -> Option<Kind> {
    let (path, document) = (entry.path, entry.document);
    let word = ["kind", "type"].iter().find_map(|key| Kind::parse(&document.text(key)?));
    // The folder of all tickets may itself be called `tasks`.
    let root = entry.config.paths.tasks.iter().filter(|root| path.is_below(root)).map(|root| root.lossy().split('/').count()).max();
    let folder = || {
        let parent = path.parent();
        let below: Vec<_> = parent.lossy().split('/').skip(root.unwrap_or(0)).map(str::to_owned).collect();
        below.iter().rev().find_map(|part| Kind::ALL.into_iter().find(|kind| kind.folder() == part))
    };
    // A task has `issue_id` too, so where the folder says nothing the smallest kind with an own id key is meant.
    let own_key = || {
        let smallest_first = [Kind::Pr, Kind::Task, Kind::Issue, Kind::Epic];
        smallest_first.into_iter().find(|kind| document.field(kind.id_key()).is_some())
    };
    let has_id = |kind: &Kind| document.is_headed() || document.field("id").is_some() || document.field(kind.id_key()).is_some();
    let by_place = word.or_else(|| folder().filter(has_id));
    by_place.or_else(own_key)
}

/// The kind whose prefix an id has, in this project or in cmpm.
fn kind_of_id(id: &Id, config: &Config) -> Option<Kind> {
    let prefix = id.as_str().split('-').next().unwrap_or_default();
    let own = Kind::ALL.into_iter().find(|kind| config.prefixes.of(*kind).eq_ignore_ascii_case(prefix));
    own.or_else(|| Kind::ALL.into_iter().find(|kind| [kind.prefix(), kind.as_str()].iter().any(|word| word.eq_ignore_ascii_case(prefix))))
}

fn not_a_ticket(path: &RepoPath) -> Finding {
    let finding = Finding::new(Rule::NotATicket, Severity::Note, path.clone(), "no front matter, so it is not read as a ticket").at(1);
    finding.hint("give it `id:`, `kind:` and `title:` between `---` lines, or move it elsewhere")
}

/// `task-1 - Title.md`, as Backlog.md calls all its files.
fn is_of_backlog(path: &RepoPath) -> bool {
    let name = path.name();
    let Some((id, _)) = name.split_once(" - ") else { return false };
    id.rsplit_once('-').is_some_and(|(prefix, number)| {
        prefix.starts_with(|c: char| c.is_ascii_lowercase()) && number.chars().all(|c| c.is_ascii_digit() || c == '.')
    })
}

fn of_backlog(path: &RepoPath) -> Finding {
    Finding::new(Rule::OtherTracker, Severity::Warning, path.clone(), "a file of Backlog.md, which is not read as a ticket")
}

fn missing(path: &RepoPath, key: &str, hint: &str) -> Finding {
    Finding::new(Rule::MissingKey, Severity::Error, path.clone(), format!("the front matter has no `{key}`"))
        .at(1)
        .hint(format!("add `{key}:` ({hint})"))
}

/// A ticket that names itself as what it is a part of.
fn own_whole(path: &RepoPath, document: &Document, (id, kind): (&Id, Kind)) -> Option<Finding> {
    let key = kind.parent_keys().find(|key| document.text(key).is_some_and(|text| id.is(&text)))?;
    let message = format!("`{key}` names the ticket itself, so it is ignored");
    let finding = Finding::new(Rule::Cycle, Severity::Error, path.clone(), message).at(document.field(key).map_or(1, |field| field.line));
    Some(finding.hint("name another ticket, or remove it"))
}

fn unknown_kind(entry: &Entry<'_>, word: &str) -> Finding {
    let line = entry.document.field("kind").map_or(1, |field| field.line);
    Finding::new(Rule::UnknownKind, Severity::Warning, entry.path.clone(), format!("`{word}` is not a kind of ticket"))
        .at(line)
        .hint("write epic, issue, task or pr; until then its folder or its id decides")
}

fn unknown_status(path: &RepoPath, document: &Document, status: &str) -> Finding {
    let line = document.field(key_in(document, Property::Status)).map_or(1, |field| field.line);
    Finding::new(Rule::UnknownStatus, Severity::Warning, path.clone(), format!("`{status}` is not a status of this project"))
        .at(line)
        .hint("add it under `statuses:` in .cmpm/config.yaml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::kept;

    #[test]
    fn all_of_a_ticket_comes_back_from_a_cache() {
        let bare = Ticket {
            id: Id::parse("ISS-1").unwrap(),
            kind: Kind::Epic,
            properties: Properties::default(),
            category: Category::Todo,
            criteria: None,
            other: BTreeMap::new(),
            dialect: Dialect::Native,
        };
        assert_eq!(kept(&bare), Some(bare.clone()));
        for ((kind, category), dialect) in Kind::ALL.into_iter().zip(Category::ALL).zip(Dialect::ALL.into_iter().rev()) {
            let mut ticket = Ticket { kind, category, dialect, criteria: Some(Criteria { done: 0, total: 3 }), ..bare.clone() };
            for property in Property::ALL {
                let texts = [property.name(), "é\n\0", ""];
                ticket
                    .properties
                    .set(*property, texts[..if property.is_list() { 3 } else { 1 }].iter().map(|text| (*text).to_owned()).collect());
            }
            ticket.other = BTreeMap::from([("a.b".to_owned(), vec![String::new(), "c".to_owned()])]);
            assert_eq!(kept(&ticket), Some(ticket));
        }
    }
}
