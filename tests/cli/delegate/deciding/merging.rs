//! The merge that `approve` makes: cmpm's driver takes part in it, and what would drop a record does not land.

use super::super::{Case, Project};

const RECORD: &str = "tasks/issues/ISS-rrrrrrrr-record.md";

fn record(keys: &str) -> String {
    format!("---\nid: ISS-rrrrrrrr\ntitle: Record\nstatus: todo\n{keys}---\n\ntext\n")
}

/// A passed run that wrote these keys, on a target that wrote others meanwhile.
fn approve(attributes: &str, driver: &str, (theirs, ours): (&str, &str)) -> (Project, crate::support::Answer) {
    let project = Project::new();
    let repo = &project.repo;
    repo.git(["config", "merge.cmpm.driver", &format!("{} merge-driver %O %A %B %P", env!("CARGO_BIN_EXE_cmpm"))]);
    repo.git(["config", "merge.other.driver", driver]);
    repo.write(".gitattributes", attributes);
    repo.write(RECORD, &record("labels: [a]\n"));
    repo.commit_all("record");
    let script = format!("printf -- '{}' > {RECORD}", record(theirs).replace('\n', "\\n"));
    let runs = project.perform("writer", &[], &[Case { title: "Label it", script: &script }]);
    assert_eq!(runs[0]["outcome"], "passed", "{runs:?}");
    repo.write(RECORD, &record(ours));
    repo.commit_all("meanwhile");
    let answer = repo.cmpm(["delegate", "approve", runs[0]["run"].as_str().unwrap()]);
    (project, answer)
}

#[test]
fn both_sides_of_a_record_land() {
    let (project, answer) = approve("tasks/**/*.md merge=cmpm\n", "true", ("labels: [a, c]\n", "labels: [a, b]\n"));
    answer.success();
    assert_eq!(project.repo.read(RECORD), record("labels: [a, b, c]\n"));
}

#[test]
fn a_merge_that_would_drop_a_reference_does_not_land() {
    let keys = ("labels: [a]\ndepends_on: [ISS-x]\n", "labels: [a, b]\n");
    let (project, answer) = approve("tasks/**/*.md merge=other\n", "true", keys);
    let answer = answer.exits(4);
    let lost = format!("{RECORD}:6: the merge lost `depends_on: ISS-x` of `ISS-rrrrrrrr`");
    assert!(answer.stderr.contains(&lost) && answer.stderr.contains("nothing was merged"), "{answer}");
    assert_eq!(project.repo.read(RECORD), record(keys.1));
}
