//! What a run's programs find around them: a home folder of their own, and nothing else that is the user's.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Case, Project, is_running, sleep, untested_without_a_room};
use crate::support::{TestRepo, untested};

/// A runner that finds a login in its home folder and renews it there, or does what is in `bin/agent` besides.
const RUNNER: &str = "schema: cmpm.runner/1\nname: own\ndescription: x\ninstall: x\ndetect: {program: agent}\nargv: [agent, [--model, \"{model}\"]]\n\
     home:\n  copy: [~/.agent/login.json, ~/.agent/rules]\n  copy_back: [~/.agent/login.json]\n  moved_by: {AGENT_HOME: ~/.agent}\noutput: {format: text}\n";

/// The user's home folder and a secret in it, and one in another repository.
fn secrets(project: &Project) -> PathBuf {
    let home = project.sign("home");
    for (folder, name) in [(".ssh", "id_ed25519"), (".aws", "credentials"), (".config/gh", "hosts.yml"), ("other/.git", "config")] {
        std::fs::create_dir_all(home.join(folder)).unwrap();
        std::fs::write(home.join(folder).join(name), "a secret\n").unwrap();
    }
    home
}

/// What the agent of the only run printed; `None`, said so, where the system has no namespaces.
fn printed(project: &Project, run: &Value) -> Option<String> {
    if !run["status"]["sandbox"].as_str().unwrap().starts_with("namespaces") {
        untested_without_a_room("what is in a room");
        return None;
    }
    Some(project.repo.cmpm(["delegate", "logs", run["run"].as_str().unwrap()]).success().stdout)
}

