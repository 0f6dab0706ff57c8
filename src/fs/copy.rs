//! Copies of files and folders, by reference where the file system can share their blocks (`FICLONE`), on all cores.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fs_err::os::unix::fs::OpenOptionsExt;
use rayon::prelude::*;

use super::{FsError, PathKind, read, write};
use crate::base::RepoPath;

/// What was copied.
#[derive(Debug, Default)]
pub struct Copied {
    pub files: u64,
    pub bytes: u64,
    /// Links that lead out, work trees of others, pipes and the like.
    pub left_out: Vec<RepoPath>,
}

/// Copies `path` of the folder `root`, with all below it, to `to`, which must not exist. Links are copied as links if they stay below
/// the root, and never followed. Nothing of git's own is copied: no `.git`, and no folder that is a work tree by its `.git` file.
pub fn copy(root: &Path, path: &RepoPath, to: &Path) -> Result<Copied, FsError> {
    let copying =
        Copying { root, shares: AtomicBool::new(true), files: AtomicU64::new(0), bytes: AtomicU64::new(0), left_out: Mutex::default() };
    if let Some(folder) = to.parent() {
        write::create_folder(folder)?;
    }
    copying.any(path, to)?;
    let mut left_out = copying.left_out.into_inner().unwrap_or_default();
    left_out.sort();
    Ok(Copied { files: copying.files.into_inner(), bytes: copying.bytes.into_inner(), left_out })
}

struct Copying<'a> {
    root: &'a Path,
    /// Whether blocks can be shared, as far as that was tried.
    shares: AtomicBool,
    files: AtomicU64,
    bytes: AtomicU64,
    left_out: Mutex<Vec<RepoPath>>,
}

impl Copying<'_> {
    fn any(&self, path: &RepoPath, to: &Path) -> Result<(), FsError> {
        let from = path.below(self.root);
        let Some(found) = read::find_metadata(&from)? else { return Ok(()) };
        match PathKind::of(&found) {
            PathKind::Folder => self.folder(path, to, found.permissions().mode()),
            PathKind::File => self.file(&from, to),
            PathKind::Link => self.link(path, to),
            PathKind::Special => self.leave_out(path),
        }
    }

    fn folder(&self, path: &RepoPath, to: &Path, mode: u32) -> Result<(), FsError> {
        let from = path.below(self.root);
        if read::find_kind(&from.join(".git"))? == Some(PathKind::File) {
            return self.leave_out(path);
        }
        let list = |error: &io::Error| FsError::io("list", &from, error);
        let entries = fs_err::read_dir(&from).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(|error| list(&error))?;
        write::create_folder(to)?;
        entries.par_iter().try_for_each(|entry| {
            let name = entry.file_name();
            if name.eq_ignore_ascii_case(".git") { Ok(()) } else { self.any(&path.child(&name), &to.join(&name)) }
        })?;
        // Whoever removes it must be able to.
        write::set_mode(to, (mode & 0o777) | 0o700)
    }

    fn file(&self, from: &Path, to: &Path) -> Result<(), FsError> {
        let fail = |error: io::Error| FsError::io("copy", from, &error);
        // Whatever has become of it since it was looked at, no link is followed.
        let no_link = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
        let source = fs_err::OpenOptions::new().read(true).custom_flags(no_link).open(from).map_err(fail)?.into_parts().0;
        let found = source.metadata().map_err(fail)?;
        let mode = found.permissions().mode() & 0o777;
        let target = fs_err::OpenOptions::new().write(true).create_new(true).mode(mode | 0o600).open(to).map_err(fail)?.into_parts().0;
        if !self.share(&source, &target) {
            io::copy(&mut &source, &mut &target).map_err(fail)?;
        }
        // Build tools go by the times.
        found.modified().and_then(|modified| target.set_modified(modified)).map_err(fail)?;
        target.set_permissions(std::fs::Permissions::from_mode(mode)).map_err(fail)?;
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(found.len(), Ordering::Relaxed);
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn share(&self, source: &std::fs::File, target: &std::fs::File) -> bool {
        let shared = self.shares.load(Ordering::Relaxed) && rustix::fs::ioctl_ficlone(target, source).is_ok();
        self.shares.store(shared, Ordering::Relaxed);
        shared
    }

    #[cfg(not(target_os = "linux"))]
    fn share(&self, _: &std::fs::File, _: &std::fs::File) -> bool {
        false
    }

    fn link(&self, path: &RepoPath, to: &Path) -> Result<(), FsError> {
        let target = read::link_target(&path.below(self.root))?;
        if path.leads_outside(target.as_os_str().as_bytes()) {
            return self.leave_out(path);
        }
        self.files.fetch_add(1, Ordering::Relaxed);
        write::link(Path::new(OsStr::new(&target)), to)
    }

    fn leave_out(&self, path: &RepoPath) -> Result<(), FsError> {
        if let Ok(mut left_out) = self.left_out.lock() {
            left_out.push(path.clone());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_folder_is_copied_with_modes_times_and_inner_links_and_without_what_is_gits() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("root");
        for (file, text) in
            [("m/a/run.sh", "x"), ("m/a/.git/config", "secret"), ("m/tree/.git", "gitdir: /x\n"), ("m/tree/y", "y"), ("out", "o")]
        {
            write::replace(&root.join(file), text.as_bytes()).unwrap();
        }
        write::set_mode(&root.join("m/a/run.sh"), 0o555).unwrap();
        symlink("a/run.sh", root.join("m/bin")).unwrap();
        symlink("../../elsewhere", root.join("m/away")).unwrap();
        symlink("/etc/passwd", root.join("m/passwd")).unwrap();
        let to = place.path().join("new/m");
        let copied = copy(&root, &RepoPath::parse("m").unwrap(), &to).unwrap();
        let left: Vec<String> = copied.left_out.iter().map(ToString::to_string).collect();
        assert_eq!((copied.files, copied.bytes, left), (2, 1, ["m/away", "m/passwd", "m/tree"].map(str::to_owned).to_vec()));
        let (old, new) = [root.join("m/a/run.sh"), to.join("a/run.sh")].map(|path| read::find_metadata(&path).unwrap().unwrap()).into();
        assert_eq!((old.modified().unwrap(), old.permissions().mode()), (new.modified().unwrap(), new.permissions().mode()));
        assert_eq!(read::link_target(&to.join("bin")).unwrap(), Path::new("a/run.sh"));
        assert!(!read::exists(&to.join("a/.git")) && !read::exists(&to.join("tree")));
    }
}
