//! `cmpm delegate share`

use std::path::PathBuf;

use crate::git::Oid;
use crate::report::prelude::*;
use crate::run::Shelf;

/// Share a run with a colleague, by a remote or a file
///
/// What goes there is its work, its page, what the agent said and the comments; nothing else of this machine, and what its program printed only with `--logs`. A secret in any of
/// that is found first, and nothing is sent. `cmpm delegate fetch` takes it there.
/// Example: `cmpm delegate share RUN-4f2 --remote origin`
#[derive(Debug, Args)]
pub struct Share {
    /// Run to share; the only one that waits for review if left out
    #[arg(add = Takes::Run)]
    run: Option<String>,
    #[command(flatten)]
    place: Place,
    /// Also what its program printed
    #[arg(long)]
    logs: bool,
}

// No doc comment on the struct: clap would take it for the help of the verb that it is a part of.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Place {
    /// The remote where it is shared
    #[arg(long, value_name = "REMOTE")]
    remote: Option<String>,
    /// The file in which it is shared, a git bundle
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
}

impl Place {
    pub fn shelf(&self, context: &Context) -> Shelf {
        match (&self.remote, &self.bundle) {
            (_, Some(file)) => Shelf::Bundle(context.cwd.join(file)),
            (remote, None) => Shelf::Remote(remote.clone().unwrap_or_default()),
        }
    }

    pub fn flag(&self) -> String {
        match (&self.remote, &self.bundle) {
            (_, Some(file)) => format!("--bundle {}", file.display()),
            (remote, None) => format!("--remote {}", remote.as_deref().unwrap_or_default()),
        }
    }
}

/// A run that others can take.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Given {
    run: Id,
    /// The commit that holds it.
    commit: Oid,
    /// What is said of it there.
    files: Vec<RepoPath>,
    /// How others name the place.
    #[serde(skip)]
    flag: String,
}

impl Verb for Share {
    type Report = Given;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Given> {
        let trust = super::super::trust(context)?;
        let runs = super::super::runs(context, &trust)?;
        let run = super::super::require(context, &runs, self.run.as_deref())?;
        let (commit, files) = runs.share(&run, &self.place.shelf(context), self.logs)?;
        Ok(Given { commit, files, flag: self.place.flag(), run: run.job.run })
    }
}

impl Report for Given {
    const SCHEMA: &'static str = "cmpm.delegate.share/1";

    fn render(&self, screen: &Screen) -> String {
        let files = self.files.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let next = format!("a colleague takes it with: cmpm delegate fetch {} {}\n", self.run, text::one_line(&self.flag));
        format!("Shared {} with {files}\n{}", screen.paint(Tone::Key, self.run.as_str()), screen.paint(Tone::Quiet, &next))
    }
}
