//! A list as it is written, item by item, and the same list written again from other items.

use super::field::Block;
use crate::document::{Document, Node};

#[derive(Default)]
pub(super) struct List<'a> {
    pub(super) form: Form,
    pub(super) items: Vec<Item<'a>>,
    /// The comment after the key or the closing bracket, with the space before it.
    pub(super) behind: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Form {
    /// `a, b` as one scalar.
    Commas,
    /// `[a, b]`
    Flow,
    /// `- a` below the key, after so many spaces.
    Block(usize),
    #[default]
    Nothing,
}

#[derive(Debug, Clone)]
pub(super) struct Item<'a> {
    /// What makes it the same item in another version of the list.
    pub(super) name: String,
    pub(super) node: Node,
    /// How it is written: without its dash, on one line or several.
    pub(super) text: &'a str,
    /// Comments before it.
    pub(super) before: &'a str,
}

impl<'a> Item<'a> {
    fn new(node: Node, text: &'a str, before: &'a str) -> Self {
        Self { name: String::new(), node, text, before }
    }
}

impl<'a> List<'a> {
    pub(super) fn of(block: &Block<'a>) -> Option<Self> {
        let (key, rest) = block.text.split_once(':')?;
        if key.trim_end() != block.key {
            return None;
        }
        match block.node {
            Node::Null => Some(Self::default()),
            Node::Scalar(_) => Self::commas(rest),
            Node::List(nodes) if rest.trim_start_matches(' ').starts_with('[') => Self::flow(rest, nodes),
            Node::List(nodes) => Self::block(rest, nodes),
            Node::Map(_) => None,
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<&Item<'a>> {
        self.items.iter().find(|item| item.name == name)
    }

    /// A scalar on one line, unquoted or of one item.
    fn commas(rest: &'a str) -> Option<Self> {
        let line = rest.strip_suffix('\n').filter(|line| !line.contains('\n') && !line.contains(" #"))?.trim();
        if line.starts_with(['|', '>', '&', '*', '!']) {
            return None;
        }
        let is_quoted = line.starts_with(['"', '\'']);
        let parts: Vec<&str> = if is_quoted { vec![line] } else { line.split(", ").map(str::trim).collect() };
        let item = |text: &'a str| Item::new(Node::Scalar(text.trim_matches(['"', '\'']).to_owned()), text, "");
        Some(Self { form: Form::Commas, items: parts.into_iter().map(item).collect(), behind: "" })
    }

    fn flow(rest: &'a str, nodes: &[Node]) -> Option<Self> {
        let line = rest.strip_suffix('\n').filter(|line| !line.contains('\n'))?;
        let (inner, behind) = line.trim_start_matches(' ').strip_prefix('[')?.rsplit_once(']')?;
        if !(behind.trim().is_empty() || behind.trim_start().starts_with('#')) || inner.contains(['[', '{']) {
            return None;
        }
        let tokens: Vec<&str> = if inner.trim().is_empty() { Vec::new() } else { split_quoted(inner) };
        let items = tokens.iter().zip(nodes).map(|(token, node)| Item::new(node.clone(), token.trim(), "")).collect();
        (tokens.len() == nodes.len()).then(|| Self { form: Form::Flow, items, behind: behind.trim_end() })
    }

    fn block(rest: &'a str, nodes: &[Node]) -> Option<Self> {
        let (behind, lines) = rest.split_once('\n')?;
        let dash = |line: &str| (line.trim_start_matches(' ').starts_with("- ")).then(|| line.len() - line.trim_start_matches(' ').len());
        let indent = lines.lines().find_map(dash)?;
        let mut parts: Vec<(&str, &str)> = Vec::new();
        let (mut from, mut at, mut open) = (0, 0, None);
        for line in lines.split_inclusive('\n') {
            let is_remark = line.trim().is_empty() || line.trim_start().starts_with('#');
            if dash(line) == Some(indent) {
                let before = lines.get(from..at)?;
                parts.push((before, ""));
                open = Some(at + indent + 2);
                from = at + line.len();
            } else if !is_remark {
                from = at + line.len();
            }
            at += line.len();
            if let (Some(start), Some(part)) = (open, parts.last_mut()) {
                part.1 = lines.get(start..from)?;
            }
        }
        let items = parts.iter().zip(nodes).map(|((before, text), node)| Item::new(node.clone(), text, before)).collect();
        let fits = parts.len() == nodes.len() && from == lines.len() && (behind.trim().is_empty() || behind.trim_start().starts_with('#'));
        fits.then(|| Self { form: Form::Block(indent), items, behind: behind.trim_end() })
    }
}

/// Splits at commas outside of quotes.
fn split_quoted(text: &str) -> Vec<&str> {
    let mut quote = None;
    let at_comma = |letter: char| {
        quote = match (quote, letter) {
            (None, '"' | '\'') => Some(letter),
            (Some(open), letter) if open == letter => None,
            (other, _) => other,
        };
        quote.is_none() && letter == ','
    };
    text.split(at_comma).collect()
}

/// An item of the result.
pub(super) struct Entry {
    pub(super) node: Node,
    pub(super) text: String,
    pub(super) before: String,
    /// How the list was written that it comes from.
    pub(super) from: Form,
}

impl Entry {
    /// The item below its key; one of several lines keeps its own indentation or does not move.
    fn in_block(&self, indent: usize) -> Option<String> {
        let text = self.text.trim_end_matches('\n');
        let fits = self.from == Form::Block(indent) || !text.contains('\n');
        fits.then(|| format!("{}{:indent$}- {text}\n", self.before, ""))
    }
}

/// A part of the result.
pub(super) enum Part {
    Item(Entry),
    /// What a person must choose: what stays, and what each side says instead of it.
    Open {
        kept: Vec<Entry>,
        ours: Vec<Entry>,
        theirs: Vec<Entry>,
    },
}

impl Part {
    fn entries(&self) -> &[Entry] {
        match self {
            Self::Item(entry) => std::slice::from_ref(entry),
            Self::Open { kept, .. } => kept,
        }
    }
}

/// Writes the list below `key` in the form given; `None` where that cannot be done or a reader would get other items.
pub(super) fn render(key: &Block<'_>, (form, behind): (Form, &str), parts: &[Part]) -> Option<String> {
    let (head, _) = key.text.split_once(':')?;
    let entries: Vec<&Entry> = parts.iter().flat_map(Part::entries).collect();
    let is_open = parts.iter().any(|part| matches!(part, Part::Open { .. }));
    let in_line = !is_open && entries.iter().all(|entry| entry.before.is_empty() && (entry.from == Form::Flow || fits_flow(&entry.text)));
    let joined = || entries.iter().map(|entry| entry.text.trim_end()).collect::<Vec<_>>().join(", ");
    let body = match form {
        _ if entries.is_empty() && !is_open => format!(" []{behind}\n"),
        Form::Commas if !is_open && entries.iter().all(|entry| entry.from == Form::Commas) => format!(" {}\n", joined()),
        Form::Flow | Form::Commas if in_line => format!(" [{}]{behind}\n", joined()),
        // On one line there is no place for what a person must see.
        Form::Flow | Form::Commas if is_open => return None,
        form => {
            let indent = if let Form::Block(indent) = form { indent } else { 2 };
            format!("{behind}\n{}", parts.iter().map(|part| in_block(part, indent)).collect::<Option<String>>()?)
        }
    };
    let text = format!("{head}:{body}");
    reads_as(&text, key.key, (form, &entries)).then_some(text)
}

fn fits_flow(text: &str) -> bool {
    text.starts_with(['"', '\'']) || !text.trim_end().contains([',', '[', ']', '{', '}', ':', '#', '\n'])
}

fn in_block(part: &Part, indent: usize) -> Option<String> {
    let lines = |entries: &[Entry]| entries.iter().map(|entry| entry.in_block(indent)).collect::<Option<String>>();
    let Part::Open { kept, ours, theirs } = part else { return lines(part.entries()) };
    let mark = |text: &str| format!("{:indent$}# {text}\n", "");
    let shown = |entries: &[Entry]| {
        let text = if entries.is_empty() { format!("{:indent$}(removed)\n", "") } else { lines(entries)? };
        Some(text.lines().map(|line| mark(line.get(indent..).unwrap_or_default())).collect::<String>())
    };
    Some([lines(kept)?, mark("<<<<<<< ours"), shown(ours)?, mark("======="), shown(theirs)?, mark(">>>>>>> theirs")].concat())
}

/// Whether a reader gets exactly the items meant.
fn reads_as(text: &str, key: &str, (form, entries): (Form, &[&Entry])) -> bool {
    let document = Document::parse_yaml(text.as_bytes().to_vec());
    let Some(field) = document.field(key).filter(|_| document.fields().len() == 1) else { return false };
    match &field.node {
        Node::List(nodes) => nodes.iter().eq(entries.iter().map(|entry| &entry.node)),
        Node::Scalar(_) => form == Form::Commas,
        Node::Null | Node::Map(_) => false,
    }
}
