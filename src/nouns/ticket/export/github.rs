//! What `gh issue list --json` writes. A ticket that did not come from GitHub gets a number that nothing there has yet.

use std::collections::HashSet;

use serde_json::{Value as Json, json};

use crate::config::Category;
use crate::exchange::Losses;
use crate::store::Stored;

use super::super::file::comment::Comment;
use super::super::file::draft::Draft;
use super::super::model::Ticket;
use super::place::{place_in, sections};
use crate::words::Property;

/// The whole document.
pub fn render(drafts: &[Draft], chosen: &[&Stored<Ticket>], losses: &mut Losses) -> String {
    let own = |draft: &Draft| place_in(draft, "github").and_then(|(name, _)| name.rsplit_once('#')?.1.parse::<u64>().ok());
    let taken: HashSet<u64> = drafts.iter().filter_map(own).collect();
    let mut free = (1u64..).filter(|number| !taken.contains(number));
    let mut issues = Vec::with_capacity(drafts.len());
    for (draft, stored) in drafts.iter().zip(chosen) {
        let number = own(draft).or_else(|| free.next()).unwrap_or_default();
        issues.push(issue(draft, &stored.record, number));
        let lost = draft.given().filter(|(property, _)| !is_carried(*property));
        lost.for_each(|(property, _)| losses.add(&format!("`{}`", property.name()), &stored.path));
    }
    format!("{:#}\n", Json::from(issues))
}

fn is_carried(property: Property) -> bool {
    use Property::{Aliases, Assignee, Author, Created, Due, Labels, Milestone, Status, Title};
    matches!(property, Title | Status | Assignee | Milestone | Due | Created | Author | Labels | Aliases)
}

fn issue(draft: &Draft, ticket: &Ticket, number: u64) -> Json {
    let (state, reason) = match ticket.category {
        Category::Done => ("CLOSED", "COMPLETED"),
        Category::Cancelled => ("CLOSED", "NOT_PLANNED"),
        Category::Todo | Category::Active => ("OPEN", ""),
    };
    let kept = |key: &str| draft.kept(key).and_then(Json::as_str);
    let assignees: Vec<Json> = match draft.kept("assignees").or(draft.more.get("assignees")).and_then(Json::as_array) {
        Some(all) if all.first().and_then(Json::as_str) == draft.assignee.as_deref() => {
            all.iter().map(|login| json!({ "login": login })).collect()
        }
        _ => draft.assignee.iter().map(|login| json!({ "login": login })).collect(),
    };
    json!({
        "number": number,
        "title": draft.heading(),
        "body": body(draft),
        "state": state,
        "stateReason": reason,
        "closed": ticket.category.is_closed(),
        "labels": draft.labels.iter().map(|label| json!({ "name": label })).collect::<Vec<_>>(),
        "assignees": assignees,
        "milestone": draft.milestone.as_ref().map(|title| json!({ "title": title, "dueOn": draft.due })),
        "author": draft.author.as_ref().map(|login| json!({ "login": login })),
        "createdAt": draft.created,
        "updatedAt": kept("updatedAt").or(kept("updated_at")).or(draft.created.as_deref()),
        "closedAt": kept("closedAt").or(kept("closed_at")).filter(|_| ticket.category.is_closed()),
        "url": place_in(draft, "github").and_then(|(_, url)| url),
        "comments": draft.comments.iter().map(comment).collect::<Vec<_>>(),
    })
}

/// The body without the heading that the import put above it.
fn body(draft: &Draft) -> &str {
    let first = draft.body.lines().next().is_some_and(|line| line.eq_ignore_ascii_case("## description"));
    if !first {
        return &draft.body;
    }
    sections(&draft.body, &["Description"]).into_iter().next().flatten().unwrap_or_default()
}

fn comment(said: &Comment) -> Json {
    json!({
        "author": said.author.as_ref().map(|login| json!({ "login": login })),
        "body": said.text,
        "createdAt": said.created,
        "url": said.more.get("url"),
    })
}
