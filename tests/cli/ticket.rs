//! `cmpm epic|issue|task|pr|ticket`

use crate::support::TestRepo;

#[test]
fn a_ticket_is_completed_once() {
    let repo = TestRepo::new();
    repo.cmpm(["issue", "create", "Fix the parser"]).success();
    insta::assert_snapshot!(repo.cmpm(["issue", "complete", "ISS-0", "-m", "done"]), @"Completed ISS-00000001: Fix the parser");
    insta::assert_snapshot!(repo.cmpm(["issue", "complete", "ISS-0"]), @"
    --- stderr
    error: issue `ISS-00000001` is already done
    hint: open it again with `cmpm issue reopen ISS-00000001`
    --- exit 2
    ");
}
