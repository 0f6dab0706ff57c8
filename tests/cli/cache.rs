//! Lists come from the cache where nothing changed, and never say anything that the files do not.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;

use super::support::{TestRepo, untested};

/// More than the cache needs to be worth its while.
const FILES: usize = 100;

fn repo() -> TestRepo {
    repo_of(FILES)
}

fn repo_of(files: usize) -> TestRepo {
    let repo = TestRepo::new();
    for number in 0..files {
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
    let whole = fs::read(&cache).unwrap();
    // What nobody but cmpm could have written: it shows that the files were not read.
    let body = replace(&whole[HEAD..], b"Ticket 42", b"Ticket XL");
    fs::write(&cache, [&whole[..HEAD - 8], &blake3::hash(&body).as_bytes()[..8], &body].concat()).unwrap();
    assert_eq!(list(&repo), truth.replace("Ticket 42\"", "Ticket XL\""));

    let damages: [(&str, Vec<u8>); 6] = [
        ("nothing", Vec::new()),
        ("a changed byte", replace(&whole, b"Ticket 42", b"Ticket 43")),
        ("half of it", whole[..whole.len() / 2].to_vec()),
        ("more than all of it", [whole.as_slice(), b"x"].concat()),
        ("of another program or version", [&[0; 32], &whole[32..]].concat()),
        ("no cache", vec![0xff; 5000]),
    ];
    for (what, bytes) in damages {
        fs::write(&cache, bytes).unwrap();
        assert_eq!(list(&repo), truth, "{what}");
        assert_eq!(fs::read(the_cache(&repo)).unwrap()[..32], whole[..32], "{what}: it was not written anew");
    }
}

/// Who wrote a cache, and the length and the checksum of what follows.
const HEAD: usize = 32 + 4 + 8;

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

/// How many files of tickets a command opens.
fn opens(repo: &TestRepo, args: &[&str]) -> usize {
    calls(repo, ("trace=open,openat", "tasks/issues/ISS-"), args)
}

/// How many calls of some kinds a command makes in which a text stands.
fn calls(repo: &TestRepo, (kinds, text): (&str, &str), args: &[&str]) -> usize {
    let log = repo.path(".git/opens");
    let mut command = repo.clean("strace");
    command.args(["-f", "-qq", "-e", kinds, "-o"]).arg(&log).arg(env!("CARGO_BIN_EXE_cmpm")).args(args);
    repo.answer(command).success();
    let is_call = |line: &&str| line.contains(text) && !line.contains(" resumed>");
    fs::read_to_string(log).unwrap().lines().filter(is_call).count()
}

/// How many calls about files a verb may make more for one ticket more. Names are listed, and caches read, many in one call.
const GROWTH: [(&[&str], f64); 11] = [
    (&["--version"], 0.0),
    (&["ticket", "comment", "ISS-0009", "two"], 0.01),
    (&["ticket", "update", "ISS-0009", "--priority", "high"], 0.01),
    (&["ticket", "claim", "ISS-0009"], 0.01),
    (&["ticket", "release", "ISS-0009"], 0.01),
    (&["hook", "run", "pre-commit"], 0.01),
    (&["ticket", "list"], 1.1),
    (&["ready"], 1.1),
    (&["ticket", "show", "ISS-0007"], 1.1),
    (&["ticket", "complete", "ISS-0007"], 1.1),
    (&["status"], 1.1),
];

#[test]
fn no_verb_does_more_for_each_ticket_than_it_may() {
    if Command::new("strace").arg("-V").output().is_err() {
        return untested("how the work of verbs grows", "strace is not here");
    }
    let (few, many) = (2 * FILES, 20 * FILES);
    let counts = [few, many].map(|files| {
        let repo = repo_of(files);
        list(&repo);
        repo.cmpm(["ticket", "comment", "ISS-0009", "one"]).success();
        GROWTH.map(|(args, _)| calls(&repo, ("trace=%file,%desc", ""), args) as f64)
    });
    for (at, (args, wanted)) in GROWTH.iter().enumerate() {
        let more = (counts[1][at] - counts[0][at]) / (many - few) as f64;
        assert!(more <= *wanted, "{args:?}: {more} more for each ticket, from {} to {}", counts[0][at], counts[1][at]);
    }
}

#[test]
fn a_memory_is_added_without_a_look_at_each_other_one() {
    if Command::new("strace").arg("-V").output().is_err() {
        return untested("how many files a verb looks at", "strace is not here");
    }
    let counts = [3 * FILES, 9 * FILES].map(|files| {
        let repo = TestRepo::new();
        for number in 0..files {
            let text =
                format!("---\nid: MEM-{number:04}\ncategory: pattern\ntitle: note {number}\n---\n\nThe links of page {number} break.\n");
            repo.write(&format!(".cmpm/memory/pattern/MEM-{number:04}.md"), &text);
        }
        repo.commit_all("memories");
        repo.cmpm(["memory", "search", "links"]).success();
        let looks = |args: &[&str]| calls(&repo, ("trace=%file", "MEM-"), args);
        let add = ["memory", "add", "Seldom is what three zebras say about seventeen lighthouses", "--category", "pattern"];
        (looks(&add), looks(&["memory", "show", "MEM-0007"]) > files)
    });
    // What seems alike is read, and that may be another few among more.
    assert!(counts.iter().all(|(looks, _)| *looks < FILES), "{counts:?}");
    assert!(counts.iter().all(|(_, all)| *all), "what replaces it may be in any file");
}

#[test]
fn a_verb_about_one_ticket_opens_as_many_files_among_many() {
    if Command::new("strace").arg("-V").output().is_err() {
        return untested("how many files a verb opens", "strace is not here");
    }
    let counts = [FILES, 10 * FILES].map(|files| {
        let repo = repo_of(files);
        list(&repo);
        repo.cmpm(["ticket", "comment", "ISS-0009", "one"]);
        [
            vec!["ticket", "show", "ISS-0007"],
            vec!["ticket", "complete", "ISS-0007"],
            vec!["ticket", "update", "ISS-0008", "--priority", "high"],
            vec!["ticket", "comment", "ISS-0009", "two"],
            vec!["ticket", "claim", "ISS-0009"],
            vec!["ticket", "release", "ISS-0009"],
            vec!["ticket", "show", "ISS-0009"],
        ]
        .map(|args| (opens(&repo, &args), args.join(" ")))
    });
    assert_eq!(counts[0], counts[1]);
    assert!(counts[0].iter().all(|(tickets, _)| (1..8).contains(tickets)), "{counts:?}");
}

#[test]
fn the_names_of_tickets_are_listed_again_only_when_one_came_or_went() {
    let repo = repo();
    fs::create_dir_all(repo.path("tasks/comments")).unwrap();
    repo.commit_all("so that some time goes by");
    repo.cmpm(["ticket", "comment", "ISS-0009", "one"]).success();
    let names = || caches(&repo).into_iter().find(|file| file.file_name().unwrap().to_str().unwrap().starts_with("names-")).unwrap();
    let listed = || fs::metadata(names()).unwrap().ino();
    let before = listed();
    repo.cmpm(["ticket", "comment", "ISS-0009", "two"]).success();
    repo.cmpm(["ticket", "claim", "iss-0009"]).success();
    assert_eq!(listed(), before);
    let twin = repo.read(&path(9));
    repo.write("tasks/epics/ISS-0009-twin.md", &twin);
    assert!(repo.cmpm(["ticket", "comment", "ISS-0009", "three"]).exits(2).stderr.contains("could be any of"));
    fs::remove_file(repo.path("tasks/epics/ISS-0009-twin.md")).unwrap();
    repo.cmpm(["ticket", "comment", "ISS-0009", "three"]).success();
    // Whatever it is called: a file can hold any id.
    repo.write("tasks/epics/notes.md", &twin);
    assert!(repo.cmpm(["ticket", "comment", "ISS-0009", "four"]).exits(2).stderr.contains("could be any of"));
    for number in 0..12 {
        repo.write(&format!("tasks/epics/note {number}.md"), &twin.replace("ISS-0009", &format!("N-{number}")));
    }
    assert!(repo.cmpm(["ticket", "comment", "ISS-0009", "four"]).exits(2).stderr.contains("could be any of"));
    fs::remove_file(repo.path("tasks/epics/notes.md")).unwrap();
    repo.cmpm(["ticket", "comment", "ISS-0009", "four"]).success();
}

#[test]
fn a_cache_that_cannot_be_kept_is_no_error() {
    let repo = repo();
    repo.write(".git/cmpm/cache", "a file is in the way");
    assert!(list(&repo).contains("ISS-0042"));
    assert_eq!(repo.status(), "");
}
