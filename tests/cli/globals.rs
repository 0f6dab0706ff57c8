//! Flags that every command takes, and `version`.

use super::support::TestRepo;
use super::terminal::Terminal;

/// A project with more tickets than a small terminal has lines.
fn crowded() -> TestRepo {
    let repo = TestRepo::new();
    for number in 0..12 {
        repo.write(
            &format!("tasks/issues/ISS-{number}.md"),
            &format!("---\nid: ISS-{number}\nkind: issue\ntitle: Ticket {number}\nstatus: todo\n---\n"),
        );
    }
    repo
}

#[test]
fn a_long_answer_goes_to_the_pager_of_a_terminal_alone() {
    let repo = crowded();
    let pager = r"sed -e s/^/paged:/ -e '$a less:'$LESS";
    let shown = |arguments: &[&str], rows: u16, set: &dyn Fn(&mut std::process::Command)| {
        let mut command = repo.command(arguments.iter().copied());
        set(&mut command);
        let mut terminal = Terminal::start(command, (100, rows));
        assert_eq!(terminal.end().code(), Some(0));
        terminal.wait_for("Ticket 11");
        terminal.written()
    };
    let by = |name: &'static str, value: &'static str| {
        move |command: &mut std::process::Command| {
            command.env(name, value);
        }
    };
    assert!(shown(&["ticket", "list"], 8, &by("GIT_PAGER", pager)).contains("paged:"));
    assert!(shown(&["ticket", "list"], 8, &by("PAGER", pager)).contains("less:FRX"));
    for (arguments, rows) in [(&["ticket", "list", "--no-pager"][..], 8), (&["ticket", "list", "--json"], 8), (&["ticket", "list"], 40)] {
        assert!(!shown(arguments, rows, &by("PAGER", pager)).contains("paged:"), "{arguments:?}");
    }
    // Without the program that is named the answer comes all the same.
    assert!(!shown(&["ticket", "list"], 8, &by("PAGER", "no-such-pager")).contains("paged:"));
    repo.git(["config", "core.pager", pager]);
    assert!(shown(&["ticket", "list"], 8, &by("PAGER", "cat")).contains("paged:"), "git's setting comes first");
    assert!(!shown(&["ticket", "list"], 8, &by("GIT_PAGER", "cat")).contains("paged:"));
    let mut piped = repo.command(["ticket", "list"]);
    piped.env("GIT_PAGER", pager);
    assert!(!repo.answer(piped).success().stdout.contains("paged:"));
}

#[test]
fn quiet_leaves_the_answer_and_errors() {
    let repo = crowded();
    repo.write("tasks/issues/ISS-x.md", "# No front matter\n");
    let (loud, quiet) = (repo.cmpm(["ticket", "list"]).success(), repo.cmpm(["ticket", "list", "-q"]).success());
    assert!(loud.stderr.contains("no front matter"), "{loud}");
    assert_eq!((quiet.stderr.as_str(), quiet.stdout), ("", loud.stdout));
    assert!(repo.cmpm(["--quiet", "ticket", "show", "ISS-99"]).exits(2).stderr.contains("there is no"));
}

#[test]
fn the_version_is_told_by_a_verb_too() {
    let repo = TestRepo::new();
    assert_eq!(repo.cmpm(["version"]).success().stdout, repo.cmpm(["--version"]).success().stdout);
    let version = repo.json(["version"])["data"].clone();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    assert!(repo.git(["--version"]).contains(version["git"].as_str().unwrap()));
    assert!(version["schemas"].as_array().unwrap().iter().any(|schema| schema == "cmpm.version/1"));
}
