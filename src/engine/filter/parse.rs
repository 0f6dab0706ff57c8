//! Reads conditions.

use crate::base::text;

use super::{Comparison, Condition, FilterError};

/// Deeper nesting is no condition that somebody means.
const DEEPEST: usize = 50;

/// So many keys are named where a word is none.
const NEAR: usize = 6;

/// The comparisons, the longer ones first.
const COMPARISONS: [(&str, Comparison); 9] = [
    ("!=", Comparison::Different),
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("==", Comparison::Equal),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::More),
    ("~", Comparison::Contains),
    (":", Comparison::Equal),
];

pub(super) fn parse(text: &str, keys: &[&str]) -> Result<Condition, FilterError> {
    let mut parser = Parser { text, at: 0, keys, depth: 0 };
    let condition = parser.any()?;
    parser.skip_spaces();
    if parser.at < text.len() { Err(parser.wanted("`and`, `or` or the end")) } else { Ok(condition) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    keys: &'a [&'a str],
    depth: usize,
}

impl<'a> Parser<'a> {
    fn any(&mut self) -> Result<Condition, FilterError> {
        let mut parts = vec![self.all()?];
        while self.takes_word("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, FilterError> {
        let mut parts = vec![self.one()?];
        while self.takes_word("and") {
            parts.push(self.one()?);
        }
        Ok(one_or(parts, Condition::All))
    }

    fn one(&mut self) -> Result<Condition, FilterError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.wanted("a condition that is less nested"));
        }
        let found = if self.takes_word("not") {
            Condition::Not(Box::new(self.one()?))
        } else if self.takes("(") {
            let inside = self.any()?;
            if !self.takes(")") {
                return Err(self.wanted("`)`"));
            }
            inside
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(found)
    }

    fn comparison(&mut self) -> Result<Condition, FilterError> {
        self.skip_spaces();
        let start = self.at;
        let word = self.takes_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
        if word.is_empty() {
            return Err(self.wanted("a key"));
        }
        let Some(key) = self.key(word) else {
            self.at = start;
            return Err(self.unknown(word));
        };
        let Some((_, comparison)) = COMPARISONS.into_iter().find(|(sign, _)| self.takes(sign)) else {
            return Err(self.wanted("one of = != < <= > >= ~"));
        };
        Ok(Condition::Compare { key, comparison, value: self.value(comparison)? })
    }

    /// The key that a word means; a list also answers to the name of one of its values.
    fn key(&self, word: &str) -> Option<String> {
        let plural = format!("{word}s");
        let found = self.keys.iter().find(|key| key.eq_ignore_ascii_case(word));
        found.or_else(|| self.keys.iter().find(|key| key.eq_ignore_ascii_case(&plural))).map(|key| (*key).to_owned())
    }

    /// Only what is compared for equality can be nothing: at the end, or where `and` or `or` goes on.
    fn value(&mut self, comparison: Comparison) -> Result<String, FilterError> {
        let can_be_nothing = matches!(comparison, Comparison::Equal | Comparison::Different);
        let is_apart = self.rest().starts_with(char::is_whitespace);
        self.skip_spaces();
        let start = self.at;
        if can_be_nothing && is_apart && ["and", "or"].into_iter().any(|word| self.takes_word(word)) {
            self.at = start;
            return Ok(String::new());
        }
        for quote in ["\"", "'"] {
            if self.takes(quote) {
                let text = self.takes_while(|c| !quote.contains(c)).to_owned();
                if !self.rest().starts_with(quote) {
                    self.at = start;
                    return Err(self.wanted("a closing quote"));
                }
                self.at += quote.len();
                return Ok(text);
            }
        }
        let text = self.takes_while(|c| !c.is_whitespace() && !matches!(c, '(' | ')')).to_owned();
        if text.is_empty() && !can_be_nothing { Err(self.wanted("a value")) } else { Ok(text) }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_spaces(&mut self) {
        self.takes_while(char::is_whitespace);
    }

    fn takes_while(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn takes(&mut self, sign: &str) -> bool {
        self.skip_spaces();
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    /// Takes a word that is not the beginning of a longer one.
    fn takes_word(&mut self, word: &str) -> bool {
        self.skip_spaces();
        let rest = self.rest();
        let found = rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
            && rest.get(word.len()..).is_some_and(|tail| tail.is_empty() || tail.starts_with(|c: char| c.is_whitespace() || c == '('));
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn wanted(&self, what: &str) -> FilterError {
        FilterError { text: self.text.to_owned(), at: self.at, wanted: what.to_owned(), unknown: None }
    }

    /// Nothing has this key: names those that look alike, each in one spelling.
    fn unknown(&self, word: &str) -> FilterError {
        let lower = word.to_lowercase();
        let closest = text::closest(word, self.keys.iter().copied());
        let related =
            |key: &str| key.split('.').any(|part| part.len() > 2 && lower.len() > 2 && (lower.contains(part) || part.contains(&lower)));
        let mut near: Vec<&str> = self.keys.to_vec();
        near.sort_by_cached_key(|key| (Some(*key) != closest, !related(key), text::distance(word, key)));
        let mut seen = std::collections::HashSet::new();
        near.retain(|key| seen.insert(key.replace('_', "").to_lowercase()));
        let is_meant = |key: &&&str| Some(**key) == closest || related(key);
        let wanted = match near.first().filter(is_meant) {
            Some(key) => format!("`{word}` is not a key here; did you mean `{key}`?"),
            None => format!("`{word}` is not a key here"),
        };
        let similar: Vec<&str> = near.iter().filter(is_meant).take(NEAR).copied().collect();
        near.truncate(NEAR);
        let keys = if similar.is_empty() {
            format!("the nearest keys are {}", near.join(", "))
        } else {
            format!("similar keys: {}", similar.join(", "))
        };
        FilterError { unknown: Some(keys), ..self.wanted(&wanted) }
    }
}

fn one_or(mut parts: Vec<Condition>, several: fn(Vec<Condition>) -> Condition) -> Condition {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            several(parts)
        }
    }
}
