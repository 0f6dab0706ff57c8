//! Which tickets a verb is about, as they are named on the command line; below `epic`, `issue`, `task` and `pr` only those of one kind.

use crate::store::{Stored, Transaction};

use super::super::model::{Ticket, TicketError};
use crate::report::prelude::*;
use crate::words::Kind;

// No doc comments on the structs: clap would take them for the help of the verbs that they are a part of.
#[derive(Debug, Clone, Args)]
pub struct OfKind {
    /// The kind that is meant
    #[arg(skip)]
    pub kind: Option<Kind>,
}

#[derive(Debug, Clone, Args)]
pub struct Which {
    /// The kind the ticket must be of
    #[arg(skip)]
    pub kind: Option<Kind>,
    /// Ticket, by its id, the beginning of one, an alias, or its file
    #[arg(add = Takes::Ticket)]
    pub id: String,
}

#[derive(Debug, Clone, Args)]
pub struct Several {
    /// The kind the tickets must be of
    #[arg(skip)]
    pub kind: Option<Kind>,
    /// Tickets, each by its id, the beginning of one, an alias, or its file
    #[arg(required = true, add = Takes::Ticket)]
    pub ids: Vec<String>,
}

impl OfKind {
    /// Whether tickets of this kind are meant too.
    pub fn means(&self, kind: Kind) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind)
    }
}

impl Which {
    /// The ticket's name as the store takes it.
    pub fn name(&self, context: &Context) -> String {
        context.name_of(&self.id)
    }

    /// Refuses the ticket of that name if it is of another kind.
    pub fn check(&self, ticket: &Ticket) -> Result<(), TicketError> {
        ticket.require_kind(self.kind)
    }

    pub fn require(&self, context: &Context) -> Result<Stored<Ticket>> {
        let stored = context.store()?.require::<Ticket>(&self.name(context))?;
        self.check(&stored.record)?;
        Ok(stored)
    }

    /// Changes the ticket, as `Store::update` does.
    pub fn update(
        &self,
        context: &Context,
        operation: &str,
        mut edit: impl FnMut(&mut Stored<Ticket>, &mut Transaction<'_>) -> Result<()>,
    ) -> Result<(Stored<Ticket>, Vec<RepoPath>)> {
        context.store()?.update::<Ticket>(operation, &self.name(context), |stored, transaction| {
            self.check(&stored.record)?;
            edit(stored, transaction)
        })
    }
}
