//! The project as a whole: what is typed without a noun.

mod completions;

verbs! {
    /// Verbs about the project as a whole.
    Command {
        Completions(completions::Completions),
    }
}
