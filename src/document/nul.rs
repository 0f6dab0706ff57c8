//! NUL characters: git and most tools take a text with one for binary, so none belongs in a document.

use memchr::memchr;

use super::lines::LineCounter;
use super::{Document, Node, Problem};
use crate::base::{Rule, Severity};

impl Document {
    /// The line of the first NUL character, also of one that a key's value only spells out.
    pub fn find_nul(&self) -> Option<u32> {
        let written = memchr(0, self.text.as_bytes()).map(|at| LineCounter::new(&self.text).line_of(at));
        written.or_else(|| self.fields().iter().find(|field| has_nul(&field.node)).map(|field| field.line))
    }

    pub(super) fn note_nul(&mut self) {
        if let Some(line) = self.find_nul() {
            let problem = Problem::new(Rule::NulCharacter, Severity::Error, line, "there is a NUL character (U+0000) here");
            self.problems.push(problem.hint("remove it; git shows no diff for such a file"));
        }
    }
}

fn has_nul(node: &Node) -> bool {
    match node {
        Node::Null => false,
        Node::Scalar(text) => text.contains('\0'),
        Node::List(items) => items.iter().any(has_nul),
        Node::Map(entries) => entries.iter().any(|(_, node)| has_nul(node)),
    }
}
