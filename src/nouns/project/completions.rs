//! `cmpm completions`

use clap_complete::Shell;
use clap_complete::env::Shells;

use crate::base::env::CMPM_COMPLETE;
use crate::report::prelude::*;

/// Print the completion script for a shell
///
/// It completes commands, flags, ids, and the words a project uses (statuses, labels, categories), which it asks cmpm for.
///
/// Example: `cmpm completions bash > ~/.local/share/bash-completion/completions/cmpm`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// A completion script.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Script {
    script: String,
}

impl Verb for Completions {
    type Report = Script;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, _: &Context) -> Result<Script> {
        let mut bytes = Vec::new();
        if let Some(shell) = Shells::builtins().completer(&self.shell.to_string()) {
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
