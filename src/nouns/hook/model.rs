//! The hooks that cmpm takes part in, who manages them, and why a line cannot be put in.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Explain, Explained};

named! {
    /// A hook of git.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, clap::ValueEnum)]
    #[serde(rename_all = "kebab-case")]
    pub enum HookName [ALL] {
        // in the order in which git runs them
        /// Before a commit: checks what is staged
        PreCommit = "pre-commit",
        /// With the message: tickets named in it must exist
        CommitMsg = "commit-msg",
        /// After a commit: notes it
        PostCommit = "post-commit",
        /// After a merge: notes it
        PostMerge = "post-merge",
        /// After a checkout
        PostCheckout = "post-checkout",
        /// Before a push
        PrePush = "pre-push",
    }
}

impl HookName {
    /// Whether git stops when the hook fails.
    pub fn can_refuse(self) -> bool {
        match self {
            Self::PreCommit | Self::CommitMsg | Self::PrePush => true,
            Self::PostCommit | Self::PostMerge | Self::PostCheckout => false,
        }
    }
}

named! {
    /// A program that writes hooks.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    pub enum Manager [ALL] {
        /// <https://typicode.github.io/husky>, 5 or newer: files in `.husky/` are the user's.
        Husky = "husky",
        /// Husky 4, which writes the hooks again from `package.json`.
        Husky4 = "husky 4",
        /// <https://pre-commit.com>, which runs `<hook>.legacy` first.
        PreCommit = "pre-commit",
        /// <https://prek.j178.dev>, which does the same.
        Prek = "prek",
        /// <https://lefthook.dev>, which writes its hooks again whenever its settings change.
        Lefthook = "lefthook",
        /// <https://hk.jdx.dev>, which writes its hooks again.
        Hk = "hk",
        /// <https://github.com/toplenboren/simple-git-hooks>, which writes its hooks again at `npm install`.
        SimpleGitHooks = "simple-git-hooks",
    }
}

/// The settings of npm, which hold those of its programs too.
const PACKAGE: &str = "package.json";
/// Those of lefthook, in the order in which it looks for them, and what is added to them.
const LEFTHOOK: &[&str] = &[
    "lefthook.yml",
    "lefthook.yaml",
    "lefthook.json",
    "lefthook.jsonc",
    "lefthook.toml",
    ".lefthook.yml",
    ".lefthook.yaml",
    ".lefthook.json",
    ".lefthook.jsonc",
    ".lefthook.toml",
    ".config/lefthook.yml",
    ".config/lefthook.yaml",
    ".config/lefthook.json",
    ".config/lefthook.jsonc",
    ".config/lefthook.toml",
    "lefthook-local.yml",
    "lefthook-local.yaml",
    "lefthook-local.json",
    "lefthook-local.jsonc",
    "lefthook-local.toml",
    ".lefthook-local.yml",
    ".lefthook-local.yaml",
    ".lefthook-local.json",
    ".lefthook-local.jsonc",
    ".lefthook-local.toml",
    ".config/lefthook-local.yml",
    ".config/lefthook-local.yaml",
    ".config/lefthook-local.json",
    ".config/lefthook-local.jsonc",
    ".config/lefthook-local.toml",
];

impl Manager {
    /// Whether a file with settings, which has this text, is about this manager.
    pub fn is_in(self, file: &str, text: &str) -> bool {
        match self {
            _ if file != PACKAGE => true,
            // Newer ones only have a version there.
            Self::Husky4 => serde_json::from_str(text).is_ok_and(|package: serde_json::Value| package.pointer("/husky/hooks").is_some()),
            _ => text.contains(&format!("\"{}\"", self.as_str())),
        }
    }

