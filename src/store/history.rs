//! What happened to one record: every commit that changed it, compared with that commit's own parents, whatever its file was called.

use std::collections::BTreeSet;

use super::names::is_called;
use super::{Entry, Record, Store};
use crate::base::{Id, RepoPath, Result};
use crate::engine::similarity::Shingles;
use crate::fs::read;
use crate::git::{Mode, Oid, Repository, Touch};

/// From this resemblance on a file that came is the one that went, where neither says which record it is.
const SAME: f64 = 0.5;

/// What is said of a version before which this clone has none: the word, and what people read.
pub const EDGE: &str = "edge";
pub const ENDS: &str = "history ends here";

/// The history of a record.
#[derive(Debug)]
pub struct History {
    /// Newest first.
    pub versions: Vec<Version>,
    /// Its file in the commit where the history begins.
    pub committed: Option<Named>,
}

/// A record's file in one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub path: RepoPath,
    pub blob: Oid,
}

/// One commit that left a record as none of its parents has it, or took it from one of several that differ.
#[derive(Debug)]
pub struct Version {
    pub touch: Touch,
    /// Whether this clone lacks what was before.
    pub is_edge: bool,
    /// In each of the parents, in their order.
    pub before: Vec<Option<Named>>,
    /// Whether this clone has what the parents of a merge began with.
    pub has_base: bool,
    /// In that.
    pub base: Option<Named>,
    pub after: Option<Named>,
}

impl Version {
    /// What the commit did, in a word.
    pub fn what(&self) -> &'static str {
        let Some(after) = &self.after else { return "removed" };
        let before = || self.before.iter().flatten();
        match before().next() {
            None if self.is_edge => EDGE,
            None => "added",
            Some(_) if before().all(|before| before.path != after.path) => "renamed",
            Some(_) => "changed",
        }
    }

    /// Whether none of its parents has the record just so.
    pub fn is_new(&self) -> bool {
        !self.before.contains(&self.after)
    }

    /// The file's path after it, or before it where it was removed.
    pub fn path(&self) -> RepoPath {
        let named = self.after.iter().chain(self.before.iter().flatten()).next();
        named.map(|named| named.path.clone()).unwrap_or_default()
    }
}

impl Store {
    /// The history of the record whose file is or was at `path`, as some commits have it, of which the first is what is committed.
    ///
    /// Cost: one walk of git over the folders of the records, and a look at each commit that touched the record's file; where that
    /// came or went, also at what else the commit moved.
    pub fn history<R: Record>(&self, repository: &Repository, from: &[Oid], (path, id): (&RepoPath, Option<&Id>)) -> Result<History> {
        let mut trail = Trail { store: self, repository, names: vec![path.clone()], touches: Vec::new() };
        trail.follow::<R>(from, id)?;
        let committed = from.first().map_or(Ok(None), |head| trail.locate(*head))?;
        let touches = std::mem::take(&mut trail.touches);
        // There is nothing to decide in a merge before the second change.
        let second = touches.iter().rposition(|touch| trail.touches_it(touch)).and_then(|first| {
            let later = touches.get(..first).unwrap_or_default();
            later.iter().rposition(|touch| trail.touches_it(touch))
        });
        let edge = repository.edge()?;
        let may_change = |(place, touch): &(usize, Touch)| trail.may_change(touch, second.is_some_and(|second| *place < second));
        let versions = touches.into_iter().enumerate().filter(may_change).map(|(_, touch)| trail.version(touch, &edge));
        Ok(History { versions: versions.filter_map(Result::transpose).collect::<Result<_>>()?, committed })
    }
}

/// All that a record's file was called, and where any of it was touched.
struct Trail<'a> {
    store: &'a Store,
    repository: &'a Repository,
    /// What it is called now comes first.
    names: Vec<RepoPath>,
    touches: Vec<Touch>,
}

/// A file that is only on one side of a commit and one of its parents.
struct Move<'a> {
    parent: Oid,
    commit: Oid,
    path: &'a RepoPath,
    blob: Oid,
    /// Whether it is in the commit, and not in the parent.
    came: bool,
}

