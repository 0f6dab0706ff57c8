//! A memory that answers, as people see it.

use crate::engine::search::Snippet;
use crate::report::prelude::*;

use super::super::anchor::{Checked, Freshness};
use super::super::search::{Explanation, FoundMemory};
use super::elsewhere::Elsewhere;

impl FoundMemory {
    /// A line with id, category and title, and below it why it was found.
    pub fn render(&self, screen: &Screen) -> String {
        let row = &self.memory;
        let mut remarks: Vec<String> = Vec::from([row.remark()]);
        remarks.extend(self.elsewhere.as_ref().map(Elsewhere::phrase));
        remarks.extend(self.signature.map(|_| "signature matches".to_owned()));
        remarks.extend(self.freshness.filter(|state| *state != Freshness::Fresh).map(|state| state.as_str().to_owned()));
        remarks.retain(|remark| !remark.is_empty());
        let remark = if remarks.is_empty() { String::new() } else { screen.paint(Tone::Careful, &format!(" ({})", remarks.join(", "))) };
        let id = screen.paint(Tone::Key, row.id.as_str());
        let title = screen.paint(Tone::Title, &text::one_line(&row.title));
        let mut out = format!("{id}  {}  {title}{remark}\n", text::one_line(&row.category));
        // A memory of one line is its title.
        if !self.shown.text.is_empty() && text::one_line(&self.shown.text) != text::one_line(&row.title) {
            let _ = writeln!(out, "  {}", highlight(&self.shown, screen));
        }
        for line in &self.resolution {
            let _ = writeln!(out, "  - {}", text::one_line(line));
        }
        for anchor in self.anchors.iter().filter(|anchor| anchor.state != Freshness::Fresh) {
            let _ = writeln!(out, "  {}", screen.paint(Tone::Quiet, &anchor.phrase()));
        }
        if let Some(explanation) = &self.explanation {
            out.push_str(&explanation.render(self.score, screen));
        }
        out
    }
}

impl Freshness {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Drifted => "drifted",
            Self::Orphaned => "orphaned",
        }
    }
}

impl Checked {
    /// What happened to an anchor, in one line.
    pub fn phrase(&self) -> String {
        let place = self.place.as_ref().map(|place| format!(" {place}")).unwrap_or_default();
        let moved = self.moved_to.as_ref().map(|path| format!(", now {path}")).unwrap_or_default();
        let change = self.change.as_ref().map(|change| format!(": {change}")).unwrap_or_default();
        let commit = self.commit.as_ref().map(|commit| format!(" by {commit}")).unwrap_or_default();
        text::one_line(&format!("{}{place}{moved} {}{change}{commit}", self.path, self.state.as_str()))
    }
}

impl Explanation {
    fn render(&self, score: f64, screen: &Screen) -> String {
        let mut lines = Vec::new();
        for part in &self.terms {
            let names = ["title", "tags", "details", "body"];
            let places = part.counts.iter().zip(names).filter(|(count, _)| **count > 0).map(|(count, name)| format!("{name} {count}"));
            lines.push(format!("{:>7.3}  {}: {}; rarity {:.2}", part.score, part.term, places.collect::<Vec<_>>().join(", "), part.idf));
        }
        if self.proximity > 0.0 {
            lines.push(format!("{:>7.3}  words close together", self.proximity));
        }
        if self.factor < 1.0 {
            lines.push(format!("× {:>5.3}  its code has changed", self.factor));
        }
        lines.extend(self.boosts.iter().map(|part| format!("× {:>5.3}  {}: {}", part.factor, part.boost.as_str(), part.why)));
        lines.push(format!("= {score:>5.3}  proof {:.2}: {}", self.proof, self.runs));
        lines.iter().map(|line| format!("  {}\n", screen.paint(Tone::Quiet, &text::one_line(line).replace("  ", " ")))).collect()
    }
}

/// The snippet with its hits in another tone.
fn highlight(snippet: &Snippet, screen: &Screen) -> String {
    let piece = |range: std::ops::Range<usize>| snippet.text.get(range).unwrap_or_default();
    let (mut out, mut end) = (String::new(), 0);
    for hit in &snippet.hits {
        out.push_str(piece(end..hit.start));
        out.push_str(&screen.paint(Tone::Good, piece(hit.clone())));
        end = hit.end;
    }
    out + piece(end..snippet.text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::search::{Query, snippet};

    #[test]
    fn hits_are_painted_where_they_stand() {
        let shown = snippet("fix the broken links", &Query::parse("links fix"));
        assert_eq!(highlight(&shown, &Screen::PLAIN), "fix the broken links");
        let painted = highlight(&shown, &Screen { width: 0, colour: true });
        assert_eq!(painted, "\u{1b}[32mfix\u{1b}[0m the broken \u{1b}[32mlinks\u{1b}[0m");
    }
}
