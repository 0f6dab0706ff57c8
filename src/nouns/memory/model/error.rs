//! What cannot be remembered, changed or looked for, and what to do then.

use std::path::PathBuf;

use crate::base::{Exit, Explain, Failure, RepoPath};

/// What cannot be remembered, changed or looked for.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// Nothing to remember.
    #[error("there is no text to remember")]
    NoText,
    /// A place in the code that is not there.
    #[error("`{place}` does not name a place in a file of this repository: {why}")]
    NoPlace {
        /// What was given.
        place: String,
        /// Why not.
        why: String,
    },
    /// A list with nothing in one of its places.
    #[error("an empty text cannot be a {what}")]
    Empty {
        /// `tag`, `tech`.
        what: &'static str,
    },
    /// Not a date.
    #[error("`{text}` is not a date")]
    Date {
        /// What was given.
        text: String,
    },
    /// A character that no text file may hold.
    #[error("a NUL character (U+0000) is {place}, and nothing was written")]
    Nul {
        /// `in the title`.
        place: String,
    },
    /// Fewer tokens than it takes to say what is left out.
    #[error("a budget of {budget} is too small even for the line that says what was left out")]
    Budget {
        /// What was given.
        budget: usize,
        /// What it takes.
        least: usize,
    },
    /// Something that no longer holds, and nothing in its place.
    #[error("say what replaces {old}")]
    NoSuccessor {
        /// What should be replaced.
        old: String,
    },
    /// It would replace itself.
    #[error("{id} cannot replace itself")]
    Itself {
        /// The memory.
        id: String,
    },
    /// Nothing to pack for.
    #[error("there is nothing to pack memories for")]
    NoWork,
    /// Nothing that would be different.
    #[error("there is nothing to change")]
    NothingToChange,
    /// A category that this project does not have.
    #[error("`{category}` is not a category of this project's memory")]
    UnknownCategory {
        /// What was asked for.
        category: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Not a confidence.
    #[error("a confidence is a number from 0 to 1, not {confidence}")]
    Confidence {
        /// What was given.
        confidence: f64,
    },
    /// A word that cannot be an id.
    #[error("`{text}` is not a valid id")]
    BadId {
        /// What was given.
        text: String,
    },
    /// A text of a length that the project does not want.
    #[error("the text has {length} characters; this project remembers from {least} to {most}")]
    Length {
        /// Of the text.
        length: usize,
        /// `memory.min_length`.
        least: usize,
        /// `memory.max_length`.
        most: usize,
    },
    /// What looks like a secret; it is not repeated here.
    #[error("what looks like a secret is {place} ({rule}: {description}), and nothing was written")]
    Secret {
        /// The rule's id.
        rule: String,
        /// What it finds.
        description: String,
        /// `in the title`, `in the text, line 2`.
        place: String,
    },
    /// A key that the category demands.
    #[error("a memory of category `{category}` must have `{key}`")]
    Required { category: String, key: String },
    /// A key that nobody knows.
    #[error("`{key}` is not a key of a memory here")]
    UnknownKey { key: String },
    /// A file that is not text.
    #[error("{} is not UTF-8 text", file.display())]
    NotText { file: PathBuf },
    /// A line of several that is wrong; none is used.
    #[error("line {line}: {cause}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        cause: Failure,
    },
    /// The folder of memories is something else.
    #[error("{obstacle} is not a folder on the target")]
    Obstacle {
        /// The link, file or submodule that it is.
        obstacle: RepoPath,
    },
    /// A lesson that cannot be taken; none is.
    #[error("lesson {number}: {cause}")]
    Lesson {
        number: usize,
        /// What is wrong with it.
        cause: Failure,
    },
    /// A lesson that a run does not have.
    #[error("{run} has no lesson {number}; it has {count}")]
    NoLesson {
        run: String,
        /// What was asked for.
        number: usize,
        /// How many it has.
        count: usize,
    },
    /// A run without a page.
    #[error("there is no page for a run `{run}` here")]
    NoPage {
        /// What was asked for.
        run: String,
    },
    /// The beginning of several.
    #[error("`{run}` matches several runs")]
    ManyRuns {
        /// What was asked for.
        run: String,
        /// What it could be.
        candidates: Vec<String>,
    },
    /// A line that is not an object of JSON as it should be.
    #[error("not a memory: {reason}")]
    NotJson {
        /// The parser's words.
        reason: String,
    },
    /// A text from an editor that was not used.
    #[error("{cause}; your text is kept in {}", file.display())]
    Kept {
        /// Why it was not used.
        cause: Failure,
        file: PathBuf,
    },
    /// The file is not what the caller has seen.
    #[error("{id} has changed since you read it: its hash is {found}, not {expected}")]
    Unexpected {
        /// The memory.
        id: String,
        /// As it is now.
        found: String,
        /// As given.
        expected: String,
    },
    /// A replacement without proof that the old text was seen.
    #[error("replacing a text needs `--expect`")]
    NoExpectation {
        /// The memory.
        id: String,
    },
    /// It would replace itself, at once or in a cycle.
    #[error("{new} is itself replaced by {old}, so it cannot replace it")]
    Cycle {
        /// What should be replaced.
        old: String,
        /// What should replace it.
        new: String,
    },
    /// Nothing of this id was ever removed.
    #[error("there is no forgotten memory `{query}`")]
    NotForgotten {
        /// What was asked for.
        query: String,
    },
    /// It is there already.
    #[error("{path} already exists")]
    NotGone {
        /// Its file.
        path: String,
    },
    /// A source that could be in several formats or none.
    #[error("cannot tell which format {} has: {seen}", path.display())]
    UnclearFormat {
        /// The source.
        path: PathBuf,
        /// What was seen there.
        seen: String,
    },
}

