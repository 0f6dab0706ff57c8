//! A table that fits the width: every column as wide as its content, the last one takes what is left.

use super::{Screen, Tone};
use crate::base::text;

const GAP: usize = 2;

/// Rows under headings.
#[derive(Debug, Default)]
pub struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

#[derive(Debug)]
struct Cell {
    text: String,
    /// Of the text, in columns.
    width: usize,
    tone: Option<Tone>,
}

impl Cell {
    fn new(text: String, tone: Option<Tone>) -> Self {
        Self { width: text::width(&text), text, tone }
    }
}

impl Table {
    /// A table with these column headings.
    pub fn new(headings: &[impl ToString]) -> Self {
        Self { headings: headings.iter().map(ToString::to_string).collect(), rows: Vec::new() }
    }

    /// Adds a row; each cell becomes one line of printable text.
    pub fn row<const N: usize>(&mut self, cells: [(&str, Option<Tone>); N]) {
        self.cells(cells);
    }

    /// The same where columns come and go.
    pub fn cells<'a>(&mut self, cells: impl IntoIterator<Item = (&'a str, Option<Tone>)>) {
        let cell = |(content, tone): (&str, Option<Tone>)| Cell::new(text::one_line(content), tone);
        self.rows.push(cells.into_iter().map(cell).collect());
    }

    /// The table as lines; nothing if there are no rows.
    pub fn render(&self, screen: &Screen) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let widths = self.widths(screen.width);
        let mut out = String::new();
        let headings: Vec<Cell> = self.headings.iter().map(|heading| Cell::new(heading.clone(), Some(Tone::Quiet))).collect();
        for row in std::iter::once(&headings).chain(&self.rows) {
            render_row(&mut out, row, (&widths, screen));
        }
        out
    }

    fn widths(&self, limit: usize) -> Vec<usize> {
        let widest = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width).max().unwrap_or(0);
        let mut widths: Vec<usize> =
            self.headings.iter().enumerate().map(|(column, heading)| widest(column).max(text::width(heading))).collect();
        if limit > 0
            && let Some((last, before)) = widths.split_last_mut()
        {
            let used: usize = before.iter().map(|width| width + GAP).sum();
            *last = (*last).min(limit.saturating_sub(used).max(10));
        }
        widths
    }
}

fn render_row(out: &mut String, row: &[Cell], (widths, screen): (&[usize], &Screen)) {
    for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
        let cut = (cell.width > *width).then(|| text::fit(&cell.text, *width));
        let content = cut.as_deref().unwrap_or(&cell.text);
        match cell.tone.filter(|_| screen.colour) {
            Some(tone) => out.push_str(&screen.paint(tone, content)),
            None => out.push_str(content),
        }
        if index + 1 < row.len() {
            let wide = cut.as_deref().map_or(cell.width, text::width);
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(wide) + GAP));
        }
    }
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_column_gives_way() {
        let mut table = Table::new(&["ID", "TITLE"]);
        table.row([("ISS-1", None), ("a title that is rather long\nand has two lines", None)]);
        let narrow = table.render(&Screen { width: 24, colour: false });
        assert_eq!(narrow, "ID     TITLE\nISS-1  a title that is …\n");
        assert!(table.render(&Screen::PLAIN).ends_with("long and has two lines\n"));
    }
}
