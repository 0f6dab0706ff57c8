//! Characters that show nothing: they carry words that people do not see, or make a text read as another one.

/// What a character without a shape does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// A letter of the invisible alphabet of tags.
    Tag,
    /// Nothing that can be seen.
    ZeroWidth,
    /// Turns the direction of the text around it.
    Bidi,
    /// Chooses a shape for the character before it; a run of them can spell anything.
    Selector,
}

use Hidden::{Bidi, Selector, Tag, ZeroWidth};

/// The one table: first and last of each range.
const TABLE: [(char, char, Hidden); 24] = [
    ('\u{ad}', '\u{ad}', ZeroWidth),
    ('\u{34f}', '\u{34f}', ZeroWidth),
    ('\u{61c}', '\u{61c}', Bidi),
    ('\u{115f}', '\u{1160}', ZeroWidth),
    ('\u{17b4}', '\u{17b5}', ZeroWidth),
    ('\u{180b}', '\u{180d}', Selector),
    ('\u{180e}', '\u{180e}', ZeroWidth),
    ('\u{180f}', '\u{180f}', Selector),
    ('\u{200b}', '\u{200d}', ZeroWidth),
    ('\u{200e}', '\u{200f}', Bidi),
    ('\u{202a}', '\u{202e}', Bidi),
    ('\u{2060}', '\u{2065}', ZeroWidth),
    ('\u{2066}', '\u{2069}', Bidi),
    ('\u{206a}', '\u{206f}', ZeroWidth),
    ('\u{3164}', '\u{3164}', ZeroWidth),
    ('\u{fe00}', '\u{fe0f}', Selector),
    ('\u{feff}', '\u{feff}', ZeroWidth),
    ('\u{ffa0}', '\u{ffa0}', ZeroWidth),
    ('\u{fff0}', '\u{fffb}', ZeroWidth),
    ('\u{1bca0}', '\u{1bca3}', ZeroWidth),
    ('\u{1d173}', '\u{1d17a}', ZeroWidth),
    ('\u{e0000}', '\u{e00ff}', Tag),
    ('\u{e0100}', '\u{e01ef}', Selector),
    ('\u{e01f0}', '\u{e0fff}', ZeroWidth),
];

/// What `c` does by itself, if it shows nothing.
pub fn kind(c: char) -> Option<Hidden> {
    if c < '\u{ad}' {
        return None;
    }
    let index = TABLE.partition_point(|(_, last, _)| *last < c);
    TABLE.get(index).filter(|(first, ..)| *first <= c).map(|(.., kind)| *kind)
}

/// The flags that are spelt in tags, behind the black one: England, Scotland and Wales.
const FLAGS: [&str; 3] = [
    "\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
];

/// The hidden characters of a text, each with where it stands. Those that writing needs are none: what joins and colours emoji, three
/// flags, and what joins letters of scripts that have joined ones.
pub fn find(text: &str) -> impl Iterator<Item = (usize, char, Hidden)> + '_ {
    let mut before = None;
    let mut flag = 0;
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let (at, c) = rest.next()?;
            if c == '\u{1f3f4}' {
                let behind = text.get(at + c.len_utf8()..).unwrap_or_default();
                flag = FLAGS.into_iter().find(|flag| behind.starts_with(flag)).map_or(0, |tags| at + c.len_utf8() + tags.len());
            }
            if at < flag {
                before = Some(c);
                continue;
            }
            let after = rest.peek().map(|(_, next)| *next);
            let found = kind(c).filter(|_| !is_needed(before, c, after));
            before = Some(c);
            if let Some(kind) = found {
                return Some((at, c, kind));
            }
        }
    })
}

/// The text without its hidden characters, and how many these were.
pub fn strip(text: &str) -> (String, usize) {
    let (mut clean, mut from, mut count) = (String::with_capacity(text.len()), 0, 0);
    for (at, c, _) in find(text) {
        clean.push_str(text.get(from..at).unwrap_or_default());
        from = at + c.len_utf8();
        count += 1;
    }
    clean.push_str(text.get(from..).unwrap_or_default());
    (clean, count)
}

fn is_needed(before: Option<char>, c: char, after: Option<char>) -> bool {
    let (Some(before), after) = (before, after.unwrap_or(' ')) else { return false };
    match c {
        '\u{200d}' => (is_picture(before) || before == '\u{fe0f}') && is_picture(after) || joins(before),
        '\u{200c}' => joins(before) || joins(after),
        // A forge's name for a heading has of an emoji what chose its colours: `#\u{fe0f}-guide`.
        '\u{fe0f}' if matches!(before, '#' | '-') && matches!(after, '-' | ')') => true,
        '\u{fe0e}' | '\u{fe0f}' => is_picture(before) || after == '\u{20e3}' && (before.is_ascii_digit() || matches!(before, '#' | '*')),
        '\u{e0100}'..='\u{e01ef}' | '\u{fe00}'..='\u{fe02}' => is_ideograph(before),
        '\u{180b}'..='\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
        _ => false,
    }
}

/// Pictures and the signs that have one: arrows, shapes, dingbats, emoji and their colours.
fn is_picture(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}'
        | '\u{24c2}' | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}'
        | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Scripts in which a letter changes with its neighbours: Arabic, Syriac, those of India and its neighbours, Khmer, Mongolian.
fn joins(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17b3}' | '\u{17b6}'..='\u{17ff}'
        | '\u{1820}'..='\u{18aa}' | '\u{a980}'..='\u{a9df}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(TABLE.iter().all(|(first, last, _)| first <= last) && TABLE.is_sorted_by(|one, next| one.1 < next.0));
    }

    #[test]
    fn what_shows_nothing_goes_and_is_counted() {
        let tags: String = "hi".chars().filter_map(|c| char::from_u32(0xe0000 + c as u32)).collect();
        for (text, clean, count) in [
            (format!("a{tags}b"), "ab", 2),
            ("a\u{200b}\u{200d}\u{2060}\u{feff}b".into(), "ab", 4),
            ("a\u{202e}b\u{2066}".into(), "ab", 2),
            ("a\u{fe0f}\u{fe01}\u{e0101}b".into(), "ab", 3),
            ("❤️\u{fe0f}\u{fe0f}".into(), "❤️", 2),
            ("漢\u{e0101}\u{e0102}".into(), "漢\u{e0101}", 1),
            ("\u{3164}\u{ad}\u{34f}".into(), "", 3),
            ("🏴\u{e0067}\u{e0062}x".into(), "🏴x", 2),
            ("plain".into(), "plain", 0),
        ] {
            assert_eq!(strip(&text), (clean.to_owned(), count), "{text:?}");
        }
    }

    #[test]
    fn what_writing_needs_stays() {
        for text in [
            "👩‍👩‍👧 👍🏽 ❤️ 🏳️‍🌈 1️⃣ ▶️ ©️",
            "می‌خواهم",
            "ساخت \u{200c}وب",
            "[🛠️ Guide](#\u{fe0f}-guide-\u{fe0f}-b-\u{fe0f})",
            "क्‍ष",
            "葛\u{e0100}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "ᠠ\u{180b}",
            "Grüße, 日本, שלום, e\u{301}",
        ] {
            assert_eq!(strip(text), (text.to_owned(), 0), "{text:?}");
        }
    }
}
