//! `cmpm completions`

use clap::ValueEnum;
use clap_complete::Shell;
use clap_complete::env::Shells;

use crate::base::env::{CMPM_COMPLETE, SHELL};
use crate::base::{Explain, Explained};
use crate::report::prelude::*;

/// Print the completion script for a shell
///
/// It completes commands, flags, ids, and the words a project uses (statuses, labels, categories), which it asks cmpm for.
///
/// Example: `cmpm completions bash > ~/.local/share/bash-completion/completions/cmpm`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Option<Shell>,
}

/// Which shell is not known.
#[derive(Debug, thiserror::Error)]
#[error("for which shell? {known}")]
struct NoShell {
    known: String,
    /// The user's own.
    own: Option<Shell>,
}

impl Explain for NoShell {
    fn explain(&self) -> Explained {
        let own = self.own.map(|shell| format!("yours is {shell}: `cmpm completions {shell}`"));
        Explained::wrong("usage").hints(own)
    }
}

/// A completion script.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Script {
    script: String,
}

impl Verb for Completions {
    type Report = Script;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Script> {
        let asked = self.shell.ok_or_else(|| {
            let known: Vec<String> = Shell::value_variants().iter().map(Shell::to_string).collect();
            NoShell { known: known.join(", "), own: context.env.path(SHELL).and_then(Shell::from_shell_path) }
        })?;
        let mut bytes = Vec::new();
        if let Some(shell) = Shells::builtins().completer(&asked.to_string()) {
            // Writing to memory does not fail.
            let _ = shell.write_registration(CMPM_COMPLETE, "cmpm", "cmpm", "cmpm", &mut bytes);
        }
        Ok(Script { script: String::from_utf8_lossy(&bytes).into_owned() })
    }
}

impl Report for Script {
    const SCHEMA: &'static str = "cmpm.completions/1";
    const PLAIN: bool = true;

    fn render(&self, _: &Screen) -> String {
        self.script.clone()
    }
}
