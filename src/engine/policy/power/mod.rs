//! What an edit lets a file do that it could not do before: CI with more rights, a script that runs at install, a server for
//! agents. Two versions of a file are compared as what they say, not as text; which files and keys count is one table.

mod ci;
mod lines;
mod packages;
mod place;
mod row;
mod table;
mod tree;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use self::row::{Kind, Row, Take};
use self::table::rows;
use self::tree::{Tree, leaves, select};
use super::fold::fold_path;
use super::lock::is_in_one;
use super::protected::{covers, is_like};
use crate::base::{RepoPath, Result, text};
use crate::git::{Change, Mode, Oid, Repository};

pub(super) use self::table::page;

/// Larger files are not compared: that they changed is told instead.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// So many powers of one kind are named.
const NAMED: usize = 4;

/// Powers of one kind that an edit of a file gains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gain {
    pub path: RepoPath,
    pub line: Option<u32>,
    /// The kind of power, and what of it is new. No value of a file is in it, as that could be a secret.
    pub message: String,
    /// By which two gains of the same file are the same, whatever else changed.
    kind: Kind,
    /// In order, each once.
    powers: Vec<Power>,
}

/// One thing that a file lets somebody do, or a limit that it sets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Power {
    /// Where in the file it holds; nothing for everywhere.
    part: Option<String>,
    what: String,
    shown: String,
    /// What stands in its line.
    needle: String,
}

impl Power {
    fn new(what: impl Into<String>, shown: impl Into<String>, needle: impl Into<String>) -> Self {
        Self { part: None, what: what.into(), shown: shown.into(), needle: needle.into() }
    }

    fn of(self, part: Option<&str>) -> Self {
        Self { part: part.map(str::to_owned), ..self }
    }
}

/// What one version of a file says, by where it holds.
struct Held<'a>(HashMap<Option<&'a str>, BTreeSet<&'a str>>);

impl<'a> Held<'a> {
    fn of(powers: &'a [Power]) -> Self {
        let mut parts: HashMap<_, BTreeSet<_>> = HashMap::new();
        for power in powers {
            parts.entry(power.part.as_deref()).or_default().insert(power.what.as_str());
        }
        Self(parts)
    }

    fn has(&self, power: &Power) -> bool {
        let is_in = |part| self.0.get(&part).is_some_and(|held| held.contains(power.what.as_str()));
        is_in(None) || is_in(power.part.as_deref())
    }

    /// The parts that only have another name than in a version before: a part that is gone held all that they hold.
    fn renamed(&self, before: &Self) -> HashSet<&'a str> {
        let only = |here: &Self, there: &Self| -> Vec<(&'a str, BTreeSet<&'a str>)> {
            let parts = here.0.iter().filter(|(part, _)| !there.0.contains_key(*part));
            parts.filter_map(|(part, held)| Some(((*part)?, held.clone()))).collect()
        };
        let gone = only(before, self);
        let mut holders: HashMap<&str, Vec<&BTreeSet<&str>>> = HashMap::new();
        for (_, held) in &gone {
            for what in held {
                holders.entry(what).or_default().push(held);
            }
        }
        let is_renamed = |now: &BTreeSet<&str>| {
            let fewest = now.iter().map(|what| holders.get(what).map(Vec::as_slice).unwrap_or_default()).min_by_key(|held| held.len());
            fewest.unwrap_or_default().iter().any(|held| now.is_subset(held))
        };
        only(self, before).into_iter().filter(|(_, now)| is_renamed(now)).map(|(part, _)| part).collect()
    }
}

/// What the changes gain, compared with what was there before and with each of the `others`: other parents, or a base where a
/// person has granted it already.
pub fn gains(repository: &Repository, changes: &[Change], others: &[Oid]) -> Result<Vec<Gain>> {
    let mut all = Vec::new();
    for change in changes {
        let rows = rows_of(&change.path);
        let from = change.old_path.as_ref().map(|old| (old, rows_of(old)));
        // What moves to where it counts is new there, and gone from where it was.
        let moved = from.filter(|(old, from)| !place::is_alike((old, from), (&change.path, &rows)));
        let old = change.old.filter(|_| moved.is_none());
        if let Some((path, rows)) = moved {
            let gone = Change { path: path.clone(), old_path: None, new: None, ..change.clone() };
            all.extend(of_change(repository, &gone, (&rows, others))?);
        }
        all.extend(of_change(repository, &Change { old, ..change.clone() }, (&rows, others))?);
    }
    Ok(all)
}

