//! The lines in `.gitattributes`: which files of cmpm git merges with cmpm's driver.

use crate::base::RepoPath;

/// The file.
pub const FILE: &str = ".gitattributes";
/// What the driver can merge below a folder.
const FILES: &str = "/**/*.md";
/// Folders with records that have no setting of their own.
const FIXED: [&str; 1] = [".cmpm/runs"];

/// The marked block for folders with tickets and memories.
#[must_use]
pub fn block<'a>(folders: impl IntoIterator<Item = &'a RepoPath>) -> String {
    let named = folders.into_iter().filter_map(|folder| folder.as_str()).filter(|folder| !folder.is_empty());
    let lines = named.chain(FIXED).map(|folder| format!("{} merge=cmpm\n", pattern(folder)));
    format!("# cmpm:begin\n{}# cmpm:end\n", lines.collect::<String>())
}

/// Everything below a folder, from the root; names that git would read as patterns or as two words are quoted.
fn pattern(folder: &str) -> String {
    let mut escaped = String::from("/");
    for letter in folder.chars() {
        if matches!(letter, '*' | '?' | '[' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped.push_str(FILES);
    let is_plain = !escaped.contains(|letter: char| letter == '"' || letter.is_whitespace() || letter.is_control());
    if is_plain { escaped } else { format!("\"{}\"", escaped.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_quoted() {
        let folders = ["tasks", "more tasks", "a[1]*", "say \"x y\""].map(|text| RepoPath::parse(text).unwrap());
        let lines = [
            "# cmpm:begin",
            "/tasks/**/*.md merge=cmpm",
            "\"/more tasks/**/*.md\" merge=cmpm",
            "/a\\[1]\\*/**/*.md merge=cmpm",
            "\"/say \\\"x y\\\"/**/*.md\" merge=cmpm",
            "/.cmpm/runs/**/*.md merge=cmpm",
            "# cmpm:end\n",
        ];
        assert_eq!(block(&folders), lines.join("\n"));
    }
}
