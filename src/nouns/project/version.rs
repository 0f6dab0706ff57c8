//! `cmpm version`

use crate::git;
use crate::nouns::{Describe, Description, Noun};
use crate::report::prelude::*;

/// Show the version, as `--version` does
///
/// With `--json` also that of git, and the schemas of all answers.
/// Example: `cmpm version --json`
#[derive(Debug, Args)]
pub struct Version {}

/// What is installed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Installed {
    version: &'static str,
    /// What git says of itself, if it is there.
    git: Option<String>,
    /// The name and version of every answer, such as `cmpm.status/1`.
    schemas: Vec<&'static str>,
}

struct Schemas(Vec<&'static str>);

impl Describe for Schemas {
    fn describe(&mut self, description: Description) {
        self.0.push(description.schema);
    }
}

impl Verb for Version {
    type Report = Installed;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Installed> {
        let mut schemas = Schemas(Vec::new());
        Noun::describe(&mut schemas);
        schemas.0.sort_unstable();
        schemas.0.dedup();
        Ok(Installed { version: env!("CARGO_PKG_VERSION"), git: git::installed_version(&context.env), schemas: schemas.0 })
    }
}

impl Report for Installed {
    const SCHEMA: &'static str = "cmpm.version/1";

    fn render(&self, _: &Screen) -> String {
        format!("cmpm {}\n", self.version)
    }
}
