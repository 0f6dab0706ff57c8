//! The environment of programs that are not trusted: only what is on a list.

use std::ffi::{OsStr, OsString};

use crate::base::Env;
use crate::base::env::PATH;

/// What every program gets. Names ending in `*` stand for all that begin so.
const ALWAYS: [&str; 10] = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_*", "TERM", "TMPDIR", "TZ", "SHELL"];
/// What no program gets from outside, even if asked for: these would redirect git or steer cmpm.
const NEVER: [&str; 2] = ["GIT_*", "CMPM_*"];

/// The part of `env` that a program may see: the usual names, and those in `keep` (`NAME` or `PREFIX_*`).
///
/// Relative folders are taken out of `PATH`: they would mean the folder the program works in. The caller adds
/// `CMPM_RUN` and `CMPM_RUN_DIR`.
pub fn scrubbed(env: &Env, keep: &[String]) -> Env {
    let passes = |name: &str| {
        let asked = ALWAYS.iter().copied().chain(keep.iter().map(String::as_str)).any(|pattern| matches(pattern, name));
        asked && !NEVER.iter().any(|pattern| matches(pattern, name))
    };
    let kept = env.iter().filter(|(name, _)| name.to_str().is_some_and(passes));
    kept.fold(Env::default(), |all, (name, value)| if name == PATH { all.with(name, absolute(value)) } else { all.with(name, value) })
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}

fn absolute(path: &OsStr) -> OsString {
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    // Joining fails only for a folder with a colon in its name, which splitting cannot give.
    std::env::join_paths(folders).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_names_pass() {
        let env = [
            ("PATH", "/usr/bin:.::bin:/bin"),
            ("LC_ALL", "C"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("GIT_DIR", "/x"),
            ("CMPM_RUN", "RUN-1"),
            ("AGENT_KEY", "k"),
            ("HOMEX", "no"),
        ];
        let env = env.iter().fold(Env::default(), |all, (name, value)| all.with(name, value));
        let kept = scrubbed(&env, &["AGENT_*".into(), "GIT_DIR".into()]);
        let kept: Vec<_> = kept.iter().map(|(name, value)| (name.to_str().unwrap(), value.to_str().unwrap())).collect();
        assert_eq!(kept, [("AGENT_KEY", "k"), ("LC_ALL", "C"), ("PATH", "/usr/bin:/bin")]);
    }

    #[test]
    fn a_star_alone_still_keeps_git_and_cmpm_out() {
        let env = Env::default().with("GIT_DIR", "/x").with("CMPM_NOW", "x").with("ANY", "1");
        assert_eq!(scrubbed(&env, &["*".into()]).iter().count(), 1);
    }
}
