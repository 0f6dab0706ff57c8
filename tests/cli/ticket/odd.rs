//! Files that are nearly tickets.

use std::fs;

use crate::support::TestRepo;

/// A repository with tickets of which each has one thing wrong.
fn odd() -> TestRepo {
    let repo = TestRepo::new();
    let file = |name: &str, front: &str| repo.write(&format!("tasks/{name}.md"), &format!("---\n{front}\n---\n"));
    file("ISS-1", "id: ISS-1\ntitle: The folder of all tickets says nothing of its kind\nstatus: In Progress");
    file("archive/2025/EP-2", "id: EP-2\ntitle: Nor does the archive\nstatus: archived");
    file("issues/ISS-3", "id: ISS-3\nkind: story\ntitle: An unknown kind\nstatus: asleep");
    file("issues/ISS-4", "id: ISS-4\nkind: issue\ntitle: Twice\nstatus: planning\nstatus: done");
    file("issues/ISS-5", "id: ISS-5\nkind: issue\ntitle: Conflict\n<<<<<<< HEAD\nstatus: ready\n=======\nstatus: done\n>>>>>>> x");
    file("issues/odd-id", "id: ISS 6\nkind: issue\ntitle: Two words");
    file("issues/no-id", "kind: issue\ntitle: No id");
    file("issues/no-title", "id: ISS-7\nkind: issue");
    fs::write(repo.path("tasks/issues/ISS-8.md"), b"---\nid: ISS-8\nkind: issue\ntitle: Latin 1\n---\n\xe9t\xe9\n").unwrap();
    repo
}

