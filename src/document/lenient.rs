//! The line-based reader for front matter that is not valid YAML: for display and search, never for rights.
//!
//! Each key with the lines below it is read strictly by itself; only what does not parse even so is taken as raw text.

use std::ops::Range;

use super::front::{Field, LIMIT};
use super::lines::{BLANK, lines};
use super::strict::{self, Broken};
use super::syntax::split_key;
use super::{Node, Problem};
use crate::base::{Rule, Severity, text};

/// How much of a key or a value a message repeats.
const SHOWN: usize = 60;

/// Reads what can be read; the problems say what is broken, `whole` what is wrong with the text as a whole, if known.
pub(super) fn read(text: &str, whole: Option<Broken>) -> (Vec<Field>, Vec<Problem>) {
    let (mut fields, mut problems) = (Vec::new(), Vec::new());
    for chunk in chunks(text) {
        let Some(lines) = text.get(chunk.range.clone()) else { continue };
        match chunk.key {
            Some((key, rest)) => {
                let (node, problem) = value(key, lines, rest);
                problems.extend(problem.map(|problem| at(problem, chunk.line)));
                fields.push(Field { key: key.to_owned(), node, line: chunk.line, repeated: false });
            }
            None => problems.push(stray_line(chunk.line)),
        }
    }
    if let Some(whole) = whole.filter(|_| problems.is_empty() || fields.is_empty()) {
        let last = lines(text).filter(|line| !line.is_blank()).map(|line| line.number).last().unwrap_or(1);
        problems = vec![syntax(whole.line.min(last), format!("this is not valid YAML: {}", whole.message))];
    }
    (fields, problems)
}

struct Chunk<'a> {
    /// The key, and the byte after its `:`; `None` for a line that belongs nowhere.
    key: Option<(&'a str, usize)>,
    line: u32,
    range: Range<usize>,
}

/// Each key at the left edge with the lines that belong to it.
fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks: Vec<Chunk<'_>> = Vec::new();
    for line in lines(text) {
        let key = split_key(line.text);
        match chunks.last_mut() {
            Some(last) if key.is_none() && line.is_below_key() => last.range.end = line.range.end,
            None if line.is_blank() || line.is_comment() => {}
            _ => chunks.push(Chunk { key, line: line.number, range: line.range }),
        }
    }
    chunks
}

/// The value of one chunk: strictly read if possible.
fn value(key: &str, chunk: &str, rest: usize) -> (Node, Option<Problem>) {
    let read = if chunk.len() > LIMIT { Err(Broken { line: 1, message: "too long".to_owned() }) } else { strict::read(chunk) };
    match read {
        Ok((mut fields, _)) if fields.len() == 1 => (fields.pop().map(|field| field.node).unwrap_or_default(), None),
        Ok(_) => (Node::Null, None),
        Err(broken) => {
            let node = raw(chunk.get(rest..).unwrap_or_default());
            // What is not closed is noticed only after the end; the last line of the value is where to look.
            let last = lines(chunk).filter(|line| !line.is_blank()).map(|line| line.number).last().unwrap_or(1);
            let name = text::fit(key, SHOWN);
            let problem = syntax(broken.line.min(last), format!("the value of `{name}` is not valid YAML: {}", broken.message));
            let problem = problem.hint(hint(key, chunk, &node));
            (node, Some(problem))
        }
    }
}

/// What the text under a key says if it is not taken as YAML.
fn raw(text: &str) -> Node {
    let mut below = lines(text).filter(|line| !line.is_blank()).map(|line| line.text.trim_matches(BLANK));
    let first = if text.starts_with(['\n', '\r']) { "" } else { below.next().unwrap_or_default() };
    let below: Vec<&str> = below.collect();
    let items = || below.iter().map(|line| line.strip_prefix('-').filter(|item| item.starts_with(BLANK)));
    if first.is_empty() && items().all(|item| item.is_some()) {
        return Node::List(items().flatten().map(raw_scalar).collect());
    }
    if let Some(inner) = first.strip_prefix('[').and_then(|flow| flow.strip_suffix(']')).filter(|_| below.is_empty()) {
        return Node::List(inner.split(',').map(raw_scalar).collect());
    }
    let mut text = first.to_owned();
    for line in below {
        text.push(' ');
        text.push_str(line);
    }
    raw_scalar(&text)
}

