//! What runs teach: lessons that a person may take, and errors that are remembered with their signature.

use std::process::Command;

use serde_json::Value;

use super::Project;

const LESSONS: &str = "printf 'I added a line.\\n\\n## Lessons\\n\\n- Pages below docs are checked\\n  twice.\\n- Links of a moved page break.\\n' > $CMPM_RUN_DIR/claim.md; echo more >> docs/a.md";

fn memories(project: &Project) -> Vec<Value> {
    project.repo.json(["memory", "list", "--all"])["data"]["memories"].as_array().unwrap().clone()
}

/// A project with one gate, which fails where a page says so.
fn gated() -> Project {
    let project = Project::new();
    let gate = "test ! -e docs/bad || { echo ok 1; echo \"$PWD/src/a.rs:$$:1: error[E0308]: mismatched types\"; exit 1; }";
    project.repo.write(".cmpm/config.yaml", &format!("gates:\n  - name: docs\n    run: {gate:?}\n"));
    project.repo.commit_all("gates");
    project.repo.cmpm(["trust", "--yes"]).success();
    project
}

#[test]
fn lessons_are_proposed_and_taken_when_a_person_asks() {
    let project = Project::new();
    let repo = &project.repo;
    let ticket = project.ticket("Write more");
    project.delegate(&ticket, LESSONS).success();
    let run = project.run_of(&ticket);
    repo.cmpm(["memory", "learn", &run]).exits(2);
    let answer = repo.cmpm(["delegate", "approve", &run, "-m", "good\nLesson: Ask before you move a page."]).success();
    let shown = "Proposed lessons:\n  1  Pages below docs are checked twice. (the agent's claim)\n  2  Links of a moved page break. (the agent's claim)\n  3  Ask before you move a page. (from the reviewer)\n";
    assert!(
        answer.stdout.contains(shown) && answer.stdout.ends_with(&format!("next: cmpm memory learn {run} --all, or --take NUMBER\n")),
        "{answer}"
    );
    assert_eq!((memories(&project).len(), repo.status().as_str()), (0, ""), "nothing is written unasked");
    let page = repo.read(&format!(".cmpm/runs/{run}.md"));
    assert!(
        page.contains("nobody checked these words.\n\n- Pages below docs are checked twice.\n- Links of a moved page break.\n"),
        "{page}"
    );

    repo.cmpm(["memory", "learn", &run, "--take", "4"]).exits(2);
    let taken = repo.json(["memory", "learn", &run, "--take", "2", "--take", "3", "--commit"])["data"].clone();
    assert_eq!(taken["remembered"].as_array().unwrap().len(), 2, "{taken}");
    let show = |number: usize| repo.json(["memory", "show", taken["remembered"][number]["id"].as_str().unwrap()])["data"].clone();
    let (claim, said) = (show(0), show(1));
    let head = repo.git(["rev-parse", "main~1^2"]);
    let source = &claim["source"];
    assert_eq!(
        (&source["agent"], &source["run"], &source["ticket"], &source["commit"]),
        (&"writer".into(), &run.as_str().into(), &ticket.as_str().into(), &head.into())
    );
    assert_eq!((&claim["tags"][0], &claim["author"], &claim["confidence"]), (&"claim".into(), &"writer".into(), &0.3.into()));
    assert_eq!((said["tags"].as_array().unwrap().len(), &said["author"], &said["confidence"]), (0, &"Tess Test".into(), &0.7.into()));
    assert_eq!(repo.status(), "");

    let all = repo.json(["memory", "learn", &run.to_lowercase(), "--all"])["data"].clone();
    assert_eq!((all["remembered"].as_array().unwrap().len(), &all["remembered"][0]["number"]), (1, &1.into()), "{all}");
    let again = repo.cmpm(["memory", "learn", &run, "--all"]).success();
    assert_eq!((again.stdout.as_str(), memories(&project).len()), ("No new lessons.\n", 3));
    let listed = repo.cmpm(["memory", "learn", &run]).success();
    assert!(listed.stdout.contains("taken as MEM-") && !listed.stdout.contains("next:"), "{listed}");
}

