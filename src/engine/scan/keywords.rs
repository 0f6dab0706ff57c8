//! The keywords of all rules, looked for in one pass: three bytes of each are looked up in a small table, and a keyword is
//! compared only where its three are. Unlike an automaton the table costs next to nothing to make, and most texts are short.

use std::borrow::Cow;

/// How many bits of a byte count: enough to tell letters apart, whatever their case.
const BITS: usize = 5;
/// How many combinations of three bytes are told apart.
const HASHES: usize = 1 << (3 * BITS);
/// Letters from the most to the least frequent in texts and code.
const FREQUENT: &[u8] = b" etaoinsrlcdupmhgfbyvwkxjqz";

/// The keywords of rules, ready to be looked for.
#[derive(Debug)]
pub(super) struct Keywords {
    table: Box<Table>,
    /// The keywords by the three bytes that they are looked up by.
    entries: Vec<Entry>,
    /// Keywords of one byte: the byte in lower and upper case, and the rule.
    single: Vec<(u8, u8, usize)>,
}

type Table = [u64; HASHES / 64];

#[derive(Debug)]
struct Entry {
    hash: usize,
    /// Where in the word the three bytes end.
    end: usize,
    word: Cow<'static, str>,
    /// The place of its rule.
    owner: usize,
}

impl Keywords {
    /// Each word with the place of its rule.
    pub(super) fn new(words: impl Iterator<Item = (Cow<'static, str>, usize)>) -> Self {
        let mut all = Self { table: Box::new([0; HASHES / 64]), entries: Vec::new(), single: Vec::new() };
        words.for_each(|(word, owner)| all.add(word, owner));
        all.entries.sort_by_key(|entry| entry.hash);
        for entry in &all.entries {
            mark(&mut all.table, entry.hash, true);
        }
        all
    }

    fn add(&mut self, word: Cow<'static, str>, owner: usize) {
        match *word.as_bytes() {
            [] => {}
            [byte] => self.single.push((byte.to_ascii_lowercase(), byte.to_ascii_uppercase(), owner)),
            // Whatever comes next.
            [one, two] => {
                let start = next(next(0, one), two);
                let all = (0..1 << BITS).map(|last| Entry { hash: next(start, last), end: 3, word: word.clone(), owner });
                self.entries.extend(all);
            }
            ref bytes => {
                let rarity = |three: &[u8]| three.iter().map(|byte| rarity(*byte)).sum::<usize>();
                let rarest = bytes.windows(3).enumerate().max_by_key(|(_, three)| rarity(three));
                let Some((at, three)) = rarest else { return };
                let hash = three.iter().fold(0, |hash, byte| next(hash, *byte));
                self.entries.push(Entry { hash, end: at + 3, word, owner });
            }
        }
    }

    /// Marks the rules of which a keyword is in a text, in any case.
    pub(super) fn find(&self, text: &[u8], wanted: &mut [bool]) {
        for (lower, upper, owner) in &self.single {
            if memchr::memchr2(*lower, *upper, text).is_some() {
                want(wanted, *owner);
            }
        }
        let mut table = *self.table;
        let mut hash = 0;
        let mut step = |at: usize, byte: u8| {
            hash = next(hash, byte);
            if table.get(hash / 64).is_some_and(|bits| bits >> (hash % 64) & 1 != 0) && self.compare(text, (at, hash), wanted) {
                mark(&mut table, hash, false);
            }
        };
        text.iter().enumerate().for_each(|(at, byte)| step(at, *byte));
        // A word of two bytes may be the last.
        step(text.len(), 0);
    }

    /// Compares the words that have these three bytes where they end; whether all rules that they could want are wanted.
    fn compare(&self, text: &[u8], (at, hash): (usize, usize), wanted: &mut [bool]) -> bool {
        let first = self.entries.partition_point(|entry| entry.hash < hash);
        let same = self.entries.iter().skip(first).take_while(|entry| entry.hash == hash);
        let mut all = true;
        for entry in same.filter(|entry| wanted.get(entry.owner) != Some(&true)).collect::<Vec<_>>() {
            let start = (at + 1).checked_sub(entry.end);
            let there = start.and_then(|start| text.get(start..start + entry.word.len()));
            let is_there = there.is_some_and(|there| there.eq_ignore_ascii_case(entry.word.as_bytes()));
            if is_there {
                want(wanted, entry.owner);
            }
            all &= is_there;
        }
        all
    }
}

fn want(wanted: &mut [bool], owner: usize) {
    if let Some(wanted) = wanted.get_mut(owner) {
        *wanted = true;
    }
}

fn mark(table: &mut Table, hash: usize, is_set: bool) {
    if let Some(bits) = table.get_mut(hash / 64) {
        let bit = 1 << (hash % 64);
        *bits = if is_set { *bits | bit } else { *bits & !bit };
    }
}

/// The hash of the last three bytes once `byte` came.
const fn next(hash: usize, byte: u8) -> usize {
    (hash << BITS | (byte & 31) as usize) & (HASHES - 1)
}

/// How seldom a byte is taken for another that is frequent.
fn rarity(byte: u8) -> usize {
    let alike = |letter: &u8| letter & 31 == byte & 31;
    FREQUENT.iter().position(alike).unwrap_or(FREQUENT.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(words: &[&str], text: &[u8]) -> Vec<bool> {
        let all = words.iter().enumerate().map(|(owner, word)| (Cow::Owned((*word).to_owned()), owner));
        let mut wanted = vec![false; words.len()];
        Keywords::new(all).find(text, &mut wanted);
        wanted
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_is_there(words in proptest::collection::vec("[ab_ü.Z]{1,5}", 1..8), text in "[aAb_ü.zZ\n ]{0,40}") {
            let there = |word: &&str| text.to_ascii_lowercase().contains(&word.to_ascii_lowercase());
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            prop_assert_eq!(found(&words, text.as_bytes()), words.iter().map(there).collect::<Vec<_>>());
        }
    }

    #[test]
    fn words_at_either_end_and_bytes_that_are_no_text_are_seen() {
        assert_eq!(found(&["sk", "key", "\u{e4}"], b"KEY\xff\xc3\xa4sk"), [true, true, true]);
        assert_eq!(found(&["sk", "key"], b"s k ke y"), [false, false]);
        assert_eq!(found(&["sk"], b""), [false]);
    }
}