#[test]
fn odd_files_are_shown_as_far_as_they_can_be() {
    let repo = odd();
    insta::assert_snapshot!(repo.cmpm(["ticket", "list", "--all"]), @"
    ID     KIND   STATUS       PRIORITY  TITLE
    ISS-1  issue  In Progress  -         The folder of all tickets says nothing of its kind
    ISS-3  issue  asleep       -         An unknown kind
    ISS-4  issue  planning     -         Twice
    ISS-5  issue  ready        -         Conflict
    ISS-8  issue  planning     -         Latin 1
    EP-2   epic   archived     -         Nor does the archive
    --- stderr
    error: tasks/issues/ISS-5.md:5: this line of the front matter is not `key: value` (indent it below its key, or write `key: value`)
    error: tasks/issues/ISS-5.md:7: this line of the front matter is not `key: value` (indent it below its key, or write `key: value`)
    error: tasks/issues/ISS-5.md:9: this line of the front matter is not `key: value` (indent it below its key, or write `key: value`)
    error: tasks/issues/ISS-5.md:5: a merge conflict is not resolved here (keep the lines you want and delete the `<<<<<<<`, `=======` and `>>>>>>>` lines)
    error: tasks/issues/ISS-8.md:6: this line is not UTF-8 text (save the file as UTF-8; until then cmpm shows it but does not edit it)
    error: tasks/issues/no-id.md:1: the front matter has no `id` (add `id:` (ticket ids look like ISS-7k3m9x2p))
    error: tasks/issues/no-title.md:1: the front matter has no `title` (add `title:` (one line that says what it is about))
    error: tasks/issues/odd-id.md:2: `ISS 6` is not a valid id (one word of letters, digits, `-`, `_` and `.`)
    warning: tasks/issues/ISS-3.md:3: `story` is not a kind of ticket (write epic, issue, task or pr; until then its folder or its id decides)
    warning: tasks/issues/ISS-3.md:5: `asleep` is not a status of this project (add it under `statuses:` in .cmpm/config.yaml)
    … and 1 more finding; `--json` has them all
    ");
    insta::assert_snapshot!(repo.cmpm(["issue", "list", "--status", "in_progress"]).stdout, @"
    ID     KIND   STATUS       PRIORITY  TITLE
    ISS-1  issue  In Progress  -         The folder of all tickets says nothing of its kind
    ISS-3  issue  asleep       -         An unknown kind
    ");
}

#[test]
fn odd_files_are_edited_where_that_is_safe() {
    let repo = odd();
    insta::assert_snapshot!(repo.cmpm(["issue", "complete", "ISS-4"]), @"
    --- stderr
    error: tasks/issues/ISS-4.md: cannot change `status` without changing anything else: line 6: `status` appears twice
    hint: nothing was written; edit the file by hand
    --- exit 2
    ");
    insta::assert_snapshot!(repo.cmpm(["issue", "complete", "ISS-5"]), @"
    --- stderr
    error: tasks/issues/ISS-5.md: cannot change `status` without changing anything else: line 5: the front matter has an unresolved merge conflict
    hint: nothing was written; edit the file by hand
    --- exit 2
    ");
    insta::assert_snapshot!(repo.cmpm(["issue", "complete", "ISS-8"]), @"
    --- stderr
    error: tasks/issues/ISS-8.md: cannot change `status` without changing anything else: the file is not UTF-8 text and cannot be edited
    hint: nothing was written; edit the file by hand
    --- exit 2
    ");
    assert_eq!(fs::read(repo.path("tasks/issues/ISS-8.md")).unwrap().last_chunk(), Some(b"\xe9t\xe9\n"));
    repo.cmpm(["issue", "update", "ISS-4", "--priority", "low"]).success();
    repo.write("blocked", "a file where a folder should be");
    repo.write(".cmpm/config.yaml", "paths: {tasks: [blocked]}\n");
    insta::assert_snapshot!(repo.cmpm(["issue", "create", "No folder"]), @"
    --- stderr
    error: cannot create [AROUND]/repo/blocked/issues: not a directory
    hint: a file stands where a folder should be; move it away
    --- exit 2
    ");
}

#[test]
fn every_verb_sees_the_same_comments_however_their_folder_is_written() {
    let repo = TestRepo::new();
    repo.write("tasks/issues/ISS-0001.md", "---\nid: ISS-0001\nkind: issue\ntitle: Links\nstatus: todo\n---\n");
    let comment = |path: &str, keys: &str| repo.write(path, &format!("---\n{keys}\n---\n\nThe zebra of {path}.\n"));
    comment("tasks/comments/ISS-0001/b.md", "ticket: ISS-0001\nauthor: Ana\ncreated: 2026-01-03T00:00:00Z");
    comment("tasks/comments/iss-0001/a.md", "ticket: ISS-0001\nauthor: Ben\ncreated: 2026-01-02T00:00:00Z");
    comment("tasks/issues/comments/Iss-0001/old/c.md", "issueId: ISS-0001\nauthor: Cy\ncreatedAt: 2026-01-01T00:00:00Z");
    comment("tasks/comments/ISS-00011/d.md", "ticket: ISS-0001\nauthor: Dee");
    comment("tasks/comments/e.md", "ticket: ISS-0001\nauthor: Eve");
    repo.commit_all("all");
    let authors = |list: &serde_json::Value| -> Vec<String> {
        list.as_array().unwrap().iter().filter_map(|row| Some(row["author"].as_str()?.to_owned())).collect()
    };
    let all = ["Cy", "Ben", "Ana"];
    for answer in [repo.json(["ticket", "comments", "iss-1"]), repo.json(["ticket", "show", "ISS-0001", "--at", "HEAD"])] {
        assert_eq!(authors(&answer["data"]["comments"]), all, "{answer}");
    }
    let log = repo.json(["ticket", "log", "ISS-0001"])["data"]["events"].clone();
    assert_eq!(authors(&log), ["Tess Test", "Ana", "Ben", "Cy"]);
    let export = repo.cmpm(["ticket", "export"]).success().stdout;
    assert_eq!(authors(&serde_json::from_str::<serde_json::Value>(&export).unwrap()["comments"]), all);
    let search = repo.json(["search", "zebra", "--kind", "comment", "--where", "ticket=ISS-0001 and created>2025-01-01"]);
    let mut found: Vec<_> = search["data"]["hits"].as_array().unwrap().iter().map(|hit| hit["title"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, ["comment by Ana", "comment by Ben", "comment by Cy"]);
    assert_eq!(repo.json(["ticket", "search", "zebra"])["data"]["hits"][0]["id"], "ISS-0001");
}
