//! A terminal of a test's own: a program runs in it, keys go in, what it writes can be waited for.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program in a terminal.
pub struct Terminal {
    near: File,
    /// Kept open, so that its state can be asked after the program went away.
    far: File,
    child: Child,
    written: Arc<Mutex<String>>,
}

impl Terminal {
    /// Starts `command` in a terminal of this size.
    pub fn start(command: Command, size: (u16, u16)) -> Self {
        let (near, far, child) = open(command, size);
        let written = Arc::new(Mutex::new(String::new()));
        let (mut from, to) = (near.try_clone().unwrap(), Arc::clone(&written));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                to.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        });
        Self { near, far, child, written }
    }

    /// Starts `command` and closes its terminal as soon as it has written something.
    pub fn close_under(command: Command) -> ExitStatus {
        let (mut near, far, mut child) = open(command, (80, 20));
        assert_ne!(near.read(&mut [0; 4096]).unwrap(), 0);
        drop((near, far));
        child.wait().unwrap()
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.near.write_all(keys.as_bytes()).unwrap();
    }

    /// All that was written so far.
    pub fn written(&self) -> String {
        self.written.lock().unwrap().clone()
    }

    /// Waits until this was written.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait(text, |terminal| terminal.written().contains(text));
    }

    /// Waits until something is so.
    #[track_caller]
    pub fn wait(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !holds(self) {
            assert!(
                begin.elapsed() < PATIENCE,
                "waited for {what:?} in vain; there is {:?}",
                self.written().chars().rev().take(400).collect::<Vec<_>>().into_iter().rev().collect::<String>()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the program ends.
    pub fn end(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Asks the program to end, by a signal.
    pub fn terminate(&self) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    }

    /// Whether what is typed is shown and waits for the end of the line, as a shell wants it.
    pub fn is_sane(&self) -> bool {
        tcgetattr(&self.far).unwrap().local_modes.contains(LocalModes::ECHO | LocalModes::ICANON)
    }
}

/// A new terminal, seen from outside and from within, and a program in it.
fn open(mut command: Command, (columns, rows): (u16, u16)) -> (File, File, Child) {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&near).unwrap();
    unlockpt(&near).unwrap();
    let name = ptsname(&near, Vec::new()).unwrap();
    let far = rustix::fs::open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    tcsetwinsize(&far, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let (near, far) = (File::from(near), File::from(far));
    command.env("TERM", "xterm-256color").stdin(far.try_clone().unwrap()).stdout(far.try_clone().unwrap());
    let child = command.stderr(far.try_clone().unwrap()).spawn().unwrap();
    (near, far, child)
}
