//! Puts into a worktree what is copied from the main checkout, and the links that lead there.

use std::io::ErrorKind;
use std::path::Path;

use super::super::{Run, Runs, StepError};
use super::{Furnishing, target};
use crate::base::{RepoPath, Result, text};
use crate::fs::copy::{Copied, copy};
use crate::fs::{FsError, PathKind, read, walk, write};
use crate::git::{Repository, Worktree};

/// What cmpm itself keeps in a repository.
const OWN: RepoPath = RepoPath::of(".cmpm");
/// How many names a line of the page has.
const NAMED: usize = 8;

impl Runs<'_> {
    /// Copies and links what a worktree lacks; what was done, in lines for the page. Doing it again adds what is missing: each file
    /// or folder is there as a whole or not at all.
    pub(super) fn put_in_place(&self, run: &Run, furnishing: &Furnishing, worktree: &Worktree) -> Result<Vec<String>> {
        if furnishing.copy.is_empty() && furnishing.link.is_empty() {
            return Ok(Vec::new());
        }
        let Some(root) = self.repository.main_work_dir() else {
            return Ok(vec!["worktree: there is no main checkout to copy anything from".to_owned()]);
        };
        let from = self.open_at(&root)?;
        let place = Place { from: &from, root: &root, to: self.repository.open_worktree(worktree)?, at: &worktree.path };
        let mut notes = Vec::new();
        if !furnishing.copy.is_empty() {
            notes.extend(self.copy_in(run, furnishing, &place)?);
        }
        for path in &furnishing.link {
            if let Some(why) = place.link(path)? {
                notes.push(format!("worktree: no link to {path}: {why}"));
            } else {
                notes.push(format!("worktree: {path} leads to the main checkout's"));
            }
        }
        Ok(notes)
    }

    fn copy_in(&self, run: &Run, furnishing: &Furnishing, place: &Place<'_>) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        let worktrees = run.job.worktree.parent().and_then(|folder| RepoPath::relative(place.root, folder));
        let is_free = |path: &RepoPath| {
            let clashes = |own: &RepoPath| path.is_below(own) || own.is_below(path);
            !clashes(&OWN) && !worktrees.as_ref().is_some_and(|folder| !folder.is_empty() && clashes(folder))
        };
        let mut wanted = place.from.ignored_matching(&furnishing.copy)?;
        wanted.retain(is_free);
        wanted = place.lacking(wanted)?;
        let (wanted, unignored) = place.ignored(wanted)?;
        if !unignored.is_empty() {
            notes.push(format!("worktree: not copied, because git does not ignore it there: {}", names(&unignored)));
        }
        let places: Vec<_> = wanted.iter().map(|path| path.below(place.root)).collect();
        let (found, limit) = (walk::count(&places), run.job.limits.disk());
        if found.bytes > limit.bytes || found.files > limit.files {
            let megabytes = found.bytes.div_ceil(1_000_000);
            return Err(StepError::TooMuch { source_file: furnishing.source.clone(), megabytes, files: found.files }.into());
        }
        let scratch = run.dir.file("furnish");
        write::remove_folder(&scratch)?;
        let mut all = Copied::default();
        for path in &wanted {
            let copied = place.copy(path, &scratch.join("new"))?;
            (all.files, all.bytes) = (all.files + copied.files, all.bytes + copied.bytes);
            all.left_out.extend(copied.left_out);
            self.crash_point("furnish.copied");
        }
        write::remove_folder(&scratch)?;
        if !wanted.is_empty() {
            let (files, size) = (text::plural(usize::try_from(all.files).unwrap_or(usize::MAX), "file"), all.bytes.div_ceil(1000));
            notes.push(format!("worktree: {files}, {size} kB, copied from the main checkout: {}", names(&wanted)));
        }
        if !all.left_out.is_empty() {
            notes.push(format!("worktree: left out, because it leads elsewhere: {}", names(&all.left_out)));
        }
        Ok(notes)
    }

    /// The repository as it is in a folder, whatever git was told about where it works now.
    pub(in crate::run) fn open_at(&self, folder: &Path) -> Result<Repository> {
        let elsewhere = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX"];
        let env = self.env.clone().without(|name| elsewhere.iter().any(|start| name.starts_with(start)));
        Ok(Repository::discover(folder, &env)?)
    }
}

