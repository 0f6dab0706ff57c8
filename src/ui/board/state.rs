//! What a person sees of the board and what the keys do with it. Knows no terminal.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::report::{Board, Card};

/// What is in front of the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Front {
    Nothing,
    /// What the keys do.
    Help,
    /// A card, from this line on.
    Details(String, u16),
    /// The text that cards are filtered by is being typed.
    Filter,
    /// The column that the card goes to is being chosen.
    Move(usize),
}

/// What is to be done outside.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing but to draw.
    Draw,
    Leave,
    /// To leave as a signal would have it.
    Interrupt,
    /// To look at the selected card.
    Open,
    /// To move the selected card to this column.
    Move(usize),
    /// To read everything again.
    Reload,
}

/// Where one is on the board.
#[derive(Debug)]
pub(super) struct State {
    pub(super) column: usize,
    pub(super) row: usize,
    pub(super) filter: String,
    pub(super) front: Front,
    /// What was done last, or why it could not be.
    pub(super) message: String,
    /// Whether the message is a bad one.
    pub(super) failed: bool,
}

impl State {
    pub(super) fn new(board: &dyn Board) -> Self {
        let first = board.columns().iter().position(|column| !column.cards.is_empty()).unwrap_or(0);
        Self { column: first, row: 0, filter: String::new(), front: Front::Nothing, message: String::new(), failed: false }
    }

    /// The cards of a column that the filter lets through: those that have all its words.
    pub(super) fn cards<'a>(&self, board: &'a dyn Board, column: usize) -> Vec<&'a Card> {
        let wanted = self.filter.to_lowercase();
        let passes = |card: &&Card| wanted.split_whitespace().all(|word| card.searched.contains(word));
        board.columns().get(column).map_or(Vec::new(), |column| column.cards.iter().filter(passes).collect())
    }

    /// The id of the card one is at.
    pub(super) fn selected(&self, board: &dyn Board) -> Option<String> {
        self.cards(board, self.column).get(self.row).map(|card| card.id.clone())
    }

    /// Goes to a card wherever it is now, else stays as near as it can.
    pub(super) fn follow(&mut self, board: &dyn Board, card: &str) {
        for column in 0..board.columns().len() {
            if let Some(row) = self.cards(board, column).iter().position(|known| known.id == card) {
                (self.column, self.row) = (column, row);
                return;
            }
        }
        self.settle(board);
    }

    /// Stays on the board.
    pub(super) fn settle(&mut self, board: &dyn Board) {
        self.column = self.column.min(board.columns().len().saturating_sub(1));
        self.row = self.row.min(self.cards(board, self.column).len().saturating_sub(1));
    }

    /// Takes a key.
    pub(super) fn press(&mut self, key: KeyEvent, board: &dyn Board) -> Action {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if control => return Action::Interrupt,
            KeyCode::Char('d') if control => return Action::Leave,
            _ => {}
        }
        match self.front {
            Front::Filter => self.type_filter(key.code, board),
            Front::Move(to) => self.choose(key.code, to, board),
            Front::Help | Front::Details(..) => self.look(key.code),
            Front::Nothing => {
                self.message.clear();
                self.walk(key.code, board)
            }
        }
    }

    fn walk(&mut self, key: KeyCode, board: &dyn Board) -> Action {
        let (columns, cards) = (board.columns().len(), self.cards(board, self.column).len());
        match key {
            KeyCode::Char('q') => return Action::Leave,
            KeyCode::Esc if self.filter.is_empty() => return Action::Leave,
            KeyCode::Esc => self.filter.clear(),
            KeyCode::Left | KeyCode::Char('h') => self.column = self.column.saturating_sub(1),
            KeyCode::Right | KeyCode::Char('l') => self.column += 1,
            KeyCode::Up | KeyCode::Char('k') => self.row = self.row.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.row += 1,
            KeyCode::PageUp => self.row = self.row.saturating_sub(5),
            KeyCode::PageDown => self.row += 5,
            KeyCode::Home | KeyCode::Char('g') => self.row = 0,
            KeyCode::End | KeyCode::Char('G') => self.row = cards,
            KeyCode::Char('?') => self.front = Front::Help,
            KeyCode::Char('/') => self.front = Front::Filter,
            KeyCode::Char('r') => return Action::Reload,
            KeyCode::Enter if cards > 0 => return Action::Open,
            KeyCode::Char('m') if cards > 0 => self.front = Front::Move(self.column),
            KeyCode::Char('<') if cards > 0 && self.column > 0 => return Action::Move(self.column - 1),
            KeyCode::Char('>') if cards > 0 && self.column + 1 < columns => return Action::Move(self.column + 1),
            _ => {}
        }
        self.settle(board);
        Action::Draw
    }

    fn type_filter(&mut self, key: KeyCode, board: &dyn Board) -> Action {
        match key {
            KeyCode::Enter => self.front = Front::Nothing,
            KeyCode::Esc => {
                self.filter.clear();
                self.front = Front::Nothing;
            }
            KeyCode::Backspace => drop(self.filter.pop()),
            KeyCode::Char(letter) if !letter.is_control() && self.filter.len() < 200 => self.filter.push(letter),
            _ => {}
        }
        // Where nothing is left, one goes to where something is.
        self.settle(board);
        if self.cards(board, self.column).is_empty()
            && let Some(column) = (0..board.columns().len()).find(|column| !self.cards(board, *column).is_empty())
        {
            (self.column, self.row) = (column, 0);
        }
        Action::Draw
    }

    fn choose(&mut self, key: KeyCode, to: usize, board: &dyn Board) -> Action {
        let last = board.columns().len().saturating_sub(1);
        match key {
            KeyCode::Up | KeyCode::Char('k') => self.front = Front::Move(to.saturating_sub(1)),
            KeyCode::Down | KeyCode::Char('j') => self.front = Front::Move((to + 1).min(last)),
            KeyCode::Enter => {
                self.front = Front::Nothing;
                return if to == self.column { Action::Draw } else { Action::Move(to) };
            }
            KeyCode::Char(digit @ '1'..='9') => {
                let wanted = usize::try_from(digit.to_digit(10).unwrap_or(0)).unwrap_or(0).saturating_sub(1);
                self.front = Front::Move(wanted.min(last));
            }
            KeyCode::Esc | KeyCode::Char('q' | 'm') => self.front = Front::Nothing,
            _ => {}
        }
        Action::Draw
    }

    fn look(&mut self, key: KeyCode) -> Action {
        let line = if let Front::Details(_, line) = &self.front { *line } else { 0 };
        let to = match key {
            KeyCode::Up | KeyCode::Char('k') => line.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => line.saturating_add(1),
            KeyCode::PageUp => line.saturating_sub(10),
            KeyCode::PageDown | KeyCode::Char(' ') => line.saturating_add(10),
            KeyCode::Home | KeyCode::Char('g') => 0,
            _ => {
                self.front = Front::Nothing;
                return Action::Draw;
            }
        };
        match &mut self.front {
            Front::Details(text, line) => *line = to.min(u16::try_from(text.lines().count()).unwrap_or(u16::MAX).saturating_sub(1)),
            front => *front = Front::Nothing,
        }
        Action::Draw
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
