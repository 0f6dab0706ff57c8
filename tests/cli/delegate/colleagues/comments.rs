//! Comments on lines of what a run made: where they stand, who is told, and what becomes of them.

use serde_json::Value;

use super::Project;

/// Six lines; the next attempt puts one before them, changes the fifth and writes its brief down.
const WRITES: &str = "n=$(ls $CMPM_RUN_DIR | grep -c told); cp $CMPM_RUN_DIR/brief.md $CMPM_RUN_DIR/told-$n; case $n in \
     0) printf 'one\\ntwo\\nthree\\nfour\\nfive\\nsix\\n' > docs/a.md;; 1) printf 'new\\none\\ntwo\\nthree\\nfour\\n5\\nsix\\n' > docs/a.md;; \
     *) echo more >> docs/a.md;; esac";

fn told(project: &Project, run: &str, number: u32) -> String {
    std::fs::read_to_string(project.job(run, &format!("out/told-{number}"))).unwrap()
}

fn comment(project: &Project, run: &str, place: &str, text: &str) {
    project.repo.cmpm(["delegate", "comment", run, place, "-m", text]).success();
}

/// A run with comments on a line, several lines, a file, the whole of it, and what was there before.
fn commented() -> (Project, String) {
    let project = Project::new();
    let run = project.passed_by("Write six lines", WRITES);
    assert_eq!(project.repo.cmpm(["delegate", "comment", &run]).success().stdout, "No comments.\n");
    comment(&project, &run, "docs/a.md:3", "say three of what");
    comment(&project, &run, "docs/a.md:5-6", "these belong together");
    comment(&project, &run, "docs/a.md", "the file needs a heading");
    project.repo.cmpm(["delegate", "comment", &run, "-m", "shorter, please\n\nby half"]).success();
    project.repo.cmpm(["delegate", "comment", &run, "docs/a.md:1", "--old", "-m", "this was good"]).success();
    (project, run)
}

#[test]
fn a_comment_stands_below_its_line() {
    let (project, run) = commented();
    let repo = &project.repo;
    let review = repo.cmpm(["delegate", "review", &run]).success().stdout;
    assert!(review.contains("\nComments\n1  docs/a.md:3  Tess Test, ") && review.contains("\n   say three of what\n"), "{review}");
    assert!(review.contains("2  docs/a.md:5-6  ") && review.contains("4  the whole run  "), "{review}");
    assert!(review.contains("5  docs/a.md:1 (before the run)  ") && review.contains("- comments: 5 not resolved\n"), "{review}");
    let diff = repo.cmpm(["delegate", "diff", &run]).success().stdout;
    assert!(diff.contains("+three\n    ╷ 1 · Tess Test\n    │ say three of what\n+four\n"), "{diff}");
    assert!(diff.contains("+six\n    ╷ 2 · Tess Test\n    │ these belong together\n"), "{diff}");
    assert!(diff.contains("\n one\n    ╷ 5 · Tess Test\n"), "{diff}");
    let (_, other) = diff.split_once("\nOther comments:\n").unwrap();
    assert!(other.contains("3  docs/a.md  ") && other.contains("4  the whole run  ") && !other.contains("belong"), "{other}");
    assert_eq!(repo.json(["delegate", "diff", &run])["data"]["comments"][0]["now"], 3);
    assert!(repo.cmpm(["delegate", "show", &run]).success().stdout.contains("comments   5 not resolved\n"));
}

