//! Which ticket is in which column, and in which order.

use std::collections::HashMap;

use crate::base::{Finding, Result, Rule, Severity};
use crate::config::{Category, Config};
use crate::context::{CONFIG_FILE, Context};
use crate::engine::graph::Graph;
use crate::store::Listed;
use crate::words::{Kind, Status, StatusWord, fold};

use super::super::model::progress::{progress_in, progress_of};
use super::super::model::readiness::Reason;
use super::super::model::relations::{Names, graph_of};
use super::super::model::{self, Ticket, is_stuck};
use super::super::view::order::sort;
use super::super::view::picture::Picture;
use super::{BoardCard, BoardColumn, PRINTED, ShowBoard, TicketBoard};

/// The words that are worth a column even if nothing is in it.
const ESSENTIAL: [&str; 3] = [Status::Planning.as_str(), Status::Active.as_str(), Status::Done.as_str()];

/// The board as it is now.
pub(super) fn board(context: &Context, picture: &Picture, request: &ShowBoard) -> Result<TicketBoard> {
    let (config, records) = (context.config()?, &picture.listing.records);
    let predicate = request.filter.predicate(context, &picture.listing)?;
    let names = Names::new(records);
    let graph = graph_of(records, &names);
    let progress = progress_in(&graph, records);
    let mut findings = picture.listing.findings.clone();
    let mut columns = columns(config, request.all, &mut findings);
    let found: Vec<&Listed<Ticket>> = records.iter().filter(|stored| predicate.lets_through(stored)).collect();
    if predicate.speaks_of_status() {
        add_missing(&mut columns, &found);
    }
    let parts = found.iter().map(|stored| &stored.record).filter(|ticket| !is_whole(ticket, &graph));
    let whole_progress = progress_of(parts);
    let stages = Stages::of(context, picture, &graph)?;
    let mut members: Vec<Vec<&Listed<Ticket>>> = vec![Vec::new(); columns.len()];
    let mut elsewhere = 0;
    for stored in found {
        match stages.column(&stored.record, &columns).and_then(|column| members.get_mut(column)) {
            Some(column) => column.push(stored),
            None => elsewhere += 1,
        }
    }
    let now = context.clock.now();
    let card = |stored: &Listed<Ticket>, column: &str| BoardCard {
        waits_for: waits_for(&stored.record, &graph),
        milestone: stored.record.milestone.clone().into_inner(),
        ready: stages.of_ticket(&stored.record) == Some(Status::Ready) && !means(column, Status::Ready),
        review: picture.around.in_review(&stored.record.id).cloned(),
        link: None,
        details: Vec::new(),
        ticket: picture.around.row(stored).with(&progress, now),
    };
    let limit = Some(request.limit.unwrap_or(PRINTED)).filter(|limit| *limit > 0);
    for (column, mut tickets) in columns.iter_mut().zip(members) {
        sort(&mut tickets);
        column.count(&tickets, &graph);
        column.cards = tickets.into_iter().take(limit.unwrap_or(usize::MAX)).map(|stored| card(stored, &column.name)).collect();
    }
    let project = context.root()?.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(TicketBoard {
        project,
        now,
        progress: whole_progress,
        columns,
        elsewhere,
        written: None,
        seen: HashMap::new(),
        request: None,
        findings,
    })
}

/// Whether a ticket is done through others.
fn is_whole(ticket: &Ticket, graph: &Graph<'_>) -> bool {
    ticket.kind == Kind::Epic || !graph.children(ticket.id.as_str()).is_empty()
}

impl BoardColumn {
    /// Counts all of its tickets, and those that count against its limit.
    fn count(&mut self, tickets: &[&Listed<Ticket>], graph: &Graph<'_>) {
        self.counted = tickets.iter().filter(|stored| !is_whole(&stored.record, graph)).count();
        self.over = self.limit.is_some_and(|limit| self.counted > usize::try_from(limit).unwrap_or(usize::MAX));
        self.total = tickets.len();
    }
}

