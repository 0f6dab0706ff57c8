//! Lists item by item: what either side added is in, what either side removed is out, and each item keeps its own writing.
//!
//! A mapping is the same item wherever its `name`, `id` or `key` is the same, a person in every notation, anything else only
//! where it says the same.

use super::field::{Block, Versions};
use super::keys::{merge_keys, unite};
use super::list::{Entry, Form, Item, List, Part, render};
use super::order::merged_order;
use super::people::Person;
use super::three::Three;
use super::weave::{Chunk, chunks};
use crate::document::{Document, Node};

/// The keys that name a mapping in a list.
const NAMING: &[&str] = &["name", "id", "key"];

/// The names of the items in each version.
type Names<'a> = Three<Vec<&'a str>>;

/// The lines of a list that both sides changed, and what is open in it; `None` where they are not lists, or a person must
/// choose between them as a whole.
pub(super) fn merge(key: &str, versions: &Versions<'_>, is_set: bool) -> Option<(String, Vec<String>)> {
    let mut lists = versions.map(|version| version.map_or(Some(List::default()), List::of)).all()?;
    let commas = [&lists.base, &lists.ours, &lists.theirs].iter().any(|list| list.form == Form::Commas);
    if commas && (!is_set || [&lists.ours, &lists.theirs].iter().all(|list| list.items.len() < 2)) {
        return None;
    }
    name_items(&mut lists);
    let names = lists.each().map(|list| list.items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>());
    // A mapping with two changes is one that was replaced twice.
    let mappings = lists.theirs.items.iter().any(|item| matches!(item.node, Node::Map(_)));
    let rivals = if commas || mappings || !is_set { rivals(&names) } else { Vec::new() };
    let (mut parts, mut open) = (Vec::new(), Vec::new());
    for name in merged_order(&names) {
        match rivals.iter().find(|sides| sides.iter().any(|side| side.contains(&name))) {
            // All of them stand where the first one does.
            Some(sides) if sides.iter().flatten().next() != Some(&name) => {}
            Some(sides) => {
                parts.push(contested(&lists, sides));
                open.push(key.to_owned());
            }
            None => {
                let (part, inner) = merge_item(&lists, name)?;
                parts.extend(part);
                open.extend(inner.into_iter().map(|inner| format!("{key}.{inner}")));
            }
        }
    }
    if parts.is_empty() && (versions.ours.is_none() || versions.theirs.is_none()) {
        return Some((String::new(), open));
    }
    let leading: &Block<'_> = versions.ours.or(versions.theirs)?;
    let first = [&lists.ours, &lists.theirs, &lists.base].into_iter().find(|list| !list.items.is_empty())?;
    let behind = lists.each().map(|list| list.behind).settled()?;
    Some((render(leading, (first.form, behind), &parts)?, open))
}

