//! A memory from its file. What can be shown is shown; what is missing becomes a finding.

use std::collections::BTreeMap;

use crate::base::date::parse_moment;
use crate::base::{Finding, Id, RepoPath, Rule, Severity, text};
use crate::config::Config;
use crate::document::{Document, Node, markdown};
use crate::store::{Entry, Record};

use super::super::model;
use super::super::model::details::Details;
use super::super::model::{Anchor, Memory, Provenance};
use super::draft::KEYS;
use super::gate::missing_key;

impl Record for Memory {
    const NOUN: &'static str = "memory";

    fn folders(config: &Config) -> Vec<RepoPath> {
        vec![config.paths.memory.clone()]
    }

    fn is_member(_: &RepoPath) -> bool {
        true
    }

    fn read(entry: &Entry<'_>, findings: &mut Vec<Finding>) -> Result<Self, Finding> {
        let (path, document) = (entry.path, entry.document);
        let id = id_of(path, document, findings)?;
        let title = title_of(path, document, findings).unwrap_or_else(|| id.to_string());
        let source = |key: &str| document.field("source").and_then(|field| text_in(&field.node, key));
        let category = category_of(entry, findings);
        if let Some(key) = missing_key(document, entry.config.memory.categories.required(&category)) {
            let message = format!("a memory of category `{category}` must have `{key}`");
            let finding = Finding::new(Rule::MissingKey, Severity::Error, path.clone(), message).at(line_of(document, "category"));
            findings.push(finding.hint(format!("add `{key}:`; `memory.categories` in .cmpm/config.yaml demands it")));
        }
        Ok(Self {
            category,
            title,
            tags: document.texts("tags"),
            tech: document.texts("tech"),
            scope: document.texts("scope"),
            confidence: confidence_of(path, document, findings),
            anchors: document.field("anchors").map(|field| anchors_in(&field.node)).unwrap_or_default(),
            source: Provenance {
                agent: source("agent"),
                run: source("run"),
                ticket: source("ticket"),
                commit: source("commit"),
                project: source("project"),
                from: source("from"),
                external: source("external"),
                digest: source("digest"),
            },
            tainted: document.text("tainted").filter(|word| !word.trim().is_empty()),
            supersedes: document.texts("supersedes"),
            valid_until: valid_until_of(path, document, findings),
            created: document.text("created"),
            author: document.text("author"),
            aliases: document.texts("aliases"),
            details: Details::read(document).into(),
            other: others_in(document),
            id,
        })
    }

    fn headline(&self) -> &str {
        &self.title
    }

    fn id(&self) -> &Id {
        &self.id
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }
}

/// The file's own word, else its name.
fn id_of(path: &RepoPath, document: &Document, findings: &mut Vec<Finding>) -> Result<Id, Finding> {
    if let Some(text) = document.text("id") {
        return Id::parse(&text).ok_or_else(|| {
            let finding = Finding::new(Rule::BadId, Severity::Error, path.clone(), format!("`{text}` is not a valid id"));
            finding.at(line_of(document, "id")).hint("one word of letters, digits, `-`, `_` and `.`")
        });
    }
    let Some(id) = id_in_name(&path.name()) else {
        let message = "neither the front matter nor the file's name has an id, so it is not read as a memory";
        let severity = if document.fields().is_empty() { Severity::Note } else { Severity::Error };
        let finding = Finding::new(Rule::NotAMemory, severity, path.clone(), message).at(1);
        return Err(finding.hint("give it `id:`, `category:` and `title:` between `---` lines, or move it elsewhere"));
    };
    findings.push(missing(path, "id", &format!("`id: {id}`, as its name says")));
    Ok(id)
}

/// `MEM-c9w2k1ra` of `MEM-c9w2k1ra-links.md`.
fn id_in_name(name: &str) -> Option<Id> {
    let mut parts = name.split(['-', '.']);
    let (prefix, rest) = (parts.next()?, parts.next()?);
    let fits = prefix.eq_ignore_ascii_case("MEM") && !rest.is_empty() && rest != "md";
    fits.then(|| Id::parse(&format!("{prefix}-{rest}"))).flatten()
}

