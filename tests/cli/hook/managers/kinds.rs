//! The hook managers: how each is set up with a hook of its own that leaves a line in `$OWN_LOG`.

use std::path::PathBuf;

use super::places::Place;

/// A program that writes hooks.
pub struct Manager {
    pub name: &'static str,
    /// The program it needs on the path; none if everything is here.
    program: Option<&'static str>,
    /// Installs it with a hook of its own.
    pub set_up: fn(&Place),
    /// The file with its settings, where cmpm's call belongs there.
    pub settings: Option<&'static str>,
    /// Puts the text of the manual into the settings.
    pub add: fn(&Place, &str),
    /// Brings the settings back.
    pub take_away: fn(&Place),
}

const OWN: &str = "echo ran >> \"$OWN_LOG\"";

pub const ALL: [Manager; 6] = [
    Manager { name: "plain", program: None, set_up: plain, settings: None, add: |_, _| {}, take_away: |_| {} },
    Manager { name: "husky", program: Some("husky"), set_up: husky, settings: None, add: |_, _| {}, take_away: |_| {} },
    Manager { name: "pre-commit", program: Some("pre-commit"), set_up: pre_commit, settings: None, add: |_, _| {}, take_away: |_| {} },
    Manager { name: "prek", program: Some("prek"), set_up: prek, settings: None, add: |_, _| {}, take_away: |_| {} },
    Manager {
        name: "lefthook",
        program: Some("lefthook"),
        set_up: lefthook,
        settings: Some("lefthook.yml"),
        add: |place, text| with_lefthook(place, text),
        take_away: |place| {
            // It leaves hooks that are no longer in its settings.
            place.run("lefthook", &["uninstall"]).success();
            with_lefthook(place, EMPTY_LEFTHOOK);
        },
    },
    Manager {
        name: "hk",
        program: None,
        set_up: hk,
        settings: Some("hk.pkl"),
        add: |place, text| place.write("hk.pkl", text),
        take_away: |place| place.write("hk.pkl", ""),
    },
];

pub fn find(name: &str) -> &'static Manager {
    ALL.iter().find(|manager| manager.name == name).unwrap()
}

impl Manager {
    pub fn is_here(&self) -> bool {
        let folders = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<PathBuf>>();
        self.program.is_none_or(|program| folders.iter().any(|folder| folder.join(program).is_file()))
    }
}

fn plain(place: &Place) {
    place.program(&place.hooks().join("pre-commit"), &format!("#!/bin/sh\nset -eu\n{OWN}\nexit 0"));
}

fn husky(place: &Place) {
    place.run("husky", &[]).success();
    place.write(".husky/pre-commit", &format!("{OWN}\n"));
}

fn with_settings(place: &Place, program: &str) {
    let hook = format!("{{id: own, name: own, entry: sh -c '{OWN}', language: system, pass_filenames: false, always_run: true}}");
    place.write(".pre-commit-config.yaml", &format!("repos:\n- repo: local\n  hooks:\n  - {hook}\n"));
    place.git(&["add", "-A"]).success();
    place.git(&["commit", "-qm", "settings"]).success();
    place.run(program, &["install"]).success();
}

fn pre_commit(place: &Place) {
    with_settings(place, "pre-commit");
}

fn prek(place: &Place) {
    with_settings(place, "prek");
}

const EMPTY_LEFTHOOK: &str = "pre-commit:\n  commands: {}\n";

fn lefthook(place: &Place) {
    place.write("lefthook-local.yml", &format!("pre-commit:\n  commands:\n    own:\n      run: {OWN}\n"));
    with_lefthook(place, EMPTY_LEFTHOOK);
}

/// lefthook writes its hooks again when its settings changed.
fn with_lefthook(place: &Place, text: &str) {
    place.write("lefthook.yml", text);
    place.run("lefthook", &["install"]).success();
}

/// hk comes from neither npm nor PyPI. This imitates the hook that it writes, and a program that runs the checks of a hook
/// in `hk.pkl` one after the other.
fn hk(place: &Place) {
    let program = format!(
        "#!/bin/sh\nset -eu\n{OWN}\n\
         sed -n 's/.*\\[\"'\"$2\"'\"\\].*check = \"\\([^\"]*\\)\".*/\\1/p' hk.pkl | while read -r check; do sh -c \"$check\"; done\n"
    );
    place.program(&place.tools().join("hk"), &program);
    place.write("hk.pkl", "");
    place.program(&place.hooks().join("pre-commit"), "#!/bin/sh\ntest \"${HK:-1}\" = \"0\" || exec hk run pre-commit \"$@\"\n");
}
