//! What is written in a ticket, as blocks of plain text: a page shows them without ever interpreting them.

use std::path::Path;

use crate::fs::read;
use crate::report::prelude::*;
use crate::store::Listed;

use super::super::model::Ticket;
use super::super::view::picture::Picture;
use super::{BoardCard, TicketBoard};

/// Longer texts are cut: a board is no place to read a book.
const LONGEST: usize = 8_000;

/// A piece of a ticket's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Block {
    /// What it is: `heading`, `open` or `done` for an item of a checklist, `item`, `code` or `text`.
    pub(super) kind: &'static str,
    pub(super) text: String,
}

/// Reads the texts of all cards that are shown on a page in `folder`, and finds the way from there to their files.
pub(super) fn add(board: &mut TicketBoard, picture: &Picture, (context, folder): (&Context, &Path)) -> Result<()> {
    let folder = read::real_path(folder).unwrap_or_else(|_| folder.to_owned());
    let (store, repository) = (context.store()?, context.repository()?);
    let by_id: std::collections::HashMap<&str, &Listed<Ticket>> =
        picture.listing.records.iter().map(|stored| (stored.record.id.as_str(), stored)).collect();
    let mut cards: Vec<&mut BoardCard> = board.columns.iter_mut().flat_map(|column| column.cards.iter_mut()).collect();
    for card in &mut cards {
        let Some(listed) = by_id.get(card.ticket.id.as_str()) else { continue };
        card.link = picture.around.is_here(&card.ticket.id).then(|| way(&folder, &listed.path.below(store.root())));
        let snapshot = picture.around.snapshot((store, repository), &card.ticket.id);
        // What was taken away since it was listed has no text any more.
        card.details = store.open(&snapshot, listed).map(|stored| blocks(stored.document.body())).unwrap_or_default();
    }
    Ok(())
}

/// The relative address of a file, seen from a folder.
fn way(folder: &Path, file: &Path) -> String {
    let (here, there): (Vec<_>, Vec<_>) = (folder.components().collect(), file.components().collect());
    let shared = here.iter().zip(&there).take_while(|(here, there)| here == there).count();
    let up = here.iter().skip(shared).map(|_| "..".to_owned());
    let down = there.iter().skip(shared).map(|part| encoded(part.as_os_str().as_encoded_bytes()));
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// Bytes as an address may have them.
fn encoded(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' | b'~' => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    bytes.iter().map(one).collect()
}

/// Splits Markdown by its lines.
pub(super) fn blocks(body: &str) -> Vec<Block> {
    let body = text::printable(body);
    let cut = body.char_indices().nth(LONGEST).map_or(body.len(), |(at, _)| at);
    let mut blocks: Vec<Block> = Vec::new();
    let (mut fenced, mut open) = (false, false);
    for line in body.get(..cut).unwrap_or_default().lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            (fenced, open) = (!fenced, false);
            continue;
        }
        if trimmed.is_empty() && !fenced {
            open = false;
            continue;
        }
        let (kind, said) = if fenced { ("code", line) } else { kind_of(trimmed) };
        let goes_on = open && (kind == "text" || kind == "code");
        match blocks.last_mut().filter(|last| goes_on && (kind == "text" || last.kind == kind)) {
            Some(last) => {
                last.text.push('\n');
                last.text.push_str(said);
            }
            None => blocks.push(Block { kind, text: said.to_owned() }),
        }
        open = kind != "heading";
    }
    if cut < body.len() {
        blocks.push(Block { kind: "text", text: "…".into() });
    }
    // A heading with nothing below it says nothing.
    let empty = |at: usize| {
        blocks.get(at).is_some_and(|block| block.kind == "heading") && blocks.get(at + 1).is_none_or(|next| next.kind == "heading")
    };
    let kept: Vec<Block> = (0..blocks.len()).filter(|at| !empty(*at)).filter_map(|at| blocks.get(at).cloned()).collect();
    kept
}

fn kind_of(line: &str) -> (&'static str, &str) {
    let marks = [
        ("- [ ] ", "open"),
        ("* [ ] ", "open"),
        ("- [x] ", "done"),
        ("- [X] ", "done"),
        ("* [x] ", "done"),
        ("- ", "item"),
        ("* ", "item"),
    ];
    let heading = line.strip_prefix('#').map(|rest| rest.trim_start_matches('#')).filter(|rest| rest.starts_with(' '));
    if let Some(heading) = heading {
        return ("heading", heading.trim().trim_end_matches('#').trim_end());
    }
    marks.iter().find_map(|(mark, kind)| Some((*kind, line.strip_prefix(mark)?))).unwrap_or(("text", line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_from_the_page() {
        let way = |folder: &str, file: &str| way(Path::new(folder), Path::new(file));
        assert_eq!(way("/r/docs", "/r/tasks/a b#1.md"), "../tasks/a%20b%231.md");
        assert_eq!(way("/r", "/r/tasks/é.md"), "tasks/%C3%A9.md");
        assert_eq!(way("/x/y", "/r/a:b.md"), "../../r/a%3Ab.md");
    }

    #[test]
    fn a_text_is_split_into_what_it_shows() {
        let body =
            "## Description\n\nOne\ntwo.\n\n## Empty\n\n## Acceptance criteria\n\n- [x] a\n- [ ] b\n  more\n- c\n```\n# x\n\ny\n```\nend";
        let found: Vec<(&str, String)> = blocks(body).into_iter().map(|block| (block.kind, block.text)).collect();
        let wanted = [
            ("heading", "Description"),
            ("text", "One\ntwo."),
            ("heading", "Acceptance criteria"),
            ("done", "a"),
            ("open", "b\nmore"),
            ("item", "c"),
            ("code", "# x\n\ny"),
            ("text", "end"),
        ];
        assert_eq!(found, wanted.map(|(kind, text)| (kind, text.to_owned())));
        assert_eq!(blocks(&"x".repeat(9000)).len(), 2);
    }
}
