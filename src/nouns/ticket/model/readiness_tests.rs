//! The rules of `ready`, each with a ticket that it keeps back and one that it lets through.

use serde_json::json;

use super::*;
use crate::base::RepoPath;
use crate::document::Document;
use crate::process::Owner;
use crate::store::{Entry, Record, Source};

const NOW: &str = "2026-03-04T12:00:00Z";

macro_rules! about {
    () => {
        Circumstances { now: NOW.parse().unwrap(), config: &Config::default(), locate: &|_, property, _| (property.name(), 4) }
    };
}

/// A ticket from its front matter, the id first: `"TSK-1; depends_on: [TSK-2]"`.
fn ticket(text: &str) -> Listed<Ticket> {
    let (id, keys) = text.split_once(';').unwrap_or((text, ""));
    let path = RepoPath::parse(format!("tickets/{id}.md")).unwrap();
    let front = format!("---\nid: {id}\ntitle: t\n{}\n---\n", keys.replace(';', "\n").replace("\n ", "\n").trim_start());
    let document = Document::parse(front.into_bytes());
    let entry = Entry { path: &path, document: &document, config: &Config::default() };
    let record = Ticket::read(&entry, &mut Vec::new()).unwrap();
    Listed { record, path, document: (), source: Source::WorkTree }
}

fn tickets(texts: &[&str]) -> Vec<Listed<Ticket>> {
    texts.iter().map(|text| ticket(text)).collect()
}

/// The ready ids, and each waiting id with its reasons.
fn judged(texts: &[&str]) -> (Vec<String>, Vec<String>) {
    let tickets = tickets(texts);
    let judgement = judge(&tickets, &[], &about!());
    let why = |reasons: &[Reason]| reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    (
        judgement.ready.iter().map(|stored| stored.record.id.to_string()).collect(),
        judgement.waiting.iter().map(|(stored, reasons)| format!("{}: {}", stored.record.id, why(reasons))).collect(),
    )
}

#[test]
fn only_what_nobody_began_is_offered() {
    let (ready, waiting) =
        judged(&["TSK-1", "TSK-2; status: active", "TSK-3; status: done", "TSK-4; status: somehow", "TSK-5; status: open"]);
    assert_eq!(ready, ["TSK-1", "TSK-5"]);
    assert_eq!(waiting, [] as [&str; 0]);
}

#[test]
fn what_waits_says_for_what() {
    let (ready, waiting) = judged(&[
        "EP-1; depends_on: [ISS-9]",
        "ISS-1; parent: EP-1",
        "ISS-2; blocks: [TSK-1]",
        "ISS-9",
        "TSK-1; depends_on: [TSK-2]",
        "TSK-2; status: done",
    ]);
    // Two wait for the one, one for the other.
    assert_eq!(ready, ["ISS-9", "ISS-2"]);
    assert_eq!(
        waiting,
        ["EP-1: has parts, so start those; waits for ISS-9", "ISS-1: waits for ISS-9, as EP-1 does", "TSK-1: waits for ISS-2"]
    );
}

#[test]
fn containers_are_never_offered() {
    let (ready, waiting) = judged(&["EP-1", "ISS-1", "TSK-1; parent: ISS-1; status: done"]);
    assert_eq!(ready, [] as [&str; 0]);
    assert_eq!(waiting, ["EP-1: has no parts yet", "ISS-1: has parts, so start those"]);
}

#[test]
fn references_resolve_by_alias_and_in_any_case() {
    let (ready, waiting) = judged(&["TSK-1; depends_on: [iss-0042]", "ISS-7k3; aliases: [ISS-0042]", "TSK-2; depends_on: [iss-7K3]"]);
    assert_eq!(ready, ["ISS-7k3"]);
    assert_eq!(waiting, ["TSK-1: waits for ISS-7k3", "TSK-2: waits for ISS-7k3"]);
}

#[test]
fn of_two_files_with_one_id_the_unfinished_one_counts() {
    let mut twins = tickets(&["TSK-2; status: done", "TSK-2", "TSK-1; depends_on: [TSK-2]"]);
    for _ in 0..2 {
        let judgement = judge(&twins, &[], &about!());
        assert_eq!(judgement.waiting.len(), 1);
        assert_eq!(judgement.waiting[0].1, [Reason::Blocked { by: "TSK-2".into(), through: None }]);
        twins.swap(0, 1);
    }
}

#[test]
fn unknown_tickets_block_nobody_but_are_told() {
    let tickets = tickets(&["TSK-1; priority: low; depends_on: [TSK-9]", "TSK-2; status: done; depends_on: [TSK-9]"]);
    let judgement = judge(&tickets, &[], &about!());
    assert_eq!(judgement.ready.len(), 1);
    let told: Vec<String> = judgement.findings.iter().map(ToString::to_string).collect();
    let hint = "(write the full id of a ticket, or remove it)";
    assert_eq!(told, [format!("tickets/TSK-1.md:4: `depends_on` refers to `TSK-9`, which is not a ticket here, so it is ignored {hint}")]);
}

#[test]
fn a_date_defers_until_it_comes() {
    let (ready, waiting) = judged(&["TSK-1; defer_until: 2026-03-04", "TSK-2; defer_until: 05.03.2026", "TSK-3; defer_until: next spring"]);
    assert_eq!(ready, ["TSK-1"]);
    assert_eq!(waiting, ["TSK-2: not before 05.03.2026", "TSK-3: not before next spring"]);
}

#[test]
fn a_claimed_ticket_is_not_offered() {
    let tickets = tickets(&["TSK-1", "TSK-2"]);
    let claim = json!({ "ticket": "tsk-1", "run": "RUN-1", "owner": Owner::this_process(), "term": "lease", "since": NOW });
    let claim: Claim = serde_json::from_value(claim).unwrap();
    let judgement = judge(&tickets, &[claim], &about!());
    assert_eq!(judgement.ready.len(), 1);
    assert_eq!(judgement.waiting[0].1, [Reason::Claimed { run: Id::parse("RUN-1"), by: "RUN-1".into(), in_review: false }]);
}

#[test]
fn the_most_urgent_and_then_the_oldest_comes_first() {
    let (ready, _) = judged(&[
        "TSK-1; priority: low",
        "TSK-2; created: 2026-02-01",
        "TSK-3; created: 2025-02-01T00:00:00Z; priority: medium",
        "TSK-4; priority: High",
        "TSK-5; priority: critical",
        "TSK-6; priority: critical",
    ]);
    assert_eq!(ready, ["TSK-5", "TSK-6", "TSK-4", "TSK-3", "TSK-2", "TSK-1"]);
}
