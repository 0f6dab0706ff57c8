//! Everything that can be searched: tickets, comments, memories and run pages, as pages with a title and a text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Finding, RepoPath};
use crate::document::Document;
use crate::engine::search::Field;
use crate::nouns::memory::Memory;
use crate::nouns::ticket::Ticket;
use crate::store::{Scan, Store};

/// Where the run pages are.
const RUNS: &str = ".cmpm/runs";

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An epic, issue, task or pull request.
    Ticket,
    /// A comment on one.
    Comment,
    /// Something learned.
    Memory,
    /// What became of a delegation.
    Run,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Comment => "comment",
            Self::Memory => "memory",
            Self::Run => "run",
        }
    }
}

/// Something that can be found.
pub struct Page {
    pub kind: Kind,
    pub id: String,
    pub title: String,
    pub path: RepoPath,
    pub body: String,
    tags: Vec<String>,
    details: Vec<String>,
}

impl Page {
    /// Its texts.
    pub fn texts(&self) -> Vec<(&str, Field)> {
        let mut all = vec![(self.title.as_str(), Field::Title)];
        all.extend(self.tags.iter().map(|text| (text.as_str(), Field::Tags)));
        all.extend(self.details.iter().map(|text| (text.as_str(), Field::Details)));
        all.push((&self.body, Field::Body));
        all
    }
}

/// The pages of these kinds (all if none is named) in order of kind and path, and what is wrong with their files.
pub fn load(store: &Store, kinds: &[Kind]) -> (Vec<Page>, Vec<Finding>) {
    let wants = |kind: Kind| kinds.is_empty() || kinds.contains(&kind);
    let (mut pages, mut findings) = (Vec::new(), Vec::new());
    if wants(Kind::Ticket) {
        let Scan { records, findings: wrong } = store.scan::<Ticket>(&store.work_tree());
        findings.extend(wrong);
        pages.extend(records.into_iter().map(|stored| Page {
            kind: Kind::Ticket,
            id: stored.record.id.to_string(),
            title: stored.record.title,
            body: stored.document.body().trim().to_owned(),
            path: stored.path,
            tags: stored.record.labels,
            details: stored.record.paths,
        }));
    }
    if wants(Kind::Comment) {
        for folder in &store.config().paths.tasks {
            pages.extend(["comments", "issues/comments"].iter().flat_map(|place| plain(store, &folder.join(place), Kind::Comment)));
        }
    }
    if wants(Kind::Memory) {
        let Scan { records, findings: wrong } = store.scan::<Memory>(&store.work_tree());
        findings.extend(wrong);
        pages.extend(records.into_iter().map(|stored| Page {
            kind: Kind::Memory,
            id: stored.record.id.to_string(),
            body: stored.document.body().trim().to_owned(),
            path: stored.path,
            details: stored.record.details.present().flat_map(|detail| detail.content.texts()).map(str::to_owned).collect(),
            title: stored.record.title,
            tags: stored.record.tags.into_iter().chain(stored.record.tech).collect(),
        }));
    }
    if wants(Kind::Run) {
        pages.extend(plain(store, &RepoPath::parse(RUNS).unwrap_or_default(), Kind::Run));
    }
    (pages, findings)
}

/// Pages that are no records: comments, named by their ticket, and run pages.
fn plain(store: &Store, folder: &RepoPath, kind: Kind) -> Vec<Page> {
    let snapshot = store.work_tree();
    let files = snapshot.markdown_files(folder, &mut Vec::new());
    let page = |path: RepoPath| {
        let document = Document::parse(snapshot.read(&path).ok().flatten()?);
        let key = |name: &str| document.text(name);
        let (id, title) = match kind {
            Kind::Comment => (
                key("ticket").unwrap_or_else(|| path.parent().name().into_owned()),
                format!("comment by {}", key("author").unwrap_or_default()),
            ),
            _ => (key("id")?, format!("{} for {}", key("agent").unwrap_or_default(), key("ticket").unwrap_or_default())),
        };
        let body = document.body().trim().to_owned();
        Some(Page { kind, id, title: title.trim().to_owned(), body, path, tags: Vec::new(), details: key("outcome").into_iter().collect() })
    };
    files.into_iter().filter_map(|file| page(file.path)).collect()
}