/// Where both sides put other items in the place of the same ones: what each of them put there. Mostly one place of the list;
/// where that is not to be seen, all that is new.
fn rivals<'a>(names: &Names<'a>) -> Vec<[Vec<&'a str>; 2]> {
    let new = |side: &[&'a str]| side.iter().filter(|name| !names.base.contains(name)).copied().collect::<Vec<_>>();
    let in_place = |base: &[&str], ours: &[&'a str], theirs: &[&'a str]| {
        let gone = base.iter().any(|name| !names.ours.contains(name) && !names.theirs.contains(name));
        let sides = [new(ours), new(theirs)];
        let [ours, theirs] = &sides;
        let is_within = |some: &[&str], all: &[&str]| some.iter().all(|name| all.contains(name));
        (gone && !is_within(ours, theirs) && !is_within(theirs, ours)).then_some(sides)
    };
    let Some(all) = in_place(&names.base, &names.ours, &names.theirs) else { return Vec::new() };
    let hunks = chunks(names).into_iter().filter_map(|chunk| if let Chunk::Contested(hunk) = chunk { Some(hunk) } else { None });
    let found: Vec<_> = hunks.filter_map(|hunk| in_place(&hunk.base, &hunk.ours, &hunk.theirs)).collect();
    if found.is_empty() { vec![all] } else { found }
}

/// What each side put in the place of the same items: ours stays, and both are shown.
fn contested(lists: &Three<List<'_>>, [ours, theirs]: &[Vec<&str>; 2]) -> Part {
    let side = |list: &List<'_>, names: &[&str]| names.iter().filter_map(|name| entry(list, name)).collect();
    Part::Open { kept: side(&lists.ours, ours), ours: side(&lists.ours, ours), theirs: side(&lists.theirs, theirs) }
}

/// What stands for one item, if it stays, and what is open: the item, or keys in it.
fn merge_item(lists: &Three<List<'_>>, name: &str) -> Option<(Option<Part>, Vec<String>)> {
    let items = lists.each().map(|list| list.find(name));
    let before = unite(&items.map(|item| item.map_or("", |item| item.before)));
    let entry = |list: &List<'_>| entry(list, name).map(|entry| Entry { before: before.clone(), ..entry });
    let nodes = items.map(|item| item.map(|item| sorted(&item.node)));
    if nodes.clone().settled().is_some() {
        let is_ours = nodes.ours == nodes.theirs
            && items.map(|item| item.map(|item| item.text)).settled().is_none_or(|text| text == items.ours.map(|item| item.text));
        let from = if is_ours || nodes.theirs == nodes.base { &lists.ours } else { &lists.theirs };
        return Some((entry(from).map(Part::Item), Vec::new()));
    }
    if let Some(richer) = one_person(&items) {
        return Some((entry(if richer { &lists.ours } else { &lists.theirs }).map(Part::Item), Vec::new()));
    }
    if let Some((merged, open)) = merge_mapping(lists, &items) {
        return Some((Some(Part::Item(Entry { before, ..merged })), open));
    }
    let (ours, theirs) = (entry(&lists.ours), entry(&lists.theirs));
    let kept = entry(if items.ours.is_some() { &lists.ours } else { &lists.theirs });
    let part = Part::Open { kept: kept.into_iter().collect(), ours: ours.into_iter().collect(), theirs: theirs.into_iter().collect() };
    Some((Some(part), vec![name.trim_end_matches('\0').to_owned()]))
}

/// The same without the order of its keys.
fn sorted(node: &Node) -> Node {
    match node {
        Node::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(key, node)| (key.clone(), sorted(node))).collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            Node::Map(entries)
        }
        Node::List(items) => Node::List(items.iter().map(sorted).collect()),
        Node::Null | Node::Scalar(_) => node.clone(),
    }
}

/// Whether ours (else theirs) says all that both say of one person.
fn one_person(items: &Three<Option<&Item<'_>>>) -> Option<bool> {
    let of = |item: Option<&Item<'_>>| item?.node.as_text().map(Person::parse);
    let (ours, theirs) = (of(items.ours)?, of(items.theirs)?);
    if ours.covers(&theirs) { Some(true) } else { theirs.covers(&ours).then_some(false) }
}

