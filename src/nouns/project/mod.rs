//! The project as a whole: what is typed without a noun.

mod commands;
mod completions;
mod counts;
mod date;
mod init;
mod readiness;
mod ready;
mod status;
mod trust;

verbs! {
    /// Verbs about the project as a whole.
    Command {
        Init(init::Init),
        Status(status::Status),
        Ready(ready::Ready),
        Trust(trust::Trust),
        Completions(completions::Completions),
    }
}
