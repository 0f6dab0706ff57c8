//! cmpm's line next to every hook manager, in every kind of work tree, through real git: a secret is refused, what is clean
//! passes, the manager's own hook still runs, and afterwards every byte is as it was. A manager that is not on this machine
//! is named on standard error; `.ci/run` brings them.

mod kinds;
mod places;

use std::fs;

use crate::support::{TestRepo, untested_without};
use kinds::{Manager, find};
use places::{PLACES, Place};

/// A token that looks real, put together here so that no file holds one.
fn token() -> String {
    ["gh", "p_", "kT7qZ2mB9xR4vC8nL3jH6wF5sD1gPyQaEuWi"].concat()
}

/// The block of `docs/hooks.md` that begins by naming this file.
fn documented(file: &str) -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/hooks.md")).unwrap();
    let blocks = page.split("\n```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
    let mut named = blocks.filter(|(_, text)| text.lines().next().is_some_and(|line| line.ends_with(&format!(" {file}"))));
    named.next().map(|(_, text)| format!("{text}\n")).unwrap_or_else(|| panic!("docs/hooks.md has no {file}"))
}

/// A secret is refused and a clean file passes, each with the manager's own hook run.
fn guards(place: &Place, name: &str) {
    place.write("clean.txt", "clean\n");
    place.git(&["add", "clean.txt"]).success();
    let before = place.own_runs();
    place.git(&["commit", "-qm", "clean"]).success();
    assert_eq!(place.own_runs(), before + 1, "{name}: its own hook runs, once");
    let head = place.head();
    place.write("secret.env", &format!("TOKEN={}\n", token()));
    place.git(&["add", "secret.env"]).success();
    let answer = place.git(&["commit", "-qm", "secret"]);
    assert!(answer.exit != 0 && place.head() == head, "{name}: {answer}");
    let said = format!("{}{}", answer.stdout, answer.stderr);
    assert!(said.contains("secret.env:1: GitHub personal access token") && !said.contains(&token()), "{name}: {answer}");
    place.git(&["reset", "-q"]).success();
    fs::remove_file(place.root.join("secret.env")).unwrap();
}

/// The same secret passes once cmpm is gone; the manager's own hook goes on.
fn guards_no_more(place: &Place, name: &str) {
    let before = place.own_runs();
    place.write("secret.env", &format!("TOKEN={}\n", token()));
    place.git(&["add", "secret.env"]).success();
    place.git(&["commit", "-qm", "secret"]).success();
    assert_eq!(place.own_runs(), before + 1, "{name}: its own hook is still there");
}

fn lives_with(manager: &Manager) {
    if !manager.is_here() {
        return untested_without(manager.name, "how cmpm lives with it");
    }
    for kind in PLACES {
        let name = format!("{} in {kind:?}", manager.name);
        let place = Place::new(kind);
        (manager.set_up)(&place);
        let before = place.snapshot();
        let installed = place.cmpm(&["hook", "install"]).success();
        if let Some(settings) = manager.settings {
            assert!(installed.stdout.contains(&format!("add to {settings}: ")), "{name}: {installed}");
            assert_eq!(place.snapshot().get(".git/hooks/pre-commit"), before.get(".git/hooks/pre-commit"), "{name}: left alone");
            (manager.add)(&place, &documented(settings));
        }
        let row = &place.json(&["hook", "status"])["data"]["hooks"];
        let root = place.root.to_str().unwrap();
        let here = row.as_array().unwrap().iter().find(|row| row["hook"] == "pre-commit" && row["worktree"] == root).unwrap();
        assert_eq!(here["state"], "installed", "{name}: {here}");
        guards(&place, &name);
        place.cmpm(&["hook", "uninstall"]).success();
        if manager.settings.is_some() {
            (manager.take_away)(&place);
        }
        let after = place.snapshot();
        let changed: Vec<&String> = before.keys().chain(after.keys()).filter(|file| before.get(*file) != after.get(*file)).collect();
        assert_eq!(changed, Vec::<&String>::new(), "{name}: every byte is as it was");
        guards_no_more(&place, &name);
    }
}

#[test]
fn plain_hooks() {
    lives_with(find("plain"));
}

#[test]
fn husky() {
    lives_with(find("husky"));
}

#[test]
fn pre_commit() {
    lives_with(find("pre-commit"));
}

#[test]
fn prek() {
    lives_with(find("prek"));
}

#[test]
fn lefthook() {
    lives_with(find("lefthook"));
}

#[test]
fn hk() {
    lives_with(find("hk"));
}

/// `.pre-commit-hooks.yaml`, taken from a repository as pre-commit and prek take it.
#[test]
fn cmpm_is_a_hook_of_pre_commit_and_prek() {
    for name in ["pre-commit", "prek"] {
        if !find(name).is_here() {
            untested_without(name, ".pre-commit-hooks.yaml");
            continue;
        }
        let place = Place::new(PLACES[0]);
        let source = TestRepo::new();
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml");
        source.write(".pre-commit-hooks.yaml", &fs::read_to_string(manifest).unwrap());
        source.commit_all("hooks");
        let settings = documented(".pre-commit-config.yaml");
        let settings = settings.replace(env!("CARGO_PKG_REPOSITORY"), source.root().to_str().unwrap());
        let settings = settings.replace(&format!("v{}", env!("CARGO_PKG_VERSION")), &source.git(["rev-parse", "HEAD"]));
        place.write(".pre-commit-config.yaml", &settings);
        place.git(&["add", "-A"]).success();
        place.git(&["commit", "-qm", "settings"]).success();
        place.run(name, &["install", "--hook-type", "pre-commit", "--hook-type", "commit-msg"]).success();
        refuses(&place, name);
    }
}

#[test]
fn the_line_for_husky_in_the_manual_works() {
    let husky = find("husky");
    if !husky.is_here() {
        return untested_without("husky", "its line in the manual");
    }
    let place = Place::new(PLACES[0]);
    (husky.set_up)(&place);
    place.write(".husky/pre-commit", &documented(".husky/pre-commit"));
    refuses_secret(&place, "husky");
}

fn refuses(place: &Place, name: &str) {
    refuses_secret(place, name);
    let answer = place.git(&["commit", "--allow-empty", "-qm", "Closes ISS-99999999"]);
    let said = format!("{}{}", answer.stdout, answer.stderr);
    assert!(answer.exit != 0 && said.contains("there is no ticket `ISS-99999999`"), "{name}: {answer}");
}

fn refuses_secret(place: &Place, name: &str) {
    place.write("secret.env", &format!("TOKEN={}\n", token()));
    place.git(&["add", "secret.env"]).success();
    let answer = place.git(&["commit", "-qm", "secret"]);
    let said = format!("{}{}", answer.stdout, answer.stderr);
    assert!(answer.exit != 0 && said.contains("secret.env:1: GitHub personal access token"), "{name}: {answer}");
    place.git(&["rm", "-qf", "--cached", "secret.env"]).success();
    place.git(&["commit", "--allow-empty", "-qm", "Refs ISS-0000000h"]).success();
}
