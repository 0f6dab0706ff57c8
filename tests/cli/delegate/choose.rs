//! `agent select`, and `--agent auto`.

use super::Project;

fn page(run: &str, agent: &str, (state, outcome): (&str, &str)) -> String {
    format!("---\nid: {run}\nticket: ISS-1\nagent: {agent}\nrunner: command\nstate: {state}\noutcome: {outcome}\n---\n\n# Old\n")
}

#[test]
fn an_agent_is_chosen_by_what_it_can_do_how_it_did_and_what_it_has_to_do() {
    let project = Project::new();
    let repo = &project.repo;
    for (name, says) in
        [("pages", "write: [\"docs/**\"]"), ("parser", "write: [\"src/**\"]\nspecializations: [parser]"), ("looks", "tools: Read")]
    {
        repo.write(
            &format!(".cmpm/agents/{name}.md"),
            &format!("---\nname: {name}\ndescription: Knows the frobnicator {name}\n{says}\n---\n\nGo.\n"),
        );
    }
    repo.write("src/parse/lex.rs", "x\n");
    for (run, agent, how) in [
        ("RUN-0000000a", "pages", ("merged", "passed")),
        ("RUN-0000000b", "pages", ("rejected", "passed")),
        ("RUN-0000000c", "parser", ("merged", "passed")),
        ("RUN-0000000d", "looks", ("merged", "passed")),
        ("RUN-0000000e", "parser", ("discarded", "cancelled")),
    ] {
        repo.write(&format!(".cmpm/runs/{run}.md"), &page(run, agent, how));
    }
    let made =
        repo.json(["issue", "create", "The frobnicator stops", "--path", "src/parse/**", "--description", "See `src/x`, says \"nobody"]);
    let ticket = made["data"]["id"].as_str().unwrap().to_owned();
    repo.commit_all("all");
    let shown = repo.cmpm(["agent", "select", &ticket, "--explain"]).success();
    let first: String = shown.stdout.lines().take(8).map(|line| format!("{line}\n")).collect();
    insta::assert_snapshot!(first, @"
    parser  0.91
      capability   0.4 × 1.00   its file has frobnicator; it may write 2 of 2 files
      performance  0.4 × 0.78   1 merged, 0 failed or rejected, of 1 run page in .cmpm/runs
      workload     0.2 × 1.00   0 open runs in this clone
    anything  0.67
      capability   0.4 × 0.50   it may write 2 of 2 files
      performance  unknown      no run of it was decided here yet; left out
      workload     0.2 × 1.00   0 open runs in this clone
    ");
    // Who may write nothing cannot be chosen.
    assert!(!shown.stdout.contains("looks"), "{shown}");
    let chosen = repo.json(["agent", "select", &ticket])["data"].clone();
    assert_eq!(chosen["agent"], "parser");
    let unknown = chosen["agents"].as_array().unwrap().iter().find(|one| one["agent"] == "writer").unwrap();
    assert!(unknown["performance"].is_null(), "{unknown}");

    let ran =
        repo.cmpm(["delegate", "run", &ticket, "--agent", "auto", "--runner", "command", "--", "sh", "-c", "echo y >> src/x"]).success();
    assert!(ran.stderr.contains(&format!("{ticket}: parser suits it best (")), "{ran}");
    let again = repo.json(["agent", "select", &ticket])["data"].clone();
    let parser = again["agents"].as_array().unwrap().iter().find(|one| one["agent"] == "parser").unwrap();
    assert_eq!(parser["workload"]["open"], 1, "{parser}");
}

#[test]
fn where_nobody_fits_nobody_is_chosen() {
    let project = Project::new();
    let ticket = project.ticket("Zzyzx qwerty");
    let repo = &project.repo;
    insta::assert_snapshot!(repo.cmpm(["agent", "select", &ticket]).exits(1), @"
    No agent has anything in common with ISS-00000001; `--explain` says more.
    --- exit 1
    ");
    let answer = repo.cmpm(["delegate", "run", &ticket, "--agent", "auto", "--runner", "command", "--", "true"]).exits(2);
    assert!(answer.stderr.contains("no agent has anything in common with"), "{answer}");
}
