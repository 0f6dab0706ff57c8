//! Markdown with YAML front matter as text: reading accepts what people really write, and an edit changes the lines of
//! one key alone. Pure: no file is opened here.

mod body;
mod canonical;
mod conflict;
mod edit;
mod front;
mod headed;
mod layout;
mod lenient;
mod lines;
mod located;
pub mod markdown;
mod node;
mod nul;
mod place;
mod problem;
mod render;
mod replace;
mod scalar;
mod strict;
mod syntax;
#[cfg(test)]
mod tests;
mod typed;
mod value;

pub use conflict::{Reading, Side, conflicts};
pub use edit::EditError;
pub use front::{Field, Front, LIMIT as FRONT_LIMIT};
pub use headed::Vocabulary;
pub use located::{Located, Shape, parse_located};
pub use node::Node;
pub use problem::Problem;
pub use render::render_new;
pub use value::Value;

use crate::base::{Rule, Severity};
use layout::Layout;

/// One file: Markdown with or without front matter, or YAML as a whole. Owns the file's bytes and gives them back as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The file as text; where it is not UTF-8, with a replacement character for what is not.
    text: String,
    /// The bytes of a file that is not UTF-8.
    raw: Option<Vec<u8>>,
    kind: Kind,
    layout: Option<Layout>,
    front: Front,
    /// Where the fields are in a file that keeps them in its body.
    headers: Vec<headed::Header>,
    problems: Vec<Problem>,
    /// The line of a merge conflict within the front matter.
    conflict: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Markdown,
    Yaml,
    /// Markdown whose fields may be in the body.
    Headed(&'static Vocabulary),
}

impl Document {
    /// Reads a Markdown file. Never fails: what is wrong is in [`Document::problems`].
    pub fn parse(bytes: Vec<u8>) -> Self {
        Self::read(bytes, Kind::Markdown)
    }

    /// Reads a file that is YAML from beginning to end: its keys are the fields, its body is empty.
    pub fn parse_yaml(bytes: Vec<u8>) -> Self {
        Self::read(bytes, Kind::Yaml)
    }

    fn read(bytes: Vec<u8>, kind: Kind) -> Self {
        let (text, raw) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some(error.into_bytes())),
        };
        let mut document =
            Self { text, raw, kind, layout: None, front: Front::default(), headers: Vec::new(), problems: Vec::new(), conflict: None };
        document.read_front();
        document.note_problems();
        document
    }

    fn read_front(&mut self) {
        let layout = match self.kind {
            Kind::Markdown | Kind::Headed(_) => layout::find(&self.text),
            Kind::Yaml => Some(layout::whole(&self.text)),
        };
        let Some(layout) = layout else { return self.read_headers() };
        let (front, problems) = front::read(self.text.get(layout.yaml.clone()).unwrap_or_default(), layout.yaml_line);
        if front.fields.is_empty() && !front.strict && self.kind != Kind::Yaml {
            let message = "the lines between `---` are not `key: value`, so this is not front matter";
            self.problems.push(Problem::new(Rule::FrontMatterNotKeys, Severity::Warning, layout.yaml_line, message));
            return self.read_headers();
        }
        self.problems = problems;
        self.front = front;
        self.layout = Some(layout);
    }

    fn read_headers(&mut self) {
        if let Kind::Headed(words) = self.kind {
            let headed::Headers { fields, places } = headed::read(&self.text, words);
            (self.front, self.headers) = (Front { fields, strict: true }, places);
        }
    }

    fn note_problems(&mut self) {
        self.note_nul();
        if self.raw.is_some() {
            let line = self.text.find('\u{fffd}').map_or(1, |at| lines::LineCounter::new(&self.text).line_of(at));
            let problem = Problem::new(Rule::NotUtf8, Severity::Error, line, "this line is not UTF-8 text");
            self.problems.push(problem.hint("save the file as UTF-8; until then cmpm shows it but does not edit it"));
        }
        let reading = Reading { has_keys: false, is_markdown: self.kind != Kind::Yaml };
        if let Some(line) = conflicts(&self.text, reading).whole.first().map(|conflict| conflict.line) {
            self.conflict =
                Some(line).filter(|_| self.is_headed() || self.layout.is_some() && (line < self.body_line() || self.kind == Kind::Yaml));
            let severity = if self.conflict.is_some() { Severity::Error } else { Severity::Warning };
            let problem = Problem::new(Rule::ConflictMarkers, severity, line, "a merge conflict is not resolved here");
            self.problems.push(problem.hint("keep the lines you want and delete the `<<<<<<<`, `=======` and `>>>>>>>` lines"));
        }
        let Some(layout) = self.layout.as_ref().filter(|_| self.kind != Kind::Yaml) else { return };
        if !layout.closed {
            let message = "the front matter is not closed";
            let problem = Problem::new(Rule::FrontMatterUnclosed, Severity::Error, layout.body_line, message);
            self.problems.push(problem.hint("write a line `---` after the last key"));
        }
        if layout.yaml_line > 2 {
            let line = layout.yaml_line.saturating_sub(1);
            let problem = Problem::new(Rule::FrontMatterLate, Severity::Note, line, "other tools want the front matter on the first line");
            self.problems.push(problem.hint("delete the empty lines before it"));
        }
    }

    /// The file's bytes: exactly those it was read from, but for the edits made since.
    pub fn bytes(&self) -> &[u8] {
        self.raw.as_deref().unwrap_or(self.text.as_bytes())
    }

    /// The file as text; where it is not UTF-8, with replacement characters.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The front matter; `None` where the file has none.
    pub fn front(&self) -> Option<&Front> {
        self.layout.is_some().then_some(&self.front)
    }

    /// Every key of the front matter, in the order written, repeated ones too.
    pub fn fields(&self) -> &[Field] {
        self.front.fields()
    }

    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields().iter().find(|field| field.key == key)
    }

    /// The scalar under a key, as written; `None` where there is nothing, an empty text, a list or a mapping.
    pub fn text(&self, key: &str) -> Option<String> {
        self.field(key)?.node.as_text().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The scalars of the list under a key; a single scalar is a list of one.
    pub fn texts(&self, key: &str) -> Vec<String> {
        self.field(key).map(|field| field.node.texts()).unwrap_or_default()
    }

    /// The text after the front matter, or all of it.
    pub fn body(&self) -> &str {
        self.text.get(self.body_start()..).unwrap_or_default()
    }

    /// The line (from 1) where the body begins.
    pub fn body_line(&self) -> u32 {
        self.layout.as_ref().map_or(1, |layout| layout.body_line)
    }

    /// The byte where the body begins.
    fn body_start(&self) -> usize {
        self.layout.as_ref().map_or_else(|| layout::mark_length(&self.text), |layout| layout.body)
    }

    /// What is wrong with the file, in the order found.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether the file is UTF-8 and its front matter valid YAML with every key once: only then may it grant rights.
    /// A file without front matter is strict and says nothing.
    pub fn is_strict(&self) -> bool {
        let sound = self.layout.as_ref().is_none_or(|layout| layout.closed && self.front.strict && self.conflict.is_none());
        sound && self.raw.is_none() && self.problems.iter().all(|problem| problem.rule != Rule::FrontMatterNotKeys)
    }
}
