//! What `init --remove` takes out: by the record of this clone, and where that says nothing (a fresh clone) by markers and text.

use std::path::Path;

use super::block::{self, BlockError, Rest};
use super::plan::{Found, Plan};
use super::settings;
use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::context::{CONFIG_FILE, Context};
use crate::fs::read;
use crate::nouns::hook;
use crate::store::{Change, Kind, Place};

/// Decides; with `all`, settings that were changed and are committed go as well.
pub fn plan(context: &Context, (dry_run, all): (bool, bool)) -> Result<Plan> {
    let found = Found::look(context)?;
    let mut remover = Remover { context, root: found.store.root(), plan: Plan::new(context)?, all };
    remover.whole_files(&found)?;
    for (file, text) in found.blocks() {
        remover.block(&found, &file, &text)?;
    }
    remover.ignore_file(&found.store.config().paths.worktrees)?;
    remover.settings()?;
    let (mut hooks, _) = hook::plan_uninstall(context, dry_run)?.without_rows();
    hooks.changes.retain(|change| change.before != change.after);
    remover.plan.hooks = Some(hooks);
    Ok(remover.plan)
}

/// How worktrees of runs go of which nothing is known any more.
const FORGOTTEN: &str = "`git worktree list` shows them; `git worktree remove DIR` removes one, and `git branch -D NAME` its branch";

struct Remover<'a> {
    context: &'a Context,
    root: &'a Path,
    plan: Plan,
    all: bool,
}

impl Remover<'_> {
    fn whole_files(&mut self, found: &Found<'_>) -> Result<()> {
        let blocks: Vec<RepoPath> = found.blocks().into_iter().map(|(file, _)| file).collect();
        let recorded = self.plan.record.old.files.clone();
        let mut files: Vec<(RepoPath, String, usize)> = Vec::new();
        // Somebody else made the project, or the record is lost.
        if found.has_config && !recorded.contains_key(&CONFIG_FILE) {
            files.push((CONFIG_FILE, found.config(), usize::MAX));
            files.extend(found.folders.iter().map(|folder| (folder.join(".gitkeep"), String::new(), usize::MAX)));
        }
        let whole = recorded.into_iter().filter(|(file, _)| !blocks.contains(file));
        files.extend(whole.map(|(file, inserted)| (file, inserted.text, inserted.folders)));
        for (file, text, folders) in files {
            let depth = file.as_bytes().iter().filter(|byte| **byte == b'/').count();
            let is_out = self.whole_file(Place::from(&file), &text, folders.min(depth))?;
            if is_out {
                self.plan.record.new.files.remove(&file);
            }
        }
        Ok(())
    }

    /// Takes a file out that has the text it got; whether nothing of it is left.
    fn whole_file(&mut self, place: Place, text: &str, folders: usize) -> Result<bool> {
        let Some(before) = read::find(&place.file(self.root))? else { return Ok(true) };
        // git may have changed the line ends when it checked the file out.
        if String::from_utf8_lossy(&before).replace("\r\n", "\n") != text {
            let is_wanted = self.all && place.path == CONFIG_FILE;
            if !is_wanted || !self.is_committed(&place.path)? {
                let why = if is_wanted { ", and git does not have it as it is now" } else { "" };
                self.leave(&place.path, &format!("it is not as `cmpm init` wrote it{why}"));
                return Ok(false);
            }
        }
        self.plan.add(self.root, Change::remove(place, before, folders))
    }

    fn is_committed(&self, file: &RepoPath) -> Result<bool> {
        let repository = self.context.repository()?;
        Ok(repository.head()?.oid().map_or(Ok(false), |head| repository.is_path_committed(file, head))?)
    }

    fn block(&mut self, found: &Found<'_>, file: &RepoPath, text: &str) -> Result<()> {
        let place = Place::from(file);
        let recorded = self.plan.record.old.files.get(file).map(|inserted| inserted.text.clone()).unwrap_or_default();
        let Some(before) = read::find(&place.file(self.root))? else {
            self.plan.record.new.files.remove(file);
            return Ok(());
        };
        if found.has_block_behind_link(file, text) {
            self.leave(file, "is a symbolic link, and cmpm does not write through links");
            return Ok(());
        }
        match block::take_out(&before, &[text, &recorded]) {
            Ok(None) => {}
            Ok(Some(rest)) => {
                let after = if let Rest::Text(after) = rest { Some(after) } else { None };
                if !self.plan.add(self.root, Change { place, before: Some(before), after, folders: 0 })? {
                    return Ok(());
                }
            }
            Err(BlockError::NotText) => {}
            Err(error) => {
                self.leave(file, &error.to_string());
                return Ok(());
            }
        }
        self.plan.record.new.files.remove(file);
        Ok(())
    }

    fn ignore_file(&mut self, worktrees: &RepoPath) -> Result<()> {
        let Some(main) = self.context.repository()?.main_work_dir() else { return Ok(()) };
        for (file, inserted) in self.plan.record.old.own.clone() {
            if file.parent() == *worktrees && read::names(&worktrees.below(&main))?.len() > 1 {
                let finding =
                    Finding::new(Rule::InitLeft, Severity::Note, file, "stays: it keeps git from seeing the worktrees next to it");
                let hint = if self.all { FORGOTTEN } else { "`cmpm delegate clean` removes finished ones" };
                self.plan.findings.push(finding.hint(hint));
                continue;
            }
            let place = Place { folder: Some(main.clone()), ..Place::from(&file) };
            if self.whole_file(place, &inserted.text, inserted.folders)? {
                self.plan.record.new.own.remove(&file);
            }
        }
        Ok(())
    }

    fn settings(&mut self) -> Result<()> {
        let file = self.context.repository()?.common_dir().join("config");
        let before = read::find(&file)?.unwrap_or_default();
        match settings::take_out(&before, self.plan.record.old.settings.as_deref()) {
            Ok(None) => {}
            Ok(Some(rest)) => {
                let place = Place::of_clone(&file).written_as(Kind::GitSettings);
                if !self.plan.add(self.root, Change::write(place, Some(before), rest))? {
                    return Ok(());
                }
            }
            Err(error) => {
                self.leave(&settings::FILE, &error.to_string());
                return Ok(());
            }
        }
        self.plan.record.new.settings = None;
        Ok(())
    }

    fn leave(&mut self, file: &RepoPath, why: &str) {
        let finding = Finding::new(Rule::InitLeft, Severity::Warning, file.clone(), format!("left unchanged: {why}"));
        self.plan.findings.push(finding.hint("remove by hand what you do not want"));
    }
}
