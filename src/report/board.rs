//! An answer that a person can go on working with, on a terminal: cards in columns. A verb says what is on the board and does
//! what is asked of it; only `ui` draws it and reads keys.

use super::Tone;
use crate::base::Result;

/// Cards in columns.
pub trait Board {
    /// What is above all columns.
    fn title(&self) -> String;
    fn columns(&self) -> &[Column];
    /// All about a card, as lines.
    fn details(&self, card: &str) -> Result<String>;
    /// Moves a card to the column of this number, and says in one line what was done. The columns are then as after a `reload`.
    /// If that cannot be, nothing was changed.
    fn move_card(&mut self, card: &str, column: usize) -> Result<String>;
    /// Reads everything again.
    fn reload(&mut self) -> Result<()>;
}

#[derive(Debug, Clone, Default)]
pub struct Column {
    /// What is above it.
    pub name: String,
    /// How many cards count against its limit.
    pub counted: usize,
    /// How many cards should count at most.
    pub limit: Option<u32>,
    /// Its cards, from above.
    pub cards: Vec<Card>,
    /// How many more cards it has that are not here.
    pub more: usize,
}

impl Column {
    /// Whether more cards count than should.
    pub fn is_over(&self) -> bool {
        self.limit.is_some_and(|limit| self.counted > usize::try_from(limit).unwrap_or(usize::MAX))
    }

    /// `3`, or `4/3` where there is a limit; `1 of 3` where only some of them are `shown`.
    pub fn count(&self, shown: Option<usize>) -> String {
        let all = self.cards.len() + self.more;
        match (shown, self.limit) {
            (Some(shown), _) => format!("{shown} of {all}"),
            (None, Some(limit)) => format!("{}/{limit}", self.counted),
            (None, None) => all.to_string(),
        }
    }
}

/// A card of the board. Its texts are of one line each and can be printed.
#[derive(Debug, Clone, Default)]
pub struct Card {
    /// What it is called in commands.
    pub id: String,
    pub title: String,
    /// What else there is to say of it, in a few words each.
    pub notes: Vec<(String, Option<Tone>)>,
    /// What a search of the cards looks at, in lower case.
    pub searched: String,
}
