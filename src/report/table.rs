//! A table that fits the width: every column as wide as its content, the last one takes what is left.

use super::{Screen, Tone};
use crate::base::text;

const GAP: usize = 2;

/// Rows under headings.
#[derive(Debug, Default)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

#[derive(Debug)]
struct Cell {
    text: String,
    tone: Option<Tone>,
}

impl Table {
    /// A table with these column headings.
    #[must_use]
    pub fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; each cell becomes one line of printable text.
    pub fn row<const N: usize>(&mut self, cells: [(&str, Option<Tone>); N]) {
        let cell = |(content, tone): (&str, Option<Tone>)| Cell { text: text::one_line(content), tone };
        self.rows.push(cells.into_iter().map(cell).collect());
    }

    /// The table as lines; nothing if there are no rows.
    #[must_use]
    pub fn render(&self, screen: &Screen) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let widths = self.widths(screen.width);
        let mut out = String::new();
        let headings: Vec<Cell> =
            self.headings.iter().map(|heading| Cell { text: (*heading).to_owned(), tone: Some(Tone::Quiet) }).collect();
        for row in std::iter::once(&headings).chain(&self.rows) {
            out.push_str(&render_row(row, &widths, screen));
            out.push('\n');
        }
        out
    }

    fn widths(&self, limit: usize) -> Vec<usize> {
        let widest =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| text::width(&cell.text)).max().unwrap_or(0);
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

fn render_row(row: &[Cell], widths: &[usize], screen: &Screen) -> String {
    let mut line = String::new();
    for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
        let content = text::fit(&cell.text, *width);
        line.push_str(&cell.tone.map_or_else(|| content.clone(), |tone| screen.paint(tone, &content)));
        if index + 1 < row.len() {
            line.push_str(&" ".repeat(width.saturating_sub(text::width(&content)) + GAP));
        }
    }
    line.trim_end().to_owned()
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
