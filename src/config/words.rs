//! What the YAML reader says about a value of the wrong shape, in words of the people who wrote the value.

/// The reader's words, and ours. Longer ones come first.
const WORDS: &[(&str, &str)] = &[
    ("invalid type: ", "found "),
    ("invalid value: ", "found "),
    ("unit value", "nothing"),
    ("floating point `", "the number `"),
    ("integer `", "the number `"),
    ("boolean `", "the word `"),
    ("found string ", "found the text "),
    ("found sequence", "found a list"),
    ("found map", "found `key: value` lines"),
    ("expected a sequence", "expected a list"),
    ("expected a map", "expected `key: value` lines"),
    ("expected a boolean", "expected true or false"),
    ("expected a string", "expected a text"),
    ("expected u32", "expected a whole number"),
    ("expected f64", "expected a number"),
    ("expected struct Gate", "expected `name: …` and `run: …`"),
    ("expected struct Config", "expected `key: value` lines"),
    ("expected struct Delegate", "expected `key: value` lines"),
    ("expected struct Memory", "expected `key: value` lines"),
    ("expected struct Board", "expected `key: value` lines"),
    ("expected struct Paths", "expected `key: value` lines"),
    ("data did not match any variant of untagged enum SetupWritten", "expected a command, or `run: …` with `network: …` or `timeout: …`"),
    ("expected struct Worktree", "expected `key: value` lines"),
    ("unknown field ", "there is no key "),
    ("unknown variant ", "there is no word "),
    ("missing field ", "there must be a key "),
];

/// The message without the names of types.
pub(super) fn plain(message: &str) -> String {
    // What the reader quotes is the user's own and stays as it is.
    WORDS.iter().fold(message.to_owned(), |said, (theirs, ours)| said.replacen(theirs, ours, 1))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn no_message_names_a_type() {
        for (text, said) in [
            ("delegate: {max_parallel: many}", "delegate.max_parallel: found the text \"many\", expected a whole number"),
            ("delegate: {max_parallel: -1}", "delegate.max_parallel: found the number `-1`, expected a whole number"),
            ("delegate: {max_parallel: 1.5}", "delegate.max_parallel: found the number `1.5`, expected a whole number"),
            ("delegate: 3", "delegate: found the number `3`, expected `key: value` lines"),
            ("gates: [make]", "gates[0]: found the text \"make\", expected `name: …` and `run: …`"),
            ("gates: [{name: x}]", "gates[0]: there must be a key `run`"),
            ("gates: [{name: x, run: y, blocking: 3}]", "gates[0].blocking: found the number `3`, expected true or false"),
            ("worktree: {setup: [{ron: x}]}", "worktree.setup: expected a command, or `run: …`"),
            ("worktree: [.env]", "worktree: found a list, expected `key: value` lines"),
            ("delegate: {sandbox: on}", "delegate.sandbox: there is no word `on`, expected one of `off`, `auto`, `require`"),
            ("delegate: {budget: much}", "delegate.budget: found the text \"much\", expected a number"),
        ] {
            let error = serde_yaml::from_str::<Config>(text).unwrap_err().to_string();
            assert!(super::plain(&error).starts_with(said), "{text}: {}", super::plain(&error));
        }
    }
}
