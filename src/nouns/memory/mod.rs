//! Memory: what a project has learned, one Markdown file each, found again by its words.

mod add;
mod anchor;
mod edit;
mod export;
mod file;
mod find;
mod forget;
mod history;
mod import;
mod learn;
mod lesson;
mod list;
mod model;
mod pack;
mod recommend;
mod restore;
mod search;
mod show;
mod stats;
mod supersede;
mod taint;
#[cfg(test)]
mod testing;
mod verify;

pub use file::gate::require_clean;
pub use find::brief::{Brief, BriefQuery, brief_memories};
pub use find::choose::Role;
pub use find::elsewhere::{Elsewhere, siblings};
pub use find::filter::{KEYS, own_keys};
pub use find::work::Work;
pub use learn::render_lessons;
pub use lesson::known_errors::learn_errors;
pub use lesson::{Lesson, Lessons};
pub use model::cycle::cycle_findings;
pub use model::{Memory, categories};
pub use taint::tainted_by;

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
