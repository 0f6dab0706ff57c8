//! What holds for arbitrary bytes and arbitrary edits.

use proptest::prelude::*;

use super::document;
use crate::document::{Document, Value, render_new};

/// Lines of front matter, sound and broken.
fn front_matter() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => "[a-e]: [ -~é]{0,10}",
        2 => "[a-e]:\n(  - [a-z@: #']{0,6}\n){1,3}  # x",
        1 => "[a-e]: (\\||>-)\n  [ -~]{0,6}\n\n  [a-z]{0,6}",
        1 => "[a-e]: ['\"\\[{&*!|>%@`-]?[ -~]{0,8}",
        1 => "[ #a-z:-]{0,8}",
    ];
    (prop::collection::vec(line, 0..6), "(\n|\r\n|\r)", "[ -~\n]{0,20}").prop_map(|(lines, end, body)| {
        let text = format!("---\n{}\n---\n{body}", lines.join("\n"));
        text.replace('\n', &end)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..200), front in any::<bool>()) {
        let bytes = if front { [b"---\n".as_slice(), &bytes, b"\n---\n"].concat() } else { bytes };
        prop_assert_eq!(Document::parse(bytes.clone()).bytes().to_vec(), bytes.clone());
        prop_assert_eq!(Document::parse_yaml(bytes.clone()).bytes().to_vec(), bytes);
    }

    #[test]
    fn any_front_matter_comes_back(text in front_matter()) {
        let document = document(&text);
        prop_assert_eq!(document.bytes(), text.as_bytes());
        prop_assert!(document.as_str().ends_with(document.body()));
    }

    #[test]
    fn an_edit_leaves_the_rest_alone(text in front_matter(), key in "[a-f]", value in "[ -~é\n]{0,12}") {
        let before = document(&text);
        let mut after = before.clone();
        if after.set(&key, value.as_str()).is_ok() {
            prop_assert_eq!(after.field(&key).and_then(|field| field.node.as_text()), Some(value.as_str()));
            prop_assert_eq!(after.body().trim_start(), before.body().trim_start());
            let others = |document: &Document| -> Vec<_> {
                document.fields().iter().filter(|field| field.key != key).map(|field| (field.key.clone(), field.node.clone())).collect()
            };
            prop_assert_eq!(others(&after), others(&before));
            let lines = |text: &str| text.split(['\n', '\r']).filter(|line| line.starts_with(|c: char| c != key.chars().next().unwrap())).map(str::to_owned).collect::<Vec<_>>();
            let kept = lines(after.as_str());
            let keys: Vec<String> = lines(before.as_str()).into_iter().filter(|line| !line.starts_with([' ', '-'])).collect();
            prop_assert!(keys.iter().all(|line| kept.contains(line)));
        } else {
            prop_assert_eq!(&after, &before);
        }
    }

    #[test]
    fn what_was_set_reads_back(key in "\\PC{1,8}", text in any::<String>(), texts in prop::collection::vec(any::<String>(), 0..4)) {
        let mut document = document("---\nid: x # y\n---\nbody\n");
        document.set("text", text.as_str()).unwrap();
        document.set("texts", texts.clone()).unwrap();
        document.set("text", texts.concat()).unwrap();
        document.set("text", text.as_str()).unwrap();
        prop_assert_eq!(document.field("text").unwrap().node.as_text(), Some(text.as_str()));
        prop_assert_eq!(document.field("texts").unwrap().node.items().len(), texts.len());
        prop_assert_eq!(document.body(), "body\n");
        if document.set(&key, "odd key").is_ok() {
            prop_assert_eq!(document.text(&key), Some("odd key".to_owned()));
        }
        prop_assert!(document.as_str().starts_with("---\nid: x # y\n") || key == "id");
    }

    #[test]
    fn a_new_file_reads_back_everywhere(text in "(\\PC|\n|[\t :#'\"-]){0,30}", wild in any::<String>(), items in prop::collection::vec("(\\PC|\n| ){0,9}", 0..4)) {
        let fields = [("a", Value::from(text.as_str())), ("b", wild.as_str().into()), ("c", items.clone().into())];
        let file = render_new(&fields, "body");
        let document = document(&file);
        let yaml = document.layout.clone().and_then(|layout| file.get(layout.yaml)).unwrap();
        let yaml: Vec<serde_yaml::Value> = serde_yaml::from_str::<serde_yaml::Mapping>(yaml).unwrap().into_values().collect();
        let theirs: Vec<_> = yaml[2].as_sequence().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect();
        let ours: Vec<_> = document.field("c").unwrap().node.items().iter().map(|item| item.as_text().unwrap().to_owned()).collect();
        prop_assert!(document.is_strict());
        prop_assert_eq!(document.field("a").unwrap().node.as_text(), Some(text.as_str()));
        prop_assert_eq!(document.field("b").unwrap().node.as_text(), Some(wild.as_str()));
        prop_assert_eq!((yaml[0].as_str(), yaml[1].as_str()), (Some(text.as_str()), Some(wild.as_str())));
        prop_assert_eq!((&ours, &theirs), (&items, &items));
    }
}
#[test]
fn a_comment_inside_a_damaged_value_is_not_lost() {
    let before = document("---\ne: |\n  \n\n  \n#\n :\n---\n");
    let mut after = before.clone();
    after.set("e", "").unwrap_err();
    assert_eq!(after, before);
}
