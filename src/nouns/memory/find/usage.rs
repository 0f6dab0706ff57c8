//! How memories did: derived from the run pages, which say what a run was given and how it ended. Nothing is counted anywhere.

use std::collections::HashMap;

use crate::base::text;
use crate::document::Document;
use crate::run::RUNS;
use crate::store::Snapshot;

use super::super::model::Memory;

/// How many runs the confidence of a memory counts for.
const PRIOR: f64 = 2.0;
documented! {
    "docs/memory.md": "confidence counts as much as {} runs", word(PRIOR as usize);
    "src/nouns/memory/recommend.rs": "confidence counts as much as {} runs", word(PRIOR as usize);
}

/// What happened to the runs that were given each memory.
#[derive(Debug, Default)]
pub struct Usage {
    records: HashMap<String, Record>,
    /// How many run pages there are.
    pub pages: usize,
}

/// What happened to the runs that were given one memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// Runs that were given it.
    pub used: u32,
    /// Of these, the ones whose work was merged.
    pub merged: u32,
    /// Of these, the ones that failed or were rejected.
    pub failed: u32,
}

impl Usage {
    /// Reads the run pages of a snapshot.
    pub fn load(snapshot: &Snapshot<'_>) -> Self {
        let files = snapshot.markdown_files(&RUNS, &mut Vec::new());
        let pages = files.iter().filter_map(|file| snapshot.read_entry(file).ok().flatten()).map(Document::parse);
        let mut usage = Self::default();
        pages.for_each(|page| usage.add(&page));
        usage
    }

    fn add(&mut self, page: &Document) {
        self.pages += 1;
        let (state, outcome) = (page.text("state").unwrap_or_default(), page.text("outcome").unwrap_or_default());
        let merged = state == "merged";
        let failed = !merged && (matches!(state.as_str(), "rejected" | "discarded") || !matches!(outcome.as_str(), "passed" | "none" | ""));
        let mut given: Vec<String> = page.texts("memories").iter().map(|id| id.to_lowercase()).collect();
        given.sort();
        given.dedup();
        for id in given {
            let record = self.records.entry(id).or_default();
            record.used += 1;
            record.merged += u32::from(merged);
            record.failed += u32::from(failed);
        }
    }

    /// What happened to the runs that were given `memory`, under any of its names.
    pub fn of(&self, memory: &Memory) -> Record {
        let names = std::iter::once(memory.id.as_str()).chain(memory.aliases.iter().map(String::as_str));
        let records = names.filter_map(|name| self.records.get(&name.to_lowercase()));
        records.fold(Record::default(), |all, one| Record {
            used: all.used + one.used,
            merged: all.merged + one.merged,
            failed: all.failed + one.failed,
        })
    }
}

impl Record {
    /// How well a memory did, from 0 to 1: the share of decided runs that were merged, where its confidence (else ½) counts as
    /// much as two runs.
    pub fn effectiveness(self, confidence: Option<f64>) -> f64 {
        let decided = f64::from(self.merged + self.failed);
        (f64::from(self.merged) + PRIOR * confidence.unwrap_or(0.5)) / (decided + PRIOR)
    }

    /// The same for people.
    pub fn phrase(self) -> String {
        match self.used {
            0 => "no run was given it yet".to_owned(),
            used => format!("given to {}: {} merged, {} failed", text::plural(used as usize, "run"), self.merged, self.failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nouns::memory::testing::memory;

    fn page(state: &str, outcome: &str, memories: &str) -> Document {
        Document::parse(format!("---\nid: RUN-1\nstate: {state}\noutcome: {outcome}\nmemories: {memories}\n---\n").into_bytes())
    }

    #[test]
    fn runs_speak_for_and_against() {
        let mut usage = Usage::default();
        for (state, outcome) in
            [("merged", "passed"), ("review", "passed"), ("rejected", "passed"), ("review", "gate_failed"), ("queued", "none")]
        {
            usage.add(&page(state, outcome, "[MEM-1, mem-1, OLD]"));
        }
        let mut found = memory("MEM-1", "a", "").record;
        assert_eq!(usage.of(&found), Record { used: 5, merged: 1, failed: 2 });
        found.aliases = vec!["old".into()];
        assert_eq!(usage.of(&found).used, 10);
        assert_eq!(usage.of(&memory("MEM-2", "a", "").record), Record::default());
    }

    #[test]
    fn confidence_counts_until_runs_have_spoken() {
        assert!((Record::default().effectiveness(Some(0.9)) - 0.9).abs() < 1e-9);
        assert!((Record::default().effectiveness(None) - 0.5).abs() < 1e-9);
        let proved = Record { used: 8, merged: 8, failed: 0 };
        assert!((proved.effectiveness(None) - 0.9).abs() < 1e-9);
        assert!(Record { used: 3, merged: 0, failed: 3 }.effectiveness(Some(1.0)) < 0.5);
    }
}
