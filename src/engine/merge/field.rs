//! One key that both sides changed: what its meaning says, and where it says nothing, both values for a person to see.

use super::body::grows;
use super::hunk::settle;
use super::items;
use super::keys::{merge_keys, unite};
use super::marks;
use super::rules::{Rule, gives_up, progress, rule};
use super::three::Three;
use super::weave::weave;
use crate::base::date::parse_moment;
use crate::document::Node;

/// A key with its value and its lines, each with its end.
pub(super) struct Block<'a> {
    pub(super) key: &'a str,
    pub(super) node: &'a Node,
    /// The comments and blank lines before it.
    pub(super) lead: &'a str,
    pub(super) text: &'a str,
}

/// What stands for a key in the result.
pub(super) struct Merged {
    pub(super) lead: String,
    /// Empty where the key is gone.
    pub(super) text: String,
    /// What a person must decide: the key, or keys below it.
    pub(super) open: Vec<String>,
}

/// One key in three versions, of which some may not have it.
pub(super) type Versions<'a> = Three<Option<&'a Block<'a>>>;

pub(super) fn merge_field(key: &str, versions: &Versions<'_>) -> Merged {
    let clean = settled(versions).map(|text| (text, Vec::new())).or_else(|| by_meaning(key, versions));
    let by_person = || (contested(key, versions), vec![key.to_owned()]);
    let (text, open) = clean.or_else(|| nested(key, versions)).unwrap_or_else(by_person);
    let lead = lead(versions);
    // Who writes a comment has changed the key.
    let is_lost = open.is_empty() && loses_remark(versions, &if text.is_empty() { String::new() } else { format!("{lead}{text}") });
    let (text, open) = if is_lost { by_person() } else { (text, open) };
    Merged { lead: if text.is_empty() { String::new() } else { lead }, text, open }
}

/// What stands before the key.
fn lead(versions: &Versions<'_>) -> String {
    match (versions.ours, versions.theirs) {
        (Some(block), None) | (None, Some(block)) => block.lead.to_owned(),
        _ => unite(&versions.map(|version| version.map_or("", |block| block.lead))),
    }
}

/// The lines of the side that alone changed something, be it only how the value is written.
fn settled(versions: &Versions<'_>) -> Option<String> {
    let texts = versions.map(|version| version.map(|block| block.text));
    let nodes = versions.map(|version| version.map(|block| block.node));
    let by_value = || nodes.settled().map(|_| if nodes.base == nodes.ours { texts.theirs } else { texts.ours });
    texts.settled().or_else(by_value).map(|text| text.unwrap_or_default().to_owned())
}

/// What the meaning of the key says, and what is open in it.
fn by_meaning(key: &str, versions: &Versions<'_>) -> Option<(String, Vec<String>)> {
    let rule = rule(key);
    let clean = match rule {
        Rule::Later => moment(versions, |ours, theirs| ours > theirs),
        Rule::Earlier => moment(versions, |ours, theirs| ours < theirs),
        Rule::Count => count(versions),
        Rule::Status => None,
        // Some trackers have a list of assignees.
        Rule::One if !are_lists(versions) => return literal(key, versions),
        Rule::One => return items::merge(key, versions, false),
        Rule::Set | Rule::Other => {
            return items::merge(key, versions, rule == Rule::Set).or_else(|| literal(key, versions));
        }
    };
    clean.map(|text| (text, Vec::new()))
}

fn are_lists(versions: &Versions<'_>) -> bool {
    [versions.ours, versions.theirs].iter().all(|side| side.is_some_and(|block| matches!(block.node, Node::List(_))))
}

/// The moment that wins; equal ones as they are written longer. A moment that one side removed and the other moved on stays.
fn moment(versions: &Versions<'_>, ours_wins: impl Fn(crate::base::Timestamp, crate::base::Timestamp) -> bool) -> Option<String> {
    let (Some(ours), Some(theirs)) = (versions.ours, versions.theirs) else { return None };
    let (our_text, their_text) = (ours.node.as_text()?, theirs.node.as_text()?);
    let (our_moment, their_moment) = (parse_moment(our_text)?, parse_moment(their_text)?);
    let wins = match our_moment == their_moment {
        true => (our_text.len(), our_text) > (their_text.len(), their_text),
        false => ours_wins(our_moment, their_moment),
    };
    Some(if wins { ours.text } else { theirs.text }.to_owned())
}

/// What both added, together.
fn count(versions: &Versions<'_>) -> Option<String> {
    let number = |block: Option<&Block<'_>>| block?.node.as_text()?.parse::<i64>().ok();
    let (ours, theirs) = (number(versions.ours)?, number(versions.theirs)?);
    let base = if versions.base.is_some() { number(versions.base)? } else { 0 };
    let sum = ours.checked_add(theirs)?.checked_sub(base).filter(|sum| *sum >= 0)?;
    let (head, value) = versions.ours?.text.split_once(':')?;
    Some(format!("{head}:{}", value.replacen(&ours.to_string(), &sum.to_string(), 1)))
}

/// A `|` text, line by line, and whether it is open.
fn literal(key: &str, versions: &Versions<'_>) -> Option<(String, Vec<String>)> {
    let (ours, theirs) = (cut(versions.ours?)?, cut(versions.theirs?)?);
    let base = versions.base.and_then(cut);
    if ours.0 != theirs.0 {
        return None;
    }
    let sides = Three { base: base.map_or("", |(_, lines)| lines), ours: ours.1, theirs: theirs.1 };
    let woven = weave(&sides, |hunk| base.and_then(|_| settle(hunk, grows(key))));
    Some(match woven.conflicts {
        0 => (format!("{}\n{}", ours.0, woven.text), Vec::new()),
        _ => (format!("{}\n{}", ours.0, marks::below(key, &woven.text)), vec![key.to_owned()]),
    })
}

