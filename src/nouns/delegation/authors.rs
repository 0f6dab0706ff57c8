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

    /// Whether one of them has this name, address or login at a forge.
    pub fn know(&self, name: &str) -> bool {
        self.0.contains(name.trim().trim_start_matches('@').to_lowercase().as_str())
    }
}

/// Forges that make up addresses from a person's number and login, and what stands between the two.
const FORGES: [(&str, char); 2] = [("@users.noreply.github.com", '+'), ("@users.noreply.gitlab.com", '-')];

/// What a person may be called: name, address, both, and the login in an address that a forge made up. What stands before `@` in any
/// other address is no login: a stranger may have that one at a forge.
fn names_of(Person { name, email }: Person) -> Vec<String> {
    let (name, email) = (name.trim().to_lowercase(), email.trim().to_lowercase());
    let login = FORGES.iter().find_map(|(forge, sign)| {
        let made_up = email.strip_suffix(forge)?;
        let behind_number = made_up.split_once(*sign).filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
        Some(behind_number.map_or(made_up, |(_, login)| login).to_owned())
    });
    let both = format!("{name} <{email}>");
    [Some(both), Some(name), Some(email), login].into_iter().flatten().filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_several_names() {
        let person = |name: &str, email: &str| names_of(Person { name: name.into(), email: email.into() });
        assert_eq!(person("Ana Ito", "Ana@x.org"), ["ana ito <ana@x.org>", "ana ito", "ana@x.org"]);
        for (email, login) in [
            ("12+Ana-I@users.noreply.github.com", "ana-i"),
            ("Ana-I@users.noreply.github.com", "ana-i"),
            ("12-ana-i@users.noreply.gitlab.com", "ana-i"),
            ("mary-jane@users.noreply.gitlab.com", "mary-jane"),
        ] {
            assert_eq!(person("A", email).last().map(String::as_str), Some(login), "{email}");
        }
        let known = |email: &str, name: &str| Authors(person("A", email).into_iter().collect()).know(name);
        assert!(known("12+Ana-I@users.noreply.github.com", "@Ana-I"));
        // Whoever has the login `jane` need not be the Jane of that company.
        assert!(!known("jane@company.example", "@jane") && !known("jane@company.example", "jane"));
        assert!(known("jane@company.example", "Jane@company.example"));
    }
}
