//! A property that only tests have (`CopiedFrom` in `src/words/property.rs`) stands everywhere a property must stand: its row is
//! all it took. The program is this test program, started again.

use schemars::schema_for;
use serde_json::Value as Json;

use crate::base::Env;
use crate::engine::merge::{Facts, Three, lost};
use crate::engine::ticket_document;
use crate::git::testing::{Sandbox, path};
use crate::nouns::ticket::{PlanForm, Ticket, TicketRow};

const ARGUMENTS: &str = "CMPM_TEST_ARGUMENTS";
const BEGIN: &str = "-- answer\n";

/// Stands in for the program.
#[test]
#[ignore = "started by other tests as the program"]
fn program() {
    let Some(arguments) = Env::of_process().text(ARGUMENTS).map(str::to_owned) else { return };
    let arguments: Vec<String> = serde_json::from_str(&arguments).unwrap();
    let _ = crate::ui::stream(BEGIN);
    let _ = super::run(arguments.into_iter().map(Into::into));
}

struct Program(Sandbox);

impl Program {
    fn new() -> Self {
        let program = Self(Sandbox::with_commit());
        for id in ["ISS-1", "ISS-2", "ISS-3"] {
            let ticket = format!("---\nid: {id}\nkind: issue\ntitle: One\nstatus: active\n---\n");
            program.0.write(&format!("tasks/issues/{id}.md"), &ticket);
        }
        program
    }

