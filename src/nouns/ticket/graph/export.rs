//! The graph for drawing programs. What tickets say is quoted so that it can be nothing but a label.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::base::text;
use crate::config::Category;
use crate::words::{Order, Property};

use super::{TicketGraph, TicketNode};

/// Longer titles make boxes that nobody can read.
const TITLE: usize = 60;

/// For Graphviz.
pub(super) fn dot(graph: &TicketGraph) -> String {
    let mut out = String::from(
        "digraph tickets {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fillcolor=\"#ffffff\"];\n  edge [fontname=\"sans-serif\"];\n",
    );
    for node in &graph.nodes {
        let label = label(node).iter().map(|line| quoted(line)).collect::<Vec<_>>().join("\\n");
        let border = if node.blocked { ", color=\"#b42318\", penwidth=2" } else { "" };
        let _ = writeln!(out, "  \"{}\" [label=\"{label}\", fillcolor=\"{}\"{border}];", quoted(node.id.as_str()), fill(node.category));
    }
    for edge in &graph.edges {
        let (verb, order) = edge.arrow();
        let style = match order {
            Order::Part => format!("style=dashed, arrowhead=empty, label=\"{verb}\""),
            Order::After | Order::Before => format!("label=\"{verb}\""),
            Order::Free if edge.relation == Property::Related => "style=dotted, dir=none".to_owned(),
            Order::Free => format!("style=dotted, label=\"{verb}\""),
        };
        let _ = writeln!(out, "  \"{}\" -> \"{}\" [{style}];", quoted(&edge.from), quoted(&edge.to));
    }
    out.push_str("}\n");
    out
}

/// Text within `"…"` of DOT, where only these two mean something.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// For Mermaid, as GitHub draws it in Markdown.
pub(super) fn mermaid(graph: &TicketGraph) -> String {
    let mut out = String::from("flowchart LR\n");
    let numbers: HashMap<&str, usize> = graph.nodes.iter().enumerate().map(|(number, node)| (node.id.as_str(), number)).collect();
    for (number, node) in graph.nodes.iter().enumerate() {
        let label = label(node).iter().map(|line| entities(line)).collect::<Vec<_>>().join("<br/>");
        let class = if node.blocked { "blocked" } else { node.category.as_str() };
        let _ = writeln!(out, "  t{number}[\"{label}\"]:::{class}");
    }
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (numbers.get(edge.from.as_str()), numbers.get(edge.to.as_str())) else { continue };
        let (verb, order) = edge.arrow();
        let arrow = match order {
            Order::After | Order::Before => format!("-- {verb} -->"),
            Order::Free if edge.relation == Property::Related => "-.-".to_owned(),
            Order::Part | Order::Free => format!("-. {verb} .->"),
        };
        let _ = writeln!(out, "  t{from} {arrow} t{to}");
    }
    for category in [Category::Todo, Category::Active, Category::Done, Category::Cancelled] {
        let _ = writeln!(out, "  classDef {} fill:{},stroke:#475467,color:#101828", category.as_str(), fill(category));
    }
    out.push_str("  classDef blocked fill:#ffffff,stroke:#b42318,stroke-width:2px,color:#101828\n");
    out
}

/// Text as a label of Mermaid: all but letters, digits and what is harmless everywhere becomes a number.
fn entities(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() || " -_.,:/!?".contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}

/// Id, with how much is done of its parts, and title.
fn label(node: &TicketNode) -> [String; 2] {
    let done = node.progress.map(|progress| format!(" {progress}")).unwrap_or_default();
    [format!("{}{done}", node.id), text::fit(&text::one_line(&node.title), TITLE)]
}

fn fill(category: Category) -> &'static str {
    match category {
        Category::Todo => "#ffffff",
        Category::Active => "#fef0c7",
        Category::Done => "#d1fadf",
        Category::Cancelled => "#eaecf0",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_nothing_but_a_title() {
        assert_eq!(quoted(r#"a" ]; evil [label="\N"#), r#"a\" ]; evil [label=\"\\N"#);
        assert_eq!(entities("ä \"<b>%%{init}%%` #1;"), "ä #34;#60;b#62;#37;#37;#123;init#125;#37;#37;#96; #35;1#59;");
    }
}
