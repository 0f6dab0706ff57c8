//! Sessions: what somebody was working on, in a file of its own, so that it can be gone on with later, elsewhere, or by somebody else.

mod current;
mod list;
mod model;
mod save;
mod show;
mod switch;

pub use model::Session;

verbs! {
    /// What can be done with sessions.
    Command {
        Save(save::Save),
        List(list::List),
        Show(show::Show),
        Switch(switch::Switch),
    }
}
