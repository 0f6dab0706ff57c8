//! What is about to be pushed: every reference that git names, with its commits, its tags and its name.

mod unseen;

use std::collections::BTreeMap;

use crate::base::{Finding, RepoPath, Result, Severity, text};
use crate::context::{CONFIG_FILE, Context};
use crate::git::{Named, Oid, Repository};
use crate::store::Snapshot;

use super::command::report_by;
use super::law::Law;
use super::report::CheckReport;
use super::scope::{Changed, Scope};
use super::texts;
use unseen::Unseen;

/// One line of what git tells a pre-push hook.
#[derive(Debug, PartialEq, Eq)]
struct Pushed {
    /// What it is called here, or an expression such as `HEAD~`.
    local: String,
    oid: Oid,
    /// What it will be called there.
    there: String,
    /// What it is there now.
    known: Option<Oid>,
}

/// Checks what a push brings to `remote`, a name or an address. `told` is what git writes to the hook; where that got lost, what is
/// checked out counts. Also says which references may not be pushed.
pub fn pushed(context: &Context, remote: &str, told: &str) -> Result<(CheckReport, Vec<String>)> {
    let repository = context.repository()?;
    let mut pushed: Vec<Pushed> = told.lines().filter_map(read).collect();
    if told.trim().is_empty()
        && let Some(oid) = repository.head()?.oid()
    {
        let local = repository.head()?.branch().map_or_else(|| "HEAD".to_owned(), |name| format!("refs/heads/{name}"));
        pushed.push(Pushed { there: local.clone(), local, oid, known: None });
    }
    let ends = pushed.iter().map(|one| End::of(repository, one)).collect::<Result<Vec<_>>>()?;
    let tips: Vec<Oid> = ends.iter().filter(|end| end.kind == Some(Named::Commit)).map(|end| end.oid).collect();
    let unseen = Unseen::of(repository, remote, (&pushed, &tips))?;
    let mut order: Vec<(usize, &Pushed, &End)> = (0..).zip(&pushed).zip(&ends).map(|((place, one), end)| (place, one, end)).collect();
    order.sort_by_key(|(_, one, end)| unseen.order(one, end.oid));
    let rules = unseen.rules();
    let mut push = Push { context, repository, rules, law: Law::of(context, rules)?, unseen, done: BTreeMap::new() };
    let (mut refused, mut findings) = (BTreeMap::new(), Vec::new());
    for (place, one, end) in order {
        let (found, name) = push.look_at(one, end)?;
        findings.extend(found);
        refused.extend(name.map(|name| (place, name)));
    }
    Ok((CheckReport::new("what is pushed".to_owned(), pushed.len(), findings), refused.into_values().collect()))
}

/// `<local name> <object> <remote name> <object>`; `None` for a reference that is deleted, and for anything else.
fn read(line: &str) -> Option<Pushed> {
    let is_nothing = |oid: &str| oid.bytes().all(|byte| byte == b'0');
    let mut words = line.split_whitespace();
    let (local, oid, there, known) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let known = known.parse().ok().filter(|_| !is_nothing(known));
    Some(Pushed { local: local.to_owned(), oid: oid.parse().ok().filter(|_| !is_nothing(oid))?, there: there.to_owned(), known })
}

impl Pushed {
    /// The branch that it will be there.
    fn branch(&self) -> Option<&str> {
        self.there.strip_prefix("refs/heads/")
    }

    /// ``branch `main` ``, ``tag `v1` ``.
    fn describe(&self) -> String {
        let kinds = [("refs/heads/", "branch"), ("refs/tags/", "tag")];
        let (word, name) = kinds
            .into_iter()
            .find_map(|(prefix, word)| Some((word, self.there.strip_prefix(prefix)?)))
            .unwrap_or(("reference", self.there.as_str()));
        format!("{word} `{}`", text::one_line(name))
    }
}

/// What a reference leads to.
struct End {
    oid: Oid,
    /// `None` where it is not in this clone.
    kind: Option<Named>,
    /// What the tags on the way say.
    said: String,
}

