//! Which id each ticket of a tree has after a migration, and which ticket a reference means. Pure but for making new ids.

use std::collections::HashMap;

use crate::base::date::parse_moment;
use crate::base::{Id, RepoPath, Result, Timestamp};
use crate::store::Stored;
use crate::words::Kind;

use super::super::file::rewrite::{rewrite_ids, word_of};
use super::super::model::Ticket;
use super::native::is_damaged;

/// The tickets of a tree with their new ids.
pub struct NewIds<'a> {
    pub records: &'a [Stored<Ticket>],
    /// The new id of each record, in their order.
    pub new: Vec<Id>,
    /// The records that have an id, the one that keeps it first; by the id in capitals.
    groups: HashMap<String, Vec<usize>>,
    aliases: HashMap<String, Vec<usize>>,
    /// Whether even the first of each group may have a new one.
    all: bool,
}

/// What a reference means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// The new id of the ticket.
    pub id: String,
    /// Whether other tickets could be meant as well.
    pub unclear: bool,
}

/// Gives new ids: to all but the oldest of those that share one, and with `all` to every one that another tool numbered.
pub fn renumber<'a>(records: &'a [Stored<Ticket>], all: bool, reserve: &mut dyn FnMut(Kind) -> Result<Id>) -> Result<NewIds<'a>> {
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    let mut aliases: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, stored) in records.iter().enumerate() {
        groups.entry(stored.record.id.as_str().to_ascii_uppercase()).or_default().push(index);
        for alias in &stored.record.aliases {
            aliases.entry(alias.to_ascii_uppercase()).or_default().push(index);
        }
    }
    for group in groups.values_mut() {
        group.sort_by_key(|index| records.get(*index).map(age));
    }
    let mut ids = Vec::with_capacity(records.len());
    for (index, stored) in records.iter().enumerate() {
        let ticket = &stored.record;
        let group = groups.get(&ticket.id.as_str().to_ascii_uppercase());
        let is_oldest = group.and_then(|group| group.first()) == Some(&index);
        let keeps = is_oldest && (!all || ticket.id.is_random() || is_damaged(&stored.document));
        ids.push(if keeps { ticket.id.clone() } else { reserve(ticket.kind)? });
    }
    Ok(NewIds { records, new: ids, groups, aliases, all })
}

/// Who is older comes first; who does not say when it was written is not old. What cannot be changed goes before all.
fn age(stored: &Stored<Ticket>) -> (bool, bool, i64, RepoPath) {
    let created = stored.record.created.as_deref().and_then(parse_moment);
    (!is_damaged(&stored.document), created.is_none(), created.map_or(0, Timestamp::seconds), stored.path.clone())
}

impl NewIds<'_> {
    /// Whether no ticket gets another id.
    pub fn is_same(&self) -> bool {
        self.records.iter().zip(&self.new).all(|(stored, id)| stored.record.id == *id)
    }

    /// Whether a record answers to its old id too. Where every ticket gets a new one, only the one that had the best right to it.
    pub fn keeps_old(&self, index: usize) -> bool {
        !self.all || self.is_first(index)
    }

    fn is_first(&self, index: usize) -> bool {
        let id = self.records.get(index).map(|stored| stored.record.id.as_str().to_ascii_uppercase());
        id.and_then(|id| self.groups.get(&id)?.first()) == Some(&index)
    }

    /// The ticket that a text in another ticket means, as a kind if the place demands one; `None` if there is none.
    pub fn meant(&self, reference: &str, from: Option<usize>, kind: Option<Kind>) -> Option<Meant> {
        let group = self.candidates(reference)?;
        let meant = |index: &usize, unclear| Some(Meant { id: self.new.get(*index)?.to_string(), unclear });
        if let [only] = group.as_slice() {
            return meant(only, false);
        }
        let ticket = |index: &usize| self.records.get(*index).map(|stored| &stored.record);
        let of_kind: Vec<&usize> =
            group.iter().filter(|index| kind.is_none_or(|kind| ticket(index).is_some_and(|ticket| ticket.kind == kind))).collect();
        if let [only] = of_kind.as_slice() {
            return meant(only, false);
        }
        // The one that names the ticket which names it.
        let own = from.and_then(|from| ticket(&from)).map(|ticket| ticket.id.as_str());
        let names = |index: &usize| own.is_some_and(|own| ticket(index).is_some_and(|ticket| names(ticket, own)));
        let back: Vec<&&usize> = of_kind.iter().filter(|index| names(index)).collect();
        match back.as_slice() {
            [only] => meant(only, false),
            _ => of_kind.first().copied().or(group.first()).and_then(|first| meant(first, true)),
        }
    }

    fn candidates(&self, reference: &str) -> Option<Vec<usize>> {
        let word = reference.trim().to_ascii_uppercase();
        if let Some(group) = self.groups.get(&word).or_else(|| self.aliases.get(&word)) {
            return Some(group.clone());
        }
        let is_number = word.rsplit_once('-').is_some_and(|(_, number)| number.bytes().all(|b| b.is_ascii_digit()));
        let mut same = self.groups.iter().filter(|(id, _)| is_number && Id::parse(id).is_some_and(|id| id.has_number(&word)));
        let found = same.next().map(|(_, group)| group.clone());
        found.filter(|_| same.next().is_none())
    }

    /// A text in which every id that surely means a ticket with a new id is that id; how many there were.
    pub fn rewrite_mentions(&self, text: &str, from: Option<usize>) -> (String, usize) {
        if self.is_same() {
            return (text.to_owned(), 0);
        }
        let is_apart = |before: &str, behind: &str| !before.ends_with(['/', '.', '#', '@']) && !behind.starts_with(['/', '@', '=']);
        rewrite_ids(text, &|before, rest| {
            let word = word_of(rest);
            let has_form = word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.split_once('-').is_some_and(|(_, number)| number.starts_with(|c: char| c.is_ascii_digit()));
            let is_one = has_form && is_apart(before, rest.get(word.len()..).unwrap_or_default());
            let meant = if is_one { self.meant(word, from, None) } else { None };
            meant.filter(|meant| !meant.unclear && meant.id != word).map(|meant| (word.len(), meant.id))
        })
    }
}

fn names(ticket: &Ticket, id: &str) -> bool {
    let lists = [&ticket.depends_on, &ticket.blocks, &ticket.related];
    let mut named = lists.into_iter().flatten().chain(&ticket.parent);
    named.any(|named| named.eq_ignore_ascii_case(id))
}
