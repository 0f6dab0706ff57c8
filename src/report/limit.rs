//! How much of a list is shown.

use clap::Args;
use schemars::JsonSchema;
use serde::Deserialize;

// No doc comment on the struct: clap would take it for the help of the verb that it is a part of.
#[derive(Debug, Clone, Copy, Default, Args, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Limit {
    /// Show at most N of them; 0 shows all
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<usize>,
}

impl Limit {
    /// Leaves the first of a list; how many it left out.
    pub fn cut<T>(self, list: &mut Vec<T>) -> usize {
        let all = list.len();
        list.truncate(self.limit.filter(|limit| *limit > 0).unwrap_or(all));
        all - list.len()
    }
}

/// What a list says that left nothing out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub fn is_zero(count: &usize) -> bool {
    *count == 0
}
