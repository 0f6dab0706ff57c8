//! A memory on its way to a file: what flags, lines of JSON and importers have in common, and the form that is exported.

use serde_json::{Map, Value as Json};

use crate::config::Config;
use crate::document::{Document, Node, Value, render_new};
use crate::report::prelude::*;
use crate::store::Stored;

use super::super::model;
use super::super::model::details::Details;
use super::super::model::{Anchor, ContentError, Memory, Provenance};

/// A memory as JSON has it: one object with the keys of the file, and `text` for its body.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Draft {
    /// The id it has had; a new one is made where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// project, pattern, team, error, or one of the project's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// One line; the beginning of the text where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is worth knowing, in Markdown.
    pub text: String,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Languages, libraries and tools it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tech: Vec<String>,
    /// Globs of the files it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<String>,
    /// How certain it is, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Places in the code it was true of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<Anchor>,
    /// Where it comes from.
    #[serde(skip_serializing_if = "is_default")]
    pub source: Provenance,
    /// What taints it; of imports only cmpm says that.
    #[serde(skip)]
    pub tainted: Option<String>,
    /// Memories that it replaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<String>,
    /// The day after which it no longer applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// When it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Other ids it answers to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// What its category adds.
    #[serde(flatten)]
    pub details: Details,
    /// Every other key.
    #[serde(flatten)]
    pub more: Map<String, Json>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A draft that has become a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub id: Id,
    /// Its category, as this project writes it.
    pub category: String,
    /// One line.
    pub title: String,
    pub path: RepoPath,
    /// The whole file.
    pub text: String,
}

/// Keys of a file that are a field of [`Draft`] or of [`Details`].
pub const KEYS: [&str; 26] = [
    "id",
    "category",
    "title",
    "tags",
    "tech",
    "scope",
    "confidence",
    "anchors",
    "source",
    "tainted",
    "supersedes",
    "valid_until",
    "created",
    "author",
    "aliases",
    "decision",
    "rationale",
    "outcome",
    "pattern_type",
    "use_cases",
    "standard",
    "applies_to",
    "error_type",
    "signature",
    "resolution",
    "prevention",
];

impl Draft {
    /// What a file says.
    pub fn of(stored: &Stored<Memory>) -> Self {
        let memory = &stored.record;
        let mut more = rest_of(&stored.document);
        more.retain(|key, _| !KEYS.contains(&key.as_str()));
        Self {
            id: Some(memory.id.to_string()),
            category: Some(memory.category.clone()),
            title: Some(memory.title.clone()),
            text: stored.document.body().trim_matches(['\n', '\r']).trim_end().to_owned(),
            tags: memory.tags.clone(),
            tech: memory.tech.clone(),
            scope: memory.scope.clone(),
            confidence: memory.confidence,
            anchors: memory.anchors.clone(),
            source: memory.source.clone(),
            tainted: memory.tainted.clone(),
            supersedes: memory.supersedes.clone(),
            valid_until: memory.valid_until.clone(),
            created: memory.created.clone(),
            author: memory.author.clone(),
            aliases: memory.aliases.clone(),
            details: memory.details.clone().into_inner(),
            more,
        }
    }

    /// The category that is meant: the one named, else the one whose keys are there, else project.
    pub fn require_category(&self, config: &Config) -> Result<String, ContentError> {
        let implied = || self.details.present().map(|detail| detail.category).next().unwrap_or(model::CATEGORIES[0]);
        model::require_category(self.category.as_deref().unwrap_or_else(implied), config)
    }

    /// The line that stands for it.
    pub fn heading(&self) -> String {
        let title = text::one_line(self.title.as_deref().unwrap_or_default());
        if title.is_empty() { model::title_of(&self.text) } else { title }
    }

    /// The file it becomes.
    pub fn page(&self, id: Id, config: &Config) -> Result<Page, ContentError> {
        let (category, title) = (self.require_category(config)?, self.heading());
        let slug = text::file_slug(&title, 60);
        let name = if slug.is_empty() { format!("{id}.md") } else { format!("{id}-{slug}.md") };
        let path = config.paths.memory.join(&category).join(&name);
        let fields = self.fields(&id, &category, &title);
        let fields: Vec<(&str, Value)> = fields.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        let text = render_new(&fields, self.text.trim_end());
        Ok(Page { id, category, title, path, text })
    }

