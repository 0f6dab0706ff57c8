//! Every setting, with its default.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Board, MemoryCategories, Milestone, Span, Worktree};
use crate::base::RepoPath;
use crate::process::{DiskLimit, Network, SandboxLevel};
use crate::words::{Category, Kind};

/// All settings of a project. The file is `.cmpm/config.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where records live.
    pub paths: Paths,
    /// What the ids of new tickets begin with, by kind.
    pub prefixes: Prefixes,
    /// Status words of this project beyond the built-in ones, each with its category.
    pub statuses: BTreeMap<String, Category>,
    /// Branches with a meaning.
    pub branches: Branches,
    /// How tickets are claimed.
    pub claims: Claims,
    /// How work is delegated.
    pub delegate: Delegate,
    /// What a fresh worktree gets besides the files of its commit.
    pub worktree: Worktree,
    /// How what waits for a decision is handled.
    pub review: Review,
    /// What must pass before work may be merged, run by cmpm on the committed tree.
    pub gates: Vec<Gate>,
    /// How memory is kept.
    pub memory: Memory,
    /// What `cmpm check` leaves alone.
    pub check: Check,
    /// How the board looks.
    pub board: Board,
    /// Conditions by name, for `cmpm ticket list --filter NAME`.
    pub filters: BTreeMap<String, String>,
    /// What is to be reached when, by the name that tickets have under `milestone:`.
    pub milestones: BTreeMap<String, Milestone>,
}

/// Where records live, relative to the root of the work tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Paths {
    /// Folders with tickets, at least one; new ones go to the first that exists.
    #[serde(deserialize_with = "at_least_one")]
    pub tasks: Vec<RepoPath>,
    /// Folder with one folder per memory category.
    pub memory: RepoPath,
    /// Folder for agents' worktrees.
    pub worktrees: RepoPath,
}

impl Default for Paths {
    fn default() -> Self {
        const TASKS: [RepoPath; 3] = [RepoPath::of("tasks"), RepoPath::of("tickets"), RepoPath::of("trackdown")];
        const MEMORY: RepoPath = RepoPath::of(".cmpm/memory");
        const WORKTREES: RepoPath = RepoPath::of(".worktrees");
        Self { tasks: TASKS.to_vec(), memory: MEMORY, worktrees: WORKTREES }
    }
}

fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RepoPath>, D::Error> {
    let paths = Vec::<RepoPath>::deserialize(deserializer)?;
    if paths.is_empty() { Err(serde::de::Error::custom("name at least one folder")) } else { Ok(paths) }
}

/// Branches with a meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Branches {
    /// The branch that work is merged into; if unset, the one `origin` shows first, `main` or `master`.
    pub integration: Option<String>,
}

/// What the ids of tickets begin with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Prefixes {
    /// Of epics.
    pub epic: String,
    /// Of issues.
    pub issue: String,
    /// Of tasks.
    pub task: String,
    /// Of pull requests.
    pub pr: String,
}

impl Prefixes {
    /// What ids of new tickets of a kind begin with.
    pub fn of(&self, kind: Kind) -> &str {
        match kind {
            Kind::Epic => &self.epic,
            Kind::Issue => &self.issue,
            Kind::Task => &self.task,
            Kind::Pr => &self.pr,
        }
    }

    /// Whether ids can begin with this word.
    pub fn is_prefix(word: &str) -> bool {
        (1..=12).contains(&word.len())
            && word.chars().all(|c| c.is_ascii_alphanumeric())
            && word.starts_with(|c: char| c.is_ascii_alphabetic())
    }
}

impl Default for Prefixes {
    fn default() -> Self {
        let [epic, issue, task, pr] = Kind::ALL.map(|kind| kind.prefix().to_owned());
        Self { epic, issue, task, pr }
    }
}

/// How tickets are claimed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Claims {
    /// How long a claim lasts where `--ttl` does not say, unless it is renewed.
    pub ttl: Span,
    /// The remote on which claims are made too, so that other clones see them; if unset, only with `--remote`.
    pub remote: Option<String>,
}

impl Default for Claims {
    fn default() -> Self {
        Self { ttl: Span::minutes(30), remote: None }
    }
}

/// How work is delegated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Delegate {
    /// How many runs work at the same time in this clone.
    pub max_parallel: u32,
    /// The runner used when none is named: `auto`, `command`, `builtin`, or an adapter's name.
    pub runner: String,
    /// The agent used when neither the ticket nor the command names one.
    pub agent: String,
    /// Limit of an agent's time, such as `90s` or `2h`; an agent's own `timeout_minutes` wins if it is lower.
    pub timeout: Span,
    /// How long an agent may be silent: no output, no changed file.
    pub idle: Span,
    /// How many turns an agent program may take, where it can be told.
    pub max_turns: Option<u32>,
    /// How many US dollars an agent program may spend on a run, where it can be told.
    pub budget: Option<f64>,
    /// What `approve` makes of a run's work.
    pub merge: MergeStyle,
    /// The runners that take over, in this order, where the one that was chosen without being named cannot work.
    pub fallback: Vec<String>,
    /// How often a run is tried again by itself where the service of its program is busy.
    pub retry: Retry,
    /// How strictly programs are confined.
    pub sandbox: SandboxLevel,
    /// How much a run may write.
    pub limits: Ceilings,
    /// How many megabytes must be free for a run to begin; 0 does not look.
    pub min_free_mb: u32,
    /// Name of a run's worktree folder; `{agent}`, `{ticket}`, `{run}` are replaced.
    pub worktree: String,
    /// How much of the worktrees that were taken away is kept, a week at most; the oldest go first.
    pub trash: TrashLimits,
}