fn title_of(path: &RepoPath, document: &Document, findings: &mut Vec<Finding>) -> Option<String> {
    if let Some(title) = document.text("title") {
        return Some(title);
    }
    findings.push(missing(path, "title", "one line that says what is worth knowing"));
    let heading = markdown::title(document.body());
    heading.or_else(|| Some(model::title_of(document.body()))).filter(|title| !title.trim().is_empty())
}

/// The file's own word, else its folder.
fn category_of(entry: &Entry<'_>, findings: &mut Vec<Finding>) -> String {
    let written = entry.document.text("category");
    let folder =
        || Some(entry.path.parent()).filter(|folder| *folder != entry.config.paths.memory).map(|folder| folder.name().into_owned());
    let Some(word) = written.or_else(folder) else {
        findings.push(missing(entry.path, "category", "project, pattern, team or error"));
        return model::CATEGORIES[0].to_owned();
    };
    model::require_category(&word, entry.config).unwrap_or_else(|error| {
        let finding = Finding::new(Rule::UnknownCategory, Severity::Warning, entry.path.clone(), error.to_string());
        findings.push(finding.at(line_of(entry.document, "category")).hint("add it under `memory.categories` in .cmpm/config.yaml"));
        word
    })
}

fn confidence_of(path: &RepoPath, document: &Document, findings: &mut Vec<Finding>) -> Option<f64> {
    let text = document.text("confidence")?;
    let confidence = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    if confidence.is_none() {
        let finding = Finding::new(Rule::BadConfidence, Severity::Warning, path.clone(), format!("`{text}` is not a number from 0 to 1"));
        findings.push(finding.at(line_of(document, "confidence")));
    }
    confidence
}

fn valid_until_of(path: &RepoPath, document: &Document, findings: &mut Vec<Finding>) -> Option<String> {
    let text = document.text("valid_until").filter(|text| !text.is_empty())?;
    if parse_moment(&text).is_none() {
        let message = format!("`{}` is not a date, so this memory never expires", text::fit(&text::one_line(&text), 60));
        let finding = Finding::new(Rule::BadDate, Severity::Warning, path.clone(), message);
        findings.push(finding.at(line_of(document, "valid_until")).hint("write it like 2026-12-24"));
    }
    Some(text)
}

fn anchors_in(node: &Node) -> Vec<Anchor> {
    let single = std::slice::from_ref(node);
    let items = if node.items().is_empty() { single } else { node.items() };
    let anchor = |item: &Node| {
        let path = item.as_text().map(str::to_owned).or_else(|| text_in(item, "path"))?;
        Some(Anchor { path, blob: text_in(item, "blob"), symbol: text_in(item, "symbol"), lines: text_in(item, "lines") })
    };
    items.iter().filter_map(anchor).collect()
}

/// The keys that have no meaning of their own here; of two the first counts.
fn others_in(document: &Document) -> BTreeMap<String, Vec<String>> {
    let mut others = BTreeMap::new();
    for field in document.fields().iter().filter(|field| !KEYS.contains(&field.key.as_str())) {
        if !others.contains_key(&field.key) {
            collect(&field.key, &field.node, &mut others);
        }
    }
    others
}

fn collect(key: &str, node: &Node, others: &mut BTreeMap<String, Vec<String>>) {
    match node {
        Node::Null => drop(others.entry(key.to_owned()).or_default()),
        Node::Scalar(text) => others.entry(key.to_owned()).or_default().push(text.clone()),
        Node::List(items) => items.iter().for_each(|item| collect(key, item, others)),
        Node::Map(entries) => entries.iter().for_each(|(inner, node)| collect(&format!("{key}.{inner}"), node, others)),
    }
}

