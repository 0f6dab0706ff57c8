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

    /// Whether one of them has this name, address or handle.
    pub fn know(&self, name: &str) -> bool {
        self.0.contains(name.trim().trim_start_matches('@').to_lowercase().as_str())
    }
}

/// Forges that make up addresses from a person's number and login, and what stands between the two.
const FORGES: [(&str, char); 2] = [("@users.noreply.github.com", '+'), ("@users.noreply.gitlab.com", '-')];
/// What stands before `@` in many people's addresses, and is nobody's handle.
const NOBODY: [&str; 14] =
    ["admin", "contact", "dev", "email", "git", "github", "hello", "info", "mail", "me", "noreply", "root", "support", "user"];

/// What a person may be called: name, address, both, and the handle that an import has of them: the login in an address that a forge
/// made up, or what stands before `@`.
fn names_of(Person { name, email }: Person) -> Vec<String> {
    let email = email.to_lowercase();
    let of_forge = FORGES.iter().find_map(|(forge, sign)| Some((email.strip_suffix(forge)?, *sign)));
    let login = match of_forge {
        Some((login, sign)) => login.split_once(sign).map_or(login, |(_, login)| login),
        None => email.split_once('@').map_or("", |(login, _)| login.split_once('+').map_or(login, |(login, _)| login)),
    };
    let login = (login.len() > 1 && !NOBODY.contains(&login)).then(|| login.to_owned());
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
        assert_eq!(person("Ana Ito", "ana@x.org"), ["ana ito <ana@x.org>", "ana ito", "ana@x.org", "ana"]);
        assert_eq!(person("Ana Ito", "info@x.org"), ["ana ito <info@x.org>", "ana ito", "info@x.org"]);
        for email in [
            // As forges have them, with and without the number.
            "12+Ana-I@users.noreply.github.com",
            "Ana-I@users.noreply.github.com",
            "12-ana-i@users.noreply.gitlab.com",
            "ana-i+git@x.org",
        ] {
            assert_eq!(person("A", email).last().map(String::as_str), Some("ana-i"), "{email}");
        }
        let authors = Authors(names_of(Person { name: "A".into(), email: "ana-i@x.org".into() }).into_iter().collect());
        assert!(authors.know("@Ana-I") && authors.know("ana-i") && !authors.know("@ana"));
    }
}
