//! What a workflow lets CI do, which gates block, and the tasks that an editor starts by itself.

use super::Power;
use super::tree::leaves;
use crate::document::Node;

/// What `write-all` stands for.
const SCOPES: &[&str] = &[
    "actions",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "id-token",
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "repository-projects",
    "security-events",
    "statuses",
];

/// Events that anybody sets off, and whose workflow has the rights of the repository.
const OUTSIDE: &[&str] = &["discussion", "discussion_comment", "issue_comment", "issues", "pull_request_target", "workflow_run"];

/// Fields that anybody can fill.
const WRITTEN: &[&str] =
    &["title", "body", "message", "label", "default_branch", "head_branch", "head_ref", "head.ref", "email", "name", "page_name"];

/// Machines of the forge.
const HOSTED: &[&str] = &["ubuntu-", "windows-", "macos-"];

/// The jobs of a workflow, or the steps of an action as if they were one.
fn jobs(node: &Node) -> Vec<(&str, &Node)> {
    let listed = match node.find("jobs") {
        Some(Node::Map(jobs)) => jobs.iter().map(|(name, job)| (name.as_str(), job)).collect(),
        _ => Vec::new(),
    };
    listed.into_iter().chain(node.find("runs").map(|runs| ("runs", runs))).collect()
}

fn steps(job: &Node) -> &[Node] {
    job.find("steps").map(Node::items).unwrap_or_default()
}

/// The rights of the token. A job has its own, else those of the file, else those that the repository gives.
pub(super) fn rights(node: &Node) -> Vec<Power> {
    let (jobs, top) = (jobs(node), node.find("permissions"));
    let is_open = jobs.is_empty() || jobs.iter().any(|(_, job)| job.find("permissions").is_none());
    let mut powers = match top {
        Some(top) => granted(top, None),
        None if is_open => vec![Power::new("default", "the rights that the repository gives, as nothing says less", "")],
        None => Vec::new(),
    };
    for (name, job) in jobs {
        powers.extend(job.find("permissions").map(|own| granted(own, Some(name))).unwrap_or_default());
    }
    powers
}

fn granted(node: &Node, job: Option<&str>) -> Vec<Power> {
    let power = |scope: &str, needle: &str| Power::new(format!("{scope}: write"), format!("{scope}: write"), needle).of(job);
    match node {
        Node::Scalar(all) if all == "write-all" => SCOPES.iter().map(|scope| power(scope, all)).collect(),
        Node::Map(scopes) => {
            let writes = scopes.iter().filter(|(_, right)| right.as_text() == Some("write"));
            writes.map(|(scope, _)| power(scope, &format!("{scope}:"))).collect()
        }
        _ => Vec::new(),
    }
}

/// What outsiders set off, their words in commands, and their code beside the repository's rights.
pub(super) fn triggers(node: &Node) -> Vec<Power> {
    let on = node.find("on").unwrap_or(&Node::Null);
    let named: Vec<&str> = match on {
        Node::Map(events) => events.iter().map(|(name, _)| name.as_str()).collect(),
        Node::List(events) => events.iter().filter_map(Node::as_text).collect(),
        Node::Scalar(event) => vec![event],
        Node::Null => Vec::new(),
    };
    let outside: Vec<&&str> = named.iter().filter(|name| OUTSIDE.contains(*name)).collect();
    let mut powers: Vec<Power> = outside.iter().map(|name| Power::new(**name, format!("on {name}"), **name)).collect();
    for (job, tree) in jobs(node) {
        for step in steps(tree) {
            powers.extend(words(&[node, tree, step]).into_iter().map(|power| power.of(Some(job))));
            let theirs = leaves("", step).into_iter().filter_map(|(key, value)| their_code(&key, &value));
            powers.extend(theirs.filter(|_| !outside.is_empty()).map(|power| power.of(Some(job))));
        }
    }
    powers
}

