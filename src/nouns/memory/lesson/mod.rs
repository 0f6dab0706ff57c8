//! Lessons of a run, as its page has them: what the agent says it learned, and what the person says who decided.

pub mod error;
pub mod known_errors;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Id, text};
use crate::document::{Document, markdown};
use crate::engine::similarity::Shingles;
use crate::run::Run;
use crate::store::{Scan, Stored};

use super::model::{Memory, Provenance};

/// How far an agent is believed, and a person.
const CLAIMED: f64 = 0.3;
const SAID: f64 = 0.7;
documented! {
    "docs/memory.md": "a confidence of {}; what the person said has {}", CLAIMED, SAID;
}
/// From so much resemblance on, a lesson says what a memory says.
const ALIKE: f64 = 0.6;
/// What marks a memory that is an agent's word.
pub const CLAIM: &str = "claim";

/// A lesson that may become a memory.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Lesson {
    /// What `--take` calls it, from 1.
    pub number: usize,
    /// What was learned.
    pub text: String,
    /// Whether it is the agent's word, which nobody checked; else it is that of the person who decided.
    pub claim: bool,
    /// How certain the memory would be.
    pub confidence: f64,
    /// The memory that it has become.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken: Option<Id>,
    /// A memory that says nearly the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alike: Option<Id>,
}

/// The lessons on a run's page, and where they come from.
#[derive(Debug)]
pub struct Lessons {
    /// In the order of the page.
    pub lessons: Vec<Lesson>,
    /// What a memory of one of them says of its source.
    pub source: Provenance,
}

impl Lessons {
    /// Reads a page, and looks which of its lessons are known.
    pub fn read(page: &Document, known: &dyn Fn() -> Scan<Memory>) -> Self {
        let key = |key: &str| page.text(key).filter(|text| !text.is_empty());
        let source =
            Provenance { agent: key("agent"), run: key("id"), ticket: key("ticket"), commit: key("head"), ..Provenance::default() };
        Self { lessons: lessons_of(page), source }.compared(known)
    }

    /// The same for a run that is at hand, of which the agent `claimed` lessons.
    pub fn of_run(run: &Run, claimed: &[String], known: &dyn Fn() -> Scan<Memory>) -> Self {
        let decision = text::printable(&run.status.decision);
        let all = claimed.iter().map(|text| (text.as_str(), true)).chain(decision.lines().filter_map(said).map(|text| (text, false)));
        Self { lessons: numbered(all), source: Provenance::of_run(run) }.compared(known)
    }

    fn compared(mut self, known: &dyn Fn() -> Scan<Memory>) -> Self {
        if !self.lessons.is_empty() {
            self.compare(&known().records);
        }
        self
    }

    fn compare(&mut self, known: &[Stored<Memory>]) {
        let shingles: Vec<Shingles> = known.iter().map(|stored| Shingles::of(stored.document.body())).collect();
        for lesson in &mut self.lessons {
            let is_it = |stored: &&Stored<Memory>| {
                stored.record.source.run == self.source.run && text::one_line(stored.document.body()) == lesson.text
            };
            lesson.taken = known.iter().find(is_it).map(|stored| stored.record.id.clone());
            let own = Shingles::of(&lesson.text);
            let likeness = known.iter().zip(&shingles).map(|(stored, other)| (own.resemblance(other), stored));
            let best = likeness.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(resemblance, _)| *resemblance >= ALIKE);
            lesson.alike = best.filter(|_| lesson.taken.is_none()).map(|(_, stored)| stored.record.id.clone());
        }
    }
}

impl Provenance {
    pub fn of_run(Run { job, status, .. }: &Run) -> Self {
        Self {
            agent: Some(job.agent.name.clone()),
            run: Some(job.run.to_string()),
            ticket: Some(job.ticket.id.to_string()),
            commit: status.work.map(|work| work.to_string()),
            ..Self::default()
        }
    }
}

/// List items are the agent's; of the person's words, which are quoted, the lines that begin with `Lesson:`.
fn lessons_of(page: &Document) -> Vec<Lesson> {
    let [lessons, decision] = ["Lessons", "Decision"].map(|name| markdown::section(page.body(), name).unwrap_or_default());
    let claims = lessons.lines().filter_map(|line| line.strip_prefix("- ")).map(|text| (text, true));
    // Older pages have the person's words below the lessons.
    let words = lessons.lines().chain(decision.lines()).filter_map(|line| line.strip_prefix('>').and_then(said));
    numbered(claims.chain(words.map(|text| (text, false))))
}

/// What a line of a person's words says was learned.
fn said(line: &str) -> Option<&str> {
    line.trim().strip_prefix("Lesson:")
}

/// Lessons of their texts, each with whether it is a claim.
fn numbered<'a>(texts: impl Iterator<Item = (&'a str, bool)>) -> Vec<Lesson> {
    let lesson = |(index, (text, claim))| {
        let confidence = if claim { CLAIMED } else { SAID };
        Lesson { number: index + 1, text, claim, confidence, taken: None, alike: None }
    };
    let texts = texts.map(|(text, claim)| (text::one_line(text), claim)).filter(|(text, _)| !text.is_empty());
    texts.enumerate().map(lesson).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nouns::memory::testing::memory;

    const PAGE: &str = "---\nid: RUN-1\nticket: TSK-1\nagent: writer\nhead: abc\n---\n\n# T\n\n## Claim\n\n> ## Lessons\n> - no\n\n\
                        ## Lessons\n\nWords.\n\n- Pages are generated from the sources.\n- Use tabs.\n\n> fine\n> Lesson: Ask first.\n\n## Decision\n\n- Not one.\n\n> Lesson: Ask twice.\n";

    #[test]
    fn lessons_are_the_agents_or_the_persons_and_known_ones_are_told() {
        let page = Document::parse(PAGE.into());
        let mut taken = memory("MEM-1", "Tabs", "Use tabs.");
        taken.record.source.run = Some("RUN-1".into());
        let alike = memory("MEM-2", "Pages", "The pages are generated from sources.");
        let found = Lessons::read(&page, &|| Scan { records: vec![taken.clone(), alike.clone()], findings: Vec::new() });
        let said: Vec<_> = found.lessons.iter().map(|lesson| (lesson.number, lesson.text.as_str(), lesson.claim)).collect();
        assert_eq!(
            said,
            [
                (1, "Pages are generated from the sources.", true),
                (2, "Use tabs.", true),
                (3, "Ask first.", false),
                (4, "Ask twice.", false)
            ]
        );
        assert_eq!(found.lessons[0].alike.as_ref().map(Id::as_str), Some("MEM-2"));
        assert_eq!((found.lessons[1].taken.as_ref().map(Id::as_str), &found.lessons[1].alike), (Some("MEM-1"), &None));
        assert_eq!((found.lessons[2].taken.is_none(), found.lessons[2].alike.is_none()), (true, true));
        assert_eq!((found.source.run.as_deref(), found.source.commit.as_deref()), (Some("RUN-1"), Some("abc")));
    }
}
