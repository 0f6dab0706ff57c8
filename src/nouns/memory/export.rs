//! `cmpm memory export`

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Value as Json, json};

use crate::base::json::{self, JsonError};
use crate::base::{Explain, Explained, Rule, Severity};
use crate::document::{Value, render_new};
use crate::exchange::write_output;
use crate::report::prelude::*;
use crate::store::{Scan, Stored};

use super::file::draft::Draft;
use super::find::filter::Filter;
use super::model::standing::{Standing, Standings};
use super::model::{self, Memory};

/// Export memories for another store
///
/// `cmpm-jsonl` carries everything and is read back as it was. `mem0` is what `mem0 import` takes. `markdown` is a folder of
/// notes that basic-memory and others read. The first two go to standard output where no file is named. Files that are there already are replaced only with `--replace`.
/// Example: `cmpm memory export --to cmpm-jsonl memories.jsonl`
#[derive(Debug, Args)]
pub struct Export {
    /// The file, or for markdown the folder; without it, or with `-`, what is one file goes to standard output
    path: Option<PathBuf>,
    /// The format
    #[arg(long, value_name = "FORMAT")]
    to: Target,
    #[command(flatten)]
    filter: Filter,
    /// Only memories that still apply
    #[arg(long)]
    current: bool,
    /// Overwrite existing files
    #[arg(long)]
    replace: bool,
    /// Only say what would be written, and what cannot be carried
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// A format that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "kebab-case")]
enum Target {
    /// One object of JSON a line
    #[value(alias = "cmpm")]
    CmpmJsonl,
    /// mem0's JSON
    Mem0,
    /// One note a file
    Markdown,
}

/// What was exported.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Exported {
    to: Target,
    /// The file or folder; none for standard output.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    memories: usize,
    /// How many files were written; the others held the same already.
    written: usize,
    dry_run: bool,
    /// What goes to standard output.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// Why nothing is exported.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error("markdown is a folder of notes, which cannot go to standard output")]
    Folder,
}

impl Explain for ExportError {
    fn explain(&self) -> Explained {
        match self {
            Self::Folder => {
                Explained::wrong("usage").hint("name a folder: `cmpm memory export --to markdown notes`; `--to cmpm-jsonl` is one text")
            }
        }
    }
}

impl Verb for Export {
    type Report = WithFindings<Exported>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<WithFindings<Exported>> {
        let path = self.path.clone().filter(|path| path != Path::new("-"));
        if path.is_none() && self.to == Target::Markdown {
            return Err(ExportError::Folder.into());
        }
        let store = context.store()?;
        let Scan { records, mut findings } = store.scan::<Memory>(&store.work_tree());
        self.filter.check(records.iter().map(|stored| &stored.record), store.config())?;
        let predicate = self.filter.predicate(store, context.clock.now())?;
        let standings = Standings::new(&records, context.clock.now());
        let holds = |stored: &Stored<Memory>| !self.current || standings.of(&stored.record) == Standing::Current;
        let chosen: Vec<&Stored<Memory>> =
            records.iter().filter(|stored| predicate.lets_through(&stored.record, &stored.path) && holds(stored)).collect();
        findings.extend(chosen.iter().filter_map(|stored| self.loss(stored)));
        let (files, memories) = (self.files(&chosen)?, chosen.len());
        let exported = Exported { to: self.to, path, memories, written: 0, dry_run: self.dry_run, text: None };
        let Some(path) = &exported.path else {
            let whole: Vec<u8> = files.into_iter().flat_map(|(_, bytes)| bytes).collect();
            let text = (!self.dry_run).then(|| String::from_utf8_lossy(&whole).into_owned());
            return Ok(Exported { text, ..exported }.with(findings));
        };
        let base = context.cwd.join(path);
        let place = |name: Option<String>| name.map_or_else(|| base.clone(), |name| base.join(name));
        let files: Vec<_> = files.into_iter().map(|(name, bytes)| (place(name), bytes)).collect();
        let written = write_output(&files, self.replace, self.dry_run)?;
        Ok(Exported { written, ..exported }.with(findings))
    }
}

