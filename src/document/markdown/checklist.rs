//! The `- [ ]` items of a body.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::events;
use crate::base::text::one_line;
use crate::document::lines::LineCounter;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckItem {
    pub checked: bool,
    /// What it says, as written, on one line; without the items below it.
    pub text: String,
    /// Its line in the body, counted from 1.
    pub line: u32,
    /// The bytes between its brackets.
    pub mark: Range<usize>,
}

/// Every item, in the order of the body.
pub fn checklist(body: &str) -> Vec<CheckItem> {
    let mut counter = LineCounter::new(body);
    let mut items: Vec<CheckItem> = Vec::new();
    let mut open: Option<usize> = None;
    for (event, range) in events(body) {
        match event {
            Event::TaskListMarker(checked) => {
                // The marker may begin with spaces, but it ends with its bracket.
                let mark = range.end.saturating_sub(2)..range.end.saturating_sub(1);
                items.push(CheckItem { checked, text: String::new(), line: counter.line_of(range.start), mark });
                open = Some(range.end);
            }
            Event::Start(Tag::List(_) | Tag::Paragraph | Tag::CodeBlock(_) | Tag::BlockQuote(_)) => {
                settle(body, &mut items, &mut open, range.start);
            }
            Event::End(TagEnd::Item | TagEnd::Paragraph) => settle(body, &mut items, &mut open, range.end),
            _ => {}
        }
    }
    items
}

/// The body as it is before anybody ticks one of its items.
pub fn with_open_boxes(body: &str) -> String {
    let mut open = body.to_owned();
    for item in checklist(body).into_iter().filter(|item| item.checked) {
        open.replace_range(item.mark, " ");
    }
    open
}

/// The text of the open item ends here.
fn settle(body: &str, items: &mut [CheckItem], open: &mut Option<usize>, end: usize) {
    if let (Some(start), Some(item)) = (open.take(), items.last_mut()) {
        item.text = one_line(body.get(start..end).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_opened_and_nothing_else_is_touched() {
        let body = "- [x] one\n  * [X] two [x]\n```\n- [x] no\n```\n1. [ ] three\n";
        assert_eq!(with_open_boxes(body), "- [ ] one\n  * [ ] two [x]\n```\n- [x] no\n```\n1. [ ] three\n");
    }

    #[test]
    fn items_have_their_text_and_place() {
        let body = "text\n\n-  [ ] #1 one `x`\n   more\n  - [x] two\n* [X] three\n\n  para\n1. [ ] four\n```\n- [ ] no\n```\n";
        let items = checklist(body);
        let seen: Vec<_> =
            items.iter().map(|item| (item.checked, item.text.as_str(), item.line, body.get(item.mark.clone()).unwrap())).collect();
        assert_eq!(seen, [(false, "#1 one `x` more", 3, " "), (true, "two", 5, "x"), (true, "three", 6, "X"), (false, "four", 9, " ")]);
    }
}