#[test]
fn what_a_program_printed_last_is_no_title_unless_it_says_what_went_wrong() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    project.delegate(&ticket, "echo CMPM_MODEL=some thing; exit 3").exits(1);
    project.repo.cmpm(["delegate", "reject", "-m", "no"]).success();
    let titles: Vec<Value> = memories(&project).iter().map(|memory| memory["title"].clone()).collect();
    assert_eq!(titles, ["writer: its program ended with exit code 3"]);
}

#[test]
fn what_is_known_already_and_what_may_not_be_written_is_left_out() {
    let project = Project::new();
    let repo = &project.repo;
    repo.cmpm(["memory", "add", "Links of moved pages break.", "--commit"]).success();
    let ticket = project.ticket("Write more");
    let token = format!("ghp_{}", "x7Kq2mVt9LpR4nWb8ZcJ1yHs6DfG3aEu0QoT");
    project
        .delegate(
            &ticket,
            &format!("echo more >> docs/a.md; printf '# Lessons\\n- Links of a moved page break.\\n- Use {token}\\n- Dry words.\\n'"),
        )
        .success();
    let run = project.run_of(&ticket);
    let refused = repo.cmpm(["delegate", "approve", &run]).exits(3);
    assert!(refused.stderr.contains("may not be merged") && !refused.stderr.contains(&token), "{refused}");
    repo.cmpm(["delegate", "reject", &run, "-m", "it shows a token"]).success();
    let taken = repo.cmpm(["memory", "learn", &run, "--all", "--commit"]).success();
    assert!(taken.stdout.contains("MEM-00000001 says nearly the same") && !taken.stdout.contains(&token), "{taken}");
    assert_eq!((memories(&project).len(), repo.status().as_str()), (3, ""));
    assert_eq!(repo.git(["log", "--format=%h", "-S", &token, "main"]), "");
    let listed = repo.cmpm(["memory", "learn", &run]).success();
    assert!(listed.stdout.contains("MEM-00000001 says nearly the same"), "{listed}");
    // An agent may not decide what is remembered of it.
    let mut inside = repo.command(["memory", "learn", &run, "--all"]);
    inside.env("CMPM_RUN", "RUN-1");
    repo.answer(inside).exits(3);
    repo.cmpm(["memory", "learn", "RUN-nowhere"]).exits(2);
}

#[test]
fn an_error_is_remembered_once_and_found_by_what_it_said() {
    let project = gated();
    let repo = &project.repo;
    let fail = |title: &str| {
        let ticket = project.ticket(title);
        project.delegate(&ticket, "echo x > docs/bad").exits(1);
        project.run_of(&ticket)
    };
    let (first, second) = (fail("One"), fail("Two"));
    assert_eq!((memories(&project).len(), repo.status().as_str()), (0, ""), "before a decision nothing is written");
    let base = project.tip();
    let answer = repo.cmpm(["delegate", "reject", &first, "-m", "types do not fit"]).success();
    let known = memories(&project);
    let id = known[0]["id"].as_str().unwrap();
    assert!(answer.stdout.ends_with(&format!("What went wrong is remembered in {id}\n")), "{answer}");
    let file = known[0]["path"].as_str().unwrap();
    assert_eq!(repo.git(["diff", "--name-only", &base, "main"]), format!("{file}\n.cmpm/runs/{first}.md"));
    assert_eq!(repo.git(["rev-list", "--count", &format!("{base}..main")]), "1", "with the page, in its commit");
    assert_eq!(repo.status(), "");
    let memory = repo.json(["memory", "show", id])["data"].clone();
    assert_eq!(
        (&memory["category"], &memory["error_type"], &memory["source"]["run"]),
        (&"error".into(), &"gate_failed".into(), &first.as_str().into())
    );
    assert_eq!(memory["signature"], "_ error e0308 mismatched types", "{memory}");
    assert!(memory["title"].as_str().unwrap().starts_with("src/a.rs:"), "no path of this machine: {memory}");
    assert!(memory["body"].as_str().unwrap().contains("Decision: types do not fit"), "{memory}");
    let log = repo.around().join("log");
    std::fs::write(&log, "INFO\n/elsewhere/b.rs:7:9: error[E0308]: mismatched types\nmore\n").unwrap();
    let found = repo.json(["memory", "search", "--error", &log.display().to_string()])["data"].clone();
    assert_eq!((&found["hits"][0]["id"], found["hits"][0]["signature"].as_u64()), (&id.into(), Some(4)), "{found}");

    let answer = repo.json(["delegate", "reject", &second, "-m", "look at the trait first"]);
    assert_eq!((&answer["data"]["errors"][0], memories(&project).len()), (&id.into(), 1), "{answer}");
    assert!(repo.read(&format!(".cmpm/runs/{second}.md")).contains(&format!("errors:\n  - {id}\n")));
    let body = repo.json(["memory", "show", id])["data"]["body"].as_str().unwrap().to_owned();
    assert!(body.contains("Decision: types do not fit") && body.contains("## Again"), "{body}");
    assert!(body.contains(&format!("- {second} (writer, ")) && body.contains("look at the trait first"), "{body}");
    // It can be undone like every memory, and comes again with the next failure.
    repo.cmpm(["memory", "forget", id, "--commit"]).success();
    let third = fail("Three");
    repo.cmpm(["delegate", "reject", &third, "--no-reason"]).success();
    assert_eq!(memories(&project).len(), 1);
    repo.cmpm(["check"]).success();
    repo.fsck();
}

