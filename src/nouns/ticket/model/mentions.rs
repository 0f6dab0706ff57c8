//! Which tickets a text names, and what for: `Closes ISS-7k3, TSK-9p1` and `Refs: EP-4`. Pure; nothing is looked up.
//!
//! The text is a commit message or that of a pull request. What is not said by its author does not count: quotes, code,
//! comments, the subject of a reverted commit.

use crate::words::Kind;

/// What a text says about a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MentionVerb {
    /// The work it asks for is done.
    Closes,
    /// It has to do with it.
    Refers,
}

/// A ticket that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The id as written; maybe an alias, or the beginning of an id.
    pub id: String,
    pub verb: MentionVerb,
}

impl Mention {
    /// Whether the id can only be a ticket's: an unknown one is worth a word. `UTF-8` and `CVE-2026-1` look like ids too and may
    /// be ids of another tracker, and people write `PR-related`.
    pub fn is_surely_ticket(&self) -> bool {
        let Some((prefix, rest)) = self.id.split_once('-') else { return false };
        let is_own = |kind: Kind| prefix.eq_ignore_ascii_case(kind.prefix()) || prefix.eq_ignore_ascii_case(kind.as_str());
        // One in twenty of cmpm's own ids has no digit, and of their beginnings far more. `PR-relevant` looks like one, so there a
        // digit is wanted.
        let is_random = Kind::ALL.into_iter().any(|kind| kind != Kind::Pr && kind.prefix() == prefix)
            && (3..=8).contains(&rest.len())
            && rest.chars().all(|c| c.is_ascii_lowercase());
        Kind::ALL.into_iter().any(is_own) && (is_random || rest.contains(|c: char| c.is_ascii_digit()))
    }
}

const CLOSING: [&str; 4] = ["close", "closes", "fixes", "resolves"];
const REFERRING: [&str; 4] = ["ref", "refs", "part-of", "cmpm-ticket"];
/// Before a verb in the same clause they say that it has not happened.
const DENYING: [&str; 12] =
    ["not", "never", "no", "cannot", "without", "nor", "neither", "partially", "partly", "almost", "would", "could"];
/// How many words before a verb are looked at.
const CLAUSE: usize = 4;

/// Every ticket the text names, once each, in order. Who is named both ways is closed.
pub fn named_in(message: &str) -> Vec<Mention> {
    let prose = super::prose::said(message);
    let words = words(&prose);
    let mut mentions: Vec<Mention> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let Some(verb) = verb_of(word) else { continue };
        if verb == MentionVerb::Closes && is_denied(&words, index) {
            continue;
        }
        for id in ids_behind(&words, index) {
            match mentions.iter_mut().find(|mention| mention.id.eq_ignore_ascii_case(id)) {
                Some(known) => known.verb = known.verb.min(verb),
                None => mentions.push(Mention { id: id.to_owned(), verb }),
            }
        }
    }
    mentions
}

/// A word with what stands before it.
struct Word<'a> {
    gap: &'a str,
    text: &'a str,
    /// The character after it.
    next: Option<char>,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let is_inner = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '\'' | '’');
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(char::is_alphanumeric) {
        let (gap, from) = rest.split_at(start);
        let (text, behind) = from.split_at(from.find(|c| !is_inner(c)).unwrap_or(from.len()));
        words.push(Word { gap, text, next: behind.chars().next() });
        rest = behind;
    }
    words
}

fn verb_of(word: &Word<'_>) -> Option<MentionVerb> {
    // In `/closes` and `"closes` it is a part of an address or a quotation.
    let begins = word.gap.chars().next_back().is_none_or(|c| c.is_whitespace() || "([*_,;:-–—".contains(c));
    let is_one_of = |verbs: &[&str]| verbs.iter().any(|verb| word.text.eq_ignore_ascii_case(verb));
    match () {
        () if !begins => None,
        () if is_one_of(&CLOSING) => Some(MentionVerb::Closes),
        () if is_one_of(&REFERRING) => Some(MentionVerb::Refers),
        () => None,
    }
}

/// Whether the clause before a verb takes it back: `does not close`, `won't close`, `partially fixes`.
fn is_denied(words: &[Word<'_>], verb: usize) -> bool {
    let denies = |word: &Word<'_>| {
        let text = word.text.to_lowercase().replace('’', "'");
        DENYING.contains(&text.as_str()) || text.ends_with("n't")
    };
    let (mut behind, mut begins_line) = match words.get(verb) {
        Some(word) => (word.gap, word.text.starts_with(char::is_uppercase)),
        None => return false,
    };
    for word in words.get(..verb).unwrap_or_default().iter().rev().take(CLAUSE) {
        let ends = behind.contains([',', ';', ':', '!', '?', '(', ')']) || behind.contains("\n\n") || word.text.ends_with('.');
        // A line that begins with a capital letter is a trailer or a sentence of its own.
        if ends || (begins_line && behind.contains('\n')) {
            return false;
        }
        if denies(word) {
            return true;
        }
        (behind, begins_line) = (word.gap, false);
    }
    false
}

/// The ids of the list after a verb.
fn ids_behind<'a>(words: &[Word<'a>], verb: usize) -> Vec<&'a str> {
    let mut ids = Vec::new();
    let mut is_list = false;
    for word in words.iter().skip(verb + 1) {
        let allowed = if is_list { "*_[]`,&" } else { "*_[:" };
        let joined = word.gap.chars().all(|c| c.is_whitespace() || allowed.contains(c)) && !word.gap.contains("\n\n");
        let separated = !is_list || word.gap.contains([',', '&']);
        if is_list && joined && word.text.eq_ignore_ascii_case("and") {
            is_list = false;
            continue;
        }
        match Some(word).filter(|word| joined && separated && !word.gap.is_empty()).and_then(id_of) {
            Some(id) => ids.push(id),
            // `#1, ISS-7`: what another tracker numbered hides nothing.
            None if is_foreign(word, is_list) => {}
            None => break,
        }
        is_list = true;
    }
    ids
}

