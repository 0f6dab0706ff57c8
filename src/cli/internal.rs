//! Hidden commands that cmpm calls itself.

use clap::Subcommand;

use crate::base::{Env, Exit};
use crate::ui::Ui;

/// What cmpm asks of itself.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the generated files
    Generate,
}

impl Command {
    /// Does it.
    pub fn run(self, _ui: &Ui, _env: Env) -> Exit {
        Exit::Done
    }
}
