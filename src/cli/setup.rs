//! Builds the context: the only place where the program looks at the world by itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::base::env::{CMPM_NOW, CMPM_SEED};
use crate::base::progress::Cancel;
use crate::base::random::Random;
use crate::base::{Clock, Env, Exit, Explain, Explained, Result};
use crate::context::{Context, Lazy, Output};
use crate::fs::{FsError, read};
use crate::ui::Progress;

/// What the context is built from.
pub struct Start {
    pub env: Env,
    /// `-C`.
    pub folder: PathBuf,
    /// What was typed after the program's name.
    pub command: String,
    /// `-c`.
    pub overrides: Vec<String>,
    /// `--json`.
    pub json: bool,
    /// `--quiet`.
    pub quiet: bool,
    /// How the reader sees it.
    pub output: Output,
}

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("cannot work in {}: {reason}", folder.display())]
    Folder { folder: PathBuf, reason: String },
    #[error("{name} is `{value}`, which is not {wanted}")]
    Variable { name: &'static str, value: String, wanted: &'static str },
}

impl Explain for StartError {
    fn explain(&self) -> Explained {
        let usage = Explained::wrong("usage");
        match self {
            Self::Folder { .. } => usage.hint("name an existing folder after `-C`, or change to one"),
            Self::Variable { name: CMPM_NOW, .. } => usage.hint("for example CMPM_NOW=2026-01-31T09:00:00Z, or unset it"),
            Self::Variable { name, .. } => usage.hint(format!("for example {name}=1, or unset it")),
        }
    }
}

pub fn context(start: Start) -> Result<Context> {
    let Start { env, folder, command, overrides, json, quiet, output } = start;
    let refuse = |reason: String| StartError::Folder { folder: folder.clone(), reason };
    let cwd = std::path::absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { &folder });
    let cwd = cwd.map_err(|error| refuse(error.to_string()))?;
    if !read::is_folder(&cwd) {
        let reason = match read::real_path(&cwd) {
            Err(FsError::Io { reason, .. }) => reason,
            _ => "it is not a folder".to_owned(),
        };
        return Err(refuse(reason).into());
    }
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        // The second signal ends the program at once: registered first, so it sees the flag as the first one left it.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, i32::from(Exit::Interrupted as u8), Arc::clone(&flag));
        let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
    }
    Ok(Context {
        clock: clock(&env)?,
        random: Arc::new(random(&env)?),
        env,
        cwd,
        events: Arc::new(Progress::new(json, quiet)),
        stream: Box::new(crate::ui::stream),
        output,
        ask: Box::new(move |question| crate::ui::ask(question, json)),
        cancel: Cancel::new(flag),
        program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("cmpm")),
        command,
        overrides,
        lazy: Lazy::default(),
    })
}

fn clock(env: &Env) -> Result<Clock> {
    match env.text(CMPM_NOW) {
        None => Ok(Clock::System),
        Some(value) => value
            .parse()
            .map(Clock::Fixed)
            .map_err(|_| StartError::Variable { name: CMPM_NOW, value: value.to_owned(), wanted: "an RFC 3339 time" }.into()),
    }
}

fn random(env: &Env) -> Result<Random> {
    match env.text(CMPM_SEED) {
        None => Ok(Random::system()),
        Some(value) => value
            .parse()
            .map(Random::fixed)
            .map_err(|_| StartError::Variable { name: CMPM_SEED, value: value.to_owned(), wanted: "a number" }.into()),
    }
}
