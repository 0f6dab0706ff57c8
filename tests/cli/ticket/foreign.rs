//! Tickets as other tools and other people left them: what is not ours is kept or named, and one change leaves the rest alone.

use crate::support::TestRepo;

#[test]
fn placeholders_of_other_programs_stay_in_a_template() {
    let repo = TestRepo::new();
    let body = "Runs on ${{ github.ref }} and ${{title}} with {{FRAMEWORK_VERSION}}.\n\n    docker ps --format \"{{.Names}}\\t{{.Status}}\"\n\n\
                ## Steps {#steps}\n\n{{#if x}}{{> part}}{{/if}} {% raw %}{{ kept }}{% endraw %} {{\n";
    let ours =
        "{{ title }}/{{title|upper}}/{{-  assignee }}/{{ \"{{\" }}/{{ due }}{# a remark #}/{% for x in [1, 2] %}{{ x }}{% endfor %}\n";
    let keys = "---\nlabels: [\"{{FRAMEWORK_VERSION}}\", \"for-{{title}}\"]\n---\n";
    repo.write(".cmpm/templates/ticket-issue.md", &format!("{keys}{body}\n{ours}"));
    repo.cmpm(["issue", "create", "Hello"]).success();
    let path = repo.json(["ticket", "list"])["data"]["tickets"][0]["path"].as_str().unwrap().to_owned();
    let text = repo.read(&path);
    let kept = body.replace("{% raw %}", "").replace("{% endraw %}", "");
    assert!(text.contains(&format!("{kept}\nHello/HELLO//{{{{//12")), "{text}");
    assert!(text.contains("\n  - '{{FRAMEWORK_VERSION}}'\n  - for-Hello\n"), "{text}");
}

#[test]
fn what_is_completed_in_the_archive_stays_there() {
    let repo = TestRepo::new();
    let page = "---\nid: ISS-0001\nkind: issue\ntitle: A\nstatus: active\n---\n";
    repo.write("tasks/archive/issues/ISS-0001-a.md", page);
    repo.cmpm(["ticket", "complete", "ISS-0001"]).success();
    assert_eq!(repo.read("tasks/archive/issues/ISS-0001-a.md"), page.replace("active", "done"));
    repo.cmpm(["ticket", "reopen", "ISS-0001"]).success();
    assert!(!repo.exists("tasks/archive/issues/ISS-0001-a.md") && repo.exists("tasks/issues/ISS-0001-a.md"));
}

#[test]
fn a_tree_of_backlog_gets_one_hint() {
    let repo = TestRepo::new();
    repo.write(".cmpm/config.yaml", "paths:\n  tasks: [tickets, backlog]\n");
    for number in 1..4 {
        let page = format!("---\nid: BACK-{number}\ntitle: T\nstatus: To Do\nassignee: @ann\n---\n");
        repo.write(&format!("backlog/drafts/back-{number} - T.md"), &page);
    }
    repo.write("backlog/milestones/m-0 - start.md", "# Start\n");
    repo.write("backlog/drafts/readme.md", "# Drafts\n");
    repo.write("tickets/issues/ISS-0001-a.md", "---\nid: ISS-0001\nkind: issue\ntitle: A\nstatus: planning\n---\n");
    let listed = repo.cmpm(["ticket", "list"]).success();
    assert!(listed.stdout.contains("ISS-0001"), "{listed}");
    assert_eq!(listed.stderr.lines().count(), 1, "{listed}");
    assert!(listed.stderr.contains("backlog: 4 files of Backlog.md") && listed.stderr.contains("cmpm ticket import backlog"), "{listed}");
}

/// A ticket in cmpm's own form, with more keys.
fn write(repo: &TestRepo, id: &str, keys: &str) -> String {
    let path = format!("tasks/issues/{id}-x.md");
    repo.write(&path, &format!("---\nid: {id}\nkind: issue\ntitle: {id}\nstatus: planning\n{keys}---\n\nText.\n"));
    path
}

#[test]
fn a_new_parent_leaves_no_other_one() {
    let repo = TestRepo::new();
    for id in ["ISS-0001", "ISS-0002"] {
        write(&repo, id, "epic_id: EP-0001\n");
    }
    let path = write(&repo, "ISS-0003", "epic_id: EP-0001\nparent: ISS-0001\n");
    let other = write(&repo, "ISS-0004", "epic_id: EP-0009\nparent: ISS-0001\n");
    for id in ["ISS-0003", "ISS-0004"] {
        repo.cmpm(["ticket", "update", id, "--parent", "ISS-0002"]).success();
    }
    assert!(repo.read(&path).contains("epic_id: EP-0001\nparent: ISS-0002\n"), "what the parent is a part of stays");
    assert!(!repo.read(&other).contains("EP-0009") && repo.read(&other).contains("parent: ISS-0002\n"));
}

