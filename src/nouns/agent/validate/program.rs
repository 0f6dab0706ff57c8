//! The agent programs whose files are known: where they are, and which tools each has by itself.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::RepoPath;
use crate::document::Document;

static TOOLS: LazyLock<Document> = LazyLock::new(|| Document::parse_yaml(include_str!("../../../../templates/roles/tools.yaml").into()));

/// A program that reads files of agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// cmpm itself; its agents are worked for by any program.
    Cmpm,
    /// Claude Code.
    Claude,
    /// Gemini CLI.
    Gemini,
    /// opencode.
    Opencode,
    /// Codex CLI.
    Codex,
}

impl Program {
    /// Where each keeps them.
    pub const FOLDERS: [(RepoPath, Self); 6] = [
        (RepoPath::of(".cmpm/agents"), Self::Cmpm),
        (RepoPath::of(".claude/agents"), Self::Claude),
        (RepoPath::of(".gemini/agents"), Self::Gemini),
        (RepoPath::of(".opencode/agent"), Self::Opencode),
        (RepoPath::of(".opencode/agents"), Self::Opencode),
        (RepoPath::of(".codex/agents"), Self::Codex),
    ];

    /// Whose form a file has by its place, else by its name.
    pub fn of(path: &RepoPath) -> Self {
        let placed = Self::FOLDERS.into_iter().find(|(folder, _)| path.is_below(folder)).map(|(_, program)| program);
        placed.unwrap_or(if path.name().ends_with(".toml") { Self::Codex } else { Self::Claude })
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cmpm => "cmpm",
            Self::Claude => "Claude Code",
            Self::Gemini => "Gemini CLI",
            Self::Opencode => "opencode",
            Self::Codex => "Codex CLI",
        }
    }

    /// The tools it has by itself; empty where that is not known.
    pub fn tools(self) -> Vec<String> {
        match self {
            // The runner's own words are passed on; most are Claude Code's.
            Self::Cmpm | Self::Claude => TOOLS.texts("claude"),
            Self::Gemini => TOOLS.texts("gemini"),
            Self::Opencode => TOOLS.texts("opencode"),
            Self::Codex => Vec::new(),
        }
    }
}
