//! The board as text: columns side by side where they fit, else one below the other.

use std::fmt::Write as _;

use crate::base::text;
use crate::report::{Screen, Tone};

use super::super::view::row::tone;
use super::{BoardCard, BoardColumn, TicketBoard};

/// A narrower column cannot be read.
const NARROWEST: usize = 22;
const GAP: usize = 2;
/// So many lines has the title of a card.
const TITLE_LINES: usize = 2;

pub(super) fn text(board: &TicketBoard, screen: &Screen) -> String {
    let columns: Vec<&BoardColumn> = board.columns.iter().filter(|column| column.essential || column.total > 0).collect();
    let mut out = screen.paint(Tone::Title, &format!("{} board", text::one_line(&board.project)));
    if let Some(progress) = board.progress {
        let _ = write!(out, "  {}", screen.paint(Tone::Quiet, &format!("{progress} done ({} of {})", progress.done, progress.total)));
    }
    out.push_str("\n\n");
    let width = screen.width.checked_div(columns.len()).unwrap_or(0).saturating_sub(GAP);
    if width >= NARROWEST {
        side_by_side(&mut out, &columns, (width.min(44), screen));
    } else {
        columns.iter().for_each(|column| list(&mut out, column, screen));
    }
    if board.elsewhere > 0 {
        let line = format!("{} without a column, such as cancelled ones; `--all` shows them", text::plural(board.elsewhere, "ticket"));
        let _ = writeln!(out, "{}", screen.paint(Tone::Quiet, &line));
    }
    out
}

impl BoardColumn {
    /// `active 4/3`: with the limit, if there is one, and what counts against it.
    pub(super) fn heading(&self) -> String {
        let name = text::one_line(&self.name);
        match self.limit {
            Some(limit) if self.over => format!("{name} {}/{limit} over", self.counted),
            Some(limit) => format!("{name} {}/{limit}", self.counted),
            None => format!("{name} {}", self.total),
        }
    }

    fn tone(&self) -> Tone {
        if self.over { Tone::Bad } else { Tone::Title }
    }

    fn rest(&self) -> Option<String> {
        let rest = self.total - self.cards.len();
        (rest > 0).then(|| format!("… {rest} more"))
    }
}

impl BoardCard {
    /// What is to be said besides the title, in a few words each.
    pub(super) fn notes(&self) -> Vec<(String, Option<Tone>)> {
        let ticket = &self.ticket;
        let urgent = ticket.priority.as_deref().filter(|word| !matches!(*word, "medium" | "low"));
        let urgent = urgent.map(|word| (word.to_owned(), Some(if word == "critical" { Tone::Bad } else { Tone::Careful })));
        let waits = match self.waits_for.as_slice() {
            [] => None,
            [one] => Some(format!("⊘ {one}")),
            [one, rest @ ..] => Some(format!("⊘ {one} +{}", rest.len())),
        };
        let done = ticket.done().map(|done| (done, Some(Tone::Good)));
        let late = if ticket.overdue { "overdue" } else { "due" };
        let due = ticket.due.as_ref().map(|due| (format!("{late} {due}"), ticket.overdue.then_some(Tone::Bad)));
        let who = ticket.assignee.as_ref().map(|who| (format!("@{}", who.trim_start_matches('@')), Some(Tone::Key)));
        let claim = self.claim().map(|claim| (claim, Some(Tone::Key)));
        let ready = self.ready.then(|| ("ready".to_owned(), Some(Tone::Good)));
        let elsewhere = (!ticket.places.is_empty()).then(|| ("elsewhere too".to_owned(), Some(Tone::Careful)));
        let waits = waits.map(|waits| (waits, Some(Tone::Bad)));
        let notes = [urgent, ready, waits, done, due, who, claim, elsewhere].into_iter().flatten();
        notes.map(|(note, tone)| (text::one_line(&note), tone)).collect()
    }
}

impl BoardCard {
    /// Who works on it, if that is not who it is assigned to; or what waits for review.
    pub(super) fn claim(&self) -> Option<String> {
        if let Some(run) = &self.review {
            return Some(format!("{run} in review"));
        }
        let claim = self.ticket.claim.as_ref()?;
        let bare = |name: &str| name.trim_start_matches('@').to_lowercase();
        let is_assignee = self.ticket.assignee.as_deref().is_some_and(|assignee| bare(assignee) == bare(&claim.by));
        (!is_assignee).then(|| format!("claimed by {}", claim.who()))
    }
}

fn list(out: &mut String, column: &BoardColumn, screen: &Screen) {
    let _ = writeln!(out, "{}", screen.paint(column.tone(), &column.heading()));
    for card in &column.cards {
        let notes: Vec<String> =
            card.notes().into_iter().map(|(note, tone)| tone.map_or(note.clone(), |tone| screen.paint(tone, &note))).collect();
        let id = screen.paint(Tone::Key, card.ticket.id.as_str());
        let title = text::one_line(&card.ticket.title);
        let title = if screen.width > 0 {
            text::fit(&title, screen.width.saturating_sub(text::width(card.ticket.id.as_str()) + 4).max(10))
        } else {
            title
        };
        let _ = writeln!(out, "  {id}  {title}");
        if !notes.is_empty() {
            let _ = writeln!(out, "    {}", notes.join(" · "));
        }
    }
    if let Some(rest) = column.rest() {
        let _ = writeln!(out, "  {}", screen.paint(Tone::Quiet, &rest));
    }
    out.push('\n');
}

/// A piece of a line, with its look.
type Piece = (String, Option<Tone>);

fn side_by_side(out: &mut String, columns: &[&BoardColumn], (width, screen): (usize, &Screen)) {
    let cells: Vec<Vec<Piece>> = columns.iter().map(|column| lines(column, width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    for row in 0..height {
        let mut line = String::new();
        for cell in &cells {
            let empty = (String::new(), None);
            let (piece, tone) = cell.get(row).unwrap_or(&empty);
            line.push_str(&tone.map_or_else(|| piece.clone(), |tone| screen.paint(tone, piece)));
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(text::width(piece)) + GAP));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

fn lines(column: &BoardColumn, width: usize) -> Vec<Piece> {
    let mut lines = vec![(text::fit(&column.heading(), width), Some(column.tone())), ("─".repeat(width), Some(Tone::Quiet))];
    for card in &column.cards {
        lines.push((text::fit(card.ticket.id.as_str(), width), tone(card.ticket.category).or(Some(Tone::Key))));
        lines.extend(text::wrap(&card.ticket.title, width, TITLE_LINES).into_iter().map(|line| (line, None)));
        let notes: Vec<String> = card.notes().into_iter().map(|(note, _)| note).collect();
        if !notes.is_empty() {
            lines.push((text::fit(&notes.join(" · "), width), Some(Tone::Quiet)));
        }
        lines.push((String::new(), None));
    }
    lines.extend(column.rest().map(|rest| (rest, Some(Tone::Quiet))));
    lines
}
