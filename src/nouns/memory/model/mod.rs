//! The memory: its categories, its keys, and what may be written as one. No I/O.

pub mod cycle;
pub mod details;
pub mod error;
pub mod keys;
pub mod place;
pub mod standing;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, Rare, text};
use crate::config::Config;

use super::model::details::Details;
pub use super::model::error::ContentError;

/// The categories that every project has; `memory.categories` in the settings adds others.
pub const CATEGORIES: [&str; 4] = ["project", "pattern", "team", "error"];

/// How wide a title made from a text may be, in columns.
const TITLE_COLUMNS: usize = 80;

/// Something worth knowing the next time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Memory {
    /// Its id.
    pub id: Id,
    /// What it is about: project, pattern, team, error, or a category of the project's own.
    pub category: String,
    /// One line.
    pub title: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Languages, libraries and tools it is about.
    pub tech: Vec<String>,
    /// Globs of the files it is about.
    pub scope: Vec<String>,
    /// How certain it is, from 0 to 1.
    pub confidence: Option<f64>,
    /// Places in the code it was true of.
    pub anchors: Vec<Anchor>,
    /// Where it comes from.
    pub source: Provenance,
    /// Where its words come from that nobody has verified: a run with network, or `import`. No agent is given it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tainted: Option<String>,
    /// Memories that it replaces.
    pub supersedes: Vec<String>,
    /// The day after which it no longer applies, as written.
    pub valid_until: Option<String>,
    /// When it was written, as written.
    pub created: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Other ids it answers to.
    pub aliases: Vec<String>,
    /// What its category adds.
    #[serde(flatten)]
    pub details: Rare<Details>,
    /// Every other key of the file, those inside others as `mem0.user_id`, with its values as texts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, Vec<String>>,
}

/// A place in the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Anchor {
    /// The file, as written.
    pub path: String,
    /// The content the file had then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// What in the file is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// Which lines of that content are meant: `10` or `10-20`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<String>,
}

/// Where a memory comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// The agent that learned it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The run in which it was learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The ticket it was learned from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The commit that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The project it was imported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The format it was imported from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its id or place there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<String>,
    /// The digest of what was read there, by which a change is noticed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl Provenance {
    /// The keys in files, with what is known.
    pub fn entries(&self) -> [(&'static str, Option<&str>); 8] {
        let Self { agent, run, ticket, commit, project, from, external, digest } = self;
        let first = [("agent", agent), ("run", run), ("ticket", ticket), ("commit", commit)];
        let [agent, run, ticket, commit] = first.map(|(key, text)| (key, text.as_deref()));
        let last = [("project", project), ("from", from), ("external", external), ("digest", digest)];
        let [project, from, external, digest] = last.map(|(key, text)| (key, text.as_deref()));
        [agent, run, ticket, commit, project, from, external, digest]
    }
}

/// The categories of this project. One that could not be the name of a folder is none.
pub fn categories(config: &Config) -> impl Iterator<Item = &str> {
    let fits = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    CATEGORIES.into_iter().chain(config.memory.categories.names().filter(fits))
}

/// The category that `word` names, as this project writes it.
pub fn require_category(word: &str, config: &Config) -> Result<String, ContentError> {
    let found = categories(config).find(|name| name.eq_ignore_ascii_case(word.trim()));
    found
        .map(str::to_owned)
        .ok_or_else(|| ContentError::UnknownCategory { category: word.to_owned(), known: categories(config).map(str::to_owned).collect() })
}

/// `1 memory`, `2 memories`.
pub fn count(number: usize) -> String {
    if number == 1 { "1 memory".to_owned() } else { format!("{number} memories") }
}

/// A title for a text: its first line, or as many whole sentences of it as fit.
pub fn title_of(body: &str) -> String {
    let lines = body.lines().map(|line| text::one_line(line.trim_start_matches(['#', ' '])));
    let line = lines.into_iter().find(|line| !line.is_empty()).unwrap_or_default();
    if text::width(&line) <= TITLE_COLUMNS {
        return line;
    }
    let ends = line.match_indices([' ']).filter_map(|(at, _)| line.get(..at)).filter(|head| head.ends_with(['.', '!', '?', ';']));
    let fitting = ends.take_while(|head| text::width(head) <= TITLE_COLUMNS).last();
    fitting.map_or_else(|| text::fit(&line, TITLE_COLUMNS), |sentences| sentences.trim_end_matches(['.', ';']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_a_line_or_whole_sentences_of_it() {
        assert_eq!(title_of("\n# Use tabs. Always.\n\nBecause."), "Use tabs. Always.");
        let long = "Moving a page, e.g. a guide, breaks links in both directions. Search for its name before you move it.";
        assert_eq!(title_of(long), "Moving a page, e.g. a guide, breaks links in both directions");
        assert_eq!(text::width(&title_of(&"word ".repeat(40))), TITLE_COLUMNS);
        assert_eq!(title_of(" \n\t\n"), "");
    }

    #[test]
    fn a_project_may_add_categories_but_no_paths() {
        let mut config = Config::default();
        config.memory.categories = serde_json::from_str(r#"["customer", "../x", ""]"#).unwrap();
        assert_eq!(require_category("Customer", &config).unwrap(), "customer");
        assert!(matches!(require_category("../x", &config), Err(ContentError::UnknownCategory { known, .. }) if known.len() == 5));
    }
}