    /// The files with its settings where a line of ours in a file of its making would not last, and what to write there.
    pub fn settings(self, hook: HookName) -> Option<(&'static [&'static str], String)> {
        let name = hook.as_str();
        let argument = match (self, hook) {
            (Self::Lefthook, HookName::CommitMsg) => " \"{1}\"",
            (Self::Lefthook, HookName::PrePush) => " {1}",
            (Self::Hk, HookName::CommitMsg) => " {{commit_msg_file}}",
            (Self::SimpleGitHooks, HookName::CommitMsg) => " \\\"$1\\\"",
            (Self::SimpleGitHooks, HookName::PrePush | HookName::PostMerge | HookName::PostCheckout) => " $@",
            _ => "",
        };
        // git tells this hook what is pushed on standard input.
        let stdin = if hook == HookName::PrePush { ", use_stdin: true" } else { "" };
        match self {
            Self::Husky | Self::PreCommit | Self::Prek => None,
            Self::Husky4 => {
                let files = &[
                    PACKAGE,
                    ".huskyrc",
                    ".huskyrc.json",
                    ".huskyrc.yaml",
                    ".huskyrc.yml",
                    ".huskyrc.js",
                    ".huskyrc.cjs",
                    "husky.config.js",
                    "husky.config.cjs",
                ];
                Some((files, format!("\"{name}\": \"cmpm hook run {name} $HUSKY_GIT_PARAMS\"")))
            }
            Self::Lefthook => {
                Some((LEFTHOOK, format!("{name}: {{ commands: {{ cmpm: {{ run: 'cmpm hook run {name}{argument}'{stdin} }} }} }}")))
            }
            Self::Hk => Some((
                &["hk.pkl", ".config/hk.pkl"],
                format!("[\"{name}\"] {{ steps {{ [\"cmpm\"] {{ check = \"cmpm hook run {name}{argument}\" }} }} }}"),
            )),
            Self::SimpleGitHooks => Some((
                &[
                    ".simple-git-hooks.cjs",
                    ".simple-git-hooks.js",
                    ".simple-git-hooks.mjs",
                    "simple-git-hooks.cjs",
                    "simple-git-hooks.js",
                    "simple-git-hooks.mjs",
                    ".simple-git-hooks.json",
                    "simple-git-hooks.json",
                    PACKAGE,
                ],
                format!("\"{name}\": \"cmpm hook run {name}{argument}\""),
            )),
        }
    }
}

/// Why hooks are left alone.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// `core.hooksPath` of the user: a line there would run in every repository.
    #[error("core.hooksPath is set for all repositories, to {folder}")]
    Global { folder: String },
    /// The record of what was put in cannot be read.
    #[error("{file} cannot be read: {reason}")]
    Record { file: String, reason: String },
    /// The message of a commit is not where git says.
    #[error("git gave no file with the message")]
    NoMessage,
}

impl Explain for HookError {
    fn explain(&self) -> Explained {
        match self {
            Self::Global { .. } => Explained::refused("global_hooks")
                .hint("give this repository its own: `git config --local core.hooksPath .git/hooks`, then install again"),
            Self::Record { .. } => {
                Explained::wrong("hook_record").hint("nothing was written; move that file away and run `cmpm hook install` again")
            }
            Self::NoMessage => Explained::wrong("no_message").hint("give the file: `cmpm hook run commit-msg .git/COMMIT_EDITMSG`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RepoPath;
    use crate::engine::policy::{Role, Rule, Rules};

    #[test]
    fn no_role_gets_the_settings_of_a_manager_by_a_wildcard() {
        let rule = |glob: &str| Rule { pattern: glob.to_owned(), origin: String::new() };
        let rules = |globs: &[&str]| Rules::parse(globs.iter().map(|glob| rule(glob)).collect()).unwrap();
        let role = Role { name: String::new(), source: String::new(), write: rules(&["**"]), deny: rules(&[]) };
        let settings = Manager::ALL.iter().filter_map(|manager| manager.settings(HookName::PreCommit));
        for file in settings.flat_map(|(files, _)| files).filter(|file| **file != PACKAGE) {
            assert!(!role.decide(&RepoPath::parse(file).unwrap()).is_allowed(), "{file}");
        }
    }

    #[test]
    fn husky_4_is_told_from_newer_ones() {
        assert!(Manager::Husky4.is_in(PACKAGE, "{\"husky\": {\"hooks\": {}}}"));
        assert!(!Manager::Husky4.is_in(PACKAGE, "{\"devDependencies\": {\"husky\": \"9\"}, \"hooks\": 1}"));
    }
}
