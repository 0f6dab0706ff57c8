//! The memory categories of a project's own: a list of names, or names with what each demands.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Categories beyond the built-in ones, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Form", into = "Form")]
pub struct MemoryCategories(BTreeMap<String, MemoryCategory>);

/// What a category demands of its memories.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MemoryCategory {
    /// Keys that each of its memories must have.
    pub required: Vec<String>,
}

/// Both ways to write it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a list of names, or names with the keys that each requires: `{customer: {required: [contract]}}`")]
enum Form {
    Names(Vec<String>),
    Rules(BTreeMap<String, Option<MemoryCategory>>),
}

impl From<Form> for MemoryCategories {
    fn from(form: Form) -> Self {
        match form {
            Form::Names(names) => Self(names.into_iter().map(|name| (name, MemoryCategory::default())).collect()),
            Form::Rules(rules) => Self(rules.into_iter().map(|(name, rule)| (name, rule.unwrap_or_default())).collect()),
        }
    }
}

impl From<MemoryCategories> for Form {
    fn from(MemoryCategories(rules): MemoryCategories) -> Self {
        if rules.values().all(|rule| *rule == MemoryCategory::default()) {
            return Self::Names(rules.into_keys().collect());
        }
        Self::Rules(rules.into_iter().map(|(name, rule)| (name, Some(rule))).collect())
    }
}

impl MemoryCategories {
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The keys that the memories of a category must have.
    pub fn required(&self, category: &str) -> &[String] {
        self.0.get(category).map_or(&[], |rules| rules.required.as_slice())
    }

    /// Every key that some category demands.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.values().flat_map(|rules| rules.required.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_the_shorter_one_is_written() {
        let read = |text: &str| serde_yaml::from_str::<MemoryCategories>(text);
        let names = read("[law, customer]").unwrap();
        assert_eq!(serde_json::to_string(&names).unwrap(), r#"["customer","law"]"#);
        let rules = read("{customer: {required: [contract]}, law: }").unwrap();
        assert_eq!((rules.required("customer"), rules.required("law").len()), (&["contract".to_owned()][..], 0));
        assert_eq!(rules.names().collect::<Vec<_>>(), ["customer", "law"]);
        assert!(read("{customer: {requires: [x]}}").unwrap_err().to_string().contains("expected a list of names"));
    }
}