    fn fields(&self, id: &Id, category: &str, title: &str) -> Vec<(String, Value)> {
        let text = |key: &str, text: &Option<String>| text.as_deref().map(|text| (key.to_owned(), Value::from(text)));
        let texts = |key: &str, texts: &[String]| (!texts.is_empty()).then(|| (key.to_owned(), Value::texts(texts.iter().cloned())));
        let mut fields = vec![("id", id.as_str()), ("category", category), ("title", title)]
            .into_iter()
            .map(|(key, value)| (key.to_owned(), Value::from(value)))
            .collect::<Vec<_>>();
        fields.extend([texts("tags", &self.tags), texts("tech", &self.tech), texts("scope", &self.scope)].into_iter().flatten());
        fields.extend(self.confidence.map(|confidence| ("confidence".to_owned(), Value::from(confidence))));
        let anchors = serde_json::json!(self.anchors);
        fields.extend((!self.anchors.is_empty()).then(|| ("anchors".to_owned(), Value::from(anchors))));
        fields.extend(source_value(&self.source).map(|value| ("source".to_owned(), value)));
        fields.extend(
            [text("tainted", &self.tainted), texts("supersedes", &self.supersedes), text("valid_until", &self.valid_until)]
                .into_iter()
                .flatten(),
        );
        fields.extend(self.details.present().map(|detail| (detail.key.to_owned(), detail.content.value())));
        let known = |key: &str| KEYS.contains(&key) || key == "text";
        fields.extend(self.more.iter().filter(|(key, _)| !known(key)).map(|(key, value)| (key.clone(), Value::from(value.clone()))));
        let last = [text("created", &self.created), text("author", &self.author), texts("aliases", &self.aliases)];
        fields.extend(last.into_iter().flatten());
        fields
    }
}

fn source_value(source: &Provenance) -> Option<Value> {
    let known = source.entries().into_iter().filter_map(|(key, text)| Some((key.to_owned(), Value::from(text?))));
    Some(known.collect::<Vec<_>>()).filter(|known| !known.is_empty()).map(Value::Map)
}

/// Every key of a front matter as JSON, in the order written; the first of two wins.
pub fn rest_of(document: &Document) -> Map<String, Json> {
    let mut rest = Map::new();
    for field in document.fields() {
        rest.entry(field.key.clone()).or_insert_with(|| json_of(&field.node));
    }
    rest
}

/// Front matter as JSON; scalars are texts, as they were written.
fn json_of(node: &Node) -> Json {
    match node {
        Node::Null => Json::Null,
        Node::Scalar(text) => Json::String(text.clone()),
        Node::List(items) => items.iter().map(json_of).collect(),
        Node::Map(entries) => Json::Object(entries.iter().map(|(key, node)| (key.clone(), json_of(node))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::nouns::memory::testing::memory;

    /// What a draft is read as once it was written.
    fn read_back(draft: &Draft) -> Draft {
        let page = draft.page(Id::parse("MEM-1").unwrap(), &Config::default()).unwrap();
        let mut stored = memory("MEM-1", "x", "");
        stored.document = Document::parse(page.text.clone().into_bytes());
        let entry = crate::store::Entry { path: &page.path, document: &stored.document, config: &Config::default() };
        stored.record = <Memory as crate::store::Record>::read(&entry, &mut Vec::new()).unwrap();
        Draft::of(&stored)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn whatever_is_written_is_read_again(
            text in "[ -~\n\té\u{2028}]{1,120}", title in "[!-~é][ -~é]{0,40}[!-~]", tags in prop::collection::vec("[ -~]{0,8}[!-~]", 0..3)
        ) {
            let text = text.trim_matches('\n').trim_end().to_owned();
            let title = Some(text::one_line(&title));
            let id = Some("MEM-1".to_owned());
            let draft = Draft { id, category: Some("team".to_owned()), title, text, tags, ..Draft::default() };
            prop_assert_eq!(read_back(&draft), draft);
        }
    }

    #[test]
    fn a_file_and_its_json_say_the_same() {
        let line = r#"{"id":"MEM-1","category":"error","title":"Links: broken","text":"--- not a fence\n\n# Body",
            "tags":["a: b","@c"],"confidence":0.5,"anchors":[{"path":"src/a.rs","symbol":"f"}],"source":{"from":"mem0","external":"7"},
            "valid_until":"2026-01-01","created":"yesterday","signature":"E1","prevention":["x"],"weight":"115","deep":{"a":["b"]}}"#;
        let draft: Draft = serde_json::from_str(line).unwrap();
        assert_eq!(draft.more.keys().collect::<Vec<_>>(), ["weight", "deep"]);
        assert_eq!(read_back(&draft), draft);
        let page = draft.page(Id::parse("MEM-1").unwrap(), &Config::default()).unwrap();
        assert_eq!(page.path.lossy(), ".cmpm/memory/error/MEM-1-links-broken.md");
    }
}
