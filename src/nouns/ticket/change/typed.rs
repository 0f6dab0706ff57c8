//! A verb with arguments that another part of the program has, read as those that people type.

use clap::Args;

use crate::base::{Explain, Explained, text};

/// Arguments that the verb does not take.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct NotTyped {
    message: String,
}

impl Explain for NotTyped {
    fn explain(&self) -> Explained {
        Explained::wrong("usage")
    }
}

/// The verb with these arguments.
pub fn as_typed<V: Args>(typed: Vec<String>) -> Result<V, NotTyped> {
    let message = |error: clap::Error| {
        let shown = error.to_string();
        NotTyped { message: text::one_line(shown.lines().next().unwrap_or_default().trim_start_matches("error: ")) }
    };
    let command = V::augment_args(clap::Command::new("cmpm").no_binary_name(true));
    V::from_arg_matches(&command.try_get_matches_from(typed).map_err(message)?).map_err(message)
}
