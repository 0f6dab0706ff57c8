//! Names as the least careful file system reads them, so that `.GIT`, `.g<U+200C>it` or `GIT~1` cannot pass for something else.
//!
//! The facts are those of git's own checks (`next_hfs_char` in utf8.c, `is_ntfs_dotgit` in path.c): HFS+ and APFS ignore case,
//! normalisation and some invisible code points; NTFS ignores case, trailing dots and spaces and what follows a `:`, takes `\` for
//! a separator, and knows files by a second, short name.

/// Stands for any accented letter, because the composed and the decomposed form are one name to APFS.
const ACCENTED: char = '\u{fffd}';

/// The components of `path` as they are compared with the built-in lists and with deny rules.
///
/// `None` if a component could be another file's name: nothing is left of it, it is `..` in disguise, or it is a short name.
pub(super) fn fold_path(path: &str) -> Option<Vec<String>> {
    path.split(['/', '\\']).map(fold_component).collect()
}

/// A glob in the spelling that `fold_path` gives to paths.
pub(super) fn fold_glob(glob: &str) -> String {
    blur_accents(&fold_case(glob))
}

fn fold_component(raw: &str) -> Option<String> {
    let without_stream = raw.split(':').next().unwrap_or_default();
    let folded = fold_case(without_stream);
    let name = folded.trim_end_matches([' ', '.']);
    (!name.is_empty() && !is_short_name(name)).then(|| blur_accents(name))
}

/// Upper-casing first also folds `ſ` to `s`, `ﬁ` to `fi` and `ß` to `ss`, as APFS does.
fn fold_case(text: &str) -> String {
    text.chars().filter(|c| !is_ignored(*c)).flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// The code points that HFS+ does not see.
fn is_ignored(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

/// `git~1`, `config~1.yam`: what NTFS may call a file next to its long name.
fn is_short_name(name: &str) -> bool {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let Some((start, number)) = stem.split_once('~') else { return false };
    let numbered = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    !start.is_empty() && numbered && stem.len() <= 8 && extension.len() <= 3
}

fn blur_accents(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    let mut blurred = String::with_capacity(name.len());
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        let mut accented = is_composed(c);
        while characters.next_if(|next| is_combining(*next)).is_some() {
            accented = true;
        }
        blurred.push(if accented { ACCENTED } else { c });
    }
    blurred
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Letters of the blocks Latin-1, Latin Extended A, B and Additional, which have a decomposed form.
fn is_composed(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_some_file_system_confuses_fold_together() {
        for name in [".git", ".GIT", ".git ", ".git. .", ".g\u{200c}it", "\u{feff}.git", ".git::$INDEX_ALLOCATION"] {
            assert_eq!(fold_path(name), Some(vec![".git".to_owned()]), "{name:?}");
        }
        assert_eq!(fold_path("HOO\u{212a}\u{17f}/x"), fold_path("hooks/X"));
        assert_eq!(fold_path("con\u{fb01}g"), fold_path("config"));
        assert_eq!(fold_path("Donn\u{e9}es"), fold_path("donne\u{301}es"));
        assert_eq!(fold_path("a\\B"), fold_path("a/b"));
    }

    #[test]
    fn names_without_a_safe_reading_have_none() {
        for name in ["GIT~1", "a/CONFIG~1.YAM", "...", "a/. ./b", "a/.\u{200d}./b", "a\\..\\b", ":x"] {
            assert_eq!(fold_path(name), None, "{name:?}");
        }
        for name in ["notes.txt~", "a~b", "long-name~1", "a.~1~"] {
            assert!(fold_path(name).is_some(), "{name:?}");
        }
    }
}
