//! `cmpm ticket export`: tickets in the forms of other programs, always in the same order.

mod beads;
pub mod bundle;
mod github;
pub mod place;
pub mod table;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::base::json::{self, JsonError};
use crate::config::Config;
use crate::exchange::{Loss, Losses, is_page, write_output};
use crate::fs::read;
use crate::report::prelude::*;
use crate::store::{Scan, Stored};
use crate::words::Kind;

use super::file::comment::{AllComments, Owners, comment_files};
use super::file::draft::Draft;
use super::model::Ticket;
use super::view::filter::Filter;

/// Export tickets
///
/// `jsonl`, `csv` and `md` carry everything and are read back as they were; `github` and `beads` are the forms of those
/// programs. Writes to standard output, or to a file; a Markdown export to a folder is one file a ticket, one to `all.md` is one file.
/// Example: `cmpm ticket export --format csv --output tickets.csv`
#[derive(Debug, Args)]
pub struct Export {
    /// The form
    #[arg(long, short, value_name = "FORMAT", default_value = "jsonl")]
    format: Target,
    /// The file, or for Markdown a folder unless its name ends in `.md`; `-` for standard output
    #[arg(long, short, value_name = "PATH", default_value = "-")]
    output: PathBuf,
    /// Only tickets of this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// Only tickets that are neither finished nor cancelled
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    filter: Filter,
    /// Overwrite existing files
    #[arg(long)]
    replace: bool,
    /// Only say what would be written, and what cannot be carried
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// A form that is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "kebab-case")]
enum Target {
    /// One object of JSON a line, with everything
    #[default]
    Jsonl,
    /// A table for spreadsheets, with everything
    Csv,
    /// Markdown: one file with everything, or a folder
    #[value(alias = "markdown")]
    Md,
    /// What `gh issue list --json` writes
    #[value(alias = "gh")]
    Github,
    /// issues.jsonl of beads and br
    #[value(aliases = ["br", "bd"])]
    Beads,
}

/// What was exported.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Exported {
    format: Target,
    tickets: usize,
    comments: usize,
    /// The file or folder; absent where the text itself is the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    /// How many files were written; the others held the same already.
    written: usize,
    dry_run: bool,
    /// What the form has no place for.
    losses: Vec<Loss>,
    /// What was exported, for standard output.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl Verb for Export {
    type Report = WithFindings<Exported>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<WithFindings<Exported>> {
        let store = context.store()?;
        let snapshot = store.work_tree();
        let scan = store.scan::<Ticket>(&snapshot);
        let listing = Scan { records: scan.records.iter().map(Stored::to_listed).collect(), findings: Vec::new() };
        let predicate = self.filter.predicate(context, &listing)?;
        let comments = AllComments::load(store, &snapshot, &Owners::among(&scan.records));
        let is_meant = |ticket: &Ticket| self.kind.is_none_or(|kind| ticket.kind == kind) && !(self.open && ticket.category.is_closed());
        let mut chosen: Vec<&Stored<Ticket>> =
            scan.records.iter().filter(|stored| is_meant(&stored.record) && predicate.lets_through(stored)).collect();
        chosen.sort_by(|one, other| (one.record.id.as_str(), &one.path).cmp(&(other.record.id.as_str(), &other.path)));
        let drafts: Vec<Draft> =
            chosen.iter().map(|stored| Draft { comments: comments.of(&stored.record.id).to_vec(), ..Draft::of(stored) }).collect();
        let mut losses = Losses::default();
        let text = self.render((&drafts, &chosen), store.config(), &mut losses)?;
        let to_output = self.output.as_os_str() == "-";
        let is_answer = to_output && !self.dry_run;
        let written = if to_output { 0 } else { self.write(context, (&drafts, &chosen), &text)? };
        // Where the export itself is the answer, what it does not carry is reported separately.
        let findings = scan.findings.into_iter().chain(losses.findings().into_iter().filter(|_| is_answer)).collect();
        Ok(Exported {
            format: self.format,
            tickets: drafts.len(),
            comments: drafts.iter().map(|draft| draft.comments.len()).sum(),
            path: Some(self.output).filter(|_| !to_output),
            written,
            dry_run: self.dry_run,
            losses: losses.list(),
            text: Some(text).filter(|_| is_answer),
        }
        .with(findings))
    }
}

impl Export {
    fn render(&self, (drafts, chosen): (&[Draft], &[&Stored<Ticket>]), config: &Config, losses: &mut Losses) -> Result<String> {
        Ok(match self.format {
            Target::Jsonl => drafts.iter().map(|draft| Ok(json::line(draft)? + "\n")).collect::<Result<_, JsonError>>()?,
            Target::Csv => table::render(drafts),
            Target::Md => bundle::render(drafts),
            Target::Github => github::render(drafts, chosen, losses),
            Target::Beads => beads::render(drafts, chosen, config, losses),
        })
    }

    fn write(&self, context: &Context, (drafts, chosen): (&[Draft], &[&Stored<Ticket>]), text: &str) -> Result<usize> {
        let base = context.cwd.join(&self.output);
        // What is there already decides, then the name: one file of Markdown is only read back as that.
        let named = self.output.to_string_lossy();
        let is_folder = read::is_folder(&base) || named.ends_with('/') || !(read::exists(&base) || is_page(&named));
        if !(is_folder && self.format == Target::Md) {
            return write_output(&[(base, text.as_bytes().to_vec())], self.replace, self.dry_run);
        }
        let store = context.store()?;
        let folder = store.config().paths.tasks.first().cloned().unwrap_or_default();
        let mut files = Vec::new();
        for (draft, stored) in drafts.iter().zip(chosen) {
            let id = &stored.record.id;
            files.push((base.join(stored.record.kind.folder()).join(stored.path.name().as_ref()), draft.render(id.as_str()).into_bytes()));
            for (path, text) in comment_files(store, id, &draft.comments) {
                let below = path.lossy().strip_prefix(&format!("{folder}/")).map_or_else(|| path.lossy().into_owned(), str::to_owned);
                files.push((base.join(below), text.into_bytes()));
            }
        }
        write_output(&files, self.replace, self.dry_run)
    }
}

impl Report for Exported {
    const SCHEMA: &'static str = "cmpm.ticket.export/1";

    fn render(&self, screen: &Screen) -> String {
        if let Some(text) = &self.text {
            return text.clone();
        }
        let word = if self.dry_run { "Would export" } else { "Exported" };
        let place = self.path.as_ref().map_or_else(String::new, |path| {
            format!(" to {} ({} written)", text::one_line(&path.display().to_string()), text::plural(self.written, "file"))
        });
        let mut out = format!("{word} {} and {}{place}\n", text::plural(self.tickets, "ticket"), text::plural(self.comments, "comment"));
        for loss in &self.losses {
            out.push_str(&screen.paint(Tone::Quiet, &format!("{:>6}  not carried: {}", loss.count, text::one_line(&loss.what))));
            out.push('\n');
        }
        out
    }
}
