//! The project as a whole: what is typed without a noun.

mod commands;
mod completions;
mod counts;
mod demo;
mod demo_files;
mod doctor;
mod guide;
mod init;
mod next;
mod pages;
mod ready;
mod search;
mod statistics;
mod status;
mod trace;
mod trust;
mod undo;
mod version;

verbs! {
    /// Verbs about the project as a whole.
    Command {
        Init(init::Init),
        Status(status::Status),
        Ready(ready::Ready),
        Blocked(crate::nouns::ticket::Blocked),
        Board(crate::nouns::ticket::ShowBoard),
        Next(next::Next),
        Search(search::Search),
        Trace(trace::Trace),
        Trust(trust::Trust),
        Doctor(doctor::Doctor),
        Undo(undo::Undo),
        Version(version::Version),
        Demo(demo::Demo),
        Guide(guide::Guide),
        Completions(completions::Completions),
    }
}
