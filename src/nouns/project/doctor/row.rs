//! One thing that was looked at, and how it stands.

use super::fix::Remedy;
use crate::base::Failure;
use crate::report::prelude::*;

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// Worth a look; nothing is in the way of work.
    Warning,
    /// Something does not work, or will not.
    Problem,
}

impl State {
    fn word(self) -> (&'static str, Tone) {
        match self {
            Self::Ok => ("ok", Tone::Good),
            Self::Warning => ("warning", Tone::Careful),
            Self::Problem => ("problem", Tone::Bad),
        }
    }
}

/// What was looked at, how it stands, and what to do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Row {
    /// The check: `git`, `hooks`, `claims`, …
    pub check: &'static str,
    /// How it stands.
    pub state: State,
    /// Which thing: a path or an id; empty where the check as a whole is meant.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// What there is to say.
    pub message: String,
    /// A safe next step.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub next: String,
    /// Whether `cmpm doctor --fix` puts it in order.
    pub mendable: bool,
    /// How.
    #[serde(skip)]
    pub remedy: Option<Remedy>,
}

impl Row {
    fn new(state: State, about: impl Into<String>, message: impl Into<String>) -> Self {
        let (about, message) = (about.into(), message.into());
        Self { check: "", state, about, message, next: String::new(), mendable: false, remedy: None }
    }

    /// No problems found.
    pub fn fine(message: impl Into<String>) -> Self {
        Self::new(State::Ok, "", message)
    }

    /// Worth a look.
    pub fn warning(about: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(State::Warning, about, message)
    }

    /// Does not work, or will not.
    pub fn problem(about: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(State::Problem, about, message)
    }

    /// A problem in the words of an error, with its first hint.
    pub fn failure(about: impl Into<String>, failure: &Failure) -> Self {
        Self::problem(about, failure.to_string()).next(failure.hints().into_iter().next().unwrap_or_default())
    }

    /// The same with a safe next step.
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.next = step.into();
        self
    }

    /// The same, as something that can be fixed here and now.
    pub fn fixes(mut self, remedy: Remedy) -> Self {
        self.mendable = true;
        self.remedy = Some(remedy);
        if self.next.is_empty() {
            "cmpm doctor --fix".clone_into(&mut self.next);
        }
        self
    }
}

/// Rows as a table; below each that is not well, the next step.
pub fn render(rows: &[Row], screen: &Screen) -> String {
    let mut table = Table::new(["CHECK", "STATE", "WHAT"]);
    for row in rows {
        let (word, tone) = row.state.word();
        let what = if row.about.is_empty() { row.message.clone() } else { format!("{}: {}", row.about, row.message) };
        table.row([(row.check, Some(Tone::Title)), (word, Some(tone)), (&text::one_line(&what), None)]);
        if !row.next.is_empty() {
            table.row([("", None), ("", None), (&format!("next: {}", row.next), Some(Tone::Quiet))]);
        }
    }
    table.render(screen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_fits_and_says_what_to_do() {
        let rows = [Row::fine("2.47"), Row::problem("TSK-1", "claimed by a process that has ended").fixes(Remedy::Journal)];
        let rows = rows.map(|row| Row { check: "claims", ..row });
        let wanted = "CHECK   STATE    WHAT\n\
                      claims  ok       2.47\n\
                      claims  problem  TSK-1: claimed by a pr…\n                 next: cmpm doctor --fix\n";
        assert_eq!(render(&rows, &Screen { width: 40, colour: false }), wanted);
    }
}
