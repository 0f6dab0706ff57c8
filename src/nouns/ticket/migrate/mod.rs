//! `cmpm ticket migrate`

pub mod carried;
pub mod comments;
pub mod json;
pub mod native;
pub mod plan;
pub mod renumber;

use crate::report::prelude::*;

use carried::Dropped;
use plan::{Migration, Options};

/// Convert tickets of other tools to cmpm's own format
///
/// There is no need to: they are read and edited as they are. This rewrites keys, status words, file names and folders, carries
/// over every other key and word, and moves comments next to the tickets. A ticket keeps its id; of several that share one the
/// oldest keeps it, and the others get new ones, with the old one as alias. References follow where it is clear which ticket is
/// meant. All happens at once or not at all, `cmpm undo` reverts it, and doing it again changes nothing.
/// Example: `cmpm ticket migrate --dry-run`
#[derive(Debug, Args)]
pub struct Migrate {
    /// Say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Give every ticket that another tool numbered an id that cannot clash; the old id becomes an alias
    #[arg(long)]
    new_ids: bool,
    /// Commit what was written
    #[arg(long, conflicts_with = "dry_run")]
    commit: bool,
}

/// As `cmpm undo` names it.
const OPERATION: &str = "ticket migrate";

/// What was migrated, and what was not.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Migrated {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// How many tickets are in cmpm's own form now and were not before.
    pub tickets: usize,
    /// How many tickets were and are in it.
    pub unchanged: usize,
    /// How many comments were moved or rewritten.
    pub comments: usize,
    /// How many tickets were read from JSON files, which stay where they are.
    pub imported: usize,
    /// How many memories name other ids now.
    pub memories: usize,
    /// How many references name other ids now.
    pub references: usize,
    /// Tickets with another id.
    pub renumbered: Vec<Renumbered>,
    /// References that could mean several tickets; they mean the one that keeps the id.
    pub unclear: Vec<Unclear>,
    /// What is not carried over.
    pub dropped: Vec<Dropped>,
    /// How many files were written or taken away.
    pub files: usize,
    #[serde(skip)]
    pub findings: Vec<Finding>,
}

/// A ticket with another id.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Renumbered {
    /// What it was.
    pub old: Id,
    /// What it is.
    pub new: Id,
    /// Its title.
    pub title: String,
    /// Its file.
    pub path: RepoPath,
}

/// A reference that could mean several tickets.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Unclear {
    /// The file it stands in.
    pub path: RepoPath,
    /// As written.
    pub reference: String,
}

impl Verb for Migrate {
    type Report = Migrated;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Migrated> {
        let ready = context.ready_to_commit(self.commit)?;
        let store = context.store()?;
        let mut transaction = if self.dry_run { store.transaction(OPERATION) } else { store.begin(OPERATION)? };
        let mut migration = Migration::read(store);
        migration.plan(context, &Options { new_ids: self.new_ids, dry_run: self.dry_run }, &mut transaction)?;
        if self.dry_run {
            return Ok(migration.report);
        }
        let written = transaction.commit()?;
        ready.commit_paths(&written, "migrate tickets")?;
        Ok(migration.report)
    }
}

impl Migrated {
    fn counts(&self) -> Vec<String> {
        let counted = |count: usize, word: &str| (count > 0).then(|| text::plural(count, word));
        let all = [
            counted(self.tickets, "ticket"),
            counted(self.comments, "comment"),
            counted(self.imported, "ticket").map(|tickets| format!("{tickets} from JSON")),
            counted(self.memories, "memory file"),
            counted(self.references, "reference"),
        ];
        all.into_iter().flatten().collect()
    }
}

/// How many lines of a kind are shown at most.
const SHOWN: usize = 20;

fn some<T>(out: &mut String, items: &[T], line: impl Fn(&T) -> String) {
    for item in items.iter().take(SHOWN) {
        let _ = writeln!(out, "{}", line(item));
    }
    if items.len() > SHOWN {
        let _ = writeln!(out, "… and {} more; `--json` has them all", items.len() - SHOWN);
    }
}

impl Report for Migrated {
    const SCHEMA: &'static str = "cmpm.ticket.migrate/1";

    fn render(&self, screen: &Screen) -> String {
        if self.files == 0 {
            return format!("Nothing to migrate: {} already in cmpm's own format.\n", text::plural(self.unchanged, "ticket"));
        }
        let word = if self.dry_run { "Would migrate" } else { "Migrated" };
        let mut out = format!("{word} {}; {} to write.\n", self.counts().join(", "), text::plural(self.files, "file"));
        if !self.dry_run {
            out = format!("{word} {}; {} written. `cmpm undo` reverts it.\n", self.counts().join(", "), text::plural(self.files, "file"));
        }
        some(&mut out, &self.renumbered, |ticket| {
            let new = screen.paint(Tone::Key, ticket.new.as_str());
            format!("{} is {new}: {}", ticket.old, text::one_line(&ticket.title))
        });
        some(&mut out, &self.unclear, |unclear| {
            format!("ambiguous: {} in {} could mean several tickets", text::one_line(&unclear.reference), unclear.path)
        });
        some(&mut out, &self.dropped, |dropped| {
            format!("left out: `{}` of {}: {}", text::one_line(&dropped.key), dropped.path, dropped.reason)
        });
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
