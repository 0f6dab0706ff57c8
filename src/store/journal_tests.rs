//! The log under crashes, power losses and other people.

use super::*;

fn change(path: &str, before: Option<&str>, after: Option<&str>) -> Change {
    let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
    Change { place: (&RepoPath::parse(path).unwrap()).into(), before: bytes(before), after: bytes(after), folders: 0 }
}

fn undo(journal: &Journal, entry: &mut Entry) -> Result<()> {
    journal.turn_all(std::slice::from_mut(entry), Direction::Back)
}

#[test]
fn what_a_crash_left_is_finished_and_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    write::replace(&root.join("b"), b"old").unwrap();
    let journal = Journal::new(folder.path());
    let changes = [change("a", None, Some("new")), change("b", Some("old"), None)];
    journal.begin("test", &root, &changes).unwrap();
    // The process dies here. The next one comes:
    assert_eq!(journal.recover().unwrap().unwrap().state, State::Done);
    assert_eq!(read::find(&root.join("a")).unwrap().unwrap(), b"new");
    assert!(!read::exists(&root.join("b")));
    assert!(journal.recover().unwrap().is_none());
    let mut entry = journal.all(&root).unwrap().first().cloned().unwrap();
    undo(&journal, &mut entry).unwrap();
    assert!(!read::exists(&root.join("a")));
    assert_eq!(read::find(&root.join("b")).unwrap().unwrap(), b"old");
}

#[test]
fn an_entry_that_a_power_loss_took_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(folder.path());
    journal.record("test", folder.path(), &change("a", None, Some("new"))).unwrap();
    write::replace(&journal.entry_folder(1).join(ENTRY), b"").unwrap();
    assert!(journal.recover().unwrap().is_none());
    assert_eq!(journal.all(folder.path()).unwrap().first().cloned(), None);
    journal.record("test", folder.path(), &change("b", None, Some("new"))).unwrap();
    assert_eq!(journal.all(folder.path()).unwrap().first().cloned().unwrap().number, 2);
}

#[test]
fn a_work_tree_that_was_removed_is_not_brought_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    let journal = Journal::new(folder.path());
    journal.begin("test", &root, &[change("a", None, Some("new")), change("b", None, Some("new"))]).unwrap();
    assert!(journal.recover().unwrap().is_none());
    assert!(!read::exists(&root));
    write::create_folder(&root).unwrap();
    assert!(journal.recover().unwrap().is_none(), "and not later either");
}

#[test]
fn taking_back_goes_on_where_a_crash_stopped_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(folder.path());
    let changes = [change("a", None, Some("new")), change("b", None, Some("new"))];
    let mut entry = journal.begin("test", folder.path(), &changes).unwrap();
    journal.finish(&mut entry).unwrap();
    write::remove(&folder.path().join("a")).unwrap();
    undo(&journal, &mut entry).unwrap();
    assert!(!read::exists(&folder.path().join("b")));
}

#[test]
fn a_file_comes_and_goes_with_the_folders_around_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    write::replace(&root.join("kept/file"), b"").unwrap();
    let journal = Journal::new(folder.path());
    let mut entry = journal.begin("test", &root, &[change("kept/a/b/file", None, Some("new")), change("c", None, Some(""))]).unwrap();
    journal.finish(&mut entry).unwrap();
    undo(&journal, &mut entry).unwrap();
    assert_eq!(read::names(&root.join("kept")).unwrap(), ["file"]);
    let removal = Change { folders: 2, ..change("kept/file", Some(""), None) };
    let mut entry = journal.begin("test", &root, &[removal]).unwrap();
    journal.finish(&mut entry).unwrap();
    assert!(!read::exists(&root.join("kept")));
    undo(&journal, &mut entry).unwrap();
    assert!(read::exists(&root.join("kept/file")));
}

#[test]
fn files_of_the_clone_are_written_as_git_and_the_system_want_them() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (root, git) = (folder.path().join("tree"), folder.path().join("git"));
    write::create_folder(&root).unwrap();
    write::replace(&git.join("config"), b"old").unwrap();
    // What a process left that was killed between lock and rename.
    write::replace(&git.join("config.lock"), b"new").unwrap();
    let place = |path: &str, kind| Place::of_clone(&git.join(path)).written_as(kind);
    let changes = [
        Change::write(place("config", Kind::GitSettings), Some(b"old".to_vec()), b"new".to_vec()),
        Change::write(place("hooks/pre-commit", Kind::Program), None, b"#!/bin/sh\n".to_vec()),
    ];
    let journal = Journal::new(folder.path());
    let mut entry = journal.begin("test", &root, &changes).unwrap();
    journal.finish(&mut entry).unwrap();
    assert_eq!(read::names(&git).unwrap(), ["config", "hooks"]);
    assert_eq!(read::read(&git.join("config")).unwrap(), b"new");
    let mode = read::find_metadata(&git.join("hooks/pre-commit")).unwrap().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    undo(&journal, &mut entry).unwrap();
    assert_eq!(read::names(&git).unwrap(), ["config"]);
    assert_eq!(read::read(&git.join("config")).unwrap(), b"old");
}