/// Whether an item of a list is a number of another tracker: `#1`, `12`, `3a`.
fn is_foreign(word: &Word<'_>, is_list: bool) -> bool {
    let gap = word.gap.trim_matches(|c: char| c == ' ' || c == '#' || c == ':');
    let joined = if is_list { gap == "," || gap == "&" } else { gap.is_empty() };
    joined && word.text.starts_with(|c: char| c.is_ascii_digit()) && word.text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// The id that a word is: a prefix, a dash and more. Prefixes of other trackers must be upper case or stand before a number, as
/// in `bd-2`, or prose would be full of them.
fn id_of<'a>(word: &Word<'a>) -> Option<&'a str> {
    // `ISS-1/notes`, `ISS-1@2`: a path or an address.
    if word.next.is_some_and(|c| "/\\@=#".contains(c)) {
        return None;
    }
    let id = word.text.trim_end_matches(['.', '-', '_', '\'', '’']);
    let (prefix, rest) = id.split_once('-')?;
    let is_upper = prefix.len() > 1 && prefix.chars().all(|c| c.is_ascii_uppercase());
    let is_own = Mention { id: id.to_owned(), verb: MentionVerb::Refers }.is_surely_ticket();
    let is_numbered = prefix.starts_with(|c: char| c.is_ascii_lowercase())
        && prefix.chars().all(|c| c.is_ascii_alphanumeric())
        && rest.contains(|c: char| c.is_ascii_digit());
    let fits = (is_upper || is_own || is_numbered)
        && !rest.is_empty()
        && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    fits.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `+` closes, `~` refers.
    fn named(message: &str) -> String {
        let sign = |mention: &Mention| if mention.verb == MentionVerb::Closes { '+' } else { '~' };
        named_in(message).iter().map(|mention| format!("{}{}", sign(mention), mention.id)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn verbs_name_lists_of_tickets() {
        for (message, wanted) in [
            ("Closes ISS-1", "+ISS-1"),
            ("fix: parse dates (closes ISS-1)", "+ISS-1"),
            ("x\n\nCloses: ISS-1, TSK-2 and EP-3.\nRefs: PR-4 & ISS-5", "+ISS-1 +TSK-2 +EP-3 ~PR-4 ~ISS-5"),
            ("Closes bd-2", "+bd-2"),
            ("Closes #1, bd-2 and #3, ISS-4", "+bd-2 +ISS-4"),
            ("x\n\nCloses: ISS-1,\n TSK-2\nCmpm-Ticket: EP-3\nPart-of: EP-4", "+ISS-1 +TSK-2 ~EP-3 ~EP-4"),
            ("**Closes** [ISS-1](https://example.invalid/ISS-9), then refs `x`", "+ISS-1"),
            ("- resolves iss-7k3\n- ref ISS-0042", "+iss-7k3 ~ISS-0042"),
            ("Refs ISS-1. Closes ISS-1, PROJ-12", "+ISS-1 +PROJ-12"),
            ("does it, closes ISS-1, refs ISS-2, ISS-1", "+ISS-1 ~ISS-2"),
            ("It is not nice.\nCloses ISS-1", "+ISS-1"),
            ("Not-for: not\nCloses: ISS-1\r\nRefs: ISS-2\r\n", "+ISS-1 ~ISS-2"),
        ] {
            assert_eq!(named(message), wanted, "{message}");
        }
    }

    #[test]
    fn other_words_name_nothing() {
        for message in [
            "does not close ISS-1",
            "this doesn't yet close ISS-1, it won’t fix it",
            "This does not\nclose ISS-1",
            "partially fixes ISS-1",
            "fix: ISS-1 crashes",
            "Fixes: 1a2b3c4d (\"subject\")",
            "fixes off-by-one and non-ASCII names, closes task-level ones",
            "closes the door, ISS-1 is next",
            "closes 3 doors, ISS-1 is next",
            "encloses ISS-1, closes-ISS-1",
            "see https://example.invalid/closes/ISS-1 and ?q=closes ISS-1",
            "Closes https://example.invalid/browse/ISS-1",
            "closes ISS-1/notes.md",
            "write \"closes ISS-1\" in the message",
            "Closes\n\nISS-1",
            "Revert \"Fix it, closes ISS-1\"\n\nThis reverts commit 1a2b3c4.",
            "> Closes ISS-1\n  > > closes ISS-2",
            "```\nCloses ISS-1\n```\n\n    Closes ISS-2\n\n`Closes ISS-3` ``closes ` ISS-4``",
            "<!-- Closes ISS-1\nCloses ISS-2 -->",
            "x\n# ------------------------ >8 ------------------------\nCloses ISS-1",
            "",
        ] {
            assert_eq!(named(message), "", "{message}");
        }
    }

    #[test]
    fn what_comes_after_is_heard_again() {
        assert_eq!(
            named("~~~md\nCloses ISS-1\n```\n~~~\nCloses ISS-2\n> quoted\nCloses ISS-3 <!-- x --> refs ISS-4"),
            "+ISS-2 +ISS-3 ~ISS-4"
        );
        assert_eq!(named("- fix it\n    closes ISS-1"), "+ISS-1");
    }

    #[test]
    fn only_some_prefixes_are_surely_tickets() {
        let sure = |text: &str| named_in(text).iter().all(Mention::is_surely_ticket);
        assert!(sure("closes TSK-1, issue-2, ISS-zzzzzzzz, ISS-zzz") && !sure("fixes UTF-8") && !sure("closes PR-related"));
    }
}
