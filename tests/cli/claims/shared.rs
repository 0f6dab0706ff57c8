//! Claims that clones share through a remote.

use super::*;

/// A bare repository and two clones of it.
pub(super) fn clones() -> (TestRepo, [PathBuf; 2]) {
    let repo = with_tickets(3);
    let bare = repo.around().join("shared.git");
    repo.git(["clone", "-q", "--bare", repo.root().to_str().unwrap(), bare.to_str().unwrap()]);
    let clones = ["one", "two"].map(|name| {
        let folder = repo.around().join(name);
        repo.git(["clone", "-q", bare.to_str().unwrap(), folder.to_str().unwrap()]);
        repo.git_in(&folder, ["config", "user.name", name]);
        folder
    });
    (repo, clones)
}

pub(super) fn shared_refs(repo: &TestRepo) -> Vec<String> {
    let bare = repo.around().join("shared.git");
    repo.git_in(&bare, ["for-each-ref", "--format=%(refname)", "refs/cmpm"]).lines().map(str::to_owned).collect()
}

#[test]
fn of_two_clones_that_claim_one_ticket_on_a_remote_one_gets_it() {
    let (repo, clones) = clones();
    for round in 0..10 {
        let commands = (0..4).map(|number| there(&repo, &clones[number % 2], &["ticket", "claim", ID, "--remote"])).collect();
        let exits: Vec<i32> = all_at_once(commands).into_iter().map(|(exit, _)| exit).collect();
        assert_eq!(exits.iter().filter(|exit| **exit == 0).count(), 1, "round {round}: {exits:?}");
        assert_eq!(exits.iter().filter(|exit| **exit == 4).count(), 3, "round {round}: {exits:?}");
        assert_eq!(shared_refs(&repo), [format!("refs/cmpm/claims/{ID}")]);
        // Who lost has nothing left, and may not take away what the other has.
        let released: Vec<i32> = clones.iter().map(|clone| repo.answer(there(&repo, clone, &["ticket", "release", ID])).exit).collect();
        assert_eq!(released.iter().filter(|exit| **exit == 0).count(), 1, "{released:?}");
        assert_eq!(shared_refs(&repo), Vec::<String>::new());
    }
}

