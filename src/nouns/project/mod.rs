//! The project as a whole: what is typed without a noun.

mod completions;
mod date;
mod demo;
mod demo_files;
mod readiness;
mod ready;
mod undo;

verbs! {
    /// Verbs about the project as a whole.
    Command {
        Ready(ready::Ready),
        Demo(demo::Demo),
        Undo(undo::Undo),
        Completions(completions::Completions),
    }
}
