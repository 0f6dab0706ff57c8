//! The acceptance criteria of a ticket, counted.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::markdown;

/// The section whose checklist is meant.
const HEADING: &str = "Acceptance criteria";

/// How many criteria are fulfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Criteria {
    /// Those that are ticked.
    pub done: usize,
    /// All of them.
    pub total: usize,
}

impl Criteria {
    /// The checklist below `## Acceptance criteria`; `None` if there is none.
    pub fn of(body: &str) -> Option<Self> {
        // To parse Markdown takes longer than to look whether there is a box in it at all.
        ["[ ]", "[x]", "[X]"].iter().any(|mark| body.contains(mark)).then_some(())?;
        let items = markdown::checklist(markdown::section(body, HEADING)?);
        let done = items.iter().filter(|item| item.checked).count();
        (!items.is_empty()).then_some(Self { done, total: items.len() })
    }
}

impl fmt::Display for Criteria {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.done, self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_checklist_of_its_section_counts() {
        let body = "- [x] a\n\n## Acceptance Criteria\n\n- [x] b\n- [ ] c\n  - [X] d\n\n### More\n- [ ] e\n\n## Notes\n- [x] f\n";
        assert_eq!(Criteria::of(body).map(|criteria| criteria.to_string()).as_deref(), Some("2/4"));
        for none in ["", "- [x] a\n", "## Acceptance criteria\n\nnone [x]\n", "## Acceptance criteria\n"] {
            assert_eq!(Criteria::of(none), None, "{none}");
        }
    }
}
