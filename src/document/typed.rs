//! From nodes into typed structs: a scalar is parsed only when a field asks for a number or a boolean.

use serde::de::value::{MapAccessDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{self, DeserializeOwned, IntoDeserializer, Unexpected, Visitor};

use super::Node;

/// Why a value does not fit the type that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeError {
    /// The keys that lead to the value, outermost first.
    path: Vec<String>,
    message: String,
}

impl std::fmt::Display for NodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path.join("."))?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for NodeError {}

impl de::Error for NodeError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { path: Vec::new(), message: message.to_string() }
    }
}

impl NodeError {
    fn within(mut self, key: &str) -> Self {
        self.path.insert(0, key.to_owned());
        self
    }
}

impl Node {
    /// This value as a typed one.
    ///
    /// A single scalar is a list of one where a list is asked for. Behind `#[serde(flatten)]` and in untagged enums serde
    /// does not say what it wants, so scalars arrive there as text.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, NodeError> {
        T::deserialize(self)
    }

    fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Self::Null => Unexpected::Unit,
            Self::Scalar(text) => Unexpected::Str(text),
            Self::List(_) => Unexpected::Seq,
            Self::Map(_) => Unexpected::Map,
        }
    }

    /// The scalar parsed as `T`.
    fn parse<'de, T, V: Visitor<'de>>(&'de self, parse: fn(&str) -> Option<T>, visitor: &V) -> Result<T, NodeError> {
        self.as_text().and_then(parse).ok_or_else(|| de::Error::invalid_type(self.unexpected(), visitor))
    }
}

/// The booleans of the YAML 1.2 core schema.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn float(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
            let number = self.parse(|text| text.parse::<$type>().ok(), &visitor)?;
            visitor.$visit(number)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for &'de Node {
    type Error = NodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        match self {
            Node::Null => visitor.visit_unit(),
            Node::Scalar(text) => visitor.visit_borrowed_str(text),
            Node::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            Node::Map(entries) => visitor.visit_map(Entries::all(entries)),
        }
    }

    integers!(
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64
    );

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        let number = self.parse(float, &visitor)?;
        visitor.visit_f64(number)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        let truth = self.parse(boolean, &visitor)?;
        visitor.visit_bool(truth)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        if *self == Node::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        match self {
            Node::Scalar(_) => visitor.visit_seq(SeqDeserializer::new(std::iter::once(self))),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, NodeError> {
        match self {
            Node::Map(entries) => visitor.visit_map(Entries::present(entries.iter().map(|(key, node)| (key.as_str(), node)))),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, NodeError> {
        match self {
            Node::Scalar(text) => visitor.visit_enum(StrDeserializer::<NodeError>::new(text)),
            Node::Map(entries) => visitor.visit_enum(MapAccessDeserializer::new(Entries::all(entries))),
            _ => Err(de::Error::invalid_type(self.unexpected(), &visitor)),
        }
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, NodeError> for &'de Node {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

/// A mapping on its way into a typed value.
pub(super) struct Entries<'de> {
    rest: std::vec::IntoIter<(&'de str, &'de Node)>,
    current: Option<(&'de str, &'de Node)>,
}

impl<'de> Entries<'de> {
    fn all(entries: &'de [(String, Node)]) -> Self {
        Self { rest: entries.iter().map(|(key, node)| (key.as_str(), node)).collect::<Vec<_>>().into_iter(), current: None }
    }

    /// For a struct, where a key with nothing after it is as good as absent.
    pub(super) fn present(entries: impl Iterator<Item = (&'de str, &'de Node)>) -> Self {
        Self { rest: entries.filter(|(_, node)| **node != Node::Null).collect::<Vec<_>>().into_iter(), current: None }
    }
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = NodeError;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, NodeError> {
        self.current = self.rest.next();
        self.current.map(|(key, _)| seed.deserialize(key.into_deserializer())).transpose()
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, NodeError> {
        let Some((key, node)) = self.current else { return Err(de::Error::custom("a value without a key")) };
        seed.deserialize(node).map_err(|error: NodeError| error.within(key))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Issue,
        Points(u8),
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Record {
        id: String,
        kind: Kind,
        estimate: Option<u32>,
        confidence: f64,
        #[serde(default)]
        labels: Vec<String>,
        open: bool,
        parent: Option<Box<Record>>,
    }

    fn map(entries: &[(&str, Node)]) -> Node {
        Node::Map(entries.iter().map(|(key, node)| ((*key).to_owned(), node.clone())).collect())
    }

    #[test]
    fn scalars_become_what_the_field_asks_for() {
        let kind = map(&[("points", Node::plain("8"))]);
        let inner = map(&[("id", Node::plain("00e1")), ("kind", kind), ("confidence", Node::plain("1")), ("open", Node::plain("true"))]);
        let node = map(&[
            ("id", Node::plain("100.10")),
            ("kind", Node::plain("issue")),
            ("estimate", Node::plain("3")),
            ("confidence", Node::plain("0.5")),
            ("labels", Node::plain("one")),
            ("open", Node::plain("false")),
            ("parent", inner),
        ]);
        let record: Record = node.to().unwrap();
        assert_eq!(record.id, "100.10");
        assert_eq!(record.labels, ["one"]);
        assert_eq!(record.parent.unwrap().kind, Kind::Points(8));
    }

    #[test]
    fn nothing_behind_a_key_is_absent() {
        #[derive(Deserialize)]
        struct Labels {
            #[serde(default)]
            labels: Vec<String>,
        }
        assert!(map(&[("labels", Node::Null)]).to::<Labels>().unwrap().labels.is_empty());
    }

    #[test]
    fn an_error_names_the_way_to_the_value() {
        #[derive(Debug, Deserialize)]
        struct Usage {
            #[expect(dead_code, reason = "only read")]
            tokens: u64,
        }
        #[derive(Debug, Deserialize)]
        struct Run {
            #[expect(dead_code, reason = "only read")]
            usage: Usage,
        }
        let error = map(&[("usage", map(&[("tokens", Node::plain("many"))]))]).to::<Run>().unwrap_err();
        assert_eq!(error.to_string(), "`usage.tokens`: invalid type: string \"many\", expected u64");
    }
}