#[test]
fn an_attempt_that_failed_is_remembered_with_the_one_that_passed() {
    let project = gated();
    let repo = &project.repo;
    let ticket = project.ticket("Fix it");
    let script = "cd docs; echo more >> a.md; test -e $CMPM_RUN_DIR/tried && rm -f bad || echo x > bad; touch $CMPM_RUN_DIR/tried";
    project.delegate(&ticket, script).exits(1);
    let run = project.run_of(&ticket);
    repo.cmpm(["delegate", "resume", &run]).success();
    let answer = repo.cmpm(["delegate", "approve", &run]).success();
    let known = memories(&project);
    assert!(known.len() == 1 && answer.stdout.contains("What went wrong is remembered in MEM-"), "{answer}");
    let memory = repo.json(["memory", "show", known[0]["id"].as_str().unwrap()])["data"].clone();
    assert!(memory["resolution"][0].as_str().unwrap().starts_with(&format!("attempt 2 of {run} passed")), "{memory}");
    assert!(repo.read(&format!(".cmpm/runs/{run}.md")).contains("- attempt 1 ended as gate_failed: the gate docs failed\n"));
    assert_eq!(repo.git(["log", "-1", "--format=%p", "main"]).split(' ').count(), 2, "in the merge");
    assert_eq!(repo.status(), "");
}

#[test]
fn every_way_to_fail_leaves_its_signature_and_none_is_kept_from_closing() {
    let project = Project::new();
    let repo = &project.repo;
    let cases = [
        ("denied", "echo y > src/x", "writer role writer may not write _ ", true),
        ("agent", "echo 'fatal: no such host example' >&2; exit 3", "fatal no such host example", true),
        ("agent on stdout", "echo working; echo 'Error: the model is overloaded'; exit 3", "error the model is overloaded", true),
        (
            "panic",
            "printf \"thread 'main' panicked at src/main.rs:4:5:\\nindex out of bounds: the len is 3 but the index is 7\\n\" >&2; exit 3",
            "panicked at _ index out of bounds",
            true,
        ),
        ("nothing", "true", "", false),
    ];
    for (title, script, signature, remembered) in cases {
        let ticket = project.ticket(title);
        project.delegate(&ticket, script);
        let answer = repo.json(["delegate", "reject", &project.run_of(&ticket), "--no-reason"]);
        let errors = answer["data"]["errors"].as_array().cloned().unwrap_or_default();
        assert_eq!((answer["ok"].as_bool(), errors.len()), (Some(true), usize::from(remembered)), "{title}: {answer}");
        for id in errors {
            let found = repo.json(["memory", "show", id.as_str().unwrap()])["data"]["signature"].as_str().unwrap().to_owned();
            assert!(found.starts_with(signature), "{title}: {found}");
        }
    }
    // Two forbidden paths are the same error as one, and limits are errors too.
    let known = memories(&project).len();
    let ticket = project.ticket("two denied");
    project.delegate(&ticket, "echo y > src/x; echo y > src/y");
    repo.cmpm(["delegate", "reject", &project.run_of(&ticket), "--no-reason"]).success();
    assert_eq!(memories(&project).len(), known);
    let ticket = project.ticket("slow");
    let mut slow = repo.command(["-c", "delegate.timeout=1s", "delegate", "run", &ticket, "--agent", "writer", "--runner", "command"]);
    slow.args(["--", "sleep", "300"]);
    repo.answer(slow).exits(5);
    let answer = repo.json(["delegate", "reject", &project.run_of(&ticket), "--no-reason"]);
    let shown = repo.json(["memory", "show", answer["data"]["errors"][0].as_str().unwrap()])["data"].clone();
    assert_eq!((&shown["error_type"], &shown["signature"]), (&"time_limit".into(), &"writer it reached its time limit".into()));
    // What may not be written, is not, and the run is closed anyway.
    let token = format!("ghp_{}", "x7Kq2mVt9LpR4nWb8ZcJ1yHs6DfG3aEu0QoT");
    let ticket = project.ticket("secret");
    project.delegate(&ticket, &format!("echo 'error: {token} is refused' >&2; exit 3"));
    let run = project.run_of(&ticket);
    let (before, answer) = (memories(&project).len(), repo.cmpm(["delegate", "reject", &run, "--no-reason"]).success());
    assert!(answer.stderr.contains("is not remembered: ") && !answer.stderr.contains("ghp_"), "{answer}");
    assert_eq!((memories(&project).len(), project.state(&run).as_str(), repo.status().as_str()), (before, "rejected agent_failed", ""));
    assert_eq!(repo.git(["ls-files", ".cmpm/memory/error"]).lines().count(), before);
    repo.fsck();
}