fn of_change(repository: &Repository, change: &Change, (rows, others): (&[&Row], &[Oid])) -> Result<Vec<Gain>> {
    if rows.is_empty() || is_in_one(repository, others, (&change.path, change.new))? {
        return Ok(Vec::new());
    }
    let (before, after) = (version(repository, change.old)?, version(repository, change.new)?);
    let (Version::Opaque(why), Some(first)) = (&after, rows.first()) else {
        let mut gained = between(&change.path, rows, (before.text(), after.text()));
        for other in others {
            if gained.is_empty() {
                break;
            }
            let entry = repository.find_entry(*other, &change.path)?.map(|entry| (entry.mode, entry.oid));
            let there = between(&change.path, rows, (version(repository, entry)?.text(), after.text()));
            gained.retain_mut(|gain| keep_new(gain, &there));
        }
        return Ok(gained);
    };
    let power = Power::new("", *why, "");
    Ok(vec![Gain::new(&change.path, first.kind, vec![power])])
}

/// Leaves of a gain what is gained against another version too; whether something is left.
fn keep_new(gain: &mut Gain, there: &[Gain]) -> bool {
    let Some(same) = there.iter().find(|other| other.kind == gain.kind) else { return false };
    gain.powers.retain(|power| same.powers.binary_search(power).is_ok());
    gain.message = message(gain.kind, &gain.powers);
    !gain.powers.is_empty()
}

/// What a file gives agents: servers, tools, leave to do something unasked. Of values that could be secret only the key is told.
pub(super) fn grants(path: &RepoPath, bytes: &[u8]) -> Vec<String> {
    let (rows, text) = (rows_of(path), String::from_utf8_lossy(bytes));
    let rows = rows.iter().filter(|row| matches!(row.kind, Kind::Server | Kind::Agent | Kind::Policy));
    let tree = tree::parse(&path.name(), text.trim_start_matches('\u{feff}'));
    if matches!(tree, Tree::Broken) {
        return vec!["cannot be read, so nobody can tell what it gives".to_owned()];
    }
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        let powers = row.powers(&text, &tree, true);
        if matches!(row.take, Take::Said) && powers.is_empty() && path.parent().name() == "agents" {
            found.entry("every tool, as it names none".to_owned()).or_default();
        }
        for power in powers.into_iter().filter(|_| !row.take.is_limit()) {
            let (key, value) = power.what.split_once(": ").unwrap_or((&power.what, ""));
            let values = found.entry(text::one_line(key)).or_default();
            values.extend(Some(text::one_line(value)).filter(|value| !value.is_empty() && !is_private(key)));
        }
    }
    let line = |(key, values): (String, BTreeSet<String>)| match values.is_empty() {
        true => key,
        false => format!("{key}: {}", values.into_iter().collect::<Vec<_>>().join(", ")),
    };
    found.into_iter().map(line).collect()
}

fn is_private(key: &str) -> bool {
    let folded = key.to_lowercase();
    ["env", "header", "key", "password", "secret", "token"].iter().any(|word| folded.contains(word))
}

/// One side of a change.
enum Version {
    Nothing,
    Text(Vec<u8>),
    /// Nobody looks into it, and why.
    Opaque(&'static str),
}

impl Version {
    fn text(&self) -> Option<&[u8]> {
        if let Self::Text(bytes) = self { Some(bytes) } else { None }
    }
}

fn version(repository: &Repository, side: Option<(Mode, Oid)>) -> Result<Version> {
    Ok(match side {
        Some((Mode::File | Mode::Executable, oid)) if repository.size_of(oid)? > MOST_BYTES => {
            Version::Opaque("it is too large to be read")
        }
        Some((Mode::File | Mode::Executable, oid)) => Version::Text(repository.read_blob(oid)?),
        Some((Mode::Symlink, _)) => Version::Opaque("it is a link, and what it points to is not read"),
        _ => Version::Nothing,
    })
}

/// Most paths are in no row: none of their parts is what an entry begins with.
fn rows_of(path: &RepoPath) -> Vec<&'static Row> {
    static FIRST: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
        let first = |entry: &&'static str| entry.trim_start_matches("**/").split('/').next();
        rows().flat_map(|row| row.files.iter().filter_map(first)).collect()
    });
    let Some(folded) = fold_path(&path.lossy()) else { return Vec::new() };
    let begins = |part: &String| FIRST.contains(part.as_str()) || FIRST.iter().any(|first| first.contains('*') && is_like(first, part));
    if !folded.iter().any(begins) {
        return Vec::new();
    }
    rows().filter(|row| row.files.iter().any(|entry| covers(entry, &folded).is_some())).collect()
}

