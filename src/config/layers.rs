//! Reads the layers in order; a later one wins, key by key, and every value remembers where it came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_yaml::{Mapping, Value};

use super::{Config, ConfigError, older, rules, words};
use crate::base::env::CMPM_CONFIG_PREFIX;
use crate::base::{Env, Finding, Rule, text};
use crate::document::Document;
use crate::process::SandboxLevel;

/// Keys that only the project itself may set, because another value would loosen what it demands.
const PROJECT_ONLY: &[&str] = &["gates", "worktree.copy", "worktree.link", "worktree.setup", "check.secrets.inline_allow"];

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// Built in.
    Default,
    /// A file of the project.
    Project {
        /// Relative to the root of the work tree.
        path: String,
    },
    /// A file of the project that the environment chooses; it may tighten what the project's own file demands.
    Overlay {
        /// Relative to the root of the work tree.
        path: String,
    },
    /// The user's own file.
    User {
        /// The file.
        path: PathBuf,
    },
    /// An environment variable.
    Variable {
        /// Its name.
        name: String,
    },
    /// `-c key=value`.
    Flag,
}

impl Origin {
    /// The overlay file that a word chooses.
    pub fn overlay(name: &str) -> Result<String, ConfigError> {
        let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if is_word { Ok(format!(".cmpm/config.{name}.yaml")) } else { Err(ConfigError::BadOverlay { name: text::one_line(name) }) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Project { path } | Self::Overlay { path } => f.write_str(path),
            Self::User { path } => write!(f, "{}", path.display()),
            Self::Variable { name } => write!(f, "${name}"),
            Self::Flag => f.write_str("-c"),
        }
    }
}

/// One setting: its dotted key, its value, its origin.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Setting {
    /// The dotted key, such as `delegate.max_parallel`.
    pub key: String,
    /// The value.
    #[schemars(with = "serde_json::Value")]
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// The texts of all layers, in order; a later one wins.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    pub(super) layers: Vec<(Origin, Value)>,
    /// What is wrong with files of which only a part was taken.
    pub(super) findings: Vec<Finding>,
}

impl Sources {
    /// Adds a YAML file; an empty one adds nothing.
    pub fn add_file(&mut self, origin: Origin, bytes: &[u8]) -> Result<(), ConfigError> {
        let syntax = |reason: String| ConfigError::Syntax { origin: origin.to_string(), reason };
        let text = std::str::from_utf8(bytes).map_err(|error| syntax(error.to_string()))?;
        let value: Value = serde_yaml::from_str(text).map_err(|error| syntax(error.to_string()))?;
        match value {
            Value::Null => {}
            Value::Mapping(_) => {
                let now = older::in_todays_keys(value.clone());
                // Read once more as what it must be: here, unlike in the joined layers, an error knows its line.
                let typed = if now == value { serde_yaml::from_str::<Config>(text) } else { serde_yaml::from_value(now.clone()) };
                typed.map_err(|error| shape(origin.to_string(), &error))?;
                refuse_tags(&origin, text)?;
                self.layers.push((origin, now));
            }
            _ => return Err(syntax("expected `key: value` lines".into())),
        }
        Ok(())
    }

    /// Adds the variables `CMPM_CONFIG_<KEY>__<SUB>=value`.
    pub fn add_variables(&mut self, env: &Env) {
        for (name, value) in env.iter() {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
            if let Some(key) = name.strip_prefix(CMPM_CONFIG_PREFIX) {
                let dotted = key.to_ascii_lowercase().replace("__", ".");
                self.layers.push((Origin::Variable { name: name.to_owned() }, nested(&dotted, value)));
            }
        }
    }

    /// Adds one `-c key=value`.
    pub fn add_override(&mut self, text: &str) -> Result<(), ConfigError> {
        let (key, value) = text.split_once('=').ok_or_else(|| ConfigError::Override { text: text.to_owned() })?;
        self.layers.push((Origin::Flag, nested(key.trim(), value)));
        Ok(())
    }
}

/// The settings that hold, and where each comes from.
#[derive(Debug, Clone)]
pub struct Layers {
    /// The typed settings.
    pub config: Config,
    origins: BTreeMap<String, Origin>,
    /// What is wrong with files of which only a part holds.
    pub findings: Vec<Finding>,
}

