//! The merge driver in git's settings of this clone: put in and taken out, and every other byte stays as it is. Pure.

use super::block::{find_text, line_end, with_line_ends};
use crate::base::RepoPath;
use crate::git::value_in;

/// Where people look for them.
pub const FILE: RepoPath = RepoPath::of(".git/config");
/// The section. Without cmpm on PATH git's own merge steps in: a driver that fails leaves our side, with no conflict marked.
const SECTION: &str = include_str!("../../../../templates/init/gitconfig");
/// What it sets.
pub const KEY: &str = "merge.cmpm.driver";

/// Settings with the section in them.
#[derive(Debug, PartialEq, Eq)]
pub struct Placed {
    /// The whole text.
    pub text: Vec<u8>,
    /// What was put in, in one piece.
    pub inserted: String,
}

/// Why the settings stay as they are.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// git itself could not read them with or without our section.
    #[error("git could not read them")]
    Unreadable,
    /// The driver is set by somebody else, or was changed since.
    #[error("merge.cmpm.driver is not as `cmpm init` sets it")]
    Other,
}

/// Puts the section in; `None` if it is there already. `known` is what was put in before.
pub fn place(text: &[u8], known: Option<&str>) -> Result<Option<Placed>, SettingsError> {
    let end = line_end(text);
    let section = with_line_ends(SECTION, end) + end;
    if find_text(text, &section).is_some() {
        return Ok(None);
    }
    let rest = match known.and_then(|known| find_text(text, known)) {
        Some(old) => without(text, old)?,
        None => text.to_vec(),
    };
    if value(&rest)?.is_some() {
        return Err(SettingsError::Other);
    }
    let apart = if rest.is_empty() || rest.ends_with(b"\n") { "" } else { end };
    let inserted = format!("{apart}{section}");
    let text = [rest.as_slice(), inserted.as_bytes()].concat();
    // A line that goes on in the next one, for instance, would swallow the section.
    if value(&text)?.is_none() {
        return Err(SettingsError::Unreadable);
    }
    Ok(Some(Placed { text, inserted }))
}

/// The settings without the section; `None` if there is nothing of it.
pub fn take_out(text: &[u8], known: Option<&str>) -> Result<Option<Vec<u8>>, SettingsError> {
    let section = with_line_ends(SECTION, line_end(text)) + line_end(text);
    match known.and_then(|known| find_text(text, known)).or_else(|| find_text(text, &section)) {
        Some(range) => without(text, range).map(Some),
        None if value(text)?.is_some() => Err(SettingsError::Other),
        None => Ok(None),
    }
}

/// The rest, unless lines after the section belong to it already: they would fall to the section before.
fn without(text: &[u8], range: std::ops::Range<usize>) -> Result<Vec<u8>, SettingsError> {
    let (before, after) = (text.get(..range.start).unwrap_or_default(), text.get(range.end..).unwrap_or_default());
    match after.trim_ascii_start().first() {
        None | Some(b'[') => Ok([before, after].concat()),
        Some(_) => Err(SettingsError::Other),
    }
}

fn value(text: &[u8]) -> Result<Option<String>, SettingsError> {
    value_in(text, KEY).map_err(|_| SettingsError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(text: &str) -> Placed {
        place(text.as_bytes(), None).unwrap().unwrap()
    }

    #[test]
    fn what_is_put_in_comes_out_byte_for_byte() {
        for text in ["", "[core]\n\tbare = false\n", "[core]\n\tbare = false", "[core]\r\n\tbare = false\r\n", "# only this", "\n\n"] {
            let Placed { text: with, inserted } = placed(text);
            assert!(with.starts_with(text.as_bytes()));
            assert_eq!(place(&with, Some(&inserted)), Ok(None), "a second time changes nothing");
            assert_eq!(take_out(&with, Some(&inserted)).unwrap().unwrap(), text.as_bytes());
            let later = [&with, b"[branch \"main\"]\n\tremote = origin\n".as_slice()].concat();
            let rest = take_out(&later, Some(&inserted)).unwrap().unwrap();
            assert_eq!(rest, [text.as_bytes(), b"[branch \"main\"]\n\tremote = origin\n"].concat());
        }
        assert_eq!(take_out(b"[core]\n", None), Ok(None));
    }

    #[test]
    fn what_somebody_else_set_stays() {
        let other = b"[merge \"cmpm\"]\n\tdriver = mine\n";
        assert_eq!(place(other, None), Err(SettingsError::Other));
        assert_eq!(take_out(other, None), Err(SettingsError::Other));
        let Placed { text, inserted } = placed("[core]\n");
        let more = [&text, b"\trecursive = text\n".as_slice()].concat();
        assert_eq!(take_out(&more, Some(&inserted)), Err(SettingsError::Other));
        assert_eq!(place(b"[core\n", None), Err(SettingsError::Unreadable));
        assert_eq!(place(b"[core]\n\teditor = vi \\", None), Err(SettingsError::Unreadable));
    }

    #[test]
    fn a_section_of_an_earlier_version_is_renewed() {
        let old = "[merge \"cmpm\"]\n\tdriver = cmpm old\n";
        let text = format!("[core]\n{old}[user]\n");
        let new = place(text.as_bytes(), Some(old)).unwrap().unwrap();
        assert_eq!(new.text, format!("[core]\n[user]\n{SECTION}").into_bytes());
    }
}
