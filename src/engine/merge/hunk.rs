//! Lines that both sides changed and that still fit together: items of a checklist, entries of a log.

use super::order::merged_order;
use super::three::Three;
use super::weave::{Hunk, Woven, marked};

/// The answer of a checklist, or in a section that only grows, of its entries; `None` where a person must choose.
///
/// An item that only a person can decide on has markers, and no other one.
pub(super) fn settle(hunk: &Hunk<'_>, grows: bool) -> Option<Woven> {
    let whole = blank(hunk).or_else(|| extension(hunk)).or_else(|| checklist(hunk)).or_else(|| if grows { entries(hunk) } else { None });
    whole.map(Woven::clean).or_else(|| item_by_item(hunk))
}

/// Both sides differ in nothing but empty lines and space at line ends: ours.
fn blank(hunk: &Hunk<'_>) -> Option<String> {
    let says = |lines: &[&str]| lines.iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect::<Vec<_>>();
    let sides = hunk.each().map(|lines| says(lines));
    let lines = match () {
        () if sides.ours == sides.theirs || sides.theirs == sides.base => &hunk.ours,
        () if sides.ours == sides.base => &hunk.theirs,
        () => return None,
    };
    Some(lines.concat())
}

/// One side did what the other did and more: that side.
fn extension(hunk: &Hunk<'_>) -> Option<String> {
    let contains = |all: &[&str], some: &[&str]| {
        let mut rest = all.iter();
        let is_part = some.iter().all(|line| rest.any(|other| other == line));
        let adds = some.iter().any(|line| !line.trim().is_empty() && !hunk.base.contains(line));
        is_part && adds && hunk.base.iter().all(|line| !all.contains(line) || some.contains(line))
    };
    match () {
        () if contains(&hunk.ours, &hunk.theirs) => Some(hunk.ours.concat()),
        () if contains(&hunk.theirs, &hunk.ours) => Some(hunk.theirs.concat()),
        () => None,
    }
}

/// One item with the lines below it.
#[derive(Clone, PartialEq, Eq)]
struct Item<'a> {
    /// What it says and how far it is indented, without its mark.
    name: String,
    checked: bool,
    lines: Vec<&'a str>,
}

fn checklist(hunk: &Hunk<'_>) -> Option<String> {
    let items = hunk.each().map(|lines| items(lines)).all()?;
    let names = items.each().map(|items| items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>());
    let mut text = String::new();
    for name in merged_order(&names) {
        let versions = items.each().map(|items| items.iter().find(|item| item.name == name));
        text.push_str(&item(&versions)?.concat());
    }
    Some(text)
}

/// A checklist of which a person must choose some items: between those that all three versions have in one order, the rest is
/// marked unless it fits together for itself.
fn item_by_item(hunk: &Hunk<'_>) -> Option<Woven> {
    let items = hunk.each().map(|lines| items(lines)).all()?;
    let is_known = |item: &&Item<'_>, sides: [&Vec<Item<'_>>; 2]| sides.iter().all(|side| side.iter().any(|other| other.name == item.name));
    let shared =
        |own: &[Item<'_>], sides| own.iter().filter(|item| is_known(item, sides)).map(|item| item.name.clone()).collect::<Vec<_>>();
    let names = shared(&items.base, [&items.ours, &items.theirs]);
    let is_same = names == shared(&items.ours, [&items.base, &items.theirs]) && names == shared(&items.theirs, [&items.base, &items.ours]);
    if names.is_empty() || !is_same {
        return None;
    }
    let mut rest = items.each().map(Vec::as_slice);
    let mut woven = Woven::default();
    for name in &names {
        let at = rest.map(|items| items.iter().position(|item| item.name == *name)).all()?;
        let pairs = Three { base: (rest.base, at.base), ours: (rest.ours, at.ours), theirs: (rest.theirs, at.theirs) };
        let cut = pairs.map(|(items, at)| items.split_at_checked(at)).all()?;
        woven.push(&part(&cut.map(|(before, _)| before)));
        let found = cut.map(|(_, behind)| behind.split_first()).all()?;
        woven.push(&part(&found.map(|(item, _)| std::slice::from_ref(item))));
        rest = found.map(|(_, behind)| behind);
    }
    woven.push(&part(&rest));
    Some(woven)
}

