//! What surrounds the programs of a run: a home folder of their own, and what they may read and write.
//!
//! Nothing in the user's home folder can be written. What a program needs of it is copied into its own, if its runner says so;
//! toolchains and caches are links there that lead to the real ones, of which it gets a layer of its own where the system can.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::super::adapter::Home;
use super::super::{Run, Runs};
use crate::base::env::{HOME, PATH};
use crate::base::{Env, RepoPath, Result};
use crate::fs::{PathKind, read, walk, write};
use crate::process::{Achieved, Launcher, Layer, Network, Sandbox, probe};

/// What is the same for every run.
const SURROUNDINGS: &str = include_str!("../../../templates/sandbox.yaml");
/// A copied file of more than this is left out; it is no setting.
const COPY_BYTES: u64 = 4 * 1024 * 1024;
/// A file of more than this is not taken back; it is no login.
const COPY_BACK_BYTES: u64 = 64 * 1000;
documented! {
    "docs/runners.md": "at most {} kB", COPY_BACK_BYTES / 1000;
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Surroundings {
    system: Vec<String>,
    tools: Vec<String>,
    caches: Vec<String>,
    hidden: Vec<String>,
}

fn surroundings() -> Surroundings {
    // A test reads it.
    serde_yaml::from_str(SURROUNDINGS).unwrap_or_default()
}

/// The logins that a home folder was given, by what its runner calls them.
pub(in crate::run) type Lent = BTreeMap<String, Vec<u8>>;

/// What is special about a program.
#[derive(Debug, Default)]
pub(in crate::run) struct Wish<'a> {
    /// The name of its home folder among the files of the run.
    pub home: &'a str,
    /// What its runner says about that.
    pub of_home: Home,
    /// Places that its runner names, with `~/` for the user's home folder.
    pub readable: &'a [String],
    pub writable: &'a [String],
    /// The program itself and what its command names.
    pub words: Vec<PathBuf>,
    /// Parts of the repository that it may read.
    pub repository: Vec<PathBuf>,
    pub network: Network,
}

