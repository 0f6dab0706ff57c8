//! The files that steer agents, and the lock of them: a digest of each as a person has read it.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::{grants, instructs};
use crate::base::{RepoPath, Result};
use crate::git::{Change, Mode, Oid, Repository, TreeEntry};
use crate::process::Command;

/// Where the lock is. No role writes it.
pub const LOCK: RepoPath = RepoPath::of(".cmpm/agent-files.lock");

/// What the lock begins with. Its lines are those of `b3sum`.
const HEAD: &str = "\
# The files that steer agents, each by the BLAKE3 digest of what a person has read. `cmpm trust --lock` writes this file, and
# `cmpm check` reports what differs from it.
";

/// A file that steers agents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgentFile {
    pub path: RepoPath,
    digest: String,
    grants: Vec<String>,
}

/// A file that is not as it was locked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unlocked {
    pub path: RepoPath,
    /// What is the matter with it: what comes after its name.
    pub what: &'static str,
}

/// Those of `entries` that steer agents, in order of their paths.
pub fn agent_files(repository: &Repository, entries: &[TreeEntry]) -> Result<Vec<AgentFile>> {
    let mut files = Vec::new();
    for TreeEntry { path, oid, mode } in entries.iter().filter(|entry| instructs(&entry.path)) {
        let bytes = content(repository, (*mode, *oid))?;
        let grants = if matches!(mode, Mode::File | Mode::Executable) { grants(path, &bytes) } else { Vec::new() };
        files.push(AgentFile { path: path.clone(), digest: digest(&bytes), grants });
    }
    files.sort();
    Ok(files)
}

/// What a person approves once in each clone before an agent works there: the files, and what each gives agents.
#[derive(Debug)]
pub struct Inventory {
    pub text: String,
}

impl Inventory {
    pub fn of(files: &[AgentFile]) -> Self {
        let mut text = String::new();
        for file in files {
            let _ = writeln!(text, "{}", line(&file.digest, &name(&file.path)));
            for grant in &file.grants {
                let _ = writeln!(text, "    {grant}");
            }
        }
        Self { text }
    }

    /// That of a commit; nothing in a project without a lock.
    pub fn at(repository: &Repository, commit: Oid) -> Result<Option<Self>> {
        if repository.find_entry(commit, &LOCK)?.is_none() {
            return Ok(None);
        }
        let files = agent_files(repository, &repository.files_below(commit, &RepoPath::default())?)?;
        Ok(Some(Self::of(&files)).filter(|_| !files.is_empty()))
    }

    /// By what it is known among what was approved. It is one word and no line for a shell: who approves it lets nothing run.
    pub fn command(&self) -> Command {
        Command::Words(vec![self.text.clone()])
    }
}

/// As what a person has read the files that steer agents. A path can have several lines after a merge: both were read.
#[derive(Debug)]
pub struct Lock {
    lines: HashSet<String>,
    names: HashSet<String>,
}

impl Lock {
    /// The text of a lock of these files.
    pub fn render(files: &[AgentFile]) -> String {
        let lines: String = files.iter().map(|file| line(&file.digest, &name(&file.path)) + "\n").collect();
        format!("{HEAD}{lines}")
    }

    /// Reads a lock. A line that is damaged locks nothing, so what it was about is reported.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let lines: HashSet<String> = text.lines().map(str::trim_end).filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
        let names = lines.iter().filter_map(|line| line.split_once("  ")).map(|(_, name)| name.to_owned()).collect();
        Self { lines, names }
    }

    /// The lock that a commit has.
    pub fn at(repository: &Repository, commit: Oid) -> Result<Option<Self>> {
        Ok(repository.find_blob(commit, &LOCK)?.map(|bytes| Self::parse(&bytes)))
    }

    /// What is the matter with one path, as it is on one side.
    pub fn differs(&self, repository: &Repository, path: &RepoPath, side: Option<(Mode, Oid)>) -> Result<Option<&'static str>> {
        let bytes = side.map(|side| content(repository, side)).transpose()?;
        Ok(self.verdict(&name(path), bytes.map(|bytes| digest(&bytes)).as_deref()))
    }

    /// What is the matter with a file of this name that has this digest, or is gone.
    fn verdict(&self, name: &str, digest: Option<&str>) -> Option<&'static str> {
        let is_known = self.names.contains(name);
        match digest {
            None => is_known.then_some("is gone, but still locked"),
            Some(digest) if self.lines.contains(&line(digest, name)) => None,
            Some(_) => Some(if is_known { "differs from what was locked" } else { "is not locked" }),
        }
    }

    /// What of a whole state differs from the lock.
    pub fn differences(&self, files: &[AgentFile]) -> Vec<Unlocked> {
        let there: HashMap<String, &AgentFile> = files.iter().map(|file| (name(&file.path), file)).collect();
        let gone =
            self.names.iter().filter(|name| !there.contains_key(*name)).filter_map(|name| Some((RepoPath::parse(name)?, name, None)));
        let seen = there.iter().map(|(name, file)| (file.path.clone(), name, Some(file.digest.as_str()))).chain(gone);
        let unlocked = |(path, name, digest): (RepoPath, &String, Option<&str>)| Some(Unlocked { what: self.verdict(name, digest)?, path });
        let mut found: Vec<Unlocked> = seen.filter_map(unlocked).collect();
        found.sort();
        found
    }

    /// What changes do to files that steer agents, and to the lock itself, but for what one of the `others` has as well: other
    /// parents, or a base.
    pub fn unlocked(&self, repository: &Repository, changes: &[Change], others: &[Oid]) -> Result<Vec<Unlocked>> {
        let mut found = Vec::new();
        for change in changes {
            let moved = change.old_path.iter().map(|old| (old, None));
            for (path, side) in moved.chain([(&change.path, change.new)]).filter(|(path, _)| **path == LOCK || instructs(path)) {
                if is_in_one(repository, others, (path, side))? {
                    continue;
                }
                let what = if *path == LOCK { Some("says what a person has read") } else { self.differs(repository, path, side)? };
                found.extend(what.map(|what| Unlocked { path: path.clone(), what }));
            }
        }
        Ok(found)
    }
}

