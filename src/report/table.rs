//! A table that fits the width: where there is too little room, columns that say nothing go first, then those that say least, and
//! the last column keeps what can be read.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::{Screen, Tone};
use crate::base::{TOGETHER, text};

const GAP: usize = 2;
/// So much of the last column is kept as long as there is a column that can go.
const LAST: usize = 40;
/// A narrower column says nothing.
const NARROWEST: usize = 8;
/// What stands for nothing.
const NOTHING: &str = "-";

/// What stands in a cell, and how it is shown.
pub type Content = (String, Option<Tone>);

/// A column: its heading, and when it is there.
#[derive(Debug, Clone)]
pub struct Column {
    heading: String,
    /// How much it says; where there is too little room, the one that says least goes first. `None` for one that stays.
    weight: Option<u8>,
    /// What it must say to be there at all.
    shows: Shows,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    Anything,
    Something,
    Differences,
}

impl From<&str> for Column {
    fn from(heading: &str) -> Self {
        Self { heading: heading.to_owned(), weight: None, shows: Shows::Anything }
    }
}

impl Column {
    /// A column that may go where there is too little room; of several that with the lowest weight.
    pub fn weighing(weight: u8, heading: &str) -> Self {
        Self { weight: Some(weight), ..Self::from(heading) }
    }

    /// The same; it is there only if one of its cells says something.
    pub fn if_any(self) -> Self {
        Self { shows: Shows::Something, ..self }
    }

    /// The same; it is there only if its cells say different things.
    pub fn if_varied(self) -> Self {
        Self { shows: Shows::Differences, ..self }
    }
}

/// Rows under headings.
#[derive(Debug, Default)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// The cells of a row. Their texts stand one behind the other: a table may be very long.
#[derive(Debug, Default)]
struct Row {
    texts: String,
    cells: Vec<Place>,
}

/// Where the text of a cell ends, and how wide it is.
#[derive(Debug)]
struct Place {
    end: u32,
    width: u32,
    tone: Option<Tone>,
}

#[derive(Debug, Clone, Copy)]
struct Cell<'a> {
    text: &'a str,
    /// Of the text, in columns.
    width: usize,
    tone: Option<Tone>,
}

impl Row {
    fn new<'a>(cells: impl IntoIterator<Item = (&'a str, Option<Tone>)>) -> Self {
        let mut row = Self::default();
        for (content, tone) in cells {
            let text = text::one_line(content);
            row.texts.push_str(&text);
            let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            row.cells.push(Place { end: number(row.texts.len()), width: number(text::width(&text)), tone });
        }
        row.texts.shrink_to_fit();
        row.cells.shrink_to_fit();
        row
    }

    fn get(&self, index: usize) -> Option<Cell<'_>> {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.cells.get(before).map(|place| place.end))?;
        let Place { end, width, tone } = self.cells.get(index)?;
        Some(Cell { text: self.texts.get(start as usize..*end as usize)?, width: *width as usize, tone: *tone })
    }
}

impl Cell<'_> {
    fn is_empty(&self) -> bool {
        matches!(self.text.trim(), "" | NOTHING)
    }
}

impl Table {
    /// A table with these columns.
    pub fn new<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row; each cell becomes one line of printable text.
    pub fn row<const N: usize>(&mut self, cells: [(&str, Option<Tone>); N]) {
        self.cells(cells);
    }

    /// The same where columns come and go.
    pub fn cells<'a>(&mut self, cells: impl IntoIterator<Item = (&'a str, Option<Tone>)>) {
        self.rows.push(Row::new(cells));
    }

    /// Adds a row for each of these, which may be very many.
    pub fn fill<T: Sync>(&mut self, items: &[T], cells: impl Fn(&T) -> Vec<Content> + Sync + Send) {
        let row = |item: &T| Row::new(cells(item).iter().map(|(text, tone)| (text.as_str(), *tone)));
        self.rows.par_extend(items.par_iter().with_min_len(TOGETHER).map(row));
    }

    /// The table as lines; nothing if there are no rows.
    pub fn render(&self, screen: &Screen) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let shown = self.shown(screen.width);
        let headings = Row::new(self.columns.iter().map(|column| (column.heading.as_str(), Some(Tone::Quiet))));
        let draw = |rows: &[Row]| {
            let mut out = String::new();
            rows.iter().for_each(|row| render_row(&mut out, row, (&shown, screen)));
            out
        };
        let drawn: Vec<String> = self.rows.par_chunks(TOGETHER).map(draw).collect();
        draw(&[headings]) + &drawn.concat()
    }

    /// The columns that are shown, each with its width.
    fn shown(&self, limit: usize) -> Vec<(usize, usize)> {
        let there = |(index, column): &(usize, &Column)| match column.shows {
            Shows::Anything => true,
            Shows::Something => !self.is_empty(*index),
            Shows::Differences => !self.is_empty(*index) && !self.is_uniform(*index),
        };
        let columns = self.columns.iter().enumerate().filter(there);
        let mut shown: Vec<(usize, usize)> = columns.map(|(index, column)| (index, self.width(index, column))).collect();
        if limit > 0 {
            shown = self.worth(shown, limit);
            fit(&mut shown, limit);
        }
        shown
    }

    fn column(&self, column: usize) -> impl Iterator<Item = Cell<'_>> {
        self.rows.iter().filter_map(move |row| row.get(column))
    }

    fn width(&self, index: usize, column: &Column) -> usize {
        self.column(index).map(|cell| cell.width).max().unwrap_or(0).max(text::width(&column.heading))
    }

    fn is_empty(&self, column: usize) -> bool {
        self.column(column).all(|cell| cell.is_empty())
    }

    /// Whether all rows, of several, say the same.
    fn is_uniform(&self, column: usize) -> bool {
        let mut cells = self.column(column);
        let first = cells.next();
        self.rows.len() > 1 && cells.all(|cell| first.is_some_and(|first| first.text == cell.text))
    }

    /// The columns for which there is room: those that stay, and of the others those that say most.
    fn worth(&self, mut columns: Vec<(usize, usize)>, limit: usize) -> Vec<(usize, usize)> {
        if needed(&columns) <= limit {
            return columns;
        }
        let weight = |index: usize| self.columns.get(index).and_then(|column| column.weight);
        let rank = |index: usize| weight(index).map(|weight| (!self.is_uniform(index), weight));
        columns.retain(|(index, _)| weight(*index).is_none() || !self.is_empty(*index));
        columns.sort_by_cached_key(|(index, _)| (rank(*index).is_some(), Reverse(rank(*index)), *index));
        let mut shown: Vec<(usize, usize)> = Vec::new();
        for column in columns {
            let mut with = [shown.as_slice(), &[column]].concat();
            with.sort_unstable();
            if weight(column.0).is_none() || needed(&with) <= limit {
                shown = with;
            }
        }
        shown
    }
}

