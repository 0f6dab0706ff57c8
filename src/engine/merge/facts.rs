//! What records say that a merge must not lose: that they are there, and whom they name. Held against both sides of a merge.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::names_in;
use super::three::Three;
use crate::base::RepoPath;
use crate::document::Document;
use crate::words::{ID_KEYS, Property};

/// Keys that name others, any number of them, in addition to those of tickets.
const MORE: &[&str] = &["external", "supersedes", "subtasks", "children"];
/// Keys that name one other, in addition to those of tickets.
const ONE: &[&str] = &["parent_task_id", "ticket"];

/// Every key that names others.
fn naming_keys() -> impl Iterator<Item = &'static str> {
    let links = Property::ALL.iter().filter(|property| property.order().is_some()).flat_map(|property| property.row().keys);
    links.chain(MORE).chain(ONE).copied()
}

/// Whether a key names one other.
fn names_one(key: &str) -> bool {
    Property::of_key(key) == Some(Property::Parent) || ONE.contains(&key)
}

/// Something that is said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// There is a record.
    Record {
        /// Its id; where it has none, its path.
        id: String,
    },
    /// A record names another.
    Link {
        from: String,
        /// Under which key.
        key: String,
        to: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    pub path: RepoPath,
    /// The line, counted from 1.
    pub line: u32,
}

/// All that some files say.
#[derive(Debug, Default)]
pub struct Facts(BTreeMap<Fact, BTreeSet<Told>>);

impl Facts {
    /// Reads one more file, as `document` takes it.
    pub fn read(&mut self, path: &RepoPath, bytes: Vec<u8>, document: &dyn Fn(&RepoPath, Vec<u8>) -> Document) {
        if path.name().ends_with(".jsonl") {
            for (number, name) in (1..).zip(String::from_utf8_lossy(&bytes).lines().map(names_in)) {
                name.into_iter().for_each(|id| self.note(Fact::Record { id: format!("{id} in {path}") }, path, number));
            }
            return;
        }
        let document = document(path, bytes);
        let own = ID_KEYS.iter().find_map(|key| Some((*key, document.text(key)?)));
        let (id_key, id) = own.unwrap_or(("", path.lossy().into_owned()));
        let line = document.field(id_key).map_or(1, |field| field.line);
        self.note(Fact::Record { id: id.clone() }, path, line);
        for key in naming_keys().filter(|key| *key != id_key) {
            let line = document.field(key).map_or(1, |field| field.line);
            for to in document.texts(key) {
                self.note(Fact::Link { from: id.clone(), key: key.to_owned(), to }, path, line);
            }
        }
    }

    fn note(&mut self, fact: Fact, path: &RepoPath, line: u32) {
        self.0.entry(fact).or_default().insert(Told { path: path.clone(), line });
    }

    fn has_record(&self, id: &str) -> bool {
        self.0.contains_key(&Fact::Record { id: id.to_owned() })
    }

    /// Whether one of several, all of which the merge may have chosen from, is there.
    fn has_any_of(&self, from: &str, key: &str, sides: [&Self; 2]) -> bool {
        let named = |facts: &Self| facts.links(from, key);
        let here = named(self);
        sides.into_iter().flat_map(named).any(|to| here.contains(&to))
    }

    fn links(&self, from: &str, key: &str) -> BTreeSet<String> {
        let is_it = |fact: &Fact| match fact {
            Fact::Link { from: other, key: name, to } if other == from && name == key => Some(to.clone()),
            _ => None,
        };
        self.0.keys().filter_map(is_it).collect()
    }
}

