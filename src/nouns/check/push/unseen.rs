//! What of a push is new: what the remote has was looked at when it got there, and what several references share is looked at once.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Result;
use crate::git::{LogRange, Named, Oid, Repository};

use super::super::scope::{Range, Scope};
use super::Pushed;

/// Branches of the remote whose rules judge, the first that is there.
const MAIN: [&str; 3] = ["HEAD", "main", "master"];

/// The branches of the remote: as this clone saw them last, and as git says that they are now. What other remotes have says nothing.
struct Known(Vec<(String, Oid)>);

impl Known {
    fn of(repository: &Repository, remote: &str, pushed: &[Pushed]) -> Result<Self> {
        let mut known = Vec::new();
        for name in repository.remotes_at(remote) {
            let prefix = format!("refs/remotes/{name}/");
            let others = repository.remotes_in(&format!("{name}/"));
            let is_others = |branch: &str| others.iter().any(|other| format!("{name}/{branch}").starts_with(&format!("{other}/")));
            let all = repository.refs_below(&prefix)?.into_iter();
            known
                .extend(all.map(|(full, oid)| (full.trim_start_matches(&prefix).to_owned(), oid)).filter(|(branch, _)| !is_others(branch)));
        }
        let told = |one: &Pushed| Some((one.there.strip_prefix("refs/heads/").unwrap_or(&one.there).to_owned(), one.known?));
        known.extend(pushed.iter().filter_map(told));
        known.retain(|(_, oid)| repository.find_named(*oid).is_ok_and(|found| found == Some(Named::Commit)));
        Ok(Self(known))
    }

    /// The commits of branches with these names, in the order of the names, then those of all others.
    fn from<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = Oid> + 'a {
        let called = names.iter().flat_map(move |name| self.0.iter().filter(move |(branch, _)| branch == name));
        called.chain(&self.0).map(|(_, oid)| *oid)
    }
}

/// What was looked at so far.
pub(super) struct Unseen<'a> {
    repository: &'a Repository,
    known: Known,
    /// The commits that the remote does not have, each with its place among them, the newest first.
    new: BTreeMap<Oid, usize>,
    /// Those that were looked at.
    seen: BTreeSet<Oid>,
    /// References that were found to be right.
    right: Vec<Oid>,
}

impl<'a> Unseen<'a> {
    /// `tips` are the commits that are pushed.
    pub(super) fn of(repository: &'a Repository, remote: &str, (pushed, tips): (&[Pushed], &[Oid])) -> Result<Self> {
        let known = Known::of(repository, remote, pushed)?;
        let range = LogRange { from: tips.to_vec(), hide: known.from(&[]).collect(), ..LogRange::default() };
        let commits = if tips.is_empty() { Vec::new() } else { repository.commits(&range)? };
        let new = commits.iter().zip(0..).map(|(commit, place)| (commit.oid, place)).collect();
        Ok(Self { repository, known, new, seen: BTreeSet::new(), right: Vec::new() })
    }

    /// The commit whose rules judge: that of the remote's main branch, or of what else it has.
    pub(super) fn rules(&self) -> Option<Oid> {
        self.known.from(&MAIN).next()
    }

    /// What is looked at first: branches, as their files count as they are at the end, and of those and of the rest what is newest.
    pub(super) fn order(&self, pushed: &Pushed, tip: Oid) -> (bool, usize) {
        (pushed.branch().is_none(), self.new.get(&tip).copied().unwrap_or_default())
    }

