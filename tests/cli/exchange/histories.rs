//! `cmpm ticket log` in random histories with merges, compared with what git says of each commit and its parents.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::support::TestRepo;

const STATUSES: [&str; 4] = ["planning", "active", "paused", "completed"];
const PRIORITIES: [&str; 3] = ["low", "medium", "high"];
const FOLDERS: [&str; 3] = ["tasks/issues", "tasks/tasks", "tasks/issues/later"];

/// Numbers that look random and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

#[derive(Debug, Clone, PartialEq)]
struct State {
    path: String,
    status: &'static str,
    priority: &'static str,
    labels: Vec<String>,
    lines: Vec<String>,
}

/// The tickets of a commit, by their numbers.
type Tree = BTreeMap<usize, State>;

fn id(number: usize) -> String {
    format!("ISS-0000000{number}")
}

/// Files of tickets with even numbers are called after their ids.
fn path(dice: &mut Dice, number: usize) -> String {
    let (folder, word) = (dice.one_of(&FOLDERS), dice.below(1000));
    if number.is_multiple_of(2) { format!("{folder}/{}-{word}.md", id(number)) } else { format!("{folder}/note-{number}-{word}.md") }
}

impl State {
    fn text(&self, number: usize) -> String {
        let labels = if self.labels.is_empty() { String::new() } else { format!("labels: [{}]\n", self.labels.join(", ")) };
        let keys =
            format!("id: {}\nkind: issue\ntitle: Number {number}\nstatus: {}\npriority: {}\n", id(number), self.status, self.priority);
        format!("---\n{keys}{labels}---\n\n{}\n", self.lines.join("\n"))
    }

    fn change(&mut self, dice: &mut Dice, number: usize) {
        let new = dice.below(100_000);
        match dice.below(6) {
            0 => self.status = dice.one_of(&STATUSES),
            1 => self.priority = dice.one_of(&PRIORITIES),
            2 => self.labels.push(format!("l{new}")),
            3 => self.lines.insert(dice.below(self.lines.len() + 1), format!("Line {new}.")),
            4 if self.lines.len() > 1 => drop(self.lines.remove(dice.below(self.lines.len()))),
            _ => self.path = path(dice, number),
        }
    }
}

fn changed(dice: &mut Dice, mut tree: Tree) -> Tree {
    for number in [dice.below(3), dice.below(3)] {
        let gone = !tree.contains_key(&number);
        if gone || dice.below(12) == 0 {
            let new = State { path: path(dice, number), status: "planning", priority: "low", labels: vec![], lines: vec!["First.".into()] };
            // Nothing but its name or its id says that a new file is the ticket of old.
            let is_known = number.is_multiple_of(2) || tree.is_empty();
            if gone && is_known {
                tree.insert(number, new)
            } else if is_known {
                tree.remove(&number)
            } else {
                None
            };
        }
        tree.entry(number).and_modify(|state| state.change(dice, number));
    }
    tree
}

/// Takes each key from one side or puts both together, and sometimes does what neither side did.
fn merged(dice: &mut Dice, one: &Tree, other: &Tree) -> Tree {
    let mut tree = Tree::new();
    for number in 0..3 {
        let both = one.get(&number).zip(other.get(&number));
        let Some((left, right)) = both else {
            let either = dice.one_of(&[one.get(&number), other.get(&number)]);
            tree.extend(either.map(|state| (number, state.clone())));
            continue;
        };
        let mut state = dice.one_of(&[left.clone(), right.clone()]);
        (state.status, state.path) = (dice.one_of(&[left, right]).status, dice.one_of(&[left, right]).path.clone());
        if dice.below(2) == 0 {
            let more = |one: &[String], other: &[String]| {
                one.iter().chain(other.iter().filter(|item| !one.contains(item))).cloned().collect::<Vec<_>>()
            };
            (state.labels, state.lines) = (more(&left.labels, &right.labels), more(&left.lines, &right.lines));
        }
        if dice.below(3) == 0 {
            state.change(dice, number);
        }
        if dice.below(15) > 0 {
            tree.insert(number, state);
        }
    }
    tree
}

