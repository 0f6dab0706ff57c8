//! What `init` puts in: first what can be committed, then what a clone does not carry.

use std::path::Path;

use super::block::{self, BlockError};
use super::plan::{Found, IGNORE, Plan};
use super::record::Inserted;
use super::seen::{self, Seen};
use super::settings;
use crate::base::{Explain, Explained, Finding, RepoPath, Result, Rule, Severity};
use crate::context::{CONFIG_FILE, Context};
use crate::fs::read;
use crate::git::{Oid, Repository};
use crate::nouns::hook;
use crate::store::{Change, Kind, Place};

/// Where git looks for hooks unless it is told otherwise.
const GIT_HOOKS: RepoPath = RepoPath::of(".git/hooks");

/// So many branches of a remote are named.
const BRANCHES: usize = 3;

/// What the user wishes.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    /// The hooks too.
    pub hooks: bool,
    /// What is committed already is to be renewed.
    pub update: bool,
    /// Nothing is to be written.
    pub dry_run: bool,
}

/// Decides.
pub fn plan(context: &Context, wishes: Wishes) -> Result<Plan> {
    require_checked_out(context.repository()?)?;
    let found = Found::look(context)?;
    let mut installer = Installer { context, root: found.store.root(), plan: Plan::new(context)? };
    if wishes.update {
        installer.plan.is_committed = false;
    }
    if !installer.plan.is_committed {
        installer.plan.adopted.clone_from(&found.adopted);
        installer.plan.seen = seen::look(&found)?;
        installer.new_file(CONFIG_FILE, &found.config())?;
        installer.ticket_folder(&found.folders)?;
    }
    for (file, text) in found.blocks() {
        installer.block(&found, &file, &text)?;
    }
    installer.ignore_worktrees(&found.store.config().paths.worktrees)?;
    installer.settings()?;
    if wishes.hooks {
        let repository = context.repository()?;
        installer.plan.seen.extend(hook::managers(repository)?.into_iter().map(|(path, message)| Seen { path, message }));
        installer.hooks(wishes.dry_run)?;
    }
    Ok(installer.plan)
}

/// Why a clone is not set up.
#[derive(Debug, thiserror::Error)]
#[error("nothing is checked out: HEAD names the branch `{head}`, which is not there; the remote has {}", branches.join(", "))]
struct NothingCheckedOut {
    head: String,
    branches: Vec<String>,
}

impl Explain for NothingCheckedOut {
    fn explain(&self) -> Explained {
        let branch = self.branches.first().map(String::as_str).unwrap_or_default();
        Explained::wrong("nothing_checked_out")
            .hint(format!("`git switch {branch}` checks out what the remote has; then `cmpm init` again"))
    }
}

/// A clone of a remote whose own HEAD names a branch that it does not have is empty, and so looks like a new project.
fn require_checked_out(repository: &Repository) -> Result<()> {
    let head = repository.head()?;
    if head.oid().is_some() || !repository.refs_below("refs/heads/")?.is_empty() {
        return Ok(());
    }
    let name = |(full, _): (String, Oid)| Some(full.strip_prefix("refs/remotes/")?.split_once('/')?.1.to_owned());
    let mut branches: Vec<String> = repository.refs_below("refs/remotes/")?.into_iter().filter_map(name).collect();
    branches.retain(|name| name != "HEAD");
    branches.sort_by_key(|name| (!matches!(name.as_str(), "main" | "master"), name.clone()));
    branches.dedup();
    branches.truncate(BRANCHES);
    let head = head.branch().unwrap_or_default().to_owned();
    if branches.is_empty() { Ok(()) } else { Err(NothingCheckedOut { head, branches }.into()) }
}

struct Installer<'a> {
    context: &'a Context,
    root: &'a Path,
    plan: Plan,
}

