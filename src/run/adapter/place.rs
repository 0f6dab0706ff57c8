//! Where a value is in what a program printed: a path, among which lines, and how many of them count.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A dotted path into JSON documents, and which of the documents count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Place {
    path: String,
    /// Dotted paths with the value that each must have.
    #[serde(rename = "where")]
    fits: BTreeMap<String, Value>,
    take: Take,
}

/// How many documents a value is taken from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Take {
    /// The last one that has it.
    #[default]
    Last,
    /// All that have it: numbers are added up, texts are joined.
    All,
}

/// The two ways of writing a place.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "expected a dotted path, or `path` with `where` and `take`")]
enum Written {
    Path(String),
    Whole {
        path: String,
        #[serde(default, rename = "where")]
        fits: BTreeMap<String, Value>,
        #[serde(default)]
        take: Take,
    },
}

impl From<Written> for Place {
    fn from(written: Written) -> Self {
        match written {
            Written::Path(path) => Self { path, fits: BTreeMap::new(), take: Take::Last },
            Written::Whole { path, fits, take } => Self { path, fits, take },
        }
    }
}

impl Place {
    /// The value in the documents, in the order they were printed; `None` if no document that fits has it.
    pub fn find(&self, documents: &[Value]) -> Option<Value> {
        let fits = |document: &&Value| self.fits.iter().all(|(path, wanted)| dotted(document, path) == Some(wanted));
        let mut found = documents.iter().filter(fits).filter_map(|document| dotted(document, &self.path));
        match self.take {
            Take::Last => found.next_back().cloned(),
            Take::All => found.cloned().reduce(|sum, value| add(&sum, &value)),
        }
    }
}

fn dotted<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(document, |value, part| value.get(part)).filter(|value| !value.is_null())
}

fn add(sum: &Value, value: &Value) -> Value {
    match (sum.as_u64().zip(value.as_u64()), sum.as_f64().zip(value.as_f64())) {
        (Some((a, b)), _) => a.saturating_add(b).into(),
        (None, Some((a, b))) => (a + b).into(),
        (None, None) => (text_of(sum) + &text_of(value)).into(),
    }
}

/// A value as text: the text itself, or its JSON.
pub fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(place: &str) -> Option<Value> {
        let documents = [
            json!({"type": "step", "part": {"cost": 1, "text": "a"}}),
            json!({"type": "step", "part": {"cost": 0.5, "text": "b"}}),
            json!({"type": "note", "part": {"cost": 7, "text": null}, "n": 2}),
        ];
        serde_yaml::from_str::<Place>(place).unwrap().find(&documents)
    }

    #[test]
    fn a_path_alone_is_taken_from_the_last_that_has_it() {
        assert_eq!(find("part.cost"), Some(json!(7)));
        assert_eq!(find("part.text"), Some(json!("b")));
        assert_eq!(find("part.cost.more"), None);
    }

    #[test]
    fn where_chooses_and_all_adds_up() {
        assert_eq!(find("{path: part.cost, where: {type: step}}"), Some(json!(0.5)));
        assert_eq!(find("{path: part.cost, where: {type: step}, take: all}"), Some(json!(1.5)));
        assert_eq!(find("{path: part.text, take: all}"), Some(json!("ab")));
        assert_eq!(find("{path: part.cost, where: {type: note, n: 2}}"), Some(json!(7)));
        assert_eq!(find("{path: part.cost, where: {type: note, n: 3}}"), None);
    }

    #[test]
    fn a_misspelt_key_is_an_error() {
        let error = serde_yaml::from_str::<Place>("{path: a, when: {b: c}}").unwrap_err().to_string();
        assert!(error.contains("expected a dotted path"), "{error}");
    }

    #[test]
    fn a_place_survives_the_job_file() {
        let place: Place = serde_yaml::from_str("{path: a, where: {b: 1}, take: all}").unwrap();
        let again: Place = serde_json::from_str(&serde_json::to_string(&place).unwrap()).unwrap();
        assert_eq!(again, place);
    }
}
