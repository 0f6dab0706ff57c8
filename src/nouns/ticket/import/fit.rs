//! What is left out whatever is here: a record with a secret, or with what no file of a ticket can hold. Each is named with its
//! line, and the rest goes on.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::OnceLock;

use rayon::prelude::*;

use crate::base::hidden::{self, Hidden};
use crate::base::{Finding, RepoPath, Rule, Severity, text};
use crate::document::{Document, FRONT_LIMIT};
use crate::engine::scan::{Scanner, Secret, Text};
use crate::words::Kind;

use super::super::file::place::{file_name, first_root};
use super::base::{Base, place_in};
use super::item::Item;
use super::settle::Settling;

/// The secrets of each file of the source, looked for once there is one.
type Secrets = OnceLock<HashMap<RepoPath, Vec<Secret>>>;

impl Settling<'_> {
    /// The items that can be written.
    pub fn fitting(&self, items: Vec<Item>, findings: &mut Vec<Finding>) -> Vec<Item> {
        let snapshot = self.store.work_tree();
        let (scanner, _) = Scanner::load(&|path| snapshot.read(path).ok().flatten());
        let sources = Secrets::new();
        let judged: Vec<Option<Finding>> = items.par_iter().map(|item| self.unfit(item, (&scanner, &sources))).collect();
        let is_fit = |found: &Option<Finding>| found.as_ref().is_none_or(|finding| finding.severity < Severity::Error);
        let fit = items.into_iter().zip(&judged).filter_map(|(item, found)| is_fit(found).then_some(item)).collect();
        findings.extend(judged.into_iter().flatten());
        fit
    }

    /// Why an item is left out, if that is an error, or what has to be said of it: the same that `cmpm check` says of its file.
    fn unfit(&self, item: &Item, (scanner, sources): (&Scanner, &Secrets)) -> Option<Finding> {
        let name = text::one_line(&item.name);
        let texts: Vec<String> =
            std::iter::once(self.whole(item)).chain(item.draft.comments.iter().map(|said| said.text.clone())).collect();
        if let Some(why) = texts.iter().find_map(|text| unwritable(text)) {
            let finding = item.finding(why.0, Severity::Error, format!("`{name}` {}; it is left out", why.1));
            return Some(finding.hint("correct it there, then import again"));
        }
        let text = texts.join("\n");
        if has_tags(&text) {
            let message = format!("`{name}` holds words in characters that nobody sees (invisible tag characters); it is left out");
            let finding = Finding::new(Rule::HiddenText, Severity::Error, item.place.clone(), message);
            let line = item.line.or_else(|| self.page_line(item, has_tags));
            return Some(
                line.into_iter().fold(finding, Finding::at).hint("remove them there, with an editor that shows them, then import again"),
            );
        }
        let kind = item.draft.kind.unwrap_or(Kind::Issue);
        let path = first_root(self.store).join(kind.folder()).join(&file_name("imported", &item.draft.heading()));
        let secrets = scanner.scan(&Text { path: &path, bytes: text.as_bytes(), commit: None });
        let secret = secrets.into_iter().min_by_key(|secret| Reverse(secret.severity))?;
        let line = item.line.or_else(|| {
            let found = sources.get_or_init(|| self.secrets_of_source(scanner));
            found.get(&item.place)?.iter().find(|other| other.is_same(&secret))?.line
        });
        let (severity, outcome, hint) = match secret.severity {
            Severity::Note => {
                (Severity::Note, "it is only guessed, so it is imported", "if it is one, change it and remove it there and here")
            }
            _ => (Severity::Error, "it is left out", "remove the secret there (and change it), then import again"),
        };
        let message = format!("`{name}` holds what looks like a secret ({}: {}); {outcome}", secret.rule, secret.description);
        let finding = Finding::new(Rule::Secret, severity, item.place.clone(), message);
        Some(line.into_iter().fold(finding, Finding::at).hint(hint))
    }

    /// The first such line of the page that an item is.
    fn page_line(&self, item: &Item, is_it: fn(&str) -> bool) -> Option<u32> {
        let page = self.source.files.iter().find(|file| file.is_page() && file.place == item.place)?;
        u32::try_from(page.text.lines().position(is_it)? + 1).ok()
    }

    /// The file that an item will be, but for the ids in it.
    fn whole(&self, item: &Item) -> String {
        let text = item.draft.render(&item.name);
        // Where it comes from counts only where the front matter may be too long.
        if text.len() <= FRONT_LIMIT / 2 {
            return text;
        }
        let mut draft = item.draft.clone();
        draft.external.push(place_in(self.format.as_str(), &item.name, item.url.as_deref(), &Base::of(&item.draft)));
        draft.render(&item.name)
    }

    fn secrets_of_source(&self, scanner: &Scanner) -> HashMap<RepoPath, Vec<Secret>> {
        let scan = |path: &RepoPath, text: &str| scanner.scan(&Text { path, bytes: text.as_bytes(), commit: None });
        self.source.files.iter().map(|file| (file.place.clone(), scan(&file.place, &file.text))).collect()
    }
}

/// Whether words are hidden in a text for programs that read it.
fn has_tags(text: &str) -> bool {
    !text.is_ascii() && hidden::find(text).any(|(.., kind)| kind == Hidden::Tag)
}

/// Why no file of a ticket can hold a text.
fn unwritable(text: &str) -> Option<(Rule, String)> {
    let document = Document::parse(text.as_bytes().to_vec());
    let nul = || document.find_nul().map(|_| (Rule::NulCharacter, "holds a NUL character (U+0000)".to_owned()));
    let long = || document.oversize().map(|bytes| (Rule::NotImported, format!("needs {bytes} bytes of keys, more than {FRONT_LIMIT}")));
    nul().or_else(long)
}
