//! One kind of secret: where it may stand, how it looks, how random it must be, what of it is harmless.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::Captures;

use super::allow::Allowlist;
use super::form::{AllowlistForm, RuleForm};
use super::pattern::Pattern;
use super::personal::{Check, Match};
use super::place::Place;
use crate::base::Severity;

/// What makes a name one of a credential; `{key}` in `near`.
const KEY: &str = r"[\w .-]{0,20}?(?:key|token|secret|id|pass|pwd|auth|api|access|cred|client|app)";
/// What may be between a name and its value.
const IS: &str = r#"[ \t\w.-]{0,30}["'\\\])\s]{0,4}(?::\s?\w{1,12}\s?)?(?:=>|:{1,3}=|[?.|+]?=|:|>|,|\|\||["',\s]{1,24}value["']?\s?[:=])[\s"'`=\\]{0,12}"#;
/// A value next to a maker's word is no secret if it is a word itself, or if the name says what else it is.
const HARMLESS: [(&str, &str); 2] =
    [("secret", "^[A-Za-z._-]+$"), ("match", r"(?i)(?:commit|sha\d*|rev|revision|hash|digest|checksum|integrity|etag|version)\W")];

/// The tag of rules about what nobody hands out: a project makes such a secret itself, and just as well for a test or an example.
const SELF_MADE: &str = "self-made";

/// How much of a text around a match is looked at; lines may be as long as files.
pub(super) const AROUND: usize = 2048;

/// A rule, ready to be tried.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) description: String,
    pub(super) keywords: Vec<String>,
    pub(super) regex: Option<Pattern>,
    pub(super) path: Option<Pattern>,
    pub(super) allowlists: Vec<Allowlist>,
    pub(super) check: Option<Check>,
    is_self_made: bool,
    /// Its own expression, where a value next to a word is looked for, too.
    exact: Option<Pattern>,
    is_near: bool,
    secret_group: usize,
    entropy: f64,
}

/// A rule, read once a text holds one of its keywords.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) keywords: Vec<Cow<'static, str>>,
    text: &'static str,
    rule: OnceLock<Rule>,
}

impl Written {
    /// One of cmpm's own: its keywords, with tabs between them, and the rest as JSON.
    pub(super) fn unread(keywords: &'static str, text: &'static str) -> Self {
        let keywords = keywords.split('\t').filter(|word| !word.is_empty()).map(Cow::Borrowed).collect();
        Self { keywords, text, rule: OnceLock::new() }
    }

    pub(super) fn form(&self) -> RuleForm {
        serde_json::from_str(self.text).unwrap_or_default()
    }

    pub(super) fn rule(&self) -> &Rule {
        self.rule.get_or_init(|| Rule::new(self.form()))
    }

    /// The rule if it was needed, or needs no keyword.
    pub(super) fn if_read(&self) -> Option<&Rule> {
        if self.keywords.is_empty() { Some(self.rule()) } else { self.rule.get() }
    }
}

impl From<RuleForm> for Written {
    fn from(form: RuleForm) -> Self {
        let rule = Rule::new(form);
        let keywords = rule.keywords.iter().map(|word| Cow::Owned(word.clone())).collect();
        Self { keywords, text: "", rule: OnceLock::from(rule) }
    }
}

/// The bytes of a text that a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) matched: Range<usize>,
    pub(super) secret: Range<usize>,
}

impl Rule {
    pub(super) fn new(form: RuleForm) -> Self {
        let expression = expression(&form);
        let harmless = HARMLESS.iter().filter(|_| form.near.is_some()).map(|(target, regex)| AllowlistForm::of(target, regex));
        let single = form.allowlist.iter().chain(&form.allowlists).cloned().chain(harmless);
        Self {
            description: form.description.unwrap_or_else(|| form.id.clone()),
            keywords: form.keywords.iter().map(|word| word.to_lowercase()).filter(|word| !word.is_empty()).collect(),
            regex: expression.as_deref().map(Pattern::new),
            path: form.path.as_deref().filter(|path| !path.is_empty()).map(Pattern::new),
            allowlists: single.map(|list| Allowlist::new(&list)).collect(),
            exact: form.regex.as_deref().filter(|regex| form.near.is_some() && !regex.is_empty()).map(Pattern::new),
            is_near: form.near.is_some(),
            is_self_made: form.tags.iter().any(|tag| tag == SELF_MADE),
            secret_group: form.secret_group.unwrap_or(0),
            check: form.check.as_deref().and_then(Check::parse),
            entropy: form.entropy.unwrap_or(0.0),
            id: form.id,
        }
    }

