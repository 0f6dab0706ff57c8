//! A folder that is open, so that many of its files can be looked at with one short system call each.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};

use super::Stamp;

#[derive(Debug)]
pub struct Folder(OwnedFd);

impl Folder {
    /// Opens a folder, but not through a link; `None` if there is none.
    pub fn open(path: &Path) -> Option<Self> {
        rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()).ok().map(Self)
    }

    /// The stamp of the folder itself: it changes whenever a name in it comes, goes, or becomes another file.
    pub fn stamp(&self) -> Option<Stamp> {
        rustix::fs::fstat(&self.0).ok().map(|stat| Stamp::of_stat(&stat))
    }

    /// The stamp of the regular file called `name` in it.
    pub fn stamp_of(&self, name: &[u8]) -> Option<Stamp> {
        let stat = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        (FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile).then(|| Stamp::of_stat(&stat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{read, write};

    #[test]
    fn a_file_has_the_same_stamp_however_it_is_looked_at() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("a.md");
        write::replace(&file, b"x").unwrap();
        std::os::unix::fs::symlink(&file, place.path().join("link.md")).unwrap();
        let folder = Folder::open(place.path()).unwrap();
        assert_eq!(folder.stamp_of(b"a.md"), Stamp::find(&file));
        assert_eq!((folder.stamp_of(b"link.md"), folder.stamp_of(b"none.md")), (None, None));
        let before = folder.stamp();
        assert_eq!(before, read::find_metadata(place.path()).unwrap().map(|metadata| Stamp::of(&metadata)));
        write::rename(&file, &place.path().join("b.md")).unwrap();
        assert_ne!(folder.stamp(), before);
        assert!(Folder::open(&place.path().join("b.md")).is_none());
    }
}
