//! What was fixed and what was not, as data and as the agent's closing words.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{RepoPath, text};
use crate::engine::links::{Broken, Problem};

/// What the work came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DocumentationReport {
    /// How many Markdown files were looked at.
    pub pages: usize,
    /// What was fixed, in order of files and lines.
    pub repaired: Vec<Repaired>,
    /// What was left as it is, in order of files and lines.
    pub left: Vec<Left>,
    /// How many broken links there are in files that were not to be changed.
    pub elsewhere: usize,
}

/// A link that was fixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Repaired {
    /// The file.
    pub path: RepoPath,
    /// The line, counted from 1.
    pub line: u32,
    /// The target as it was written.
    pub from: String,
    /// The target as it is written now.
    pub to: String,
}

/// A link that leads nowhere and was left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Left {
    /// The file.
    pub path: RepoPath,
    /// The line, counted from 1.
    pub line: u32,
    /// The target as it is written.
    pub target: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Repaired {
    pub(super) fn new(link: &Broken, to: &str) -> Self {
        Self { path: link.page.clone(), line: link.line, from: link.target.clone(), to: to.to_owned() }
    }
}

impl Left {
    pub(super) fn new(link: &Broken, problem: &str) -> Self {
        Self { path: link.page.clone(), line: link.line, target: link.target.clone(), problem: problem.to_owned() }
    }
}

pub(super) fn problem(problem: Problem) -> &'static str {
    match problem {
        Problem::MissingFile => "there is no such file, and no single similar one",
        Problem::MissingAnchor => "there is no such heading, and no single similar one",
        Problem::CaseDiffers => "several files differ from it in case only",
    }
}

impl fmt::Display for DocumentationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: BTreeSet<&RepoPath> = self.repaired.iter().map(|link| &link.path).collect();
        let looked = text::plural(self.pages, "Markdown file");
        if self.repaired.is_empty() {
            writeln!(f, "Looked at the links of {looked}; nothing was changed.")?;
        } else {
            let (links, changed) = (text::plural(self.repaired.len(), "link"), text::plural(files.len(), "file"));
            writeln!(f, "Looked at the links of {looked}; fixed {links} in {changed}.\n\n## Fixed\n")?;
            for link in &self.repaired {
                writeln!(f, "- {}:{}: {} → {}", link.path, link.line, code(&link.from), code(&link.to))?;
            }
        }
        if !self.left.is_empty() {
            writeln!(f, "\n## Left unchanged\n")?;
            for link in &self.left {
                writeln!(f, "- {}:{}: {}: {}", link.path, link.line, code(&link.target), text::one_line(&link.problem))?;
            }
        }
        if self.elsewhere > 0 {
            let links = text::plural(self.elsewhere, "more broken link");
            writeln!(f, "\nFiles outside of this ticket have {links}; they were not touched.")?;
        }
        Ok(())
    }
}

/// `target` as Markdown shows it unchanged.
fn code(target: &str) -> String {
    format!("`{}`", text::one_line(target).replace('`', "'"))
}
