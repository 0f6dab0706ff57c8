//! Front matter as fields: read fast where it is plain, strictly where it is YAML, line by line where it is neither.

use super::{Node, Problem, canonical, lenient, strict};
use crate::base::{Rule, Severity};

/// The most bytes of front matter that are read as YAML; more is read line by line.
pub const LIMIT: usize = 64 * 1024;

/// How many problems are reported at most; the first ones matter.
const REPORTED: usize = 10;

/// One key of front matter with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The key, unquoted.
    pub key: String,
    pub node: Node,
    /// The line of the key in the file, counted from 1.
    pub line: u32,
    /// Whether a field before this one has the same key.
    pub(super) repeated: bool,
}

/// The front matter of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Front {
    pub(super) fields: Vec<Field>,
    pub(super) strict: bool,
}

impl Field {
    /// Whether a field before this one has the same key.
    pub fn is_repeated(&self) -> bool {
        self.repeated
    }
}

impl Front {
    /// Every key, in the order written.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }
}

/// Reads the YAML that begins at `first_line` of its file.
pub(super) fn read(text: &str, first_line: u32) -> (Front, Vec<Problem>) {
    let (mut front, mut problems) = read_fields(text);
    problems.truncate(REPORTED);
    let shift = first_line.saturating_sub(1);
    for line in front.fields.iter_mut().map(|field| &mut field.line).chain(problems.iter_mut().map(|problem| &mut problem.line)) {
        *line = line.saturating_add(shift);
    }
    (front, problems)
}

fn read_fields(text: &str) -> (Front, Vec<Problem>) {
    if text.len() > LIMIT {
        let (fields, mut problems) = lenient::read(text, None);
        let size = format!("the front matter has {} bytes; more than {LIMIT} are only read line by line", text.len());
        problems.push(Problem::new(Rule::FrontMatterSize, Severity::Error, 1, size).hint("move long texts into the body"));
        return (Front { fields, ..Front::default() }, problems);
    }
    if let Some(fields) = canonical::read(text) {
        return (Front { fields, strict: true }, Vec::new());
    }
    match strict::read(text) {
        Ok((fields, problems)) => (Front { fields, strict: problems.is_empty() }, problems),
        Err(broken) => {
            let (mut fields, problems) = lenient::read(text, Some(broken));
            mark_repeated(&mut fields);
            (Front { fields, ..Front::default() }, problems)
        }
    }
}

fn mark_repeated(fields: &mut [Field]) {
    let mut seen = std::collections::BTreeSet::new();
    for field in fields {
        field.repeated = !seen.insert(field.key.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_is_read_line_by_line() {
        let text = format!("id: ISS-1\ncontent: |-\n{}", "  some text\n".repeat(10_000));
        let (front, problems) = read(&text, 2);
        assert_eq!((front.fields[0].line, &front.fields[0].node), (2, &Node::Scalar("ISS-1".into())));
        assert!(!front.strict);
        assert!(problems.iter().any(|problem| problem.rule == Rule::FrontMatterSize));
    }
}
