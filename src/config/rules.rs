//! What a value of the right shape must still be to be meant.

use std::collections::BTreeSet;

use super::schema::Prefixes;
use super::{Category, Config};
use crate::base::RepoPath;
use crate::base::date::parse_moment;
use crate::base::glob::Globs;
use crate::words::{Kind, Status};

/// What `delegate.worktree` may name.
const PLACEHOLDERS: [&str; 3] = ["agent", "ticket", "run"];
/// The first key whose value cannot be meant, and why, as the rest of a sentence.
pub(super) fn broken(config: &Config) -> Option<(String, String)> {
    paths(config)
        .or_else(|| prefixes(config))
        .or_else(|| statuses(config))
        .or_else(|| delegate(config))
        .or_else(|| config.worktree.broken().and_then(|(key, reason)| problem(key, reason)))
        .or_else(|| gates(config))
        .or_else(|| memory(config))
        .or_else(|| views(config))
        .or_else(|| check(config))
}

type Broken = Option<(String, String)>;

fn problem(key: impl Into<String>, reason: impl Into<String>) -> Broken {
    Some((key.into(), reason.into()))
}

fn check(config: &Config) -> Broken {
    Globs::check(&config.check.exclude)
        .err()
        .and_then(|error| problem("check.exclude", format!("has an entry that cannot be read: {error}")))
}

fn paths(config: &Config) -> Broken {
    let in_git = |path: &RepoPath| path.lossy().split('/').any(|part| part.eq_ignore_ascii_case(".git"));
    let paths = &config.paths;
    let named = paths.tasks.iter().map(|path| ("paths.tasks", path));
    let mut named = named.chain([("paths.memory", &paths.memory), ("paths.worktrees", &paths.worktrees)]);
    if let Some((key, path)) = named.find(|(_, path)| in_git(path)) {
        return problem(key, format!("cannot be {path}: that is git's own folder"));
    }
    paths.worktrees.is_empty().then(|| ("paths.worktrees".into(), "cannot be the root: it must be a folder of its own".into()))
}

fn prefixes(config: &Config) -> Broken {
    let named = Kind::ALL.map(|kind| (kind.as_str(), config.prefixes.of(kind)));
    let broken = named.iter().find(|(_, prefix)| !Prefixes::is_prefix(prefix));
    let same = || {
        named.iter().enumerate().find(|(index, (_, prefix))| named.iter().take(*index).any(|(_, other)| other.eq_ignore_ascii_case(prefix)))
    };
    match (broken, same()) {
        (Some((kind, prefix)), _) => {
            problem(format!("prefixes.{kind}"), format!("is `{prefix}`, but it must be a word of up to 12 letters and digits"))
        }
        (None, Some((_, (kind, prefix)))) => {
            problem(format!("prefixes.{kind}"), format!("is `{prefix}`, which is the prefix of another kind"))
        }
        (None, None) => None,
    }
}

fn statuses(config: &Config) -> Broken {
    let fold = |word: &str| word.trim().to_lowercase();
    if config.statuses.keys().any(|word| word.trim().is_empty()) {
        return problem("statuses", "has an empty word");
    }
    let redefines = |(word, category): (&String, &Category)| {
        let known = Status::parse(&fold(word))?.category();
        (known != *category).then(|| (format!("statuses.{word}"), format!("is a word of cmpm and always means {}", known.as_str())))
    };
    config.statuses.iter().find_map(redefines)
}

fn delegate(config: &Config) -> Broken {
    let delegate = &config.delegate;
    if delegate.max_parallel == 0 {
        return problem("delegate.max_parallel", "must be at least 1");
    }
    if delegate.max_turns == Some(0) {
        return problem("delegate.max_turns", "must be at least 1");
    }
    if delegate.budget.is_some_and(|budget| !budget.is_finite() || budget <= 0.0) {
        return problem("delegate.budget", "must be a number of US dollars above 0");
    }
    let words = [("delegate.runner", &delegate.runner), ("delegate.agent", &delegate.agent), ("delegate.worktree", &delegate.worktree)];
    if let Some((key, _)) = words.iter().find(|(_, word)| word.trim().is_empty()) {
        return problem(*key, "is empty");
    }
    worktree(&delegate.worktree).and_then(|reason| problem("delegate.worktree", reason))
}

