//! Many processes at once, and processes that are killed: nothing is lost, nothing is unfinished.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::TestRepo;

/// The files below a folder of the work tree, as git names them.
fn files(repo: &TestRepo, folder: &str) -> Vec<String> {
    repo.git(["ls-files", "--others", "--cached", "--", folder]).lines().map(str::to_owned).collect()
}

fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[track_caller]
fn succeeds(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn fifty_who_create_at_once_all_get_an_id_of_their_own_and_readers_see_whole_files() {
    let repo = TestRepo::new();
    let create = |number: u64| {
        let mut command = repo.command(["issue", "create", &format!("Number {number}"), "-d", &"some text ".repeat(200)]);
        // Half of them would choose the same id if nobody reserved it.
        command.env("CMPM_SEED", (5 + number % 2 * number * 64).to_string());
        spawn(command)
    };
    let mut children: Vec<Child> = (0..25).map(create).collect();
    let lists: Vec<Child> = (0..5).map(|_| spawn(repo.command(["--json", "issue", "list"]))).collect();
    children.extend((25..50).map(create));
    for list in lists {
        let document: Value = serde_json::from_str(&succeeds(list)).unwrap();
        assert_eq!(document["findings"], Value::Array(Vec::new()), "a reader saw half a file");
    }
    children.into_iter().for_each(|child| drop(succeeds(child)));
    let list = repo.json(["issue", "list"]);
    let column = |key: &str| -> BTreeSet<String> {
        list["data"]["tickets"].as_array().unwrap().iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(column("id").len(), 50);
    assert_eq!(column("title"), (0..50).map(|number| format!("Number {number}")).collect());
    assert_eq!(files(&repo, "tasks").len(), 50);
}

#[test]
fn twenty_who_change_one_ticket_at_once_all_find_their_change_in_it() {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "Contended"]).success();
    let mut changes: Vec<[String; 2]> = [
        ("--priority", "critical"),
        ("--assignee", "ana"),
        ("--agent", "qa"),
        ("--due", "2026-12-24"),
        ("--status", "review"),
        ("--title", "Still whole"),
    ]
    .map(|(flag, value)| [flag.to_owned(), value.to_owned()])
    .to_vec();
    changes.extend((0..14).map(|number| ["--label".to_owned(), format!("label-{number:02}")]));
    let update = |[flag, value]: &[String; 2]| spawn(repo.command(["issue", "update", "ISS-00000001", flag.as_str(), value.as_str()]));
    let children: Vec<Child> = changes.iter().map(update).collect();
    children.into_iter().for_each(|child| drop(succeeds(child)));
    let shown = repo.json(["issue", "show", "ISS-0"])["data"].clone();
    for [flag, value] in changes.iter().filter(|[flag, _]| flag != "--label") {
        assert_eq!(shown[flag.trim_start_matches("--")], value.as_str());
    }
    let labels: BTreeSet<_> = shown["labels"].as_array().unwrap().iter().map(|label| label.as_str().unwrap().to_owned()).collect();
    assert_eq!(labels, (0..14).map(|number| format!("label-{number:02}")).collect());
    assert_eq!(files(&repo, "tasks"), ["tasks/issues/ISS-00000001-contended.md"]);
}

#[test]
fn of_many_who_complete_one_ticket_exactly_one_does() {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "Once"]).success();
    let complete = |number: u32| spawn(repo.command(["issue", "complete", "ISS-00000001", "-m", &format!("by {number}")]));
    let children: Vec<Child> = (0..8).map(complete).collect();
    let exits: Vec<_> = children.into_iter().map(|mut child| child.wait().unwrap().code().unwrap()).collect();
    assert_eq!((exits.iter().filter(|exit| **exit == 0).count(), exits.iter().filter(|exit| **exit == 2).count()), (1, 7), "{exits:?}");
    assert_eq!(files(&repo, "tasks/comments").len(), 1);
}

