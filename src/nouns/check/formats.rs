//! Findings for programs that show them next to the code.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::base::{Finding, RepoPath, Severity};

/// SARIF 2.1.0: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
pub(super) fn sarif(findings: &[Finding]) -> String {
    let ids: BTreeSet<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    let rules: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    let results: Vec<Value> = findings.iter().map(result).collect();
    let driver = json!({
        "name": "cmpm",
        "version": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules,
    });
    let whole = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "results": results }],
    });
    format!("{whole:#}\n")
}

fn result(finding: &Finding) -> Value {
    let level = match finding.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let text = match &finding.hint {
        Some(hint) => format!("{} ({hint})", finding.message),
        None => finding.message.clone(),
    };
    let mut location = json!({ "artifactLocation": { "uri": uri(&finding.path) } });
    if let (Some(line), Some(object)) = (finding.line, location.as_object_mut()) {
        object.insert("region".to_owned(), json!({ "startLine": line.max(1) }));
    }
    json!({ "ruleId": finding.rule, "level": level, "message": { "text": text }, "locations": [{ "physicalLocation": location }] })
}

/// A path as a relative URI.
fn uri(path: &RepoPath) -> String {
    let mut uri = String::new();
    for byte in path.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// Workflow commands: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>
pub(super) fn github(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let command = match finding.severity {
            Severity::Note => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let mut properties = vec![format!("file={}", property(&finding.path.lossy()))];
        properties.extend(finding.line.map(|line| format!("line={line}")));
        properties.push(format!("title={}", property(&finding.rule)));
        let hint = finding.hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default();
        let _ = writeln!(out, "::{command} {}::{}", properties.join(","), data(&format!("{}{hint}", finding.message)));
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rule;

    fn findings() -> Vec<Finding> {
        let path = |text: &str| RepoPath::parse(text).unwrap();
        vec![
            Finding::new(Rule::BrokenLink, Severity::Error, path("docs/a b,c.md"), "50%:\nno").at(3).hint("fix"),
            Finding::new(Rule::Role, Severity::Warning, path("x"), "m"),
        ]
    }

    #[test]
    fn annotations_cannot_be_broken_by_what_they_say() {
        let expected = "::error file=docs/a b%2Cc.md,line=3,title=broken-link::50%25:%0Ano%0Afix\n::warning file=x,title=role::m\n";
        assert_eq!(github(&findings()), expected);
    }

    #[test]
    fn sarif_has_rules_levels_and_places() {
        let value: Value = serde_json::from_str(&sarif(&findings())).unwrap();
        let run = &value["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"], json!([{ "id": "broken-link" }, { "id": "role" }]));
        let place = &run["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place, &json!({ "artifactLocation": { "uri": "docs/a%20b%2Cc.md" }, "region": { "startLine": 3 } }));
        assert_eq!(run["results"][1]["level"], "warning");
        assert!(run["results"][1]["locations"][0]["physicalLocation"].get("region").is_none());
    }
}