/// A history of four lines of work that are merged into each other, as `git fast-import` reads it.
fn history(dice: &mut Dice) -> String {
    let mut out = String::new();
    let mut commits: Vec<Tree> = Vec::new();
    let mut tips: Vec<usize> = Vec::new();
    for number in 0..36 {
        let (line, other) = (dice.below(4), dice.below(4));
        let parents: Vec<usize> = match (tips.get(line), tips.get(other)) {
            _ if number == 35 => tips.clone(),
            (Some(tip), Some(second)) if tip != second && dice.below(3) == 0 => vec![*tip, *second],
            (Some(tip), _) => vec![*tip],
            (None, _) => tips.first().copied().into_iter().collect(),
        };
        let mut tree = parents.first().map(|parent| commits[*parent].clone()).unwrap_or_default();
        match parents.as_slice() {
            [] => {
                for number in 0..3 {
                    let lines = vec!["First.".into(), "Second.".into()];
                    tree.insert(number, State { path: path(dice, number), status: "planning", priority: "low", labels: vec![], lines });
                }
            }
            [_] => tree = changed(dice, tree),
            [_, others @ ..] => tree = others.iter().fold(tree, |tree, other| merged(dice, &tree, &commits[*other])),
        }
        let of = |parent: &usize| parent + 1;
        let _ =
            writeln!(out, "commit refs/heads/main\nmark :{}\ncommitter Ada <a@b> {} +0000\ndata 1\nx", number + 1, 1_700_000_000 + number);
        if let [first, others @ ..] = parents.as_slice() {
            let _ = writeln!(out, "from :{}", of(first));
            for other in others {
                let _ = writeln!(out, "merge :{}", of(other));
            }
        }
        out.push_str("deleteall\n");
        for (number, state) in &tree {
            let text = state.text(*number);
            let _ = writeln!(out, "M 100644 inline {}\ndata {}\n{text}", state.path, text.len());
        }
        commits.push(tree);
        if line < tips.len() { tips[line] = number } else { tips.push(number) }
    }
    out
}

/// A ticket as a commit has it: its file, and what its keys say.
type Seen = Option<(String, BTreeMap<String, String>)>;

/// What git knows, by the names of commits.
struct Git {
    parents: Vec<(String, Vec<String>)>,
    tickets: BTreeMap<(String, String), Seen>,
    bases: BTreeMap<String, Vec<String>>,
}

fn ask_git(repo: &TestRepo) -> Git {
    let (mut tickets, mut blobs) = (BTreeMap::new(), BTreeMap::new());
    let lines = repo.git(["rev-list", "--parents", "HEAD"]);
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let parents: Vec<_> = lines.lines().map(|line| (words(line)[0].clone(), words(line)[1..].to_vec())).collect();
    let mut bases = BTreeMap::new();
    for (commit, parents) in &parents {
        for line in repo.git(["ls-tree", "-r", commit, "tasks/"]).lines() {
            let (fields, path) = line.split_once('\t').unwrap();
            let blob = fields.split(' ').nth(2).unwrap().to_owned();
            let text = blobs.entry(blob.clone()).or_insert_with(|| repo.git(["cat-file", "blob", &blob]));
            let (keys, body) = text.strip_prefix("---\n").unwrap().split_once("---\n").unwrap();
            let keys = keys.lines().map(|line| line.split_once(": ").unwrap());
            let mut keys: BTreeMap<String, String> = keys.map(|(key, value)| (key.into(), value.trim_matches(['[', ']']).into())).collect();
            keys.insert("body".into(), body.trim().into());
            tickets.insert((commit.clone(), keys["id"].clone()), Some((path.to_owned(), keys)));
        }
        if parents.len() > 1 {
            let found = repo.git(["merge-base", "--all", "--octopus"].into_iter().chain(parents.iter().map(String::as_str)));
            bases.insert(commit.clone(), found.lines().map(str::to_owned).collect());
        }
    }
    Git { parents, tickets, bases }
}

fn items(key: &str, text: Option<&String>) -> BTreeSet<String> {
    let apart = if key == "labels" { ", " } else { "\n" };
    text.iter().flat_map(|text| text.split(apart)).map(str::to_owned).collect()
}

impl Git {
    fn seen(&self, commit: &str, id: &str) -> Seen {
        self.tickets.get(&(commit.to_owned(), id.to_owned())).cloned().flatten()
    }

    /// What the log of a ticket must say: the commit, what it did, and each key with its value before and after.
    fn log(&self, id: &str) -> BTreeSet<String> {
        let mut log = BTreeSet::new();
        for (commit, parents) in &self.parents {
            let after = self.seen(commit, id);
            let before: Vec<Seen> = parents.iter().map(|parent| self.seen(parent, id)).collect();
            let had: Vec<_> = before.iter().flatten().collect();
            let decisions = self.decisions((commit, id), &had);
            if before.contains(&after) || (parents.is_empty() && after.is_none()) {
                if !decisions.is_empty() {
                    log.insert(format!("{commit} merged{decisions}"));
                }
                continue;
            }
            let keys = |seen: &Seen| seen.clone().map(|seen| seen.1).unwrap_or_default();
            let (new, first) = (keys(&after), had.first().map(|seen| seen.1.clone()).unwrap_or_default());
            let names: BTreeSet<&String> = new.keys().chain(first.keys()).collect();
            let mut changes = String::new();
            for key in names {
                let is_taken = had.iter().any(|seen| seen.1.get(key) == new.get(key));
                let is_own = !is_taken && (had.len() < 2 || !self.is_clean(key, (commit, id), &had));
                if first.get(key) != new.get(key) && is_own {
                    let _ = write!(changes, " {key}: {:?} -> {:?}", first.get(key), new.get(key));
                }
            }
            let what = match &after {
                None => "removed",
                Some(_) if had.is_empty() => "added",
                Some((path, _)) if had.iter().all(|seen| seen.0 != *path) => "renamed",
                Some(_) => "changed",
            };
            let what = if what == "changed" && changes.is_empty() { "merged" } else { what };
            if what != "merged" || !decisions.is_empty() {
                log.insert(format!("{commit} {what}{changes}{decisions}"));
            }
        }
        log
    }

