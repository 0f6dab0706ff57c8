//! The files that are imported: read as they are, never changed, each with the name it is known by for ever.

use std::path::{Path, PathBuf};

use crate::base::{Finding, RepoPath, Result, Severity};
use crate::context::Context;
use crate::fs::{FsError, read, walk};
use crate::git::{Oid, Repository};

use super::super::model::Provenance;
use super::item::digest;

/// A page that is larger is no note of anybody.
const LARGEST_PAGE: u64 = 1024 * 1024;
/// Dumps of whole stores are larger.
const LARGEST_DUMP: u64 = 64 * 1024 * 1024;
/// What ends the name of a page.
const PAGES: [&str; 5] = [".md", ".markdown", ".mdx", ".md.erb", ".txt"];

/// What is imported.
#[derive(Debug, Default)]
pub struct Source {
    /// The files that can be read, in order of their names.
    pub files: Vec<SourceFile>,
    /// What cannot.
    pub findings: Vec<Finding>,
    /// Whether one file was named rather than a folder.
    pub single: bool,
    /// The other project whose memory it is.
    pub project: Option<Project>,
}

/// Another project, as it is now.
#[derive(Debug)]
pub struct Project {
    /// The name of its folder.
    name: String,
    repository: Repository,
    /// What is checked out.
    commit: Option<Oid>,
}

impl Project {
    /// The project whose memory `folder` is; `None` if it is this one or none.
    fn find(context: &Context, folder: &Path) -> Option<Self> {
        let is_memory = folder.ends_with(MEMORY) || folder.parent().is_some_and(|above| above.ends_with(MEMORY));
        let repository = Repository::discover(folder, &context.env).ok().filter(|_| is_memory)?;
        let root = repository.work_dir().filter(|root| context.root().ok() != Some(*root))?;
        let name = root.file_name()?.to_string_lossy().into_owned();
        let commit = repository.head().ok().and_then(|head| head.oid());
        Some(Self { name, repository, commit })
    }

    /// What a memory in this file says of its source here, as far as it did not say so there: the project, the commit that has the
    /// file as it is, and what was read.
    #[must_use]
    pub fn signed(&self, file: &SourceFile, source: &Provenance) -> Provenance {
        let inside = RepoPath::relative(Path::new(&self.name), Path::new(file.place.lossy().as_ref()));
        let committed = || {
            let commit = self.commit?;
            self.repository.is_path_committed(&inside?, commit).ok()?.then(|| commit.to_string())
        };
        Provenance {
            commit: source.commit.clone().or_else(committed),
            project: source.project.clone().or_else(|| Some(self.name.clone())),
            digest: source.digest.clone().or_else(|| Some(digest(&file.text))),
            ..source.clone()
        }
    }
}

/// Where a project keeps its memory.
const MEMORY: &str = ".cmpm/memory";

/// A file of a source.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its place in its repository, or below the folder that was named: the same whenever it is imported.
    pub place: RepoPath,
    /// Its text.
    pub text: String,
}

impl SourceFile {
    /// Whether it is a page for people.
    #[must_use]
    pub fn is_page(&self) -> bool {
        is_page(&self.place.name())
    }

    /// Its name without what ends it.
    #[must_use]
    pub fn stem(&self) -> String {
        let name = self.place.name().into_owned();
        let end = PAGES.iter().rev().find_map(|end| name.strip_suffix(end)).map(str::to_owned);
        end.unwrap_or(name)
    }

    /// A finding about it.
    #[must_use]
    pub fn finding(&self, rule: &str, severity: Severity, message: impl Into<String>) -> Finding {
        Finding::new(rule, severity, self.place.clone(), message)
    }
}

fn is_page(name: &str) -> bool {
    PAGES.iter().any(|end| name.to_ascii_lowercase().ends_with(end))
}

fn is_dump(name: &str) -> bool {
    [".json", ".jsonl", ".ndjson"].iter().any(|end| name.to_ascii_lowercase().ends_with(end))
}

/// Reads a file or every page and dump below a folder.
///
/// # Errors
/// If nothing is there.
pub fn load(context: &Context, path: &Path) -> Result<Source> {
    let path = read::real_path(&context.cwd.join(path))?;
    // The folder of a project stands for its memory.
    let memory = path.join(MEMORY);
    let path = if read::exists(&memory) { memory } else { path };
    let anchor = anchor_of(&path);
    let is_file = read::find_metadata(&path)?.is_some_and(|metadata| metadata.is_file());
    let (files, errors) = if is_file { (vec![path.clone()], Vec::new()) } else { files_below(&path) };
    let mut source = Source { single: is_file, project: Project::find(context, &path), ..Source::default() };
    let place = |file: &Path| RepoPath::relative(&anchor, file).unwrap_or_default();
    for error in errors {
        let at = if let FsError::Symlink { path } | FsError::Io { path, .. } = &error { place(path) } else { RepoPath::default() };
        source.findings.push(Finding::new("unreadable", Severity::Warning, at, error.to_string()));
    }
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let wrong = |message: String| Finding::new("not-imported", Severity::Warning, place(&file), message);
        if !is_file && !is_page(&name) && !is_dump(&name) {
            let finding = Finding::new("not-imported", Severity::Note, place(&file), "neither a page nor a dump by its name");
            source.findings.push(finding.hint("name the file itself to import it all the same"));
            continue;
        }
        match text_of(&file, if is_dump(&name) { LARGEST_DUMP } else { LARGEST_PAGE }) {
            Ok(text) => source.files.push(SourceFile { place: place(&file), text }),
            Err(message) => source.findings.push(wrong(message)),
        }
    }
    Ok(source)
}

fn files_below(folder: &Path) -> (Vec<PathBuf>, Vec<FsError>) {
    let (files, errors) = walk::files(folder, &RepoPath::default(), &|name| !name.starts_with('.'));
    (files.iter().map(|file| file.below(folder)).collect(), errors)
}

fn text_of(file: &Path, largest: u64) -> Result<String, String> {
    let size = read::find_metadata(file).ok().flatten().map_or(0, |metadata| metadata.len());
    if size > largest {
        return Err(format!("{size} bytes are too many; {largest} are read at most"));
    }
    let bytes = read::read(file).map_err(|error| error.to_string())?;
    if bytes.contains(&0) {
        return Err("a binary file".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// The folder that names of files begin below: the one around the repository they are in, so that the repository's own name
/// is part of them; for files of no repository, the one around the folder or file that was named.
fn anchor_of(path: &Path) -> PathBuf {
    let repository = path.ancestors().find(|folder| read::exists(&folder.join(".git")));
    let named =
        if read::find_metadata(path).ok().flatten().is_some_and(|metadata| metadata.is_file()) { path.parent() } else { Some(path) };
    repository.or(named).and_then(Path::parent).unwrap_or(Path::new("/")).to_owned()
}
