//! What `init` and `init --remove` would write, decided by looking and without writing anything.

use std::path::Path;

use super::record::Record;
use super::seen::Seen;
use super::{attributes, block};
use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::context::{CONFIG_FILE, Context};
use crate::document::Document;
use crate::fs::read;
use crate::git::Repository;
use crate::nouns::hook;
use crate::nouns::merge;
use crate::nouns::ticket::{Ticket, is_foreign};
use crate::store::{Change, Place, Store};
use crate::words::Kind;

const CONFIG: &str = include_str!("../../../../templates/init/config.yaml");
const AGENTS: &str = include_str!("../../../../templates/init/agents.md");
const AGENTS_FILE: RepoPath = RepoPath::of("AGENTS.md");
/// What Claude Code reads instead.
const CLAUDE_FILES: [RepoPath; 2] = [RepoPath::of("CLAUDE.md"), RepoPath::of(".claude/CLAUDE.md")];
/// Where tickets go if every usual folder is in use for something else.
const OWN_FOLDER: RepoPath = RepoPath::of(".cmpm/tickets");
/// The settings of ai-trackdown, which say where its tickets are.
const TRACKDOWN_FILE: RepoPath = RepoPath::of(".ai-trackdown/config.yaml");
/// How Claude Code is told in its file to read AGENTS.md too.
const IMPORTS: [&str; 2] = ["@AGENTS.md", "@./AGENTS.md"];
/// What keeps agents' worktrees from git's eyes.
pub const IGNORE: &str = "*\n";

#[derive(Debug)]
pub struct Plan {
    /// The files, also those that stay as they are.
    pub files: Vec<Change>,
    /// The hooks, and the record of them.
    pub hooks: Option<hook::Plan<()>>,
    /// What was put into this clone.
    pub record: Record,
    /// Whether the committed files are cmpm's already, so that only this clone is to be set up.
    pub is_committed: bool,
    /// Folders with tickets of ai-trackdown or an earlier cmpm.
    pub adopted: Vec<RepoPath>,
    /// The lines for agents, where cmpm cannot write them itself.
    pub paste: Option<&'static str>,
    /// What else was seen in the repository, and what that means.
    pub seen: Vec<Seen>,
    /// What keeps files from being written.
    pub findings: Vec<Finding>,
}

/// The project as it is found.
pub struct Found<'a> {
    pub repository: &'a Repository,
    /// The records and settings.
    pub store: &'a Store,
    /// Whether there are settings of the project.
    pub has_config: bool,
    /// Folders with tickets of ai-trackdown or an earlier cmpm, where there are no settings yet.
    pub adopted: Vec<RepoPath>,
    /// Where tickets are, or will be.
    pub folders: Vec<RepoPath>,
    /// Folders that are named like those of tickets and hold something else.
    pub foreign: Vec<RepoPath>,
}

impl Plan {
    /// A plan of nothing.
    pub fn new(context: &Context) -> Result<Self> {
        let store = context.store()?;
        let record = Record::load(store.live())?;
        let repository = context.repository()?;
        let head = repository.head()?.oid().filter(|_| read::exists(&CONFIG_FILE.below(store.root())));
        let is_committed = head.map(|head| repository.find_blob(head, &CONFIG_FILE)).transpose()?.flatten().is_some();
        let (files, adopted, seen, findings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Ok(Self { files, hooks: None, record, is_committed, adopted, paste: None, seen, findings })
    }

    /// Takes a file into the plan; `false` if it is not to be written: a link is on the way, or it is read-only.
    pub fn add(&mut self, root: &Path, change: Change) -> Result<bool> {
        if change.before != change.after
            && let Some(finding) = obstacle(root, &change.place)?
        {
            self.findings.push(finding);
            return Ok(false);
        }
        self.files.push(change);
        Ok(true)
    }
}

impl<'a> Found<'a> {
    /// Looks at the work tree.
    pub fn look(context: &'a Context) -> Result<Self> {
        let store = context.store()?;
        let has_config = read::exists(&CONFIG_FILE.below(store.root()));
        let candidates = ticket_folders(store, has_config)?;
        let adopted = if has_config { Vec::new() } else { trees(store, &candidates) };
        let (mut foreign, mut folders) = (Vec::new(), adopted.clone());
        if has_config {
            folders = candidates;
        } else if adopted.is_empty() {
            let own = candidates.iter().position(|folder| !is_foreign(store, folder));
            folders = vec![own.and_then(|own| candidates.get(own).cloned()).unwrap_or(OWN_FOLDER)];
            foreign = candidates.into_iter().take(own.unwrap_or(usize::MAX)).collect();
        }
        Ok(Self { repository: context.repository()?, store, has_config, adopted, folders, foreign })
    }

