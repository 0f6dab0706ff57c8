//! The one glob matcher: root-anchored, `*` stays within a component, `**` crosses them, case-sensitive.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::{Explain, Explained, RepoPath};

/// A list of globs, each kept as it was written.
#[derive(Debug, Clone)]
pub struct Globs {
    set: GlobSet,
    texts: Vec<String>,
}

/// A glob that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{glob}` is not a glob: {reason}")]
pub struct GlobError {
    glob: String,
    reason: String,
}

impl Explain for GlobError {
    fn explain(&self) -> Explained {
        Explained::wrong("bad_glob").hint("globs are relative to the repository's root: `src/**`, `docs/*.md`, `**/*.rs`")
    }
}

impl Globs {
    /// Reads a list of globs. A folder (`docs/`) means everything below it.
    pub fn parse<S: AsRef<str>>(globs: &[S]) -> Result<Self, GlobError> {
        let mut builder = GlobSetBuilder::new();
        let mut texts = Vec::with_capacity(globs.len());
        for glob in globs {
            builder.add(parse(glob.as_ref())?);
            texts.push(glob.as_ref().to_owned());
        }
        let set = builder.build().map_err(|error| GlobError { glob: texts.join(" "), reason: error.to_string() })?;
        Ok(Self { set, texts })
    }

    /// Checks whether a list of globs can be read, which costs far less than making them ready to match.
    pub fn check<S: AsRef<str>>(globs: &[S]) -> Result<(), GlobError> {
        globs.iter().try_for_each(|glob| parse(glob.as_ref()).map(|_| ()))
    }

    /// The first glob that matches, as it was written. A path that is not UTF-8 matches nothing.
    pub fn matching(&self, path: &RepoPath) -> Option<&str> {
        let index = *self.set.matches(path.as_str()?).first()?;
        self.texts.get(index).map(String::as_str)
    }

    /// Whether any glob matches. A path that is not UTF-8 matches nothing.
    pub fn matches(&self, path: &RepoPath) -> bool {
        path.as_str().is_some_and(|text| self.set.is_match(text))
    }
}

fn parse(written: &str) -> Result<Glob, GlobError> {
    if let Some(reason) = meaningless(written) {
        return Err(GlobError { glob: written.to_owned(), reason: reason.to_owned() });
    }
    let anchored = written.trim_start_matches('/').trim_start_matches("./");
    let whole = if anchored.ends_with('/') { format!("{anchored}**") } else { anchored.to_owned() };
    let built = GlobBuilder::new(&whole).literal_separator(true).build();
    built.map_err(|error| GlobError { glob: written.to_owned(), reason: error.kind().to_string() })
}

/// Why a glob could never match what it seems to mean.
fn meaningless(written: &str) -> Option<&'static str> {
    let mut parts = written.trim_start_matches("./").split('/');
    if written.trim().is_empty() {
        Some("there is nothing in it")
    } else if written.trim() != written {
        Some("it begins or ends with a space")
    } else if written.starts_with('!') {
        Some("negation with `!` is not supported")
    } else if parts.any(|part| matches!(part, "." | "..")) || written.contains("//") {
        Some("a part of it is `.`, `..` or nothing, and no path in a repository contains these")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_anchored_and_keep_to_components() {
        let globs = Globs::parse(&["docs/*.md", "src/", "**/*.test.js"]).unwrap();
        let hit = |text: &str| globs.matching(&RepoPath::parse(text).unwrap()).map(str::to_owned);
        assert_eq!(hit("docs/a.md").as_deref(), Some("docs/*.md"));
        assert_eq!(hit("docs/deep/a.md"), None);
        assert_eq!(hit("x/docs/a.md"), None);
        assert_eq!(hit("src/a/b.rs").as_deref(), Some("src/"));
        assert_eq!(hit("SRC/a.rs"), None);
        for glob in ["", " ", " a", "!a", "../a", "a/../b", "a/./b", "a//b", "["] {
            assert!(Globs::check(&[glob]).is_err(), "{glob}");
        }
        assert!(Globs::check(&["/a", "./a", "a!", "[!a]", "..a", "a/"]).is_ok());
        assert_eq!(hit("a/b.test.js").as_deref(), Some("**/*.test.js"));
    }
}
