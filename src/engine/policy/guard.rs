//! A role compared with a whole change. What passes is a `Checked` change, the only thing that a merge accepts.

use schemars::JsonSchema;
use serde::Serialize;

use super::fold::fold_path;
use super::protected::{self, NEVER, UNLESS_NAMED, is_like};
use super::{Decision, Role};
use crate::base::{RepoPath, text};

/// One changed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// The path; for a removal the removed one.
    pub path: RepoPath,
    /// Where a moved file was before. A copy leaves its source alone and has none.
    pub old_path: Option<RepoPath>,
    /// What is there afterwards; `None` for a removal.
    pub new_kind: Option<NewKind>,
}

/// What a path is after the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewKind {
    /// A plain file.
    File,
    /// A file that can be run.
    Executable,
    /// A symbolic link.
    Symlink {
        /// Where it points to, as git stores it.
        target: Vec<u8>,
    },
    /// A commit of another repository.
    Submodule,
    /// Anything that git should not hold.
    Other,
}

/// One thing that the role may not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Violation {
    /// The path.
    pub path: RepoPath,
    /// The pattern or the guard that refuses.
    pub rule: String,
    /// Where that is written.
    pub origin: String,
    /// The whole sentence.
    pub message: String,
}

/// Proof that a role allows a change. Made by [`check`] alone.
#[derive(Debug)]
pub struct Checked(());

/// Holds `role` against everything that is proposed: both sides of a move, where links point to, submodules. What it may not do
/// is in the order of the change.
pub fn check(role: &Role, changes: &[Proposed]) -> Result<Checked, Vec<Violation>> {
    let violations: Vec<Violation> = changes.iter().flat_map(|proposed| violations(role, proposed)).collect();
    if violations.is_empty() { Ok(Checked(())) } else { Err(violations) }
}

fn violations(role: &Role, proposed: &Proposed) -> Vec<Violation> {
    let verb = if proposed.new_kind.is_some() { "write" } else { "remove" };
    let here = path_violation(role, verb, &proposed.path);
    let before = proposed.old_path.as_ref().and_then(|old| path_violation(role, "move", old));
    let kind = proposed.new_kind.as_ref().and_then(|kind| kind_violation(&proposed.path, kind));
    [before, here, kind].into_iter().flatten().collect()
}

fn path_violation(role: &Role, verb: &str, path: &RepoPath) -> Option<Violation> {
    let Decision::Denied { by } = role.decide(path) else { return None };
    let message = format!("role `{}` may not {verb} {path}: {by}", role.name);
    Some(Violation { path: path.clone(), rule: by.rule().to_owned(), origin: by.origin().to_owned(), message })
}

fn kind_violation(path: &RepoPath, kind: &NewKind) -> Option<Violation> {
    let (rule, what) = match kind {
        NewKind::File | NewKind::Executable => return None,
        NewKind::Submodule => ("submodules", "it is a submodule, whose content is not reviewed here".to_owned()),
        NewKind::Other => ("file kinds", "it is neither a file nor a link".to_owned()),
        NewKind::Symlink { target } => ("links", link_problem(path, target)?),
    };
    let message = format!("{path} may not be added: {what}");
    Some(Violation { path: path.clone(), rule: rule.to_owned(), origin: "built in".to_owned(), message })
}

/// Names of files that usually hold secrets, wherever they are.
const SECRETS: [&str; 17] = [
    ".env*",
    ".netrc",
    ".pgpass",
    ".git-credentials",
    ".npmrc",
    ".pypirc",
    "credentials*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    "id_rsa*",
    "*.pem",
    "*.key",
    "application-prod*",
    "*service-account*.json",
    "*service_account*.json",
    "*serviceaccount*.json",
];
/// Words of folders and files that are about the real thing.
const REAL: [&str; 4] = ["prod", "production", "deploy", "secrets"];
/// Ends of the names of source code, which is seldom what its name is about.
const CODE: [&str; 26] = [
    "rs", "go", "py", "js", "jsx", "mjs", "cjs", "ts", "tsx", "java", "kt", "kts", "scala", "swift", "rb", "php", "c", "h", "cc", "cpp",
    "hpp", "cs", "ex", "exs", "dart", "lua",
];
/// Ends of the names of pages that people read.
const PAGES: [&str; 6] = ["md", "mdx", "markdown", "rst", "adoc", "asciidoc"];

/// What is kept where a name says so, and is not the project's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    Example,
    /// What a test reads.
    Fixture,
    Template,
    Test,
}

