//! The comments of all tickets at once, and where new ones go.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::base::date::parse_moment;
use crate::base::{Id, RepoPath, Timestamp};
use crate::document::Document;
use crate::store::{Snapshot, Store};

use super::comment::comments_folder;
use super::draft::Said;

/// Where comments are below a folder of tickets.
const PLACES: [&str; 2] = ["comments", "issues/comments"];

/// Every comment, by the ticket's id in lower case; in order of time.
#[derive(Debug, Default)]
pub struct Remarks(HashMap<String, Vec<Said>>);

impl Remarks {
    /// Reads them all: one walk, and the files spread over the cores.
    #[must_use]
    pub fn load(store: &Store, snapshot: &Snapshot<'_>) -> Self {
        let mut findings = Vec::new();
        let folders = store.config().paths.tasks.iter().flat_map(|folder| PLACES.map(|place| folder.join(place)));
        let entries: Vec<_> = folders.flat_map(|folder| snapshot.markdown_files(&folder, &mut findings)).collect();
        let read: Vec<(String, Said)> = entries
            .par_iter()
            .filter_map(|entry| {
                let document = Document::parse(snapshot.read_entry(entry).ok().flatten()?);
                Some((entry.path.parent().name().to_ascii_lowercase(), Said::of(&document)))
            })
            .collect();
        let mut remarks = Self::default();
        for (ticket, said) in read {
            remarks.0.entry(ticket).or_default().push(said);
        }
        remarks
            .0
            .values_mut()
            .for_each(|said| said.sort_by_cached_key(|said| (said.created.clone(), said.author.clone(), said.text.clone())));
        remarks
    }

    /// Those on one ticket.
    #[must_use]
    pub fn of(&self, ticket: &Id) -> &[Said] {
        self.0.get(&ticket.as_str().to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }
}

/// The files of new comments on a ticket; the same comments always have the same names.
#[must_use]
pub fn comment_files(store: &Store, ticket: &Id, comments: &[Said]) -> Vec<(RepoPath, String)> {
    let folder = comments_folder(store, ticket);
    let mut files: Vec<(RepoPath, String)> = Vec::with_capacity(comments.len());
    for said in comments {
        let when = said.created.as_deref().and_then(parse_moment).map_or_else(|| "undated".to_owned(), Timestamp::compact);
        let digest: String = said.digest().chars().take(8).collect();
        let stem = format!("{when}-{digest}");
        let names = std::iter::once(format!("{stem}.md")).chain((2..).map(|number| format!("{stem}-{number}.md")));
        let free = names.map(|name| folder.join(&name)).find(|path| !files.iter().any(|(taken, _)| taken == path));
        files.extend(free.map(|path| (path, said.render(ticket))));
    }
    files
}
