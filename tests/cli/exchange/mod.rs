//! Tickets in and out: what is imported from other trackers, exported for them, and applied from plans.

mod agree;
mod apply;
mod export;
mod formats;
mod histories;
mod hostile;
mod import_broken;
mod import_commit;
mod kept;
mod linear;
mod log;
mod promises;
mod renew;

use std::path::Path;

use serde_json::Value;

use crate::support::TestRepo;

/// A file of another project, next to the repository; its path.
fn outside(repo: &TestRepo, name: &str, text: &str) -> String {
    let file = repo.around().join("there").join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// A copy of a fixture next to the repository; its path.
fn fixture(repo: &TestRepo, name: &str) -> String {
    let to = repo.around().join("there").join(name);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/exchange").join(name), &to);
    to.display().to_string()
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
        return;
    }
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// How many were imported, updated, here already, changed on both sides, left out.
fn counts(answer: &Value) -> (usize, usize, u64, usize, u64) {
    assert_eq!(answer["ok"], true, "{answer}");
    let data = &answer["data"];
    let list = |key: &str| data[key].as_array().unwrap().len();
    (list("imported"), list("updated"), data["unchanged"].as_u64().unwrap(), list("clashes"), data["left_out"].as_u64().unwrap())
}

/// Every ticket as it is exported.
fn exported(repo: &TestRepo) -> Vec<Value> {
    let text = repo.cmpm(["ticket", "export"]).success().stdout;
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The ticket with this alias.
fn by_alias(tickets: &[Value], alias: &str) -> Value {
    let has = |ticket: &&Value| ticket["aliases"].as_array().is_some_and(|aliases| aliases.iter().any(|own| own == alias));
    tickets.iter().find(has).unwrap_or_else(|| panic!("no {alias}")).clone()
}

fn rules(answer: &Value) -> Vec<String> {
    answer["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}