/// Whether one of the commits has just this at a path.
pub(super) fn is_in_one(repository: &Repository, commits: &[Oid], (path, side): (&RepoPath, Option<(Mode, Oid)>)) -> Result<bool> {
    for commit in commits {
        if repository.find_entry(*commit, path)?.map(|entry| (entry.mode, entry.oid)) == side {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The bytes that count. A link and a submodule are never the same as a file.
fn content(repository: &Repository, (mode, oid): (Mode, Oid)) -> Result<Vec<u8>> {
    Ok(match mode {
        Mode::File | Mode::Executable => repository.read_blob(oid)?,
        Mode::Symlink => [b"\0link ".as_slice(), &repository.read_blob(oid)?].concat(),
        Mode::Submodule | Mode::Tree => format!("\0commit {oid}").into_bytes(),
    })
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn line(digest: &str, name: &str) -> String {
    format!("{digest}  {name}")
}

/// A path in one line. What could be read as another one is written out.
fn name(path: &RepoPath) -> String {
    match path.as_str() {
        Some(text) if !text.contains(|c: char| c.is_control() || c == '\\') && text.trim() == text => text.to_owned(),
        _ => path.as_bytes().escape_ascii().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> AgentFile {
        let path = RepoPath::parse(path).unwrap();
        AgentFile { grants: grants(&path, text.as_bytes()), path, digest: digest(text.as_bytes()) }
    }

    #[test]
    fn a_lock_tells_what_is_other_new_and_gone() {
        let locked = [file("AGENTS.md", "a"), file("CLAUDE.md", "c"), file("x/CLAUDE.md", "c")];
        let lock = Lock::parse(Lock::render(&locked).replace('\n', "\r\n").as_bytes());
        assert_eq!(lock.differences(&locked), []);
        let now = [file("AGENTS.md", "b"), file("CLAUDE.md", "c"), file("GEMINI.md", "c")];
        let found = lock.differences(&now);
        let found: Vec<String> = found.iter().map(|unlocked| format!("{} {}", unlocked.path, unlocked.what)).collect();
        assert_eq!(found, ["AGENTS.md differs from what was locked", "GEMINI.md is not locked", "x/CLAUDE.md is gone, but still locked"]);
    }

    #[test]
    fn a_damaged_line_locks_nothing() {
        let files = [file("AGENTS.md", "a")];
        let text = Lock::render(&files);
        for damaged in [text.replace("  AGENTS", " AGENTS"), text.replace("AGENTS", "AGENT"), String::new(), text.replace('\n', "")] {
            assert!(!Lock::parse(damaged.as_bytes()).differences(&files).is_empty(), "{damaged}");
        }
    }

    #[test]
    fn a_name_is_one_line_and_means_one_path() {
        let names = ["a b/CLAUDE.md", "a\nb", "a\\nb", " a", "ä"].map(|text| name(&RepoPath::parse(text).unwrap()));
        assert_eq!(names, ["a b/CLAUDE.md", "a\\nb", "a\\\\nb", " a", "ä"]);
    }

    #[test]
    fn the_inventory_says_what_a_file_gives() {
        let settings = r#"{"permissions": {"allow": ["Bash(ls)", "Read"]}, "env": {"A": "value"}, "mcpServers": {"x": {"command": "npx", "headers": {"b": "value"}}}}"#;
        let agent = "---\nname: x\ndescription: y\ntools: Read, Bash\n---\n";
        let files = [
            file(".claude/settings.json", settings),
            file(".claude/agents/x.md", agent),
            file(".claude/agents/y.md", "---\nname: y\n---\n"),
            file(".mcp.json", "{"),
            file("CLAUDE.md", "Text."),
        ];
        let text = Inventory::of(&files).text;
        let lines: Vec<&str> = text.lines().map(|line| line.split_once("  ").map_or(line, |(_, rest)| rest.trim())).collect();
        let wanted = [
            ".claude/settings.json",
            "env.A",
            "mcpServers.x.command: npx",
            "mcpServers.x.headers.b",
            "permissions.allow: Bash(ls), Read",
            ".claude/agents/x.md",
            "tools: Bash, Read",
            ".claude/agents/y.md",
            "every tool, as it names none",
            ".mcp.json",
            "cannot be read, so nobody can tell what it gives",
            "CLAUDE.md",
        ];
        assert_eq!(lines, wanted);
    }
}
