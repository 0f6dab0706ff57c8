//! Where a text stands: what looks like a secret or somebody's data matters most in records, and least where tests keep theirs.

use crate::base::RepoPath;
use crate::engine::policy::{Sample, holds_secrets, instructs, is_page, sample};

/// Folders in which trackers keep tickets, besides those of cmpm.
const TRACKERS: [&str; 6] = ["tasks/", "tickets/", "trackdown/", "backlog/", ".tickets/", ".beads/"];
/// Ends of the names of records.
const RECORDS: [&str; 6] = ["md", "markdown", "yaml", "yml", "json", "jsonl"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A ticket, a memory, a page of a run.
    Record,
    /// A page of documentation, or an example.
    Document,
    Test,
    /// What a test reads.
    Fixture,
    Other,
}

impl Place {
    pub(super) fn of(path: &RepoPath) -> Self {
        let name = path.name();
        let end = name.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
        let path_text = path.lossy();
        let (folders, has) = (path.parent(), |kind: Sample, text: &str| text.split('/').any(|part| sample(part) == Some(kind)));
        match () {
            () if path_text.starts_with(".cmpm/") => Self::Record,
            () if TRACKERS.iter().any(|top| path_text.starts_with(top)) && RECORDS.contains(&end.as_str()) => Self::Record,
            () if has(Sample::Fixture, &path_text) && !holds_secrets(path) => Self::Fixture,
            () if instructs(path) || holds_secrets(path) => Self::Other,
            () if has(Sample::Test, &path_text) => Self::Test,
            () if is_page(path) || has(Sample::Example, &folders.lossy()) => Self::Document,
            () => Self::Other,
        }
    }

    /// The same of a text that may be a ticket although its folder does not say so.
    pub(super) fn of_text(path: &RepoPath, bytes: &[u8]) -> Self {
        let head = bytes.strip_prefix(b"---").and_then(|rest| rest.get(..memchr::memmem::find(rest, b"\n---")?));
        let is_ticket = head.is_some_and(|head| memchr::memmem::find(head, b"\nstatus:").is_some());
        Some(Self::of(path)).filter(|place| !is_ticket || *place != Self::Document).unwrap_or(Self::Record)
    }

    /// Whether what is kept here is rarely meant.
    pub(super) fn is_lax(self) -> bool {
        matches!(self, Self::Document | Self::Test | Self::Fixture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_what_a_text_is_for() {
        for (path, place) in [
            (".cmpm/memory/project/MEM-1.md", Place::Record),
            ("tasks/issues/ISS-1-tests.md", Place::Record),
            (".beads/issues.jsonl", Place::Record),
            (".cmpm/memory/fixtures/MEM-1.md", Place::Record),
            ("tasks/snapshots/a.md", Place::Record),
            ("tasks/snapshots/a.snap", Place::Fixture),
            ("tasks/local-test.sh", Place::Test),
            ("tasks/build.sh", Place::Other),
            ("docs/config.rst", Place::Document),
            ("README.md", Place::Document),
            ("examples/jwt/src/main.rs", Place::Document),
            ("AGENTS.md", Place::Other),
            ("docs/conf.py", Place::Other),
            ("src/contest/latest.rs", Place::Other),
            ("src/example.rs", Place::Other),
            ("notes.txt", Place::Other),
            ("", Place::Other),
            ("pkg/a_test.go", Place::Test),
            ("web/a.spec.ts", Place::Test),
            ("spec/a.rb", Place::Test),
            ("web/spec_helper.rb", Place::Other),
            ("web/templates/a.html", Place::Other),
            ("web/__tests__/a.ts", Place::Test),
            ("lib/src/jvmTest/resources/urls.txt", Place::Test),
            ("src/main/ATest.java", Place::Test),
            ("tests/fixtures/a.env", Place::Fixture),
            ("tests/.env", Place::Other),
            ("tests/fixtures/server.pem", Place::Other),
            ("docs/deploy/id_rsa", Place::Other),
            ("examples/credentials.json", Place::Other),
            ("tests/gcp-service-account-1.json", Place::Other),
            ("tests/application-prod.yml", Place::Other),
            ("testdata/production/a.yml", Place::Other),
            ("tests/secrets/a_test.go", Place::Other),
            ("tests/deploy_test.go", Place::Test),
            ("tests/credentials_test.go", Place::Test),
            ("docs/deploy/README.md", Place::Document),
            ("tests/product/a.txt", Place::Test),
        ] {
            let path = if path.is_empty() { RepoPath::default() } else { RepoPath::parse(path).unwrap() };
            assert_eq!(Place::of(&path), place, "{path:?}");
        }
    }
}
