//! Lines and their writers as an Agent Trace record, 0.1.0 (<https://agent-trace.dev>).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Span;
use crate::base::RepoPath;
use crate::context::Context;
use crate::git::Oid;
use crate::nouns::delegation::{Origin, Writer};

/// The schema of 0.1.0 takes two numbers.
const VERSION: &str = "0.1";
/// Who makes the models whose names begin so; a record names both.
const PROVIDERS: [(&str, &str); 4] = [("claude-", "anthropic"), ("gpt-", "openai"), ("gemini-", "google"), ("grok-", "xai")];
/// How long the name of a model may be there.
const MODEL_BYTES: usize = 250;

/// A record of lines as they stand in a commit. What is not committed is of none.
pub fn record(context: &Context, at: Oid, spans: &[Span]) -> Value {
    let mut files: BTreeMap<&RepoPath, Vec<&Span>> = BTreeMap::new();
    for span in spans.iter().filter(|span| span.commit.is_some()) {
        files.entry(&span.path).or_default().push(span);
    }
    let file = |(path, spans): (&&RepoPath, &Vec<&Span>)| json!({ "path": path.lossy(), "conversations": conversations(spans) });
    let mut runs: BTreeMap<&str, &Origin> = BTreeMap::new();
    runs.extend(spans.iter().filter_map(|span| span.run.as_ref()).map(|run| (run.run.as_str(), run)));
    json!({
        "version": VERSION,
        "id": uuid([context.random.next_u64(), context.random.next_u64()]),
        "timestamp": context.clock.now(),
        "vcs": { "type": "git", "revision": at },
        "tool": { "name": "cmpm", "version": env!("CARGO_PKG_VERSION") },
        "files": files.iter().map(file).collect::<Vec<_>>(),
        "metadata": { "cmpm": { "runs": runs.values().collect::<Vec<_>>() } },
    })
}

/// What one run, or people, wrote of a file.
fn conversations(spans: &[&Span]) -> Vec<Value> {
    let mut all: BTreeMap<(Option<&str>, Writer), Vec<&Span>> = BTreeMap::new();
    for span in spans {
        let run = span.run.as_ref().map(|run| run.run.as_str());
        all.entry((run, span.writer.unwrap_or(Writer::Unknown))).or_default().push(span);
    }
    all.into_iter().map(|((_, writer), spans)| conversation(writer, &spans)).collect()
}

fn conversation(writer: Writer, spans: &[&Span]) -> Value {
    let ranges: Vec<Value> = spans.iter().map(|span| range(span)).collect();
    let Some(run) = spans.first().and_then(|span| span.run.as_ref()) else {
        return json!({ "contributor": { "type": writer }, "ranges": ranges });
    };
    let contributor = match run.model.as_str() {
        model if !model.is_empty() && writer != Writer::Human => json!({ "type": writer, "model_id": model_id(model) }),
        _ => json!({ "type": writer }),
    };
    let related = |kind: &str, id: &str| json!({ "type": kind, "url": format!("cmpm:{id}") });
    let ticket = run.ticket.as_ref().map(|ticket| related("ticket", ticket.as_str()));
    let related: Vec<Value> = std::iter::once(related("run", run.run.as_str())).chain(ticket).collect();
    json!({ "contributor": contributor, "ranges": ranges, "related": related })
}

fn range(span: &Span) -> Value {
    let hash = blake3::hash(span.lines.join("\n").as_bytes()).to_hex();
    json!({ "start_line": span.first, "end_line": span.last, "content_hash": format!("blake3:{}", hash.get(..16).unwrap_or_default()) })
}

/// `provider/model`, where the name says whose it is.
fn model_id(model: &str) -> String {
    let provider = PROVIDERS.iter().find(|(start, _)| model.starts_with(start) && !model.contains('/'));
    let id = provider.map_or_else(|| model.to_owned(), |(_, provider)| format!("{provider}/{model}"));
    id.chars().take(MODEL_BYTES).collect()
}

/// A random UUID, version 4.
fn uuid([high, low]: [u64; 2]) -> String {
    let (high, low) = ((high & !0xf000) | 0x4000, (low & (u64::MAX >> 2)) | (1 << 63));
    let (high, low) = (format!("{high:016x}"), format!("{low:016x}"));
    let part = |text: &str, from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    [part(&high, 0, 8), part(&high, 8, 12), part(&high, 12, 16), part(&low, 0, 4), part(&low, 4, 16)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_with_its_maker_and_an_id_is_of_version_4() {
        assert_eq!(model_id("claude-opus-4-5"), "anthropic/claude-opus-4-5");
        assert_eq!((model_id("x/claude-1").as_str(), model_id("m-1").as_str()), ("x/claude-1", "m-1"));
        assert_eq!(uuid([u64::MAX, u64::MAX]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid([0, 0]), "00000000-0000-4000-8000-000000000000");
    }
}
