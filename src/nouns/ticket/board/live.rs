//! The board as something to work with: a card that is moved is a ticket whose status is written.

use std::collections::HashMap;

use crate::base::{Result, text};
use crate::context::Context;
use crate::report::{Board, Card, Column, Report, Screen, Verb};

use super::super::model::TicketError;
use super::super::show::Show;
use super::super::update::Update;
use super::{BoardCard, BoardColumn, ShowBoard, TicketBoard};

pub(super) struct LiveBoard<'a> {
    request: ShowBoard,
    context: &'a Context,
    title: String,
    columns: Vec<Column>,
    /// The status of each ticket's file when it was read for what is shown.
    seen: HashMap<String, String>,
}

impl<'a> LiveBoard<'a> {
    pub(super) fn new(board: &TicketBoard, request: &'a ShowBoard, context: &'a Context) -> Self {
        // Every card can be walked to, unless somebody wants fewer.
        let request = ShowBoard { limit: Some(request.limit.unwrap_or(0)), ..request.clone() };
        let columns = board.columns.iter().map(column).collect();
        let mut live = Self { request, context, title: title(board), columns, seen: board.seen.clone() };
        if live.columns.iter().any(|column| column.more > 0) {
            // What cannot be read now is told when it is read again.
            drop(live.reload());
        }
        live
    }
}

fn title(board: &TicketBoard) -> String {
    let done = board.progress.map(|progress| format!("  {progress} done ({} of {})", progress.done, progress.total)).unwrap_or_default();
    format!("{}{done}", text::one_line(&board.project))
}

fn column(column: &BoardColumn) -> Column {
    Column {
        name: text::one_line(&column.name),
        counted: if column.limit.is_some() { column.counted } else { column.total },
        limit: column.limit,
        cards: column.cards.iter().map(card).collect(),
        more: column.total - column.cards.len(),
    }
}

fn card(card: &BoardCard) -> Card {
    let ticket = &card.ticket;
    let words = [ticket.id.as_str(), &ticket.title, &ticket.status, ticket.assignee.as_deref().unwrap_or_default(), ticket.kind.as_str()];
    let priority = ticket.priority.as_deref().unwrap_or_default();
    let searched = format!("{} {} {priority}", words.join(" "), ticket.labels.join(" ")).to_lowercase();
    Card { id: ticket.id.to_string(), title: text::one_line(&ticket.title), notes: card.notes(), searched }
}

impl Board for LiveBoard<'_> {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn details(&self, card: &str) -> Result<String> {
        let show = verb::<Show>(&["--", card])?.run(self.context)?;
        Ok(show.render(&Screen { width: 0, colour: false }))
    }

    fn move_card(&mut self, card: &str, column: usize) -> Result<String> {
        let Some(status) = self.columns.get(column).map(|column| column.name.clone()) else { return Ok(String::new()) };
        let mut update: Update = verb(&[&format!("--status={status}"), "--", card])?;
        update.expected = self.seen.get(card).cloned();
        update.run(self.context)?;
        self.reload()?;
        let place = self.columns.iter().find(|column| column.cards.iter().any(|known| known.id == card));
        let elsewhere = place.filter(|column| column.name != status).map(|column| format!(", and stands under {}", column.name));
        Ok(format!("{card} is now {status}{}", elsewhere.unwrap_or_default()))
    }

    fn reload(&mut self) -> Result<()> {
        let (_, board) = self.request.load(self.context)?;
        self.title = title(&board);
        self.seen = board.seen;
        self.columns = board.columns.iter().map(column).collect();
        Ok(())
    }
}

/// A verb as somebody would type it: the board has no ways of its own to read or write.
fn verb<V: Verb>(words: &[&str]) -> Result<V, TicketError> {
    let command = V::augment_args(clap::Command::new("board").no_binary_name(true));
    let verb = command.try_get_matches_from(words).and_then(|matches| V::from_arg_matches(&matches));
    verb.map_err(|_| TicketError::NothingToChange)
}
