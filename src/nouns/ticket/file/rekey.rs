//! A new id for the one of two records that came in with a merge, and for whoever named it in the files that came with it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Id, RepoPath, Result};
use crate::context::Context;
use crate::fs::read;
use crate::git::{Oid, Repository};
use crate::store::{Change, Collision, FileEntry, Record, Store, Transaction};

use super::super::model::Ticket;
use super::rewrite::renamed;

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
        let new = store.reserve_id(&prefix(store, collision), &context.random)?;
        let renamed = files.iter_mut().filter(|file| file.path != collision.kept.path);
        let count = renamed.filter_map(|file| file.rename(&collision.id, new.as_str())).count();
        let path = files.iter().find(|file| file.path == collision.new.path).map_or(&collision.new.path, |file| &file.target);
        rekeyed.push(Rekeyed { old: collision.id.clone(), new, path: path.clone(), files: count });
    }
    files.into_iter().for_each(|file| file.write(&mut transaction));
    Ok((rekeyed, transaction.commit()?))
}

/// What the new id begins with: what this project has for a ticket of that kind, else what the old one does.
fn prefix(store: &Store, Collision { id, new, .. }: &Collision) -> String {
    let file = FileEntry { path: new.path.clone(), blob: None };
    let is_ticket = Ticket::folders(store.config()).iter().any(|folder| new.path.is_below(folder)) && Ticket::is_member(&new.path);
    let ticket = is_ticket.then(|| store.read_file::<Ticket>(&file)).flatten();
    let own = ticket.map(|listed| store.config().prefixes.of(listed.record.kind).to_owned());
    own.or_else(|| id.split(['-', '_']).next().filter(|prefix| !prefix.is_empty()).map(str::to_owned)).unwrap_or_else(|| "ISS".to_owned())
}

struct File {
    path: RepoPath,
    target: RepoPath,
    before: String,
    text: String,
}

impl File {
    /// Puts the new id in the place of the old one, in the name too; `None` if there was none.
    fn rename(&mut self, old: &str, new: &str) -> Option<()> {
        let target = renamed(&self.target.lossy(), old, new).and_then(|path| RepoPath::parse(&*path));
        let text = renamed(&self.text, old, new);
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
