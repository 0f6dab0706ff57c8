//! The strict reader: YAML 1.2 by way of saphyr's events, which carry the exact text and line of every scalar.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::front::Field;
use super::{Node, Problem};
use crate::base::{Rule, Severity};

/// How deep lists and mappings may be nested.
const DEPTH: usize = 64;
/// How much, in nodes and bytes, aliases may add.
const ALIASES: usize = 64 * 1024;

/// Why a text is not a YAML mapping, and in which of its lines (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) line: u32,
    pub(super) message: String,
}

/// The keys of a mapping, and what is odd about it without making it invalid.
pub(super) type Read = (Vec<Field>, Vec<Problem>);

/// Reads the text of one mapping; nothing at all is an empty one.
pub(super) fn read(text: &str) -> Result<Read, Broken> {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = next(&mut parser)? {
        builder.take(event.0, event.1)?;
    }
    Ok((builder.fields, builder.problems))
}

fn next<'a>(parser: &mut Parser<'a, StrInput<'a>>) -> Result<Option<(Event<'a>, u32)>, Broken> {
    match parser.next_event() {
        None => Ok(None),
        Some(Ok((event, span))) => Ok(Some((event, line_number(span.start.line())))),
        Some(Err(error)) => Err(broken_syntax(&error)),
    }
}

fn line_number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

fn broken_syntax(error: &ScanError) -> Broken {
    Broken { line: line_number(error.marker().line()), message: error.info().to_owned() }
}

fn broken<T>(line: u32, message: impl Into<String>) -> Result<T, Broken> {
    Err(Broken { line, message: message.into() })
}

/// A list or mapping that is not closed yet.
struct Open {
    anchor: usize,
    line: u32,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<(String, Node)>, seen: BTreeSet<String>, key: Option<(String, u32)> },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    aliases: usize,
    documents: usize,
    fields: Vec<Field>,
    problems: Vec<Problem>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: u32) -> Result<(), Broken> {
        match event {
            Event::DocumentStart(_) => self.start(line),
            Event::Scalar(text, style, anchor, tag) => {
                self.note_tag(tag.as_deref(), line);
                if self.take_key(&text, anchor, line) {
                    return Ok(());
                }
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                self.put(if is_plain { Node::plain(text) } else { Node::Scalar(text.into_owned()) }, anchor, line)
            }
            Event::SequenceStart(anchor, tag) => {
                self.note_tag(tag.as_deref(), line);
                self.push(Open { anchor, line, content: Content::List(Vec::new()) })
            }
            Event::MappingStart(anchor, tag) => {
                self.note_tag(tag.as_deref(), line);
                self.push(Open { anchor, line, content: Content::Map { entries: Vec::new(), seen: BTreeSet::new(), key: None } })
            }
            Event::SequenceEnd | Event::MappingEnd => self.pop(),
            Event::Alias(anchor) => self.alias(anchor, line),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn start(&mut self, line: u32) -> Result<(), Broken> {
        self.documents += 1;
        if self.documents > 1 { broken(line, "a second YAML document begins here") } else { Ok(()) }
    }

    /// Takes a scalar as a key, if one is due.
    fn take_key(&mut self, text: &str, anchor: usize, line: u32) -> bool {
        let Some(Open { content: Content::Map { key: key @ None, .. }, .. }) = self.open.last_mut() else { return false };
        *key = Some((text.to_owned(), line));
        self.anchors.extend((anchor > 0).then(|| (anchor, Node::Scalar(text.to_owned()))));
        true
    }

    fn push(&mut self, open: Open) -> Result<(), Broken> {
        let line = open.line;
        if self.open.len() >= DEPTH {
            return broken(line, "lists and mappings are nested too deeply");
        }
        if let Some(Open { content: Content::Map { key: None, .. }, .. }) = self.open.last() {
            return broken(line, "a list or mapping cannot be a key here");
        }
        self.open.push(open);
        Ok(())
    }

    fn pop(&mut self) -> Result<(), Broken> {
        match self.open.pop() {
            Some(Open { anchor, line, content: Content::List(items) }) => self.put(Node::List(items), anchor, line),
            Some(Open { anchor, line, content: Content::Map { entries, .. } }) if !self.open.is_empty() => {
                self.put(Node::Map(entries), anchor, line)
            }
            _ => Ok(()),
        }
    }

    /// Puts a finished value where it belongs.
    fn put(&mut self, node: Node, anchor: usize, line: u32) -> Result<(), Broken> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let root = self.open.len() == 1;
        match self.open.last_mut().map(|open| &mut open.content) {
            Some(Content::List(items)) => {
                items.push(node);
                Ok(())
            }
            Some(Content::Map { entries, seen, key }) => {
                let Some((key, line)) = key.take() else { return broken(line, "a value without a key") };
                let repeated = !seen.insert(key.clone());
                if repeated {
                    self.problems.push(repeated_key(&key, line));
                }
                match (root, repeated) {
                    (true, _) => self.fields.push(Field { key, node, line, repeated }),
                    (false, true) => {}
                    (false, false) => entries.push((key, node)),
                }
                Ok(())
            }
            None if node == Node::Null => Ok(()),
            None => broken(line, "these are not `key: value` lines"),
        }
    }

    fn alias(&mut self, anchor: usize, line: u32) -> Result<(), Broken> {
        let Some(node) = self.anchors.get(&anchor).cloned() else { return broken(line, "an alias stands for a value around itself") };
        self.aliases += node.weight();
        if self.aliases > ALIASES || self.open.len() + node.depth() > DEPTH {
            return broken(line, "aliases expand to too much");
        }
        if let Some(Open { content: Content::Map { key: None, .. }, .. }) = self.open.last() {
            return broken(line, "an alias cannot be a key here");
        }
        self.put(node, 0, line)
    }

    fn note_tag(&mut self, tag: Option<&Tag>, line: u32) {
        const CORE: [&str; 7] = ["str", "int", "float", "bool", "null", "seq", "map"];
        // `!!python/object` has the core schema's prefix without being part of it.
        let is_core = |tag: &&Tag| tag.is_yaml_core_schema() && CORE.contains(&tag.suffix.as_str());
        if let Some(tag) = tag.filter(|tag| !is_core(tag)) {
            self.problems.push(Problem::new(
                Rule::YamlTag,
                Severity::Warning,
                line,
                format!("the tag `{tag}` is not understood and was ignored"),
            ));
        }
    }
}

