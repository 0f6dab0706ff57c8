//! YAML (and so JSON) with the line of everything in it, for files whose mistakes are told by line: plans.

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

use super::node::is_null;

/// How deep lists and mappings may be nested.
const DEPTH: usize = 64;

/// A value and the line (from 1) where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    pub line: u32,
    pub shape: Shape,
}

/// What a value is. Scalars stay text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    Null,
    Scalar(String),
    List(Vec<Located>),
    /// A mapping: key, line of the key, value.
    Map(Vec<(String, u32, Located)>),
}

/// Why a text is not YAML, and in which of its lines.
pub type Broken = (u32, String);

type Events<'a> = Parser<'a, StrInput<'a>>;

/// Reads one YAML document; nothing at all is null.
pub fn parse_located(text: &str) -> Result<Located, Broken> {
    let mut events = Parser::new_from_str(text);
    let mut found = None;
    while let Some((event, line)) = next(&mut events)? {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
            _ if found.is_some() => return Err((line, "a second YAML document begins here".to_owned())),
            event => found = Some(value(&mut events, event, line, 0)?),
        }
    }
    Ok(found.unwrap_or(Located { line: 1, shape: Shape::Null }))
}

fn next<'a>(events: &mut Events<'a>) -> Result<Option<(Event<'a>, u32)>, Broken> {
    let number = |line: usize| u32::try_from(line).unwrap_or(u32::MAX);
    match events.next_event() {
        None => Ok(None),
        Some(Ok((event, span))) => Ok(Some((event, number(span.start.line())))),
        Some(Err(error)) => Err((number(error.marker().line()), error.info().to_owned())),
    }
}

fn value<'a>(events: &mut Events<'a>, event: Event<'a>, line: u32, depth: usize) -> Result<Located, Broken> {
    if depth > DEPTH {
        return Err((line, "lists and mappings are nested too deeply".to_owned()));
    }
    let shape = match event {
        Event::Scalar(text, ScalarStyle::Plain, _, None) if is_null(&text) => Shape::Null,
        Event::Scalar(text, ..) => Shape::Scalar(text.into_owned()),
        Event::SequenceStart(..) => Shape::List(list(events, depth)?),
        Event::MappingStart(..) => Shape::Map(map(events, depth)?),
        _ => return Err((line, "aliases (`*name`) are not read here".to_owned())),
    };
    Ok(Located { line, shape })
}

fn list(events: &mut Events<'_>, depth: usize) -> Result<Vec<Located>, Broken> {
    let mut items = Vec::new();
    while let Some((event, line)) = next(events)? {
        if matches!(event, Event::SequenceEnd) {
            break;
        }
        items.push(value(events, event, line, depth + 1)?);
    }
    Ok(items)
}

fn map(events: &mut Events<'_>, depth: usize) -> Result<Vec<(String, u32, Located)>, Broken> {
    let mut entries: Vec<(String, u32, Located)> = Vec::new();
    while let Some((event, line)) = next(events)? {
        let key = match event {
            Event::MappingEnd => break,
            Event::Scalar(text, ..) => text.into_owned(),
            _ => return Err((line, "a key must be a word".to_owned())),
        };
        if entries.iter().any(|(known, ..)| *known == key) {
            return Err((line, format!("`{key}` appears twice")));
        }
        let Some((event, at)) = next(events)? else { break };
        entries.push((key, line, value(events, event, at, depth + 1)?));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_its_line() {
        let Shape::Map(entries) = parse_located("a: 1\nlist:\n  - x\n  - b:\n      c: ~\n").unwrap().shape else { panic!() };
        let lines: Vec<_> = entries.iter().map(|(key, line, value)| (key.as_str(), *line, value.line)).collect();
        assert_eq!(lines, [("a", 1, 1), ("list", 2, 3)]);
        let Shape::List(items) = &entries[1].2.shape else { panic!() };
        assert_eq!((items[0].line, items[1].line), (3, 4));
        assert_eq!(parse_located("{\"a\": [1,\n \"x\"]}").unwrap().line, 1);
    }

    #[test]
    fn mistakes_are_told_with_their_lines() {
        assert_eq!(parse_located("a: 1\nb: 2\na: 3\n"), Err((3, "`a` appears twice".to_owned())));
        assert_eq!(parse_located("a: &x 1\nb: *x\n").unwrap_err().0, 2);
        assert_eq!(parse_located("a: [1\nb: 2\n").unwrap_err().0, 2);
        assert!(parse_located("a: 1\n---\nb: 2\n").is_err());
        assert_eq!(parse_located("").unwrap().shape, Shape::Null);
    }
}
