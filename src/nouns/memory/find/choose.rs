//! Which memories somebody needs for a piece of work, best first.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::base::glob::Globs;
use crate::base::{RepoPath, Timestamp};
use crate::engine::search::Query;
use crate::engine::similarity::{Distinct, Shingles};
use crate::run::Outcome;
use crate::store::{Library, Stored};

use super::super::anchor::{Checked, Checker, Freshness, freshness};
use super::super::lesson::CLAIM;
use super::super::model::Memory;
use super::super::model::standing::{Standing, Standings};
use super::texts::text_of;
use super::usage::Usage;
use super::work::Work;

/// So few words are a search: whatever has one of them may be meant.
const FEW_WORDS: usize = 5;
/// Of a longer text a single word in common is chance; one more is wanted for so many.
const WORDS_A_MATCH: usize = 24;
/// How many answers are looked at.
const CANDIDATES: usize = 60;
/// What is added to the relevance (0 to 1) of a memory about the very files, and of one that is anchored in them.
const ABOUT_FILES: f64 = 0.5;
const ANCHORED_IN_FILES: f64 = 0.25;
/// What a memory that was always followed by a merge gains over one that never was.
const PROVED: f64 = 0.2;
/// How much what the work is a part of counts compared with the work itself.
const AROUND: f64 = 0.4;
/// What is left of a memory whose code has changed.
const DRIFTED: f64 = 0.5;
/// What a memory gains that a run of the same role learned, and one of the first category that the role names.
const OF_ROLE: f64 = 0.1;
const OF_CATEGORY: f64 = 0.1;

#[derive(Debug, Clone, Copy)]
pub struct Need<'a> {
    pub work: &'a Work,
    /// Who does it.
    pub role: Role<'a>,
    pub now: Timestamp,
}

/// Who does the work.
#[derive(Debug, Clone, Copy, Default)]
pub struct Role<'a> {
    /// The agent's name; empty if it does not matter.
    pub name: &'a str,
    /// The categories that it may be told, the most important one first; any if empty.
    pub categories: &'a [String],
}

/// A memory that is needed.
#[derive(Debug, Clone)]
pub struct Choice {
    pub stored: Stored<Memory>,
    /// How much it is needed.
    pub score: f64,
    pub anchors: Vec<Checked>,
}

/// The memories that are needed, best first, and how many were left out for what.
#[derive(Debug, Default)]
pub struct Choices {
    /// Best first.
    pub best: Vec<Choice>,
    /// Say nearly the same as a better one.
    pub alike: usize,
    /// Are about code that is gone.
    pub orphaned: usize,
    /// Were replaced, or their day is over.
    pub over: usize,
    /// Wait for a person who verifies them.
    pub tainted: usize,
}

