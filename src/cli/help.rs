//! How help is arranged: commands in groups, and the flags that every command takes last, under one heading.

use clap::builder::Styles;
use clap::{Arg, ArgAction, Command};

/// Every command, by what people want to do.
pub const GROUPS: [(&str, &[&str]); 5] = [
    ("Start", &["init", "status", "guide", "demo"]),
    ("Plan", &["ticket", "epic", "issue", "task", "pr", "ready", "next", "blocked", "board"]),
    ("Agents", &["delegate", "agent", "trust"]),
    ("Knowledge", &["memory", "session", "search", "trace"]),
    ("Upkeep", &["check", "doctor", "merge", "undo", "hook", "config", "completions", "version"]),
];

const GLOBAL: &str = "Global options";

/// The command line with its help arranged.
pub fn arrange(command: Command) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).global(true).help("Print help; `-h` prints a summary");
    let under_heading = |arg: Arg| if arg.is_global_set() { arg.help_heading(GLOBAL) } else { arg };
    let command = command.disable_help_flag(true).arg(help).mut_args(under_heading);
    let template = template(&command);
    command.help_template(template)
}

fn template(command: &Command) -> String {
    let styles = Styles::styled();
    let (header, name) = (styles.get_header(), styles.get_literal());
    let line = |verb: &&str| {
        let about = command.find_subcommand(verb).and_then(Command::get_about).map(ToString::to_string).unwrap_or_default();
        format!("  {name}{verb:<11}{name:#}  {about}\n")
    };
    let groups =
        GROUPS.iter().map(|(title, verbs)| format!("{header}{title}:{header:#}\n{}\n", verbs.iter().map(line).collect::<String>()));
    format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{header}{GLOBAL}:{header:#}\n{{options}}{{after-help}}",
        groups.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group_and_fits_a_line() {
        let command = super::super::command();
        let shown = command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help");
        let mut names: Vec<&str> = shown.map(Command::get_name).collect();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, verbs)| verbs.iter().copied()).collect();
        names.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, names);
        let template = anstream::adapter::strip_str(&template(&command)).to_string();
        assert!(template.lines().all(|line| line.chars().count() <= 80), "{template}");
    }

    #[test]
    fn global_flags_stand_last_in_every_help() {
        fn look(command: &Command) {
            let help = command.clone().render_long_help().to_string();
            let (_, last) = help.rsplit_once("\nGlobal options:\n").unwrap_or_else(|| panic!("{help}"));
            for flag in ["--json", "-C <DIR>", "-c <KEY=VALUE>", "--color <WHEN>", "-h, --help"] {
                assert_eq!((last.matches(flag).count(), help.matches(&format!("  {flag}")).count()), (1, 1), "{flag} in {help}");
            }
            command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help").for_each(look);
        }
        look(&super::super::command());
    }
}
