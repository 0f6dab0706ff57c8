//! What comes from outside and goes there: a text from the user's editor; and what every importer and exporter has in common, the files it reads, the file it writes, and the list of what cannot be carried.

mod editor;
pub mod json;
mod loss;
mod output;
mod source;

pub use editor::edit_text;
pub use loss::{Loss, Losses};
pub use output::write_output;
pub use source::{Source, SourceError, SourceFile, is_page, load};

/// Sixteen hexadecimal digits that stand for a text.
pub fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().chars().take(16).collect()
}
