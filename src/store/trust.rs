//! What the user approved on this machine. Kept outside every repository, so that nothing in one can grant itself a right.
//!
//! One JSON document a line: the common git folder by its real path, the digest and the text of a command, and when. A file
//! that cannot be read as a whole approves nothing.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{Env, Explain, Explained, Timestamp};
use crate::fs::{FsError, lock, read, write};
use crate::process::{Command, TrustStore};

/// How long to wait for another cmpm that approves something.
const PATIENCE: Duration = Duration::from_secs(10);

/// The approvals for one repository.
#[derive(Debug)]
pub struct Trust {
    file: Option<PathBuf>,
    repository: PathBuf,
    digests: HashSet<String>,
}

/// One line of the file. One that says more may mean less than it seems to: it approves nothing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Approval {
    repository: PathBuf,
    digest: String,
    text: String,
    approved: Timestamp,
}

/// Why approvals cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// Neither `XDG_STATE_HOME` nor `HOME` says where the user's files are.
    #[error("there is nowhere to store what you trust: neither XDG_STATE_HOME nor HOME is set")]
    NoHome,
    /// A line that is no approval.
    #[error("{}:{line} is not an approval, so nothing is trusted: {reason}", path.display())]
    Damaged {
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        reason: String,
    },
    /// A name that JSON cannot hold.
    #[error("cannot store what you trust in {}: its path is not UTF-8", path.display())]
    NotUtf8 { path: PathBuf },
    #[error(transparent)]
    File(#[from] FsError),
}

impl Explain for TrustError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoHome => Explained::wrong("no_home").hint("set HOME to your home folder"),
            Self::Damaged { .. } => Explained::wrong("trust_damaged").hint("fix or remove that line; the others then count again"),
            Self::NotUtf8 { .. } => Explained::wrong("not_utf8").hint("move the repository to a folder whose name is UTF-8"),
            Self::File(error) => error.explain(),
        }
    }
}

impl Trust {
    /// The approvals for the repository whose common git folder is `common` (its real path).
    /// Fails if the file cannot be read; nothing is trusted then.
    pub fn open(env: &Env, common: &Path) -> Result<Self, TrustError> {
        let mut trust = Self::nothing(env, common);
        let (_, approvals) = trust.read()?;
        trust.remember(&approvals);
        Ok(trust)
    }

    /// As [`Trust::open`], but a file that cannot be read trusts nothing.
    pub fn load(env: &Env, common: &Path) -> Self {
        Self::open(env, common).unwrap_or_else(|_| Self::nothing(env, common))
    }

    /// The hash of what is approved for a repository, or of why that cannot be read; `None` if nothing is.
    pub fn fingerprint(env: &Env, common: &Path) -> Option<String> {
        let digests = match Self::open(env, common) {
            Ok(trust) => trust.digests,
            Err(error) => HashSet::from([error.to_string()]),
        };
        let sorted: Vec<String> = digests.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        if sorted.is_empty() { None } else { Some(blake3::hash(sorted.join("\n").as_bytes()).to_hex().to_string()) }
    }

    fn nothing(env: &Env, common: &Path) -> Self {
        let file = env.user_state().map(|folder| folder.join("trust"));
        Self { file, repository: common.to_owned(), digests: HashSet::new() }
    }

    /// Approves exactly these commands.
    /// If the file is damaged or cannot be written, nothing changes.
    pub fn approve(&mut self, commands: &[Command], now: Timestamp) -> Result<(), TrustError> {
        let repository = self.repository.clone();
        self.change(|text, approvals| {
            let known = |digest: &str| approvals.iter().any(|known| known.repository == repository && known.digest == digest);
            let new = commands.iter().map(|command| (command.digest(), command.text())).filter(|(digest, _)| !known(digest));
            let mut lines = text.to_owned();
            for (digest, text) in new {
                if !lines.is_empty() && !lines.ends_with('\n') {
                    lines.push('\n');
                }
                lines.push_str(&render_line(&Approval { repository: repository.clone(), digest, text, approved: now })?);
            }
            Ok(lines)
        })
    }

    /// How many commands are approved.
    pub fn count(&self) -> usize {
        self.digests.len()
    }

    /// Takes every approval for this repository back.
    /// If the file is damaged or cannot be written, nothing changes.
    pub fn revoke(&mut self) -> Result<(), TrustError> {
        let repository = self.repository.clone();
        self.change(|text, approvals| {
            let lines = text.split_inclusive('\n').filter(|line| !line.trim().is_empty());
            let others = lines.zip(approvals).filter(|(_, approval)| approval.repository != repository);
            Ok(others.map(|(line, _)| line).collect())
        })
    }

    /// Reads, changes and replaces the file while nobody else does; lines that are not meant stay as they are.
    fn change(&mut self, edit: impl FnOnce(&str, &[Approval]) -> Result<String, TrustError>) -> Result<(), TrustError> {
        let file = self.file.clone().ok_or(TrustError::NoHome)?;
        let _lock = lock::acquire(&file.with_extension("lock"), PATIENCE)?;
        let (text, approvals) = self.read()?;
        let edited = edit(&text, &approvals)?;
        if edited != text {
            write::replace(&file, edited.as_bytes())?;
        }
        let (_, approvals) = self.read()?;
        self.remember(&approvals);
        Ok(())
    }

