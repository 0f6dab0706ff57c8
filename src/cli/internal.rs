//! Hidden commands that cmpm calls itself.

use std::path::PathBuf;

use clap::Subcommand;

use crate::base::{Env, Exit, Failure, Result};
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
    /// Does it.
    pub fn run(self, ui: &Ui, env: Env) -> Exit {
        let outcome: Result<()> = match self {
            Self::Supervise { folder } => crate::run::supervise(&folder, env),
            Self::Launch => Err(Failure::from(crate::process::launch())),
            Self::Agent { name } => {
                let _ = (&name, &env, ui);
                Ok(())
            },
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
