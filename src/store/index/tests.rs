//! The index says what a scan says, whatever happens to the files.
#![expect(clippy::disallowed_methods, reason = "the files are changed as others change them")]

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::files::{Files, Sizes};
use super::*;
use crate::base::{Id, Rule, Severity};
use crate::config::{Config, Layers, Sources};
use crate::fs::write;
use crate::store::Entry;

const SMALL: Sizes = Sizes { worth: 1, few: 2, renew: 4, shard: 3 };

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
        Ok(Self { id: Id::parse(&entry.path.name()).ok_or_else(|| finding(Rule::BadId))?, title })
    }
    fn id(&self) -> &Id {
        &self.id
    }
    fn aliases(&self) -> &[String] {
        &[]
    }
}

impl Searchable for Note {
    fn texts(stored: &Stored<Self>) -> Vec<(Cow<'_, str>, Field)> {
        vec![(stored.record.title.as_str().into(), Field::Title), (stored.document.body().into(), Field::Body)]
    }
    fn says_of_others(&self) -> bool {
        self.title == "lock"
    }
    fn title(&self) -> String {
        self.title.clone()
    }
    fn values<'a>(&'a self, _: &'a RepoPath, _: Timestamp) -> impl Fn(&str) -> Vec<String> + 'a {
        |_| vec![self.title.clone()]
    }
}

struct Place {
    folder: tempfile::TempDir,
    store: Store,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let layers = Arc::new(Layers::join(Sources::default()).unwrap());
        let root = folder.path().join("tree");
        write::create_folder(&root).unwrap();
        let store = Store::new(&root, &folder.path().join("git"), layers);
        Self { folder, store }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.store.root().join(".cmpm/memory").join(name)
    }

    fn files(&self) -> Files {
        Files::new::<Note>(&self.store, SMALL)
    }

    fn library(&self, shelves: Shelves<Note>) -> Library<'_, Note> {
        Library { store: &self.store, snapshot: self.store.work_tree(), shelves, damaged: AtomicBool::new(false) }
    }

    /// Everything that can be asked, of an index if there is one.
    fn said(&self, indexed: bool, query: &str) -> Vec<String> {
        let index = if indexed { self.files().open::<Note>(&self.store, Reach::Files) } else { None };
        let shelves = index.map_or_else(|| read_all(&self.store, &self.store.work_tree()), |index| Shelves::Index(Box::new(index)));
        let mut library = self.library(shelves);
        let hits = library.search(&Query::parse(query), 6);
        let mut said = vec![hits.total.to_string()];
        for hit in hits.best {
            let (found, opened) = (library.find(hit.index).unwrap(), library.open(hit.index).unwrap());
            assert_eq!((&found.path, &found.record), (&opened.path, &opened.record));
            said.push(format!("{} {} {:?} {:?}", found.path, found.record.title, hit.score, hit.parts));
        }
        let mut witnesses: Vec<String> = library.witnesses().iter().map(|listed| listed.path.to_string()).collect();
        witnesses.sort();
        said.extend(witnesses);
        let mut findings = library.findings();
        findings.sort();
        findings.retain(|finding| finding.rule != Rule::DuplicateId.name());
        said.extend(findings.iter().map(|finding| format!("{} {}", finding.path, finding.rule)));
        said
    }

    #[track_caller]
    fn holds(&self, query: &str) {
        // Who looked at folders alone misleads nobody.
        drop(self.files().open::<Note>(&self.store, Reach::Folders));
        assert_eq!(self.said(true, query), self.said(false, query), "{query}");
    }
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
    Halve,
    Search(String),
}

fn steps() -> impl Strategy<Value = Step> {
    let name = || "(a|b|c/a|c/b|c/d/a|e/a|README|c/f)\\.md".prop_map(String::from);
    let text = || prop_oneof!["title: (lock|merge|odd)\n---\n(merging |lock |lock_file ){0,4}", Just("nothing".to_owned())];
    let folder = || "(c|e|c/d|g)".prop_map(String::from);
    prop_oneof![
        6 => (name(), text()).prop_map(|(name, text)| Step::Write(name, text)),
        2 => (name(), text()).prop_map(|(name, text)| Step::Replace(name, text)),
        1 => (name(), text()).prop_map(|(name, text)| Step::Backdate(name, text)),
        2 => name().prop_map(Step::Remove),
        2 => (name(), name()).prop_map(|(from, to)| Step::Rename(from, to)),
        1 => name().prop_map(Step::Link),
        2 => (folder(), folder()).prop_map(|(from, to)| Step::MoveFolder(from, to)),
        1 => any::<u16>().prop_map(Step::Damage),
        1 => Just(Step::Halve),
        6 => "(merge|lock|fil\\*|\"lock file\")".prop_map(Step::Search),
    ]
}

fn take(place: &Place, step: &Step) {
    use std::fs;
    let whole = |text: &str| format!("---\n{text}");
    let put = |name: &str, text: &str| {
        let file = place.path(name);
        drop(fs::create_dir_all(file.parent().unwrap()));
        drop(fs::write(file, whole(text)));
    };
    match step {
        Step::Write(name, text) => put(name, text),
        Step::Replace(name, text) => drop(write::replace(&place.path(name), whole(text).as_bytes())),
        Step::Backdate(name, text) => {
            put(name, text);
            if let Ok(file) = fs::File::options().write(true).open(place.path(name)) {
                file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1)).unwrap();
            }
        }
        Step::Remove(name) => drop(fs::remove_file(place.path(name))),
        Step::Rename(from, to) => drop(fs::rename(place.path(from), place.path(to))),
        Step::Link(name) => drop(std::os::unix::fs::symlink(place.path("a.md"), place.path(name))),
        Step::MoveFolder(from, to) => drop(fs::rename(place.path(from), place.path(to))),
        Step::Damage(at) => {
            if let Ok(mut bytes) = fs::read(place.files().base) {
                let at = usize::from(*at) % bytes.len();
                bytes[at] ^= 0x55;
                fs::write(place.files().base, bytes).unwrap();
            }
        }
        Step::Halve => {
            if let Ok(bytes) = fs::read(place.files().recent) {
                fs::write(place.files().recent, &bytes[..bytes.len() / 2]).unwrap();
            }
        }
        Step::Search(query) => assert_eq!(place.said(true, query), place.said(false, query), "{query}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
    #[test]
    fn an_index_says_what_a_scan_says(steps in prop::collection::vec(steps(), 1..40)) {
        let place = Place::new();
        for step in &steps {
            take(&place, step);
        }
        let (indexed, scanned) = (place.said(true, "merge lock"), place.said(false, "merge lock"));
        prop_assert_eq!(indexed, scanned);
    }
}

