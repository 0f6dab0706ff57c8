//! What the categories add to a memory: the same struct is the flags of `memory add`, the keys in files, and the keys in JSON.

use std::sync::LazyLock;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::rare::Nothing;
use crate::document::{Document, Value};

// No doc comment on the struct: clap would take it for the help of the verb that it is a part of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Details {
    /// What was decided (project)
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "What a category adds")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// Why (project)
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "What a category adds")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rationale: Option<String>,
    /// What came of it (project)
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "What a category adds")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// What sort of pattern it is (pattern)
    #[arg(long, value_name = "WORD", help_heading = "What a category adds")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern_type: Option<String>,
    /// Where the pattern is of use (pattern); may be given again
    #[arg(long = "use-case", value_name = "TEXT", allow_hyphen_values = true, help_heading = "What a category adds")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub use_cases: Vec<String>,
    /// The rule (team)
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "What a category adds")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard: Option<String>,
    /// What the rule is for (team); may be given again
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "What a category adds")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub applies_to: Vec<String>,
    /// What sort of error it is (error)
    #[arg(long, value_name = "WORD", help_heading = "What a category adds")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// How the error shows itself, such as its message (error)
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "What a category adds")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// What fixed it (error); may be given again
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "What a category adds")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resolution: Vec<String>,
    /// What keeps it from coming back (error); may be given again
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "What a category adds")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prevention: Vec<String>,
}

/// One of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detail<'a> {
    /// The category that has this key; nothing keeps another one from using it.
    pub category: &'static str,
    pub key: &'static str,
    pub content: Content<'a>,
}

/// The value of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    Text(&'a str),
    /// Several.
    Texts(&'a [String]),
}

impl Nothing for Details {
    fn nothing() -> &'static Self {
        static NOTHING: LazyLock<Details> = LazyLock::new(Details::default);
        &NOTHING
    }
}

impl Details {
    /// Reads the keys of a file.
    pub fn read(document: &Document) -> Self {
        let (text, texts) = (|key| document.text(key), |key| document.texts(key));
        Self {
            decision: text("decision"),
            rationale: text("rationale"),
            outcome: text("outcome"),
            pattern_type: text("pattern_type"),
            use_cases: texts("use_cases"),
            standard: text("standard"),
            applies_to: texts("applies_to"),
            error_type: text("error_type"),
            signature: text("signature"),
            resolution: texts("resolution"),
            prevention: texts("prevention"),
        }
    }

    /// What is there, in the order in which it is written.
    pub fn present(&self) -> impl Iterator<Item = Detail<'_>> {
        let all = [
            ("project", "decision", Content::text(&self.decision)),
            ("project", "rationale", Content::text(&self.rationale)),
            ("project", "outcome", Content::text(&self.outcome)),
            ("pattern", "pattern_type", Content::text(&self.pattern_type)),
            ("pattern", "use_cases", Content::several(&self.use_cases)),
            ("team", "standard", Content::text(&self.standard)),
            ("team", "applies_to", Content::several(&self.applies_to)),
            ("error", "error_type", Content::text(&self.error_type)),
            ("error", "signature", Content::text(&self.signature)),
            ("error", "resolution", Content::several(&self.resolution)),
            ("error", "prevention", Content::several(&self.prevention)),
        ];
        all.into_iter().filter_map(|(category, key, content)| Some(Detail { category, key, content: content? }))
    }
}

impl<'a> Content<'a> {
    fn text(text: &'a Option<String>) -> Option<Self> {
        text.as_deref().filter(|text| !text.trim().is_empty()).map(Self::Text)
    }

    fn several(texts: &'a [String]) -> Option<Self> {
        (!texts.is_empty()).then_some(Self::Texts(texts))
    }

    pub fn texts(self) -> Vec<&'a str> {
        match self {
            Self::Text(text) => vec![text],
            Self::Texts(texts) => texts.iter().map(String::as_str).collect(),
        }
    }

    /// As it is written to a file.
    pub fn value(self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.trim_end()),
            Self::Texts(texts) => Value::texts(texts.iter().cloned()),
        }
    }
}
