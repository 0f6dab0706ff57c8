//! How the board looks.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph, Wrap};

use super::state::{Front, State};
use crate::base::text;
use crate::report::{Board, Card, Column, Tone};

/// A narrower column cannot be read; then fewer are shown, those around the selected one.
const NARROWEST: u16 = 24;
/// Lines of a card: its id, two of its title, its notes, and one that is empty.
const CARD: u16 = 5;
const TITLE_LINES: usize = 2;

const HELP: &str = "\
← → h l      to the next column
↑ ↓ k j      to the next ticket; g G to the first and last
enter        all about the ticket
< >          move the ticket to the previous or next column
m            move the ticket to a column of your choice
/            show only tickets with these words; esc shows all
r            read everything again
q esc        leave

Moving a ticket writes its status to its file,
as `cmpm ticket update --status` does.";

struct Look {
    colour: bool,
}

impl Look {
    fn of(&self, tone: Option<Tone>) -> Style {
        let style = Style::new();
        let coloured = |colour: Color| if self.colour { style.fg(colour) } else { style };
        match tone {
            None => style,
            Some(Tone::Title) => style.add_modifier(Modifier::BOLD),
            Some(Tone::Quiet) => style.add_modifier(Modifier::DIM),
            Some(Tone::Good) => coloured(Color::Green),
            Some(Tone::Careful) => coloured(Color::Yellow),
            Some(Tone::Bad) => coloured(Color::Red).add_modifier(Modifier::BOLD),
            Some(Tone::Key | Tone::Id(_)) => coloured(Color::Cyan),
        }
    }
}

/// Text before the columns.
struct Window<'a> {
    title: &'a str,
    body: &'a str,
    /// The first line of it that is shown.
    from: u16,
}

impl Window<'_> {
    fn draw(self, frame: &mut Frame<'_>, look: &Look) {
        let Self { title, body, from } = self;
        let area = frame.area();
        let widest = body.lines().map(text::width).max().unwrap_or(0).clamp(30, 96);
        let width = u16::try_from(widest + 4).unwrap_or(u16::MAX).min(area.width);
        let lines = body.lines().map(|line| text::width(line) / widest + 1).sum::<usize>();
        let height = u16::try_from(lines + 2).unwrap_or(u16::MAX).min(area.height);
        let place = Rect { x: (area.width - width) / 2, y: (area.height - height) / 2, width, height };
        frame.render_widget(Clear, place);
        let block = Block::bordered().border_type(BorderType::Rounded).border_style(look.of(Some(Tone::Key)));
        let block =
            block.title(Line::styled(format!(" {title} "), look.of(Some(Tone::Title)))).padding(ratatui::widgets::Padding::horizontal(1));
        frame.render_widget(Paragraph::new(body).wrap(Wrap { trim: false }).scroll((from, 0)).block(block), place);
    }
}

/// A board as it is shown just now.
struct Wall<'a> {
    state: &'a State,
    board: &'a dyn Board,
    look: Look,
}

pub(super) fn draw(frame: &mut Frame<'_>, state: &State, (board, colour): (&dyn Board, bool)) {
    let wall = Wall { state, board, look: Look { colour } };
    let [head, middle, foot] = Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1)]).areas(frame.area());
    frame.render_widget(Line::styled(board.title(), wall.look.of(Some(Tone::Title))), head);
    let total = board.columns().len();
    let fits = usize::from((middle.width / NARROWEST).max(1)).min(total.max(1));
    let first = state.column.saturating_sub(fits / 2).min(total.saturating_sub(fits));
    let areas = Layout::horizontal(vec![Constraint::Fill(1); fits]).split(middle);
    for (area, number) in areas.iter().zip(first..) {
        wall.column(frame, *area, number);
    }
    frame.render_widget(wall.foot_line(first..first + fits), foot);
    match &state.front {
        Front::Nothing | Front::Filter => {}
        Front::Help => Window { title: "Keys", body: HELP, from: 0 }.draw(frame, &wall.look),
        Front::Details(body, from) => Window { title: "Ticket, esc closes", body, from: *from }.draw(frame, &wall.look),
        Front::Move(to) => Window { title: "Move to, enter confirms", body: &choice(board, *to), from: 0 }.draw(frame, &wall.look),
    }
}

