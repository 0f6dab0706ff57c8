//! What was there already when the scan began: a line for each secret that is known, without its line number or a date, so that
//! two branches that write the file merge line by line.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;

use super::Secret;
use crate::base::RepoPath;

/// Where a project keeps what it knew already.
pub const BASELINE_FILE: &str = ".cmpm/secrets.baseline";
const HEAD: &str =
    "# Secrets that were here already: path, rule, hash. Written by `cmpm check --baseline write`; one line each, in order.\n";
/// Binds the hash to this use of it.
const CONTEXT: &str = "cmpm secrets baseline 1";
/// How many digits of the hash are kept.
const DIGITS: usize = 16;

/// The secrets that are known, each as its line of the file.
#[derive(Debug, Default)]
pub(super) struct Baseline(HashSet<String>);

impl Baseline {
    pub(super) fn parse(text: &str) -> Self {
        Self(text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, entry: &str) -> bool {
        self.0.contains(entry)
    }
}

/// The file that says of `secrets` that they are known.
pub fn baseline<'a>(secrets: impl Iterator<Item = (&'a RepoPath, &'a Secret)>) -> (String, usize) {
    let entries: BTreeSet<String> = secrets.map(|(path, secret)| entry(path, secret)).collect();
    let mut file = HEAD.to_owned();
    for entry in &entries {
        let _ = writeln!(file, "{entry}");
    }
    (file, entries.len())
}

/// The line of a secret. The hash is keyed by path and rule, so equal secrets cannot be told to be equal.
pub(super) fn entry(path: &RepoPath, secret: &Secret) -> String {
    let path = path.lossy().replace(['\t', '\n', '\r'], " ");
    let mut hash = blake3::Hasher::new_derive_key(CONTEXT);
    for part in [path.as_bytes(), secret.rule.as_bytes(), &secret.value] {
        hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes()).update(part);
    }
    let hash = hash.finalize().to_hex();
    format!("{path}\t{}\t{}", secret.rule, hash.get(..DIGITS).unwrap_or(&hash))
}
