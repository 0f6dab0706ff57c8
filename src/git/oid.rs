//! The name of an object: its SHA-1 or SHA-256 hash.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a commit, tree, or blob: 40 or 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(gix::ObjectId);

impl Oid {
    /// The first ten digits, for people.
    pub fn short(self) -> String {
        self.0.to_hex_with_len(10).to_string()
    }

    /// The hash, with zeros behind a short one.
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(self.0.as_bytes()).for_each(|(to, from)| *to = *from);
        bytes
    }

    pub(super) fn gix(self) -> gix::ObjectId {
        self.0
    }
}

impl From<gix::ObjectId> for Oid {
    fn from(oid: gix::ObjectId) -> Self {
        Self(oid)
    }
}

impl From<gix::Id<'_>> for Oid {
    fn from(oid: gix::Id<'_>) -> Self {
        Self(oid.detach())
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A text that is not 40 or 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an object name")]
pub struct BadOid(String);

impl FromStr for Oid {
    type Err = BadOid;

    fn from_str(text: &str) -> Result<Self, BadOid> {
        gix::ObjectId::from_hex(text.as_bytes()).map(Self).map_err(|_| BadOid(text.to_owned()))
    }
}

impl Serialize for Oid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Oid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Oid {
    fn schema_name() -> Cow<'static, str> {
        "Oid".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$", "description": "The name of a git object" })
    }
}

#[cfg(test)]
mod tests {
    use super::Oid;

    #[test]
    fn both_hash_kinds_are_read_and_written() {
        for text in ["4b825dc642cb6eb9a060e54bf8d69288fbee4904", &"ab".repeat(32)] {
            let oid: Oid = text.parse().unwrap();
            assert_eq!(oid.to_string(), *text);
            assert!(oid.short().len() == 10 && text.starts_with(&oid.short()));
            let json = serde_json::to_string(&oid).unwrap();
            assert_eq!(serde_json::from_str::<Oid>(&json).unwrap(), oid);
        }
        assert!("4b825dc6".parse::<Oid>().is_err());
        assert!("x".repeat(40).parse::<Oid>().is_err());
    }
}
