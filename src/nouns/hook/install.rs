//! `cmpm hook install`

use super::edit::Plan;
use super::judge::{Judgement, State, judge};
use super::line;
use super::model::HookName;
use super::note::begin;
use super::place::{Place, places};
use super::record::{Inserted, Record};
use crate::fs::read;
use crate::report::prelude::*;
use crate::store::{self, Change, Kind};

/// Install cmpm's git hooks; existing hooks are kept
///
/// One marked line in the file that git really runs, before everything else in it; nothing else changes. A second time it
/// changes nothing. `cmpm hook uninstall` takes it out again.
/// Example: `cmpm hook install pre-commit commit-msg`
#[derive(Debug, Args)]
pub struct Install {
    /// Only these hooks
    #[arg(value_name = "HOOK")]
    hooks: Vec<HookName>,
    /// Only say what would be done
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// What was done with each hook.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Installed {
    hooks: Vec<Row>,
    dry_run: bool,
}

/// One hook.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Row {
    /// The hook.
    pub hook: HookName,
    /// The file the line is in, or would be.
    pub file: String,
    /// What happened.
    pub action: Action,
    /// Why not, where it did not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// What happened to a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// There was no such hook before.
    Created,
    /// The line was put into a hook that was there.
    Added,
    /// It has the line already.
    Unchanged,
    /// Another program writes this hook.
    Managed,
    /// It cannot be written to.
    Refused,
}

impl Verb for Install {
    type Report = Installed;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Installed> {
        Ok(Installed { hooks: install_all(context, &self.hooks, self.dry_run)?, dry_run: self.dry_run })
    }
}

/// Puts the line into `hooks`, all of them if none is named.
pub fn install_all(context: &Context, hooks: &[HookName], dry_run: bool) -> Result<Vec<Row>> {
    let plan = plan_install(context, hooks, dry_run)?;
    if dry_run {
        return Ok(plan.rows);
    }
    let rows = plan.carry_out()?;
    begin(context)?;
    Ok(rows)
}

/// What puts the line into `hooks`, all of them if none is named. A plan that is not a dry run can be carried out.
pub fn plan_install(context: &Context, hooks: &[HookName], dry_run: bool) -> Result<Plan<Row>> {
    let repository = context.repository()?;
    let mut record = Record::open(repository, dry_run)?;
    let (mut changes, mut rows) = (Vec::new(), Vec::new());
    for place in places(repository)?.into_iter().filter(|place| hooks.is_empty() || hooks.contains(&place.hook)) {
        let (row, change) = install(&place, &mut record)?;
        rows.push(row);
        changes.extend(change);
    }
    // First, so that nothing is ever put in that is not on it.
    changes.insert(0, record.change()?);
    Ok(Plan { changes, rows, record })
}

fn install(place: &Place, record: &mut Record) -> Result<(Row, Option<Change>)> {
    let Judgement { state, detail, hint } = judge(place)?;
    let before = read::find(&place.file).unwrap_or_default();
    let is_due = !hint.is_empty() && (before.is_none() || line::is_shell(before.as_deref().unwrap_or_default()));
    let mut change = None;
    let action = match state {
        State::Managed => Action::Managed,
        State::Refused => Action::Refused,
        State::Missing | State::Installed | State::Unreachable if is_due && hint == "cmpm hook install" => {
            let action = if before.is_some() { Action::Added } else { Action::Created };
            change = Some(put_in(place, before, record));
            action
        }
        _ => Action::Unchanged,
    };
    let is_done = matches!(action, Action::Created | Action::Added) || (action == Action::Unchanged && state == State::Installed);
    let said = |text: String| if is_done { String::new() } else { text };
    let row = Row { hook: place.hook, file: place.file.display().to_string(), action, detail: said(detail), hint: said(hint) };
    Ok((row, change))
}

fn put_in(place: &Place, before: Option<Vec<u8>>, record: &mut Record) -> Change {
    let known = record.files.get(&place.file).cloned();
    let old = before.as_deref().unwrap_or(if place.is_program() { b"#!/bin/sh\n" } else { b"" });
    let bare = line::without(old, known.as_ref().map(|known| known.text.as_str())).unwrap_or_else(|| old.to_vec());
    let (text, inserted) = line::insert(&bare, &line::line(place.hook));
    let created = before.is_none() || known.is_some_and(|known| known.created);
    record.files.insert(place.file.clone(), Inserted { created, text: inserted });
    let kind = if place.is_program() { Kind::Program } else { Kind::Plain };
    Change::write(store::Place::of_clone(&place.file).written_as(kind), before, text)
}

impl Report for Installed {
    const SCHEMA: &'static str = "cmpm.hook.install/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = String::new();
        for row in &self.hooks {
            let (word, tone) = match (row.action, self.dry_run) {
                (Action::Created, false) => ("created", Tone::Good),
                (Action::Added, false) => ("added", Tone::Good),
                (Action::Created, true) => ("would be created", Tone::Good),
                (Action::Added, true) => ("would be added", Tone::Good),
                (Action::Unchanged, _) => ("unchanged", Tone::Quiet),
                (Action::Managed, _) => ("managed", Tone::Careful),
                (Action::Refused, _) => ("refused", Tone::Bad),
            };
            let detail = if row.detail.is_empty() { String::new() } else { format!(": {}", text::one_line(&row.detail)) };
            let _ = writeln!(out, "{:<14}{}{detail}", row.hook.as_str(), screen.paint(tone, word));
            if !row.hint.is_empty() {
                let _ = writeln!(out, "              {}", screen.paint(Tone::Quiet, &text::one_line(&row.hint)));
            }
        }
        out
    }

    fn exit(&self) -> Exit {
        if self.hooks.iter().any(|row| row.action == Action::Refused) { Exit::Refused } else { Exit::Done }
    }
}
