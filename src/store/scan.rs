//! Reads every record of a kind, in parallel. One bad file never hides the others: it becomes a finding.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::base::{AnyCase, Finding, RepoPath, Result, Rule, Severity, text};
use crate::document::Document;
use crate::fs::FsError;

use super::cache::{Cache, Choose, MANY, Reading};
use super::digest::Digest;
use super::record::{Entry, Listed};
use super::{FileEntry, Record, Snapshot, Store, Stored};

/// How many files at least are read with the same state.
const TOGETHER: usize = 16;

/// All records of a kind, sorted by path, and what was wrong on the way.
#[derive(Debug, Clone)]
pub struct Scan<R, D = Document> {
    pub records: Vec<Stored<R, D>>,
    /// What was wrong, with path and line.
    pub findings: Vec<Finding>,
}

/// All records of a kind, without what else is in their files.
pub type Listing<R> = Scan<R, ()>;

impl Store {
    /// Every record of a kind in `snapshot`, with its document. Cost: one read and one parse per file, spread over the cores.
    pub fn scan<R: Record>(&self, snapshot: &Snapshot<'_>) -> Scan<R> {
        self.scan_into(snapshot, &|| (), &|(), _, document| document)
    }

    /// The same, with what `make` makes of each document in its place; what `start` gives it is used for many.
    pub fn scan_into<R: Record, S, D: Send>(
        &self,
        snapshot: &Snapshot<'_>,
        start: &(dyn Fn() -> S + Sync),
        make: &(dyn Fn(&mut S, &R, Document) -> D + Sync),
    ) -> Scan<R, D> {
        let (files, mut findings) = self.files::<R>(snapshot);
        let read = |state: &mut S, file: &FileEntry| {
            let (stored, findings) = self.read_record::<R>(snapshot, file);
            let made = stored.map(|Stored { record, path, document, source }| {
                let document = make(state, &record, document);
                Stored { record, path, document, source }
            });
            (made, findings)
        };
        let mut records = Vec::with_capacity(files.len());
        // Not all at once, or there would be two lists of very many.
        for files in files.chunks(MANY) {
            let read: Vec<_> = files.par_iter().with_min_len(TOGETHER).map_init(start, read).collect();
            for (stored, more) in read {
                records.extend(stored);
                findings.extend(more);
            }
        }
        findings.extend(self.duplicates(snapshot, &records));
        R::gather(&mut findings);
        Scan { records, findings }
    }

    /// Every record of a kind in `snapshot`. Cost: one look at each file, and a read and a parse of those that changed since
    /// the last time.
    pub fn list<R: Record>(&self, snapshot: &Snapshot<'_>) -> Listing<R> {
        self.list_digested(snapshot).0
    }

    /// The same, with what the text of each record comes to, in the same order.
    pub(super) fn list_digested<R: Record>(&self, snapshot: &Snapshot<'_>) -> (Listing<R>, Vec<Digest>) {
        let (files, mut findings) = self.files::<R>(snapshot);
        // To grow on the way would take twice the memory.
        let (mut records, mut digests) = (Vec::with_capacity(files.len()), Vec::with_capacity(files.len()));
        self.read_files::<R>(snapshot, &files, &mut |reading| {
            findings.extend(reading.findings);
            if let Some((listed, digest)) = reading.listed.zip(reading.digest) {
                records.push(listed);
                digests.push(digest);
            }
        });
        findings.extend(self.duplicates(snapshot, &records));
        R::gather(&mut findings);
        (Scan { records, findings }, digests)
    }

    /// Those records of a kind in `snapshot` that `choose` takes. Cost: one look at each file, as for all of them, and of those that
    /// did not change and are not taken the columns that it asks for.
    pub fn list_chosen<R: Record>(&self, snapshot: &Snapshot<'_>, choose: Choose<'_, R>) -> Listing<R> {
        self.chosen_digested(snapshot, choose).0
    }

