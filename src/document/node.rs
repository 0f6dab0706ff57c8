//! What front matter says, with every scalar as the text that was written.

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A value of front matter. Scalars stay text (`100.10`, `00e1`, `no`, `2025-01-01`) until a typed field asks for more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Node {
    /// Nothing, `~` or `null`.
    #[default]
    Null,
    /// A scalar: unquoted, unfolded, otherwise as written.
    Scalar(String),
    List(Vec<Node>),
    /// A mapping, in the order written.
    Map(Vec<(String, Node)>),
}

impl Node {
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The scalars of a list; a single scalar is a list of one. Empty texts are left out.
    pub fn texts(&self) -> Vec<String> {
        let items = if let Self::List(items) = self { items.as_slice() } else { std::slice::from_ref(self) };
        items.iter().filter_map(Self::as_text).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// Whether it is a text, a list of texts or nothing.
    pub fn is_flat(&self) -> bool {
        match self {
            Self::Null | Self::Scalar(_) => true,
            Self::List(items) => items.iter().all(|item| matches!(item, Self::Null | Self::Scalar(_))),
            Self::Map(entries) => entries.is_empty(),
        }
    }

    /// The value of `key` in a mapping.
    pub fn find(&self, key: &str) -> Option<&Node> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// How many nodes and bytes this is, for the limit on what aliases may expand to.
    pub(super) fn weight(&self) -> usize {
        1 + match self {
            Self::Null => 0,
            Self::Scalar(text) => text.len(),
            Self::List(items) => items.iter().map(Self::weight).sum(),
            Self::Map(entries) => entries.iter().map(|(key, node)| key.len() + node.weight()).sum(),
        }
    }

    /// How deep lists and mappings are nested in this.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Null | Self::Scalar(_) => 0,
            Self::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Map(entries) => 1 + entries.iter().map(|(_, node)| node.depth()).max().unwrap_or(0),
        }
    }

    /// What an unquoted, untagged scalar says.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        if is_null(&text) { Self::Null } else { Self::Scalar(text) }
    }
}

/// Whether an unquoted scalar stands for nothing (YAML 1.2 core schema).
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Scalar(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, node) in entries {
                    map.serialize_entry(key, node)?;
                }
                map.end()
            }
        }
    }
}

/// So that a typed record can keep a part it does not know.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> de::Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text, a list or a mapping")
    }
    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }
    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.to_string()))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.to_string()))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.to_string()))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(value.to_string()))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Scalar(text.to_owned()))
    }
    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }
    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Node::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_json_with_text_for_scalars() {
        let node = Node::Map(vec![("a".into(), Node::List(vec![Node::plain("00e1"), Node::plain("~")])), ("b".into(), Node::Map(vec![]))]);
        let json = serde_json::to_string(&node).unwrap();
        assert_eq!(json, r#"{"a":["00e1",null],"b":{}}"#);
        assert_eq!(serde_json::from_str::<Node>(&json).unwrap(), node);
    }

    #[test]
    fn one_scalar_is_a_list_of_one() {
        assert_eq!(Node::plain("a, b").texts(), ["a, b"]);
        assert_eq!(Node::Scalar(String::new()).texts(), Vec::<String>::new());
        assert_eq!(Node::List(vec![Node::plain("a"), Node::Null, Node::plain("b")]).texts(), ["a", "b"]);
    }
}
