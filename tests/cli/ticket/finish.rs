//! Finishing a ticket says what is still open around it.

use crate::support::TestRepo;

#[test]
fn what_is_open_around_a_finished_ticket_is_said() {
    let repo = TestRepo::new();
    let write = |id: &str, keys: &str, body: &str| {
        repo.write(&format!("tasks/issues/{id}.md"), &format!("---\nid: {id}\ntitle: {id}\nstatus: planning\n{keys}---\n\n{body}\n"));
    };
    write("EP-1", "kind: epic\ndepends_on: [ISS-9]\n", "## Acceptance criteria\n\n- [x] one\n- [ ] two");
    write("ISS-9", "kind: issue\n", "Text.");
    for number in 1..=7 {
        write(&format!("ISS-{number}"), "kind: issue\nparent: EP-1\n", "Text.");
    }
    insta::assert_snapshot!(repo.cmpm(["issue", "complete", "ISS-1"]), @"
    Completed ISS-1: ISS-1
    still open: ISS-9, which it depends on
    ");
    insta::assert_snapshot!(repo.cmpm(["epic", "complete", "EP-1"]), @"
    Completed EP-1: EP-1
    still open: 1 of 2 acceptance criteria; its parts ISS-2, ISS-3, ISS-4, ISS-5, ISS-6 and 1 more; ISS-9, which it depends on
    ");
    let open = repo.json(["epic", "complete", "ISS-9"]);
    assert_eq!(open["error"]["code"], "other_kind", "{open}");
    assert_eq!(repo.json(["issue", "complete", "ISS-9"])["data"]["open"], serde_json::json!({}));
}

#[test]
fn a_ticket_is_completed_once() {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "Fix the parser"]).success();
    insta::assert_snapshot!(repo.cmpm(["issue", "complete", "ISS-0", "-m", "done"]), @"Completed ISS-00000001: Fix the parser");
    insta::assert_snapshot!(repo.cmpm(["issue", "complete", "ISS-0"]), @"
    --- stderr
    error: issue `ISS-00000001` is already done
    hint: reopen it with `cmpm issue reopen ISS-00000001`
    --- exit 2
    ");
}