    fn run(&self, arguments: &[&str]) -> String {
        #[expect(clippy::disallowed_methods, reason = "the test program starts itself")]
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        let home = self.0.root.path().join("home");
        let typed: Vec<&str> = ["cmpm"].iter().chain(arguments).copied().collect();
        command.args(["--exact", "cli::dictionary_tests::program", "--ignored", "--nocapture"]);
        command.env("HOME", &home).env("XDG_STATE_HOME", &home).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env(ARGUMENTS, serde_json::to_string(&typed).unwrap()).current_dir(self.0.path());
        if arguments.first() == Some(&"--") {
            command.env("CMPM_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", (arguments.len() - 2).to_string());
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (_, answer) = text.split_once(BEGIN).unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
        answer.split("\ntest result: ").next().unwrap_or_default().to_owned()
    }

    fn json(&self, arguments: &[&str]) -> Json {
        let text = self.run(&[&["--json"], arguments].concat());
        serde_json::Deserializer::from_str(&text).into_iter().next().unwrap().unwrap()
    }

    fn file(&self) -> String {
        fs_err::read_to_string(self.0.path().join("tasks/issues/ISS-1.md")).unwrap()
    }
}

#[test]
fn it_is_written_under_the_key_that_the_file_has_for_it_and_taken_away_again() {
    let program = Program::new();
    program.run(&["issue", "update", "ISS-1", "--copied-from", "iss-2"]);
    assert_eq!(program.file(), "---\nid: ISS-1\nkind: issue\ntitle: One\nstatus: active\ncopied_from:\n  - ISS-2\n---\n");
    program.0.write("tasks/issues/ISS-1.md", "---\nid: ISS-1\nkind: issue\ntitle: One\nstatus: active\ncopy_of: [ISS-2]\n---\n");
    program.run(&["issue", "update", "ISS-1", "--copied-from", "ISS-3"]);
    assert!(program.file().contains("\ncopy_of: [ISS-2, ISS-3]\n"), "{}", program.file());
    program.run(&["issue", "update", "ISS-1", "--unlink", "ISS-2"]);
    assert!(program.file().contains("\ncopy_of: [ISS-3]\n"), "{}", program.file());
    program.run(&["issue", "update", "ISS-1", "--copied-from", "ISS-1"]);
    assert!(program.file().contains("\ncopy_of: [ISS-3]\n"), "a ticket is no copy of itself: {}", program.file());
}

#[test]
fn it_is_listed_shown_asked_for_drawn_and_exported() {
    let program = Program::new();
    program.run(&["issue", "update", "ISS-1", "--copied-from", "ISS-2"]);
    let created = program.json(&["issue", "create", "Two", "--copied-from", "ISS-3"]);
    let id = created.pointer("/data/id").or(created.get("id")).and_then(Json::as_str).unwrap_or_else(|| panic!("{created}")).to_owned();
    for (arguments, expected) in [
        (vec!["ticket", "list", "--all"], "COPIED FROM"),
        (vec!["--json", "ticket", "list"], "\"copied_from\":[\"ISS-2\"]"),
        (vec!["ticket", "show", "ISS-1"], "copied from  ISS-2\n"),
        (vec!["--json", "ticket", "show", &id], "\"copied_from\":[\"ISS-3\"]"),
        (vec!["ticket", "list", "--where", "copied_from=ISS-2"], "\nISS-1 "),
        (vec!["ticket", "list", "--where", "copy_of=ISS-2"], "\nISS-1 "),
        (vec!["ticket", "list", "--sort", "-copied_from"], "ISS-2"),
        (vec!["ticket", "graph", "--format", "mermaid"], "copy of"),
        (vec!["ticket", "export", "--format", "csv"], ",copied_from,"),
    ] {
        let answer = program.run(&arguments);
        assert!(answer.replace(": ", ":").contains(&expected.replace(": ", ":")), "{arguments:?}: {answer}");
    }
    assert!(program.run(&["--", "cmpm", "ticket", "update", "ISS-1", "--copied"]).contains("--copied-from"));
    let ids = program.run(&["--", "cmpm", "ticket", "update", "ISS-1", "--copied-from", "ISS-"]);
    assert!(ids.contains("ISS-2") && ids.contains("ISS-3"), "{ids}");
}

#[test]
fn a_merge_must_not_lose_it_and_plans_and_schemas_know_it() {
    let facts = |text: &str| {
        let mut facts = Facts::default();
        facts.read(&path("tasks/ISS-1.md"), format!("---\nid: ISS-1\n{text}---\n").into_bytes(), &|_, bytes| ticket_document(bytes));
        facts
    };
    let (base, ours, theirs) = (facts(""), facts("copied_from: [ISS-2]\n"), facts("title: x\n"));
    assert_eq!(lost(&Three { base: &base, ours: &ours, theirs: &theirs }, &theirs).len(), 1);

    let keys = [schema_for!(Ticket), schema_for!(TicketRow), schema_for!(PlanForm)].map(|schema| schema.to_value().to_string());
    assert!(keys.iter().all(|schema| schema.contains("\"copied_from\"")), "{keys:?}");

    let program = Program::new();
    program.0.write("plan.yaml", "schema: cmpm.plan/1\nname: p\ntickets:\n  - id: ISS-1\n    copied_from: ISS-3\n");
    program.run(&["ticket", "apply", "plan.yaml"]);
    assert!(program.file().contains("copied_from:\n  - ISS-3\n"), "{}", program.file());
}

/// Every property, wherever one must stand.
#[test]
fn every_property_is_a_key_to_ask_for_and_every_one_that_people_set_has_its_flag_in_create_update_and_plans() {
    use crate::words::Property;
    let command = super::command();
    for (property, flag) in Property::written() {
        for verb in ["create", "update"] {
            let verb = command.find_subcommand("issue").unwrap().find_subcommand(verb).unwrap();
            let argument = verb.get_arguments().find(|argument| argument.get_long() == Some(flag.long));
            assert!(argument.is_some(), "{property:?} has no flag in {}", verb.get_name());
        }
    }
    for property in Property::ALL {
        assert!(!property.meaning().is_empty() && Property::of_key(property.name()) == Some(*property), "{property:?}");
        assert_eq!(property.name(), serde_json::to_value(property).unwrap().as_str().unwrap(), "its first key is its name");
    }
}
