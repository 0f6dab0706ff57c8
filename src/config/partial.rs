//! A file of settings that somebody, or a merge, has broken: what of it still holds for those who only read.

use super::ConfigError;
use super::layers::{Layers, Origin, Sources};
use crate::base::{Finding, RepoPath, Rule, Severity};
use crate::document::Document;

/// Keys that grant a right, start a program or excuse a finding: they are taken from sound files only.
const SOUND_ONLY: &[&str] = &["gates", "worktree", "delegate", "check"];

impl Sources {
    /// Adds a file of the project, or what holds of it, and what is wrong with it.
    pub fn add_what_holds(&mut self, origin: &Origin, path: &RepoPath, bytes: &[u8]) {
        let Err(error) = self.try_file(origin, bytes) else { return };
        let hint = format!(
            "until that is corrected, reading goes on without it, and without {}; what writes or starts programs stops",
            named(SOUND_ONLY)
        );
        self.findings.push(finding(path, &error).hint(hint));
        let document = Document::parse_yaml(bytes.to_vec());
        for (index, field) in document.fields().iter().enumerate() {
            let is_single = document.fields().iter().filter(|other| other.key == field.key).count() == 1;
            let end = document.fields().get(index + 1).map_or(u32::MAX, |next| next.line);
            let lines = (1..).zip(document.as_str().split_inclusive('\n')).filter(|(number, _)| (field.line..end).contains(number));
            if is_single && !SOUND_ONLY.contains(&field.key.as_str()) {
                // What does not even stand alone is left at its default.
                let _ = self.try_file(origin, lines.map(|(_, line)| line).collect::<String>().as_bytes());
            }
        }
    }

    /// Adds a file if it fits to what is there.
    fn try_file(&mut self, origin: &Origin, bytes: &[u8]) -> Result<(), ConfigError> {
        let mut trial = self.clone();
        trial.add_file(origin.clone(), bytes)?;
        Layers::join(trial.clone())?;
        *self = trial;
        Ok(())
    }
}

/// What is wrong with a file of settings of the project, taken for itself.
pub fn check_file(path: &RepoPath, bytes: &[u8]) -> Option<Finding> {
    let error = Sources::default().try_file(&Origin::Project { path: path.to_string() }, bytes).err()?;
    Some(finding(path, &error).hint("correct it; `cmpm config list` says when it can be read"))
}

fn finding(path: &RepoPath, error: &ConfigError) -> Finding {
    let reason = error.reason();
    // The parser says the line in words, if it says one.
    let line = reason.rsplit_once("line ").and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    let finding = Finding::new(Rule::Settings, Severity::Error, path.clone(), reason);
    line.into_iter().fold(finding, Finding::at)
}

fn named(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn read(text: &str) -> (Config, usize) {
        let mut sources = Sources::default();
        let path = const { RepoPath::of(".cmpm/config.yaml") };
        sources.add_what_holds(&Origin::Project { path: path.to_string() }, &path, text.as_bytes());
        let layers = Layers::join(sources).unwrap();
        (layers.config, layers.findings.len())
    }

    #[test]
    fn what_can_be_read_holds_and_nothing_is_granted() {
        let gate = "gates:\n  - {name: a, run: x}\n";
        let (sound, findings) = read(&format!("prefixes: {{task: JOB}}\n{gate}"));
        assert_eq!((sound.gates.len(), sound.prefixes.task.as_str(), findings), (1, "JOB", 0));
        for broken in [
            format!("prefixes: {{task: JOB}}\n{gate}  - {{name: a, run: y}}\n"),
            format!("prefixes: {{task: JOB}}\n{gate}memory: {{max_length: 3}}\nnope: 1\n"),
            format!(
                "delegate: {{runner: mine}}\ncheck: {{exclude: ['**']}}\nprefixes: {{task: JOB}}\n<<<<<<< HEAD\n{gate}=======\ngates: []\n>>>>>>> side\n"
            ),
            format!("{gate}prefixes:\n  task: JOB\nbroken: [\n"),
        ] {
            let (config, findings) = read(&broken);
            let wanted = Config { prefixes: config.prefixes.clone(), ..Config::default() };
            assert_eq!((config, findings), (wanted, 1), "{broken}");
        }
        assert_eq!(read(&format!("{gate}prefixes:\n  task: JOB\nnope: 1\n")).0.prefixes.task, "JOB");
        let both = "board:\n<<<<<<< HEAD\n  wip: {todo: 1}\n=======\n  wip: {todo: 2}\n>>>>>>> side\nprefixes: {task: JOB}\n";
        assert_eq!((read(both).0.board, read(both).0.prefixes.task.as_str()), (Config::default().board, "JOB"));
    }
}