#[test]
fn an_agent_that_failed_without_a_word_leaves_no_memory_that_fits_every_failure() {
    let project = Project::new();
    let repo = &project.repo;
    for script in ["exit 3", "echo \"thread 'main' panicked at src/main.rs:4:5:\" >&2; exit 101"] {
        let ticket = project.ticket(script);
        project.delegate(&ticket, script);
        let run = project.run_of(&ticket);
        repo.cmpm(["delegate", "reject", &run, "--no-reason"]).success();
        assert!(repo.read(&format!(".cmpm/runs/{run}.md")).contains("failed without a message that identifies the error"), "{script}");
    }
    assert_eq!(memories(&project).len(), 0);
}

#[test]
fn a_link_where_a_folder_must_be_is_left_alone() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write("elsewhere/a.md", "mine\n");
    std::os::unix::fs::symlink("../elsewhere", repo.path(".cmpm/memory")).unwrap();
    let ticket = project.ticket("One");
    project.delegate(&ticket, "echo 'fatal: no such host' >&2; exit 3");
    let answer = repo.cmpm(["delegate", "reject", &project.run_of(&ticket), "--no-reason"]).success();
    assert!(answer.stderr.contains("is not remembered: .cmpm/memory is not a folder on the target"), "{answer}");
    assert_eq!(project.blob("main", ".cmpm/memory").as_deref(), Some("../elsewhere"));
    std::os::unix::fs::symlink("../elsewhere", repo.path(".cmpm/other")).unwrap();
    repo.git(["mv", ".cmpm/runs", "kept"]);
    std::fs::rename(repo.path(".cmpm/other"), repo.path(".cmpm/runs")).unwrap();
    let run = project.passed("Two");
    let tip = project.tip();
    for verb in ["approve", "reject"] {
        let answer = repo.cmpm(["delegate", verb, &run, "-m", "because"]).exits(4);
        assert!(answer.stderr.contains("because .cmpm/runs is not a folder there"), "{answer}");
    }
    project.assert_untouched(&tip);
    assert_eq!(project.state(&run), "review passed");
}

#[test]
fn a_rejection_that_was_cut_off_still_remembers() {
    let project = Project::new();
    let repo = &project.repo;
    for point in ["reject.noted", "reject.landed"] {
        let ticket = project.ticket(point);
        project.delegate(&ticket, &format!("echo 'error: {} is broken' >&2; exit 3", point.replace('.', " ")));
        let run = project.run_of(&ticket);
        let mut command: Command = repo.command(["delegate", "reject", &run, "--no-reason"]);
        command.env("CMPM_CRASH_AT", point);
        assert_ne!(repo.answer(command).exit, 0);
        repo.cmpm(["delegate", "resume", &run]).success();
        assert_eq!((project.state(&run).as_str(), repo.status().as_str()), ("rejected agent_failed", ""));
    }
    assert_eq!(memories(&project).len(), 2);
    repo.fsck();
}

