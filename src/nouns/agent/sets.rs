//! Names for sets of files, so that an agent file says `@tests` and means the globs of every language.

use crate::document::Document;

const SETS: &str = include_str!("../../../templates/roles/sets.yaml");

#[derive(Debug)]
pub struct Sets(Document);

impl Sets {
    /// The sets that are part of cmpm.
    pub fn built_in() -> Self {
        Self(Document::parse_yaml(SETS.into()))
    }

    /// The globs of a set; `None` if there is no such set.
    pub fn find(&self, name: &str) -> Option<Vec<String>> {
        Some(self.0.texts(name)).filter(|globs| !globs.is_empty())
    }

    /// The names of all sets, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.fields().iter().map(|field| field.key.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::glob::Globs;

    #[test]
    fn every_set_holds_globs_and_nothing_else() {
        let sets = Sets::built_in();
        assert!(sets.0.is_strict() && sets.names().count() > 10);
        for name in sets.names() {
            let globs = sets.find(name).unwrap();
            assert!(globs.iter().all(|glob| !glob.starts_with('@')), "{name}");
            Globs::parse(&globs).unwrap();
        }
        assert_eq!(sets.find("nonsense"), None);
    }
}