    /// The settings as `init` writes them.
    pub fn config(&self) -> String {
        CONFIG.replace("{tasks}", &yaml_list(&self.folders))
    }

    /// The files with a block of cmpm's: each with the block.
    pub fn blocks(&self) -> Vec<(RepoPath, String)> {
        let mut files = merge::files(&self.folders, &self.store.config().paths.memory);
        files.retain(|files| files.folder != merge::BEADS || self.merges_beads());
        let attributes = attributes::block(&files);
        let claude = self.claude_files().into_iter().filter(|(_, imports)| !imports).map(|(file, _)| file);
        let agents = std::iter::once(AGENTS_FILE).chain(claude).filter(|file| !self.is_twin(file));
        agents.map(|file| (file, AGENTS.to_owned())).chain([(attributes::FILE, attributes)]).collect()
    }

    /// Whether there are records of beads, and nobody has told git how to merge them.
    fn merges_beads(&self) -> bool {
        let records = ["issues.jsonl", "beads.jsonl"].map(|name| merge::BEADS.join(name));
        let is_own = |driver: &String| driver == "cmpm";
        read::exists(&merge::BEADS.below(self.store.root()))
            && self.repository.merge_drivers(&records).is_ok_and(|drivers| drivers.iter().all(is_own))
    }

    /// The files that Claude Code reads, and whether AGENTS.md is imported there and cmpm's block is not in it.
    pub fn claude_files(&self) -> Vec<(RepoPath, bool)> {
        let texts = CLAUDE_FILES.into_iter().filter_map(|file| Some((read::read(&file.below(self.store.root())).ok()?, file)));
        let imports = |text: &[u8]| String::from_utf8_lossy(text).split_whitespace().any(|word| IMPORTS.contains(&word));
        texts.map(|(text, file)| (file, imports(&text) && !block::is_in(&text, AGENTS))).collect()
    }

    /// Whether a file is a link to another one for agents, which gets the block.
    fn is_twin(&self, file: &RepoPath) -> bool {
        let real = |file: &RepoPath| read::real_path(&file.below(self.store.root())).ok();
        let others = || std::iter::once(AGENTS_FILE).chain(CLAUDE_FILES).filter(|other| other != file);
        let is_link = find_link(self.store.root(), file).is_some();
        is_link && others().any(|other| find_link(self.store.root(), &other).is_none() && real(&other) == real(file))
    }

    /// The lines for agents, if this is a file for them.
    pub fn paste(&self, file: &RepoPath) -> Option<&'static str> {
        (*file == AGENTS_FILE || CLAUDE_FILES.contains(file)).then_some(AGENTS)
    }

    /// Whether a block is in the file that a link leads to.
    pub fn has_block_behind_link(&self, file: &RepoPath, text: &str) -> bool {
        let target = file.below(self.store.root());
        find_link(self.store.root(), file).is_some() && read::read(&target).is_ok_and(|found| block::is_in(&found, text))
    }
}

/// Where tickets may be: as the settings say; where ai-trackdown says otherwise, there first.
fn ticket_folders(store: &Store, has_config: bool) -> Result<Vec<RepoPath>> {
    let mut folders = store.config().paths.tasks.clone();
    if !has_config && let Some(bytes) = read::find(&TRACKDOWN_FILE.below(store.root()))? {
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
    let has_kinds = |folder: &RepoPath| Kind::ALL.iter().any(|kind| read::is_folder(&folder.join(kind.folder()).below(store.root())));
    candidates.iter().filter(|folder| has_tickets(folder) || has_kinds(folder)).cloned().collect()
}

/// What keeps a file from being written.
fn obstacle(root: &Path, place: &Place) -> Result<Option<Finding>> {
    let named = RepoPath::parse(place.shown(root)).unwrap_or_else(|| place.path.clone());
    let base = place.folder.as_deref().unwrap_or(root);
    if let Some(link) = find_link(base, &place.path) {
        let target = read::link_target(&link.below(base)).unwrap_or_default();
        let message = format!("is a symbolic link to {}; cmpm does not write through links", target.display());
        let hint = if place.path == AGENTS_FILE || CLAUDE_FILES.contains(&place.path) {
            "add the lines shown to the file it points to"
        } else {
            "make it a file of its own if you want it written"
        };
        let shown = if place.folder.is_some() { named } else { link };
        return Ok(Some(Finding::new(Rule::Symlink, Severity::Warning, shown, message).hint(hint)));
    }
    let found = read::find_metadata(&place.file(root))?;
    Ok(found.filter(|found| found.permissions().readonly()).map(|_| {
        let hint = "make it writable, then run the same command again";
        Finding::new(Rule::ReadOnly, Severity::Warning, named, "is read-only; left unchanged").hint(hint)
    }))
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