/// The configured columns, or those of cmpm and of the project's own words; with limits.
fn columns(config: &Config, all: bool, findings: &mut Vec<Finding>) -> Vec<BoardColumn> {
    let limits: HashMap<String, u32> = config.board.wip.iter().map(|(word, limit)| (fold(word), *limit)).collect();
    let mut words = config.board.columns.clone();
    if words.is_empty() {
        for category in [Category::Todo, Category::Active, Category::Done, Category::Cancelled] {
            let known = Status::ALL.into_iter().filter(|status| status.category() == category).map(|status| status.as_str().to_owned());
            let own = config.statuses.iter().filter(|(_, of)| **of == category).map(|(word, _)| word.clone());
            let wanted = all || category != Category::Cancelled;
            words.extend(known.chain(own).filter(|_| wanted));
        }
        let missing: Vec<String> =
            config.board.wip.keys().filter(|word| words.iter().all(|known| fold(known) != fold(word))).cloned().collect();
        words.extend(missing);
    }
    let mut found: Vec<BoardColumn> = Vec::new();
    for word in words.into_iter().filter(|word| !word.trim().is_empty()) {
        let Some(category) = model::category(&word, config) else {
            findings.push(unknown(&word));
            continue;
        };
        let limit = limits.get(&fold(&word)).copied();
        let essential = limit.is_some() || !config.board.columns.is_empty() || ESSENTIAL.contains(&word.as_str());
        if found.iter().all(|known| fold(&known.name) != fold(&word)) {
            found.push(BoardColumn { limit, essential, ..column(word, category) });
        }
    }
    for word in config.board.wip.keys().filter(|word| found.iter().all(|column| fold(&column.name) != fold(word))) {
        findings.push(unknown(word));
    }
    found.sort_by_key(|column| if config.board.columns.is_empty() { column.category as u8 } else { 0 });
    found
}

/// A column for every ticket that was asked for and has none.
fn add_missing(columns: &mut Vec<BoardColumn>, found: &[&Listed<Ticket>]) {
    for ticket in found.iter().map(|stored| &stored.record) {
        if column_of(ticket, columns).is_none() {
            columns.push(column(ticket.category.status().as_str().to_owned(), ticket.category));
        }
    }
}

fn column(name: String, category: Category) -> BoardColumn {
    BoardColumn { name, category, limit: None, counted: 0, over: false, total: 0, cards: Vec::new(), essential: false }
}

fn unknown(word: &str) -> Finding {
    let message = format!("`board:` names `{word}`, which is neither a column nor a status of this project");
    Finding::new(Rule::UnknownStatus, Severity::Warning, CONFIG_FILE, message).hint("add it under `statuses:`, or remove it")
}

/// Where tickets stand, as `ready`, `blocked` and `review` say it.
struct Stages<'a>(HashMap<&'a str, Status>);

impl<'a> Stages<'a> {
    fn of(context: &Context, picture: &'a Picture, graph: &Graph<'_>) -> Result<Self> {
        let judgement = picture.judge(context, context.store()?);
        let is_pull_request = |reasons: &[Reason]| reasons.contains(&Reason::Review);
        let is_decided = |reasons: &[Reason]| !reasons.iter().any(|reason| matches!(reason, Reason::Undecided { .. }));
        let to_review = judgement.waiting.iter().filter(|(_, reasons)| is_pull_request(reasons) && is_decided(reasons));
        let mut stages: HashMap<&str, Status> = to_review.map(|(stored, _)| (stored.record.id.as_str(), Status::Review)).collect();
        stages.extend(judgement.ready.iter().map(|stored| (stored.record.id.as_str(), Status::Ready)));
        for ticket in picture.listing.records.iter().map(|stored| &stored.record).filter(|ticket| !ticket.category.is_closed()) {
            if picture.around.in_review(&ticket.id).is_some() {
                stages.insert(ticket.id.as_str(), Status::Review);
            } else if is_stuck(&ticket.status) || !graph.blockers(ticket.id.as_str()).is_empty() {
                stages.insert(ticket.id.as_str(), Status::Blocked);
            }
        }
        Ok(Self(stages))
    }

    fn of_ticket(&self, ticket: &Ticket) -> Option<Status> {
        self.0.get(ticket.id.as_str()).copied()
    }

    /// The column of where it stands, else of its word.
    fn column(&self, ticket: &Ticket, columns: &[BoardColumn]) -> Option<usize> {
        let stage = self.of_ticket(ticket);
        let placed = stage.and_then(|stage| columns.iter().position(|column| means(&column.name, stage)));
        placed.or_else(|| column_of(ticket, columns))
    }
}

/// Whether the word of a column is one for this status.
fn means(column: &str, status: Status) -> bool {
    StatusWord::find(column).is_some_and(|word| word.status == status)
}

/// The column of the ticket's own word, else the first with the same meaning.
fn column_of(ticket: &Ticket, columns: &[BoardColumn]) -> Option<usize> {
    let word = fold(&ticket.status);
    let same_word = columns.iter().position(|column| fold(&column.name) == word);
    // Among several, the word that cmpm itself would write: `blocked` is no place for what is in progress.
    let usual = || columns.iter().position(|column| column.category == ticket.category && ESSENTIAL.contains(&column.name.as_str()));
    same_word.or_else(usual).or_else(|| columns.iter().position(|column| column.category == ticket.category))
}

fn waits_for(ticket: &Ticket, graph: &Graph<'_>) -> Vec<String> {
    if ticket.category.is_closed() {
        return Vec::new();
    }
    graph.blockers(ticket.id.as_str()).iter().map(|blocker| blocker.id.to_owned()).collect()
}
