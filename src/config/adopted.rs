//! What the settings of ai-trackdown say of a project: the folder of its tickets and the prefixes of their ids. cmpm's own
//! settings win. Nothing else is taken over; a token may stand next to it.

use serde_yaml::{Mapping, Value};

use super::layers::{Layers, Origin, Sources};
use super::schema::{Paths, Prefixes};
use crate::base::RepoPath;

/// The files that may say it, the one that counts most last.
pub const ADOPTED: [RepoPath; 2] = [RepoPath::of(".aitrackdown.json"), RepoPath::of(".ai-trackdown/config.yaml")];

impl Sources {
    /// Adds what such a file says; one that cannot be read says nothing.
    pub fn adopt(&mut self, path: &RepoPath, bytes: &[u8]) {
        let Ok(file) = serde_yaml::from_slice::<Value>(bytes) else { return };
        let mut layer = Mapping::new();
        if let Some(folders) = folders(&file) {
            layer.insert("paths".into(), mapping([("tasks", Value::Sequence(folders))]));
        }
        let prefixes = prefixes(&file);
        if !prefixes.is_empty() {
            layer.insert("prefixes".into(), mapping(prefixes));
        }
        let layer = (Origin::Project { path: path.to_string() }, Value::Mapping(layer));
        // What cannot be meant here was never said to cmpm.
        if Layers::join(Self { layers: vec![layer.clone()], ..Self::default() }).is_ok() {
            self.layers.push(layer);
        }
    }
}

fn mapping(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Mapping(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

/// The folder they name before the ones that are looked into anyway.
fn folders(file: &Value) -> Option<Vec<Value>> {
    let named = ["rootDir", "tasks_directory", "tasksDirectory"].iter().find_map(|key| file.get(key)?.as_str());
    let named = named.or_else(|| file.get("tasks")?.get("directory")?.as_str())?;
    let folder = RepoPath::parse(named.trim_start_matches("./").trim_end_matches('/')).filter(|path| !path.is_empty())?;
    let others = Paths::default().tasks.into_iter().filter(|other| *other != folder);
    let folders = std::iter::once(folder.clone()).chain(others);
    Some(folders.map(|folder| Value::String(folder.lossy().into_owned())).collect())
}

fn prefixes(file: &Value) -> Vec<(&'static str, Value)> {
    let word = |key: &str| {
        let prefix = file.get("naming_conventions")?.get(key)?.as_str()?.trim_end_matches('-').to_owned();
        Prefixes::is_prefix(&prefix).then_some(Value::String(prefix))
    };
    let keys = [("epic", "epic_prefix"), ("issue", "issue_prefix"), ("task", "task_prefix"), ("pr", "pr_prefix")];
    keys.into_iter().filter_map(|(kind, key)| Some((kind, word(key)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(files: &[&str], own: &str) -> (String, String) {
        let mut sources = Sources::default();
        for (path, text) in ADOPTED.iter().zip(files) {
            sources.adopt(path, text.as_bytes());
        }
        sources.add_file(Origin::Project { path: ".cmpm/config.yaml".into() }, own.as_bytes()).unwrap();
        let config = Layers::join(sources).unwrap().config;
        let tasks: Vec<_> = config.paths.tasks.iter().map(|path| path.lossy().into_owned()).collect();
        (tasks.join(" "), config.prefixes.issue)
    }

    #[test]
    fn their_folder_comes_first_and_ours_wins() {
        let theirs = "tasks_directory: work/items/\nnaming_conventions: {issue_prefix: BUG-}\ngithub_sync: {token: x}\n";
        assert_eq!(joined(&["{\"rootDir\": \"./tickets\"}"], ""), ("tickets tasks trackdown".into(), "ISS".into()));
        assert_eq!(joined(&["{\"rootDir\": \"./tickets\"}", theirs], ""), ("work/items tasks tickets trackdown".into(), "BUG".into()));
        assert_eq!(joined(&["", theirs], "paths: {tasks: [own]}\nprefixes: {issue: TKT}"), ("own".into(), "TKT".into()));
    }

    #[test]
    fn a_folder_outside_is_not_followed() {
        for odd in [
            "{",
            "tasks_directory: ../x",
            "tasks_directory: /etc",
            "tasks_directory: ./",
            "tasks_directory: [x]",
            "tasks_directory: .git/x",
            "naming_conventions: {issue_prefix: EP}",
            "naming_conventions: {issue_prefix: 'a b'}",
        ] {
            assert_eq!(joined(&["", odd], ""), ("tasks tickets trackdown".into(), "ISS".into()), "{odd}");
        }
    }
}
