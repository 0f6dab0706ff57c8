//! `cmpm delegate comment`

use crate::report::prelude::*;
use crate::run::{CommentError, PlacedComment, Side, Spot};

use super::super::several::with_text;

/// Comment on lines of what a run changed
///
/// `review`, `diff` and `show` have the comments; the next attempt is told those that are not resolved, with the lines they speak of where
/// these stand by then, and `revise` needs no other words. Without a path it is about the whole run. Without anything to say, to resolve or to reopen it lists them.
/// Example: `cmpm delegate comment RUN-4f2 docs/guide.md:12-14 -m "say which version"`
#[derive(Debug, Args)]
pub struct Comment {
    /// Run to comment on; the only one that waits for review if left out
    #[arg(add = Takes::Run)]
    run: Option<String>,
    /// File, line of it or lines of it: `PATH`, `PATH:LINE`, `PATH:LINE-LINE`
    #[arg(value_name = "PLACE")]
    place: Option<String>,
    /// What to say
    #[arg(long, short, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<String>,
    /// The lines are of the file as it was before the run
    #[arg(long, requires = "place")]
    old: bool,
    /// Take this comment as done; may be given again
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["place", "message"])]
    resolve: Vec<u32>,
    /// Take this comment as not done after all; may be given again
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["place", "message"])]
    reopen: Vec<u32>,
}

/// What was said about a run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Commented {
    run: Id,
    /// The number of the new comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<u32>,
    /// All comments, first to last.
    comments: Vec<PlacedComment>,
}

impl Verb for Comment {
    type Report = Commented;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Commented> {
        let trust = super::super::trust(context)?;
        let runs = super::super::runs(context, &trust)?;
        let run = super::super::require(context, &runs, self.run.as_deref())?;
        runs.resolve_comments(&run, &self.resolve, true)?;
        runs.resolve_comments(&run, &self.reopen, false)?;
        let says = self.place.is_some() || self.message.is_some();
        let spot = self.place.as_deref().map(|place| spot(place, self.old)).transpose()?;
        let add = |text: &str| Ok(Some(runs.comment(&run, spot, text)?.number));
        let added = if says { with_text(context, self.message.as_deref(), add)? } else { None };
        Ok(Commented { added, comments: runs.placed_comments(&run)?, run: run.job.run })
    }
}

/// The place that somebody typed. What is behind the last colon and no range of lines belongs to the path.
fn spot(typed: &str, old: bool) -> Result<Spot> {
    let (path, lines) = typed.rsplit_once(':').and_then(|(path, lines)| Some((path, Some(range(lines)?)))).unwrap_or((typed, None));
    let side = if old { Side::Old } else { Side::New };
    let path = RepoPath::parse(path).ok_or(CommentError::BadPlace { typed: typed.to_owned() })?;
    Ok(Spot { path, side, lines })
}

