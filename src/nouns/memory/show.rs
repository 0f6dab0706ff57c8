//! `cmpm memory show`

use crate::report::prelude::*;
use crate::store::{FileEntry, Listing, Source, Store, Stored};

use super::edit::hash_of;
use super::find::row::MemoryRow;
use super::model::Memory;
use super::model::details::Content;
use super::model::standing::Standings;

/// Show a memory
///
/// Takes an id, the beginning of one, an alias, or the file's path.
/// Example: `cmpm memory show MEM-c9w`
#[derive(Debug, Args)]
pub struct Show {
    /// Memory to show
    #[arg(add = Takes::Memory)]
    id: String,
}

/// Everything about one memory.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    #[serde(flatten)]
    memory: Memory,
    /// The memory that has replaced it.
    superseded_by: Option<Id>,
    /// Whether its day is over.
    expired: bool,
    /// Its file.
    path: RepoPath,
    /// Where the file was read.
    read_from: Source,
    /// The hash of its file, for `memory edit --expect`.
    hash: String,
    /// Its text.
    body: String,
    #[serde(skip)]
    remark: String,
}

impl Verb for Show {
    type Report = WithFindings<Shown>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Shown>> {
        let store = context.store()?;
        let (stored, Listing { records, findings }) = self.find(store, &context.name_of(&self.id))?;
        let row = MemoryRow::new(&stored, &Standings::new(&records, context.clock.now()));
        Ok(Shown {
            remark: row.remark(),
            superseded_by: row.superseded_by,
            expired: row.expired,
            hash: hash_of(&stored.document),
            body: stored.document.body().to_owned(),
            path: stored.path.clone(),
            read_from: stored.source.clone(),
            memory: stored.record.clone(),
        }
        .with(findings.into_iter().filter(|finding| finding.path == stored.path).collect()))
    }
}

impl Show {
    /// The memory, and those that may replace one: of a file that is called after the memory the index knows them all.
    fn find(&self, store: &Store, name: &str) -> Result<(Stored<Memory>, Listing<Memory>)> {
        let snapshot = store.work_tree();
        let Some(stored) = store.find_by_name::<Memory>(name) else {
            let all = store.list::<Memory>(&snapshot);
            return Ok((store.open(&snapshot, store.find_in(&all, name)?)?, all));
        };
        let (_, findings) = store.read_record::<Memory>(&snapshot, &FileEntry { path: stored.path.clone(), blob: None });
        let mut records = store.library::<Memory>(snapshot).witnesses();
        records.sort_by(|a, b| a.path.cmp(&b.path));
        Ok((stored, Listing { records, findings }))
    }
}

impl Shown {
    /// Every property that is there, by the name of its key.
    fn lines(&self) -> Vec<(&'static str, String)> {
        let memory = &self.memory;
        let optional = |value: &Option<String>| value.clone().unwrap_or_default();
        let anchor = |anchor: &super::model::Anchor| {
            anchor.symbol.as_ref().map_or(anchor.path.clone(), |symbol| format!("{}:{symbol}", anchor.path))
        };
        let origin = memory.source.entries().into_iter().filter_map(|(key, text)| Some(format!("{key} {}", text?)));
        vec![
            ("category", memory.category.clone()),
            ("standing", self.remark.clone()),
            ("tags", memory.tags.join(", ")),
            ("tech", memory.tech.join(", ")),
            ("scope", memory.scope.join(", ")),
            ("confidence", memory.confidence.map(|number| number.to_string()).unwrap_or_default()),
            ("anchors", memory.anchors.iter().map(anchor).collect::<Vec<_>>().join(", ")),
            ("source", origin.collect::<Vec<_>>().join(", ")),
            ("supersedes", memory.supersedes.join(", ")),
            ("valid until", optional(&memory.valid_until)),
            ("created", optional(&memory.created)),
            ("author", optional(&memory.author)),
            ("aliases", memory.aliases.join(", ")),
            ("file", self.path.to_string()),
            ("hash", self.hash.clone()),
        ]
    }
}

impl Report for Shown {
    const SCHEMA: &'static str = "cmpm.memory.show/1";

    fn render(&self, screen: &Screen) -> String {
        let memory = &self.memory;
        let mut out =
            format!("{} {}\n", screen.paint(Tone::Key, memory.id.as_str()), screen.paint(Tone::Title, &text::one_line(&memory.title)));
        for (label, value) in self.lines().into_iter().filter(|(_, value)| !value.is_empty()) {
            let _ = writeln!(out, "{}  {}", screen.paint(Tone::Quiet, &format!("{label:<11}")), text::one_line(&value));
        }
        let body = text::printable(self.body.trim());
        if !body.is_empty() {
            let _ = writeln!(out, "\n{body}");
        }
        for detail in memory.details.present() {
            let heading = detail.key.replace('_', " ");
            let _ = writeln!(out, "\n{}", screen.paint(Tone::Title, &heading));
            for line in detail.content.texts() {
                let mark = if matches!(detail.content, Content::Texts(_)) { "- " } else { "" };
                let _ = writeln!(out, "{mark}{}", text::printable(line.trim_end()));
            }
        }
        out
    }
}
