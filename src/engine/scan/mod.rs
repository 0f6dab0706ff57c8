//! Secrets in texts, by rules in the form of gitleaks. A text is read once for the keywords of all rules; only the rules whose
//! keyword it holds are read, compiled and tried.

mod allow;
mod baseline;
mod decode;
mod form;
mod ignore;
mod index;
mod keywords;
mod load;
mod pattern;
mod personal;
mod place;
mod rule;
mod unknown;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Mutex;

use memchr::{memchr, memrchr};

use self::allow::{Allowlist, Candidate};
use self::baseline::Baseline;
pub use self::baseline::{BASELINE_FILE, baseline};
pub use self::decode::readable;
use self::form::FileForm;
use self::ignore::Ignored;
use self::index::{Lines, Taken};
use self::keywords::Keywords;
pub use self::load::RuleProblem;
use self::place::Place;
use self::rule::{AROUND, Rule, Span, Written};
use crate::base::{RepoPath, Severity};

/// So many bytes around a match say what it is for.
const NEAR: usize = 240;

/// Where a project keeps rules of its own; the first that is there counts.
pub const RULES_FILES: [&str; 2] = [".betterleaks.toml", ".gitleaks.toml"];
/// Where a project keeps the fingerprints of findings it accepted.
pub const IGNORE_FILE: &str = ".gitleaksignore";
/// The files that say what is a secret and what is not.
pub const FILES: [&str; 4] = [RULES_FILES[0], RULES_FILES[1], IGNORE_FILE, BASELINE_FILE];
/// On a line with one of these, nothing is a secret.
const ALLOW_MARKS: [&[u8]; 2] = [b"gitleaks:allow", b"cmpm:allow"];
/// What is larger is not looked at.
pub const MOST_BYTES: u64 = 64 << 20;
/// The rule about private keys.
const PRIVATE_KEY: &str = "private-key";
/// How many characters of a secret are shown.
const SHOWN: usize = 4;
documented! {
    "docs/check.md": "{} characters and its length", word(SHOWN);
}

/// Rules, ready to be tried on texts. Shared between threads by reference.
#[derive(Debug)]
pub struct Scanner {
    /// The file that says which rules there are; a project need not have it.
    source: RepoPath,
    rules: Vec<Written>,
    allowlists: Vec<Allowlist>,
    ignored: Ignored,
    baseline: Baseline,
    /// What the baseline held back.
    known: Mutex<BTreeSet<String>>,
    keywords: Keywords,
}

/// A text to look through.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    pub path: &'a RepoPath,
    pub bytes: &'a [u8],
    /// The full name of the commit that brought it, if one is meant.
    pub commit: Option<&'a str>,
}

/// What looks like a secret. Its value never leaves this room whole.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The rule's id, such as `github-pat`.
    pub rule: String,
    /// What it is, in words.
    pub description: String,
    /// The line where it begins, counted from 1; absent where the file as a whole is one.
    pub line: Option<u32>,
    /// Whether a mark on its lines says that it is none.
    pub marked: bool,
    /// Whether it is no secret but somebody's data.
    pub personal: bool,
    /// How much it matters where it stands.
    pub severity: Severity,
    value: Vec<u8>,
}

/// What a rule is about, for people who ask.
#[derive(Debug, Clone, Copy)]
pub struct RuleText<'a> {
    pub id: &'a str,
    pub description: &'a str,
    /// The words without which it is not tried.
    pub keywords: &'a [String],
}

impl Secret {
    /// Its beginning and its length: `AKIA… (20 characters)`.
    pub fn shown(&self) -> String {
        let text = String::from_utf8_lossy(&self.value);
        let length = text.chars().count();
        let start: String = text.chars().take(SHOWN.min(length / 3)).filter(|c| !c.is_control()).collect();
        format!("{start}… ({length} characters)")
    }

    /// Whether it opens something by itself: nobody but its owner has a use for it, wherever it stands.
    pub fn is_private_key(&self) -> bool {
        self.rule == PRIVATE_KEY
    }

    /// Whether both are the same secret, wherever they stand.
    pub fn is_same(&self, other: &Self) -> bool {
        self.rule == other.rule && self.value == other.value
    }
}

/// Secrets by what they are, wherever in a text they stand, and how much they matter there.
#[derive(Default)]
pub struct Known(HashMap<String, HashMap<Vec<u8>, Severity>>);

impl Known {
    pub fn of(secrets: Vec<Secret>) -> Self {
        let mut known = Self::default();
        for Secret { rule, value, severity, .. } in secrets {
            let most = known.0.entry(rule).or_default().entry(value).or_insert(severity);
            *most = severity.max(*most);
        }
        known
    }

    /// Whether it is one of these, and mattered as much.
    pub fn has(&self, secret: &Secret) -> bool {
        let known = self.0.get(&secret.rule).and_then(|values| values.get(&secret.value));
        known.is_some_and(|severity| *severity >= secret.severity)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} {}", self.rule, self.line.unwrap_or(0), self.shown())
    }
}

