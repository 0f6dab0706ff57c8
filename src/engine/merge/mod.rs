//! Three-way merge of records by what they mean: front matter key by key, checklists by item, logs by entry, JSON Lines by
//! record, and everything else line by line as git does. Whatever is not understood falls back to that.

mod body;
mod facts;
mod field;
mod guard;
mod hunk;
mod items;
mod json;
mod keys;
mod lines;
mod list;
mod marks;
#[cfg(test)]
mod marks_tests;
mod order;
mod people;
mod record;
mod rules;
mod shape;
#[cfg(test)]
mod tests;
mod three;
mod weave;

pub use facts::{Fact, Facts, Told, doubled, lost, repeated};
pub use three::Three;

use weave::weave;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The result, with markers where a person must choose.
    pub text: String,
    /// What is open, each in a few words.
    pub open: Vec<String>,
}

impl Merged {
    fn new(text: String, open: Vec<String>) -> Self {
        Self { text, open }
    }

    /// Whether nobody has to choose.
    pub fn is_clean(&self) -> bool {
        self.open.is_empty()
    }
}

/// What a file holds, as its name and its text say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Markdown, mostly with front matter.
    Record,
    /// YAML from beginning to end.
    Yaml,
    /// One JSON object per line.
    JsonLines,
    /// Anything else.
    Text,
}

impl Kind {
    /// The kind of a file of this name with this text.
    pub fn of(name: &str, text: &str) -> Self {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        let opens = text.trim_start_matches('\u{feff}').trim_start();
        match ending.as_str() {
            "md" | "markdown" | "mdx" | "mdc" | "mdwn" | "qmd" | "rmd" => Self::Record,
            "yaml" | "yml" => Self::Yaml,
            "jsonl" | "ndjson" => Self::JsonLines,
            _ if opens.starts_with("---\n") || opens.starts_with("---\r\n") => Self::Record,
            _ if ending.is_empty() && opens.starts_with("{\"") => Self::JsonLines,
            _ => Self::Text,
        }
    }
}

/// Merges three versions of a file. A side that changed nothing has no say: the other stands, byte for byte.
pub fn merge(kind: Kind, sides: &Three<&str>) -> Merged {
    if let Some(text) = sides.settled() {
        return Merged::new(text.to_owned(), Vec::new());
    }
    let (texts, shape) = shape::level(sides);
    let texts = texts.each().map(AsRef::as_ref);
    let by_meaning = match kind {
        Kind::Record => record::merge_record(&texts),
        Kind::Yaml => keys::merge_keys(&texts).map(|merged| Merged::new(merged.text, named(merged.open))),
        Kind::JsonLines => lines::merge_lines(&texts),
        Kind::Text => None,
    };
    let merged = by_meaning.unwrap_or_else(|| by_lines(&texts));
    Merged { text: shape.restore(merged.text), ..merged }
}

fn by_lines(texts: &Three<&str>) -> Merged {
    let woven = weave(texts, |_| None);
    Merged::new(woven.text, places(woven.conflicts))
}

fn named(keys: Vec<String>) -> Vec<String> {
    keys.into_iter().map(|key| format!("`{key}`")).collect()
}

fn places(conflicts: usize) -> Vec<String> {
    match conflicts {
        0 => Vec::new(),
        1 => vec!["1 place in the text".to_owned()],
        more => vec![format!("{more} places in the text")],
    }
}
