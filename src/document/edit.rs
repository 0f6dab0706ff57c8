//! Editing front matter in place: one key's lines are replaced, the result is read again, and anything unexpected is
//! refused before a byte has changed.

use std::ops::Range;

use super::front::{Field, LIMIT};
use super::place::Change;
use super::{Document, Node, Value, render};
use crate::base::{Explain, Explained};

/// Why a file cannot be edited; its bytes are as they were.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The bytes that are not text would be lost.
    #[error("the file is not UTF-8 text and cannot be edited")]
    NotUtf8,
    /// Either side of the conflict could be meant.
    #[error("line {line}: the front matter has an unresolved merge conflict")]
    Conflict { line: u32 },
    /// Either line could be meant.
    #[error("line {line}: `{key}` appears twice")]
    Repeated {
        key: String,
        /// The second line that has it.
        line: u32,
    },
    /// A YAML form that is not edited line by line.
    #[error("line {line}: `{key}` is written in a form that cannot be edited in place")]
    Form { key: String, line: u32 },
    /// The edit would change more than was asked for.
    #[error("changing {what} would change other parts of the file too")]
    Unsafe { what: String },
    /// What a mapping says would be lost.
    #[error("line {line}: `{key}` has a mapping or a list within a list, which would be lost")]
    Structured { key: String, line: u32 },
    /// Front matter that nobody could read again.
    #[error("the front matter would have {bytes} bytes; more than {LIMIT} cannot be read again")]
    Size { bytes: usize },
    /// A new section would be inside a code block or comment that is not closed.
    #[error("the body ends inside a code block or comment, which would swallow the section `{heading}`")]
    Swallowed { heading: String },
}

impl Explain for EditError {
    fn explain(&self) -> Explained {
        match self {
            Self::NotUtf8 => Explained::wrong("not_utf8").hint("save the file as UTF-8 and try again"),
            Self::Conflict { .. } => Explained::conflict("conflict_markers").hint("resolve the conflict and try again"),
            Self::Repeated { .. } => Explained::wrong("repeated_key").hint("keep one of the two lines and try again"),
            Self::Form { .. } | Self::Unsafe { .. } => Explained::wrong("not_editable").hint("change it in an editor; nothing was written"),
            Self::Structured { .. } => {
                Explained::wrong("not_editable").hint("write it as texts, such as `[one, two]`, and try again; nothing was written")
            }
            Self::Size { .. } => Explained::wrong("not_editable").hint("put long texts into the body; nothing was written"),
            Self::Swallowed { .. } => Explained::wrong("not_editable").hint("close the code block or comment and try again"),
        }
    }
}

/// What a document must read as after an edit.
pub(super) struct Wanted {
    pub(super) fields: Vec<Field>,
    /// The length of the body in bytes.
    pub(super) body: usize,
    /// What was to be changed, for the message.
    pub(super) what: String,
}