/// What outsiders write into the commands of a step, the last of the nodes, be it by way of a variable of one of them.
fn words(nodes: &[&Node]) -> Vec<Power> {
    let variables = nodes.iter().filter_map(|node| node.find("env")).flat_map(|env| leaves("", env));
    let theirs: Vec<String> =
        variables.filter(|(_, value)| expressions(value).any(|inside| is_written_outside(inside, &[]))).map(|(name, _)| name).collect();
    let commands = nodes.last().map(|step| leaves("", step)).unwrap_or_default();
    let commands = commands.into_iter().filter(|(key, _)| key == "run" || key == "with.script");
    let mut powers = Vec::new();
    for (_, command) in commands {
        let found = expressions(&command).filter(|inside| is_written_outside(inside, &theirs));
        powers.extend(found.map(|inside| Power::new(inside, format!("the words of outsiders in a command (`{inside}`)"), inside)));
    }
    powers
}

/// The checkout of what is not in the repository yet.
fn their_code(key: &str, value: &str) -> Option<Power> {
    let is_theirs = ["github.event.pull_request.head", "github.event.workflow_run.head", "github.head_ref", "refs/pull/", "gh pr checkout"];
    let takes = key == "with.ref" || key == "with.repository" || key == "run";
    let value = dotted(value).to_lowercase();
    let sign = is_theirs.iter().find(|sign| value.contains(&sign.replace(' ', ""))).filter(|_| takes)?;
    Some(Power::new("checkout", "the code of outsiders is checked out", *sign))
}

/// An expression without spaces and with dots in the place of brackets.
fn dotted(expression: &str) -> String {
    let dense: String = expression.chars().filter(|c| !c.is_whitespace()).collect();
    ["['", "[\""].iter().fold(dense, |text, open| text.replace(open, ".")).replace("']", "").replace("\"]", "")
}

/// Whether anybody can write something that an expression gives. `theirs` are variables that hold such a thing.
fn is_written_outside(expression: &str, theirs: &[String]) -> bool {
    let text = dotted(expression).to_lowercase();
    let takes_all = text.contains("tojson(");
    text.split(|c: char| !c.is_alphanumeric() && !"._-*".contains(c)).any(|path| {
        let is_own = ["inputs", "repository", "label"].iter().any(|part| path.split('.').nth(2) == Some(part)) || path.contains(".labels.");
        let is_event = path.starts_with("github.event.") && !is_own;
        let is_all = takes_all && (path == "github" || path == "github.event" || is_event);
        let is_variable = path.strip_prefix("env.").is_some_and(|name| theirs.iter().any(|known| known.eq_ignore_ascii_case(name)));
        path == "github.head_ref" || is_all || is_variable || is_event && WRITTEN.iter().any(|field| path.ends_with(&format!(".{field}")))
    })
}

