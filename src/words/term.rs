//! How words are compared: by case and by what separates them a term is written in many ways, and other signs make it another.

/// The words of a term, in lower case with one space between.
pub(super) struct Term(String);

impl Term {
    /// Reads `In Progress`, `in-progress`, `in_progress` and `inProgress` as the same; nothing where another sign is in it, as in
    /// `done?`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (mut words, mut after_small) = (String::new(), false);
        for letter in text.trim().chars() {
            match letter {
                ' ' | '-' | '_' if words.ends_with(' ') => {}
                ' ' | '-' | '_' => words.push(' '),
                '\'' | '’' => words.push('\''),
                _ if !letter.is_alphanumeric() => return None,
                _ => {
                    let hump = Some(' ').filter(|_| after_small && letter.is_uppercase());
                    words.extend(hump.into_iter().chain(letter.to_lowercase()));
                }
            }
            after_small = letter.is_lowercase();
        }
        Some(Self(words))
    }

    /// Whether it is one of these; each of them counts too with its words written together.
    pub(super) fn is_one_of(&self, terms: &[&str]) -> bool {
        let is_whole = |term: &&str| !self.0.contains(' ') && term.chars().filter(|letter| *letter != ' ').eq(self.0.chars());
        terms.iter().any(|term| *term == self.0 || is_whole(term))
    }
}

/// A word without the pictures and blanks around it.
pub fn without_pictures(word: &str) -> &str {
    word.trim_matches(|letter: char| !letter.is_alphanumeric() && !letter.is_ascii_punctuation())
}