/// What is missing from the result though neither side removed it, and where it was said.
pub fn lost(sides: &Three<&Facts>, result: &Facts) -> Vec<(Fact, Told)> {
    let both = [sides.ours, sides.theirs];
    let is_kept = |fact: &Fact| !sides.base.0.contains_key(fact) || both.iter().all(|side| side.0.contains_key(fact));
    let is_lost = |fact: &Fact| match fact {
        _ if result.0.contains_key(fact) => false,
        Fact::Record { .. } => true,
        Fact::Link { from, key, .. } if names_one(key) => result.has_record(from) && !result.has_any_of(from, key, both),
        Fact::Link { from, .. } => result.has_record(from),
    };
    let (contested, fresh) = (contested(sides), fresh(sides, result));
    // What got a new id, and what names it, says the same in other words.
    let is_rekeyed = |fact: &Fact| match fact {
        Fact::Record { id } => id.rsplit_once('/').is_some_and(|(_, name)| fresh.iter().any(|new| new.rsplit('/').next() == Some(name))),
        Fact::Link { from, .. } if contested.contains_key(from) => true,
        Fact::Link { from, key, to } => contested.contains_key(to) && result.links(from, key).iter().any(|to| fresh.contains(to.as_str())),
    };
    let all: BTreeMap<&Fact, &Told> =
        both.iter().rev().flat_map(|side| &side.0).filter_map(|(fact, told)| Some((fact, told.first()?))).collect();
    let lost = all.into_iter().filter(|(fact, _)| is_kept(fact) && is_lost(fact) && !is_rekeyed(fact));
    let new_ids = fresh.iter().filter(|id| !id.contains('/')).count();
    lost.map(|(fact, told)| (fact.clone(), told.clone())).chain(dropped(result, &contested, new_ids)).collect()
}

/// The records of the result that no side knows.
fn fresh<'a>(sides: &Three<&Facts>, result: &'a Facts) -> BTreeSet<&'a str> {
    let is_known = |fact: &Fact| [sides.base, sides.ours, sides.theirs].iter().any(|side| side.0.contains_key(fact));
    let records = result.0.keys().filter(|fact| !is_known(fact));
    records.filter_map(|fact| if let Fact::Record { id } = fact { Some(id.as_str()) } else { None }).collect()
}

/// Ids that each side gave to a record of its own, with both records.
fn contested(sides: &Three<&Facts>) -> BTreeMap<String, [Told; 2]> {
    let mut contested = BTreeMap::new();
    for (fact, ours) in &sides.ours.0 {
        let (Fact::Record { id }, Some(theirs)) = (fact, sides.theirs.0.get(fact)) else { continue };
        let is_one = ours.iter().any(|told| theirs.iter().any(|other| other.path == told.path)) || sides.base.0.contains_key(fact);
        if let (false, Some(own), Some(new)) = (is_one, ours.first(), theirs.first()) {
            contested.insert(id.clone(), [own.clone(), new.clone()]);
        }
    }
    contested
}

/// Records of which only the other one of the same id is left, and that have no new id either.
fn dropped(result: &Facts, contested: &BTreeMap<String, [Told; 2]>, new_ids: usize) -> Vec<(Fact, Told)> {
    let missing = contested.iter().filter_map(|(id, records)| {
        let fact = Fact::Record { id: id.clone() };
        let left = result.0.get(&fact)?;
        let gone = records.iter().find(|record| left.iter().all(|told| told.path != record.path))?;
        (left.len() < records.len()).then(|| (fact, gone.clone()))
    });
    missing.skip(new_ids).collect()
}

/// Ids that two files of the result have, of which each came from another side: the id, the file of ours, the file of theirs.
pub fn doubled(sides: &Three<&Facts>, result: &Facts) -> Vec<(String, Told, Told)> {
    let mut found = Vec::new();
    for (fact, places) in &result.0 {
        let Fact::Record { id } = fact else { continue };
        let of = |side: &Facts| -> BTreeSet<RepoPath> { side.0.get(fact).into_iter().flatten().map(|told| told.path.clone()).collect() };
        let (ours, theirs) = (of(sides.ours), of(sides.theirs));
        let own = places.iter().find(|told| ours.contains(&told.path));
        for new in places.iter().filter(|told| theirs.contains(&told.path) && !ours.contains(&told.path)) {
            found.extend(own.filter(|own| !theirs.contains(&own.path)).map(|own| (id.clone(), own.clone(), new.clone())));
        }
    }
    found
}