/// The head of a `|` or `>` text, and its lines.
fn cut<'a>(block: &Block<'a>) -> Option<(&'a str, &'a str)> {
    let is_head = |head: &str| [": |", ": >"].iter().any(|end| head.trim_end_matches(['-', '+']).ends_with(end));
    block.text.split_once('\n').filter(|(head, _)| is_head(head))
}

/// A mapping below the key, key by key.
fn nested(key: &str, versions: &Versions<'_>) -> Option<(String, Vec<String>)> {
    let (ours, theirs) = (versions.ours?, versions.theirs?);
    let parts =
        Three { base: versions.base.map_or(Some(Nested::default()), Nested::of), ours: Nested::of(ours), theirs: Nested::of(theirs) };
    let parts = parts.all()?;
    let merged = merge_keys(&parts.each().map(|part| part.inner.as_str()))?;
    let lead = if parts.ours.indent > 0 { &parts.ours } else { &parts.theirs };
    let inner: String = merged.text.split_inclusive('\n').map(|line| pad(lead.indent, line)).collect();
    let open = merged.open.into_iter().map(|inner| format!("{key}.{inner}")).collect();
    (!inner.is_empty()).then(|| (format!("{}{inner}", lead.head), open))
}

fn pad(columns: usize, line: &str) -> String {
    if line.trim().is_empty() { line.to_owned() } else { format!("{:columns$}{line}", "") }
}

/// `key:` and the mapping below it, moved to the left edge.
#[derive(Default)]
struct Nested<'a> {
    head: &'a str,
    indent: usize,
    inner: String,
}

impl<'a> Nested<'a> {
    fn of(block: &Block<'a>) -> Option<Self> {
        let head = block.text.split_inclusive('\n').next()?;
        let rest = block.text.get(head.len()..)?;
        match block.node {
            Node::Null => return Some(Self { head, ..Self::default() }),
            Node::Map(entries) if entries.is_empty() && rest.is_empty() => return Some(Self { head, ..Self::default() }),
            Node::Map(_) => {}
            Node::Scalar(_) | Node::List(_) => return None,
        }
        let (_, behind) = head.split_once(':')?;
        let indent = rest.lines().find(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start_matches(' ').len())?;
        let dedented = rest.split_inclusive('\n').map(|line| if line.trim().is_empty() { Some(line) } else { line.get(indent..) });
        let fits = rest.lines().all(|line| line.trim().is_empty() || line.bytes().take(indent).all(|byte| byte == b' '));
        let inner = dedented.collect::<Option<String>>()?;
        let plain = behind.trim().is_empty() || behind.trim_start().starts_with('#');
        (fits && plain && indent > 0).then_some(Self { head, indent, inner })
    }
}

/// What nobody but a person can decide: one value stays, and both stand below it in comments that look like git's markers.
fn contested(key: &str, versions: &Versions<'_>) -> String {
    let kept = match (versions.ours, versions.theirs) {
        (Some(ours), Some(theirs)) if rule(key) == Rule::Status => further(ours, theirs).text,
        (Some(block), _) | (None, Some(block)) => block.text,
        (None, None) => "",
    };
    // What stands above on several lines need not be read twice.
    let side = |version: Option<&Block<'_>>| match version {
        Some(block) if block.text == kept && kept.lines().count() > 1 => format!("# ({key} as above)\n"),
        Some(block) => block.text.lines().map(|line| format!("# {line}\n")).collect(),
        None => format!("# ({key} removed)\n"),
    };
    format!("{kept}# <<<<<<< ours\n{}# =======\n{}# >>>>>>> theirs\n", side(versions.ours), side(versions.theirs))
}

fn further<'a, 'b>(ours: &'a Block<'b>, theirs: &'a Block<'b>) -> &'a Block<'b> {
    let progress = |block: &Block<'_>| block.node.as_text().and_then(progress);
    let gives_up = |block: &Block<'_>| block.node.as_text().is_some_and(gives_up);
    match (progress(ours), progress(theirs)) {
        (Some(here), Some(there)) if there > here => theirs,
        _ if gives_up(ours) && !gives_up(theirs) => theirs,
        _ => ours,
    }
}

/// Whether a comment that a side wrote is missing from the result.
fn loses_remark(versions: &Versions<'_>, result: &str) -> bool {
    let of = |version: Option<&Block<'_>>| version.map_or_else(Vec::new, |block| remarks(&format!("{}{}", block.lead, block.text)));
    let (base, kept) = (of(versions.base), remarks(result));
    [versions.ours, versions.theirs].into_iter().flat_map(of).any(|remark| !base.contains(&remark) && !kept.contains(&remark))
}

/// What looks like comments, without the space around; in a text it does no harm to take a line for one.
fn remarks(lines: &str) -> Vec<String> {
    let remark = |line: &str| if line.starts_with('#') { Some(line.to_owned()) } else { Some(line.split_once(" #")?.1.trim().to_owned()) };
    lines.lines().filter_map(|line| remark(line.trim()).map(|text| text.trim_start_matches('#').trim().to_owned())).collect()
}
