//! Changing one setting in the text of a file: its own lines change, comments and order stay.

use std::ops::Range;

use serde_yaml::{Mapping, Value};

use super::ConfigError;
use super::layers::{Layers, Origin, Sources, nested, typed};

/// The text of a file of settings with `key` set to what `value` means, or without it; checked as a whole.
pub fn change(origin: &Origin, text: &str, (key, value): (&str, Option<&str>)) -> Result<String, ConfigError> {
    let mut wanted = Mapping::new();
    let path: Vec<&str> = key.split('.').collect();
    if let Some(read) = serde_yaml::from_str::<Option<Mapping>>(text).ok().flatten() {
        wanted = read;
    }
    let changed = match value {
        Some(value) => {
            typed(&nested(key, value), key)?;
            let value = leaf(nested(key, value), path.len());
            put(&mut wanted, &path, &value);
            edited(text, &path, Some(&value))
        }
        None => {
            let shortest =
                removed(&mut wanted, &path).ok_or_else(|| ConfigError::NotSet { origin: origin.to_string(), key: key.to_owned() })?;
            edited(text, path.get(..shortest).unwrap_or(&path), None)
        }
    };
    let read = serde_yaml::from_str::<Option<Mapping>>(&changed).ok().map(Option::unwrap_or_default);
    if read != Some(wanted) {
        return Err(ConfigError::Form { origin: origin.to_string(), key: key.to_owned() });
    }
    let mut sources = Sources::default();
    sources.add_file(origin.clone(), changed.as_bytes())?;
    Layers::join(sources).map(|_| changed)
}

fn leaf(value: Value, depth: usize) -> Value {
    (0..depth).fold(value, |value, _| match value {
        Value::Mapping(mapping) => mapping.into_iter().next().map_or(Value::Null, |(_, inner)| inner),
        other => other,
    })
}

fn put(mapping: &mut Mapping, path: &[&str], value: &Value) {
    let Some((first, rest)) = path.split_first() else { return };
    let entry = mapping.entry(Value::from(*first)).or_insert(Value::Null);
    if rest.is_empty() {
        *entry = value.clone();
        return;
    }
    if !entry.is_mapping() {
        *entry = Value::Mapping(Mapping::new());
    }
    if let Value::Mapping(inner) = entry {
        put(inner, rest, value);
    }
}

/// Removes a key, and what is empty without it; how long the path to that is. `None` if it was not there.
fn removed(mapping: &mut Mapping, path: &[&str]) -> Option<usize> {
    let (first, rest) = path.split_first()?;
    if rest.is_empty() {
        return mapping.shift_remove(*first).map(|_| 1);
    }
    let inner = mapping.get_mut(*first)?.as_mapping_mut()?;
    let length = removed(inner, rest)?;
    if inner.is_empty() { mapping.shift_remove(*first).map(|_| 1) } else { Some(length + 1) }
}

fn edited(text: &str, path: &[&str], value: Option<&Value>) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let whole = Block { lines: 0..lines.len(), depth: 0 };
    edit(&mut lines, &whole, path, value);
    lines.iter().map(|line| format!("{line}{end}")).collect()
}

/// Lines with keys, which stand behind so many spaces.
struct Block {
    lines: Range<usize>,
    depth: usize,
}

/// Changes the keys of a block.
fn edit(lines: &mut Vec<String>, block: &Block, path: &[&str], value: Option<&Value>) {
    let Some((key, rest)) = path.split_first() else { return };
    let depth = block.depth;
    let Some(own) = find(lines, block, key) else {
        let block = &block.lines;
        let last = lines.get(block.clone()).unwrap_or_default().iter().rposition(|line| !line.trim().is_empty());
        let at = last.map_or(block.start, |last| block.start + last + 1);
        lines.splice(at..at, value.map_or_else(Vec::new, |value| render(path, value, depth)));
        return;
    };
    let head = lines.get(own.start).cloned().unwrap_or_default();
    let (said, comment) = parts(&head, key);
    let flow = serde_yaml::from_str::<Mapping>(said).ok().filter(|_| said.starts_with('{') && !rest.is_empty());
    let inside = own.start + 1..own.end;
    let first = lines.get(inside.clone()).unwrap_or_default().iter().find(|line| !line.trim().is_empty() && !is_comment(line));
    let below = first.map(|line| indent(line)).filter(|below| *below > depth);
    let mut new = match (flow, below) {
        (Some(mut flow), _) => {
            match value {
                Some(value) => put(&mut flow, rest, value),
                None => drop(removed(&mut flow, rest)),
            }
            vec![format!("{}{key}: {}", " ".repeat(depth), in_flow(&Value::Mapping(flow)))]
        }
        (None, Some(below)) if !rest.is_empty() && said.is_empty() => {
            return edit(lines, &Block { lines: inside, depth: below }, rest, value);
        }
        _ => match value {
            Some(list @ Value::Sequence(_)) if rest.is_empty() && said.starts_with('[') => {
                vec![format!("{}{key}: {}", " ".repeat(depth), in_flow(list))]
            }
            Some(value) => render(path, value, depth),
            None => Vec::new(),
        },
    };
    if let ([only], Some(comment)) = (new.as_mut_slice(), comment) {
        only.push_str(comment);
    }
    lines.splice(own, new);
}

