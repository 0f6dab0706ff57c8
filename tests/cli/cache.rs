//! Lists come from the cache where nothing changed, and never say anything that the files do not.

use std::fs;
use std::path::PathBuf;

use super::support::TestRepo;

/// More than the cache needs to be worth its while.
const FILES: usize = 100;

fn repo() -> TestRepo {
    let repo = TestRepo::new();
    for number in 0..FILES {
        repo.write(&path(number), &ticket(number, "planning"));
    }
    repo.write("tasks/issues/broken.md", "---\ntitle: [\n---\n");
    repo.commit_all("tickets");
    repo
}

fn path(number: usize) -> String {
    format!("tasks/issues/ISS-{number:04}.md")
}

fn ticket(number: usize, status: &str) -> String {
    format!("---\nid: ISS-{number:04}\ntitle: Ticket {number}\nstatus: {status}\n---\n")
}

fn list(repo: &TestRepo) -> String {
    repo.cmpm(["ticket", "list", "--all", "--json"]).to_string()
}

fn caches(repo: &TestRepo) -> Vec<PathBuf> {
    let folder = repo.path(".git/cmpm/cache");
    fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

fn the_cache(repo: &TestRepo) -> PathBuf {
    let caches = caches(repo);
    assert_eq!(caches.len(), 1, "{caches:?}");
    caches[0].clone()
}

/// Lists twice, so that the second answer comes from the cache, and once without it.
#[track_caller]
fn assert_true(repo: &TestRepo, what: &str) {
    let answers = [list(repo), list(repo)];
    for cache in caches(repo) {
        fs::remove_file(cache).unwrap();
    }
    let truth = list(repo);
    assert_eq!(answers[0], truth, "{what}");
    assert_eq!(answers[1], truth, "{what}, the second time");
}

#[test]
fn every_change_is_seen() {
    let repo = repo();
    assert_true(&repo, "at first");
    let changes: [(&str, &dyn Fn()); 9] = [
        ("an edit", &|| repo.write(&path(1), &ticket(1, "active"))),
        ("an edit of the same size", &|| repo.write(&path(2), &ticket(2, "finished").replace("finished", "resolved"))),
        ("an edit whose time was put back", &|| {
            let before = fs::metadata(repo.path(&path(3))).unwrap().modified().unwrap();
            repo.write(&path(3), &ticket(3, "resolved"));
            fs::File::options().write(true).open(repo.path(&path(3))).unwrap().set_modified(before).unwrap();
        }),
        ("a new file", &|| repo.write(&path(777), &ticket(777, "pending"))),
        ("a removed file", &|| fs::remove_file(repo.path(&path(4))).unwrap()),
        ("a renamed file", &|| fs::rename(repo.path(&path(5)), repo.path("tasks/issues/ISS-0005-other.md")).unwrap()),
        ("two files that change places", &|| {
            fs::rename(repo.path(&path(6)), repo.path("six")).unwrap();
            fs::rename(repo.path(&path(7)), repo.path(&path(6))).unwrap();
            fs::rename(repo.path("six"), repo.path(&path(7))).unwrap();
        }),
        ("another commit", &|| drop(repo.git(["checkout", "-q", "-f", "HEAD^{}", "--", "tasks"]))),
        ("other settings", &|| repo.write(".cmpm/config.yaml", "statuses:\n  pending: active\n")),
    ];
    for (what, change) in changes {
        list(&repo);
        change();
        assert_true(&repo, what);
    }
    assert!(list(&repo).contains("\"category\":\"active\""), "the settings count");
}

#[test]
fn a_second_look_reads_the_cache_and_a_damaged_one_is_not_believed() {
    let repo = repo();
    let truth = list(&repo);
    let cache = the_cache(&repo);
    let whole = fs::read_to_string(&cache).unwrap();
    let (head, body) = whole.split_once('\n').unwrap();
    // What nobody but cmpm could have written: it shows that the files were not read.
    let told = body.replace("Ticket 42\"", "Ticket forty-two\"");
    let header = head.split_once(' ').unwrap().0;
    fs::write(&cache, format!("{header} {}\n{told}", blake3::hash(told.as_bytes()))).unwrap();
    assert_eq!(list(&repo), truth.replace("Ticket 42\"", "Ticket forty-two\""));

    let damages: [(&str, Vec<u8>); 5] = [
        ("nothing", Vec::new()),
        ("a changed byte", whole.replace("Ticket 42\"", "Ticket 43\"").into_bytes()),
        ("half of it", whole.as_bytes()[..whole.len() / 2].to_vec()),
        ("of another program", whole.replace(header, &"0".repeat(64)).into_bytes()),
        ("no text", vec![0xff; 5000]),
    ];
    for (what, bytes) in damages {
        fs::write(&cache, bytes).unwrap();
        assert_eq!(list(&repo), truth, "{what}");
        assert_eq!(fs::read_to_string(the_cache(&repo)).unwrap().lines().next(), Some(head), "{what}: it was not written anew");
    }
}

#[test]
fn a_cache_that_cannot_be_kept_is_no_error() {
    let repo = repo();
    repo.write(".git/cmpm/cache", "a file is in the way");
    assert!(list(&repo).contains("ISS-0042"));
    assert_eq!(repo.status(), "");
}
