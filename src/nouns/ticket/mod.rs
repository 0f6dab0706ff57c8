//! Tickets: epics, issues, tasks and pull requests, one Markdown file each, in any dialect the file is written in.

mod apply;
mod archive;
mod assign;
mod blocked;
mod board;
mod change;
mod claim;
mod claims;
mod comment;
mod comments;
mod complete;
mod create;
mod edit;
mod export;
mod file;
mod from_commit;
mod graph;
mod heartbeat;
mod import;
mod list;
mod log;
mod merge_check;
mod migrate;
mod milestone;
mod model;
mod release;
mod reopen;
mod resolve;
mod search;
mod show;
mod templates;
mod update;
mod view;

use crate::words::Kind;

pub use apply::PlanForm;
pub use blocked::Blocked;
pub use board::ShowBoard;
pub use change::claiming::{ClaimRow, Claimant, Terms, ask, require_not_reopened};
pub use comment::comment_typed;
pub use comments::{CommentRow, comment_rows};
pub use create::create_typed;
pub use file::comment::{CommentFile, ticket_of};
pub use file::place::is_foreign;
pub use file::read::document_at;
pub use file::template::templates;
pub use file::values::find_odd_values;
pub use from_commit::{Mode, close_queued};
pub use import::{is_as_it_came, trackers};
pub use model::Ticket;
pub use model::cycle::{Step, StepPlace, way};
pub use model::dialect::{key_in, key_naming};
pub use model::loose::LooseEnds;
pub use model::mentions::{Mention, MentionVerb, named_in};
pub use model::progress::{all_progress, percent};
pub use model::properties::{all_texts, known_keys};
pub use model::readiness::{Reason, urgency};
pub use model::relations::{Names, graph_of};
pub use view::arrived::next_for_agents;
pub use view::family::family;
pub use view::holders::find_unknown;
pub use view::picture::{Look, Picture, TicketPlace, drop_strangers};
pub use view::row::{TicketRow, render_rows};

/// Verbs that are there for tickets of each kind too; which they are about they say in a field `which`.
macro_rules! verbs_of_kind {
    ($(#[$meta:meta])* $name:ident { $($variant:ident($verb:ty)),+ $(,)? }) => {
        verbs! { $(#[$meta])* $name { $($variant($verb)),+ } }

        impl $name {
            /// The same verb, for tickets of `kind` only.
            pub fn of(mut self, kind: Kind) -> Self {
                match &mut self { $(Self::$variant(verb) => verb.which.kind = Some(kind)),+ }
                self
            }
        }
    };
}

verbs_of_kind! {
    /// What can be done with tickets of one kind.
    Command {
        Create(create::Create),
        List(list::List),
        Show(show::Show),
        Update(update::Update),
        Edit(edit::Edit),
        Complete(complete::Complete),
        Reopen(reopen::Reopen),
        Comment(comment::AddComment),
        Log(log::Log),
        Claim(claim::ClaimTicket),
        Heartbeat(heartbeat::Heartbeat),
        Release(release::Release),
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
        Create(create::CreateAny),
        List(list::List),
        Show(show::Show),
        Update(update::Update),
        Edit(edit::Edit),
        Complete(complete::Complete),
        Reopen(reopen::Reopen),
        Comment(comment::AddComment),
        Assign(assign::Assign),
        Resolve(resolve::Resolve),
        Search(search::Search),
        Comments(comments::Comments),
        Archive(archive::Archive),
        Unarchive(archive::Unarchive),
        Templates(templates::Templates),
        Log(log::Log),
        FromCommit(from_commit::FromCommit),
        Import(import::Import),
        Export(export::Export),
        Apply(apply::Apply),
        Blocked(Blocked),
        Board(ShowBoard),
        Graph(graph::ShowGraph),
        Milestone(milestone::Milestones),
        Claim(claim::ClaimTicket),
        Heartbeat(heartbeat::Heartbeat),
        Release(release::Release),
        Claims(claims::ListClaims),
        Migrate(migrate::Migrate),
        MergeCheck(merge_check::MergeCheck),
    }
}
