//! What a ticket says of itself, property by property.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serializer;
use serde::ser::SerializeMap;
use serde_json::{Map, json};

use super::{Listed, Properties, Property};

/// The form of [`Properties::to_listed`] in JSON.
pub struct ListedForm;

impl JsonSchema for ListedForm {
    fn schema_name() -> Cow<'static, str> {
        "Listed".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Properties::form(&[Property::Title, Property::Status], |property| property.row().listed != Listed::No)
    }
}

/// The form of a key under which tickets name others.
pub fn naming_form(_: &mut SchemaGenerator) -> Schema {
    let names = Property::ALL.iter().filter(|property| property.order().is_some()).map(|property| property.name());
    json_schema!({ "type": "string", "enum": names.collect::<Vec<_>>() })
}

impl Properties {
    /// The form of some properties in JSON, where only `required` ones are always there.
    pub fn form(required: &[Property], wanted: impl Fn(Property) -> bool) -> Schema {
        let form = |property: Property| match (property.is_list(), required.contains(&property)) {
            (true, _) => json!({ "description": property.meaning(), "type": ["array", "null"], "items": { "type": "string" } }),
            (false, true) => json!({ "description": property.meaning(), "type": "string" }),
            (false, false) => json!({ "description": property.meaning(), "type": ["string", "null"] }),
        };
        let wanted = Property::ALL.iter().copied().filter(|property| wanted(*property));
        let properties: Map<_, _> = wanted.map(|property| (property.name().to_owned(), form(property))).collect();
        let required: Vec<&str> = required.iter().map(|property| property.name()).collect();
        json_schema!({ "type": "object", "properties": properties, "required": required })
    }

    /// The value of a property.
    pub fn texts(&self, property: Property) -> &[String] {
        self.slot(property).texts()
    }

    /// Puts `texts` there, of a single value the first.
    pub fn set(&mut self, property: Property, texts: Vec<String>) {
        self.slot_mut(property).set(texts);
    }

    /// The same after every property that people set or cmpm writes, without what says nothing.
    pub fn given(&self) -> impl Iterator<Item = (Property, &[String])> {
        let all = Property::ALL.iter().map(|property| (*property, self.texts(*property)));
        all.filter(|(_, texts)| !texts.is_empty())
    }

    /// Only what lists show.
    pub fn to_listed(&self) -> Self {
        let mut listed = Self::default();
        for (property, texts) in self.given().filter(|(property, _)| property.row().listed != Listed::No) {
            listed.set(property, texts.to_vec());
        }
        listed
    }

    /// The other tickets that are named, as written, but for the parent.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        Property::links().flat_map(|property| self.texts(property)).map(String::as_str)
    }

    /// As JSON without what says nothing; of a title and a status even that.
    pub fn serialize_given<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(Property::Title.name(), &self.title)?;
        map.serialize_entry(Property::Status.name(), &self.status)?;
        for (property, texts) in self.given().filter(|(property, _)| !matches!(property, Property::Title | Property::Status)) {
            match texts.first().filter(|_| !property.is_list()) {
                Some(text) => map.serialize_entry(property.name(), text)?,
                None => map.serialize_entry(property.name(), texts)?,
            }
        }
        map.end()
    }
}
