//! An agent program as data: how it is called and where its answer is. The files are in `templates/runners/`.

pub mod known;
mod place;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::known::KnownError;
use self::place::{Place, text_of};
use super::cut::tail;
use super::job::status::Usage;
use super::step::execute::SAID_BYTES;
use crate::base::{Env, Explain, Explained, Result, text};
use crate::process::Network;

/// The adapters that are part of cmpm, in the order in which `auto` looks for their programs.
const EMBEDDED: &[&str] = &[
    include_str!("../../templates/runners/claude.yaml"),
    include_str!("../../templates/runners/codex.yaml"),
    include_str!("../../templates/runners/gemini.yaml"),
    include_str!("../../templates/runners/opencode.yaml"),
    include_str!("../../templates/runners/aider.yaml"),
];

/// The form of a runner file; another one may mean other rights.
const SCHEMA: &str = "cmpm.runner/1";

/// How to call an agent program and read its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    /// `cmpm.runner/1`.
    pub schema: String,
    pub name: String,
    pub description: String,
    /// What to do when the program is missing.
    pub install: String,
    /// How to find the program.
    pub detect: Detect,
    /// The command, one item an argument; an inner list is left out when one of its values is missing.
    pub argv: Vec<Argument>,
    #[serde(default)]
    pub env: Variables,
    /// What it finds in the home folder of its run.
    #[serde(default, skip_serializing_if = "Home::is_empty")]
    pub home: Home,
    /// What it reads outside its worktree, besides programs and their libraries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readable: Vec<String>,
    /// What it writes outside its worktree and home folder; local sockets too.
    #[serde(default)]
    pub writable: Vec<String>,
    /// What it reaches: nothing, all (`true`), or a list of hosts with ports.
    #[serde(default)]
    pub network: Network,
    /// Where its answer is.
    pub output: Shape,
    /// By what it says when it fails: what that means for the next runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<KnownError>,
    /// What its exit codes mean.
    #[serde(default)]
    pub exit: BTreeMap<String, Meaning>,
    /// The first runner files had these two: nothing else could be said, and nothing came of it.
    #[serde(default, skip_serializing, rename = "stdin")]
    nothing: (),
    #[serde(default, skip_serializing, rename = "stop")]
    signals: IgnoredAny,
}

/// How to find a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detect {
    /// Its name on `PATH`.
    pub program: String,
    /// Arguments that make it say its version.
    #[serde(default)]
    pub version: Vec<String>,
}

/// One item of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Argument {
    /// One argument, or a whole placeholder `{name}`.
    One(String),
    /// Arguments that belong together.
    Group(Vec<String>),
}

/// Variables for a program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Variables {
    /// The user's variables that it may see.
    pub keep: Vec<String>,
    /// Variables that are set for it.
    pub set: BTreeMap<String, String>,
}

/// The home folder of a run. Paths begin with `~/`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Home {
    /// Files and folders of the user's of which it has copies.
    pub copy: Vec<String>,
    /// Those that are taken back when the program has renewed them.
    pub copy_back: Vec<String>,
    /// Variables of the user's that move a folder: name and folder.
    pub moved_by: BTreeMap<String, String>,
}

impl Home {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where an answer is: places in its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// How the output is written.
    pub format: Format,
    /// The last message.
    #[serde(default)]
    pub result: Option<Place>,
    /// What it says of its failure, besides the last message and standard error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Place>,
    /// Whether it failed.
    #[serde(default)]
    pub is_error: Option<Place>,
    /// The program's own word for how it ended.
    #[serde(default)]
    pub ended: Option<EndedAt>,
    /// Every other value by its name in `Usage`.
    #[serde(flatten)]
    pub places: BTreeMap<String, Place>,
}

/// How output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Plain text; the end of it is the message.
    Text,
    /// One JSON document.
    Json,
    /// One JSON document per line; a value is taken from the last line that has it.
    Jsonl,
}

/// Where the program says how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedAt {
    /// Where the word is.
    pub path: Place,
    /// What each word means.
    pub means: BTreeMap<String, Meaning>,
}

/// What an end means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// It did what it wanted to do.
    Ok,
    AgentFailed,
    /// A budget was used up.
    Budget,
    /// A time limit was reached.
    TimeLimit,
    /// Somebody stopped it.
    Cancelled,
}

/// What an agent program said. A claim: nothing here decides that work is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub message: String,
    /// What it says of its failure besides.
    pub error: String,
    /// What it says it used.
    pub usage: Usage,
    /// How it ended, by its own word.
    pub meaning: Meaning,
}

