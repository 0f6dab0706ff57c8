//! The clone itself: git, how the repository was made, the clock, the cache.

use std::path::Path;

use super::fix::Remedy;
use super::inspection::Inspection;
use super::row::Row;
use crate::base::{Clock, Result, text};
use crate::fs::{PathKind, read, write};
use crate::git::OLDEST_GIT;

/// How many seconds the clock of a disk may be off: some count in steps of two.
const TOLERANCE: i64 = 3;
documented! {
    "docs/doctor.md": "to within {} seconds", TOLERANCE;
    "docs/doctor.md": "new enough to merge ({}.{})", OLDEST_GIT.0, OLDEST_GIT.1;
}

/// Whether git is there and new enough.
pub fn git(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let (major, minor) = inspection.repository.git_version()?;
    let (oldest_major, oldest_minor) = OLDEST_GIT;
    let row = if (major, minor) < OLDEST_GIT {
        let message = format!("git {major}.{minor} is too old to merge; {oldest_major}.{oldest_minor} or newer is required");
        Row::problem("", message).next("install a newer git, or put one first on PATH")
    } else {
        Row::fine(format!("{major}.{minor} ({oldest_major}.{oldest_minor} or newer required)"))
    };
    Ok(vec![row])
}

/// What is special about this clone.
pub fn kind(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let repository = inspection.repository;
    let mut rows = Vec::new();
    if repository.is_shallow() {
        let row = Row::fine("shallow: earlier history is missing, so checks of older commits may fail");
        rows.push(row.next("git fetch --unshallow"));
    }
    if repository.is_partial() {
        rows.push(
            Row::fine("partial: a run refuses to start where files were not fetched yet")
                .next("git checkout the branch once, which fetches them"),
        );
    }
    let is_ignoring = repository.config_flag("core.ignoreCase").unwrap_or(false);
    if repository.is_case_blind() != is_ignoring {
        let message =
            format!("core.ignoreCase is {is_ignoring}, but here `a` and `A` are {}", if is_ignoring { "two files" } else { "one file" });
        rows.push(Row::warning("", message).next(format!("git config core.ignoreCase {}", !is_ignoring)));
    }
    let fine = if repository.work_dir().is_none() { "bare" } else { "whole" };
    Ok(super::inspection::or_fine(rows, fine))
}

/// Whether the system and the disk agree about the time. `CMPM_NOW` has no say in it.
pub fn clock(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let before = Clock::System.now().seconds();
    let disk = write::time_of_disk(inspection.repository.common_dir());
    let after = Clock::System.now().seconds();
    let fixed = match inspection.context.clock {
        Clock::System => String::new(),
        Clock::Fixed(moment) => format!("; CMPM_NOW holds cmpm's own at {moment}"),
    };
    Ok(vec![match disk {
        Err(_) => Row::fine(format!("the disk's clock cannot be read without writing{fixed}")),
        Ok(time) => match deviation(before, after, time) {
            None => Row::fine(format!("system and disk agree{fixed}")),
            Some(message) => Row::warning(inspection.short(inspection.repository.common_dir()), message)
                .next("set both clocks by the network; until then cmpm reads files again instead of using its cache"),
        },
    }])
}

/// How the disk's time lies outside of the system's, asked before and after it.
fn deviation(before: i64, after: i64, disk: i64) -> Option<String> {
    let span = |seconds: i64| text::duration(seconds.unsigned_abs());
    if disk < before - TOLERANCE {
        Some(format!("the disk's clock is {} behind the system's", span(before - disk)))
    } else if disk > after + TOLERANCE {
        Some(format!("the disk's clock is {} ahead of the system's", span(disk - after)))
    } else {
        None
    }
}

/// Whether the cache can be used. It may vanish at any time.
pub fn cache(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let folder = inspection.live.join("cache");
    let row = match broken(&folder) {
        Some(reason) => Row::warning(inspection.short(&folder), reason).fixes(Remedy::Cache(folder)),
        None if read::exists(&folder) => Row::fine("usable"),
        None => Row::fine("none"),
    };
    Ok(vec![row])
}

/// Why a cache folder is of no use. What is in its files their reader judges, entry by entry.
fn broken(folder: &Path) -> Option<String> {
    let found = match read::find_kind(folder) {
        Ok(found) => found?,
        Err(error) => return Some(error.to_string()),
    };
    if found != PathKind::Folder {
        return Some("is not a folder".to_owned());
    }
    let names = match read::names(folder) {
        Ok(names) => names,
        Err(error) => return Some(error.to_string()),
    };
    let files = names.iter().map(|name| folder.join(name)).filter(|file| read::is_file(file));
    files.filter_map(|file| read::read_head(&file, 1).err()).map(|error| error.to_string()).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_be_off_by_a_little() {
        assert_eq!((deviation(100, 101, 97), deviation(100, 101, 104)), (None, None));
        assert_eq!(deviation(100, 101, 38).as_deref(), Some("the disk's clock is 1m 02s behind the system's"));
        assert_eq!(deviation(100, 101, 131).as_deref(), Some("the disk's clock is 30s ahead of the system's"));
    }

    #[test]
    fn a_cache_that_cannot_be_read_is_broken() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        assert_eq!(broken(&cache), None);
        write::replace(&cache, b"").unwrap();
        assert_eq!(broken(&cache).as_deref(), Some("is not a folder"));
        write::remove(&cache).unwrap();
        write::replace(&cache.join("tickets"), b"x").unwrap();
        assert_eq!(broken(&cache), None);
    }
}
