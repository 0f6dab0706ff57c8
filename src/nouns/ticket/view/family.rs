//! Which tickets have to do with a few: found by the columns that say so, without a ticket being made of any other.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::base::AnyCase;
use crate::store::Candidate;
use crate::words::Property;

use super::super::file::read::said;
use super::super::model::Ticket;

/// Whoever is a part of it belongs to the family too.
const BELOW: u8 = 1;
/// So does what it waits for, and what it is a part of.
const ABOVE: u8 = 2;
/// It is named by somebody.
const NAMED: u8 = 4;

/// Of each name, what it makes of whoever is called so.
type Names<'a> = HashMap<AnyCase<'a>, u8>;

/// Which of `all` have to do with the tickets of these ids: all their parts, what they are parts of, what any of these waits for, and
/// whoever goes by a name that one of them uses. What is asked about the few then has the answer that it has among all.
pub fn family<'a>(ids: &[&'a str], all: &[Candidate<'a, Ticket>]) -> Vec<bool> {
    let mut names: Names<'a> = ids.iter().map(|id| (AnyCase(id), BELOW | ABOVE)).collect();
    let mut roles = vec![0; all.len()];
    loop {
        let role = |(ticket, known): (&Candidate<'a, Ticket>, &u8)| *known | role(ticket, &names);
        let now: Vec<u8> = all.par_iter().zip(&roles).with_min_len(1024).map(role).collect();
        let changed = all.iter().zip(roles.iter().zip(&now)).filter(|(_, (before, now))| before != now);
        let changed: Vec<(&Candidate<'a, Ticket>, u8)> = changed.map(|(ticket, (_, role))| (ticket, *role)).collect();
        if changed.is_empty() {
            return roles.iter().map(|role| *role > 0).collect();
        }
        changed.into_iter().for_each(|(ticket, role)| tell(ticket, role, &mut names));
        roles = now;
    }
}

fn own_names<'a>(ticket: &Candidate<'a, Ticket>) -> impl Iterator<Item = &'a str> {
    ticket.id().into_iter().chain(said(ticket, Property::Aliases))
}

fn role(ticket: &Candidate<'_, Ticket>, names: &Names<'_>) -> u8 {
    let of = |name: &str| names.get(&AnyCase(name.trim())).copied().unwrap_or(0);
    let own = own_names(ticket).fold(0, |role, name| role | of(name));
    let parent = said(ticket, Property::Parent).into_iter().fold(0, |role, parent| role | (of(parent) & BELOW));
    let blocks = said(ticket, Property::Blocks).into_iter().any(|blocked| of(blocked) & ABOVE > 0);
    own | parent | if blocks { NAMED } else { 0 }
}

/// Takes down whom a member of the family draws in.
fn tell<'a>(ticket: &Candidate<'a, Ticket>, role: u8, names: &mut Names<'a>) {
    let mut draw = |name: &'a str, role: u8| *names.entry(AnyCase(name.trim())).or_default() |= role;
    // Files with one id are one ticket.
    own_names(ticket).for_each(|name| draw(name, NAMED | (role & (BELOW | ABOVE))));
    said(ticket, Property::Parent).into_iter().for_each(|parent| draw(parent, NAMED | (role & ABOVE)));
    if role & ABOVE > 0 {
        said(ticket, Property::DependsOn).into_iter().for_each(|other| draw(other, NAMED));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::model::loose::LooseEnds;
    use super::super::super::model::progress::{Progress, all_progress};
    use super::*;
    use crate::base::RepoPath;
    use crate::config::Config;
    use crate::document::Document;
    use crate::store::{Entry, Listed, Record, Source};

    fn ticket(number: usize, keys: &str) -> Listed<Ticket> {
        let path = RepoPath::parse(format!("tickets/{number}.md")).unwrap();
        let document = Document::parse(format!("---\ntitle: t\nkind: issue\n{keys}---\n").into_bytes());
        let entry = Entry { path: &path, document: &document, config: &Config::default() };
        let record = Ticket::read(&entry, &mut Vec::new()).unwrap();
        Listed { record, path, document: (), source: Source::WorkTree }
    }

    fn keys() -> impl Strategy<Value = String> {
        let name = || "[AXax]-[1-5]";
        let some =
            |key: &'static str| prop::collection::vec(name(), 0..2).prop_map(move |names| format!("{key}: [{}]\n", names.join(", ")));
        let parent = prop_oneof![name().prop_map(|name| format!("parent: {name}\n")), Just(String::new())];
        let own = ("A-[1-5]", "(done|planning|active)").prop_map(|(id, status)| format!("id: {id}\nstatus: {status}\n"));
        (own, parent, some("aliases"), some("depends_on"), some("blocks")).prop_map(|(a, b, c, d, e)| [a, b, c, d, e].concat())
    }

    type Part = (RepoPath, Option<Progress>);

    /// What is said of a ticket: what is open around it, its parts, how far each of these is.
    fn about(own: &Ticket, all: &[Listed<Ticket>]) -> (LooseEnds, Vec<Part>, Option<Progress>) {
        let progress = all_progress(all);
        let is_part = |other: &&Listed<Ticket>| other.record.parent.as_ref().is_some_and(|parent| own.id.is(parent));
        let parts = all.iter().filter(is_part).map(|part| (part.path.clone(), progress.get(part.record.id.as_str()).copied()));
        (LooseEnds::of(own, all), parts.collect(), progress.get(own.id.as_str()).copied())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn a_family_answers_as_all_do(texts in prop::collection::vec(keys(), 1..9)) {
            let all: Vec<Listed<Ticket>> = texts.iter().enumerate().map(|(number, keys)| ticket(number, keys)).collect();
            let candidates: Vec<Candidate<'_, Ticket>> = all.iter().map(|listed| Candidate::Read(&listed.record)).collect();
            for own in &all {
                let chosen = family(&[own.record.id.as_str()], &candidates);
                let few: Vec<_> = all.iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(listed, _)| listed.clone()).collect();
                prop_assert_eq!(about(&own.record, &few), about(&own.record, &all));
            }
        }
    }

    #[test]
    fn strangers_do_not_belong_to_a_family() {
        let texts = ["id: A-1\nparent: A-9\n", "id: A-2\nparent: A-1\n", "id: A-3\nblocks: [A-9]\n", "id: A-9\n", "id: A-4\nparent: A-9\n"];
        let all: Vec<Listed<Ticket>> = texts.iter().enumerate().map(|(number, keys)| ticket(number, keys)).collect();
        let candidates: Vec<Candidate<'_, Ticket>> = all.iter().map(|listed| Candidate::Read(&listed.record)).collect();
        assert_eq!(family(&["a-1"], &candidates), [true, true, true, true, false]);
    }
}
