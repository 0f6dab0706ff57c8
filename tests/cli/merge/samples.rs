//! Merges that people made in public repositories: what the driver makes of each, next to what they committed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cmpm::formats::Document;

use crate::support::TestRepo;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/merge");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

/// A version of the case and the ending of its files.
fn version(case: &Path, name: &str) -> Option<(String, String)> {
    let file =
        fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.file_stem().is_some_and(|stem| stem == name))?;
    file.is_file().then(|| (fs::read_to_string(&file).unwrap(), file.extension().unwrap().to_string_lossy().into_owned()))
}

#[test]
fn what_people_committed_or_at_least_nothing_lost() {
    let repo = TestRepo::new();
    let mut rows = String::new();
    for case in cases() {
        let Some((ours, ending)) = version(&case, "ours") else { continue };
        let [base, theirs, result] =
            ["base", "theirs", "result"].map(|name| version(&case, name).map_or_else(String::new, |(text, _)| text));
        for (name, text) in [("o", &base), ("a", &ours), ("b", &theirs)] {
            repo.write(name, text);
        }
        let answer = repo.cmpm(["merge-driver", "o", "a", "b", &format!("x.{ending}")]);
        let merged = repo.read("a");
        let outcome = match answer.exit {
            0 if merged == result => "as committed",
            0 => "nothing lost",
            1 => "conflict",
            _ => panic!("{answer}"),
        };
        let lost = lost([&base, &ours, &theirs], &merged);
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        rows.push_str(&format!(
            "{name}: {outcome}{}\n",
            if lost.is_empty() { String::new() } else { format!(", replaced: {}", lost.join(", ")) }
        ));
        if ending != "jsonl" {
            assert!(Document::parse(merged.into_bytes()).is_strict(), "{name}");
        }
    }
    insta::assert_snapshot!(rows, @r#"
    001-frontmatter-conflict: as committed, replaced: updated_date
    002-frontmatter-conflict: as committed, replaced: updated_date
    003-frontmatter-conflict: nothing lost, replaced: updated_date
    004-frontmatter-conflict: as committed, replaced: last_reviewed_on
    005-frontmatter-conflict: conflict
    006-frontmatter-conflict: conflict
    007-frontmatter-conflict: conflict
    008-frontmatter-conflict: conflict
    009-frontmatter-conflict: conflict
    010-addadd-conflict: conflict
    011-rename-modify: as committed
    012-frontmatter-clean: as committed
    013-frontmatter-clean: as committed
    014-body-conflict: nothing lost
    015-jsonl-conflict: nothing lost, replaced: {"id":"bd-1w6i"
    016-jsonl-clean: nothing lost
    "#);
}

/// The keys and beginnings of lines that are in a side, that neither removed, and that are not in the result.
fn lost([base, ours, theirs]: [&String; 3], merged: &str) -> Vec<String> {
    let lines = |text: &str| text.lines().map(|line| line.trim().replacen("- [x]", "- [ ]", 1)).collect::<BTreeSet<_>>();
    let (base, ours, theirs) = (lines(base), lines(ours), lines(theirs));
    let mut result = lines(merged);
    result.extend(merged.lines().filter_map(|line| line.trim_start().strip_prefix("# ").map(|line| line.trim().to_owned())));
    let kept = |line: &&String| !base.contains(*line) || (ours.contains(*line) && theirs.contains(*line));
    let gone = ours.union(&theirs).filter(|line| kept(line) && !result.contains(*line));
    gone.map(|line| line.split(&[':', ','][..]).take(if line.starts_with('{') { 2 } else { 1 }).collect::<Vec<_>>().join(":")).collect()
}

#[test]
fn two_tickets_of_one_id_are_found_and_one_gets_another() {
    for (case, id) in [("018-id-collision", "task-33"), ("019-id-collision", "task-300")] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/merge").join(case);
        let copy = |repo: &TestRepo, side: &str| {
            for entry in fs::read_dir(folder.join(side)).unwrap() {
                let file = entry.unwrap().path();
                repo.write(&format!("tasks/{}", file.file_name().unwrap().to_string_lossy()), &fs::read_to_string(&file).unwrap());
            }
        };
        let repo = super::project();
        super::diverge(&repo, |repo| copy(repo, "ours"), |repo| copy(repo, "theirs"));
        repo.git(["merge", "-q", "-m", "m", "side"]);
        let found = repo.json(["ticket", "merge-check"]);
        assert_eq!(found["findings"][0]["rule"], "id-collision", "{found}");
        repo.cmpm(["ticket", "merge-check", "--fix"]).success();
        let mut ids: Vec<String> = Vec::new();
        for entry in fs::read_dir(repo.path("tasks")).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
            ids.extend(Document::parse(fs::read(&entry).unwrap()).text("id"));
        }
        assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{ids:?}");
        assert_eq!(ids.len(), 2, "{ids:?}");
    }
}
