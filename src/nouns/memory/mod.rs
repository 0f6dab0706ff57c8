//! Memory: what a project has learned, one Markdown file each, found again by its words.

mod add;
mod anchor;
mod anchored;
mod ask;
mod boost;
mod brief;
mod choose;
mod circle;
mod details;
mod draft;
mod edit;
mod editor;
mod elsewhere;
mod error;
mod export;
mod filter;
mod forget;
mod former;
mod found;
mod gate;
mod history;
mod import;
mod keys;
mod learn;
mod lesson;
mod list;
mod mishap;
mod model;
mod pack;
mod piece;
mod place;
mod projects;
mod read;
mod recommend;
mod remember;
mod restore;
mod row;
mod search;
mod show;
mod similar;
mod standing;
mod stats;
mod supersede;
#[cfg(test)]
mod testing;
mod texts;
mod usage;
mod verify;
mod work;

pub use brief::{Brief, BriefQuery, brief_memories};
pub use choose::Role;
pub use circle::circle_findings;
pub use elsewhere::{Elsewhere, siblings};
pub use filter::{KEYS, own_keys};
pub use gate::require_clean;
pub use learn::render_lessons;
pub use lesson::{Lesson, Lessons};
pub use mishap::learn_errors;
pub use model::{Memory, categories};
pub use work::Work;

verbs! {
    /// What can be done with memories.
    Command {
        Add(add::Add),
        Search(search::Search),
        List(list::List),
        Show(show::Show),
        Edit(edit::Edit),
        Supersede(supersede::Supersede),
        Forget(forget::Forget),
        Restore(restore::Restore),
        History(history::History),
        Import(import::Import),
        Export(export::Export),
        Learn(learn::Learn),
        Stats(stats::Stats),
        Pack(pack::Pack),
        Recommend(recommend::Recommend),
        Verify(verify::Verify),
    }
}
