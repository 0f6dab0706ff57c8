//! The lines in `.gitattributes`: which files of cmpm git merges with cmpm's driver.

use crate::base::RepoPath;
use crate::nouns::merge::Merged;

pub const FILE: RepoPath = RepoPath::of(".gitattributes");
/// The marked block for these files.
pub fn block(files: &[Merged]) -> String {
    let named = files.iter().filter_map(|files| Some((files.folder.as_str()?, files.files))).filter(|(folder, _)| !folder.is_empty());
    let lines = named.map(|(folder, files)| format!("{} merge=cmpm\n", pattern(folder, files)));
    format!("# cmpm:begin\n{}# cmpm:end\n", lines.collect::<String>())
}

/// Files below a folder, from the root; names that git would read as patterns or as two words are quoted.
fn pattern(folder: &str, files: &str) -> String {
    let mut escaped = String::from("/");
    for letter in folder.chars() {
        if matches!(letter, '*' | '?' | '[' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped.push('/');
    escaped.push_str(files);
    let is_plain = !escaped.contains(|letter: char| letter == '"' || letter.is_whitespace() || letter.is_control());
    if is_plain { escaped } else { format!("\"{}\"", escaped.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RepoPath;

    #[test]
    fn odd_names_are_quoted() {
        let folders = ["tasks", "more tasks", "a[1]*", "say \"x y\""].map(|text| RepoPath::parse(text).unwrap());
        let files: Vec<Merged> = folders.into_iter().map(|folder| Merged { folder, files: "**/*.md" }).collect();
        let lines = [
            "# cmpm:begin",
            "/tasks/**/*.md merge=cmpm",
            "\"/more tasks/**/*.md\" merge=cmpm",
            "/a\\[1]\\*/**/*.md merge=cmpm",
            "\"/say \\\"x y\\\"/**/*.md\" merge=cmpm",
            "# cmpm:end\n",
        ];
        assert_eq!(block(&files), lines.join("\n"));
    }
}
