//! What says nearly the same as a new memory.

use rayon::prelude::*;

use crate::base::{Finding, Id, Rule, Severity, text};
use crate::document::Document;
use crate::engine::search::Query;
use crate::engine::similarity::{Known, Shingles};
use crate::store::{Library, Store, Stored};

use super::super::file::draft::Page;
use super::super::model::Memory;

/// From so much resemblance on a memory is shown to who writes a new one. No number tells a duplicate from a neighbour
/// (<https://github.com/basicmachines-co/basic-memory/pull/1375>), so this shows and never refuses.
const SIMILAR: f64 = 0.3;
/// How many similar memories are shown.
const SHOWN: usize = 3;
/// For more new memories than this, reading every old one once is faster than asking the index for each.
const FEW: usize = 16;
/// How many answers of the index are compared.
const CANDIDATES: usize = 40;
/// How many words of a text the index is asked for; the longest ones are the rarest.
const WORDS: usize = 32;

/// What was there before and says nearly the same as each of the new memories, most alike first.
pub fn similar(store: &Store, pages: &[Page]) -> Vec<Finding> {
    if pages.len() <= FEW {
        let mut library = store.likely::<Memory>();
        return pages.iter().flat_map(|page| shown(page, by_index(page, &mut library))).collect();
    }
    let records = store.scan::<Memory>(&store.work_tree()).records;
    let is_old = |stored: &Stored<Memory>| !pages.iter().any(|page| page.path == stored.path);
    let old: Vec<Stored<Memory>> = records.into_par_iter().filter(is_old).collect();
    let mut known = Known::default();
    Shingles::of_all(&old.iter().map(text_of).collect::<Vec<_>>()).iter().for_each(|shingles| known.add(shingles));
    let alike = |page: &Page| {
        let found = known.alike(&of_page(page), SIMILAR);
        shown(page, found.into_iter().filter_map(|(place, resemblance)| Some((resemblance, old.get(place)?.clone()))).collect())
    };
    pages.par_iter().flat_map_iter(alike).collect()
}

fn text_of(stored: &Stored<Memory>) -> String {
    format!("{}\n{}", stored.record.title, stored.document.body())
}

fn of_page(page: &Page) -> Shingles {
    Shingles::of(&format!("{}\n{}", page.title, Document::parse(page.text.clone().into_bytes()).body()))
}

fn by_index(page: &Page, library: &mut Library<'_, Memory>) -> Vec<(f64, Stored<Memory>)> {
    let document = Document::parse(page.text.clone().into_bytes());
    let mut words: Vec<&str> = document.body().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_by_key(|word| (std::cmp::Reverse(word.len()), *word));
    words.dedup();
    words.truncate(WORDS);
    let own = of_page(page);
    let hits = library.search(&Query::parse(&words.join(" ")), CANDIDATES).best;
    let stored = hits.par_iter().filter_map(|hit| library.open(hit.index)).filter(|stored| stored.record.id != page.id);
    let stored: Vec<Stored<Memory>> = stored.collect();
    let shingles = Shingles::of_all(&stored.iter().map(text_of).collect::<Vec<_>>());
    let found = shingles.iter().map(|shingles| own.resemblance(shingles)).zip(stored);
    found.filter(|(resemblance, _)| *resemblance >= SIMILAR).collect()
}

fn shown(page: &Page, mut found: Vec<(f64, Stored<Memory>)>) -> Vec<Finding> {
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.path.cmp(&b.1.path)));
    found.into_iter().take(SHOWN).map(|(resemblance, stored)| finding(&page.id, resemblance, &stored)).collect()
}

fn finding(new: &Id, resemblance: f64, stored: &Stored<Memory>) -> Finding {
    let old = &stored.record;
    let message = format!("{} is {:.0} % alike: {}", old.id, resemblance * 100.0, text::fit(&text::one_line(&old.title), 80));
    let finding = Finding::new(Rule::SimilarMemory, Severity::Note, stored.path.clone(), message);
    finding.hint(format!("if {new} replaces it: `cmpm memory supersede {} --by {new}` (or `--supersedes {}` when adding)", old.id, old.id))
}
