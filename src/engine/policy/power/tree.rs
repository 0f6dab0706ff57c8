//! A file of settings as a tree, whatever it is written in, and what stands at which of its keys.

use crate::document::{Document, Node};

/// What could be read of a file.
pub(super) enum Tree {
    /// It is no file of settings.
    None,
    Node(Node),
    /// It should be one and cannot be read.
    Broken,
}

const NOTHING: &Node = &Node::Null;

impl Tree {
    pub(super) fn node(&self) -> &Node {
        if let Self::Node(node) = self { node } else { NOTHING }
    }
}

/// Reads a text by the name of its file.
pub(super) fn parse(name: &str, text: &str) -> Tree {
    if text.trim().is_empty() {
        return Tree::None;
    }
    let whole = |node: Option<Node>| node.map_or(Tree::Broken, Tree::Node);
    let extension = name.trim_start_matches('.').rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "json" | "jsonc" | "json5" | "code-workspace" => whole(json(text)),
        "toml" => whole(toml::from_str(text).ok()),
        // What GitLab calls by a tag of its own is a list.
        "yml" | "yaml" => whole(documents(&text.replace("!reference [", "["))),
        "md" | "mdc" => whole(yaml(&Document::parse(text.as_bytes().to_vec()))),
        "" => json(text).or_else(|| yaml(&Document::parse_yaml(text.as_bytes().to_vec()))).map_or(Tree::None, Tree::Node),
        _ => Tree::None,
    }
}

fn yaml(document: &Document) -> Option<Node> {
    let entries = document.fields().iter().map(|field| (field.key.clone(), field.node.clone()));
    document.is_strict().then(|| Node::Map(entries.collect()))
}

/// All documents of a file as one, such as the header with `spec` and the jobs of GitLab. What two of them say is open to readings.
fn documents(text: &str) -> Option<Node> {
    let mut texts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let rest = line.strip_prefix("---").filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        texts.extend(rest.map(|_| String::new()));
        texts.last_mut()?.push_str(rest.unwrap_or(line));
    }
    let mut all: Vec<(String, Node)> = Vec::new();
    for text in texts {
        let Node::Map(entries) = yaml(&Document::parse_yaml(text.into_bytes()))? else { return None };
        let is_said = |key: &str| all.iter().any(|(known, _)| known == key);
        if entries.iter().any(|(key, _)| is_said(key)) {
            return None;
        }
        all.extend(entries);
    }
    Some(Node::Map(all))
}

/// JSON as editors read it: with comments and a comma after the last item.
fn json(text: &str) -> Option<Node> {
    serde_json::from_str(text).ok().or_else(|| {
        let plain = plain(text);
        // Keys without quotes and quotes of the other kind are YAML, too.
        serde_json::from_str(&plain).ok().or_else(|| yaml(&Document::parse_yaml(plain.into_bytes())))
    })
}

fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            quote @ ('"' | '\'') => {
                let length = string_length(rest, quote);
                out.push_str(rest.get(..length).unwrap_or_default());
                length
            }
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            ']' | '}' => {
                let kept = out.trim_end();
                let kept = kept.strip_suffix(',').unwrap_or(kept).len();
                out.truncate(kept);
                out.push(c);
                1
            }
            c => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(skipped..).unwrap_or_default();
    }
    out
}

/// The length of the string at the beginning, with its quotes.
fn string_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The nodes at keys such as `jobs/*/env`, each with the keys that lead there. `*` stands for any text in a key and for the items
/// of a list, `**` for any number of levels.
pub(super) fn select<'a>(node: &'a Node, keys: &[&str]) -> Vec<(String, &'a Node)> {
    let mut found = Vec::new();
    for key in keys {
        let parts: Vec<&str> = key.split('/').collect();
        descend(node, &parts, String::new(), &mut found);
    }
    found
}

fn descend<'a>(node: &'a Node, parts: &[&str], at: String, found: &mut Vec<(String, &'a Node)>) {
    let Some((part, rest)) = parts.split_first() else {
        found.push((at, node));
        return;
    };
    if *part == "**" {
        descend(node, rest, at.clone(), found);
    }
    for (key, child) in children(node) {
        let below = if *part == "**" { parts } else { rest };
        let matches = *part == "**" || key.map_or(*part == "*", |key| super::super::protected::is_like(part, key));
        if matches {
            descend(child, below, join(&at, key), found);
        }
    }
}

fn children(node: &Node) -> Box<dyn Iterator<Item = (Option<&str>, &Node)> + '_> {
    match node {
        Node::Map(entries) => Box::new(entries.iter().map(|(key, node)| (Some(key.as_str()), node))),
        Node::List(items) => Box::new(items.iter().map(|node| (None, node))),
        Node::Null | Node::Scalar(_) => Box::new(std::iter::empty()),
    }
}

fn join(at: &str, key: Option<&str>) -> String {
    match key {
        Some(key) if at.is_empty() => key.to_owned(),
        Some(key) => format!("{at}.{key}"),
        None => at.to_owned(),
    }
}

/// The values below a node, each with the keys that lead to it; a list says nothing of the places in it.
pub(super) fn leaves(at: &str, node: &Node) -> Vec<(String, String)> {
    match node {
        Node::Scalar(value) => vec![(at.to_owned(), value.clone())],
        _ if children(node).next().is_none() => vec![(at.to_owned(), String::new())],
        _ => children(node).flat_map(|(key, child)| leaves(&join(at, key), child)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_last_commas_are_left_out() {
        let text = "{\n // a\n \"a//b\": [1, 2,], /* c */ \"d\\\"e\": \"/*\",\n}\n";
        let node = json(text).unwrap();
        assert_eq!(leaves("", &node), [("a//b", "1"), ("a//b", "2"), ("d\"e", "/*")].map(|(key, value)| (key.into(), value.into())));
        assert!(matches!(parse("a.json5", "{a: '//', /* b */ c: [1,],}"), Tree::Node(_)));
        assert!(matches!(parse("a.json", "{"), Tree::Broken));
        for (text, wanted) in [
            ("%YAML 1.2\n---\na: 1\n", false),
            ("# a\n--- # b\na: |\n  x\n  ---\n---\nb: 2", true),
            ("---\na: 1\n---\n", true),
            ("--- {a: 1}\n---\n{b: 2}", true),
            ("a: 1\n---\na: 2", false),
            ("a: 1\n---\nb: [", false),
            ("a: 1\n---\n- b", false),
        ] {
            assert_eq!(matches!(parse("a.yml", text), Tree::Node(_)), wanted, "{text}");
        }
        assert!(matches!(parse(".rc", "a\nb"), Tree::None));
    }

    #[test]
    fn keys_lead_to_nodes() {
        let node = json(r#"{"a": {"b": [{"run": "x"}, {"run": "y"}]}, "run": "z", "git.path": "p"}"#).unwrap();
        let found = |key: &str| -> Vec<String> {
            select(&node, &[key]).iter().flat_map(|(at, node)| leaves(at, node)).map(|leaf| leaf.1).collect()
        };
        assert_eq!(found("a/b/*/run"), ["x", "y"]);
        assert_eq!(found("**/run"), ["z", "x", "y"]);
        assert_eq!(found("*.path"), ["p"]);
        assert_eq!(found("b"), [""; 0]);
    }
}
