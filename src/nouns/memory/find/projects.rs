//! The other projects that this one's settings name: their memories are read where they are, and nothing is written into their work trees.

use std::collections::HashMap;

use crate::base::{Finding, Result, Rule, Severity};
use crate::context::{CONFIG_FILE, Context};
use crate::store::{Scan, Store, Stored};

use super::super::model::Memory;
use super::super::model::standing::{Standing, Standings};
use super::elsewhere::Elsewhere;

pub struct Project {
    pub name: String,
    pub store: Store,
}

/// The projects under `memory.projects`; one that cannot be read is a finding.
pub fn open_projects(context: &Context) -> Result<(Vec<Project>, Vec<Finding>)> {
    let (mut projects, mut findings) = (Vec::new(), Vec::new());
    for folder in &context.config()?.memory.projects {
        match context.store_of(&context.root()?.join(folder)) {
            Ok(store) if store.root() == context.root()? => {}
            Ok(store) => {
                let name = store.root().file_name().unwrap_or_default().to_string_lossy().into_owned();
                projects.push(Project { name, store });
            }
            Err(failure) => {
                let message = format!("the project {} cannot be read: {failure}", folder.display());
                let finding = Finding::new(Rule::Project, Severity::Warning, CONFIG_FILE, message);
                findings.push(finding.hint("correct it under `memory.projects` in .cmpm/config.yaml"));
            }
        }
    }
    Ok((projects, findings))
}

/// What still holds in the other projects and is not here with the same text, each with its project; to be searched as one corpus
/// with `own`, so that scores can be compared. What replaces what there, and where their code is, says nothing here.
pub fn memories(context: &Context, own: &[Stored<Memory>], findings: &mut Vec<Finding>) -> Result<Vec<(Stored<Memory>, Elsewhere)>> {
    let here: HashMap<String, &str> = own.iter().map(|stored| (stored.record.id.as_str().to_lowercase(), body(stored))).collect();
    let (projects, unreadable) = open_projects(context)?;
    findings.extend(unreadable);
    let mut found = Vec::new();
    for Project { name, store } in projects {
        let Scan { records, findings: wrong } = store.scan::<Memory>(&store.work_tree());
        findings.extend(wrong.into_iter().map(|finding| Finding { message: format!("in {name}: {}", finding.message), ..finding }));
        let standings = Standings::new(&records, context.clock.now());
        let place = Elsewhere { project: Some(name), worktree: store.root().display().to_string(), branch: None };
        let is_new = |stored: &Stored<Memory>| here.get(&stored.record.id.as_str().to_lowercase()) != Some(&body(stored));
        for mut stored in records.into_iter().filter(is_new) {
            if standings.of(&stored.record) == Standing::Current {
                stored.record.supersedes.clear();
                stored.record.anchors.clear();
                found.push((stored, place.clone()));
            }
        }
    }
    Ok(found)
}

fn body(stored: &Stored<Memory>) -> &str {
    stored.document.body().trim()
}
