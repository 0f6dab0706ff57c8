//! What is about to be pushed: every reference that git names, with its commits, its tags and its name.

use std::collections::BTreeMap;

use crate::base::{Finding, RepoPath, Result, Severity, text};
use crate::context::{CONFIG_FILE, Context};
use crate::git::{Named, Oid, Repository, is_branch_name};
use crate::store::Snapshot;

use super::command::report;
use super::report::CheckReport;
use super::scope::{Changed, Range, Scope};
use super::texts;

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

/// Checks what a push brings to `remote`. `told` is what git writes to the hook; where that got lost, what is checked out counts.
/// Also says which references may not be pushed.
pub fn pushed(context: &Context, remote: &str, told: &str) -> Result<(CheckReport, Vec<String>)> {
    let repository = context.repository()?;
    let mut pushed: Vec<Pushed> = told.lines().filter_map(read).collect();
    if told.trim().is_empty()
        && let Some(oid) = repository.head()?.oid()
    {
        let local = repository.head()?.branch().map_or_else(|| "HEAD".to_owned(), |name| format!("refs/heads/{name}"));
        pushed.push(Pushed { there: local.clone(), local, oid, known: None });
    }
    let push = Push { context, repository, known: Known::of(repository, remote)? };
    let (mut done, mut findings, mut refused) = (BTreeMap::new(), Vec::new(), Vec::new());
    for one in &pushed {
        let (found, name) = push.look_at(one, &mut done)?;
        findings.extend(found);
        refused.extend(name);
    }
    Ok((CheckReport::new("what is pushed".to_owned(), pushed.len(), findings), refused))
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

/// The references of the remote as this clone knows them; those of all remotes where it knows none of this one.
struct Known(Vec<(String, Oid)>);

impl Known {
    fn of(repository: &Repository, remote: &str) -> Result<Self> {
        let prefix = format!("refs/remotes/{remote}/");
        let own = if is_branch_name(remote) { repository.refs_below(&prefix)? } else { Vec::new() };
        Ok(Self(if own.is_empty() { repository.refs_below("refs/remotes/")? } else { own }))
    }

    /// The commits of references with these names, in the order of the names.
    fn called<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = Oid> + 'a {
        let is_called = |full: &str, name: &str| full.strip_suffix(name).is_some_and(|start| start.ends_with('/'));
        names.iter().flat_map(move |name| self.0.iter().filter(move |(full, _)| is_called(full, name)).map(|(_, oid)| *oid))
    }

    fn all(&self) -> impl Iterator<Item = Oid> + '_ {
        self.0.iter().map(|(_, oid)| *oid)
    }
}

struct Push<'a> {
    context: &'a Context,
    repository: &'a Repository,
    known: Known,
}

impl<'a> Push<'a> {
    /// What is wrong with one reference, and what it is called if it may not be pushed. What is in `done` was looked at, with the same outcome: a
    /// tag and a branch often share a commit.
    fn look_at(&self, pushed: &Pushed, done: &mut BTreeMap<Oid, bool>) -> Result<(Vec<Finding>, Option<String>)> {
        let (mut oid, mut said) = (pushed.oid, String::new());
        let scope = loop {
            match self.repository.find_named(oid)? {
                None => return Ok((Vec::new(), None)),
                Some(Named::Tag { target, message }) => {
                    said.push_str(&self.repository.head_of(oid)?);
                    said.push_str(&message);
                    said.push('\n');
                    oid = target;
                }
                Some(Named::Commit) => break Scope::of_range(self.repository, self.range(pushed, oid)?)?,
                Some(Named::Tree) => break self.of_tree(pushed, oid)?,
                Some(Named::Blob) => break self.of_blob(pushed, oid),
            }
        };
        let has_settings = |tree: &Oid| self.repository.find_entry(*tree, &CONFIG_FILE).is_ok_and(|found| found.is_some());
        let is_project = scope.rules.iter().chain(&scope.before).any(has_settings)
            || matches!(scope.snapshot, Snapshot::Tree(_, oid) if has_settings(&oid))
            || super::is_project(self.context)?;
        if !is_project {
            return Ok((Vec::new(), None));
        }
        let names = [pushed.local.as_str(), &pushed.there].join("\n");
        let mut findings = texts::in_texts(self.context, &scope, &[(names.as_str(), "the name of a reference")])?;
        // A name that must not be pushed is not repeated either.
        let name = if findings.is_empty() { pushed.describe() } else { "the name of a reference".to_owned() };
        findings.extend(texts::in_texts(self.context, &scope, &[(said.as_str(), "the message of a tag")])?);
        let is_wrong = |findings: &[Finding]| findings.iter().any(|finding| finding.severity == Severity::Error);
        let is_named_wrong = is_wrong(&findings);
        let is_refused = match done.get(&oid) {
            Some(is_refused) => *is_refused,
            None => {
                let found = report(self.context, &scope)?.into_findings();
                let is_refused = is_wrong(&found);
                done.insert(oid, is_refused);
                findings.extend(found);
                is_refused
            }
        };
        Ok((findings, (is_named_wrong || is_refused).then_some(name)))
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
        Scope::of_files(pushed.there.clone(), Snapshot::Tree(self.repository, tree), changed, self.rules())
    }

    /// The commit whose rules judge: the remote's main branch, or what else there is.
    fn rules(&self) -> Option<Oid> {
        self.known.called(&["HEAD", "main", "master"]).chain(self.known.all()).next()
    }

    /// The commits that the remote does not have yet.
    fn range(&self, pushed: &Pushed, to: Oid) -> Result<Range> {
        let is_here = |oid: &Oid| self.repository.find_named(*oid).is_ok_and(|found| found == Some(Named::Commit));
        let known = pushed.known.filter(is_here);
        let branch = pushed.there.strip_prefix("refs/heads/").unwrap_or_default();
        let here: Vec<Oid> =
            known.into_iter().chain(self.known.called(&[branch, "HEAD", "main", "master"])).chain(self.known.all()).collect();
        let mut fork = None;
        for oid in &here {
            fork = self.repository.merge_base(*oid, to)?;
            if fork.is_some() {
                break;
            }
        }
        let rules = self.rules().or(known);
        Ok(Range { name: pushed.there.clone(), to, hide: here, fork, rules })
    }
}
