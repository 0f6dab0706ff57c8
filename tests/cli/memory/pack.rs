//! What a piece of work is reported: the same for `memory pack` and for the brief of a run.

use crate::support::TestRepo;

fn note(repo: &TestRepo, id: &str, keys: &str, body: &str) {
    repo.write(&format!(".cmpm/memory/pattern/{id}.md"), &format!("---\nid: {id}\ncategory: pattern\n{keys}---\n\n{body}\n"));
}

fn ids(repo: &TestRepo, arguments: &[&str]) -> Vec<String> {
    let packed = repo.json(["memory", "pack"].iter().chain(arguments));
    packed["data"]["memories"].as_array().unwrap().iter().map(|memory| memory["id"].as_str().unwrap().to_owned()).collect()
}

/// A task below an issue below an epic, and memories of every sort.
fn full() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("tasks/epics/EP-1.md", "---\nid: EP-1\nkind: epic\ntitle: Harvest planning\nstatus: open\n---\n");
    repo.write("tasks/issues/ISS-1.md", "---\nid: ISS-1\nkind: issue\ntitle: Tractor schedule\nstatus: open\nparent: EP-1\n---\n");
    repo.write(
        "tasks/tasks/TSK-1.md",
        "---\nid: TSK-1\nkind: task\ntitle: Fix broken links\nstatus: open\nparent: ISS-1\npaths: ['docs/**']\n---\n\nIn the guide.\n",
    );
    repo.write("docs/a.md", "one\n");
    repo.write("docs/b.md", "two\n");
    repo.commit_all("start");
    repo.write("docs/gone.md", "three\n");
    repo.commit_all("more");
    let blob = |path: &str| repo.git(["rev-parse", &format!("HEAD:{path}")]);
    let (drifted, gone) = (blob("docs/a.md"), blob("docs/gone.md"));
    note(&repo, "MEM-ticket", "title: Broken links\n", "Fix broken links with check before anything else.");
    note(&repo, "MEM-parent", "title: Tractor schedule\n", "The tractor schedule is in hours.");
    note(&repo, "MEM-epic", "title: Harvest planning\n", "Harvest planning counts weeks.");
    note(&repo, "MEM-paths", "title: Style\nscope: ['docs/*.md']\n", "Short sentences.");
    note(&repo, "MEM-twin", "title: Broken links\n", "Fix broken links with check before anything else!");
    note(&repo, "MEM-new", "title: Broken anchors\nsupersedes: [MEM-old]\n", "Broken links with anchors are fixed by hand.");
    note(&repo, "MEM-old", "title: Broken links of old\n", "Fix broken links in the old way.");
    note(&repo, "MEM-expired", "title: Broken links then\nvalid_until: 2026-01-30\n", "Fix broken links then.");
    note(
        &repo,
        "MEM-gone",
        &format!("title: Broken links gone\nanchors: [{{path: docs/gone.md, blob: {gone}}}]\n"),
        "Fix broken links there.",
    );
    note(
        &repo,
        "MEM-drift",
        &format!("title: Broken links here\nanchors: [{{path: docs/a.md, blob: {drifted}}}]\n"),
        "Fix broken links on Mondays.",
    );
    note(&repo, "MEM-other", "title: Weather\n", "It rains.");
    repo.write("docs/a.md", "changed\n");
    repo.git(["rm", "-q", "docs/gone.md"]);
    repo.commit_all("memories");
    repo
}

#[test]
fn what_is_told_and_what_is_left_out() {
    let repo = full();
    let packed = repo.json(["memory", "pack", "--ticket", "TSK-1"])["data"].clone();
    let told = ids(&repo, &["--ticket", "TSK-1"]);
    let place = |id: &str| told.iter().position(|told| told == id);
    for id in ["MEM-parent", "MEM-epic", "MEM-paths", "MEM-new", "MEM-drift"] {
        assert!(place(id).is_some(), "{id} in {told:?}");
    }
    for id in ["MEM-old", "MEM-expired", "MEM-gone", "MEM-other"] {
        assert!(place(id).is_none(), "{id} in {told:?}");
    }
    assert!(place("MEM-ticket").is_some() != place("MEM-twin").is_some(), "of two that say the same one: {told:?}");
    assert_eq!((&packed["alike"], &packed["orphaned"], &packed["over"]), (&1.into(), &1.into(), &2.into()));
    let text = packed["text"].as_str().unwrap();
    let line = "Left out: 1 that say the same, 1 about code that is gone, 2 superseded or expired; `cmpm memory search` shows more.\n";
    assert!(text.ends_with(line), "{text}");
    let drifted = text.lines().find(|line| line.contains("MEM-drift")).unwrap();
    assert!(drifted.contains("[may no longer apply: docs/a.md drifted: +1 -1 lines by "), "{drifted}");
    // The ticket itself counts more than what is above it, and a page that changed steps back behind its like.
    let best = place("MEM-ticket").or(place("MEM-twin")).unwrap();
    assert!(best == 0 && place("MEM-drift") > Some(best), "{told:?}");
    assert!(place("MEM-parent") > Some(best) && place("MEM-epic") > Some(best), "{told:?}");
    assert_eq!(ids(&repo, &["--paths", "docs/b.md"])[0], "MEM-paths");
}

