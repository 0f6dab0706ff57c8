//! Any bytes are read without a panic and come back; any edit keeps its promise or refuses.
#![no_main]

use cmpm::formats::{Document, Value, markdown};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for document in [Document::parse(bytes.to_vec()), Document::parse_yaml(bytes.to_vec())] {
        assert_eq!(document.bytes(), bytes);
        let body = document.body();
        for link in markdown::links(body) {
            assert!(body.get(link.range).is_some());
        }
        let _ = markdown::anchors(body);
        let _ = markdown::sections(body);
        for index in 0..markdown::checklist(body).len() {
            let _ = document.clone().check_item(index, true);
        }
        edit(&document);
    }
});

/// Edits the first fields and adds one; what was set must read back and the body must stay.
fn edit(document: &Document) {
    let keys = document.fields().iter().take(3).map(|field| field.key.as_str()).chain(["new"]);
    for key in keys {
        for value in [Value::from("a: b"), Value::texts(["x", "y #z"])] {
            let mut edited = document.clone();
            if edited.set(key, &value).is_ok() {
                assert_eq!(edited.field(key).map(|field| field.node.clone()), Some(value.to_node()));
                assert!(edited.body().ends_with(document.body()));
            } else {
                assert_eq!(&edited, document);
            }
        }
        let _ = document.clone().remove(key);
    }
    let _ = document.clone().append_section("Notes", "- note");
}
