//! The other projects that this one's settings name: their memories are read where they are, and nothing is written into their work trees.

use crate::base::{Finding, RepoPath, Result, Severity};
use crate::context::{CONFIG_FILE, Context};
use crate::store::Store;

/// Another project.
pub struct Project {
    /// The name of its folder.
    pub name: String,
    /// Its records.
    pub store: Store,
}

/// The projects under `memory.projects`; one that cannot be read is a finding.
///
/// # Errors
/// If this project's own settings cannot be read.
pub fn open_projects(context: &Context) -> Result<(Vec<Project>, Vec<Finding>)> {
    let (mut projects, mut findings) = (Vec::new(), Vec::new());
    for folder in &context.config()?.memory.projects {
        match context.store_of(&context.root()?.join(folder)) {
            Ok(store) => {
                let name = store.root().file_name().unwrap_or_default().to_string_lossy().into_owned();
                projects.push(Project { name, store });
            }
            Err(failure) => {
                let message = format!("the project {} cannot be read: {}", folder.display(), failure.message());
                let finding = Finding::new("project", Severity::Warning, RepoPath::parse(CONFIG_FILE).unwrap_or_default(), message);
                findings.push(finding.hint("correct it under `memory.projects` in .cmpm/config.yaml"));
            }
        }
    }
    Ok((projects, findings))
}