impl Runs<'_> {
    /// Makes the home folder and says what else is in reach. `own` are folders of the run that may be written.
    pub(in crate::run) fn room(&self, run: &Run, wish: &Wish<'_>, own: Vec<PathBuf>) -> Result<(PathBuf, Sandbox)> {
        let around = surroundings();
        let user = self.env.path(HOME);
        let there = |texts: &[String]| -> Vec<PathBuf> {
            texts.iter().filter_map(|text| expand(text, user.as_deref())).filter_map(|path| read::real_path(&path).ok()).collect()
        };
        let bounded = |texts: &[String]| there(texts).into_iter().filter(|place| !self.holds_too_much(place)).collect::<Vec<_>>();
        let (tools, caches) = (bounded(&around.tools), bounded(&around.caches));
        let (named, writable) = (there(wish.readable), there(wish.writable));
        let home = run.dir.file(wish.home);
        write::create_folder(&home)?;
        let private = Private { home: &home, user: user.as_deref(), env: self.env };
        for texts in [&around.tools, &around.caches, wish.readable, wish.writable] {
            texts.iter().try_for_each(|text| private.link(text))?;
        }
        wish.of_home.copy.iter().try_for_each(|text| private.copy(text, &wish.of_home))?;
        // A symbolic link is a place of its own: what it leads to is listed too.
        let system = around.system.iter().map(PathBuf::from).filter(|path| read::exists(path));
        let mut readable: Vec<PathBuf> = system
            .chain(tools)
            .chain(named)
            .chain(self.programs(&wish.words))
            .chain(wish.repository.iter().cloned())
            .chain(self.linked(run))
            .collect();
        readable.retain(|place| !writable.contains(place));
        let layers = caches.into_iter().filter(|cache| !writable.contains(cache)).enumerate();
        let layers: Vec<Layer> =
            layers.map(|(number, at)| Layer { at, top: run.dir.file(&format!("layers/{}-{number}", wish.home)) }).collect();
        for layer in &layers {
            ["upper", "work"].iter().try_for_each(|part| write::create_folder(&layer.top.join(part)))?;
        }
        let hidden = there(&around.hidden);
        let sockets = named_sockets(&writable);
        let writable = writable.into_iter().chain(own).chain([home.clone()]).collect();
        let (level, network) = (run.job.sandbox, wish.network.clone());
        Ok((home, Sandbox { level, writable, readable, layers, covers: Vec::new(), hidden, network, sockets }))
    }

    /// By what a program is held on this system, and why there is no room for it, if there is none.
    pub fn probe_sandbox() -> Result<(Achieved, Option<String>)> {
        let around = surroundings();
        let readable = around.system.iter().map(PathBuf::from).filter(|path| read::exists(path)).collect();
        Ok(probe(Sandbox { readable, ..Sandbox::default() }, &Launcher::this_program(["internal", "launch"])?)?)
    }

    /// The folders of programs, and this very program.
    fn programs(&self, words: &[PathBuf]) -> Vec<PathBuf> {
        let path = self.env.path(PATH).unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&path).filter_map(|folder| read::real_path(&folder).ok()).collect();
        // Of `…/node/bin`, `…/node/lib` is needed as well.
        let around = folders.iter().filter(|folder| folder.ends_with("bin")).filter_map(|folder| folder.parent());
        let around = around.filter(|place| !self.holds_too_much(place)).flat_map(|place| self.parts(place));
        let mut found: Vec<PathBuf> = around.chain(folders.iter().cloned()).collect();
        for word in words {
            let program = self.env.find_program(&word.to_string_lossy()).unwrap_or_else(|| word.clone());
            let real = if program.is_absolute() { read::real_path(&program).ok() } else { None };
            found.extend(real.into_iter().chain(program.is_absolute().then_some(program)));
        }
        found.extend(read::real_path(&self.program));
        found.retain(|place| !self.holds_too_much(place) && read::exists(place));
        found
    }

    /// What programs need of the folder around theirs. `~/.tool` can hold more than a tool: settings, and logins.
    fn parts(&self, place: &Path) -> Vec<PathBuf> {
        let is_hidden = place.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let home = self.env.path(HOME).and_then(|home| read::real_path(&home).ok());
        if !is_hidden || place.parent() != home.as_deref() {
            return vec![place.to_owned()];
        }
        let names = read::names(place).unwrap_or_default();
        names.iter().filter(|name| name.starts_with("lib") || *name == "share").map(|name| place.join(name)).collect()
    }

    /// Whether the user's home folder or the repository would be readable with this place.
    fn holds_too_much(&self, place: &Path) -> bool {
        let home = self.env.path(HOME).and_then(|home| read::real_path(&home).ok());
        let local = home.as_ref().map(|home| home.join(".local"));
        home.is_some_and(|home| home.starts_with(place))
            || local.as_deref() == Some(place)
            || self.repository.common_dir().starts_with(place)
    }

    /// The logins that a program can renew, as its home folder has them before it starts.
    pub(in crate::run) fn lent(&self, run: &Run, home: &Home) -> Result<Lent> {
        let folder = run.dir.file("home");
        let private = Private { home: &folder, user: None, env: self.env };
        let mut lent = Lent::new();
        for text in &home.copy_back {
            if let Some(bytes) = private.own(text)?.map(|own| read::find(&own)).transpose()?.flatten() {
                lent.insert(text.clone(), bytes);
            }
        }
        Ok(lent)
    }

    /// Takes logins back that the program has renewed. What it left is a stranger's: only a regular file with the same keys counts.
    /// What was not taken, and why.
    pub(in crate::run) fn copy_back(&self, run: &Run, home: &Home, lent: &Lent) -> Result<Vec<String>> {
        let mut dropped = Vec::new();
        let (folder, user) = (run.dir.file("home"), self.env.path(HOME));
        let private = Private { home: &folder, user: user.as_deref(), env: self.env };
        for text in &home.copy_back {
            if let Some(why) = private.copy_back(text, home, lent.get(text))? {
                dropped.push(format!("{text} was not taken back from its home folder: {why}"));
            }
        }
        // Logins do not lie about; the next attempt has copies of its own.
        home.copy.iter().try_for_each(|text| private.own(text)?.as_deref().map_or(Ok(()), Private::clear))?;
        Ok(dropped)
    }
}

/// Whether a runner names a local socket.
fn named_sockets(writable: &[PathBuf]) -> bool {
    writable.iter().any(|place| matches!(read::find_kind(place), Ok(Some(PathKind::Special))))
}

/// `~/` is the user's home folder.
fn expand(text: &str, home: Option<&Path>) -> Option<PathBuf> {
    match text.strip_prefix("~/") {
        Some(rest) => home.map(|home| home.join(rest)),
        None => Some(PathBuf::from(text)).filter(|path| path.is_absolute()),
    }
}

