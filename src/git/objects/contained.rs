//! Whether the work of a branch is in another one, whichever way it came there.

use super::super::{GitError, MergeOutcome, Oid, Repository};

impl Repository {
    /// Whether all that `work` adds to `base` is in `target`: merged, squashed, rebased, picked commit by commit, or done again.
    pub fn is_contained(&self, work: Oid, (base, target): (Oid, Oid)) -> Result<bool, GitError> {
        if target == base {
            return Ok(false);
        }
        if self.is_ancestor(work, target)? || self.tree_of(work)? == self.tree_of(target)? {
            return Ok(true);
        }
        if let MergeOutcome::Clean(tree) = self.merge_trees(target, work)?
            && tree == self.tree_of(target)?
        {
            return Ok(true);
        }
        // Where the target went on in the same lines, its history still tells: the same changes as one commit, or commit by commit.
        let oids = [target, work, base].map(|oid| oid.to_string());
        let compared = self.git("cherry")?.args(oids).text()?;
        Ok(!compared.is_empty() && compared.lines().all(|line| line.starts_with('-')))
    }
}
