//! Ticket files in every form that was ever written, also those without front matter.

use std::collections::BTreeMap;

use super::{adopted, changed_lines, listed, text};
use crate::support::TestRepo;

/// The tickets among the real files that have no front matter, as a person reads them: tree, path, id, kind, status, title.
const HEADED: [[&str; 6]; 11] = [
    [
        "claude-multiagent-pm",
        "tasks/issues/ISS-0179.md",
        "ISS-0179",
        "issue",
        "PARTIALLY COMPLETE",
        "Memory Optimization Implementation to Prevent Session Interruptions",
    ],
    [
        "claude-multiagent-pm",
        "tickets/epics/completed/EP-0043-code-maintainability-reduce-file-sizes-to-1000-lines.md",
        "EP-0043",
        "epic",
        "closed",
        "Code Maintainability: Reduce File Sizes to 1000 Lines",
    ],
    [
        "claude-multiagent-pm",
        "tickets/issues/ISS-0128-message-bus-initialization-failures-causing-orchestration-fallback.md",
        "ISS-0128",
        "issue",
        "Resolved",
        "Message Bus Initialization Failures Causing Orchestration Fallback",
    ],
    [
        "claude-multiagent-pm",
        "tickets/issues/ISS-0128-message-bus-initialization-fix.md",
        "ISS-0128",
        "issue",
        "RESOLVED",
        "Message Bus NoneType Error in Orchestration",
    ],
    [
        "claude-multiagent-pm",
        "tickets/issues/ISS-0154-refactor-parent-directory-manager-py-2620-lines.md",
        "ISS-0154",
        "issue",
        "open",
        "Refactor parent_directory_manager.py (2,620 lines)",
    ],
    [
        "claude-multiagent-pm",
        "tickets/issues/ISS-0168-refactor-project-config-repository-py-1139-lines.md",
        "ISS-0168",
        "issue",
        "open",
        "Refactor project_config_repository.py (1,139 lines)",
    ],
    [
        "ai-trackdown-tools",
        "trackdown/ATT-001-CLI-FOUNDATION.md",
        "ATT-001",
        "issue",
        "🎯 READY FOR DEVELOPMENT",
        "AI Trackdown CLI Foundation Development",
    ],
    [
        "ai-trackdown-tools",
        "trackdown/ATT-002-CONFIGURABLE-DIRECTORY-ROOT.md",
        "ATT-002",
        "issue",
        "🚨 CRITICAL BUG - READY FOR DEVELOPMENT",
        "Configurable Issue Documents Root Directory",
    ],
    [
        "ai-trackdown-tools",
        "trackdown/ATT-003-COMPLETE-REDESIGN-AI-TRACKDOWN-COMPLIANCE.md",
        "ATT-003",
        "issue",
        "🚨 CRITICAL REDESIGN - READY FOR DEVELOPMENT",
        "Complete Redesign for ai-trackdown Compliance",
    ],
    [
        "ai-trackdown-tools",
        "trackdown/ATT-004-FIX-TASK-DIRECTORY-STRUCTURE.md",
        "ATT-004",
        "issue",
        "🚨 CRITICAL BUG - READY FOR DEVELOPMENT",
        "Fix Task Directory Structure - Single Root Directory Implementation",
    ],
    [
        "ai-trackdown-tools",
        "trackdown/ATT-005-FIX-CLI-EXECUTION-FAILURE.md",
        "ATT-005",
        "issue",
        "🚨 BLOCKING BUG - READY FOR DEVELOPMENT",
        "Fix CLI Execution Failure - Enable Proper Command Line Interface",
    ],
];

/// `path → (id, kind, status, title)` of such files in a tree.
pub fn headed(tree: &str) -> BTreeMap<String, [String; 4]> {
    let rows = HEADED.iter().filter(|row| row[0] == tree);
    rows.map(|[_, path, id, kind, status, title]| ((*path).to_owned(), [id, kind, status, title].map(|word| (*word).to_owned()))).collect()
}

#[test]
fn files_without_front_matter_are_edited_line_by_line_too() {
    for tree in ["claude-multiagent-pm", "ai-trackdown-tools"] {
        let repo = adopted(tree);
        for (path, [_, kind, status, title]) in headed(tree) {
            let before = repo.read(&path);
            repo.cmpm([&kind, "update", &path, "--title", "Another title"]).success();
            assert_eq!(repo.read(&path), before.replacen(&title, "Another title", 1));
            repo.git(["checkout", "-q", "."]);
            repo.cmpm([&kind, "update", &path, "--priority", "medium"]).success();
            let changed = &changed_lines(&repo)[&path];
            let lines: Vec<&str> = changed.lines().collect();
            match lines.as_slice() {
                [old, new] if old.starts_with('-') => assert!(new.contains("medium") && new.starts_with('+'), "{changed}"),
                added => assert_eq!(added.concat(), "+**Priority**: medium+", "{path}"),
            }
            assert_eq!(repo.json([&kind, "show", &path])["data"]["priority"], "medium");
            repo.git(["checkout", "-q", "."]);
            let closed = ["closed", "Resolved", "RESOLVED"].contains(&status.as_str());
            let word = if closed { "open" } else { "closed" };
            repo.cmpm([kind.as_str(), if closed { "reopen" } else { "complete" }, &path]).success();
            assert_eq!(repo.read(&path), before.replacen(&status, word, 1), "{path}");
            assert_eq!(repo.json([&kind, "show", &path])["data"]["category"], if closed { "todo" } else { "done" });
            repo.git(["checkout", "-q", "."]);
        }
    }
}