/// What `approve` makes of a run's work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MergeStyle {
    /// A merge of the agent's commit
    #[default]
    Merge,
    /// One commit on the target, with the same trailers
    Squash,
}

/// How what waits for a decision is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Review {
    /// How many runs may wait for a decision, together with those that will once they are done, before no more begin; 0 for any number.
    pub max_waiting: u32,
}

impl Default for Review {
    fn default() -> Self {
        Self { max_waiting: 20 }
    }
}

/// How often something is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// How many times at most; 0 never.
    pub times: u32,
    /// How long is waited before the first of them; each time twice as long.
    pub wait: Span,
}

impl Default for Retry {
    fn default() -> Self {
        Self { times: 2, wait: Span::minutes(1) }
    }
}

/// How much is kept in the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrashLimits {
    /// How many megabytes (of 1,000,000 bytes).
    pub mb: u32,
    /// How many files.
    pub files: u32,
}

impl TrashLimits {
    pub fn max_bytes(&self) -> u64 {
        u64::from(self.mb) * 1_000_000
    }
}

impl Default for TrashLimits {
    fn default() -> Self {
        Self { mb: 1000, files: 200_000 }
    }
}

impl Default for Delegate {
    fn default() -> Self {
        Self {
            max_parallel: 5,
            runner: "auto".into(),
            agent: "engineer".into(),
            timeout: Span::minutes(120),
            idle: Span::minutes(15),
            max_turns: None,
            budget: None,
            merge: MergeStyle::Merge,
            fallback: Vec::new(),
            retry: Retry::default(),
            sandbox: SandboxLevel::Auto,
            limits: Ceilings::default(),
            min_free_mb: 100,
            worktree: "{agent}-{ticket}".into(),
            trash: TrashLimits::default(),
        }
    }
}

/// How much a run may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ceilings {
    /// Megabytes that a program may add to all that it can write, ignored and temporary files included; then it is stopped.
    pub disk_mb: u64,
    /// Files that it may add there.
    pub disk_files: u64,
    /// Megabytes of new and changed files that a run may bring.
    pub change_mb: u64,
    /// How many files a run may add, change or remove.
    pub change_files: u64,
}

impl Default for Ceilings {
    fn default() -> Self {
        Self { disk_mb: 20_000, disk_files: 1_000_000, change_mb: 100, change_files: 10_000 }
    }
}

impl Ceilings {
    pub fn disk(self) -> DiskLimit {
        DiskLimit { bytes: self.disk_mb.saturating_mul(1_000_000), files: self.disk_files }
    }
}

/// One check that cmpm itself runs on the committed tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Its name on the run page.
    pub name: String,
    /// The command, run by `sh -c` in the root of the tree; values reach it as `CMPM_*` variables only.
    pub run: String,
    /// Limit of its time.
    #[serde(default = "ten_minutes")]
    pub timeout: Span,
    /// Whether a failure keeps the work from being merged.
    #[serde(default = "yes")]
    pub blocking: bool,
    /// Globs: it runs only if the change touches a path that one of them covers; always if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// What it may reach: nothing, all (`true`), or a list such as `[registry.example.com:443]`.
    #[serde(default, skip_serializing_if = "Network::is_none")]
    pub network: Network,
}

fn ten_minutes() -> Span {
    Span::minutes(10)
}

fn yes() -> bool {
    true
}

/// How memory is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Memory {
    /// Categories beyond project, pattern, team and error: a list of names, or names with what each demands.
    pub categories: MemoryCategories,
    /// Shorter texts are not remembered, in characters.
    pub min_length: usize,
    /// Longer texts are not remembered, in characters; one memory says one thing.
    pub max_length: usize,
    /// Other projects that `--projects` looks into, each by its folder, relative to the root of this one.
    pub projects: Vec<std::path::PathBuf>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { categories: MemoryCategories::default(), min_length: 4, max_length: 20_000, projects: Vec::new() }
    }
}

/// What `cmpm check` leaves alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Globs of files that are meant to be as they are, such as test data. Secrets and roles are looked for in them anyway.
    pub exclude: Vec<String>,
    /// How secrets are looked for.
    pub secrets: Secrets,
}

/// How `cmpm check` looks for secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// Which marks on a line (`cmpm:allow`, `gitleaks:allow`) allow what looks like a secret.
    pub inline_allow: InlineAllow,
}

/// Which marks on a line allow what looks like a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum InlineAllow {
    /// All, and those that a change brings are reported
    #[default]
    Change,
    /// Those that were there before the change
    Base,
    /// None
    Never,
}

documented! {
    "docs/memory.md": "shorter than `memory.min_length` ({}) or longer than `memory.max_length` ({} characters)",
        Memory::default().min_length, Memory::default().max_length;
    "docs/claims.md": "`claims.ttl` in the settings ({} unless you set it)", Claims::default().ttl;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::testing::document;

    #[test]
    fn settings_that_are_shown_are_the_defaults() {
        let page = document("docs/formats.md");
        let (_, shown) = page.split_once("`.cmpm/config.yaml`, all optional:\n\n```yaml\n").unwrap();
        let shown: Config = serde_yaml::from_str(shown.split("```").next().unwrap()).unwrap();
        assert_eq!((&shown.claims, &shown.delegate, shown.review), (&Claims::default(), &Delegate::default(), Review::default()));
        assert_eq!((shown.gates[0].timeout, shown.gates[0].blocking), (ten_minutes(), yes()));
        let lengths = |memory: &Memory| (memory.min_length, memory.max_length);
        assert_eq!(lengths(&shown.memory), lengths(&Memory::default()));
        let fresh = document("templates/init/config.yaml").replace("{tasks}", "[tasks, tickets, trackdown]");
        assert_eq!(serde_yaml::from_str::<Config>(&fresh).unwrap(), Config::default());
    }
}
