//! What a search is for: words, or an error's text; and the memories that answer, in order.

use std::path::Path;

use crate::base::Result;
use crate::context::Context;
use crate::engine::search::{Hit, Query};
use crate::engine::signature;
use crate::fs::read;
use crate::store::{Library, Listed};

use super::super::anchor::{Checked, Checker, Freshness, freshness};
use super::super::model::Memory;
use super::super::model::standing::{Standing, Standings};
use super::boost::{BoostPart, Boosts};
use super::filter::Predicate;
use super::usage::{self, Usage};

/// How many answers are looked at more closely at first, for each one that is wanted.
const AT_FIRST: usize = 2;
/// A search, for who searches for nothing.
pub const EXAMPLE: &str = "cmpm memory search broken links";
/// What is left of the score of a memory whose code has changed.
const DRIFTED: f64 = 0.5;

pub struct Ask {
    pub query: Query,
    /// The words of an error, if it is one.
    pub error: Option<Vec<String>>,
}

impl Ask {
    pub fn words(words: &[String]) -> Result<Self> {
        Self { query: Query::parse(&words.join(" ")), error: None }.required()
    }

    /// The text of an error, from a file or from standard input (`-`), with further words.
    pub fn error(context: &Context, file: &str, words: &[String]) -> Result<Self> {
        let text = match file {
            "-" => context.read_printed_input()?,
            path => String::from_utf8_lossy(&read::read(&context.cwd.join(Path::new(path)))?).into_owned(),
        };
        let told = signature::telling_lines(&text).replace(['"', '*'], " ");
        Self { query: Query::parse(&format!("{} {told}", words.join(" "))), error: Some(signature::normalize(&text)) }.required()
    }

    fn required(self) -> Result<Self> {
        Ok(Self { query: self.query.required(EXAMPLE)?, ..self })
    }
}

pub struct Answer {
    pub listed: Listed<Memory>,
    pub hit: Hit,
    pub standing: Standing,
    pub anchors: Vec<Checked>,
    /// How many words of its signature are in the error.
    pub signature: Option<usize>,
    pub usage: usage::Record,
    pub boosts: Vec<BoostPart>,
}

/// Whom the answers are judged by.
pub struct Judges<'a> {
    pub predicate: Predicate<'a>,
    pub standings: Standings,
    pub anchors: Checker<'a>,
    pub usage: Usage,
    pub boosts: Boosts,
}

/// The answers to a question, best first.
pub struct Answers {
    pub best: Vec<Answer>,
    pub total: usize,
}

/// The `limit` best answers. Looks at no more of them than it must.
pub fn find(library: &mut Library<'_, Memory>, ask: &Ask, (judges, limit): (&Judges<'_>, usize)) -> Answers {
    let all = ask.error.is_some() || !judges.predicate.is_open() || !judges.boosts.is_empty();
    let mut wanted = if all { usize::MAX } else { limit.saturating_mul(AT_FIRST) };
    loop {
        let hits = library.search(&ask.query, wanted);
        let seen_all = hits.best.len() == hits.total;
        let mut answers: Vec<Answer> = hits.best.into_iter().filter_map(|hit| judges.judge(library, ask, hit)).collect();
        let current = answers.iter().filter(|answer| answer.standing == Standing::Current).count();
        if seen_all || current >= limit {
            let total = if all { answers.len() } else { hits.total };
            judges.order(&mut answers, ask, limit);
            return Answers { best: answers, total };
        }
        wanted = usize::MAX;
    }
}

impl Judges<'_> {
    fn judge(&self, library: &Library<'_, Memory>, ask: &Ask, hit: Hit) -> Option<Answer> {
        let listed = library.find(hit.index).filter(|listed| self.predicate.lets_through(&listed.record, &listed.path))?;
        let standing = self.standings.of(&listed.record);
        let own = || listed.record.details.signature.as_deref().map(signature::normalize);
        let signature = ask.error.as_ref().and_then(|error| signature::matches(&own()?, error));
        let usage = self.usage.of(&listed.record);
        let boosts = self.boosts.of(&listed.record, usage);
        Some(Answer { listed, hit, standing, anchors: Vec::new(), signature, usage, boosts })
    }

    /// What holds before what does not; for an error matching signatures first, the best proved of them before the others; then
    /// by score, of which a memory whose code has changed keeps half.
    fn order(&self, answers: &mut Vec<Answer>, ask: &Ask, limit: usize) {
        let key = |answer: &Answer| (answer.standing != Standing::Current, answer.signature.is_none());
        let proof = |answer: &Answer| answer.signature.map_or(0.0, |_| answer.proof());
        answers.sort_by(|a, b| {
            let by_proof = if ask.error.is_some() {
                proof(b).total_cmp(&proof(a)).then(b.signature.cmp(&a.signature))
            } else {
                std::cmp::Ordering::Equal
            };
            key(a).cmp(&key(b)).then(by_proof).then(b.boosted().total_cmp(&a.boosted())).then(a.hit.index.cmp(&b.hit.index))
        });
        answers.truncate(limit.saturating_mul(AT_FIRST));
        answers.iter_mut().for_each(|answer| answer.anchors = self.anchors.check(&answer.listed.record));
        if ask.error.is_none() {
            answers.sort_by(|a, b| key(a).cmp(&key(b)).then(b.score().total_cmp(&a.score())).then(a.hit.index.cmp(&b.hit.index)));
        }
        answers.truncate(limit);
    }
}

impl Answer {
    /// How well it did in runs.
    pub fn proof(&self) -> f64 {
        self.usage.effectiveness(self.listed.record.confidence)
    }

    /// What happened to its places in the code.
    pub fn freshness(&self) -> Freshness {
        freshness(&self.anchors)
    }

    /// What a memory keeps of its score: half, if its code has changed.
    pub fn kept(&self) -> f64 {
        if self.freshness() == Freshness::Fresh { 1.0 } else { DRIFTED }
    }

    fn boosted(&self) -> f64 {
        self.hit.score * self.boosts.iter().map(|part| part.factor).product::<f64>()
    }

    /// How well it answers, as it is ranked.
    pub fn score(&self) -> f64 {
        self.boosted() * self.kept()
    }
}
