//! One kind of secret: where it may stand, how it looks, how random it must be, what of it is harmless.

use regex::bytes::Captures;

use super::allow::Allowlist;
use super::form::RuleForm;
use super::pattern::Pattern;

/// A rule, ready to be tried.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) description: String,
    pub(super) keywords: Vec<String>,
    pub(super) regex: Option<Pattern>,
    pub(super) path: Option<Pattern>,
    pub(super) allowlists: Vec<Allowlist>,
    secret_group: usize,
    entropy: f64,
}

/// The bytes of a text that a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) matched: std::ops::Range<usize>,
    pub(super) secret: std::ops::Range<usize>,
}

impl Rule {
    pub(super) fn new(form: RuleForm) -> Self {
        let single = form.allowlist.iter().chain(&form.allowlists);
        Self {
            description: form.description.unwrap_or_else(|| form.id.clone()),
            keywords: form.keywords.iter().map(|word| word.to_lowercase()).filter(|word| !word.is_empty()).collect(),
            regex: form.regex.as_deref().filter(|regex| !regex.is_empty()).map(Pattern::new),
            path: form.path.as_deref().filter(|path| !path.is_empty()).map(Pattern::new),
            allowlists: single.map(Allowlist::new).collect(),
            secret_group: form.secret_group.unwrap_or(0),
            entropy: form.entropy.unwrap_or(0.0),
            id: form.id,
        }
    }

    /// Whether it is about texts at `path` at all.
    pub(super) fn covers(&self, path: &str) -> bool {
        self.path.as_ref().is_none_or(|pattern| pattern.is_match(path.as_bytes()))
    }

    /// Everything in `text` that looks like its kind of secret and is random enough.
    pub(super) fn spans(&self, text: &[u8]) -> Vec<Span> {
        let Some(regex) = self.regex.as_ref().and_then(Pattern::regex) else { return Vec::new() };
        let found = regex.captures_iter(text).filter_map(|captures| self.span(&captures));
        found.filter(|span| self.is_random(text.get(span.secret.clone()).unwrap_or_default())).collect()
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
