//! How an agent is chosen: what it can do, how its runs went, and what it has to do already. Pure.

use schemars::JsonSchema;
use serde::Serialize;

/// How much each part counts.
pub const CAPABILITY: f64 = 0.4;
pub const PERFORMANCE: f64 = 0.4;
pub const WORKLOAD: f64 = 0.2;
/// How many runs the mean of all agents counts for.
const PRIOR: f64 = 2.0;
documented! {
    "docs/delegation.md": "{} × capability + {} × performance + {} × workload", CAPABILITY, PERFORMANCE, WORKLOAD;
    "docs/delegation.md": "where the mean of all agents counts as much as {} runs", word(PRIOR as usize);
}

/// An agent, how well it fits, and why.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Choice {
    /// The agent's name.
    pub agent: String,
    /// What it may be chosen by, from 0 to 1.
    pub score: f64,
    pub capability: Capability,
    /// How its runs went; nothing if none has been decided here.
    pub performance: Option<Performance>,
    pub workload: Workload,
}

/// What it can do, by its file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Capability {
    /// From 0 to 1.
    pub score: f64,
    /// How well its description fits the ticket's words, relative to the agent that fits best.
    pub words: f64,
    /// The words that both have.
    pub matched: Vec<String>,
    /// How many of the ticket's files it may write.
    pub covered: usize,
    /// How many files of the ticket are known.
    pub files: usize,
}

/// How its runs went, by the run pages.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Performance {
    /// From 0 to 1.
    pub score: f64,
    /// Runs that were merged.
    pub merged: u32,
    /// Runs that failed or were rejected.
    pub failed: u32,
}

/// What it has to do already.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Workload {
    /// From 0 to 1; 1 is idle.
    pub score: f64,
    /// Its open runs in this clone.
    pub open: u32,
}

/// What is known of an agent.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub agent: String,
    pub capability: Capability,
    pub merged: u32,
    pub failed: u32,
    pub open: u32,
}

/// The agents, best first. Who fits in nothing comes after all who do; equally good ones are in order of their names.
pub fn rank(known: Vec<Known>) -> Vec<Choice> {
    let (merged, failed) = known.iter().fold((0, 0), |(merged, failed), one| (merged + one.merged, failed + one.failed));
    let mean = share(f64::from(merged), f64::from(merged + failed)).unwrap_or(0.5);
    let mut choices: Vec<Choice> = known.into_iter().map(|one| choice(one, mean)).collect();
    let fits = |choice: &Choice| choice.capability.score > 0.0;
    choices.sort_by(|a, b| {
        let by_score = fits(b).cmp(&fits(a)).then(b.score.total_cmp(&a.score));
        by_score.then_with(|| a.agent.cmp(&b.agent))
    });
    choices
}

fn choice(known: Known, mean: f64) -> Choice {
    let Known { agent, mut capability, merged, failed, open } = known;
    let covered = share(capability.covered as f64, capability.files as f64);
    capability.score = covered.map_or(capability.words, |covered| f64::midpoint(capability.words, covered));
    let decided = f64::from(merged + failed);
    let measured = (f64::from(merged) + PRIOR * mean) / (decided + PRIOR);
    let performance = (decided > 0.0).then_some(Performance { score: measured, merged, failed });
    let workload = Workload { score: 1.0 / (1.0 + f64::from(open)), open };
    let parts = [
        Some((CAPABILITY, capability.score)),
        performance.as_ref().map(|performance| (PERFORMANCE, performance.score)),
        Some((WORKLOAD, workload.score)),
    ];
    // What is not known says nothing for or against.
    let (sum, weight) = parts.into_iter().flatten().fold((0.0, 0.0), |(sum, all), (weight, score)| (sum + weight * score, all + weight));
    Choice { agent, score: sum / weight, capability, performance, workload }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(agent: &str, words: f64, (merged, failed, open): (u32, u32, u32)) -> Known {
        Known { agent: agent.to_owned(), capability: Capability { words, ..Capability::default() }, merged, failed, open }
    }

    fn order(known: Vec<Known>) -> Vec<(String, i64)> {
        rank(known).into_iter().map(|choice| (choice.agent, (choice.score * 100.0).round() as i64)).collect()
    }

    #[test]
    fn three_parts_are_weighed() {
        let both = vec![known("a", 1.0, (3, 1, 0)), known("b", 0.5, (1, 3, 1))];
        // a: (3 + 2 × ½) / 6 = ⅔ of its runs; b: (1 + 1) / 6 = ⅓.
        assert_eq!(order(both), [("a".to_owned(), 87), ("b".to_owned(), 43)]);
    }

    #[test]
    fn what_is_unknown_is_left_out_and_names_decide_ties() {
        assert_eq!(order(vec![known("b", 1.0, (0, 0, 0)), known("a", 1.0, (0, 0, 0))]), [("a".to_owned(), 100), ("b".to_owned(), 100)]);
        let new = rank(vec![known("new", 0.6, (0, 0, 0)), known("old", 0.6, (0, 4, 0))]);
        assert_eq!((new[0].agent.as_str(), &new[0].performance, new[1].performance.as_ref().unwrap().failed), ("new", &None, 4));
    }

    #[test]
    fn who_fits_in_nothing_comes_last() {
        let all = rank(vec![known("idle", 0.0, (9, 0, 0)), known("busy", 0.1, (0, 9, 9))]);
        assert_eq!(all[0].agent, "busy");
    }

    #[test]
    fn files_count_as_much_as_words() {
        let mut one = known("a", 0.4, (0, 0, 0));
        (one.capability.covered, one.capability.files) = (4, 5);
        assert!((rank(vec![one])[0].capability.score - 0.6).abs() < 1e-9);
    }
}