/// A mapping that all three versions have, key by key.
fn merge_mapping(lists: &Three<List<'_>>, items: &Three<Option<&Item<'_>>>) -> Option<(Entry, Vec<String>)> {
    let Three { base: Form::Block(_), ours: Form::Block(indent), theirs: Form::Block(_) } = lists.each().map(|list| list.form) else {
        return None;
    };
    let is_mapping = |item: &Item<'_>| matches!(item.node, Node::Map(_)) && !item.text.starts_with('{');
    let found = items.all().filter(|found| [found.base, found.ours, found.theirs].into_iter().all(is_mapping))?;
    let forms = lists.each().map(|list| if let Form::Block(indent) = list.form { indent } else { 0 });
    let texts = Three { base: (found.base, forms.base), ours: (found.ours, forms.ours), theirs: (found.theirs, forms.theirs) };
    let texts = texts.map(|(item, indent)| moved_left(item.text, indent + 2)).all()?;
    let merged = merge_keys(&texts.each().map(String::as_str))?;
    let document = Document::parse_yaml(merged.text.as_bytes().to_vec());
    let node = Node::Map(document.fields().iter().map(|field| (field.key.clone(), field.node.clone())).collect());
    let mut lines = merged.text.split_inclusive('\n');
    let first = lines.next()?.to_owned();
    let text =
        lines.fold(first, |text, line| if line.trim().is_empty() { text + line } else { format!("{text}{:1$}{line}", "", indent + 2) });
    let name = NAMING.iter().find_map(|key| found.ours.node.find(key)?.as_text()).unwrap_or_default();
    let open = merged.open.iter().map(|key| format!("{name}.{key}")).collect();
    Some((Entry { node, text, before: String::new(), from: lists.ours.form }, open))
}

/// The lines of a mapping after its dash, all at the left edge.
fn moved_left(text: &str, columns: usize) -> Option<String> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next()?.to_owned();
    let at_edge = |line: &str| match line.split_at_checked(columns) {
        _ if line.trim().is_empty() => Some("\n".to_owned()),
        Some((space, rest)) if space.bytes().all(|byte| byte == b' ') => Some(rest.to_owned()),
        _ => None,
    };
    Some(first + &lines.map(at_edge).collect::<Option<String>>()?)
}

fn entry(list: &List<'_>, name: &str) -> Option<Entry> {
    let Item { node, text, before, .. } = list.find(name)?.clone();
    Some(Entry { node, text: text.to_owned(), before: before.to_owned(), from: list.form })
}

