//! `cmpm board`

mod columns;
mod details;
mod live;
mod page;
mod plain;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::base::{Explain, Explained, Timestamp};
use crate::config::Category;
use crate::fs::{read, write};
use crate::report;
use crate::report::prelude::*;

use super::model::progress::Progress;
use super::view::filter::Filter;
use super::view::picture::{Look, Picture};
use super::view::row::TicketRow;

/// By this a board that was written is known again.
const MARK: &str = "cmpm board";

/// Show tickets on a board with a column per status
///
/// A ticket that can be started is under ready, one that waits for another under blocked, one with a run to review and a pull request
/// under review, whatever its own status word; the others are under their word.
///
/// On a terminal the board can be worked with: arrows or h j k l move, enter opens a ticket, `/` filters, `<` and `>` move the
/// ticket to the next column, which changes its status as `update` does; `?` shows all keys. Elsewhere it is printed.
/// Columns and their limits are under `board:` in the settings.
///
/// Example: `cmpm board --format html --output board.html`
#[derive(Debug, Clone, Args)]
pub struct ShowBoard {
    /// Print it in this format instead
    #[arg(long, short, value_enum, value_name = "FORM")]
    format: Option<Form>,
    /// Write it to this file; unless `--format` is given, the file extension decides the format
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite a file that is not a board
    #[arg(long, requires = "output")]
    replace: bool,
    /// Show at most N tickets per column; 0 shows all [default: 50 where the board is printed]
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<usize>,
    /// Also a column for cancelled tickets
    #[arg(long, short)]
    all: bool,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    look: Look,
}

/// So many cards of a column are printed.
const PRINTED: usize = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
enum Form {
    /// Plain text
    Text,
    /// Markdown
    Md,
    /// One web page, with all that it needs in it
    Html,
    /// JSON
    Json,
}

/// Tickets in columns.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TicketBoard {
    /// The name of the project's folder.
    project: String,
    /// When it was looked at.
    now: Timestamp,
    /// What is done of all tickets that pass the filters and have no parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
    /// The columns, from left to right.
    columns: Vec<BoardColumn>,
    /// How many tickets have a status without a column, such as cancelled ones.
    elsewhere: usize,
    /// The file that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<PathBuf>,
    /// The status of each ticket's file, which is not always the one that counts.
    #[serde(skip)]
    seen: HashMap<String, String>,
    #[serde(skip)]
    request: Option<ShowBoard>,
    #[serde(skip)]
    findings: Vec<Finding>,
}

/// A column.
#[derive(Debug, Serialize, JsonSchema)]
struct BoardColumn {
    /// The status word. A ticket that can be started, waits, or is in review is under the word that says so, if there is a column
    /// for it, whatever word its file has.
    name: String,
    /// What it means.
    category: Category,
    /// How many tickets should be in it at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    /// How many tickets without parts are in it: these count against the limit.
    counted: usize,
    /// Whether that is too many.
    over: bool,
    /// How many tickets are in it.
    total: usize,
    /// The first of them.
    cards: Vec<BoardCard>,
    /// Whether it is there even if it is empty.
    #[serde(skip)]
    essential: bool,
}

/// A ticket on the board.
#[derive(Debug, Serialize, JsonSchema)]
struct BoardCard {
    #[serde(flatten)]
    ticket: TicketRow,
    /// The unfinished tickets that it waits for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waits_for: Vec<String>,
    /// The milestone it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    milestone: Option<String>,
    /// Whether it can be started.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ready: bool,
    /// The run on it that waits for review.
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<Id>,
    /// The way from the page to its file.
    #[serde(skip)]
    link: Option<String>,
    /// What is below the front matter of its file, where it is shown.
    #[serde(skip)]
    details: Vec<details::Block>,
}

/// A file that is something else than an earlier board.
#[derive(Debug, thiserror::Error)]
#[error("{} already exists and is not a board", path.display())]
struct OutputError {
    path: PathBuf,
}

impl Explain for OutputError {
    fn explain(&self) -> Explained {
        Explained::wrong("exists").hint("write to another file, or look at it and then say `--replace`")
    }
}

impl Verb for ShowBoard {
    type Report = TicketBoard;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(mut self, context: &Context) -> Result<TicketBoard> {
        self.format = self.format.or_else(|| self.output.as_deref().map(form_of));
        let (picture, mut board) = self.load(context)?;
        if self.format == Some(Form::Html) {
            let page = self.output.as_ref().map_or_else(|| context.cwd.clone(), |file| context.cwd.join(file));
            let folder = if self.output.is_some() { page.parent().unwrap_or(&page) } else { &page };
            details::add(&mut board, &picture, (context, folder))?;
        }
        if let Some(file) = &self.output {
            let path = context.cwd.join(file);
            let form = self.format.unwrap_or(Form::Text);
            self.require_own(&path)?;
            write::replace(&path, board.text(form, &Screen { width: 0, colour: false }).as_bytes())?;
            board.written = Some(file.clone());
        }
        board.request = Some(self);
        Ok(board)
    }
}

/// The form that the name of a file asks for.
fn form_of(file: &Path) -> Form {
    match file.extension().map(|ending| ending.to_string_lossy().to_lowercase()).as_deref() {
        Some("html" | "htm") => Form::Html,
        Some("md" | "markdown") => Form::Md,
        Some("json") => Form::Json,
        _ => Form::Text,
    }
}

impl ShowBoard {
    fn load(&self, context: &Context) -> Result<(Picture, TicketBoard)> {
        let picture = Picture::load(context, self.look)?;
        let seen = picture.listing.records.iter().map(|listed| (listed.record.id.to_string(), listed.record.status.clone())).collect();
        let picture = picture.merged();
        let board = TicketBoard { seen, ..columns::board(context, &picture, self)? };
        Ok((picture, board))
    }

    /// Refuses to write over anything but an earlier board.
    fn require_own(&self, path: &Path) -> Result<()> {
        let found = read::find(path)?.filter(|bytes| !self.replace && memchr::memmem::find(bytes, MARK.as_bytes()).is_none());
        found.map_or(Ok(()), |_| Err(OutputError { path: path.to_owned() }.into()))
    }
}

impl TicketBoard {
    fn text(&self, form: Form, screen: &Screen) -> String {
        match form {
            Form::Text => plain::text(self, screen),
            Form::Md => page::markdown(self),
            Form::Html => page::html(self),
            Form::Json => format!("{:#}\n", serde_json::json!(self)),
        }
    }
}

impl Report for TicketBoard {
    const SCHEMA: &'static str = "cmpm.ticket.board/1";

    fn render(&self, screen: &Screen) -> String {
        match &self.written {
            Some(file) => format!("Wrote the board to {}.\n", file.display()),
            None => self.text(self.request.as_ref().and_then(|request| request.format).unwrap_or(Form::Text), screen),
        }
    }

    fn board<'a>(&'a self, context: &'a Context) -> Option<Box<dyn report::Board + 'a>> {
        let request = self.request.as_ref().filter(|request| request.format.is_none() && request.output.is_none())?;
        Some(Box::new(live::LiveBoard::new(self, request, context)))
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