impl Scanner {
    /// Without anything that was accepted.
    fn new(source: RepoPath, rules: Vec<Written>, file: &FileForm) -> Self {
        let allowlists = file.allowlist.iter().chain(&file.allowlists).map(Allowlist::new).collect();
        let words = rules.iter().enumerate().flat_map(|(place, rule)| rule.keywords.iter().map(move |word| (word.clone(), place)));
        let keywords = Keywords::new(words);
        let (ignored, baseline) = (Ignored::default(), Baseline::default());
        Self { source, rules, allowlists, ignored, baseline, known: Mutex::default(), keywords }
    }

    /// Everything in a text that may not get into a record and that no mark allows, in the order of the lines: all secrets, wherever
    /// the text comes from.
    pub fn scan(&self, text: &Text<'_>) -> Vec<Secret> {
        let mut secrets = self.scan_marked(text);
        secrets.retain(|secret| !secret.marked && (secret.severity == Severity::Error || !secret.personal));
        secrets
    }

    /// Every secret and all personal data in a text, with what a mark on its lines allows.
    pub fn scan_marked(&self, text: &Text<'_>) -> Vec<Secret> {
        let bytes = readable(text.bytes);
        let text = &Text { bytes: &bytes, ..*text };
        let path = text.path.lossy();
        let lines = Lines::of(&bytes);
        let mut found = self.hits(text, &path, |_| true);
        drop_general(&mut found);
        let mut secrets: Vec<Secret> = found.iter().filter_map(|hit| hit.secret(text, &lines)).collect();
        secrets.extend(self.coded(text, &Taken::by(&found), &lines));
        let whole = self.rules.iter().filter_map(Written::if_read);
        let whole = whole.filter(|rule| rule.regex.is_none() && rule.path.is_some() && rule.covers(&path));
        let whole = whole.map(|rule| Hit { rule, span: None }).filter(|hit| !self.is_harmless(text, &path, hit));
        secrets.extend(whole.filter_map(|hit| hit.secret(text, &lines)));
        secrets.retain(|secret| !self.is_accepted(text, &path, secret));
        secrets.sort_by(|one, other| (one.line, &one.rule).cmp(&(other.line, &other.rule)));
        secrets.dedup();
        secrets
    }

    /// The bytes of a text with the beginning and the length of each secret in its place.
    pub fn without_secrets(&self, text: &Text<'_>) -> Vec<u8> {
        let mut bytes = text.bytes.to_vec();
        for secret in self.scan_marked(text).iter().filter(|secret| !secret.value.is_empty()) {
            let pieces: Vec<usize> = memchr::memmem::find_iter(&bytes, &secret.value).collect();
            for at in pieces.into_iter().rev() {
                bytes.splice(at..at + secret.value.len(), secret.shown().into_bytes());
            }
        }
        bytes
    }

    /// What the wanted rules find in a text and no list allows.
    fn hits(&self, text: &Text<'_>, path: &str, is_wanted: impl Fn(&Rule) -> bool) -> Vec<Hit<'_>> {
        let place = Place::of(text.path);
        let rules = self
            .candidates(text.bytes)
            .filter(|rule| is_wanted(rule) && rule.severity(place).is_some())
            .filter(|rule| rule.check.is_none_or(|check| check.is_possible(text.bytes)));
        let bytes = decode::without_escapes(text.bytes);
        let hits = rules.flat_map(|rule| rule.spans(&bytes).into_iter().map(move |span| Hit { rule, span: Some(span) }));
        hits.filter(|hit| hit.rule.covers(path) && !self.is_harmless(text, path, hit)).collect()
    }

    /// The secrets of known makers in what is encoded once more. They count as being where the code begins.
    fn coded(&self, text: &Text<'_>, known: &Taken, lines: &Lines<'_>) -> Vec<Secret> {
        let (path, mut secrets) = (text.path.lossy(), Vec::new());
        for decode::Coded { place, text: inner } in decode::coded(text.bytes).into_iter().filter(|coded| !known.overlaps(&coded.place)) {
            let inner = Text { bytes: &inner, ..*text };
            for hit in self.hits(&inner, &path, |rule| !rule.is_general()) {
                let outer = Hit { rule: hit.rule, span: Some(Span { matched: place.clone(), secret: place.clone() }) };
                let value = hit.span.and_then(|span| inner.bytes.get(span.secret)).unwrap_or_default().to_vec();
                secrets.extend(outer.secret(text, lines).map(|secret| Secret { value, ..secret }));
            }
        }
        secrets
    }

    /// How many secrets were found and not told because the baseline names them.
    pub fn known(&self) -> usize {
        self.known.lock().map_or(0, |known| known.len())
    }

    /// Where its rules stand.
    pub fn source(&self) -> &RepoPath {
        &self.source
    }

    /// The expressions that turned out to be unreadable when they were needed: the rule's id and what is wrong.
    pub fn broken(&self) -> Vec<(&str, &str)> {
        let read = self.rules.iter().filter_map(Written::if_read);
        let own = read.flat_map(|rule| rule.problems().map(|problem| (rule.id.as_str(), problem)));
        own.chain(self.allowlists.iter().flat_map(Allowlist::problems).map(|problem| ("allowlists", problem))).collect()
    }

    /// What each rule is about, in the order of the file.
    pub fn rules(&self) -> impl Iterator<Item = RuleText<'_>> {
        self.rules.iter().map(Written::rule).map(|rule| RuleText { id: &rule.id, description: &rule.description, keywords: &rule.keywords })
    }

