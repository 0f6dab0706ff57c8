//! What a new ticket, or a change of one, may say beyond the usual: flags of the ticket tool that few tickets need.

use crate::document::Value;
use crate::report::prelude::*;

use super::super::file::values::{ValueError, require_line};

/// Details of a new ticket, each written under the key of its flag.
#[derive(Debug, Default, Args)]
pub struct Details {
    /// How many tokens it is expected to take
    #[arg(long, value_name = "NUMBER")]
    estimated_tokens: Option<u64>,
    /// The branch a pull request is about
    #[arg(long, visible_alias = "source-branch", value_name = "BRANCH", add = Takes::Branch)]
    branch: Option<String>,
    /// The branch a pull request goes to
    #[arg(long, visible_alias = "target", value_name = "BRANCH", add = Takes::Branch)]
    target_branch: Option<String>,
    /// Who should review it; may be given again
    #[arg(long, visible_alias = "reviewers", value_delimiter = ',', value_name = "NAME", add = Takes::Person)]
    reviewer: Vec<String>,
}

/// Every key that flags beyond the usual ones write.
pub const WRITTEN: [&str; 6] = ["branch", "target_branch", "reviewers", "estimated_tokens", "actual_tokens", "time_spent"];

/// What a change may say beyond the usual.
#[derive(Debug, Default, Args)]
pub struct More {
    /// Text to add to the notes
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub notes: Option<String>,
    /// Why; it becomes a comment
    #[arg(long, short = 'm', alias = "comment", value_name = "TEXT", allow_hyphen_values = true)]
    pub reason: Option<String>,
}

impl Details {
    /// Refuses names that are not what they look like.
    pub fn check(&self) -> Result<(), ValueError> {
        self.reviewer.iter().try_for_each(|name| require_line("reviewer", name, true))
    }

    /// The keys that were given, with their values.
    pub fn fields(&self) -> impl Iterator<Item = (String, Value)> {
        let texts = [("branch", &self.branch), ("target_branch", &self.target_branch)];
        let given = texts.into_iter().filter_map(|(key, text)| Some((key, Value::from(text::one_line(text.as_ref()?)))));
        let tokens = self.estimated_tokens.map(|tokens| ("estimated_tokens", Value::from(tokens)));
        let reviewers = (!self.reviewer.is_empty()).then(|| ("reviewers", Value::texts(&self.reviewer)));
        given.chain(tokens).chain(reviewers).map(|(key, value)| (key.to_owned(), value))
    }
}
