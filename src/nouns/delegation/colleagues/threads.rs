//! Reviews as forges say them: the JSON of `gh pr view --json comments,reviews`, of `gh api repos/O/R/pulls/N/comments`, of GraphQL's
//! `reviewThreads`, and of GitLab's discussions. Whatever is around them, and several after one another, is read too.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::base::date::parse_moment;
use crate::base::{Explain, Explained, RepoPath, Timestamp, text};
use crate::run::{NewComment, Side, Spot};

/// What cannot be read as reviews.
#[derive(Debug, thiserror::Error)]
pub enum ThreadsError {
    #[error("the review file is not JSON: {reason}")]
    NotJson { reason: String },
    #[error("the review file has neither comments nor threads")]
    Nothing,
}

impl Explain for ThreadsError {
    fn explain(&self) -> Explained {
        Explained::wrong("unreadable").hint("`gh pr view NUMBER --json comments,reviews > review.json` writes one that can be read")
    }
}

/// What was said at one place, with the answers to it.
#[derive(Debug, Default)]
pub struct Thread {
    /// What the forge calls it.
    source: String,
    spot: Option<Spot>,
    /// The lines, as far as the forge shows them.
    lines: Vec<String>,
    notes: Vec<Note>,
    resolved: bool,
    outdated: bool,
}

#[derive(Debug)]
struct Note {
    by: String,
    at: Option<Timestamp>,
    text: String,
}

impl Thread {
    /// Whose words they are is what the forge says; it is verified where `know` knows everybody who wrote them.
    pub fn into_comment(self, know: &dyn Fn(&str) -> bool) -> NewComment {
        let verified = self.notes.iter().all(|note| know(&note.by));
        let mut notes = self.notes.into_iter();
        let first = notes.next().unwrap_or_else(|| Note { by: String::new(), at: None, text: String::new() });
        let answers = notes.map(|note| format!("\n\n{} answered:\n{}", text::one_line(&note.by), note.text));
        NewComment {
            text: first.text + &answers.collect::<String>(),
            by: text::one_line(&first.by),
            at: first.at,
            verified,
            spot: self.spot,
            source: Some(self.source),
            resolved: self.resolved,
            lines: self.lines,
            outdated: self.outdated,
        }
    }
}

/// All threads of a text, in its order.
pub fn parse_threads(text: &str) -> Result<Vec<Thread>, ThreadsError> {
    let mut found = Found::default();
    for value in serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}')).into_iter::<Value>() {
        found.look(&value.map_err(|error| ThreadsError::NotJson { reason: error.to_string() })?);
    }
    if found.seen { Ok(found.into_threads()) } else { Err(ThreadsError::Nothing) }
}

#[derive(Default)]
struct Found {
    threads: Vec<Thread>,
    /// Answers, by what they answer to.
    answers: BTreeMap<String, Vec<Note>>,
    /// Whether there was a list that could have had some.
    seen: bool,
}

/// What holds comments and is none itself, although a pull request has an author and a text.
const HOLDERS: [&str; 3] = ["comments", "reviews", "reviewThreads"];

impl Found {
    fn look(&mut self, value: &Value) {
        match value {
            Value::Array(items) => {
                self.seen = true;
                items.iter().for_each(|item| self.look(item));
            }
            Value::Object(keys) if keys.contains_key("isResolved") => self.threads.extend(of_graphql(value)),
            Value::Object(keys) if value["notes"].is_array() && keys.contains_key("id") => self.threads.extend(of_gitlab(value)),
            // An approval asks for nothing, and neither does what was withdrawn or is not sent yet.
            Value::Object(_) if is_review(value) => {
                let asks = ["CHANGES_REQUESTED", "COMMENTED"].iter().any(|state| value["state"] == **state);
                self.threads.extend(of_note(value).filter(|_| asks));
            }
            Value::Object(keys) if HOLDERS.iter().any(|name| keys.contains_key(*name)) => {
                HOLDERS.iter().filter_map(|name| keys.get(*name)).for_each(|inner| self.look(inner));
            }
            Value::Object(_) if value["body"].is_string() && (value["user"].is_object() || value.get("author").is_some()) => {
                match value["in_reply_to_id"].as_u64() {
                    Some(to) => self.answers.entry(format!("discussion_r{to}")).or_default().extend(note(value)),
                    None => self.threads.extend(of_note(value)),
                }
            }
            Value::Object(keys) => keys.values().for_each(|inner| self.look(inner)),
            _ => {}
        }
    }

    /// What is there twice is one: where one of the two says that it is resolved, it is.
    fn into_threads(mut self) -> Vec<Thread> {
        let mut all: Vec<Thread> = Vec::new();
        for mut thread in self.threads {
            thread.notes.extend(self.answers.remove(&thread.source).unwrap_or_default());
            match all.iter_mut().find(|known| known.source == thread.source) {
                Some(known) => {
                    known.resolved |= thread.resolved;
                    if known.lines.is_empty() {
                        (known.lines, known.outdated) = (thread.lines, thread.outdated);
                    }
                }
                None => all.push(thread),
            }
        }
        all
    }
}

fn is_review(value: &Value) -> bool {
    let is_sent = ["submittedAt", "submitted_at"].iter().any(|key| value.get(*key).is_some());
    is_sent && value["body"].is_string() && value["state"].is_string()
}

