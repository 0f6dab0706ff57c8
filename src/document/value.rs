//! What can be written into front matter.

use serde_json::Value as Json;

use super::Node;

/// A value on its way into front matter. Texts are quoted wherever some reader would take them for something else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    Text(String),
    /// A number or boolean, written as it is; anything else in here is written as a text.
    Bare(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

impl Value {
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::Text(text.into())).collect())
    }

    /// What a reader gets when this was written.
    pub fn to_node(&self) -> Node {
        match self {
            Self::Null => Node::Null,
            Self::Text(text) | Self::Bare(text) => Node::Scalar(text.clone()),
            Self::List(items) => Node::List(items.iter().map(Self::to_node).collect()),
            Self::Map(entries) => Node::Map(entries.iter().map(|(key, value)| (key.clone(), value.to_node())).collect()),
        }
    }
}

impl From<&Value> for Value {
    fn from(value: &Value) -> Self {
        value.clone()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Clone + Into<Value>> From<&[T]> for Value {
    fn from(items: &[T]) -> Self {
        Self::List(items.iter().cloned().map(Into::into).collect())
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bare(truth.to_string())
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(number: $type) -> Self {
                Self::Bare(number.to_string())
            }
        }
    )*};
}
numbers!(u8, u16, u32, u64, usize, i32, i64, f64);

/// So that anything serializable can be written, by way of `serde_json::to_value`.
impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => truth.into(),
            Json::Number(number) => Self::Bare(number.to_string()),
            Json::String(text) => Self::Text(text),
            Json::Array(items) => items.into(),
            Json::Object(entries) => Self::Map(entries.into_iter().map(|(key, value)| (key, value.into())).collect()),
        }
    }
}

/// What was read, to be written again: scalars as texts.
impl From<Node> for Value {
    fn from(node: Node) -> Self {
        match node {
            Node::Null => Self::Null,
            Node::Scalar(text) => Self::Text(text),
            Node::List(items) => items.into(),
            Node::Map(entries) => Self::Map(entries.into_iter().map(|(key, node)| (key, node.into())).collect()),
        }
    }
}