    fn read(&self) -> Result<(String, Vec<Approval>), TrustError> {
        let Some(file) = &self.file else { return Ok(Default::default()) };
        let bytes = read::find(file)?.unwrap_or_default();
        let damaged = |line: usize, reason: String| TrustError::Damaged { path: file.clone(), line, reason };
        let text = String::from_utf8(bytes).map_err(|error| damaged(1, error.to_string()))?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let parsed = lines.map(|(index, line)| serde_json::from_str(line).map_err(|error| damaged(index + 1, error.to_string())));
        let approvals = parsed.collect::<Result<_, _>>()?;
        Ok((text, approvals))
    }

    fn remember(&mut self, approvals: &[Approval]) {
        let ours = approvals.iter().filter(|approval| approval.repository == self.repository);
        self.digests = ours.map(|approval| approval.digest.clone()).collect();
    }
}

impl TrustStore for Trust {
    fn is_trusted(&self, digest: &str) -> bool {
        self.digests.contains(digest)
    }
}

fn render_line(approval: &Approval) -> Result<String, TrustError> {
    let not_utf8 = |_| TrustError::NotUtf8 { path: approval.repository.clone() };
    Ok(serde_json::to_string(approval).map_err(not_utf8)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Failure;
    use crate::base::env::XDG_STATE_HOME;

    struct Machine(tempfile::TempDir);

    impl Machine {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }
        fn env(&self) -> Env {
            Env::default().with(XDG_STATE_HOME, self.0.path())
        }
        fn trust(&self, repository: &str) -> Trust {
            Trust::load(&self.env(), Path::new(repository))
        }
        fn file(&self) -> PathBuf {
            self.0.path().join("cmpm/trust")
        }
    }

    fn shell(line: &str) -> Command {
        Command::Shell(line.to_owned())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn exactly_the_approved_text_is_trusted_in_exactly_this_repository() {
        let machine = Machine::new();
        let command = shell("make test");
        assert!(!machine.trust("/a/.git").is_trusted(&command.digest()));
        machine.trust("/a/.git").approve(std::slice::from_ref(&command), at(0)).unwrap();
        assert!(machine.trust("/a/.git").is_trusted(&command.digest()));
        assert!(!machine.trust("/b/.git").is_trusted(&command.digest()));
        for other in [shell("make test "), Command::Words(vec!["make".into(), "test".into()])] {
            assert!(!machine.trust("/a/.git").is_trusted(&other.digest()));
        }
    }

    #[test]
    fn approving_twice_writes_once_and_revoking_leaves_the_others() {
        let machine = Machine::new();
        let commands = [shell("make test"), shell("printf 'a\nb'")];
        machine.trust("/b/.git").approve(&commands[..1], at(1)).unwrap();
        let others = read::read(&machine.file()).unwrap();
        let mut trust = machine.trust("/a/.git");
        trust.approve(&commands, at(2)).unwrap();
        let once = read::read(&machine.file()).unwrap();
        trust.approve(&commands, at(3)).unwrap();
        assert_eq!(read::read(&machine.file()).unwrap(), once);
        assert!(commands.iter().all(|command| trust.is_trusted(&command.digest())));
        trust.revoke().unwrap();
        assert!(!commands.iter().any(|command| trust.is_trusted(&command.digest())));
        assert_eq!(read::read(&machine.file()).unwrap(), others);
    }

    #[test]
    fn a_damaged_file_trusts_nothing_and_is_left_alone() {
        let machine = Machine::new();
        let command = shell("make test");
        machine.trust("/a/.git").approve(std::slice::from_ref(&command), at(0)).unwrap();
        for damage in [&b"{\"repository\":\"/a/.git\",\"dig"[..], b"\xff\n"] {
            write::append(&machine.file(), damage).unwrap();
            let before = read::read(&machine.file()).unwrap();
            let mut trust = machine.trust("/a/.git");
            assert!(!trust.is_trusted(&command.digest()));
            assert_eq!(Failure::from(Trust::open(&machine.env(), Path::new("/a/.git")).unwrap_err()).code(), "trust_damaged");
            assert_eq!(Failure::from(trust.approve(std::slice::from_ref(&command), at(1)).unwrap_err()).code(), "trust_damaged");
            assert_eq!(read::read(&machine.file()).unwrap(), before);
        }
    }

    #[test]
    fn without_a_home_nothing_is_trusted_and_nothing_can_be() {
        let mut trust = Trust::load(&Env::default(), Path::new("/a/.git"));
        assert!(!trust.is_trusted(&shell("make").digest()));
        assert_eq!(Failure::from(trust.approve(&[shell("make")], at(0)).unwrap_err()).code(), "no_home");
    }
}
