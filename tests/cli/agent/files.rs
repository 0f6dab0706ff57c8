//! Agent files: making, extending, validating and explaining them.

use std::path::{Path, PathBuf};

use crate::support::{TestRepo, untested};

const DATA: &str = "---\nname: store\ndescription: Keeps the store\ntools: Read, Edit\nwrite: [\"db/**\", \"src/**\"]\ndeny: [\"db/prod/**\"]\n\
                    timeout_minutes: 30\n---\n\nYou keep the store.\n";

fn agent(front: &str) -> String {
    format!("---\n{front}\n---\n\nWork well.\n")
}

#[test]
fn an_agent_is_as_the_one_it_extends_but_for_its_own_words() {
    let repo = TestRepo::new();
    repo.write(".cmpm/agents/store.md", DATA);
    repo.cmpm(["agent", "create", "tuner", "--extends", "store", "--description", "Makes queries fast", "--write", "db/**"]).success();
    assert_eq!(
        repo.read(".cmpm/agents/tuner.md"),
        "---\nname: tuner\ndescription: Makes queries fast\nextends: store\nwrite:\n  - db/**\n---\n"
    );
    let shown = repo.json(["agent", "show", "tuner"])["data"].clone();
    assert_eq!((&shown["timeout_minutes"], &shown["prompt"]), (&30.into(), &"You keep the store.".into()));
    let exit = |path: &str| repo.cmpm(["agent", "policy", "explain", "tuner", path]).exit;
    // Its own globs count, and what the base denies stays denied.
    assert_eq!(["db/a.sql", "src/a.rs", "db/prod/a.sql"].map(exit), [0, 1, 1]);
    // One's own version of a built-in agent is built on it, and follows it.
    repo.write(".cmpm/agents/qa.md", "---\nname: qa\ndescription: Ours\nextends: qa\ntimeout_minutes: 5\n---\nOnly unit tests.\n");
    let qa = repo.json(["agent", "show", "qa"])["data"].clone();
    assert_eq!((&qa["timeout_minutes"], &qa["write"][0]["written"]), (&5.into(), &"@tests".into()));
    let prompt = qa["prompt"].as_str().unwrap();
    assert!(prompt.starts_with("You find out") && prompt.ends_with("\n\nOnly unit tests."), "{prompt}");
}

#[test]
fn what_extends_nothing_sound_may_write_nothing() {
    let repo = TestRepo::new();
    for (name, front) in [
        ("a", "name: a\ndescription: A\nextends: b\nwrite: [\"docs/**\"]"),
        ("b", "name: b\ndescription: B\nextends: a"),
        ("c", "name: c\ndescription: C\nextends: nobody\nwrite: [\"docs/**\"]"),
        ("d", "name: d\ndescription: D\nextends: broken\nwrite: [\"docs/**\"]"),
        ("e", "name: e\ndescription: \"E\"\nextends: [qa, docs]\nwrite: [\"docs/**\"]"),
        ("f", "name: f\ndescription: F: F\nextends: qa"),
        ("broken", "name: broken\ndescription: X\nwrite: [\"docs/**\"]\ndney: x"),
    ] {
        repo.write(&format!(".cmpm/agents/{name}.md"), &agent(front));
    }
    let answer = repo.cmpm(["agent", "validate"]).exits(1).stdout;
    for said in [
        "a.md:4: error: `extends` leads in a circle: a, b, a, so this agent may write nothing [extends]",
        "b.md:4: error: `extends` leads in a circle: b, a, b",
        "c.md:4: error: there is no agent `nobody` to extend",
        "d.md:4: error: the `broken` that it extends is damaged",
        "e.md:4: error: `extends` names more than one agent",
        "f.md:3: error: the value of `description` is not valid YAML",
        "7 agent files, 7 cannot be used as they are",
    ] {
        assert!(answer.contains(said), "{said}: {answer}");
    }
    for name in ["a", "b", "c", "d", "e", "f"] {
        assert_eq!(repo.json(["agent", "show", name])["data"]["read_only"], "damaged", "{name}");
    }
}