/// The lines of a key within a block: those below it that are deeper, and a list at its own depth.
fn find(lines: &[String], block: &Block, key: &str) -> Option<Range<usize>> {
    let (block, depth) = (&block.lines, block.depth);
    let is_head = |line: &String| indent(line) == depth && line.trim_start().strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    let start = block.start + lines.get(block.clone())?.iter().position(is_head)?;
    let is_own = |line: &&String| line.trim().is_empty() || indent(line) > depth || is_comment(line) || line.trim_start().starts_with("- ");
    let below = lines.get(start + 1..block.end)?;
    let count = below.iter().take_while(is_own).count();
    // What stands above the next key belongs to that.
    let is_next = |line: &String| line.trim().is_empty() || is_comment(line) && indent(line) <= depth;
    let last = below.get(..count)?.iter().rposition(|line| !is_next(line));
    Some(start..start + 1 + last.map_or(0, |last| last + 1))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// What is said behind a key, and the comment behind that, with the spaces before it.
fn parts<'a>(head: &'a str, key: &str) -> (&'a str, Option<&'a str>) {
    let said = head.trim_start().get(key.len() + 1..).unwrap_or_default();
    let is_quoted = said.trim_start().starts_with(['"', '\'']);
    match said.find(" #").filter(|_| !is_quoted) {
        Some(at) => {
            let bare = said.get(..at).unwrap_or_default().trim_end();
            (bare.trim(), said.get(bare.len()..))
        }
        None => (said.trim(), None),
    }
}

fn render(path: &[&str], value: &Value, depth: usize) -> Vec<String> {
    let mut mapping = Mapping::new();
    put(&mut mapping, path, value);
    let text = serde_yaml::to_string(&mapping).unwrap_or_default();
    text.lines().map(|line| format!("{}{line}", " ".repeat(depth))).collect()
}

/// A value on one line, as people write it.
fn in_flow(value: &Value) -> String {
    match value {
        Value::Mapping(mapping) => {
            let entry = |(key, value): (&Value, &Value)| format!("{}: {}", in_flow(key), in_flow(value));
            format!("{{{}}}", mapping.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::Sequence(items) => format!("[{}]", items.iter().map(in_flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) if text.contains([',', '[', ']', '{', '}', '\n']) => serde_json::json!(text).to_string(),
        other => serde_yaml::to_string(other).unwrap_or_default().trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Ours.\n\npaths:\n  # Folders.\n  tasks: [a, b]  # two\n\nclaims: {ttl: 30m} # long\ndelegate:\n  max_parallel: 5 # many\n\n  runner: auto\n\n\
                        # Gates.\ngates:\n- name: test\n  run: make\n# End.\n";

    fn changed(text: &str, key: &str, value: Option<&str>) -> String {
        change(&Origin::Project { path: "config.yaml".into() }, text, (key, value)).unwrap_or_else(|error| format!("error: {error}"))
    }

    #[test]
    fn a_setting_changes_its_own_lines_alone() {
        for (key, value, before, after) in [
            ("delegate.max_parallel", Some("2"), "max_parallel: 5 # many", "max_parallel: 2 # many"),
            ("claims.ttl", Some("2h"), "{ttl: 30m} # long", "{ttl: 2h} # long"),
            ("claims.remote", Some("origin"), "{ttl: 30m} # long", "{ttl: 30m, remote: origin} # long"),
            ("paths.tasks", Some("[c]"), "  tasks: [a, b]  # two\n", "  tasks: [c]  # two\n"),
            ("paths.memory", Some("m"), "  # two\n", "  # two\n  memory: m\n"),
            ("delegate.agent", Some("qa"), "  runner: auto\n", "  runner: auto\n  agent: qa\n"),
            ("memory.min_length", Some("9"), "# End.\n", "# End.\nmemory:\n  min_length: 9\n"),
            ("filters.mine", Some("assignee=me, or not"), "# End.\n", "# End.\nfilters:\n  mine: assignee=me, or not\n"),
            ("delegate.runner", None, "\n  runner: auto\n", "\n"),
            ("claims.ttl", None, "claims: {ttl: 30m} # long\n", ""),
            ("gates", None, "gates:\n- name: test\n  run: make\n", ""),
        ] {
            assert_eq!(changed(FILE, key, value), FILE.replacen(before, after, 1), "{key}");
        }
        assert_eq!(changed("", "claims.ttl", Some("1h")), "claims:\n  ttl: 1h\n");
        assert_eq!(changed("claims:\r\n  ttl: 1h\r\n", "claims.ttl", Some("2h")), "claims:\r\n  ttl: 2h\r\n");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (key, value, why) in [
            ("delegate.max_parallel", Some("0"), "must be at least 1"),
            ("delegate.max_parallel", Some("many"), "max_parallel"),
            ("claims.tll", Some("1h"), "tll"),
            ("memory.min_length", None, "does not set `memory.min_length`"),
        ] {
            let said = changed(FILE, key, value);
            assert!(said.starts_with("error: ") && said.contains(why), "{said}");
        }
        let odd = "? delegate\n: {agent: x}\n";
        assert!(changed(odd, "delegate.agent", Some("y")).contains("cannot be changed in config.yaml"));
    }
}
