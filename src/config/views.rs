//! How tickets are looked at: the columns of the board and its limits, milestones and when they are due.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the board looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Board {
    /// The status words that have a column each, from left to right; none named means cmpm's own and those of `statuses`.
    pub columns: Vec<String>,
    /// How many tickets should be in a column at most, by its status word.
    pub wip: BTreeMap<String, u32>,
}

/// What is to be reached when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Form", into = "Form")]
pub struct Milestone {
    /// The day by which its tickets should be done.
    pub due: Option<String>,
    /// What it is, in a few words.
    pub title: Option<String>,
}

/// A date alone, or with more next to it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a date such as 2026-12-24, or `due: …` and `title: …`")]
enum Form {
    Nothing(()),
    Due(String),
    Whole(Whole),
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Whole {
    due: Option<String>,
    title: Option<String>,
}

impl From<Form> for Milestone {
    fn from(form: Form) -> Self {
        match form {
            Form::Nothing(()) => Self::default(),
            Form::Due(due) => Self { due: Some(due), title: None },
            Form::Whole(Whole { due, title }) => Self { due, title },
        }
    }
}

impl From<Milestone> for Form {
    fn from(milestone: Milestone) -> Self {
        match milestone {
            Milestone { due: None, title: None } => Self::Nothing(()),
            Milestone { due: Some(due), title: None } => Self::Due(due),
            Milestone { due, title } => Self::Whole(Whole { due, title }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_milestone_is_a_date_or_more() {
        let read = |text: &str| serde_yaml::from_str::<Milestone>(text);
        assert_eq!(read("2026-12-01").unwrap().due.as_deref(), Some("2026-12-01"));
        assert_eq!(read("~").unwrap(), Milestone::default());
        let whole = read("{due: 2026-12-01, title: The first}").unwrap();
        assert_eq!(whole.title.as_deref(), Some("The first"));
        for milestone in [whole, Milestone::default(), read("x").unwrap()] {
            assert_eq!(read(&serde_yaml::to_string(&milestone).unwrap()).unwrap(), milestone);
        }
        assert!(read("{day: 2026-12-01}").unwrap_err().to_string().contains("expected a date"));
    }
}
