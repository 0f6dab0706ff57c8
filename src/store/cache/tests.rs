//! What is kept says what the files say, whatever happens to them and to what is kept.
#![expect(clippy::disallowed_methods, reason = "the files are changed as others change them")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::names::is_of_id;
use super::super::{Entry, Listing, Stored};
use super::*;
use crate::base::{Id, RepoPath, Rule, Severity};
use crate::config::{Config, Layers, Sources};
use crate::fs::write;

/// More than it takes for anything to be kept.
const FILES: usize = WORTH + 6;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Note {
    id: Id,
    title: String,
}

impl Record for Note {
    const NOUN: &'static str = "note";
    fn folders(config: &Config) -> Vec<RepoPath> {
        vec![config.paths.memory.clone()]
    }
    fn is_member(path: &RepoPath) -> bool {
        path.name() != "README.md"
    }
    fn read(entry: &Entry<'_>, findings: &mut Vec<Finding>) -> Result<Self, Finding> {
        let finding = |rule: Rule| Finding::new(rule, Severity::Note, entry.path.clone(), "x");
        let title = entry.document.text("title").ok_or_else(|| finding(Rule::MissingKey))?;
        findings.extend((title == "odd").then(|| finding(Rule::BadDate)));
        let id = entry.document.text("id").and_then(|id| Id::parse(&id)).ok_or_else(|| finding(Rule::BadId))?;
        Ok(Self { id, title })
    }
    fn id(&self) -> &Id {
        &self.id
    }
    fn aliases(&self) -> &[String] {
        &[]
    }
}

struct Place {
    _folder: tempfile::TempDir,
    store: Store,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("tree");
        let store = Store::new(&root, &folder.path().join("git"), Arc::new(Layers::join(Sources::default()).unwrap()));
        let place = Self { _folder: folder, store };
        (0..FILES).for_each(|number| place.put(&format!("N-{number:03}.md"), &format!("id: N-{number:03}\ntitle: one")));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.store.root().join(".cmpm/memory").join(name)
    }

    /// Writes a file in place, as editors do.
    fn put(&self, name: &str, text: &str) {
        drop(fs::create_dir_all(self.path(name).parent().unwrap()));
        drop(fs::write(self.path(name), format!("---\n{text}\n---\n")));
    }

    fn kept(&self) -> Vec<PathBuf> {
        let names = fs::read_dir(self.store.live().join("cache"));
        let mut kept: Vec<PathBuf> = names.into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
        kept.sort();
        kept
    }

    #[track_caller]
    fn holds(&self) {
        let snapshot = self.store.work_tree();
        let said = |Listing::<Note> { records, findings }: Listing<Note>| {
            (records.into_iter().map(|listed| (listed.path, listed.record)).collect::<Vec<_>>(), findings)
        };
        let scan = self.store.scan::<Note>(&snapshot);
        let records = scan.records.iter().map(Stored::to_listed).collect();
        assert_eq!(said(self.store.list(&snapshot)), said(Listing { records, findings: scan.findings }));
        let odd = |all: &[Candidate<'_, Note>]| -> Vec<bool> { (0..all.len()).map(|place| place % 2 == 1).collect() };
        let paths = |listing: &Listing<Note>| listing.records.iter().map(|listed| (listed.path.clone(), listed.record.clone())).collect();
        let (some, all): (Vec<_>, Vec<_>) = (paths(&self.store.list_chosen(&snapshot, &odd)), paths(&self.store.list(&snapshot)));
        assert_eq!(some, all.into_iter().skip(1).step_by(2).collect::<Vec<_>>());
        for id in ["A-1", "a-2", "N-003"] {
            let called: Vec<&Stored<Note>> = scan.records.iter().filter(|stored| is_called(stored, id)).collect();
            let others = self.store.files::<Note>(&snapshot).0.iter().filter(|file| is_called_so(&file.path, id)).count();
            let is_twin = |stored: &&Stored<Note>| !is_of_id(stored.path.name().as_bytes()) && stored.record.id.is(id);
            let twins =
                scan.records.iter().filter(is_twin).filter(|twin| called.first().is_none_or(|stored| stored.path != twin.path)).count();
            let is_wanted = |stored: &&&Stored<Note>| others == 1 && twins == 0 && stored.record.id.is(id);
            let wanted = called.first().filter(is_wanted).map(|stored| &stored.path);
            assert_eq!(self.store.find_by_name::<Note>(id).map(|stored| stored.path).as_ref(), wanted, "{id}");
        }
    }
}

fn is_called(stored: &Stored<Note>, id: &str) -> bool {
    is_called_so(&stored.path, id)
}

fn is_called_so(path: &RepoPath, id: &str) -> bool {
    let name = path.name().to_ascii_uppercase();
    [".", "-"].iter().any(|end| name.starts_with(&format!("{}{end}", id.to_ascii_uppercase())))
}

#[derive(Debug, Clone)]
enum Step {
    Write(String, String),
    Replace(String, String),
    Backdate(String, String),
    Remove(String),
    Rename(String, String),
    Link(String),
    MoveFolder(String, String),
    Damage(u16),
    Halve(u8),
    Settle,
    Look,
}

