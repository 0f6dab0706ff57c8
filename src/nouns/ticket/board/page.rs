//! The board as Markdown and as one web page. What tickets say is escaped, and never interpreted.

use std::fmt::Write as _;

use minijinja::{Environment, context};

use crate::base::text;
use crate::config::Category;

use super::{BoardCard, BoardColumn, MARK, TicketBoard};

const PAGE: &str = include_str!("../../../../templates/board.html");

pub(super) fn markdown(board: &TicketBoard) -> String {
    let mut out = format!("<!-- {MARK} -->\n# {}\n\n", escaped(&board.project));
    if let Some(progress) = board.progress {
        let _ = writeln!(out, "{progress} done ({} of {}), {}\n", progress.done, progress.total, board.now.date());
    }
    for column in shown(board) {
        let _ = writeln!(out, "## {}\n", escaped(&column.heading()));
        for card in &column.cards {
            let mark = if column.category.is_closed() { "x" } else { " " };
            let notes: Vec<String> = card.notes().iter().map(|(note, _)| escaped(note)).collect();
            let notes = if notes.is_empty() { String::new() } else { format!(" — {}", notes.join(", ")) };
            let _ = writeln!(
                out,
                "- [{mark}] **{}** {}{notes}",
                escaped(card.ticket.id.as_str()),
                escaped(&text::one_line(&card.ticket.title))
            );
        }
        if column.cards.len() < column.total {
            let _ = writeln!(out, "- … {} more", column.total - column.cards.len());
        }
        if column.cards.is_empty() {
            out.push_str("nothing\n");
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// Text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn shown(board: &TicketBoard) -> impl Iterator<Item = &BoardColumn> {
    board.columns.iter().filter(|column| column.essential || column.total > 0)
}

pub(super) fn html(board: &TicketBoard) -> String {
    let columns: Vec<minijinja::Value> = board.columns.iter().map(column).collect();
    let mut environment = Environment::new();
    // The name decides that everything is escaped.
    let rendered = environment.add_template("board.html", PAGE).and_then(|()| environment.get_template("board.html")).and_then(|page| {
        page.render(context! {
            mark => MARK,
            project => text::one_line(&board.project),
            date => board.now.date(),
            percent => board.progress.map(|progress| progress.percent),
            done => board.progress.map(|progress| progress.done),
            total => board.progress.map(|progress| progress.total),
            tickets => board.columns.iter().map(|column| column.total).sum::<usize>(),
            columns,
        })
    });
    rendered.unwrap_or_default()
}

fn column(column: &BoardColumn) -> minijinja::Value {
    context! {
        name => text::one_line(&column.name),
        category => column.category.as_str(),
        count => column.limit.map_or_else(|| column.total.to_string(), |limit| format!("{}/{limit}", column.counted)),
        over => column.over,
        total => column.total,
        rest => column.total - column.cards.len(),
        cards => column.cards.iter().map(card).collect::<Vec<_>>(),
    }
}

fn card(card: &BoardCard) -> minijinja::Value {
    let ticket = &card.ticket;
    let criteria = ticket.criteria.map(|criteria| context! { done => criteria.done, total => criteria.total });
    let facts = [
        ("parent", ticket.parent.clone().into_inner()),
        ("milestone", card.milestone.clone()),
        ("waits for", Some(card.waits_for.join(", ")).filter(|ids| !ids.is_empty())),
        ("file", Some(ticket.path.to_string())),
    ];
    let facts: Vec<minijinja::Value> =
        facts.into_iter().filter_map(|(name, value)| Some(context! { name, value => text::one_line(&value?) })).collect();
    context! {
        id => ticket.id.as_str(),
        kind => ticket.kind.as_str(),
        title => text::one_line(&ticket.title),
        status => text::one_line(&ticket.status),
        priority => ticket.priority.as_deref().filter(|word| *word != "medium").map(text::one_line),
        urgent => matches!(ticket.priority.as_deref(), Some("critical" | "high")),
        who => ticket.assignee.as_deref().map(|who| text::one_line(who.trim_start_matches('@'))),
        claim => card.claim(),
        ready => card.ready,
        link => card.link.clone(),
        labels => ticket.labels.iter().map(|label| text::one_line(label)).collect::<Vec<_>>(),
        due => ticket.due.as_deref().map(text::one_line),
        overdue => ticket.overdue,
        waits => card.waits_for.len(),
        percent => ticket.progress.map(|progress| progress.percent),
        parts => ticket.progress.map(|progress| format!("{} of {}", progress.done, progress.total)),
        criteria,
        closed => matches!(ticket.category, Category::Done | Category::Cancelled),
        facts,
        details => minijinja::value::Serde(&card.details),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_shows_a_title_as_it_is() {
        assert_eq!(escaped("[x](y) <b> `a` & *b* @me"), "\\[x\\](y) &lt;b> \\`a\\` &amp; \\*b\\* \\@me");
    }
}
