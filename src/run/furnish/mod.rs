//! What a fresh worktree gets besides the files of its commit: ignored files of the main checkout, links to them, and what setup
//! commands make. The project's settings say it, or what other tools have left in it; a person approves exactly that.

mod foreign;
mod place;
mod setup;
mod submodules;

pub(in crate::run) use setup::{FURNISHED, Seat};
pub(in crate::run) use submodules::{SUBMODULES, filled};

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Run, Runs};
use crate::base::{Finding, RepoPath, Result, Rule, Severity, text};
use crate::config::{Setup, Worktree};
use crate::fs::read;
use crate::process::{Approved, Command, TrustStore};
use crate::store::Trust;

const SETTINGS: &str = ".cmpm/config.yaml";

/// What a fresh worktree gets besides the files of its commit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Furnishing {
    /// The files that say so.
    pub source: String,
    /// Patterns, as in `.gitignore`, of ignored files and folders that are copied from the main checkout.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copy: Vec<String>,
    /// Ignored files and folders of the main checkout that links lead to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub link: Vec<RepoPath>,
    /// Commands that are run there first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<Setup>,
    /// Variables by which setup of another tool finds its way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, Meaning>,
}

/// What a variable says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Where the main checkout is, which setup can read then.
    Checkout,
    /// Where the worktree is.
    Worktree,
    /// The first port of the run.
    Port,
}

impl Furnishing {
    /// What the settings of a commit, or else the files of other tools there, say; and what is wrong with the latter. `find` reads
    /// a file of that commit.
    pub fn at(find: &dyn Fn(&RepoPath) -> Result<Option<Vec<u8>>>, own: &Worktree) -> Result<(Option<Self>, Vec<Finding>)> {
        if *own != Worktree::default() {
            let Worktree { copy, link, setup } = own.clone();
            return Ok((Some(Self { source: SETTINGS.to_owned(), copy, link, setup, ..Self::default() }), Vec::new()));
        }
        let broken = |(path, reason): (RepoPath, String)| {
            let finding = Finding::new(Rule::WorktreeSetup, Severity::Warning, path, format!("worktrees get nothing of it: {reason}"));
            finding.hint("correct it, or say under `worktree:` in .cmpm/config.yaml what a worktree needs")
        };
        let found = match foreign::read(find)? {
            Ok(found) => found,
            Err(problem) => return Ok((None, vec![broken(problem)])),
        };
        let is_nothing = found.copy.is_empty() && found.link.is_empty() && found.setup.is_empty();
        Ok((Some(found).filter(|_| !is_nothing), Vec::new()))
    }

    /// What a person approves, as people read it.
    pub fn text(&self) -> String {
        serde_yaml::to_string(self).unwrap_or_default()
    }

    /// By what it is known among what was approved. It is no line for a shell, so that approving it lets nothing else run.
    pub fn command(&self) -> Command {
        Command::Words(vec!["worktree".to_owned(), self.text()])
    }

    /// In one line.
    pub fn line(&self) -> String {
        let list = |what: &str, items: Vec<String>| (!items.is_empty()).then(|| format!("{what} {}", items.join(", ")));
        let run = |setup: &Setup| format!("`{}`{}", text::one_line(&setup.run), if setup.network.is_none() { "" } else { " with network" });
        let links = self.link.iter().map(ToString::to_string).collect();
        let parts = [list("copies", self.copy.clone()), list("links", links), list("runs", self.setup.iter().map(run).collect())];
        text::one_line(&format!("{} ({})", parts.into_iter().flatten().collect::<Vec<_>>().join("; "), self.source))
    }

    pub(in crate::run) fn has_network(&self) -> bool {
        self.setup.iter().any(|setup| !setup.network.is_none())
    }

    /// Whether what git ignores, which nobody published, is in reach of what runs in a worktree.
    pub(in crate::run) fn shows_ignored(&self) -> bool {
        !self.copy.is_empty() || !self.link.is_empty() || self.reads_checkout()
    }

    fn reads_checkout(&self) -> bool {
        self.variables.values().any(|meaning| *meaning == Meaning::Checkout)
    }
}

impl Runs<'_> {
    /// What the worktrees of a run get, if it is approved by now.
    pub(in crate::run) fn furnishing<'a>(&self, run: &'a Run) -> Option<(&'a Furnishing, Approved<Command>)> {
        let furnishing = run.job.furnishing.as_ref()?;
        // Somebody may have approved it since this process began.
        let trust: &dyn TrustStore = &Trust::load(self.env, self.repository.common_dir());
        Some((furnishing, Approved::check(furnishing.command(), trust).ok()?))
    }

    /// What programs of a run learn of where they are.
    pub(in crate::run) fn variables(&self, run: &Run, place: &Path) -> Vec<(String, OsString)> {
        let port = run.job.port.map(|port| OsString::from(port.to_string()));
        let mut all: Vec<(String, OsString)> = port.iter().map(|port| ("CMPM_PORT".to_owned(), port.clone())).collect();
        for (name, meaning) in self.furnishing(run).iter().flat_map(|(furnishing, _)| &furnishing.variables) {
            let value = match meaning {
                Meaning::Checkout => self.repository.main_work_dir().map(OsString::from),
                Meaning::Worktree => Some(place.into()),
                Meaning::Port => port.clone(),
            };
            all.extend(value.map(|value| (name.clone(), value)));
        }
        all
    }

    /// Where the links of a run's worktrees lead to.
    pub(in crate::run) fn linked(&self, run: &Run) -> Vec<PathBuf> {
        let Some(root) = self.repository.main_work_dir() else { return Vec::new() };
        let links = self.furnishing(run).map(|(furnishing, _)| furnishing.link.clone()).unwrap_or_default();
        links.iter().filter_map(|path| target(&root, path)).collect()
    }

    /// A port whose run of ten no open run has, always the same for a run as far as that is possible. The caller keeps others from
    /// choosing one meanwhile.
    pub(in crate::run) fn free_port(&self, run: &str) -> Result<u16> {
        let open = self.list()?.into_iter().filter(|run| !run.status.state.is_closed());
        let taken: Vec<u16> = open.filter_map(|run| run.job.port).collect();
        let wanted = blake3::hash(run.as_bytes()).as_bytes().first_chunk::<2>().map_or(0, |bytes| u16::from_le_bytes(*bytes)) % PORTS;
        let all = (0..PORTS).map(|step| FIRST_PORT + (wanted + step) % PORTS * 10);
        Ok(all.into_iter().find(|port| !taken.contains(port)).unwrap_or(FIRST_PORT + wanted * 10))
    }
}

/// The first port of any run, below those that systems give to programs that ask for none.
const FIRST_PORT: u16 = 20_000;
/// How many runs can have ports of their own.
const PORTS: u16 = 1_200;

/// What a link leads to: something below the main checkout that is not git's.
fn target(root: &Path, path: &RepoPath) -> Option<PathBuf> {
    let real = read::real_path(&path.below(root)).ok()?;
    let inside = RepoPath::relative(root, &real)?;
    let is_own = inside.is_empty() || inside.lossy().split('/').any(|part| part.eq_ignore_ascii_case(".git"));
    (!is_own).then_some(real)
}
