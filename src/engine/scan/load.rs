//! Which rules a project has: those of its own file, what that builds on, or cmpm's.

use super::baseline::Baseline;
use super::form::{ExtendForm, FileForm, RuleForm};
use super::ignore::Ignored;
use super::index::Lines;
use super::rule::Written;
use super::{BASELINE_FILE, IGNORE_FILE, RULES_FILES, Scanner, unknown};
use crate::base::RepoPath;

/// The rules that are part of cmpm: `templates/scan/secrets.toml` without its examples, as `build.rs` writes it in lines.
const BUILT_IN: &str = include_str!(concat!(env!("OUT_DIR"), "/secrets.jsonl"));
/// How many rule files may build on one another, as in gitleaks.
const DEPTH: usize = 2;
/// A rule file that is larger, has more rules or a longer expression is not what it says: the rest of it is not read.
const MOST_BYTES: usize = 8 * 1024 * 1024;
const MOST_RULES: usize = 1000;
const MOST_LETTERS: usize = 1024 * 1024;
documented! {
    "docs/check.md": "at most {} rules", MOST_RULES;
}

/// What is wrong with a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleProblem {
    pub path: RepoPath,
    /// Where, if the reader knows.
    pub line: Option<u32>,
    pub message: String,
    /// Whether everything else in the file holds all the same.
    pub is_small: bool,
}

impl Scanner {
    /// The rules of a project: those in `.betterleaks.toml` or `.gitleaks.toml` with what that builds on, or else cmpm's own. `read` finds a file
    /// of the project. What is wrong with the files comes back along with the rules that could be read; cmpm's own stand in.
    pub fn load(read: &dyn Fn(&RepoPath) -> Option<Vec<u8>>) -> (Self, Vec<RuleProblem>) {
        let mut problems = Vec::new();
        let find = |name: &str| RepoPath::parse(name).and_then(|path| Some((read(&path)?, path)));
        let (source, file) = match RULES_FILES.iter().find_map(|name| find(name)) {
            Some((bytes, path)) => {
                let file = read_file(&path, &bytes, &mut problems);
                let file = file.map(|file| build(file, DEPTH, &find, &mut problems));
                (path, file)
            }
            None => (const { RepoPath::of(RULES_FILES[1]) }, None),
        };
        let ignored = find(IGNORE_FILE).map(|(bytes, _)| Ignored::parse(&String::from_utf8_lossy(&bytes)));
        let baseline = find(BASELINE_FILE).map(|(bytes, _)| Baseline::parse(&String::from_utf8_lossy(&bytes)));
        let (rules, file) = file.map_or_else(unread, |mut file| {
            let rules = std::mem::take(&mut file.rules);
            (rules.into_iter().map(Written::from).collect(), file)
        });
        let (ignored, baseline) = (ignored.unwrap_or_default(), baseline.unwrap_or_default());
        (Self { ignored, baseline, ..Self::new(source, rules, &file) }, problems)
    }
}

/// cmpm's own rules, none of them read yet, and what else is in their file.
fn unread() -> (Vec<Written>, FileForm) {
    let mut lines = BUILT_IN.lines();
    let file = lines.next().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    let pair = || Some(Written::unread(lines.next()?, lines.next()?));
    (std::iter::from_fn(pair).collect(), file)
}

fn built_in() -> FileForm {
    let (rules, file) = unread();
    FileForm { rules: rules.iter().map(Written::form).collect(), ..file }
}

/// A rule file and where it is.
struct RulesFile {
    path: RepoPath,
    form: FileForm,
}

fn read_file(path: &RepoPath, bytes: &[u8], problems: &mut Vec<RuleProblem>) -> Option<RulesFile> {
    if bytes.len() > MOST_BYTES {
        let message = format!("the file is larger than {} MiB, so it is not read", MOST_BYTES >> 20);
        problems.push(RuleProblem { path: path.clone(), line: None, message, is_small: false });
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    let line = |error: &toml::de::Error| Some(Lines::of(text.as_bytes()).line(error.span()?));
    let problem = |error: toml::de::Error| RuleProblem {
        path: path.clone(),
        line: line(&error),
        message: error.message().trim().replace('\n', ", "),
        is_small: false,
    };
    let mut file: FileForm = toml::from_str(&text).map_err(|error| problems.push(problem(error))).ok()?;
    problems.extend(cap(&mut file).map(|message| RuleProblem { path: path.clone(), line: None, message, is_small: false }));
    problems.extend(unknown::keys(&text).into_iter().map(|(line, message)| RuleProblem {
        path: path.clone(),
        line,
        message,
        is_small: true,
    }));
    Some(RulesFile { path: path.clone(), form: file })
}

/// Takes away what is more than a rule file needs, and says so.
fn cap(file: &mut FileForm) -> Option<String> {
    let (rules, long) = (file.rules.len(), |rule: &RuleForm| rule.regex.as_ref().is_some_and(|regex| regex.len() > MOST_LETTERS));
    file.rules.retain(|rule| !long(rule));
    file.rules.truncate(MOST_RULES);
    let less = rules - file.rules.len();
    (less > 0).then(|| format!("{less} of {rules} rules are not used: a file has at most {MOST_RULES} rules of 1 MiB each"))
}

type Find<'a> = dyn Fn(&str) -> Option<(Vec<u8>, RepoPath)> + 'a;

/// A rule file on top of what it builds on. One that has no rules and says nothing of a base has cmpm's own.
fn build(RulesFile { path: source, form: file }: RulesFile, depth: usize, find: &Find<'_>, problems: &mut Vec<RuleProblem>) -> FileForm {
    let ExtendForm { use_default, path, .. } = &file.extend;
    let base = match path {
        _ if *use_default || (path.is_none() && file.rules.is_empty()) => built_in(),
        None => FileForm::default(),
        Some(_) if depth == 0 => FileForm::default(),
        Some(name) => {
            let found = find(name.trim_start_matches("./")).and_then(|(bytes, path)| read_file(&path, &bytes, problems));
            if found.is_none() {
                let message = format!("`extend.path` names {name}, which cannot be read as a rule file; cmpm's own rules are used instead");
                problems.push(RuleProblem { path: source, line: None, message, is_small: false });
            }
            found.map_or_else(built_in, |inner| build(inner, depth - 1, find, problems))
        }
    };
    file.on(base)
}