impl End {
    fn of(repository: &Repository, pushed: &Pushed) -> Result<Self> {
        let (mut oid, mut said) = (pushed.oid, String::new());
        loop {
            match repository.find_named(oid)? {
                Some(Named::Tag { target, message }) => {
                    said.push_str(&repository.head_of(oid)?);
                    said.push_str(&message);
                    said.push('\n');
                    oid = target;
                }
                kind => return Ok(Self { oid, kind, said }),
            }
        }
    }
}

struct Push<'a> {
    context: &'a Context,
    repository: &'a Repository,
    rules: Option<Oid>,
    law: Law<'a>,
    unseen: Unseen<'a>,
    /// What was looked at, and whether it is refused: a tag and a branch often share a commit.
    done: BTreeMap<Oid, bool>,
}

impl<'a> Push<'a> {
    /// What is wrong with one reference, and what it is called if it may not be pushed.
    fn look_at(&mut self, pushed: &Pushed, end: &End) -> Result<(Vec<Finding>, Option<String>)> {
        let scope = match end.kind {
            None => return Ok((Vec::new(), None)),
            Some(Named::Tree) => Some(self.of_tree(pushed, end.oid)?),
            Some(Named::Blob) => Some(self.of_blob(pushed, end.oid)),
            Some(_) if self.done.contains_key(&end.oid) => None,
            Some(_) => self.unseen.scope(pushed, end.oid)?,
        };
        let is_new = scope.is_some();
        let scope = scope.unwrap_or_else(|| self.of_files(pushed, end.oid, Vec::new()));
        if !self.is_project(&scope)? {
            return Ok((Vec::new(), None));
        }
        let names = [pushed.local.as_str(), &pushed.there].join("\n");
        let mut findings = texts::in_texts(self.context, (&scope, &self.law), &[(names.as_str(), "the name of a reference")])?;
        // A name that must not be pushed is not repeated either.
        let name = if findings.is_empty() { pushed.describe() } else { "the name of a reference".to_owned() };
        findings.extend(texts::in_texts(self.context, (&scope, &self.law), &[(end.said.as_str(), "the message of a tag")])?);
        let is_wrong = |findings: &[Finding]| findings.iter().any(|finding| finding.severity == Severity::Error);
        let is_named_wrong = is_wrong(&findings);
        if is_new {
            let found = report_by(self.context, &scope, &self.law)?.into_findings();
            self.done.insert(end.oid, is_wrong(&found));
            if !is_wrong(&found) && end.kind == Some(Named::Commit) {
                self.unseen.is_right(end.oid);
            }
            findings.extend(found);
        }
        let is_refused = is_named_wrong || self.done.get(&end.oid).copied().unwrap_or_default();
        Ok((findings, is_refused.then_some(name)))
    }

    /// Whether what is pushed, or what it is compared with, is a project of cmpm.
    fn is_project(&self, scope: &Scope<'_>) -> Result<bool> {
        let has_settings = |tree: &Oid| self.repository.find_entry(*tree, &CONFIG_FILE).is_ok_and(|found| found.is_some());
        Ok(scope.rules.iter().chain(&scope.before).any(has_settings)
            || matches!(scope.snapshot, Snapshot::Tree(_, oid) if has_settings(&oid))
            || super::is_project(self.context)?)
    }

    /// A tag can stand for files without a commit.
    fn of_tree(&self, pushed: &Pushed, tree: Oid) -> Result<Scope<'a>> {
        let files = self.repository.files_below(tree, &RepoPath::default())?;
        let changed = files.into_iter().map(|file| (file.path, file.oid)).collect();
        Ok(self.of_files(pushed, tree, changed))
    }

    fn of_blob(&self, pushed: &Pushed, blob: Oid) -> Scope<'a> {
        let path = RepoPath::parse(&pushed.there).unwrap_or_default();
        self.of_files(pushed, self.repository.empty_tree(), vec![(path, blob)])
    }

    fn of_files(&self, pushed: &Pushed, tree: Oid, files: Vec<(RepoPath, Oid)>) -> Scope<'a> {
        let changed = files.into_iter().map(|(path, oid)| Changed { path, oid, old: None, old_path: None }).collect();
        Scope::of_files(pushed.there.clone(), Snapshot::Tree(self.repository, tree), changed, self.rules)
    }
}
