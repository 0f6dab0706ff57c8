//! A body without its code: what stands in code is shown, not said.

use pulldown_cmark::{Event, Tag};

use super::events;

/// The body with spaces in place of fenced and indented code: every other byte stays where it is.
pub fn without_code(body: &str) -> String {
    let mut bytes = body.as_bytes().to_vec();
    for (event, range) in events(body) {
        if matches!(event, Event::Start(Tag::CodeBlock(_))) {
            let code = bytes.get_mut(range).unwrap_or_default();
            code.iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_of_every_kind_is_gone_and_nothing_moves() {
        let body = "é `a`\n\n```\né\n```\nb\n\n    c\n\n> ~~~\n> d\n> ~~~\n\n- e\n\n  ```\n  f\n  ```\ng\n";
        let plain = without_code(body);
        assert_eq!(plain.split_whitespace().collect::<Vec<_>>(), ["é", "`a`", "b", ">", "-", "e", "g"]);
        assert_eq!((plain.len(), plain.lines().count()), (body.len(), body.lines().count()));
    }
}
