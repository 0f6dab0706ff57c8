//! Tickets: epics, issues, tasks and pull requests, one Markdown file each, in any dialect the file is written in.

use crate::words::Kind;
mod acceptance;
mod adopt;
mod apply;
mod archive;
mod assign;
mod at;
mod blocked;
mod board;
mod carried;
mod change;
mod circle;
mod claim;
mod claiming;
mod claims;
mod comment;
mod comment_file;
mod comments;
mod complete;
mod create;
mod details;
mod dialect;
mod draft;
mod due;
mod export;
mod filter;
mod from_commit;
mod graph;
mod heartbeat;
mod import;
mod links;
mod list;
mod log;
mod mentions;
mod merge_check;
mod migrate;
mod migration;
mod migration_comments;
mod migration_json;
mod milestone;
mod model;
mod moving;
mod native;
mod order;
mod picture;
mod place;
mod progress;
mod properties;
mod prose;
mod readiness;
mod rekey;
mod relations;
mod release;
mod renumber;
mod reopen;
mod resolve;
mod rewrite;
mod row;
mod said;
mod search;
mod show;
mod template;
mod templates;
mod texts;
mod update;
mod values;
mod which;

pub use adopt::document_at;
pub use apply::PlanForm;
pub use blocked::Blocked;
pub use board::ShowBoard;
pub use circle::{Step, StepPlace, way};
pub use claiming::{ClaimRow, Claimant, Terms};
pub use comment_file::{CommentFile, ticket_of};
pub use dialect::{key_in, key_naming, locate};
pub use from_commit::{Mode, close_queued};
pub use mentions::{Mention, MentionVerb, named_in};
pub use model::Ticket;
pub use picture::{Look, Picture};
pub use progress::all_progress;
pub use properties::known_keys;
pub use readiness::{Circumstances, Reason, judge, urgency};
pub use relations::{Names, graph_of};
pub use row::{TicketRow, render_rows};
pub use template::templates;
pub use values::find_odd_values;

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
        List(list::List),
        Show(show::Show),
        Update(update::Update),
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
