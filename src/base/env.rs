//! The environment enters the program here, once. Every variable that cmpm reads is a documented constant.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Selects the overlay `.cmpm/config.<value>.yaml`.
pub const CMPM_ENV: &str = "CMPM_ENV";
/// Set for everything that runs inside a delegation: the id of the run.
pub const CMPM_RUN: &str = "CMPM_RUN";
/// Set for everything that runs inside a delegation: the job directory.
pub const CMPM_RUN_DIR: &str = "CMPM_RUN_DIR";
/// Set inside a delegation: the globs of files its ticket expects to touch, one a line.
pub const CMPM_PATHS: &str = "CMPM_PATHS";
/// Set inside a delegation: the model that was asked for, if one was.
pub const CMPM_MODEL: &str = "CMPM_MODEL";
/// A configuration value: `CMPM_CONFIG_DELEGATE__MAX_PARALLEL=2`.
pub const CMPM_CONFIG_PREFIX: &str = "CMPM_CONFIG_";
/// Set to anything: cmpm's part of git's hooks ends at once. `probe` has it say that it was reached, and end the hook.
pub const CMPM_HOOK: &str = "CMPM_HOOK";
/// Set for git and the user's hooks while cmpm commits: what cmpm commits inside of them runs no hooks again.
pub const CMPM_COMMIT: &str = "CMPM_COMMIT";
/// Fixes the clock (RFC 3339). For tests and reproducible demos.
pub const CMPM_NOW: &str = "CMPM_NOW";
/// Fixes the random numbers (an integer to count up from). For tests and reproducible demos.
pub const CMPM_SEED: &str = "CMPM_SEED";
/// Stops the program hard at a named point (`<point>` or `<point>:<nth>`). For fault injection in tests.
pub const CMPM_CRASH_AT: &str = "CMPM_CRASH_AT";
/// Set by completion scripts: the shell that asks how a command line could go on.
pub const CMPM_COMPLETE: &str = "CMPM_COMPLETE";
/// Turns colour off when set to anything (<https://no-color.org>).
pub const NO_COLOR: &str = "NO_COLOR";
/// Width of every answer, also of one that goes through a pipe. For tests and reproducible demos.
pub const CMPM_COLUMNS: &str = "CMPM_COLUMNS";
/// Width of the terminal where it cannot be asked; what goes through a pipe is not cut.
pub const COLUMNS: &str = "COLUMNS";
/// The user's home folder.
pub const HOME: &str = "HOME";
/// Where programs put temporary files (`/tmp` if unset).
pub const TMPDIR: &str = "TMPDIR";
/// The user's editor, before git's `core.editor`; after that come `VISUAL` and `EDITOR`.
pub const GIT_EDITOR: &str = "GIT_EDITOR";
/// The user's editor on a terminal that can place the cursor.
pub const VISUAL: &str = "VISUAL";
/// What the terminal can do; `dumb` is nothing.
pub const TERM: &str = "TERM";
/// What shows a long answer on a terminal, before git's `core.pager`; nothing or `cat` is no pager.
pub const GIT_PAGER: &str = "GIT_PAGER";
/// The same, after it.
pub const PAGER: &str = "PAGER";
/// Options of `less`, the pager if none is named; `FRX` if unset, as git has it.
pub const LESS: &str = "LESS";
/// The user's shell.
pub const SHELL: &str = "SHELL";
/// Where programs are looked for.
pub const PATH: &str = "PATH";
/// Where the user's settings live (`~/.config` if unset).
pub const XDG_CONFIG_HOME: &str = "XDG_CONFIG_HOME";
/// Where the user's state lives (`~/.local/state` if unset); trust is kept there.
pub const XDG_STATE_HOME: &str = "XDG_STATE_HOME";

/// A copy of the environment the process was started with.
#[derive(Debug, Clone, Default)]
pub struct Env(BTreeMap<OsString, OsString>);

impl Env {
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }
    /// A value, if it is set, not empty, and UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(OsStr::new(name))?.to_str().filter(|text| !text.is_empty())
    }
    /// A path, if it is set and not empty.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.0.get(OsStr::new(name)).filter(|value| !value.is_empty()).map(PathBuf::from)
    }
    /// Whether the variable is set to anything but nothing.
    pub fn is_set(&self, name: &str) -> bool {
        self.0.get(OsStr::new(name)).is_some_and(|value| !value.is_empty())
    }
    /// All variables in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
    /// The same environment with one variable set.
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }
    /// The same environment without the variables that `drop` names.
    pub fn without(mut self, drop: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|name, _| !name.to_str().is_some_and(&drop));
        self
    }
    /// Where the user's cmpm settings live.
    pub fn user_config(&self) -> Option<PathBuf> {
        let base = self.path(XDG_CONFIG_HOME).or_else(|| self.path(HOME).map(|home| home.join(".config")));
        base.map(|base| base.join("cmpm"))
    }
    /// Where the user's cmpm state (trust) lives.
    pub fn user_state(&self) -> Option<PathBuf> {
        let base = self.path(XDG_STATE_HOME).or_else(|| self.path(HOME).map(|home| home.join(".local/state")));
        base.map(|base| base.join("cmpm"))
    }
    /// Where temporary files go.
    pub fn temporary(&self) -> PathBuf {
        self.path(TMPDIR).unwrap_or_else(|| PathBuf::from("/tmp"))
    }
    /// The first executable called `name` on `PATH`.
    pub fn find_program(&self, name: &str) -> Option<PathBuf> {
        let path = self.path(PATH)?;
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_executable(file))
    }
}

#[cfg(unix)]
fn is_executable(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &std::path::Path) -> bool {
    file.is_file()
}
