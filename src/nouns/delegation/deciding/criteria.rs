//! What a run was asked to do is fixed when it begins. A ticket that asks for something else by the time of the decision is shown
//! with both texts; boxes that were ticked, status, claims and comments are no other text.

use std::fmt;

use crate::base::{Explain, Explained, Id, Result, text};
use crate::context::Context;
use crate::document::Document;
use crate::document::markdown::with_open_boxes;
use crate::engine::ticket_document;
use crate::git::{Oid, changed_lines};
use crate::nouns::ticket::Ticket;
use crate::run::{Run, State};
use crate::store::{Snapshot, Stored};

use super::super::find_ticket;

/// So many changed lines are shown.
const LINES: usize = 12;

/// A ticket that asks for something else than when its run began.
#[derive(Debug, Clone, thiserror::Error)]
pub struct OtherTicket {
    run: Id,
    ticket: Id,
    /// Where it does.
    place: String,
    /// The lines that differ, as in a diff.
    lines: Vec<String>,
}

impl fmt::Display for OtherTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, ticket, place, lines } = self;
        write!(f, "{ticket} asks for something else {place} than when {run} began:")?;
        lines.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl Explain for OtherTicket {
    fn explain(&self) -> Explained {
        Explained::refused("ticket_changed")
            .hint(format!("nothing was merged; `cmpm delegate revise {} -m …` with the new words has its agent do more", self.run))
            .hint("if the work is what you want all the same, `--seen` merges it")
    }
}

impl OtherTicket {
    /// Of a run that waits for its decision: the ticket as the target has it, and as the run leaves it.
    pub fn find(context: &Context, run: &Run, target: &str) -> Result<Vec<Self>> {
        let repository = context.repository()?;
        if run.status.state != State::Review {
            return Ok(Vec::new());
        }
        let tip = repository.find_ref(&format!("refs/heads/{target}"))?;
        let places = [(tip, format!("on `{}`", text::one_line(target))), (run.status.work, format!("in the work of {}", run.job.run))];
        let mut found: Vec<Self> = Vec::new();
        for (commit, place) in places {
            let Some(commit) = commit else { continue };
            let lines = differences(context, run, commit)?;
            if !lines.is_empty() && found.iter().all(|other| other.lines != lines) {
                found.push(Self { run: run.job.run.clone(), ticket: run.job.ticket.id.clone(), place, lines });
            }
        }
        Ok(found)
    }

    /// Each line of it, for a list.
    pub fn lines(&self) -> Vec<String> {
        self.to_string().lines().map(str::to_owned).collect()
    }
}

/// What the ticket says otherwise at a commit, as lines of a diff.
fn differences(context: &Context, run: &Run, commit: Oid) -> Result<Vec<String>> {
    let found: Option<Stored<Ticket>> = find_ticket(context, run, &Snapshot::Tree(context.repository()?, commit))?;
    // Where it is not, nobody asks for anything else; what that means for the merge is git's to say.
    let Some(Stored { record, document, .. }) = found else { return Ok(Vec::new()) };
    let asked = &run.job.ticket;
    // Where the fields of a ticket are in its text, they are none of it.
    let text = |document: &Document| if document.is_headed() { document.body_without_headers(&[]) } else { document.body().to_owned() };
    let then = if document.is_headed() { text(&ticket_document(asked.body.clone().into_bytes())) } else { asked.body.clone() };
    Ok(Asked::of(&asked.title, &then).compared(&Asked::of(&record.title, &text(&document))))
}

/// What a ticket asks for, line by line, with every box open.
struct Asked(Vec<String>);

impl Asked {
    fn of(title: &str, body: &str) -> Self {
        let body = with_open_boxes(body);
        let lines = body.lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty());
        Self(std::iter::once(text::one_line(title)).chain(lines).collect())
    }

    fn compared(&self, now: &Self) -> Vec<String> {
        let (old, new): (Vec<&str>, Vec<&str>) = (self.0.iter().map(String::as_str).collect(), now.0.iter().map(String::as_str).collect());
        let mut lines = Vec::new();
        for change in changed_lines(&old, &new) {
            let part = |lines: &[&str], range: std::ops::Range<usize>, sign: char| -> Vec<String> {
                lines.get(range).into_iter().flatten().map(|line| format!("{sign} {}", text::one_line(line))).collect()
            };
            lines.extend(part(&old, change.old, '-'));
            lines.extend(part(&new, change.new, '+'));
        }
        let more = lines.len().saturating_sub(LINES);
        if more > 0 {
            lines.truncate(LINES);
            lines.push(format!("… {}", text::plural(more, "more line")));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_no_other_text_and_a_word_is() {
        let compared = |old: &str, new: &str| Asked::of("t", old).compared(&Asked::of("t", new));
        for (old, new) in
            [("- [ ] a\n* [ ] b\n1. [ ] c", "- [x] a  \r\n\n* [X] b\n1. [x] c\n"), ("one\n\ntwo", "one\ntwo"), ("- [x] a", "- [ ] a")]
        {
            assert_eq!(compared(old, new), Vec::<String>::new(), "{old:?} {new:?}");
        }
        assert_eq!(compared("- [ ] a\n- [ ] b", "- [x] a\n- [ ] not b"), ["- - [ ] b", "+ - [ ] not b"]);
        assert_eq!(compared("see [x] there", "see [ ] there").len(), 2);
        assert_eq!(Asked::of("one", "").compared(&Asked::of("two", "")), ["- one", "+ two"]);
        assert_eq!(compared("", &"line\nother\n".repeat(20)).last().map(String::as_str), Some("… 28 more lines"));
    }
}