/// An adapter file that is wrong.
#[derive(Debug, thiserror::Error)]
#[error("the runner {source_name} cannot be used: {reason}")]
struct BadRunner {
    /// Its file or name.
    source_name: String,
    reason: String,
}

impl Explain for BadRunner {
    fn explain(&self) -> Explained {
        Explained::wrong("bad_runner").hint("docs/runners.md explains every key")
    }
}

impl Adapter {
    /// Every adapter that is part of cmpm.
    pub fn embedded() -> Vec<Self> {
        EMBEDDED.iter().filter_map(|text| serde_yaml::from_str(text).ok()).collect()
    }

    /// Reads an adapter file.
    pub fn parse(source: &str, text: &str) -> Result<Self> {
        let refuse = |reason: String| BadRunner { source_name: source.to_owned(), reason };
        let adapter: Self = serde_yaml::from_str(text).map_err(|error| refuse(error.to_string()))?;
        if adapter.schema != SCHEMA {
            return Err(refuse(format!("`schema` must be {SCHEMA}: this version of cmpm reads no other")).into());
        }
        Ok(adapter)
    }

    /// Whether it can read what is the user's alone, whatever the sandbox closes.
    pub fn has_private_things(&self) -> bool {
        !self.home.copy.is_empty() || !self.env.keep.is_empty() || !self.readable.is_empty() || !self.writable.is_empty()
    }

    /// Where the program is, if it is installed.
    pub fn find_program(&self, env: &Env) -> Option<PathBuf> {
        env.find_program(&self.detect.program)
    }

    /// The command with its values filled in.
    pub fn command(&self, values: &BTreeMap<&'static str, String>) -> Result<Vec<String>> {
        let values = &with_prompt(values);
        if let Some((name, value)) = values.iter().find(|(name, value)| !is_plain(name, value)) {
            let reason = format!("`{name}` is `{}`, which a program could take for something else", text::one_line(value));
            return Err(BadRunner { source_name: self.name.clone(), reason }.into());
        }
        let mut argv = Vec::new();
        for item in &self.argv {
            match item {
                Argument::One(text) => {
                    let missing = || BadRunner { source_name: self.name.clone(), reason: format!("`{text}` has no value here") };
                    argv.push(fill(text, values).ok_or_else(missing)?);
                }
                Argument::Group(texts) => {
                    let filled: Option<Vec<String>> = texts.iter().map(|text| fill(text, values)).collect();
                    argv.extend(filled.unwrap_or_default());
                }
            }
        }
        Ok(argv)
    }

    /// What its command names by itself, without what is filled in.
    pub fn words(&self) -> Vec<PathBuf> {
        let texts = self.argv.iter().flat_map(|item| match item {
            Argument::One(text) => std::slice::from_ref(text),
            Argument::Group(texts) => texts.as_slice(),
        });
        texts.filter(|text| !text.starts_with('{')).map(PathBuf::from).collect()
    }

    /// Reads what the program printed. Lines that are not JSON, and keys nobody knows, are normal.
    pub fn read_answer(&self, output: &str, exit: Option<i32>) -> Answer {
        let documents: Vec<Value> = match self.output.format {
            Format::Text => Vec::new(),
            Format::Json => serde_json::from_str(output).into_iter().collect(),
            Format::Jsonl => output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect(),
        };
        let message = match (&self.output.result, self.output.format) {
            (_, Format::Text) => tail(output, SAID_BYTES),
            (Some(place), _) => place.find(&documents).as_ref().map(text_of).unwrap_or_default(),
            (None, _) => String::new(),
        };
        let value = |name: &str| self.output.places.get(name).and_then(|place| place.find(&documents));
        let count = |name: &str| value(name).as_ref().and_then(Value::as_u64);
        let usage = Usage {
            input_tokens: count("input_tokens"),
            output_tokens: count("output_tokens"),
            cost: value("cost").as_ref().and_then(Value::as_f64),
            model: value("model").as_ref().map(text_of),
            turns: count("turns"),
            session: value("session").as_ref().map(text_of),
        };
        let error = self.output.error.as_ref().and_then(|place| place.find(&documents)).as_ref().map(text_of).unwrap_or_default();
        Answer { message, error, usage, meaning: self.meaning(&documents, exit) }
    }

