//! Which memories agents were given, and what came of it: read off the run pages, never counted in the memories themselves.

use std::collections::HashMap;

use crate::base::RepoPath;
use crate::document::Document;
use crate::store::Store;

/// Where run pages are.
const RUNS: &str = ".cmpm/runs";

/// What run pages say of one memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recalls {
    /// In how many briefs it was.
    pub recalled: usize,
    /// How many of these runs were merged.
    pub merged: usize,
}

/// How many run pages there are, and what they say of each memory, by its id in lower case.
#[must_use]
pub fn load_recalls(store: &Store) -> (usize, HashMap<String, Recalls>) {
    let (snapshot, mut findings) = (store.work_tree(), Vec::new());
    let folder = RepoPath::parse(RUNS).unwrap_or_default();
    let (mut pages, mut recalls) = (0, HashMap::<String, Recalls>::new());
    for entry in snapshot.markdown_files(&folder, &mut findings) {
        let Ok(Some(bytes)) = snapshot.read_entry(&entry) else { continue };
        let page = Document::parse(bytes);
        pages += 1;
        let merged = page.text("state").is_some_and(|state| state == "merged");
        for id in page.texts("memories") {
            let known = recalls.entry(id.to_ascii_lowercase()).or_default();
            known.recalled += 1;
            known.merged += usize::from(merged);
        }
    }
    (pages, recalls)
}
