//! What `init` says of what else is in a repository, what a clone is told that it lacks, and what is left when all is removed.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::TestRepo;
use crate::terminal::Terminal;

#[test]
fn what_is_there_is_named_with_what_is_done_about_it() {
    let repo = TestRepo::new();
    repo.write("CLAUDE.md", "# Claude\n");
    repo.write("tasks/deploy.md", "# Deploy\n");
    repo.write("backlog/tasks/task-1 - x.md", "---\nid: task-1\ntitle: x\nstatus: To Do\n---\n");
    repo.write(".beads/issues.jsonl", "{\"id\":\"bd-1\",\"title\":\"x\",\"status\":\"open\",\"issue_type\":\"task\",\"priority\":1}\n");
    repo.write("site/hugo.toml", "title = 'x'\n");
    repo.write("site/content/a.md", "# A\n");
    repo.git(["add", "site"]);
    for file in [".husky/pre-commit", ".pre-commit-config.yaml", "lefthook.yml"] {
        repo.write(file, "\n");
    }
    let answer = repo.cmpm(["init"]).success();
    let found: Vec<&str> = answer.stdout.lines().filter(|line| line.starts_with("Found ")).collect();
    insta::assert_snapshot!(found.join("\n"), @r"
    Found CLAUDE.md: gets the same lines: Claude Code does not read AGENTS.md
    Found .beads/issues.jsonl: holds tickets of beads; `cmpm ticket import .beads/issues.jsonl` imports them
    Found backlog: holds tickets of Backlog.md; `cmpm ticket import backlog` imports them
    Found site/hugo.toml: makes a site with Hugo; `cmpm check` reads only its relative links to Markdown files
    Found tasks: holds no tickets, so it stays as it is; tickets go to tickets/
    Found .husky: git does not use it yet; once it does, run `cmpm hook install`
    Found .pre-commit-config.yaml: pre-commit and prek keep cmpm's hooks and run them first
    Found lefthook.yml: lefthook replaces git's hooks; add to this file: pre-commit: { commands: { cmpm: { run: 'cmpm hook run pre-commit' } } }
    ");
    for import in ["backlog", ".beads/issues.jsonl"] {
        repo.cmpm(["ticket", "import", import, "--dry-run"]).success();
    }
    assert!(repo.read("CLAUDE.md").starts_with("# Claude\n\n<!-- cmpm:begin -->\n"));
    assert_eq!(repo.json(["issue", "create", "x"])["data"]["path"].as_str().map(|path| path.starts_with("tickets/issues/")), Some(true));
    repo.cmpm(["init"]).success();
    repo.cmpm(["init", "--remove"]).success();
    assert_eq!((repo.read("CLAUDE.md"), repo.read("tasks/deploy.md")), ("# Claude\n".to_owned(), "# Deploy\n".to_owned()));
}

#[test]
fn claude_is_told_once() {
    let repo = TestRepo::new();
    repo.write("CLAUDE.md", "Read @AGENTS.md first.\n");
    let answer = repo.cmpm(["init", "--no-hooks"]).success();
    assert!(answer.stdout.contains("Found CLAUDE.md: imports AGENTS.md, so it stays as it is\n"), "{answer}");
    assert_eq!(repo.read("CLAUDE.md"), "Read @AGENTS.md first.\n");
    for (link, file) in [("CLAUDE.md", "AGENTS.md"), ("AGENTS.md", "CLAUDE.md")] {
        let repo = TestRepo::new();
        repo.write(file, "# Ours\n");
        symlink(file, repo.path(link)).unwrap();
        let answer = repo.cmpm(["init", "--no-hooks"]).success();
        assert_eq!(answer.stderr, "", "{link}");
        assert_eq!(repo.read(file).matches("cmpm:begin").count(), 1, "{link}");
        assert!(repo.cmpm(["init", "--no-hooks"]).stdout.contains("nothing to change"), "{link}");
        assert_eq!(repo.cmpm(["init", "--remove"]).success().stderr, "", "{link}");
        assert_eq!(repo.read(file), "# Ours\n");
    }
}

#[test]
fn a_folder_that_only_looks_like_tickets_is_not_one() {
    let repo = TestRepo::new();
    repo.write("tasks/deploy.md", "# Deploy\n");
    let lists = || [vec!["ticket", "list"], vec!["ready"], vec!["status"]].map(|verb| repo.cmpm(verb).success());
    assert!(lists().iter().all(|answer| answer.stderr.is_empty() && !answer.stdout.contains("findings")));
    repo.write("tasks/fix.md", "---\nid: ISS-1\nkind: issue\ntitle: Fix\n---\n");
    assert!(lists()[0].stderr.contains("tasks/deploy.md:1: no front matter"), "next to a ticket it may be meant as one");
    let doctor = repo.cmpm(["doctor"]).success();
    assert!(doctor.stdout.contains("tasks/deploy.md:1: no front matter"), "{doctor}");
    assert!(repo.cmpm(["init"]).success().stdout.contains("Tickets stay where they are, in tasks/"));
}

#[test]
fn a_clone_is_told_what_it_lacks() {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    let setup = || repo.json(["status"])["data"]["setup"].as_str().map(str::to_owned);
    assert_eq!(setup(), None);
    repo.commit_all("project");
    let clone = repo.around().join("clone");
    repo.git(["clone", "-q", repo.root().to_str().unwrap(), clone.to_str().unwrap()]);
    let in_clone = |verb: &str| repo.cmpm(["-C", clone.to_str().unwrap(), verb]).success();
    let lacks = "setup     neither git's hooks nor the merge driver are set up in this clone; `cmpm init` adds what is missing\n";
    assert!(in_clone("status").stdout.contains(lacks), "{}", in_clone("status"));
    assert_eq!(in_clone("doctor").stdout.matches("next: cmpm init\n").count(), 2, "{}", in_clone("doctor"));
    in_clone("init");
    assert!(!in_clone("status").stdout.contains("setup"), "{}", in_clone("status"));
    // As `npm install` does with husky.
    fs::create_dir_all(repo.path(".husky/_")).unwrap();
    repo.git(["config", "core.hooksPath", ".husky/_"]);
    let gone = "git's hooks no longer call cmpm (git runs those in .husky/_ of husky); `cmpm hook install` adds it";
    assert_eq!(setup().as_deref(), Some(gone));
    repo.git(["config", "--unset", "core.hooksPath"]);
    fs::remove_file(repo.path(".git/hooks/pre-push")).unwrap();
    assert_eq!(setup().as_deref(), Some("pre-push no longer calls cmpm (git runs those in .git/hooks); `cmpm hook install` adds it"));
}

#[test]
fn nothing_is_left_when_all_is_removed() {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    repo.write(".cmpm/config.yaml", &format!("{}gates: [{{name: a, run: 'true'}}]\n", repo.read(".cmpm/config.yaml")));
    repo.cmpm(["issue", "create", "Fix it"]).success();
    repo.commit_all("project");
    repo.cmpm(["trust", "--yes"]).success();
    let run = ["delegate", "run", "ISS", "--agent", "documentation", "--runner", "command", "--", "sh", "-c", "echo x > docs.md"];
    repo.cmpm(run).success();
    let refused = repo.cmpm(["init", "--remove", "--all"]).exits(4);
    assert!(refused.stderr.contains("error: a run is not closed: RUN-") && refused.stderr.contains("--force"), "{refused}");
    let id = repo.json(["delegate", "list"])["data"]["runs"][0]["run"].as_str().unwrap().to_owned();
    assert!(refused.stderr.contains(&format!("approve or reject it, or discard it: `cmpm delegate clean {id} --force`")), "{refused}");
    let forced = repo.cmpm(["init", "--remove", "--all", "--force"]).exits(2);
    assert!(forced.stderr.contains("`cmpm init --remove --all --force --yes` removes it"), "{forced}");
    assert!(repo.exists(".git/cmpm/jobs") && repo.exists("AGENTS.md"));
    repo.cmpm(["delegate", "reject", "RUN", "-m", "no"]).success();
    let undo = repo.cmpm(["undo"]).exits(2);
    assert!(undo.stderr.contains(&format!("`Reject {id}: Fix it`, not a step")) && undo.stderr.contains("`git revert "), "{undo}");
    let left = repo.cmpm(["init", "--remove", "--dry-run"]).success();
    insta::assert_snapshot!(left.stdout.lines().find(|line| line.starts_with("Left")).unwrap(), @"Left: 1 reference below refs/cmpm/, cmpm/ in the git directory (runs, claims, caches), 1 approval of `cmpm trust` on this machine; `cmpm init --remove --all` removes this too");
    let unasked = repo.cmpm(["init", "--remove", "--all"]).exits(2);
    assert!(
        unasked.stderr.contains("no terminal to ask on: 1 reference below refs/cmpm/") && unasked.stderr.contains("--yes"),
        "{unasked}"
    );
    assert!(repo.exists(".git/cmpm/jobs") && repo.exists("AGENTS.md"));
    let answer = repo.cmpm(["init", "--remove", "--all", "--yes"]).success();
    let removed: Vec<&str> = answer.stdout.lines().filter(|line| !line.contains(' ') || line.starts_with("Removed ")).collect();
    insta::assert_snapshot!(removed[removed.len() - 3..].join("\n"), @"
    Removed 1 reference below refs/cmpm/
    Removed cmpm/ in the git directory (runs, claims, caches)
    Removed 1 approval of `cmpm trust` on this machine
    ");
    assert!(!repo.exists(".git/cmpm"));
    assert_eq!(repo.git(["for-each-ref", "refs/cmpm"]), "");
    let trust = fs::read_to_string(repo.around().join("home/.local/state/cmpm/trust")).unwrap();
    assert_eq!(trust, "");
    repo.fsck();
}

#[test]
fn open_runs_are_removed_by_force_and_their_worktrees_stay() {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    repo.cmpm(["issue", "create", "Fix it"]).success();
    repo.commit_all("project");
    let run = ["delegate", "run", "ISS", "--agent", "documentation", "--runner", "command", "--", "sh", "-c", "echo x > docs.md"];
    repo.cmpm(run).success();
    let answer = repo.cmpm(["init", "--remove", "--all", "--force", "--yes"]).success();
    let left = "Left: 1 worktree of runs with their branches (`git worktree list`, `git worktree remove DIR`, `git branch -D NAME`)\n";
    assert!(answer.stdout.contains(left) && !answer.stderr.contains("delegate clean"), "{answer}");
    assert!(!repo.exists(".git/cmpm"));
    assert_eq!(repo.git(["worktree", "list"]).lines().count(), 2);
    repo.cmpm(["init", "--force"]).exits(2);
}

#[test]
fn lines_in_a_file_that_git_ignores_are_said_to_stay_here() {
    let repo = TestRepo::new();
    repo.write(".gitignore", "AGENTS.md\n");
    repo.commit_all("ignored");
    let answer = repo.cmpm(["init"]).success();
    let line = "Found AGENTS.md: is ignored by git, so its lines stay on this machine; `git add -f AGENTS.md` shares them\n";
    assert!(answer.stdout.contains(line), "{answer}");
}

#[test]
fn a_terminal_is_asked_before_all_is_removed_and_claims_on_a_remote_are_released() {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    repo.write("tasks/issues/ISS-1.md", "---\nid: ISS-1\nkind: issue\ntitle: One\nstatus: open\n---\n");
    repo.commit_all("project");
    let bare = repo.around().join("shared.git");
    repo.git(["clone", "-q", "--bare", repo.root().to_str().unwrap(), bare.to_str().unwrap()]);
    repo.git(["remote", "add", "origin", bare.to_str().unwrap()]);
    repo.cmpm(["ticket", "claim", "ISS-1", "--remote"]).success();
    let all = ["init", "--remove", "--all"];
    let answered = |keys: &str| {
        let mut terminal = Terminal::start(repo.command(all), (400, 20));
        terminal.wait_for("This removes for good: ");
        terminal.wait_for("the claim of ISS-1 on origin. Remove? [y/N] ");
        terminal.press(keys);
        terminal.end().code()
    };
    assert_eq!(answered("\r"), Some(1));
    assert!(repo.exists(".git/cmpm") && repo.exists("AGENTS.md"));
    // Who says so beforehand is not asked.
    let mut terminal = Terminal::start(repo.command(all.iter().chain(&["--yes", "--dry-run"])), (400, 40));
    assert_eq!(terminal.end().code(), Some(0));
    assert!(!terminal.written().contains("Remove?"));
    assert_eq!(answered("y\r"), Some(0));
    assert!(!repo.exists(".git/cmpm") && !repo.exists("AGENTS.md"));
    assert_eq!(repo.git_in(&bare, ["for-each-ref", "refs/cmpm/claims"]), "");
    repo.cmpm(["init"]).success();
    repo.cmpm(["init", "--remove", "--yes"]).exits(2);
    // What cannot be released there goes with git alone.
    repo.cmpm(["ticket", "claim", "ISS-1", "--remote"]).success();
    let away = repo.around().join("away.git");
    fs::rename(&bare, &away).unwrap();
    let answer = repo.cmpm(["init", "--remove", "--all", "--yes"]).success();
    let command = "git push origin --delete refs/cmpm/claims/ISS-1";
    assert!(
        answer.stdout.contains(&format!("Left: the claim of ISS-1 on origin until it expires (`{command}` ends it before)")),
        "{answer}"
    );
    fs::rename(&away, &bare).unwrap();
    repo.git(command.split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(repo.git_in(&bare, ["for-each-ref", "refs/cmpm/claims"]), "");
}

#[test]
fn changed_settings_go_with_all_if_git_has_them() {
    let repo = TestRepo::new();
    repo.cmpm(["init"]).success();
    repo.commit_all("project");
    repo.cmpm(["config", "set", "claims.ttl", "2h"]).success();
    let kept = repo.cmpm(["init", "--remove", "--all", "--dry-run"]).success();
    assert!(kept.stderr.contains("as `cmpm init` wrote it, and git does not have it as it is now"), "{kept}");
    repo.commit_all("settings");
    let kept = repo.cmpm(["init", "--remove", "--dry-run"]).success();
    assert!(kept.stderr.contains(".cmpm/config.yaml: left unchanged"), "without --all what was changed stays: {kept}");
    let gone = repo.cmpm(["init", "--remove", "--all", "--yes"]).success();
    assert!(gone.stdout.contains("Removed .cmpm/config.yaml") && !repo.exists(".cmpm/config.yaml"), "{gone}");
}

#[test]
fn whoever_told_git_how_to_merge_the_records_of_beads_keeps_that() {
    for (file, line, is_ours) in [
        (".gitattributes", "*.md text\n", true),
        (".gitattributes", ".beads/issues.jsonl merge=beads\n", false),
        (".gitattributes", "*.jsonl -merge\n", false),
        (".beads/.gitattributes", "beads.jsonl merge=union\n", false),
    ] {
        let repo = TestRepo::new();
        repo.write(".beads/issues.jsonl", "{\"id\":\"bd-1\",\"title\":\"x\",\"status\":\"open\",\"issue_type\":\"task\"}\n");
        repo.write(file, line);
        let before = ["issues", "beads"].map(|name| repo.git(["check-attr", "merge", &format!(".beads/{name}.jsonl")]));
        repo.cmpm(["init"]).success();
        assert_eq!(repo.read(".gitattributes").contains("/.beads/*.jsonl merge=cmpm"), is_ours, "{line}");
        let after = ["issues", "beads"].map(|name| repo.git(["check-attr", "merge", &format!(".beads/{name}.jsonl")]));
        assert_eq!(before == after, !is_ours, "{line}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(repo.cmpm(["init"]), @"This is already a cmpm project; nothing to change.");
        }
        repo.cmpm(["init", "--remove"]).success();
        assert_eq!(repo.read(file), line);
    }
}