/// Some items that follow each other.
fn part(items: &Three<&[Item<'_>]>) -> Woven {
    let lines = items.map(|items| items.iter().flat_map(|item| item.lines.iter().copied()).collect::<Vec<_>>());
    let settled = lines.each().settled().map(|lines| lines.concat()).or_else(|| checklist(&lines));
    settled.map_or_else(|| marked(&lines), Woven::clean)
}

/// The lines of one item; none where a side removed it and the other left it as it was.
fn item<'a>(versions: &Three<Option<&Item<'a>>>) -> Option<Vec<&'a str>> {
    let kept = versions.map(|version| version.map(|item| (item.checked, item.lines.as_slice())));
    let (ours, theirs) = match (versions.ours, versions.theirs) {
        (Some(ours), Some(theirs)) => (ours, theirs),
        (None, None) => return Some(Vec::new()),
        // Ticked here and reworded or removed there: nobody but a person knows what was meant.
        _ => return kept.settled().map(|lines| lines.map_or_else(Vec::new, |(_, lines)| lines.to_vec())),
    };
    let checked = Three { base: versions.base.is_some_and(|item| item.checked), ours: ours.checked, theirs: theirs.checked };
    let wanted = checked.settled()?;
    let below = |item: &Item<'a>| item.lines.get(1..).unwrap_or_default().to_vec();
    let rest = Three { base: versions.base.map(below), ours: Some(below(ours)), theirs: Some(below(theirs)) }.settled()??;
    let first = if ours.checked == wanted { ours } else { theirs };
    Some(first.lines.iter().copied().take(1).chain(rest).collect())
}

/// Lines as items; `None` if there is anything else.
fn items<'a>(lines: &[&'a str]) -> Option<Vec<Item<'a>>> {
    let mut items: Vec<Item<'a>> = Vec::new();
    for line in lines {
        if let Some((name, checked)) = parse_item(line) {
            let same = items.iter().filter(|item| item.name.trim_end_matches('\0') == name).count();
            items.push(Item { name: name + &"\0".repeat(same), checked, lines: vec![line] });
        } else {
            // A line of its own ends the list.
            let belongs = line.starts_with([' ', '\t']) && !line.trim().is_empty();
            items.last_mut().filter(|_| belongs)?.lines.push(line);
        }
    }
    Some(items)
}

fn parse_item(line: &str) -> Option<(String, bool)> {
    let item = line.trim_start();
    let rest = item.strip_prefix(['-', '*', '+'])?.trim_start().strip_prefix('[')?;
    let (mark, text) = rest.split_at_checked(1)?;
    let text = text.strip_prefix(']')?;
    let indent = line.len() - item.len();
    matches!(mark, " " | "x" | "X").then(|| (format!("{indent} {}", text.trim()), mark != " "))
}

/// What both sides added after the same lines: both, the older first where each begins with a date.
fn entries(hunk: &Hunk<'_>) -> Option<String> {
    let (ours, theirs) = (hunk.ours.strip_prefix(hunk.base.as_slice())?, hunk.theirs.strip_prefix(hunk.base.as_slice())?);
    let (first, second) = match (date(ours), date(theirs)) {
        (Some(here), Some(there)) if there < here => (theirs, ours),
        _ => (ours, theirs),
    };
    // Lines that both begin or end with, such as a marker, stand once.
    let alike = |(one, other): &(&&str, &&str)| one == other;
    let head = first.iter().zip(second).take_while(alike).count();
    let (shared, first) = first.split_at_checked(head)?;
    let second = second.get(head..)?;
    let tail = first.iter().rev().zip(second.iter().rev()).take_while(alike).count();
    let (first, end) = first.split_at_checked(first.len() - tail)?;
    let second = second.get(..second.len() - tail)?;
    let gap = if needs_gap(first.last(), second.first()) { "\n" } else { "" };
    let lines = |lines: &[&str]| lines.iter().map(|line| closed(line)).collect::<String>();
    Some([&*lines(&hunk.base), &lines(shared), &lines(first), gap, &lines(second), &lines(end)].concat())
}

