//! `cmpm ticket claims`

use super::change::claiming::{ClaimRow, ask, remote_meant};
use super::view::holders::Holders;
use crate::base::{Explain, Explained, Failure, Rule, Severity};
use crate::claims::{Held, Notice, Term};
use crate::git::GitError;
use crate::report::prelude::*;
use crate::report::{TableColumn, is_zero};

/// List who has claimed which ticket
///
/// In this clone, and what other clones were last seen to have; with `--remote` they are looked for there. A claim whose time is over
/// is not shown: anybody may take that ticket.
///
/// Example: `cmpm ticket claims --remote`
#[derive(Debug, Args)]
pub struct ListClaims {
    /// Also ask a remote that several clones share [without a name: `claims.remote` of the settings, or origin]
    #[arg(long, value_name = "REMOTE", num_args = 0..=1)]
    remote: Option<Option<String>>,
}

/// Claims that count.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClaimList {
    /// In order of the tickets; those of other clones after those of this one.
    claims: Vec<ClaimRow>,
    /// How many more there are on tickets that are finished.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    finished: usize,
}

impl Verb for ListClaims {
    type Report = WithFindings<ClaimList>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<ClaimList>> {
        // Asked first, so that what is lost is known.
        let there = match &self.remote {
            Some(given) => {
                let remote = remote_meant(context, given)?;
                Some((remote, ask(context, remote).map_err(without_answer)?))
            }
            None => None,
        };
        let mut holders = Holders::find(context)?;
        if let Some(there) = there {
            holders = holders.with(context, there)?;
        }
        let Holders { claims, held, damaged, finished } = holders;
        let own = claims.iter().map(ClaimRow::from).filter(|row| !held.iter().any(|held| held.notice.ticket == row.ticket));
        let claims = own.chain(held.iter().map(ClaimRow::from)).collect();
        Ok(ClaimList { claims, finished }.with(damaged.into_iter().map(|(_, finding)| finding).collect()))
    }
}

impl From<&Held> for ClaimRow {
    fn from(Held { notice, remote, .. }: &Held) -> Self {
        let Notice { ticket, by, since, expires, .. } = notice.clone();
        Self { ticket, by, run: None, term: None, since, until: Some(expires), remote: Some(remote.clone()) }
    }
}

/// The remote is away.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unanswered(Failure);

impl Explain for Unanswered {
    fn explain(&self) -> Explained {
        self.0.explain().hint("`cmpm ticket claims` shows what was last seen")
    }
}

fn without_answer(failure: Failure) -> Failure {
    if matches!(failure.downcast_ref(), Some(GitError::Program(_))) { Unanswered(failure).into() } else { failure }
}

/// What is reported of a claim that cannot be read.
pub fn damaged(failure: &Failure) -> Finding {
    const FOLDER: RepoPath = RepoPath::of(".git/cmpm/claims");
    let finding = Finding::new(Rule::DamagedClaim, Severity::Error, FOLDER, failure.to_string());
    failure.hints().into_iter().take(1).fold(finding, Finding::hint)
}

impl Report for ClaimList {
    const SCHEMA: &'static str = "cmpm.ticket.claims/1";

    fn render(&self, screen: &Screen) -> String {
        if self.claims.is_empty() {
            return format!("No claims.\n{}", self.render_finished(screen));
        }
        let mut table = Table::new([
            "TICKET".into(),
            TableColumn::weighing(2, "SINCE"),
            TableColumn::weighing(3, "UNTIL"),
            TableColumn::weighing(1, "REMOTE"),
            "BY".into(),
        ]);
        for row in &self.claims {
            let until = row.until.map_or_else(|| ends(row.term).to_owned(), |until| until.to_string());
            table.row([
                (row.ticket.as_str(), Some(Tone::Key)),
                (&row.since.to_string(), None),
                (&until, None),
                (row.remote.as_deref().unwrap_or("-"), None),
                (&row.by, None),
            ]);
        }
        table.render(screen) + &self.render_finished(screen)
    }
}

impl ClaimList {
    fn render_finished(&self, screen: &Screen) -> String {
        let are = if self.finished == 1 { "is" } else { "are" };
        let line = format!("{} {are} not counted: the ticket is finished\n", text::plural(self.finished, "claim"));
        if self.finished > 0 { screen.paint(Tone::Quiet, &line) } else { String::new() }
    }
}

/// What ends a claim without a time.
fn ends(term: Option<Term>) -> &'static str {
    if term == Some(Term::Lease) { "its process ends" } else { "the run is decided" }
}
