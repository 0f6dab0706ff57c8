//! What was taken away, until it is deleted for good: the oldest first, as soon as it is too old or too much.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::super::{GitError, Repository};
use crate::base::{Env, Timestamp};
use crate::fs::{FsError, lock, read, walk, write};
use crate::process::crash_point;

/// What is called so is no longer wanted, also if whoever deletes it is killed.
const GONE: &str = "gone";

/// The file with the number of files and bytes beside what was taken away, once they were counted.
const COUNTED: &str = "size";

/// The folder of what was taken away, one folder for each removal.
#[derive(Debug, Clone)]
pub struct Trash {
    folder: PathBuf,
    lock: PathBuf,
    env: Env,
}

/// How much may be kept.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// What was taken away earlier goes.
    pub before: Timestamp,
    pub bytes: u64,
    pub files: u64,
}

/// What is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Held {
    /// How many worktrees.
    pub worktrees: usize,
    /// How many files are in those that were counted.
    pub files: u64,
    /// How many bytes these have.
    pub bytes: u64,
    /// How many worktrees are not counted yet.
    pub uncounted: usize,
}

#[derive(Debug, Clone, Copy)]
struct Size {
    files: u64,
    bytes: u64,
}

impl Repository {
    /// Where what is taken away goes.
    pub fn trash(&self) -> Trash {
        let live = self.common_dir().join("cmpm");
        Trash { folder: live.join("trash"), lock: live.join("locks/trash"), env: self.env.clone() }
    }
}

impl Trash {
    /// A place that nothing has taken; the caller keeps others from taking it.
    pub(in crate::git) fn free_place(&self, name: &str) -> PathBuf {
        let first = self.folder.join(name);
        let others = (2_u32..).map(|number| self.folder.join(format!("{name}-{number}")));
        std::iter::once(first).chain(others).find(|place| !read::exists(place)).unwrap_or_else(|| self.folder.join(name))
    }

    /// What is kept, as far as it was counted: looks at no file of it.
    pub fn held(&self) -> Result<Held, GitError> {
        let mut held = Held::default();
        for place in self.places()?.into_iter().filter(|place| !is_gone(place)) {
            held.worktrees += 1;
            match counted(&place) {
                Some(size) => (held.files, held.bytes) = (held.files + size.files, held.bytes + size.bytes),
                None => held.uncounted += 1,
            }
        }
        Ok(held)
    }

    /// Deletes for good what is too old, and the oldest as long as it is too much; how many worktrees that were. Nothing if
    /// somebody else is at it all the time. It may be killed at any moment: what was begun goes first the next time.
    pub fn empty(&self, bounds: &Bounds, patience: Duration) -> Result<usize, GitError> {
        if !read::exists(&self.folder) {
            return Ok(0);
        }
        let _lock = match lock::acquire(&self.lock, patience) {
            Err(FsError::Locked { .. }) => return Ok(0),
            lock => lock?,
        };
        let places = self.places()?;
        let (gone, kept): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| is_gone(place));
        gone.iter().try_for_each(|place| write::remove_folder(place))?;
        let sizes = kept.iter().map(|place| count(place)).collect::<Result<Vec<_>, _>>()?;
        let (mut files, mut bytes) = sizes.iter().fold((0, 0), |(files, bytes), size| (files + size.files, bytes + size.bytes));
        let oldest = bounds.before.compact();
        let mut count = gone.len();
        for (place, size) in kept.iter().zip(sizes) {
            let name = place.file_name().unwrap_or_default().to_string_lossy();
            if *name >= *oldest && files <= bounds.files && bytes <= bounds.bytes {
                break;
            }
            let gone = self.folder.join(format!("{name}.{GONE}"));
            write::rename(place, &gone)?;
            crash_point(&self.env, "trash.half_emptied");
            write::remove_folder(&gone)?;
            (files, bytes, count) = (files - size.files, bytes - size.bytes, count + 1);
        }
        Ok(count)
    }

    /// Does the same beside what this process does else. At its end it stops wherever it is, and a later one goes on.
    pub fn empty_aside(self, bounds: Bounds) {
        std::thread::spawn(move || drop(self.empty(&bounds, Duration::ZERO)));
    }

    /// The oldest first.
    fn places(&self) -> Result<Vec<PathBuf>, GitError> {
        Ok(read::names(&self.folder)?.into_iter().map(|name| self.folder.join(name)).collect())
    }
}

fn is_gone(place: &Path) -> bool {
    place.extension().is_some_and(|end| end == GONE)
}

fn counted(place: &Path) -> Option<Size> {
    let text = read::find_text(&place.join(COUNTED)).ok()??;
    let (files, bytes) = text.trim_end().split_once(' ')?;
    Some(Size { files: files.parse().ok()?, bytes: bytes.parse().ok()? })
}

fn count(place: &Path) -> Result<Size, GitError> {
    if let Some(size) = counted(place) {
        return Ok(size);
    }
    let walk::Count { files, bytes, .. } = walk::count(&[place.to_owned()]);
    write::replace(&place.join(COUNTED), format!("{files} {bytes}\n").as_bytes())?;
    Ok(Size { files, bytes })
}
