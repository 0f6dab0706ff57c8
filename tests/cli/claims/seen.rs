//! What this clone says of a ticket that another one has by now, as it was last seen.

use super::shared::clones;
use super::*;

#[test]
fn a_claim_that_was_stolen_elsewhere_is_not_shown_as_ones_own() {
    let (repo, [one, two]) = clones();
    let run = |folder: &Path, arguments: &[&str]| repo.answer(there(&repo, folder, arguments));
    repo.git_in(&one, ["config", "user.email", "one@example.invalid"]);
    run(&one, &["ticket", "claim", ID, "--remote"]).success();
    run(&two, &["ticket", "claim", ID, "--remote", "--steal"]).success();
    // Nobody has asked yet.
    assert!(run(&one, &["ticket", "claims"]).success().stdout.ends_with("one\n"));
    for asking in [&["ticket", "claims", "--remote"][..], &["ticket", "claims"]] {
        let listed = run(&one, asking).success().stdout;
        assert!(listed.ends_with("origin  two\n") && listed.matches(ID).count() == 1, "{listed}");
    }
    let says = |arguments: &[&str], words: &str| {
        let answer = run(&one, arguments).success();
        assert!(answer.stdout.contains(words), "{answer}");
    };
    says(&["issue", "list"], " two (on origin) ");
    says(&["issue", "show", ID], "claimed    by two on origin since 2026-01-31T09:00:00Z, as of 2026-");
    says(&["ready", "--explain"], "two (on origin, seen 2026-");
    says(&["status"], "claimed   1 ticket");
    says(&["board"], "claimed by two (on origin)");
    assert!(run(&one, &["doctor"]).stdout.contains("claimed by two on `origin` since"));
    let refused = run(&one, &["ticket", "claim", ID]).exits(4);
    assert!(refused.stderr.contains("is claimed by two on `origin` since 2026-01-31T09:00:00Z"), "{refused}");
    let work = ["delegate", "run", ID, "--agent", "documentation", "--runner", "command", "--", "true"];
    assert!(run(&one, &work).exits(4).stderr.contains("is claimed by two on `origin`"));
    let lost = run(&one, &["ticket", "heartbeat", ID]).exits(4);
    assert!(lost.stderr.contains("was lost: the ticket is claimed by two on `origin` since"), "{lost}");
    assert_eq!(run(&one, &["ticket", "claims"]).success().stdout, "No claims.\n");
    // What is taken back is one's own again.
    run(&one, &["ticket", "claim", ID, "--remote", "--steal"]).success();
    assert!(run(&one, &["ticket", "claims"]).success().stdout.ends_with("one\n"));
    run(&one, &["ticket", "release", ID]).success();
    assert_eq!(run(&one, &["ticket", "claims", "--remote"]).success().stdout, "No claims.\n");
}
