//! Pages of runs: what a commit of cmpm's own may write beyond a role. A page is text that anybody can write, so it excuses
//! only what can be derived anew from the commits: the work it names, and the ticket that this work is for.

use crate::base::{RepoPath, Result};
use crate::context::Context;
use crate::document::markdown::section;
use crate::document::{Document, Value};
use crate::git::{Change, Commit, FileStat, MergeOutcome, Mode, Named, Oid, Repository};
use crate::nouns::ticket::{Ticket, key_in};
use crate::store::{FileEntry, Record, Snapshot};
use crate::words::Property;

use super::evidence::EVIDENCE;
use super::identity::{Claims, page_path};

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
    /// The files of cmpm's own in a commit. In an agent's own commit nothing is.
    pub(super) fn excused(&self, run: &str) -> Result<Excused> {
        let is_merge = self.commit.parents.len() > 1;
        let Some(path) = page_path(run).filter(|_| is_merge || !self.claims.is_agents_own()) else { return Ok(Ok(Vec::new())) };
        let Some(change) = self.changes.iter().find(|change| change.path == path) else { return Ok(Ok(Vec::new())) };
        let (None, Some((Mode::File, oid))) = (change.old, change.new) else {
            return Ok(Err("was there before, and the page of a run is written once".to_owned()));
        };
        let page = Document::parse(self.repository.read_blob(oid)?);
        let is_merged = page.text("state").as_deref() == Some("merged");
        if page.text("id").as_deref() != Some(run) {
            return Ok(Err(format!("is not the page of {run}")));
        }
        if is_merged != is_merge {
            return Ok(Err("says another end of the run than the commit".to_owned()));
        }
        let ticket = match if is_merge { self.fits_merge(&page)? } else { Ok(()) } {
            Ok(()) if is_merge => self.finished_ticket(&page)?,
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
        let theirs = Claims::alone(&work);
        let is_of_run = theirs.runs == [run] && theirs.said == [said("agent")] && theirs.tickets == [said("ticket")];
        match work.parents.as_slice() {
            [base] if is_of_run && !theirs.mailed.is_empty() && base.to_string() == said("base") => {
                let changes = self.repository.diff_trees(*base, work.oid)?;
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
        let base = match work.parents.as_slice() {
            [base] if base.to_string() == said("base") && self.repository.is_ancestor(*base, *target)? => *base,
            _ => return Ok(Err("names another base than the work has".to_owned())),
        };
        let (own, theirs) = (self.claims, Claims::alone(&work));
        for (what, key, merge, work) in [
            ("run", "id", &own.runs, &theirs.runs),
            ("ticket", "ticket", &own.tickets, &theirs.tickets),
            ("agent", "agent", &own.said, &theirs.said),
        ] {
            let wanted = [said(key)];
            if merge.as_slice() != wanted || work.as_slice() != wanted {
                return Ok(Err(format!("names another {what} than the commits do")));
            }
        }
        if !self.is_evident(page, (base, work.oid))? {
            return Ok(Err("counts other lines or files than the work changes".to_owned()));
        }
        self.adds_nothing(page, base)
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
        let [target, work] = self.commit.parents.as_slice() else { return Ok(None) };
        let Some(id) = page.text("ticket") else { return Ok(None) };
        let folders = Ticket::folders(self.context.store()?.config());
        for change in self.changes.iter().filter(|change| folders.iter().any(|folder| change.path.is_below(folder))) {
            let Some(now) = self.repository.find_blob(self.commit.oid, &change.path)? else { continue };
            for before in [*target, *work] {
                if self.finish(before, &change.path, &id)?.is_some_and(|bytes| bytes == now) {
                    return Ok(Some(change.path.clone()));
                }
            }
            if let MergeOutcome::Clean(tree) = self.repository.merge_trees(*target, *work)?
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

/// The file and the count of ``- `src/a.txt` +3 -1``; nothing for a line about something else.
fn file_line(line: &str) -> Option<(&str, &str)> {
    let (path, count) = line.strip_prefix("- `")?.rsplit_once("` ")?;
    let is_number = |word: &str, sign: char| word.strip_prefix(sign).is_some_and(|number| number.parse::<u64>().is_ok());
    let is_count = count.split_once(' ').is_some_and(|(added, removed)| is_number(added, '+') && is_number(removed, '-'));
    (is_count || count == BINARY).then_some((path, count))
}
