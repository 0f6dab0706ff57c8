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
    /// An id of which so many characters behind its first dash are enough to name it.
    Id(usize),
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
        if let Tone::Id(enough @ 1..) = tone {
            return self.paint_id(text, enough);
        }
        let style = match tone {
            Tone::Title => Style::new().bold(),
            Tone::Quiet => Style::new().dimmed(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Careful => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Key | Tone::Id(_) => AnsiColor::Cyan.on_default(),
        };
        format!("{style}{text}{style:#}")
    }

    /// An id with the part that is enough to name it in bold and underlined.
    fn paint_id(&self, id: &str, enough: usize) -> String {
        let start = id.find('-').map_or(0, |dash| dash + 1);
        let range = start..start.saturating_add(enough);
        let (before, marked, behind) = match id.get(range.clone()) {
            Some(marked) => (id.get(..start).unwrap_or_default(), marked, id.get(range.end..).unwrap_or_default()),
            None => ("", id, ""),
        };
        let style = AnsiColor::Cyan.on_default().bold().underline();
        format!("{}{style}{marked}{style:#}{}", self.paint(Tone::Key, before), self.paint(Tone::Key, behind))
    }

    /// The line below a list that has so many more than are shown; nothing if it has none.
    pub fn showing(&self, shown: usize, more: usize) -> String {
        let line = || self.paint(Tone::Quiet, &format!("showing {shown} of {}", shown + more));
        if more > 0 { line() + "\n" } else { String::new() }
    }

    /// The line below the answers of a search that has so many more; nothing if it has none.
    pub fn more(&self, count: usize) -> String {
        let line = || self.paint(Tone::Quiet, &format!("{count} more; `--limit` shows more of them"));
        if count == 0 { String::new() } else { line() + "\n" }
    }
}
