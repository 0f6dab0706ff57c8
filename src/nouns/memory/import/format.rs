//! The formats that can be imported, and how each is recognised.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use crate::base::{Explain, Explained};
use crate::config::Config;
use crate::document::Document;

use super::item::Parcel;
use super::mem0::objects;
use super::{beads, decision, mem0, notes, own};
use crate::exchange::{Source, SourceFile};

named! {
    /// A format of memories.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, ValueEnum)]
    #[serde(rename_all = "kebab-case")]
    pub enum Format {
        /// cmpm's own JSON lines, or the memory folder of another project
        #[value(alias = "cmpm-jsonl")]
        Cmpm = "cmpm",
        /// mem0's JSON
        Mem0 = "mem0",
        /// Notes of basic-memory, or the memory server's JSON lines
        BasicMemory = "basic-memory",
        /// Claude Code's memory folder, CLAUDE.md, or rules
        Claude = "claude",
        /// beads' issues.jsonl: memories and decisions
        Beads = "beads",
        /// Architecture decision records
        Adr = "adr",
        /// Markdown any decision records
        Madr = "madr",
        /// Markdown pages, one memory each
        Markdown = "markdown",
    }
}

/// A source that could be in several formats or none.
#[derive(Debug, thiserror::Error)]
#[error("cannot tell which format {} has: {seen}", path.display())]
pub struct UnclearFormat {
    path: PathBuf,
    seen: String,
}

impl Explain for UnclearFormat {
    fn explain(&self) -> Explained {
        Explained::wrong("unclear_format").hint("name it: `--from markdown`, `--from adr`, …")
    }
}

impl Format {
    /// What a source of this format holds.
    pub fn read(self, source: &Source, config: &Config) -> Parcel {
        match self {
            Self::Cmpm => own::read(source, config),
            Self::Mem0 => mem0::read(source),
            Self::BasicMemory => notes::read_basic_memory(source),
            Self::Claude => notes::read_claude(source),
            Self::Beads => beads::read(source),
            Self::Adr | Self::Madr => decision::read(source, self.as_str()),
            Self::Markdown => notes::read_markdown(source),
        }
    }

    /// The format that a source clearly has: what at least half of its files are, plain Markdown aside.
    pub fn detect(path: &Path, source: &Source) -> Result<Self, UnclearFormat> {
        let mut seen: BTreeMap<Option<Self>, usize> = BTreeMap::new();
        for file in &source.files {
            *seen.entry(of_file(file)).or_default() += 1;
        }
        let known = seen.iter().filter_map(|(format, count)| Some(((*format)?, *count)));
        let best = known.max_by_key(|(_, count)| *count);
        match best {
            Some((format, count)) if count * 2 >= source.files.len() => Ok(format),
            _ => {
                let name = |format: &Option<Self>| format.map_or("plain", Self::as_str);
                let told: Vec<String> = seen.iter().map(|(format, count)| format!("{count} {}", name(format))).collect();
                let seen = if told.is_empty() { "no page and no dump".to_owned() } else { told.join(", ") };
                Err(UnclearFormat { path: path.to_owned(), seen })
            }
        }
    }
}

fn of_file(file: &SourceFile) -> Option<Format> {
    if !file.is_page() {
        return of_dump(file);
    }
    if matches!(file.place.name().as_ref(), "MEMORY.md" | "CLAUDE.md" | "CLAUDE.local.md") {
        return Some(Format::Claude);
    }
    let document = Document::parse(file.text.clone().into_bytes());
    let metadata = document.field("metadata").map(|field| &field.node);
    if document.text("id").is_some_and(|id| id.to_ascii_uppercase().starts_with("MEM-")) {
        return Some(Format::Cmpm);
    }
    if metadata.is_some_and(|metadata| metadata.find("node_type").is_some()) {
        return Some(Format::Claude);
    }
    if document.field("permalink").is_some() {
        return Some(Format::BasicMemory);
    }
    decision::looks_like(file).map(|kind| if kind == "madr" { Format::Madr } else { Format::Adr })
}

fn of_dump(file: &SourceFile) -> Option<Format> {
    let first = objects(file.text.lines().next().unwrap_or_default()).or_else(|_| objects(&file.text)).ok()?;
    let first = if first.is_empty() { objects(&file.text).ok()? } else { first };
    let object = first.first().and_then(Json::as_object)?;
    let text = |key: &str| object.get(key).and_then(Json::as_str);
    let has = |key: &str| object.contains_key(key);
    match () {
        () if text("_type").is_some() || has("issue_type") => Some(Format::Beads),
        () if matches!(text("type"), Some("entity" | "relation")) => Some(Format::BasicMemory),
        () if has("text") && has("category") && has("title") => Some(Format::Cmpm),
        () if has("memory") || (has("content") && (has("user_id") || has("metadata"))) => Some(Format::Mem0),
        () => None,
    }
}
