//! Writes the files that are made from the code: JSON Schemas of every answer and file, and the command reference.
//! A test compares them with what is committed.

use std::fmt::Write as _;
use std::path::Path;

use schemars::{Schema, schema_for};

use crate::base::Result;
use crate::config::Config;
use crate::fs::write;
use crate::nouns::ticket::PlanForm;
use crate::nouns::{Describe, Description, Noun};
use crate::run::{JOB_SCHEMA, Job, Status};

/// Collects the files.
struct Files<'a> {
    root: &'a Path,
    outcome: Result<()>,
}

impl Describe for Files<'_> {
    fn describe(&mut self, description: Description) {
        let mut report = description.report;
        // What a client may want to know before it calls the verb stands beside the form of its answer.
        report.insert("x-verb".to_owned(), serde_json::to_value(description.metadata).unwrap_or_default());
        self.schema(description.schema, &report);
    }
}

impl Files<'_> {
    fn schema(&mut self, name: &str, schema: &Schema) {
        let file = format!("schemas/{}.json", name.replace('/', "-v"));
        let text = serde_json::to_string_pretty(schema).unwrap_or_default() + "\n";
        self.file(&file, &text);
    }

    fn file(&mut self, name: &str, text: &str) {
        if self.outcome.is_ok() {
            self.outcome = write::replace(&self.root.join(name), text.as_bytes()).map_err(Into::into);
        }
    }
}

/// Writes them all below `root`.
///
/// # Errors
/// If a file cannot be written.
pub fn write_all(root: &Path) -> Result<()> {
    let mut files = Files { root, outcome: Ok(()) };
    Noun::describe(&mut files);
    files.schema("cmpm.config/1", &schema_for!(Config));
    files.schema(JOB_SCHEMA, &schema_for!(Job));
    files.schema("cmpm.plan/1", &schema_for!(PlanForm));
    files.schema("cmpm.job.status/1", &schema_for!(Status));
    let mut page = String::from("# Commands\n\nMade from the program's own help; `cmpm <command> --help` says the same.\n");
    describe(&super::command(), "cmpm", &mut page);
    files.file("docs/commands.md", &page);
    files.outcome
}

fn describe(command: &clap::Command, name: &str, page: &mut String) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let help = command.clone().bin_name(name).term_width(100).render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = write!(page, "\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
    for inner in command.get_subcommands() {
        describe(inner, &format!("{name} {}", inner.get_name()), page);
    }
}