/// Records of one file that have one id though each side has it once at most: the record and where the second one is.
pub fn repeated(sides: &Three<&Facts>, result: &Facts) -> Vec<(Fact, Told)> {
    let in_file = |told: Option<&BTreeSet<Told>>, path: &RepoPath| told.into_iter().flatten().filter(|told| told.path == *path).count();
    let mut found = Vec::new();
    for (fact, places) in result.0.iter().filter(|(fact, places)| matches!(fact, Fact::Record { .. }) && places.len() > 1) {
        let Some(last) = places.last() else { continue };
        let before = [sides.base, sides.ours, sides.theirs].map(|side| in_file(side.0.get(fact), &last.path));
        if in_file(Some(places), &last.path) > before.into_iter().max().unwrap_or_default().max(1) {
            found.push((fact.clone(), last.clone()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(files: &[(&str, &str)]) -> Facts {
        let mut facts = Facts::default();
        files.iter().for_each(|(path, text)| {
            facts.read(&RepoPath::parse(path).unwrap(), text.as_bytes().to_vec(), &|_, bytes| Document::parse(bytes));
        });
        facts
    }

    #[test]
    fn only_what_a_side_removed_may_be_gone() {
        let base = facts(&[("a.md", "---\nid: A\ndepends_on: [X, Y]\nparent: P\n---\n"), ("b.md", "---\nid: B\n---\n")]);
        let ours = facts(&[("a.md", "---\nid: A\ndepends_on: [X, Y, Z]\nparent: Q\n---\n")]);
        let theirs = facts(&[("a.md", "---\nid: A\ndepends_on: [Y]\nparent: R\n---\n"), ("b.md", "---\nid: B\n---\n"), ("c.md", "hi")]);
        let result = facts(&[("a.md", "---\nid: A\ndepends_on: [Y]\nparent: R\n---\n")]);
        let lost = lost(&Three { base: &base, ours: &ours, theirs: &theirs }, &result);
        let shown: Vec<String> = lost.iter().map(|(fact, told)| format!("{fact:?} {}:{}", told.path, told.line)).collect();
        assert_eq!(shown, ["Record { id: \"c.md\" } c.md:1", "Link { from: \"A\", key: \"depends_on\", to: \"Z\" } a.md:3"]);
    }

    #[test]
    fn two_lines_of_one_id_are_found_unless_a_side_had_them() {
        let lines = |text: &str| facts(&[("x.jsonl", text)]);
        let (base, one, two) = (Facts::default(), lines("{\"id\":\"a\"}\n"), lines("{\"id\":\"a\"}\n{\"id\":\"a\",\"n\":1}\n"));
        let found = repeated(&Three { base: &base, ours: &one, theirs: &one }, &two);
        assert_eq!(found.iter().map(|(_, told)| told.line).collect::<Vec<_>>(), [2]);
        assert_eq!(repeated(&Three { base: &base, ours: &two, theirs: &one }, &two), []);
    }

    #[test]
    fn one_id_from_two_sides_is_found() {
        let (ours, theirs) = (facts(&[("a.md", "---\nid: A\n---\n")]), facts(&[("b.md", "---\nid: A\n---\n")]));
        let result = facts(&[("a.md", "---\nid: A\n---\n"), ("b.md", "---\nid: A\n---\n")]);
        let none = Facts::default();
        assert_eq!(doubled(&Three { base: &none, ours: &ours, theirs: &theirs }, &result).len(), 1);
        assert_eq!(lost(&Three { base: &none, ours: &ours, theirs: &theirs }, &result), []);
        let dropped = lost(&Three { base: &none, ours: &ours, theirs: &theirs }, &ours);
        assert_eq!(dropped.iter().map(|(_, told)| told.path.to_string()).collect::<Vec<_>>(), ["b.md"], "one of two silently dropped");
        let renamed = facts(&[("a.md", "---\nid: A\n---\n"), ("c.md", "---\nid: C\n---\n")]);
        assert_eq!(lost(&Three { base: &none, ours: &ours, theirs: &theirs }, &renamed), [], "it got a new id");
        assert_eq!(doubled(&Three { base: &none, ours: &result, theirs: &theirs }, &result).len(), 0, "it was there before");
    }
}
