//! Pages of runs: what a commit of cmpm's own may write beyond a role. A page is text that anybody can write, so it excuses
//! only what can be derived anew from the commits: the work it names, and the ticket that this work is for.

use crate::base::{RepoPath, Result};
use crate::context::Context;
use crate::document::markdown::{section, with_open_boxes};
use crate::document::{Document, Value};
use crate::git::{Change, Commit, FileStat, MergeOutcome, Mode, Named, Oid, Repository};
use crate::nouns::ticket::{Ticket, key_in};
use crate::store::{FileEntry, Record, Snapshot};
use crate::words::Property;

use super::evidence::EVIDENCE;
use super::identity::{Claims, page_path};

/// So many commits of reviewers are followed down to the agent's.
const MOST_COMMITS: usize = 100;

/// What a page says instead of the lines of a binary file.
const BINARY: &str = "binary";

/// Memories of errors.
const ERRORS: RepoPath = RepoPath::of(".cmpm/memory/error");

/// What a commit may change because it is about a run; or why it may not.
pub(super) type Excused = std::result::Result<Vec<RepoPath>, String>;

/// What a run did of a commit that joins several: nothing if it was turned down.
pub(super) struct Squashed {
    pub(super) agent: String,
    pub(super) work: Vec<RepoPath>,
}

/// A commit that names a run, and the page that it brings.
pub(super) struct Landing<'a> {
    pub(super) context: &'a Context,
    pub(super) repository: &'a Repository,
    pub(super) commit: &'a Commit,
    pub(super) claims: &'a Claims,
    pub(super) changes: &'a [Change],
}

