//! What cannot be carried from one form to another: the same thing is reported once, with how often.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Finding, RepoPath, Rule, Severity};

/// Something that cannot be carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Loss {
    /// What it is.
    pub what: String,
    /// How often it is there.
    pub count: usize,
    /// Where it is first.
    pub path: RepoPath,
}

/// Everything that cannot be carried.
#[derive(Debug, Clone, Default)]
pub struct Losses(BTreeMap<String, (RepoPath, usize)>);

impl Losses {
    /// Notes that something cannot be carried.
    pub fn add(&mut self, what: &str, place: &RepoPath) {
        self.add_many(what, place, 1);
    }

    /// Notes that several of a kind cannot be carried.
    pub fn add_many(&mut self, what: &str, place: &RepoPath, count: usize) {
        if count > 0 {
            self.0.entry(what.to_owned()).or_insert_with(|| (place.clone(), 0)).1 += count;
        }
    }

    /// Takes over what another list holds.
    pub fn extend(&mut self, other: Self) {
        for (what, (place, count)) in other.0 {
            self.add_many(&what, &place, count);
        }
    }

    /// The list, in order of the words.
    pub fn list(&self) -> Vec<Loss> {
        let loss = |(what, (path, count)): (&String, &(RepoPath, usize))| Loss { what: what.clone(), count: *count, path: path.clone() };
        self.0.iter().map(loss).collect()
    }

    pub fn findings(&self) -> Vec<Finding> {
        let finding = |loss: Loss| {
            let times = if loss.count == 1 { String::new() } else { format!(" ({} times; here first)", loss.count) };
            Finding::new(Rule::NotCarried, Severity::Note, loss.path, format!("{}{times}", loss.what))
        };
        self.list().into_iter().map(finding).collect()
    }
}
