//! A merged run that is taken back: its change undone, its ticket open again, its page and its memories marked.

use super::super::Project;

/// A merged run: its ticket, and the commit with which it landed.
fn merged(project: &Project, script: &str, how: &[&str]) -> (String, String, String) {
    let run = project.passed_by("Write more", script);
    let ticket = project.show(&run)["ticket"].as_str().unwrap().to_owned();
    project.repo.cmpm([&["delegate", "approve", &run], how].concat()).success();
    (run, ticket, project.tip())
}

#[test]
fn a_run_is_undone_and_what_came_later_stays() {
    let learned =
        "echo more >> docs/a.md; echo 1 > docs/1.md; printf 'Done.\\n\\n## Lessons\\n\\n- Moved pages break links in both directions\\n'";
    for how in [&["--merge"][..], &["--squash"], &["--only", "docs/1.md"]] {
        let project = Project::new();
        let repo = &project.repo;
        let before = project.tip();
        let (run, ticket, landed) = merged(&project, learned, how);
        repo.cmpm(["memory", "learn", &run, "--take", "1"]).success();
        repo.write("docs/later.md", "later\n");
        repo.commit_all("later");
        let memory = repo.json(["memory", "list"])["data"]["memories"][0]["id"].as_str().unwrap().to_owned();
        // Nobody's work is touched.
        repo.write("src/x", "mine\n");
        let answer = repo.json(["delegate", "revert", &run, "-m", "breaks the links"]);
        assert_eq!(answer["data"]["tainted"], serde_json::json!([memory]), "{answer:#}");
        assert_eq!(repo.status(), " M src/x");
        assert_eq!((repo.read("docs/a.md").as_str(), repo.exists("docs/1.md"), repo.exists("docs/later.md")), ("one\n", false, true));
        assert_eq!(repo.json(["issue", "show", &ticket])["data"]["category"], "todo");
        let page = repo.read(&format!(".cmpm/runs/{run}.md"));
        assert!(page.contains("state: merged") && page.contains("\nreverted: ") && page.contains("## Reverted\n"), "{page}");
        assert!(page.contains("> breaks the links"), "{page}");
        let message = repo.git(["log", "-1", "--format=%B"]);
        assert!(message.starts_with("Revert \"") && message.contains(&format!("This reverts commit {landed}.")), "{message}");
        assert!(message.contains("breaks the links") && message.contains(&format!("Cmpm-Reverts: {run}")), "{message}");
        assert_eq!(repo.git(["log", "-1", "--format=%P"]).split_whitespace().count(), 1);
        // Agents are not given what it learned, and the next one is told why.
        assert_eq!(repo.json(["memory", "show", &memory])["data"]["tainted"], run.as_str());
        let list = repo.cmpm(["delegate", "list", "--all"]).success().stdout;
        assert!(list.contains("  reverted  "), "{list}");
        repo.cmpm(["delegate", "revert", &run]).exits(2);
        repo.git(["checkout", "-q", "src/x"]);
        repo.cmpm(["check", "--base", &before]).success();
        project.delegate(&ticket, "echo other > docs/other.md").success();
        let brief = std::fs::read_to_string(project.job(&project.run_of(&ticket), "brief.md")).unwrap();
        assert!(brief.contains(&format!("reverted {run} after it was merged")) && brief.contains("> breaks the links"), "{brief}");
        repo.fsck();
    }
}

#[test]
fn where_later_work_is_in_the_same_places_nothing_is_touched() {
    let project = Project::new();
    let repo = &project.repo;
    let (run, _, landed) = merged(&project, "echo more >> docs/a.md", &[]);
    repo.write("docs/a.md", "one\nmore and more\n");
    repo.commit_all("later");
    let tip = project.tip();
    let refused = repo.cmpm(["delegate", "revert", &run]).exits(4);
    assert!(refused.stderr.contains("changed the same places of docs/a.md"), "{refused}");
    assert!(refused.stderr.contains(&format!("git revert {}", landed.get(..10).unwrap())), "{refused}");
    project.assert_untouched(&tip);
    // Only what landed, and only a person, and only where it is.
    let waiting = project.passed_by("Other", "echo 1 > docs/1.md");
    repo.cmpm(["delegate", "revert", &waiting]).exits(2);
    let mut inside = repo.command(["delegate", "revert", &run]);
    inside.env("CMPM_RUN", &run);
    repo.answer(inside).exits(3);
    repo.git(["branch", "side", &format!("{landed}^")]);
    let elsewhere = repo.cmpm(["delegate", "revert", &run, "--from", "side"]).exits(2);
    assert!(elsewhere.stderr.contains("is not in `side`"), "{elsewhere}");
    repo.git(["branch", "-f", "side", &landed]);
    repo.cmpm(["delegate", "revert", &run, "--from", "side"]).success();
    assert_eq!(repo.git(["show", "side:docs/a.md"]), "one");
    assert_eq!(repo.git(["rev-parse", "main"]), project.tip());
}

