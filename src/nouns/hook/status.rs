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

impl Seen {
    /// What there is to say of it, wherever it is.
    fn says(&self) -> (HookName, State, String) {
        let detail: Vec<&str> = [self.detail.as_str(), self.hint.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
        (self.hook, self.state, detail.join("; "))
    }
}

/// How a state looks.
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
        let mut groups: Vec<(Vec<&str>, &[Seen])> = Vec::new();
        for rows in self.hooks.chunk_by(|one, other| one.worktree == other.worktree) {
            let Some(first) = rows.first() else { continue };
            let alike = |known: &[Seen]| known.iter().map(Seen::says).eq(rows.iter().map(Seen::says));
            match groups.iter_mut().find(|(_, known)| alike(known)) {
                Some((worktrees, _)) => worktrees.push(&first.worktree),
                None => groups.push((vec![&first.worktree], rows)),
            }
        }
        let mut out = String::new();
        for (worktrees, rows) in groups {
            let mut table = Table::new(["HOOK", "STATE", "DETAIL"]);
            for row in rows {
                let (hook, state, detail) = row.says();
                table.row([(hook.as_str(), None), (state.as_str(), Some(tone(state))), (&detail, None)]);
            }
            out += if out.is_empty() { "" } else { "\n" };
            out.extend(worktrees.iter().map(|worktree| format!("{}\n", screen.paint(Tone::Title, &text::one_line(worktree)))));
            out += &table.render(screen);
        }
        out
    }
}