fn closed(line: &str) -> String {
    if line.ends_with('\n') { line.to_owned() } else { format!("{line}\n") }
}

/// Whether an empty line must keep two entries apart: items of a list follow each other, paragraphs do not.
fn needs_gap(last: Option<&&str>, first: Option<&&str>) -> bool {
    let (Some(last), Some(first)) = (last, first) else { return false };
    let says = |line: &str| !line.trim().is_empty();
    let item = |line: &str| line.trim_start().starts_with(['-', '*', '+', '|']) || line.starts_with([' ', '\t']);
    says(last) && says(first) && !(item(last) && item(first))
}

/// The first date, with its time, in the first line that says something.
fn date(lines: &[&str]) -> Option<String> {
    let line = lines.iter().find(|line| !line.trim().is_empty())?;
    let shape: String = line.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    let at = shape.find("0000-00-00")?;
    let stamp: String = line.get(at..)?.chars().take_while(|letter| letter.is_ascii_digit() || "-:T .".contains(*letter)).collect();
    Some(stamp.replace('T', " ").trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(base: &str, ours: &str, theirs: &str) -> Option<String> {
        let hunk = Three { base, ours, theirs }.map(|side| side.split_inclusive('\n').collect::<Vec<_>>());
        settle(&hunk, true).filter(|woven| woven.conflicts == 0).map(|woven| woven.text)
    }

    #[test]
    fn only_the_item_that_needs_a_person_is_marked() {
        let hunk = Three {
            base: "- [ ] one\n- [ ] two\n- [ ] three\n",
            ours: "- [x] one\n- [ ] two\n- [ ] three\n",
            theirs: "- [ ] one, reworded\n- [x] two\n- [ ] three\n",
        };
        let woven = settle(&hunk.map(|side| side.split_inclusive('\n').collect::<Vec<_>>()), false).unwrap();
        let marked = "<<<<<<< ours\n- [x] one\n=======\n- [ ] one, reworded\n>>>>>>> theirs\n- [x] two\n- [ ] three\n";
        assert_eq!((woven.text.as_str(), woven.conflicts), (marked, 1));
    }

    #[test]
    fn checklists_go_by_item() {
        let merged = settled("- [ ] a\n- [ ] b\n", "- [x] a\n- [ ] b\n- [ ] c\n", "- [ ] a\n  more\n- [x] b\n- [x] d\n");
        assert_eq!(merged.as_deref(), Some("- [x] a\n  more\n- [x] b\n- [ ] c\n- [x] d\n"));
        assert_eq!(settled("- [x] a\n", "- [ ] a\n- [ ] b\n", "- [x] a\n- [ ] c\n").as_deref(), Some("- [ ] a\n- [ ] b\n- [ ] c\n"));
        assert_eq!(settled("- [ ] a\n", "- [x] a\n", "- [ ] a, reworded\n"), None);
    }

    #[test]
    fn entries_of_a_log_are_both_kept() {
        assert_eq!(settled("", "- 2026-01-02 b\n", "- 2026-01-01 a\n").as_deref(), Some("- 2026-01-01 a\n- 2026-01-02 b\n"));
        assert_eq!(settled("x\n", "x\none\n", "x\ntwo\n").as_deref(), Some("x\none\n\ntwo\n"));
        assert_eq!(settled("x\n", "y\n", "x\ntwo\n"), None);
        assert_eq!(settled("", "b\none\ne\n", "b\ntwo\ne\n").as_deref(), Some("b\none\n\ntwo\ne\n"));
    }

    #[test]
    fn who_did_more_of_the_same_stands() {
        assert_eq!(settled("a\n", "x\ny\n", "x\n").as_deref(), Some("x\ny\n"));
        assert_eq!(settled("a\n", "", "x\n"), None);
        assert_eq!(settled("a\nb\n", "a\nx\ny\n", "x\n"), None, "`a` was removed on one side");
    }
}
