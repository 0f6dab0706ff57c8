//! What has changed since an index was written: one look at every folder and at every file, spread over the cores.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::Searchable;
use super::file::{KnownFolder, Part};
use crate::base::{Finding, RepoPath};
use crate::fs::walk::{self, Entries};
use crate::fs::{Folder, Stamp};
use crate::store::folders::{names_in, path_of};
use crate::store::{Store, snapshot};

/// How many files of one folder are looked at in one go.
const SOME: usize = 2048;

/// What differs from what an index says.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Files of the index that are gone or different, as flags.
    pub dead: Vec<bool>,
    /// Files that are new or different, with what they are now.
    pub changed: Vec<(RepoPath, Stamp)>,
    /// What is wrong with the folders.
    pub findings: Vec<Finding>,
}

/// A folder, and what of it must be listed again.
struct Looked {
    entries: Option<Entries>,
    is_there: bool,
    /// What differs among its first files.
    differing: Vec<Differing>,
}

/// What became of the names in folders that differ.
struct Relisted {
    /// Folders that are no longer there.
    gone: Vec<RepoPath>,
    new_files: Vec<RepoPath>,
}

/// The number of a file that is not as the index says, and what it is now.
type Differing = (usize, Option<(RepoPath, Stamp)>);

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Every folder and every file.
    Files,
    /// Every folder: what came is seen, what was changed in its place is not.
    Folders,
}

/// Compares the disk with an index. `None` where it is better to begin again: a folder at the top came, went or is a link.
pub(super) fn survey<R: Searchable>(store: &Store, part: &Part, reach: Reach) -> Option<Survey> {
    let root = store.root();
    let mut looked: Vec<Looked> = part.folders.par_iter().with_min_len(8).map(|folder| look(root, (part, folder), reach)).collect();
    let tops = R::folders(store.config());
    let changed_top = |(folder, looked): (&KnownFolder, &Looked)| tops.contains(&folder.path) && folder.stamp.is_some() && !looked.is_there;
    if part.folders.iter().zip(&looked).any(changed_top) {
        return None;
    }
    let mut survey = Survey { dead: vec![false; part.docs.len()], ..Survey::default() };
    let Relisted { gone, new_files } = survey.list_again::<R>(root, part, &looked);
    for (folder, looked) in part.folders.iter().zip(&mut looked) {
        looked.is_there &= !gone.iter().any(|gone| folder.path.is_below(gone));
        if looked.is_there && looked.entries.is_none() {
            survey.findings.extend(folder.findings.iter().cloned());
        }
    }
    survey.compare((root, part), looked, reach);
    let stamped = |path: RepoPath| Stamp::find(&path.below(root)).map(|stamp| (path, stamp));
    survey.changed.par_extend(new_files.into_par_iter().filter_map(stamped));
    survey.changed.sort_by(|a, b| super::order(&a.0).cmp(&super::order(&b.0)));
    survey.changed.dedup_by(|a, b| a.0 == b.0);
    Some(survey)
}

fn look(root: &Path, (part, folder): (&Part, &KnownFolder), reach: Reach) -> Looked {
    let place = folder.path.below(root);
    let open = Folder::open(&place);
    let stamp = open.as_ref().and_then(Folder::stamp);
    let same = stamp.is_some() && stamp == folder.stamp;
    let entries = (!same).then(|| walk::entries(root, &folder.path, &snapshot::is_markdown));
    let first = folder.docs.start..folder.docs.end.min(folder.docs.start + SOME);
    let differing = if reach == Reach::Files { differing(part, folder, (open.as_ref(), first)) } else { Vec::new() };
    Looked { entries, is_there: stamp.is_some(), differing }
}

/// Looks at some files of a folder.
fn differing(part: &Part, folder: &KnownFolder, (open, docs): (Option<&Folder>, Range<usize>)) -> Vec<Differing> {
    let known = part.docs.get(docs.clone()).unwrap_or_default();
    let mut found = Vec::new();
    for (index, doc) in docs.zip(known) {
        let now = open.and_then(|open| open.stamp_of(part.name(doc)));
        if now.is_none() || now != doc.stamp {
            found.push((index, now.map(|stamp| (path_of(folder.path.as_bytes(), part.name(doc)), stamp))));
        }
    }
    found
}

impl Survey {
    /// Lists again the folders whose names changed.
    fn list_again<R: Searchable>(&mut self, root: &Path, part: &Part, looked: &[Looked]) -> Relisted {
        let known: HashSet<&RepoPath> = part.folders.iter().map(|folder| &folder.path).collect();
        let (mut gone, mut new_files) = (Vec::new(), Vec::new());
        for (folder, looked) in part.folders.iter().zip(looked) {
            if !looked.is_there {
                gone.push(folder.path.clone());
            }
            let Some(entries) = looked.entries.as_ref().filter(|_| looked.is_there) else { continue };
            self.findings.extend(entries.errors.iter().map(|error| snapshot::unlisted(root, &folder.path, error)));
            let old: HashSet<&[u8]> = part.docs.get(folder.docs.clone()).unwrap_or_default().iter().map(|doc| part.name(doc)).collect();
            let names = names_in::<R>(&entries.files);
            let fresh = names.iter().filter(|name| !old.contains(name.as_slice()));
            new_files.extend(fresh.map(|name| path_of(folder.path.as_bytes(), name)));
            let now: HashSet<&RepoPath> = entries.folders.iter().collect();
            gone.extend(
                known
                    .iter()
                    .filter(|path| path.parent() == folder.path && !path.is_empty() && !now.contains(*path))
                    .map(|path| (*path).clone()),
            );
            for new in now.iter().copied().filter(|path| !known.contains(path)) {
                let (files, errors) = walk::files(root, new, &snapshot::is_markdown);
                self.findings.extend(errors.iter().map(|error| snapshot::unlisted(root, new, error)));
                new_files.extend(files.into_iter().filter(R::is_member));
            }
        }
        // A folder at the top may lie below another one, which does not list it where its name begins with a dot.
        let hidden = |path: &RepoPath| part.folders.iter().zip(looked).any(|(folder, looked)| folder.path == *path && looked.is_there);
        gone.retain(|path| !(path.name().starts_with('.') && hidden(path)));
        Relisted { gone, new_files }
    }

    /// Looks at the files that were not looked at with their folders, and takes down what differs.
    fn compare(&mut self, (root, part): (&Path, &Part), looked: Vec<Looked>, reach: Reach) {
        let mut pieces = Vec::new();
        let mut all = Vec::new();
        for (folder, looked) in part.folders.iter().zip(looked) {
            if looked.is_there {
                all.extend(looked.differing);
                let end = if reach == Reach::Files { folder.docs.end } else { 0 };
                let rest = (folder.docs.start + SOME..end).step_by(SOME);
                pieces.extend(rest.map(|start| (folder, start..folder.docs.end.min(start + SOME))));
            } else {
                all.extend(folder.docs.clone().map(|index| (index, None)));
            }
        }
        let look =
            |(folder, docs): (&KnownFolder, Range<usize>)| differing(part, folder, (Folder::open(&folder.path.below(root)).as_ref(), docs));
        all.extend(pieces.into_par_iter().map(look).collect::<Vec<_>>().into_iter().flatten());
        for (index, now) in all {
            self.dead.get_mut(index).into_iter().for_each(|dead| *dead = true);
            self.changed.extend(now);
        }
    }
}
