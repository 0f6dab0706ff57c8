//! Memory: what a project has learned, one Markdown file each, found again by its words.

mod add;
mod brief;
mod details;
mod filter;
mod list;
mod model;
mod rank;
mod read;
mod row;
mod search;
mod show;
mod standing;
#[cfg(test)]
mod testing;

pub use brief::{BriefQuery, brief_memories};
pub use model::Memory;

verbs! {
    /// What can be done with memories.
    Command {
        Add(add::Add),
        Search(search::Search),
        List(list::List),
        Show(show::Show),
    }
}