/// Pseudo-random numbers, the same in every run (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// The name of the newest entry of the journal, if there is one.
fn newest_entry(repo: &TestRepo) -> Option<std::ffi::OsString> {
    fs::read_dir(repo.path(".git/cmpm/journal")).ok()?.filter_map(|entry| Some(entry.ok()?.file_name())).max()
}

#[test]
fn killed_writers_leave_whole_files_and_no_half_of_a_pair() {
    const TICKETS: usize = 20;
    let repo = TestRepo::new();
    let ids: Vec<String> = (0..TICKETS)
        .map(|number| repo.json(["issue", "create", &format!("Ticket {number}")])["data"]["id"].as_str().unwrap().to_owned())
        .collect();
    let started = Instant::now();
    repo.cmpm(["issue", "comment", &ids[0], "how long one takes"]).success();
    let mut window = u64::try_from(started.elapsed().as_micros()).unwrap();
    let (mut dice, mut killed) = (Dice(0x2545_f491_4f6c_dd1d), 0);
    for (round, id) in ids.iter().cycle().take(3 * TICKETS).enumerate() {
        let command = match round % 3 {
            0 => repo.command(["issue", "complete", id, "-m", "both or neither"]),
            1 => repo.command(["issue", "update", id, "--label", &format!("round-{round}")]),
            _ => repo.command(["task", "create", &format!("Round {round}"), "-d", &"whole ".repeat(500)]),
        };
        let before = newest_entry(&repo);
        let mut child = spawn(command);
        // Half of the pairs die from the moment on when the journal knows of them.
        while round % 6 == 0 && newest_entry(&repo) == before && child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_micros(50));
        }
        thread::sleep(Duration::from_micros(dice.below(if round % 6 == 0 { 3000 } else { window })));
        child.kill().unwrap();
        let in_time = child.wait().unwrap().code().is_none();
        killed += usize::from(in_time);
        // As late as possible: who is killed before it writes anything shows nothing. How long one takes depends on the machine.
        window = if in_time { window * 5 / 4 } else { (window * 3 / 4).max(100) };
    }
    assert!((6..3 * TICKETS).contains(&killed), "{killed} were killed in time");

    // The next writer finishes what was started and sweeps.
    repo.cmpm(["epic", "create", "Afterwards"]).success();
    let list = repo.json(["ticket", "list", "--all"]);
    assert_eq!(list["findings"], Value::Array(Vec::new()));
    for row in list["data"]["tickets"].as_array().unwrap() {
        let text = repo.read(row["path"].as_str().unwrap());
        for part in
            ["---\nid: ", "\nkind: ", "\ntitle: ", "\nstatus: ", "\npriority: ", "\ncreated: ", "\nauthor: ", "\n---\n\n## Description\n"]
        {
            assert!(text.contains(part), "{text}");
        }
        let comments = files(&repo, &format!("tasks/comments/{}", row["id"].as_str().unwrap()));
        let reasons = comments.iter().filter(|path| repo.read(path).ends_with("\n---\n\nboth or neither\n")).count();
        assert_eq!(reasons, usize::from(row["status"] == "done"), "{text}{comments:?}");
    }
    assert!(files(&repo, "tasks").iter().all(|path| path.ends_with(".md")), "{:?}", files(&repo, "tasks"));
    assert_eq!(fs::read_dir(repo.path(".git/cmpm/tmp")).unwrap().count(), 0, "what was staged is swept");
}

#[test]
fn what_an_older_version_left_beside_a_ticket_is_no_ticket() {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "Real"]).success();
    repo.write("tasks/issues/.cmpm-a1b2c3.tmp", "---\nid: ISS-9\n");
    repo.write("tasks/issues/.cmpm-a1b2c3.md", "---\nid: ISS-9\n");
    let list = repo.json(["ticket", "list"]);
    assert_eq!((list["data"]["tickets"].as_array().unwrap().len(), &list["findings"]), (1, &Value::Array(Vec::new())));
}
