//! Any three texts are merged without a panic; a side that changed nothing has no say; valid front matter stays valid.
#![no_main]

use cmpm::formats::Document;
use cmpm::formats::{Kind, Three, merge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str, &str)| {
    let (base, ours, theirs) = texts;
    for kind in [Kind::Record, Kind::Yaml, Kind::JsonLines, Kind::Text] {
        assert_eq!(merge(kind, &Three { base, ours, theirs: base }).text, ours);
        assert_eq!(merge(kind, &Three { base, ours: base, theirs }).text, theirs);
        let merged = merge(kind, &Three { base, ours, theirs });
        let is_sound = |text: &str| {
            let document = Document::parse(text.as_bytes().to_vec());
            document.front().is_some() && document.is_strict()
        };
        if kind == Kind::Record && [base, ours, theirs].into_iter().all(is_sound) {
            assert!(is_sound(&merged.text), "{}", merged.text);
        }
    }
});
