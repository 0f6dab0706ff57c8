//! `cmpm hook status`

use super::judge::{State, judge};
use super::model::{HookName, Manager};
use super::place::{Place, places};
use crate::git::Repository;
use crate::report::prelude::*;

/// Show whether git's hooks call cmpm, in every worktree
///
/// Example: `cmpm hook status`
#[derive(Debug, Args)]
pub struct Status {}

/// Every hook in every worktree.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Overview {
    hooks: Vec<Seen>,
}

/// One hook in one worktree.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Seen {
    /// The root of the worktree.
    pub worktree: String,
    /// The hook.
    pub hook: HookName,
    /// How it stands.
    pub state: State,
    /// Who wrote it, if another program did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager: Option<Manager>,
    /// The file the line is in, or would be.
    pub file: String,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

impl Verb for Status {
    type Report = Overview;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Overview> {
        let mut hooks = Vec::new();
        for repository in survey(context)? {
            hooks.extend(look(&repository)?);
        }
        Ok(Overview { hooks })
    }
}

/// Every worktree of this clone whose folder is there, the main one first.
pub fn survey(context: &Context) -> Result<Vec<Repository>> {
    let here = context.repository()?;
    let env = context.env.clone().without(|name| name.starts_with("GIT_"));
    let mut all = Vec::new();
    if let Some(main) = here.main_work_dir() {
        all.push(Repository::discover(&main, &env)?);
    }
    for worktree in here.list_worktrees()?.iter().filter(|worktree| !worktree.gone && !worktree.is_unfinished()) {
        all.push(here.open_worktree(worktree)?);
    }
    Ok(all)
}

/// The hooks as one worktree sees them.
pub fn look(repository: &Repository) -> Result<Vec<Seen>> {
    let worktree = repository.require_work_dir()?.display().to_string();
    let see = |place: Place| {
        let judgement = judge(&place)?;
        Ok(Seen {
            worktree: worktree.clone(),
            hook: place.hook,
            state: judgement.state,
            manager: place.manager,
            file: place.file.display().to_string(),
            detail: judgement.detail,
            hint: judgement.hint,
        })
    };
    places(repository)?.into_iter().map(see).collect()
}

pub fn tone(state: State) -> Tone {
    match state {
        State::Installed => Tone::Good,
        State::Missing | State::Managed => Tone::Careful,
        State::Unreachable | State::Refused => Tone::Bad,
    }
}

impl Report for Overview {
    const SCHEMA: &'static str = "cmpm.hook.status/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = String::new();
        for rows in self.hooks.chunk_by(|one, other| one.worktree == other.worktree) {
            let Some(first) = rows.first() else { continue };
            let mut table = Table::new(&["HOOK", "STATE", "DETAIL"]);
            for row in rows {
                let detail = [row.detail.as_str(), row.hint.as_str()].iter().filter(|text| !text.is_empty()).copied().collect::<Vec<_>>();
                table.row([(row.hook.as_str(), None), (row.state.as_str(), Some(tone(row.state))), (&detail.join("; "), None)]);
            }
            let apart = if out.is_empty() { "" } else { "\n" };
            out += &format!("{apart}{}\n{}", screen.paint(Tone::Title, &text::one_line(&first.worktree)), table.render(screen));
        }
        out
    }
}