/// `12` or `12-14`.
pub(super) fn range(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

/// How many comments are open, and how many resolved; nothing where there are none.
pub fn count(comments: &[PlacedComment]) -> String {
    let open = comments.iter().filter(|placed| placed.comment.is_open()).count();
    match (open, comments.len() - open) {
        (0, 0) => String::new(),
        (open, 0) => format!("{open} not resolved"),
        (open, resolved) => format!("{open} not resolved, {resolved} resolved"),
    }
}

/// Comments for a terminal: each with its number, place and author, then what it says.
pub fn render(comments: &[PlacedComment], screen: &Screen) -> String {
    comments.iter().map(|placed| render_one(placed, screen)).collect()
}

fn render_one(placed: &PlacedComment, screen: &Screen) -> String {
    let comment = &placed.comment;
    let number = screen.paint(Tone::Key, &format!("{}", comment.number));
    let place = Some(placed.place()).filter(|place| !place.is_empty()).unwrap_or_else(|| "the whole run".to_owned());
    let by = if comment.verified { text::one_line(&comment.by) } else { format!("{} (unverified)", text::one_line(&comment.by)) };
    let done = comment.resolved.as_ref().map(|done| format!(", resolved by {}", text::one_line(&done.by))).unwrap_or_default();
    let mut out = format!("{number}  {}  {}\n", text::one_line(&place), screen.paint(Tone::Quiet, &format!("{by}, {}{done}", comment.at)));
    if done.is_empty() {
        for line in text::printable(comment.text.trim()).lines() {
            let _ = writeln!(out, "   {line}");
        }
    }
    out
}

/// A diff with the comments below the lines they are about; after it those that stand nowhere in it.
pub fn beside(diff: &str, shown: &str, comments: &[PlacedComment]) -> String {
    let mut left: Vec<&PlacedComment> = comments.iter().collect();
    let (mut out, mut at) = (String::new(), Reader::default());
    for (line, shown) in diff.split_inclusive('\n').zip(shown.split_inclusive('\n')) {
        at.read(line.trim_end_matches('\n'));
        out.push_str(shown);
        let (here, others) = left.into_iter().partition(|placed| at.is_at(placed));
        left = others;
        let here: Vec<&PlacedComment> = here;
        for placed in here {
            out.push_str(&indented(placed));
        }
    }
    if !left.is_empty() {
        out.push_str("\nOther comments:\n");
        left.iter().for_each(|placed| out.push_str(&render_one(placed, &Screen { width: 0, colour: false })));
    }
    out
}

fn indented(placed: &PlacedComment) -> String {
    let comment = &placed.comment;
    let done = if comment.is_open() { "" } else { ", resolved" };
    let head = format!("    ╷ {}{done} · {}", comment.number, text::one_line(&comment.by));
    let lines: String = text::printable(comment.text.trim()).lines().map(|line| format!("    │ {line}\n")).collect();
    format!("{head}\n{lines}")
}

/// How far a diff is read, of the file before and after.
#[derive(Default)]
struct Reader {
    old: Version,
    new: Version,
}

#[derive(Default)]
struct Version {
    /// The name of the file.
    name: String,
    /// Its next line.
    next: u32,
    /// The line that the one just read stands for.
    here: Option<u32>,
    /// How many lines of it the hunk has left.
    left: u32,
}

impl Reader {
    fn read(&mut self, line: &str) {
        (self.old.here, self.new.here) = (None, None);
        if self.old.left == 0 && self.new.left == 0 {
            return self.read_head(line);
        }
        let first = line.bytes().next();
        if !matches!(first, Some(b'+' | b'\\')) {
            self.old.step();
        }
        if !matches!(first, Some(b'-' | b'\\')) {
            self.new.step();
        }
    }

    fn read_head(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("--- ") {
            name.trim_end_matches('\t').clone_into(&mut self.old.name);
        } else if let Some(name) = line.strip_prefix("+++ ") {
            name.trim_end_matches('\t').clone_into(&mut self.new.name);
        } else if let Some((ranges, _)) = line.strip_prefix("@@ -").and_then(|rest| rest.split_once(" @@"))
            && let Some((old, new)) = ranges.split_once(" +")
        {
            self.old.begin(old);
            self.new.begin(new);
        }
    }

    /// Whether the line just read is the last one that a comment is about.
    fn is_at(&self, placed: &PlacedComment) -> bool {
        let comment = &placed.comment;
        let version = if comment.side == Side::New { &self.new } else { &self.old };
        let Some((path, first)) = comment.path.as_ref().zip(placed.now) else { return false };
        let last = first + comment.end.zip(comment.line).map_or(0, |(end, line)| end.saturating_sub(line));
        let (path, name) = (path.lossy(), version.name.as_str());
        // With the prefixes of git, or without where its settings say so.
        let is_named = name == path || name.split_once('/').is_some_and(|(_, rest)| rest == path);
        is_named && version.here == Some(last)
    }
}

impl Version {
    /// Goes to a range, such as `3,7`.
    fn begin(&mut self, range: &str) {
        let (start, count) = range.split_once(',').unwrap_or((range, "1"));
        (self.next, self.left) = (start.parse().unwrap_or_default(), count.parse().unwrap_or_default());
    }

    fn step(&mut self) {
        self.here = Some(self.next);
        self.next += 1;
        self.left = self.left.saturating_sub(1);
    }
}

impl Report for Commented {
    const SCHEMA: &'static str = "cmpm.delegate.comment/1";

    fn render(&self, screen: &Screen) -> String {
        if self.comments.is_empty() {
            return "No comments.\n".to_owned();
        }
        let mut out = render(&self.comments, screen);
        if self.comments.iter().any(|placed| placed.comment.is_open()) {
            let next = format!("next: cmpm delegate revise {} has the agent work on what is not resolved\n", self.run);
            out.push_str(&screen.paint(Tone::Quiet, &next));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_path_and_perhaps_lines() {
        let of = |typed: &str| spot(typed, false).map(|spot| (spot.path.to_string(), spot.lines)).ok();
        assert_eq!(of("docs/a.md"), Some(("docs/a.md".into(), None)));
        assert_eq!(of("docs/a.md:3"), Some(("docs/a.md".into(), Some((3, 3)))));
        assert_eq!(of("docs/a.md:3-5"), Some(("docs/a.md".into(), Some((3, 5)))));
        assert_eq!(of("a:b"), Some(("a:b".into(), None)));
        assert_eq!(of("a:5-3"), Some(("a:5-3".into(), None)));
        assert_eq!(of("../a:3"), None);
    }
}