fn names(paths: &[RepoPath]) -> String {
    let more = paths.len().saturating_sub(NAMED);
    let named: Vec<String> = paths.iter().take(NAMED).map(|path| text::one_line(&path.lossy())).collect();
    named.join(", ") + &if more == 0 { String::new() } else { format!(" and {more} more") }
}

/// The main checkout and the worktree.
struct Place<'a> {
    from: &'a Repository,
    root: &'a Path,
    to: Repository,
    at: &'a Path,
}

impl Place<'_> {
    /// Those that are not there yet, and to which no link leads through.
    fn lacking(&self, mut paths: Vec<RepoPath>) -> Result<Vec<RepoPath>, FsError> {
        let mut failed = Ok(());
        paths.retain(|path| match self.lacks(path) {
            Ok(lacks) => lacks,
            Err(error) => {
                failed = Err(error);
                false
            }
        });
        failed.map(|()| paths)
    }

    fn lacks(&self, path: &RepoPath) -> Result<bool, FsError> {
        let mut folder = path.parent();
        while !folder.is_empty() {
            if !matches!(read::find_kind(&folder.below(self.at))?, None | Some(PathKind::Folder)) {
                return Ok(false);
            }
            folder = folder.parent();
        }
        let own = path.below(self.at);
        Ok(match read::find_kind(&own)? {
            None => true,
            // Made to ask git about it.
            Some(PathKind::Folder) => read::names(&own)?.is_empty(),
            Some(_) => false,
        })
    }

    /// Those that git ignores in the worktree too, where the rules may be others, and the rest. A rule such as `build/` means only
    /// folders, so they must be there to be asked for.
    fn ignored(&self, paths: Vec<RepoPath>) -> Result<(Vec<RepoPath>, Vec<RepoPath>)> {
        if paths.is_empty() {
            return Ok((paths, Vec::new()));
        }
        for path in paths.iter().filter(|path| read::is_folder(&path.below(self.root))) {
            write::create_folder(&path.below(self.at))?;
        }
        let ignored = self.to.would_ignore(&paths)?;
        let (ignored, others): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| ignored.contains(path));
        others.iter().for_each(|path| write::remove_folder_if_empty(&path.below(self.at)));
        Ok((ignored, others))
    }

    /// Beside the worktree first, so that it gets all of it in one step.
    fn copy(&self, path: &RepoPath, scratch: &Path) -> Result<Copied, FsError> {
        let copied = copy(self.root, path, scratch)?;
        if !read::exists(scratch) {
            return Ok(copied);
        }
        match write::rename(scratch, &path.below(self.at)) {
            Err(FsError::Io { kind: ErrorKind::CrossesDevices, .. }) => {
                write::remove_folder_if_empty(&path.below(self.at));
                copy(self.root, path, &path.below(self.at))
            }
            done => done.map(|()| copied),
        }
    }

    /// Makes a link to what the main checkout has; why not, if not.
    fn link(&self, path: &RepoPath) -> Result<Option<&'static str>> {
        let Some(target) = target(self.root, path) else { return Ok(Some("it is not in the main checkout, or leads out of it")) };
        if self.from.would_ignore(std::slice::from_ref(path))?.is_empty() {
            return Ok(Some("git does not ignore it in the main checkout"));
        }
        let own = path.below(self.at);
        if read::find_kind(&own)? == Some(PathKind::Link) && read::link_target(&own)? == target {
            return Ok(None);
        }
        if !self.lacks(path)? {
            return Ok(Some("something else is there"));
        }
        write::remove_folder_if_empty(&own);
        write::link(&target, &own)?;
        Ok(None)
    }
}
