//! `cmpm check --explain`: what a rule looks for, why, and what to do about it.

use crate::base::rule;
use crate::engine::scan::{RuleText, Scanner};
use crate::fs::read;
use crate::report::prelude::*;

use super::command::CheckError;

/// The rules that are not about secrets, in words.
const RULES: &str = include_str!("../../../templates/scan/rules.toml");

/// What a rule means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Explained {
    /// Its name.
    rule: String,
    /// What it looks for.
    finds: String,
    /// Why that matters.
    why: String,
    /// How to fix or allow it.
    fix: String,
}

#[derive(Deserialize)]
struct File {
    rules: Vec<Explained>,
    secret: Explained,
}

/// The meaning of the rule of that name.
pub(super) fn require(context: &Context, rule: &str) -> Result<Explained> {
    let rule = rule::current_name(rule);
    let (scanner, _) = scanner(context);
    let known = known();
    let secret = known.as_ref().and_then(|file| scanner.rules().find(|text| text.id == rule).map(|text| of_secret(&file.secret, &text)));
    let named = known.as_ref().and_then(|file| file.rules.iter().find(|known| known.rule == rule).cloned());
    let names = || rules(context).into_iter().map(|(name, _)| name).collect();
    Ok(named.or(secret).ok_or_else(|| CheckError::NoRule { rule: rule.to_owned(), known: names() })?)
}

/// Every rule, with what it looks for.
pub fn rules(context: &Context) -> Vec<(String, String)> {
    let own = known().map(|file| file.rules).unwrap_or_default().into_iter().map(|rule| (rule.rule, rule.finds));
    let (scanner, _) = scanner(context);
    own.chain(scanner.rules().map(|rule| (rule.id.to_owned(), rule.description.to_owned()))).collect()
}

/// The scanner of the project around the current folder, or cmpm's own outside of any.
pub(super) fn scanner(context: &Context) -> (Scanner, Vec<crate::engine::scan::RuleProblem>) {
    let root = context.root().ok();
    Scanner::load(&|path: &RepoPath| root.and_then(|root| read::find(&path.below(root)).ok().flatten()))
}

fn known() -> Option<File> {
    toml::from_str(RULES).ok()
}

fn of_secret(secret: &Explained, rule: &RuleText<'_>) -> Explained {
    let words = if rule.keywords.is_empty() { "any file".to_owned() } else { format!("files with {}", quoted(rule.keywords)) };
    let fill = |text: &str| text.replace("{description}", rule.description).replace("{files}", &words).replace("{rule}", rule.id);
    Explained { rule: rule.id.to_owned(), finds: fill(&secret.finds), why: fill(&secret.why), fix: fill(&secret.fix) }
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

impl Explained {
    pub(super) fn render(&self, screen: &Screen) -> String {
        let part = |title: &str, text: &str| format!("\n{}\n  {}\n", screen.paint(Tone::Title, title), text.trim().replace('\n', "\n  "));
        let Self { rule, finds, why, fix } = self;
        format!("{}\n{}{}{}", screen.paint(Tone::Key, rule), part("Looks for", finds), part("Why", why), part("What to do", fix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rule;

    #[test]
    fn every_rule_has_a_text_and_every_text_a_rule() {
        let file = known().unwrap();
        let mut explained: Vec<&str> = file.rules.iter().map(|rule| rule.rule.as_str()).collect();
        let mut reported: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        explained.sort_unstable();
        reported.sort_unstable();
        assert_eq!(explained, reported);
        for rule in file.rules.iter().chain([&file.secret]) {
            assert!([&rule.rule, &rule.finds, &rule.why, &rule.fix].iter().all(|text| !text.trim().is_empty()), "{}", rule.rule);
        }
        let scanner = Scanner::load(&|_| None).0;
        let text = of_secret(&file.secret, &scanner.rules().find(|rule| rule.id == "github-pat").unwrap());
        assert!(text.finds.contains("GitHub") && text.fix.contains("github-pat"));
    }
}