#[test]
fn a_role_is_told_its_categories_the_first_one_first_and_what_it_learned_itself() {
    let repo = TestRepo::new();
    for (id, category) in [("MEM-a", "team"), ("MEM-b", "error"), ("MEM-c", "pattern")] {
        let text = format!("---\nid: {id}\ncategory: {category}\ntitle: Links {id}\n---\n\nLinks break {category}.\n");
        repo.write(&format!(".cmpm/memory/{category}/{id}.md"), &text);
    }
    let role = |name: &str, categories: &str| {
        let text = format!("---\nname: {name}\ndescription: x\nwrite: ['docs/**']\nmemory_categories: [{categories}]\n---\n\nx\n");
        repo.write(&format!(".cmpm/agents/{name}.md"), &text);
    };
    role("first", "error, team");
    role("second", "team, error");
    assert_eq!(ids(&repo, &["links", "break", "--agent", "first"]), ["MEM-b", "MEM-a"]);
    assert_eq!(ids(&repo, &["links", "break", "--agent", "second"]), ["MEM-a", "MEM-b"]);
    for (id, agent) in [("MEM-d", "third"), ("MEM-e", "fourth")] {
        note(
            &repo,
            id,
            &format!("title: Own links {id}\nsource: {{agent: {agent}}}\ntags: [claim]\n"),
            "A link of one agent and no other.",
        );
    }
    for (agent, own) in [("third", "MEM-d"), ("fourth", "MEM-e")] {
        repo.write(&format!(".cmpm/agents/{agent}.md"), &format!("---\nname: {agent}\ndescription: x\nwrite: ['docs/**']\n---\n\nx\n"));
        let text = repo.cmpm(["memory", "pack", "own", "link", "agent", "--agent", agent]).success().stdout;
        assert!(text.starts_with(&format!("- {own} (pattern, an agent's claim) ")), "{text}");
    }
}

#[test]
fn the_budget_is_hard_and_the_bytes_are_the_same_in_every_clone() {
    let repo = full();
    for number in 0..230 {
        note(
            &repo,
            &format!("MEM-n{number:03}"),
            &format!("title: Links of page {number}\n"),
            &format!("Page {number} has broken links to {}.", number * 7),
        );
    }
    repo.commit_all("many");
    let clone = repo.around().join("clone");
    repo.git(["clone", "-q", &repo.root().display().to_string(), &clone.display().to_string()]);
    let clone = clone.display().to_string();
    for budget in ["50", "300", "4000"] {
        let text = repo.cmpm(["memory", "pack", "--ticket", "TSK-1", "--budget", budget]).success().stdout;
        assert!(text.len() <= budget.parse::<usize>().unwrap() * 4, "{budget}: {}", text.len());
        let again = repo.cmpm(["memory", "pack", "--ticket", "TSK-1", "--budget", budget]).stdout;
        let there = repo.cmpm(["-C", &clone, "memory", "pack", "--ticket", "TSK-1", "--budget", budget]).stdout;
        assert_eq!((&text, &text), (&again, &there), "{budget}");
    }
    let refused = repo.cmpm(["memory", "pack", "--ticket", "TSK-1", "--budget", "0"]).exits(2);
    let least = refused.stderr.split("`--budget ").nth(1).unwrap().split('`').next().unwrap().to_owned();
    repo.cmpm(["memory", "pack", "--ticket", "TSK-1", "--budget", &least]).success();
    let small = repo.cmpm(["memory", "pack", "--ticket", "TSK-1", "--budget", "200"]).stdout;
    assert!(small.lines().last().unwrap().contains("beyond the budget"), "{small}");
}

#[test]
fn what_title_summary_and_body_say_is_said_once() {
    let repo = TestRepo::new();
    let said = "Broken links are fixed by hand";
    note(&repo, "MEM-1", &format!("title: {said}\nsummary: {said}.\nrationale: They are few.\n"), &format!("{said}."));
    let packed = repo.cmpm(["memory", "pack", "broken links"]).success().stdout;
    assert!(packed.starts_with(&format!("- MEM-1 (pattern) {said}. They are few.\n")), "{packed}");
}
