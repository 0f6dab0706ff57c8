//! Claims of one clone: one winner, dead ones taken over, nothing of others touched.

use super::super::claim::Term;
use super::*;
use crate::process::Owner;

fn claim(pid: u32) -> Claim {
    let mut owner = Owner::this_process();
    owner.pid = pid;
    let since = Timestamp::from_seconds(0);
    Claim { ticket: Id::parse("TSK-1").unwrap(), run: None, name: None, owner, term: Term::Lease, since, expires: None, shared: None }
}

fn claims_at(folder: &tempfile::TempDir, seconds: i64) -> Claims {
    Claims::new(folder.path(), Timestamp::from_seconds(seconds))
}

const GONE: u32 = u32::MAX / 4;

#[test]
fn one_of_many_wins() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims_at(&folder, 0);
    let winners = std::thread::scope(|scope| {
        let takers: Vec<_> = (0..8)
            .map(|number| {
                let mine = Claim { name: Some(number.to_string()), ..claim(std::process::id()) };
                let claims = &claims;
                scope.spawn(move || claims.take(&mine).is_ok())
            })
            .collect();
        takers.into_iter().map(|taker| taker.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(winners, 1);
}

#[test]
fn a_dead_owners_lease_is_taken_over_and_a_hold_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims_at(&folder, 0);
    claims.take(&claim(GONE)).unwrap();
    claims.take(&claim(std::process::id())).unwrap();
    assert_eq!(claims.list().unwrap().len(), 1);
    let other = Id::parse("TSK-2").unwrap();
    assert!(!claims.release_dead(&Id::parse("TSK-1").unwrap()).unwrap());
    let hold = Claim { ticket: other.clone(), term: Term::Hold, ..claim(GONE) };
    claims.take(&hold).unwrap();
    let late = Claim { ticket: other, ..claim(std::process::id()) };
    assert_eq!(claims.take(&late).unwrap_err().code(), "claimed");
    assert!(!claims.release_dead(&late.ticket).unwrap());
}

#[test]
fn a_claim_counts_until_its_time_is_over_and_then_goes_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let until = |seconds: i64| Some(Timestamp::from_seconds(seconds));
    let timed = Claim { term: Term::Timed, expires: until(60), name: Some("ana".into()), ..claim(GONE) };
    claims_at(&folder, 0).take(&timed).unwrap();
    let next = Claim { name: Some("ben".into()), expires: until(200), ..timed.clone() };
    assert_eq!(claims_at(&folder, 59).take(&next).unwrap_err().code(), "claimed");
    claims_at(&folder, 60).take(&next).unwrap();
    assert_eq!(claims_at(&folder, 61).require_own(&next.ticket, "ana").unwrap_err().code(), "not_yours");
    assert_eq!(claims_at(&folder, 61).change(&timed, None).unwrap_err().code(), "claimed", "what changed is not touched");
    claims_at(&folder, 61).change(&next, None).unwrap();
    assert_eq!(claims_at(&folder, 61).require_own(&next.ticket, "ben").unwrap_err().code(), "not_claimed");
}

#[test]
fn a_run_takes_what_its_own_person_has_and_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims_at(&folder, 0);
    let mine = Claim { name: Some("ana".into()), ..claim(std::process::id()) };
    claims.take(&mine).unwrap();
    let run = |name: &str, run: &str| Claim { name: Some(name.into()), run: Id::parse(run), term: Term::Hold, ..mine.clone() };
    assert_eq!(claims.take(&run("ben", "RUN-1")).unwrap_err().code(), "claimed");
    claims.take(&run("ana", "RUN-2")).unwrap();
    assert_eq!(claims.take(&run("ana", "RUN-3")).unwrap_err().code(), "claimed");
    assert_eq!(claims.steal(&mine).unwrap_err().code(), "of_run");
    assert_eq!(claims.require_own(&mine.ticket, "ana").unwrap_err().code(), "of_run");
}

#[test]
fn a_dead_lease_can_be_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims_at(&folder, 0);
    claims.take(&claim(GONE)).unwrap();
    write::replace(&folder.path().join("claims/TSK-9.json"), b"half").unwrap();
    let seen: Vec<bool> = claims.survey().unwrap().iter().map(|(_, found)| found.is_ok()).collect();
    assert_eq!(seen, [true, false]);
    assert!(claims.release_dead(&Id::parse("TSK-1").unwrap()).unwrap());
    assert!(!claims.release_dead(&Id::parse("TSK-1").unwrap()).unwrap());
}

#[test]
fn what_many_have_seen_at_once_is_kept_and_is_as_old_as_its_oldest_part() {
    let folder = tempfile::tempdir().unwrap();
    claims_at(&folder, 5).see(("origin", None), |_| {});
    std::thread::scope(|scope| {
        for number in 0..24 {
            let claims = claims_at(&folder, 9);
            scope.spawn(move || {
                let notice = serde_json::json!({
                    "schema": "cmpm.claim/1", "ticket": format!("TSK-{number}"), "by": "ana", "token": "x",
                    "since": Timestamp::from_seconds(0), "expires": Timestamp::from_seconds(99),
                });
                claims.see(("origin", None), |seen| seen.notices.push(serde_json::from_value(notice).unwrap()));
            });
        }
    });
    let seen: Vec<Held> = claims_at(&folder, 9).seen(("origin", None)).unwrap();
    assert_eq!((seen.len(), seen[0].seen), (24, Timestamp::from_seconds(5)));
}

#[test]
fn what_was_seen_on_a_remote_counts_under_its_new_name_and_not_on_another_one() {
    let folder = tempfile::tempdir().unwrap();
    claims_at(&folder, 0).see(("origin", Some("here")), |_| {});
    let is_known = |remote| claims_at(&folder, 1).seen(remote).is_some();
    assert!(is_known(("origin", Some("moved"))) && is_known(("hub", Some("here"))));
    assert!(!is_known(("hub", Some("there"))) && !is_known(("hub", None)));
}