impl Export {
    /// The files to write, each with its name below the folder; none where the path is the file itself.
    fn files(&self, chosen: &[&Stored<Memory>]) -> Result<Vec<(Option<String>, Vec<u8>)>> {
        let drafts = chosen.iter().map(|stored| Draft::of(stored));
        Ok(match self.to {
            Target::CmpmJsonl => {
                let lines: String = drafts.map(|draft| Ok(json::line(&draft)? + "\n")).collect::<Result<_, JsonError>>()?;
                vec![(None, lines.into_bytes())]
            }
            Target::Mem0 => {
                let results: Vec<Json> = drafts.map(|draft| mem0(&draft)).collect();
                let text = format!("{:#}\n", json!({ "results": results }));
                vec![(None, text.into_bytes())]
            }
            Target::Markdown => chosen.iter().map(|stored| note(stored)).collect(),
        })
    }

    /// What of a memory the format has no place for.
    fn loss(&self, stored: &Stored<Memory>) -> Option<Finding> {
        let loss = |message: &str| Finding::new(Rule::NotCarried, Severity::Note, stored.path.clone(), message);
        let repeated = || {
            let fields = stored.document.fields();
            let twice = |at: usize, key: &str| fields.iter().take(at).any(|field| field.key == key);
            fields.iter().enumerate().any(|(at, field)| twice(at, &field.key))
        };
        match self.to {
            _ if repeated() => Some(loss("a key is there twice; the first one is exported")),
            _ if stored.document.as_str().as_bytes() != stored.document.bytes() => {
                Some(loss("bytes that are not UTF-8 are exported as replacement characters"))
            }
            _ => None,
        }
    }
}

/// `mem0 import` reads `memory` and `metadata`; under `metadata.cmpm` stands what brings it back as it was.
fn mem0(draft: &Draft) -> Json {
    let own = json!(Draft { text: String::new(), ..draft.clone() });
    json!({
        "id": draft.id,
        "memory": draft.text,
        "categories": draft.tags,
        "created_at": draft.created,
        "expiration_date": draft.valid_until,
        "agent_id": draft.source.agent,
        "metadata": { "category": draft.category, "title": draft.title, "cmpm": own },
    })
}

/// The file as it is, with the keys that notes have elsewhere in front.
fn note(stored: &Stored<Memory>) -> (Option<String>, Vec<u8>) {
    let memory = &stored.record;
    let mut fields: Vec<(&str, Value)> = vec![("title", memory.title.as_str().into()), ("type", "note".into())];
    fields.push(("permalink", Value::from(format!("memory/{}", memory.id))));
    let has = |fields: &[(&str, Value)], key: &str| fields.iter().any(|(known, _)| *known == key);
    for field in stored.document.fields() {
        if !has(&fields, &field.key) {
            fields.push((&field.key, Value::from(field.node.clone())));
        }
    }
    for (key, text) in [("id", memory.id.as_str()), ("category", memory.category.as_str())] {
        if !has(&fields, key) {
            fields.push((key, text.into()));
        }
    }
    let name = format!("{}/{}", text::slug(&memory.category, 60), stored.path.name());
    (Some(name), render_new(&fields, stored.document.body().trim_end()).into_bytes())
}

impl Report for Exported {
    const SCHEMA: &'static str = "cmpm.memory.export/1";

    fn render(&self, _: &Screen) -> String {
        let word = if self.dry_run { "Would export" } else { "Exported" };
        if let Some(text) = &self.text {
            return text.clone();
        }
        let Some(path) = &self.path else { return format!("{word} {} to standard output\n", model::count(self.memories)) };
        let files = text::plural(self.written, "file");
        let path = text::one_line(&path.display().to_string());
        format!("{word} {} to {path} ({files} written)\n", model::count(self.memories))
    }
}
