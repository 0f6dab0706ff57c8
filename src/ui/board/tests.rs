//! Keys and looks, on a terminal that is only memory.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::super::draw::draw;
use super::*;
use crate::base::Result;
use crate::report::Column;

struct Wall(Vec<Column>);

impl Board for Wall {
    fn title(&self) -> String {
        "Wall".into()
    }
    fn columns(&self) -> &[Column] {
        &self.0
    }
    fn details(&self, card: &str) -> Result<String> {
        Ok(card.to_owned())
    }
    fn move_card(&mut self, _: &str, _: usize) -> Result<String> {
        Ok(String::new())
    }
    fn reload(&mut self) -> Result<()> {
        Ok(())
    }
}

fn wall() -> Wall {
    let card = |id: &str, title: &str| Card {
        id: id.into(),
        title: title.into(),
        notes: Vec::new(),
        searched: format!("{id} {title}").to_lowercase(),
    };
    let column = |name: &str, cards: Vec<Card>, limit| Column { name: name.into(), counted: cards.len(), limit, cards, more: 0 };
    Wall(vec![
        column("planning", vec![], None),
        column("active", vec![card("ISS-1", "Fix the links"), card("ISS-2", "Write\u{1b}[31m it")], Some(1)),
        column("done", vec![card("ISS-3", "日本語 title")], None),
    ])
}

fn press(state: &mut State, wall: &Wall, keys: &str) -> Vec<Action> {
    let code = |c| match c {
        '\n' => KeyCode::Enter,
        '\u{1b}' => KeyCode::Esc,
        '\u{8}' => KeyCode::Backspace,
        c => KeyCode::Char(c),
    };
    let actions = keys.chars().map(|c| state.press(KeyEvent::new(code(c), KeyModifiers::NONE), wall));
    actions.filter(|action| *action != Action::Draw).collect()
}

fn screen(state: &State, wall: &Wall, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, state, (wall, false))).unwrap();
    terminal.backend().to_string()
}

#[test]
fn keys_walk_over_the_board_and_not_off_it() {
    let wall = wall();
    let mut state = State::new(&wall);
    assert_eq!((state.column, state.row), (1, 0));
    for (keys, place) in [("j", (1, 1)), ("jjj", (1, 1)), ("l", (2, 0)), ("lll", (2, 0)), ("hhhh", (0, 0)), ("lG", (1, 1)), ("g", (1, 0))] {
        assert_eq!(press(&mut state, &wall, keys), []);
        assert_eq!((state.column, state.row), place, "{keys}");
    }
    assert_eq!(press(&mut state, &wall, "<>r\n"), [Action::Move(0), Action::Move(2), Action::Reload, Action::Open]);
    assert_eq!(press(&mut state, &wall, "mj\n"), [Action::Move(2)]);
    assert_eq!(press(&mut state, &wall, "m1\nm\u{1b}m\n"), [Action::Move(0)]);
    assert_eq!(press(&mut state, &wall, "?qq"), [Action::Leave]);
}

#[test]
fn a_filter_leaves_what_has_all_its_words() {
    let wall = wall();
    let mut state = State::new(&wall);
    assert_eq!(press(&mut state, &wall, "/TITLE 日\n"), []);
    assert_eq!(state.selected(&wall).as_deref(), Some("ISS-3"));
    let filtered = screen(&state, &wall, (90, 12));
    assert!(filtered.contains("active 0 of 2 over") && filtered.contains("done 1 of 1"), "{filtered}");
    assert_eq!(press(&mut state, &wall, "/zzz\n<>m\n"), []);
    assert_eq!(state.selected(&wall), None);
    assert_eq!(press(&mut state, &wall, "\u{1b}"), []);
    assert!(state.selected(&wall).is_some());
}

#[test]
fn the_board_is_drawn_on_any_screen() {
    let wall = wall();
    let mut state = State::new(&wall);
    let wide = screen(&state, &wall, (90, 12));
    for text in ["Wall", "planning 0", "active 2/1 over", "done 1", "▶ ISS-1", "Fix the links", "ISS-3"] {
        assert!(wide.contains(text), "{text}\n{wide}");
    }
    assert!(!wide.contains('\u{1b}'));
    let narrow = screen(&state, &wall, (30, 9));
    assert!(narrow.contains("active") && !narrow.contains("planning") && narrow.contains("↓ 1 more"), "{narrow}");
    state.front = Front::Help;
    for (width, height) in [(1, 1), (2, 3), (10, 4), (200, 60)] {
        screen(&state, &wall, (width, height));
    }
    assert!(screen(&state, &wall, (80, 20)).contains("read everything again"));
}