impl Wall<'_> {
    fn column(&self, frame: &mut Frame<'_>, area: Rect, number: usize) {
        let Self { state, board, look } = self;
        let Some(column) = board.columns().get(number) else { return };
        let here = number == state.column;
        let over = if column.is_over() { " over" } else { "" };
        let cards = state.cards(*board, number);
        let shown = (!state.filter.is_empty()).then_some(cards.len());
        let title = format!(" {} {}{over} ", column.name, column.count(shown));
        let tone = if column.is_over() { Tone::Bad } else { Tone::Title };
        let border = if here { look.of(Some(Tone::Key)) } else { look.of(Some(Tone::Quiet)) };
        let block = Block::bordered().border_type(if here { BorderType::Thick } else { BorderType::Rounded }).border_style(border);
        let block = block.title(Line::styled(text::fit(&title, usize::from(area.width.saturating_sub(2))), look.of(Some(tone))));
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let fits = usize::from((inner.height / CARD).max(1));
        let first = if here { (state.row + 1).saturating_sub(fits) } else { 0 };
        for (place, card) in cards.iter().skip(first).take(fits).enumerate() {
            let top = inner.y.saturating_add(u16::try_from(place).unwrap_or(0).saturating_mul(CARD));
            let slot = Rect { y: top, height: CARD, ..inner }.intersection(inner);
            frame.render_widget(face(card, (here && first + place == state.row, usize::from(inner.width)), look), slot);
        }
        let below = cards.len().saturating_sub(first + fits) + column.more;
        if below > 0 && area.height > 1 {
            let note =
                Rect { y: area.bottom().saturating_sub(1), height: 1, x: area.x.saturating_add(2), width: area.width.saturating_sub(4) };
            frame.render_widget(Line::styled(format!(" ↓ {below} more "), look.of(Some(Tone::Quiet))), note);
        }
    }

    fn foot_line(&self, shown: Range<usize>) -> Line<'_> {
        let Self { state, board, look } = self;
        let total = board.columns().len();
        if state.front == Front::Filter {
            return Line::from(vec![Span::styled("/", look.of(Some(Tone::Key))), Span::raw(format!("{}▏", state.filter))]);
        }
        if !state.message.is_empty() {
            let tone = if state.failed { Tone::Bad } else { Tone::Good };
            return Line::styled(state.message.as_str(), look.of(Some(tone)));
        }
        let mut said = String::new();
        if !state.filter.is_empty() {
            said.push_str(&format!("only `{}` (esc shows all)  ", state.filter));
        }
        if shown.len() < total {
            said.push_str(&format!("columns {}–{} of {total}  ", shown.start + 1, shown.end));
        }
        said.push_str("enter opens  < > moves  / filters  ? keys  q quits");
        Line::styled(said, look.of(Some(Tone::Quiet)))
    }
}

fn choice(board: &dyn Board, to: usize) -> String {
    let line = |(number, column): (usize, &Column)| {
        let over =
            if column.limit.is_some_and(|limit| column.counted >= usize::try_from(limit).unwrap_or(usize::MAX)) { "  full" } else { "" };
        format!("{} {} {}{over}", if number == to { "▶" } else { " " }, number + 1, column.name)
    };
    board.columns().iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// The face of a card: its id, its title, its notes as far as there is room.
fn face<'a>(card: &'a Card, (selected, width): (bool, usize), look: &Look) -> Paragraph<'a> {
    let (mut id, mut title, mut mark) = (look.of(Some(Tone::Key)), Style::new(), "");
    if selected {
        (id, title, mark) = (id.add_modifier(Modifier::REVERSED | Modifier::BOLD), title.add_modifier(Modifier::BOLD), "▶ ");
    }
    let mut lines = vec![Line::styled(text::fit(&format!("{mark}{}", card.id), width), id)];
    lines.extend(text::wrap(&card.title, width, TITLE_LINES).into_iter().map(|line| Line::styled(line, title)));
    let mut notes: Vec<Span<'a>> = Vec::new();
    let mut room = width;
    for (note, tone) in &card.notes {
        let between = if notes.is_empty() { "" } else { " · " };
        let needed = text::width(between) + text::width(note);
        if needed > room {
            break;
        }
        room -= needed;
        notes.extend([Span::raw(between), Span::styled(note.as_str(), look.of(*tone))]);
    }
    lines.push(Line::from(notes));
    Paragraph::new(lines)
}