    /// What a merge took from one side though another had changed it too, to something else.
    fn decisions(&self, (commit, id): (&str, &str), had: &[&(String, BTreeMap<String, String>)]) -> String {
        let Some((_, after)) = self.seen(commit, id).filter(|_| had.len() > 1) else { return String::new() };
        let base = self.bases[commit].first().and_then(|base| self.seen(base, id)).map(|seen| seen.1).unwrap_or_default();
        let keys: BTreeSet<&String> = had.iter().flat_map(|seen| seen.1.keys()).collect();
        let mut decisions = String::new();
        for key in keys {
            let (was, is) = (base.get(key), after.get(key));
            let sides: Vec<Option<&String>> = had.iter().map(|seen| seen.1.get(key)).collect();
            let changed: BTreeSet<_> = sides.iter().filter(|side| **side != was).collect();
            if changed.len() > 1 && changed.contains(&is) && !self.is_clean(key, (commit, id), had) {
                let taken = sides.iter().position(|side| *side == is).unwrap() + 1;
                let _ = write!(decisions, " {key}: {sides:?} took {taken}");
            }
        }
        decisions
    }

    /// Whether labels or lines of a merge are those that the sides added to what they have in common.
    fn is_clean(&self, key: &str, (commit, id): (&str, &str), had: &[&(String, BTreeMap<String, String>)]) -> bool {
        let keys = |commit: &str| self.seen(commit, id).map(|seen| seen.1).unwrap_or_default();
        let base = self.bases[commit].first().map(|base| items(key, keys(base).get(key))).unwrap_or_default();
        let sides: Vec<BTreeSet<String>> = had.iter().map(|seen| items(key, seen.1.get(key))).collect();
        let of_all = |item: &&String| sides.iter().all(|side| side.contains(*item));
        let wanted: BTreeSet<&String> = sides.iter().flatten().filter(|item| !base.contains(*item) || of_all(item)).collect();
        wanted == items(key, keys(commit).get(key)).iter().collect()
    }

    fn is_ambiguous(&self, line: &str) -> bool {
        self.bases.get(line.split(' ').next().unwrap()).is_some_and(|bases| bases.len() > 1)
    }
}

fn told(repo: &TestRepo, id: &str) -> BTreeSet<String> {
    let answer = repo.json(["ticket", "log", id]);
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let mut log = BTreeSet::new();
    for event in answer["data"]["events"].as_array().unwrap_or_else(|| panic!("{answer}")) {
        let mut changes: Vec<_> = event["changes"].as_array().into_iter().flatten().collect();
        changes.sort_by_key(|change| change["key"].as_str());
        let (commit, what) = (event["commit"].as_str().unwrap(), event["what"].as_str().unwrap());
        let change = |change: &&serde_json::Value| {
            format!(" {}: {:?} -> {:?}", change["key"].as_str().unwrap(), text(&change["from"]), text(&change["to"]))
        };
        let mut decisions: Vec<_> = event["decisions"].as_array().into_iter().flatten().collect();
        decisions.sort_by_key(|decision| decision["key"].as_str());
        let decision = |decision: &&serde_json::Value| {
            let sides: Vec<_> = decision["sides"].as_array().unwrap().iter().map(text).collect();
            format!(" {}: {sides:?} took {}", decision["key"].as_str().unwrap(), decision["taken"])
        };
        let [changes, decisions]: [String; 2] = [changes.iter().map(change).collect(), decisions.iter().map(decision).collect()];
        let is_new = log.insert(format!("{commit} {what}{changes}{decisions}"));
        assert!(is_new, "{event}");
    }
    log
}

#[test]
fn a_log_says_what_each_commit_made_of_what_its_parents_have() {
    let (mut compared, mut decided) = (0, 0);
    for seed in 1..=8 {
        let repo = TestRepo::empty();
        let stream = repo.around().join("stream");
        std::fs::write(&stream, history(&mut Dice(seed * 7919))).unwrap();
        let alias = format!("alias.fill=!git fast-import --quiet <'{}'", stream.display());
        repo.git(["-c", &alias, "fill"]);
        repo.git(["reset", "-q", "--hard"]);
        let git = ask_git(&repo);
        for id in (0..3).map(id).filter(|id| git.seen(&git.parents[0].0, id).is_some()) {
            let (mut wanted, mut told) = (git.log(&id), told(&repo, &id));
            // Where both sides have two common pasts, neither is the one.
            wanted.retain(|line| !git.is_ambiguous(line));
            told.retain(|line| !git.is_ambiguous(line));
            assert_eq!(told, wanted, "{id} of seed {seed}");
            compared += wanted.len();
            decided += wanted.iter().filter(|line| line.contains(" took ")).count();
        }
    }
    assert!(compared > 150 && decided > 10, "{compared} {decided}");
}
