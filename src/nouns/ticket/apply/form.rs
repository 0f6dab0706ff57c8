//! The form of a plan, for editors that check YAML while it is typed. What reads a plan is next to it, because it must know lines.

use schemars::JsonSchema;

use crate::words::{Kind, Written};

/// A plan: tickets that are created or updated together.
#[derive(Debug, JsonSchema)]
#[expect(dead_code, reason = "only its format is checked")]
pub struct PlanForm {
    /// `cmpm.plan/1`
    pub schema: Option<String>,
    /// Its name, by which its tickets are found again; the name of the file where there is none.
    pub name: Option<String>,
    /// Its tickets.
    pub tickets: Vec<TicketForm>,
}

/// A ticket of a plan; a text alone is its title.
#[derive(Debug, JsonSchema)]
#[expect(dead_code, reason = "only its format is checked")]
#[schemars(deny_unknown_fields)]
pub struct TicketForm {
    /// Its name within the plan, one word; made of the title where there is none.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// A ticket that is there already and should change.
    pub id: Option<String>,
    /// epic, issue, task or pr; by its place in the tree where there is none.
    pub kind: Option<Kind>,
    /// One line.
    pub title: Option<String>,
    /// The status word.
    pub status: Option<String>,
    #[serde(flatten)]
    pub properties: Written,
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
        let schema = schemars::schema_for!(TicketForm);
        let mut form: Vec<&str> = schema.get("properties").unwrap().as_object().unwrap().keys().map(String::as_str).collect();
        let mut read: Vec<&str> = super::super::yaml::ticket_keys().chain(["children"]).collect();
        form.sort_unstable();
        read.sort_unstable();
        assert_eq!(form, read);
    }
}
