//! What must be so before any run begins, whatever its ticket.

use crate::base::{Finding, RepoPath, Result, Rule, Severity, text};
use crate::config::Config;
use crate::context::Context;
use crate::engine::policy::Inventory;
use crate::fs::walk::free_bytes;
use crate::git::Oid;
use crate::process::TrustStore;
use crate::run::{Furnishing, Runs};

use super::error::DispatchError;

/// That runs can be made here, and that a person approved what they run and are steered by.
pub fn require_ready(context: &Context, runs: &Runs<'_>, (config, base): (&Config, Oid)) -> Result<()> {
    runs.require_folder(&config.paths.worktrees, base)?;
    runs.require_trusted(&config.gates)?;
    require_read(context, base)?;
    Ok(require_space(runs, config.delegate.min_free_mb)?)
}

/// Where a project locks the files that steer agents, a person sees them and what they give once in each clone, and again once they
/// are others.
fn require_read(context: &Context, base: Oid) -> Result<()> {
    let Some(files) = Inventory::at(context.repository()?, base)? else { return Ok(()) };
    let mut trust = super::super::trust(context)?;
    if trust.is_trusted(&files.command().digest()) {
        return Ok(());
    }
    let question = format!("Agents work here by these files:\n\n{}\nApprove them on this machine?", text::printable(&files.text));
    if context.inside_run().is_some() || (context.ask)(&question) != Some(true) {
        return Err(DispatchError::Unread.into());
    }
    Ok(trust.approve(&[files.command()], context.clock.now())?)
}

/// What worktrees get, as the commit says it. A person is asked to approve it where there is one; otherwise runs do without.
pub fn furnishing(context: &Context, config: &Config, (base, dry_run): (Oid, bool)) -> Result<(Option<Furnishing>, Vec<Finding>)> {
    let repository = context.repository()?;
    let (found, mut findings) = Furnishing::at(&|path| Ok(repository.find_blob(base, path)?), &config.worktree)?;
    let Some(furnishing) = &found else { return Ok((None, findings)) };
    let mut trust = super::super::trust(context)?;
    if !trust.is_trusted(&furnishing.command().digest()) {
        let question = format!("A fresh worktree gets this:\n\n{}\nApprove it on this machine?", text::printable(&furnishing.text()));
        let is_asked = !dry_run && context.inside_run().is_none();
        if is_asked && (context.ask)(&question) == Some(true) {
            trust.approve(&[furnishing.command()], context.clock.now())?;
        } else {
            let path = furnishing.source.split(", ").next().and_then(RepoPath::parse).unwrap_or_default();
            let message = format!("not approved on this machine, so worktrees go without it: {}", furnishing.line());
            findings.push(Finding::new(Rule::WorktreeSetup, Severity::Warning, path, message).hint("`cmpm trust` shows it"));
        }
    }
    Ok((found, findings))
}

/// A run that fills the disk is stopped, and so is whatever else works there.
fn require_space(runs: &Runs<'_>, least: u32) -> Result<(), DispatchError> {
    let free = free_bytes(runs.repository.common_dir()).map(|bytes| bytes / 1_000_000);
    match free.filter(|free| *free < u64::from(least)) {
        Some(free) => Err(DispatchError::NoSpace { free, least }),
        None => Ok(()),
    }
}
