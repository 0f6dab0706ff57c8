//! From a line back to whoever wrote it, whatever became of its file since.

use serde_json::{Value, json};

use super::Project;

/// A runner that says which model it used.
const RUNNER: &str = "schema: cmpm.runner/1\nname: fake\ndescription: A fake\ninstall: none\ndetect: {program: fake}\nargv: [fake, \"{brief}\"]\n\
     output: {format: json, result: said, model: model}\n";

/// The one span of an answer.
fn span(project: &Project, place: &str) -> Value {
    let spans = project.repo.json(["trace", place])["data"]["spans"].clone();
    assert_eq!(spans.as_array().unwrap().len(), 1, "{spans}");
    spans[0].clone()
}

#[test]
fn a_line_leads_to_its_run_through_renames_and_fifty_commits() {
    let project = Project::new();
    let repo = &project.repo;
    let run = project.passed("Write more");
    repo.cmpm(["delegate", "approve", &run, "-m", "fine"]).success();
    let merge = project.tip();
    let found = span(&project, "docs/a.md:2");
    let origin = &found["run"];
    assert_eq!((&origin["run"], &origin["agent"], &origin["runner"]), (&run.clone().into(), &"writer".into(), &"command".into()));
    assert_eq!((&origin["title"], &origin["page"]), (&"Write more".into(), &format!(".cmpm/runs/{run}.md").into()));
    assert_eq!((&origin["approved"]["by"], &origin["approved"]["commit"]), (&"Tess Test".into(), &merge.as_str().into()));
    assert_eq!((&found["writer"], &found["author"]), (&"ai".into(), &"writer".into()));
    // A person's line is nobody's run, and one that is not committed is nobody's yet.
    let own = span(&project, "docs/a.md:1");
    assert!(own["run"].is_null() && own["writer"] == "human" && own["author"] == "Tess Test", "{own}");
    let text = repo.cmpm(["trace", "docs/a.md"]).success().stdout;
    assert!(
        text.contains("docs/a.md:2\n") && text.contains(&format!("  run       {run}\n")) && text.contains("  approved  Tess Test, "),
        "{text}"
    );

    let mut name = "docs/a.md".to_owned();
    for number in 0..50 {
        let next = format!("docs/{number}.md");
        if number % 5 == 0 {
            repo.git(["mv", &name, &next]);
            name = next;
        }
        let before = repo.read(&name);
        repo.write(&name, &format!("on top {number}\n{before}"));
        repo.commit_all("top");
    }
    let moved = span(&project, &format!("{name}:52"));
    assert_eq!((&moved["run"]["run"], &moved["then"]), (&run.clone().into(), &json!({"path": "docs/a.md", "line": 2})), "{moved}");
    // A line that moved to another file in the same commit is followed there.
    let long = "a line that is long enough for git to see that it has only moved, word for word, to another file";
    let other = project.passed_by("Write long", &format!("echo '{long}' > docs/long.md"));
    repo.cmpm(["delegate", "approve", &other]).success();
    repo.write("docs/long.md", "gone\n");
    repo.write("docs/taken.md", &format!("a beginning\n{long}\n"));
    repo.commit_all("move a line");
    assert_eq!(span(&project, "docs/taken.md:2")["run"]["run"], other.as_str());

    repo.write(&name, "not committed\n");
    assert!(span(&project, &name)["commit"].is_null());
    for (place, exit) in [("docs/none.md:1", 2), ("docs/taken.md:3", 2), ("docs/taken.md:0", 2)] {
        repo.cmpm(["trace", place]).exits(exit);
    }
    repo.write("docs/new.md", "new\n");
    assert!(repo.cmpm(["trace", "docs/new.md:1"]).exits(2).stderr.contains("is not in git"));
}

#[test]
fn a_squash_keeps_the_run_by_its_trailers_or_its_page() {
    let project = Project::new();
    let repo = &project.repo;
    // As a forge joins it: the trailers stand above what it adds.
    let run = project.passed_by("Write more", "echo more > docs/b.md");
    let request = repo.json(["delegate", "pr", &run])["data"].clone();
    repo.git(["merge", "-q", "--squash", request["branch"].as_str().unwrap()]);
    let body = request["body"].as_str().unwrap();
    repo.git(["commit", "-qm", &format!("Write more (#7)\n\n{body}\n\nCo-authored-by: writer <writer@agents.cmpm.invalid>")]);
    let squashed = project.tip();
    repo.cmpm(["delegate", "clean"]).success();
    let found = span(&project, "docs/b.md:1");
    assert_eq!((&found["run"]["run"], &found["commit"]), (&run.into(), &squashed.into()));
    assert_eq!((&found["run"]["title"], &found["run"]["approved"]["by"]), (&"Write more".into(), &"Tess Test".into()));
    // Two runs that were approved on a branch, which is squashed without a word about them: their pages say which files are whose.
    repo.git(["switch", "-qc", "feature"]);
    let runs = ["c", "d"].map(|name| {
        let run = project.passed_by(&format!("Write {name}"), &format!("echo {name} > docs/{name}.md"));
        repo.cmpm(["delegate", "approve", &run]).success();
        run
    });
    repo.git(["switch", "-q", "main"]);
    repo.git(["merge", "-q", "--squash", "feature"]);
    repo.git(["commit", "-qm", "a feature"]);
    for (name, run) in ["c", "d"].iter().zip(&runs) {
        assert_eq!(span(&project, &format!("docs/{name}.md:1"))["run"]["run"], run.as_str());
    }
}

