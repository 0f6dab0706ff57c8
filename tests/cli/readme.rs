//! The commands of the README, pasted as they are.

use std::path::Path;
use std::process::Command;

use crate::support::TestRepo;

const SECTION: &str = "## Five minutes in a repository of your own\n";

/// The shell commands of the section, in order.
fn commands() -> String {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let section = readme.split(SECTION).nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks = section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.collect()
}

#[test]
fn five_minutes_can_be_pasted() {
    let commands = commands();
    for verb in ["init", "issue create", "ready", "delegate run", "delegate review", "delegate approve", "status"] {
        assert!(commands.contains(&format!("\ncmpm {verb}")), "{verb} is missing:\n{commands}");
    }
    let repo = TestRepo::new();
    let programs = Path::new(env!("CARGO_BIN_EXE_cmpm")).parent().unwrap();
    // The environment of cmpm in a test, without what would make every id the same.
    let cmpm = repo.command([""]);
    let mut shell = Command::new("sh");
    shell.current_dir(repo.root()).env_clear().stdin(std::process::Stdio::null());
    shell.envs(cmpm.get_envs().filter_map(|(name, value)| Some((name, value?))).filter(|(name, _)| *name != "CMPM_SEED"));
    shell.env("PATH", format!("{}:{}", programs.display(), std::env::var("PATH").unwrap())).env("EDITOR", "true");
    let answer = repo.answer({
        shell.args(["-euc", &commands]);
        shell
    });
    let answer = answer.success();
    for said in ["ready for review", "Merged RUN-", "runs      1 merged"] {
        assert!(format!("{answer}").contains(said), "`{said}`: {answer}");
    }
    assert_eq!(repo.read("docs/guide/start.md"), "See [the setup](../reference/setup.md).\n");
    assert_eq!(repo.status(), "");
}
