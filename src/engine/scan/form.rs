//! The form of a rule file: gitleaks' TOML, with the names it had before (`[allowlist]`) and in lower case.
//! <https://github.com/gitleaks/gitleaks#configuration>

use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct FileForm {
    pub(super) extend: ExtendForm,
    pub(super) rules: Vec<RuleForm>,
    pub(super) allowlists: Vec<AllowlistForm>,
    pub(super) allowlist: Option<AllowlistForm>,
}

/// What a rule file builds on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ExtendForm {
    #[serde(rename = "useDefault", alias = "usedefault")]
    pub(super) use_default: bool,
    pub(super) path: Option<String>,
    #[serde(rename = "disabledRules", alias = "disabledrules")]
    pub(super) disabled_rules: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct RuleForm {
    pub(super) id: String,
    pub(super) description: Option<String>,
    pub(super) regex: Option<String>,
    /// Words of a maker; what stands assigned next to one of them and looks like `value` is meant. cmpm's own addition.
    pub(super) near: Option<String>,
    pub(super) value: Option<String>,
    /// What else must be true of a match: one of cmpm's checks of personal data.
    pub(super) check: Option<String>,
    pub(super) path: Option<String>,
    #[serde(rename = "secretGroup", alias = "secretgroup")]
    pub(super) secret_group: Option<usize>,
    pub(super) entropy: Option<f64>,
    pub(super) keywords: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) allowlists: Vec<AllowlistForm>,
    pub(super) allowlist: Option<AllowlistForm>,
}

/// A list of exceptions as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AllowlistForm {
    #[serde(rename = "targetRules", alias = "targetrules")]
    pub(super) target_rules: Vec<String>,
    pub(super) condition: String,
    pub(super) commits: Vec<String>,
    pub(super) paths: Vec<String>,
    #[serde(rename = "regexTarget", alias = "regextarget")]
    pub(super) regex_target: String,
    pub(super) regexes: Vec<String>,
    pub(super) stopwords: Vec<String>,
    /// Whether it is only about what is guessed. cmpm's own addition.
    pub(super) guesses: bool,
}

impl AllowlistForm {
    /// An exception for what matches, in `target`.
    pub(super) fn of(target: &str, regex: &str) -> Self {
        Self { regex_target: target.to_owned(), regexes: vec![regex.to_owned()], ..Self::default() }
    }
}

impl FileForm {
    /// What `self` is when it builds on `base`: a rule of the same id keeps what it does not say again; lists grow.
    pub(super) fn on(self, mut base: Self) -> Self {
        let disabled = &self.extend.disabled_rules;
        base.rules.retain(|rule| !disabled.contains(&rule.id));
        for rule in self.rules {
            match base.rules.iter_mut().find(|known| known.id == rule.id) {
                Some(known) => known.take(rule),
                None => base.rules.push(rule),
            }
        }
        base.allowlists.extend(self.allowlists.into_iter().chain(self.allowlist));
        base
    }
}

impl RuleForm {
    fn take(&mut self, other: Self) {
        self.description = other.description.or(self.description.take());
        self.regex = other.regex.or(self.regex.take());
        self.near = other.near.or(self.near.take());
        self.value = other.value.or(self.value.take());
        self.check = other.check.or(self.check.take());
        self.path = other.path.or(self.path.take());
        self.secret_group = other.secret_group.or(self.secret_group);
        self.entropy = other.entropy.or(self.entropy);
        self.keywords.extend(other.keywords);
        self.tags.extend(other.tags);
        self.allowlists.extend(other.allowlists.into_iter().chain(other.allowlist));
    }
}
