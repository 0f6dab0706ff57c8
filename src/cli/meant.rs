//! What people type who know another tool, and the command that does it here.

/// After which nouns (none is `cmpm` itself), which words, and what is meant; `{noun}` is the noun that was typed.
const MEANT: &[(&[&str], &[&str], &str)] = &[
    (&[""], &["list", "ls"], "cmpm ticket list"),
    (&["", "ticket"], &["add", "new"], "cmpm ticket create"),
    (&[""], &["create"], "cmpm ticket create"),
    (&["", "ticket"], &["start"], "cmpm ticket claim"),
    (&[""], &["show", "view"], "cmpm ticket show"),
    (&[""], &["edit"], "cmpm ticket edit"),
    (&[""], &["update"], "cmpm ticket update"),
    (&[""], &["rm", "remove", "delete"], "cmpm ticket archive"),
    (&[""], &["done", "close", "complete"], "cmpm ticket complete"),
    (&["", "ticket", "epic", "issue", "task", "pr"], &["run"], "cmpm delegate run"),
    (&[""], &["review"], "cmpm delegate review"),
    (&[""], &["approve"], "cmpm delegate approve"),
    (&["epic", "issue", "task", "pr"], &["add", "new"], "cmpm {noun} create"),
    (&["epic", "issue", "task", "pr"], &["start"], "cmpm {noun} claim"),
    (&["ticket", "epic", "issue", "task", "pr"], &["view"], "cmpm {noun} show"),
    (&["ticket", "epic", "issue", "task", "pr"], &["rm", "remove", "delete"], "cmpm {noun} archive"),
    (&["ticket", "epic", "issue", "task", "pr"], &["done"], "cmpm {noun} complete"),
    (&["memory"], &["new", "create"], "cmpm memory add"),
    (&["memory"], &["view"], "cmpm memory show"),
    (&["memory"], &["update"], "cmpm memory edit"),
    (&["memory"], &["rm", "remove", "delete"], "cmpm memory forget"),
    (&["memory"], &["done", "close"], "cmpm memory supersede"),
    (&["memory"], &["start"], "cmpm session save"),
    (&["memory"], &["run"], "cmpm memory learn"),
    (&["delegate"], &["add", "new", "create", "start"], "cmpm delegate run"),
    (&["delegate"], &["view"], "cmpm delegate show"),
    (&["delegate"], &["edit", "update"], "cmpm delegate revise"),
    (&["delegate"], &["rm", "remove", "delete"], "cmpm delegate clean"),
    (&["delegate"], &["done", "merge"], "cmpm delegate approve"),
    (&["delegate"], &["close"], "cmpm delegate reject"),
];

/// The command that `word` stands for after `noun`.
pub fn command(noun: &str, word: &str) -> Option<String> {
    let (_, _, meant) = MEANT.iter().find(|(nouns, words, _)| nouns.contains(&noun) && words.contains(&word))?;
    Some(meant.replace("{noun}", noun))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_there_and_what_is_there_is_not_explained() {
        let root = super::super::command();
        let find = |path: &str| path.split(' ').filter(|word| !word.is_empty()).try_fold(&root, |at, word| at.find_subcommand(word));
        let typed = MEANT.iter().flat_map(|(nouns, words, _)| nouns.iter().flat_map(|noun| words.iter().map(move |word| (*noun, *word))));
        for (noun, word) in typed {
            let meant = command(noun, word).unwrap();
            let path = meant.strip_prefix("cmpm ").unwrap();
            assert!(find(path).is_some(), "{meant}");
            assert!(find(&format!("{noun} {word}")).is_none(), "`{noun} {word}` is a command");
        }
    }

    #[test]
    fn what_people_type_is_a_command_or_leads_to_one() {
        let root = super::super::command();
        for noun in ["", "ticket", "epic", "issue", "task", "pr", "memory", "delegate"] {
            let at = if noun.is_empty() { &root } else { root.find_subcommand(noun).unwrap() };
            for word in ["list", "add", "edit", "rm", "start", "view", "new", "done", "close", "run"] {
                // Other code understands `close` after a kind of ticket.
                let is_known = at.find_subcommand(word).is_some() || (word == "close" && super::super::ancestor::closes(noun));
                assert!(is_known || command(noun, word).is_some(), "{noun} {word}");
            }
        }
    }
}
