//! `cmpm completions`

use clap::Args;
use clap_complete::Shell;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Result;
use crate::context::Context;
use crate::report::{Metadata, Report, Screen, Verb};

/// Print the completion script for a shell
///
/// Example: `cmpm completions bash > ~/.local/share/bash-completion/completions/cmpm`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Completions {
    /// The shell
    #[schemars(with = "String")]
    #[serde(with = "shell_name")]
    shell: Shell,
}

mod shell_name {
    use clap_complete::Shell;
    use serde::{Deserialize, Deserializer};

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Shell, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
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
        let mut bytes = Vec::new();
        clap_complete::generate(self.shell, &mut (context.command)(), "cmpm", &mut bytes);
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
