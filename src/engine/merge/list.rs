//! Lists as sets: what either side added is in, what either side removed is out, and each item keeps its own writing.

use super::field::{Block, Versions};
use super::order::merged_order;
use super::three::Three;
use crate::document::{Document, Node};

#[derive(Default)]
struct List<'a> {
    form: Form,
    items: Vec<Item<'a>>,
    /// The comment after the key or the closing bracket, with the space before it.
    behind: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Form {
    /// `a, b` as one scalar.
    Commas,
    /// `[a, b]`
    Flow,
    /// `- a` below the key, after so many spaces.
    Block(usize),
    #[default]
    Nothing,
}

struct Item<'a> {
    /// What it says; repeated items are kept apart.
    name: String,
    /// How it is written: without its dash, on one line or several.
    text: &'a str,
    /// Comments before it.
    before: &'a str,
}

/// The lines of a list that both sides changed; `None` where they are not lists, or a person must choose.
pub(super) fn merge(versions: &Versions<'_>, is_set: bool) -> Option<String> {
    let lists = versions.map(|version| version.map_or(Some(List::default()), List::of)).all()?;
    let commas = [&lists.base, &lists.ours, &lists.theirs].iter().any(|list| list.form == Form::Commas);
    if commas && (!is_set || [&lists.ours, &lists.theirs].iter().all(|list| list.items.len() < 2)) {
        return None;
    }
    let names = lists.each().map(|list| list.items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>());
    // A mapping with two changes is one that was replaced twice.
    let mappings = lists.theirs.items.iter().any(|item| item.name.starts_with("Map("));
    if (commas || mappings || !is_set) && both_replaced(&names) {
        return None;
    }
    let kept: Vec<&str> = merged_order(&names).into_iter().filter(|name| stays(&names, name)).collect();
    let leading = versions.ours.or(versions.theirs)?;
    if kept.is_empty() && (versions.ours.is_none() || versions.theirs.is_none()) {
        return Some(String::new());
    }
    let text = render(leading, &lists, &kept)?;
    reads_as(&text, leading.key, &lists, &kept).then_some(text)
}

fn stays(names: &Three<Vec<&str>>, name: &&str) -> bool {
    let has = names.each().map(|names| names.contains(name));
    (has.ours && has.theirs) || (!has.base && (has.ours || has.theirs))
}

/// Whether both sides put other items in the place of the same one.
fn both_replaced(names: &Three<Vec<&str>>) -> bool {
    let gone = names.base.iter().any(|name| !names.ours.contains(name) && !names.theirs.contains(name));
    let added = |side: &[&str]| side.iter().filter(|name| !names.base.contains(name)).map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let (ours, theirs) = (added(&names.ours), added(&names.theirs));
    let is_within = |some: &[String], all: &[String]| some.iter().all(|name| all.contains(name));
    gone && !is_within(&ours, &theirs) && !is_within(&theirs, &ours)
}