fn steps() -> impl Strategy<Value = Step> {
    let name = || "(A-1|A-1-x|a-2|c/A-1|c/A-2|c/d/A-1-y|README|N-003|N-004)\\.md".prop_map(String::from);
    let text = || "id: (A-1|A-2|N-003)\ntitle: (one|two|odd)|nothing".prop_map(String::from);
    let folder = || "(c|c/d|g)".prop_map(String::from);
    prop_oneof![
        5 => (name(), text()).prop_map(|(name, text)| Step::Write(name, text)),
        2 => (name(), text()).prop_map(|(name, text)| Step::Replace(name, text)),
        2 => (name(), text()).prop_map(|(name, text)| Step::Backdate(name, text)),
        2 => name().prop_map(Step::Remove),
        2 => (name(), name()).prop_map(|(from, to)| Step::Rename(from, to)),
        1 => name().prop_map(Step::Link),
        2 => (folder(), folder()).prop_map(|(from, to)| Step::MoveFolder(from, to)),
        1 => any::<u16>().prop_map(Step::Damage),
        1 => any::<u8>().prop_map(Step::Halve),
        1 => Just(Step::Settle),
        6 => Just(Step::Look),
    ]
}

fn take(place: &Place, step: &Step) {
    match step {
        Step::Write(name, text) => place.put(name, text),
        Step::Replace(name, text) => drop(write::replace(&place.path(name), format!("---\n{text}\n---\n").as_bytes())),
        Step::Backdate(name, text) => {
            place.put(name, text);
            if let Ok(file) = fs::File::options().write(true).open(place.path(name)) {
                file.set_modified(UNIX_EPOCH + Duration::from_secs(1)).unwrap();
            }
        }
        Step::Remove(name) => drop(fs::remove_file(place.path(name))),
        Step::Rename(from, to) => drop(fs::rename(place.path(from), place.path(to))),
        Step::Link(name) => drop(std::os::unix::fs::symlink(place.path("N-001.md"), place.path(name))),
        Step::MoveFolder(from, to) => drop(fs::rename(place.path(from), place.path(to))),
        Step::Damage(at) => place.kept().iter().for_each(|file| {
            let mut bytes = fs::read(file).unwrap();
            let at = usize::from(*at) % bytes.len().max(1);
            bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 0x55);
            fs::write(file, bytes).unwrap();
        }),
        Step::Halve(part) => place.kept().iter().for_each(|file| {
            let bytes = fs::read(file).unwrap();
            fs::write(file, &bytes[..bytes.len() * usize::from(*part) / 256]).unwrap();
        }),
        Step::Settle => settle(),
        Step::Look => place.holds(),
    }
}

/// Waits until changes get another time than what is there.
fn settle() {
    std::thread::sleep(Duration::from_millis(25));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn what_is_kept_says_what_files_say(steps in prop::collection::vec(steps(), 1..30)) {
        let place = Place::new();
        for step in &steps {
            take(&place, step);
        }
        place.holds();
    }
}

#[test]
fn what_did_not_change_is_not_read() {
    let place = Place::new();
    settle();
    place.holds();
    assert_eq!(place.kept().len(), 2, "rows and names");
    let snapshot = place.store.work_tree();
    let (files, _) = place.store.files::<Note>(&snapshot);
    let cache = Cache::new::<Note>(&place.store, &snapshot);
    let read = |file: &FileEntry| -> Reading<Note> { panic!("{} was read", file.path) };
    let mut count = 0;
    cache.read_through(&files, &read, &mut |reading| count += usize::from(reading.listed.is_some()));
    assert_eq!(count, FILES);
    place.put("N-003.md", "id: N-003\ntitle: two");
    let titles = place.store.list::<Note>(&snapshot).records.into_iter().filter(|listed| listed.record.title == "two");
    assert_eq!(titles.count(), 1);
}

#[test]
fn what_may_change_unseen_is_not_kept() {
    let place = Place::new();
    place.put("A-1.md", "id: A-1\ntitle: one");
    let future = std::time::SystemTime::now() + Duration::from_secs(3600);
    fs::File::options().write(true).open(place.path("A-1.md")).unwrap().set_modified(future).unwrap();
    settle();
    place.holds();
    let snapshot = place.store.work_tree();
    let cache = Cache::new::<Note>(&place.store, &snapshot);
    let pieces = Pieces::open(&cache.file).unwrap();
    let blocks: Vec<Vec<u8>> = Blocks::of(&pieces, &cache.identity).unwrap().collect();
    let paths: Vec<&[u8]> = blocks.iter().flat_map(|block| Rows::parse(block, Note::COLUMNS).unwrap().iter()).map(Row::path).collect();
    assert_eq!((paths.len(), paths.contains(&b".cmpm/memory/A-1.md".as_slice())), (FILES, false));
}

#[test]
fn two_at_once_are_both_right() {
    let place = Place::new();
    settle();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert_eq!(place.store.list::<Note>(&place.store.work_tree()).records.len(), FILES);
                    assert!(place.store.find_by_name::<Note>("N-069").is_some());
                }
            });
        }
        for number in 0..FILES {
            let text = format!("---\nid: N-{number:03}\ntitle: two\n---\n");
            write::replace(&place.path(&format!("N-{number:03}.md")), text.as_bytes()).unwrap();
        }
    });
    place.holds();
    assert!(place.store.list::<Note>(&place.store.work_tree()).records.iter().all(|listed| listed.record.title == "two"));
}
