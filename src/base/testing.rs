//! Holds documents to the code: where one repeats a number, a test next to the number asks for the words with it in them.

use std::fs::File;
use std::path::Path;

const WORDS: [&str; 11] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

pub fn document(name: &str) -> String {
    File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).and_then(std::io::read_to_string).unwrap()
}

/// The same as one line; of a source file, whose doc comments are the help, without what marks them.
pub fn page(name: &str) -> String {
    document(name).split_whitespace().filter(|word| *word != "///").collect::<Vec<_>>().join(" ")
}

/// That a document has these words.
pub fn assert_says(name: &str, words: &str) {
    assert!(page(name).contains(words), "{name} does not say `{words}`; if the number changed, change it there too");
}

/// A small number as prose has it.
pub fn word(number: usize) -> &'static str {
    WORDS[number]
}
