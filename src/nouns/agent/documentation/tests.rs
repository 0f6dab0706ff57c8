//! The work on real files in a temporary folder.

use tempfile::TempDir;

use super::*;
use crate::git::testing;

fn project(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        testing::write(&root.path().join(path), text.as_bytes());
    }
    root
}

fn text(root: &TempDir, path: &str) -> String {
    read::find_text(&root.path().join(path)).unwrap().unwrap()
}

#[test]
fn what_has_one_right_target_is_fixed_and_the_rest_is_told() {
    let page = "\u{feff}---\r\ntitle: x\r\n---\r\n# A\r\n\r\n[s](start.md#First_Steps \"t\") ![i](<my logo.png>)\r\n[r] [gone](gone.md)\r\n\r\n[r]: ../docs/Guide/start.md\r\n";
    let root = project(&[
        ("docs/a.md", page),
        ("docs/guide/start.md", "# First steps\n\n[here](#first-step) [ok](../a.md#a)\n"),
        ("img/my logo.png", ""),
        ("notes.txt", ""),
    ]);
    let report = work(root.path(), &[]).unwrap();
    let fixed: Vec<_> = report.repaired.iter().map(|link| format!("{}:{} {} {}", link.path, link.line, link.from, link.to)).collect();
    assert_eq!(
        fixed,
        [
            "docs/a.md:6 start.md#First_Steps guide/start.md#first-steps",
            "docs/a.md:6 <my logo.png> <../img/my logo.png>",
            "docs/a.md:9 ../docs/Guide/start.md guide/start.md",
        ]
    );
    let left: Vec<_> = report.left.iter().map(|link| format!("{}:{} {}", link.path, link.line, link.target)).collect();
    assert_eq!(left, ["docs/a.md:7 gone.md", "docs/guide/start.md:3 #first-step"]);
    let expected = page
        .replace("start.md#First_Steps", "guide/start.md#first-steps")
        .replace("<my logo.png>", "<../img/my logo.png>")
        .replace("../docs/Guide/start.md", "guide/start.md");
    assert_eq!(text(&root, "docs/a.md"), expected);
    assert_eq!(work(root.path(), &[]).unwrap().repaired, []);
}

#[test]
fn only_files_of_the_ticket_and_the_role_are_written() {
    let broken = "[a](moved.md)\n";
    let files = ["docs/a.md", "other/a.md", "tasks/issues/ISS-1.md", "CLAUDE.md", ".cmpm/a.md"];
    let mut all: Vec<(&str, &str)> = files.iter().map(|path| (*path, broken)).collect();
    all.push(("docs/deep/moved.md", ""));
    let root = project(&all);
    let report = work(root.path(), &["docs/**".into(), String::new()]).unwrap();
    assert_eq!((report.repaired.len(), report.elsewhere), (1, 3));
    assert_eq!(text(&root, "docs/a.md"), "[a](deep/moved.md)\n");
    let report = work(root.path(), &[]).unwrap();
    assert_eq!(report.repaired.len(), 1);
    assert_eq!(text(&root, "other/a.md"), "[a](../docs/deep/moved.md)\n");
    assert!(files[2..].iter().all(|path| text(&root, path) == broken));
}

#[test]
fn hidden_files_other_repositories_and_builds_can_be_linked_to() {
    let page = "[a](.github/ci.yml) [b](vendor/lib/README.md) [c](target/doc/index.html) [d](empty/x.md) [e](docs/.vitepress/config.ts)\n";
    let root = project(&[
        ("README.md", page),
        (".github/ci.yml", ""),
        ("vendor/lib/.git", "gitdir: elsewhere"),
        ("target/x", ""),
        ("docs/.vitepress/config.ts", ""),
        (".worktrees/w/README.md", "[x](gone.md)"),
    ]);
    write::create_folder(&root.path().join("empty")).unwrap();
    let report = work(root.path(), &[]).unwrap();
    assert_eq!(report, DocumentationReport { pages: 1, ..DocumentationReport::default() });
    assert_eq!(report.to_string(), "Looked at the links of 1 Markdown file; nothing was changed.\n");
}

#[test]
fn the_claim_names_every_place() {
    let root = project(&[("a.md", "[b](B.md) [c](`c`.md) [d](d.md)\n"), ("b.md", "[x](gone.md)\n")]);
    let claim = work(root.path(), &["a.md".into()]).unwrap().to_string();
    let expected = "Looked at the links of 2 Markdown files; fixed 1 link in 1 file.\n\n## Fixed\n\n- a.md:1: `B.md` → `b.md`\n\n\
                    ## Left unchanged\n\n- a.md:1: `'c'.md`: there is no such file, and no single similar one\n- a.md:1: `d.md`: there is no such file, and no single similar one\n\n\
                    Files outside of this ticket have 1 more broken link; they were not touched.\n";
    assert_eq!(claim, expected);
}

#[test]
fn a_file_that_is_not_text_is_left() {
    let root = project(&[("b/c.md", "")]);
    testing::write(&root.path().join("a.md"), b"\xff [c](c.md)\n");
    let report = work(root.path(), &[]).unwrap();
    assert_eq!((report.repaired.len(), report.left.len()), (0, 1));
    assert!(report.left[0].problem.contains("UTF-8"));
    assert_eq!(read::read(&root.path().join("a.md")).unwrap(), b"\xff [c](c.md)\n");
}
