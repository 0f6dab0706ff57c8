//! Long texts of strangers, made short enough to show.

/// The beginning of a text, cut after a line if there is one.
pub(super) fn head(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let start = (0..=bytes).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    let whole_lines = start.rsplit_once('\n').map_or(start, |(lines, _)| lines);
    format!("{whole_lines}\n…")
}

/// The end of a text, cut before a line if there is one.
pub(super) fn tail(text: &str, bytes: usize) -> String {
    let text = text.trim_end();
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = (text.len() - bytes..text.len()).find_map(|start| text.get(start..)).unwrap_or_default();
    let whole_lines = end.split_once('\n').map_or(end, |(_, lines)| lines);
    format!("…\n{whole_lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_lines_and_never_inside_a_character() {
        assert_eq!((head("short", 5).as_str(), tail("short\n", 5).as_str()), ("short", "short"));
        assert_eq!(head("one\ntwo\nthree", 9), "one\ntwo\n…");
        assert_eq!(tail("one\ntwo\nthree", 9), "…\nthree");
        assert_eq!((head("üüü", 3).as_str(), tail("üüü", 3).as_str()), ("ü\n…", "…\nü"));
    }
}
