//! The files of the demo's repository, part of the program. Where they come from is in `templates/demo/SOURCES.md`.

/// Path in the repository, and content.
pub const FILES: &[(&str, &str)] = &[
    ("README.md", include_str!("../../../templates/demo/README.md")),
    ("docs/guide/getting-started.md", include_str!("../../../templates/demo/docs/guide/getting-started.md")),
    ("docs/guide/index.md", include_str!("../../../templates/demo/docs/guide/index.md")),
    ("docs/guide/numbering.md", include_str!("../../../templates/demo/docs/guide/numbering.md")),
    ("docs/guide/reviewing.md", include_str!("../../../templates/demo/docs/guide/reviewing.md")),
    ("docs/guide/writing-a-decision.md", include_str!("../../../templates/demo/docs/guide/writing-a-decision.md")),
    (
        "docs/reference/decisions/0000-use-markdown-architectural-decision-records.md",
        include_str!("../../../templates/demo/docs/reference/decisions/0000-use-markdown-architectural-decision-records.md"),
    ),
    (
        "docs/reference/decisions/0001-use-CC0-or-MIT-as-license.md",
        include_str!("../../../templates/demo/docs/reference/decisions/0001-use-CC0-or-MIT-as-license.md"),
    ),
    (
        "docs/reference/decisions/0013-use-yaml-front-matter-for-meta-data.md",
        include_str!("../../../templates/demo/docs/reference/decisions/0013-use-yaml-front-matter-for-meta-data.md"),
    ),
    ("docs/reference/decisions/index.md", include_str!("../../../templates/demo/docs/reference/decisions/index.md")),
    ("docs/reference/index.md", include_str!("../../../templates/demo/docs/reference/index.md")),
    ("docs/reference/madr/CONTRIBUTING.md", include_str!("../../../templates/demo/docs/reference/madr/CONTRIBUTING.md")),
    ("docs/reference/madr/README.md", include_str!("../../../templates/demo/docs/reference/madr/README.md")),
    (
        "docs/reference/templates/adr-template-bare-minimal.md",
        include_str!("../../../templates/demo/docs/reference/templates/adr-template-bare-minimal.md"),
    ),
    (
        "docs/reference/templates/adr-template-bare.md",
        include_str!("../../../templates/demo/docs/reference/templates/adr-template-bare.md"),
    ),
    (
        "docs/reference/templates/adr-template-minimal.md",
        include_str!("../../../templates/demo/docs/reference/templates/adr-template-minimal.md"),
    ),
    ("docs/reference/templates/adr-template.md", include_str!("../../../templates/demo/docs/reference/templates/adr-template.md")),
    (".cmpm/runners/scripted.yaml", include_str!("../../../templates/demo/runner.yaml")),
    ("src/agent.sh", include_str!("../../../templates/demo/src/agent.sh")),
    ("src/check-guide.sh", include_str!("../../../templates/demo/src/check-guide.sh")),
    ("src/next-number.sh", include_str!("../../../templates/demo/src/next-number.sh")),
    (
        "tickets/issues/ISS-0007-fix-the-links-of-the-guide.md",
        include_str!("../../../templates/demo/tickets/issues/ISS-0007-fix-the-links-of-the-guide.md"),
    ),
    (
        "tickets/issues/ISS-0008-fix-the-links-of-the-reference.md",
        include_str!("../../../templates/demo/tickets/issues/ISS-0008-fix-the-links-of-the-reference.md"),
    ),
];

/// What the demo adds to the settings that `init` writes.
pub const GATES: &str = include_str!("../../../templates/demo/gates.yaml");
