//! `cmpm memory history`

use crate::base::Timestamp;
use crate::report::prelude::*;
use crate::store::{EDGE, ENDS, StoreError};

use super::file::former::find_former;
use super::model::Memory;

/// Show a memory's history
///
/// The commits that changed its file, newest first, through its earlier names. A memory that was forgotten is found as well.
/// Example: `cmpm memory history MEM-c9w`
#[derive(Debug, Args)]
pub struct History {
    /// Memory to look at
    #[arg(add = Takes::Memory)]
    id: String,
}

/// What happened to a memory.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Past {
    id: Id,
    title: String,
    path: RepoPath,
    /// Whether the file differs from the last commit.
    uncommitted: bool,
    /// Whether it is no longer there; the path is its last one then.
    forgotten: bool,
    /// Newest first.
    versions: Vec<Version>,
}

/// One commit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Version {
    commit: String,
    when: Timestamp,
    author: String,
    subject: String,
    /// added, changed, removed or renamed; `edge` where a shallow clone has no more.
    what: &'static str,
    /// The file then.
    path: RepoPath,
}

impl Verb for History {
    type Report = Past;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Past> {
        let (store, repository) = (context.store()?, context.repository()?);
        let (memory, path, forgotten) = self.find(context)?;
        let head = repository.head()?.oid();
        let uncommitted = match head {
            Some(head) => !repository.is_path_committed(&path, head)?,
            None => !forgotten,
        };
        let history = store.history::<Memory>(repository, &head.into_iter().collect::<Vec<_>>(), (&path, Some(&memory.id)))?;
        let versions = history.versions.into_iter().filter(crate::store::Version::is_new).map(|version| Version {
            commit: version.touch.commit.to_string(),
            when: version.touch.when,
            what: version.what(),
            path: version.path(),
            author: version.touch.author,
            subject: version.touch.subject,
        });
        let versions = versions.collect();
        Ok(Past { id: memory.id, title: memory.title, path, uncommitted, forgotten, versions })
    }
}

impl History {
    /// The memory, its file, and whether that is gone.
    fn find(&self, context: &Context) -> Result<(Memory, RepoPath, bool)> {
        let query = context.name_of(&self.id);
        match context.store()?.require::<Memory>(&query) {
            Ok(stored) => Ok((stored.record, stored.path, false)),
            Err(failure) if matches!(failure.downcast_ref(), Some(StoreError::NotFound { .. })) => {
                let former = find_former(context, &query)?.ok_or(failure)?;
                Ok((former.memory, former.path, true))
            }
            Err(failure) => Err(failure),
        }
    }
}

impl Report for Past {
    const SCHEMA: &'static str = "cmpm.memory.history/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = format!("{} {}\n", screen.paint(Tone::Key, self.id.as_str()), text::one_line(&self.title));
        let remark = match (self.forgotten, self.uncommitted) {
            (false, false) => None,
            (false, true) => Some("has uncommitted changes".to_owned()),
            (true, false) => Some(format!("forgotten; `cmpm memory restore {}` brings it back", self.id)),
            (true, true) => Some(format!("forgotten, which is not committed; `cmpm memory restore {}` brings it back", self.id)),
        };
        if let Some(remark) = remark {
            let _ = writeln!(out, "{}", screen.paint(Tone::Careful, &remark));
        }
        for version in &self.versions {
            let commit = screen.paint(Tone::Key, version.commit.get(..7).unwrap_or(&version.commit));
            // Whoever made the commit where the clone ends may have done nothing to the memory.
            let (what, rest) = match version.what {
                EDGE => (ENDS, String::new()),
                what => (what, format!("  {}: {}", text::one_line(&version.author), text::one_line(&version.subject))),
            };
            let _ = writeln!(out, "{}  {commit}  {what:<7}{rest}", version.when.date());
        }
        out
    }
}
