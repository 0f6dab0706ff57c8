//! The session: a name, the branch, tickets and files it is about, and notes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Explain, Explained, Finding, Id, RepoPath, Rule, Severity};
use crate::config::Config;
use crate::store::{Entry, Record};

pub const FOLDER: RepoPath = RepoPath::of(".cmpm/sessions");

/// What somebody was at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    /// Its name.
    pub id: Id,
    /// The branch it was last saved on.
    pub branch: Option<String>,
    /// The tickets it is about.
    pub tickets: Vec<String>,
    /// Globs of the files it is about.
    pub paths: Vec<String>,
    /// When it began, as written.
    pub created: Option<String>,
    /// Who began it.
    pub author: Option<String>,
}

impl Record for Session {
    const NOUN: &'static str = "session";

    fn folders(_: &Config) -> Vec<RepoPath> {
        vec![FOLDER]
    }

    fn is_member(_: &RepoPath) -> bool {
        true
    }

    fn read(entry: &Entry<'_>, _: &mut Vec<Finding>) -> Result<Self, Finding> {
        let document = entry.document;
        let name = entry.path.name();
        let id = document.text("id").unwrap_or_else(|| name.trim_end_matches(".md").to_owned());
        let wrong = || Finding::new(Rule::BadId, Severity::Error, entry.path.clone(), format!("`{id}` is not a valid session name"));
        Ok(Self {
            id: Id::parse(&id).ok_or_else(|| wrong().hint("one word of letters, digits, `-`, `_` and `.`"))?,
            branch: document.text("branch"),
            tickets: document.texts("tickets"),
            paths: document.texts("paths"),
            created: document.text("created"),
            author: document.text("author"),
        })
    }

    fn id(&self) -> &Id {
        &self.id
    }

    fn aliases(&self) -> &[String] {
        &[]
    }
}

/// What is wrong with a request about sessions.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No name, and none to assume.
    #[error("no session is current in this work tree")]
    NoCurrent,
    #[error("the note is empty")]
    NoNote,
    #[error("`{name}` is not a valid session name")]
    BadName { name: String },
}

impl Explain for SessionError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoCurrent => Explained::wrong("no_current_session")
                .hint("`cmpm session list` shows what there is; `cmpm session save NAME \"…\"` starts one"),
            Self::NoNote => Explained::wrong("usage")
                .hint("say where you are and what comes next, or leave the note out to change only what the session is about"),
            Self::BadName { .. } => Explained::wrong("usage").hint("one word of letters, digits, `-`, `_` and `.`, such as `login-form`"),
        }
    }
}
