//! A new id for the one of two records that came in with a merge, and for whoever named it in the files that came with it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Id, RepoPath, Result};
use crate::context::Context;
use crate::fs::read;
use crate::git::{Oid, Repository};
use crate::store::{Change, Collision, Transaction};

/// A record that got a new id.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Rekeyed {
    /// The id that another record keeps.
    pub old: String,
    /// Its own from now on.
    pub new: Id,
    /// Its file, as it is called now.
    pub path: RepoPath,
    /// How many files were written for it.
    pub files: usize,
}

/// Gives new ids, all of them or none, and says which files are new, changed or gone.
///
/// # Errors
/// If a file was changed meanwhile or cannot be written.
pub fn rekey(context: &Context, sides: (Oid, Oid), collisions: &[Collision]) -> Result<(Vec<Rekeyed>, Vec<RepoPath>)> {
    let (repository, store) = (context.repository()?, context.store()?);
    let mut transaction = store.begin("merge-check --fix")?;
    let mut files = Vec::new();
    for path in came_in(repository, sides)? {
        let bytes = read::find(&path.below(store.root()))?.and_then(|bytes| String::from_utf8(bytes).ok());
        files.extend(bytes.map(|text| File { target: path.clone(), path, before: text.clone(), text }));
    }
    let mut rekeyed = Vec::new();
    for collision in collisions {
        let prefix = collision.id.split(['-', '_']).next().filter(|prefix| !prefix.is_empty()).unwrap_or("ISS");
        let new = store.reserve_id(prefix, &context.random)?;
        let renamed = files.iter_mut().filter(|file| file.path != collision.kept.path);
        let count = renamed.filter_map(|file| file.rename(&collision.id, new.as_str())).count();
        let path = files.iter().find(|file| file.path == collision.new.path).map_or(&collision.new.path, |file| &file.target);
        rekeyed.push(Rekeyed { old: collision.id.clone(), new, path: path.clone(), files: count });
    }
    files.into_iter().for_each(|file| file.write(&mut transaction));
    Ok((rekeyed, transaction.commit()?))
}

/// A file that came in.
struct File {
    path: RepoPath,
    /// Where it will be.
    target: RepoPath,
    before: String,
    text: String,
}

impl File {
    /// Puts the new id in the place of the old one, in the name too; `None` if there was none.
    fn rename(&mut self, old: &str, new: &str) -> Option<()> {
        let target = replaced(&self.target.lossy(), old, new).and_then(|path| RepoPath::parse(&*path));
        let text = replaced(&self.text, old, new);
        let is_changed = target.is_some() || text.is_some();
        self.target = target.unwrap_or_else(|| self.target.clone());
        self.text = text.unwrap_or_else(|| std::mem::take(&mut self.text));
        is_changed.then_some(())
    }

    fn write(self, transaction: &mut Transaction<'_>) {
        let Self { path, target, before, text } = self;
        if path == target {
            return transaction.replace(&path, before.into_bytes(), text.into_bytes());
        }
        transaction.create(&target, text.into_bytes());
        transaction.add(Change { place: (&path).into(), before: Some(before.into_bytes()), after: None, folders: 1 });
    }
}

/// The text files that only the side that came in added or changed.
fn came_in(repository: &Repository, (ours, theirs): (Oid, Oid)) -> Result<BTreeSet<RepoPath>> {
    let base = repository.merge_base(ours, theirs)?.map_or(Ok(repository.empty_tree()), |base| repository.tree_of(base))?;
    let changed = |side: Oid| -> Result<BTreeSet<RepoPath>> {
        let changes = repository.diff_trees(base, repository.tree_of(side)?)?;
        Ok(changes.into_iter().filter(|change| change.new.is_some()).map(|change| change.path).collect())
    };
    let own = changed(ours)?;
    let is_record = |path: &RepoPath| path.name().ends_with("md");
    Ok(changed(theirs)?.into_iter().filter(|path| is_record(path) && !own.contains(path)).collect())
}

/// `text` with every `old` that stands for itself replaced, in any case; `None` if there is none.
fn replaced(text: &str, old: &str, new: &str) -> Option<String> {
    let (lower, wanted) = (text.to_ascii_lowercase(), old.to_ascii_lowercase());
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for (start, _) in lower.match_indices(&wanted) {
        let end = start + wanted.len();
        let (before, behind) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
        let mut next = behind.chars();
        let goes_on = |letter: char| letter.is_alphanumeric() || letter == '_';
        // `task-3.1` is another id; `task-3-a-title.md` begins with this one.
        let ends = match next.next() {
            Some('.') => !next.next().is_some_and(|letter| letter.is_ascii_digit()),
            other => !other.is_some_and(goes_on),
        };
        if start >= at && ends && !before.ends_with(goes_on) && !before.ends_with('-') {
            result.push_str(text.get(at..start).unwrap_or_default());
            result.push_str(new);
            at = end;
        }
    }
    (at > 0).then(|| result + text.get(at..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_id_is_replaced() {
        let text = "id: task-33\nsee TASK-33, task-33.1, task-331, x-task-33 and tasks/task-33 - a.md; task-33.";
        let wanted = "id: N\nsee N, task-33.1, task-331, x-task-33 and tasks/N - a.md; N.";
        assert_eq!(replaced(text, "task-33", "N").as_deref(), Some(wanted));
        assert_eq!(replaced("none", "task-33", "N"), None);
    }
}
