//! Runs as they go: drawn anew on a terminal, a line for each change elsewhere.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::base::{Timestamp, json as lines};
use crate::fs::read::Pieces;
use crate::report::TableColumn;
use crate::report::prelude::*;
use crate::run::{Outcome, Run, Runner, Runs};

use super::compare::in_thousands;
use super::row::{RunRow, tone};

/// How often is looked; the wish to stop is noticed sooner.
const LOOK: Duration = Duration::from_millis(500);
const BEAT: Duration = Duration::from_millis(50);
/// How much of the end of what a program printed is looked at.
const TAIL: u64 = 64 * 1024;
/// Clears the screen and goes to its beginning.
const CLEAR: &str = "\x1b[2J\x1b[H";

/// A run as it is right now.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Live {
    #[serde(flatten)]
    row: Value,
    #[serde(skip)]
    shown: Shown,
    /// The last line that its program printed.
    last: String,
    /// Tokens read and written, as far as the program has said.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<u64>,
    /// US dollars, as far as the program has said.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<f64>,
}

/// What a table shows of it.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    run: Id,
    ticket: Id,
    runner: String,
    state: &'static str,
    outcome: Option<Outcome>,
    since: Timestamp,
}

/// Looks until nothing is at work any more, or the reader wants no more.
pub fn watch(context: &Context, runs: &Runs<'_>, shows: &dyn Fn(&RunRow) -> bool) -> Result<()> {
    let output = context.output;
    let mut known: BTreeMap<Id, Live> = BTreeMap::new();
    loop {
        let all = runs.list()?;
        let at_work = all.iter().any(Run::is_driven);
        let now: Vec<Live> = all.iter().filter(|run| shows(&RunRow::from(*run))).map(live).collect();
        let changed: Vec<&Live> = now.iter().filter(|live| known.get(&live.shown.run) != Some(*live)).collect();
        let text = match (output.json, output.drawn) {
            (true, _) => changed
                .iter()
                .filter_map(|live| lines::line(&json!({ "event": "changed", "run": live })).ok())
                .map(|line| line + "\n")
                .collect(),
            (false, true) => picture(&now, context),
            (false, false) => changed.iter().map(|live| live.line()).collect::<String>(),
        };
        if !text.is_empty() && !(context.stream)(&text) || !at_work {
            return Ok(());
        }
        known = now.into_iter().map(|live| (live.shown.run.clone(), live)).collect();
        for _ in 0..LOOK.as_millis() / BEAT.as_millis() {
            if context.cancel.is_cancelled() {
                return Ok(());
            }
            thread::sleep(BEAT);
        }
    }
}

fn live(run: &Run) -> Live {
    let row = RunRow::from(run);
    let end = end_of(run);
    let said = match &run.job.runner {
        Runner::Adapter { adapter, .. } => adapter.read_answer(&end, None).usage,
        Runner::Command { .. } | Runner::Builtin { .. } => run.status.usage.clone(),
    };
    let known = &run.status.usage;
    let tokens = |usage: &crate::run::Usage| usage.input_tokens.into_iter().chain(usage.output_tokens).reduce(u64::saturating_add);
    let shown = Shown {
        run: row.run.clone(),
        ticket: row.ticket.clone(),
        runner: row.runner.clone(),
        state: row.state.as_str(),
        outcome: row.outcome,
        since: run.job.created,
    };
    Live {
        row: serde_json::to_value(&row).unwrap_or_default(),
        shown,
        last: last_line(&end),
        tokens: tokens(&said).or_else(|| tokens(known)),
        cost: said.cost.or(known.cost),
    }
}

/// The end of what the program of the last attempt has printed so far.
fn end_of(run: &Run) -> String {
    let Some(pieces) = Pieces::open(&run.dir.attempt(run.status.attempt).join("stdout")) else { return String::new() };
    let length = pieces.length().min(TAIL);
    let bytes = usize::try_from(length).ok().and_then(|count| pieces.read(pieces.length() - length, count));
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}

/// Its last line with words; of JSON the last text in it.
fn last_line(end: &str) -> String {
    let say = |line: &str| match serde_json::from_str::<Value>(line) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => last_text(&value),
        _ => Some(line.to_owned()),
    };
    let mut lines = end.lines().rev().map(str::trim).filter(|line| !line.is_empty());
    text::one_line(&text::printable(&lines.find_map(say).unwrap_or_default()))
}

fn last_text(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => items.iter().rev().find_map(last_text),
        Value::Object(keys) => {
            let own = ["text", "result", "message", "command"].iter().find_map(|key| keys.get(*key)?.as_str());
            own.map(str::to_owned).or_else(|| keys.values().filter(|value| !value.is_string()).find_map(last_text))
        }
        _ => None,
    }
}

impl Live {
    fn line(&self) -> String {
        let Shown { run, state, outcome, .. } = &self.shown;
        let outcome = outcome.map(|outcome| format!(" {}", outcome.as_str())).unwrap_or_default();
        let last = if self.last.is_empty() { String::new() } else { format!(": {}", self.last) };
        format!("{run} {state}{outcome}{last}\n")
    }
}

fn picture(now: &[Live], context: &Context) -> String {
    let screen = Screen { width: context.output.width, colour: context.output.colour };
    let mut table = Table::new([
        "RUN".into(),
        TableColumn::weighing(2, "TICKET"),
        TableColumn::weighing(1, "RUNNER"),
        TableColumn::weighing(3, "STATE"),
        TableColumn::weighing(3, "AGE"),
        TableColumn::weighing(1, "TOKENS").if_any(),
        TableColumn::weighing(1, "COST").if_any(),
        "LAST".into(),
    ]);
    for Live { shown, last, tokens, cost, .. } in now {
        let age = text::duration(context.clock.now().since(shown.since));
        let state = shown.outcome.map_or_else(|| shown.state.to_owned(), |outcome| format!("{} {}", shown.state, outcome.as_str()));
        table.row([
            (shown.run.as_str(), Some(Tone::Key)),
            (shown.ticket.as_str(), None),
            (&shown.runner, None),
            (&state, tone(shown.outcome)),
            (&age, None),
            (&tokens.map(in_thousands).unwrap_or_default(), None),
            (&cost.map(|cost| format!("${cost:.2}")).unwrap_or_default(), None),
            (last, Some(Tone::Quiet)),
        ]);
    }
    format!("{CLEAR}{}", table.render(&screen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_what_was_said_last() {
        assert_eq!(last_line("one\n\u{1b}[31mtwo\n\n"), "[31mtwo");
        let says = r#"{"type":"assistant","message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}"#;
        assert_eq!(last_line(&format!("{says}\n{{\"type\":\"system\",\"n\":1}}\n")), "b");
        assert_eq!((last_line(""), last_line("{\"broken")), (String::new(), "{\"broken".to_owned()));
    }
}
