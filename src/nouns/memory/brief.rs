//! The memories that an agent is given with its ticket.

use crate::base::{Id, Timestamp, text};
use crate::store::{Snapshot, Store, Stored};

use super::anchor::{Checker, Freshness, freshness};
use super::choose::{Choice, Need, choose};
use super::model::Memory;
use super::texts::text_of;
use super::usage::Usage;

/// How wide the line of one memory may be, in columns.
const COLUMNS: usize = 300;
/// How many memories at most: who is told too much listens to none of it.
const MOST: usize = 8;
/// Bytes of all lines together: about a thousand tokens.
const BUDGET: usize = 4000;

/// What the memories should be about.
#[derive(Debug, Clone, Copy)]
pub struct BriefQuery<'a> {
    /// The ticket's title and body.
    pub text: &'a str,
    /// The files that the ticket expects to touch, as globs.
    pub paths: &'a [String],
    /// The categories the agent may be given; any if empty.
    pub categories: &'a [String],
    /// The time.
    pub now: Timestamp,
}

/// The memories in `snapshot` that somebody with this ticket needs, best first: each with its id and one line
/// (`pattern: title. The text`).
///
/// Left out are memories that were superseded, whose day is over, whose code is gone, or that say what a better one says.
#[must_use]
pub fn brief_memories(store: &Store, snapshot: &Snapshot<'_>, wanted: &BriefQuery<'_>) -> Vec<(Id, String)> {
    let mut library = store.library::<Memory>(*snapshot);
    let checker = match snapshot {
        Snapshot::Tree(repository, commit) => Checker::at(repository, *commit),
        Snapshot::Index(repository, _) => Checker::new(Some(repository)),
        Snapshot::WorkTree(_) => Checker::new(None),
    };
    let need = Need { text: wanted.text, around: "", paths: wanted.paths, categories: wanted.categories, now: wanted.now };
    let choices = choose(&mut library, &need, (&checker, &Usage::load(snapshot)));
    let mut room = BUDGET;
    let lines = choices.best.iter().take(MOST).map(|choice| (choice.stored.record.id.clone(), line_of(choice)));
    lines
        .take_while(|(_, line)| {
            let fits = line.len() <= room;
            room = room.saturating_sub(line.len());
            fits
        })
        .collect()
}

fn line_of(choice: &Choice) -> String {
    let drifted = if freshness(&choice.anchors) == Freshness::Drifted { " (the code has changed since)" } else { "" };
    text::fit(format!("{}{drifted}: {}", choice.stored.record.category, said(&choice.stored)).trim_end(), COLUMNS)
}

/// Title and text on one line.
pub fn said(stored: &Stored<Memory>) -> String {
    let (title, body) = (text::one_line(&stored.record.title), text::one_line(&text_of(stored)));
    // A title made from the text would be said twice.
    if body.starts_with(title.trim_end_matches('…')) { body } else { format!("{}. {body}", title.trim_end_matches('.')) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Layers, Sources};
    use crate::nouns::memory::testing::memory;

    fn briefed(records: &[Stored<Memory>], text: &str, categories: &[String]) -> Vec<(String, String)> {
        let store = Store::new("/nowhere".as_ref(), "/nowhere".as_ref(), Arc::new(Layers::join(Sources::default()).unwrap()));
        let now = "2026-01-31T09:00:00Z".parse().unwrap();
        let need = Need { text, around: "", paths: &[], categories, now };
        let mut library = store.library_of(records.to_vec(), Vec::new());
        let found = choose(&mut library, &need, (&Checker::new(None), &Usage::default()));
        found.best.iter().take(2).map(|choice| (choice.stored.record.id.to_string(), line_of(choice))).collect()
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
