//! Tests of the search.

use proptest::prelude::*;

use super::snippet::piece;
use super::*;
use crate::base::text;

fn note<'a>(title: &'a str, tags: &'a str, body: &'a str) -> Source<'a> {
    Source { fields: vec![(title, Field::Title), (tags, Field::Tags), (body, Field::Body)] }
}

fn found(notes: &[Source<'_>], query: &str) -> Vec<usize> {
    let corpus = Corpus::new(notes.to_vec());
    search(&corpus, &Query::parse(query), 10).best.iter().map(|hit| hit.index).collect()
}

#[test]
fn title_before_tags_before_body() {
    let notes = [note("x", "y", "merge z"), note("x", "merge", "y z"), note("merge", "y", "x z"), note("x", "y", "z w")];
    assert_eq!(found(&notes, "merging"), [2, 1, 0]);
}

#[test]
fn rare_words_count_more_and_short_texts_more() {
    let long = "merge ".to_owned() + &"padding ".repeat(50);
    let notes = [note("", "", &long), note("", "", "merge driver"), note("", "", "merge tree"), note("", "", "driver")];
    assert_eq!(found(&notes, "merge"), [1, 2, 0]);
    assert_eq!(found(&notes, "merge driver"), [1, 3, 2, 0]);
}

#[test]
fn equal_answers_keep_their_order_and_the_limit_holds() {
    let notes: Vec<Source<'_>> = (0..20).map(|_| note("same", "", "words")).collect();
    assert_eq!(found(&notes, "words"), (0..10).collect::<Vec<_>>());
    assert_eq!(found(&notes, ""), [] as [usize; 0]);
}

#[test]
fn a_phrase_must_stand_there() {
    let notes =
        [note("", "", "the art of the state"), note("", "", "state of the art"), note("state", "", "art"), note("", "", "state of art")];
    assert_eq!(found(&notes, "\"state of the art\""), [1]);
    assert_eq!(found(&notes, "\"E0308\""), [] as [usize; 0]);
}

#[test]
fn words_side_by_side_are_better() {
    let notes = [note("", "", "lock one two three four five six file"), note("", "", "lock file one two three four five six")];
    assert_eq!(found(&notes, "lock file"), [1, 0]);
    let hits = search(&Corpus::new(notes.to_vec()), &Query::parse("lock file"), 1).best;
    assert!(hits[0].proximity > 0.0 && hits[0].score > hits[0].proximity);
    assert_eq!(hits[0].matched().collect::<Vec<_>>(), ["lock", "file"]);
    assert_eq!(hits[0].parts[0].counts, [0, 0, 0, 1]);
}

#[test]
fn names_from_code_are_found_whole_and_in_parts() {
    let notes = [note("", "", "error[E0308]: mismatched"), note("", "", "see `crate::fs::readFile`"), note("", "", "in src/fs/read.rs:10")];
    assert_eq!(found(&notes, "E0308"), [0]);
    assert_eq!(found(&notes, "readFile"), [1, 2]);
    assert_eq!(found(&notes, "src/fs/read.rs"), [2, 1]);
    assert_eq!(found(&notes, "mism*"), [0]);
}

#[test]
fn the_formula_is_the_one_of_the_paper() {
    let notes = [note("", "", "merge one"), note("", "", "two three four five")];
    let hits = search(&Corpus::new(notes.to_vec()), &Query::parse("merge"), 1).best;
    let (idf, tf) = ((1.0_f64 + 1.5 / 1.5).ln(), 1.0 / (0.25 + 0.75 * 2.0 / 3.0));
    assert!((hits[0].score - idf * tf / (1.2 + tf)).abs() < 1e-12);
}

#[test]
fn many_texts_are_ranked_as_few_are() {
    let text = "padding words ".repeat(2000);
    let bodies: Vec<String> = (0..40).map(|index| format!("{text}{}", "merge ".repeat(index % 7))).collect();
    let notes: Vec<Source<'_>> = bodies.iter().map(|body| note("", "", body)).collect();
    assert_eq!(found(&notes, "merge")[..5], [6, 13, 20, 27, 34]);
}

#[test]
fn a_snippet_shows_the_best_place() {
    let body = "# Intro\n\nNothing about it here, only one merge.\n\n".to_owned()
        + &"filler ".repeat(30)
        + "the merge driver is\tinstalled by init. More.";
    let shown = piece(&body, &Query::parse("merge driver"), 40);
    assert_eq!(shown.text, "…the merge driver is installed by init.…");
    let words: Vec<&str> = shown.hits.iter().map(|hit| shown.text.get(hit.clone()).unwrap()).collect();
    assert_eq!(words, ["merge", "driver"]);
    assert_eq!(piece("short\ntext", &Query::parse("nothing"), 40), Snippet { text: "short text".into(), hits: Vec::new() });
    assert_eq!(piece("use read_file now", &Query::parse("read_file"), 40).hits.first(), Some(&(4..13)));
}

proptest! {
    #[test]
    fn any_text_can_be_searched_for_in_any_text(texts in prop::collection::vec("\\PC{0,60}", 0..8), query in "\\PC{0,30}") {
        let notes: Vec<Source<'_>> = texts.iter().map(|text| note(text, "", text)).collect();
        let corpus = Corpus::new(notes);
        let query = Query::parse(&query);
        let hits = search(&corpus, &query, 5).best;
        prop_assert_eq!(&hits, &search(&corpus, &query, 5).best);
        prop_assert!(hits.iter().all(|hit| hit.score.is_finite() && hit.score >= 0.0));
    }

    #[test]
    fn a_text_is_found_by_its_own_words(words in prop::collection::vec("[a-zé]{1,6}([A-Z_:/][a-z0-9]{1,5}){0,2}", 1..6), pick in any::<prop::sample::Index>()) {
        let body = words.join(" ");
        let word: &String = pick.get(&words);
        prop_assert_eq!(found(&[note("", "", "xyzzy"), note("", "", &body)], word), [1]);
    }

    #[test]
    fn a_snippet_fits_and_its_hits_are_words(body in "(\\PC{0,10}|merge |日本 |\n){0,20}", columns in 0usize..60) {
        let shown = piece(&body, &Query::parse("merge 日 a*"), columns);
        prop_assert!(text::width(&shown.text) <= columns, "{:?}", shown);
        for pair in shown.hits.windows(2) {
            prop_assert!(pair[0].end <= pair[1].start);
        }
        prop_assert!(shown.hits.iter().all(|hit| shown.text.get(hit.clone()).is_some_and(|word| !word.is_empty())));
    }
}
