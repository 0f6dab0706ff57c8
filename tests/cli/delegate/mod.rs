//! `cmpm delegate`, end to end: real repositories and real processes, with shell lines for agents.

mod adapter;
mod breaker;
mod ceilings;
mod choose;
mod colleagues;
mod crash;
mod deciding;
mod endpoints;
mod folder;
mod fresh;
mod gates;
mod group;
mod hostile;
mod injection;
mod learning;
mod limits;
mod parallel;
mod place;
mod protocol;
mod repository;
mod roles;
mod room;
mod run;
mod standing;
mod watch;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Answer, TestRepo, untested};

/// May write `docs/` and the tickets, no more.
const WRITER: &str =
    "---\nname: writer\ndescription: Writes pages\nwrite: [\"docs/**\", \"tasks/**\"]\ndeny: [\"docs/secret/**\"]\n---\n\nYou write.\n";
/// May write all that anybody may write.
const ANYTHING: &str = "---\nname: anything\ndescription: Writes everywhere\nwrite: [\"**\"]\n---\n\nYou write.\n";

/// A repository with two roles.
pub struct Project {
    pub repo: TestRepo,
    /// Called after each crash, with its point.
    pub crashed: fn(&Self, &str),
}

/// One agent: the title of its ticket, and what it does.
pub struct Case<'a> {
    pub title: &'a str,
    pub script: &'a str,
}

