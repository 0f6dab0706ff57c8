//! The run page: one Markdown file that says what was asked, done, checked, and what it cost.

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::json;

use super::super::{GateResult, JobError, Outcome, PlacedComment, ReviewComment, Run, Runs, page_path};
use super::fence::quoted;
use super::lessons::lessons_in;
use super::risk::Risk;
use super::status::{Failed, Reverted, Revision, Status, Usage};
use crate::base::{Id, RepoPath, Result, text};
use crate::document::{Document, Value, render_new};
use crate::fs::read;
use crate::git::FileStat;

const TEMPLATES: [(&str, &str); 2] =
    [("brief", include_str!("../../../templates/delegation/brief.md")), ("page", include_str!("../../../templates/delegation/page.md"))];

/// A run page and where it belongs.
#[derive(Debug, Clone)]
pub struct Page {
    /// `.cmpm/runs/<RUN>.md`.
    pub path: RepoPath,
    /// The whole file.
    pub text: String,
}

/// Renders a template of this room.
pub(in crate::run) fn render(run: &Id, name: &str, values: &serde_json::Value) -> Result<String> {
    let fail = |error: minijinja::Error| JobError::Template { run: run.clone(), reason: error.to_string() };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    // A value is one line of a brief, whoever wrote it, unless the template says that it is `safe`.
    environment.set_auto_escape_callback(|name| if name == "brief" { AutoEscape::Custom("line".into()) } else { AutoEscape::None });
    environment.set_formatter(|out, state, value| match state.auto_escape() {
        AutoEscape::Custom(_) if !value.is_safe() => Ok(out.write_str(&text::one_line(&value.to_string()).replace('`', "'"))?),
        _ => Ok(write!(out, "{value}")?),
    });
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).map_err(fail)?;
    }
    Ok(environment.get_template(name).and_then(|template| template.render(minijinja::value::Serde(values))).map_err(fail)?)
}

impl Runs<'_> {
    /// The page of a run as it is now.
    pub fn page(&self, run: &Run) -> Result<Page> {
        let files = self.changed_files(run)?;
        let (job, status) = (&run.job, &run.status);
        let claim = self.claim_text(run)?;
        let body = render(
            &job.run,
            "page",
            &json!({
                "ticket": job.ticket,
                "run": job.run,
                "agent": job.agent.name,
                "outcome": run.outcome().map_or("none", Outcome::as_str),
                "reason": status.reason,
                // Headings of quoted texts must not become headings of the page.
                "brief": quoted(&job.ticket.body),
                "claim": quoted(&claim),
                "files": files,
                "gates": status.gates,
                "violations": status.violations,
                "notes": status.notes,
                "left_out": status.left_out,
                "risk": job.risk.as_ref().map(Risk::line),
                "earlier": status.failures.iter().filter(|failed| failed.attempt < status.attempt).collect::<Vec<_>>(),
                "wordless": status.failures.iter().any(|failed| is_wordless(status, failed)),
                "comments": self.placed_comments(run)?.iter().map(commented).collect::<Vec<_>>(),
                "revisions": status.revisions.iter().map(asked).collect::<Vec<_>>(),
                "lessons": lessons_in(&claim),
                "decision": quoted(&status.decision),
            }),
        )?;
        Ok(Page { path: page_path(&run.job.run), text: render_new(&front_matter(run), &body) })
    }

    /// What the agent said at the end.
    pub fn claim_text(&self, run: &Run) -> Result<String> {
        Ok(text::printable(read::find_text(&run.dir.file("claim.md"))?.unwrap_or_default().trim()))
    }

    /// What the agent says it learned.
    pub fn lessons(&self, run: &Run) -> Result<Vec<String>> {
        Ok(lessons_in(&self.claim_text(run)?))
    }

    /// The files that the run's work changes, with lines added and removed.
    pub fn changed_files(&self, run: &Run) -> Result<Vec<FileStat>> {
        match run.status.work {
            Some(work) => Ok(self.repository.diff_stat(run.base(), work)?),
            None => Ok(Vec::new()),
        }
    }
}

/// Whether nobody knows why a program failed.
fn is_wordless(status: &Status, failed: &Failed) -> bool {
    let is_known = status.tries.iter().any(|one| one.attempt == failed.attempt && one.stop.is_some());
    failed.outcome == Outcome::AgentFailed && failed.excerpt.is_empty() && !is_known
}

/// A line of what a person asked for.
fn asked(revision: &Revision) -> serde_json::Value {
    let Revision { attempt, by, at, text, edited, onto } = revision;
    let edited = listed(edited);
    let onto = onto.map(|onto| format!("; brought onto {}", onto.short())).unwrap_or_default();
    json!({ "head": text::one_line(&format!("{at}, {by}, attempt {attempt}{onto}{edited}")), "text": quoted(text) })
}