impl Landing<'_> {
    /// The files of cmpm's own in a commit. In an agent's own commit nothing is; one of a person that names an agent is a squash.
    pub(super) fn excused(&self, run: &str) -> Result<Excused> {
        let is_merge = self.commit.parents.len() > 1;
        let is_squash = !is_merge && self.claims.is_agents_own();
        let Some(path) = page_path(run).filter(|_| is_merge || self.claims.mailed.is_empty()) else { return Ok(Ok(Vec::new())) };
        let Some(change) = self.changes.iter().find(|change| change.path == path) else { return Ok(Ok(Vec::new())) };
        let (None, Some((Mode::File, oid))) = (change.old, change.new) else {
            return Ok(Err("was there before, and the page of a run is written once".to_owned()));
        };
        let page = Document::parse(self.repository.read_blob(oid)?);
        let is_merged = page.text("state").as_deref() == Some("merged");
        if page.text("id").as_deref() != Some(run) {
            return Ok(Err(format!("is not the page of {run}")));
        }
        if is_squash && !is_merged {
            return Ok(Ok(Vec::new()));
        }
        if is_merged != (is_merge || is_squash) {
            return Ok(Err("says another end of the run than the commit".to_owned()));
        }
        let fits = match (is_merge, is_squash) {
            (true, _) => self.fits_merge(&page)?,
            (false, true) => self.fits_squash(&page)?,
            (false, false) => Ok(()),
        };
        let ticket = match fits {
            Ok(()) if is_merged => self.finished_ticket(&page)?,
            Ok(()) => None,
            Err(reason) => return Ok(Err(reason)),
        };
        let errors = page.texts("errors");
        let remembered = self.changes.iter().filter(|change| self.is_memory_of(change, run, &errors)).map(|change| change.path.clone());
        let mut excused: Vec<RepoPath> = remembered.collect();
        excused.extend(ticket);
        excused.push(path);
        Ok(Ok(excused))
    }

    /// What of a squash a run did: its agent, and the files of its work. Somebody's commit that joins others may also hold what people
    /// did; but only the work itself, which must still be here, says what the agent did. `None` where it cannot be told.
    pub(super) fn squashed(&self, run: &str) -> Result<Option<Squashed>> {
        let brought = |path: &RepoPath| self.changes.iter().find(|change| change.path == *path && change.old.is_none());
        let new = page_path(run).and_then(|path| brought(&path)).and_then(|change| change.new);
        let Some((Mode::File, page)) = new else { return Ok(None) };
        let page = Document::parse(self.repository.read_blob(page)?);
        let said = |key: &str| page.text(key).unwrap_or_default();
        if said("id") != run {
            return Ok(None);
        }
        if said("state") != "merged" {
            return Ok(Some(Squashed { agent: said("agent"), work: Vec::new() }));
        }
        let here = |oid: &Oid| self.repository.find_named(*oid).is_ok_and(|found| found == Some(Named::Commit));
        let Some(work) = said("head").parse().ok().filter(here) else { return Ok(None) };
        let work = self.repository.read_commit(work)?;
        match self.base_of(&work, &page)? {
            Ok((base, true)) => {
                let changes = self.repository.diff_trees(base, work.oid)?;
                let is_here = self.holds(&changes)?;
                let paths = changes.into_iter().flat_map(|change| [Some(change.path), change.old_path]).flatten();
                Ok(is_here.then(|| Squashed { agent: said("agent"), work: paths.collect() }))
            }
            _ => Ok(None),
        }
    }

    /// Whether the commit has these changes, or others of the same files.
    fn holds(&self, changes: &[Change]) -> Result<bool> {
        for Change { path, new, .. } in changes {
            let is_changed = self.changes.iter().any(|own| own.path == *path || own.old_path.as_ref() == Some(path));
            let now = || self.repository.find_entry(self.commit.oid, path).map(|found| found.map(|entry| (entry.mode, entry.oid)));
            if !is_changed && now()? != *new {
                return Ok(false);
            }
        }
        Ok(!changes.is_empty())
    }

    /// Whether a page is about the work that a merge brings.
    fn fits_merge(&self, page: &Document) -> Result<std::result::Result<(), String>> {
        let [target, work] = self.commit.parents.as_slice() else { return Ok(Err("is in a merge of more than two".to_owned())) };
        let said = |key: &str| page.text(key).unwrap_or_default();
        if said("head") != work.to_string() {
            return Ok(Err("names other work than the merge brings".to_owned()));
        }
        let work = self.repository.read_commit(*work)?;
        let base = match self.base_of(&work, page)? {
            Ok((base, _)) if self.repository.is_ancestor(base, *target)? => base,
            Ok(_) => return Ok(Err("names another base than the work has".to_owned())),
            Err(reason) => return Ok(Err(reason)),
        };
        if let Err(reason) = of_run(page, self.claims) {
            return Ok(Err(reason));
        }
        if !self.is_evident(page, (base, work.oid))? {
            return Ok(Err("counts other lines or files than the work changes".to_owned()));
        }
        self.adds_nothing(page, base)
    }

    /// What the work of a page is built on, and whether an agent made it: one commit of the agent's, and what reviewers edited on top.
    fn base_of(&self, work: &Commit, page: &Document) -> Result<std::result::Result<(Oid, bool), String>> {
        let base = page.text("base").unwrap_or_default();
        let mut commit = work.clone();
        for _ in 0..MOST_COMMITS {
            let theirs = Claims::alone(&commit);
            if let Err(reason) = of_run(page, &theirs) {
                return Ok(Err(reason));
            }
            match commit.parents.as_slice() {
                [parent] if parent.to_string() == base => return Ok(Ok((*parent, !theirs.mailed.is_empty()))),
                // An agent has one commit; only a person's is on top of another.
                [parent] if theirs.mailed.is_empty() => commit = self.repository.read_commit(*parent)?,
                _ => break,
            }
        }
        Ok(Err("names another base than the work has".to_owned()))
    }

    /// Whether a page is about what a squash brings. The work itself may be elsewhere; what it changed is in the commit, beside what
    /// cmpm adds, and is held to the agent's role.
    fn fits_squash(&self, page: &Document) -> Result<std::result::Result<(), String>> {
        if let Err(reason) = of_run(page, self.claims) {
            return Ok(Err(reason));
        }
        let base = page.text("base").and_then(|base| base.parse::<Oid>().ok());
        let [target] = self.commit.parents.as_slice() else { return Ok(Err("is in a commit without a parent".to_owned())) };
        let Some(base) = base.filter(|base| self.repository.has_object(*base)) else { return Ok(Err("names no base".to_owned())) };
        if !self.repository.is_ancestor(base, *target)? {
            return Ok(Err("names another base than the commit has".to_owned()));
        }
        let said: Vec<&str> =
            section(page.body(), EVIDENCE).unwrap_or_default().lines().filter_map(file_line).map(|(path, _)| path).collect();
        let (run, errors, ticket) = (page.text("id").unwrap_or_default(), page.texts("errors"), self.finished_ticket(page)?);
        let is_expected = |change: &Change| {
            said.contains(&change.path.lossy().as_ref())
                || page_path(&run).as_ref() == Some(&change.path)
                || ticket.as_ref() == Some(&change.path)
                || self.is_memory_of(change, &run, &errors)
        };
        let added = self.changes.iter().find(|change| !is_expected(change));
        Ok(added.map_or(Ok(()), |change| Err(format!("is in a commit that changes {}, which the work does not", change.path))))
    }

    /// Whether the files and lines that the page says were changed are those of the work. What is binary depends on the place.
    fn is_evident(&self, page: &Document, (base, work): (Oid, Oid)) -> Result<bool> {
        let said: Vec<(&str, &str)> = section(page.body(), EVIDENCE).unwrap_or_default().lines().filter_map(file_line).collect();
        let stats = self.repository.diff_stat(base, work)?;
        let is_same = |(stat, (path, count)): (&FileStat, &(&str, &str))| {
            let counted = format!("+{} -{}", stat.added, stat.removed);
            stat.path.lossy() == *path && (*count == counted || stat.binary || *count == BINARY)
        };
        Ok(said.len() == stats.len() && stats.iter().zip(&said).all(is_same))
    }

    /// Whether everything in a merge is of one of its sides, or was changed on both.
    fn adds_nothing(&self, page: &Document, base: Oid) -> Result<std::result::Result<(), String>> {
        let [target, work] = self.commit.parents.as_slice() else { return Ok(Ok(())) };
        let paths = |from: Oid, to: Oid| -> Result<Vec<RepoPath>> {
            Ok(self
                .repository
                .diff_trees(from, to)?
                .into_iter()
                .flat_map(|change| [Some(change.path), change.old_path])
                .flatten()
                .collect())
        };
        let (here, there, of_work) = (paths(*target, self.commit.oid)?, paths(*work, self.commit.oid)?, paths(base, *work)?);
        let (run, errors) = (page.text("id").unwrap_or_default(), page.texts("errors"));
        let is_expected = |path: &RepoPath| {
            of_work.contains(path)
                || page_path(&run).as_ref() == Some(path)
                || self.changes.iter().any(|change| change.path == *path && self.is_memory_of(change, &run, &errors))
        };
        let ticket = self.finished_ticket(page)?;
        let added = here.iter().find(|path| there.contains(path) && !is_expected(path) && ticket.as_ref() != Some(path));
        Ok(added.map_or(Ok(()), |path| Err(format!("is in a merge that changes {path}, which the work does not"))))
    }

    /// Whether a file is a memory of what went wrong in a run, which lands with the page that names it.
    fn is_memory_of(&self, change: &Change, run: &str, errors: &[String]) -> bool {
        let Some((Mode::File, oid)) = change.new.filter(|_| change.path.is_below(&ERRORS)) else { return false };
        let Ok(bytes) = self.repository.read_blob(oid) else { return false };
        let names_run = String::from_utf8_lossy(&bytes).contains(run);
        names_run && Document::parse(bytes).text("id").is_some_and(|id| errors.contains(&id))
    }

    /// The file of the page's ticket, if the merge only sets it to done.
    fn finished_ticket(&self, page: &Document) -> Result<Option<RepoPath>> {
        let Some(id) = page.text("ticket") else { return Ok(None) };
        let folders = Ticket::folders(self.context.store()?.config());
        for change in self.changes.iter().filter(|change| folders.iter().any(|folder| change.path.is_below(folder))) {
            let Some(now) = self.repository.find_blob(self.commit.oid, &change.path)? else { continue };
            for before in &self.commit.parents {
                let finished = self.finish(*before, &change.path, &id)?;
                // Of a squash whose agent ticked boxes nothing else says what the ticket was before.
                let is_ticked = |bytes: &[u8]| self.commit.parents.len() == 1 && is_but_ticked(bytes, &now);
                if finished.is_some_and(|bytes| bytes == now || is_ticked(&bytes)) {
                    return Ok(Some(change.path.clone()));
                }
            }
            if let [target, work] = self.commit.parents.as_slice()
                && let MergeOutcome::Clean(tree) = self.repository.merge_trees(*target, *work)?
                && self.finish(tree, &change.path, &id)?.is_some_and(|bytes| bytes == now)
            {
                return Ok(Some(change.path.clone()));
            }
        }
        Ok(None)
    }

    /// The bytes of a ticket with that id, once it is done.
    fn finish(&self, tree: Oid, path: &RepoPath, id: &str) -> Result<Option<Vec<u8>>> {
        let file = FileEntry { path: path.clone(), blob: None };
        let (found, _) = self.context.store()?.read_record::<Ticket>(&Snapshot::Tree(self.repository, tree), &file);
        let Some(mut stored) = found.filter(|stored| stored.record.id.as_str() == id) else { return Ok(None) };
        let Ok(word) = stored.record.completed_word() else { return Ok(None) };
        let key = key_in(&stored.document, Property::Status);
        stored.set(key, &Value::from(word))?;
        Ok(Some(stored.document.bytes().to_vec()))
    }
}

