//! What is written is read again, in every form; and importing the same twice changes nothing.

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::super::export::{bundle, table};
use super::super::file::comment::Comment;
use super::super::file::draft::Draft;
use super::base::{Base, place_in};
use super::own::{self, as_written};
use super::{pages, renew};
use crate::base::RepoPath;
use crate::config::Config;
use crate::document::Document;
use crate::exchange::{Source as Exported, SourceFile};
use crate::store::{Entry, Record, Source, Stored};
use crate::words::{Kind, Properties, Property};

fn line() -> impl Strategy<Value = String> {
    "[!-~é→][ -~é\u{2028}=+@]{0,20}[!-~]"
}

fn text() -> impl Strategy<Value = String> {
    "([!-~é][ -~\té]{0,12}[!-~]\n{0,2}){0,4}".prop_map(|text| super::super::file::draft::plain_body(&text))
}

fn value() -> impl Strategy<Value = Json> {
    let leaf =
        prop_oneof![Just(Json::Null), any::<bool>().prop_map(Json::from), any::<i32>().prop_map(Json::from), line().prop_map(Json::from)];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            prop::collection::vec(("[a-z ]{1,6}", inner), 0..3).prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

fn said() -> impl Strategy<Value = Comment> {
    (prop::option::of(line()), prop::option::of(line()), text()).prop_map(|(created, author, text)| Comment {
        created,
        author,
        text,
        more: Map::new(),
    })
}

prop_compose! {
    fn draft()(
        title in line(), body in text(), assignee in prop::option::of(line()), labels in prop::collection::vec(line(), 0..3),
        links in prop::collection::vec("[a-z]{2,5}-[0-9]{1,3}", 0..3), comments in prop::collection::vec(said(), 0..3),
        imported in prop::collection::vec(("[a-z_]{1,8}", value()), 0..3), parent in prop::option::of("EP-[0-9]{3}"),
    ) -> Draft {
        let mut labels = labels;
        let mut seen = std::collections::HashSet::new();
        labels.retain(|label| seen.insert(label.clone()));
        let mut links = links;
        links.sort();
        links.dedup();
        let mut draft = Draft {
            id: Some("ISS-1".into()), kind: Some(Kind::Issue), body, comments,
            properties: Properties {
                title, status: "active".into(), priority: Some("high".to_owned()).into(), parent: parent.into(), assignee: assignee.into(),
                labels: labels.into(), depends_on: links.clone().into(), discovered_from: links.into(), ..Properties::default()
            },
            ..Draft::default()
        };
        for (key, mut value) in imported {
            as_written(&mut value);
            draft.keep(&key, value);
        }
        draft
    }
}

fn read(text: &str) -> Draft {
    pages::read_page(text.to_owned(), &RepoPath::parse("tasks/issues/ISS-1.md").unwrap(), &Config::default()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_ticket_is_read_as_it_was_written(draft in draft()) {
        let comments: Vec<Comment> = draft.comments.iter()
            .map(|said| Comment::of(&Document::parse(said.render(&crate::base::Id::parse("ISS-1").unwrap()).into_bytes()))).collect();
        prop_assert_eq!(Draft { comments, ..read(&draft.render("ISS-1")) }, draft);
    }

    #[test]
    fn a_table_and_a_bundle_are_read_as_they_were_written(one in draft(), two in draft()) {
        let all = [one, Draft { id: Some("ISS-2".into()), ..two }];
        let rows: Vec<Draft> = table::read(&table::render(&all)).into_iter().map(|(_, row)| Draft::read(row.unwrap()).unwrap().0).collect();
        prop_assert_eq!(&rows, &all);
        let bundled = bundle::render(&all);
        let parts = bundle::split(&bundled);
        let pages: Vec<Draft> = parts.iter().map(|(_, page, comments)| {
            let comments = comments.iter().map(|text| Comment::of(&Document::parse(text.as_bytes().to_vec()))).collect();
            Draft { comments, ..read(page) }
        }).collect();
        prop_assert_eq!(&pages, &all);
    }

    #[test]
    fn what_is_imported_again_is_the_same(draft in draft(), other in draft()) {
        let base = Base::of(&draft);
        let written = Draft { external: vec![place_in("x", "1", None, &base)], ..draft.clone() }.render("ISS-1");
        let (path, document) = (RepoPath::parse("tasks/issues/ISS-1.md").unwrap(), Document::parse(written.into_bytes()));
        let record = <super::Ticket as Record>::read(&Entry { path: &path, document: &document, config: &Config::default() }, &mut Vec::new()).unwrap();
        let stored = Stored { record, path, document, source: Source::WorkTree };
        let again = renew(&stored, &draft, &super::base_of(&stored, "x"), "x").unwrap();
        prop_assert_eq!((again.keys, again.clashes, again.comments), (vec![], vec![], false));
        prop_assert_eq!(again.document.bytes(), stored.document.bytes());
        // What changed there is all taken over where nothing changed here.
        let renewed = renew(&stored, &other, &super::base_of(&stored, "x"), "x").unwrap();
        prop_assert_eq!(renewed.clashes, Vec::<String>::new());
        let after = Draft { external: Vec::new(), comments: other.comments.clone(), ..read(renewed.document.as_str()) };
        prop_assert_eq!(after, other);
    }
}

/// The value of a key in a form that is not ours, with `a1` and `b2` or another scalar somewhere in it.
const FORMS: [(&str, &[&str]); 8] = [
    ("{x: a1, y: {z: b2}}", &["a1", "b2"]),
    ("[{x: a1}]", &["a1"]),
    ("[{x: a1}, {x: b2}]", &["a1", "b2"]),
    ("[[a1], b2]", &["a1", "b2"]),
    ("[[a1]]", &["a1"]),
    ("[a1, b2]", &["a1", "b2"]),
    ("1717", &["1717"]),
    ("true", &["true"]),
];

#[test]
fn whatever_stands_behind_a_key_goes_out_and_comes_back() {
    let config = Config::default();
    let keys = Property::ALL.iter().flat_map(|property| property.row().keys.iter().map(move |key| (*property, *key)));
    for ((property, key), (form, leaves)) in keys.flat_map(|key| FORMS.map(|form| (key, form))) {
        let other = |known: &str, value: &str| if key == known { String::new() } else { format!("{known}: {value}\n") };
        let page = format!("---\nid: ISS-1\nkind: issue\n{}{}{key}: {form}\n---\n", other("title", "T"), other("status", "active"));
        let Ok(draft) = pages::read_page(page.clone(), &RepoPath::parse("tasks/issues/ISS-1.md").unwrap(), &config) else {
            assert_eq!(property, Property::Title, "{page}");
            continue;
        };
        let forms = [
            ("all.jsonl", serde_json::to_string(&draft).unwrap()),
            ("all.csv", table::render(std::slice::from_ref(&draft))),
            ("all.md", bundle::render(std::slice::from_ref(&draft))),
        ];
        for (name, text) in forms {
            let file = SourceFile { place: RepoPath::parse(name).unwrap(), text: text.clone() };
            let parcel = own::read(&Exported { files: vec![file], ..Exported::default() }, &config);
            let written =
                parcel.items.first().unwrap_or_else(|| panic!("{name}: {:?}\n{page}{text}", parcel.findings)).draft.render("ISS-1");
            assert!(leaves.iter().all(|leaf| written.contains(leaf)), "{page}{name}:\n{text}\n{written}");
            assert_eq!(json!(read(&written)), json!(draft), "{page}{name}:\n{text}\n{written}");
        }
    }
}
