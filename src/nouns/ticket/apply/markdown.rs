//! A plan as Markdown. A heading with a kind (`# Epic: …`, `## Issue: …`) is a ticket, and a checklist item (`- [ ] …`) is a task
//! of the ticket above it; deeper headings and items are parts of those around them. Other text describes the ticket above it.
//! Behind either may stand `{#ref key=value …}`. Below a heading `Acceptance criteria` a checklist is what it says.

use crate::config::Config;
use crate::document::{Document, Located, Shape};
use crate::words::Kind;

use super::plan::{Plan, Planned};
use super::yaml::{Wrong, set};

/// What is open while the lines are read.
struct Reader<'a> {
    plan: &'a mut Plan,
    config: &'a Config,
    /// Headings around the current line: level, and place in the plan.
    headings: Vec<(usize, usize)>,
    /// Checklist items around it: columns before the `-`, and place in the plan.
    items: Vec<(usize, usize)>,
    /// The ticket that text belongs to.
    current: Option<usize>,
    /// Whether a checklist says what must be true in the end.
    criteria: bool,
    fence: Option<String>,
}

/// Reads a plan into `plan`.
pub fn read(plan: &mut Plan, text: &str, config: &Config) {
    let document = Document::parse(text.as_bytes().to_vec());
    if let Some(name) = document.text("name") {
        plan.name = crate::base::text::one_line(&name);
    }
    let mut reader = Reader { plan, config, headings: Vec::new(), items: Vec::new(), current: None, criteria: false, fence: None };
    for (number, line) in (document.body_line()..).zip(document.body().lines()) {
        reader.line(number, line);
    }
    if plan.tickets.is_empty() {
        plan.wrong(1, "no ticket: write headings such as `# Epic: …` and `## Issue: …`, or a checklist");
    }
}

impl Reader<'_> {
    fn line(&mut self, number: u32, line: &str) {
        let trimmed = line.trim_start();
        if let Some(fence) = &self.fence {
            if trimmed.trim_end() == fence {
                self.fence = None;
            }
            return self.text(line);
        }
        if let Some(mark) = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark)) {
            self.fence = Some(mark.to_owned());
            return self.text(line);
        }
        if let Some((level, heading)) = heading(line) {
            return self.heading(number, (level, heading, line));
        }
        match item(trimmed) {
            Some((done, title)) if self.criteria => {
                let planned = self.current.and_then(|current| self.plan.tickets.get_mut(current));
                planned.into_iter().for_each(|planned| planned.acceptance.push((done, title.to_owned())));
            }
            Some((done, title)) => self.item(number, (line.len() - trimmed.len(), done, title)),
            None => self.text(line),
        }
    }

    fn heading(&mut self, number: u32, (level, heading, line): (usize, &str, &str)) {
        self.criteria = heading.trim().eq_ignore_ascii_case("acceptance criteria");
        if self.criteria {
            return;
        }
        let kind = heading.split_once(':').and_then(|(word, title)| Some((Kind::parse(word.trim())?, title)));
        let Some((kind, title)) = kind else { return self.text(line) };
        self.headings.retain(|(open, _)| *open < level);
        self.items.clear();
        let around = self.headings.last().map(|(_, index)| *index);
        let index = add(self.plan, number, (around, title), self.config);
        self.plan.tickets.get_mut(index).into_iter().for_each(|planned| planned.draft.kind = Some(kind));
        self.headings.push((level, index));
        self.current = Some(index);
    }

    fn item(&mut self, number: u32, (indent, done, title): (usize, bool, &str)) {
        self.items.retain(|(open, _)| *open < indent);
        let around = self.items.last().or(self.headings.last()).map(|(_, index)| *index);
        let index = add(self.plan, number, (around, title), self.config);
        if let Some(planned) = self.plan.tickets.get_mut(index) {
            if planned.draft.kind.is_none() {
                planned.draft.kind = Some(Kind::Task);
            }
            if done && planned.draft.status.is_empty() {
                "done".clone_into(&mut planned.draft.status);
            }
        }
        self.items.push((indent, index));
        self.current = Some(index);
    }

    /// Text describes the ticket above it; text that begins at the margin ends a checklist.
    fn text(&mut self, line: &str) {
        if !line.trim().is_empty() && !line.starts_with([' ', '\t']) && !self.items.is_empty() {
            self.items.clear();
            self.current = self.headings.last().map(|(_, index)| *index);
        }
        let indent = self.items.last().map_or(0, |(indent, _)| indent + 2);
        let spaces = line.len() - line.trim_start_matches(' ').len();
        let line = line.get(indent.min(spaces)..).unwrap_or_default();
        if let Some(planned) = self.current.and_then(|current| self.plan.tickets.get_mut(current)) {
            planned.draft.body.push_str(line.trim_end());
            planned.draft.body.push('\n');
        }
    }
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    (1..=6).contains(&level).then_some(())?;
    Some((level, rest.strip_prefix(' ')?.trim()))
}

fn item(line: &str) -> Option<(bool, &str)> {
    let rest = line.strip_prefix(['-', '*', '+'])?.trim_start();
    let (mark, title) = rest.strip_prefix('[')?.split_once("] ")?;
    match mark {
        " " | "" => Some((false, title.trim())),
        "x" | "X" => Some((true, title.trim())),
        _ => None,
    }
}

/// Adds a ticket with the keys that are in braces after its title.
fn add(plan: &mut Plan, line: u32, (around, title): (Option<usize>, &str), config: &Config) -> usize {
    let (title, keys) = match title.trim().strip_suffix('}').and_then(|rest| rest.rsplit_once('{')) {
        Some((title, keys)) => (title, keys),
        None => (title, ""),
    };
    let mut planned = Planned { around, line, ..Planned::default() };
    title.trim().clone_into(&mut planned.draft.title);
    for word in keys.split_whitespace() {
        let (key, value) =
            word.strip_prefix('#').map_or_else(|| word.split_once('=').unwrap_or((word, "")), |reference| ("ref", reference));
        let scalar = |text: &str| Located { line, shape: Shape::Scalar(text.to_owned()) };
        let is_list = value.contains(',');
        let value = if is_list { Located { line, shape: Shape::List(value.split(',').map(scalar).collect()) } } else { scalar(value) };
        match set(&mut planned, key, &value, config) {
            Ok(()) => planned.given.push(key.to_owned()),
            Err(Wrong::Unknown) => plan.wrong(line, format!("`{key}` is not a key of a plan; write `{{#ref key=value}}`")),
            Err(Wrong::Value(message)) => plan.wrong(line, message),
        }
    }
    plan.add(planned)
}