impl Installer<'_> {
    /// A file that is cmpm's alone; what the user made of it stays.
    fn new_file(&mut self, path: RepoPath, text: &str) -> Result<()> {
        let place = Place::from(&path);
        let before = read::find(&place.file(self.root))?;
        let folders = place.missing_folders(self.root);
        let after = before.clone().unwrap_or_else(|| text.as_bytes().to_vec());
        let is_new = before.is_none();
        if self.plan.add(self.root, Change::write(place, before, after))? && is_new {
            self.plan.record.new.files.insert(path, Inserted { text: text.to_owned(), folders });
        }
        Ok(())
    }

    /// The first of the folders, unless one is there.
    fn ticket_folder(&mut self, folders: &[RepoPath]) -> Result<()> {
        let Some(first) = folders.first() else { return Ok(()) };
        let keep = first.join(".gitkeep");
        let is_there = folders.iter().any(|folder| read::exists(&folder.below(self.root)));
        if is_there && !read::exists(&keep.below(self.root)) {
            return Ok(());
        }
        self.new_file(keep, "")
    }

    fn block(&mut self, found: &Found<'_>, file: &RepoPath, text: &str) -> Result<()> {
        let place = Place::from(file);
        let before = read::find(&place.file(self.root))?;
        if found.has_block_behind_link(file, text) {
            return Ok(());
        }
        let after = match block::place(before.as_deref(), text) {
            Ok(after) => after,
            Err(error) => {
                self.plan.findings.push(explain(file, &error));
                return Ok(());
            }
        };
        if self.plan.is_committed && before.as_ref() != Some(&after) {
            let message = match before {
                None => "does not exist; this cmpm would create it with its lines",
                Some(_) => "lacks the lines that this cmpm would write",
            };
            let finding = Finding::new(Rule::InitOlder, Severity::Note, file.clone(), message);
            self.plan.findings.push(finding.hint("`cmpm init --update` writes them"));
            return Ok(());
        }
        let is_change = before.as_ref() != Some(&after);
        if !self.plan.add(self.root, Change::write(place, before, after))? {
            self.plan.paste = self.plan.paste.or(found.paste(file));
        } else if is_change {
            self.plan.record.new.files.insert(file.clone(), Inserted { text: text.to_owned(), folders: 0 });
        }
        Ok(())
    }

    /// Runs have their worktrees below the main work tree, whichever one they are started from.
    fn ignore_worktrees(&mut self, folder: &RepoPath) -> Result<()> {
        let Some(main) = self.context.repository()?.main_work_dir().filter(|_| !folder.is_empty()) else { return Ok(()) };
        let path = folder.join(".gitignore");
        let place = Place { folder: Some(main), ..Place::from(&path) };
        let before = read::find(&place.file(self.root))?;
        let folders = place.missing_folders(self.root);
        let is_new = before.is_none();
        if is_new && !read::names(place.file(self.root).parent().unwrap_or(self.root))?.is_empty() {
            let message = "contains something that cmpm did not create, so runs cannot have their worktrees there";
            let finding = Finding::new(Rule::InitWorktrees, Severity::Warning, folder.clone(), message);
            self.plan.findings.push(finding.hint("name another folder under `paths.worktrees` in .cmpm/config.yaml"));
            return Ok(());
        }
        let after = before.clone().unwrap_or_else(|| IGNORE.as_bytes().to_vec());
        if self.plan.add(self.root, Change::write(place, before, after))? && is_new {
            self.plan.record.new.own.insert(path, Inserted { text: IGNORE.to_owned(), folders });
        }
        Ok(())
    }

    fn settings(&mut self) -> Result<()> {
        let file = self.context.repository()?.common_dir().join("config");
        let place = Place::of_clone(&file).written_as(Kind::GitSettings);
        let before = read::find(&file)?;
        match settings::place(before.as_deref().unwrap_or_default(), self.plan.record.old.settings.as_deref()) {
            Ok(None) => {}
            Ok(Some(placed)) => {
                if self.plan.add(self.root, Change::write(place, before, placed.text))? {
                    self.plan.record.new.settings = Some(placed.inserted);
                }
            }
            Err(error) => {
                let finding = Finding::new(Rule::InitSettings, Severity::Warning, settings::FILE, format!("left unchanged: {error}"));
                self.plan.findings.push(finding.hint("`git config --get-all merge.cmpm.driver` shows what is set"));
            }
        }
        Ok(())
    }

    fn hooks(&mut self, dry_run: bool) -> Result<()> {
        let planned = hook::plan_install(self.context, &[], dry_run);
        let (mut plan, rows) = match planned {
            Ok(plan) => plan.without_rows(),
            // Whatever keeps hooks out keeps nothing else out.
            Err(failure) => {
                self.no_hook(GIT_HOOKS, &failure.to_string(), failure.hints().into_iter().next());
                return Ok(());
            }
        };
        for row in rows.iter().filter(|row| matches!(row.action, hook::Action::Managed | hook::Action::Refused)) {
            let file = RepoPath::relative(self.root, Path::new(&row.file)).unwrap_or_else(|| GIT_HOOKS.join(row.hook.as_str()));
            self.no_hook(file, &row.detail, Some(row.hint.clone()));
        }
        if self.plan.is_committed && self.changes_shared_hooks(&plan)? {
            let hint = "`cmpm hook install` writes it".to_owned();
            self.no_hook(const { RepoPath::of(".husky") }, "a file that can be committed would get cmpm's line", Some(hint));
            return Ok(());
        }
        plan.changes.retain(|change| change.before != change.after);
        self.plan.hooks = Some(plan);
        Ok(())
    }

    /// Whether hooks are in the work tree, as husky keeps them.
    fn changes_shared_hooks(&self, plan: &hook::Plan<()>) -> Result<bool> {
        let common = self.context.repository()?.common_dir();
        let is_shared = |file: &Path| file.starts_with(self.root) && !file.starts_with(common);
        let mut changed = plan.files().filter(|change| change.before != change.after);
        Ok(changed.any(|change| is_shared(&change.place.file(self.root))))
    }

    fn no_hook(&mut self, file: RepoPath, why: &str, hint: Option<String>) {
        let finding = Finding::new(Rule::Hooks, Severity::Warning, file, format!("not installed: {why}"));
        self.plan.findings.push(Finding { hint, ..finding });
    }
}

/// Why a block is not put in.
fn explain(file: &RepoPath, error: &BlockError) -> Finding {
    let finding = Finding::new(Rule::InitBlock, Severity::Warning, file.clone(), format!("left unchanged: {error}"));
    match error {
        BlockError::Markers { line } => finding.at(*line).hint("remove these markers, then run `cmpm init` again"),
        BlockError::NotText => finding.hint("save it as UTF-8, then run `cmpm init` again"),
        BlockError::Edited => finding,
    }
}
