//! Ids in a text: the one way in which they are found and replaced.

/// How many bytes of the text an id is, and what it becomes.
pub type Rewritten = (usize, String);

/// A text with other ids, and how many there were. `meant` is asked at the beginning of every word, with what stands before it
/// and with the rest of the text.
pub fn rewrite_ids(text: &str, meant: &dyn Fn(&str, &str) -> Option<Rewritten>) -> (String, usize) {
    let (mut out, mut count, mut at) = (String::with_capacity(text.len()), 0, 0);
    while let Some(start) = text.get(at..).and_then(|rest| rest.find(is_word)).map(|start| at + start) {
        let (before, rest) = text.split_at_checked(start).unwrap_or((text, ""));
        out.push_str(before.get(at..).unwrap_or_default());
        let length = match meant(before, rest) {
            Some((length, id)) => {
                out.push_str(&id);
                count += 1;
                length.max(1)
            }
            None => {
                let word = word_of(rest);
                out.push_str(word);
                word.len()
            }
        };
        at = start + length;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    (out, count)
}

/// The word that a text begins with: letters, digits, `-` and `_`.
pub fn word_of(text: &str) -> &str {
    text.get(..text.find(|c: char| !is_word(c)).unwrap_or(text.len())).unwrap_or_default()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

/// A text in which every `old` that stands for itself is `new`, in any case, also where a name goes on after it
/// (`task-3-a-title.md`); `None` if there is none. `task-3.1` is another id.
pub fn renamed(text: &str, old: &str, new: &str) -> Option<String> {
    let goes_on = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (renamed, count) = rewrite_ids(text, &|_, rest| {
        let behind = rest.get(..old.len()).filter(|start| start.eq_ignore_ascii_case(old)).and(rest.get(old.len()..))?;
        let mut next = behind.chars();
        let ends = match next.next() {
            Some('.') => !next.next().is_some_and(|letter| letter.is_ascii_digit()),
            other => !other.is_some_and(goes_on),
        };
        ends.then(|| (old.len(), new.to_owned()))
    });
    (count > 0).then_some(renamed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_id_is_replaced() {
        let text = "id: task-33\nsee TASK-33, task-33.1, task-331, x-task-33 and tasks/task-33 - a.md; task-33-b, é task-33.";
        let wanted = "id: N\nsee N, task-33.1, task-331, x-task-33 and tasks/N - a.md; N-b, é N.";
        assert_eq!(renamed(text, "task-33", "N").as_deref(), Some(wanted));
        assert_eq!(renamed("none", "task-33", "N"), None);
    }

    #[test]
    fn every_word_is_asked_about_once() {
        let shout = |_: &str, rest: &str| word_of(rest).starts_with('a').then(|| (word_of(rest).len(), word_of(rest).to_uppercase()));
        assert_eq!(rewrite_ids("ab c-a, ÿa (a_1)", &shout), ("AB c-a, ÿa (A_1)".to_owned(), 2));
    }
}