    /// Whether it is about texts at `path` at all.
    pub(super) fn covers(&self, path: &str) -> bool {
        self.path.as_ref().is_none_or(|pattern| pattern.is_match(path.as_bytes()))
    }

    #[cfg(test)]
    pub(super) fn is_compiled(&self) -> bool {
        self.regex.as_ref().is_some_and(Pattern::is_compiled)
    }

    /// Everything in `text` that looks like its kind of secret and is random enough.
    pub(super) fn spans(&self, text: &[u8]) -> Vec<Span> {
        let Some(regex) = self.regex.as_ref().and_then(Pattern::regex) else { return Vec::new() };
        let found = regex.captures_iter(text).filter_map(|captures| self.span(&captures));
        let random = found.filter(|span| self.is_random(text.get(span.secret.clone()).unwrap_or_default()));
        random.filter_map(|span| self.checked(text, span)).collect()
    }

    /// Whether any text can hold its kind, and what is found may be no more than a guess.
    pub(super) fn is_general(&self) -> bool {
        self.check.is_some() || self.id.starts_with("generic")
    }

    /// Whether what it matched has no form of its own: only a name next to it says what it is.
    pub(super) fn is_guess(&self, matched: &[u8]) -> bool {
        self.is_general() || self.is_near && self.exact.as_ref().is_none_or(|exact| !exact.is_match(matched))
    }

    /// How much it matters at a place; `None` where it does not.
    pub(super) fn severity(&self, place: Place) -> Option<Severity> {
        match self.check {
            Some(check) => check.severity(place),
            None if place.is_lax() && self.is_general() => Some(Severity::Note),
            None if place.is_lax() && self.is_self_made => Some(Severity::Warning),
            None => Some(Severity::Error),
        }
    }

    fn checked(&self, text: &[u8], span: Span) -> Option<Span> {
        let Some(check) = self.check else { return Some(span) };
        let Span { secret, .. } = span;
        let part = |range: Range<usize>| text.get(range).unwrap_or_default();
        let before = part(secret.start.saturating_sub(AROUND)..secret.start);
        let after = part(secret.end..text.len().min(secret.end + AROUND));
        let found = Match { before, value: part(secret.clone()), after };
        let secret = secret.start..secret.start + check.length(&found)?;
        Some(Span { matched: secret.clone(), secret })
    }

    /// The expressions that could not be read, of those that were tried.
    pub(super) fn problems(&self) -> impl Iterator<Item = &str> {
        let own = self.regex.iter().chain(&self.path).filter_map(Pattern::problem);
        own.chain(self.allowlists.iter().flat_map(Allowlist::problems))
    }

    fn span(&self, captures: &Captures<'_>) -> Option<Span> {
        let whole = captures.get(0)?;
        let secret = match self.secret_group {
            0 => captures.iter().skip(1).flatten().find(|group| !group.is_empty()).unwrap_or(whole),
            number => captures.get(number)?,
        };
        Some(Span { matched: whole.range(), secret: secret.range() })
    }

    fn is_random(&self, secret: &[u8]) -> bool {
        self.entropy <= 0.0 || entropy(secret) > self.entropy
    }
}

/// What a rule looks for: its expression, its value next to a word, or either.
fn expression(form: &RuleForm) -> Option<String> {
    let near = form.near.as_ref().zip(form.value.as_ref()).map(|(words, value)| {
        let words = words.replace("{key}", KEY);
        format!(r"(?i)(?:{words}){IS}({value})(?:[^\w/+=-]|\\[nr]|$)")
    });
    let own = form.regex.clone().filter(|regex| !regex.is_empty());
    match (own, near) {
        (Some(own), Some(near)) => Some(format!("{own}|{near}")),
        (own, near) => own.or(near),
    }
}

/// Shannon's entropy of a text in bits per byte.
pub(super) fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total);
    shares.map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::entropy;

    #[test]
    fn entropy_is_in_bits() {
        assert!(entropy(b"aaaa").abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
        assert!((entropy(b"") - 0.0).abs() < 1e-9);
    }
}
