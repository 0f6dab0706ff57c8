//! References with their objects in one file, for whoever shares no remote.

use std::path::Path;

use super::refs::full_name;
use super::shared_refs::{FETCHING, PATIENCE, parse_ref};
use super::{GitError, Oid, Repository};

impl Repository {
    /// Writes a reference and what it leads to into a file, without what can be reached from a commit that others have.
    pub fn write_bundle(&self, file: &Path, name: &str, known: Oid) -> Result<(), GitError> {
        full_name(name)?;
        self.sync_objects()?;
        self.git("bundle")?.args(["create", "--quiet"]).arg(file).args([name.to_owned(), format!("^{known}")]).bytes().map(drop)
    }

    /// The references in a file.
    pub fn bundle_refs(&self, file: &Path) -> Result<Vec<(String, Oid)>, GitError> {
        let said = self.git("bundle")?.arg("list-heads").arg(file).text()?;
        Ok(said.lines().filter_map(|line| parse_ref(&line.replacen(' ', "\t", 1))).collect())
    }

    /// Gets the objects that references in a file lead to; no reference here changes.
    pub fn fetch_bundle(&self, file: &Path, names: &[String]) -> Result<(), GitError> {
        if names.is_empty() {
            return Ok(());
        }
        let git = self.remote_git("-c fetch.fsckObjects=true fetch")?.within(PATIENCE);
        git.args(FETCHING).arg(file).args(names).bytes().map(drop)
    }
}