impl Project {
    /// Committed: `docs/a.md`, `src/x`, the roles `writer` and `anything`. In memory where that is possible, because a run
    /// waits for the disk many times.
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::with(TestRepo::new_in(memory)) } else { Self::on_disk() }
    }

    /// On the disk: programs in a sandbox may write to the memory that processes share.
    pub fn on_disk() -> Self {
        Self::with(TestRepo::new())
    }

    fn with(repo: TestRepo) -> Self {
        repo.write("docs/a.md", "one\n");
        repo.write("src/x", "x\n");
        repo.write(".cmpm/agents/writer.md", WRITER);
        repo.write(".cmpm/agents/anything.md", ANYTHING);
        repo.commit_all("roles");
        Self { repo, crashed: |_, _| {} }
    }

    /// A committed ticket; its id.
    pub fn ticket(&self, title: &str) -> String {
        self.tickets(&[title]).remove(0)
    }

    /// Tickets, in one commit; their ids.
    pub fn tickets(&self, titles: &[&str]) -> Vec<String> {
        let ids = titles.iter().map(|title| {
            let made = self.repo.json(["issue", "create", title]);
            made["data"]["id"].as_str().unwrap_or_else(|| panic!("no id in {made}")).to_owned()
        });
        let ids = ids.collect();
        self.repo.commit_all("tickets");
        ids
    }

    /// The command that delegates a ticket to `writer` with a shell line.
    pub fn delegation(&self, ticket: &str, script: &str) -> Command {
        self.repo.command(["delegate", "run", ticket, "--agent", "writer", "--runner", "command", "--", "sh", "-c", script])
    }

    /// Delegates a ticket to `writer` with a shell line.
    pub fn delegate(&self, ticket: &str, script: &str) -> Answer {
        self.repo.answer(self.delegation(ticket, script))
    }

    /// A ticket that was delegated to an honest agent, which adds a line to `docs/a.md`; the run.
    pub fn passed(&self, title: &str) -> String {
        self.passed_by(title, "echo more >> docs/a.md; echo I added a line")
    }

    /// A ticket on which a shell line did well; the run.
    pub fn passed_by(&self, title: &str, script: &str) -> String {
        let ticket = self.ticket(title);
        self.delegate(&ticket, script).success();
        self.run_of(&ticket)
    }

    /// A command that finds a shell script as a program of this name.
    pub fn with_program(&self, name: &str, script: &str, mut command: Command) -> Command {
        let folder = self.sign("bin");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(folder.join(name), PermissionsExt::from_mode(0o755)).unwrap();
        command.env("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()));
        command
    }

    /// The run that holds a ticket, from the file that says so.
    pub fn holder(&self, ticket: &str) -> Option<String> {
        let claim = std::fs::read_to_string(self.repo.path(&format!(".git/cmpm/claims/{ticket}.json"))).ok()?;
        serde_json::from_str::<Value>(&claim).ok()?["run"].as_str().map(str::to_owned)
    }

    /// The newest run of a ticket.
    pub fn run_of(&self, ticket: &str) -> String {
        if let Some(run) = self.holder(ticket) {
            return run;
        }
        let all = self.repo.json(["delegate", "list", "--all"]);
        let runs = all["data"]["runs"].as_array().unwrap();
        let found = runs.iter().find(|run| run["ticket"] == ticket).unwrap_or_else(|| panic!("no run of {ticket} in {all}"));
        found["run"].as_str().unwrap().to_owned()
    }

    /// What `delegate show` says of a run.
    pub fn show(&self, run: &str) -> Value {
        self.repo.json(["delegate", "show", run])["data"].clone()
    }

    /// State and outcome, as `review passed`.
    pub fn state(&self, run: &str) -> String {
        let shown = self.show(run);
        format!("{} {}", shown["state"].as_str().unwrap(), shown["outcome"].as_str().unwrap_or("-"))
    }

    /// Lets several agents work at once in one command, each on a ticket of its own; what `review` says of each run.
    pub fn perform(&self, agent: &str, options: &[&str], cases: &[Case<'_>]) -> Vec<Value> {
        let titles: Vec<&str> = cases.iter().map(|case| case.title).collect();
        let tickets = self.tickets(&titles);
        let scripts = self.repo.around().join("scripts");
        std::fs::create_dir_all(&scripts).unwrap();
        for (ticket, case) in tickets.iter().zip(cases) {
            std::fs::write(scripts.join(ticket), case.script).unwrap();
        }
        let mut command = self.repo.command(options);
        command.args(["--json", "-c", "delegate.max_parallel=16", "delegate", "run", "--agent", agent, "--runner", "command"]);
        // What the command names can be read.
        command.args(&tickets).args(["--", "sh", "-c", "exec sh \"$0\"/$CMPM_TICKET"]).arg(&scripts);
        let answer = self.repo.answer(command);
        assert!([0, 1, 3].contains(&answer.exit), "{answer}");
        let ran: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {answer}"));
        let runs = ran["data"]["runs"].as_array().unwrap().iter();
        runs.map(|run| self.repo.json(["delegate", "review", run["run"].as_str().unwrap()])["data"].clone()).collect()
    }

    /// The references below a folder, by name, with their commits.
    pub fn refs(&self, below: &str) -> BTreeMap<String, String> {
        let listed = self.repo.git(["for-each-ref", "--format=%(refname) %(objectname)", below]);
        listed.lines().filter_map(|line| line.split_once(' ')).map(|(name, oid)| (name.to_owned(), oid.to_owned())).collect()
    }

    /// Everything that must hold whatever an agent did: the repository is sound, and nothing but `.cmpm/runs` changed in it.
    #[track_caller]
    pub fn assert_untouched(&self, tip: &str) {
        assert_eq!(self.tip(), tip, "main moved");
        assert_eq!(self.repo.status(), "", "the work tree is not clean");
        assert_eq!(self.repo.git(["symbolic-ref", "HEAD"]), "refs/heads/main");
        self.repo.fsck();
    }

    /// The commit of `main`.
    pub fn tip(&self) -> String {
        self.repo.git(["rev-parse", "main"])
    }

    /// A file as a commit has it; `None` if it is not there.
    pub fn blob(&self, commit: &str, path: &str) -> Option<String> {
        let listed = self.repo.git(["ls-tree", "-r", "--name-only", "-z", commit]);
        listed.split('\0').any(|name| name == path).then(|| self.repo.git(["show", &format!("{commit}:{path}")]))
    }

    /// Where a run works.
    pub fn worktree(&self, run: &str) -> PathBuf {
        PathBuf::from(self.show(run)["worktree"].as_str().unwrap())
    }

    /// A file of a run's job directory.
    pub fn job(&self, run: &str, file: &str) -> PathBuf {
        self.repo.path(".git/cmpm/jobs").join(run).join(file)
    }

    /// Whether somebody holds the ticket.
    pub fn is_claimed(&self, ticket: &str) -> bool {
        self.repo.exists(&format!(".git/cmpm/claims/{ticket}.json"))
    }

    /// Has the doctor put everything in order; fails the test if it finds anything afterwards.
    #[track_caller]
    pub fn heal(&self, after: &str) {
        let fixed = self.repo.cmpm(["doctor", "--fix"]);
        assert_eq!(fixed.exit, 0, "{after}: {fixed}");
        let healthy = self.repo.json(["doctor"]);
        // No test here has hooks, and few have settings.
        let is_sick = |row: &&Value| row["state"] != "ok" && row["check"] != "hooks" && row["check"] != "project";
        let sick: Vec<&Value> = healthy["data"]["checks"].as_array().unwrap().iter().filter(is_sick).collect();
        assert!(sick.is_empty() && healthy["ok"] == true, "{after}: {sick:?}");
        let worktrees = self.repo.git(["worktree", "list", "--porcelain"]);
        assert!(!worktrees.contains("prunable") && !worktrees.contains("gate-tree"), "{after}: {worktrees}");
        self.repo.fsck();
    }

    /// A path outside of the repository, for signs that agents give.
    pub fn sign(&self, name: &str) -> PathBuf {
        self.repo.around().join(name)
    }

    /// Starts a command in the background, quietly.
    pub fn start(&self, mut command: Command) -> std::process::Child {
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

/// Waits until something is so; fails the test after half a minute.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(30), "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The number written in a file, once it is there.
pub fn number_in(file: &Path) -> i32 {
    let read = || std::fs::read_to_string(file).ok().filter(|text| text.ends_with('\n'))?.trim().parse().ok();
    until("a number is written", || read().is_some());
    read().unwrap()
}

/// The number by which a process of a run is known outside of its room. It may be one of any run that has this number inside.
pub fn outside(inside: i32, folder: &Path) -> i32 {
    let mark = format!("CMPM_RUN_DIR={}", folder.display());
    let is_it = |pid: i32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default();
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        numbers.split_whitespace().last() == Some(&inside.to_string())
            && environment.split(|&byte| byte == 0).any(|one| one == mark.as_bytes())
    };
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    pids.into_iter().find(|&pid| is_it(pid)).unwrap_or(inside)
}

/// Says that something was not tested for want of namespaces; fails the test if this system has them.
#[track_caller]
pub fn untested_without_a_room(what: &str) {
    let can = Command::new("unshare").args(["--user", "--pid", "--mount", "--net", "--fork", "true"]).output();
    assert!(!can.is_ok_and(|answer| answer.status.success()), "this system has namespaces, and the run had no room");
    untested(what, "this system has no namespaces");
}

/// A command that sleeps for so many seconds, and that no other process of this machine has.
pub fn sleep(seconds: u32) -> String {
    format!("sleep {seconds}.{}", std::process::id())
}

/// Whether a process with exactly these arguments runs.
pub fn is_running(arguments: &str) -> bool {
    let wanted = arguments.replace(' ', "\0") + "\0";
    let mut entries = std::fs::read_dir("/proc").unwrap();
    entries.any(|entry| std::fs::read(entry.unwrap().path().join("cmdline")).is_ok_and(|line| line == wanted.as_bytes()))
}

/// Whether a process runs.
pub fn is_alive(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}
