//! Settings as users see them: every value with where it comes from.

mod get;
mod list;
mod set;

verbs! {
    /// What can be done with settings.
    Command {
        Get(get::Get),
        List(list::List),
        Set(set::Set),
        Unset(set::Unset),
    }
}

/// A value as one line.
fn one_line(value: &serde_yaml::Value) -> String {
    match value {
        serde_yaml::Value::String(text) => text.clone(),
        serde_yaml::Value::Null => "(not set)".to_owned(),
        other => serde_json::json!(other).to_string(),
    }
}
