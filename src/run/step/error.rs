//! What keeps a run from working.

use crate::base::{Exit, Explain, Explained, Id};

#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error("all {count} slots for runs are taken")]
    NoSlot { count: u32 },
    #[error("interrupted")]
    Interrupted,
    #[error("{run} cannot be resumed: {agent} may try only {}", times(*limit))]
    AttemptsUsed {
        run: Id,
        agent: String,
        limit: u32,
        /// Whom to turn to.
        next: Vec<String>,
    },
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

impl Explain for StepError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoSlot { .. } => Explained::conflict("no_slot").hint("leave out `--no-wait`, or raise `delegate.max_parallel`"),
            Self::Interrupted => Explained::new(Exit::Interrupted, "interrupted").hint("`cmpm delegate resume` continues where it stopped"),
            Self::AttemptsUsed { run, next, .. } => {
                let turn = if next.is_empty() { String::new() } else { format!("its file says to turn to {}; ", next.join(", ")) };
                let hint = format!("{turn}`cmpm delegate reject {run}` keeps the work and frees the ticket");
                Explained::refused("attempts_used").hint(hint)
            }
        }
    }
}
