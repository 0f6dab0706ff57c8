//! Changes of hooks, planned as a whole: a verb about hooks writes them at once, `init` in one piece with its own.

use super::record::Record;
use crate::base::Result;
use crate::fs::write;
use crate::store::{Change, Kind};

/// What is to be written, and what is said of it. Nobody else of this clone plans about hooks while it lives.
#[derive(Debug)]
pub struct Plan<R> {
    /// The files, among them the record of what is put in, in an order in which nothing is lost if it ends half-way.
    pub changes: Vec<Change>,
    /// What is said of the hooks.
    pub rows: Vec<R>,
    /// Held until everything is written.
    pub(super) record: Record,
}

impl<R> Plan<R> {
    /// The hooks among the changes.
    pub fn files(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| !self.record.is_kept_in(&change.place))
    }

    /// The plan and what is said of it, apart.
    pub fn without_rows(self) -> (Plan<()>, Vec<R>) {
        (Plan { changes: self.changes, rows: Vec::new(), record: self.record }, self.rows)
    }

    pub fn carry_out(self) -> Result<Vec<R>> {
        for Change { place, before, after, .. } in self.changes.iter().filter(|change| change.before != change.after) {
            let file = place.file(std::path::Path::new("/"));
            match (before, after) {
                (None, Some(text)) if place.kind == Kind::Program => write::create_program(&file, text)?,
                (_, Some(text)) => write::replace(&file, text)?,
                (_, None) => write::remove(&file)?,
            }
        }
        drop(self.record);
        Ok(self.rows)
    }
}
