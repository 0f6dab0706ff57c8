//! Which agent suits a ticket: its words and files against what each agent's file says, what run pages say of each, and open runs.

mod score;
mod select;

pub use score::Choice;
pub use select::Select;

use crate::base::glob::Globs;
use crate::base::{RepoPath, Result};
use crate::engine::search::{Corpus, Field, Query, Source, search};
use crate::git::{Oid, Repository};
use crate::nouns::agent::{Agent, load_agents};
use crate::nouns::ticket::Ticket;
use crate::run::{Outcome, Runs, State};
use crate::store::{Snapshot, Store, Stored};

use super::RunPage;
use score::{Capability, Known, rank};

/// What stands for an agent that is chosen by the ticket.
pub const AUTO: &str = "auto";
/// So many files of a ticket are looked at.
const FILES: usize = 100;
/// So much of a ticket's text counts, in words.
const WORDS: usize = 400;

/// What a choice goes by.
pub struct Grounds<'a> {
    pub store: &'a Store,
    /// The agents, and the pages of runs.
    pub snapshot: &'a Snapshot<'a>,
    /// The files.
    pub tree: Option<Oid>,
    pub runs: &'a Runs<'a>,
}

impl Grounds<'_> {
    /// The agents that may write something, best first for a ticket.
    pub fn choose(&self, ticket: &Stored<Ticket>) -> Result<Vec<Choice>> {
        let mut agents = load_agents(self.snapshot).0;
        agents.retain(|agent| agent.read_only.is_none());
        let files = files(self.runs.repository, self.tree, ticket)?;
        let mut known: Vec<Known> = agents.iter().map(|agent| Known { agent: agent.name.clone(), ..Known::default() }).collect();
        let words = words(ticket, &agents);
        for ((known, agent), (words, matched)) in known.iter_mut().zip(&agents).zip(words) {
            let role = agent.role()?;
            let covered = files.iter().filter(|file| role.decide(file).is_allowed()).count();
            known.capability = Capability { words, matched, covered, files: files.len(), score: 0.0 };
        }
        self.count(&agents, &mut known)?;
        Ok(rank(known))
    }

    /// How many runs of each were merged, failed, or are open.
    fn count(&self, agents: &[Agent], known: &mut [Known]) -> Result<()> {
        let place = |name: &str| agents.iter().position(|agent| agent.is_called(name));
        let pages = self.store.list::<RunPage>(self.snapshot).records;
        let rows = pages.iter().filter_map(|page| page.record.row(&page.path));
        for row in rows {
            let Some(one) = place(&row.agent).and_then(|place| known.get_mut(place)) else { continue };
            let has_failed = row.state == State::Rejected || row.outcome.is_some_and(Outcome::is_error);
            one.merged += u32::from(row.state == State::Merged);
            one.failed += u32::from(row.state != State::Merged && has_failed);
        }
        for run in self.runs.list()?.iter().filter(|run| !run.status.state.is_closed()) {
            if let Some(one) = place(&run.job.agent.name).and_then(|place| known.get_mut(place)) {
                one.open += 1;
            }
        }
        Ok(())
    }
}

/// How well each agent's file answers the ticket's words, relative to the best one; and with which words.
fn words(ticket: &Stored<Ticket>, agents: &[Agent]) -> Vec<(f64, Vec<String>)> {
    let record = &ticket.record;
    let labels = record.properties.labels.to_vec().join(" ");
    let text = format!("{} {labels} {}", record.title, ticket.document.body());
    // A quote or a star would ask for more than a word.
    let text: Vec<&str> = text.split_whitespace().take(WORDS).collect();
    let query = Query::parse(&text.join(" ").replace(['"', '*'], " "));
    let texts: Vec<[(String, Field); 3]> = agents
        .iter()
        .map(|agent| {
            let name = agent.name.replace(['_', '-'], " ");
            [(name, Field::Title), (agent.capabilities.join(" "), Field::Tags), (agent.description.clone(), Field::Details)]
        })
        .collect();
    let corpus: Corpus<'_> = texts.iter().map(|texts| Source::of(texts)).collect();
    let hits = search(&corpus, &query, agents.len());
    let best = hits.best.first().map_or(1.0, |hit| hit.score.max(f64::MIN_POSITIVE));
    let mut found = vec![(0.0, Vec::new()); agents.len()];
    for hit in hits.best {
        if let Some(one) = found.get_mut(hit.index) {
            *one = (hit.score / best, hit.matched().map(str::to_owned).collect());
        }
    }
    found
}

/// The files that a ticket is about: those below its globs, or what these could mean, and those that its text names.
fn files(repository: &Repository, tree: Option<Oid>, ticket: &Stored<Ticket>) -> Result<Vec<RepoPath>> {
    let mut files = Vec::new();
    for glob in &ticket.record.paths {
        let Ok(globs) = Globs::parse(&[glob]) else { continue };
        let there = tree.map(|tree| repository.files_below(tree, &beginning(glob))).transpose()?.unwrap_or_default();
        let before = files.len();
        files.extend(there.into_iter().map(|entry| entry.path).filter(|path| globs.matches(path)).take(FILES));
        if files.len() == before {
            files.extend(RepoPath::parse(glob.replace("**", "x").replace('*', "x")));
        }
    }
    let named = ticket.document.body().split_whitespace().filter(|word| word.contains(['/', '.'])).take(FILES);
    for word in named {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '/' | '_')).trim_end_matches('.');
        let Some((path, tree)) = RepoPath::parse(word).zip(tree) else { continue };
        let is_file = !path.is_empty() && repository.find_blob(tree, &path).ok().flatten().is_some();
        files.extend(is_file.then_some(path));
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// The folder that a glob names before its first wildcard.
fn beginning(glob: &str) -> RepoPath {
    let plain: Vec<&str> = glob.trim_start_matches('/').split('/').take_while(|part| !part.contains(['*', '?', '[', '{', '\\'])).collect();
    let is_whole = plain.len() == glob.trim_start_matches('/').split('/').count();
    let folder = if is_whole { plain.split_last().map_or(&[][..], |(_, folder)| folder) } else { &plain[..] };
    RepoPath::parse(folder.join("/")).unwrap_or_default()
}