impl Layers {
    /// Joins the layers over the defaults.
    pub fn join(sources: Sources) -> Result<Self, ConfigError> {
        let mut joined = Value::Mapping(Mapping::new());
        let mut origins = BTreeMap::new();
        let mut floor = Config::default().delegate.sandbox;
        for (origin, layer) in sources.layers {
            let is_project = matches!(origin, Origin::Project { .. });
            let mut named = origin.to_string();
            for (key, _) in leaves("", &layer) {
                if !is_project && PROJECT_ONLY.contains(&key.as_str()) {
                    return Err(ConfigError::ProjectOnly { origin: named, key });
                }
                if origin == Origin::Flag {
                    named = format!("-c {key}");
                }
                origins.insert(key, origin.clone());
            }
            merge(&mut joined, layer);
            let config = typed(&joined, &named)?;
            if let Some((key, reason)) = rules::broken(&config) {
                return Err(ConfigError::Value { origin: named, key, reason });
            }
            let sandbox = config.delegate.sandbox;
            // `auto` takes what the machine has, so on this machine its user may say what that is; a committed file may not.
            let loosens = sandbox < floor && (floor != SandboxLevel::Auto || matches!(origin, Origin::Overlay { .. }));
            if !is_project && loosens {
                return Err(ConfigError::ProjectOnly { origin: origin.to_string(), key: "delegate.sandbox".into() });
            }
            if matches!(origin, Origin::Project { .. } | Origin::Overlay { .. }) {
                floor = sandbox;
            }
        }
        Ok(Self { config: typed(&joined, "default")?, origins, findings: sources.findings })
    }

    /// Every setting with its value and origin, in order of the keys.
    pub fn settings(&self) -> Vec<Setting> {
        let value = serde_yaml::to_value(&self.config).unwrap_or_default();
        let mut settings: Vec<Setting> = leaves("", &value)
            .into_iter()
            .map(|(key, value)| Setting { origin: self.origins.get(&key).cloned().unwrap_or(Origin::Default), key, value })
            .collect();
        settings.sort_by(|a, b| a.key.cmp(&b.key));
        settings
    }

    /// The setting or settings under a dotted key.
    pub fn require(&self, key: &str) -> Result<Vec<Setting>, ConfigError> {
        let below = |setting: &Setting| setting.key == key || setting.key.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
        let found: Vec<_> = self.settings().into_iter().filter(below).collect();
        if found.is_empty() { Err(ConfigError::UnknownKey { key: key.to_owned() }) } else { Ok(found) }
    }
}

pub(super) fn typed(joined: &Value, origin: &str) -> Result<Config, ConfigError> {
    serde_yaml::from_value(joined.clone()).map_err(|error| shape(origin.to_owned(), &error))
}

fn shape(origin: String, error: &serde_yaml::Error) -> ConfigError {
    ConfigError::Shape { origin, reason: words::plain(&error.to_string()) }
}

/// A tag can make another value of what is written; nothing here needs one.
fn refuse_tags(origin: &Origin, text: &str) -> Result<(), ConfigError> {
    let document = Document::parse_yaml(text.as_bytes().to_vec());
    let Some(problem) = document.problems().iter().find(|problem| problem.rule == Rule::YamlTag) else { return Ok(()) };
    let reason = format!("a tag (`!…`) is not allowed in settings; there is one at line {}", problem.line);
    Err(ConfigError::Shape { origin: origin.to_string(), reason })
}

/// `a.b` and `2` as `{a: {b: 2}}`. The text is read as YAML, so that numbers and lists can be given; where only a text
/// fits (`{agent}-{ticket}`), it is one.
pub(super) fn nested(key: &str, text: &str) -> Value {
    let below = |value| {
        key.rsplit('.').fold(value, |inner, part| {
            let mut mapping = Mapping::new();
            mapping.insert(Value::String(part.to_owned()), inner);
            Value::Mapping(mapping)
        })
    };
    let plain = || below(Value::String(text.to_owned()));
    let Ok(read) = serde_yaml::from_str(text).map(below) else { return plain() };
    let fits = |value: &Value| typed(value, "").is_ok();
    if fits(&read) { read } else { Some(plain()).filter(fits).unwrap_or(read) }
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Mapping(into), Value::Mapping(from)) => {
            from.into_iter().for_each(|(key, value)| merge(into.entry(key).or_insert(Value::Null), value));
        }
        (into, from) => *into = from,
    }
}

/// Every value that is not a mapping with something in it, with its dotted key.
fn leaves(prefix: &str, value: &Value) -> Vec<(String, Value)> {
    let Some(mapping) = value.as_mapping().filter(|mapping| !mapping.is_empty()) else { return vec![(prefix.to_owned(), value.clone())] };
    let mut found = Vec::new();
    for (key, value) in mapping {
        let key = key.as_str().unwrap_or("?");
        let dotted = if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
        found.extend(leaves(&dotted, value));
    }
    found
}

#[cfg(test)]
#[path = "layers_tests.rs"]
mod tests;
