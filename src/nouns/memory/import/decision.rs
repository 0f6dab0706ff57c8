//! Decision records: ADR and MADR, with the number, date, status and decision that each keeps in its own place.

use serde_json::{Map, Value as Json};

use crate::base::{Rule, Severity, text};
use crate::document::markdown;

use super::super::file::draft::Draft;
use super::super::model::details::Details;
use super::item::{Item, Parcel, kept};
use super::notes::{PageParts, parts};
use crate::exchange::{Source, SourceFile};

/// Headings over what was decided, MADR's first.
const DECISIONS: [&str; 3] = ["Decision Outcome", "Decision", "Decisions"];
/// Words of a status that say that the decision does not hold.
const OVER: [&str; 4] = ["deprecated", "superseded", "rejected", "replaced"];
/// Words of a status that say all of it; what follows names a date or another decision.
const WHOLE: [&str; 4] = ["accepted", "approved", "proposed", "draft"];
/// How long the decision in the front matter may be, in columns.
const COLUMNS: usize = 300;

pub fn read(source: &Source, format: &str) -> Parcel {
    let mut parcel = Parcel::default();
    for file in source.files.iter().filter(|file| file.is_page() || source.single) {
        if is_template(file) {
            let finding = file.finding(Rule::NotImported, Severity::Note, "an index or template is not a decision");
            parcel.findings.push(finding);
            continue;
        }
        let item = item(&mut parcel, file, format);
        parcel.items.push(item);
    }
    parcel
}

fn is_template(file: &SourceFile) -> bool {
    let stem = file.stem().to_lowercase();
    stem.contains("template") || matches!(stem.as_str(), "index" | "readme")
}

fn item(parcel: &mut Parcel, file: &SourceFile, format: &str) -> Item {
    let PageParts { mut draft, mut rest } = parts(file);
    let number = number_of(&file.stem());
    draft.title = draft.title.map(|title| without_number(&title));
    draft.category = Some("project".to_owned());
    draft.aliases = number.iter().map(|number| format!("ADR-{number}")).collect();
    draft.created = draft.created.or_else(|| line_value(&draft.text, "date"));
    let status = status_of(&mut rest, &draft.text);
    draft.details = Details { decision: decision_in(&draft.text), ..Details::default() };
    let mut replaced_by = None;
    if let Some(status) = &status {
        let word = word_of(status);
        replaced_by = successor(status, file);
        if OVER.contains(&word.as_str()) && replaced_by.is_none() {
            expire(parcel, file, &mut draft);
        }
        draft.tags.extend(Some(word).filter(|word| !word.is_empty()));
        rest.insert("status".to_owned(), Json::String(text::one_line(status)));
    }
    Item { replaced_by, ..Item::of_file(file, Draft { more: kept(format, rest), ..draft }) }
}

/// A decision that does not hold any more stops at its own date, which is the last one known.
fn expire(parcel: &mut Parcel, file: &SourceFile, draft: &mut Draft) {
    let date = draft.created.as_ref().map(|created| created.chars().take(10).collect::<String>());
    let sorts = |date: &String| date.len() == 10 && date.bytes().enumerate().all(|(at, byte)| (byte == b'-') == matches!(at, 4 | 7));
    draft.valid_until = date.filter(sorts);
    if draft.valid_until.is_none() {
        parcel.lose("its status says that it no longer applies, but not since when; it is imported as if it still did", &file.place);
    }
}

fn status_of(rest: &mut Map<String, Json>, body: &str) -> Option<String> {
    let front = rest.remove("status").and_then(|status| status.as_str().map(str::to_owned));
    let section =
        || markdown::section(body, "Status").and_then(|text| text.lines().find(|line| !line.trim().is_empty()).map(str::to_owned));
    front.or_else(section).or_else(|| line_value(body, "status")).filter(|status| !status.trim().is_empty())
}

/// The status as one word: `superseded` of `Superseded by [ADR-5](0005-x.md)`, `on-hold` of `On hold`.
fn word_of(status: &str) -> String {
    let status = status.to_lowercase();
    let letters = status.trim_start_matches(|c: char| !c.is_alphabetic());
    let phrase = letters.split(|c: char| !c.is_alphabetic() && !matches!(c, ' ' | '-')).next().unwrap_or_default();
    let first = phrase.split([' ', '-']).next().unwrap_or_default();
    let word = if OVER.contains(&first) || WHOLE.contains(&first) { first } else { phrase };
    text::slug(word, 30)
}

/// The value of a line `Date: …` or `* Status: …` above the sections.
fn line_value(body: &str, key: &str) -> Option<String> {
    let value = |line: &str| {
        let (name, value) = line.trim_start_matches(['*', '-', ' ']).split_once(':')?;
        let found = name.trim().trim_matches('*').eq_ignore_ascii_case(key);
        found.then(|| value.trim().trim_matches('*').trim().to_owned()).filter(|value| !value.is_empty())
    };
    body.lines().take(12).find_map(value)
}

