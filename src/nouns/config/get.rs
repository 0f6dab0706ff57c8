//! `cmpm config get`

use crate::config::Setting;
use crate::report::prelude::*;

/// Show one setting
///
/// A key that has others below it shows them all.
/// Example: `cmpm config get delegate.max_parallel`
#[derive(Debug, Args)]
pub struct Get {
    /// The dotted key
    #[arg(add = Takes::Setting)]
    key: String,
}

/// The setting, or the settings below the key.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Found {
    key: String,
    settings: Vec<Setting>,
}

impl Verb for Get {
    type Report = Found;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Found> {
        let settings = context.sound_layers()?.require(&self.key)?;
        Ok(Found { key: self.key, settings })
    }
}

impl Report for Found {
    const SCHEMA: &'static str = "cmpm.config.get/1";

    fn render(&self, _: &Screen) -> String {
        match self.settings.as_slice() {
            [only] if only.key == self.key => super::one_line(&only.value) + "\n",
            several => several.iter().map(|setting| format!("{}={}\n", setting.key, super::one_line(&setting.value))).collect(),
        }
    }
}
