//! One answer, or several of the same verb: text one below the other, JSON as it always was for one and an array for more.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::{Report, Screen};
use crate::base::Finding;

/// What a verb answers that takes one name or several.
#[derive(Debug)]
pub struct Answers<R> {
    answers: Vec<R>,
    findings: Vec<Finding>,
}

impl<R: Report> From<Vec<R>> for Answers<R> {
    fn from(answers: Vec<R>) -> Self {
        let findings = answers.iter().flat_map(Report::findings).cloned().collect();
        Self { answers, findings }
    }
}

impl<R: Report> Serialize for Answers<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.answers.as_slice() {
            [only] => only.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

impl<R: Report> JsonSchema for Answers<R> {
    fn schema_name() -> Cow<'static, str> {
        format!("Several{}", R::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (one, several) = (generator.subschema_for::<R>(), generator.subschema_for::<Vec<R>>());
        json_schema!({ "description": "Of one that was named, this; of several, an array of them", "anyOf": [one, several] })
    }
}

impl<R: Report> Report for Answers<R> {
    const SCHEMA: &'static str = R::SCHEMA;

    fn render(&self, screen: &Screen) -> String {
        let apart = if R::LONG { "\n" } else { "" };
        self.answers.iter().map(|answer| answer.render(screen)).collect::<Vec<_>>().join(apart)
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
