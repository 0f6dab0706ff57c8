//! What a write leaves alone, and what happens when it cannot be done.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;

use super::planned;
use crate::support::{Answer, TestRepo, untested};

const FILE: &str = "tasks/issues/ISS-1-odd.md";

#[test]
fn a_write_that_changes_nothing_leaves_bytes_and_time() {
    let repo = planned();
    let path = "tasks/issues/ISS-0000000h-fix-the-guide.md";
    let look = || {
        let metadata = fs::metadata(repo.path(path)).unwrap();
        (repo.read(path), metadata.ino(), metadata.mtime(), metadata.mtime_nsec())
    };
    let before = look();
    for flags in [
        &["--priority", "medium"][..],
        &["--title", "Fix the guide"],
        &["--status", "planning"],
        &["--parent", "EP-0"],
        &["--remove-label", "x"],
    ] {
        let answer = repo.cmpm([&["issue", "update", "ISS-0", "--json"], flags].concat()).success();
        assert!(answer.stdout.contains(r#""changed":false"#), "{flags:?}: {answer}");
        assert_eq!(look(), before, "{flags:?}");
    }
}

#[test]
fn an_edit_keeps_every_other_byte() {
    let plain = "---\n# kept: a comment\nid: ISS-1\nx-unknown:   {a: 1,b:   [2]} # odd spacing\nkind: issue\ntitle:  'It''s odd'\nstatus: planning   # why\npriority: high\n\n# last\n---\nbody  \n\ttab\nno end";
    let odd = [
        ("plain", plain.to_owned()),
        ("CRLF", plain.replace('\n', "\r\n")),
        ("BOM", format!("\u{feff}{plain}")),
        ("BOM and CRLF", format!("\u{feff}{plain}").replace('\n', "\r\n")),
        ("mixed", plain.replacen('\n', "\r\n", 4)),
        ("nothing behind", plain.split_once("\nbody").unwrap().0.to_owned()),
    ];
    let repo = TestRepo::new();
    for (name, text) in odd {
        repo.write(FILE, &text);
        repo.cmpm(["issue", "update", "ISS-1", "--priority", "low"]).success();
        let text = text.replace("priority: high", "priority: low");
        assert_eq!(repo.read(FILE), text, "{name}");
        repo.cmpm(["issue", "complete", "ISS-1"]).success();
        let text = text.replace("status: planning", "status: done");
        assert_eq!(repo.read(FILE), text, "{name}");
        // A key that is not there yet: one line more, with the file's own line end.
        repo.cmpm(["issue", "update", "ISS-1", "--assignee", "ana"]).success();
        let more = repo.read(FILE);
        let end = if name.contains("CRLF") || name == "mixed" { "\r\n" } else { "\n" };
        assert_eq!(more.replacen(&format!("assignee: ana{end}"), "", 1), text, "{name}");
    }
}

#[test]
fn a_file_keeps_its_permissions_and_a_new_one_is_readable() {
    let repo = planned();
    let path = repo.path("tasks/issues/ISS-0000000h-fix-the-guide.md");
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o644);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    repo.cmpm(["issue", "update", "ISS-0", "--priority", "low"]).success();
    assert_eq!(mode(), 0o600);
}

#[test]
fn nothing_is_read_or_written_through_a_link() {
    let repo = TestRepo::new();
    let text = "---\nid: ISS-1\nkind: issue\ntitle: Outside\nstatus: planning\n---\n";
    let outside = repo.around().join("outside");
    fs::create_dir_all(outside.join("deep")).unwrap();
    fs::write(outside.join("ISS-1.md"), text).unwrap();
    fs::create_dir_all(repo.path("tasks/issues")).unwrap();
    symlink(outside.join("ISS-1.md"), repo.path("tasks/issues/ISS-1.md")).unwrap();
    symlink(&outside, repo.path("tasks/epics")).unwrap();
    insta::assert_snapshot!(repo.cmpm(["ticket", "list"]), @"
    No tickets to show.
    --- stderr
    warning: tasks/epics: symbolic links are neither read nor written through (put the file itself here, or name the real folder under `paths:` in .cmpm/config.yaml)
    warning: tasks/issues/ISS-1.md: symbolic links are neither read nor written through (put the file itself here, or name the real folder under `paths:` in .cmpm/config.yaml)
    ");
    for id in ["ISS-1", "tasks/issues/ISS-1.md", "tasks/epics/ISS-1.md"] {
        repo.cmpm(["ticket", "update", id, "--priority", "low"]).exits(2);
    }
    insta::assert_snapshot!(repo.cmpm(["epic", "create", "Through a link"]), @"
    --- stderr
    error: [AROUND]/repo/tasks/epics is a symbolic link; cmpm does not read or write records through links
    hint: put the file itself there, or name the real folder under `paths:` in .cmpm/config.yaml
    --- exit 2
    ");
    let listed = fs::read_dir(&outside).unwrap().count();
    assert_eq!((fs::read_to_string(outside.join("ISS-1.md")).unwrap().as_str(), listed), (text, 2));
    // The folder of tickets itself, and the folder of comments.
    repo.write("tasks/issues/ISS-2.md", &text.replace("ISS-1", "ISS-2"));
    symlink(&outside, repo.path("tasks/comments")).unwrap();
    repo.cmpm(["issue", "complete", "ISS-2", "-m", "a comment"]).exits(2);
    assert!(repo.read("tasks/issues/ISS-2.md").contains("status: planning"), "not half of it either");
    fs::rename(repo.path("tasks"), repo.around().join("moved")).unwrap();
    symlink(repo.around().join("moved"), repo.path("tasks")).unwrap();
    insta::assert_snapshot!(repo.cmpm(["ticket", "list"]), @"
    No tickets to show.
    --- stderr
    warning: tasks: symbolic links are neither read nor written through (put the file itself here, or name the real folder under `paths:` in .cmpm/config.yaml)
    ");
    repo.cmpm(["issue", "create", "Through a link"]).exits(2);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 2);
}

/// The command as a user whom permissions bind; root has to give its capabilities away first.
fn unprivileged(repo: &TestRepo, arguments: &[&str]) -> Option<Answer> {
    let command = repo.command(arguments.iter().copied());
    if fs::metadata(repo.root()).unwrap().uid() != 0 {
        return Some(repo.answer(command));
    }
    let mut bound = Command::new("setpriv");
    bound.args(["--bounding-set=-all", "--inh-caps=-all", "--"]).arg(command.get_program()).args(command.get_args());
    bound.current_dir(repo.root()).env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    bound.output().is_ok_and(|output| output.status.code() != Some(127)).then(|| repo.answer(bound))
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let repo = planned();
    let folder = repo.path("tasks/issues");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    let before = repo.read("tasks/issues/ISS-0000000h-fix-the-guide.md");
    let Some(answer) = unprivileged(&repo, &["issue", "create", "No room"]) else {
        return untested("a folder that cannot be written", "root may write everywhere and setpriv is not here");
    };
    insta::assert_snapshot!(answer, @"
    --- stderr
    error: cannot write [AROUND]/repo/tasks/issues/ISS-0000001j-no-room.md: permission denied
    hint: check the permissions of the file and its folder
    --- exit 2
    ");
    unprivileged(&repo, &["issue", "complete", "ISS-0"]).unwrap().exits(2);
    // The comment could be written and the ticket cannot: then neither is, and nobody after is in the way of it.
    unprivileged(&repo, &["issue", "complete", "ISS-0", "-m", "half"]).unwrap().exits(2);
    unprivileged(&repo, &["epic", "create", "Elsewhere there is room"]).unwrap().success();
    assert!(!repo.exists("tasks/comments/ISS-0000000h"));
    assert_eq!(repo.read("tasks/issues/ISS-0000000h-fix-the-guide.md"), before);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(repo.path("tasks/issues/ISS-0000000h-fix-the-guide.md"), fs::Permissions::from_mode(0o000)).unwrap();
    insta::assert_snapshot!(unprivileged(&repo, &["ticket", "list"]).unwrap(), @"
    ID            KIND  STATUS    PRIORITY  TITLE
    EP-00000001   epic  planning  high      Better links
    EP-00000031   epic  planning  medium    Elsewhere there is room
    EP-00000032   epic  planning  medium    Elsewhere there is room
    TSK-00000011  task  planning  medium    Find them
    --- stderr
    error: tasks/issues/ISS-0000000h-fix-the-guide.md: cannot read [AROUND]/repo/tasks/issues/ISS-0000000h-fix-the-guide.md: permission denied
    ");
}

#[test]
fn a_full_disk_loses_nothing() {
    let repo = planned();
    repo.commit_all("planned");
    for (blocks, arguments) in [
        (0, &["issue", "create", "No room"][..]),
        (0, &["issue", "complete", "ISS-0", "-m", "no room"]),
        (0, &["issue", "update", "ISS-0", "--priority", "low"]),
        (1, &["issue", "comment", "ISS-0", &"long ".repeat(1000)]),
    ] {
        let command = repo.command(arguments.iter().copied());
        let mut limited = Command::new("sh");
        limited.args(["-c", "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"", "sh", &blocks.to_string()]);
        limited.arg(command.get_program()).args(command.get_args());
        limited.current_dir(repo.root()).env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let answer = repo.answer(limited).exits(2);
        assert!(
            answer.stderr.starts_with("error: cannot write ")
                && answer.stderr.contains("hint: nothing was lost")
                && !answer.stderr.contains(".cmpm-"),
            "{answer}"
        );
        assert_eq!(repo.status(), "", "{answer}");
    }
    // With room again nothing is in the way, and nothing half done is finished late.
    repo.cmpm(["issue", "update", "ISS-0", "--priority", "low"]).success();
    assert_eq!(repo.status(), " M tasks/issues/ISS-0000000h-fix-the-guide.md");
    assert_eq!(repo.json(["issue", "show", "ISS-0"])["data"]["comments"].as_array().unwrap().len(), 0);
}

#[test]
fn a_work_tree_on_another_disk_is_written_too() {
    let repo = TestRepo::new();
    let Ok(elsewhere) = tempfile::tempdir_in("/dev/shm") else { return untested("two disks", "there is no /dev/shm") };
    let side = elsewhere.path().join("side");
    repo.git(["worktree", "add", "-q", "-b", "side", side.to_str().unwrap()]);
    let run = |arguments: &[&str]| {
        let mut command = repo.command(arguments.iter().copied());
        command.current_dir(&side);
        repo.answer(command).success()
    };
    run(&["issue", "create", "Far away"]);
    // What a killed process leaves there is swept by the next one that writes next to it.
    fs::write(side.join("tasks/issues/.cmpm-a1b2c3.tmp"), "half").unwrap();
    run(&["issue", "complete", "ISS-0", "-m", "done"]);
    let status = repo.git_in(&side, ["status", "--porcelain", "-uall"]);
    assert_eq!((status.lines().count(), status.contains(".tmp")), (2, false), "{status}");
}
