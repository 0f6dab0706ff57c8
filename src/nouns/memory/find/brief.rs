//! The memories that an agent is given with its ticket.

use crate::base::{Id, Timestamp, text};
use crate::store::{Snapshot, Store, Stored};

use super::super::anchor::{Checker, Freshness, freshness};
use super::super::model::Memory;
use super::choose::{Choice, Choices, Need, Role, choose};
use super::texts::text_of;
use super::usage::Usage;
use super::work::Work;

/// How wide the line of one memory may be, in columns.
const COLUMNS: usize = 300;
/// How many memories at most: who is told too much listens to none of it.
const MOST: usize = 8;
/// Bytes of all lines together.
const BUDGET: usize = 4000;
documented! {
    "docs/memory.md": "at most {} memories, one line each, about {} tokens", word(MOST), BUDGET / crate::nouns::memory::pack::TOKEN;
    "docs/memory.md": "at most {} of them. It checks out no branch", word(MOST);
}

/// What the memories should be about.
#[derive(Debug, Clone, Copy)]
pub struct BriefQuery<'a> {
    pub work: &'a Work,
    /// Who does it.
    pub role: Role<'a>,
    /// The command that shows more.
    pub more: &'a str,
    pub now: Timestamp,
}

/// What somebody is told.
#[derive(Debug, Clone, Default)]
pub struct Brief {
    /// The memories, best first: each with its id and one line (`pattern: title. The text`).
    pub memories: Vec<(Id, String)>,
    /// What was left out, and how to get it; empty if nothing was.
    pub left_out: String,
}

/// The memories in `snapshot` that somebody with this work needs.
///
/// Left out are memories that were superseded, whose day is over, whose code is gone, or that say what a better one says.
pub fn brief_memories(store: &Store, snapshot: &Snapshot<'_>, wanted: &BriefQuery<'_>) -> Brief {
    let mut library = store.library::<Memory>(*snapshot);
    let checker = match snapshot {
        Snapshot::Tree(repository, commit) => Checker::at(repository, *commit),
        Snapshot::Index(repository, _) => Checker::new(Some(repository)),
        Snapshot::WorkTree(_) => Checker::new(None),
    };
    let need = Need { work: wanted.work, role: wanted.role, now: wanted.now };
    let choices = choose(&mut library, &need, (&checker, &Usage::load(snapshot)));
    let (memories, beyond) = shortened(&choices);
    let left_out = choices.left_out(beyond, "for want of room");
    Brief { memories, left_out: left_out.map(|left_out| format!("{left_out}; `{}` shows more.", wanted.more)).unwrap_or_default() }
}

/// The first ones in a line each, and how many there is no room for.
fn shortened(choices: &Choices) -> (Vec<(Id, String)>, usize) {
    let mut room = BUDGET;
    let lines = choices.best.iter().take(MOST).map(|choice| (choice.stored.record.id.clone(), line_of(choice)));
    let fitting = lines.take_while(|(_, line)| {
        let fits = line.len() <= room;
        room = room.saturating_sub(line.len());
        fits
    });
    let memories: Vec<(Id, String)> = fitting.collect();
    let beyond = choices.best.len() - memories.len();
    (memories, beyond)
}

fn line_of(choice: &Choice) -> String {
    let drifted = if freshness(&choice.anchors) == Freshness::Drifted { " (the code has changed since)" } else { "" };
    let (category, remark) = (&choice.stored.record.category, choice.remark());
    text::fit(format!("{category}{remark}{drifted}: {}", said(&choice.stored)).trim_end(), COLUMNS)
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
        let work = Work { about: text.to_owned(), ..Work::default() };
        let need = Need { work: &work, role: Role { name: "", categories }, now };
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
        let text = "Fix the \"broken\" links of the moved pages*";
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
    fn one_word_in_common_is_chance_unless_there_are_few() {
        let records = [memory("MEM-1", "Use tabs in makefiles", "Use tabs in makefiles, always."), memory("MEM-2", "Other", "")];
        assert_eq!(briefed(&records, "The browser opens its tabs twice after every restart of the machine", &[]), []);
        for text in ["tabs", "Show browser tabs"] {
            assert_eq!(briefed(&records, text, &[]), [("MEM-1".to_owned(), "pattern: Use tabs in makefiles, always.".to_owned())]);
        }
    }
}