/// Chooses. The same records, runs and need give the same choice.
pub fn choose(library: &mut Library<'_, Memory>, need: &Need<'_>, (anchors, usage): (&Checker<'_>, &Usage)) -> Choices {
    let standings = Standings::new(&library.witnesses(), need.now);
    let (mut choices, mut found) = (Choices::default(), Vec::new());
    let candidates: Vec<(usize, Candidate)> = candidates(library, need).into_iter().collect();
    let opened: Vec<_> = candidates.into_par_iter().map(|(index, candidate)| (library.open(index), candidate)).collect();
    for (stored, candidate) in opened {
        let Some(stored) = stored.filter(|stored| need.role.allows(&stored.record)) else { continue };
        let files = need.files(&stored.record);
        if files == 0.0 && !candidate.is_about && !need.role.was_denied(&stored.record) {
            continue;
        }
        if stored.record.tainted.is_some() {
            choices.tainted += 1;
            continue;
        }
        if standings.of(&stored.record) != Standing::Current {
            choices.over += 1;
            continue;
        }
        let checked = anchors.check(&stored.record);
        let drift = match freshness(&checked) {
            Freshness::Fresh => 1.0,
            Freshness::Drifted => DRIFTED,
            Freshness::Orphaned => {
                choices.orphaned += 1;
                continue;
            }
        };
        let proof = usage.of(&stored.record).effectiveness(stored.record.confidence);
        let score = (candidate.relevance + files + need.role.gain(&stored.record) + PROVED * (proof - 0.5)) * drift;
        found.push(Choice { stored, score, anchors: checked });
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    choices.best = found;
    choices.fold();
    choices
}

/// What a search found.
#[derive(Debug, Default)]
struct Candidate {
    /// The score relative to the best one, of the work itself and, for less, of what is around it.
    relevance: f64,
    /// Whether more than chance is in common.
    is_about: bool,
}

/// The best answers to what the work is about, in the order of the corpus.
fn candidates(library: &mut Library<'_, Memory>, need: &Need<'_>) -> BTreeMap<usize, Candidate> {
    // A quote in a ticket is not a phrase that every memory must have.
    let plain = |text: &str| text.replace(['"', '*'], " ");
    let (work, around, paths) = (plain(&need.work.about), plain(&need.work.around), plain(&need.work.paths.join(" ")));
    let mut found: BTreeMap<usize, Candidate> = BTreeMap::new();
    // Denials name the role.
    for (words, weight) in [(work, 1.0), (around, AROUND), (paths, 0.0), (plain(need.role.name), 0.0)] {
        let query = Query::parse(&words);
        let enough = shared_words(query.terms().len());
        let hits = library.search(&query, CANDIDATES).best;
        let highest = hits.first().map_or(1.0, |hit| hit.score.max(f64::MIN_POSITIVE));
        for hit in hits {
            let candidate = found.entry(hit.index).or_default();
            candidate.relevance += weight * hit.score / highest;
            candidate.is_about |= weight > 0.0 && hit.parts.len() >= enough;
        }
    }
    found
}

/// How many of the words of a text must stand in a memory that says nothing of the paths.
fn shared_words(words: usize) -> usize {
    if words <= FEW_WORDS { 1 } else { (2 + words / WORDS_A_MATCH).min(5) }
}

impl Choices {
    /// Leaves out what says nearly the same as something better.
    fn fold(&mut self) {
        let text = |choice: &Choice| format!("{}\n{}", choice.stored.record.title, text_of(&choice.stored));
        let shingles = Shingles::of_all(&self.best.iter().map(text).collect::<Vec<_>>());
        let (mut distinct, mut shingles, before) = (Distinct::default(), shingles.iter(), self.best.len());
        self.best.retain(|_| shingles.next().is_none_or(|own| distinct.add(own)));
        self.alike = before - self.best.len();
    }

    /// What is left out, in words; `beyond` of the best are, for want of room. `None` if nothing is.
    pub fn left_out(&self, beyond: usize, room: &str) -> Option<String> {
        let counts = [
            (beyond, room),
            (self.alike, "that say the same"),
            (self.orphaned, "about code that is gone"),
            (self.over, "superseded or expired"),
            (self.tainted, "that nobody has verified"),
        ];
        let parts: Vec<String> = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        (!parts.is_empty()).then(|| format!("Left out: {}", parts.join(", ")))
    }
}

impl Choice {
    /// What to know before believing it; empty if nothing.
    pub fn remark(&self) -> &'static str {
        if self.stored.record.tags.iter().any(|tag| tag == CLAIM) { ", an agent's claim" } else { "" }
    }
}

impl Role<'_> {
    fn allows(&self, memory: &Memory) -> bool {
        // What went wrong in its own runs a role is told, whatever else it wants to know.
        self.categories.is_empty() || self.place(memory).is_some() || self.is_own(memory)
    }

    /// Whether a run of this role learned it.
    fn is_own(&self, memory: &Memory) -> bool {
        !self.name.is_empty() && memory.source.agent.as_deref() == Some(self.name)
    }

    /// What a role was denied once it will be denied in whatever it does.
    fn was_denied(&self, memory: &Memory) -> bool {
        let denied = Some(Outcome::Denied.as_str());
        self.is_own(memory) && memory.details.error_type.as_deref() == denied
    }

    fn place(&self, memory: &Memory) -> Option<usize> {
        self.categories.iter().position(|name| name.eq_ignore_ascii_case(&memory.category))
    }

    /// What a memory gains by being of this role, and of a category that the role names early.
    fn gain(&self, memory: &Memory) -> f64 {
        let own = self.is_own(memory);
        let behind = self.place(memory).map_or(1.0, |place| place as f64 / self.categories.len() as f64);
        f64::from(u8::from(own)) * OF_ROLE + (1.0 - behind) * OF_CATEGORY
    }
}

impl Need<'_> {
    /// What a memory gains by being about the files.
    fn files(&self, memory: &Memory) -> f64 {
        let about = self.work.paths.iter().any(|path| memory.scope.iter().any(|glob| overlaps(glob, path)));
        let anchored = self.work.paths.iter().any(|path| memory.anchors.iter().any(|anchor| overlaps(path, &anchor.path)));
        f64::from(u8::from(about)) * ABOUT_FILES + f64::from(u8::from(anchored)) * ANCHORED_IN_FILES
    }
}

/// Whether a glob matches a path, or two globs begin alike, so that they may match the same.
fn overlaps(glob: &str, path: &str) -> bool {
    let exact = |glob: &str, path: &str| {
        let parsed = RepoPath::parse(path.trim_start_matches("./"));
        Globs::parse(&[glob]).is_ok_and(|globs| parsed.is_some_and(|path| globs.matches(&path)))
    };
    if glob == path || exact(glob, path) || exact(path, glob) {
        return true;
    }
    let sure = |text: &str| text.split(['*', '?', '[', '{']).next().unwrap_or_default().to_owned();
    let (left, right) = (sure(glob), sure(path));
    let both_open = left.len() < glob.len() && right.len() < path.len();
    both_open && !left.is_empty() && !right.is_empty() && (left.starts_with(&right) || right.starts_with(&left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_a_search_and_a_long_one_wants_more_in_common() {
        assert_eq!([1, 5, 6, 12, 24, 100].map(shared_words), [1, 1, 2, 2, 3, 5]);
    }

    #[test]
    fn globs_and_paths_meet() {
        for (glob, path) in
            [("docs/**", "docs/a/b.md"), ("docs/**", "docs/*.md"), ("src/a.rs", "src/a.rs"), ("src/", "src/x.rs"), ("**/*.rs", "a/b.rs")]
        {
            assert!(overlaps(glob, path), "{glob} {path}");
        }
        for (glob, path) in [("docs/**", "src/a.rs"), ("docs/*.md", "src/*.md"), ("docs/**", ""), ("a[", "a")] {
            assert!(!overlaps(glob, path), "{glob} {path}");
        }
    }
}
