//! `cmpm config list`

use crate::config::Setting;
use crate::report::TableColumn;
use crate::report::prelude::*;

/// List every setting
///
/// `--origin` shows which file, variable or flag each value comes from.
/// Example: `cmpm config list --origin`
#[derive(Debug, Args)]
pub struct List {
    /// Show where each value comes from
    #[arg(long)]
    origin: bool,
}

/// All settings.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Settings {
    settings: Vec<Setting>,
    #[serde(skip)]
    origin: bool,
}

impl Verb for List {
    type Report = Settings;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Settings> {
        Ok(Settings { settings: context.sound_layers()?.settings(), origin: self.origin })
    }
}

impl Report for Settings {
    const SCHEMA: &'static str = "cmpm.config.list/1";

    fn render(&self, screen: &Screen) -> String {
        if self.origin {
            let mut table = Table::new([TableColumn::weighing(1, "ORIGIN"), "KEY".into(), "VALUE".into()]);
            for setting in &self.settings {
                let value = super::one_line(&setting.value);
                table.row([(&setting.origin.to_string(), Some(Tone::Quiet)), (&setting.key, Some(Tone::Key)), (&value, None)]);
            }
            return table.render(screen);
        }
        let mut table = Table::new(["KEY", "VALUE"]);
        for setting in &self.settings {
            table.row([(&setting.key, Some(Tone::Key)), (&super::one_line(&setting.value), None)]);
        }
        table.render(screen)
    }
}