fn raw_scalar(text: &str) -> Node {
    let text = text.trim_matches(BLANK);
    let inner = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.map_or_else(|| Node::plain(text), |inner| Node::Scalar(inner.to_owned()))
}

/// How to fix a value that is not YAML: nearly always by quoting it.
fn hint(key: &str, chunk: &str, node: &Node) -> String {
    if chunk.contains('\t') {
        return "write spaces where there is a tab".to_owned();
    }
    match node {
        Node::Scalar(list) if list.starts_with('[') && !list.contains(']') => {
            format!("close the list of `{}` with `]`", text::fit(key, SHOWN))
        }
        Node::Scalar(text) if text.len() <= SHOWN => format!("quote it: {key}: '{}'", text.replace('\'', "''")),
        Node::List(items) => match items.iter().filter_map(Node::as_text).find(|item| strict::read(&format!("a: {item}")).is_err()) {
            Some(item) if item.len() <= SHOWN => format!("quote it: - '{}'", item.replace('\'', "''")),
            Some(_) => format!("put the items below `{}` in quotes", text::fit(key, SHOWN)),
            None => format!("check the list below `{}`", text::fit(key, SHOWN)),
        },
        _ => format!("put the whole value of `{}` in quotes", text::fit(key, SHOWN)),
    }
}

fn syntax(line: u32, message: String) -> Problem {
    Problem::new(Rule::YamlSyntax, Severity::Error, line, message)
}

fn stray_line(line: u32) -> Problem {
    syntax(line, "this line of the front matter is not `key: value`".to_owned()).hint("indent it below its key, or write `key: value`")
}

/// The problem, counted from line 1 of a chunk, in the text that has the chunk at `line`.
fn at(mut problem: Problem, line: u32) -> Problem {
    problem.line = problem.line.saturating_add(line).saturating_sub(1);
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> (Node, Vec<Problem>) {
        let (mut fields, problems) = read(text, None);
        (fields.remove(0).node, problems)
    }

    #[test]
    fn an_unquoted_name_is_read_and_fixed_by_quoting() {
        let (node, problems) = field("assignee: @codex\nstatus: To Do\n");
        assert_eq!(node, Node::Scalar("@codex".into()));
        assert_eq!((problems[0].line, problems[0].hint.as_deref()), (1, Some("quote it: assignee: '@codex'")));
        let (node, problems) = field("assignee:\n  - ok\n  - @codex\n");
        assert_eq!(node.texts(), ["ok", "@codex"]);
        assert_eq!(problems[0].hint.as_deref(), Some("quote it: - '@codex'"));
        assert_eq!(problems[0].line, 3);
    }

    #[test]
    fn sound_keys_keep_their_strict_value() {
        let (fields, _) = read("a: b: c\nb: \"x\\ty\" # c\nc: [a, 'b, c']\nd: >-\n  two\n  lines\n", None);
        assert_eq!(fields[0].node, Node::Scalar("b: c".into()));
        assert_eq!(fields[1].node, Node::Scalar("x\ty".into()));
        assert_eq!(fields[2].node.texts(), ["a", "b, c"]);
        assert_eq!(fields[3].node, Node::Scalar("two lines".into()));
    }

    #[test]
    fn lines_that_are_no_keys_are_reported() {
        let (fields, problems) = read("eip: 1\ncategory ERC\ncreated: 31 October 2018\n", None);
        assert_eq!(fields.len(), 2);
        assert_eq!((problems.len(), problems[0].line), (1, 2));
    }
}