#[test]
fn the_brief_tells_what_the_pack_tells_and_how_to_get_the_rest() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write("tasks/epics/EP-1.md", "---\nid: EP-1\nkind: epic\ntitle: Tractor schedule\nstatus: open\n---\n");
    let note = |id: &str, keys: &str, body: &str| {
        repo.write(&format!(".cmpm/memory/team/{id}.md"), &format!("---\nid: {id}\ncategory: team\n{keys}---\n\n{body}\n"));
    };
    for number in 0..10 {
        note(
            &format!("MEM-n{number}"),
            &format!("title: Broken links {number}\n"),
            &format!("Broken links of page {number} at place {}.", number * 13),
        );
    }
    note("MEM-old", "title: Broken links then\nvalid_until: 2026-01-01\n", "Broken links.");
    repo.write("tasks/tasks/TSK-1.md", "---\nid: TSK-1\nkind: task\ntitle: Fix broken links\nstatus: open\nparent: EP-1\n---\n");
    note("MEM-above", "title: Tractor schedule\n", "The tractor schedule is in hours.");
    repo.commit_all("known");
    project.delegate("TSK-1", "cp $CMPM_RUN_DIR/brief.md docs/brief.md").success();
    let run = project.run_of("TSK-1");
    let brief = std::fs::read_to_string(project.job(&run, "brief.md")).unwrap();
    assert_eq!(brief.matches("(MEM-").count(), 8, "{brief}");
    let line = "Left out: 3 for want of room, 1 superseded or expired; `cmpm memory pack --ticket TSK-1 --agent writer` shows more.";
    assert!(brief.contains(&format!("\n{line}\n")), "{brief}");
    let pack = repo.json(["memory", "pack", "--ticket", "TSK-1", "--agent", "writer"])["data"]["memories"].clone();
    let order: Vec<usize> = pack
        .as_array()
        .unwrap()
        .iter()
        .take(8)
        .map(|memory| brief.find(&format!("({})", memory["id"].as_str().unwrap())).unwrap())
        .collect();
    assert!(order.is_sorted(), "{brief}\n{pack:#}");
    repo.cmpm(["delegate", "reject", &run, "--no-reason"]).success();
    repo.write("tasks/tasks/TSK-2.md", "---\nid: TSK-2\nkind: task\ntitle: Unlike\nstatus: open\nparent: EP-1\n---\n");
    repo.commit_all("another");
    project.delegate("TSK-2", "echo more >> docs/a.md").success();
    let brief = std::fs::read_to_string(project.job(&project.run_of("TSK-2"), "brief.md")).unwrap();
    assert!(brief.contains("team: The tractor schedule is in hours. (MEM-above)") || brief.contains("(MEM-above)"), "{brief}");
}

#[test]
fn a_role_is_told_what_it_was_denied_whatever_it_works_on() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write(
        ".cmpm/agents/writer.md",
        "---\nname: writer\ndescription: Writes pages\nmemory_categories: [team]\nwrite: [\"docs/**\"]\n---\n\nYou write.\n",
    );
    let ticket = project.ticket("Tidy the source");
    project.delegate(&ticket, "echo y > src/x").exits(3);
    repo.cmpm(["delegate", "reject", &project.run_of(&ticket), "-m", "leave src alone"]).success();
    let other = project.ticket("Document the board shortcuts");
    let brief = |agent: &str| {
        repo.answer(repo.command(["delegate", "run", &other, "--agent", agent, "--runner", "command", "--", "true"])).exits(1);
        let run = project.run_of(&other);
        repo.cmpm(["delegate", "reject", &run, "--no-reason"]).success();
        std::fs::read_to_string(project.job(&run, "brief.md")).unwrap()
    };
    let told = brief("writer");
    assert!(told.contains("leave src alone") && told.contains("may not write src/x"), "{told}");
    assert!(!brief("anything").contains("leave src alone"), "another role has nothing to do with it");
}
