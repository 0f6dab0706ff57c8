//! Hidden commands that cmpm calls itself.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::base::env::{CMPM_PATHS, CMPM_RUN, CMPM_RUN_DIR};
use crate::base::{Env, Exit, Failure, Result};
use crate::fs::write;
use crate::nouns::agent::{self, Assignment};
use crate::ui::Ui;

/// What cmpm asks of itself.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch over the program that `order.json` in a folder describes
    Supervise {
        /// The folder
        folder: PathBuf,
    },
    /// Become the program that the supervisor names
    Launch,
    /// Work as an agent that is part of cmpm
    Agent {
        /// Its name
        name: String,
    },
    /// Write the generated files: schemas and reference pages
    Generate {
        /// The root of the project
        root: PathBuf,
    },
}

impl Command {
    pub fn run(self, ui: &Ui, env: Env) -> Exit {
        let outcome: Result<()> = match self {
            Self::Supervise { folder } => crate::run::supervise(&folder, env),
            Self::Launch => crate::process::launch().map_err(Failure::from),
            Self::Agent { name } => work(&name, &env),
            Self::Generate { root } => super::generate::write_all(&root),
        };
        match outcome {
            Ok(()) => Exit::Done,
            Err(failure) => {
                ui.show_failure(&failure);
                failure.exit()
            }
        }
    }
}

/// The work of an agent that is part of cmpm, in the current folder; what it says goes where every agent's claim goes.
fn work(name: &str, env: &Env) -> Result<()> {
    let globs: Vec<String> = env.text(CMPM_PATHS).unwrap_or_default().lines().map(str::to_owned).collect();
    let assignment = Assignment { root: Path::new("."), globs: &globs, run: env.text(CMPM_RUN).unwrap_or_default() };
    let claim = agent::work_built_in(name, &assignment)?;
    if let Some(folder) = env.path(CMPM_RUN_DIR) {
        write::replace(&folder.join("claim.md"), claim.as_bytes())?;
    }
    // The claim file counts; nobody may be reading along.
    let _ = crate::ui::stream(&claim);
    Ok(())
}