    pub(super) fn chosen_digested<R: Record>(&self, snapshot: &Snapshot<'_>, choose: Choose<'_, R>) -> (Listing<R>, Vec<Digest>) {
        let (files, _) = self.files::<R>(snapshot);
        let readings = Cache::new::<R>(self, snapshot).read_chosen(&files, &|file| self.read_digested(snapshot, file), choose);
        let (mut records, mut digests, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        for reading in readings {
            findings.extend(reading.findings);
            if let Some((listed, digest)) = reading.listed.zip(reading.digest) {
                records.push(listed);
                digests.push(digest);
            }
        }
        findings.extend(self.duplicates(snapshot, &records));
        (Scan { records, findings }, digests)
    }

    /// Tells `each` what some files (sorted) hold, one after the other.
    pub(super) fn read_files<R: Record>(&self, snapshot: &Snapshot<'_>, files: &[FileEntry], each: &mut dyn FnMut(Reading<R>)) {
        Cache::new::<R>(self, snapshot).read_through(files, &|file| self.read_digested(snapshot, file), each);
    }

    pub(super) fn read_digested<R: Record>(&self, snapshot: &Snapshot<'_>, file: &FileEntry) -> Reading<R> {
        let (stored, findings) = self.read_record::<R>(snapshot, file);
        let digest = stored.as_ref().map(|stored| Digest::of(stored.document.bytes()));
        let listed = stored.map(|Stored { record, path, source, .. }| Listed { record, path, source, document: () });
        Reading { listed, findings, digest }
    }

    /// A record that was listed, with its document.
    pub fn open<R: Record>(&self, snapshot: &Snapshot<'_>, listed: &Listed<R>) -> Result<Stored<R>> {
        let (stored, _) = self.read_record::<R>(snapshot, &FileEntry { path: listed.path.clone(), blob: None });
        let same = stored.filter(|stored| stored.record.id() == listed.record.id());
        Ok(same.ok_or_else(|| FsError::Changed { path: listed.path.below(self.root()) })?)
    }

    /// What one file of the work tree holds, if it is a record.
    pub fn read_file<R: Record>(&self, file: &FileEntry) -> Option<Listed<R>> {
        self.read_digested(&self.work_tree(), file).listed
    }

    pub(super) fn files<R: Record>(&self, snapshot: &Snapshot<'_>) -> (Vec<FileEntry>, Vec<Finding>) {
        let mut findings = Vec::new();
        let mut files: Vec<FileEntry> = Vec::new();
        for folder in R::folders(self.config()) {
            files.extend(snapshot.markdown_files(&folder, &mut findings).into_iter().filter(|file| R::is_member(&file.path)));
        }
        files.sort_unstable();
        files.dedup();
        (files, findings)
    }

    /// What a file holds as a record, and what is wrong with it.
    pub fn read_record<R: Record>(&self, snapshot: &Snapshot<'_>, file: &FileEntry) -> (Option<Stored<R>>, Vec<Finding>) {
        let path = file.path.clone();
        let bytes = match snapshot.read_entry(file) {
            Ok(Some(bytes)) => bytes,
            // Removed while we looked: not there is not wrong.
            Ok(None) => return (None, Vec::new()),
            Err(failure) => return (None, vec![Finding::new(Rule::Unreadable, Severity::Error, path, failure.to_string())]),
        };
        let document = R::document(bytes);
        let mut findings = problems(&path, &document);
        findings.extend(newer_form(&path, &document));
        match R::read(&Entry { path: &path, document: &document, config: self.config() }, &mut findings) {
            Ok(record) => (Some(Stored { record, path, document, source: snapshot.source() }), findings),
            Err(finding) => {
                findings.push(finding);
                (None, findings)
            }
        }
    }

    fn duplicates<R: Record, D>(&self, snapshot: &Snapshot<'_>, records: &[Stored<R, D>]) -> Vec<Finding> {
        // Nearly always each id is there once: only then is it cheap to keep just the first.
        let mut first: HashMap<AnyCase<'_>, &Stored<R, D>> = HashMap::with_capacity(records.len());
        let mut by_id: HashMap<AnyCase<'_>, Vec<&Stored<R, D>>> = HashMap::new();
        for stored in records {
            let id = AnyCase(stored.record.id().as_str());
            if let Some(other) = first.insert(id, stored) {
                by_id.entry(id).or_insert_with(|| vec![other]).push(stored);
            }
        }
        let mut findings = Vec::new();
        for same in by_id.values() {
            for stored in same {
                let others: Vec<String> =
                    same.iter().filter(|other| other.path != stored.path).map(|other| other.path.to_string()).collect();
                let message = format!("{} is also the id of {}", stored.record.id(), others.join(", "));
                let finding = Finding::new(Rule::DuplicateId, Severity::Error, stored.path.clone(), message);
                let line = id_line(snapshot, stored);
                findings.push(finding.at(line).hint("commands take the file's path until one of them has another id"));
            }
        }
        findings.sort();
        findings
    }
}

/// The line on which a record says its id. Reads the file once more: this is rare, and a listing has not kept it.
fn id_line<R: Record, D>(snapshot: &Snapshot<'_>, stored: &Stored<R, D>) -> u32 {
    let document = snapshot.read(&stored.path).ok().flatten().map(R::document);
    let id = stored.record.id().as_str();
    let line = |document: &Document| document.fields().iter().find(|field| field.node.as_text() == Some(id)).map(|field| field.line);
    document.as_ref().and_then(line).unwrap_or(1)
}

/// A record of a later version is read as far as this one knows its keys, and that is said. No version so far names the form of a record.
pub fn newer_form(path: &RepoPath, document: &Document) -> Option<Finding> {
    let field = document.field("schema")?;
    let form = field.node.as_text().filter(|form| form.starts_with("cmpm."))?;
    let message = format!("has the format `{}`, which this version of cmpm does not know", text::one_line(form));
    let hint = "update cmpm; until then, what it does not know is kept but not shown";
    Some(Finding::new(Rule::NewerForm, Severity::Warning, path.clone(), message).at(field.line).hint(hint))
}

/// What the reader found wrong with the text, as findings about the file.
pub fn problems(path: &RepoPath, document: &Document) -> Vec<Finding> {
    let finding = |problem: &crate::document::Problem| {
        let finding = Finding::new(problem.rule, problem.severity, path.clone(), problem.message.clone()).at(problem.line);
        match &problem.hint {
            Some(hint) => finding.hint(hint.clone()),
            None => finding,
        }
    };
    document.problems().iter().map(finding).collect()
}
