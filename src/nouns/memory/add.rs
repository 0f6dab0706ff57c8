//! `cmpm memory add`

use std::path::{Path, PathBuf};

use crate::base::date::written_out;
use crate::exchange::edit_text;
use crate::fs::read;
use crate::report::prelude::*;

use super::anchor::anchored;
use super::file::draft::{Draft, Page};
use super::file::error::InputError;
use super::file::remember::Remembering;
use super::model::details::Details;
use super::model::{ContentError, Provenance};

/// Remember something
///
/// Writes one Markdown file and prints its id. On a terminal, without a text, your editor opens. What holds a secret is refused;
/// what says nearly the same is shown. Commit the file with the code it is about, or at once with `--commit`.
/// Example: `cmpm memory add "Moving a page breaks the links to it" --category pattern --tag docs --scope 'docs/**'`
#[derive(Debug, Args)]
pub struct Add {
    /// What is worth knowing next time; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    text: Option<String>,
    /// Read the text from a file
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    file: Option<PathBuf>,
    /// Add every line of a file of JSON lines, or none: `{"text": "…", "category": "team", "tags": ["docs"]}`; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["text", "file", "editor"])]
    batch: Option<PathBuf>,
    /// Write the text in your editor, beginning with the one given
    #[arg(long)]
    editor: bool,
    #[command(flatten)]
    labels: Labels,
    /// Another key that the category requires; may be given again
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    other: Vec<(String, String)>,
    #[command(flatten)]
    details: Box<Details>,
    /// Do not show similar memories
    #[arg(long)]
    quiet_duplicates: bool,
    /// Commit the new file
    #[arg(long)]
    commit: bool,
}

// No doc comment on the struct: clap would take it for the help of the verb that it is a part of.
#[derive(Debug, Default, Args)]
struct Labels {
    /// project, pattern, team, error, or one of the project's own [default: the one whose flags are given, else project]
    #[arg(long, value_name = "CATEGORY", add = Takes::Category)]
    category: Option<String>,
    /// One line that says it [default: the beginning of the text]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    title: Option<String>,
    /// A word to find it by; may be given again
    #[arg(long, short, value_name = "TAG", add = Takes::Tag)]
    tag: Vec<String>,
    /// A language, library or tool it is about; may be given again
    #[arg(long, value_name = "NAME", add = Takes::Tech)]
    tech: Vec<String>,
    /// A glob of files it is about; may be given again
    #[arg(long, value_name = "GLOB")]
    scope: Vec<String>,
    /// How certain it is, from 0 to 1
    #[arg(long, value_name = "NUMBER")]
    confidence: Option<f64>,
    /// The day after which it no longer applies
    #[arg(long, value_name = "DATE")]
    valid_until: Option<String>,
    /// The ticket it was learned from
    #[arg(long, value_name = "ID", add = Takes::Ticket)]
    ticket: Option<String>,
    /// A memory that it replaces; may be given again
    #[arg(long, value_name = "ID", add = Takes::Memory)]
    supersedes: Vec<String>,
    /// A place in the code that it is about, in its current state: `PATH`, `PATH:10-20` or `PATH#symbol`; may be given again
    #[arg(long, value_name = "PLACE")]
    anchor: Vec<String>,
}

/// Reads `key=value`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("not of the form key=value")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

/// The new memories.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Added {
    /// Each in the order given.
    memories: Vec<AddedMemory>,
    committed: bool,
}

/// A new memory.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AddedMemory {
    id: Id,
    category: String,
    title: String,
    path: RepoPath,
}

impl From<&Page> for AddedMemory {
    fn from(page: &Page) -> Self {
        Self { id: page.id.clone(), category: page.category.clone(), title: page.title.clone(), path: page.path.clone() }
    }
}

impl Added {
    /// Writes what was collected, and says so.
    pub fn of(remembering: Remembering<'_>, quiet: bool, commit: bool) -> Result<WithFindings<Self>> {
        let memories = remembering.pages.iter().map(AddedMemory::from).collect();
        let findings = remembering.finish(quiet, commit)?;
        Ok(Self { memories, committed: commit }.with(findings))
    }
}

impl Verb for Add {
    type Report = WithFindings<Added>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(mut self, context: &Context) -> Result<WithFindings<Added>> {
        if let Some(file) = self.batch.take() {
            let mut remembering = Remembering::begin(context, "memory add")?;
            remembering.add_lines(&text_of(context, &file)?)?;
            return Added::of(remembering, self.quiet_duplicates, self.commit);
        }
        let given = match (self.text.take(), self.file.take()) {
            (Some(text), _) if text == "-" => Some(context.read_input()?),
            (Some(text), _) => Some(text),
            (None, Some(file)) => Some(text_of(context, &file)?),
            (None, None) => None,
        };
        if self.editor || (given.is_none() && context.is_terminal()) {
            return edit_text(context, &given.unwrap_or_default())?.used(|text| self.write(context, text));
        }
        self.write(context, given.ok_or(ContentError::NoText)?)
    }
}

/// The text of a file as the user names it; `-` is standard input.
fn text_of(context: &Context, file: &Path) -> Result<String> {
    if file == Path::new("-") {
        return context.read_input();
    }
    let text = String::from_utf8(read::read(&context.cwd.join(file))?);
    let text = text.map_err(|_| InputError::NotText { file: file.to_owned() })?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

impl Add {
    fn write(self, context: &Context, text: String) -> Result<WithFindings<Added>> {
        let (quiet, commit) = (self.quiet_duplicates, self.commit);
        let mut remembering = Remembering::begin(context, "memory add")?;
        let anchors = anchored::record(context, &self.labels.anchor)?;
        let draft = self.draft(text);
        let valid_until = draft.valid_until.as_ref().map(|day| written_out(day, context.clock.now()));
        remembering.add(Draft { anchors, valid_until, ..draft })?;
        Added::of(remembering, quiet, commit)
    }

    fn draft(self, text: String) -> Draft {
        let Labels { category, title, tag, tech, scope, confidence, valid_until, ticket, supersedes, .. } = self.labels;
        Draft {
            category,
            title,
            text,
            tags: tag,
            tech,
            scope,
            confidence,
            valid_until,
            supersedes,
            source: Provenance { ticket, ..Provenance::default() },
            details: *self.details,
            more: self.other.into_iter().map(|(key, value)| (key, value.into())).collect(),
            ..Draft::default()
        }
    }
}

impl Report for Added {
    const SCHEMA: &'static str = "cmpm.memory.add/1";

    fn render(&self, screen: &Screen) -> String {
        let line = |memory: &AddedMemory| {
            let id = screen.paint(Tone::Key, memory.id.as_str());
            let path = screen.paint(Tone::Quiet, &memory.path.to_string());
            format!("Remembered {id} ({}): {}\n{path}\n", memory.category, text::printable(&memory.title))
        };
        self.memories.iter().map(line).collect()
    }
}