#[test]
fn a_shared_claim_is_told_renewed_and_taken_over_when_its_time_is_over() {
    let (repo, [one, two]) = clones();
    let run = |folder: &Path, time: &str, arguments: &[&str]| {
        let mut command = there(&repo, folder, arguments);
        command.env("CMPM_NOW", format!("2026-01-31T{time}Z"));
        repo.answer(command)
    };
    run(&one, "09:00:00", &["ticket", "claim", ID, "--remote", "origin"]).success();
    insta::assert_snapshot!(run(&two, "09:10:00", &["ticket", "claim", ID, "--remote"]), @r"
    --- stderr
    error: ISS-00000001 is claimed by one on `origin` since 2026-01-31T09:00:00Z, until 2026-01-31T09:30:00Z
    hint: take another ticket, or wait until then
    --- exit 4
    ");
    assert!(run(&two, "09:10:00", &["ticket", "claims"]).stdout.contains("No claims"), "no local claim is left behind");
    assert!(run(&two, "09:10:00", &["ticket", "claims", "--remote"]).stdout.contains("origin  one"));
    run(&one, "09:20:00", &["ticket", "heartbeat", ID]).success();
    run(&one, "09:21:00", &["ticket", "heartbeat", ID]).success();
    // Its time is over at 09:51:00; the clocks of two machines may differ by two minutes.
    run(&two, "09:52:59", &["ticket", "claim", ID, "--remote"]).exits(4);
    run(&two, "09:53:00", &["ticket", "claim", ID, "--remote"]).success();
    insta::assert_snapshot!(run(&one, "09:53:01", &["ticket", "heartbeat", ID]), @r"
    --- stderr
    error: the claim on ISS-00000001 was lost: the ticket is claimed by two on `origin` since 2026-01-31T09:53:00Z, until 2026-01-31T10:23:00Z
    hint: stop working on it, and ask who has it now
    --- exit 4
    ");
    assert!(!one.join(format!(".git/cmpm/claims/{ID}.json")).exists(), "what is lost is not kept");
    run(&two, "09:54:00", &["ticket", "release", ID]).success();
    assert_eq!(shared_refs(&repo), Vec::<String>::new());
    // Each asks for the next one, and they do not meet.
    let got = |folder: &Path| run(folder, "10:00:00", &["next", "--claim", "--remote"]).success().stdout;
    assert!(got(&one).starts_with("Claimed ISS-00000001") && got(&two).starts_with("Claimed ISS-0000000h"));
}

#[test]
fn many_of_two_clones_who_ask_for_the_next_ticket_get_different_ones() {
    let (repo, clones) = clones();
    let commands = (0..8).map(|number| there(&repo, &clones[number % 2], &["--json", "next", "--claim", "--remote"])).collect();
    let mut got = Vec::new();
    for (exit, text) in all_at_once(commands) {
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert!(exit == 0 || exit == 1, "{answer}");
        got.extend(answer["data"]["ticket"]["id"].as_str().map(str::to_owned));
    }
    got.sort();
    assert_eq!(got, ["ISS-00000001", "ISS-0000000h", "ISS-00000011"]);
    assert_eq!(shared_refs(&repo).len(), 3);
}

#[test]
fn a_remote_that_takes_no_claims_says_so_and_none_is_left() {
    let (repo, [one, _]) = clones();
    let hook = repo.around().join("shared.git/hooks/update");
    fs::write(&hook, "#!/bin/sh\ncase $1 in refs/cmpm/*) exit 1;; esac\n").unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let answer = repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--remote"])).exits(2);
    assert!(answer.stderr.contains("hook declined") && answer.stderr.contains("nothing was claimed"), "{answer}");
    assert_eq!(repo.answer(there(&repo, &one, &["ticket", "claims"])).stdout, "No claims.\n");
}

#[test]
fn a_remote_that_cannot_be_reached_or_does_not_exist_leaves_no_claim() {
    let (repo, [one, _]) = clones();
    fs::rename(repo.around().join("shared.git"), repo.around().join("away.git")).unwrap();
    let answer = repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--remote"])).exits(2);
    assert!(answer.stderr.contains("cannot ask `origin` about ISS-00000001"), "{answer}");
    let answer = repo.answer(there(&repo, &one, &["ticket", "claims", "--remote"])).exits(2);
    assert!(
        answer.stderr.contains("does not appear to be a git repository; fatal: Could not read from remote repository; Please"),
        "{answer}"
    );
    assert!(answer.stderr.contains("and the repository exists.\nhint: `cmpm ticket claims` shows what was last seen"), "{answer}");
    repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--remote", "ext::sh -c touch% owned"])).exits(2);
    repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--remote=--upload-pack=touch owned"])).exits(2);
    assert!(!one.join("owned").exists());
    let claims = repo.answer(there(&repo, &one, &["ticket", "claims"])).success().stdout;
    assert_eq!(claims, "No claims.\n");
}

#[test]
fn what_somebody_else_wrote_on_the_remote_is_not_believed_blindly() {
    let (repo, [one, two]) = clones();
    let bare = repo.around().join("shared.git");
    let main = repo.git_in(&bare, ["rev-parse", "main"]);
    for name in [ID, "-evil", "%2fevil"] {
        repo.git_in(&bare, ["update-ref", &format!("refs/cmpm/claims/{name}"), &main]);
    }
    // Not a claim: taken over by compare-and-swap.
    repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--remote"])).success();
    assert!(repo.answer(there(&repo, &two, &["ticket", "claims", "--remote"])).success().stdout.contains("one"));
}

#[test]
fn ids_that_git_takes_for_no_name_are_claimed_on_a_remote_too() {
    let (repo, [one, two]) = clones();
    for (number, id) in ["ISS-a..b", "ISS-c.lock", "ISS-d."].into_iter().enumerate() {
        let text = format!("---\nid: {id}\nkind: issue\ntitle: Odd {number}\nstatus: planning\npriority: critical\n---\n");
        for clone in [&one, &two] {
            fs::create_dir_all(clone.join("tasks/issues")).unwrap();
            fs::write(clone.join(format!("tasks/issues/odd-{number}.md")), &text).unwrap();
        }
    }
    let next = repo.answer(there(&repo, &one, &["next", "--claim", "--remote"])).success();
    assert!(next.stdout.contains("Odd 0"), "{next}");
    repo.answer(there(&repo, &one, &["ticket", "claim", "ISS-c.lock", "--remote"])).success();
    repo.answer(there(&repo, &two, &["ticket", "claim", "ISS-a..b", "--remote"])).exits(4);
    let next = repo.answer(there(&repo, &two, &["next", "--claim", "--remote"])).success();
    assert!(next.stdout.contains("Odd 2"), "{next}");
    let listed = repo.answer(there(&repo, &two, &["ticket", "claims", "--remote"])).success();
    assert!(listed.stdout.contains("ISS-a..b") && listed.stdout.contains("ISS-c.lock"), "{listed}");
    repo.answer(there(&repo, &one, &["ticket", "release", "ISS-a..b"])).success();
    assert_eq!(shared_refs(&repo).len(), 2);
}

#[test]
fn who_steals_in_vain_gives_back_what_was_there() {
    let (repo, [one, _]) = clones();
    repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--for", "ana"])).success();
    let hook = repo.around().join("shared.git/hooks/update");
    fs::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    repo.answer(there(&repo, &one, &["ticket", "claim", ID, "--steal", "--remote", "--for", "ben"])).exits(2);
    let left = repo.answer(there(&repo, &one, &["ticket", "claims"])).success().stdout;
    assert!(left.contains("ana") && !left.contains("ben"), "{left}");
}

#[test]
fn a_shared_claim_that_became_a_runs_is_there_as_long_as_the_run() {
    let (repo, [one, two]) = clones();
    let run = |folder: &Path, time: &str, arguments: &[&str]| {
        let mut command = there(&repo, folder, arguments);
        command.env("CMPM_NOW", format!("2026-01-31T{time}Z"));
        repo.answer(command)
    };
    repo.git_in(&one, ["config", "user.email", "one@example.invalid"]);
    run(&one, "09:00:00", &["ticket", "claim", ID, "--remote"]).success();
    let answer = run(&one, "09:10:00", &["delegate", "run", ID, "--agent", "documentation", "--runner", "command", "--", "true"]);
    let claims = run(&one, "09:10:00", &["ticket", "claims"]).stdout;
    assert!(claims.contains("RUN-"), "{answer}{claims}");
    assert_eq!(shared_refs(&repo).len(), 1);
    run(&two, "15:00:00", &["ticket", "claim", ID, "--remote"]).exits(4);
    let id = claims.split_whitespace().find(|word| word.starts_with("RUN-")).unwrap().to_owned();
    run(&one, "15:00:00", &["delegate", "reject", &id, "-m", "no"]).success();
    assert_eq!(shared_refs(&repo), Vec::<String>::new());
    run(&two, "15:00:00", &["ticket", "claim", ID, "--remote"]).success();
}

#[test]
fn what_is_mine_here_becomes_mine_there_too() {
    let (repo, [one, two]) = clones();
    let run = |folder: &Path, arguments: &[&str]| repo.answer(there(&repo, folder, arguments));
    run(&one, &["ticket", "claim", ID]).success();
    assert_eq!(shared_refs(&repo), Vec::<String>::new());
    let shared = run(&one, &["ticket", "claim", ID, "--remote"]).success();
    assert!(shared.stdout.contains("also on origin"), "{shared}");
    assert!(run(&two, &["ticket", "claim", ID, "--remote"]).exits(4).stderr.contains("claimed by one on `origin`"));
    run(&one, &["ticket", "release", ID]).success();
    assert_eq!(shared_refs(&repo), Vec::<String>::new());
    // Somebody else has it there: what is here stays as it was.
    run(&one, &["ticket", "claim", ID]).success();
    run(&two, &["ticket", "claim", ID, "--remote"]).success();
    run(&one, &["ticket", "claim", ID, "--remote"]).exits(4);
    assert!(run(&one, &["ticket", "claims"]).success().stdout.contains(ID));
}

#[test]
fn a_project_can_share_every_claim() {
    let (repo, [one, two]) = clones();
    for clone in [&one, &two] {
        fs::create_dir_all(clone.join(".cmpm")).unwrap();
        fs::write(clone.join(".cmpm/config.yaml"), "claims: {remote: origin}\n").unwrap();
    }
    assert!(repo.answer(there(&repo, &one, &["ticket", "claim", ID])).success().stdout.contains("also on origin"));
    repo.answer(there(&repo, &two, &["ticket", "claim", ID])).exits(4);
    let next = repo.answer(there(&repo, &two, &["next", "--claim"])).success();
    assert!(!next.stdout.contains(ID) && next.stdout.contains("also on origin"), "{next}");
    // Lists ask no remote, and know what was last seen there.
    repo.git_in(&two, ["remote", "set-url", "origin", "/nowhere"]);
    let ready = || repo.answer(there(&repo, &two, &["ready", "--explain"])).success().stdout;
    let line = ready().lines().find(|line| line.starts_with(ID)).unwrap_or_default().to_owned();
    assert!(line.contains("one (on origin, seen 2026-"), "{line}");
    repo.git_in(&two, ["remote", "set-url", "origin", repo.around().join("shared.git").to_str().unwrap()]);
    repo.answer(there(&repo, &one, &["ticket", "release", ID])).success();
    repo.answer(there(&repo, &two, &["ticket", "claims", "--remote"])).success();
    assert!(!ready().contains("seen 2026-"), "it was released");
    // Who released it is offered it again.
    assert!(repo.answer(there(&repo, &one, &["ready"])).success().stdout.contains(ID));
}

#[test]
fn a_claim_that_its_own_clone_forgot_can_be_taken_over() {
    let (repo, [one, two]) = clones();
    let run = |folder: &Path, arguments: &[&str]| repo.answer(there(&repo, folder, arguments));
    run(&one, &["ticket", "claim", ID, "--remote"]).success();
    fs::remove_dir_all(one.join(".git/cmpm")).unwrap();
    let refused = run(&one, &["ticket", "claim", ID, "--remote"]).exits(4);
    let hint = format!("`cmpm ticket claim {ID} --remote origin --steal` takes it over");
    assert!(refused.stderr.contains(&hint), "{refused}");
    assert!(!run(&two, &["ticket", "claim", ID, "--remote"]).exits(4).stderr.contains("--steal"), "to others it is a stranger's");
    run(&one, &["ticket", "claim", ID, "--remote", "origin", "--steal"]).success();
}
