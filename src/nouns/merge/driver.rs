//! `cmpm merge-driver`: git's contract for `merge.<name>.driver`, kept word for word.

use std::path::PathBuf;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Exit, Result};
use crate::context::Context;
use crate::git;
use crate::report::{Metadata, Report, Screen, Verb};

/// Merge one file for git
///
/// git calls it as `cmpm init` set it up. The result is left in the second file; exit 1 says that conflicts are marked in it.
/// Example: `git config merge.cmpm.driver "cmpm merge-driver %O %A %B %P"`
#[derive(Debug, Args, Deserialize, JsonSchema)]
#[command(hide = true)]
pub struct MergeDriver {
    /// The common ancestor (%O)
    base: PathBuf,
    /// Our side, and where the result goes (%A)
    ours: PathBuf,
    /// Their side (%B)
    theirs: PathBuf,
    /// The file that is merged (%P)
    path: Option<PathBuf>,
}

/// What came of a merge.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Merged {
    /// The file, as git names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    /// Whether both sides fit together.
    clean: bool,
}

impl Verb for MergeDriver {
    type Report = Merged;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Merged> {
        let sides = git::Sides { base: &self.base, ours: &self.ours, theirs: &self.theirs };
        let clean = git::merge_file(&context.env, &context.cwd, &sides)?;
        Ok(Merged { path: self.path, clean })
    }
}

impl Report for Merged {
    const SCHEMA: &'static str = "cmpm.merge-driver/1";

    /// Nothing: git says which files have conflicts.
    fn render(&self, _: &Screen) -> String {
        String::new()
    }

    fn exit(&self) -> Exit {
        if self.clean { Exit::Done } else { Exit::No }
    }
}