#[test]
fn nobody_elses_change_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    let journal = Journal::new(folder.path());
    let mut entry = journal.begin("test", &root, &[change("a", None, Some("ours"))]).unwrap();
    write::replace(&root.join("a"), b"theirs").unwrap();
    assert_eq!(journal.finish(&mut entry).unwrap(), [RepoPath::parse("a").unwrap()]);
    assert_eq!(undo(&journal, &mut entry).unwrap_err().code(), "changed");
    assert_eq!(read::find(&root.join("a")).unwrap().unwrap(), b"theirs");
}

#[test]
fn a_crash_among_many_files_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, root) = half_done(folder.path());
    write::stage(&folder.path().join("tmp/x"), b"left").unwrap().keep().unwrap();
    assert_eq!(journal.recover().unwrap().unwrap().state, State::Done);
    assert!((0..40).all(|number| read::read(&root.join(name(number))).unwrap() == b"new"));
    assert_eq!(read::names(&folder.path().join("tmp")).unwrap(), Vec::<String>::new());
}

#[test]
fn what_somebody_changed_since_is_set_aside_whole_until_it_fits_again() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, root) = half_done(folder.path());
    write::replace(&root.join(name(39)), b"mine").unwrap();
    assert_eq!(journal.recover().unwrap().unwrap().state, State::SetAside);
    assert!((13..39).all(|number| !read::exists(&root.join(name(number)))), "nothing is done by halves");
    assert!(journal.recover().unwrap().is_none());
    let mut entry = journal.all(&root).unwrap().first().cloned().unwrap();
    assert_eq!(journal.changed_since(&entry).unwrap(), [name(39)]);
    assert_eq!(undo(&journal, &mut entry).unwrap_err().code(), "changed");
    assert_eq!(read::read(&root.join(name(39))).unwrap(), b"mine");
    // However long it takes.
    for _ in 0..KEPT + 2 {
        journal.record("other", folder.path(), &change("other", None, Some("new"))).unwrap();
    }
    assert_eq!(journal.set_aside().unwrap(), [entry.clone()]);
    write::remove(&root.join(name(39))).unwrap();
    undo(&journal, &mut entry).unwrap();
    assert!((0..40).all(|number| !read::exists(&root.join(name(number)))));
    assert!(journal.set_aside().unwrap().is_empty());
}

#[test]
fn a_folder_that_is_emptied_and_filled_again_stays() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    write::replace(&root.join("prs/old"), b"text").unwrap();
    let journal = Journal::new(folder.path());
    let removal = Change { folders: 2, ..change("prs/old", Some("text"), None) };
    let mut entry = journal.begin("test", &root, &[removal, change("prs/new", None, Some("text"))]).unwrap();
    journal.finish(&mut entry).unwrap();
    assert_eq!(read::names(&root.join("prs")).unwrap(), ["new"]);
    undo(&journal, &mut entry).unwrap();
    assert_eq!(read::names(&root.join("prs")).unwrap(), ["old"]);
}

fn name(number: usize) -> String {
    format!("{}/{number}", number % 4)
}

/// A log and a work tree: the process died when a third of forty new files had its name.
fn half_done(folder: &Path) -> (Journal, PathBuf) {
    let (journal, root) = (Journal::new(folder), folder.join("tree"));
    let changes: Vec<Change> = (0..40).map(|number| change(&name(number), None, Some("new"))).collect();
    journal.begin("test", &root, &changes).unwrap();
    (0..13).for_each(|number| write::replace(&root.join(name(number)), b"new").unwrap());
    (journal, root)
}

#[test]
fn steps_are_undone_one_by_one_all_at_once_and_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, file) = (Journal::new(folder.path()), folder.path().join("a"));
    for (before, after) in [(None, "1"), (Some("1"), "2"), (Some("2"), "3")] {
        write::replace(&file, after.as_bytes()).unwrap();
        journal.record("test", folder.path(), &change("a", before, Some(after))).unwrap();
    }
    let all = || journal.all(folder.path()).unwrap();
    let mut second = all().remove(1);
    let refused = undo(&journal, &mut second).unwrap_err();
    assert_eq!(refused.to_string(), "a was changed since `test` by step 3, `test`");
    let mut entries = all();
    journal.turn_all(&mut entries, Direction::Back).unwrap();
    assert!(!read::exists(&file));
    entries.reverse();
    journal.turn_all(&mut entries[..2], Direction::Forward).unwrap();
    assert_eq!(read::read(&file).unwrap(), b"2");
    // Nothing is touched if one of them cannot be undone.
    write::replace(&file, b"mine").unwrap();
    let mut entries = all().split_off(1);
    assert_eq!(journal.turn_all(&mut entries, Direction::Back).unwrap_err().to_string(), "a was changed since `test`");
    assert_eq!(read::read(&file).unwrap(), b"mine");
}