/// Why a pattern cannot be the name of a folder.
fn worktree(pattern: &str) -> Option<String> {
    let mut rest = pattern;
    while let Some((_, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').unwrap_or(("", ""));
        if !PLACEHOLDERS.contains(&name) {
            let shown = if name.is_empty() { "{" } else { &format!("{{{name}}}") };
            return Some(format!("contains `{shown}`, which is not {{agent}}, {{ticket}} or {{run}}"));
        }
        rest = behind;
    }
    let hidden = pattern.starts_with(".git") || pattern.chars().all(|c| c == '.');
    let unfit = hidden || pattern.chars().any(char::is_control);
    unfit.then(|| "cannot be the name of a folder".to_owned())
}

fn gates(config: &Config) -> Broken {
    let mut seen = BTreeSet::new();
    for gate in &config.gates {
        let name = gate.name.trim();
        if name.is_empty() {
            return problem("gates", "has a gate without a name");
        }
        if gate.run.trim().is_empty() {
            return problem("gates", format!("has the gate `{name}`, which runs nothing"));
        }
        if let Err(error) = Globs::check(&gate.paths) {
            return problem("gates", format!("has the gate `{name}`, whose `paths` cannot be read: {error}"));
        }
        if !seen.insert(name) {
            return problem("gates", format!("has two gates called `{name}`"));
        }
    }
    None
}

fn memory(config: &Config) -> Broken {
    let is_word = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if config.memory.min_length > config.memory.max_length {
        return problem("memory.min_length", "is more than `memory.max_length`".to_owned());
    }
    let bad = config.memory.categories.names().find(|name| !is_word(name))?;
    problem("memory.categories", format!("has `{bad}`, which is not one word of letters, digits, `-` and `_`"))
}

fn views(config: &Config) -> Broken {
    let mut seen = BTreeSet::new();
    for column in &config.board.columns {
        if column.trim().is_empty() {
            return problem("board.columns", "has an empty word");
        }
        if !seen.insert(column.trim().to_lowercase()) {
            return problem("board.columns", format!("has `{column}` twice"));
        }
    }
    if config.board.wip.keys().any(|word| word.trim().is_empty()) {
        return problem("board.wip", "has an empty word");
    }
    if let Some((word, _)) = config.board.wip.iter().find(|(_, limit)| **limit == 0) {
        return problem(format!("board.wip.{word}"), "must be at least 1");
    }
    if let Some((name, _)) = config.filters.iter().find(|(name, condition)| name.trim().is_empty() || condition.trim().is_empty()) {
        return problem(if name.trim().is_empty() { "filters".to_owned() } else { format!("filters.{name}") }, "has nothing in it");
    }
    if config.milestones.keys().any(|name| name.trim().is_empty()) {
        return problem("milestones", "has an empty name");
    }
    let dated = config.milestones.iter().filter_map(|(name, milestone)| Some((name, milestone.due.as_ref()?)));
    let (name, due) = dated.into_iter().find(|(_, due)| parse_moment(due).is_none())?;
    problem(format!("milestones.{name}"), format!("is due on `{due}`, which is not a date such as 2026-12-24"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_found() {
        for (text, key) in [
            ("paths: {worktrees: .}", "paths.worktrees"),
            ("paths: {worktrees: a/..}", "paths.worktrees"),
            ("paths: {worktrees: .git/w}", "paths.worktrees"),
            ("paths: {memory: x/.GIT}", "paths.memory"),
            ("paths: {tasks: [a, .git]}", "paths.tasks"),
            ("statuses: {Done: todo}", "statuses.Done"),
            ("statuses: {'': todo}", "statuses"),
            ("delegate: {max_parallel: 0}", "delegate.max_parallel"),
            ("delegate: {max_turns: 0}", "delegate.max_turns"),
            ("delegate: {budget: -1}", "delegate.budget"),
            ("delegate: {budget: .nan}", "delegate.budget"),
            ("delegate: {worktree: ''}", "delegate.worktree"),
            ("delegate: {worktree: '{agnt}'}", "delegate.worktree"),
            ("delegate: {worktree: '{run'}", "delegate.worktree"),
            ("delegate: {worktree: ..}", "delegate.worktree"),
            ("worktree: {copy: ['']}", "worktree.copy"),
            ("worktree: {copy: [\"a\\nb\"]}", "worktree.copy"),
            ("worktree: {link: [.]}", "worktree.link"),
            ("worktree: {setup: [' ']}", "worktree.setup"),
            ("gates: [{name: '', run: x}]", "gates"),
            ("gates: [{name: a, run: ' '}]", "gates"),
            ("gates: [{name: a, run: x}, {name: a, run: y}]", "gates"),
            ("memory: {categories: [../x]}", "memory.categories"),
            ("memory: {categories: {../x: }}", "memory.categories"),
            ("memory: {max_length: 3}", "memory.min_length"),
            ("board: {columns: [a, A]}", "board.columns"),
            ("board: {columns: ['']}", "board.columns"),
            ("board: {wip: {active: 0}}", "board.wip.active"),
            ("board: {wip: {'': 1}}", "board.wip"),
            ("filters: {mine: ' '}", "filters.mine"),
            ("filters: {'': a=b}", "filters"),
            ("milestones: {v1: soon}", "milestones.v1"),
            ("milestones: {v1: {due: soon}}", "milestones.v1"),
            ("milestones: {'': 2026-01-01}", "milestones"),
        ] {
            let config = serde_yaml::from_str(text).unwrap();
            assert_eq!(broken(&config).map(|found| found.0).as_deref(), Some(key), "{text}");
        }
        let fine = "paths: {worktrees: w/x}\nstatuses: {triaged: todo, done: done}\ndelegate: {worktree: '{agent}/{ticket}-{run}', budget: 0.5}\n\
             board: {columns: [open, done], wip: {active: 3}}\nfilters: {mine: assignee=me}\nmilestones: {v1: 2026-12-01, v2: , v3: {due: 1.2.2027, title: x}}\n";
        assert_eq!(broken(&serde_yaml::from_str(fine).unwrap()), None);
        assert_eq!(broken(&Config::default()), None);
    }
}