    /// What has to be looked at for a reference; nothing if the remote has its commit, or if a tag stands for one that was looked at.
    pub(super) fn scope(&mut self, pushed: &Pushed, tip: Oid) -> Result<Option<Scope<'a>>> {
        if !self.new.contains_key(&tip) || pushed.branch().is_none() && self.seen.contains(&tip) {
            return Ok(None);
        }
        let scope = Scope::of_range(self.repository, self.range(pushed, tip)?)?;
        self.seen.extend(scope.commits.iter().map(|commit| commit.oid));
        // Of many tips at once a walk does not always see in time what is behind another.
        Ok(Some(scope).filter(|scope| pushed.branch().is_some() || !scope.commits.is_empty()))
    }

    /// What leads to `tip` need not be looked at again.
    pub(super) fn is_right(&mut self, tip: Oid) {
        self.right.push(tip);
    }

    /// The commits that nobody has looked at.
    fn range(&self, pushed: &Pushed, to: Oid) -> Result<Range> {
        let names = [pushed.branch().unwrap_or_default(), MAIN[0], MAIN[1], MAIN[2]];
        let here: Vec<Oid> = pushed.known.into_iter().chain(self.known.from(&names)).collect();
        let mut fork = self.fork(here.iter().filter(|oid| self.known.0.iter().any(|(_, known)| known == *oid)), to)?;
        // Of a tag only what it has beyond a branch that is right.
        if pushed.branch().is_none()
            && let Some(near) = self.fork(&self.right, to)?
            && fork.is_none_or(|fork| self.repository.is_ancestor(fork, near).unwrap_or_default())
        {
            fork = Some(near);
        }
        let hide = self.known.from(&[]).chain(self.right.iter().copied()).collect();
        Ok(Range { name: pushed.there.clone(), to, hide, fork, rules: self.rules() })
    }

    fn fork<'o>(&self, from: impl IntoIterator<Item = &'o Oid>, to: Oid) -> Result<Option<Oid>> {
        for oid in from {
            if let Some(fork) = self.repository.merge_base(*oid, to)? {
                return Ok(Some(fork));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::Sandbox;

    #[test]
    fn what_references_share_is_looked_at_once() {
        let sandbox = Sandbox::with_commit();
        for place in 0..20 {
            sandbox.git(&["tag", &format!("v{place}")]);
            sandbox.write("a.txt", &format!("{place}\n"));
            sandbox.commit_all("more");
        }
        sandbox.git(&["checkout", "-q", "-b", "side", "main~3"]);
        sandbox.write("b.txt", "side\n");
        sandbox.commit_all("side");
        sandbox.git(&["tag", "aside"]);
        let repository = sandbox.open();
        let looks = |names: &str, known: Option<Oid>| -> Vec<(String, usize)> {
            let refs = sandbox.git(&["for-each-ref", "--format=%(refname)", names]);
            let mut pushed: Vec<(Pushed, Oid)> = Vec::new();
            for name in refs.lines() {
                let oid = sandbox.oid(name);
                pushed.push((Pushed { local: name.to_owned(), oid, there: name.to_owned(), known: None }, oid));
            }
            let told = Pushed { local: String::new(), oid: sandbox.oid("main"), there: "refs/heads/main".to_owned(), known };
            let tips: Vec<Oid> = pushed.iter().map(|(_, tip)| *tip).collect();
            let mut unseen = Unseen::of(&repository, "origin", (&[told], &tips)).unwrap();
            pushed.sort_by_key(|(pushed, tip)| unseen.order(pushed, *tip));
            let mut made = Vec::new();
            for (pushed, tip) in pushed {
                if let Some(scope) = unseen.scope(&pushed, tip).unwrap() {
                    made.push((pushed.there, scope.commits.len()));
                    unseen.is_right(tip);
                }
            }
            made.sort();
            made
        };
        let count = |name: &str, commits| (name.to_owned(), commits);
        // All tags at once, with a remote that has nothing: two ends of history, no commit twice.
        let tags = looks("refs/tags", None);
        assert_eq!((tags.len(), tags.iter().map(|(_, commits)| commits).sum::<usize>()), (2, 21), "{tags:?}");
        assert_eq!(looks("refs", None).iter().map(|(_, commits)| commits).sum::<usize>(), 22);
        assert_eq!(looks("refs/tags", Some(sandbox.oid("main"))), [count("refs/tags/aside", 1)]);
        assert_eq!(looks("refs/tags", Some(sandbox.oid("v3"))).iter().map(|(_, commits)| commits).sum::<usize>(), 17);
    }
}