fn text_in(node: &Node, key: &str) -> Option<String> {
    node.find(key)?.as_text().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn line_of(document: &Document, key: &str) -> u32 {
    document.field(key).map_or(1, |field| field.line)
}

fn missing(path: &RepoPath, key: &str, hint: &str) -> Finding {
    let finding = Finding::new(Rule::MissingKey, Severity::Error, path.clone(), format!("the front matter has no `{key}`"));
    finding.at(1).hint(format!("add `{key}:` ({hint})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> (Result<Memory, Finding>, Vec<String>) {
        let (path, document, mut findings) = (RepoPath::parse(path).unwrap(), Document::parse(text.into()), Vec::new());
        let memory = Memory::read(&Entry { path: &path, document: &document, config: &Config::default() }, &mut findings);
        (memory, findings.into_iter().map(|finding| format!("{}:{}", finding.rule, finding.line.unwrap_or(0))).collect())
    }

    #[test]
    fn every_key_is_read() {
        let text = "---\nid: MEM-1\ncategory: error\ntitle: Links\ntags: [docs, links]\nconfidence: 0.8\n\
                    anchors:\n  - {path: a.md, symbol: top}\n  - b.md\nsource: {run: RUN-1, agent: docs}\n\
                    signature: E0308\nresolution: one thing\nsupersedes: MEM-0\n---\n\nBody.\n";
        let (memory, findings) = read(".cmpm/memory/pattern/x.md", text);
        let memory = memory.unwrap();
        assert_eq!((memory.category.as_str(), memory.confidence, findings), ("error", Some(0.8), vec![]));
        assert_eq!(memory.anchors[0].symbol.as_deref(), Some("top"));
        assert_eq!(memory.anchors[1], Anchor { path: "b.md".into(), blob: None, symbol: None, lines: None });
        assert_eq!((memory.source.run.as_deref(), memory.source.agent.as_deref()), (Some("RUN-1"), Some("docs")));
        assert_eq!((memory.details.resolution.clone(), memory.supersedes), (vec!["one thing".to_owned()], vec!["MEM-0".to_owned()]));
    }

    #[test]
    fn what_is_missing_is_found_elsewhere_and_told() {
        let (memory, findings) = read(".cmpm/memory/team/MEM-ab12-tabs.md", "# Use tabs\n\nAlways.\n");
        let memory = memory.unwrap();
        assert_eq!((memory.id.as_str(), memory.title.as_str(), memory.category.as_str()), ("MEM-ab12", "Use tabs", "team"));
        assert_eq!(findings, ["missing-key:1", "missing-key:1"]);
        let (memory, findings) = read(".cmpm/memory/MEM-1.md", "---\nid: MEM-1\ntitle: x\nconfidence: high\n---\n");
        assert_eq!((memory.unwrap().category.as_str(), findings), ("project", vec!["missing-key:1".into(), "bad-confidence:4".into()]));
        let (memory, findings) = read(".cmpm/memory/misc/MEM-1.md", "---\nid: MEM-1\ntitle: x\n---\n");
        assert_eq!((memory.unwrap().category.as_str(), findings), ("misc", vec!["unknown-category:1".into()]));
    }

    #[test]
    fn a_damaged_file_is_still_a_memory() {
        let (memory, _) = read(".cmpm/memory/team/x.md", "---\nid: MEM-1\ntitle: @tabs: always\ntags: [a\n");
        assert_eq!(memory.unwrap().title, "@tabs: always");
    }

    #[test]
    fn a_file_without_any_id_is_none() {
        assert_eq!(read(".cmpm/memory/README.md", "# Memory\n").0.unwrap_err().severity, Severity::Note);
        assert_eq!(read(".cmpm/memory/team/x.md", "---\ntitle: x\n---\n").0.unwrap_err().severity, Severity::Error);
        assert_eq!(read(".cmpm/memory/team/x.md", "---\nid: a b\n---\n").0.unwrap_err().rule, "bad-id");
        assert_eq!(read(".cmpm/memory/team/MEM-.md", "x").0.unwrap_err().rule, "not-a-memory");
    }
}
