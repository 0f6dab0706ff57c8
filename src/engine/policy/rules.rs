//! A list of globs in which each knows the file and line it comes from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fold::fold_glob;
use crate::base::RepoPath;
use crate::base::glob::{GlobError, Globs};

/// One glob and where it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// The glob as it was written.
    pub pattern: String,
    /// The file, and the line if it is known (`.cmpm/agents/qa.md:7`); `built in` for cmpm's own.
    pub origin: String,
}

/// Rules of one kind, in the order in which they were given.
#[derive(Debug, Clone)]
pub struct Rules {
    rules: Vec<Rule>,
    exact: Globs,
    folded: Globs,
}

impl Rule {
    pub(super) fn built_in(pattern: &str) -> Self {
        Self { pattern: pattern.to_owned(), origin: "built in".to_owned() }
    }
}

impl Rules {
    /// Reads rules of any origins.
    pub fn parse(rules: Vec<Rule>) -> Result<Self, GlobError> {
        let exact: Vec<&str> = rules.iter().map(|rule| rule.pattern.as_str()).collect();
        let folded: Vec<String> = exact.iter().map(|glob| fold_glob(glob)).collect();
        Ok(Self { exact: Globs::parse(&exact)?, folded: Globs::parse(&folded)?, rules })
    }

    /// Reads globs that all come from `origin`.
    pub fn from_origin<S: AsRef<str>>(origin: &str, globs: &[S]) -> Result<Self, GlobError> {
        let rule = |glob: &S| Rule { pattern: glob.as_ref().to_owned(), origin: origin.to_owned() };
        Self::parse(globs.iter().map(rule).collect())
    }

    /// The rules in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The first rule that covers exactly this path.
    pub(super) fn find(&self, path: &RepoPath) -> Option<&Rule> {
        let pattern = self.exact.matching(path)?;
        self.rules.iter().find(|rule| rule.pattern == pattern)
    }

    /// The first rule that covers the path, or a path which some file system takes for the same.
    pub(super) fn find_alike(&self, path: &RepoPath, folded: &[String]) -> Option<&Rule> {
        self.find(path).or_else(|| {
            let pattern = self.folded.matching(&RepoPath::parse(folded.join("/"))?)?;
            self.rules.iter().find(|rule| fold_glob(&rule.pattern) == pattern)
        })
    }
}
