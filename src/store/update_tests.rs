//! An edit is tried again on what somebody else wrote meanwhile, and only then.
#![expect(clippy::disallowed_methods, reason = "the file is changed as an editor does that keeps no locks")]

use std::fs;

use serde::{Deserialize, Serialize};

use super::*;
use crate::base::{Failure, Finding};
use crate::config::Sources;
use crate::document::Value;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note(Id);

impl Record for Note {
    const NOUN: &'static str = "note";
    fn folders(config: &Config) -> Vec<RepoPath> {
        vec![config.paths.memory.clone()]
    }
    fn is_member(_: &RepoPath) -> bool {
        true
    }
    fn read(entry: &Entry<'_>, _: &mut Vec<Finding>) -> Result<Self, Finding> {
        Ok(Self(Id::parse(&entry.document.text("id").unwrap()).unwrap()))
    }
    fn id(&self) -> &Id {
        &self.0
    }
    fn aliases(&self) -> &[String] {
        &[]
    }
}

/// What happened to an edit during which somebody else writes so many times, how often it was made, and the file then.
fn edit(rivals: u32, edit: impl Fn(&mut Stored<Note>) -> Result<()>) -> (Option<Failure>, u32, String) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path(), &folder.path().join("git"), Arc::new(Layers::join(Sources::default()).unwrap()));
    let file = store.config().paths.memory.below(folder.path()).join("NOTE-1.md");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let write = |rival: u32| fs::write(&file, format!("---\nid: NOTE-1\nrival: {rival}\n---\n")).unwrap();
    write(0);
    let mut tried = 0;
    let outcome = store.update::<Note>("note edit", "NOTE-1", |stored, _| {
        tried += 1;
        edit(stored)?;
        if tried <= rivals {
            write(tried);
        }
        Ok(())
    });
    (outcome.err(), tried, fs::read_to_string(&file).unwrap())
}

fn own(stored: &mut Stored<Note>) -> Result<()> {
    Ok(stored.set("own", &Value::from("text"))?)
}

#[test]
fn who_was_overtaken_edits_what_is_there_now() {
    for rivals in [0, 1, ATTEMPTS] {
        let (failure, tried, text) = edit(rivals, own);
        assert!(failure.is_none(), "{failure:?}");
        assert_eq!((tried, text), (rivals + 1, format!("---\nid: NOTE-1\nrival: {rivals}\nown: text\n---\n")));
    }
}

#[test]
fn who_is_always_overtaken_gives_up_and_leaves_what_is_there() {
    let (failure, tried, text) = edit(u32::MAX, own);
    assert!(matches!(failure.as_ref().and_then(Failure::downcast_ref), Some(FsError::Changed { .. })), "{failure:?}");
    assert_eq!((tried, text), (ATTEMPTS + 1, format!("---\nid: NOTE-1\nrival: {tried}\n---\n")));
}

#[test]
fn another_failure_is_not_tried_again_even_with_the_same_code() {
    let file = || journal_error::JournalError::ChangedSince { file: "a".into(), operation: "b".into(), by: None };
    let (failure, tried, _) = edit(0, |_| Err(file().into()));
    assert_eq!((failure.unwrap().code(), tried), ("changed", 1));
}
