//! A plan: tickets that belong together, named among themselves by `ref`, before any of them has an id.

use std::collections::{HashMap, HashSet};

use crate::base::{Finding, RepoPath, Rule, Severity, text};

use super::super::file::draft::Draft;
use crate::words::{Kind, Property, Status};

#[derive(Debug, Default)]
pub struct Plan {
    /// Its name: with a ticket's `ref` it says which ticket was made of it.
    pub name: String,
    pub place: RepoPath,
    /// Its tickets, parents before their parts.
    pub tickets: Vec<Planned>,
    pub mistakes: Vec<Finding>,
    /// What else is to be said.
    pub remarks: Vec<Finding>,
}

#[derive(Debug, Default, Clone)]
pub struct Planned {
    /// Its name within the plan.
    pub reference: String,
    /// The ticket that is there already and should change.
    pub id: Option<String>,
    /// What it says; without links.
    pub draft: Draft,
    /// The keys it has in the plan.
    pub given: Vec<String>,
    /// The ticket around it, by its place in the plan.
    pub around: Option<usize>,
    /// What it names under which key, and in which line: references of the plan or tickets that are there.
    pub links: Vec<(Property, String, u32)>,
    /// The line it begins on.
    pub line: u32,
    /// `acceptance`, until the body is made.
    pub acceptance: Vec<(bool, String)>,
}

impl Plan {
    /// Notes a mistake.
    pub fn wrong(&mut self, line: u32, message: impl Into<String>) {
        self.mistakes.push(Finding::new(Rule::Plan, Severity::Error, self.place.clone(), message).at(line));
    }

    /// Adds a ticket, and says which it is.
    pub fn add(&mut self, planned: Planned) -> usize {
        self.tickets.push(planned);
        self.tickets.len() - 1
    }

    /// Gives every ticket a reference, a kind and a body.
    pub fn complete(&mut self) {
        self.name_all();
        let parents: HashSet<usize> = self.tickets.iter().filter_map(|planned| planned.around).collect();
        let mut kinds: Vec<Kind> = Vec::with_capacity(self.tickets.len());
        for (index, planned) in self.tickets.iter_mut().enumerate() {
            let around = planned.around.and_then(|around| kinds.get(around).copied());
            let kind = planned.draft.kind.unwrap_or(match around {
                None if parents.contains(&index) => Kind::Epic,
                None | Some(Kind::Epic) => Kind::Issue,
                Some(_) => Kind::Task,
            });
            kinds.push(kind);
            planned.draft.kind = Some(kind);
            if planned.draft.status.is_empty() {
                Status::Planning.as_str().clone_into(&mut planned.draft.status);
            }
            planned.draft.body = body(&planned.draft.body, &planned.acceptance);
        }
        let untitled: Vec<u32> = self
            .tickets
            .iter()
            .filter(|planned| planned.id.is_none() && planned.draft.title.trim().is_empty())
            .map(|planned| planned.line)
            .collect();
        untitled.into_iter().for_each(|line| self.wrong(line, "a ticket needs a `title`"));
    }

    fn name_all(&mut self) {
        let mut lines: HashMap<String, u32> = HashMap::new();
        let mut twice = Vec::new();
        for planned in self.tickets.iter().filter(|planned| !planned.reference.is_empty()) {
            if let Some(first) = lines.insert(planned.reference.to_lowercase(), planned.line) {
                twice.push((
                    planned.line,
                    format!("`{}` is already the `ref` of another ticket (line {first})", text::one_line(&planned.reference)),
                ));
            }
        }
        twice.into_iter().for_each(|(line, message)| self.wrong(line, message));
        for planned in self.tickets.iter_mut().filter(|planned| planned.reference.is_empty()) {
            let slug = text::slug(&planned.draft.title, 60);
            let slug = if slug.is_empty() { "ticket".to_owned() } else { slug };
            let mut names = std::iter::once(slug.clone()).chain((2u32..).map(|number| format!("{slug}-{number}")));
            let free = names.find(|name| !lines.contains_key(name)).unwrap_or_default();
            lines.insert(free.clone(), planned.line);
            planned.reference = free;
        }
    }
}

fn body(description: &str, acceptance: &[(bool, String)]) -> String {
    let mut body = String::from("## Description\n\n");
    let description = description.trim();
    if !description.is_empty() {
        body.push_str(description);
        body.push_str("\n\n");
    }
    body.push_str("## Acceptance criteria\n\n");
    for (done, criterion) in acceptance {
        body.push_str(&format!("- [{}] {}\n", if *done { 'x' } else { ' ' }, text::one_line(criterion)));
    }
    super::super::file::draft::plain_body(&body)
}
