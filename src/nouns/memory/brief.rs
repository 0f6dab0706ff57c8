//! The memories that an agent is given with its ticket.

use crate::base::{Id, Timestamp, text};
use crate::engine::search::Query;
use crate::store::{Snapshot, Store, Stored};

use super::model::Memory;
use super::rank::{Answer, rank};
use super::standing::{Standing, Standings};

/// How wide the line of one memory may be, in columns.
const COLUMNS: usize = 300;
/// How many words of the text must stand in a memory: a single one is chance.
const SHARED_WORDS: usize = 2;

/// What the memories should be about.
#[derive(Debug, Clone, Copy)]
pub struct BriefQuery<'a> {
    /// The ticket's title and body.
    pub text: &'a str,
    /// The categories the agent may be given; any if empty.
    pub categories: &'a [String],
    /// How many at most.
    pub limit: usize,
    /// The time.
    pub now: Timestamp,
}

/// The memories in `snapshot` that say most about a text, best first: each with its id and one line (`pattern: title. The text`).
///
/// Memories that were superseded or whose day is over are left out.
#[must_use]
pub fn brief_memories(store: &Store, snapshot: &Snapshot<'_>, wanted: &BriefQuery<'_>) -> Vec<(Id, String)> {
    choose(&store.scan::<Memory>(snapshot).records, wanted)
}

fn choose(records: &[Stored<Memory>], wanted: &BriefQuery<'_>) -> Vec<(Id, String)> {
    // A quote in a ticket is not a phrase that every memory must have.
    let query = Query::parse(&wanted.text.replace(['"', '*'], " "));
    let standings = Standings::new(records, wanted.now);
    let allowed =
        |memory: &Memory| wanted.categories.is_empty() || wanted.categories.iter().any(|name| name.eq_ignore_ascii_case(&memory.category));
    let fits = |stored: &&Stored<Memory>| allowed(&stored.record) && standings.of(&stored.record) == Standing::Current;
    let records: Vec<&Stored<Memory>> = records.iter().filter(fits).collect();
    let enough = query.terms().len().min(SHARED_WORDS);
    let answers = rank(&records, &query).into_iter().filter(|answer| answer.hit.parts.len() >= enough);
    answers.take(wanted.limit).map(|answer| (answer.stored.record.id.clone(), line_of(&answer))).collect()
}

fn line_of(answer: &Answer<'_>) -> String {
    let memory = &answer.stored.record;
    let (title, body) = (text::one_line(&memory.title), text::one_line(&answer.text));
    // A title made from the text would be said twice.
    let said = if body.starts_with(title.trim_end_matches('…')) { body } else { format!("{}. {body}", title.trim_end_matches('.')) };
    text::fit(format!("{}: {said}", memory.category).trim_end(), COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nouns::memory::testing::memory;

    fn briefed(records: &[Stored<Memory>], text: &str, categories: &[String]) -> Vec<(String, String)> {
        let now = "2026-01-31T09:00:00Z".parse().unwrap();
        let found = choose(records, &BriefQuery { text, categories, limit: 2, now });
        found.into_iter().map(|(id, line)| (id.to_string(), line)).collect()
    }

    #[test]
    fn the_best_memories_of_the_categories_are_given() {
        let mut records = vec![
            memory("MEM-1", "Links to moved pages", "Moving a page breaks links. Search for its name."),
            memory("MEM-2", "Merge drivers", "One link is installed by init."),
            memory("MEM-3", "Broken links", "Links of a moved guide."),
            memory("MEM-4", "Pages", "Pages and links and pages and links."),
        ];
        let text = "Mend the \"broken\" links of the moved pages*";
        let first = ("MEM-3".to_owned(), "pattern: Broken links. Links of a moved guide.".to_owned());
        let second = ("MEM-1".to_owned(), "pattern: Links to moved pages. Moving a page breaks links. Search for its name.".to_owned());
        let mut found = briefed(&records, text, &[]);
        found.sort();
        assert_eq!(found, [second.clone(), first.clone()]);
        assert_eq!(briefed(&records, text, &["team".into()]), []);
        assert_eq!(briefed(&records, text, &["Pattern".into()]).len(), 2);
        records[2].record.supersedes = vec!["MEM-1".into()];
        assert!(!briefed(&records, text, &[]).contains(&second));
    }

    #[test]
    fn one_word_in_common_is_chance_unless_it_is_the_only_one() {
        let records = [memory("MEM-1", "Use tabs in makefiles", "Use tabs in makefiles, always."), memory("MEM-2", "Other", "")];
        assert_eq!(briefed(&records, "tabs of the browser", &[]), []);
        assert_eq!(briefed(&records, "tabs", &[]), [("MEM-1".to_owned(), "pattern: Use tabs in makefiles, always.".to_owned())]);
    }
}
