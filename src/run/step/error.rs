//! What keeps a run from working.

use crate::base::{Exit, Explain, Explained, Id, Timestamp, text};

#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error("all {count} slots for runs are taken")]
    NoSlot { count: u32 },
    #[error("{why}; it is held back until {until}")]
    HeldBack { why: String, until: Timestamp },
    #[error("interrupted")]
    Interrupted,
    /// A worktree could not be made ready.
    #[error("{reason}")]
    Setup { run: Id, reason: String },
    #[error("what {source_file} says to copy are {megabytes} MB in {files} files, and `delegate.limits` allows a run less")]
    TooMuch { source_file: String, megabytes: u64, files: u64 },
    #[error(
        "there is nothing to revise: {run} is built on `{target}` as it is now, or may not be brought onto it, and no change was asked for"
    )]
    NothingToRevise { run: Id, target: String },
    #[error("{run} cannot be resumed: {agent} is limited to {}", text::plural(*limit as usize, "attempt"))]
    AttemptsUsed {
        run: Id,
        agent: String,
        limit: u32,
        /// Whom to turn to.
        next: Vec<String>,
    },
}

impl Explain for StepError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoSlot { .. } => Explained::conflict("no_slot").hint("leave out `--no-wait`, or raise `delegate.max_parallel`"),
            Self::HeldBack { .. } => Explained::conflict("held_back")
                .hint("wait until then, name another `--runner`, or let one take over: `delegate.fallback` in the settings")
                .hint("if it works again by now, `--force` tries it"),
            Self::Interrupted => Explained::new(Exit::Interrupted, "interrupted").hint("`cmpm delegate resume` continues where it stopped"),
            Self::Setup { run, .. } => Explained::no("setup_failed")
                .hint(format!("`cmpm delegate logs {run} --setup` shows all that it printed"))
                .hint(format!("where only this machine was wrong, `cmpm delegate resume {run}` tries again; otherwise correct it on the target and begin anew")),
            Self::TooMuch { .. } => {
                Explained::wrong("too_much").hint("copy less, link it (`worktree.link`), or raise `delegate.limits.disk_mb` and `disk_files`")
            }
            Self::NothingToRevise { run, .. } => {
                Explained::wrong("nothing_to_revise").hint(format!("say what should change: `cmpm delegate revise {run} -m \"…\"`"))
            }
            Self::AttemptsUsed { run, next, .. } => {
                let turn = if next.is_empty() { String::new() } else { format!("its file says to escalate to {}; ", next.join(", ")) };
                let hint = format!(
                    "{turn}`cmpm delegate revise {run} -m \"…\"` allows one more, `cmpm delegate reject {run}` keeps the work and frees the ticket"
                );
                Explained::refused("attempts_used").hint(hint)
            }
        }
    }
}
