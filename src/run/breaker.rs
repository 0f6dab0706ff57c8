//! When a runner is held back: it said that it cannot work, or it failed several times in a row. Nothing is stored for that; it follows
//! from what past runs say of each time that their program worked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::adapter::known::{Stop, StopKind};
use super::job::status::{State, Usage};
use super::{Job, Run, Runner, Runs};
use crate::base::{Id, Result, Timestamp};

/// So many failures in a row without a reason that is known hold a runner back.
const IN_A_ROW: usize = 5;
/// For how many seconds.
const PAUSE: i64 = 10 * 60;
/// How many seconds a quota counts as used up where the program does not say until when.
const QUOTA: i64 = 60 * 60;
/// The same for a login or a model: somebody may have put it right meanwhile.
const MENDED: i64 = 15 * 60;
documented! {
    "docs/runners.md": "{} failures in a row", IN_A_ROW;
    "docs/runners.md": "for {} minutes", PAUSE / 60;
    "docs/runners.md": "{} minutes where it does not say until when", QUOTA / 60;
    "docs/runners.md": "a login or a model {} minutes", MENDED / 60;
}

/// One time that the program of a run's runner worked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Try {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// With which runner.
    pub runner: String,
    /// The model that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// When it ended.
    pub at: Timestamp,
    /// Whether the program itself failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    /// What kept it from working, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// What it says it used.
    #[serde(default)]
    pub usage: Usage,
}

/// A runner with which no run begins for now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HeldBack {
    pub runner: String,
    /// Until when.
    pub until: Timestamp,
    /// What it said, if that is known; several failures in a row otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// The run that ended last with it.
    pub run: Id,
}

impl HeldBack {
    /// Why and until when, in a sentence about the runner.
    pub fn why(&self) -> String {
        match &self.stop {
            Some(stop) => format!("{} {} ({}: {})", self.runner, stop.kind.phrase(), self.run, stop.said),
            None => format!("{} failed {IN_A_ROW} times in a row, the last time in {}", self.runner, self.run),
        }
    }
}

/// Whether a run may begin with its runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    Free,
    Held(Box<HeldBack>),
    /// It was held back, and another run is the first to try again: its end is waited for.
    Tried,
}

impl Runs<'_> {
    /// Whether a run with this runner and model may begin.
    pub fn admission(&self, job: &Job) -> Result<Admission> {
        let Runner::Adapter { adapter, .. } = &job.runner else { return Ok(Admission::Free) };
        let all = self.list()?;
        let tries = tries_of(&all, &adapter.name);
        Ok(match held(&tries, job.model()) {
            Some(held) if self.clock.now() < held.until => Admission::Held(Box::new(held)),
            Some(held) if all.iter().any(|run| run.job.run != job.run && is_trying(run, &held)) => Admission::Tried,
            _ => Admission::Free,
        })
    }

    /// The runners that are held back now.
    pub fn held_back(&self, all: &[Run]) -> Vec<HeldBack> {
        let mut names: Vec<&str> = all.iter().flat_map(|run| &run.status.tries).map(|one| one.runner.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let models = |tries: &[(&Id, &Try)]| tries.last().and_then(|(_, last)| last.model.clone());
        let found = names.into_iter().filter_map(|name| {
            let tries = tries_of(all, name);
            held(&tries, models(&tries).as_deref())
        });
        found.filter(|held| self.clock.now() < held.until).collect()
    }
}

/// Whether a run works with a runner that was held back.
fn is_trying(run: &Run, held: &HeldBack) -> bool {
    run.job.runner.name() == held.runner && run.status.state == State::Running && run.is_driven()
}

/// What the runs, newest first, say of a runner, oldest first.
fn tries_of<'a>(all: &'a [Run], runner: &str) -> Vec<(&'a Id, &'a Try)> {
    let mut tries: Vec<(&Id, &Try)> = all.iter().rev().flat_map(|run| run.status.tries.iter().map(|one| (&run.job.run, one))).collect();
    tries.retain(|(_, one)| one.runner == runner);
    tries.sort_by_key(|(_, one)| one.at);
    tries
}

/// Until when a runner is held back, by what it did last; that may be over.
fn held(tries: &[(&Id, &Try)], model: Option<&str>) -> Option<HeldBack> {
    let counts = |one: &Try| !matches!(&one.stop, Some(stop) if stop.kind == StopKind::Model && one.model.as_deref() != model);
    let failures: Vec<&(&Id, &Try)> = tries.iter().rev().filter(|(_, one)| counts(one)).take_while(|(_, one)| one.failed).collect();
    let (run, last) = *failures.first()?;
    let after = |seconds: i64| Timestamp::from_seconds(last.at.seconds().saturating_add(seconds));
    let stop = last.stop.clone().filter(|stop| stop.kind != StopKind::Busy);
    let until = match &stop {
        Some(stop) => stop.until.unwrap_or_else(|| after(if stop.kind == StopKind::Quota { QUOTA } else { MENDED })),
        None if failures.len() >= IN_A_ROW => after(PAUSE),
        None => return None,
    };
    Some(HeldBack { runner: last.runner.clone(), until, stop, run: (*run).clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(minute: i64, failed: bool, stop: Option<StopKind>) -> Try {
        let stop = stop.map(|kind| Stop { kind, until: None, said: "no".into() });
        let at = Timestamp::from_seconds(minute * 60);
        Try { attempt: 1, runner: "x".into(), model: Some("m".into()), at, failed, stop, usage: Usage::default() }
    }

    fn until(tries: &[Try], model: &str) -> Option<i64> {
        let id = Id::parse("RUN-1").unwrap();
        let tries: Vec<(&Id, &Try)> = tries.iter().map(|one| (&id, one)).collect();
        held(&tries, Some(model)).map(|held| held.until.seconds() / 60)
    }

    #[test]
    fn a_known_reason_holds_back_at_once_and_a_success_lets_go() {
        let quota = one(1, true, Some(StopKind::Quota));
        assert_eq!(until(std::slice::from_ref(&quota), "m"), Some(1 + QUOTA / 60));
        assert_eq!(until(&[quota.clone(), one(2, false, None)], "m"), None);
        assert_eq!(until(&[one(1, true, Some(StopKind::Login))], "m"), Some(1 + MENDED / 60));
        assert_eq!(until(&[one(1, true, Some(StopKind::Busy))], "m"), None);
        let mut said = quota;
        said.stop.as_mut().unwrap().until = Some(Timestamp::from_seconds(600));
        assert_eq!(until(&[said], "m"), Some(10));
    }

    #[test]
    fn a_model_is_missing_for_those_who_want_it() {
        let tries = [one(1, false, None), one(2, true, Some(StopKind::Model))];
        assert_eq!((until(&tries, "m"), until(&tries, "other")), (Some(2 + MENDED / 60), None));
    }

    #[test]
    fn failures_in_a_row_hold_back_for_a_while() {
        let mut tries: Vec<Try> = (1..5).map(|minute| one(minute, true, None)).collect();
        assert_eq!(until(&tries, "m"), None);
        tries.push(one(5, true, Some(StopKind::Busy)));
        assert_eq!(until(&tries, "m"), Some(5 + PAUSE / 60));
        tries.insert(2, one(3, false, None));
        assert_eq!(until(&tries, "m"), None);
    }
}