/// What a file gains from one text to another; nothing is a file that is not there.
fn between(path: &RepoPath, rows: &[&Row], (before, after): (Option<&[u8]>, Option<&[u8]>)) -> Vec<Gain> {
    if rows.is_empty() || before == after {
        return Vec::new();
    }
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).trim_start_matches('\u{feff}').to_owned();
    let (old, new) = (text(before), text(after));
    let tree = |text: &str| if rows.iter().any(|row| row.take.reads_tree()) { tree::parse(&path.name(), text) } else { Tree::None };
    let (old_tree, new_tree) = (tree(&old), tree(&new));
    let mut found: BTreeMap<Kind, Vec<Power>> = BTreeMap::new();
    if let (Tree::Broken, Some(row)) = (&new_tree, rows.iter().find(|row| row.take.reads_tree())) {
        found.entry(row.kind).or_default().push(Power::new("", "its text cannot be read, so nobody can tell what it allows", ""));
    }
    for row in rows {
        let side = |text: &str, tree: &Tree, is_there: bool| row.powers(text, tree, is_there);
        let (had, has) = (side(&old, &old_tree, before.is_some()), side(&new, &new_tree, after.is_some()));
        found.entry(row.kind).or_default().extend(row.gained(&had, &has, after.is_some()));
    }
    found
        .into_iter()
        .filter(|(_, powers)| !powers.is_empty())
        .map(|(kind, powers)| Gain::new(path, kind, powers).in_lines(&old, &new))
        .collect()
}

impl Row {
    fn gained(&self, had: &[Power], has: &[Power], is_there: bool) -> Vec<Power> {
        if !is_there && (self.take.ends_with_file() || !self.take.is_limit() && !self.take.has_default()) {
            return Vec::new();
        }
        if matches!(self.take, Take::AtLeast) {
            return lines::lowered(had, has);
        }
        if self.take.is_limit() {
            let left = Held::of(has);
            return had
                .iter()
                .filter(|power| !left.has(power))
                .map(|power| Power { shown: format!("no longer {}", power.shown), needle: String::new(), ..power.clone() })
                .collect();
        }
        let (before, now) = (Held::of(had), Held::of(has));
        let renamed = now.renamed(&before);
        let is_renamed = |power: &Power| power.part.as_deref().is_some_and(|part| renamed.contains(part));
        has.iter().filter(|power| !before.has(power) && !is_renamed(power)).cloned().collect()
    }
}

impl Gain {
    fn new(path: &RepoPath, kind: Kind, mut powers: Vec<Power>) -> Self {
        powers.sort();
        powers.dedup();
        Self { path: path.clone(), line: None, message: message(kind, &powers), kind, powers }
    }

    /// The same with the first line in which one of the powers stands that are named.
    fn in_lines(self, old: &str, new: &str) -> Self {
        let known: HashSet<&str> = old.lines().collect();
        Self { line: self.powers.iter().take(NAMED).filter_map(|power| line_of(power, &known, new)).min(), ..self }
    }
}

/// The line in which a power stands: rather one that is new.
fn line_of(power: &Power, known: &HashSet<&str>, new: &str) -> Option<u32> {
    let needle = power.needle.lines().next().map(str::trim).filter(|needle| !needle.is_empty())?;
    let mut there = (1..).zip(new.lines()).filter(|(_, line)| line.contains(needle));
    let fresh = there.clone().find(|(_, line)| !known.contains(line));
    fresh.or_else(|| there.next()).map(|(number, _)| number)
}

fn message(kind: Kind, powers: &[Power]) -> String {
    let show = |power: &Power| {
        let part = power.part.as_ref().map(|part| format!(" in {part}")).unwrap_or_default();
        text::one_line(&format!("{}{part}", power.shown))
    };
    let mut seen = HashSet::new();
    let mut shown: Vec<String> = powers.iter().map(show).filter(|one| seen.insert(one.clone())).collect();
    let more = shown.len().saturating_sub(NAMED);
    shown.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}: {}{more}", kind.means(), shown.join(", "))
}