#[test]
fn links_with_other_zeros_and_paths_are_taken_out() {
    let repo = TestRepo::new();
    let ids = ["ISS-0001", "ISS-0010"];
    ids.iter().for_each(|id| drop(write(&repo, id, "")));
    let path = write(&repo, "ISS-0002", "depends_on: [ISS-1, ISS-10, ISS-7]\npaths: ['src/**', docs/a.md]\n");
    repo.cmpm(["ticket", "update", "ISS-0002", "--unlink", "ISS-0001", "--remove-path", "src/**"]).success();
    let text = repo.read(&path);
    assert!(text.contains("depends_on: [ISS-10, ISS-7]\n") && text.contains("paths: ['docs/a.md']\n"), "{text}");
    repo.cmpm(["ticket", "update", "ISS-0002", "--remove-path", "docs/a.md"]).success();
    assert!(!repo.read(&path).contains("docs/a.md"));
}

#[test]
fn everybody_is_named_and_names_are_what_they_look_like() {
    let repo = TestRepo::new();
    write(&repo, "ISS-0001", "assignees: [ann, bob]\n");
    let shown = repo.cmpm(["ticket", "show", "ISS-0001"]).success();
    assert!(shown.stdout.contains("assignee   ann, bob\n"), "{shown}");
    assert!(repo.cmpm(["ticket", "export", "--format", "github"]).success().stdout.contains("\"login\": \"bob\""));
    for arguments in
        [&["issue", "create", "New", "--reviewer", "a\u{202e}b"][..], &["ticket", "resolve", "qa", "ISS-0001", "--reviewer", "a\nb"]]
    {
        let refused = repo.cmpm(arguments).exits(2);
        assert!(refused.stderr.contains("`--reviewer`"), "{refused}");
    }
}

#[test]
fn comments_are_no_tickets_however_their_folder_is_written() {
    let repo = TestRepo::new();
    write(&repo, "ISS-0001", "");
    repo.write("tasks/Comments/ISS-0001/COMMENT-1.md", "---\nid: c1\nissueId: ISS-0001\nauthor: bob\n---\n\nhello\n");
    assert!(repo.cmpm(["ticket", "show", "ISS-0001"]).success().stdout.ends_with("hello\n"));
    assert!(repo.cmpm(["ticket", "show", "ISS-0001", "--at", "HEAD"]).exits(2).stderr.contains("ISS-0001"), "not committed");
    repo.commit_all("all");
    assert!(repo.cmpm(["ticket", "show", "ISS-0001", "--at", "HEAD"]).success().stdout.ends_with("hello\n"));
    assert_eq!(repo.cmpm(["ticket", "list"]).success().stderr, "");
    let other = TestRepo::new();
    let source = repo.path("tasks").display().to_string();
    let answer = other.json(["ticket", "import", &source, "--from", "ai-trackdown"]);
    assert_eq!((answer["data"]["comments"].as_u64(), answer["findings"].as_array().map(Vec::len)), (Some(1), Some(0)), "{answer}");
}

#[test]
fn a_migration_says_which_characters_it_leaves_out() {
    let repo = TestRepo::new();
    repo.write("tasks/issues/ISS-0001-a.md", "---\nissue_id: ISS-0001\ntitle: \"A \u{202e}B\u{202c} c\"\nstatus: planning\n---\n\nText.\n");
    repo.commit_all("old");
    let answer = repo.cmpm(["ticket", "migrate"]).success();
    assert!(answer.stdout.contains("title") && answer.stdout.contains("left out"), "{answer}");
    assert!(repo.read("tasks/issues/ISS-0001-a.md").contains("title: A B c\n"));
}

#[test]
fn a_title_is_shown_once_and_everybody_is_counted() {
    let repo = TestRepo::new();
    for (number, heading) in ["# Fix it", "# ISS-1: Fix it", "# Another heading"].into_iter().enumerate() {
        let text = format!("---\nid: ISS-{number}\ntitle: Fix it\nassignees: [ana, ben, ana]\n---\n\n{heading}\n\nText.\n");
        repo.write(&format!("tasks/issues/ISS-{number}.md"), &text);
        let shown = repo.cmpm(["ticket", "show", &format!("ISS-{number}")]).success().stdout;
        assert_eq!(shown.contains(heading), number == 2, "{shown}");
        assert!(shown.contains("Text."), "{shown}");
    }
    let stats = repo.cmpm(["status", "--stats"]).success().stdout;
    assert!(stats.contains("by assignee  ana 3, ben 3\n"), "{stats}");
}