    /// The rules that can match: those without keywords, and those with one in the text.
    fn candidates(&self, bytes: &[u8]) -> impl Iterator<Item = &Rule> {
        let mut wanted: Vec<bool> = self.rules.iter().map(|rule| rule.keywords.is_empty()).collect();
        self.keywords.find(bytes, &mut wanted);
        let rules = self.rules.iter().zip(wanted).filter(|(_, wanted)| *wanted).map(|(written, _)| written.rule());
        rules.filter(|rule| rule.regex.is_some())
    }

    fn is_harmless(&self, text: &Text<'_>, path: &str, hit: &Hit<'_>) -> bool {
        let lines = hit.lines(text.bytes);
        let slice = |range: Option<Range<usize>>| range.and_then(|range| text.bytes.get(range)).unwrap_or_default();
        let candidate = Candidate {
            path,
            commit: text.commit,
            secret: slice(hit.span.as_ref().map(|span| span.secret.clone())),
            matched: slice(hit.span.as_ref().map(|span| span.matched.clone())),
            line: lines,
            around: slice(
                hit.span.as_ref().map(|span| span.matched.start.saturating_sub(NEAR)..text.bytes.len().min(span.matched.end + NEAR)),
            ),
        };
        let is_about = |list: &&Allowlist| list.is_about(&hit.rule.id) && (!list.only_guesses || hit.rule.is_guess(candidate.matched));
        let general = self.allowlists.iter().filter(is_about);
        hit.rule.allowlists.iter().chain(general).any(|list| list.allows(&candidate))
    }

    fn is_accepted(&self, text: &Text<'_>, path: &str, secret: &Secret) -> bool {
        let fingerprint = format!("{path}:{}:{}", secret.rule, secret.line.unwrap_or(0));
        if self.ignored.has(text.commit, &fingerprint) {
            return true;
        }
        let entry = if self.baseline.is_empty() { String::new() } else { baseline::entry(text.path, secret) };
        let is_known = self.baseline.has(&entry);
        if let Some(mut known) = self.known.lock().ok().filter(|_| is_known) {
            known.insert(entry);
        }
        is_known
    }
}

/// A rule that matched; without a span it matched the path.
struct Hit<'a> {
    rule: &'a Rule,
    span: Option<Span>,
}

impl Hit<'_> {
    /// The lines on which the match stands, as far as they are near.
    fn lines<'t>(&self, bytes: &'t [u8]) -> &'t [u8] {
        let Some(span) = &self.span else { return &[] };
        let first = span.matched.start.saturating_sub(AROUND);
        let before = bytes.get(first..span.matched.start).unwrap_or_default();
        let start = memrchr(b'\n', before).map_or(first, |end| first + end + 1);
        let after = bytes.get(span.matched.end..bytes.len().min(span.matched.end + AROUND)).unwrap_or_default();
        let end = span.matched.end + memchr(b'\n', after).unwrap_or(after.len());
        bytes.get(start..end).unwrap_or_default()
    }

    /// `None` where its kind does not matter.
    fn secret(&self, text: &Text<'_>, breaks: &Lines<'_>) -> Option<Secret> {
        // Whose data stands in front matter is often there on purpose.
        let place = if self.rule.check.is_some() { Place::of(text.path) } else { Place::of_text(text.path, text.bytes) };
        let severity = self.rule.severity(place)?;
        let bytes = text.bytes;
        let value = self.span.as_ref().and_then(|span| bytes.get(span.secret.clone())).unwrap_or_default().to_vec();
        let line = self.span.as_ref().map(|span| breaks.line(span.matched.clone()));
        let lines = self.lines(bytes);
        let marked = ALLOW_MARKS.iter().any(|mark| memchr::memmem::find(lines, mark).is_some());
        let (rule, description) = (self.rule.id.clone(), self.rule.description.clone());
        Some(Secret { rule, description, line, marked, personal: self.rule.check.is_some(), severity, value })
    }
}

/// Takes away what a general rule says of a secret that another rule knows by its kind.
fn drop_general(found: &mut Vec<Hit<'_>>) {
    let known = Taken::by(found.iter().filter(|hit| !hit.rule.is_general()));
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    found.retain(|hit| {
        let Some(span) = hit.span.as_ref().filter(|_| hit.rule.is_general()) else { return true };
        !known.overlaps(&span.secret) && taken.insert(span.secret.start)
    });
}

#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod tests;
