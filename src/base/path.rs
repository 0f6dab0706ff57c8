//! A path inside a repository: relative, `/`-separated, normalised, and possibly not UTF-8 (git stores bytes).

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Component, Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A path relative to the root of the work tree. Never absolute, never with `.`, `..` or empty parts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, JsonSchema)]
#[schemars(description = "A path relative to the root of the work tree")]
pub struct RepoPath(#[schemars(with = "String")] Cow<'static, [u8]>);

impl RepoPath {
    /// A path that is written in the source. Only for a `const`: there one that is not normalised does not compile.
    pub const fn of(text: &'static str) -> Self {
        assert!(is_normal(text.as_bytes()), "not a normalised path inside the repository");
        Self(Cow::Borrowed(text.as_bytes()))
    }

    /// Normalises `text`; `None` if it is absolute or climbs out of the repository.
    pub fn parse(text: impl AsRef<[u8]>) -> Option<Self> {
        let bytes = text.as_ref();
        if bytes.first() == Some(&b'/') || bytes.contains(&0) {
            return None;
        }
        let mut parts: Vec<&[u8]> = Vec::new();
        for part in bytes.split(|byte| *byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => {
                    parts.pop()?;
                }
                other => parts.push(other),
            }
        }
        Some(Self(parts.join(&b'/').into()))
    }

    /// The path of a file on disk relative to `root`; `None` if it lies outside.
    pub fn relative(root: &Path, file: &Path) -> Option<Self> {
        let inside = file.strip_prefix(root).ok()?;
        let mut bytes = Vec::new();
        for component in inside.components() {
            let Component::Normal(part) = component else { return None };
            if !bytes.is_empty() {
                bytes.push(b'/');
            }
            bytes.extend_from_slice(part.as_encoded_bytes());
        }
        Some(Self(bytes.into()))
    }

    /// The text, if it is UTF-8. Whatever grants a right must fail closed on `None`.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The text for people; bytes that are not UTF-8 are replaced.
    pub fn lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// The bytes as git stores them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Where this path lies below `root`.
    pub fn below(&self, root: &Path) -> PathBuf {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            root.join(OsStr::from_bytes(&self.0))
        }
        #[cfg(not(unix))]
        root.join(self.lossy().as_ref())
    }

    /// This path with `part` (one or more components) after it.
    pub fn join(&self, part: &str) -> Self {
        let mut bytes = self.0.to_vec();
        if !bytes.is_empty() && !part.is_empty() {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(part.as_bytes());
        Self::parse(bytes).unwrap_or_default()
    }

    /// This path with the name of a folder's entry after it.
    pub fn child(&self, name: &OsStr) -> Self {
        let name = name.as_encoded_bytes();
        let mut bytes = Vec::with_capacity(self.0.len() + 1 + name.len());
        bytes.extend_from_slice(&self.0);
        if !bytes.is_empty() {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(name);
        Self(bytes.into())
    }

    /// The last component, lossily.
    pub fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.split().1)
    }

    /// The folder this path lies in; the root's own path is empty.
    pub fn parent(&self) -> Self {
        Self(self.split().0.to_vec().into())
    }

    /// The folder this path lies in, and its name there.
    pub fn split(&self) -> (&[u8], &[u8]) {
        match self.0.iter().rposition(|byte| *byte == b'/') {
            Some(slash) => (self.0.get(..slash).unwrap_or_default(), self.0.get(slash + 1..).unwrap_or_default()),
            None => (&[], &self.0),
        }
    }

    /// Whether this path is `folder` or lies below it.
    pub fn is_below(&self, folder: &Self) -> bool {
        folder.0.is_empty() || self.0.strip_prefix(&*folder.0).is_some_and(|rest| rest.is_empty() || rest.first() == Some(&b'/'))
    }

    /// Whether a link here to `target` leaves the repository by its text alone.
    pub fn leads_outside(&self, target: &[u8]) -> bool {
        let folder = self.parent();
        let joined = if folder.is_empty() { target.to_vec() } else { [folder.as_bytes(), target].join(&b'/') };
        target.starts_with(b"/") || Self::parse(joined).is_none()
    }

    /// Whether this is the root itself.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether parsing would change nothing: no part is empty, `.` or `..`.
const fn is_normal(path: &[u8]) -> bool {
    // Of the part that is being read.
    let (mut length, mut dots) = (0, 0);
    let mut rest = path;
    while let [byte, after @ ..] = rest {
        match byte {
            0 => return false,
            b'/' if length == dots && length < 3 => return false,
            b'/' => (length, dots) = (0, 0),
            b'.' => (length, dots) = (length + 1, dots + 1),
            _ => length += 1,
        }
        rest = after;
    }
    length != dots || length > 2
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Control characters in a file name must not reach a terminal.
        for character in self.lossy().chars() {
            if character.is_control() { write!(f, "{}", character.escape_default())? } else { write!(f, "{character}")? }
        }
        Ok(())
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.lossy())
    }
}

impl Serialize for RepoPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.lossy())
    }
}

impl<'de> Deserialize<'de> for RepoPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a path inside the repository")))
    }
}

#[cfg(test)]
mod tests {
    use super::{RepoPath, is_normal};

    #[test]
    fn a_path_cannot_leave_the_repository() {
        assert_eq!(RepoPath::parse("../etc/passwd"), None);
        assert_eq!(RepoPath::parse("a/../../b"), None);
        assert_eq!(RepoPath::parse("/etc/passwd"), None);
        assert_eq!(RepoPath::parse("a/./b//c/../d").unwrap().lossy(), "a/b/d");
    }

    #[test]
    fn only_what_parsing_leaves_as_it_is_may_stand_in_the_source() {
        const PAGE: RepoPath = RepoPath::of(".cmpm/a..b/.../c.md");
        assert_eq!(RepoPath::parse(".cmpm/a..b/.../c.md"), Some(PAGE));
        for text in ["a", "a/b", ".a", "a.", "...", ".../..a", "", ".", "..", "/a", "a/", "a//b", "./a", "a/.", "a/../b", "a\0"] {
            let is_same = RepoPath::parse(text).is_some_and(|path| path.as_bytes() == text.as_bytes() && !text.is_empty());
            assert_eq!(is_normal(text.as_bytes()), is_same, "{text:?}");
        }
    }

    #[test]
    fn below_means_whole_components() {
        let folder = RepoPath::parse("tasks").unwrap();
        assert!(RepoPath::parse("tasks/a.md").unwrap().is_below(&folder));
        assert!(!RepoPath::parse("tasksx/a.md").unwrap().is_below(&folder));
    }
}
