//! What an answer knows of the place where it will be read.

use anstyle::{AnsiColor, Style};

/// Width and colour of the output.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Columns; 0 means as wide as it takes (the output is not a terminal).
    pub width: usize,
    /// Whether colour and weight are shown.
    pub colour: bool,
}

/// What a piece of text is, not how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Title,
    /// Of less interest.
    Quiet,
    /// Went well.
    Good,
    /// Wants a look.
    Careful,
    /// Went wrong.
    Bad,
    /// Something to type or to click: an id, a command.
    Key,
}

impl Screen {
    /// No colour and no limit, as in a file or a pipe.
    #[cfg(test)]
    pub const PLAIN: Self = Self { width: 0, colour: false };

    /// `text` in the look of `tone`, or as it is where there is no colour.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Title => Style::new().bold(),
            Tone::Quiet => Style::new().dimmed(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Careful => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Key => AnsiColor::Cyan.on_default(),
        };
        format!("{style}{text}{style:#}")
    }

    /// The line below the answers of a search that has so many more; nothing if it has none.
    pub fn more(&self, count: usize) -> String {
        let line = || self.paint(Tone::Quiet, &format!("{count} more; `--limit` shows more of them"));
        if count == 0 { String::new() } else { line() + "\n" }
    }
}
