//! Writes the files that are made from the code: JSON Schemas of every answer and file, and the command reference.
//! A test compares them with what is committed.

use std::fmt::Write as _;
use std::path::Path;

use schemars::{Schema, schema_for};
use serde_json::json;

use crate::base::{Result, json};
use crate::config::Config;
use crate::engine::policy::protected_page;
use crate::fs::write;
use crate::nouns::ticket::PlanForm;
use crate::nouns::{Describe, Description, Noun};
use crate::run::{ASSIGNMENT, Assignment, Finished, HANDOFF, Handoff, JOB_SCHEMA, Job, PROGRESS, Progress, RESULT, Status};
use crate::words::Kind;

struct Files<'a> {
    root: &'a Path,
    outcome: Result<()>,
}

impl Describe for Files<'_> {
    fn describe(&mut self, description: Description) {
        let mut report = description.report;
        // What a client may want to know before it calls the verb stands next to the form of its answer.
        report.insert("x-verb".to_owned(), json!(description.metadata));
        self.schema(description.schema, &report);
    }
}

impl Files<'_> {
    fn schema(&mut self, name: &str, schema: &Schema) {
        let file = format!("schemas/{}.json", name.replace('/', "-v"));
        match json::pretty(schema) {
            Ok(text) => self.file(&file, &(text + "\n")),
            Err(error) => self.outcome = Err(error.into()),
        }
    }

    fn file(&mut self, name: &str, text: &str) {
        if self.outcome.is_ok() {
            self.outcome = write::replace(&self.root.join(name), text.as_bytes()).map_err(Into::into);
        }
    }
}

/// Writes them all below `root`.
pub fn write_all(root: &Path) -> Result<()> {
    let mut files = Files { root, outcome: Ok(()) };
    Noun::describe(&mut files);
    files.schema("cmpm.config/1", &schema_for!(Config));
    files.schema(JOB_SCHEMA, &schema_for!(Job));
    files.schema(ASSIGNMENT, &schema_for!(Assignment));
    files.schema(PROGRESS, &schema_for!(Progress));
    files.schema(RESULT, &schema_for!(Finished));
    files.schema(HANDOFF, &schema_for!(Handoff));
    files.schema("cmpm.plan/1", &schema_for!(PlanForm));
    files.schema("cmpm.job.status/1", &schema_for!(Status));
    let page = Reference::of(super::command()).render();
    files.file("docs/commands.md", &page);
    files.file("docs/protected.md", &protected_page());
    files.outcome
}

/// The command reference: every command once, the flags of all commands once.
struct Reference {
    command: clap::Command,
    contents: String,
    pages: String,
}

impl Reference {
    fn of(command: clap::Command) -> Self {
        Self { command, contents: String::new(), pages: String::new() }
    }

    fn render(mut self) -> String {
        let command = self.command.clone();
        self.page(&command, "cmpm");
        for noun in command.get_subcommands() {
            self.noun(&command, noun);
        }
        let intro = "Made from the program's own help; `cmpm <command> --help` says the same and more. The options of `cmpm` itself work everywhere.";
        format!("# Commands\n\n{intro}\n{}\n{}", self.contents, self.pages)
    }

    fn noun(&mut self, root: &clap::Command, noun: &clap::Command) {
        let (name, model) = (noun.get_name(), Kind::Issue.as_str());
        if noun.is_hide_set() || name == "help" {
            return;
        }
        let path = format!("cmpm {name}");
        let known =
            |verb: &clap::Command| root.find_subcommand(model).is_some_and(|model| model.find_subcommand(verb.get_name()).is_some());
        if Kind::parse(name).is_some_and(|kind| kind.as_str() != model) {
            let _ = write!(self.contents, "\n- `{path}`: as [`cmpm {model}`](#cmpm-{model})");
            return;
        }
        self.page(noun, &path);
        // What tickets of every kind share with one kind is described there.
        let is_of_all_kinds = name == "ticket";
        for verb in noun.get_subcommands().filter(|verb| !is_of_all_kinds || !known(verb)) {
            if !verb.is_hide_set() && verb.get_name() != "help" {
                self.page(verb, &format!("{path} {}", verb.get_name()));
            }
        }
    }

    fn page(&mut self, command: &clap::Command, path: &str) {
        let depth = path.split(' ').count().saturating_sub(2);
        let link = path.replace(' ', "-");
        let _ = match path.rsplit_once(' ').filter(|_| depth > 0) {
            Some((_, verb)) => write!(self.contents, " [{verb}](#{link})"),
            None => write!(self.contents, "\n- [`{path}`](#{link})"),
        };
        let is_root = depth == 0 && !path.contains(' ');
        let own = |argument: clap::Arg| if argument.is_global_set() && !is_root { argument.hide(true) } else { argument };
        let mut command = command.clone().bin_name(path).disable_help_flag(true).term_width(100).mut_args(own);
        let help = command.render_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        let _ = write!(self.pages, "\n## {path}\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
    }
}
