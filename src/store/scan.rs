//! Reads every record of a kind, in parallel. One bad file never hides the others: it becomes a finding.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::base::{Finding, RepoPath, Severity};
use crate::document::Document;

use super::record::Entry;
use super::{Record, Snapshot, Store, Stored};

/// All records of a kind, sorted by path, and what was wrong on the way.
#[derive(Debug, Clone)]
pub struct Scan<R> {
    /// The records.
    pub records: Vec<Stored<R>>,
    /// What was wrong, with path and line.
    pub findings: Vec<Finding>,
}

impl Store {
    /// Every record of a kind in `snapshot`. Cost: one read and one parse per file, spread over the cores.
    #[must_use]
    pub fn scan<R: Record>(&self, snapshot: &Snapshot<'_>) -> Scan<R> {
        let mut findings = Vec::new();
        let mut paths: Vec<RepoPath> = Vec::new();
        for folder in R::folders(self.config()) {
            paths.extend(snapshot.markdown_files(&folder, &mut findings).into_iter().filter(R::is_member));
        }
        paths.sort();
        paths.dedup();
        let read: Vec<_> = paths.into_par_iter().map(|path| self.read_record::<R>(snapshot, path)).collect();
        let mut records = Vec::with_capacity(read.len());
        for (record, more) in read {
            records.extend(record);
            findings.extend(more);
        }
        findings.extend(duplicates(&records));
        Scan { records, findings }
    }

    fn read_record<R: Record>(&self, snapshot: &Snapshot<'_>, path: RepoPath) -> (Option<Stored<R>>, Vec<Finding>) {
        let bytes = match snapshot.read(&path) {
            Ok(Some(bytes)) => bytes,
            // Removed while we looked: not there is not wrong.
            Ok(None) => return (None, Vec::new()),
            Err(failure) => return (None, vec![Finding::new("unreadable", Severity::Error, path, failure.message())]),
        };
        let document = Document::parse(bytes);
        let mut findings = problems(&path, &document);
        match R::read(&Entry { path: &path, document: &document, config: self.config() }, &mut findings) {
            Ok(record) => (Some(Stored { record, path, document, source: snapshot.source() }), findings),
            Err(finding) => {
                findings.push(finding);
                (None, findings)
            }
        }
    }
}

/// What the reader found wrong with the text, as findings about the file.
#[must_use]
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

fn duplicates<R: Record>(records: &[Stored<R>]) -> Vec<Finding> {
    let mut by_id: HashMap<String, Vec<&Stored<R>>> = HashMap::new();
    for stored in records {
        by_id.entry(stored.record.id().as_str().to_ascii_lowercase()).or_default().push(stored);
    }
    let mut findings = Vec::new();
    for same in by_id.values().filter(|same| same.len() > 1) {
        for stored in same {
            let others: Vec<String> = same.iter().filter(|other| other.path != stored.path).map(|other| other.path.to_string()).collect();
            let message = format!("{} is also the id of {}", stored.record.id(), others.join(", "));
            let finding = Finding::new("duplicate-id", Severity::Error, stored.path.clone(), message);
            let id = stored.record.id().as_str();
            let line = stored.document.fields().iter().find(|field| field.node.as_text() == Some(id)).map_or(1, |field| field.line);
            findings.push(finding.at(line).hint("commands take the file's path until one of them has another id"));
        }
    }
    findings.sort();
    findings
}
