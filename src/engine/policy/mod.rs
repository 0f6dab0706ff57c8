//! What a role may write: a decision on each path, with the rule that made it. Default deny, deny wins, doubt is a no.

mod fold;
mod guard;
mod lock;
mod power;
mod protected;
mod rules;

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use self::fold::fold_path;
use self::power::grants;
use self::protected::{NEVER, UNLESS_NAMED};
use crate::base::RepoPath;

pub use self::guard::{Checked, NewKind, Proposed, Sample, Violation, check, holds_secrets, is_page, questionable_link, sample};
pub use self::lock::{Inventory, LOCK, Lock, Unlocked, agent_files};
pub use self::power::{Gain, gains};
pub use self::protected::page as protected_page;
pub use self::rules::{Rule, Rules};

/// Whether agents take instructions, settings or tools from a file. A name that cannot be judged counts as one.
pub fn instructs(path: &RepoPath) -> bool {
    fold_path(&path.lossy()).is_none_or(|parts| protected::instructs(&parts))
}

/// A role: what an agent, or a person, may change.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its name, such as `qa`.
    pub name: String,
    /// The file that defines it, as shown where nothing was granted.
    pub source: String,
    /// What it may write; nothing else.
    pub write: Rules,
    /// What it may not write although a write rule covers it.
    pub deny: Rules,
}

/// Whether a path may be written, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes.
    Allowed {
        /// The write rule that grants it.
        by: Rule,
    },
    /// No.
    Denied {
        /// Why not.
        by: Reason,
    },
}

/// Why a path may not be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Rules are text; a name that is not cannot be granted.
    NotUtf8,
    /// Some file system reads the name as another file's.
    UnsafeName,
    /// The built-in list of what no role writes.
    Never(Rule),
    /// The built-in list of what only a rule that spells it out grants.
    Unnamed(Rule),
    /// A deny rule of the role.
    Rule(Rule),
    /// No write rule covers it; the role's file.
    NotGranted(String),
}

impl Role {
    /// Decides whether this role may write `path`.
    pub fn decide(&self, path: &RepoPath) -> Decision {
        match self.grant(path) {
            Ok(rule) => Decision::Allowed { by: rule.clone() },
            Err(reason) => Decision::Denied { by: reason },
        }
    }

    /// A digest of what this role may do: equal for roles that decide alike by the same rules, wherever they are written.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("cmpm.policy/1\nname {:?}\n", self.name).as_bytes());
        for (kind, rules) in [("write", &self.write), ("deny", &self.deny)] {
            let mut patterns: Vec<&str> = rules.rules().iter().map(|rule| rule.pattern.as_str()).collect();
            patterns.sort_unstable();
            patterns.dedup();
            for pattern in patterns {
                hasher.update(format!("{kind} {pattern:?}\n").as_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    fn grant(&self, path: &RepoPath) -> Result<&Rule, Reason> {
        let text = path.as_str().ok_or(Reason::NotUtf8)?;
        let folded = fold_path(text).ok_or(Reason::UnsafeName)?;
        if let Some((entry, _)) = protected::find(NEVER, &folded) {
            return Err(Reason::Never(Rule::built_in(entry)));
        }
        if let Some(rule) = self.deny.find_alike(path, &folded) {
            return Err(Reason::Rule(rule.clone()));
        }
        let Some((entry, depth)) = protected::find(UNLESS_NAMED, &folded) else {
            return self.write.find(path).ok_or_else(|| Reason::NotGranted(self.source.clone()));
        };
        let names_it =
            |rule: &&Rule| protected::names(&rule.pattern, text, depth) && single(rule).is_some_and(|rules| rules.find(path).is_some());
        self.write.rules().iter().find(names_it).ok_or_else(|| Reason::Unnamed(Rule::built_in(entry)))
    }
}

/// The rule alone; every rule of a role has been read before, so it can be read again.
fn single(rule: &Rule) -> Option<Rules> {
    Rules::parse(vec![rule.clone()]).ok()
}

impl Decision {
    /// Whether the answer is yes.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

impl Reason {
    /// The pattern that decided, or what stands for it.
    pub fn rule(&self) -> &str {
        match self {
            Self::NotUtf8 | Self::UnsafeName => "file names",
            Self::Never(rule) | Self::Unnamed(rule) | Self::Rule(rule) => &rule.pattern,
            Self::NotGranted(_) => "write",
        }
    }

    /// Where that pattern is written.
    pub fn origin(&self) -> &str {
        match self {
            Self::NotUtf8 | Self::UnsafeName => "built in",
            Self::Never(rule) | Self::Unnamed(rule) | Self::Rule(rule) => &rule.origin,
            Self::NotGranted(source) => source,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("its name is not UTF-8, so no rule can grant it"),
            Self::UnsafeName => f.write_str("some file systems take its name for another file's"),
            Self::Never(rule) => write!(f, "no role ever writes `{}`", rule.pattern),
            Self::Unnamed(rule) => write!(f, "`{}` is granted only by a write rule that spells it out", rule.pattern),
            Self::Rule(rule) => write!(f, "the deny rule `{}` covers it", rule.pattern),
            Self::NotGranted(_) => f.write_str("no write rule covers it"),
        }
    }
}

#[cfg(test)]
mod tests;
