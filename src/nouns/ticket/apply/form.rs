//! The form of a plan, for editors that check YAML while it is typed. What reads a plan is beside it, because it must know lines.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::model::Kind;

/// A plan: tickets that are created or updated together.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanForm {
    /// `cmpm.plan/1`
    pub schema: Option<String>,
    /// Its name, by which its tickets are found again; the name of the file where there is none.
    pub name: Option<String>,
    /// Its tickets.
    pub tickets: Vec<TicketForm>,
}

/// A ticket of a plan; a text alone is its title.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TicketForm {
    /// Its name within the plan, one word; made of the title where there is none.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// A ticket that is there already and shall change.
    pub id: Option<String>,
    /// epic, issue, task or pr; by its place in the tree where there is none.
    pub kind: Option<Kind>,
    /// One line.
    pub title: Option<String>,
    /// The status word.
    pub status: Option<String>,
    /// critical, high, medium or low.
    pub priority: Option<String>,
    /// The ticket it is a part of, by `ref` or id; the one around it where there is none.
    pub parent: Option<String>,
    /// Who works on it.
    pub assignee: Option<String>,
    /// The agent it is meant for.
    pub agent: Option<String>,
    /// Labels.
    pub labels: Option<Vec<String>>,
    /// Tickets that must be finished before, by `ref` or id.
    pub depends_on: Option<Vec<String>>,
    /// Tickets that wait for it.
    pub blocks: Option<Vec<String>>,
    /// Tickets that belong together.
    pub related: Option<Vec<String>>,
    /// Tickets that say the same.
    pub duplicates: Option<Vec<String>>,
    /// Tickets during whose work it was found.
    pub discovered_from: Option<Vec<String>>,
    /// Globs of files it expects to touch.
    pub paths: Option<Vec<String>>,
    /// How much work it is.
    pub estimate: Option<String>,
    /// When it should be finished, such as 2026-12-24.
    pub due: Option<String>,
    /// Not before.
    pub defer_until: Option<String>,
    /// The milestone.
    pub milestone: Option<String>,
    /// What it is about, in Markdown.
    pub description: Option<String>,
    /// What must be true in the end, one line each.
    pub acceptance: Option<Vec<String>>,
    /// Its parts.
    pub children: Option<Vec<TicketForm>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_has_the_keys_that_are_read() {
        let form = serde_json::to_value(TicketForm::default()).unwrap();
        let keys: Vec<&str> = form.as_object().unwrap().keys().map(String::as_str).collect();
        let read: Vec<&str> = super::super::yaml::TICKET_KEYS.into_iter().chain(["children"]).collect();
        assert_eq!(keys, read);
    }
}
