//! Memory: what a project has learned, one Markdown file each, found again by its words.

mod add;
mod brief;
mod details;
mod draft;
mod edit;
mod editor;
mod error;
mod export;
mod filter;
mod forget;
mod gate;
mod history;
mod import;
mod list;
mod model;
mod projects;
mod rank;
mod read;
mod recalls;
mod remember;
mod restore;
mod row;
mod search;
mod show;
mod standing;
mod stats;
mod supersede;
#[cfg(test)]
mod testing;

pub use brief::{BriefQuery, brief_memories};
pub use gate::require_no_secret;
pub use model::Memory;

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
        Stats(stats::Stats),
    }
}
