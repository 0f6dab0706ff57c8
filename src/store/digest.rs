//! What a text comes to: the same for two files that say the same, whatever line ends a checkout gave them.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A digest of a file's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(u128);

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let hash = blake3::hash(&with_plain_line_ends(bytes));
        Self(hash.as_bytes().first_chunk().map_or(0, |first| u128::from_be_bytes(*first)))
    }

    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    /// What `to_bytes` made.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_le_bytes(bytes))
    }

    /// What `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

fn with_plain_line_ends(bytes: &[u8]) -> Cow<'_, [u8]> {
    if memmem::find(bytes, b"\r\n").is_none() {
        return bytes.into();
    }
    let ends = |(index, byte): (usize, &u8)| !(*byte == b'\r' && bytes.get(index + 1) == Some(&b'\n'));
    bytes.iter().enumerate().filter(|pair| ends(*pair)).map(|(_, byte)| *byte).collect::<Vec<u8>>().into()
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a digest"))
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn line_ends_of_a_checkout_are_no_difference() {
        assert_eq!(Digest::of(b"a\r\nb\r\n"), Digest::of(b"a\nb\n"));
        assert_ne!(Digest::of(b"a\rb\n"), Digest::of(b"a\nb\n"));
        let digest = Digest::of(b"");
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
    }
}