/// Gives the items that are the same in several versions one name; repeated ones of a list are kept apart.
fn name_items(lists: &mut Three<List<'_>>) {
    let mut known: Vec<(Person, String)> = Vec::new();
    for list in [&mut lists.base, &mut lists.ours, &mut lists.theirs] {
        let mut taken: Vec<String> = Vec::new();
        for item in &mut list.items {
            let mut name = NAMING.iter().find_map(|key| item.node.find(key)?.as_text()).map(str::to_owned);
            if let (None, Some(text)) = (&name, item.node.as_text()) {
                let person = Person::parse(text);
                let find = |is_same: &dyn Fn(&Person) -> bool| known.iter().find(|(other, name)| is_same(other) && !taken.contains(name));
                let same = find(&|other| person.shares_address(other)).or_else(|| find(&|other| person.shares_name(other)));
                name = same.map(|(_, name)| name.clone()).or_else(|| Some(text.to_owned()));
                known.extend(name.clone().map(|name| (person, name)));
            }
            let mut name = name.unwrap_or_else(|| format!("{:?}", item.node));
            while taken.contains(&name) {
                name.push('\0');
            }
            taken.push(name.clone());
            item.name = name;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, merge as merge_file};
    use super::*;

    /// The settings of both sides, merged, and what is open.
    fn merged(base: &str, ours: &str, theirs: &str) -> (String, Vec<String>) {
        let merged = merge_file(Kind::Yaml, &Three { base, ours, theirs });
        (merged.text, merged.open)
    }

    fn clean(base: &str, ours: &str, theirs: &str) -> String {
        let (text, open) = merged(base, ours, theirs);
        assert_eq!(open, Vec::<String>::new(), "{text}");
        text
    }

    #[test]
    fn a_gate_that_both_add_is_there_once() {
        let gate = |name: &str, run: &str| format!("  - name: {name}\n    run: {run}\n");
        let gates = |all: &[String]| format!("gates:\n{}", all.concat());
        let [lint, tests, docs] = [("lint", "make lint"), ("tests", "make test"), ("docs", "make docs")].map(|(name, run)| gate(name, run));
        let (ours, theirs) = ([lint.clone(), tests.clone()], [tests.clone(), docs.clone()]);
        assert_eq!(clean("gates: []\n", &gates(&ours), &gates(&theirs)), gates(&[lint.clone(), tests.clone(), docs]));
        let flow = "gates:\n  - {run: make test, name: tests}\n  - {name: x, run: y}\n";
        assert_eq!(clean("", &gates(&ours), flow).matches("tests").count(), 1);
        let (text, open) = merged("", &gates(&[lint.clone(), tests.clone()]), &gates(&[gate("tests", "cargo test")]));
        let marks = "  # <<<<<<< ours\n  # - name: tests\n  #   run: make test\n  # =======\n  # - name: tests\n  #   run: cargo test\n  # >>>>>>> theirs\n";
        assert_eq!((text, open), (gates(&[lint, tests, marks.to_owned()]), vec!["`gates.tests`".to_owned()]));
    }

    #[test]
    fn a_mapping_in_a_list_is_merged_key_by_key() {
        let gates = |run: &str, more: &str| format!("gates:\n- name: lint\n  run: a\n# why\n- name: tests\n  run: {run}\n{more}");
        assert_eq!(clean(&gates("b", ""), &gates("c", ""), &gates("b", "  timeout: 5m\n")), gates("c", "  timeout: 5m\n"));
        let (text, open) = merged(&gates("b", ""), &gates("c", ""), &gates("d", ""));
        let marks = "  # <<<<<<< ours\n  # run: c\n  # =======\n  # run: d\n  # >>>>>>> theirs\n";
        assert_eq!((text, open), (gates("c", marks), vec!["`gates.tests.run`".to_owned()]));
        let removed = "gates:\n- name: lint\n  run: a\n";
        assert_eq!(clean(&gates("b", ""), &gates("b", ""), removed), removed);
        let (text, open) = merged(&gates("b", ""), &gates("c", ""), removed);
        assert!(text.ends_with("# - name: tests\n#   run: c\n# =======\n# (removed)\n# >>>>>>> theirs\n"), "{text}");
        assert_eq!(open, ["`gates.tests`"]);
    }

    #[test]
    fn only_the_entry_is_marked() {
        let steps = |name: &str| format!("steps:\n  - one\n  - {name}\n  - three\n");
        let (text, open) = merged(&steps("two"), &steps("2"), &steps("II"));
        let marks = "2\n  # <<<<<<< ours\n  # - 2\n  # =======\n  # - II\n  # >>>>>>> theirs";
        assert_eq!((text, open), (steps(marks), vec!["`steps`".to_owned()]));
    }

    #[test]
    fn a_person_in_another_notation_is_one_entry_or_a_conflict() {
        let list = |people: &[&str]| format!("authors:\n{}", people.iter().map(|one| format!("  - {one}\n")).collect::<String>());
        let (ann, bob) = ("Ann B (\"@ann\")".replace('"', ""), "Bob <bob@x.org>");
        assert_eq!(clean(&list(&[&ann]), &list(&["Ann B <@ann>"]), &list(&[&ann, bob])), list(&["Ann B <@ann>", bob]));
        assert_eq!(clean("", &list(&[&ann]), &list(&["'@ann'", bob])), list(&[&ann, bob]));
        assert_eq!(clean("", "authors: Ann B (@ann), Cid\n", "authors: Ann B <@ann>, Bob\n"), "authors: Ann B (@ann), Cid, Bob\n");
        let (text, open) = merged("", &list(&[&ann]), &list(&["Ann B <ann@x.org>"]));
        assert_eq!(open, ["`authors.Ann B (@ann)`"], "{text}");
        assert!(text.contains("  # - Ann B (@ann)\n  # =======\n  # - Ann B <ann@x.org>\n"), "{text}");
        // Two people may have one name.
        assert_eq!(clean("", &list(&["Li <a@x>", "Li <b@x>"]), &list(&["Li <b@x>"])), list(&["Li <a@x>", "Li <b@x>"]));
    }
}
