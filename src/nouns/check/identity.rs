//! Who a commit says made it. Anybody can write that, so it can only take rights away: a commit that names an agent is held to
//! that agent's role, and to all of them if it names several.

use std::collections::BTreeSet;

use crate::base::{RepoPath, Result};
use crate::document::Document;
use crate::git::Commit;
pub(super) use crate::run::RUNS;
use crate::run::{AGENT_HOST, AGENT_TRAILER as AGENT, RUN_TRAILER as RUN, TICKET_TRAILER as TICKET};
use crate::store::Snapshot;

use super::scope::Scope;

/// Keys before the name and address of who made a commit, as forges and git's own message of a squash repeat them.
const MAKERS: [&str; 3] = ["Co-authored-by", "Author", "Signed-off-by"];
/// What stands before the lines of a message that another message quotes or lists.
const QUOTES: [char; 5] = [' ', '\t', '*', '-', '>'];
/// Hyphens and dashes of Unicode.
const HYPHENS: [char; 10] =
    ['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}', '\u{fe58}', '\u{fe63}', '\u{ff0d}'];

#[derive(Debug)]
pub(super) struct Mentioned {
    runs: BTreeSet<String>,
    agents: BTreeSet<String>,
}

/// What a commit says of itself.
#[derive(Debug)]
pub(super) struct Claims {
    pub(super) runs: Vec<String>,
    /// The agents that the trailers of its message name.
    pub(super) said: Vec<String>,
    /// The runs and agents that lines of its message name anywhere, as where a forge joins the messages of many commits. They take
    /// rights away and excuse nothing.
    pub(super) mentioned: Mentioned,
    pub(super) tickets: Vec<String>,
    /// The agents that its author and committer name.
    pub(super) mailed: Vec<String>,
    /// The agents that pages of its runs name.
    pub(super) paged: BTreeSet<String>,
}

impl Claims {
    pub(super) fn of(commit: &Commit, scope: &Scope<'_>) -> Result<Self> {
        let mut claims = Self::alone(commit);
        for path in claims.mentioned.runs.iter().filter_map(|run| page_path(run)) {
            let at_commit = page_agent(&state_of(scope, commit), &path)?;
            claims.paged.extend(page_agent(&scope.snapshot, &path)?.into_iter().chain(at_commit));
        }
        Ok(claims)
    }

    /// What the commit says without any page.
    pub(super) fn alone(commit: &Commit) -> Self {
        let trailers = commit.trailers();
        let all = |name: &str| -> Vec<String> {
            trailers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone()).collect()
        };
        let mailed = [&commit.author.email, &commit.committer.email].into_iter().filter_map(|email| agent_at(email)).collect();
        // A hyphen that only looks like one.
        let message: String = commit.message.chars().map(|c| if HYPHENS.contains(&c) { '-' } else { c }).collect();
        let lines = || message.lines().filter_map(|line| line.trim_start_matches(QUOTES).split_once(':'));
        let values =
            |name: &'static str| lines().filter(move |(key, _)| key.trim_end().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
        let anywhere = |name: &'static str| -> BTreeSet<String> { values(name).map(str::to_owned).chain(all(name)).collect() };
        let makers = MAKERS.into_iter().flat_map(values).filter_map(|who| agent_at(who.rsplit_once('<')?.1.split('>').next()?.trim()));
        let mentioned = Mentioned { runs: anywhere(RUN), agents: anywhere(AGENT).into_iter().chain(makers).collect() };
        Self { runs: all(RUN), said: all(AGENT), mentioned, tickets: all(TICKET), mailed, paged: BTreeSet::new() }
    }

    /// Every run that its message names.
    pub(super) fn every_run(&self) -> &BTreeSet<String> {
        &self.mentioned.runs
    }

    /// Whether an agent did the work, going by anything.
    pub(super) fn names_agents(&self) -> bool {
        self.is_agents_own() || !self.paged.is_empty()
    }

    /// Whether an agent did the work, going by the commit alone.
    pub(super) fn is_agents_own(&self) -> bool {
        !self.mentioned.agents.is_empty() || !self.mailed.is_empty()
    }

    /// Whether the message itself names an agent.
    pub(super) fn names(&self, agent: &str) -> bool {
        self.mentioned.agents.contains(agent)
    }

    /// Every agent that is named, once.
    pub(super) fn agents(&self) -> BTreeSet<&String> {
        self.mentioned.agents.iter().chain(&self.mailed).chain(&self.paged).collect()
    }
}

/// The agent that an address is of.
fn agent_at(email: &str) -> Option<String> {
    Some(email.to_ascii_lowercase().trim_end_matches('.').strip_suffix(AGENT_HOST)?.to_owned())
}

/// Where the page of a run belongs; `None` for what is no name of a run.
pub(super) fn page_path(run: &str) -> Option<RepoPath> {
    let is_name = !run.is_empty() && run.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    RepoPath::parse(format!("{RUNS}/{run}.md")).filter(|_| is_name)
}

fn page_agent(snapshot: &Snapshot<'_>, path: &RepoPath) -> Result<Option<String>> {
    Ok(snapshot.read(path)?.map(Document::parse).and_then(|page| page.text("agent")))
}

/// The files as a commit of the scope has them.
fn state_of<'a>(scope: &Scope<'a>, commit: &Commit) -> Snapshot<'a> {
    match scope.snapshot {
        Snapshot::Tree(repository, _) | Snapshot::Index(repository, _) => Snapshot::Tree(repository, commit.oid),
        worktree @ Snapshot::WorkTree(_) => worktree,
    }
}