/// What stands between `${{` and `}}`.
fn expressions(text: &str) -> impl Iterator<Item = &str> {
    text.split("${{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(inside, _)| inside.trim())
}

/// Which secrets a workflow hands to what.
pub(super) fn secrets(node: &Node) -> Vec<Power> {
    let mut powers = Vec::new();
    if let Node::Map(entries) = node {
        for (key, value) in entries.iter().filter(|(key, _)| !matches!(key.as_str(), "jobs" | "runs" | "on")) {
            powers.extend(handed(&leaves(key, value), (None, "")));
        }
    }
    for (name, job) in jobs(node) {
        let Node::Map(entries) = job else { continue };
        let called = action(job);
        for (key, value) in entries.iter().filter(|(key, _)| key != "steps") {
            powers.extend(handed(&leaves(key, value), (Some(name), called)));
            if key == "secrets" && value.as_text() == Some("inherit") {
                powers.push(Power::new(format!("all {called}"), "all secrets", "secrets: inherit").of(Some(name)));
            }
            if key == "environment" {
                let named = value.find("name").unwrap_or(value).as_text().unwrap_or_default();
                powers.push(Power::new(format!("environment {named}"), format!("the environment `{named}`"), named).of(Some(name)));
            }
        }
        for step in steps(job) {
            powers.extend(handed(&leaves("", step), (Some(name), action(step))));
        }
    }
    powers
}

/// What a job or step runs, without its version.
fn action(node: &Node) -> &str {
    let uses = node.find("uses").and_then(Node::as_text).unwrap_or_default();
    uses.rsplit_once('@').map_or(uses, |(name, _)| name)
}

fn handed(values: &[(String, String)], (job, called): (Option<&str>, &str)) -> Vec<Power> {
    let mut powers = Vec::new();
    for (key, value) in values.iter().filter(|(_, value)| value.to_lowercase().contains("secrets")) {
        // `if: …` compares and hands to nobody.
        let asked = if key == "if" { Vec::new() } else { expressions(value).flat_map(names).collect::<Vec<_>>() };
        for name in asked {
            let to = if called.is_empty() { format!(" in {key}") } else { format!(" for {called}") };
            powers.push(Power::new(format!("{} {key} {called}", name.to_uppercase()), format!("{name}{to}"), name).of(job));
        }
    }
    powers
}

/// The secrets of an expression; `secrets` where it does not say which. The token of the run is no secret of the repository.
fn names(expression: &str) -> Vec<String> {
    let text = dotted(expression);
    let small = text.to_ascii_lowercase();
    let starts = small
        .match_indices("secrets")
        .filter(|(at, _)| !small.get(..*at).unwrap_or_default().ends_with(|c: char| c.is_alphanumeric() || "._-'\"".contains(c)));
    let whole = |at: usize| {
        let rest = text.get(at + "secrets".len()..).unwrap_or_default();
        let Some(named) = rest.strip_prefix('.') else { return "secrets" };
        let end = named.find(|c: char| !c.is_alphanumeric() && !"_-".contains(c)).unwrap_or(named.len());
        named.get(..end).unwrap_or_default()
    };
    starts.map(|(at, _)| whole(at)).filter(|name| !name.eq_ignore_ascii_case("GITHUB_TOKEN")).map(str::to_owned).collect()
}

/// What the jobs of GitLab deploy to, whose variables they get.
pub(super) fn environments(node: &Node) -> Vec<Power> {
    let Node::Map(jobs) = node else { return Vec::new() };
    let named = jobs.iter().filter_map(|(job, tree)| {
        let environment = tree.find("environment")?;
        Some((job, environment.find("name").unwrap_or(environment).as_text()?))
    });
    named.map(|(job, name)| Power::new(format!("environment {name}"), format!("the environment `{name}`"), name).of(Some(job))).collect()
}

/// Machines that the forge does not own, and containers with more than their share.
pub(super) fn runners(node: &Node) -> Vec<Power> {
    let mut powers = Vec::new();
    for (_, job) in jobs(node) {
        let own = |value: &str| match value.contains("${{") {
            true => value.contains("self-hosted"),
            false => !value.is_empty() && !HOSTED.iter().any(|start| value.to_ascii_lowercase().starts_with(start)),
        };
        let at = |key: &str| job.find(key).map(|node| leaves(key, node)).unwrap_or_default();
        let labels = at("runs-on").into_iter().filter(|(_, value)| own(value));
        // A machine that the matrix chooses is one of its values.
        let chosen: Vec<String> = at("runs-on").iter().filter_map(|(_, value)| matrix_key(value)).collect();
        let is_chosen = |key: &str, value: &str| chosen.iter().any(|name| key.to_lowercase().ends_with(name)) && own(value);
        let matrix = at("strategy").into_iter().filter(|(key, value)| value.contains("self-hosted") || is_chosen(key, value));
        powers.extend(labels.chain(matrix).map(|(_, value)| Power::new(value.clone(), format!("`{value}`"), value)));
        let container = at("container").into_iter().filter(|(key, _)| matches!(key.as_str(), "container.options" | "container.volumes"));
        powers.extend(container.map(|(key, value)| Power::new(format!("{key} {value}"), key, value)));
    }
    powers
}

/// The key of a matrix that is the whole of a value.
fn matrix_key(value: &str) -> Option<String> {
    let inside = value.trim().strip_prefix("${{")?.strip_suffix("}}")?;
    let key = dotted(inside).to_lowercase().strip_prefix("matrix.")?.to_owned();
    key.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)).then(|| format!(".{key}"))
}