/// Waits until changes get another time than what is there.
fn settle() {
    std::thread::sleep(std::time::Duration::from_millis(25));
}

#[test]
fn what_did_not_change_is_not_read_and_changes_wait_in_the_small_index() {
    let place = Place::new();
    let note = |word: &str| format!("---\ntitle: {word}\n---\n{word}\n");
    for number in 0..40 {
        write::replace(&place.path(&format!("n{number:02}.md")), note("merge").as_bytes()).unwrap();
    }
    settle();
    place.holds("merge");
    let base = std::fs::read(place.files().base).unwrap();
    let index = place.files().open::<Note>(&place.store, Reach::Files).unwrap();
    assert_eq!((index.fresh.len(), index.survey.changed.len()), (0, 0));
    for number in 0..5 {
        write::replace(&place.path(&format!("n{number:02}.md")), note("lock").as_bytes()).unwrap();
    }
    settle();
    place.holds("lock");
    assert!(place.files().recent.exists());
    let index = place.files().open::<Note>(&place.store, Reach::Files).unwrap();
    assert_eq!((index.fresh.len(), index.survey.changed.len()), (0, 5), "the small index knows them");
    place.holds("lock merge");
    assert_eq!(std::fs::read(place.files().base).unwrap(), base, "the large index is as it was");
    for number in 0..30 {
        write::replace(&place.path(&format!("n{number:02}.md")), note("file").as_bytes()).unwrap();
    }
    settle();
    place.holds("file merge");
    let index = place.files().open::<Note>(&place.store, Reach::Files).unwrap();
    assert_eq!(index.survey.changed.len(), 0, "many changes renew the large index");
    drop(place.folder);
}

#[test]
fn where_folders_alone_are_looked_at_what_came_is_found_and_what_is_opened_is_read() {
    let place = Place::new();
    let write =
        |name: &str, word: &str| write::replace(&place.path(name), format!("---\ntitle: {word}\n---\n{word}\n").as_bytes()).unwrap();
    (0..20).for_each(|number| write(&format!("n{number:02}.md"), "merge"));
    settle();
    place.holds("merge");
    std::fs::write(place.path("n03.md"), "---\ntitle: lock\n---\nlock\n").unwrap();
    write("new.md", "lock");
    write::remove(&place.path("n04.md")).unwrap();
    let index = place.files().open::<Note>(&place.store, Reach::Folders).unwrap();
    let changed: Vec<String> = index.survey.changed.iter().map(|(path, _)| path.name().into_owned()).collect();
    assert_eq!(changed, ["new.md"]);
    let mut library = place.library(Shelves::Index(Box::new(index)));
    let opened = |library: &mut Library<'_, Note>, word: &str| -> Vec<String> {
        let hits = library.search(&Query::parse(word), 40).best;
        hits.iter().filter_map(|hit| library.open(hit.index)).map(|stored| stored.record.title).collect()
    };
    assert_eq!(opened(&mut library, "lock"), ["lock"]);
    let merge = opened(&mut library, "merge");
    assert_eq!((merge.len(), merge.iter().filter(|title| *title == "lock").count()), (19, 1), "found by its old words, and read");
    place.holds("lock merge");
}

#[test]
fn an_index_of_somebody_else_or_none_at_all_is_no_harm() {
    let place = Place::new();
    for number in 0..9 {
        write::replace(&place.path(&format!("n{number}.md")), b"---\ntitle: merge\n---\n").unwrap();
    }
    place.holds("merge");
    let other = Files::new::<Note>(&place.store, SMALL);
    let whole = std::fs::read(&other.base).unwrap();
    for bytes in [Vec::new(), vec![0xff; 300], whole[..whole.len() - 9].to_vec(), [whole.as_slice(), b"x"].concat()] {
        std::fs::write(&other.base, bytes).unwrap();
        place.holds("merge");
    }
    write::remove_folder(place.store.live()).unwrap();
    std::fs::write(place.store.live(), "in the way").unwrap();
    assert!(place.files().open::<Note>(&place.store, Reach::Files).is_none());
    assert_eq!(place.said(true, "merge"), place.said(false, "merge"));
}

#[test]
fn two_at_once_are_both_right() {
    let place = Place::new();
    for number in 0..30 {
        write::replace(&place.path(&format!("n{number:02}.md")), b"---\ntitle: merge\n---\n").unwrap();
    }
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let index = place.files().open::<Note>(&place.store, Reach::Files).unwrap();
                    let mut library = place.library(Shelves::Index(Box::new(index)));
                    assert_eq!(library.search(&Query::parse("merge"), 3).total, 30);
                }
            });
        }
        for number in 0..30 {
            write::replace(&place.path(&format!("n{number:02}.md")), b"---\ntitle: merge lock\n---\n").unwrap();
        }
    });
    place.holds("lock");
}