#[test]
fn a_new_agent_overwrites_nothing_and_is_committed_by_a_person() {
    let repo = TestRepo::new();
    let answer = repo.cmpm(["agent", "create", "writer", "--description", "Writes pages: all", "--write", "docs/**", "--write", "@tests"]);
    insta::assert_snapshot!(answer, @r"
    Wrote .cmpm/agents/writer.md
    next: read it, `cmpm agent validate .cmpm/agents/writer.md`, commit it
    ");
    assert!(repo.read(".cmpm/agents/writer.md").starts_with(
        "---\nname: writer\ndescription: 'Writes pages: all'\nwrite:\n  - docs/**\n  - '@tests'\n---\n\nSay here who you are"
    ));
    repo.cmpm(["agent", "validate"]).success();
    let before = repo.read(".cmpm/agents/writer.md");
    let again = repo.cmpm(["agent", "create", "writer", "--description", "Other"]).exits(2);
    assert!(again.stderr.contains("there is an agent `writer` already: .cmpm/agents/writer.md"), "{again}");
    assert_eq!(repo.read(".cmpm/agents/writer.md"), before);
    // A copy under another name is whole; of a built-in agent only who asks for it takes the place.
    repo.cmpm(["agent", "create", "qa2", "--from", "qa"]).success();
    let (ours, theirs) = (repo.json(["agent", "show", "qa2"]), repo.json(["agent", "show", "qa"]));
    for key in ["description", "tools", "timeout_minutes", "capabilities", "escalate_to", "prompt", "branch"] {
        assert_eq!(ours["data"][key], theirs["data"][key], "{key}");
    }
    repo.cmpm(["agent", "create", "qa", "--description", "Other"]).exits(2);
    repo.cmpm(["agent", "create", "qa", "--from", "qa"]).success();
    for (name, glob) in [("auto", "docs/**"), ("Big", "docs/**"), ("../x", "docs/**"), ("fine", "@nothing"), ("fine", "!docs")] {
        repo.cmpm(["agent", "create", name, "--description", "X", "--write", glob]).exits(2);
    }
    repo.cmpm(["undo"]).success();
    let inside = {
        let mut command = repo.command(["agent", "create", "more", "--description", "X", "--write", "**"]);
        command.env("CMPM_RUN", "RUN-1");
        repo.answer(command)
    };
    assert_eq!(inside.exit, 3, "{inside}");
}

#[test]
fn agents_of_every_program_are_validated() {
    let repo = TestRepo::new();
    repo.write(".cmpm/agents/base.md", &agent("name: base\ndescription: B\ntools: Read\nwrite: [\"docs/**\"]"));
    repo.write(".cmpm/agents/wide.md", &agent("name: wide\ndescription: W\nextends: base\ntools: Read, Bash\nwrite: [\"src/**\"]"));
    repo.write(".claude/agents/nameless.md", &agent("description: A helper"));
    repo.write(
        ".claude/agents/tooled.md",
        &agent("name: tooled\ndescription: T\ntools: Read, Bash(git:*, npm:*), Reed, mcp__x__y, docker"),
    );
    repo.write(".claude/agents/free.md", &agent("name: free\ndescription: F\npermissionMode: bypassPermissions"));
    repo.write(".claude/agents/auto.md", &agent("name: auto\ndescription: F"));
    repo.write(".claude/agents/notes.md", "# Notes\n");
    repo.write(
        ".claude/agents/says.md",
        "---\nname: says\ndescription: S\n---\n\nState: !`git log`\nGo\u{200b}od\n@https://example.com/r.md\n",
    );
    repo.write(".claude/agents/long.md", &format!("---\nname: long\ndescription: S\n---\n{}", "word \n".repeat(20_000)));
    repo.write(".gemini/agents/g.md", &agent("name: g\ndescription: G\ntools: [read_file, Bash]"));
    repo.write(".opencode/agent/o.md", &agent("description: O\ntools:\n  bash: false\n  shell: true\npermission:\n  edit: maybe"));
    repo.write(".codex/agents/c.toml", "name = \"c\"\ndescription = \"C\"\nsandbox_mode = \"danger-full-access\"\n");
    repo.write(".codex/agents/d.toml", "name = \"c\"\ndescription = \"C\"\ndeveloper_instructions = \"Work\"\n");
    repo.write(".codex/agents/e.toml", "name = \"e\"\nname = 1\n");
    let answer = repo.cmpm(["agent", "validate"]).exits(1).stdout;
    for said in [
        ".cmpm/agents/wide.md:5: warning: it has tools that `base`, which it extends, has not: Bash [wider-tools]",
        ".cmpm/agents/wide.md:6: note: it may write what `base`, which it extends, may not: src/** [wider-tools]",
        ".claude/agents/nameless.md:1: error: no `name`: Claude Code skips this file without a word [missing-key]",
        ".claude/agents/tooled.md:4: warning: Claude Code has no tool `Reed`, and leaves it out without a word [unknown-tool]\n  hint: if `Read` is meant",
        "no tool `docker`",
        ".claude/agents/free.md:4: warning: it is not asked before it acts",
        ".claude/agents/auto.md:2: error: `auto` means something else",
        ".claude/agents/notes.md:1: error: no front matter, so Claude Code does not take it for an agent",
        ".claude/agents/says.md:6: warning: a command that some programs run",
        ".claude/agents/says.md:7: error: 1 character that people cannot see",
        ".claude/agents/says.md:8: warning: text from the network",
        ".claude/agents/long.md:5: warning: its instructions have 120000 bytes",
        ".gemini/agents/g.md:4: warning: Gemini CLI has no tool `Bash`",
        ".opencode/agent/o.md:3: warning: opencode has no tool `shell`",
        ".opencode/agent/o.md:6: error: `permission` takes `allow`, `ask` or `deny`",
        ".codex/agents/c.toml:1: error: no `developer_instructions`",
        ".codex/agents/c.toml:3: warning: it works without a sandbox",
        ".codex/agents/d.toml:1: error: `c` is also the name of the agent in .codex/agents/c.toml",
        ".codex/agents/e.toml:2: error: it is not valid TOML",
    ] {
        assert!(answer.contains(said), "{said}\n{answer}");
    }
    for quiet in ["`npm", "tool `mcp__", "tool `Bash`, and leaves it out without a word [unknown-tool]\n.claude", "base.md"] {
        assert!(!answer.contains(quiet), "{quiet}\n{answer}");
    }
    let one = repo.json(["agent", "validate", ".claude/agents/tooled.md"]);
    assert_eq!((&one["data"]["files"][0]["valid"], &one["data"]["files"][0]["program"]), (&true.into(), &"claude".into()));
}

/// Files that nobody here wrote: each is an agent, or it is said why it is none.
#[test]
fn real_agent_files_are_valid_or_told_what_is_wrong() {
    let Some(folder) = std::env::var_os("CMPM_AGENT_SAMPLES").map(PathBuf::from) else {
        return untested("agent files of other projects", "CMPM_AGENT_SAMPLES names no folder with some");
    };
    let repo = TestRepo::new();
    let mut files = Vec::new();
    copy(&folder, &folder, &repo, &mut files);
    assert!(files.len() >= 40, "{}", files.len());
    let answer = repo.json(["agent", "validate"].into_iter().map(str::to_owned).chain(files.iter().cloned()));
    let told = answer["data"]["findings"].as_array().unwrap();
    for file in answer["data"]["files"].as_array().unwrap() {
        let is_told =
            told.iter().any(|finding| finding["path"] == file["path"] && finding["severity"] == "error" && finding["line"].is_u64());
        assert_ne!(file["valid"] == true, is_told, "{file}");
    }
}

fn copy(root: &Path, folder: &Path, repo: &TestRepo, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            copy(root, &path, repo, files);
            continue;
        }
        let name = format!("vendor/{}", path.strip_prefix(root).unwrap().display());
        std::fs::create_dir_all(repo.path(&name).parent().unwrap()).unwrap();
        std::fs::copy(&path, repo.path(&name)).unwrap();
        files.push(name);
    }
}

