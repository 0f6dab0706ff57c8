//! Who has written the history: whose texts are the project's own, as far as names say. A name is no proof; no signature is looked at.

use std::collections::HashSet;

use crate::context::Context;
use crate::git::{LogRange, Oid, Person};

/// How many commits are looked at, the newest first.
const COMMITS: usize = 2_000;
documented! {
    "docs/delegation.md": "among the authors of its newest {} commits", COMMITS;
}

/// The authors of a commit's history, and whoever uses cmpm here.
#[derive(Debug, Default)]
pub struct Authors(HashSet<String>);

impl Authors {
    /// Of a history that cannot be read nobody is known.
    pub fn at(context: &Context, commit: Oid) -> Self {
        let Ok(repository) = context.repository() else { return Self::default() };
        let range = LogRange { from: vec![commit], limit: COMMITS, ..LogRange::default() };
        let commits = repository.commits(&range).unwrap_or_default();
        let people = commits.into_iter().map(|commit| commit.author).chain(repository.identity().ok());
        Self(people.flat_map(names_of).collect())
    }

    /// Whether one of them has this name or address.
    pub fn know(&self, name: &str) -> bool {
        self.0.contains(&name.trim().to_lowercase())
    }
}

/// What a person may be called: name, address, both, and the login in an address that a forge made up.
fn names_of(Person { name, email }: Person) -> Vec<String> {
    let login = email.strip_suffix("@users.noreply.github.com").map(|login| login.rsplit('+').next().unwrap_or(login).to_lowercase());
    let (name, email) = (name.trim().to_lowercase(), email.trim().to_lowercase());
    let both = format!("{name} <{email}>");
    [Some(both), Some(name), Some(email), login].into_iter().flatten().filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_several_names() {
        let person = |name: &str, email: &str| names_of(Person { name: name.into(), email: email.into() });
        assert_eq!(person("Ana Ito", "ana@x.org"), ["ana ito <ana@x.org>", "ana ito", "ana@x.org"]);
        assert_eq!(person("A", "12+Ana-I@users.noreply.github.com").last().map(String::as_str), Some("ana-i"));
    }
}