/// The problem of a key that its mapping has already.
fn repeated_key(key: &str, line: u32) -> Problem {
    Problem::new(Rule::YamlDuplicateKey, Severity::Warning, line, format!("`{key}` appears twice; the first one counts"))
        .hint("keep one of the two lines")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node {
        read(&format!("key: {text}\n")).unwrap().0.remove(0).node
    }

    #[test]
    fn scalars_keep_their_text() {
        for text in ["100.10", "00e1", "no", "2025-01-01", "0x1F", "1_000", "!!str 12"] {
            assert_eq!(node(text), Node::Scalar(text.trim_start_matches("!!str ").to_owned()));
        }
        assert_eq!(node("'null'"), Node::Scalar("null".into()));
        for text in ["", "~", "null", "NULL"] {
            assert_eq!(node(text), Node::Null);
        }
        assert_eq!(node(">-\n  two\n  lines"), Node::Scalar("two lines".into()));
    }

    #[test]
    fn fields_know_their_lines() {
        let (fields, problems) = read("# c\na:\n  - 1\n\nb: {c: d, c: e}\na: 2\n").unwrap();
        let lines: Vec<_> = fields.iter().map(|field| (field.key.as_str(), field.line, field.repeated)).collect();
        assert_eq!(lines, [("a", 2, false), ("b", 5, false), ("a", 6, true)]);
        assert_eq!(fields[1].node, Node::Map(vec![("c".into(), Node::Scalar("d".into()))]));
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [5, 6]);
    }

    #[test]
    fn aliases_expand_within_limits() {
        assert_eq!(read("a: &x [1]\nb: *x\n").unwrap().0[1].node, Node::List(vec![Node::Scalar("1".into())]));
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let last = format!("*a{}", level - 1);
            bomb += &format!("a{level}: &a{level} [{}]\n", vec![last; 8].join(", "));
        }
        assert!(read(&bomb).unwrap_err().message.contains("too much"));
        assert!(read("a: &a [*a]\n").is_err());
    }

    #[test]
    fn what_is_not_a_mapping_is_broken() {
        for text in ["just text", "- a", "a: @b", "a: b: c", "? [a]\n: b", "a: b\n--- x\n", "a:\tb\n\tc: d"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read("# nothing\n").unwrap().0.is_empty());
        assert!(read(&format!("a: {}", "[".repeat(10_000))).is_err());
    }
}
