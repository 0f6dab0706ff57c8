//! Symbolic links that a change brings: what is read and written through them is not what their name says. An agent's are
//! judged by its role; a person's are told.

use crate::base::{Finding, Result, Rule, Severity};
use crate::context::Context;
use crate::engine::policy::questionable_link;

use super::scope::Scope;

pub(super) fn find(context: &Context, scope: &Scope<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (path, oid) in &scope.links {
        let target = context.repository()?.read_blob(*oid)?;
        if let Some(problem) = questionable_link(path, &target) {
            let severity = if context.inside_run().is_some() { Severity::Error } else { Severity::Warning };
            let finding = Finding::new(Rule::Symlink, severity, path.clone(), format!("a symbolic link, and {problem}"));
            findings.push(finding.hint("put the file itself there; whoever reviews the change decides whether the link may stay"));
        }
    }
    Ok(findings)
}