impl Document {
    /// Sets a key of the front matter, which is made if there is none; a new key goes to its end.
    ///
    /// The lines of that key change and nothing else, none at all where the value is the same already; but what a merge left
    /// to choose from goes. A comment after the value, the style of lists and quotes and the file's line ends are kept.
    /// Fails when the edit is not safe; the document is then unchanged.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) -> Result<(), EditError> {
        self.write(key, &value.into())?;
        self.settle(key)
    }

    fn write(&mut self, key: &str, value: &Value) -> Result<(), EditError> {
        let node = value.to_node();
        if self.field(key).is_some_and(|field| field.node == node) {
            return Ok(());
        }
        if self.is_headed() {
            return self.set_header(key, value);
        }
        let change = match self.find_editable(key)? {
            Some(index) => {
                let lines = self.lines_of(index)?;
                let rewritten = self.rewritten(index, &lines, value);
                // A comment of its own between the lines of a value: it must not go with the value.
                if lines.iter().any(|line| line.text.starts_with('#') && !rewritten.iter().any(|kept| kept == line.text)) {
                    return Err(EditError::Unsafe { what: format!("`{key}`") });
                }
                self.swap(&lines, &rewritten)
            }
            None => self.insert(render::entry(key, value, self.list_style())),
        };
        self.put(key, node, &change)
    }

    /// Sets a key as [`Document::set`] does, but never texts in the place of a mapping.
    /// Fails as there, and where what a mapping says would be lost.
    pub fn edit(&mut self, key: &str, value: impl Into<Value>) -> Result<(), EditError> {
        let value = value.into();
        if value.to_node().is_flat() {
            self.require_flat(key)?;
        }
        self.set(key, value)
    }

    fn require_flat(&self, key: &str) -> Result<(), EditError> {
        match self.field(key).filter(|field| !field.node.is_flat()) {
            Some(field) => Err(EditError::Structured { key: key.to_owned(), line: field.line }),
            None => Ok(()),
        }
    }

    /// How many bytes of front matter there are, if it is more than can be read as YAML.
    pub fn oversize(&self) -> Option<usize> {
        self.layout.as_ref().map(|layout| layout.yaml.len()).filter(|bytes| *bytes > LIMIT)
    }

    /// Gives a key the value it has in another document, in the very lines that stand there; removes it if it is not there.
    /// Fails when the edit is not safe in either document; this one is then unchanged.
    pub fn copy_field(&mut self, key: &str, from: &Document) -> Result<(), EditError> {
        let source = from.find_editable(key)?;
        let Some((index, field)) = source.and_then(|index| Some((index, from.fields().get(index)?))) else { return self.remove(key) };
        let lines: Vec<String> = from.lines_of(index)?.iter().map(|line| line.text.to_owned()).collect();
        let change = match self.find_editable(key)? {
            Some(index) => self.swap(&self.lines_of(index)?, &lines),
            None => self.insert(lines),
        };
        self.put(key, field.node.clone(), &change)
    }

    /// Removes a key with its texts; fine if it is not there.
    /// Fails as [`Document::edit`].
    pub fn take_away(&mut self, key: &str) -> Result<(), EditError> {
        self.require_flat(key)?;
        self.remove(key)
    }

    /// Removes a key with its value; fine if it is not there.
    /// Fails when the edit is not safe; the document is then unchanged.
    pub fn remove(&mut self, key: &str) -> Result<(), EditError> {
        if self.is_headed() {
            return self.remove_header(key);
        }
        let Some(index) = self.find_editable(key)? else { return Ok(()) };
        let mut wanted = self.wanted(format!("`{key}`"));
        wanted.fields.remove(index);
        let change = self.swap(&self.lines_of(index)?, &[]);
        self.splice(change.range, &change.text, &wanted)
    }

    /// Makes a change that gives `key` this value and leaves every other one as it is.
    fn put(&mut self, key: &str, node: Node, change: &Change) -> Result<(), EditError> {
        let mut wanted = self.wanted(format!("`{key}`"));
        wanted.body += change.body;
        match wanted.fields.iter_mut().find(|field| field.key == key) {
            Some(field) => field.node = node,
            None => wanted.fields.push(Field { key: key.to_owned(), node, line: 0, repeated: false }),
        }
        self.splice(change.range.clone(), &change.text, &wanted)
    }

    /// What the document reads as now.
    pub(super) fn wanted(&self, what: String) -> Wanted {
        Wanted { fields: self.fields().to_vec(), body: self.body().len(), what }
    }

    /// Refuses a file that must not be edited at all.
    pub(super) fn require_editable(&self) -> Result<(), EditError> {
        match (&self.raw, self.conflict) {
            (Some(_), _) => Err(EditError::NotUtf8),
            (None, Some(line)) => Err(EditError::Conflict { line }),
            (None, None) => Ok(()),
        }
    }

    /// The index of the one field with this key.
    fn find_editable(&self, key: &str) -> Result<Option<usize>, EditError> {
        self.require_editable()?;
        let mut found = self.fields().iter().enumerate().filter(|(_, field)| field.key == key);
        let first = found.next().map(|(index, _)| index);
        match found.next() {
            Some((_, second)) => Err(EditError::Repeated { key: key.to_owned(), line: second.line }),
            None => Ok(first),
        }
    }

    /// Puts `text` in the place of `range`, if the result then reads as wanted.
    pub(super) fn splice(&mut self, range: Range<usize>, text: &str, wanted: &Wanted) -> Result<(), EditError> {
        let mut edited = self.text.clone();
        edited.replace_range(range, text);
        let edited = Self::read(edited.into_bytes(), self.kind);
        let same = edited.fields().len() == wanted.fields.len()
            && edited.fields().iter().zip(&wanted.fields).all(|(field, wanted)| field.key == wanted.key && field.node == wanted.node);
        let worse = self.is_strict() && !edited.is_strict();
        if let Some(bytes) = edited.oversize().filter(|_| worse) {
            return Err(EditError::Size { bytes });
        }
        if worse || !same || edited.body().len() != wanted.body {
            return Err(EditError::Unsafe { what: wanted.what.clone() });
        }
        *self = edited;
        Ok(())
    }
}
