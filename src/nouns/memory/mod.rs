//! Memory: what a project has learned, one Markdown file each, found again by its words.

mod add;
mod anchor;
mod anchored;
mod ask;
mod brief;
mod choose;
mod details;
mod elsewhere;
mod filter;
mod found;
mod list;
mod model;
mod pack;
mod piece;
mod read;
mod recommend;
mod row;
mod search;
mod shingle;
mod show;
mod standing;
#[cfg(test)]
mod testing;
mod texts;
mod usage;
mod verify;

pub use brief::{BriefQuery, brief_memories};
pub use model::Memory;

verbs! {
    /// What can be done with memories.
    Command {
        Add(add::Add),
        Search(search::Search),
        List(list::List),
        Show(show::Show),
        Pack(pack::Pack),
        Recommend(recommend::Recommend),
        Verify(verify::Verify),
    }
}
