//! `cmpm ticket claims`

use super::change::claiming::{ClaimRow, claims};
use crate::base::{Failure, Rule, Severity};
use crate::claims::{Notice, SharedClaims};
use crate::report::TableColumn;
use crate::report::prelude::*;

/// List who has claimed which ticket
///
/// In this clone; with `--remote` also what other clones claimed there. A claim whose time is over is not shown: anybody may take
/// that ticket.
///
/// Example: `cmpm ticket claims --remote`
#[derive(Debug, Args)]
pub struct ListClaims {
    /// Also ask a remote that several clones share [default: origin]
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, default_missing_value = "origin")]
    remote: Option<String>,
}

/// Claims that count.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClaimList {
    /// In order of the tickets; those of other clones after those of this one.
    claims: Vec<ClaimRow>,
}

impl Verb for ListClaims {
    type Report = WithFindings<ClaimList>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<ClaimList>> {
        let claims = claims(context)?;
        let (mut rows, mut findings) = (Vec::new(), Vec::new());
        for (_, found) in claims.survey()? {
            match found {
                Ok(claim) if claims.counts(&claim) => rows.push(ClaimRow::from(&claim)),
                Ok(_) => {}
                Err(failure) => findings.push(damaged(&failure)),
            }
        }
        if let Some(remote) = &self.remote {
            let shared = SharedClaims::new(context.repository()?, remote, context.clock.now())?;
            let is_known = |notice: &Notice| {
                let same = |row: &ClaimRow| row.ticket == notice.ticket && row.remote.as_ref() == Some(remote) && row.by == notice.by;
                rows.iter().any(same)
            };
            let others = shared.list()?.into_iter().filter(|notice| shared.counts(notice) && !is_known(notice));
            let mut others: Vec<ClaimRow> = others.map(|notice| of_other_clone(notice, remote)).collect();
            rows.append(&mut others);
        }
        Ok(ClaimList { claims: rows }.with(findings))
    }
}

fn of_other_clone(notice: Notice, remote: &str) -> ClaimRow {
    let Notice { ticket, by, since, expires, .. } = notice;
    ClaimRow { ticket, by, run: None, term: None, since, until: Some(expires), remote: Some(remote.to_owned()) }
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
            return "No claims.\n".to_owned();
        }
        let mut table = Table::new([
            "TICKET".into(),
            TableColumn::weighing(2, "SINCE"),
            TableColumn::weighing(3, "UNTIL"),
            TableColumn::weighing(1, "REMOTE"),
            "BY".into(),
        ]);
        for row in &self.claims {
            let until = row.until.map_or_else(|| "released".to_owned(), |until| until.to_string());
            table.row([
                (row.ticket.as_str(), Some(Tone::Key)),
                (&row.since.to_string(), None),
                (&until, None),
                (row.remote.as_deref().unwrap_or("-"), None),
                (&row.by, None),
            ]);
        }
        table.render(screen)
    }
}
