//! `cmpm memory edit`

use crate::base::{Explain, Explained};
use crate::document::Document;
use crate::exchange::edit_text;
use crate::report::prelude::*;
use crate::store::Stored;

use super::file::draft::Page;
use super::file::gate::Gate;
use super::model::keys::Keys;
use super::model::{ContentError, Memory};

/// How much of a hash must be given.
const HASH_LEAST: usize = 8;

/// Change a memory
///
/// A text is added to the end. `--replace` puts it in the place of the old one, and wants the hash that `show` printed, so that
/// nobody's words are lost unseen. On a terminal, without a text or a flag, your editor opens on the text.
/// Example: `cmpm memory edit MEM-c9w "Images break as well." --tag images`
#[derive(Debug, Args)]
pub struct Edit {
    /// Memory to change
    #[arg(add = Takes::Memory)]
    id: String,
    /// Text to add to the end; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    text: Option<String>,
    /// Replace the old text with this one
    #[arg(long, requires = "text")]
    replace: bool,
    /// The expected hash of the file, as `cmpm memory show` prints it
    #[arg(long, value_name = "HASH")]
    expect: Option<String>,
    /// Change the text in your editor
    #[arg(long, conflicts_with = "text")]
    editor: bool,
    #[command(flatten)]
    keys: Keys,
    /// Commit the changed file
    #[arg(long)]
    commit: bool,
}

/// A changed memory.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Edited {
    id: Id,
    title: String,
    path: RepoPath,
    /// Whether any byte of the file is different now.
    changed: bool,
    /// The hash of the file as it is now.
    hash: String,
}

enum Text {
    Stays,
    Grows(String),
    Becomes(String),
}

#[derive(Debug, thiserror::Error)]
enum EditError {
    #[error("there is nothing to change")]
    NothingToChange,
    /// The file is not what the caller has seen.
    #[error("{id} has changed since you read it: its hash is {found}, not {expected}")]
    Unexpected { id: String, found: String, expected: String },
    /// A replacement without proof that the old text was seen.
    #[error("replacing a text needs `--expect`")]
    NoExpectation { id: String },
}

impl Explain for EditError {
    fn explain(&self) -> Explained {
        let look = |id: &str| format!("`cmpm memory show {id}` shows the text and its hash");
        match self {
            Self::NothingToChange => {
                Explained::wrong("usage").hint("give a text to add, or `--title`, `--tag`, …; `cmpm memory edit --help` has them all")
            }
            Self::Unexpected { id, .. } => Explained::conflict("changed").hint(look(id)),
            Self::NoExpectation { id } => Explained::wrong("usage").hint(look(id)),
        }
    }
}

impl Verb for Edit {
    type Report = Edited;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(mut self, context: &Context) -> Result<Edited> {
        let store = context.store()?;
        self.keys.date(context.clock.now());
        self.keys.check(store)?;
        if self.replace && self.expect.is_none() {
            let id = store.require::<Memory>(&context.name_of(&self.id))?.record.id.to_string();
            return Err(EditError::NoExpectation { id }.into());
        }
        let given = self.text.take().map(|text| if text == "-" { context.read_input() } else { Ok(text) }).transpose()?;
        let idle = given.is_none() && self.keys.is_empty();
        if self.editor || (idle && context.is_terminal()) {
            let stored = store.require::<Memory>(&context.name_of(&self.id))?;
            self.expect = self.expect.or_else(|| Some(hash_of(&stored.document)));
            let edited = edit_text(context, stored.document.body().trim_start_matches(['\n', '\r']))?;
            return edited.used(|text| self.write(context, &Text::Becomes(text)));
        }
        match given {
            None if idle => Err(EditError::NothingToChange.into()),
            None => self.write(context, &Text::Stays),
            Some(text) if text.trim().is_empty() => Err(ContentError::NoText.into()),
            Some(text) if self.replace => self.write(context, &Text::Becomes(text)),
            Some(text) => self.write(context, &Text::Grows(text)),
        }
    }
}

impl Edit {
    fn write(&self, context: &Context, text: &Text) -> Result<Edited> {
        let (store, gate) = (context.store()?, Gate::open(context)?);
        let ready = context.ready_to_commit(self.commit)?;
        let (stored, written) = store.update::<Memory>("memory edit", &context.name_of(&self.id), |stored, _| {
            self.require_expected(stored)?;
            change_text(stored, text)?;
            self.keys.set(stored, store)?;
            gate.judge_file(&page_of(stored))?;
            Ok(())
        })?;
        let title = stored.document.text("title").unwrap_or_else(|| stored.record.title.clone());
        ready.commit_paths(&written, &format!("edit memory {}: {title}", stored.record.id))?;
        let hash = hash_of(&stored.document);
        Ok(Edited { id: stored.record.id, title, path: stored.path, changed: !written.is_empty(), hash })
    }

    fn require_expected(&self, stored: &Stored<Memory>) -> Result<(), EditError> {
        let found = hash_of(&stored.document);
        let id = stored.record.id.to_string();
        match &self.expect {
            Some(expected) if expected.len() < HASH_LEAST || !found.starts_with(&expected.to_ascii_lowercase()) => {
                Err(EditError::Unexpected { id, found, expected: expected.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// The hash of a file's bytes, sixteen hexadecimal digits.
pub fn hash_of(document: &Document) -> String {
    blake3::hash(document.bytes()).to_hex().chars().take(16).collect()
}

pub fn page_of(stored: &Stored<Memory>) -> Page {
    let memory = &stored.record;
    let category = stored.document.text("category").unwrap_or_else(|| memory.category.clone());
    let text = stored.document.as_str().to_owned();
    Page { id: memory.id.clone(), category, title: memory.title.clone(), path: stored.path.clone(), text }
}

fn change_text(stored: &mut Stored<Memory>, text: &Text) -> Result<()> {
    let document = &mut stored.document;
    let end = if document.as_str().contains("\r\n") { "\r\n" } else { "\n" };
    let clean = |text: &str| text.trim_matches(['\n', '\r']).trim_end().replace("\r\n", "\n").replace('\n', end);
    match text {
        Text::Stays => {}
        Text::Grows(text) => {
            let kept = document.body().trim_end().len();
            document.edit_body(kept..document.body().len(), &format!("{end}{end}{}{end}", clean(text)))?;
        }
        Text::Becomes(text) if text.trim().is_empty() => return Err(ContentError::NoText.into()),
        Text::Becomes(text) if text.trim() == document.body().trim() => {}
        Text::Becomes(text) => document.replace_body(&format!("{end}{}{end}", clean(text)))?,
    }
    Ok(())
}

impl Report for Edited {
    const SCHEMA: &'static str = "cmpm.memory.edit/1";

    fn render(&self, screen: &Screen) -> String {
        let word = if self.changed { "Changed" } else { "Nothing to change in" };
        format!("{word} {}: {}\n", screen.paint(Tone::Key, self.id.as_str()), text::one_line(&self.title))
    }
}
