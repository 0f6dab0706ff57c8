//! What every line of a text has in common: the byte order mark, the line ends, whether the last line ends. Merged for itself,
//! so that a side that only changed line ends does not change every line.

use std::borrow::Cow;

use super::three::Three;

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    mark: bool,
    ends: Ends,
    /// Whether the last line has an end.
    closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Lf,
    CrLf,
    /// Some of both, which stay where they are.
    Mixed,
}

const MARK: char = '\u{feff}';

impl Shape {
    fn of(text: &str) -> Self {
        let (all, windows) = (text.matches('\n').count(), text.matches("\r\n").count());
        let ends = match windows {
            0 => Ends::Lf,
            _ if windows == all => Ends::CrLf,
            _ => Ends::Mixed,
        };
        Self { mark: text.starts_with(MARK), ends, closed: text.ends_with('\n') || text.is_empty() }
    }

    /// The text again as it is written in this shape.
    pub(super) fn restore(self, text: String) -> String {
        let mut text = text;
        if !self.closed && text.ends_with('\n') {
            text.pop();
        }
        if self.ends == Ends::CrLf {
            text = text.replace('\n', "\r\n");
        }
        if self.mark {
            text.insert(0, MARK);
        }
        text
    }
}

/// The texts in one shape, without a mark and with `\n` where no side mixes its line ends; and the shape of the result.
pub(super) fn level<'a>(sides: &Three<&'a str>) -> (Three<Cow<'a, str>>, Shape) {
    let mut shapes = sides.map(Shape::of);
    if sides.base.is_empty() {
        shapes.base = shapes.ours;
    }
    let mixed = [shapes.base, shapes.ours, shapes.theirs].iter().any(|shape| shape.ends == Ends::Mixed);
    // One that ends in the middle of a line must not make two lines one.
    let shape = Shape {
        mark: shapes.map(|shape| shape.mark).settled().unwrap_or(shapes.ours.mark),
        ends: if mixed { Ends::Mixed } else { shapes.map(|shape| shape.ends).settled().unwrap_or(shapes.ours.ends) },
        closed: shapes.map(|shape| shape.closed).settled().unwrap_or(true),
    };
    (sides.map(|side| plain(side, mixed)), shape)
}

fn plain(text: &str, mixed: bool) -> Cow<'_, str> {
    let text = text.strip_prefix(MARK).unwrap_or(text);
    let mut plain = if mixed || !text.contains('\r') { Cow::Borrowed(text) } else { Cow::Owned(text.replace("\r\n", "\n")) };
    if !plain.is_empty() && !plain.ends_with('\n') {
        plain.to_mut().push('\n');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_merged_for_itself() {
        let sides = Three { base: "a\nb\n", ours: "\u{feff}a\r\nb\r\n", theirs: "a\nc" };
        let (texts, shape) = level(&sides);
        assert_eq!(texts.map(Cow::into_owned), Three { base: "a\nb\n".into(), ours: "a\nb\n".into(), theirs: "a\nc\n".into() });
        assert_eq!(shape.restore("a\nc\n".into()), "\u{feff}a\r\nc");
    }

    #[test]
    fn mixed_line_ends_stay() {
        let (texts, shape) = level(&Three { base: "a\r\nb\n", ours: "a\r\nb\n", theirs: "a\nb\n" });
        assert_eq!(texts.base, "a\r\nb\n");
        assert_eq!(shape.restore("a\r\nb\n".into()), "a\r\nb\n");
    }
}
