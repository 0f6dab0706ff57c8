//! CSV as trackers export it: rows under named columns, of which some stand there several times.

use crate::exchange::SourceFile;

use super::item::Parcel;

/// The cells of one row by their columns, in lower case; empty ones are left out.
pub struct Row {
    pub cells: Vec<(String, String)>,
    pub line: u32,
}

impl Row {
    pub fn take_all(&mut self, column: &str) -> Vec<String> {
        let (taken, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.cells).into_iter().partition(|(name, _)| fold(name) == column);
        self.cells = left;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// Takes the first value of the first of these columns that has one.
    pub fn take(&mut self, columns: &[&str]) -> Option<String> {
        columns.iter().find_map(|column| self.take_all(column).into_iter().next())
    }
}

/// Whether a tracker leaves out empty cells at the end of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    Whole,
    MayEndEarly,
}

pub fn fold(column: &str) -> String {
    column.trim().to_lowercase()
}

/// What stands between the cells of a line.
fn delimiter(header: &str) -> u8 {
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|delimiter| (count(*delimiter), *delimiter == b',')).unwrap_or(b',')
}

/// The names of the columns in a first line.
pub fn columns(header: &str) -> Vec<String> {
    let delimiter = char::from(delimiter(header));
    header.split(delimiter).map(|column| fold(column.trim().trim_matches('"'))).collect()
}

/// The rows that can be read; the others are named.
pub fn rows(parcel: &mut Parcel, file: &SourceFile, width: Width) -> Vec<Row> {
    let first = file.text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(first)).flexible(true).from_reader(file.text.as_bytes());
    let Ok(columns) = reader.headers().cloned() else {
        parcel.wrong(file, 1, "the first line is not the names of columns");
        return Vec::new();
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                parcel.wrong(file, u32::try_from(line).unwrap_or(u32::MAX), "not a row of CSV");
                continue;
            }
        };
        let line = u32::try_from(record.position().map_or(0, csv::Position::line)).unwrap_or(u32::MAX);
        let fits = record.len() == columns.len() || (width == Width::MayEndEarly && record.len() < columns.len());
        if !fits {
            parcel.wrong(file, line, format!("{} cells under {} columns; the row is left out", record.len(), columns.len()));
            continue;
        }
        let cells = columns.iter().zip(&record).filter(|(_, value)| !value.trim().is_empty());
        rows.push(Row { cells: cells.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect(), line });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_most_often_between_the_names_divides_them() {
        assert_eq!((delimiter("a;b;c"), delimiter("a,b"), delimiter("a")), (b';', b',', b','));
        assert_eq!(columns("\"ID\",\"Issue Key\"\r"), ["id", "issue key"]);
    }
}
