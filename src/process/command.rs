//! Commands as written in configuration, and the proof that the user approved one that came with the repository.

use std::ffi::OsString;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ProcessError;

/// A command: a list of words, or one line for `sh -c`. Values reach it as environment variables, never as text put into it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Command {
    /// A line for the shell.
    Shell(String),
    /// A program and its arguments; no shell looks at them.
    Words(Vec<String>),
}

impl Command {
    pub fn argv(&self) -> Vec<OsString> {
        match self {
            Self::Shell(line) => ["sh", "-c", line].map(OsString::from).to_vec(),
            Self::Words(words) => words.iter().map(OsString::from).collect(),
        }
    }

    /// The text to show to people; the words of a list are quoted.
    pub fn text(&self) -> String {
        match self {
            Self::Shell(line) => line.clone(),
            Self::Words(words) => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
        }
    }

    /// The digest of exactly this command (BLAKE3, hexadecimal). A line and a list that look alike differ.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for word in self.argv() {
            let bytes = word.as_encoded_bytes();
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// A word as a shell would need it, so that `["rm", "a b"]` and `["rm", "a", "b"]` do not look alike.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Where it is kept which texts the user approved on this machine.
pub trait TrustStore {
    /// Whether the text with this digest was approved.
    fn is_trusted(&self, digest: &str) -> bool;
}

/// Something from the repository that the user approved: the only way to get one is [`Approved::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved<T>(T);

impl Approved<Command> {
    /// Proof that `store` trusts exactly this command.
    pub fn check(command: Command, store: &dyn TrustStore) -> Result<Self, ProcessError> {
        let digest = command.digest();
        if store.is_trusted(&digest) { Ok(Self(command)) } else { Err(ProcessError::Untrusted { text: command.text(), digest }) }
    }
}

impl<T> Approved<T> {
    /// What is made of nothing but the approved text.
    pub fn try_map<U, E>(self, make: impl FnOnce(T) -> Result<U, E>) -> Result<Approved<U>, E> {
        make(self.0).map(Approved)
    }
}

/// Program and arguments that may be started. A command that came with the repository becomes one only when it is approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Argv(Vec<OsString>);

impl Argv {
    /// What the user typed or cmpm itself chose: no word may come from a file of the repository.
    pub fn own(words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self(words.into_iter().map(Into::into).collect())
    }

    pub(super) fn words(&self) -> &[OsString] {
        &self.0
    }
}

impl From<Approved<Command>> for Argv {
    fn from(command: Approved<Command>) -> Self {
        Self(command.0.argv())
    }
}

impl From<Approved<Vec<String>>> for Argv {
    fn from(words: Approved<Vec<String>>) -> Self {
        Self::own(words.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Only(String);
    impl TrustStore for Only {
        fn is_trusted(&self, digest: &str) -> bool {
            self.0 == digest
        }
    }

    fn words(words: &[&str]) -> Command {
        Command::Words(words.iter().map(|&word| word.to_owned()).collect())
    }

    #[test]
    fn only_the_exact_text_is_approved() {
        let store = Only(words(&["make", "test"]).digest());
        assert!(Approved::check(words(&["make", "test"]), &store).is_ok());
        for other in [words(&["make", "test "]), words(&["make test"]), words(&["maket", "est"]), Command::Shell("make test".into())] {
            assert!(matches!(Approved::check(other, &store), Err(ProcessError::Untrusted { .. })));
        }
    }

    #[test]
    fn words_and_lines_are_told_apart() {
        assert_eq!(serde_json::from_str::<Command>(r#""make test""#).unwrap().argv(), ["sh", "-c", "make test"]);
        assert_eq!(serde_json::from_str::<Command>(r#"["make","a b"]"#).unwrap().argv(), ["make", "a b"]);
        assert_eq!(words(&["rm", "a b", "it's", ""]).text(), r"rm 'a b' 'it'\''s' ''");
    }
}
