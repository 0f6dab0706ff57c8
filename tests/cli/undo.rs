//! Undoing any step, all back to one, and doing it again.

use super::support::TestRepo;

/// A repository with an epic that was changed twice, and a memory between the changes.
fn project() -> TestRepo {
    let repo = TestRepo::new();
    repo.cmpm(["epic", "create", "All of it"]).success();
    let id = repo.json(["epic", "list"])["data"]["tickets"][0]["id"].as_str().unwrap().to_owned();
    repo.cmpm(["ticket", "update", &id, "--priority", "high"]).success();
    repo.cmpm(["memory", "add", "Releases are cut on Mondays."]).success();
    repo.cmpm(["-C", ".", "epic", "complete", &id]).success();
    repo
}

fn epic(repo: &TestRepo) -> String {
    let file = std::fs::read_dir(repo.path("tasks/epics")).unwrap().next().unwrap().unwrap();
    std::fs::read_to_string(file.path()).unwrap()
}

#[test]
fn the_steps_are_listed_as_they_were_typed() {
    let repo = project();
    let list = repo.cmpm(["undo", "--list"]).success().stdout;
    let lines: Vec<&str> = list.lines().collect();
    assert!(lines[0].starts_with("STEP  AT"), "{list}");
    for (line, wanted) in
        lines[1..].iter().zip(["epic complete EP-", "memory add 'Releases are", "ticket update EP-", "epic create 'All of it'"])
    {
        assert!(line.contains("2026-01-31T09:00:00Z") && line.contains(wanted), "{list}");
    }
    let steps = repo.json(["undo", "--list"])["data"]["steps"].clone();
    assert_eq!(steps[2]["operation"], "ticket update");
    assert_eq!((&steps[0]["number"], &steps[0]["state"]), (&4.into(), &"done".into()));
    assert!(steps[3]["paths"][0].as_str().unwrap().starts_with("tasks/epics/EP-"));
}

#[test]
fn one_step_is_undone_unless_a_later_one_builds_on_it() {
    let repo = project();
    let refused = repo.cmpm(["undo", "2"]).exits(4);
    let wanted = "by step 4, `epic complete EP-";
    assert!(refused.stderr.contains(wanted) && refused.stderr.contains("`cmpm undo 4` reverts that step"), "{refused}");
    // The memory stands for itself.
    let undone = repo.cmpm(["undo", "3"]).success();
    assert!(undone.stdout.starts_with("Undid `memory add 'Releases are cut on Mondays.'` (1 file)\n"), "{undone}");
    assert!(repo.cmpm(["undo", "--list"]).success().stdout.contains("undone"));
    let again = repo.cmpm(["undo", "3"]).exits(2);
    assert!(again.stderr.contains("step 3, ") && again.stderr.contains("`cmpm undo --redo 3` does it again"), "{again}");
    assert!(repo.cmpm(["undo", "9"]).exits(2).stderr.contains("there is no step 9"));
    repo.write(".cmpm/notes.txt", "x");
    repo.cmpm(["undo"]).success();
    assert!(epic(&repo).contains("priority: high") && epic(&repo).contains("status: planning"));
}

#[test]
fn an_older_step_did_not_change_a_file_since() {
    let repo = project();
    let file = std::fs::read_dir(repo.path("tasks/epics")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, epic(&repo) + "By hand.\n").unwrap();
    let refused = repo.cmpm(["undo"]).exits(4);
    assert!(refused.stderr.contains("was changed since `") && !refused.stderr.contains("by step"), "{refused}");
    assert!(refused.stderr.contains("`cmpm undo STEP` undoes another one"), "{refused}");
}

#[test]
fn everything_back_to_a_step_is_undone_and_done_again() {
    let repo = project();
    let whole = epic(&repo);
    let asked = repo.json(["undo", "--to", "2", "--dry-run"]);
    assert_eq!(asked["data"]["paths"].as_array().unwrap().len(), 2, "{asked}");
    assert_eq!(epic(&repo), whole);
    let undone = repo.cmpm(["undo", "--to", "2"]).success().stdout;
    assert!(undone.lines().filter(|line| line.starts_with("Undid `")).count() == 3, "{undone}");
    assert!(epic(&repo).contains("priority: medium"));
    for verb in ["ticket update", "memory add", "epic complete"] {
        let redone = repo.cmpm(["undo", "--redo"]).success().stdout;
        assert!(redone.starts_with(&format!("Redid `{verb}")), "{redone}");
    }
    assert_eq!(epic(&repo), whole);
    assert!(repo.cmpm(["undo", "--redo"]).exits(2).stderr.contains("nothing to redo"));
}

#[test]
fn what_is_committed_is_not_undone_step_by_step() {
    let repo = project();
    repo.cmpm(["undo"]).success();
    repo.commit_all("so far");
    repo.cmpm(["undo", "--redo"]).success();
    let refused = repo.cmpm(["undo", "--to", "2"]).exits(2);
    assert!(refused.stderr.contains("is already committed"), "{refused}");
    repo.cmpm(["undo"]).success();
    assert!(repo.cmpm(["undo"]).exits(2).stderr.contains("is already committed"));
    assert_eq!(repo.status(), "");
}

#[test]
fn a_step_that_put_back_what_was_committed_is_undone_all_the_same() {
    let repo = project();
    repo.cmpm(["issue", "create", "Swing", "--priority", "medium"]).success();
    repo.commit_all("medium");
    let id = repo.json(["issue", "list"])["data"]["tickets"][0]["id"].as_str().unwrap().to_owned();
    for priority in ["high", "medium"] {
        let mut update = repo.command(["issue", "update", &id, "--priority", priority]);
        update.env("CMPM_NOW", "2026-03-01T10:00:00Z");
        repo.answer(update).success();
    }
    assert_eq!(repo.status(), "");
    repo.cmpm(["undo"]).success();
    assert_eq!(repo.json(["issue", "show", &id])["data"]["priority"], "high");
    repo.cmpm(["undo"]).success();
    assert_eq!(repo.status(), "");
}

#[test]
fn a_new_step_ends_what_can_be_done_again() {
    let repo = project();
    repo.cmpm(["undo"]).success();
    repo.cmpm(["memory", "add", "Something else is written."]).success();
    let refused = repo.cmpm(["undo", "--redo"]).exits(2);
    assert!(refused.stderr.contains("nothing to redo") && refused.stderr.contains("`cmpm undo --redo STEP`"), "{refused}");
    // Nor does undoing the new one bring the older one back.
    repo.cmpm(["undo"]).success();
    let mut later = repo.command(["memory", "add", "Something else is written later."]);
    later.env("CMPM_NOW", "2026-01-31T10:00:00Z");
    repo.answer(later).success();
    let mut undo = repo.command(["undo"]);
    undo.env("CMPM_NOW", "2026-01-31T10:01:00Z");
    repo.answer(undo).success();
    assert!(repo.cmpm(["undo", "--redo"]).success().stdout.contains("Something else"));
    repo.cmpm(["undo", "--redo"]).exits(2);
    assert!(repo.cmpm(["undo", "--redo", "4"]).success().stdout.contains("epic complete"));
}
