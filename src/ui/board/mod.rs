//! A board on the terminal: takes the terminal, draws, reads keys, gives the terminal back as it was, whatever happens.

mod draw;
mod state;

use std::io;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use self::state::{Action, Front, State};
use super::{Ui, install_panic_hook};
use crate::base::progress::Cancel;
use crate::base::{Exit, text};
use crate::report::{Board, Tone};

/// How long a signal may wait until it is seen.
const PATIENCE: Duration = Duration::from_millis(100);

/// The terminal while it is ours. It is given back here and never by ratatui, which prints where it cannot, and ends in a panic
/// where nobody reads that.
struct Taken(ManuallyDrop<Terminal<CrosstermBackend<io::Stdout>>>);

impl Taken {
    fn new() -> io::Result<Self> {
        enable_raw_mode()?;
        let taken = execute!(io::stdout(), EnterAlternateScreen, Hide).and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        if taken.is_err() {
            give_back();
        }
        // A bug must not leave a terminal in which nobody sees what he types.
        let inner = Arc::new(std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            inner(panic);
        }));
        taken.map(|terminal| Self(ManuallyDrop::new(terminal)))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
        install_panic_hook();
    }
}

fn give_back() {
    // Nothing can be done about a terminal that went away.
    drop(execute!(io::stdout(), LeaveAlternateScreen, Show));
    drop(disable_raw_mode());
}

impl Ui {
    /// Lets a person work with a board until he leaves it.
    pub(super) fn work_with(&self, board: &mut dyn Board, cancel: &Cancel) -> Exit {
        let outcome = Taken::new().and_then(|mut terminal| self.session(&mut terminal.0, board, cancel));
        match outcome {
            Ok(exit) => exit,
            Err(error) => {
                self.warn(&format!("{} cannot use this terminal: {error}\n", self.err.paint(Tone::Bad, "error:")));
                Exit::Wrong
            }
        }
    }

    fn session(&self, terminal: &mut Terminal<CrosstermBackend<io::Stdout>>, board: &mut dyn Board, cancel: &Cancel) -> io::Result<Exit> {
        let mut state = State::new(board);
        let mut stale = true;
        loop {
            if stale {
                terminal.draw(|frame| draw::draw(frame, &state, (board, self.out.colour)))?;
            }
            if cancel.is_cancelled() {
                return Ok(Exit::Interrupted);
            }
            if is_gone(PATIENCE)? {
                return Ok(Exit::Interrupted);
            }
            stale = event::poll(Duration::ZERO)?;
            if !stale {
                continue;
            }
            let Event::Key(key) = event::read()? else { continue };
            if key.kind == KeyEventKind::Release {
                continue;
            }
            let action = state.press(key, board);
            match action {
                Action::Leave => return Ok(Exit::Done),
                Action::Interrupt => return Ok(Exit::Interrupted),
                _ => {}
            }
            perform(&action, &mut state, board);
        }
    }
}

/// Waits until somebody types or the time is over, and says whether the terminal was closed: crossterm would go on reading forever.
fn is_gone(patience: Duration) -> io::Result<bool> {
    let patience = Timespec::try_from(patience).map_err(io::Error::other)?;
    let input = io::stdin();
    let mut keys = [PollFd::new(&input, PollFlags::IN)];
    match poll(&mut keys, Some(&patience)) {
        // A signal, such as that of another size.
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(keys.iter().any(|keys| keys.revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL))),
    }
}

/// Does what a key asked for; what goes wrong is told on the board, and one goes on.
fn perform(action: &Action, state: &mut State, board: &mut dyn Board) {
    let selected = state.selected(board).unwrap_or_default();
    let outcome = match action {
        Action::Draw | Action::Leave | Action::Interrupt => return,
        Action::Open => board.details(&selected).map(|details| {
            state.front = Front::Details(text::printable(&details).replace('\t', "    "), 0);
            String::new()
        }),
        Action::Move(column) => board.move_card(&selected, *column),
        Action::Reload => board.reload().map(|()| "read again".to_owned()),
    };
    state.failed = outcome.is_err();
    state.message = match outcome {
        Ok(said) => said,
        // The board may be old: somebody else could have been here.
        Err(failure) => {
            drop(board.reload());
            text::one_line(&failure.to_string())
        }
    };
    if *action != Action::Open {
        state.follow(board, &selected);
    }
}
