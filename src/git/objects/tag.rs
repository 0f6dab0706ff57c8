//! What a reference names: a commit, or whatever else git lets it be; and what stands before the message of a commit or tag.

use super::super::{GitError, Oid, Repository};

/// Headers that hold only what git computed.
const GITS_OWN: [&str; 5] = ["tree", "parent", "object", "type", "tag"];
/// Headers with a name, an address and a time.
const PEOPLE: [&str; 3] = ["author", "committer", "tagger"];

/// An object that a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Commit,
    /// An annotated tag: what it stands for, and its text with the names in it.
    Tag {
        target: Oid,
        message: String,
    },
    Tree,
    Blob,
}

impl Repository {
    /// What an object is; `None` if it is not in this clone.
    pub fn find_named(&self, oid: Oid) -> Result<Option<Named>, GitError> {
        let gix = self.gix();
        let Some(object) = gix.try_find_object(oid.gix()).map_err(GitError::library("read an object"))? else { return Ok(None) };
        Ok(Some(match object.kind {
            gix::object::Kind::Commit => Named::Commit,
            gix::object::Kind::Tree => Named::Tree,
            gix::object::Kind::Blob => Named::Blob,
            gix::object::Kind::Tag => {
                let tag = object.try_into_tag().map_err(GitError::library("read a tag"))?;
                let tag = tag.decode().map_err(GitError::library("read a tag"))?;
                Named::Tag { target: tag.target().into(), message: tag.message.to_string() }
            }
        }))
    }

    /// What people and programs wrote before the message of a commit or tag: names, addresses, headers of any kind. Not what git
    /// itself puts there: objects and times. What claims to be a signature can be anything.
    pub fn head_of(&self, oid: Oid) -> Result<String, GitError> {
        let gix = self.gix();
        let object = self.find_object(&gix, oid)?;
        let text = String::from_utf8_lossy(&object.data);
        let (mut said, mut is_said) = (String::new(), false);
        for line in text.lines().take_while(|line| !line.is_empty()) {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            // A line that begins with a space goes on with the one before.
            is_said = if key.is_empty() { is_said } else { !GITS_OWN.contains(&key) };
            let value = if PEOPLE.contains(&key) { value.rfind('>').and_then(|end| value.get(..=end)).unwrap_or(value) } else { line };
            if is_said {
                said.push_str(value);
                said.push('\n');
            }
        }
        Ok(said)
    }
}
