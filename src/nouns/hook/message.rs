//! Tickets named in a commit message: `Closes: ISS-7k3`, `fixes ISS-1 and TSK-2`. Pure.

use crate::nouns::ticket::Kind;

/// Words that say what a commit does to a ticket.
const CLOSING: [&str; 9] = ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"];
const NAMING: [&str; 2] = ["ref", "refs"];

/// A ticket that a message names.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// As it is written.
    pub id: String,
    /// Whether the commit says to close it.
    pub closes: bool,
}

/// The tickets that `message` names behind such a word, each once. What git will cut off does not count.
#[must_use]
pub fn tickets(message: &str) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    let kept = message.lines().take_while(|line| !line.contains(">8 ---")).filter(|line| !line.starts_with('#'));
    for line in kept {
        let mut closes = None;
        for word in
            line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '&' | '`' | '"')).filter(|w| !w.is_empty())
        {
            let key = word.trim_end_matches(':').to_ascii_lowercase();
            let id = word.trim_matches(|c: char| matches!(c, ':' | '.' | '!' | '?' | '[' | ']'));
            if CLOSING.contains(&key.as_str()) || NAMING.contains(&key.as_str()) {
                closes = Some(CLOSING.contains(&key.as_str()));
            } else if let Some(closes) = closes.filter(|_| is_ticket(id)) {
                if !found.iter().any(|named| named.id.eq_ignore_ascii_case(id)) {
                    found.push(Named { id: id.to_owned(), closes });
                }
            } else if key != "and" {
                closes = None;
            }
        }
    }
    found
}

/// Whether a word has the form of an id that tickets have here; `#12` and `JIRA-12` are other trackers'.
fn is_ticket(word: &str) -> bool {
    word.split_once('-').is_some_and(|(prefix, rest)| {
        let is_prefix = Kind::ALL.iter().any(|kind| kind.prefix().eq_ignore_ascii_case(prefix));
        is_prefix && !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(message: &str) -> Vec<String> {
        tickets(message).into_iter().map(|named| if named.closes { named.id + "!" } else { named.id }).collect()
    }

    #[test]
    fn tickets_are_named_in_prose_and_in_trailers() {
        assert_eq!(ids("Mend it\n\nCloses: ISS-7k3, TSK-2\nRefs: EP-1\n"), ["ISS-7k3!", "TSK-2!", "EP-1"]);
        assert_eq!(ids("fixes iss-1 and ISS-2. Closes #12, fixes JIRA-4"), ["iss-1!", "ISS-2!"]);
        assert_eq!(ids("Fix the parser of ISS-1; ref the PR-review"), Vec::<String>::new());
    }

    #[test]
    fn what_git_cuts_off_does_not_count() {
        assert_eq!(ids("a\n# Closes ISS-1\n# --- >8 ---\nCloses ISS-2\n"), Vec::<String>::new());
    }
}