/// The first paragraph below the heading, with the list that ends its sentence, in whole sentences where they fit.
fn decision_in(body: &str) -> Option<String> {
    let section = DECISIONS.iter().find_map(|heading| markdown::section(body, heading))?;
    let mut lines = section.lines().map(str::trim).skip_while(|line| line.is_empty()).peekable();
    let mut decision = std::iter::from_fn(|| lines.next_if(|line| !line.is_empty())).collect::<Vec<_>>().join(" ");
    if decision.ends_with([',', ':']) || decision.ends_with(" because") {
        let items = lines.skip_while(|line| line.is_empty()).map_while(|line| line.strip_prefix(['*', '-', '+'])?.strip_prefix(' '));
        let reasons = items.map(|item| item.trim().trim_end_matches([',', ';'])).collect::<Vec<_>>().join("; ");
        decision = format!("{decision} {reasons}");
    }
    let line = text::one_line(decision.trim());
    let fitting = text::fit(&line, COLUMNS);
    let end = fitting.rfind(". ").filter(|_| fitting != line);
    let whole = end.and_then(|end| fitting.get(..=end)).unwrap_or(&fitting);
    Some(whole.to_owned()).filter(|text| !text.is_empty() && !text.starts_with('#'))
}

/// The file that a status such as `Superseded by [ADR-5](0005-x.md)` leads to, as an external name.
fn successor(status: &str, file: &SourceFile) -> Option<String> {
    let target = markdown::links(status).into_iter().map(|link| link.target).find(|target| target.ends_with(".md"))?;
    crate::base::RepoPath::parse(format!("{}/{target}", file.place.parent().lossy())).map(|path| path.lossy().into_owned())
}

fn number_of(stem: &str) -> Option<String> {
    let rest = ["adr-", "adr_", "decision-"].iter().find_map(|prefix| stem.to_lowercase().strip_prefix(prefix).map(str::to_owned));
    let rest = rest.unwrap_or_else(|| stem.to_owned());
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some(digits).filter(|digits| !digits.is_empty() && digits.len() <= 6)
}

/// `3. Use Concourse` and `ADR-0003: Use Concourse` without their numbers.
fn without_number(title: &str) -> String {
    let rest = title.trim().trim_start_matches("ADR").trim_start_matches(['-', ' ', '_']);
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = after.len() < rest.len() && after.starts_with(['.', ':', ' ', '-']);
    let plain = after.trim_start_matches(['.', ':', '-', ' ']);
    if numbered && !plain.is_empty() { plain.to_owned() } else { title.trim().to_owned() }
}

/// Whether a page looks like a decision record, and whether like MADR's.
pub fn looks_like(file: &SourceFile) -> Option<&'static str> {
    let has = |heading: &str| markdown::section(&file.text, heading).is_some();
    if has("Context and Problem Statement") {
        return Some("madr");
    }
    let numbered = number_of(&file.stem()).is_some();
    (has("Decision") && (has("Context") || has("Consequences") || has("Status")) && numbered).then_some("adr")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_leave_titles_and_stay_names() {
        let names = ["0013-use-yaml", "adr-7-x", "decision-1 - Use", "2020", "notes"].map(number_of);
        assert_eq!(names, [Some("0013".into()), Some("7".into()), Some("1".into()), Some("2020".into()), None]);
        let titles = ["3. Use Concourse", "ADR-0003: Use it", "ADR 4 - Go", "Use 3 nodes", "2020"].map(without_number);
        assert_eq!(titles, ["Use Concourse", "Use it", "Go", "Use 3 nodes", "2020"]);
    }

    #[test]
    fn a_status_of_several_words_is_one_tag() {
        let statuses = ["on hold", "Superseded by [ADR-5](0005-x.md)", "**Accepted** on 2024-01-02", "in progress (2024)", "{draft}", "—"];
        assert_eq!(statuses.map(word_of), ["on-hold", "superseded", "accepted", "in-progress", "draft", ""]);
    }

    #[test]
    fn a_decision_is_whole_sentences() {
        let decided = |text: &str| decision_in(&format!("# A\n\n## Decision Outcome\n\n{text}\n\n### Consequences\n\n* Good\n"));
        let listed = decided("Chosen option: \"MADR\", because\n\n* it is lean,\n* it is structured.\n\nMore.");
        assert_eq!(listed.as_deref(), Some("Chosen option: \"MADR\", because it is lean; it is structured."));
        assert_eq!(decided("Chosen: A.\n\n* not a reason").as_deref(), Some("Chosen: A."));
        let long = format!("Chosen: A. {}.", "It is good and cheap ".repeat(20).trim_end());
        assert_eq!(decided(&long).as_deref(), Some("Chosen: A."));
    }
}