#[test]
fn what_is_the_users_cannot_be_read_changed_or_spoken_to() {
    let project = Project::on_disk();
    let home = secrets(&project);
    let socket = home.join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let hook = project.repo.path(".git/hooks/pre-commit");
    project.repo.write(".git/hooks/pre-commit", "#!/bin/sh\n");
    std::fs::set_permissions(&hook, PermissionsExt::from_mode(0o755)).unwrap();
    let script = format!(
        "for f in {0}/.ssh/id_ed25519 {0}/.aws/credentials {0}/.config/gh/hosts.yml {0}/other/.git/config ../../src/x ../../.git/config; do \
           cat $f 2>/dev/null && echo \"read $f\"; done; \
         test -e {0}/socket && echo 'saw the socket'; test \"$HOME\" = {0} && echo 'the home folder is the same'; \
         (chmod -x ../../.git/hooks/pre-commit || touch -d 2001-01-01 ../../README.md || chmod u+s /usr/bin/env || touch -d 2001-01-01 /usr/bin) 2>/dev/null && echo changed; \
         (echo x > /usr/x || echo x > /etc/x || echo x > {0}/x) 2>/dev/null && echo wrote; \
         for tty in /dev/pts/[0-9]*; do test -e $tty && echo \"saw $tty\"; done; \
         for pid in /proc/[0-9]*; do test \"$(cat $pid/comm)\" = systemd && echo 'saw processes'; done; kill -0 $PPID 2>/dev/null && test $PPID != 1 && echo signalled; \
         grep -q '^CapEff:.0*$' /proc/self/status || echo 'has capabilities'; \
         echo x > ~/x && echo x > $TMPDIR/x && echo 'own places are open'; echo more >> docs/a.md",
        home.display()
    );
    let run = project.perform("writer", &[], &[Case { title: "Look around", script: &script }]).remove(0);
    assert_eq!(run["outcome"], "passed", "{run:#}");
    let Some(printed) = printed(&project, &run) else { return };
    assert_eq!(printed, "own places are open\n");
    let said = [
        "; enforced: write, read, modes, sockets, processes, devices, disk; open: network",
        "; enforced: write, read, modes, processes, devices, disk; open: sockets, network",
    ];
    assert!(said.iter().any(|said| run["status"]["sandbox"].as_str().unwrap().ends_with(said)), "{run:#}");
    assert_eq!(std::fs::metadata(&hook).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(!home.join("x").exists());
}

/// Where a folder cannot be laid over, which no name with a comma can be, it is read-only, and not the user's own.
#[test]
fn a_cache_that_cannot_be_a_layer_is_only_readable() {
    for name in ["ab", "a,b"] {
        let outer = tempfile::tempdir().unwrap();
        std::fs::create_dir(outer.path().join(name)).unwrap();
        let project = Project::with(TestRepo::new_in(&outer.path().join(name)));
        let program = project.sign("home/.cargo/bin/cargo");
        std::fs::create_dir_all(program.parent().unwrap()).unwrap();
        std::fs::write(&program, "mine").unwrap();
        let script = format!("cat {0} && (echo evil > {0}) 2>/dev/null && echo wrote; echo more >> docs/a.md", program.display());
        let run = project.perform("writer", &[], &[Case { title: "Cache", script: &script }]).remove(0);
        let Some(printed) = printed(&project, &run) else { return };
        assert_eq!((run["outcome"].as_str(), std::fs::read_to_string(&program).unwrap().as_str()), (Some("passed"), "mine"));
        assert_eq!(printed, if name == "ab" { "minewrote\n" } else { "mine" });
    }
}

#[test]
fn gates_have_a_home_folder_and_no_network_unless_it_is_theirs() {
    let project = Project::on_disk();
    let home = secrets(&project);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let connects = format!("bash -c ': </dev/tcp/127.0.0.1/{}'", listener.local_addr().unwrap().port());
    let config = format!(
        "gates:\n  - {{name: closed, run: \"{connects}\", blocking: false}}\n  - {{name: open, network: true, run: \"{connects}\"}}\n  \
         - {{name: home, run: \"! cat {}/.ssh/id_ed25519 && echo x > ~/.profile && git log -1 && git describe --always\"}}\n",
        home.display()
    );
    project.repo.write(".cmpm/config.yaml", &config);
    project.repo.commit_all("gates");
    project.repo.cmpm(["trust", "--yes"]).success();
    let run = project.perform("writer", &[], &[Case { title: "Gates", script: "echo more >> docs/a.md" }]).remove(0);
    assert_eq!(run["outcome"], "passed", "{run:#}");
    if run["status"]["sandbox"].as_str().unwrap().starts_with("none") {
        return untested("the network of gates", "this system has no sandbox");
    }
    let passed: Vec<bool> = run["status"]["gates"].as_array().unwrap().iter().map(|gate| gate["passed"] == true).collect();
    assert_eq!(passed, [false, true, true], "{run:#}");
    let review = project.repo.cmpm(["delegate", "review", run["run"].as_str().unwrap()]).success().stdout;
    let offline: Vec<&str> = review.lines().filter(|line| line.ends_with(" s, without network")).collect();
    assert!(matches!(offline[..], [line] if line.starts_with("- gate closed `")), "{review}");
    assert!(!review.contains("## Description"), "what was asked has no empty headings: {review}");
}

fn run_own(project: &Project, title: &str, script: &str) -> Value {
    let ticket = project.ticket(title);
    let command = project.repo.command(["delegate", "run", &ticket, "--agent", "writer", "--runner", "own"]);
    project.repo.answer(project.with_program("agent", script, command));
    project.show(&ticket)
}

#[test]
fn a_login_is_copied_in_and_a_renewed_one_is_taken_back() {
    let project = Project::new();
    let user = project.sign("home/.agent");
    std::fs::create_dir_all(user.join("rules")).unwrap();
    let login = user.join("login.json");
    let written = || std::fs::read_to_string(&login).unwrap();
    std::fs::write(&login, "{\"token\": \"first\", \"at\": {\"a\": 1}}").unwrap();
    std::fs::write(user.join("rules/one.md"), "a rule\n").unwrap();
    std::fs::write(user.join("rules/say"), "#!/bin/sh\necho said\n").unwrap();
    std::fs::set_permissions(user.join("rules/say"), PermissionsExt::from_mode(0o755)).unwrap();
    project.repo.write(".cmpm/runners/own.yaml", RUNNER);
    project.repo.commit_all("a runner");
    project.repo.cmpm(["trust", "--yes"]).success();
    let renews = |token: &str| {
        format!(
            "cat ~/.agent/login.json ~/.agent/rules/one.md; ~/.agent/rules/say; echo '{{\"at\": {{\"a\": 2}}, \"token\": \"{token}\"}}' > ~/.agent/login.json; echo hook > ~/.agent/settings.json; echo more >> docs/a.md"
        )
    };
    for (before, token) in [("first", "second"), ("second", "third")] {
        let run = run_own(&project, token, &renews(token));
        assert_eq!(run["outcome"], "passed", "{run:#}");
        let said = project.repo.cmpm(["delegate", "logs", run["run"].as_str().unwrap()]).success().stdout;
        assert!(said.contains(before) && said.contains("a rule\nsaid\n"), "{said}");
        assert!(written().contains(token), "{}", written());
        // No login lies about afterwards.
        assert!(!project.job(run["run"].as_str().unwrap(), "home/.agent/login.json").exists());
    }
    assert!(!user.join("settings.json").exists(), "nothing else comes back");
    // What a stranger made of it does not come back.
    let kept = written();
    let secret = project.sign("secret");
    std::fs::write(&secret, "mine").unwrap();
    for (title, evil, why) in [
        ("keys", "echo '{\"token\": \"x\", \"helper\": \"evil\"}' > ~/.agent/login.json".to_owned(), "not the same keys"),
        ("link", format!("ln -sf {} ~/.agent/login.json", secret.display()), "no file any more"),
        ("large", "head -c 70000 /dev/zero > ~/.agent/login.json".to_owned(), "too large"),
    ] {
        let run = run_own(&project, title, &format!("{evil}; echo more >> docs/a.md"));
        assert!(run["status"]["notes"][0].as_str().unwrap().contains(why), "{run:#}");
        assert_eq!((written(), std::fs::read_to_string(&secret).unwrap().as_str()), (kept.clone(), "mine"));
    }
    // A folder that became a link is no way out in the next attempt.
    let run = run_own(&project, "folder", &format!("rm -rf ~/.agent; ln -s {} ~/.agent; exit 1", project.sign("home").display()));
    let resume = project.repo.command(["delegate", "resume", run["run"].as_str().unwrap()]);
    project.repo.answer(project.with_program("agent", "echo more >> docs/a.md", resume)).success();
    assert!(!project.sign("home/login.json").exists() && written() == kept);
}

#[test]
fn a_login_that_the_user_renews_meanwhile_is_theirs() {
    let project = Project::new();
    let user = project.sign("home/.agent");
    std::fs::create_dir_all(&user).unwrap();
    let login = user.join("login.json");
    project.repo.write(".cmpm/runners/own.yaml", RUNNER);
    project.repo.commit_all("a runner");
    project.repo.cmpm(["trust", "--yes"]).success();
    for (title, renews) in [("Reads", "true"), ("Renews", "echo '{\"token\": \"agent\"}' > ~/.agent/login.json")] {
        std::fs::write(&login, "{\"token\": \"old\"}").unwrap();
        let ticket = project.ticket(title);
        let waits = format!("mkfifo $CMPM_RUN_DIR/go; touch $CMPM_RUN_DIR/ready; cat $CMPM_RUN_DIR/go; {renews}; echo more >> docs/a.md");
        let command = project.repo.command(["delegate", "run", &ticket, "--agent", "writer", "--runner", "own"]);
        let mut child = project.start(project.with_program("agent", &waits, command));
        super::until("it works", || project.holder(&ticket).is_some_and(|run| project.job(&run, "out/ready").exists()));
        std::fs::write(&login, "{\"token\": \"mine\"}").unwrap();
        std::fs::write(project.job(&project.holder(&ticket).unwrap(), "out/go"), "").unwrap();
        child.wait().unwrap();
        assert_eq!(std::fs::read_to_string(&login).unwrap(), "{\"token\": \"mine\"}");
        let said = project.show(&ticket)["status"]["notes"].to_string();
        assert_eq!(said.contains("yours was renewed meanwhile"), title == "Renews", "{said}");
    }
}

/// Of a tool in the home folder, what programs need, and not what it keeps beside that.
#[test]
fn what_lies_beside_tools_is_closed() {
    let project = Project::on_disk();
    let home = project.sign("home");
    let files = [
        ".tool/bin/x",
        ".tool/lib/x",
        ".tool/share/x",
        ".tool/token",
        "go/pkg/x",
        "go/src/secret/x",
        ".ivy2/cache/x",
        ".ivy2/.credentials",
    ];
    for file in files {
        std::fs::create_dir_all(home.join(file).parent().unwrap()).unwrap();
        std::fs::write(home.join(file), format!("{file}\n")).unwrap();
    }
    project.repo.write(".cmpm/runners/own.yaml", RUNNER);
    project.repo.commit_all("a runner");
    project.repo.cmpm(["trust", "--yes"]).success();
    let ticket = project.ticket("Reads");
    let reads = format!("cd {}; cat {} 2>/dev/null; cd $OLDPWD; echo more >> docs/a.md", home.display(), files.join(" "));
    let command = project.repo.command(["delegate", "run", &ticket, "--agent", "writer", "--runner", "own"]);
    let mut command = project.with_program("agent", &reads, command);
    let path = command.get_envs().find_map(|(name, value)| (name == "PATH").then_some(value?.to_str()?.to_owned())).unwrap();
    command.env("PATH", format!("{}:{path}", home.join(".tool/bin").display()));
    project.repo.answer(command);
    let run = project.show(&ticket);
    let Some(printed) = printed(&project, &run) else { return };
    assert_eq!(printed, ".tool/bin/x\n.tool/lib/x\n.tool/share/x\ngo/pkg/x\n.ivy2/cache/x\n", "{run:#}");
}

#[test]
fn a_value_that_could_be_an_option_is_refused() {
    let project = Project::new();
    project.repo.write(".cmpm/runners/own.yaml", RUNNER);
    let role = "---\nname: writer\ndescription: Writes\nwrite: [\"docs/**\"]\nmodel: --dangerously-skip\n---\n";
    project.repo.write(".cmpm/agents/writer.md", role);
    project.repo.commit_all("a runner");
    project.repo.cmpm(["trust", "--yes"]).success();
    let run = run_own(&project, "option", "echo more >> docs/a.md");
    assert_eq!(run["outcome"], "agent_failed", "{run:#}");
    assert!(run["reason"].as_str().unwrap().contains("`model` is `--dangerously-skip`"), "{run:#}");
}

#[test]
fn without_a_sandbox_nobody_decides_by_forgetting_where_it_is() {
    let project = Project::new();
    let (other, cmpm) = (project.passed("First"), env!("CARGO_BIN_EXE_cmpm"));
    let script = format!(
        "d=$(cd ../.. && pwd); cd /; for verb in \"delegate approve {other}\" \"trust --yes\"; do env -i HOME=/nowhere \"PATH=$PATH\" setsid -w {cmpm} -C $d $verb; echo \"$verb: $?\"; done; \
         cd $OLDPWD; echo more >> docs/b.md"
    );
    let run = project.perform("anything", &["-c", "delegate.sandbox=off"], &[Case { title: "Forgets", script: &script }]).remove(0);
    let said = project.repo.cmpm(["delegate", "logs", run["run"].as_str().unwrap()]).success().stdout;
    assert!(said.contains(&format!("delegate approve {other}: 3\n")) && said.contains("trust --yes: 3\n"), "{said}");
    assert_eq!(project.state(&other), "review passed");
}

/// The first process of a room shows nobody its variables.
#[test]
fn a_room_is_known_without_the_variables() {
    let project = Project::new();
    let script = format!("echo more >> docs/a.md; exec env -u CMPM_RUN -u CMPM_RUN_DIR {} trust --yes", env!("CARGO_BIN_EXE_cmpm"));
    let run = project.perform("writer", &[], &[Case { title: "Forgets", script: &script }]).remove(0);
    assert_eq!(run["reason"], "its program ended with exit code 3", "{run:#}");
}

/// Nothing of it was in the agent's reach, or else it is the user's own.
#[test]
fn what_the_user_does_meanwhile_denies_nothing() {
    let project = Project::new();
    let other = TestRepo::new();
    let trust = project.sign("home/.local/state/cmpm/trust");
    let ticket = project.ticket("Waits");
    let waits = "mkfifo $CMPM_RUN_DIR/go; touch $CMPM_RUN_DIR/ready; cat $CMPM_RUN_DIR/go; echo more >> docs/a.md";
    let mut command =
        project.repo.command(["-c", "delegate.sandbox=off", "delegate", "run", &ticket, "--agent", "writer", "--runner", "command"]);
    command.args(["--", "sh", "-c", waits]);
    let mut child = project.start(command);
    super::until("it works", || project.holder(&ticket).is_some_and(|run| project.job(&run, "out/ready").exists()));
    let approved = serde_json::json!({"repository": other.path(".git"), "digest": "0", "text": "make", "approved": "2026-01-01T00:00:00Z"});
    std::fs::create_dir_all(trust.parent().unwrap()).unwrap();
    std::fs::write(&trust, format!("{approved}\n")).unwrap();
    std::fs::write(project.job(&project.holder(&ticket).unwrap(), "out/go"), "").unwrap();
    child.wait().unwrap();
    let run = project.show(&ticket);
    assert_eq!(run["outcome"], "passed", "{run:#}");
}

#[test]
fn trust_and_other_jobs_are_compared() {
    let project = Project::new();
    let other = project.passed("First");
    let trust = project.sign("home/.local/state/cmpm/trust");
    let script = format!(
        "echo >> ../../.git/cmpm/jobs/{other}/job.json; mkdir -p {0}; echo x > {0}/trust; echo more >> docs/b.md",
        trust.parent().unwrap().display()
    );
    let run = project.perform("anything", &["-c", "delegate.sandbox=off"], &[Case { title: "Changes", script: &script }]).remove(0);
    assert_eq!(run["outcome"], "denied", "{run:#}");
    let said = run["status"]["violations"].to_string();
    assert!(said.contains(&format!("`jobs/{other}/job.json` was changed")) && said.contains("`trust` was added"), "{said}");
}

/// Not even a daemon that forgot everything lives on when all of a run is killed at once.
#[test]
fn nothing_outlives_a_run_of_which_everything_is_killed() {
    let project = Project::new();
    let ticket = project.ticket("Daemon");
    let [daemon, agent] = [3011, 3012].map(sleep);
    let script = format!("env -i PATH=$PATH setsid sh -c 'exec {daemon}' & touch $CMPM_RUN_DIR/ready; exec {agent}");
    let mut child = project.start(project.delegation(&ticket, &script));
    super::until("it works", || project.holder(&ticket).is_some_and(|run| project.job(&run, "out/ready").exists()));
    super::until("the daemon works", || is_running(&daemon));
    if std::fs::read_to_string(project.worktree(&project.holder(&ticket).unwrap()).join(".git")).unwrap().contains("agent.git") {
        project.repo.cmpm(["delegate", "cancel", &ticket]).success();
        child.wait().unwrap();
        return untested_without_a_room("the end of daemons");
    }
    for pid in below(child.id()).into_iter().filter(|pid| is_ours(*pid)) {
        std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    }
    child.wait().unwrap();
    super::until("all is gone", || !is_running(&daemon) && !is_running(&agent));
}

/// A process and all below it, supervisor and launchers.
fn below(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        found.extend(children.split_whitespace().map(|pid| pid.parse::<u32>().unwrap()));
        next += 1;
    }
    found
}

/// Whether it is cmpm itself, but not the first process of the room, with which everything ends anyway.
fn is_ours(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default().split_whitespace().count();
    numbers == 1 && Path::new(&format!("/proc/{pid}")).exists()
}