/// Names of folders, and for tests words in them.
pub(super) const SAMPLES: [(Sample, &[&str]); 4] = [
    (Sample::Fixture, &["fixtures", "fixture", "__fixtures__", "testdata", "test_data", "test-data", "__snapshots__", "snapshots"]),
    (Sample::Test, &["spec", "test", "tests", "testing", "e2e", "mock", "mocks"]),
    (Sample::Example, &["example", "examples", "sample", "samples"]),
    (Sample::Template, &["template", "templates"]),
];

/// What a folder or file is for by its name, such as `fixtures`, `e2e`, `a.test.ts`, `test_a.py`, `a.spec.js`, `jvmTest`, `ATest.java`.
pub fn sample(part: &str) -> Option<Sample> {
    let stem = part.split('.').next().unwrap_or_default();
    let words = || part.split(['.', '_', '-']);
    let is_test = |word: &str| words().any(|own| own == word) && (word != "spec" || part == "spec" || part.contains(".spec."));
    let is_it = |(kind, names): &(Sample, &[&str])| match kind {
        Sample::Test => names.iter().any(|word| is_test(word)) || ["Test", "Tests"].iter().any(|end| stem.ends_with(end)),
        _ => names.contains(&part),
    };
    SAMPLES.iter().find(|entry| is_it(entry)).map(|(kind, _)| *kind)
}

/// Whether a file is a page that people read, by its name.
pub fn is_page(path: &RepoPath) -> bool {
    has_end(&path.name().to_lowercase(), &PAGES)
}

fn has_end(name: &str, ends: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| ends.contains(&end))
}

/// Whether a file has the name of one that holds secrets.
fn is_named_secret(path: &RepoPath) -> bool {
    let name = path.name().to_lowercase();
    !has_end(&name, &CODE) && !has_end(&name, &PAGES) && SECRETS.iter().any(|pattern| is_like(pattern, &name))
}

/// Whether secrets in a file are most likely meant: it has the name of one that holds them, or a folder or a name that is about the real
/// thing. A page only tells of it, and so does the name of source code.
pub fn holds_secrets(path: &RepoPath) -> bool {
    let (name, folders) = (path.name().to_lowercase(), path.parent().lossy().to_lowercase());
    let is_real = |text: &str| text.split(['/', '.', '-', '_']).any(|word| REAL.contains(&word));
    !has_end(&name, &PAGES) && (is_named_secret(path) || is_real(&folders) || !has_end(&name, &CODE) && is_real(&name))
}

/// What a reviewer should know of a link, whoever adds it: where it leads out of the repository, to what no role gets by a wildcard,
/// or to what usually holds secrets. A link that has such a name itself hides nothing.
pub fn questionable_link(path: &RepoPath, target: &[u8]) -> Option<String> {
    if let Some(problem) = link_problem(path, target) {
        return Some(problem);
    }
    let text = std::str::from_utf8(target).ok()?;
    let end = RepoPath::parse(format!("{}/{text}", path.parent()).trim_start_matches('/'))?;
    let is_listed =
        |path: &RepoPath| path.as_str().and_then(fold_path).is_some_and(|parts| protected::find(UNLESS_NAMED, &parts).is_some());
    let shown = text::one_line(text);
    match () {
        () if is_named_secret(&end) && !is_named_secret(path) => Some(format!("it points to `{shown}`, which usually holds secrets")),
        () if !end.is_empty() && is_listed(&end) && !is_listed(path) => {
            Some(format!("it points to `{shown}`, which is protected under its own name"))
        }
        () => None,
    }
}

/// What is wrong with a link at `path`, judged without looking at other links.
///
/// Going up is safe only at the target's start: after a folder's name, `..` leads out of wherever that folder may itself be a link to.
fn link_problem(path: &RepoPath, target: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(target) else { return Some("it points to a name that is not UTF-8".to_owned()) };
    let shown = text::one_line(text);
    if text.starts_with('/') || text.contains(['\\', ':']) || text.is_empty() {
        return Some(format!("it points to `{shown}`, which is not a relative path"));
    }
    let mut parts = text.split('/').filter(|part| !part.is_empty() && *part != ".").skip_while(|part| *part == "..");
    if parts.any(|part| part == "..") {
        return Some(format!("it points to `{shown}`, which goes up after going down"));
    }
    let mut joined = path.parent().as_bytes().to_vec();
    joined.push(b'/');
    joined.extend_from_slice(target);
    let relative = joined.strip_prefix(b"/").unwrap_or(&joined);
    let Some(end) = RepoPath::parse(relative) else { return Some(format!("it points to `{shown}`, outside of the repository")) };
    if end.is_empty() {
        return None;
    }
    let folded = end.as_str().and_then(fold_path);
    let hidden = folded.is_none_or(|parts| protected::find(NEVER, &parts).is_some());
    hidden.then(|| format!("it points to `{shown}`, which no role ever writes"))
}