/// A home folder of a run, which an agent may have written, and the one of the user.
struct Private<'a> {
    home: &'a Path,
    user: Option<&'a Path>,
    env: &'a Env,
}

impl Private<'_> {
    /// Where `~/…` is in this home folder, with its folders made anew if the agent has made something else of them.
    fn own(&self, text: &str) -> Result<Option<PathBuf>> {
        let Some(rest) = text.strip_prefix("~/").and_then(RepoPath::parse) else { return Ok(None) };
        write::create_folder(self.home)?;
        let own = rest.below(self.home);
        let inner = own.ancestors().skip(1).take_while(|folder| *folder != self.home);
        for folder in inner.collect::<Vec<_>>().into_iter().rev() {
            if !matches!(read::find_kind(folder)?, None | Some(PathKind::Folder)) {
                write::remove(folder)?;
            }
            write::create_folder(folder)?;
        }
        Ok(Some(own))
    }

    fn clear(own: &Path) -> Result<()> {
        match read::find_kind(own)? {
            Some(PathKind::Folder) => Ok(write::remove_folder(own)?),
            _ => Ok(write::remove(own)?),
        }
    }

    /// A link to a place of the user's, if that is there.
    fn link(&self, text: &str) -> Result<()> {
        let Some(target) = expand(text, self.user).and_then(|path| read::real_path(&path).ok()) else { return Ok(()) };
        let Some(own) = self.own(text)? else { return Ok(()) };
        Self::clear(&own)?;
        Ok(write::link(&target, &own)?)
    }

    /// Where the user has what is called `~/…`: a variable may move a folder.
    fn of_user(&self, text: &str, home: &Home) -> Option<PathBuf> {
        let moved = home.moved_by.iter().find_map(|(variable, folder)| {
            let rest = text.strip_prefix(folder.as_str())?.strip_prefix('/')?;
            Some(self.env.path(variable)?.join(rest))
        });
        moved.or_else(|| expand(text, self.user))
    }

    /// A copy of a file or folder of the user's, as it is now.
    fn copy(&self, text: &str, home: &Home) -> Result<()> {
        let Some(from) = self.of_user(text, home).and_then(|path| read::real_path(&path).ok()) else { return Ok(()) };
        let Some(own) = self.own(text)? else { return Ok(()) };
        let is_folder = read::is_folder(&from);
        Self::clear(&own)?;
        let files = if is_folder { walk::files(&from, &RepoPath::default(), &|_| true).0 } else { vec![RepoPath::default()] };
        for file in files {
            let (from, to) = if is_folder { (file.below(&from), file.below(&own)) } else { (from.clone(), own.clone()) };
            let found = read::find_metadata(&from)?;
            if let Some(found) = found.filter(|found| PathKind::of(found) == PathKind::File && found.len() <= COPY_BYTES) {
                write::replace_cache(&to, &read::read(&from)?)?;
                write::set_mode(&to, 0o600 | (found.permissions().mode() & 0o100))?;
            }
        }
        Ok(())
    }

    /// `None` if all is well; why the file was not taken otherwise.
    fn copy_back(&self, text: &str, home: &Home, lent: Option<&Vec<u8>>) -> Result<Option<&'static str>> {
        let (Some(own), Some(to)) = (self.own(text)?, self.of_user(text, home)) else { return Ok(None) };
        let Some(found) = read::find_metadata(&own)? else { return Ok(None) };
        let Some(before) = read::find(&to)? else { return Ok(None) };
        if PathKind::of(&found) != PathKind::File {
            return Ok(Some("it is no file any more"));
        }
        if found.len() > COPY_BACK_BYTES {
            return Ok(Some("it is too large"));
        }
        let after = read::read(&own)?;
        if lent == Some(&after) || before == after {
            return Ok(None);
        }
        if lent != Some(&before) {
            return Ok(Some("yours was renewed meanwhile"));
        }
        let keys = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).ok().map(|value| shape(&value));
        match (keys(&before), keys(&after)) {
            (Some(before), Some(after)) if before == after => {}
            _ => return Ok(Some("it has not the same keys as before")),
        }
        write::replace(&read::real_path(&to)?, &after)?;
        Ok(None)
    }
}

/// The keys of a document, without their values.
fn shape(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        serde_json::Value::Array(_) => serde_json::Value::Array(Vec::new()),
        _ => serde_json::Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surroundings_are_in_their_form() {
        serde_yaml::from_str::<Surroundings>(SURROUNDINGS).unwrap();
    }
}