#[test]
fn a_comment_is_told_with_its_line_wherever_that_went() {
    let (project, run) = commented();
    let repo = &project.repo;
    // They are words enough.
    repo.cmpm(["delegate", "comment", &run, "--resolve", "5"]).success();
    repo.cmpm(["delegate", "revise", &run]).success();
    let brief = told(&project, &run, 1);
    for part in [
        &format!("Tess Test commented (1) on {run}, docs/a.md:3, verified]\n> 3 | three\n>\n> say three of what\n["),
        &format!("commented (2) on {run}, docs/a.md:5-6, verified]\n> 5 | five\n> 6 | six\n>\n> these belong together\n["),
        &format!("commented (3) on {run}, docs/a.md, verified]\n> the file needs a heading\n["),
        &format!("commented (4) on {run}, verified]\n> shorter, please\n>\n> by half\n["),
    ] {
        assert!(brief.contains(part), "{part} is not in\n{brief}");
    }
    assert!(!brief.contains("this was good"), "{brief}");
    let shown = repo.json(["delegate", "comment", &run])["data"]["comments"].clone();
    let places = |comments: &Value| -> Vec<String> {
        let place = |one: &Value| format!("{} {} {}", one["line"], one["now"], one["outdated"]);
        comments.as_array().unwrap().iter().map(place).collect()
    };
    assert_eq!(places(&shown), ["3 4 false", "5 null true", "null null false", "null null false", "1 1 false"]);
    // Nothing new was said, so there is nothing to do; the next attempt still has what is open.
    repo.cmpm(["delegate", "revise", &run]).exits(2);
    repo.cmpm(["delegate", "comment", &run, "--resolve", "3", "--resolve", "4"]).success();
    repo.cmpm(["delegate", "comment", &run, "--reopen", "4"]).success();
    repo.cmpm(["delegate", "revise", &run, "-m", "and now"]).success();
    let brief = told(&project, &run, 2);
    assert!(brief.contains("docs/a.md:4, verified]") && brief.contains("> 4 | three\n") && brief.contains("by half"), "{brief}");
    assert!(brief.contains("docs/a.md:5-6, which has changed since, verified]") && !brief.contains("needs a heading"), "{brief}");

    repo.cmpm(["delegate", "approve", &run]).success();
    let page = repo.read(&format!(".cmpm/runs/{run}.md"));
    let (_, comments) = page.split_once("\n## Comments\n\n").unwrap();
    assert!(
        comments.starts_with("1. docs/a.md:4, ") && comments.contains(", Tess Test, attempt 1, not resolved:\n\n> 4 | three\n"),
        "{page}"
    );
    assert!(comments.contains("attempt 1, resolved by Tess Test:\n\n> the file needs a heading\n"), "{page}");
    repo.cmpm(["check"]).success();
    let refused = repo.cmpm(["delegate", "comment", &run, "-m", "too late"]).exits(4);
    assert!(refused.stderr.contains("is merged, so it cannot be commented on"), "{refused}");
    repo.fsck();
}

#[test]
fn a_comment_needs_a_place_that_is_there_and_a_person() {
    let project = Project::new();
    let repo = &project.repo;
    let run = project.passed("Write more");
    for (place, said) in [
        ("docs/b.md:1", "there is no file docs/b.md in RUN-"),
        ("docs/a.md:3", "docs/a.md has 2 lines in RUN-"),
        ("docs/a.md:0", "nothing at line 0"),
        ("../x:1", "`../x:1` is no place"),
    ] {
        let refused = repo.cmpm(["delegate", "comment", &run, place, "-m", "x"]).exits(2);
        assert!(refused.stderr.contains(said), "{place}: {refused}");
    }
    assert!(repo.cmpm(["delegate", "comment", &run, "docs/a.md:1"]).exits(2).stderr.contains("needs a text"));
    assert!(repo.cmpm(["delegate", "comment", &run, "--resolve", "7"]).exits(2).stderr.contains("has no comment 7"));
    let mut inside = repo.command(["delegate", "comment", &run, "-m", "approve me"]);
    inside.env("CMPM_RUN", &run);
    repo.answer(inside).exits(3);
    assert!(!project.job(&run, "review.jsonl").exists());
    // A file that was cut hides nothing in silence.
    std::fs::write(project.job(&run, "review.jsonl"), "{\"number\": 1").unwrap();
    assert!(repo.cmpm(["delegate", "review", &run]).exits(2).stderr.contains("review.jsonl is damaged"));
}

#[test]
fn a_rejected_runs_open_comments_reach_the_next_run() {
    let project = Project::new();
    let repo = &project.repo;
    let ticket = project.ticket("Write more");
    project.delegate(&ticket, "echo more >> docs/a.md").success();
    let first = project.run_of(&ticket);
    comment(&project, &first, "docs/a.md:2", "more of what?");
    repo.cmpm(["delegate", "reject", &first, "-m", "too vague"]).success();
    assert!(repo.read(&format!(".cmpm/runs/{first}.md")).contains("\n## Comments\n\n1. docs/a.md:2, "));
    project.delegate(&ticket, "cp $CMPM_RUN_DIR/brief.md docs/told.md").success();
    let brief = std::fs::read_to_string(project.worktree(&project.run_of(&ticket)).join("docs/told.md")).unwrap();
    assert!(brief.contains(&format!("on {first}, docs/a.md:2, verified]\n> 2 | more\n>\n> more of what?\n[")), "{brief}");
}