impl Trail<'_> {
    /// Finds names until there are no more: from the file's id, and from what came where it went or went where it came.
    fn follow<R: Record>(&mut self, from: &[Oid], id: Option<&Id>) -> Result<()> {
        let mut folders = R::folders(self.store.config());
        let head = from.first().copied();
        let (mut next, mut is_read) = (0, false);
        while self.names.len() > next {
            let outside = self.names.iter().map(RepoPath::parent).find(|folder| !folders.iter().any(|known| folder.is_below(known)));
            if !is_read || outside.is_some() {
                folders.extend(outside);
                (next, is_read) = (0, true);
                self.touches = self.repository.touches(from, &folders)?;
                self.add_namesakes::<R>(head, id)?;
            }
            let Some(name) = self.names.get(next).cloned() else { break };
            next += 1;
            let mut found = Vec::new();
            for moved in self.moves(&name) {
                found.extend(self.counterparts::<R>(&moved)?);
            }
            self.add(found);
            if next == self.names.len() && next > 1 {
                let found = self.follow_merges::<R>()?;
                self.add(found);
            }
        }
        Ok(())
    }

    /// Adds files that were called after the id, and one of a commit that is missing and was moved since.
    fn add_namesakes<R: Record>(&mut self, head: Option<Oid>, id: Option<&Id>) -> Result<()> {
        let Some(id) = id else { return Ok(()) };
        let paths: BTreeSet<&RepoPath> = self.touches.iter().flat_map(|touch| &touch.files).map(|file| &file.path).collect();
        // A file that is there under another name is another record, even of the same id.
        let lives = |path: &RepoPath| read::exists(&path.below(self.store.root()));
        let is_it = |path: &&RepoPath| R::is_member(path) && is_called(path.name().as_bytes(), id.as_str().as_bytes()) && !lives(path);
        let mut found: Vec<RepoPath> = paths.into_iter().filter(is_it).cloned().collect();
        if let (Some(head), None) = (head, head.map_or(Ok(None), |head| self.locate(head))?) {
            for folder in R::folders(self.store.config()) {
                for entry in self.repository.files_below(head, &folder)? {
                    if R::is_member(&entry.path)
                        && !lives(&entry.path)
                        && self.read::<R>(&entry.path, entry.oid)?.0.is_some_and(|record| record.id().is(id.as_str()))
                    {
                        found.push(entry.path);
                    }
                }
            }
        }
        self.add(found);
        Ok(())
    }

    fn add(&mut self, found: Vec<RepoPath>) {
        for path in found {
            if !self.names.contains(&path) {
                self.names.push(path);
            }
        }
    }

    /// Names by which merges have what only some of their parents have under a name that is known: git lists none of those.
    fn follow_merges<R: Record>(&self) -> Result<Vec<RepoPath>> {
        let mut found = Vec::new();
        for touch in self.touches.iter().filter(|touch| touch.parents.len() > 1) {
            if self.locate(touch.commit)?.is_some() {
                continue;
            }
            for parent in &touch.parents {
                if let Some(Named { path, blob }) = self.locate(*parent)? {
                    let moved = Move { parent: *parent, commit: touch.commit, path: &path, blob, came: false };
                    found.extend(self.counterparts::<R>(&moved)?);
                }
            }
        }
        Ok(found)
    }

    /// Where a file came or went.
    fn moves<'n>(&self, path: &'n RepoPath) -> Vec<Move<'n>> {
        let mut moves = Vec::new();
        for touch in &self.touches {
            for file in touch.files.iter().filter(|file| file.path == *path) {
                let sides = touch.parents.iter().zip(&file.before);
                moves.extend(sides.filter_map(|(parent, before)| {
                    let blob = before.xor(file.after)?;
                    Some(Move { parent: *parent, commit: touch.commit, path, blob, came: before.is_none() })
                }));
            }
        }
        moves
    }

    /// What a file that came was called in the parent, or what one that went is called since.
    fn counterparts<R: Record>(&self, moved: &Move<'_>) -> Result<Vec<RepoPath>> {
        let mut found = Vec::new();
        for change in self.repository.files_changed_below((Some(moved.parent), moved.commit), &RepoPath::default())? {
            let other = match (change.before, change.after) {
                (Some(before), None) if moved.came => before,
                (None, Some(after)) if !moved.came => after,
                _ => continue,
            };
            if change.path != *moved.path && self.is_same::<R>((moved.path, moved.blob), (&change.path, other))? {
                found.push(change.path);
            }
        }
        Ok(found)
    }

    /// Whether two files are one record: by their ids, or by what they say where they have none.
    fn is_same<R: Record>(&self, one: (&RepoPath, Oid), other: (&RepoPath, Oid)) -> Result<bool> {
        if !other.1.eq(&one.1) && !other.0.name().ends_with(".md") {
            return Ok(false);
        }
        let ((left, left_text), (right, right_text)) = (self.read::<R>(one.0, one.1)?, self.read::<R>(other.0, other.1)?);
        let answers = |one: &R, other: &R| one.id().is(other.id().as_str()) || one.aliases().iter().any(|alias| other.id().is(alias));
        let by_id = left.as_ref().zip(right.as_ref()).is_some_and(|(left, right)| answers(left, right) || answers(right, left));
        let alike = || Shingles::of(left_text.as_str()).resemblance(&Shingles::of(right_text.as_str())) >= SAME;
        let says = |document: &crate::document::Document| document.text("id").is_some();
        Ok(by_id || one.1 == other.1 || (!(says(&left_text) && says(&right_text)) && alike()))
    }

    fn read<R: Record>(&self, path: &RepoPath, blob: Oid) -> Result<(Option<R>, crate::document::Document)> {
        let document = R::document(self.repository.read_blob(blob)?);
        let record = R::read(&Entry { path, document: &document, config: self.store.config() }, &mut Vec::new()).ok();
        Ok((record, document))
    }

    fn touches_it(&self, touch: &Touch) -> bool {
        touch.files.iter().any(|file| self.names.contains(&file.path))
    }

    /// Of a record that the sides of a merge have under two names, each name is as on one of the sides, whatever became of it; and
    /// where both sides changed it, the merge may have it as one of them.
    fn may_change(&self, touch: &Touch, is_changed_twice: bool) -> bool {
        self.touches_it(touch) || (touch.parents.len() > 1 && (self.names.len() > 1 || is_changed_twice))
    }

    /// What a commit did to the record; nothing where one of its parents has it just so, and no other has it otherwise.
    fn version(&self, touch: Touch, edge: &[Oid]) -> Result<Option<Version>> {
        let after = self.locate(touch.commit)?;
        let before = touch.parents.iter().map(|parent| self.locate(*parent)).collect::<Result<Vec<_>>>()?;
        let is_taken = before.contains(&after) && (after.is_none() || !before.iter().any(|before| before.is_some() && *before != after));
        if is_taken || (before.is_empty() && after.is_none()) {
            return Ok(None);
        }
        let (mut base, mut has_base) = (None, false);
        if let [first, others @ ..] = touch.parents.as_slice()
            && !others.is_empty()
        {
            let fold = others
                .iter()
                .try_fold(Some(*first), |base, other| base.map_or(Ok(None), |base| self.repository.merge_base(base, *other)))?;
            has_base = fold.is_some();
            base = fold.map_or(Ok(None), |base| self.locate(base))?;
        }
        let is_edge = edge.contains(&touch.commit);
        Ok(Some(Version { touch, is_edge, before, has_base, base, after }))
    }

    fn locate(&self, commit: Oid) -> Result<Option<Named>> {
        for path in &self.names {
            let entry = self.repository.find_entry(commit, path)?;
            if let Some(entry) = entry.filter(|entry| matches!(entry.mode, Mode::File | Mode::Executable)) {
                return Ok(Some(Named { path: path.clone(), blob: entry.oid }));
            }
        }
        Ok(None)
    }
}