impl Row {
    /// What one version of a file says. Where it is not there, only what holds where nothing is said.
    fn powers(&self, text: &str, tree: &Tree, is_there: bool) -> Vec<Power> {
        let node = tree.node();
        match self.take {
            Take::Exists => {
                if is_there {
                    vec![Power::new("", "the file itself", "")]
                } else {
                    Vec::new()
                }
            }
            Take::Lines { but } | Take::LostLines { but } => self.lines(text, but),
            Take::Made(make) | Take::LostMade(make) => make(node),
            Take::Text(make) | Take::LostText(make) => make(text),
            Take::Level { levels, unsaid } => {
                let said = self.values(node).pop().map_or_else(|| unsaid.to_owned(), |(_, value)| value.to_ascii_lowercase());
                let place = levels.iter().position(|level| *level == said).unwrap_or(levels.len() - 1);
                let reached = levels.iter().take(place + 1).skip(1);
                let key = self.keys.first().copied().unwrap_or_default().replace('/', ".");
                reached.map(|level| Power::new(*level, format!("{key}: {said}"), &said)).collect()
            }
            Take::Said | Take::Names => {
                let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
                select(node, self.keys).into_iter().map(|(key, _)| Power::new(key.clone(), key.clone(), last(&key))).collect()
            }
            Take::AtLeast => lines::limits(self.values(node), (text, self.keys)),
            _ => self.values(node).into_iter().filter_map(|(key, value)| self.power(key, value)).collect(),
        }
    }

    fn values(&self, node: &crate::document::Node) -> Vec<(String, String)> {
        let found = select(node, self.keys).into_iter().flat_map(|(key, node)| leaves(&key, node));
        // Tools are also written as one text.
        let items = |(key, value): (String, String)| match key.ends_with("tools") {
            true => value.split(',').map(|item| (key.clone(), item.trim().to_owned())).collect(),
            _ if matches!(self.take, Take::Commands) => lines::commands(&value).into_iter().map(|one| (key.clone(), one)).collect(),
            false => vec![(key, value)],
        };
        found.flat_map(items).collect()
    }

    fn power(&self, key: String, value: String) -> Option<Power> {
        let last = key.rsplit('.').next().unwrap_or_default().to_owned();
        let known = |list: &[&str]| list.contains(&value.to_ascii_lowercase().as_str());
        match self.take {
            Take::Only(list) => known(list).then(|| Power::new(format!("{key}: {value}"), format!("{key}: {value}"), last)),
            Take::From(source) => source(&value).map(|from| Power::new(format!("{}: {from}", lines::first_name(&key)), key, value)),
            Take::Bare { but } => {
                let end = value.find(|c: char| c == '=' || " <>~!;[,".contains(c)).unwrap_or(value.len());
                let bare = value.get(..end).unwrap_or_default();
                let bare = bare.rsplit_once('@').map_or(bare, |(name, _)| if name.is_empty() { bare } else { name });
                let is_known = but.contains(&bare.split('.').next().unwrap_or_default().to_ascii_lowercase().replace('-', "_").as_str());
                (!is_known).then(|| Power::new(format!("{key}: {bare}"), format!("{key}: {bare}"), bare))
            }
            _ => {
                let needle = if value.is_empty() { last } else { value.clone() };
                Some(Power::new(format!("{key}: {value}"), key, needle))
            }
        }
    }

    /// The lines that hold one of the keys; all of them if there is no key. Comments are none.
    fn lines(&self, text: &str, but: &[&str]) -> Vec<Power> {
        let counts = |line: &&str| {
            let folded = fold(line);
            let has = |words: &[&str]| words.iter().any(|word| folded.contains(word));
            let is_comment = line.is_empty() || ["#", ";"].iter().any(|sign| line.starts_with(sign));
            (!is_comment || line.starts_with("#!")) && (self.keys.is_empty() || has(self.keys)) && !has(but)
        };
        let lines = text.lines().map(str::trim).filter(counts);
        lines.flat_map(|line| self.line(line)).collect()
    }

    /// A line, from each word that makes it count to where what it is about ends. Nothing else is shown, as anything can be in it.
    fn line(&self, line: &str) -> Vec<Power> {
        if self.keys.is_empty() {
            return vec![Power::new(line, "new lines", line)];
        }
        let folded = fold(line);
        let power = |word: &str, at: usize| {
            let rest = folded.get(at..).unwrap_or_default();
            let about = rest.split(')').next().unwrap_or_default();
            Power::new(about, format!("a line with `{}`", word.trim()), line)
        };
        self.keys.iter().flat_map(|word| folded.match_indices(word).map(|(at, _)| power(word, at))).collect()
    }
}

/// A line in small letters, without the spaces around `=`.
fn fold(line: &str) -> String {
    line.to_lowercase().split('=').map(str::trim).collect::<Vec<_>>().join("=")
}

#[cfg(test)]
mod tests;
