//! `cmpm memory supersede`

use crate::base::{Explain, Explained};
use crate::document::Value;
use crate::report::prelude::*;
use crate::store::Stored;

use super::file::draft::Draft;
use super::file::remember::Remembering;
use super::model::{ContentError, Memory};

/// Replace a memory with another one
///
/// The old one stays readable but ranks last. The new one is named with `--by`, or written at once: then it has the category,
/// tags, tech and scope of the old one.
/// Example: `cmpm memory supersede MEM-c9w "Releases are cut on Mondays."`
#[derive(Debug, Args)]
pub struct Supersede {
    /// Memory that no longer applies
    #[arg(add = Takes::Memory)]
    old: String,
    /// What applies now; `-` reads it from standard input
    #[arg(conflicts_with = "by", allow_hyphen_values = true)]
    text: Option<String>,
    /// The memory that replaces it
    #[arg(long, value_name = "ID", add = Takes::Memory)]
    by: Option<String>,
    /// Commit what was written
    #[arg(long)]
    commit: bool,
}

/// A memory that was replaced.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Superseded {
    old: Id,
    by: Id,
    title: String,
    /// Whether any byte was written.
    changed: bool,
}

#[derive(Debug, thiserror::Error)]
enum SupersedeError {
    #[error("say what replaces {old}")]
    NoSuccessor { old: String },
    #[error("{id} cannot replace itself")]
    Itself { id: String },
    /// It would replace itself in a circle.
    #[error("{new} is itself replaced by {old}, so it cannot replace it")]
    Circle { old: String, new: String },
}

impl Explain for SupersedeError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoSuccessor { old } => Explained::wrong("usage")
                .hint(format!("a new text: `cmpm memory supersede {old} \"…\"`, or a memory that is there: `--by ID`")),
            Self::Itself { .. } => Explained::wrong("usage").hint("name another one with `--by`, or say with a text what applies now"),
            Self::Circle { old, .. } => Explained::wrong("usage").hint(format!("`cmpm memory show {old}` says what replaces what")),
        }
    }
}

impl Verb for Supersede {
    type Report = WithFindings<Superseded>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<WithFindings<Superseded>> {
        match (&self.by, &self.text) {
            (Some(by), _) => self.by_known(context, by),
            (None, Some(text)) if text == "-" => self.by_new(context, context.read_input()?),
            (None, Some(text)) => self.by_new(context, text.clone()),
            (None, None) => Err(SupersedeError::NoSuccessor { old: text::one_line(&self.old) }.into()),
        }
    }
}

impl Supersede {
    fn by_new(&self, context: &Context, text: String) -> Result<WithFindings<Superseded>> {
        let mut remembering = Remembering::begin(context, "memory supersede")?;
        let Draft { id, category, tags, tech, scope, details, more, .. } =
            Draft::of(&context.store()?.require::<Memory>(&context.name_of(&self.old))?);
        let old = id.and_then(|id| Id::parse(&id)).ok_or(ContentError::NoText)?;
        let demanded = context.config()?.memory.categories.required(category.as_deref().unwrap_or_default());
        let more = more.into_iter().filter(|(key, _)| demanded.contains(key)).collect();
        let supersedes = vec![old.to_string()];
        remembering.add(Draft { category, text, tags, tech, scope, details, more, supersedes, ..Draft::default() })?;
        let new = remembering.pages.first().map(|page| (page.id.clone(), page.title.clone()));
        let (by, title) = new.ok_or(ContentError::NoText)?;
        let similar = remembering.finish(false, self.commit)?.into_iter();
        let findings = similar.filter(|finding| !finding.message.starts_with(old.as_str())).collect();
        Ok(Superseded { old, by, title, changed: true }.with(findings))
    }

    fn by_known(&self, context: &Context, by: &str) -> Result<WithFindings<Superseded>> {
        let store = context.store()?;
        let scan = store.list::<Memory>(&store.work_tree());
        let (old, new) = (&scan.find(&context.name_of(&self.old))?.record, &scan.find(&context.name_of(by))?.record);
        if old.id == new.id {
            return Err(SupersedeError::Itself { id: old.id.to_string() }.into());
        }
        if reaches(&scan.records, &old.id, &new.id) {
            return Err(SupersedeError::Circle { old: old.id.to_string(), new: new.id.to_string() }.into());
        }
        let ready = context.ready_to_commit(self.commit)?;
        let (stored, written) = store.update::<Memory>("memory supersede", new.id.as_str(), |stored, _| {
            let mut list = stored.document.texts("supersedes");
            if !list.iter().any(|text| old.id.is(text) || old.aliases.contains(text)) {
                list.push(old.id.to_string());
                stored.set("supersedes", &Value::texts(list))?;
            }
            Ok(())
        })?;
        ready.commit_paths(&written, &format!("memory {} replaces {}", new.id, old.id))?;
        let (title, changed) = (stored.record.title, !written.is_empty());
        Ok(Superseded { old: old.id.clone(), by: new.id.clone(), title, changed }.with(Vec::new()))
    }
}

/// Whether `from` replaces `to`, at once or by way of others.
fn reaches(records: &[Stored<Memory, ()>], from: &Id, to: &Id) -> bool {
    let mut seen: Vec<&Id> = vec![from];
    let mut next = 0;
    while let Some(id) = seen.get(next).copied() {
        if id == to {
            return true;
        }
        let named = records.iter().find(|stored| stored.record.id == *id).map_or(&[][..], |stored| &stored.record.supersedes);
        let known = |name: &String| {
            let is_meant = |stored: &&Stored<Memory, ()>| stored.record.id.is(name) || stored.record.aliases.contains(name);
            records.iter().find(is_meant).map(|stored| &stored.record.id)
        };
        let new: Vec<&Id> = named.iter().filter_map(known).filter(|id| !seen.contains(id)).collect();
        seen.extend(new);
        next += 1;
    }
    false
}

impl Report for Superseded {
    const SCHEMA: &'static str = "cmpm.memory.supersede/1";

    fn render(&self, screen: &Screen) -> String {
        let (old, by) = (screen.paint(Tone::Key, self.old.as_str()), screen.paint(Tone::Key, self.by.as_str()));
        let word = if self.changed { "is replaced by" } else { "was replaced before by" };
        format!("{old} {word} {by}: {}\n", text::one_line(&self.title))
    }
}