#[test]
fn a_page_that_is_marked_otherwise_is_told() {
    let project = Project::new();
    let repo = &project.repo;
    let (run, _, landed) = merged(&project, "echo more >> docs/a.md", &[]);
    let page = format!(".cmpm/runs/{run}.md");
    let text = repo.read(&page).replace("outcome: passed", "outcome: passed\nreverted: 2026-02-03T10:00:00Z");
    repo.write(&page, &text);
    repo.commit_all("forged");
    let told = repo.cmpm(["check", "--base", &landed]);
    assert!(told.stdout.contains("was changed (`reverted`)"), "{told}");
}

#[test]
fn a_review_is_one_page_that_runs_nothing_and_needs_nothing() {
    let project = Project::new();
    let repo = &project.repo;
    let title = "<script>alert(1)</script> & \"x\"";
    let script = "printf '</td></table><script>alert(2)</script>\\n\\033[31m\\n' > 'docs/<b>.md'; echo more >> docs/a.md; \
                  echo '<img src=https://example.org/x onerror=alert(3)>'";
    let run = project.passed_by(title, script);
    let answer = repo.cmpm(["delegate", "review", &run, "--html", "../review.html"]).success();
    assert_eq!(answer.stdout, "Wrote ../review.html\n");
    let html = std::fs::read_to_string(repo.around().join("review.html")).unwrap();
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains('\u{1b}') && !html.contains("</td></table><"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(1)") && html.contains("&lt;&#x2f;td&gt;"), "{html}");
    assert!(html.contains("default-src 'none'") && html.contains("prefers-color-scheme: dark"), "{html}");
    assert!(html.contains("<tr class=\"add\"><td class=\"no\"></td><td class=\"no\">2</td><td>+more</td></tr>"), "{html}");
    assert!(html.contains("The agent said (unchecked)") && html.contains("class=\"outcome good\">passed<"), "{html}");
    // Nothing of anybody's is written over.
    std::fs::write(repo.around().join("review.html"), "mine").unwrap();
    repo.cmpm(["delegate", "review", &run, "--html", "../review.html"]).exits(4);
    repo.cmpm(["delegate", "review", &run, "--html", "../review.html", "--replace"]).success();
    assert_eq!(repo.status(), "");
}

#[test]
fn one_that_was_cut_short_is_done_again_and_once() {
    for (point, has_landed) in [("revert.built", false), ("revert.landed", true)] {
        let project = Project::new();
        let repo = &project.repo;
        let (run, ticket, landed) = merged(&project, "echo more >> docs/a.md", &[]);
        let mut command = repo.command(["delegate", "revert", &run, "-m", "breaks the links"]);
        command.env("CMPM_CRASH_AT", point);
        assert_eq!(repo.answer(command).exit, -1, "{point}");
        assert_eq!(project.tip() != landed, has_landed, "{point}");
        let again = repo.cmpm(["delegate", "revert", &run, "-m", "breaks the links"]);
        assert_eq!(again.exit, 0, "{point}: {again}");
        assert_eq!(repo.git(["rev-list", "--count", &format!("{landed}..HEAD")]), "1", "{point}");
        assert_eq!((repo.read("docs/a.md").as_str(), repo.status()), ("one\n", String::new()), "{point}");
        assert_eq!(repo.json(["issue", "show", &ticket])["data"]["category"], "todo", "{point}");
        assert!(repo.cmpm(["delegate", "list", "--all"]).success().stdout.contains("  reverted  "), "{point}");
    }
}