/// What is wrong with JSON, without the texts it quotes: one of them may be a secret.
pub fn json_reason(error: &serde_json::Error) -> String {
    if error.classify() != serde_json::error::Category::Data {
        return format!("this is not JSON from character {} on", error.column());
    }
    let said = error.to_string().replace("struct Draft", "an object").replace("a sequence", "a list").replace("a map", "an object");
    let said = said.split(" at line ").next().unwrap_or_default().to_owned();
    let quoted = said.find("string \"").zip(said.rfind('"'));
    let parts = quoted.and_then(|(start, end)| Some((said.get(..start)?, said.get(end + 1..)?)));
    parts.map_or(said.clone(), |(before, after)| format!("{before}a text{after}"))
}

impl Explain for MemoryError {
    fn exit(&self) -> Exit {
        match self {
            Self::Secret { .. } => Exit::Refused,
            Self::Unexpected { .. } => Exit::Conflict,
            Self::Line { cause, .. } | Self::Lesson { cause, .. } | Self::Kept { cause, .. } => cause.exit(),
            _ => Exit::Wrong,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownCategory { .. } => "unknown_category",
            Self::Secret { .. } => "secret",
            Self::Nul { .. } => "nul_character",
            Self::Length { .. } => "length",
            Self::Required { .. } => "missing_key",
            Self::Unexpected { .. } => "changed",
            Self::NotForgotten { .. } => "not_found",
            Self::NotGone { .. } => "exists",
            Self::UnclearFormat { .. } => "unclear_format",
            Self::NoLesson { .. } | Self::NoPage { .. } => "not_found",
            Self::ManyRuns { .. } => "ambiguous",
            Self::Line { cause, .. } | Self::Lesson { cause, .. } | Self::Kept { cause, .. } => cause.code(),
            _ => "usage",
        }
    }
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NoText => "for example `cmpm memory add \"Moving a page breaks the links to it\" --category pattern`".into(),
            Self::NoPlace { .. } => "a place is a file, `FILE:10-20` or `FILE#symbol`, in a file that is there".into(),
            Self::Empty { .. } => "leave it out".into(),
            Self::Date { .. } => "write it like 2026-12-24".into(),
            Self::Nul { .. } => "take it out of the text".into(),
            Self::Budget { least, .. } => format!("give at least `--budget {least}`"),
            Self::NoSuccessor { old } => format!("a new text: `cmpm memory supersede {old} \"…\"`, or a memory that is there: `--by ID`"),
            Self::Itself { .. } => "name another one with `--by`, or say with a text what holds now".into(),
            Self::NoWork => "name a ticket with `--ticket`, files with `--paths`, or say in words what the work is about".into(),
            Self::NothingToChange => "give a text to add, or `--title`, `--tag`, …; `cmpm memory edit --help` has them all".into(),
            Self::UnknownCategory { known, .. } => {
                format!("use one of {}, or add yours under `memory.categories` in .cmpm/config.yaml", known.join(", "))
            }
            Self::Confidence { .. } => "0.9 is nearly certain, 0.5 a guess".into(),
            Self::BadId { .. } => "ids look like TSK-7k3m9x2p".into(),
            Self::Length { .. } => "`memory.min_length` and `memory.max_length` in .cmpm/config.yaml decide".into(),
            Self::Secret { rule, .. } => {
                format!("say where it is kept instead; if it is none, `cmpm check --explain {rule}` says how to allow it")
            }
            Self::Required { key, .. } => format!("give it with `--set {key}=…`, or as a key of the line"),
            Self::UnknownKey { key } if key == "id" => "a new memory gets its own id; `cmpm memory import` keeps those of others".into(),
            Self::UnknownKey { .. } => "`cmpm memory add --help` names the keys; a category can demand others in the settings".into(),
            Self::Line { cause, .. } | Self::Lesson { cause, .. } | Self::Kept { cause, .. } => return cause.hints(),
            Self::Obstacle { obstacle } => format!("make {obstacle} a folder"),
            Self::NoLesson { run, .. } => format!("`cmpm memory learn {run}` lists them"),
            Self::NoPage { .. } => "a page lands when its run is approved or rejected; `cmpm delegate list --all` shows the runs".into(),
            Self::ManyRuns { candidates, .. } => format!("name one of {}", candidates.join(", ")),
            Self::NotJson { .. } => "one object a line, such as {\"text\": \"Use tabs\", \"category\": \"team\"}".into(),
            Self::NotText { .. } => "save it as UTF-8; nothing was written".into(),
            Self::Unexpected { id, .. } | Self::NoExpectation { id } => format!("`cmpm memory show {id}` shows the text and its hash"),
            Self::Cycle { old, .. } => format!("`cmpm memory show {old}` says what replaces what"),
            Self::NotForgotten { .. } => "give the whole id; `git log --diff-filter=D -- .cmpm/memory` shows what was removed".into(),
            Self::NotGone { .. } => "`cmpm memory show` shows it".into(),
            Self::UnclearFormat { .. } => "name it: `--from markdown`, `--from adr`, …".into(),
        };
        vec![hint]
    }
}
