//! What a workflow lets CI do, and the tasks that an editor starts by itself.

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
    for (job, step) in jobs(node).iter().flat_map(|(name, job)| steps(job).iter().map(move |step| (*name, step))) {
        for (key, value) in leaves("", step) {
            if key == "run" || key == "with.script" {
                let words = expressions(&value).filter(|inside| is_written_outside(inside));
                powers.extend(
                    words.map(|inside| {
                        Power::new(inside, format!("the words of outsiders in a command (`{inside}`)"), inside).of(Some(job))
                    }),
                );
            }
            let is_theirs = ["github.event.pull_request.head", "github.event.workflow_run.head", "github.head_ref", "refs/pull/"];
            let takes = key == "with.ref" || key == "with.repository" || key == "run";
            if !outside.is_empty() && takes && is_theirs.iter().any(|sign| value.contains(sign)) {
                powers.push(
                    Power::new(
                        "checkout",
                        "the code of outsiders is checked out",
                        is_theirs.iter().find(|sign| value.contains(**sign)).copied().unwrap_or_default(),
                    )
                    .of(Some(job)),
                );
            }
        }
    }
    powers
}

fn is_written_outside(expression: &str) -> bool {
    let is_event = expression.contains("github.event.") && !expression.contains("github.event.inputs");
    expression.contains("github.head_ref") || (is_event && WRITTEN.iter().any(|field| expression.ends_with(&format!(".{field}"))))
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
    for (key, value) in values.iter().filter(|(_, value)| value.contains("secrets")) {
        // `if: …` compares and hands to nobody.
        let asked = if key == "if" { Vec::new() } else { expressions(value).flat_map(names).collect() };
        for name in asked {
            let to = if called.is_empty() { format!(" in {key}") } else { format!(" for {called}") };
            powers.push(Power::new(format!("{name} {key} {called}"), format!("{name}{to}"), name).of(job));
        }
    }
    powers
}

/// The secrets of an expression; `secrets` where it does not say which. The token of the run is no secret of the repository.
fn names(expression: &str) -> Vec<&str> {
    let starts = expression
        .match_indices("secrets")
        .filter(|(at, _)| !expression.get(..*at).unwrap_or_default().ends_with(|c: char| c.is_alphanumeric() || "._-'\"".contains(c)));
    let whole = |at: usize| {
        let rest = expression.get(at + "secrets".len()..).unwrap_or_default();
        let quoted = rest.strip_prefix("['").or_else(|| rest.strip_prefix("[\""));
        let named = rest.strip_prefix('.').or(quoted);
        let Some(named) = named else { return "secrets" };
        let end = named.find(|c: char| !c.is_alphanumeric() && !"_-".contains(c)).unwrap_or(named.len());
        named.get(..end).unwrap_or_default()
    };
    starts.map(|(at, _)| whole(at)).filter(|name| !name.eq_ignore_ascii_case("GITHUB_TOKEN")).collect()
}

/// Machines that the forge does not own, and containers with more than their share.
pub(super) fn runners(node: &Node) -> Vec<Power> {
    let mut powers = Vec::new();
    for (_, job) in jobs(node) {
        let own = |value: &str| match value.contains("${{") {
            true => value.contains("self-hosted"),
            false => !value.is_empty() && !HOSTED.iter().any(|start| value.starts_with(start)),
        };
        let at = |key: &str| job.find(key).map(|node| leaves(key, node)).unwrap_or_default();
        let labels = at("runs-on").into_iter().filter(|(_, value)| own(value));
        let matrix = at("strategy").into_iter().filter(|(_, value)| value.contains("self-hosted"));
        powers.extend(labels.chain(matrix).map(|(_, value)| Power::new(value.clone(), format!("`{value}`"), value)));
        let container = at("container").into_iter().filter(|(key, _)| matches!(key.as_str(), "container.options" | "container.volumes"));
        powers.extend(container.map(|(key, value)| Power::new(format!("{key} {value}"), key, value)));
    }
    powers
}

/// Code of others that is named by something that can be moved.
pub(super) fn actions(node: &Node) -> Vec<Power> {
    let used = jobs(node).into_iter().flat_map(|(_, job)| std::iter::once(job).chain(steps(job)));
    let foreign = |node: &Node| {
        let uses = node.find("uses").and_then(Node::as_text)?;
        let (name, version) = uses.rsplit_once('@').unwrap_or((uses, ""));
        let digest = version.strip_prefix("sha256:").unwrap_or(version);
        let is_pinned = digest.len() >= 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_own = ["./", "actions/", "github/"].iter().any(|start| uses.starts_with(start));
        (!is_pinned && !is_own).then(|| Power::new(name, format!("`{name}`"), name))
    };
    used.filter_map(foreign).collect()
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
