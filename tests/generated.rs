//! Schemas and reference pages are made from the code; what is committed must be what the program writes.
//!
//! `CMPM_GENERATE=1 cargo test --test generated` writes them again.
#![expect(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may fail, and looks at files with its own eyes")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn generate(root: &Path) {
    let status = Command::new(env!("CARGO_BIN_EXE_cmpm")).args(["internal", "generate"]).arg(root).status().unwrap();
    assert!(status.success());
}

/// The schemas and the pages that are made, by name.
fn files(project: &Path) -> BTreeMap<String, String> {
    let folder = project.join("schemas");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let schemas = entries.map(|entry| entry.unwrap().path());
    let named = |path: PathBuf| Some((path.file_name()?.to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()));
    schemas.chain(["docs/commands.md", "docs/protected.md"].map(|page| project.join(page))).filter_map(named).collect()
}

#[test]
fn generated_files_are_up_to_date() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("CMPM_GENERATE").is_some() {
        generate(project);
    }
    let fresh = tempfile::tempdir().unwrap();
    generate(fresh.path());
    let (ours, wanted) = (files(project), files(fresh.path()));
    let names: BTreeSet<&String> = ours.keys().chain(wanted.keys()).collect();
    let stale: Vec<&String> = names.into_iter().filter(|name| ours.get(*name) != wanted.get(*name)).collect();
    assert!(stale.is_empty(), "not up to date: {stale:?}; run `CMPM_GENERATE=1 cargo test --test generated`");
    let page = wanted.get("commands.md").unwrap();
    assert!(page.len() <= 90_000, "who reads more than that?");
}

#[test]
fn the_readme_names_the_oldest_rust() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains(concat!("With Rust (", env!("CARGO_PKG_RUST_VERSION"), " or newer)")));
}
