//! `cmpm config`: every layer, and what is wrong with one is said with its name and line.

use std::fs;

use crate::support::{Answer, TestRepo};

/// A repository where each layer sets `delegate.max_parallel` and something of its own.
fn layered() -> TestRepo {
    let repo = TestRepo::new();
    repo.write(".cmpm/config.yaml", "delegate:\n  max_parallel: 1\n  agent: qa\npaths: {tasks: [tickets]}\nstatuses: {triaged: todo}\ngates:\n  - {name: tests, run: make test}\n");
    repo.write(".cmpm/config.ci.yaml", "delegate: {max_parallel: 2, timeout: 7m}\n");
    let user = repo.around().join("home/.config/cmpm");
    fs::create_dir_all(&user).unwrap();
    fs::write(user.join("config.yaml"), "delegate: {max_parallel: 3, idle: 8m}\n").unwrap();
    repo
}

/// Runs cmpm with more variables set.
fn with(repo: &TestRepo, variables: &[(&str, &str)], arguments: &[&str]) -> Answer {
    let mut command = repo.command(arguments.iter().copied());
    command.envs(variables.iter().copied());
    repo.answer(command)
}

#[test]
fn a_later_layer_wins_key_by_key_and_says_so() {
    let repo = layered();
    let variables =
        [("CMPM_ENV", "ci"), ("CMPM_CONFIG_DELEGATE__RUNNER", "builtin"), ("CMPM_CONFIG_MEMORY__CATEGORIES", "[customer, law]")];
    let listed = with(&repo, &variables, &["-c", "delegate.worktree={run}", "config", "list", "--origin"]).to_string();
    let words = listed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let words: Vec<_> = words.filter(|line| !line.starts_with("default prefixes.") && !line.starts_with("default board.")).collect();
    insta::assert_snapshot!(words.join("\n"), @r#"
    ORIGIN KEY VALUE
    default branches.integration (not set)
    default check.exclude []
    default check.secrets.inline_allow change
    default claims.remote (not set)
    default claims.ttl 30m
    .cmpm/config.yaml delegate.agent qa
    default delegate.budget (not set)
    default delegate.fallback []
    [AROUND]/home/.config/cmpm/config.yaml delegate.idle 8m
    default delegate.limits.change_files 10000
    default delegate.limits.change_mb 100
    default delegate.limits.disk_files 1000000
    default delegate.limits.disk_mb 20000
    [AROUND]/home/.config/cmpm/config.yaml delegate.max_parallel 3
    default delegate.max_turns (not set)
    default delegate.merge merge
    default delegate.min_free_mb 100
    default delegate.retry.times 2
    default delegate.retry.wait 1m
    $CMPM_CONFIG_DELEGATE__RUNNER delegate.runner builtin
    default delegate.sandbox auto
    .cmpm/config.ci.yaml delegate.timeout 7m
    default delegate.trash.files 200000
    default delegate.trash.mb 1000
    -c delegate.worktree {run}
    default filters {}
    .cmpm/config.yaml gates [{"name":"tests","run":"make test","timeout":"10m","blocking":true}]
    $CMPM_CONFIG_MEMORY__CATEGORIES memory.categories ["customer","law"]
    default memory.max_length 20000
    default memory.min_length 4
    default memory.projects []
    default milestones {}
    default paths.memory .cmpm/memory
    .cmpm/config.yaml paths.tasks ["tickets"]
    default paths.worktrees .worktrees
    default review.max_waiting 20
    .cmpm/config.yaml statuses.triaged todo
    default worktree.copy []
    default worktree.link []
    default worktree.setup []
    "#);
}

#[test]
fn of_one_key_the_latest_layer_counts() {
    let repo = layered();
    let parallel = |variables: &[(&str, &str)], flags: &[&str]| {
        let answer = with(&repo, variables, &[flags, &["config", "get", "delegate.max_parallel"]].concat()).success();
        answer.stdout.trim_end().to_owned()
    };
    assert_eq!(parallel(&[], &[]), "3", "the user's file is above the project's");
    assert_eq!(parallel(&[("XDG_CONFIG_HOME", "/nowhere")], &[]), "1", "the project's file");
    assert_eq!(parallel(&[("XDG_CONFIG_HOME", "/nowhere"), ("CMPM_ENV", "ci")], &[]), "2", "its overlay");
    assert_eq!(parallel(&[("CMPM_CONFIG_DELEGATE__MAX_PARALLEL", "4")], &[]), "4", "a variable");
    assert_eq!(
        parallel(&[("CMPM_CONFIG_DELEGATE__MAX_PARALLEL", "4")], &["-c", "delegate.max_parallel=5", "-c", "delegate.max_parallel=6"]),
        "6",
        "the last flag"
    );
    repo.git(["rm", "-q", "--cached", "--ignore-unmatch", ".cmpm/config.yaml"]);
    fs::remove_file(repo.path(".cmpm/config.yaml")).unwrap();
    assert_eq!(parallel(&[("XDG_CONFIG_HOME", "/nowhere")], &[]), "5", "the default");
}

#[test]
fn settings_are_shown_one_below_the_other_and_as_json() {
    let repo = layered();
    insta::assert_snapshot!(repo.cmpm(["config", "get", "delegate"]), @"
    delegate.agent=qa
    delegate.budget=(not set)
    delegate.fallback=[]
    delegate.idle=8m
    delegate.limits.change_files=10000
    delegate.limits.change_mb=100
    delegate.limits.disk_files=1000000
    delegate.limits.disk_mb=20000
    delegate.max_parallel=3
    delegate.max_turns=(not set)
    delegate.merge=merge
    delegate.min_free_mb=100
    delegate.retry.times=2
    delegate.retry.wait=1m
    delegate.runner=auto
    delegate.sandbox=auto
    delegate.timeout=2h
    delegate.trash.files=200000
    delegate.trash.mb=1000
    delegate.worktree={agent}-{ticket}
    ");
    insta::assert_snapshot!(repo.cmpm(["config", "get", "statuses.triaged"]), @"todo");
    insta::assert_snapshot!(repo.cmpm(["config", "get", "paths.tasks"]), @r#"["tickets"]"#);
    insta::assert_snapshot!(repo.cmpm(["--json", "config", "get", "gates"]), @r#"{"schema":"cmpm.config.get/1","ok":true,"data":{"key":"gates","settings":[{"key":"gates","value":[{"name":"tests","run":"make test","timeout":"10m","blocking":true}],"origin":{"kind":"project","path":".cmpm/config.yaml"}}]},"findings":[]}"#);
    insta::assert_snapshot!(repo.cmpm(["--json", "config", "get", "delegate.max_parallel"]), @r#"{"schema":"cmpm.config.get/1","ok":true,"data":{"key":"delegate.max_parallel","settings":[{"key":"delegate.max_parallel","value":3,"origin":{"kind":"user","path":"[AROUND]/home/.config/cmpm/config.yaml"}}]},"findings":[]}"#);
    insta::assert_snapshot!(TestRepo::new().cmpm(["config", "get", "statuses"]), @"{}");
    assert_eq!(repo.json(["config", "list"])["schema"], "cmpm.config.list/1");
    repo.write("tickets/issues/ISS-1.md", "---\nid: ISS-1\nkind: issue\ntitle: Ours\nstatus: Triaged\n---\n");
    assert_eq!(repo.json(["ticket", "list"])["data"]["tickets"][0]["category"], "todo", "settings hold");
}

#[test]
fn a_wrong_layer_is_named_with_what_is_wrong_and_where() {
    let repo = TestRepo::new();
    let wrong = |text: &str, arguments: &[&str]| {
        repo.write(".cmpm/config.yaml", text);
        repo.cmpm(arguments.iter().copied())
    };
    insta::assert_snapshot!(wrong("delegate:\n  max_paralel: 3\n", &["config", "list"]), @"
    --- stderr
    error: .cmpm/config.yaml: delegate: there is no key `max_paralel`, expected one of `max_parallel`, `runner`, `agent`, `timeout`, `idle`, `max_turns`, `budget`, `merge`, `fallback`, `retry`, `sandbox`, `limits`, `min_free_mb`, `worktree`, `trash` at line 2 column 3
    hint: give a valid value, or correct it there
    --- exit 2
    ");
    insta::assert_snapshot!(wrong("# note\n\npaths:\n  tasks: ../outside\n", &["issue", "create", "x"]), @r#"
    --- stderr
    error: .cmpm/config.yaml: paths.tasks: found the text "../outside", expected a list at line 4 column 10
    hint: give a valid value, or correct it there
    --- exit 2
    "#);
    insta::assert_snapshot!(wrong("delegate:\n  agent: qa\n bad: [\n", &["config", "list"]), @"
    --- stderr
    error: .cmpm/config.yaml is not valid YAML: did not find expected key at line 3 column 2, while parsing a block mapping
    hint: give a valid value, or correct it there
    --- exit 2
    ");
    insta::assert_snapshot!(wrong("paths:\n  tasks: []\n", &["issue", "create", "x"]), @"
    --- stderr
    error: .cmpm/config.yaml: paths: name at least one folder at line 2 column 3
    hint: give a valid value, or correct it there
    --- exit 2
    ");
    insta::assert_snapshot!(wrong("- a list\n", &["config", "list"]), @"
    --- stderr
    error: .cmpm/config.yaml is not valid YAML: expected `key: value` lines
    hint: give a valid value, or correct it there
    --- exit 2
    ");
    insta::assert_snapshot!(wrong("delegate:\n  agent: qa\n  agent: docs\n", &["config", "list"]), @r#"
    --- stderr
    error: .cmpm/config.yaml is not valid YAML: delegate: duplicate entry with key "agent" at line 2 column 3
    hint: give a valid value, or correct it there
    --- exit 2
    "#);
    fs::write(repo.path(".cmpm/config.yaml"), b"delegate: {agent: \xff}\n").unwrap();
    insta::assert_snapshot!(repo.cmpm(["config", "list"]), @"
    --- stderr
    error: .cmpm/config.yaml is not valid YAML: invalid utf-8 sequence of 1 bytes from index 18
    hint: give a valid value, or correct it there
    --- exit 2
    ");
}

#[test]
fn a_wrong_word_on_the_command_line_or_in_a_variable_is_named() {
    let repo = TestRepo::new();
    insta::assert_snapshot!(repo.cmpm(["config", "get", "nothing.here"]), @"
    --- stderr
    error: there is no setting `nothing.here`
    hint: `cmpm config list --origin` shows every setting and where it comes from
    --- exit 2
    ");
    insta::assert_snapshot!(repo.cmpm(["-c", "delegate.max_parallel", "config", "list"]), @"
    --- stderr
    error: `-c delegate.max_parallel` is not of the form key=value
    hint: for example `-c delegate.max_parallel=2`
    --- exit 2
    ");
    insta::assert_snapshot!(repo.cmpm(["-c", "delegate.max_parallel=many", "config", "list"]), @r#"
    --- stderr
    error: -c delegate.max_parallel: found the text "many", expected a whole number
    hint: give a valid value, or correct it there
    --- exit 2
    "#);
    insta::assert_snapshot!(repo.cmpm(["-c", "delegat.max_parallel=1", "config", "list"]), @"
    --- stderr
    error: -c delegat.max_parallel: there is no key `delegat`, expected one of `paths`, `prefixes`, `statuses`, `branches`, `claims`, `delegate`, `worktree`, `review`, `gates`, `memory`, `check`, `board`, `filters`, `milestones`
    hint: give a valid value, or correct it there
    --- exit 2
    ");
    insta::assert_snapshot!(with(&repo, &[("CMPM_CONFIG_DELEGATE__NOPE", "1")], &["config", "list"]), @"
    --- stderr
    error: $CMPM_CONFIG_DELEGATE__NOPE: there is no key `nope`, expected one of `max_parallel`, `runner`, `agent`, `timeout`, `idle`, `max_turns`, `budget`, `merge`, `fallback`, `retry`, `sandbox`, `limits`, `min_free_mb`, `worktree`, `trash`
    hint: give a valid value, or correct it there
    --- exit 2
    ");
}

#[test]
fn only_the_project_says_what_only_the_project_may() {
    let repo = layered();
    repo.write(".cmpm/config.yaml", "delegate: {sandbox: require}\ngates:\n  - {name: tests, run: make test}\n");
    insta::assert_snapshot!(repo.cmpm(["-c", "gates=[]", "config", "list"]), @"
    --- stderr
    error: -c may not set `gates`: only the project's own .cmpm/config.yaml decides it
    hint: remove it there; if it should apply, write it in .cmpm/config.yaml and commit it
    --- exit 2
    ");
    for (variable, value) in [
        ("GATES", "[]"),
        ("GATES", ""),
        ("GATES", "{}"),
        ("DELEGATE__SANDBOX", "off"),
        ("DELEGATE__SANDBOX", "auto"),
        ("DELEGATE", "{sandbox: auto}"),
        ("DELEGATE", "{}"),
    ] {
        let name = format!("CMPM_CONFIG_{variable}");
        let answer = with(&repo, &[(&name, value)], &["--json", "config", "get", "gates"]);
        let loosened = answer.exit == 0 && (variable, value) != ("DELEGATE", "{}");
        assert!(!loosened, "{name}={value}: {answer}");
        assert!(answer.exit == 0 || answer.stdout.contains("config_project_only") || answer.stdout.contains("config_shape"), "{answer}");
    }
    let user = repo.around().join("home/.config/cmpm/config.yaml");
    fs::write(&user, "gates: [{name: none, run: 'true'}]\n").unwrap();
    insta::assert_snapshot!(repo.cmpm(["config", "list"]), @"
    --- stderr
    error: [AROUND]/home/.config/cmpm/config.yaml may not set `gates`: only the project's own .cmpm/config.yaml decides it
    hint: remove it there; if it should apply, write it in .cmpm/config.yaml and commit it
    --- exit 2
    ");
    fs::write(&user, "delegate: {sandbox: off}\n").unwrap();
    insta::assert_snapshot!(repo.cmpm(["config", "list"]), @"
    --- stderr
    error: [AROUND]/home/.config/cmpm/config.yaml may not set `delegate.sandbox`: only the project's own .cmpm/config.yaml decides it
    hint: remove it there; if it should apply, write it in .cmpm/config.yaml and commit it
    --- exit 2
    ");
    // To tighten is everybody's right.
    repo.write(".cmpm/config.yaml", "delegate: {sandbox: off}\n");
    fs::write(&user, "delegate: {sandbox: require}\n").unwrap();
    assert_eq!(repo.cmpm(["config", "get", "delegate.sandbox"]).success().stdout, "require\n");
}

#[test]
fn an_overlay_may_tighten_and_never_loosen() {
    let repo = layered();
    let get = |key: &str| with(&repo, &[("CMPM_ENV", "ci"), ("XDG_CONFIG_HOME", "/nowhere")], &["config", "get", key]);
    for (text, key) in [
        ("gates: []\n", "gates"),
        ("gates: [{name: none, run: 'true'}]\n", "gates"),
        ("gates:\n", "gates"),
        ("delegate: {sandbox: off}\n", "delegate.sandbox"),
    ] {
        repo.write(".cmpm/config.ci.yaml", text);
        let said = format!("error: .cmpm/config.ci.yaml may not set `{key}`: only the project's own .cmpm/config.yaml decides it\n");
        let answer = get("gates").exits(2);
        assert!(answer.stderr.starts_with(&said), "{text}: {answer}");
    }
    repo.write(".cmpm/config.ci.yaml", "delegate: {sandbox: require}\n");
    assert_eq!(get("delegate.sandbox").success().stdout, "require\n");
    // What it tightened holds for the layers above.
    let flags = ["-c", "delegate.sandbox=auto", "config", "list"];
    with(&repo, &[("CMPM_ENV", "ci"), ("XDG_CONFIG_HOME", "/nowhere")], &flags).exits(2);
}

#[test]
fn an_overlay_that_is_not_there_is_an_error() {
    let repo = layered();
    insta::assert_snapshot!(with(&repo, &[("CMPM_ENV", "prod")], &["ticket", "list"]), @"
    --- stderr
    error: CMPM_ENV is `prod`, but there is no .cmpm/config.prod.yaml
    hint: write (and for delegations commit) that file, or unset CMPM_ENV
    --- exit 2
    ");
    for name in ["../x", "a/b", ".", "a.b", " "] {
        let answer = with(&repo, &[("CMPM_ENV", name)], &["config", "list"]).exits(2);
        assert!(answer.stderr.contains("which cannot be the <word> in .cmpm/config.<word>.yaml"), "{answer}");
    }
    with(&repo, &[("CMPM_ENV", "")], &["config", "list"]).success();
}

#[test]
fn a_value_that_cannot_be_meant_is_refused_with_its_key() {
    let repo = TestRepo::new();
    for (text, said) in [
        ("delegate: {max_parallel: 0}", "`delegate.max_parallel` must be at least 1"),
        ("delegate: {max_turns: 0}", "`delegate.max_turns` must be at least 1"),
        ("delegate: {budget: .nan}", "`delegate.budget` must be a number of US dollars above 0"),
        ("delegate: {worktree: '{agnt}'}", "`delegate.worktree` contains `{agnt}`, which is not {agent}, {ticket} or {run}"),
        ("statuses: {done: todo}", "`statuses.done` is a word of cmpm and always means done"),
        ("gates: [{name: a, run: x}, {name: a, run: y}]", "`gates` has two gates called `a`"),
        ("delegate: {agent: !!python/object x}", "a tag (`!…`) is not allowed in settings; there is one at line 1"),
        ("delegate: {max_parallel: many}", "delegate.max_parallel: found the text \"many\", expected a whole number at line 1 column 26"),
    ] {
        repo.write(".cmpm/config.yaml", &format!("{text}\n"));
        let answer = repo.cmpm(["issue", "create", "x"]).exits(2);
        assert!(answer.stderr.starts_with(&format!("error: .cmpm/config.yaml: {said}\n")), "{answer}");
    }
    repo.write(".cmpm/config.yaml", "delegate: {budget: 2.5}\n");
    assert_eq!(repo.cmpm(["config", "get", "delegate.max_turns"]).success().stdout, "(not set)\n");
    assert_eq!(repo.cmpm(["config", "get", "delegate.budget"]).success().stdout, "2.5\n");
}

#[test]
fn a_setting_is_written_where_it_is_asked_for_and_its_comments_stay() {
    let repo = TestRepo::new();
    assert!(repo.cmpm(["config", "set", "claims.ttl", "1h"]).exits(2).stderr.contains("cmpm init"));
    let before = "# Ours.\ndelegate:\n  max_parallel: 1 # one\n";
    repo.write(".cmpm/config.yaml", before);
    repo.commit_all("settings");
    let set = repo.cmpm(["config", "set", "delegate.max_parallel", "3"]).success();
    assert_eq!(set.stdout, "Set delegate.max_parallel to 3 in .cmpm/config.yaml\n");
    assert_eq!(repo.read(".cmpm/config.yaml"), before.replace("1 # one", "3 # one"));
    repo.cmpm(["undo"]).success();
    assert_eq!(repo.read(".cmpm/config.yaml"), before);
    for (key, value, why) in [
        ("delegate.max_parallel", "0", "must be at least 1"),
        ("delegate.paralel", "2", "paralel"),
        ("claims.ttl", "soon", "claims.ttl: `soon` is not a length of time"),
    ] {
        assert!(repo.cmpm(["config", "set", key, value]).exits(2).stderr.contains(why), "{key}");
    }
    assert_eq!(repo.status(), "");
    let own = repo.cmpm(["config", "set", "--user", "delegate.max_parallel", "2"]).success();
    assert!(own.stdout.contains("home/.config/cmpm/config.yaml"), "{own}");
    let file = fs::read_to_string(repo.around().join("home/.config/cmpm/config.yaml")).unwrap();
    assert_eq!((file.as_str(), repo.status().as_str()), ("delegate:\n  max_parallel: 2\n", ""));
    let hidden = repo.cmpm(["config", "set", "delegate.max_parallel", "5"]).success();
    assert!(hidden.stdout.contains("config.yaml has another value, which wins"), "{hidden}");
    assert!(repo.cmpm(["config", "set", "--user", "gates", "[{name: a, run: b}]"]).exits(2).stderr.contains("gates"));
    repo.cmpm(["config", "unset", "--user", "delegate.max_parallel"]).success();
    assert_eq!(repo.cmpm(["config", "get", "delegate.max_parallel"]).success().stdout, "5\n");
    repo.cmpm(["config", "unset", "delegate.max_parallel"]).success();
    assert_eq!(repo.read(".cmpm/config.yaml"), "# Ours.\n");
    assert!(repo.cmpm(["config", "unset", "delegate.max_parallel"]).exits(2).stderr.contains("does not set"));
}
