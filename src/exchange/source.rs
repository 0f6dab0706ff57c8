//! The files that are imported: read as they are, never changed, each with the name it is known by forever.

use std::path::{Path, PathBuf};

use crate::base::{Explain, Explained, Finding, RepoPath, Result, Rule, Severity};
use crate::context::Context;
use crate::fs::{FsError, PathKind, read, walk};

/// A page of a folder that is larger is no note of anybody.
const LARGEST_PAGE: u64 = 1024 * 1024;
/// Dumps of whole stores are larger, and so is a page with all of them, which is named itself.
const LARGEST_DUMP: u64 = 64 * 1024 * 1024;
/// What ends the name of a page.
const PAGES: [&str; 5] = [".md", ".markdown", ".mdx", ".md.erb", ".txt"];

#[derive(Debug, Default)]
pub struct Source {
    /// The files that can be read, in order of their names.
    pub files: Vec<SourceFile>,
    /// What cannot.
    pub findings: Vec<Finding>,
    /// Whether one file was named rather than a folder.
    pub single: bool,
}

/// Why nothing is taken from a source: none of its files can be read.
#[derive(Debug, thiserror::Error)]
#[error("nothing in {} can be read: {first}", path.display())]
pub struct SourceError {
    /// As it was typed.
    pub path: PathBuf,
    /// The first reason.
    pub first: Box<Finding>,
}

impl Explain for SourceError {
    fn explain(&self) -> Explained {
        Explained::wrong("unreadable").hint("nothing was written; split the file or fetch it again")
    }
}

#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its place in its repository, or below the folder that was named: the same whenever it is imported.
    pub place: RepoPath,
    pub text: String,
}

impl Source {
    /// What was typed or piped in, as a source of one file.
    pub fn of_input(text: &str) -> Self {
        let text = without_mark(text);
        let is_page = text.starts_with("---") || text.starts_with("<!--") || text.starts_with('#');
        let place = if is_page { const { RepoPath::of("standard-input.md") } } else { const { RepoPath::of("standard-input") } };
        let file = SourceFile { place, text: text.to_owned() };
        Self { files: vec![file], findings: Vec::new(), single: true }
    }

    /// Why none of its files can be read, where that is so.
    pub fn refused(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| self.files.is_empty() && finding.severity > Severity::Note)
    }
}

impl SourceFile {
    pub fn is_page(&self) -> bool {
        is_page(&self.place.name())
    }

    /// Its name without what ends it.
    pub fn stem(&self) -> String {
        let name = self.place.name().into_owned();
        let end = PAGES.iter().rev().find_map(|end| name.strip_suffix(end)).map(str::to_owned);
        end.unwrap_or(name)
    }

    pub fn finding(&self, rule: Rule, severity: Severity, message: impl Into<String>) -> Finding {
        Finding::new(rule, severity, self.place.clone(), message)
    }
}

pub fn is_page(name: &str) -> bool {
    PAGES.iter().any(|end| name.to_ascii_lowercase().ends_with(end))
}

fn is_dump(name: &str) -> bool {
    [".json", ".jsonl", ".ndjson", ".csv", ".tsv"].iter().any(|end| name.to_ascii_lowercase().ends_with(end))
}

/// Reads a file or every page and dump below a folder.
/// An error if nothing is there.
pub fn load(context: &Context, path: &Path) -> Result<Source> {
    let path = read::real_path(&context.cwd.join(path))?;
    let anchor = anchor_of(&path);
    let is_file = read::find_kind(&path)? == Some(PathKind::File);
    let (files, errors) = if is_file { (vec![path.clone()], Vec::new()) } else { files_below(&path) };
    let mut source = Source { single: is_file, ..Source::default() };
    let place = |file: &Path| RepoPath::relative(&anchor, file).unwrap_or_default();
    for error in errors {
        let at = if let FsError::Symlink { path } | FsError::Io { path, .. } = &error { place(path) } else { RepoPath::default() };
        source.findings.push(Finding::new(Rule::Unreadable, Severity::Warning, at, error.to_string()));
    }
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let wrong = |message: String| Finding::new(Rule::NotImported, Severity::Warning, place(&file), message);
        if !is_file && !is_page(&name) && !is_dump(&name) {
            let finding =
                Finding::new(Rule::NotImported, Severity::Note, place(&file), "its name is neither that of a page nor that of a dump");
            source.findings.push(finding.hint("name the file itself to import it anyway"));
            continue;
        }
        match text_of(&file, if is_file || is_dump(&name) { LARGEST_DUMP } else { LARGEST_PAGE }) {
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
        return Err(format!("{size} bytes are too many; at most {largest} are read"));
    }
    let bytes = read::read(file).map_err(|error| error.to_string())?;
    // In a dump it is one record's fault.
    if bytes.contains(&0) && !is_dump(&file.to_string_lossy()) {
        return Err("a binary file".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
    Ok(without_mark(&text).to_owned())
}

/// A text without the mark that some programs write at its beginning.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The folder that names of files begin below: the one around the repository they are in, so that the repository's own name
/// is part of them; for files of no repository, the one around the folder or file that was named.
fn anchor_of(path: &Path) -> PathBuf {
    let repository = path.ancestors().find(|folder| read::exists(&folder.join(".git")));
    let named = if read::is_file(path) { path.parent() } else { Some(path) };
    repository.or(named).and_then(Path::parent).unwrap_or(Path::new("/")).to_owned()
}
