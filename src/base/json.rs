//! Our own values as JSON text. Each of them has such a form: one without it is a bug, and never an empty file. Where no error
//! can be handed on, `serde_json::json!` makes it a panic, which ends the program in the same way.

use serde::Serialize;

use super::error::{Exit, Explain, Explained};

/// A value without a JSON form.
#[derive(Debug, thiserror::Error)]
#[error("{kind} cannot be written as JSON: {reason}")]
pub struct JsonError {
    kind: &'static str,
    /// Why not, in serde's words.
    pub reason: String,
}

impl Explain for JsonError {
    fn explain(&self) -> Explained {
        Explained::new(Exit::Bug, "not_json").hint(
            "paths must be UTF-8 here: move the repository if its folder has another name; else this is a bug of cmpm, please report it",
        )
    }
}

/// On one line.
pub fn line(value: &impl Serialize) -> Result<String, JsonError> {
    serde_json::to_string(value).map_err(|error| failed(value, &error))
}

/// On several lines, as people read it.
pub fn pretty(value: &impl Serialize) -> Result<String, JsonError> {
    serde_json::to_string_pretty(value).map_err(|error| failed(value, &error))
}

fn failed<T>(value: &T, error: &serde_json::Error) -> JsonError {
    JsonError { kind: std::any::type_name_of_val(value), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::base::Failure;

    #[test]
    fn what_has_no_json_form_is_a_bug_and_not_empty() {
        let odd = BTreeMap::from([(vec![1], "a list as a key")]);
        for error in [line(&odd).unwrap_err(), pretty(&odd).unwrap_err()] {
            let error = Failure::from(error);
            assert_eq!(error.exit(), Exit::Bug);
            assert!(error.to_string().contains("BTreeMap<alloc::vec::Vec<i32>, &str> cannot be written as JSON: key must be"), "{error}");
        }
        assert_eq!((line(&[1, 2]).unwrap(), pretty(&[1]).unwrap()), ("[1,2]".into(), "[\n  1\n]".into()));
    }
}