impl<'a> List<'a> {
    fn of(block: &Block<'a>) -> Option<Self> {
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

    /// A scalar on one line, unquoted or of one item.
    fn commas(rest: &'a str) -> Option<Self> {
        let line = rest.strip_suffix('\n').filter(|line| !line.contains('\n') && !line.contains(" #"))?.trim();
        if line.starts_with(['|', '>', '&', '*', '!']) {
            return None;
        }
        let is_quoted = line.starts_with(['"', '\'']);
        let parts: Vec<&str> = if is_quoted { vec![line] } else { line.split(", ").map(str::trim).collect() };
        let named = |text: &'a str| (text.trim_matches(['"', '\'']).to_owned(), text, "");
        Some(Self { form: Form::Commas, items: tell_apart(parts.into_iter().map(named)), behind: "" })
    }

    fn flow(rest: &'a str, nodes: &[Node]) -> Option<Self> {
        let line = rest.strip_suffix('\n').filter(|line| !line.contains('\n'))?;
        let (inner, behind) = line.trim_start_matches(' ').strip_prefix('[')?.rsplit_once(']')?;
        if !(behind.trim().is_empty() || behind.trim_start().starts_with('#')) || inner.contains(['[', '{']) {
            return None;
        }
        let tokens: Vec<&str> = if inner.trim().is_empty() { Vec::new() } else { split_quoted(inner) };
        let named = tokens.iter().zip(nodes).map(|(token, node)| (name(node), token.trim(), ""));
        (tokens.len() == nodes.len()).then(|| Self { form: Form::Flow, items: tell_apart(named), behind: behind.trim_end() })
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
        let named = parts.iter().zip(nodes).map(|((before, text), node)| (name(node), *text, *before));
        let fits = parts.len() == nodes.len() && from == lines.len() && (behind.trim().is_empty() || behind.trim_start().starts_with('#'));
        fits.then(|| Self { form: Form::Block(indent), items: tell_apart(named), behind: behind.trim_end() })
    }
}

/// What an item says, whatever it is written like.
fn name(node: &Node) -> String {
    node.as_text().map_or_else(|| format!("{node:?}"), str::to_owned)
}

fn tell_apart<'a>(items: impl Iterator<Item = (String, &'a str, &'a str)>) -> Vec<Item<'a>> {
    let mut list: Vec<Item<'a>> = Vec::new();
    for (mut name, text, before) in items {
        while list.iter().any(|item| item.name == name) {
            name.push('\0');
        }
        list.push(Item { name, text, before });
    }
    list
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

/// Writes the list like the first version that has items.
fn render(leading: &Block<'_>, lists: &Three<List<'_>>, kept: &[&str]) -> Option<String> {
    let all = [&lists.ours, &lists.theirs, &lists.base];
    let items: Vec<(&Item<'_>, Form)> =
        kept.iter().filter_map(|name| all.iter().find_map(|list| Some((list.find(name)?, list.form)))).collect();
    let first = all.into_iter().find(|list| !list.items.is_empty())?;
    let (head, _) = leading.text.split_once(':')?;
    let safe =
        |item: &Item<'_>| item.text.starts_with(['"', '\'']) || !item.text.trim_end().contains([',', '[', ']', '{', '}', ':', '#', '\n']);
    let in_line = items.iter().all(|(item, form)| *form == Form::Flow || safe(item));
    let body: String = match first.form {
        _ if items.is_empty() => format!(" []{}\n", first.behind),
        Form::Commas if items.iter().all(|(_, form)| *form == Form::Commas) => {
            format!(" {}\n", items.iter().map(|(item, _)| item.text).collect::<Vec<_>>().join(", "))
        }
        Form::Flow | Form::Commas if in_line && items.iter().all(|(item, _)| item.before.is_empty()) => {
            let behind = first.behind;
            format!(" [{}]{behind}\n", items.iter().map(|(item, _)| item.text.trim_end()).collect::<Vec<_>>().join(", "))
        }
        form => {
            let indent = if let Form::Block(indent) = form { indent } else { 2 };
            let lines = items.iter().map(|(item, from)| in_block(item, *from, indent)).collect::<Option<String>>()?;
            format!("{}\n{lines}", first.behind)
        }
    };
    Some(format!("{head}:{body}"))
}

/// An item below its key; one of several lines keeps its own indentation or does not move.
fn in_block(item: &Item<'_>, from: Form, indent: usize) -> Option<String> {
    let text = item.text.trim_end_matches('\n');
    let fits = from == Form::Block(indent) || !text.contains('\n');
    fits.then(|| format!("{}{:indent$}- {text}\n", item.before, ""))
}

impl<'a> List<'a> {
    fn find(&self, name: &str) -> Option<&Item<'a>> {
        self.items.iter().find(|item| item.name == name)
    }
}

/// Whether a reader gets exactly the items meant.
fn reads_as(text: &str, key: &str, lists: &Three<List<'_>>, kept: &[&str]) -> bool {
    let document = Document::parse_yaml(text.as_bytes().to_vec());
    let Some(field) = document.field(key).filter(|_| document.fields().len() == 1) else { return false };
    match &field.node {
        Node::List(nodes) => nodes.iter().map(name).eq(kept.iter().map(|name| name.trim_end_matches('\0').to_owned())),
        Node::Scalar(_) => lists.ours.form == Form::Commas || lists.theirs.form == Form::Commas,
        Node::Null | Node::Map(_) => false,
    }
}