/// `; edited docs/a.md by hand`.
fn listed(edited: &[RepoPath]) -> String {
    let paths = edited.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if paths.is_empty() { paths } else { format!("; edited {paths} by hand") }
}

/// A page, with that its run was taken back. What it says otherwise stays as it is.
pub(in crate::run) fn marked_reverted(page: Vec<u8>, mark: &Reverted) -> Result<Vec<u8>> {
    let Reverted { by, at, text, .. } = mark;
    let mut page = Document::parse(page);
    page.edit("reverted", Value::from(at.to_string()))?;
    let words = quoted(text);
    let said = format!("{at}, {}{}", text::one_line(by), if words.is_empty() { String::new() } else { format!(":\n\n{words}") });
    page.append_section("Reverted", &said)?;
    Ok(page.bytes().to_vec())
}

/// A comment on the work, with what became of it.
fn commented(placed: &PlacedComment) -> serde_json::Value {
    let ReviewComment { number, by, at, attempt, resolved, .. } = &placed.comment;
    let place = Some(placed.place()).filter(|place| !place.is_empty()).map(|place| format!("{place}, ")).unwrap_or_default();
    let end = resolved.as_ref().map_or_else(|| "not resolved".to_owned(), |done| format!("resolved by {}", done.by));
    json!({ "head": text::one_line(&format!("{number}. {place}{at}, {by}, attempt {attempt}, {end}")), "text": quoted(&placed.told()) })
}

fn front_matter(run: &Run) -> Vec<(&'static str, Value)> {
    let (job, status) = (&run.job, &run.status);
    let mut fields: Vec<(&'static str, Value)> = vec![
        ("id", Value::from(job.run.as_str())),
        ("ticket", Value::from(job.ticket.id.as_str())),
        ("agent", Value::from(job.agent.name.as_str())),
        ("runner", Value::from(job.runner.name())),
        ("state", Value::from(status.state.as_str())),
        ("outcome", Value::from(run.outcome().map_or("none", Outcome::as_str))),
        ("base", Value::from(run.base().to_string())),
        ("branch", Value::from(job.branch.as_str())),
        ("target", Value::from(job.target.as_str())),
        ("attempts", number(status.attempt)),
        ("policy", policy(run)),
        ("sandbox", Value::from(status.sandbox.as_str())),
    ];
    let optional = [
        ("head", status.work.map(|oid| oid.to_string())),
        ("started", status.started.map(|moment| moment.to_string())),
        ("ended", status.ended.map(|moment| moment.to_string())),
        ("model", status.usage.model.clone().or_else(|| job.model().map(str::to_owned))),
        ("group", job.group.as_ref().map(ToString::to_string)),
    ];
    fields.extend(optional.into_iter().filter_map(|(key, value)| Some((key, Value::from(value?)))));
    let usage = usage(&status.usage);
    if !usage.is_empty() {
        fields.push(("usage", Value::Map(usage)));
    }
    if let Some(risk) = &job.risk {
        fields.push(("network", number(risk.network.is)));
    }
    if !status.gates.is_empty() {
        fields.push(("gates", Value::List(status.gates.iter().map(gate).collect())));
    }
    if !status.left_out.is_empty() {
        fields.push(("left_out", Value::texts(status.left_out.iter().map(ToString::to_string))));
    }
    if !status.errors.is_empty() {
        fields.push(("errors", Value::texts(status.errors.iter().map(ToString::to_string))));
    }
    if !job.memories.is_empty() {
        fields.push(("memories", Value::texts(job.memories.iter().map(|memory| memory.id.to_string()))));
    }
    fields
}

fn number<T: Copy + std::fmt::Display>(value: T) -> Value {
    Value::Bare(value.to_string())
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Vec<(String, Value)> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn policy(run: &Run) -> Value {
    let violations = Value::texts(run.status.violations.iter().map(|breach| breach.path.as_str()));
    Value::Map(map([("digest", Value::from(run.job.agent.digest.as_str())), ("violations", violations)]))
}

fn usage(usage: &Usage) -> Vec<(String, Value)> {
    let cost = usage.cost.map(|dollars| format!("{dollars:.4}"));
    let known = [
        ("input_tokens", usage.input_tokens.map(number)),
        ("output_tokens", usage.output_tokens.map(number)),
        ("cost", cost.map(Value::Bare)),
    ];
    known.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn gate(gate: &GateResult) -> Value {
    let exit = gate.exit.map_or(Value::Null, number);
    let entries = [("name", Value::from(gate.name.as_str())), ("command", Value::from(gate.command.as_str()))];
    let mut all = map(entries);
    if gate.not_needed {
        all.push(("needed".to_owned(), number(false)));
    }
    all.extend(map([("passed", number(gate.passed)), ("exit", exit), ("seconds", number(gate.seconds))]));
    Value::Map(all)
}
