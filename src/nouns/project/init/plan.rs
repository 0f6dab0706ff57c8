//! What `init` would write, decided by looking and without writing anything.

use std::path::Path;

use super::block::{self, BlockError};
use crate::base::{Finding, RepoPath, Result, Severity};
use crate::context::{CONFIG_FILE, Context};
use crate::document::Document;
use crate::fs::read;
use crate::nouns::ticket::{Kind, Ticket};
use crate::store::Store;

const CONFIG: &str = include_str!("../../../../templates/init/config.yaml");
const AGENTS: &str = include_str!("../../../../templates/init/agents.md");
const AGENTS_FILE: &str = "AGENTS.md";
/// The settings of ai-trackdown, which say where its tickets are.
const TRACKDOWN_FILE: &str = ".ai-trackdown/config.yaml";

/// All that `init` would do.
#[derive(Debug, Default)]
pub struct Plan {
    /// The files, also those that stay as they are.
    pub files: Vec<Planned>,
    /// Folders with tickets of ai-trackdown or an earlier cmpm.
    pub adopted: Vec<RepoPath>,
    /// The lines for agents, where cmpm cannot write them itself.
    pub paste: Option<&'static str>,
    /// What keeps files from being written.
    pub findings: Vec<Finding>,
}

/// One file, before and afterwards.
#[derive(Debug)]
pub struct Planned {
    /// The file.
    pub path: RepoPath,
    /// What it holds now, if it is there.
    pub before: Option<Vec<u8>>,
    /// What it will hold.
    pub after: Vec<u8>,
    /// What is new in it.
    pub inserted: String,
    /// What stood in its place.
    pub replaced: Option<String>,
}

impl Planned {
    /// Whether there is something to write.
    pub fn is_change(&self) -> bool {
        self.before.as_ref() != Some(&self.after)
    }
}

/// Looks at the work tree and decides.
pub fn make(context: &Context) -> Result<Plan> {
    let store = context.store()?;
    let mut planner = Planner { root: store.root(), plan: Plan::default() };
    let has_config = read::exists(&path(CONFIG_FILE).below(planner.root));
    let candidates = ticket_folders(store, has_config)?;
    planner.plan.adopted = if has_config { Vec::new() } else { trees(store, &candidates) };
    let adopted = &planner.plan.adopted;
    let folders = if adopted.is_empty() { candidates.get(..1).unwrap_or_default().to_vec() } else { adopted.clone() };
    planner.new_file(path(CONFIG_FILE), &CONFIG.replace("{tasks}", &yaml_list(&folders)))?;
    planner.ticket_folder(if has_config { &candidates } else { &folders })?;
    // Runs have their worktrees below the main work tree, whichever one they are started from.
    if !context.repository()?.is_linked_worktree() && !store.config().paths.worktrees.is_empty() {
        planner.new_file(store.config().paths.worktrees.join(".gitignore"), "*\n")?;
    }
    planner.agents_file()?;
    Ok(planner.plan)
}

/// Where tickets may be: as the settings say; where ai-trackdown says otherwise, there first.
fn ticket_folders(store: &Store, has_config: bool) -> Result<Vec<RepoPath>> {
    let mut folders = store.config().paths.tasks.clone();
    if !has_config && let Some(bytes) = read::find(&path(TRACKDOWN_FILE).below(store.root()))? {
        let named = Document::parse_yaml(bytes).text("tasks_directory").and_then(RepoPath::parse);
        if let Some(named) = named.filter(|named| !named.is_empty() && !folders.contains(named)) {
            folders.insert(0, named);
        }
    }
    Ok(folders)
}

/// The folders that have tickets in them, or a folder for a kind of them.
fn trees(store: &Store, candidates: &[RepoPath]) -> Vec<RepoPath> {
    let scan = store.list::<Ticket>(&store.work_tree());
    let has_tickets = |folder: &RepoPath| scan.records.iter().any(|stored| stored.path.is_below(folder));
    let has_kinds = |folder: &RepoPath| Kind::ALL.iter().any(|kind| folder.join(kind.folder()).below(store.root()).is_dir());
    candidates.iter().filter(|folder| has_tickets(folder) || has_kinds(folder)).cloned().collect()
}

struct Planner<'a> {
    root: &'a Path,
    plan: Plan,
}

impl Planner<'_> {
    /// A file that is cmpm's alone; what the user made of it stays.
    fn new_file(&mut self, path: RepoPath, text: &str) -> Result<()> {
        let before = read::find(&path.below(self.root))?;
        let after = before.clone().unwrap_or_else(|| text.as_bytes().to_vec());
        self.add(Planned { path, before, after, inserted: text.to_owned(), replaced: None });
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

    fn agents_file(&mut self) -> Result<()> {
        let path = path(AGENTS_FILE);
        let before = read::find(&path.below(self.root))?;
        match block::place(before.as_deref().unwrap_or_default(), AGENTS) {
            Ok(placed) => {
                let planned = Planned { path, before, after: placed.text, inserted: placed.inserted, replaced: placed.replaced };
                if !self.add(planned) {
                    self.plan.paste = Some(AGENTS);
                }
            }
            Err(error) => {
                let finding = Finding::new("agents-block", Severity::Warning, path, format!("left as it is: {error}"));
                self.plan.findings.push(match error {
                    BlockError::Markers { line } => finding.at(line).hint("take these markers out, then run `cmpm init` again"),
                    BlockError::NotText => finding.hint("save it as UTF-8, then run `cmpm init` again"),
                });
            }
        }
        Ok(())
    }

    /// Takes a file into the plan; `false` if a link is in the way, through which cmpm does not write.
    fn add(&mut self, planned: Planned) -> bool {
        let link = find_link(self.root, &planned.path).filter(|_| planned.is_change());
        if let Some(link) = &link {
            let target = read::link_target(&link.below(self.root)).unwrap_or_default();
            let message = format!("is a symbolic link to {}; cmpm does not write through links", target.display());
            let hint = if planned.path == path(AGENTS_FILE) {
                "add the lines shown to the file it points to"
            } else {
                "make the file yourself if you want it"
            };
            self.plan.findings.push(Finding::new("symlink", Severity::Warning, link.clone(), message).hint(hint));
        } else {
            self.plan.files.push(planned);
        }
        link.is_none()
    }
}

/// The first link on the way to a file.
fn find_link(root: &Path, path: &RepoPath) -> Option<RepoPath> {
    let parts = std::iter::successors(Some(path.clone()), |part| Some(part.parent()).filter(|parent| !parent.is_empty()));
    let is_link = |part: &RepoPath| read::find_metadata(&part.below(root)).ok().flatten().is_some_and(|found| found.is_symlink());
    parts.filter(is_link).last()
}

/// `["tasks", "more tasks"]`: JSON is YAML.
fn yaml_list(folders: &[RepoPath]) -> String {
    let quoted: Vec<String> = folders.iter().map(|folder| serde_json::json!(folder).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap_or_default()
}
