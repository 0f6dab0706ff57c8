//! Every key can be asked for, by each of its names.

use super::*;
use crate::base::RepoPath;
use crate::config::Config;
use crate::document::Document;
use crate::nouns::ticket::model::properties::{known_keys, values};
use crate::store::{Entry, Listed, Record, Source};

const NOW: &str = "2026-03-04T12:00:00Z";

fn ticket(front: &str) -> Listed<Ticket> {
    let path = RepoPath::parse("tickets/x.md").unwrap();
    let document = Document::parse(format!("---\nid: TSK-1\ntitle: One two\n{front}---\n").into_bytes());
    let entry = Entry { path: &path, document: &document, config: &Config::default() };
    let record = Ticket::read(&entry, &mut Vec::new()).unwrap();
    Listed { record, path, document: (), source: Source::WorkTree }
}

fn passes(ticket: &Listed<Ticket>, text: &str) -> bool {
    let known = known_keys(std::slice::from_ref(ticket));
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let now = NOW.parse().unwrap();
    let condition = meant(Condition::parse(text, &known).unwrap(), &["Ana".into(), "@ana".into()], now);
    prepared(condition).unwrap().holds(&|key| values((&ticket.record, &ticket.path), key, now))
}

#[test]
fn every_key_can_be_asked_for() {
    let ticket = ticket(
        "status: In Progress\npriority: High\nassignees: [ana]\ntags: [Docs, old]\ndue_date: 01.03.2026\nestimate: 13\nsprint: 12\n\
         metadata:\n  team: red\nduplicates: [ISS-2]\ndiscovered_from: ISS-3\nparent_task: TSK-9\n",
    );
    for text in [
        "status=active and status='in progress' and category=active",
        "label=docs and tag=old and labels!=new",
        "due=2026-03-01 and due_date<2026-03-02 and overdue=yes",
        "sprint=12 and sprint>2 and metadata.team=red",
        "duplicates=iss-2 and discovered_from=ISS-3 and parent=TSK-9",
        "assignee=me and owner=me and not assignee!=me",
        "priority>medium and priority<p0 and priority>=high and priority<=1 and priority=high",
        "due=2026-03 and due=2026 and due>2026-02 and due<2026-03-02T00:00:00.5Z",
        "assignee!=none and milestone= and due=-3d and due<tomorrow and due<'next fri'",
        "estimate>=13 and path~tickets and kind=task and title~two and criteria!=1/2 and dialect~trackdown",
    ] {
        assert!(passes(&ticket, text), "{text}");
        assert!(!passes(&ticket, &format!("not ({text})")), "{text}");
    }
    assert!(!passes(&ticket, "due<2026-03-01"));
    for wrong in ["priority>soon", "due<soon"] {
        assert!(prepared(Condition::parse(wrong, &["priority", "due"]).unwrap()).is_err(), "{wrong}");
    }
}

#[test]
fn all_that_a_ticket_says_is_a_key() {
    let ticket = ticket("");
    let known = known_keys(std::slice::from_ref(&ticket));
    let value = serde_json::to_value(&ticket.record).unwrap();
    for key in value.as_object().unwrap().keys() {
        assert!(known.contains(key.as_str()), "{key} cannot be asked for");
    }
}