/// The room that is needed: of the last column only what it keeps.
fn needed(shown: &[(usize, usize)]) -> usize {
    shown.split_last().map_or(0, |((_, last), before)| taken(before) + (*last).min(LAST))
}

/// The room that columns take before the last one.
fn taken(before: &[(usize, usize)]) -> usize {
    before.iter().map(|(_, width)| width + GAP).sum()
}

/// Makes the widest columns narrower until a row fits: first those before the last, then the last, then whatever there is.
fn fit(shown: &mut [(usize, usize)], limit: usize) {
    for floor in [NARROWEST, 1] {
        let Some(((_, last), before)) = shown.split_last_mut() else { return };
        while taken(before) + (*last).min(LAST) > limit
            && let Some((_, widest)) = before.iter_mut().skip(usize::from(floor > 1)).max_by_key(|(_, width)| *width)
            && *widest > floor
        {
            *widest -= 1;
        }
        *last = (*last).min(limit.saturating_sub(taken(before)).max(floor));
    }
}

fn render_row(out: &mut String, row: &Row, (shown, screen): (&[(usize, usize)], &Screen)) {
    for (place, (index, width)) in shown.iter().enumerate() {
        let Some(cell) = row.get(*index) else { continue };
        let cut = (cell.width > *width).then(|| text::fit(cell.text, *width));
        let content = cut.as_deref().unwrap_or(cell.text);
        match cell.tone.filter(|_| screen.colour) {
            Some(tone) => out.push_str(&screen.paint(tone, content)),
            None => out.push_str(content),
        }
        if place + 1 < shown.len() {
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

    const NARROW: Screen = Screen { width: 80, colour: false };

    #[test]
    fn the_last_column_gives_way() {
        let mut table = Table::new(["ID", "TITLE"]);
        table.row([("ISS-1", None), ("a title that is rather long\nand has two lines", None)]);
        let narrow = table.render(&Screen { width: 24, colour: false });
        assert_eq!(narrow, "ID     TITLE\nISS-1  a title that is …\n");
        assert!(table.render(&Screen::PLAIN).ends_with("long and has two lines\n"));
    }

    #[test]
    fn columns_that_say_least_go_first() {
        let columns =
            || [Column::from("ID"), Column::weighing(2, "KIND"), Column::weighing(1, "BY"), Column::weighing(9, "NO"), "TITLE".into()];
        let mut table = Table::new(columns());
        let title = "word ".repeat(12);
        for kind in ["issue of a kind", "task of some kind"] {
            table.row([("ISS-7k3m9x2p", None), (kind, None), ("somebody", None), ("-", None), (&title, None)]);
        }
        assert!(table.render(&Screen::PLAIN).starts_with("ID            KIND               BY        NO  TITLE\n"));
        // Nothing in it, then the same in every row, whatever they weigh.
        let heading = |width| table.render(&Screen { width, colour: false }).lines().next().unwrap_or_default().to_owned();
        assert_eq!(heading(84), "ID            KIND               BY        TITLE");
        assert_eq!(heading(80), "ID            KIND               TITLE");
        assert_eq!(heading(60), "ID            TITLE");
        for width in [1, 5, 12, 20, 40, 60, 80, 84, 200] {
            let shown = table.render(&Screen { width, colour: false });
            // Narrower than its gaps nothing can be.
            assert!(width < 5 || shown.lines().all(|line| text::width(line) <= width), "{width}\n{shown}");
        }
    }

    #[test]
    fn a_column_is_there_if_it_says_something() {
        let mut table =
            Table::new([Column::from("ID"), Column::weighing(1, "DUE").if_any(), Column::weighing(1, "WHO").if_varied(), "TITLE".into()]);
        table.row([("A", None), ("", None), ("ana", None), ("x", None)]);
        assert_eq!(table.render(&NARROW), "ID  WHO  TITLE\nA   ana  x\n");
        table.row([("B", None), ("-", None), ("ana", None), ("y", None)]);
        assert_eq!(table.render(&NARROW), "ID  TITLE\nA   x\nB   y\n");
    }

    #[test]
    fn a_wide_column_that_stays_leaves_room_for_the_last() {
        let mut table = Table::new(["ID", "WAITS FOR", "TITLE"]);
        table.row([("ISS-7k3m9x2p", None), (&"ISS-1 → ".repeat(12), None), (&"word ".repeat(12), None)]);
        let shown = table.render(&NARROW);
        assert!(shown.lines().all(|line| text::width(line) <= 80), "{shown}");
        assert!(shown.contains("word word word word word word word wor"), "{shown}");
    }
}
