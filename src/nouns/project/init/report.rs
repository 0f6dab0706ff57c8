//! What `init` says of what it did.

use std::path::Path;

use super::leavings::Leavings;
use super::plan::Plan;
use super::seen::Seen;
use crate::nouns::hook;
use crate::report::prelude::*;
use crate::store::Change;

/// What was put in or taken out.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Initialised {
    /// Whether nothing was written because that was asked for.
    pub dry_run: bool,
    /// Whether things were taken out.
    pub removed: bool,
    /// Whether a file changed that is, or can be, committed.
    shared: bool,
    files: Vec<FileRow>,
    /// Folders with tickets that were there before.
    adopted: Vec<RepoPath>,
    /// What else was seen in the repository.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    seen: Vec<Seen>,
    /// Lines for agents that cmpm could not write itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    paste: Option<&'static str>,
    /// What `--remove` does not take, or takes only with `--all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leavings: Option<Leavings>,
    #[serde(skip)]
    findings: Vec<Finding>,
}

/// One file.
#[derive(Debug, Serialize, JsonSchema)]
struct FileRow {
    /// From the root of the work tree, if it is below that.
    path: String,
    action: Action,
    /// Whether it is a hook of git.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hook: bool,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    /// It was not there.
    Created,
    /// It was there and has other bytes now.
    Updated,
    /// It is gone.
    Removed,
    /// It has the bytes it had.
    Unchanged,
}

impl Action {
    fn of(change: &Change) -> Self {
        match (&change.before, &change.after) {
            (before, after) if before == after => Self::Unchanged,
            (None, _) => Self::Created,
            (Some(_), None) => Self::Removed,
            (Some(_), Some(_)) => Self::Updated,
        }
    }

    fn word(self, dry_run: bool) -> &'static str {
        match (self, dry_run) {
            (Self::Created, false) => "Created",
            (Self::Created, true) => "Would create",
            (Self::Updated, false) => "Updated",
            (Self::Updated, true) => "Would update",
            (Self::Removed, false) => "Removed",
            (Self::Removed, true) => "Would remove",
            (Self::Unchanged, _) => "Unchanged",
        }
    }
}

impl Initialised {
    /// What a plan comes to in the work tree at `root`.
    pub fn of(plan: &Plan, root: &Path) -> Self {
        let row = |change: &Change, hook| FileRow { path: change.place.shown(root), action: Action::of(change), hook };
        // The record of hooks is not worth a word.
        let hooks = plan.hooks.iter().flat_map(hook::Plan::files);
        Self {
            dry_run: false,
            removed: false,
            shared: plan.files.iter().any(|change| change.place.folder.is_none() && Action::of(change) != Action::Unchanged),
            files: plan.files.iter().map(|change| row(change, false)).chain(hooks.map(|change| row(change, true))).collect(),
            adopted: plan.adopted.clone(),
            seen: plan.seen.clone(),
            paste: plan.paste,
            leavings: None,
            findings: plan.findings.clone(),
        }
    }

    fn next(&self, is_changed: bool) -> &'static str {
        match (is_changed, self.dry_run, self.removed) {
            (false, _, true) => "There is nothing from `cmpm init` to remove.",
            (false, ..) if !self.findings.is_empty() => "Nothing else to change.",
            (false, ..) => "This is already a cmpm project; nothing to change.",
            (true, true, _) => "Nothing was written.",
            (true, false, true) if self.leavings.as_ref().is_some_and(Leavings::is_removed) => "Tickets, memory and run pages stay.",
            (true, false, true) => "Tickets, memory and run pages stay; `cmpm undo` reverts this.",
            (true, false, false) if self.shared => "Commit these files, then write a ticket: `cmpm issue create \"…\"`",
            (true, false, false) => "This clone is set up; no committed file changed.",
        }
    }
}

impl Report for Initialised {
    const SCHEMA: &'static str = "cmpm.init/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = String::new();
        let changed = || self.files.iter().filter(|row| row.action != Action::Unchanged);
        for row in changed().filter(|row| !row.hook) {
            let _ = writeln!(out, "{} {}", row.action.word(self.dry_run), text::one_line(&row.path));
        }
        for action in [Action::Created, Action::Updated, Action::Removed] {
            let mut hooks: Vec<&str> = Vec::new();
            for name in changed().filter(|row| row.hook && row.action == action).map(|row| name(&row.path)) {
                // With husky each is there twice: as git's own file and in its folder.
                hooks.extend((!hooks.contains(&name)).then_some(name));
            }
            if !hooks.is_empty() {
                let _ = writeln!(out, "{} the hooks {}", action.word(self.dry_run), hooks.join(", "));
            }
        }
        for part in self.leavings.iter().filter(|leavings| leavings.is_removed()).flat_map(Leavings::parts) {
            let _ = writeln!(out, "{} {part}", Action::Removed.word(self.dry_run));
        }
        for folder in &self.adopted {
            let _ = writeln!(out, "Tickets stay where they are, in {folder}/");
        }
        let is_changed = !out.is_empty();
        for seen in self.seen.iter().filter(|_| is_changed) {
            let _ = writeln!(out, "Found {}: {}", seen.path, text::one_line(&seen.message));
        }
        if let Some(lines) = self.paste {
            let _ = writeln!(out, "Lines for agents, to add by hand:\n\n{}", text::printable(lines));
        }
        for left in self.leavings.iter().filter_map(Leavings::line) {
            let _ = writeln!(out, "{left}");
        }
        let _ = writeln!(out, "{}", screen.paint(Tone::Quiet, self.next(is_changed)));
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
