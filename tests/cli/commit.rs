//! `--commit`: known to be possible before anything is written, and without a trace in the index where it is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::TestRepo;

/// A repository with a ticket `ISS-1`.
fn with_ticket() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("tasks/issues/ISS-1.md", "---\nid: ISS-1\nkind: issue\ntitle: Ours\nstatus: planning\n---\n");
    repo.commit_all("ticket");
    repo
}

#[test]
fn nothing_is_written_while_something_is_unfinished() {
    let repo = with_ticket();
    for (left, said) in [
        ("MERGE_HEAD", "merge"),
        ("rebase-merge/done", "rebase"),
        ("CHERRY_PICK_HEAD", "cherry-pick"),
        ("REVERT_HEAD", "revert"),
        ("BISECT_LOG", "bisect"),
    ] {
        repo.write(&format!(".git/{left}"), "");
        for arguments in [
            &["issue", "create", "New", "--commit"][..],
            &["issue", "update", "ISS-1", "--title", "Other", "--commit"],
            &["issue", "comment", "ISS-1", "text", "--commit"],
            &["issue", "complete", "ISS-1", "--commit"],
            &["memory", "add", "text", "--commit"],
        ] {
            let answer = repo.cmpm(arguments).exits(4);
            assert!(answer.stderr.starts_with(&format!("error: a {said} is in progress in ")), "{answer}");
        }
        assert_eq!(repo.status(), "", "{left}");
        let folder = left.split('/').next().unwrap();
        let _ = fs::remove_dir_all(repo.path(&format!(".git/{folder}")));
        let _ = fs::remove_file(repo.path(&format!(".git/{folder}")));
    }
    repo.cmpm(["issue", "update", "ISS-1", "--title", "Other", "--commit"]).success();
    assert_eq!((repo.status(), repo.git(["log", "-1", "--format=%s"])), (String::new(), "update ISS-1: Ours".into()));
}

#[test]
fn what_a_hook_refuses_is_written_and_the_index_is_as_it_was() {
    let repo = with_ticket();
    repo.write(".git/hooks/pre-commit", "#!/bin/sh\necho no such luck >&2\nexit 1\n");
    fs::set_permissions(repo.path(".git/hooks/pre-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    // One change of the user's own is staged, in the same file.
    let text = repo.read("tasks/issues/ISS-1.md");
    repo.write("tasks/issues/ISS-1.md", &format!("{text}staged\n"));
    repo.git(["add", "tasks"]);
    let before = repo.git(["ls-files", "--stage"]);
    let answer = repo.cmpm(["issue", "update", "ISS-1", "--title", "Other", "--commit"]).exits(2);
    insta::assert_snapshot!(answer, @"
    --- stderr
    error: not committed: no such luck; what was written stays, and the index is unchanged: tasks/issues/ISS-1.md
    hint: do not repeat the command; when git can commit again, `git add` and `git commit` those files
    --- exit 2
    ");
    assert_eq!((repo.git(["ls-files", "--stage"]), repo.status()), (before.clone(), "MM tasks/issues/ISS-1.md".into()));
    repo.cmpm(["issue", "create", "New", "--commit"]).exits(2);
    assert_eq!(repo.git(["ls-files", "--stage"]), before);
    assert_eq!(repo.git(["ls-files", "--others"]).lines().count(), 1);
}

#[test]
fn a_commit_is_told_and_a_refused_one_is_short() {
    let repo = with_ticket();
    let done = repo.cmpm(["issue", "update", "ISS-1", "--title", "Other", "--commit"]).success();
    let head = repo.git(["rev-parse", "HEAD"]);
    assert_eq!(done.stderr, format!("Committed {} update ISS-1: Ours (1 file)\n", head.get(..10).unwrap()));
    let quiet = repo.cmpm(["-q", "issue", "update", "ISS-1", "--title", "Third", "--commit"]).success();
    assert_eq!((quiet.stderr.as_str(), quiet.stdout.is_empty()), ("", false), "{quiet}");

    let tickets: Vec<_> = (0..50).map(|number| format!("- ref: t{number}\n  title: Ticket {number}\n")).collect();
    repo.write("plan.yaml", &format!("schema: cmpm.plan/1\ntickets:\n{}", tickets.concat()));
    repo.write(".git/hooks/pre-commit", "#!/bin/sh\ngit diff --cached --name-only | sed 's/$/: wrong in every way/' >&2\nexit 1\n");
    fs::set_permissions(repo.path(".git/hooks/pre-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    let refused = repo.cmpm(["ticket", "apply", "plan.yaml", "--commit"]).exits(2);
    assert!(refused.stderr.starts_with("error: not committed: tasks/") && refused.stderr.contains(" and 40 more\n"), "{refused}");
    assert!(refused.stderr.len() < 2500, "{refused}");
}

#[test]
fn a_sparse_checkout_commits_what_lies_outside_of_it() {
    let repo = with_ticket();
    repo.write("docs/a.md", "a\n");
    repo.commit_all("docs");
    repo.git(["sparse-checkout", "set", "--cone", "docs"]);
    let answer = repo.cmpm(["issue", "create", "New", "--commit"]).success();
    assert!(!answer.stderr.contains("sparse"), "{answer}");
    assert_eq!(repo.git(["log", "--format=%s", "-1", "--", "tasks"]), repo.git(["log", "--format=%s", "-1"]));
    assert_eq!(repo.status(), "");
}
