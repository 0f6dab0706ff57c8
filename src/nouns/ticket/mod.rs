//! Tickets: epics, issues, tasks and pull requests, one Markdown file each, in any dialect the file is written in.

mod adopt;
mod archive;
mod assign;
mod change;
mod comment;
mod comments;
mod complete;
mod create;
mod details;
mod dialect;
mod from_commit;
mod list;
mod mentions;
mod migrate;
mod migration;
mod migration_json;
mod model;
mod native;
mod place;
mod prose;
mod readiness;
mod rekey;
mod reopen;
mod resolve;
mod row;
mod search;
mod show;
mod template;
mod templates;
mod texts;
mod update;
mod values;

pub use dialect::{key_in, keys, locate};
pub use from_commit::{Mode, close_queued};
pub use mentions::{Mention, MentionVerb, named_in};
pub use model::{Kind, Ticket};
pub use readiness::{Reason, judge};
pub use row::{TicketRow, render_rows};
pub use values::find_odd_values;

verbs! {
    /// What can be done with tickets of one kind.
    Command {
        Create(create::Create),
        List(list::List),
        Show(show::Show),
        Update(update::Update),
        Complete(complete::Complete),
        Reopen(reopen::Reopen),
        Comment(comment::Comment),
        Assign(assign::Assign),
        Resolve(resolve::Resolve),
        Search(search::Search),
        Comments(comments::Comments),
        Archive(archive::Archive),
        Unarchive(archive::Unarchive),
        Templates(templates::Templates),
    }
}

verbs! {
    /// What can be done with tickets of any kind.
    AnyCommand {
        List(list::List),
        Show(show::Show),
        Update(update::Update),
        Complete(complete::Complete),
        Reopen(reopen::Reopen),
        Comment(comment::Comment),
        Assign(assign::Assign),
        Resolve(resolve::Resolve),
        Search(search::Search),
        Comments(comments::Comments),
        Archive(archive::Archive),
        Unarchive(archive::Unarchive),
        Templates(templates::Templates),
        FromCommit(from_commit::FromCommit),
        Migrate(migrate::Migrate),
    }
}

impl Command {
    /// The same verb, for tickets of `kind` only.
    #[must_use]
    pub fn of(mut self, kind: Kind) -> Self {
        match &mut self {
            Self::Create(verb) => verb.kind = Some(kind),
            Self::List(verb) => verb.kind = Some(kind),
            Self::Show(verb) => verb.kind = Some(kind),
            Self::Update(verb) => verb.kind = Some(kind),
            Self::Complete(verb) => verb.kind = Some(kind),
            Self::Reopen(verb) => verb.kind = Some(kind),
            Self::Comment(verb) => verb.kind = Some(kind),
            Self::Assign(verb) => verb.kind = Some(kind),
            Self::Resolve(verb) => verb.kind = Some(kind),
            Self::Search(verb) => verb.kind = Some(kind),
            Self::Comments(verb) => verb.kind = Some(kind),
            Self::Archive(verb) => verb.kind = Some(kind),
            Self::Unarchive(verb) => verb.kind = Some(kind),
            Self::Templates(verb) => verb.kind = Some(kind),
        }
        self
    }
}