    fn meaning(&self, documents: &[Value], exit: Option<i32>) -> Meaning {
        if let Some(ended) = &self.output.ended
            && let Some(word) = ended.path.find(documents)
            && let Some(meaning) = ended.means.get(&text_of(&word))
            && *meaning != Meaning::Ok
        {
            return *meaning;
        }
        if self.output.is_error.as_ref().and_then(|place| place.find(documents)) == Some(Value::Bool(true)) {
            return Meaning::AgentFailed;
        }
        match exit {
            Some(code) => self.exit.get(&code.to_string()).copied().unwrap_or(if code == 0 { Meaning::Ok } else { Meaning::AgentFailed }),
            None => Meaning::AgentFailed,
        }
    }
}

/// Whether a value that comes from a file of the repository, or from what an agent printed, cannot become an option.
fn is_plain(name: &str, value: &str) -> bool {
    match name {
        "model" | "session" => is_name(value),
        "tools" => value.split(',').all(|tool| tool.trim_start().starts_with(char::is_alphanumeric)),
        _ => true,
    }
}

/// Whether a value is the name of a model or a session.
pub fn is_name(value: &str) -> bool {
    /// More characters than any has.
    const MOST: usize = 128;
    let inner = |c: char| c.is_alphanumeric() || "_.:/@-".contains(c);
    value.starts_with(|c: char| c.is_ascii_alphanumeric()) && value.chars().all(inner) && value.len() <= MOST
}

fn fill(text: &str, values: &BTreeMap<&str, String>) -> Option<String> {
    match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => values.get(name).cloned(),
        None => Some(text.to_owned()),
    }
}

/// `prompt` is brief and role in one text, for programs that have no place of its own for the role.
fn with_prompt(values: &BTreeMap<&'static str, String>) -> BTreeMap<&'static str, String> {
    let mut values = values.clone();
    if let Some(brief) = values.get("brief") {
        let role = values.get("system_prompt").map(|role| format!("\n## Your role\n\n{}\n", role.trim())).unwrap_or_default();
        let prompt = format!("{}\n{role}", brief.trim_end());
        values.insert("prompt", prompt);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::read;

    fn claude() -> Adapter {
        Adapter::parse("claude", EMBEDDED[0]).unwrap()
    }

    #[test]
    fn every_adapter_can_be_read() {
        let names: Vec<String> = Adapter::embedded().into_iter().map(|adapter| adapter.name).collect();
        assert_eq!(names, ["claude", "codex", "gemini", "opencode", "aider"]);
        let files = read::names(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/runners").as_ref()).unwrap();
        assert_eq!(files.len(), names.len(), "each of {files:?} stands in EMBEDDED");
    }

    #[test]
    fn a_prompt_holds_brief_and_role() {
        let values = BTreeMap::from([("brief", "# Do\n".to_owned()), ("system_prompt", "Be kind.\n".to_owned())]);
        assert_eq!(with_prompt(&values)["prompt"], "# Do\n\n## Your role\n\nBe kind.\n");
    }

    #[test]
    fn a_command_has_each_value_as_one_argument() {
        let values = BTreeMap::from([("brief", "do $(this); now".to_owned()), ("model", "opus".to_owned())]);
        let argv = claude().command(&values).unwrap();
        assert_eq!(argv[..3], ["claude", "-p", "do $(this); now"]);
        assert!(argv.windows(2).any(|pair| pair == ["--model", "opus"]));
        assert!(!argv.iter().any(|argument| argument == "--max-turns"));
    }

    #[test]
    fn an_answer_is_read_from_the_last_line_that_has_it() {
        let output = "noise\n{\"type\":\"system\",\"session_id\":\"s1\"}\n{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,\
            \"result\":\"did it\",\"total_cost_usd\":0.25,\"num_turns\":3,\"usage\":{\"input_tokens\":10,\"output_tokens\":5},\"new_key\":1}\n";
        let answer = claude().read_answer(output, Some(0));
        assert_eq!((answer.message.as_str(), answer.meaning), ("did it", Meaning::Ok));
        assert_eq!((answer.usage.input_tokens, answer.usage.cost, answer.usage.session.as_deref()), (Some(10), Some(0.25), Some("s1")));
        let failed = output.replace("success", "error_max_budget_usd");
        assert_eq!(claude().read_answer(&failed, Some(1)).meaning, Meaning::Budget);
        assert_eq!(claude().read_answer("{broken", Some(0)).message, "");
        assert_eq!(claude().read_answer("", None).meaning, Meaning::AgentFailed);
    }
}
