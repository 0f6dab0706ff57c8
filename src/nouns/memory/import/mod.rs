//! `cmpm memory import`: memories of other stores, each with the name it has there, so that nothing comes twice.

mod beads;
mod decision;
mod format;
mod item;
mod mem0;
mod notes;
mod own;
mod project;
mod settle;

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::exchange::{SourceError, load};
use crate::fs::read::{exists, real_path};
use crate::report::prelude::*;
use crate::store::Transaction;

use super::file::draft::Page;
use super::file::gate::Gate;
use super::model::{self, Memory};
use format::Format;
use item::Item;
use project::{MEMORY, Project};
use settle::{Settled, Settling};

/// How many lines of a kind are shown to people.
const SHOWN: usize = 20;

/// Import memories from another store
///
/// A file or a folder, in a format that is recognised or named. Each memory keeps the name it has there, so that importing
/// again changes nothing; what was changed there since is told and never overwritten. The source stays as it is.
/// Example: `cmpm memory import docs/adr --dry-run`
#[derive(Debug, Args)]
pub struct Import {
    /// The file or folder
    path: PathBuf,
    /// The format [default: what it clearly is]
    #[arg(long, value_name = "FORMAT")]
    from: Option<Format>,
    /// The category of them all [default: what each says, else project]
    #[arg(long, value_name = "CATEGORY", add = Takes::Category)]
    category: Option<String>,
    /// A tag for each of them; may be given again
    #[arg(long, short, value_name = "TAG", add = Takes::Tag)]
    tag: Vec<String>,
    /// Only say what would be imported, and what cannot be carried
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Commit the new files
    #[arg(long)]
    commit: bool,
}

/// What came of an import.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportReport {
    format: Format,
    dry_run: bool,
    /// What is new here.
    imported: Vec<ImportedMemory>,
    /// How many were imported before and are the same there.
    unchanged: usize,
    /// What was imported before and differs there now; nothing was written.
    changed: Vec<ChangedMemory>,
    /// How many could not be taken; the findings say why.
    left_out: usize,
}

/// A new memory.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportedMemory {
    /// Its id here; of a dry run only where the source has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id>,
    category: String,
    title: String,
    /// Its name there.
    external: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<RepoPath>,
}

/// A memory that differs there.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangedMemory {
    id: Id,
    /// Its name there.
    external: String,
}

/// As `cmpm undo` names it.
const OPERATION: &str = "memory import";

impl Verb for Import {
    type Report = WithFindings<ImportReport>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<WithFindings<ImportReport>> {
        let store = context.store()?;
        let category = self.category.as_ref().map(|word| model::require_category(word, store.config())).transpose()?;
        let folder = real_path(&own_folder(&context.cwd.join(&self.path)))?;
        let source = load(context, &folder)?;
        if let Some(first) = source.refused() {
            return Err(SourceError { path: self.path, first: Box::new(first.clone()) }.into());
        }
        let format = self.from.map_or_else(|| Format::detect(&self.path, &source), Ok)?;
        let mut parcel = format.read(&source, store.config());
        let project = Project::find(context, &folder).filter(|_| format == Format::Cmpm);
        for item in &mut parcel.items {
            // Lines of JSON say of their source what they say.
            item.origin = project.as_ref().filter(|_| item.line.is_none()).map(|project| project.signed(item));
            self.label(item, category.as_ref(), store.config());
        }
        let transaction = if self.dry_run { store.rehearsal(OPERATION) } else { store.begin(OPERATION)? };
        let scan = store.scan::<Memory>(&store.work_tree());
        let settling = Settling { context, gate: Gate::open(context)?, format, dry_run: self.dry_run };
        let settled = settling.settle(std::mem::take(&mut parcel.items), &scan)?;
        self.write(context, transaction, (&settled, format))?;
        let findings = [source.findings, parcel.all_findings(), settled.findings.clone()].concat();
        Ok(ImportReport::of(format, self.dry_run, settled).with(findings))
    }
}

/// The folder of a project stands for its memory.
fn own_folder(path: &Path) -> PathBuf {
    let memory = path.join(MEMORY);
    if exists(&memory) { memory } else { path.to_owned() }
}

impl Import {
    /// What the user says of all of them. A category of another store is only a word unless this project has it too.
    fn label(&self, item: &mut Item, category: Option<&String>, config: &Config) {
        let draft = &mut item.draft;
        if draft.id.is_none() {
            let word = draft.category.take();
            draft.category = word.as_ref().and_then(|word| model::require_category(word, config).ok());
            draft.tags.extend(word.filter(|_| draft.category.is_none()));
            draft.category = category.cloned().or(draft.category.take());
        }
        let new = self.tag.iter().filter(|tag| !draft.tags.contains(tag)).cloned().collect::<Vec<_>>();
        draft.tags.extend(new);
    }

    fn write(&self, context: &Context, mut transaction: Transaction<'_>, (settled, format): (&Settled, Format)) -> Result<()> {
        let ready = context.ready_to_commit(self.commit && !self.dry_run)?;
        for (_, page) in &settled.pages {
            transaction.create(&page.path, page.text.clone().into_bytes());
        }
        let written = transaction.commit()?;
        let message = format!("import {} from {}", model::count(written.len()), format.as_str());
        ready.commit_paths(&written, &message)
    }
}

impl ImportReport {
    fn of(format: Format, dry_run: bool, settled: Settled) -> Self {
        let keeps = !dry_run || format == Format::Cmpm;
        let imported = |(external, page): (String, Page)| ImportedMemory {
            id: keeps.then_some(page.id),
            category: page.category,
            title: page.title,
            external,
            path: keeps.then_some(page.path),
        };
        Self {
            format,
            dry_run,
            imported: settled.pages.into_iter().map(imported).collect(),
            unchanged: settled.unchanged,
            changed: settled.changed.into_iter().map(|(id, external)| ChangedMemory { id, external }).collect(),
            left_out: settled.left_out,
        }
    }
}

impl Report for ImportReport {
    const SCHEMA: &'static str = "cmpm.memory.import/1";

    fn render(&self, screen: &Screen) -> String {
        let word = if self.dry_run { "Would import" } else { "Imported" };
        let counts = [(self.unchanged, "here already"), (self.changed.len(), "changed there since"), (self.left_out, "left out")];
        let rest: String = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}")).collect();
        let mut out = format!("{word} {} from {}{rest}\n", self.imported.len(), self.format.as_str());
        for memory in self.imported.iter().take(SHOWN) {
            let name = memory.id.as_ref().map_or(memory.external.as_str(), Id::as_str);
            let name = screen.paint(Tone::Key, &text::one_line(name));
            let _ = writeln!(out, "{name}  {}  {}", memory.category, text::one_line(&memory.title));
        }
        if self.imported.len() > SHOWN {
            let line = format!("… and {} more; `--json` has them all", self.imported.len() - SHOWN);
            let _ = writeln!(out, "{}", screen.paint(Tone::Quiet, &line));
        }
        out
    }
}
