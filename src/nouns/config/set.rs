//! `cmpm config set` and `cmpm config unset`

use crate::base::{Explain, Explained};
use crate::config::{Origin, change};
use crate::context::CONFIG_FILE;
use crate::fs::{read, write};
use crate::report::prelude::*;

/// Set one setting
///
/// In `.cmpm/config.yaml`, or with `--user` in your own file. The value is read as YAML and checked; comments in the file stay.
/// Examples: `cmpm config set delegate.max_parallel 3`, `cmpm config set paths.tasks '[tasks, work]'`
#[derive(Debug, Args)]
pub struct Set {
    /// The dotted key
    #[arg(add = Takes::Setting)]
    key: String,
    /// The value
    #[arg(allow_hyphen_values = true)]
    value: String,
    #[command(flatten)]
    place: Place,
}

/// Remove one setting, so that the next layer or the default holds
///
/// Example: `cmpm config unset delegate.max_parallel`
#[derive(Debug, Args)]
pub struct Unset {
    /// The dotted key
    #[arg(add = Takes::Setting)]
    key: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub struct Place {
    /// In your own settings, which hold for every project
    #[arg(long)]
    user: bool,
}

/// A setting that was written.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Written {
    key: String,
    /// As it was given; absent where it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// The file.
    file: String,
    /// Whether any byte of it is different now.
    changed: bool,
    /// What has another value for it, and wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    overruled_by: Option<Origin>,
}

/// Why nothing can be set.
#[derive(Debug, thiserror::Error)]
enum SetError {
    #[error("there is no {CONFIG_FILE} in this work tree")]
    NoProject,
    #[error("neither HOME nor XDG_CONFIG_HOME is set, so you have no settings of your own")]
    NoHome,
}

impl Explain for SetError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoProject => Explained::wrong("not_initialised").hint("`cmpm init` makes it, or use `--user`"),
            Self::NoHome => Explained::wrong("no_home").hint("set HOME"),
        }
    }
}

impl Verb for Set {
    type Report = Written;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Written> {
        self.place.change(context, (self.key, Some(self.value)))
    }
}

impl Verb for Unset {
    type Report = Written;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Written> {
        self.place.change(context, (self.key, None))
    }
}

impl Place {
    fn change(&self, context: &Context, (key, value): (String, Option<String>)) -> Result<Written> {
        let asked = (key.as_str(), value.as_deref());
        let (origin, changed) = if self.user { of_user(context, asked)? } else { of_project(context, asked)? };
        // As it was read before this change: what comes above it.
        let known = context.layers().ok().and_then(|layers| layers.require(&key).ok()).unwrap_or_default();
        let wins = |origin: &Origin| match origin {
            Origin::Variable { .. } | Origin::Flag => true,
            Origin::User { .. } | Origin::Overlay { .. } => !self.user,
            Origin::Default | Origin::Project { .. } => false,
        };
        let overruled_by = known.into_iter().map(|setting| setting.origin).find(wins);
        Ok(Written { key, value, file: origin.to_string(), changed, overruled_by })
    }
}

fn of_project(context: &Context, asked: (&str, Option<&str>)) -> Result<(Origin, bool)> {
    let store = context.store()?;
    let before = read::find_text(&CONFIG_FILE.below(store.root()))?.ok_or(SetError::NoProject)?;
    let origin = Origin::Project { path: CONFIG_FILE.to_string() };
    let after = change(&origin, &before, asked)?;
    let mut transaction = store.transaction(if asked.1.is_some() { "config set" } else { "config unset" });
    transaction.replace(&CONFIG_FILE, before.into_bytes(), after.into_bytes());
    Ok((origin, !transaction.commit()?.is_empty()))
}

fn of_user(context: &Context, asked: (&str, Option<&str>)) -> Result<(Origin, bool)> {
    let path = context.env.user_config().ok_or(SetError::NoHome)?.join("config.yaml");
    let before = read::find_text(&path)?.unwrap_or_default();
    let origin = Origin::User { path: path.clone() };
    let after = change(&origin, &before, asked)?;
    if before != after {
        write::replace(&path, after.as_bytes())?;
    }
    Ok((origin, before != after))
}

impl Report for Written {
    const SCHEMA: &'static str = "cmpm.config.set/1";

    fn render(&self, _: &Screen) -> String {
        let (key, file) = (&self.key, text::one_line(&self.file));
        let done = match &self.value {
            Some(value) if self.changed => format!("Set {key} to {} in {file}\n", text::one_line(value)),
            Some(value) => format!("{key} is {} in {file} already\n", text::one_line(value)),
            None => format!("Removed {key} from {file}\n"),
        };
        let but =
            self.overruled_by.as_ref().map(|origin| format!("but {} has another value, which wins\n", text::one_line(&origin.to_string())));
        done + &but.unwrap_or_default()
    }
}