#[test]
fn a_policy_is_explained_in_plain_words() {
    let repo = TestRepo::new();
    insta::assert_snapshot!(repo.cmpm(["agent", "policy", "explain", "qa"]), @"
    qa (built in)
    - It may write @tests, @reports; nothing else.
    - It may never write @instructions, @pipelines, in any spelling that some file system takes for the same.
    - No agent ever writes cmpm's settings, agents, runners and run pages, git's own files, or the status of a ticket.
    - Pipelines, hooks, and what steers agents, editors and tools it may write only where one of its globs spells the path out (docs/protected.md).
    - One path outside of this, and nothing of the run can be merged.
    - It has 90 minutes and 2 attempts; the settings may say less.
    - After that it is the turn of engineer, then human.
    - Its program is told to give it these tools: Read, Grep, Glob, Edit, Write, Bash.
    - Its brief carries memories of the categories error, pattern, team.
    ");
    insta::assert_snapshot!(repo.cmpm(["agent", "policy", "explain", "qa", "tests/login.rs"]), @"qa may write tests/login.rs: the write rule `tests/**` covers it [built in (qa.md:6)]");
    insta::assert_snapshot!(repo.cmpm(["agent", "policy", "explain", "qa", "src/login.rs"]), @"
    qa may not write src/login.rs: no write rule covers it [built in]
    --- exit 1
    ");
    insta::assert_snapshot!(repo.cmpm(["agent", "policy", "explain", "qa", ".cmpm/config.yaml"]), @"
    qa may not write .cmpm/config.yaml: no role ever writes `.cmpm/config*` [built in]
    --- exit 1
    ");
    repo.cmpm(["agent", "policy", "explain", "qa", "../x"]).exits(2);
    repo.cmpm(["agent", "validate", "nowhere.md"]).exits(2);
}
