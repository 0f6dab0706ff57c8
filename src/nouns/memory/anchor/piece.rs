//! The piece of a file that an anchor means: some lines, a symbol with what belongs to it, or all of it. Pure.

use std::collections::HashMap;

/// The piece; `None` if the file has no such symbol. Lines beyond its end are left out.
pub fn piece_of(text: &str, symbol: Option<&str>, lines: Option<&str>) -> Option<String> {
    if let Some(symbol) = symbol {
        return block_of(text, symbol);
    }
    let Some((first, last)) = lines.and_then(parse_lines) else { return Some(text.to_owned()) };
    let wanted = text.lines().skip(first - 1).take(last + 1 - first);
    Some(wanted.collect::<Vec<_>>().join("\n"))
}

/// The first and last line of `10` or `10-20`, counted from 1.
pub fn parse_lines(text: &str) -> Option<(usize, usize)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first >= 1 && last >= first).then_some((first, last))
}

/// Whether a piece is in a text as it did: a symbol with all that belongs to it, lines anywhere.
pub fn still_holds(before: &str, now: &str, (symbol, lines): (Option<&str>, Option<&str>)) -> bool {
    match (symbol, lines) {
        (Some(symbol), _) => block_of(now, symbol).as_deref() == Some(before),
        (None, Some(_)) => {
            let (wanted, there): (Vec<&str>, Vec<&str>) = (before.lines().collect(), now.lines().collect());
            wanted.is_empty() || there.windows(wanted.len()).any(|window| window == wanted)
        }
        (None, None) => before == now,
    }
}

/// How many lines of `after` are not in `before`, and how many of `before` are not in `after`.
pub fn differing_lines(before: &str, after: &str) -> (usize, usize) {
    let lines = |text| -> Vec<&str> { str::lines(text).collect() };
    (missing(&lines(after), &lines(before)), missing(&lines(before), &lines(after)))
}

/// The same for lines of a file: they are compared with what now stands between the lines around them, as far as those tell.
pub fn changed_lines(old: &str, now: &str, lines: &str) -> (usize, usize) {
    let (old, now): (Vec<&str>, Vec<&str>) = (old.lines().collect(), now.lines().collect());
    let (first, last) = parse_lines(lines).unwrap_or((1, old.len()));
    let (first, last) = (first.saturating_sub(1).min(old.len()), last.min(old.len()));
    let (old_places, now_places) = (places(&old), places(&now));
    let place_now = |index: &usize| {
        let line = old.get(*index)?;
        Some((*index, now_places.get(line).copied().flatten()?)).filter(|_| old_places.get(line).copied().flatten().is_some())
    };
    let (old_start, start) = (0..first).rev().find_map(|index| place_now(&index)).map_or((0, 0), |(old, now)| (old + 1, now + 1));
    let (old_end, end) = (last..old.len()).find_map(|index| place_now(&index)).unwrap_or((old.len(), now.len()));
    let after = now.get(start..end).unwrap_or_default();
    (missing(after, old.get(old_start..old_end).unwrap_or_default()), missing(old.get(first..last).unwrap_or_default(), after))
}

/// Where each line stands; `None` for one that is in several places.
fn places<'t>(lines: &[&'t str]) -> HashMap<&'t str, Option<usize>> {
    let mut places = HashMap::new();
    for (index, line) in lines.iter().enumerate() {
        places.entry(*line).and_modify(|place| *place = None).or_insert(Some(index));
    }
    places
}

/// How many of the lines are not among the others, each of which counts once.
fn missing(lines: &[&str], others: &[&str]) -> usize {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    others.iter().for_each(|line| *counts.entry(line).or_default() += 1);
    let mut is_there = |line: &&&str| counts.get_mut(**line).filter(|count| **count > 0).map(|count| *count -= 1).is_some();
    lines.iter().filter(|line| !is_there(line)).count()
}

/// The line that names a symbol and the lines that belong to it, which are the ones further in and the one that closes it.
fn block_of(text: &str, symbol: &str) -> Option<String> {
    let name = symbol.rsplit("::").next().unwrap_or(symbol).trim_end_matches("()");
    let lines: Vec<&str> = text.lines().collect();
    let defines = |line: &str| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
    let is_definition = |line: &str| {
        const WORDS: [&str; 14] =
            ["fn", "def", "class", "struct", "enum", "trait", "type", "const", "let", "function", "func", "interface", "static", "mod"];
        defines(line) && line.split_whitespace().any(|word| WORDS.contains(&word))
    };
    let start = lines.iter().position(|line| is_definition(line)).or_else(|| lines.iter().position(|line| defines(line)))?;
    let depth = |line: &str| line.len() - line.trim_start().len();
    let own = depth(lines.get(start)?);
    let rest = lines.get(start + 1..).unwrap_or_default();
    let inside = rest.iter().take_while(|line| line.trim().is_empty() || depth(line) > own).count();
    let closes = rest.get(inside).is_some_and(|line| depth(line) == own && line.trim_start().starts_with(['}', ')', ']']));
    let block = lines.get(start..start + 1 + inside + usize::from(closes))?;
    Some(block.join("\n").trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "// calls load()\nfn load() -> u8 {\n    1\n}\n\nfn save() {\n    load();\n}\n";

    #[test]
    fn a_symbol_has_what_belongs_to_it() {
        assert_eq!(piece_of(CODE, Some("load"), None).as_deref(), Some("fn load() -> u8 {\n    1\n}"));
        assert_eq!(piece_of(CODE, Some("a::save()"), None).as_deref(), Some("fn save() {\n    load();\n}"));
        assert_eq!(piece_of("def f():\n  a\n\n  b\n\nc\n", Some("f"), None).as_deref(), Some("def f():\n  a\n\n  b"));
        assert_eq!(piece_of(CODE, Some("sav"), None), None);
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!(piece_of("a\nb\nc\n", None, Some("2-3")).as_deref(), Some("b\nc"));
        assert_eq!(piece_of("a\nb\n", None, Some("2")).as_deref(), Some("b"));
        assert_eq!(piece_of("a\n", None, Some("7-9")).as_deref(), Some(""));
        assert_eq!((parse_lines("0"), parse_lines("3-2"), parse_lines("x")), (None, None, None));
    }

    #[test]
    fn moved_lines_hold_and_changed_ones_do_not() {
        assert!(still_holds("b\nc", "x\na\nb\nc\n", (None, Some("2-3"))));
        assert!(!still_holds("b\nc", "b\nx\nc\n", (None, Some("2-3"))));
        assert!(still_holds("fn load() -> u8 {\n    1\n}", CODE, (Some("load"), None)));
        assert!(!still_holds("a", "b", (None, None)));
        assert_eq!(differing_lines("a\nb", "a\nc\nd"), (2, 1));
        assert_eq!(changed_lines("x\na\nb\ny\n", "new\nx\na\nc\ny\nmore\n", "2-3"), (1, 1));
        assert_eq!(changed_lines("x\na\nb\n", "x\n", "2-3"), (0, 2));
    }
}
