//! The keys of a memory as `memory edit` changes them.

use crate::base::Timestamp;
use crate::base::date::written_out;
use crate::base::glob::Globs;
use crate::document::Value;
use crate::report::prelude::*;
use crate::store::{Store, Stored};

use super::super::add::pair;
use super::super::file::remember::{check_date, check_lists};
use super::super::model;
use super::details::Details;
use super::{ContentError, Memory};

// No doc comment on the struct: clap would take it for the help of the verb that it is a part of.
#[derive(Debug, Default, Args)]
pub struct Keys {
    /// A new title
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Another category; the file moves to its folder
    #[arg(long, value_name = "CATEGORY", add = Takes::Category)]
    category: Option<String>,
    /// How certain it is now, from 0 to 1
    #[arg(long, value_name = "NUMBER")]
    confidence: Option<f64>,
    /// The day after which it no longer applies
    #[arg(long, value_name = "DATE")]
    valid_until: Option<String>,
    /// Add a tag; may be given again
    #[arg(long, short, value_name = "TAG", add = Takes::Tag)]
    tag: Vec<String>,
    /// Remove a tag; may be given again
    #[arg(long, value_name = "TAG", add = Takes::Tag)]
    remove_tag: Vec<String>,
    /// Add a language, library or tool; may be given again
    #[arg(long, value_name = "NAME", add = Takes::Tech)]
    tech: Vec<String>,
    /// Add a glob of files it is about; may be given again
    #[arg(long, value_name = "GLOB")]
    scope: Vec<String>,
    /// Another key that the category requires; may be given again
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    other: Vec<(String, String)>,
    #[command(flatten)]
    details: Box<Details>,
}

impl Keys {
    /// Writes out a day that was named from today on.
    pub fn date(&mut self, now: Timestamp) {
        self.valid_until = self.valid_until.take().map(|day| written_out(&day, now));
    }

    /// Whether nothing is to be changed.
    pub fn is_empty(&self) -> bool {
        let texts = [&self.title, &self.category, &self.valid_until];
        let lists = [&self.tag, &self.remove_tag, &self.tech, &self.scope];
        let none_given = self.other.is_empty() && self.details.present().next().is_none() && self.confidence.is_none();
        none_given && texts.iter().all(|text| text.is_none()) && lists.iter().all(|list| list.is_empty())
    }

    /// Refuses what no memory could have.
    pub fn check(&self, store: &Store) -> Result<()> {
        if let Some(confidence) = self.confidence.filter(|number| !(0.0..=1.0).contains(number)) {
            return Err(ContentError::Confidence { confidence }.into());
        }
        if let Some(category) = &self.category {
            model::require_category(category, store.config())?;
        }
        check_date(self.valid_until.as_deref())?;
        check_lists(&self.tag, &self.tech)?;
        Ok(Globs::check(&self.scope)?)
    }

    /// Changes the keys of a memory; one of another category moves to the folder of that.
    /// Refuses a key that its category does not demand, and a file that cannot be changed so that everything else stays.
    pub fn set(&self, stored: &mut Stored<Memory>, store: &Store) -> Result<()> {
        let category = self.category.as_ref().map(|category| model::require_category(category, store.config())).transpose()?;
        let demanded = store.config().memory.categories.required(category.as_ref().unwrap_or(&stored.record.category));
        if let Some((key, _)) = self.other.iter().find(|(key, _)| !demanded.contains(key)) {
            return Err(ContentError::UnknownKey { key: key.clone() }.into());
        }
        let title = self.title.as_deref().map(text::one_line).filter(|title| !title.is_empty());
        for (key, text) in [("title", title), ("category", category), ("valid_until", self.valid_until.clone())] {
            if let Some(text) = text {
                stored.set(key, &Value::from(text))?;
            }
        }
        for (key, value) in &self.other {
            stored.set(key, &Value::from(value.as_str()))?;
        }
        for detail in self.details.present() {
            stored.set(detail.key, &detail.content.value())?;
        }
        if let Some(confidence) = self.confidence {
            stored.set("confidence", &Value::from(confidence))?;
        }
        for (key, add, remove) in
            [("tags", &self.tag, &self.remove_tag), ("tech", &self.tech, &Vec::new()), ("scope", &self.scope, &Vec::new())]
        {
            let old = stored.document.texts(key);
            let mut new: Vec<String> = old.iter().filter(|text| !remove.contains(text)).cloned().collect();
            new.extend(add.iter().filter(|text| !old.contains(text)).cloned());
            if new != old {
                stored.set(key, &Value::texts(new))?;
            }
        }
        if self.category.is_some() {
            move_to_category(stored, store);
        }
        Ok(())
    }
}

/// The place in its category's folder; the folders it has below that of its old category stay.
fn move_to_category(stored: &mut Stored<Memory>, store: &Store) {
    let top = &store.config().paths.memory;
    let target = top.join(&stored.document.text("category").unwrap_or_default());
    if stored.path.is_below(&target) {
        return;
    }
    let below = |folder: &RepoPath| stored.path.as_bytes().strip_prefix(folder.as_bytes())?.strip_prefix(b"/").map(<[u8]>::to_vec);
    let rest = below(&top.join(&stored.record.category)).or_else(|| below(top));
    if let Some(path) = rest.and_then(|rest| RepoPath::parse([target.as_bytes(), &rest].join(&b'/'))) {
        stored.path = path;
    }
}