/// Whether a value has these keys, of which the first so many are required, and no others.
#[track_caller]
fn has_keys(value: &Value, required: usize, keys: &[&str]) {
    let object = value.as_object().unwrap_or_else(|| panic!("{value} is no object"));
    assert!(keys.iter().take(required).all(|key| object.contains_key(*key)), "{value} lacks one of {keys:?}");
    assert!(object.keys().all(|key| keys.contains(&key.as_str())), "{value} has others than {keys:?}");
}

/// Holds a record against the schema of Agent Trace 0.1.0.
#[track_caller]
fn is_agent_trace(record: &Value) {
    has_keys(record, 4, &["version", "id", "timestamp", "files", "vcs", "tool", "metadata"]);
    let numbers: Vec<&str> = record["version"].as_str().unwrap().split('.').collect();
    assert!(numbers.len() == 2 && numbers.iter().all(|number| number.parse::<u32>().is_ok()), "{record}");
    let id: Vec<&str> = record["id"].as_str().unwrap().split('-').collect();
    assert_eq!(id.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(id[2].starts_with('4') && id[3].starts_with(['8', '9', 'a', 'b']), "{id:?}");
    assert!(record["timestamp"].as_str().unwrap().ends_with('Z'));
    has_keys(&record["vcs"], 2, &["type", "revision"]);
    assert!(record["vcs"]["type"] == "git" && record["vcs"]["revision"].as_str().unwrap().len() == 40);
    has_keys(&record["tool"], 2, &["name", "version"]);
    for file in record["files"].as_array().unwrap() {
        has_keys(file, 2, &["path", "conversations"]);
        for conversation in file["conversations"].as_array().unwrap() {
            has_keys(conversation, 1, &["ranges", "contributor", "related", "url"]);
            has_keys(&conversation["contributor"], 1, &["type", "model_id"]);
            assert!(["human", "ai", "mixed", "unknown"].contains(&conversation["contributor"]["type"].as_str().unwrap()));
            for range in conversation["ranges"].as_array().unwrap() {
                has_keys(range, 2, &["start_line", "end_line", "content_hash", "contributor"]);
                assert!(range["start_line"].as_u64().unwrap() >= 1 && range["start_line"].as_u64() <= range["end_line"].as_u64());
            }
            for related in conversation["related"].as_array().into_iter().flatten() {
                has_keys(related, 2, &["type", "url"]);
                assert!(related["url"].as_str().unwrap().split_once(':').is_some());
            }
        }
    }
}

#[test]
fn a_commit_or_a_file_is_an_agent_trace_record() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write(".cmpm/runners/fake.yaml", RUNNER);
    repo.commit_all("a runner");
    repo.cmpm(["trust", "--yes"]).success();
    let ticket = project.ticket("Write more");
    let script = "printf 'more\\nand more\\n' >> docs/a.md; echo '{\"said\": \"done\", \"model\": \"claude-opus-4-5\"}'";
    let run = repo.command(["delegate", "run", &ticket, "--agent", "writer", "--runner", "fake"]);
    repo.answer(project.with_program("fake", script, run)).success();
    let run = project.run_of(&ticket);
    repo.cmpm(["delegate", "approve", &run]).success();
    let merge = project.tip();
    repo.write("README.md", "# Test\n\nBy hand.\n");
    repo.commit_all("by hand");
    let record = |arguments: &[&str]| -> Value {
        let said = repo.cmpm(arguments).success().stdout;
        let record = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
        is_agent_trace(&record);
        record
    };
    // What is not committed is in no record.
    repo.write("docs/a.md", &format!("{}mine\n", repo.read("docs/a.md")));
    let of_file = record(&["trace", "docs/a.md", "--format", "agent-trace"]);
    let conversations = of_file["files"][0]["conversations"].as_array().unwrap();
    let of = |kind: &str| conversations.iter().find(|one| one["contributor"]["type"] == kind).unwrap();
    assert_eq!((&of("ai")["ranges"][0]["start_line"], &of("ai")["ranges"][0]["end_line"]), (&2.into(), &3.into()));
    assert_eq!(of("ai")["contributor"]["model_id"], "anthropic/claude-opus-4-5");
    assert_eq!(of("ai")["related"][0], json!({"type": "run", "url": format!("cmpm:{run}")}));
    assert_eq!(of("human")["ranges"][0]["end_line"], 1);
    assert_eq!(of_file["metadata"]["cmpm"]["runs"][0]["approved"]["by"], "Tess Test");

    let of_merge = record(&["trace", "--commit", &merge, "--format", "agent-trace"]);
    assert_eq!(of_merge["vcs"]["revision"], merge.as_str());
    let file = |record: &Value, path: &str| record["files"].as_array().unwrap().iter().find(|file| file["path"] == path).cloned();
    let ranges = file(&of_merge, "docs/a.md").unwrap()["conversations"].as_array().unwrap().len();
    assert_eq!((ranges, file(&of_merge, "README.md")), (1, None));
    let of_range = record(&["trace", "--commit", &format!("{merge}..HEAD"), "--format", "agent-trace"]);
    assert_eq!(of_range["files"].as_array().unwrap().len(), 1);
    assert_eq!(of_range["files"][0]["conversations"][0]["contributor"]["type"], "human");
    // Also by `--json`, with everything that answers have around them.
    is_agent_trace(&repo.json(["trace", "docs/a.md", "--format", "agent-trace"])["data"]);
}