/// A comment of a pull request, on it or on lines of it.
fn of_note(value: &Value) -> Option<Thread> {
    let at = |name: &str| number(value, name);
    let last = at("line").or_else(|| at("original_line"));
    let first = at("start_line").or_else(|| at("original_start_line").filter(|_| at("line").is_none())).or(last);
    let spot = spot(value["path"].as_str(), &value["side"], first.zip(last));
    let is_file = value["subject_type"] == "file";
    let spot = spot.map(|spot| if is_file { Spot { lines: None, ..spot } } else { spot });
    Some(Thread {
        source: source(value),
        lines: hunk_lines(&value["diff_hunk"], spot.as_ref()),
        outdated: !is_file && spot.is_some() && value.get("line").is_some_and(Value::is_null),
        spot,
        resolved: value["isMinimized"] == true,
        notes: vec![note(value)?],
    })
}

/// A thread of GraphQL.
fn of_graphql(value: &Value) -> Option<Thread> {
    let nodes = value.pointer("/comments/nodes").and_then(Value::as_array).or_else(|| value["comments"].as_array())?;
    let first = nodes.first()?;
    let at = |name: &str| number(value, name).or_else(|| number(first, name));
    let last = at("line").or_else(|| at("originalLine"));
    let start = at("startLine").or_else(|| at("originalStartLine").filter(|_| at("line").is_none())).or(last);
    let path = value["path"].as_str().or_else(|| first["path"].as_str());
    let spot = spot(path, &value["diffSide"], start.zip(last));
    Some(Thread {
        source: source(first),
        lines: hunk_lines(&first["diffHunk"], spot.as_ref()),
        spot,
        resolved: value["isResolved"] == true,
        outdated: value["isOutdated"] == true,
        notes: Some(nodes.iter().filter_map(note).collect::<Vec<_>>()).filter(|notes| !notes.is_empty())?,
    })
}

/// A discussion of GitLab. What nobody can resolve asks for nothing, unless it is all there is.
fn of_gitlab(value: &Value) -> Option<Thread> {
    let notes: Vec<&Value> = value["notes"].as_array()?.iter().filter(|note| note["system"] != true).collect();
    let (first, place) = (notes.first()?, &notes.first()?["position"]);
    let is_old = place["new_line"].is_null() && !place["old_line"].is_null();
    let (path, line) = if is_old { ("old_path", "old_line") } else { ("new_path", "new_line") };
    let last = number(place, line);
    let start = place.pointer("/line_range/start").and_then(|start| number(start, line)).or(last);
    let side = Value::from(if is_old { "LEFT" } else { "RIGHT" });
    let resolvable: Vec<&&Value> = notes.iter().filter(|note| note["resolvable"] == true).collect();
    Some(Thread {
        source: value["id"].as_str()?.to_owned(),
        spot: spot(place.get(path).and_then(Value::as_str), &side, start.zip(last)),
        lines: Vec::new(),
        resolved: !resolvable.is_empty() && resolvable.iter().all(|note| note["resolved"] == true),
        outdated: false,
        notes: Some(notes.iter().filter_map(|value| note(value)).collect::<Vec<_>>()).filter(|notes| !notes.is_empty())?,
    })
    .filter(|_| first["body"].is_string())
}

fn note(value: &Value) -> Option<Note> {
    let text = value["body"].as_str().map(|body| body.replace("\r\n", "\n").trim().to_owned()).filter(|body| !body.is_empty())?;
    let person = if value["author"].is_object() { &value["author"] } else { &value["user"] };
    let by = ["login", "username", "name"].iter().find_map(|key| person[*key].as_str());
    let at = ["createdAt", "created_at", "submittedAt", "submitted_at"].iter().find_map(|key| value[*key].as_str());
    Some(Note { by: by.unwrap_or("somebody").to_owned(), at: at.and_then(parse_moment), text })
}

/// What a comment is called, the same in each of a forge's own forms: the end of its address, else its number.
fn source(value: &Value) -> String {
    let address = ["html_url", "url"].iter().filter_map(|key| value[*key].as_str()).find_map(|url| url.split_once('#'));
    if let Some((_, end)) = address {
        return end.to_owned();
    }
    match (value["databaseId"].as_u64(), &value["id"]) {
        (Some(id), _) => format!("discussion_r{id}"),
        (None, Value::Number(id)) if !value["path"].is_null() => format!("discussion_r{id}"),
        (None, Value::String(id)) => id.clone(),
        (None, id) => id.to_string(),
    }
}

fn number(value: &Value, name: &str) -> Option<u32> {
    value.get(name)?.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0)
}

fn spot(path: Option<&str>, side: &Value, lines: Option<(u32, u32)>) -> Option<Spot> {
    let path = RepoPath::parse(path?)?;
    Some(Spot { path, side: if *side == "LEFT" { Side::Old } else { Side::New }, lines: lines.filter(|(first, last)| first <= last) })
}

/// The lines that a comment is about: the last ones of the piece of the diff that stands with it.
fn hunk_lines(hunk: &Value, spot: Option<&Spot>) -> Vec<String> {
    let Some((first, last)) = spot.and_then(|spot| spot.lines) else { return Vec::new() };
    let (count, other) = ((last - first) as usize + 1, if spot.is_some_and(|spot| spot.side == Side::Old) { '+' } else { '-' });
    let shown = hunk.as_str().unwrap_or_default().lines().skip(1).filter(|line| !line.starts_with(other) && !line.starts_with('\\'));
    let lines: Vec<String> = shown.map(|line| line.get(1..).unwrap_or_default().to_owned()).collect();
    lines.len().checked_sub(count).map(|skipped| lines.into_iter().skip(skipped).collect()).unwrap_or_default()
}
