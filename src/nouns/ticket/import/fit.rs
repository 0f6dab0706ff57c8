//! What is left out whatever is here: a record with a secret, or with what no file of a ticket can hold. Each is named with its
//! line, and the rest goes on.

use std::collections::HashMap;
use std::sync::OnceLock;

use rayon::prelude::*;

use crate::base::{Finding, RepoPath, Rule, Severity, text};
use crate::document::{Document, FRONT_LIMIT};
use crate::engine::scan::{Scanner, Secret, Text};

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
        let judged: Vec<Result<Item, Finding>> =
            items.into_par_iter().map(|item| self.unfit(&item, (&scanner, &sources)).map_or(Ok(item), Err)).collect();
        let mut fit = Vec::with_capacity(judged.len());
        for item in judged {
            item.map_or_else(|finding| findings.push(finding), |item| fit.push(item));
        }
        fit
    }

    /// Why an item is left out.
    fn unfit(&self, item: &Item, (scanner, sources): (&Scanner, &Secrets)) -> Option<Finding> {
        let name = text::one_line(&item.name);
        let texts: Vec<String> =
            std::iter::once(self.whole(item)).chain(item.draft.comments.iter().map(|said| said.text.clone())).collect();
        if let Some(why) = texts.iter().find_map(|text| unwritable(text)) {
            let finding = item.finding(why.0, Severity::Error, format!("`{name}` {}; it is left out", why.1));
            return Some(finding.hint("correct it there, then import again"));
        }
        let text = texts.join("\n");
        let secret = scanner.scan(&Text { path: &item.place, bytes: text.as_bytes(), commit: None }).into_iter().next()?;
        let line = item.line.or_else(|| {
            let found = sources.get_or_init(|| self.secrets_of_source(scanner));
            found.get(&item.place)?.iter().find(|other| other.is_same(&secret))?.line
        });
        let message = format!("`{name}` holds what looks like a secret ({}: {}); it is left out", secret.rule, secret.description);
        let finding = Finding::new(Rule::Secret, Severity::Error, item.place.clone(), message);
        Some(line.into_iter().fold(finding, Finding::at).hint("remove the secret there (and change it), then import again"))
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

/// Why no file of a ticket can hold a text.
fn unwritable(text: &str) -> Option<(Rule, String)> {
    let document = Document::parse(text.as_bytes().to_vec());
    let nul = || document.find_nul().map(|_| (Rule::NulCharacter, "holds a NUL character (U+0000)".to_owned()));
    let long = || document.oversize().map(|bytes| (Rule::NotImported, format!("needs {bytes} bytes of keys, more than {FRONT_LIMIT}")));
    nul().or_else(long)
}
