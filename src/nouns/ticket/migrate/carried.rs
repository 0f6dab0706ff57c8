//! What a migration takes over as it stands: every key of a file that no field of cmpm's own form has the meaning of.

use crate::base::RepoPath;
use crate::document::{Document, Field, Node, Value};

use super::super::file::draft::IMPORTED;

/// Something of a file that is not in it any more, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Dropped {
    /// The file.
    pub path: RepoPath,
    /// What was in it.
    pub key: String,
    /// What stood there.
    pub value: serde_json::Value,
    /// Why it is not carried over.
    pub reason: String,
}

impl Dropped {
    /// A field of a file that is left out.
    pub fn field(path: &RepoPath, field: &Field, reason: &str) -> Self {
        Self { path: path.clone(), key: field.key.clone(), value: serde_json::json!(field.node), reason: reason.to_owned() }
    }
}

/// Takes over every field that `is_said` does not tell of: in the very lines that stand there or at least with its value, and
/// under [`IMPORTED`] where its key is taken. Returns what cannot be written.
pub fn carry<'a>(new: &mut Document, old: &'a Document, is_said: &dyn Fn(&Field) -> bool) -> Vec<&'a Field> {
    let (mut odd, mut lost) = (Vec::new(), Vec::new());
    for field in old.fields().iter().filter(|field| !is_said(field)) {
        if new.field(&field.key).is_some() {
            odd.push(field);
        } else if old.is_headed() || new.copy_field(&field.key, old).is_err() {
            lost.extend(new.set(&field.key, Value::from(field.node.clone())).is_err().then_some(field));
        }
    }
    lost.extend(odd.into_iter().filter(|field| set_apart(new, field).is_none()));
    lost
}

/// What of a migrated file is not in the new one: fields that cannot be written, and what stands next to the keys.
pub fn left_out(path: &RepoPath, (old, new): (&Document, &Document), lost: &[&Field]) -> Vec<Dropped> {
    let fields = lost.iter().map(|field| Dropped::field(path, field, "it cannot be written as front matter"));
    let beside = beside_keys(old).filter(|text| !new.as_str().contains(text.trim_matches(['"', '\''])));
    let reason = "it is a comment, or a line without a key";
    let beside = beside.map(|text| Dropped { path: path.clone(), key: text.to_owned(), value: text.into(), reason: reason.to_owned() });
    fields.chain(beside).collect()
}

/// Comments in front matter, and lines of a broken one that no key has. A text with ` #` in it may be among them.
fn beside_keys(old: &Document) -> impl Iterator<Item = &str> {
    let length = old.front().map_or(0, |_| old.as_str().len() - old.body().len());
    let is_strict = old.is_strict();
    let beside = move |line: &'_ str| {
        // In a quoted text it is none.
        let quoted = line.split_once(": ").is_some_and(|(_, value)| value.starts_with(['"', '\'']));
        let comment = if quoted { line.rfind("\" #").or_else(|| line.rfind("' #")).map(|at| at + 1) } else { line.find(" #") };
        let comment = comment.or_else(|| line.starts_with('#').then_some(0));
        comment.or_else(|| (!is_strict && !line.contains(':')).then(|| line.len() - line.trim_start_matches([' ', '-']).len()))
    };
    let lines = old.as_str().get(..length).unwrap_or_default().lines();
    lines.filter_map(move |line| Some(line.get(beside(line)?..)?.trim())).filter(|text| !text.is_empty())
}

/// Puts a field under [`IMPORTED`].
fn set_apart(new: &mut Document, field: &Field) -> Option<()> {
    let mut entries = match new.field(IMPORTED).map(|field| field.node.clone()) {
        None => Vec::new(),
        Some(Node::Map(entries)) => entries,
        Some(_) => return None,
    };
    if entries.iter().any(|(key, _)| *key == field.key) {
        return None;
    }
    entries.push((field.key.clone(), field.node.clone()));
    new.set(IMPORTED, Value::from(Node::Map(entries))).ok()
}
