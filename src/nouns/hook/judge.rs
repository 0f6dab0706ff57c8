//! How a hook stands: whether cmpm's line is in it, will be reached, or cannot be put in.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::line;
use super::place::Place;
use crate::base::Result;
use crate::fs::{Metadata, PathKind, read};

named! {
    /// How a hook stands.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum State {
        /// The line is there and is reached.
        Installed = "installed",
        /// There is no line.
        Missing = "missing",
        /// Another program writes this hook; the line belongs into its settings.
        Managed = "managed",
        /// The line is there, but not reached.
        Unreachable = "unreachable",
        /// The file is none that cmpm would write to.
        Refused = "refused",
    }
}

/// A state with the reason and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub state: State,
    /// Why, in a few words; empty if there is nothing to say.
    pub detail: String,
    /// What to do; empty if nothing.
    pub hint: String,
}

impl Judgement {
    fn new(state: State, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { state, detail: detail.into(), hint: hint.into() }
    }
}

/// Looks at a hook.
pub fn judge(place: &Place) -> Result<Judgement> {
    if let Some(judgement) = judge_settings(place)? {
        return Ok(judgement);
    }
    let by = |text: &str| place.manager.map_or_else(String::new, |manager| format!("{text} {}", manager.as_str()));
    if let Some(link) = link_on_the_way(place) {
        let detail = format!("{} is a symbolic link", link.display());
        return Ok(Judgement::new(State::Refused, detail, format!("add this line to what it points to: {}", line::line(place.hook))));
    }
    let Some(found) = read::find_metadata(&place.file)? else {
        return Ok(Judgement::new(State::Missing, by("beside"), "cmpm hook install"));
    };
    let text = if PathKind::of(&found) == PathKind::File { read::read(&place.file)? } else { vec![0] };
    if !line::is_shell(&text) {
        let hint = format!("have it run `cmpm hook run {}` first, and end with its exit code", place.hook.as_str());
        return Ok(Judgement::new(State::Refused, "not a shell script", hint));
    }
    if place.is_program() && !is_executable(&found) {
        let state = if line::find(&text).is_some() { State::Unreachable } else { State::Refused };
        return Ok(Judgement::new(
            state,
            "not executable, so git skips it",
            format!("chmod +x '{}', then install again", place.file.display()),
        ));
    }
    Ok(judge_line(place, &text, by("run by")))
}

fn judge_line(place: &Place, text: &[u8], by: String) -> Judgement {
    let starts = read::find_metadata(&place.entry).ok().flatten().is_some_and(|found| is_executable(&found));
    match line::find(text) {
        None => Judgement::new(State::Missing, by, "cmpm hook install"),
        Some(_) if !starts => {
            let detail = format!("{} is not there, so git runs nothing", place.entry.display());
            Judgement::new(State::Unreachable, detail, "install the hook manager in this worktree")
        }
        Some(_) if !line::is_first(text) => Judgement::new(State::Unreachable, "earlier lines may end the hook", "cmpm hook install"),
        Some(range) => {
            let now = text.get(range).unwrap_or_default().trim_ascii_end();
            let is_current = now == line::line(place.hook).as_bytes();
            let detail = if is_current { by } else { "by another version of cmpm".into() };
            Judgement::new(State::Installed, detail, if is_current { "" } else { "cmpm hook install" })
        }
    }
}

/// For managers that write their hooks again: only their settings last.
fn judge_settings(place: &Place) -> Result<Option<Judgement>> {
    let Some((manager, (files, entry))) = place.manager.and_then(|manager| Some((manager, manager.settings(place.hook)?))) else {
        return Ok(None);
    };
    let call = format!("cmpm hook run {}", place.hook.as_str());
    let mut first = None;
    for file in files {
        let Some(text) = read::find_text(&place.root.join(file))? else { continue };
        if text.contains(&call) {
            return Ok(Some(Judgement::new(State::Installed, format!("in {file}"), "")));
        }
        first = first.or(Some(file));
    }
    let first = first.or(files.first()).copied().unwrap_or_default();
    Ok(Some(Judgement::new(State::Managed, format!("written by {}", manager.as_str()), format!("add to {first}: {entry}"))))
}

fn link_on_the_way(place: &Place) -> Option<&Path> {
    let is_link = |path: &Path| read::find_metadata(path).ok().flatten().is_some_and(|found| found.is_symlink());
    [Some(place.file.as_path()), place.file.parent()].into_iter().flatten().find(|path| is_link(path))
}

fn is_executable(found: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o111 != 0
}
