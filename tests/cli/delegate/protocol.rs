//! The protocol for authors of agents, with the agent that its page shows.

use std::path::Path;

use super::Project;

/// The shell agent of docs/agents-protocol.md.
fn shown() -> String {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/agents-protocol.md")).unwrap();
    page.split("```sh\n").nth(1).unwrap().split("```").next().unwrap().to_owned()
}

#[test]
fn the_agent_of_the_page_works_as_it_says() {
    let project = Project::new();
    let repo = &project.repo;
    let ticket = project.ticket("A page about foxes");
    project.delegate(&ticket, &shown()).success();
    let run = project.run_of(&ticket);
    assert_eq!(project.blob(&format!("refs/cmpm/backup/{run}"), "docs/new.md").as_deref(), Some("# A page about foxes"));
    let assignment: serde_json::Value = serde_json::from_slice(&std::fs::read(project.job(&run, "out/assignment.json")).unwrap()).unwrap();
    assert_eq!((&assignment["attempt"], &assignment["agent"], &assignment["brief"]), (&1.into(), &"writer".into(), &"brief.md".into()));
    let shown = repo.cmpm(["delegate", "show", &run]).success();
    assert!(shown.stdout.contains("says       done (2 of 2)\n"), "{shown}");

    let review = repo.cmpm(["delegate", "review", &run]).success().stdout;
    for said in [
        "Hands over to documentation: the page needs prose",
        "Only a part is done.\n\nA page with its title.\n\n## Lessons\n\n- docs/ had no index",
        "- link (task): Link the new page\n  > Nothing leads to it yet.",
    ] {
        assert!(review.contains(said), "{said}\n{review}");
    }
    // Nothing is taken by itself, and each thing once.
    let before = repo.json(["ticket", "list"])["data"]["tickets"].as_array().unwrap().len();
    repo.cmpm(["delegate", "approve", &run]).success();
    assert_eq!(repo.json(["ticket", "list", "--all"])["data"]["tickets"].as_array().unwrap().len(), before);
    let taken = repo.json(["delegate", "take", &run, "link"])["data"].clone();
    let new = taken["taken"][0]["ticket"].as_str().unwrap().to_owned();
    let made = repo.read(taken["taken"][0]["path"].as_str().unwrap());
    for said in
        ["title: Link the new page", "priority: low", &format!("parent: {ticket}"), &format!("Proposed by the agent writer in {run}.")]
    {
        assert!(made.contains(said), "{said}: {made}");
    }
    assert!(new.starts_with("TSK-"), "{new}");
    let again = repo.cmpm(["delegate", "take", &run, "link"]).exits(2);
    assert!(again.stderr.contains(&format!("{run} proposes nothing called `link`")), "{again}");
}

#[test]
fn what_is_left_is_bounded_and_believed_no_further_than_it_goes() {
    let project = Project::new();
    let repo = &project.repo;
    let secret = ["gh", "p_", "kT7qZ2mB9xR4vC8nL3jH6wF5sD1gPyQaEuWi"].concat();
    let script = format!(
        "cd $CMPM_RUN_DIR; mkdir proposals; cd proposals; printf -- '---\\nkind: comment\\n---\\nFine so far\\n' > note.md; \
         printf -- '---\\nkind: issue\\ntitle: Key\\n---\\n{secret}\\n' > key.md; printf -- '---\\nkind: rule\\ntitle: X\\n---\\nx\\n' > odd.md; \
         ln -s /etc/passwd link.md; echo x > 'a b.md'; mkdir folder.md; \
         printf '{{\"schema\":\"cmpm.result/1\",\"status\":\"done\",\"summary\":\"All good\"}}' > ../result.json; mkdir ../handoff.json; \
         ln -s /etc/passwd ../progress.jsonl; exit 1"
    );
    let ticket = project.ticket("Odd");
    project.delegate(&ticket, &script).exits(1);
    let run = project.run_of(&ticket);
    // It says that it is done, and has failed.
    assert_eq!(project.state(&run), "review agent_failed");
    assert!(project.show(&run)["progress"].is_null());
    let listed = repo.json(["delegate", "take", &run])["data"].clone();
    let names: Vec<&str> = listed["proposals"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["key", "note", "odd"]);
    for (name, said) in [("key", "GitHub personal access token"), ("odd", "is of the kind `rule`")] {
        let refused = repo.cmpm(["delegate", "take", &run, name]).exits(2);
        assert!(refused.stderr.contains(said) && !refused.stderr.contains(&secret), "{refused}");
    }
    repo.cmpm(["delegate", "take", &run, "note"]).success();
    let comments = repo.json(["ticket", "comments", &ticket])["data"].to_string();
    assert!(comments.contains("Fine so far") && comments.contains("Proposed by the agent writer"), "{comments}");
    // The next attempt begins without what this one said.
    repo.cmpm(["delegate", "resume", &run]).exits(1);
    let attempt: serde_json::Value = serde_json::from_slice(&std::fs::read(project.job(&run, "out/assignment.json")).unwrap()).unwrap();
    assert_eq!(attempt["attempt"], 2);
}