/// A ticket in each form that ai-trackdown and those before it wrote, as (path, text).
const FORMS: [(&str, &str); 6] = [
    (
        "tasks/issues/ISS-0301-camel.md",
        "---\nid: ISS-0301\ntitle: Camel\nstatus: planning\nepicId: EPIC-0300\nlabels: [bug]\ncreatedAt: 2024-01-15T10:30:00-05:00\nupdatedAt: 2024-01-15T10:30:00-05:00\n---\n\n# Camel\n",
    ),
    (
        "tasks/epics/EPIC-0300-camel.md",
        "---\nid: EPIC-0300\ntitle: Camel epic\nstatus: in-progress\ncreatedAt: 2024-01-15T10:30:00-05:00\n---\n",
    ),
    ("trackdown/issues/M01-009-old.md", "# Old one\r\n\r\n**Type:** Bug\r\n**Status:** Open\r\n**Labels:** a, b\r\n\r\nText.\r\n"),
    (
        "tasks/issues/ISS-0302-sections.md",
        "\u{feff}# ISS-0302 - Sections\n\n## Status\nin progress\n\n## Priority\nHigh\n\n## Assignee\nmasa\n",
    ),
    (
        "tasks/prs/active/review/PR-0303-change.md",
        "---\npr_id: PR-0303\nissue_id: ISS-0302\ntitle: Change\nstatus: active\npr_status: review\n---\n",
    ),
    (
        "tasks/tasks/TSK-0304-nodotmd",
        "---\ntask_id: TSK-0304\nissue_id: ISS-0302\ntitle: No dot\nstatus: active\ncontent: |-\n  # Same\nfile_path: /Users/x/y.md\n---\n# Same\n",
    ),
];

#[test]
fn every_form_is_read_and_written_in_its_own_words() {
    let repo = TestRepo::new();
    for (path, text) in FORMS {
        repo.write(path, text);
    }
    repo.write("tasks/prs/reviews/PR-0303-review.md", "---\npr_id: PR-0303\ntitle: not a ticket\n---\n");
    repo.write("tasks/templates/issue-default.md", "---\nid: x\n---\n");
    repo.write("tasks/README.md", "# Tickets\n\n**Status**: fine\n");
    repo.write("tasks/step-1-plan.md", "# Plan\n\n**Status**: done\n");
    repo.write("tasks/.ai-trackdown-index", "{}");
    repo.write("tasks/.ai-trackdown/counters.json", "{}");
    repo.commit_all("forms");
    let list = repo.json(["ticket", "list", "--all"]);
    let rows: Vec<_> = listed(&list).into_values().map(|row| row.join(" ")).collect();
    assert_eq!(
        rows,
        [
            "EPIC-0300 epic in-progress Camel epic",
            "ISS-0301 issue planning Camel",
            "ISS-0302 issue in progress Sections",
            "PR-0303 pr active Change",
            "TSK-0304 task active No dot",
            "M01-009 issue Open Old one",
        ]
    );
    assert_eq!(list["findings"].as_array().unwrap().len(), 2, "{list}");
    assert_eq!(repo.json(["issue", "show", "ISS-301"])["data"]["parent"], "EPIC-0300");
    for (id, word) in [("ISS-0301", "in-progress"), ("M01-009", "in-progress"), ("TSK-0304", "active"), ("PR-0303", "active")] {
        repo.cmpm(["ticket", "update", id, "--status", "in_progress"]).success();
        assert_eq!(repo.json(["ticket", "show", id])["data"]["status"], word, "{id}");
    }
    repo.cmpm(["ticket", "update", "M01-009", "--label", "c", "--assignee", "ana", "--due", "2026-02-01"]).success();
    assert_eq!(
        repo.read(FORMS[2].0),
        "# Old one\r\n\r\n**Type:** Bug\r\n**Status:** in-progress\r\n**Labels:** a, b, c\r\n**Assignee:** ana\r\n**Due Date:** 2026-02-01\r\n\r\nText.\r\n"
    );
    repo.cmpm(["issue", "complete", "ISS-0302"]).success();
    assert_eq!(repo.read(FORMS[3].0), FORMS[3].1.replace("in progress", "closed"));
    repo.cmpm(["task", "complete", "TSK-304"]).success();
    assert_eq!(repo.read(FORMS[5].0), FORMS[5].1.replace("active", "completed"));
}

#[test]
fn their_settings_name_the_folder_and_the_prefixes() {
    let repo = TestRepo::new();
    repo.write(
        ".ai-trackdown/config.yaml",
        "tasks_directory: work\nnaming_conventions:\n  issue_prefix: BUG\ngithub_sync:\n  token: hushed\n",
    );
    repo.write("work/BUG-0001-x.md", "---\nid: BUG-0001\ntitle: X\nstatus: planning\n---\n");
    repo.commit_all("theirs");
    assert_eq!(repo.json(["issue", "list"])["data"]["tickets"][0]["id"], "BUG-0001");
    let created = repo.json(["issue", "create", "New"]);
    let path = text(&created["data"]["path"]);
    assert!(path.starts_with("work/issues/BUG-"), "{path}");
    assert!(!repo.cmpm(["config", "list", "--origin"]).stdout.contains("hushed"));
    repo.write(".cmpm/config.yaml", "paths:\n  tasks: [own]\n");
    assert_eq!(repo.json(["issue", "list"])["data"]["tickets"].as_array().unwrap().len(), 0);
}
