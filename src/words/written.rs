//! What people say of a ticket: by flags, or in a plan.

use std::borrow::Cow;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches, Command};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::base::Timestamp;
use crate::base::date::written_out;

use super::row::Flag;
use super::{Holds, Priority, Properties, Property};

/// The properties that people set, each by its flag or under its name. A text with nothing in it takes a single value away.
#[derive(Debug, Clone, Default)]
pub struct Written(pub Properties);

impl Written {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.0.given().next().is_none()
    }

    /// The properties, with each day that was named from today on (`tomorrow`, `+3d`) written out.
    pub fn dated(&self, now: Timestamp) -> Properties {
        let mut properties = self.0.clone();
        for (property, texts) in self.0.given().filter(|(property, _)| property.row().holds == Holds::Date) {
            properties.set(property, texts.iter().map(|text| written_out(text, now)).collect());
        }
        properties
    }

    /// Whether another ticket is named.
    pub fn names_tickets(&self) -> bool {
        self.0.given().any(|(property, _)| property.order().is_some())
    }
}

fn argument(property: Property, flag: &Flag) -> Arg {
    let again = match (property.is_list(), flag.split) {
        (true, true) => "; may be given again, or several with commas",
        (true, false) => "; may be given again",
        (false, _) => "",
    };
    let argument = Arg::new(property.name())
        .long(flag.long)
        .short(flag.short)
        .visible_aliases(flag.aliases)
        .aliases(flag.hidden)
        .value_name(flag.value)
        .help(format!("{}{again}", flag.help))
        .action(if property.is_list() { ArgAction::Append } else { ArgAction::Set });
    let argument = flag.takes.into_iter().fold(argument, Arg::add);
    let argument = if flag.split { argument.value_delimiter(',') } else { argument };
    if property.row().holds == Holds::Priority { argument.value_parser(priorities()) } else { argument }
}

/// The priorities, whoever's words for them.
fn priorities() -> ValueParser {
    let words = Priority::ALL.map(|priority| PossibleValue::new(priority.as_str()).aliases(priority.synonyms()));
    let native = |word: String| Priority::parse(&word).map_or(word, |priority| priority.as_str().to_owned());
    // With nothing in it, it takes the priority away.
    PossibleValuesParser::new(words.into_iter().chain([PossibleValue::new("").hide(true)])).map(native).into()
}

impl clap::FromArgMatches for Written {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut written = Self::default();
        written.update_from_arg_matches(matches)?;
        Ok(written)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for (property, flag) in Property::written() {
            if let Some(texts) = matches.get_many::<String>(property.name()) {
                let trimmed = |text: &String| if flag.split { text.trim().to_owned() } else { text.clone() };
                self.0.set(property, texts.map(trimmed).collect());
            }
        }
        Ok(())
    }
}

impl clap::Args for Written {
    fn augment_args(command: Command) -> Command {
        command.args(Property::written().map(|(property, flag)| argument(property, flag)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl JsonSchema for Written {
    fn schema_name() -> Cow<'static, str> {
        "Written".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Properties::form(&[], |property| property.row().flag.is_some())
    }
}
