//! Fields that are in the body of a file.

use super::*;

fn parse(text: &str) -> Document {
    static WORDS: std::sync::LazyLock<Vocabulary> = std::sync::LazyLock::new(|| Vocabulary {
        lists: vec!["tags", "labels", "assignees", "dependencies", "blocked_by", "related"],
        unmarked: vec![
            "status",
            "priority",
            "type",
            "assignee",
            "labels",
            "tags",
            "epic",
            "created",
            "due_date",
            "issue_id",
            "dependencies",
        ],
    });
    Document::parse_headed(text.as_bytes().to_vec(), &WORDS)
}

fn fields(text: &str) -> String {
    let document = parse(text);
    let show = |field: &Field| match &field.node {
        Node::Scalar(text) => format!("{}={text}", field.key),
        node => format!("{}={:?}", field.key, node.texts()),
    };
    document.fields().iter().map(show).collect::<Vec<_>>().join(" | ")
}

fn edited(text: &str, key: &str, value: impl Into<Value>) -> String {
    let mut document = parse(text);
    document.set(key, value).unwrap();
    document.as_str().to_owned()
}

#[test]
fn lines_below_the_title_are_fields() {
    assert_eq!(
        fields(
            "# ISS-0128: Bus fails\n\n**Status**: Resolved  \n- **Story Points:** 5\nPriority: High\nNote: prose\n**Tags**: a, b\n\n## Details\n**Owner**: x\n"
        ),
        "id=ISS-0128 | title=Bus fails | status=Resolved | story_points=5 | priority=High | tags=[\"a\", \"b\"]"
    );
    assert_eq!(
        fields("# Refactor it (2,620 lines)\r\n\r\n**Issue ID**: ISS-0154  \r\n**Assignee**: None\r\n"),
        "title=Refactor it (2,620 lines) | issue_id=ISS-0154 | assignee=[]"
    );
    assert_eq!(fields("# ISS-0085 Phase 2 Assessment\n**Bold line**\n"), "title=ISS-0085 Phase 2 Assessment");
    assert_eq!(fields("```\n**Status**: x\n```\n"), "");
}

#[test]
fn a_line_can_hold_several_fields_and_prose_holds_none() {
    let text = "# ISS-1: A\n\n**Status**: open **Priority**: high\n- **Assignee:** **bob** | **Labels:** `a`, `b`\n\n## Text\n";
    assert_eq!(fields(text), "id=ISS-1 | title=A | status=open | priority=high | assignee=bob | labels=[\"a\", \"b\"]");
    assert_eq!(edited(text, "status", "closed"), text.replace("open", "closed"));
    assert_eq!(edited(text, "priority", "low"), text.replace("high", "low"));
    let removed = |key: &str| {
        let mut document = parse(text);
        document.remove(key).unwrap();
        document.as_str().to_owned()
    };
    assert_eq!(removed("status"), text.replace("**Status**: open ", ""));
    assert_eq!(removed("priority"), text.replace(" **Priority**: high", ""));
    assert_eq!(removed("labels"), text.replace(" | **Labels:** `a`, `b`", ""));
    assert_eq!(parse(text).body_without_headers(&[]), "# ISS-1: A\n\n\n## Text\n");
    assert_eq!(parse(text).body_without_headers(&["priority"]), "# ISS-1: A\n\n**Status**: open **Priority**: high\n\n## Text\n");

    for prose in ["It is late.\nPriority: high\n", "Priority: we think that it is high.\n", "Status: open\nsays Bob\n"] {
        let text = format!("# ISS-1: A\n\n**Type**: bug\n\n{prose}");
        assert_eq!(fields(&text), "id=ISS-1 | title=A | type=bug", "{prose}");
    }
    assert_eq!(fields("# ISS-1: A\n\nReporter: Ann\nStatus: open\n---\n"), "id=ISS-1 | title=A | status=open");
}

#[test]
fn what_stands_below_a_known_heading_is_a_field() {
    let text = "# ISS-0179 - Memory\n\n## Priority\n**CRITICAL** - it hurts\n\n## Status\n\nopen\n\n## Labels\n- a\n## Notes\nx\n";
    assert_eq!(fields(text), "id=ISS-0179 | title=Memory | priority=CRITICAL | status=open");
    assert_eq!(edited(text, "priority", "low"), text.replace("CRITICAL", "low"));
    assert_eq!(edited(text, "status", "closed"), text.replace("\nopen\n", "\nclosed\n"));
    assert_eq!(edited(text, "assignee", "ana"), text.replacen("Memory\n", "Memory\n\n**Assignee**: ana\n", 1));
}

#[test]
fn an_edit_is_one_line() {
    let text = "\u{feff}# T\r\n\r\n**Status**: open  \r\n**Tags:** a\r\n\r\ntext\r\n";
    assert_eq!(edited(text, "status", "closed"), text.replace("open", "closed"));
    assert_eq!(edited(text, "tags", Value::texts(["a", "b"])), text.replace("** a", "** a, b"));
    assert_eq!(edited(text, "title", "New"), text.replace("# T", "# New"));
    // Among lines that end in a break it is not the last, which has none.
    assert_eq!(edited(text, "due_date", "2026-01-01"), text.replace("**Tags", "**Due Date**: 2026-01-01  \r\n**Tags"));
    let mut document = parse(text);
    document.remove("status").unwrap();
    assert_eq!(document.as_str(), text.replace("**Status**: open  \r\n", ""));
    assert!(document.remove("title").is_err() && document.set("status", "a\nb").is_err());
    assert_eq!(edited("**Status:**", "status", "open"), "**Status:** open");
    assert_eq!(edited("# T", "status", "open"), "# T\n\n**Status**: open\n");
}

#[test]
fn front_matter_goes_before_the_body() {
    let text = "---\nstatus: open\n---\n# T\n**Status**: closed\n";
    assert_eq!(fields(text), "status=open");
    assert!(!parse(text).is_headed());
    assert_eq!(Document::parse(b"# T\n**Status**: open\n".to_vec()).fields(), []);
}

#[test]
fn the_body_may_change_and_its_fields_may_not() {
    let mut document = parse("# T\n**Status**: open\n\n## Description\n\nx\n");
    document.append_section("Description", "y").unwrap();
    assert_eq!(document.as_str(), "# T\n**Status**: open\n\n## Description\n\nx\n\ny\n");
    assert!(document.append_section("Description", "## Priority\nlow").is_err());
    let mut conflict = parse("# T\n**Status**: open\n<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n");
    assert!(conflict.set("status", "closed").is_err());
}
