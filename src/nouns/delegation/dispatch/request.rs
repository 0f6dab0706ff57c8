//! What was asked for when work is delegated, and what of it each of several runs on a ticket gets.

/// What was asked for.
#[derive(Clone, Copy, Default)]
pub struct Request<'a> {
    /// Tickets, as typed.
    pub tickets: &'a [String],
    /// The agent's name.
    pub agent: Option<&'a str>,
    /// The runners' names; of several runs on a ticket each takes the next.
    pub runners: &'a [String],
    /// The models' names, taken in the same way.
    pub models: &'a [String],
    /// How many runs try each ticket.
    pub times: usize,
    /// The branch to land on.
    pub into: Option<&'a str>,
    /// Whether uncommitted tickets are committed first.
    pub commit: bool,
    /// Whether tickets that wait for others are delegated too.
    pub force: bool,
    /// Whether a stranger's text may reach an agent that could carry something out.
    pub accept_risk: bool,
    /// Whether nothing is to happen.
    pub dry_run: bool,
    /// The command of the runner `command`.
    pub command: &'a [String],
}

impl<'a> Request<'a> {
    /// How many runs try each ticket: as many as were asked for, and every runner and model that was named.
    pub fn times(&self) -> usize {
        self.times.max(self.runners.len()).max(self.models.len()).max(1)
    }

    /// What is asked of one of them.
    pub fn turn(&self, number: usize) -> Self {
        let one =
            |names: &'a [String]| names.get(number.checked_rem(names.len()).unwrap_or_default()).map_or(&[][..], std::slice::from_ref);
        Self { runners: one(self.runners), models: one(self.models), ..*self }
    }

    /// The runner of a turn.
    pub fn runner(&self) -> Option<&'a str> {
        self.runners.first().map(String::as_str)
    }
}
