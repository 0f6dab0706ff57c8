//! Trailers: the `Key: value` lines at the end of a commit message (`git interpret-trailers`).

use crate::base::text;

/// The trailers of a message in order; a value that goes on over indented lines is joined.
///
/// As in git, they are the last paragraph, if it is not the first and every line of it is a trailer, or if a line of it was
/// made by git (`Signed-off-by`, `(cherry picked from`) and a quarter of its lines are trailers.
pub fn parse_trailers(message: &str) -> Vec<(String, String)> {
    let Some(block) = last_paragraph(message) else { return Vec::new() };
    let lines: Vec<Line<'_>> = block.lines().map(parse_line).collect();
    if !is_trailer_block(&lines) {
        return Vec::new();
    }
    let mut trailers: Vec<(String, String)> = Vec::new();
    for line in lines {
        match (line, trailers.last_mut()) {
            (Line::Trailer(key, value), _) => trailers.push((key.to_owned(), value.to_owned())),
            (Line::More(more), Some((_, value))) => {
                value.push(' ');
                value.push_str(more);
            }
            _ => {}
        }
    }
    trailers
}

/// The message with more trailers at its end. Values become one line; keys keep only letters, digits and `-`.
pub fn with_trailers(message: &str, trailers: &[(&str, &str)]) -> String {
    let mut text = message.trim_end().to_owned();
    if trailers.is_empty() {
        return text + "\n";
    }
    text.push_str(if parse_trailers(&text).is_empty() { "\n\n" } else { "\n" });
    for (key, value) in trailers {
        let key: String = key.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        text.push_str(&format!("{key}: {}\n", text::one_line(value)));
    }
    text
}

enum Line<'a> {
    Trailer(&'a str, &'a str),
    More(&'a str),
    ByGit,
    Other,
}

fn last_paragraph(message: &str) -> Option<&str> {
    let body = message.trim_end();
    let mut start = None;
    let mut offset = 0;
    for line in body.split_inclusive('\n') {
        if line.trim().is_empty() {
            start = Some(offset + line.len());
        }
        offset += line.len();
    }
    // The first paragraph is the subject, never trailers.
    let start = start.filter(|start| body.get(..*start).is_some_and(|before| !before.trim().is_empty()))?;
    body.get(start..)
}

fn parse_line(line: &str) -> Line<'_> {
    if line.starts_with("(cherry picked from commit ") {
        return Line::ByGit;
    }
    if line.starts_with([' ', '\t']) {
        return Line::More(line.trim());
    }
    match line.split_once(':') {
        Some((key, value)) if is_key(key.trim_end()) => Line::Trailer(key.trim_end(), value.trim()),
        _ => Line::Other,
    }
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn is_trailer_block(lines: &[Line<'_>]) -> bool {
    let (mut trailers, mut others, mut by_git) = (0, 0, false);
    let mut last_was_trailer = false;
    for line in lines {
        match line {
            Line::Trailer(key, _) => {
                trailers += 1;
                by_git |= *key == "Signed-off-by";
                last_was_trailer = true;
            }
            Line::ByGit => {
                trailers += 1;
                by_git = true;
                last_was_trailer = true;
            }
            Line::More(_) if last_was_trailer => {}
            Line::More(_) | Line::Other => {
                others += 1;
                last_was_trailer = false;
            }
        }
    }
    trailers > 0 && (others == 0 || (by_git && trailers * 3 >= others))
}
