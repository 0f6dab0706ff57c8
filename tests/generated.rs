//! Schemas and reference pages are made from the code; what is committed must be what the program writes.
//!
//! `CMPM_GENERATE=1 cargo test --test generated` writes them anew.
#![expect(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may fail, and looks at files with its own eyes")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

fn generate(root: &Path) {
    let status = Command::new(env!("CARGO_BIN_EXE_cmpm")).args(["internal", "generate"]).arg(root).status().unwrap();
    assert!(status.success());
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn generated_files_are_up_to_date() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("CMPM_GENERATE").is_some() {
        generate(project);
    }
    let fresh = tempfile::tempdir().unwrap();
    generate(fresh.path());
    let hint = "run `CMPM_GENERATE=1 cargo test --test generated`";
    assert_eq!(files(&project.join("schemas")), files(&fresh.path().join("schemas")), "{hint}");
    let page = |root: &Path| fs::read_to_string(root.join("docs/commands.md")).unwrap_or_default();
    assert_eq!(page(project), page(fresh.path()), "{hint}");
    assert!(page(project).len() <= 60_000, "who reads more than that?");
}

#[test]
fn the_readme_names_the_oldest_rust() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains(concat!("With Rust (", env!("CARGO_PKG_RUST_VERSION"), " or newer)")));
}