/// Images that no digest pins, but for those that have no owner.
fn images(job: &Node) -> Vec<Power> {
    let services = match job.find("services") {
        Some(Node::Map(services)) => services.iter().map(|(_, service)| service).collect(),
        _ => Vec::new(),
    };
    let places = services.into_iter().chain(job.find("container")).map(|node| node.find("image").unwrap_or(node));
    let named = places.chain(job.find("image")).filter_map(Node::as_text);
    let image = |text: &str| {
        let name = text.strip_prefix("docker://").unwrap_or(text);
        let is_file = job.find("image").and_then(Node::as_text) == Some(text) && !text.starts_with("docker://");
        let below = name.rfind('/').map_or(0, |at| at + 1);
        let end = name.get(below..).and_then(|last| last.find([':', '@'])).map_or(name.len(), |at| below + at);
        let is_foreign = below > 0 && !name.contains("@sha256:") && !is_file;
        is_foreign.then(|| Power::new(name.get(..end).unwrap_or_default(), format!("the image `{name}`"), text))
    };
    named.filter_map(image).collect()
}

/// Code of others that is named by something that can be moved.
pub(super) fn actions(node: &Node) -> Vec<Power> {
    let used = jobs(node).into_iter().flat_map(|(_, job)| std::iter::once(job).chain(steps(job)));
    let foreign = |node: &Node| {
        let uses = node.find("uses").and_then(Node::as_text)?;
        let (name, version) = uses.rsplit_once('@').unwrap_or((uses, ""));
        let digest = version.strip_prefix("sha256:").unwrap_or(version);
        let is_pinned = digest.len() >= 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_own = ["./", "$/", "actions/", "github/"].iter().any(|start| uses.starts_with(start));
        (!is_pinned && !is_own).then(|| Power::new(name, format!("`{name}`"), name))
    };
    used.filter_map(foreign).chain(jobs(node).into_iter().flat_map(|(_, job)| images(job))).collect()
}

/// The gates that can stop a run.
pub(super) fn blocking(node: &Node) -> Vec<Power> {
    let gates = node.find("gates").map(Node::items).unwrap_or_default();
    let says_no = |gate: &Node| gate.find("blocking").and_then(Node::as_text).is_some_and(|said| said.eq_ignore_ascii_case("false"));
    let named = gates.iter().filter(|gate| !says_no(gate)).filter_map(|gate| gate.find("name")?.as_text());
    named.map(|name| Power::new(name, "gates.blocking", "")).collect()
}

/// What an editor runs when the folder is opened.
pub(super) fn tasks(node: &Node) -> Vec<Power> {
    let lists = [node.find("tasks"), node.find("tasks").and_then(|tasks| tasks.find("tasks"))];
    let tasks = lists.into_iter().flatten().flat_map(Node::items);
    let starts =
        |task: &&Node| task.find("runOptions").and_then(|options| options.find("runOn")).and_then(Node::as_text) == Some("folderOpen");
    let power = |task: &Node| {
        let says = |key: &str| task.find(key).map(|node| leaves(key, node)).unwrap_or_default();
        let does = ["type", "script", "command", "args", "options", "linux", "osx", "windows", "dependsOn"].map(says).concat();
        let label = task.find("label").or_else(|| task.find("script")).and_then(Node::as_text).unwrap_or("a task");
        Power::new(format!("{does:?}"), format!("the task `{label}` when the folder is opened"), label)
    };
    tasks.filter(starts).map(power).collect()
}
