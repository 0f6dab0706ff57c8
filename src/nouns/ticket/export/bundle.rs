//! Every ticket with its comments in one Markdown file, each after a line that is nowhere in them.

use super::super::file::comment::Comment;
use super::super::file::draft::Draft;
use crate::base::Id;

/// How the file begins; the boundary follows.
const HEAD: &str = "<!-- cmpm tickets ";

/// Whether a text is such a file.
pub fn is_one(text: &str) -> bool {
    text.starts_with(HEAD)
}

/// The whole file.
pub fn render(drafts: &[Draft]) -> String {
    let parts: Vec<(String, Vec<String>)> = drafts
        .iter()
        .map(|draft| {
            let id = draft.id.clone().unwrap_or_default();
            let said = |said: &Comment| Id::parse(&id).map(|id| said.render(&id)).unwrap_or_default();
            (draft.render(&id), draft.comments.iter().map(said).collect())
        })
        .collect();
    let texts = || parts.iter().flat_map(|(ticket, comments)| std::iter::once(ticket).chain(comments));
    let mut boundary = "boundary".to_owned();
    while texts().any(|text| text.contains(&boundary)) {
        boundary = format!("boundary-{}", crate::exchange::digest(&boundary));
    }
    let mut out = format!("{HEAD}{boundary} -->\n");
    for (ticket, comments) in &parts {
        out.push_str(&format!("<!-- ticket {boundary} -->\n{ticket}"));
        for comment in comments {
            out.push_str(&format!("<!-- comment {boundary} -->\n{comment}"));
        }
    }
    out
}

/// The line, the page and the comments of each ticket in such a file.
pub fn split(text: &str) -> Vec<(u32, &str, Vec<&str>)> {
    let boundary = text.strip_prefix(HEAD).and_then(|rest| rest.split_once(" -->")).map_or("", |(boundary, _)| boundary);
    let (ticket, comment) = (format!("<!-- ticket {boundary} -->"), format!("<!-- comment {boundary} -->"));
    let mut found = Vec::new();
    let mut line = 1u32;
    for (index, part) in text.split(ticket.as_str()).enumerate() {
        if index > 0 {
            let mut pages = part.split(comment.as_str()).map(|page| page.trim_start_matches('\r').strip_prefix('\n').unwrap_or(page));
            found.push((line, pages.next().unwrap_or_default(), pages.collect()));
        }
        line = line.saturating_add(u32::try_from(part.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX));
    }
    found
}
