//! The only writer to stdout and stderr.

mod answer;
mod board;
mod failure;
mod progress;

pub use progress::Progress;

use std::io::{self, BufRead, IsTerminal, Write};

use crate::base::env::{CMPM_COLUMNS, COLUMNS, NO_COLOR, TERM};
use crate::base::{Env, Exit};
use crate::context::Output;
use crate::report::{Screen, Tone};

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How answers are shown.
#[derive(Debug, Clone, Copy)]
pub struct Ui {
    json: bool,
    /// Whether warnings and notes beside an answer are left out.
    pub quiet: bool,
    /// Whether a long answer may go to a pager.
    pub pages: bool,
    /// Whether a person sits before a terminal that can be drawn on.
    interactive: bool,
    out: Screen,
    err: Screen,
}

impl Ui {
    /// Looks at the terminal once.
    pub fn new(json: bool, colour: Colour, env: &Env) -> Self {
        let screen = |terminal: bool| Screen {
            width: number(env, CMPM_COLUMNS).unwrap_or_else(|| if terminal { columns(env) } else { 0 }),
            colour: match colour {
                Colour::Always => true,
                Colour::Never => false,
                Colour::Auto => terminal && !env.is_set(NO_COLOR) && env.text(TERM) != Some("dumb"),
            },
        };
        let drawable = env.text(TERM).is_some_and(|term| term != "dumb") && io::stdin().is_terminal() && io::stdout().is_terminal();
        Self {
            json,
            quiet: false,
            pages: true,
            interactive: drawable && !json,
            out: screen(io::stdout().is_terminal()),
            err: screen(io::stderr().is_terminal()),
        }
    }

    /// How a reader sees what is written while a verb works.
    pub fn output(&self) -> Output {
        Output { json: self.json, drawn: self.interactive, width: self.out.width, colour: self.out.colour }
    }

    /// Writes help, with its looks where there is colour, and says how the program ends.
    pub fn print_help(&self, help: &clap::builder::StyledStr) -> Exit {
        self.print(&if self.out.colour { help.ansi().to_string() } else { help.to_string() })
    }

    /// Which of several a person at a terminal chooses, by its number; `None` if there is nobody to ask, or nothing is chosen.
    /// `more` is said below them and cannot be chosen.
    pub fn choose(&self, question: &str, choices: &[String], more: &[String]) -> Option<usize> {
        if !self.interactive {
            return None;
        }
        let lines: String = choices.iter().enumerate().map(|(place, choice)| format!("  {}  {choice}\n", place + 1)).collect();
        let more: String = more.iter().map(|more| format!("     … {more}\n")).collect();
        self.warn(&format!("{question}\n{lines}{more}Which one? "));
        let mut typed = String::new();
        io::stdin().lock().read_line(&mut typed).ok()?;
        typed.trim().parse::<usize>().ok()?.checked_sub(1).filter(|place| *place < choices.len())
    }

    /// An answer that did not arrive is no success, but for a closed pipe: that reader has what it wanted.
    fn print(&self, text: &str) -> Exit {
        match write_all(&mut io::stdout().lock(), text) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.warn(&format!("{} cannot write the answer: {error}\n", self.err.paint(Tone::Bad, "error:")));
                Exit::Wrong
            }
            _ => Exit::Done,
        }
    }

    fn warn(&self, text: &str) {
        // There is no place left to tell that this went wrong.
        drop(write_all(&mut io::stderr().lock(), text));
    }
}

fn write_all(to: &mut dyn Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes()).and_then(|()| to.flush())
}

/// Whether text is longer than the terminal that it goes to.
fn is_long(text: &str) -> bool {
    let rows = if io::stdout().is_terminal() { terminal_size::terminal_size().map(|(_, height)| usize::from(height.0)) } else { None };
    rows.is_some_and(|rows| text.lines().count() >= rows)
}

/// Writes text to stdout at once; `false` if the reader went away.
pub fn stream(text: &str) -> bool {
    write_all(&mut io::stdout().lock(), text).is_ok()
}

/// Asks a person who sits before a terminal; anything but yes is no.
pub fn ask(question: &str, json: bool) -> Option<bool> {
    if json || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return None;
    }
    let mut answer = String::new();
    write_all(&mut io::stderr().lock(), &format!("{question} [y/N] ")).and_then(|()| io::stdin().read_line(&mut answer)).ok()?;
    Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn columns(env: &Env) -> usize {
    let asked = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    asked.or_else(|| number(env, COLUMNS)).unwrap_or(80)
}

fn number(env: &Env, name: &str) -> Option<usize> {
    env.text(name)?.parse().ok()
}

/// Makes a bug of ours one calm line and exit code 70, never a stack trace.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        let text = format!(
            "error: cmpm hit a bug{place}; your files are as they were before this step\nhint: please report it with the command you ran\n"
        );
        drop(write_all(&mut io::stderr().lock(), &text));
        #[expect(clippy::disallowed_methods, reason = "a panic has no way back to main")]
        std::process::exit(i32::from(Exit::Bug as u8));
    }));
}
