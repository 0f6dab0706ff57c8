//! What came of an import, for people and machines.

use crate::exchange::Loss;
use crate::report::prelude::*;
use crate::words::Kind;

use super::format::Format;
use super::settle::{New, Renewed, Settled};

/// How many lines of a kind are shown to people.
const SHOWN: usize = 20;

/// What came of an import.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportReport {
    format: Format,
    dry_run: bool,
    /// How many records the source has.
    records: usize,
    /// What is new here.
    imported: Vec<ImportedTicket>,
    /// What was imported before, changed there, and was taken over.
    updated: Vec<UpdatedTicket>,
    /// How many are here as they are there.
    unchanged: usize,
    /// What changed there and here; what is here stays.
    clashes: Vec<UpdatedTicket>,
    /// How many records could not be taken; the findings say why.
    left_out: usize,
    /// How many comments come with them.
    comments: usize,
    /// How many links between tickets are carried.
    links: usize,
    /// What cannot be carried.
    losses: Vec<Loss>,
    /// What cmpm has no key for; it is kept under `imported`.
    kept: Vec<Loss>,
}

/// A new ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportedTicket {
    /// Its id here; of a dry run only where the source has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id>,
    kind: Kind,
    title: String,
    /// Its name there.
    external: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<RepoPath>,
}

/// A ticket that differs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UpdatedTicket {
    id: Id,
    /// Its name there.
    external: String,
    /// The keys that differ.
    keys: Vec<String>,
}

impl ImportReport {
    pub fn of(format: Format, dry_run: bool, records: usize, settled: Settled) -> WithFindings<Self> {
        let keeps = !dry_run || format == Format::Cmpm;
        let comments = settled.new.iter().map(|new| new.comments.len()).sum::<usize>()
            + settled.renewed.iter().map(|renewed| renewed.comments.len()).sum::<usize>();
        let imported = |New { id, kind, title, name, path, .. }: New| ImportedTicket {
            id: keeps.then_some(id),
            kind,
            title,
            external: name,
            path: keeps.then_some(path),
        };
        let updated = |Renewed { id, name, keys, .. }: Renewed| UpdatedTicket { id, external: name, keys };
        Self {
            format,
            dry_run,
            records,
            imported: settled.new.into_iter().map(imported).collect(),
            updated: settled.renewed.into_iter().map(updated).collect(),
            unchanged: settled.unchanged,
            clashes: settled.clashes.into_iter().map(|(id, external, keys)| UpdatedTicket { id, external, keys }).collect(),
            left_out: records.saturating_sub(settled.taken),
            comments,
            links: settled.links,
            losses: settled.losses.list(),
            kept: settled.kept.list(),
        }
        .with(settled.findings)
    }

    fn headline(&self) -> String {
        let word = if self.dry_run { "Would import" } else { "Imported" };
        let counts = [
            (self.updated.len(), "updated"),
            (self.unchanged, "here already"),
            (self.clashes.len(), "changed on both sides"),
            (self.left_out, "left out"),
        ];
        let rest: String = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}")).collect();
        let carried = [(self.comments, "comment"), (self.links, "link")];
        let carried: Vec<String> = carried.iter().filter(|(count, _)| *count > 0).map(|(count, what)| text::plural(*count, what)).collect();
        let carried = if carried.is_empty() { String::new() } else { format!(" ({})", carried.join(", ")) };
        format!("{word} {} from {}{rest}{carried}\n", text::plural(self.imported.len(), "ticket"), self.format.as_str())
    }
}

impl Report for ImportReport {
    const SCHEMA: &'static str = "cmpm.ticket.import/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = self.headline();
        for ticket in self.imported.iter().take(SHOWN) {
            let name = screen.paint(Tone::Key, ticket.id.as_ref().map_or(ticket.kind.as_str(), Id::as_str));
            let _ = writeln!(out, "{name}  {}  {}", text::one_line(&ticket.external), text::one_line(&ticket.title));
        }
        if self.imported.len() > SHOWN {
            let line = format!("… and {} more; `--json` has them all", self.imported.len() - SHOWN);
            let _ = writeln!(out, "{}", screen.paint(Tone::Quiet, &line));
        }
        for ticket in self.updated.iter().take(SHOWN) {
            let keys = if ticket.keys.is_empty() { "comments".to_owned() } else { text::one_line(&ticket.keys.join(", ")) };
            let _ = writeln!(out, "{}  {}: {keys}", screen.paint(Tone::Key, ticket.id.as_str()), text::one_line(&ticket.external));
        }
        let mut list = |title: &str, losses: &[Loss]| {
            if !losses.is_empty() {
                let _ = writeln!(out, "\n{}", screen.paint(Tone::Title, title));
            }
            for loss in losses {
                let _ = writeln!(out, "{:>6}  {}", loss.count, text::one_line(&loss.what));
            }
        };
        list("Not carried", &self.losses);
        list("Kept under `imported`, because cmpm has no key for it", &self.kept);
        out
    }
}