/// Whether a commit says what a page of its run says.
fn of_run(page: &Document, claims: &Claims) -> std::result::Result<(), String> {
    for (what, key, named) in [("run", "id", &claims.runs), ("ticket", "ticket", &claims.tickets), ("agent", "agent", &claims.said)] {
        if named.as_slice() != [page.text(key).unwrap_or_default()] {
            return Err(format!("names another {what} than the commits do"));
        }
    }
    Ok(())
}

/// Whether two texts differ in nothing but boxes that are ticked.
fn is_but_ticked(one: &[u8], other: &[u8]) -> bool {
    let open = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok().map(|text| with_open_boxes(&text));
    open(one).is_some_and(|text| open(other).as_ref() == Some(&text))
}

/// The file and the count of ``- `src/a.txt` +3 -1``; nothing for a line about something else.
fn file_line(line: &str) -> Option<(&str, &str)> {
    let (path, count) = line.strip_prefix("- `")?.rsplit_once("` ")?;
    let is_number = |word: &str, sign: char| word.strip_prefix(sign).is_some_and(|number| number.parse::<u64>().is_ok());
    let is_count = count.split_once(' ').is_some_and(|(added, removed)| is_number(added, '+') && is_number(removed, '-'));
    (is_count || count == BINARY).then_some((path, count))
}
