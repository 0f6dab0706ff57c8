//! What an agent proposes beside its change: tickets and comments as files in `proposals/` of its folder. They are claims; a person
//! reads them at the review and takes what is wanted.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::{Run, Runs};
use super::JobDir;
use crate::base::{Result, text};
use crate::document::Document;
use crate::fs::{PathKind, read, write};

/// So many are read, and so much of each.
const MOST: usize = 20;
const MOST_BYTES: u64 = 20_000;
documented! {
    "docs/agents-protocol.md": "the first {} files, {} kB of each", MOST, MOST_BYTES / 1000;
}
/// Where they are, beside the brief, and where those are put that were taken.
const FOLDER: &str = "proposals";
const TAKEN: &str = "taken";

/// Something that an agent proposes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Proposal {
    /// The name of its file without the end.
    pub name: String,
    /// What it would become: `issue`, `task`, `epic`, `pr` or `comment`.
    pub kind: String,
    /// The title, or the first line of a comment.
    pub title: String,
    /// The text below the front matter.
    pub text: String,
    #[serde(skip)]
    pub document: Document,
}

impl Proposal {
    fn read(name: &str, bytes: Vec<u8>) -> Self {
        let document = Document::parse(bytes);
        let text = text::printable(document.body().trim());
        let first = || text.lines().next().unwrap_or_default().trim_start_matches('#').trim().to_owned();
        let title = document.text("title").unwrap_or_else(first);
        let kind = document.text("kind").unwrap_or_else(|| "comment".to_owned());
        Self { name: text::one_line(name), kind: text::one_line(&kind), title: text::one_line(&title), text, document }
    }
}

impl JobDir {
    /// What lies in the folder of proposals. Only plain files with plain names count.
    fn proposals(&self) -> Result<Vec<Proposal>> {
        let folder = self.out().join(FOLDER);
        if read::find_kind(&folder)? != Some(PathKind::Folder) {
            return Ok(Vec::new());
        }
        let is_plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let names = read::names(&folder)?;
        let named = names.iter().filter_map(|file| Some((file, file.strip_suffix(".md")?)));
        let mut found = Vec::new();
        for (file, name) in named.filter(|(_, name)| !name.is_empty() && is_plain(name)).take(MOST) {
            if let Some(text) = self.left(&[FOLDER, "/", file].concat(), MOST_BYTES)? {
                found.push(Proposal::read(name, text.into_bytes()));
            }
        }
        Ok(found)
    }
}

impl Runs<'_> {
    /// What a run's agent proposes and nobody has taken.
    pub fn proposals(&self, run: &Run) -> Result<Vec<Proposal>> {
        run.dir.proposals()
    }

    /// Puts a proposal aside that was taken, so that it is taken once.
    pub fn put_aside(&self, run: &Run, proposal: &Proposal) -> Result<()> {
        let file = [proposal.name.as_str(), ".md"].concat();
        write::create_folder(&run.dir.file(TAKEN))?;
        Ok(write::rename(&run.dir.out().join(FOLDER).join(&file), &run.dir.file(TAKEN).join(&file))?)
    }
}
