//! Commands that write many files: two at once, interrupted in the middle, and undone.

use std::fs::{self, File};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::doctor::everything;
use crate::support::TestRepo;

const NEWEST: &str = ".git/cmpm/journal/00000001";

fn project(tickets: usize) -> TestRepo {
    let repo = TestRepo::new();
    let line =
        |number: usize| json!({"id": format!("bd-{number}"), "title": "T", "status": "open", "issue_type": "feature", "priority": 1});
    repo.write("../big.jsonl", &(0..tickets).map(|number| format!("{}\n", line(number))).collect::<String>());
    repo.write("../plan.yaml", "name: plan\ntickets:\n  - {ref: a, kind: task, title: One}\n  - {ref: b, kind: task, title: Two}\n");
    repo
}

fn count(repo: &TestRepo) -> usize {
    repo.json(["ticket", "list", "--all"])["data"]["tickets"].as_array().unwrap().len()
}

/// Makes a finished operation one that was interrupted: its steps from `done` on did not happen.
fn cut_off(repo: &TestRepo, done: usize) -> Vec<Value> {
    let folder = repo.path(NEWEST);
    let mut entry: Value = serde_json::from_slice(&fs::read(folder.join("entry.json")).unwrap()).unwrap();
    let steps = entry["steps"].as_array().unwrap().clone();
    assert!(steps.len() > done, "{entry}");
    for (index, step) in steps.iter().enumerate().skip(done) {
        let file = repo.path(step["path"].as_str().unwrap());
        if step["existed"] == true {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::copy(folder.join(format!("{index}.before")), file).unwrap();
        } else {
            fs::remove_file(file).unwrap();
        }
    }
    entry["state"] = "begun".into();
    fs::write(folder.join("entry.json"), entry.to_string()).unwrap();
    steps
}

#[test]
fn what_is_done_twice_at_once_is_there_once() {
    for (arguments, tickets) in [(["ticket", "import", "../big.jsonl"], 50), (["ticket", "apply", "../plan.yaml"], 2)] {
        let repo = project(50);
        fs::create_dir_all(repo.path(".git/cmpm/locks")).unwrap();
        let lock = File::create(repo.path(".git/cmpm/locks/store")).unwrap();
        lock.lock().unwrap();
        let start = || repo.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut both = [start(), start()];
        // Time to read and plan, if they would do that before it is their turn.
        std::thread::sleep(Duration::from_millis(500));
        drop(lock);
        assert!(both.iter_mut().all(|child| child.wait().unwrap().success()));
        assert_eq!(count(&repo), tickets, "{arguments:?}");
    }
}

#[test]
fn an_import_that_was_cut_off_is_finished_before_it_is_repeated() {
    let repo = project(50);
    repo.cmpm(["ticket", "import", "../big.jsonl"]).success();
    cut_off(&repo, 20);
    let again = repo.cmpm(["ticket", "import", "../big.jsonl"]).success();
    assert!(again.stdout.contains("50 here already"), "{again}");
    assert!(again.stderr.contains("`ticket import` was interrupted while writing 50 files: it is now finished"), "{again}");
    assert_eq!(count(&repo), 50);
}

fn foreign() -> TestRepo {
    let repo = TestRepo::new();
    for number in 1..5 {
        let page = format!("---\nissue_id: ISS-000{number}\ntitle: Title {number}\nstatus: planning\n---\n\n# Title {number}\n");
        repo.write(&format!("tasks/issues/ISS-000{number}-title.md"), &page);
    }
    repo.write("tasks/prs/weird.md", "---\npr_id: PR-0001\ntitle: Old title\nstatus: open\n---\n\n# Old title\n");
    repo.commit_all("old");
    repo
}

fn tasks(repo: &TestRepo) -> Vec<(String, String)> {
    let files = repo.git(["ls-files", "-co", "--exclude-standard", "tasks"]);
    files.lines().filter(|file| repo.exists(file)).map(|file| (file.to_owned(), repo.read(file))).collect()
}

#[test]
fn the_only_file_of_a_folder_gets_a_new_name_in_it() {
    for options in [&["ticket", "migrate"][..], &["ticket", "migrate", "--new-ids"]] {
        let repo = foreign();
        let before = tasks(&repo);
        repo.cmpm(options).success();
        assert!(!repo.exists("tasks/prs/weird.md"), "{options:?}");
        assert_eq!(tasks(&repo).len(), before.len());
        repo.cmpm(["undo"]).success();
        assert_eq!(tasks(&repo), before);
    }
}

#[test]
fn half_a_migration_is_taken_back() {
    let repo = foreign();
    let before = tasks(&repo);
    repo.cmpm(["ticket", "migrate", "--new-ids"]).success();
    cut_off(&repo, 3);
    let undone = repo.cmpm(["undo"]).success();
    assert!(undone.stdout.contains("Undid `ticket migrate --new-ids`"), "{undone}");
    assert_eq!(tasks(&repo), before);
    repo.cmpm(["issue", "create", "Zed"]).success();
    assert_eq!(tasks(&repo).len(), before.len() + 1);
}

#[test]
fn half_a_migration_whose_files_were_edited_is_set_aside_whole() {
    let repo = foreign();
    let before = tasks(&repo).len();
    repo.cmpm(["ticket", "migrate", "--new-ids"]).success();
    cut_off(&repo, 0);
    repo.git(["clean", "-qfd", "tasks"]);
    repo.git(["checkout", "-q", "--", "tasks"]);
    let edited = ["tasks/issues/ISS-0001-title.md", "tasks/issues/ISS-0003-title.md"];
    edited.iter().for_each(|file| repo.write(file, &format!("{}Edited.\n", repo.read(file))));
    let created = repo.cmpm(["issue", "create", "Zed"]).success();
    assert!(created.stderr.contains("`ticket migrate` was interrupted") && created.stderr.contains("it is set aside"), "{created}");
    assert_eq!(tasks(&repo).len(), before + 1, "nothing was done by halves");
    assert!(edited.iter().all(|file| repo.read(file).ends_with("Edited.\n")));
    assert_eq!(repo.cmpm(["issue", "create", "Zoe"]).success().stderr, "");

    let state = everything(repo.root());
    let told = repo.cmpm(["doctor", "--json"]).exits(1);
    let wanted = "`ticket migrate` was interrupted and set aside (tasks/issues/ISS-0001-title.md and 1 more were changed since)";
    assert!(told.stdout.contains(wanted) && told.stdout.contains(NEWEST), "{told}");
    assert!(everything(repo.root()) == state);
    repo.cmpm(["undo"]).success();
    repo.cmpm(["undo"]).success();
    let refused = repo.cmpm(["undo"]).exits(4);
    assert!(refused.stderr.contains("ISS-0001-title.md was changed since `ticket migrate --new-ids`"), "{refused}");
    fs::rename(repo.path(NEWEST), repo.around().join("looked-at")).unwrap();
    assert!(!repo.cmpm(["doctor", "--json"]).stdout.contains("set aside"));
}

#[test]
fn doctor_sets_aside_what_cannot_be_finished() {
    let repo = foreign();
    repo.cmpm(["ticket", "migrate", "--new-ids"]).success();
    let steps = cut_off(&repo, 2);
    let file = steps.iter().find(|step| step["existed"] == true).unwrap()["path"].as_str().unwrap().to_owned();
    repo.write(&file, "mine\n");
    let fixed = repo.cmpm(["doctor", "--fix"]).exits(1);
    assert!(fixed.stdout.contains("set `ticket migrate` aside as a whole"), "{fixed}");
    assert_eq!(repo.read(&file), "mine\n");
}
