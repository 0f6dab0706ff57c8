//! What may lift an answer besides its words: how new it is, and how it did in runs. Only where that is asked for.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Serialize;

use crate::base::date::parse_moment;
use crate::base::{Result, Timestamp, text};
use crate::context::Context;

use super::super::model::Memory;
use super::usage::Record;

/// What a memory that is as new as the commit gains; after this many days it gains half of that.
const RECENCY: f64 = 0.5;
const HALF_LIFE_DAYS: f64 = 180.0;
/// What a memory that never failed gains over one that always did.
const EFFECTIVENESS: f64 = 0.5;
documented! {
    "docs/memory.md": "recency with 1 to {}, half of the gain being left after {} days", 1.0 + RECENCY, HALF_LIFE_DAYS;
    "docs/memory.md": "effectiveness with {} to {}", 1.0 - EFFECTIVENESS / 2.0, 1.0 + EFFECTIVENESS / 2.0;
}
const DAY_SECONDS: f64 = 86_400.0;

named! {
    /// What lifts an answer.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, ValueEnum)]
    #[serde(rename_all = "snake_case")]
    pub enum Boost {
        /// How new it is relative to the commit that is checked out
        Recency = "recency",
        /// How the runs ended that were given it
        Effectiveness = "effectiveness",
    }
}

#[derive(Debug, Default)]
pub struct Boosts {
    wanted: Vec<Boost>,
    now: Option<Timestamp>,
}

/// What one boost does to a score.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BoostPart {
    /// Which.
    pub boost: Boost,
    /// What the score is multiplied with.
    pub factor: f64,
    /// Why so much, in words.
    pub why: String,
}

impl Boosts {
    /// The time is that of the commit that is checked out, so that the same commit gives the same order.
    pub fn new(wanted: &[Boost], context: &Context) -> Result<Self> {
        let mut all = Self::default();
        wanted.iter().for_each(|boost| {
            if !all.wanted.contains(boost) {
                all.wanted.push(*boost);
            }
        });
        if all.wanted.contains(&Boost::Recency)
            && let Ok(repository) = context.repository()
            && let Some(head) = repository.head()?.oid()
        {
            all.now = Some(repository.read_commit(head)?.time);
        }
        Ok(all)
    }

    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// What they do to the score of a memory.
    pub fn of(&self, memory: &Memory, usage: Record) -> Vec<BoostPart> {
        let part = |boost: &Boost| match boost {
            Boost::Recency => self.recency(memory),
            Boost::Effectiveness => {
                let proof = usage.effectiveness(memory.confidence);
                let factor = 1.0 + EFFECTIVENESS * (proof - 0.5);
                BoostPart { boost: *boost, factor, why: format!("proof {proof:.2}, {}", usage.phrase()) }
            }
        };
        self.wanted.iter().map(part).collect()
    }

    fn recency(&self, memory: &Memory) -> BoostPart {
        let boost = Boost::Recency;
        let Some(now) = self.now else { return BoostPart { boost, factor: 1.0, why: "nothing is committed".to_owned() } };
        let Some(created) = memory.created.as_deref().and_then(parse_moment) else {
            return BoostPart { boost, factor: 1.0, why: "it does not say when it was written".to_owned() };
        };
        let days = now.since(created) as f64 / DAY_SECONDS;
        let factor = 1.0 + RECENCY * (-days / HALF_LIFE_DAYS).exp2();
        BoostPart { boost, factor, why: format!("{} before the commit", text::plural(days as usize, "day")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nouns::memory::testing::memory;

    #[test]
    fn what_is_newer_gains_more_and_what_says_nothing_gains_nothing() {
        let boosts = Boosts { wanted: vec![Boost::Recency], now: "2026-06-30T00:00:00Z".parse().ok() };
        let factor = |created: Option<&str>| {
            let mut memory = memory("MEM-1", "a", "").record;
            memory.created = created.map(str::to_owned);
            boosts.of(&memory, Record::default())[0].factor
        };
        assert!((factor(Some("2026-06-30")) - 1.5).abs() < 1e-9 && (factor(Some("2026-01-01T00:00:00Z")) - 1.25).abs() < 1e-9);
        assert!((factor(Some("2099-01-01")) - 1.5).abs() < 1e-9, "a later day is no more than today");
        assert!((factor(None) - 1.0).abs() < 1e-9 && (factor(Some("soon")) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn runs_lift_and_lower() {
        let boosts = Boosts { wanted: vec![Boost::Effectiveness], now: None };
        let factor =
            |merged, failed| boosts.of(&memory("MEM-1", "a", "").record, Record { used: merged + failed, merged, failed })[0].factor;
        assert!((factor(0, 0) - 1.0).abs() < 1e-9 && factor(3, 0) > 1.1 && factor(0, 3) < 0.9);
    }
}
