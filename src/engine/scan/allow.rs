//! What a rule file declares harmless: by path, by commit, by the secret's look, by words in it.

use super::form::AllowlistForm;
use super::pattern::Pattern;

/// A list of exceptions.
#[derive(Debug)]
pub(super) struct Allowlist {
    /// The rules it is about; all if empty.
    pub(super) rules: Vec<String>,
    /// Whether it leaves alone what has the form that a maker gives.
    pub(super) only_guesses: bool,
    all_must_hold: bool,
    commits: Vec<String>,
    paths: Vec<Pattern>,
    regexes: Vec<Pattern>,
    target: Target,
    stopwords: Vec<String>,
}

/// What the expressions of a list are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Secret,
    Match,
    Line,
    /// The match, and below it what stands around it.
    Around,
}

/// A possible secret and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub(super) path: &'a str,
    pub(super) commit: Option<&'a str>,
    pub(super) secret: &'a [u8],
    pub(super) matched: &'a [u8],
    pub(super) line: &'a [u8],
    pub(super) around: &'a [u8],
}

impl Allowlist {
    pub(super) fn new(form: &AllowlistForm) -> Self {
        let patterns = |texts: &[String]| texts.iter().map(|text| Pattern::new(text)).collect();
        Self {
            rules: form.target_rules.clone(),
            only_guesses: form.guesses,
            all_must_hold: matches!(form.condition.to_ascii_uppercase().as_str(), "AND" | "&&"),
            commits: form.commits.iter().map(|commit| commit.to_ascii_lowercase()).collect(),
            paths: patterns(&form.paths),
            regexes: patterns(&form.regexes),
            target: match form.regex_target.to_ascii_lowercase().as_str() {
                "match" => Target::Match,
                "line" => Target::Line,
                "around" => Target::Around,
                _ => Target::Secret,
            },
            stopwords: form.stopwords.iter().map(|word| word.to_lowercase()).collect(),
        }
    }

    /// Whether the list speaks about a rule.
    pub(super) fn is_about(&self, rule: &str) -> bool {
        self.rules.is_empty() || self.rules.iter().any(|name| name == rule)
    }

    pub(super) fn allows(&self, candidate: &Candidate<'_>) -> bool {
        let checks: [(bool, &dyn Fn() -> bool); 4] = [
            (!self.commits.is_empty(), &|| self.has_commit(candidate)),
            (!self.stopwords.is_empty(), &|| self.has_stopword(candidate.secret)),
            (!self.regexes.is_empty(), &|| self.matches(candidate)),
            (!self.paths.is_empty(), &|| self.paths.iter().any(|path| path.is_match(candidate.path.as_bytes()))),
        ];
        let mut given = checks.iter().filter(|(given, _)| *given).peekable();
        if self.all_must_hold { given.peek().is_some() && given.all(|(_, holds)| holds()) } else { given.any(|(_, holds)| holds()) }
    }

    /// The expressions that could not be read, of those that were tried.
    pub(super) fn problems(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().chain(&self.regexes).filter_map(Pattern::problem)
    }

    fn has_commit(&self, candidate: &Candidate<'_>) -> bool {
        candidate.commit.is_some_and(|commit| self.commits.iter().any(|allowed| allowed == commit))
    }

    fn has_stopword(&self, secret: &[u8]) -> bool {
        let secret = String::from_utf8_lossy(secret).to_lowercase();
        self.stopwords.iter().any(|word| secret.contains(word.as_str()))
    }

    fn matches(&self, candidate: &Candidate<'_>) -> bool {
        let text = match self.target {
            Target::Secret => candidate.secret,
            Target::Match => candidate.matched,
            Target::Line => candidate.line,
            Target::Around => &[candidate.matched, b"\n", candidate.around].concat(),
        };
        self.regexes.iter().any(|regex| regex.is_match(text))
    }
}
